"""What the published nights know of tonight's keys: asked once, before a night is decided (rulebook 4, 5, 8, 9)."""

from dataclasses import dataclass

import pyarrow as pa

from refund_calc.history.nights import Terms
from refund_calc.history.record import FILES, Kind
from refund_calc.history.resolution import Key, Resolution

_AS_HELD: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "money": pa.int64(),
    "date": pa.int64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
}


def empty(name: str) -> pa.Table:
    """No rows of a record file, as the program holds them, with the night (day number) of each."""
    columns = [("night", pa.int64()), *((c.name, _AS_HELD[c.kind]) for c in FILES[name])]
    return pa.schema(columns).empty_table()


RMAS = pa.schema([("rma_number", pa.string()), ("return_shipping_part", pa.int64()), ("refund_number", pa.int64())])


@dataclass(frozen=True)
class Asked:
    """What a night wants to know the past of: the orders and RMAs of its lines, the RMAs that resolutions name."""

    night: int  # day number
    order_numbers: pa.Array
    rma_numbers: pa.Array
    named: tuple[str, ...]
    is_part: bool = False  # of a night: findings and payouts, which are the whole night's, are asked for elsewhere


@dataclass(frozen=True)
class Past:
    """The past of one night. Tables hold cents, day numbers, counts and flags; null is unknown.

    `lines` are all record lines of tonight's orders; `rmas` what was allocated of the return shipping of tonight's RMAs
    and the number of their latest refund; `keys` every key ever read of the RMAs that resolutions name; `resolutions`
    those that came into force for either, oldest first; `findings` those of the last night and, of each key that had
    left the export then, also those of the last night before it left; `payouts` the record refunds whose payout date is
    reached tonight and was not the night before; `terms` by night, of these; `opening` what was refunded of tonight's
    orders and RMAs before the first night.
    """

    last_night: int | None
    lines: pa.Table
    rmas: pa.Table
    keys: tuple[Key, ...]
    resolutions: tuple[Resolution, ...]
    findings: pa.Table
    payouts: pa.Table
    terms: dict[int, Terms]
    opening: pa.Table

    @property
    def is_empty(self) -> bool:
        return self.last_night is None


NOTHING = Past(
    last_night=None,
    lines=empty("lines"),
    rmas=RMAS.empty_table(),
    keys=(),
    resolutions=(),
    findings=empty("findings"),
    payouts=empty("refunds"),
    terms={},
    opening=empty("opening"),
)
