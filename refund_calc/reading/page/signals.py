"""Signals: what a controller looks at though no rule stops it, each with its count, cents and first names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.books.published import cents as cents_of
from refund_calc.books.published import report
from refund_calc.columns.aliases import Ints
from refund_calc.columns.dictionary import as_texts
from refund_calc.columns.written import arrow_text
from refund_calc.errors import BadData
from refund_calc.history.nights import PublishedNight
from refund_calc.night.decide import Decided
from refund_calc.policy.findings import Finding, by_people, on_refunds, stage_a, stage_c, stage_d
from refund_calc.policy.money import sums_by, total
from refund_calc.reading.page.by_person import Signal, by_person
from refund_calc.reports.exceptions import CODES, Exceptions
from refund_calc.reports.payouts import payouts

NAMED, FEW = 3, 50  # names that are told, of the first so many lines
NEAR = 5  # percent of the approval limit
CARD_DAYS = 30
READ_AT_MOST = 50_000  # payouts of earlier nights that a page may cost to read


def signals(
    night: Decided, found: Exceptions, before: Sequence[PublishedNight], redone_payouts: int | None
) -> tuple[Signal, ...]:
    """All signals, those that are silent too. `redone_payouts`: rows of redo.csv where the night replaces another."""
    return (
        _found(found, stage_d.refunded_elsewhere, "Refunded elsewhere", "the shop shows refunds that no night made"),
        _found(
            found,
            on_refunds.payment_reference_missing,
            "No payment reference",
            "paid tonight, but the processor does not know what to refund",
        ),
        _found(found, stage_c.delivered_not_refused, "Delivered, not refused", "refused by type, delivered by date"),
        _found(found, stage_a.left_the_export, "Left the export", "held before, and in no export since"),
        _near_the_limit(night),
        _same_card(night, before),
        *by_person(night, found),
        _without_effect(night),
        _found(found, by_people.invalid_resolution, "Resolutions that can never apply", "unknown line, code or action"),
        Signal(
            "Night run again",
            "payouts that vanished, changed or are new against the night that this one replaces (redo.csv)",
            redone_payouts or 0,
        ),
    )


def _found(found: Exceptions, finding: Finding, title: str, meaning: str) -> Signal:
    """The lines that have a finding, and what they claim."""
    at = np.flatnonzero(found.code == CODES.index(finding.code))
    amount = pc.sum(found.amounts_and_dates(at)["claim_amount"]).as_py() if len(at) else None
    names = found.keys(at[:FEW])["rma_number"].to_pylist() if len(at) else []
    named = tuple(dict.fromkeys(filter(None, names)))[:NAMED]  # an RMA may have several lines
    return Signal(title, f"{meaning} ({finding.code})", len(at), amount, named)


def _near_the_limit(night: Decided) -> Signal:
    """Orders whose net tonight stands just below what a person would have to approve (CT-3)."""
    title, limit = f"Within {NEAR} % of the approval limit", night.policy.approval.limit
    if limit is None:
        return Signal(title, "the policy in force has no approval limit", 0)
    order = night.lines.order[night.priced.rows]
    sums = sums_by(night.priced.amounts.net_refund, order, len(night.order_lines.order_numbers))
    near = np.flatnonzero((sums * 100 >= limit * (100 - NEAR)) & (sums <= limit) & (sums > 0))
    names = night.order_lines.order_numbers.take(pa.array(near[:NAMED])).to_pylist()
    meaning = f"orders paid tonight between {100 - NEAR} % of the approval limit and the limit itself"
    return Signal(title, meaning, len(near), total(sums[near]), tuple(names))


def _same_card(night: Decided, before: Sequence[PublishedNight]) -> Signal:
    """Payment references that were paid more than the approval limit in the last days, in more than one payout."""
    title, limit = "Same card, above the limit", night.policy.approval.limit
    if limit is None:
        return Signal(title, "the policy in force has no approval limit", 0)
    texts, paid = _tonight(night)
    references, amounts, nights, rows = [texts], [paid], 1, len(paid)
    recent = [one for one in before if night.as_of - one.day < CARD_DAYS]
    for one in reversed(recent):
        rows += one.manifest["control_totals"]["payouts"]["rows"]
        if rows > READ_AT_MOST:
            break
        try:
            table = report(one, "payouts.csv", ("payment_reference", "amount"))
        except BadData:
            continue  # an old report that was changed: `verify` tells of it, and a signal stops no night
        references.append(table["payment_reference"].combine_chunks())
        amounts.append(cents_of(table["amount"]))
        nights += 1
    table = pa.table({"reference": pa.concat_arrays(references), "cents": np.concatenate(amounts)})
    table = table.filter(pc.not_equal(pc.fill_null(table["reference"], ""), ""))
    sums = table.group_by("reference").aggregate([("cents", "sum"), ("cents", "count")])
    over = pc.and_(pc.greater(sums["cents_sum"], limit), pc.greater(sums["cents_count"], 1))
    sums = sums.filter(over).sort_by([("cents_sum", "descending"), ("reference", "ascending")])
    meaning = (
        f"one payment reference, several payouts, together above the approval limit within {CARD_DAYS} days "
        f"({nights} of {len(recent) + 1} nights looked at)"
    )
    names = sums["reference"].to_pylist()[:NAMED]
    return Signal(title, meaning, sums.num_rows, pc.sum(sums["cents_sum"]).as_py() or 0, tuple(names))


def _tonight(night: Decided) -> tuple[pa.Array, Ints]:
    """Payment reference and cents of tonight's payouts."""
    blocks = list(payouts(night, night.by_rma, night.calendar).blocks())
    texts = [as_texts(block.columns["payment_reference"], block.rows).cast(pa.string()) for block in blocks]
    paid = [np.asarray(block.columns["amount"], np.int64) for block in blocks]
    return pa.concat_arrays([pa.array([], pa.string()), *texts]), np.concatenate([np.empty(0, np.int64), *paid])


