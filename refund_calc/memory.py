"""Memory of a large night: a column takes what another has freed, and a phase gives back what it leaves free."""

import ctypes
import os
from typing import Any

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -2, -3, -8  # of mallopt(3)

KEPT = 512 << 20  # bytes that may stay free between phases


class _HeapState(ctypes.Structure):
    """struct mallinfo2 of mallinfo(3)."""

    _fields_ = (("counts", ctypes.c_size_t * 10),)

    @property
    def free(self) -> int:
        """fordblks: bytes in free blocks."""
        return int(self.counts[8])


def use_the_heap() -> None:
    """Take all memory from the C heap, and let it keep large blocks between one column and the next.

    To be asked for before any library starts a thread or a pool of its own. Arrow's pools keep more of what is freed.
    By its default glibc gives every large block back at once and fetches it again, page by page, for the next column.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if set_option := _of_libc("mallopt"):
        set_option(M_ARENA_MAX, 1)  # one heap for all threads: what one has freed another takes
        set_option(M_TOP_PAD, 64 << 20)
        set_option(M_MMAP_THRESHOLD, 1 << 30)
        set_option(M_TRIM_THRESHOLD, (1 << 31) - 1)


def give_back() -> None:
    """Return what is free to the system, between phases, if it is much: fresh memory costs more than to keep some.

    Where the C library cannot, the heap is left alone.
    """
    trim, state = _of_libc("malloc_trim"), _of_libc("mallinfo2")
    if not (trim and state):
        return
    state.restype = _HeapState
    if state().free > KEPT:
        trim(0)


def _of_libc(name: str) -> Any:
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None
