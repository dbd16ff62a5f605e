"""A Shopify order's name and its id: reports call an order #1001, the nights may call it by its id."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from refund_calc.books.reconcile.movements import Movement, Reported
from refund_calc.books.reconcile.promises import bare
from refund_calc.errors import BadData
from refund_calc.inputs.mapping.sheet import SheetKind, UnknownHeader, read_sheet

_NEEDS = ("name", "id", "financial status")
_KIND = SheetKind("Shopify orders", tuple((column,) for column in _NEEDS), frozenset(("name", "id")))


def ids_of_names(paths: Sequence[Path]) -> dict[str, set[str]]:
    """Name without # -> ids of the orders that bear it, from Shopify's orders exports; nothing else is read.

    Raises NoInput for a file that cannot be read, BadData for one that is no such export or has lost digits.
    """
    found: dict[str, set[str]] = {}
    for path in paths:
        try:
            _, sheet = read_sheet(path, [_KIND])
        except UnknownHeader:
            raise BadData(
                f"{path} line 1: this is no Shopify orders export with Name and Id; export the orders"
            ) from None
        names, ids = sheet.column("name"), sheet.column("id")
        first = pc.not_equal(ids, "")  # an order's first row has its id
        is_id = pc.match_substring_regex(ids, r"^[0-9]*$")
        if not pc.all(is_id).as_py():
            at = int(np.flatnonzero(~np.asarray(is_id, np.bool_))[0])
            raise BadData(
                f'{path} line {sheet.lines[at]}: Id "{ids[at]}" was rewritten by a spreadsheet; export the orders '
                "again, and do not open the file in one"
            )
        for name, one in zip(names.filter(first).to_pylist(), ids.filter(first).to_pylist(), strict=True):
            found.setdefault(bare(name), set()).add(one)
    return found


def with_ids(reported: Reported, ids: dict[str, set[str]]) -> Reported:
    """The same rows, with the id of each order beside its name; a name that two orders bear says nothing."""

    def named(row: Movement) -> Movement:
        known = [ids.get(bare(name), set()) for name in row.orders]
        only = [one for some in known if len(some) == 1 for one in some]
        return replace(row, orders=(*row.orders, *only), is_shared=not only and any(len(some) > 1 for some in known))

    return replace(
        reported, movements=tuple(map(named, reported.movements)), chargebacks=tuple(map(named, reported.chargebacks))
    )
