"""What is counted by names, of which a night may have millions: the SKUs and reasons of returns, payment references.

Each is a table: NAME, and whole numbers that are added up by name. Tables that have no name in common, ranges of names,
are ranked by themselves, and what they come to adds up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.published import cents as cents_of
from refund_calc.books.published import report
from refund_calc.columns.dictionary import as_texts
from refund_calc.columns.written import arrow_text
from refund_calc.errors import BadData
from refund_calc.history.nights import PAYOUTS_CSV
from refund_calc.night.decide import Decided
from refund_calc.reading.page.tally import FEW, Tally
from refund_calc.reading.page.whole import Whole
from refund_calc.reports.payouts import payouts

NAME = "name"
REASONS, SKUS, CARDS = "reasons", "skus", "cards"
TOP = 6  # reasons, SKUs; the last one stands for others where there are more
CARD_DAYS = 30
READ_AT_MOST = 50_000  # payouts of earlier nights that a page may cost to read


@dataclass(frozen=True)
class Returned:
    """Refunded lines of one reason or SKU."""

    name: str
    lines: int
    units: int
    net: int


@dataclass(frozen=True)
class Dearest:
    """The TOP names with the most dollars, and what all names come to."""

    top: tuple[Returned, ...] = ()
    names: int = 0
    lines: int = 0
    units: int = 0
    net: int = 0

    def __add__(self, other: "Dearest") -> "Dearest":
        sums = (self.names + other.names, self.lines + other.lines, self.units + other.units, self.net + other.net)
        return Dearest(tuple(sorted(self.top + other.top, key=lambda one: (-one.net, one.name))[:TOP]), *sums)

    def shown(self) -> tuple[Returned, ...]:
        """The dearest first; where there are more than TOP, the last row stands for the others."""
        if self.names <= TOP:
            return self.top
        top = self.top[: TOP - 1]
        lines, units, net = (sum(getattr(one, name) for one in top) for name in ("lines", "units", "net"))
        others = f"{self.names - len(top):,} others"
        return (*top, Returned(others, self.lines - lines, self.units - units, self.net - net))


@dataclass(frozen=True)
class CardsBefore:
    """What the last nights paid by payment reference, of how many of how many nights."""

    payouts: pa.Table
    nights: int
    of: int


@dataclass(frozen=True)
class Cards:
    """Payment references that were paid more than the approval limit, and in how many nights was looked for them."""

    above: Tally
    nights: int
    of: int


@dataclass(frozen=True)
class Names:
    """What the page shows by name."""

    reasons: Dearest
    skus: Dearest
    cards: Cards


def by_name(night: Decided) -> dict[str, pa.Table]:
    """REASONS, SKUS and CARDS: a row for each refunded line, and for each payout where there is an approval limit."""
    rows = night.priced.rows
    amounts = {
        "lines": pa.repeat(1, len(rows)),
        "units": night.priced.units,
        "net": night.priced.amounts.net_refund,
    }
    reason = arrow_text(night.lines.frame["reason"].array.take(rows))
    sku = arrow_text(night.order_lines.frame["sku"].array.take(night.order_lines.row_of_line[rows]))
    return {
        REASONS: pa.table({NAME: pc.fill_null(reason, ""), **amounts}),
        SKUS: pa.table({NAME: pc.fill_null(sku, ""), **amounts}),
        CARDS: _cards([], []) if night.policy.approval.limit is None else _paid(night),
    }


def summed(table: pa.Table) -> pa.Table:
    """The sums by name of the other columns, whole numbers."""
    names = [name for name in table.column_names if name != NAME]
    sums = table.group_by(NAME).aggregate([(name, "sum") for name in names])
    return pa.table({NAME: sums[NAME], **{name: sums[f"{name}_sum"] for name in names}})


def dearest(table: pa.Table) -> Dearest:
    """The sums of some names, each there once."""
    top = table.sort_by([("net", "descending"), (NAME, "ascending")]).slice(0, TOP)
    rows = zip(*(top[name].to_pylist() for name in Returned.__annotations__), strict=True)
    sums = (pc.sum(table[name]).as_py() or 0 for name in ("lines", "units", "net"))
    return Dearest(tuple(Returned(*row) for row in rows), table.num_rows, *sums)


def above(table: pa.Table, limit: int | None) -> Tally:
    """Of some payment references, each there once, those with several payouts above so many cents together."""
    if limit is None:
        return Tally()
    over = table.filter(pc.and_(pc.greater(table["cents"], limit), pc.greater(table["payouts"], 1)))
    first = over.sort_by([("cents", "descending"), (NAME, "ascending")]).slice(0, FEW)
    rows = zip(first["cents"].to_pylist(), first[NAME].to_pylist(), strict=True)
    named = tuple(((-cents, name), name) for cents, name in rows)
    return Tally(over.num_rows, pc.sum(over["cents"]).as_py() or 0, named)


def names_of(tables: Mapping[str, pa.Table], before: CardsBefore, limit: int | None) -> Names:
    """What the page shows of the names of a night in one piece; the approval limit is in cents."""
    reasons, skus = (dearest(summed(tables[kind])) for kind in (REASONS, SKUS))
    cards = summed(pa.concat_tables([tables[CARDS], before.payouts]))
    return Names(reasons, skus, Cards(above(cards, limit), before.nights, before.of))


def cards_before(night: Whole) -> CardsBefore:
    """The payouts of the last CARD_DAYS by payment reference: of the latest nights first, while they are not too many
    with tonight's. None where there is no approval limit."""
    references, amounts, read = list[pa.Array](), list[pa.Array](), 1
    as_of, rows = night.facts.as_of, night.totals["payouts"]["rows"]
    recent = [] if night.limit is None else [one for one in night.before if as_of - one.day < CARD_DAYS]
    for one in reversed(recent):
        rows += one.manifest["control_totals"]["payouts"]["rows"]
        if rows > READ_AT_MOST:
            break
        try:
            table = report(one, PAYOUTS_CSV, ("payment_reference", "amount"))
        except BadData:
            continue  # an old report that was changed: `verify` tells of it, and a signal stops no night
        references.append(table["payment_reference"].combine_chunks())
        amounts.append(pa.array(cents_of(table["amount"]), pa.int64()))
        read += 1
    return CardsBefore(_cards(references, amounts), read, len(recent) + 1)


def _paid(night: Decided) -> pa.Table:
    """Tonight's payouts."""
    blocks = list(payouts(night, night.by_rma, night.calendar).blocks())
    references = [as_texts(block.columns["payment_reference"], block.rows).cast(pa.string()) for block in blocks]
    return _cards(references, [pa.array(np.asarray(block.columns["amount"], np.int64)) for block in blocks])


def _cards(references: Sequence[pa.Array], cents: Sequence[pa.Array]) -> pa.Table:
    """Payouts with a payment reference."""
    names = pa.concat_arrays([pa.array([], pa.string()), *references])
    amounts = pa.concat_arrays([pa.array([], pa.int64()), *cents])
    table = pa.table({NAME: names, "payouts": pa.repeat(1, len(names)), "cents": amounts})
    return table.filter(pc.not_equal(pc.fill_null(names, ""), ""))
