"""Memory of a large night: what one column has freed another takes."""

import ctypes
import os

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -2, -3, -8  # of mallopt(3)


def use_the_heap() -> None:
    """Take all memory from the C heap, and let it keep large blocks between one column and the next.

    To be asked for before any library starts a thread or a pool of its own. Arrow's pools keep more of what is freed.
    By its default glibc gives every large block back at once and fetches it again, page by page, for the next column.
    Where the C library is another one, its own ways stay.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    set_option(M_ARENA_MAX, 1)  # one heap for all threads: what one has freed another takes
    set_option(M_TOP_PAD, 64 << 20)
    set_option(M_MMAP_THRESHOLD, 1 << 30)
    set_option(M_TRIM_THRESHOLD, (1 << 31) - 1)
