"""Held keys that stand on no row of tonight's export (rulebook 4, left-the-export): a customer who waits for ever."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, TextLike
from refund_calc.columns.written import arrow_text
from refund_calc.history.past import Past
from refund_calc.history.resolution import Resolution
from refund_calc.night.in_force import in_force
from refund_calc.night.matching import Lines
from refund_calc.policy.findings import by_people
from refund_calc.policy.findings.stage_a import left_the_export

KEY = ["rma_number", "order_number", "order_line"]
_OF_NO_ROW = pa.array([left_the_export.code, by_people.invalid_resolution.code])


@dataclass(frozen=True)
class LeftTheExport:
    """The keys that were held when they last stood in an export and stand in none now, sorted.

    `frame` has the key; `held_since` (day number) and `held_for` (codes): the earliest first_seen and the findings of
    the last night on which a row of it was held; `claim_amount` (cents) and `due_date` (day number) as they were then,
    NA where its rows had none or differed. `rejected` are the resolutions that end the watch tonight, by row.
    """

    frame: pd.DataFrame
    rejected: Mapping[int, Resolution]

    def __len__(self) -> int:
        return len(self.frame)


def left_export(past: Past, lines: Lines, resolutions: Iterable[Resolution]) -> LeftTheExport:
    """The held keys that are missing tonight. Resolutions are given oldest first; a rejection counts once."""
    then = past.findings
    held = pc.and_(pc.equal(then["severity"], left_the_export.severity), pc.invert(pc.is_in(then["code"], _OF_NO_ROW)))
    for name in KEY:  # a key with an unknown part cannot be watched
        held = pc.and_(held, then[name].is_valid())
    held = then.filter(held)
    missing = LeftTheExport(_keys(held.filter(pa.array(_is_missing(held, lines)))), {})
    spoken = [r for r in resolutions if r.code == left_the_export.code]
    if not len(missing) or not any(r.is_new for r in spoken):
        return missing
    rejected = in_force(missing, spoken).answers(left_the_export.code, "reject")
    return LeftTheExport(missing.frame, {row: r for row, r in rejected.items() if r.is_new})


def _is_missing(held: pa.Table, lines: Lines) -> Bools:
    """Which of these findings have a key that stands on no line. Only lines of their RMAs are looked at closely."""
    if not held.num_rows:
        return np.zeros(0, np.bool_)
    rma_numbers = arrow_text(lines.frame["rma_number"].array)
    near = np.flatnonzero(pc.is_in(rma_numbers, value_set=arrow_text(held["rma_number"]).unique()))
    tonight = _joined(rma_numbers.take(pa.array(near)), *(lines.frame[name].array.take(near) for name in KEY[1:]))
    then = _joined(*(held[name] for name in KEY))
    return np.asarray(pc.invert(pc.is_in(then, value_set=tonight)), np.bool_)


def _joined(*columns: TextLike) -> pa.Array:
    """Keys as one text each; null where a part is unknown. No text holds a tab."""
    return pc.binary_join_element_wise(*map(arrow_text, columns), "\t")


def _keys(findings: pa.Table) -> pd.DataFrame:
    """One row per key of these findings."""
    amounts = ("claim_amount", "due_date")
    ordered = findings.sort_by([(name, "ascending") for name in (*KEY, "code")])
    wanted = [("first_seen", "min"), ("code", "distinct")]
    wanted += [(name, how) for name in amounts for how in ("min", "max")]
    nulls = [(name, "count", pc.CountOptions("only_null")) for name in amounts]
    grouped = ordered.group_by(KEY, use_threads=False).aggregate([*wanted, *nulls])
    columns = {name: grouped[name] for name in KEY}
    columns |= {"held_since": grouped["first_seen_min"], "held_for": pc.binary_join(grouped["code_distinct"], ", ")}
    for name in amounts:
        low, high, unknown = (grouped[f"{name}_{how}"] for how in ("min", "max", "count"))
        is_one = pc.and_(pc.equal(low, high), pc.equal(unknown, 0))
        columns[name] = pc.if_else(is_one, low, pa.scalar(None, pa.int64()))
    return pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype)
