"""What is known of an order or a SKU from other files: when it was delivered, what that cost, what was sold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.groups import starts_of_groups
from refund_calc.inputs.mapping.their_cells import amounts, codes
from refund_calc.inputs.mapping.values import replaced
from refund_calc.policy.money import dollars, sums_by


@dataclass(frozen=True)
class ItemTypes:
    """What is an accessory: by SKU, else by the longest prefix that fits, else `default`; all without regard to case.

    `of_sku` and `of_prefix` give a type for a SKU or for the beginning of one.
    """

    of_sku: dict[str, str]
    of_prefix: dict[str, str]
    default: str = "product"

    def of(self, skus: pa.Array) -> pa.Array:
        """The item type of each SKU."""
        index, texts = codes(skus)
        known = {sku.lower(): word for sku, word in self.of_sku.items()}
        prefixes = sorted(((p.lower(), word) for p, word in self.of_prefix.items()), key=lambda rule: -len(rule[0]))
        words = [self._of(text.lower(), known, prefixes) for text in texts.to_pylist()]
        return pa.array(words, pa.string()).take(pa.array(index))

    def _of(self, sku: str, known: dict[str, str], prefixes: Sequence[tuple[str, str]]) -> str:
        by_prefix = (word for prefix, word in prefixes if sku.startswith(prefix))
        return known.get(sku) or next(by_prefix, self.default)


@dataclass(frozen=True)
class Deliveries:
    """A carrier's rows, one per parcel: strings as our own columns have them, "" for unknown.

    `order_number` is the shop's name of the order (with or without `#`) or its id. Of an order in several parcels the
    first pickup counts and the last delivery, unknown while one parcel's is; their costs add up.
    """

    order_number: pa.Array
    picked_up_date: pa.Array
    delivered_date: pa.Array
    outbound_shipping_cost: pa.Array

    def of_orders(self) -> "Deliveries":
        """One row per order, with bare numbers."""
        group, numbers = codes(bare(self.order_number))
        order = np.argsort(group, kind="stable")
        starts = np.flatnonzero(starts_of_groups(group[order]))
        return Deliveries(
            order_number=numbers,
            picked_up_date=_least(self.picked_up_date.take(pa.array(order)), starts, skip_blank=True),
            delivered_date=_most(self.delivered_date.take(pa.array(order)), starts),
            outbound_shipping_cost=_summed(self.outbound_shipping_cost, group, len(numbers)),
        )

    def __len__(self) -> int:
        return len(self.order_number)


def bare(numbers: pa.Array) -> pa.Array:
    """Order numbers without a leading `#`, which carriers tend to drop."""
    return pc.replace_substring_regex(numbers, "^#", "")


def places(numbers: pa.Array, among: pa.Array) -> Ints:
    """Where each number stands among others, all different; -1 where it does not, or is blank."""
    found = np.asarray(pc.fill_null(pc.index_in(numbers, value_set=among), -1), np.int64)
    blank = np.asarray(pc.equal(numbers, "").to_numpy(zero_copy_only=False), np.bool_)
    return np.where(blank, -1, found)


def at_places(cells: pa.Array, place: Ints, otherwise: str) -> pa.Array:
    """The cells at some places, `otherwise` where there is none (-1) or it is blank."""
    taken = cells.take(pa.array(place, mask=place < 0))
    return pc.if_else(pc.fill_null(pc.equal(taken, ""), True), otherwise, taken)


def _ranks(cells: pa.Array) -> tuple[Ints, pa.Array]:
    """The rank of each text, and the texts by rank; a blank is the least."""
    index, texts = codes(cells)
    ascending = pc.sort_indices(texts)
    rank = np.empty(len(texts), np.int64)
    rank[np.asarray(ascending)] = np.arange(len(texts))
    return rank[index], texts.take(ascending)


def _least(cells: pa.Array, starts: Ints, *, skip_blank: bool) -> pa.Array:
    rank, texts = _ranks(cells)
    if not len(starts):
        return cells
    blank = np.asarray(pc.equal(texts, "").to_numpy(zero_copy_only=False), np.bool_)
    late = np.where(blank[rank], len(texts), rank) if skip_blank else rank
    least = np.minimum.reduceat(late, starts)
    return pc.fill_null(texts.take(pa.array(least, mask=least == len(texts))), "")


def _most(cells: pa.Array, starts: Ints) -> pa.Array:
    """The latest text of each group, blank where one of them is."""
    if not len(starts):
        return cells
    rank, texts = _ranks(cells)
    least = _least(cells, starts, skip_blank=False)
    return pc.if_else(pc.equal(least, ""), "", texts.take(pa.array(np.maximum.reduceat(rank, starts))))


def _summed(cells: pa.Array, group: Ints, groups: int) -> pa.Array:
    """The sum of each group's amounts; blank where none is known, and as it stands where one is not an amount."""
    cost = amounts(cells)
    known: Bools = np.bincount(group[~cost.blank], minlength=groups) > 0
    summed = pc.if_else(pa.array(known), dollars(sums_by(cost.values, group, groups)), "")
    said = {int(group[row]): cells[int(row)].as_py() for row in np.flatnonzero(cost.bad)}
    rows = sorted(said)
    return replaced(summed, np.array(rows, np.int64), [said[row] for row in rows])


def called(said: pa.Array, number: pa.Array, name: pa.Array) -> tuple[pa.Array, Ints]:
    """Orders as somebody else calls them, by their number or their name (with or without `#`), as we do.

    `number` and `name` are ours and the shop's, row by row, in any order and repeated as they come. What is neither
    stays as it is. Also: the rows that give a name of several orders, which stay, too.
    """
    names, orders = codes(bare(name))[0], codes(number)[0]
    pairs = np.unique(np.stack([names, orders]), axis=1)
    shared = np.bincount(pairs[0], minlength=1) > 1
    is_number = places(said, number) >= 0
    by_name = np.where(is_number, -1, places(bare(said), bare(name)))
    is_shared = (by_name >= 0) & shared[names[by_name]] if len(name) else np.zeros(len(said), np.bool_)
    by_name = np.where(is_shared, -1, by_name)
    return pc.coalesce(number.take(pa.array(by_name, mask=by_name < 0)), said), np.flatnonzero(is_shared)
