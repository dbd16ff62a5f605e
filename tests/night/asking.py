"""What earlier nights know, asked as a run asks it."""

from pathlib import Path

from refund_calc.history import index
from refund_calc.history.nights import published
from refund_calc.history.past import Past
from refund_calc.night.decide import NightInputs, asked_of
from tests.sample import nights


def past_of(out: Path, inputs: NightInputs) -> Past:
    """The past of a night of the sample, after the nights before it were run into `out`."""
    if inputs.as_of > nights.NIGHT_BEFORE:
        nights.run(out, nights.NIGHT_BEFORE)
    return index.ask(out, published(out), asked_of(inputs), may_write=False).past
