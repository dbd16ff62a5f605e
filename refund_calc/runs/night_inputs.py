"""What comes in for one night: its files, and what a published night of the same date already learnt."""

from datetime import date
from pathlib import Path

from refund_calc.errors import BadData
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import Inputs
from refund_calc.inputs.read_tables import read_tables
from refund_calc.inputs.tables import Table
from refund_calc.night.decide import NightInputs
from refund_calc.night.opening import Opening, opening_of
from refund_calc.runs.redo import TakenBack


def night_inputs(
    inputs: Inputs, time_zone: str, day: date, out: Path, taken: TakenBack | None, block: int = BLOCK
) -> NightInputs:
    """The files of the night as typed tables; `taken` is the published night of this date, None where there is none.

    Its resolutions come into force again, and the first one's opening counts again. Raises BadData where that opening
    cannot be read, and what `read_tables` raises.
    """
    tables = read_tables(inputs, time_zone, block)
    again = (taken and taken.resolutions) or ()
    opening = opening_of_night(inputs, tables["opening"], out / str(day), taken)
    orders, returns, resolutions = tables["orders"], tables["returns"], tables["resolutions"]
    return NightInputs(as_of=day, orders=orders, returns=returns, resolutions=resolutions, again=again, opening=opening)


def opening_of_night(inputs: Inputs, file: Table, folder: Path, taken: TakenBack | None) -> Opening:
    """The opening balance: the file's, or, where the first night is decided again without one, as it had it."""
    if inputs.opening or not taken:
        return opening_of(file)
    if taken.opening is None:
        raise BadData(
            f"{folder}: its record of what was refunded before cannot be read; give the opening file again with "
            "--opening, or one with nothing but its header where there was none"
        )
    return Opening(taken.opening, taken.opening_files)
