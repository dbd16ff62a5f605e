"""Random honest orders, made by the rule that every order's total follows: all convert, and add up to what was paid.

Lines, discounts of lines and of the order, tax added or included, shipping taxed or not, duties, tips, part payments.
REFUND_CALC_EXAMPLES raises the number of shops; a failing one is named by its seed.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from refund_calc.inputs.mapping import order_money
from refund_calc.inputs.mapping.order_money import MILLION, OrderSums, SoldLines
from refund_calc.inputs.mapping.sheet import SheetKind, read_sheet
from refund_calc.inputs.mapping.shopify_orders import shopify_orders
from refund_calc.inputs.mapping.shopify_settings import SHOPIFY_NEEDS, SHOPIFY_WANTED, ShopifySettings
from tests.benchmarks import shopify as benchmark
from tests.inputs.mapping.shopify_files import Shop, line, order, rows_of
from tests.stories import EXAMPLES

ORDERS = 40  # of a shop


def text(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def cents(amount: str) -> int:
    return int(amount.replace(".", ""))


def rounded(amount: int, rate: int, of: int) -> int:
    """amount x rate / of, half up."""
    return (2 * amount * rate + of) // (2 * of)


@dataclass(frozen=True)
class Honest:
    """An order as the export has it, and what must come of it in cents."""

    rows: list[dict[str, str]]
    lines_paid: int  # goods and their tax
    tax: int  # of the goods
    shipping_paid: int  # with its tax


def honest(rng: random.Random, name: str) -> Honest:
    """An order by hand: each line is taxed and rounded by itself, and so is the shipping."""
    rate = rng.choice([0, 50_000, 72_500, 190_000, 200_000])  # millionths
    is_included, ships_taxed = rng.random() < 0.5, rng.random() < 0.5
    whole = MILLION + rate if is_included else MILLION
    lines, net = [], []
    for _ in range(rng.randint(1, 5)):
        price, quantity = rng.randint(1, 90_000), rng.randint(1, 4)
        discount = rng.choice([0, 0, rng.randint(0, price * quantity)])
        net.append(price * quantity - discount)
        lines.append((price, quantity, discount))
    of_order = rng.choice([0, 0, rng.randint(0, sum(net))])
    after = order_money.spread(np.array([of_order]), np.array(net), np.zeros(len(net), np.int64))
    net = [one - int(off) for one, off in zip(net, after, strict=True)]
    shipping, duties, tip = rng.choice([0, 495, 2_000]), rng.choice([0, 0, 1_250]), rng.choice([0, 0, 300])
    tax = sum(rounded(one, rate, whole) for one in net)
    shipping_tax = rounded(shipping, rate, whole) if ships_taxed or not sum(net) else 0
    total = sum(net) + shipping + duties + tip + (0 if is_included else tax + shipping_tax)
    cells = [
        line(text(price), quantity=str(quantity), discount=text(discount), sku=f"S{at}")
        for at, (price, quantity, discount) in enumerate(lines)
    ]
    tips = [line(text(tip), name="Tip", taxable="false")] if tip else []
    rows = order(
        *cells,
        *tips,
        name=name,
        Total=text(total),
        Shipping=text(shipping),
        Duties=text(duties) if duties else "",
        Taxes=text(tax + shipping_tax),
        Tax_1_Name=f"VAT {rate / 10_000:g}%" if rate else "",
        Tax_1_Value=text(tax + shipping_tax) if rate else "",
        Discount_Amount=text(sum(discount for _, _, discount in lines) + of_order),
    )
    on_top = 0 if is_included else 1
    return Honest(rows, sum(net) + on_top * tax, tax, shipping + on_top * shipping_tax)


@pytest.mark.parametrize("seed", range(max(5, EXAMPLES // 3)))
def test_every_honest_order_converts_and_its_lines_are_what_was_paid(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    made = {f"#{1000 + at}": honest(rng, f"#{1000 + at}") for at in range(ORDERS)}
    rows = [row for one in made.values() for row in one.rows]
    mapped = Shop(tmp_path).mapped(rows, zero_price="line")
    assert not mapped.problems
    assert not [text for cells in mapped.cells.values() for text in cells.to_pylist() if text.startswith("cannot")]
    ours = rows_of(mapped)
    for name, expected in made.items():
        lines = [row for row in ours if row["order_number"] == "527763000" + name.lstrip("#")]
        goods = sum(
            cents(row["unit_price"]) * int(row["quantity"]) - cents(row["line_discount"]) + cents(row["line_tax"])
            for row in lines
        )
        tax = sum(cents(row["line_tax"]) for row in lines)
        assert (goods, tax, cents(lines[0]["shipping_paid"])) == (
            expected.lines_paid,
            expected.tax,
            expected.shipping_paid,
        ), f"seed {seed}, {name}"


@pytest.mark.parametrize("seed", range(max(5, EXAMPLES // 10)))
@pytest.mark.parametrize("shipping_taxed", [True, False, "auto"])
def test_whatever_is_owed_and_wherever_the_tax_lies_no_cent_is_lost(
    seed: int, shipping_taxed: order_money.ShippingTaxed
) -> None:
    rng = np.random.default_rng(seed)
    orders = 500
    order_of = np.repeat(np.arange(orders), rng.integers(1, 5, orders))
    size = len(order_of)
    price, quantity = rng.integers(0, 3_000, size), rng.integers(0, 4, size)
    discount = (price * quantity * rng.choice([0, 0, 0.3, 1], size)).astype(np.int64)
    lines = SoldLines(order_of, quantity, price, discount, rng.random(size) < 0.7, rng.random(size) < 0.8)
    net = np.bincount(order_of, lines.net, orders).astype(np.int64)
    shipping, duties = rng.choice([0, 500], orders), rng.choice([0, 0, 99], orders)
    rest = ((net + shipping) * rng.choice([0, 0.2, 1], orders)).astype(np.int64)
    included = rng.random(orders) < 0.5
    left = net + shipping - rest
    tax = (left * rng.choice([0, 0.07, 0.15], orders)).astype(np.int64)
    total = left + duties + np.where(included, 0, tax)
    unpaid = (total * rng.choice([0, 0, 0.5, 0.99], orders)).astype(np.int64)
    of_lines = np.bincount(order_of, discount, orders).astype(np.int64)
    rates = rng.choice([-1, 70_000], (1, orders))
    free = np.minimum(rest, shipping) * rng.choice([0, 0, 1], orders)
    sums = OrderSums(of_lines + rest, shipping, tax, duties, total, unpaid, free, tax[np.newaxis], rates)
    found = order_money.paid(lines, sums, included, shipping_taxed)
    sound = ~found.overtaxed
    whole = np.bincount(order_of, found.merchandise + found.tax, orders) + found.shipping + found.duties
    assert sound.mean() > 0.9
    assert (whole[sound] == (total - unpaid)[sound]).all()
    of_sound = sound[order_of]
    for amounts in (found.unit_price, found.line_discount, found.merchandise, found.tax):
        assert (amounts[of_sound] >= 0).all()
    assert (found.shipping[sound] >= 0).all() and (found.duties[sound] >= 0).all()
    assert (found.unit_price * quantity - found.line_discount == found.merchandise).all()


def test_the_export_of_the_benchmark_converts_whole_and_ties(tmp_path: Path) -> None:
    benchmark.write(tmp_path / "orders.csv", 2_000)
    kind = SheetKind("shopify orders", SHOPIFY_NEEDS, SHOPIFY_WANTED)
    sheet = read_sheet(tmp_path / "orders.csv", [kind])[1]
    mapped = shopify_orders([sheet], ShopifySettings(), None, None)
    assert not mapped.problems and not mapped.notes
    ours = rows_of(mapped)
    goods = sum(
        cents(row["unit_price"]) * int(row["quantity"]) - cents(row["line_discount"]) + cents(row["line_tax"])
        for row in ours
    )
    shipping = sum(cents(row["shipping_paid"]) for row in ours if row["order_line"] == "1")
    assert goods + shipping == sum(cents(total) for total in sheet.column("Total").to_pylist() if total)
