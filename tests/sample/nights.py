"""The two nights of data/sample/, run one after the other as the README runs them."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from refund_calc.runs.nightly import Inputs, Summary
from tests import product

FOLDER = Path(__file__).parents[2] / "data" / "sample"
POLICY, OPENING = FOLDER / "policy", FOLDER / "opening.csv"
NIGHT_BEFORE, MAIN = date(2026, 11, 19), date(2026, 11, 20)
INBOXES = {NIGHT_BEFORE: FOLDER / "night-before", MAIN: FOLDER}


def run(out: Path, *nights: date, **options) -> list[Summary]:
    """Run these nights of the sample (none named: both); the first one opens the history."""
    options.setdefault("with_page", True)
    return [product.run(inputs(night), POLICY, night, out, **options) for night in nights or INBOXES]


def inputs(night: date) -> Inputs:
    """The files of a night of the sample."""
    found = Inputs.of_inbox(INBOXES[night])
    return replace(found, opening=[OPENING]) if night == NIGHT_BEFORE else found
