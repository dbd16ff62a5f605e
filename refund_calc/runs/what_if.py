"""A night under another policy beside the present one (rulebook 2): the same `decide`, twice. Nothing is written."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from refund_calc.errors import Misused, NoInput
from refund_calc.history import index
from refund_calc.history.nights import check_files, published
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import Inputs
from refund_calc.night.decide import NightInputs, asked_of, day_number, decide
from refund_calc.policy.versions import load_policies
from refund_calc.reports.simulation import Simulation, simulation
from refund_calc.runs.night_inputs import night_inputs
from refund_calc.runs.redo import taken_back


def what_if(
    inputs: Inputs, present: Path, other: Path, as_of: Callable[[str], date], out: Path, block: int = BLOCK
) -> Simulation:
    """Decide the night of `as_of` (given the present policy's time zone) under both policies, with the same past.

    The past is what the nights of `out` before it know; a published night of this date is decided again from `inputs`
    and the resolutions that it brought into force. A first night may bring an opening, and need not have an `out` yet.
    Raises NightStopped in one of its kinds, as a night does.
    """
    if not out.is_dir() and not inputs.opening:
        raise NoInput(
            f"{out}: there is no such folder; give the folder that the nights were written to, or, before the first "
            "night, make it"
        )
    policies, others = load_policies(present), load_policies(other)
    day = as_of(policies.time_zone)
    policies.in_force(day)
    others.in_force(day)
    inputs = inputs.checked()
    nights = published(out)
    before = [night for night in nights if night.day < day_number(day)]
    if before and inputs.opening:
        raise Misused(
            f"--opening: what was refunded before is read on the first night only, and {out} holds the night of "
            f"{before[0].name}; take it out of the command"
        )
    if before:
        check_files(before[-1], is_latest=before[-1] is nights[-1])
    taken = taken_back(out, str(day))

    def read(time_zone: str) -> NightInputs:
        return night_inputs(inputs, time_zone, day, out, taken, block)

    tables = read(policies.time_zone)
    past = index.ask(out, nights, asked_of(tables), may_write=False).past
    decided = decide(tables, policies, past)
    if others.time_zone != policies.time_zone:  # a timestamp may be another date
        tables = read(others.time_zone)
    return simulation(decided, decide(tables, others, past, hand_over=True), past.last_night)
