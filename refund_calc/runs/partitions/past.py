"""What earlier nights know of a part of tonight's lines."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from refund_calc.history import index
from refund_calc.history.folders import writing
from refund_calc.history.nights import PublishedNight
from refund_calc.history.past import NOTHING, Past
from refund_calc.night.decide import NightInputs, asked_of
from refund_calc.policy.findings import by_people, stage_a
from refund_calc.runs.partitions.keys import parts_of
from refund_calc.runs.suspicions import has_held

_OF_NO_PART = pa.array([stage_a.malformed_row.code, by_people.invalid_resolution.code])


@dataclass(frozen=True)
class Before:
    """The nights before tonight, and where their findings lie, split by part."""

    out: Path
    nights: tuple[PublishedNight, ...]
    folder: Path
    limits: index.Limits | None  # of the index

    def findings(self, part: int) -> Path:
        """The findings of one part; those of no part come after the last."""
        return self.folder / f"findings-{part}"


def split_findings(before: Before, parts: int, rows: int) -> bool:
    """Split the findings of earlier nights as tonight's lines are split, so many rows at a time.

    Answers whether lines were held by any. A key stands in the same part tonight, or nowhere. Raises CannotWrite.
    """
    with writing(before.folder), ExitStack() as files:
        writers = [
            files.enter_context(ipc.new_stream(str(before.findings(part)), NOTHING.findings.schema))
            for part in range(parts + 1)
        ]
        held = False
        for piece in index.findings_in_pieces(before.out, before.nights, rows, before.limits):
            held = has_held(piece) or held
            of_no_part = np.asarray(pc.is_in(piece["code"], value_set=_OF_NO_PART))
            part = np.where(of_no_part, parts, parts_of(piece["order_number"].combine_chunks(), parts))
            for at in np.unique(part).tolist():
                writers[at].write_table(piece.take(pa.array(np.flatnonzero(part == at))))
    return held


def past_of(before: Before, inputs: NightInputs, part: int) -> Past:
    """The past of a part, but for the payouts that fall due, which are nobody's."""
    past = index.ask_again(before.out, before.nights, replace(asked_of(inputs), is_part=True), before.limits)
    with ipc.open_stream(str(before.findings(part))) as file:
        return replace(past, findings=file.read_all())
