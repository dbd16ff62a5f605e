"""A count of lines, orders or names with their cents, and the first few: what parts of a night say adds up."""

from dataclasses import dataclass

NAMED, FEW = 3, 50  # names that are told, of the first so many that are kept
Place = tuple[str | int, ...]  # what the first ones are sorted by


@dataclass(frozen=True)
class Tally:
    """How many there are, and their cents: None where no amount is known. `first` are the first FEW: place and name."""

    count: int = 0
    cents: int | None = None
    first: tuple[tuple[Place, str], ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        known = [one.cents for one in (self, other) if one.cents is not None]
        first = sorted(self.first + other.first)[:FEW]
        return Tally(self.count + other.count, sum(known) if known else None, tuple(first))

    @property
    def names(self) -> tuple[str, ...]:
        """The first NAMED names: each once, though it may have several lines."""
        return tuple(dict.fromkeys(name for _, name in self.first if name))[:NAMED]