def _without_effect(night: Decided) -> Signal:
    idle = night.without_effect
    names = tuple(f"{one.resolution.rma_number}: {one.resolution.action} {one.resolution.code}" for one in idle[:NAMED])
    return Signal("Resolutions without effect", "new ones that changed nothing tonight", len(idle), names=names)


@dataclass(frozen=True)
class Returned:
    """Refunded lines of one reason or SKU."""

    name: str
    lines: int
    units: int
    net: int


def reasons_and_skus(night: Decided, most: int) -> tuple[tuple[Returned, ...], tuple[Returned, ...]]:
    """Tonight's refunded lines by reason and by SKU, the dearest first; where there are more than `most`, the last row
    stands for the others."""
    rows = night.priced.rows
    amounts = {"units": night.priced.units, "net": night.priced.amounts.net_refund}
    reason = arrow_text(night.lines.frame["reason"].array.take(rows))
    sku = arrow_text(night.order_lines.frame["sku"].array.take(night.order_lines.row_of_line[rows]))
    return _returned(reason, amounts, most), _returned(sku, amounts, most)


def _returned(names: pa.Array, amounts: dict[str, Ints], most: int) -> tuple[Returned, ...]:
    table = pa.table({"name": pc.fill_null(names, ""), **amounts})
    sums = table.group_by("name").aggregate([("units", "count"), ("units", "sum"), ("net", "sum")])
    sums = sums.sort_by([("net_sum", "descending"), ("name", "ascending")])
    columns = ("name", "units_count", "units_sum", "net_sum")
    top = sums.slice(0, most if sums.num_rows <= most else most - 1)
    rows = [Returned(*row) for row in zip(*(top[name].to_pylist() for name in columns), strict=True)]
    if rest := sums.num_rows - len(rows):
        others = sums.slice(len(rows))
        rows.append(Returned(f"{rest:,} others", *(pc.sum(others[name]).as_py() for name in columns[1:])))
    return tuple(rows)
