"""Memory that a phase of a large night has freed goes back to the system before the next phase takes its own."""

import ctypes

import pyarrow as pa


def use_the_heap() -> None:
    """Let Arrow take its memory from the C heap: its own pools keep more of what is freed, and are no faster here."""
    pa.set_memory_pool(pa.system_memory_pool())


def give_back() -> None:
    """Ask Arrow's pool and, with glibc, the C heap to return what is free; elsewhere the heap is left alone."""
    pa.default_memory_pool().release_unused()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    trim(0)
