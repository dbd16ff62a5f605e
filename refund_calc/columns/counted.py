"""How many of what, as people read it."""


def counted(count: int, one: str, several: str = "") -> str:
    """A count with its noun: `1 row`, `0 rows`, `1,204 rows`; `several` where the plural takes more than an s."""
    return f"{count:,} {noun(count, one, several)}"


def noun(count: int, one: str, several: str = "") -> str:
    """The noun alone, where its count stands elsewhere."""
    return one if count == 1 else several or f"{one}s"
