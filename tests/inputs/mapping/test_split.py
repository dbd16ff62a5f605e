"""An amount of a whole order over its rows: by whole cents, nothing lost, nothing guessed."""

import random

import pyarrow as pa
import pytest

from refund_calc.inputs.contracts import OrderRow
from refund_calc.inputs.mapping.joined import keys_of
from refund_calc.inputs.mapping.split import split
from tests.stories import EXAMPLES


def parted(amounts: list[str], weights: list[str], orders: list[str]) -> list[str]:
    within = keys_of([pa.array(orders, pa.string())])
    cells, why = split(pa.array(amounts, pa.string()), pa.array(weights, pa.string()), within, OrderRow.line_tax)
    assert sorted(why) == [at for at, cell in enumerate(cells.to_pylist()) if cell.startswith("cannot be mapped: ")]
    return cells.to_pylist()


def test_an_amount_on_each_row_or_on_the_first_alone_is_the_orders() -> None:
    assert parted(["1.00"] * 3, ["1", "1", "1"], ["A"] * 3) == ["0.34", "0.33", "0.33"]
    assert parted(["1.00", "", ""], ["1", "1", "1"], ["A"] * 3) == ["0.34", "0.33", "0.33"]


def test_rows_of_an_order_need_not_be_neighbours() -> None:
    assert parted(["3.00", "5.00", "3.00"], ["1.00", "9.00", "2.00"], ["A", "B", "A"]) == ["1.00", "5.00", "2.00"]


def test_a_row_without_a_weight_gets_nothing_but_alone_and_without_an_amount_all_are_blank() -> None:
    assert parted(["1.00", "1.00", "7.00"], ["", "2.00", ""], ["A", "A", "B"]) == ["0.00", "1.00", "7.00"]
    assert parted(["", ""], ["1.00", "2.00"], ["A", "A"]) == ["", ""]


@pytest.mark.parametrize(
    ("amounts", "weights", "orders", "why"),
    [
        (["1.00", "2.00"], ["1", "1"], ["A", "A"], "different values of line_tax; they must have one"),
        (["cannot be mapped: x", "1.00"], ["1", "1"], ["A", "A"], "cannot be read"),
        (["1.00", "1.00"], ["cannot be mapped: x", "1"], ["A", "A"], "cannot be read"),
        (["1.00", "1.00"], ["", "0.00"], ["A", "A"], "split_by is blank or 0.00 on all rows"),
        (["1.00", "1.00"], ["1", "1"], ["", ""], "what belongs together is blank"),
    ],
)
def test_what_cannot_be_split_holds_all_rows_of_the_order_and_no_other(
    amounts: list[str], weights: list[str], orders: list[str], why: str
) -> None:
    *bad, good = parted([*amounts, "7.00"], [*weights, "1"], [*orders, "B"])
    assert all(why in cell for cell in bad)
    assert good == "7.00"


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_the_parts_come_to_the_amount(seed: int) -> None:
    rng = random.Random(seed)
    orders = [rng.choice("ABC") for _ in range(rng.randrange(1, 12))]
    total = {one: rng.randrange(10_000) for one in "ABC"}
    weights = [f"{rng.randrange(1, 100)}.{rng.randrange(100):02}" for _ in orders]
    parts = parted([f"{total[one] // 100}.{total[one] % 100:02}" for one in orders], weights, orders)
    for one in set(orders):
        mine = [int(part.replace(".", "")) for part, order in zip(parts, orders, strict=True) if order == one]
        assert sum(mine) == total[one]
