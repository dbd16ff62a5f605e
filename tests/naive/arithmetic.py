"""Section 5: arithmetic in whole cents."""

from fractions import Fraction

from tests.naive.common import Values


def round_half_up(amount: Fraction) -> int:
    """Never called with a negative amount."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def share(total: int, units: int, quantity: int) -> int:
    """share(T, k) = round(T x k / n), in cents."""
    return round_half_up(Fraction(total * units, quantity))


def largest_remainder(amount: int, weights: dict[str, int]) -> dict[str, int]:
    """Split cents by weight; `weights` is by order_line, whose text order breaks ties."""
    if not any(weights.values()):
        weights = dict.fromkeys(weights, 1)
    whole = sum(weights.values())
    parts = {name: amount * weight // whole for name, weight in weights.items()}
    left = amount - sum(parts.values())
    by_remainder = sorted(weights, key=lambda name: (-(amount * weights[name] % whole), name))
    for name in by_remainder[:left]:
        parts[name] += 1
    return parts


def merchandise_total(order_row: Values) -> int:
    """T of merchandise = unit_price x quantity - line_discount."""
    return int(order_row["unit_price"] * order_row["quantity"] - order_row["line_discount"])


def order_part(column: str, order_line: str, order_rows: dict[str, Values]) -> int:
    """The order line's part of an amount of the whole order; weights: merchandise T of every line."""
    weights = {name: merchandise_total(row) for name, row in order_rows.items()}
    return largest_remainder(order_rows[order_line][column], weights)[order_line]
