"""What the page says of a night as a whole: what no part of it can know."""

from collections.abc import Sequence
from dataclasses import dataclass

from refund_calc.history.nights import PublishedNight
from refund_calc.night.decide import NightInputs
from refund_calc.night.without_effect import WithoutEffect
from refund_calc.reports.manifest import ManifestFacts
from refund_calc.reports.totals import ControlTotals


@dataclass(frozen=True)
class Whole:
    """A night, however many parts it was decided in.

    `inputs` are read for their files only; `totals` are the control totals, `before` the published nights before it
    (checked), `idle` its new resolutions without effect; `redone_payouts`: rows of redo.csv where it replaces another;
    `exceptions_at`: where all exceptions lie, in the night's folder.
    """

    facts: ManifestFacts
    inputs: NightInputs
    totals: ControlTotals
    before: Sequence[PublishedNight]
    warnings: Sequence[str]
    idle: Sequence[WithoutEffect]
    redone_payouts: int | None
    exceptions_at: str

    @property
    def limit(self) -> int | None:
        """The approval limit in force, in cents."""
        return self.facts.policy.approval.limit
