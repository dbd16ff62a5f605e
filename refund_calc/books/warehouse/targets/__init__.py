"""The databases that can be a warehouse; each is a module that is imported when its scheme is asked for."""

from importlib import import_module

from refund_calc.books.warehouse.target import Target
from refund_calc.errors import Misused

MODULES = {"postgresql": "postgres", "postgres": "postgres", "duckdb": "duckdb_file"}  # scheme -> module


def target_of(url: str) -> Target:
    """The target of a URL by its scheme. Raises Misused for an unknown one, or where its extra is not installed."""
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in MODULES:  # what stands there may hold a password
        known = " or ".join(f"{name}://" for name in ("postgresql", "duckdb"))
        raise Misused(f"--to: a URL begins with {known}; this one does not. `refund-calc manual warehouse` shows some")
    found: Target = import_module(f"{__name__}.{MODULES[scheme]}").TARGET
    return found
