"""payouts.csv of a few RMAs."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from refund_calc.night.payouts import payout_ids
from refund_calc.reports import named
from refund_calc.reports.csv_blocks import csv_file
from refund_calc.reports.payouts import payouts
from tests.reports.books import TONIGHT, refunds

CALENDAR: Any = SimpleNamespace(payout_date=TONIGHT + 3, credit_from=TONIGHT + 5, credit_to=TONIGHT + 10)


def night(references: list[str | None]) -> Any:
    """What payouts ask of a night: the order row of each RMA's first line, in reverse order here."""
    columns = {"payment_method": pd.Categorical(["card"] * len(references)), "payment_reference": references}
    frame = pd.DataFrame(columns).astype({"payment_reference": "string[pyarrow]"})
    rows = np.arange(len(references))[::-1]
    return SimpleNamespace(
        as_of=TONIGHT,
        order_lines=SimpleNamespace(frame=frame, row_of_line=rows),
        policies=SimpleNamespace(currency="USD"),
    )


@pytest.mark.parametrize("block", [1, 2, 100])
def test_an_rma_is_paid_its_net_and_one_without_a_net_has_no_row(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(named, "BLOCK_ROWS", block)
    some = refunds(["R1", "R2", "R3"], net_refund=[10050, 0, 5])
    file = csv_file(payouts(night(["PAY-3", "PAY-2", "=1"]), some, CALENDAR))
    ids = payout_ids(some.rma_number, some.refund_number).to_pylist()
    window = "2026-11-23,2026-11-25,2026-11-30,1"
    assert file.rows == 2
    assert b"".join(map(bytes, file.blocks())).decode().splitlines() == [
        f"{ids[0]},2026-11-23,R1,#0,card,'=1,100.50,USD,{window}",
        f"{ids[2]},2026-11-23,R3,#2,card,PAY-3,0.05,USD,{window}",
    ]


def test_a_night_without_refunds_pays_nobody() -> None:
    file = csv_file(payouts(night([]), refunds([], net_refund=[]), CALENDAR))
    assert (file.rows, list(file.blocks())) == (0, [])
