"""Shopify's reports call an order #1001, and the shipped mapping by its id: without --orders no refund is found."""

from pathlib import Path

import pytest

from refund_calc.books.reconcile.movements import reported
from refund_calc.books.reconcile.names import ids_of_names, with_ids
from refund_calc.books.reconcile.outcome import reconcile
from refund_calc.books.reconcile.result import Reconciled
from refund_calc.errors import BadData
from tests.books.reconcile.files import shopify
from tests.books.reconcile.promised import NIGHT, books, day, promise

PROMISED = promise(order_number="5277630001001", payment_reference="rK1001")


def orders(folder: Path, *rows: str, header: str = "Name,Email,Financial Status,Id") -> Path:
    path = folder / "orders_export.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def found(tmp_path: Path, *exports: Path) -> Reconciled:
    rows = with_ids(
        reported([shopify(tmp_path / "shopify.csv", {"order": "#1001", "checkout": "#9"})], "USD", "MDY"),
        ids_of_names(exports),
    )
    return reconcile(books(PROMISED), rows, {}, (NIGHT, day("2026-04-09")))


def classes(tmp_path: Path, *exports: Path) -> list[str]:
    return [line.outcome.value for line in found(tmp_path, *exports).lines]


def test_a_refund_of_an_order_by_its_name_is_not_told_as_unpromised_and_unpaid(tmp_path: Path) -> None:
    assert classes(tmp_path) == ["not-seen", "unpromised"]
    export = orders(tmp_path, "#1001,a@b.c,paid,5277630001001", "#1001,,,", "#1002,a@b.c,paid,5277630001002")
    assert classes(tmp_path, export) == ["paid"]


def test_a_name_that_two_orders_bear_is_no_guess(tmp_path: Path) -> None:
    export = orders(tmp_path, "#1001,,paid,5277630001001", "#1001,,paid,6277630001001")
    assert classes(tmp_path, export) == ["not-seen", "unpromised"]
    told = found(tmp_path, export).lines[1].message
    assert told == "#1001 is the name of several orders of the orders export: compare it by hand with their promises"


def test_an_id_that_lost_its_digits_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r'line 3: Id "5.27763E\+12" was rewritten by a spreadsheet'):
        ids_of_names([orders(tmp_path, "#1001,,paid,1", "#1002,,paid,5.27763E+12")])


def test_another_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no Shopify orders export"):
        ids_of_names([orders(tmp_path, header="order_number,order_line")])
