"""Memory of a large night: what one column has freed another takes."""

import contextlib
import ctypes
import os

POOL, SYSTEM = "ARROW_DEFAULT_MEMORY_POOL", "system"
# mallopt(3): option, value, the environment variable that does the same.
OPTIONS = (
    (-8, 1, "MALLOC_ARENA_MAX"),  # one heap for all threads: what one has freed another takes
    (-2, 64 << 20, "MALLOC_TOP_PAD_"),
    (-3, 1 << 30, "MALLOC_MMAP_THRESHOLD_"),
    (-1, (1 << 31) - 1, "MALLOC_TRIM_THRESHOLD_"),
)


def use_the_heap() -> None:
    """Take all memory from the C heap, and let it keep large blocks between one column and the next.

    To be asked for before any library starts a thread or a pool of its own. Arrow's pools keep more of what is freed.
    By its default glibc gives every large block back at once and fetches it again, page by page, for the next column.
    Where the C library is another one, its own ways stay.
    """
    os.environ.setdefault(POOL, SYSTEM)
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for option, value, _ in OPTIONS:
        set_option(option, value)


def give_back() -> None:
    """Give the system back what the heap keeps of what was freed: where what comes next needs less, or blocks of other
    sizes."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def as_environment() -> dict[str, str]:
    """The same for a process that is to be started: what the C library and Arrow read there, by name."""
    return {POOL: SYSTEM, **{name: str(value) for _, value, name in OPTIONS}}
