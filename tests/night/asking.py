"""What earlier nights know, asked as a run asks it."""

from datetime import date
from pathlib import Path

from refund_calc.history import index
from refund_calc.history.nights import published
from refund_calc.history.past import Past
from refund_calc.inputs.inbox import Inputs
from refund_calc.night.decide import NightInputs, asked_of
from tests import product
from tests.stories import DATA


def past_of(out: Path, inboxes: dict[date, Path], inputs: NightInputs) -> Past:
    """The past of a night, after the nights before it were run into `out`."""
    for day, inbox in inboxes.items():
        if day < inputs.as_of:
            product.run(Inputs.of_inbox(inbox), DATA / "policy", day, out)
    return index.ask(out, published(out), asked_of(inputs), may_write=False).past
