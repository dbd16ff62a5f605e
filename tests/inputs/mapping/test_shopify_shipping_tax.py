"""Whatever is taxed in an order, the lines get no tax of its shipping: random shops whose rates differ by line."""

import random
from pathlib import Path

import pytest

from tests.inputs.mapping.shopify_files import Shop, line, order, rows_of
from tests.inputs.mapping.test_shopify_honest_orders import MILLION, cents, rounded, text
from tests.stories import EXAMPLES

ORDERS = 40  # of a shop
Order = tuple[list[dict[str, str]], int, int]  # its rows, the most tax its lines may get in cents, how many rounded


def taxed(rng: random.Random, name: str, *, is_named: bool) -> Order:
    """An order with up to two taxes, each on some of its lines and on its shipping or not; one on all without names."""
    rates = [rng.choice([50_000, 70_000, 130_000]), rng.choice([0, 80_000])] if is_named else [130_000]
    prices = [rng.randint(100, 30_000) for _ in range(rng.randint(1, 4))]
    shipping, is_included = rng.choice([495, 2_000]), is_named and rng.random() < 0.3
    values, of_lines = [], 0
    for rate in rates:
        whole = MILLION + (sum(rates) if is_included else 0)
        on = [rounded(price, rate, whole) for price in prices if not is_named or rng.random() < 0.7]
        values.append(sum(on) + (rounded(shipping, rate, whole) if rng.random() < 0.6 else 0))
        of_lines += sum(on)
    of_taxes = [rate for rate, value in zip(rates, values, strict=True) if value]
    whole = MILLION + (sum(of_taxes) if is_included else 0)
    if is_named and 2 * abs(sum(values) * whole - sum(prices) * sum(of_taxes)) <= len(prices) * len(of_taxes) * whole:
        of_lines = sum(values)  # by chance the rates of all lines come to it: nobody can tell
    total = sum(prices) + shipping + (0 if is_included else sum(values))
    named = {f"Tax_{at}_Name": f"T{at} {rate / 10_000:g}%" for at, rate in enumerate(rates, 1)}
    named |= {f"Tax_{at}_Value": text(value) for at, value in enumerate(values, 1)}
    lines = [line(text(price), sku=f"S{at}") for at, price in enumerate(prices)]
    sums = {"Total": text(total), "Shipping": text(shipping), "Taxes": text(sum(values))}
    return order(*lines, name=name, **sums, **(named if is_named else {})), of_lines, len(prices) * len(rates)


@pytest.mark.parametrize("is_named", [True, False], ids=["rates that differ by line", "no rates"])
@pytest.mark.parametrize("seed", range(max(5, EXAMPLES // 3)))
def test_the_lines_get_at_most_their_own_tax(seed: int, is_named: bool, tmp_path: Path) -> None:
    rng = random.Random(seed)
    made = {f"#{1000 + at}": taxed(rng, f"#{1000 + at}", is_named=is_named) for at in range(ORDERS)}
    mapped = Shop(tmp_path).mapped([row for rows, _, _ in made.values() for row in rows])
    assert not mapped.problems
    ours = rows_of(mapped)
    for name, (_, own, roundings) in made.items():
        lines = [row for row in ours if row["order_number"] == "527763000" + name.lstrip("#")]
        got = sum(cents(row["line_tax"]) for row in lines)
        assert got <= own + roundings, f"seed {seed}, {name}: {got} for {own}"
