"""What one part of a night says for the page: sums and few rows, however large it is. A whole night is one part."""

from dataclasses import dataclass

from refund_calc.history.past import Past
from refund_calc.night.decide import Decided
from refund_calc.reading.page import listed
from refund_calc.reading.page.held import HeldSums, held, held_sums
from refund_calc.reading.page.listed import ListedException, WorstLine
from refund_calc.reading.page.signals import PartSignals, part_signals
from refund_calc.reports.exceptions import Exceptions


@dataclass(frozen=True)
class PartFigures:
    """The figures of one part, but for what it counts by names. Parts that share no order add up, in any order."""

    held: HeldSums
    worst: tuple[WorstLine, ...]
    signals: PartSignals
    exceptions: tuple[ListedException, ...]  # the most urgent
    exceptions_in_all: int

    def __add__(self, other: "PartFigures") -> "PartFigures":
        return PartFigures(
            held=self.held + other.held,
            worst=listed.worst_of_all(self.worst + other.worst),
            signals=self.signals + other.signals,
            exceptions=listed.most_urgent(self.exceptions + other.exceptions),
            exceptions_in_all=self.exceptions_in_all + other.exceptions_in_all,
        )


def part_figures(night: Decided, found: Exceptions, past: Past) -> PartFigures:
    """The figures of a part that was decided; `past` is what it knew."""
    lines = held(found)
    return PartFigures(
        held=held_sums(lines, found, past),
        worst=listed.worst(found, lines),
        signals=part_signals(night, found),
        exceptions=listed.urgent(found),
        exceptions_in_all=len(found),
    )
