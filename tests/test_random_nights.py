"""Random nasty nights: the product against the naive reading of the rulebook, and what must hold of any night.

A failing night is named by its seed. REFUND_CALC_EXAMPLES raises the number of nights.
"""

import csv
import io
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refund_calc.policy.findings import BY_CODE
from tests import naive, product, worlds
from tests.stories import (
    AS_OF,
    Night,
    Row,
    a_cancellation,
    a_policy,
    a_refused_delivery,
    a_return,
    an_answer,
    an_order,
    an_unshipped_order,
    ci,
    tell,
)

THREE_NIGHTS = worlds.nights(3, every_rule=True)
NO_LIMIT = a_policy(approval={"limit": None})
World = tuple[tuple[worlds.Policy, ...], tuple[worlds.NightInput, ...]]

# Columns whose words are free. A finding's cell (field, value) is prescribed only where it is the finding itself.
FREE = {"exceptions": {"message", "next_step"}, "ledger": {"memo"}, "refunds": set(), "payouts": set()}
WITH_CELL = ("invalid-value", "approval-required")


def prescribed(report: str, rows: Iterable[Row]) -> list[Row]:
    """The rows without the cells whose words are free."""
    kept = []
    for row in rows:
        free = set(FREE[report])
        if report == "exceptions" and row["code"] not in WITH_CELL:
            free |= {"field", "value"}
        kept.append({column: text for column, text in row.items() if column not in free})
    return kept


def in_place(row: Row) -> tuple[str, ...]:
    return *key_of(row), row["code"]


def settled(rows: list[Row]) -> list[Row]:
    """Exceptions of one key and code, whose order among themselves hangs on a free cell, in a fixed order."""

    def rank(row: Row) -> tuple[str, str, str, int]:
        return row.get("field", ""), row.get("value", ""), row["source_file"], int(row["source_line"] or 0)

    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(in_place(row), []).append(row)
    return [row for group in groups.values() for row in sorted(group, key=rank)]


def run_product(
    policies: Iterable[worlds.Policy], nights: Iterable[worlds.NightInput], folder: Path, **options
) -> Path:
    """The nights one after the other; the folder of the reports."""
    deque(product.tell(policies, nights, folder, **options), maxlen=0)
    return folder / "out"


def run_naively(
    policies: Iterable[worlds.Policy], night: worlds.NightInput, history: naive.History
) -> tuple[naive.Report, naive.History]:
    opening = None if night.opening is None else night.opening.encode()
    files = list(night.files)
    return naive.run_night(files, list(policies), night.as_of, history, opening=opening, redo=night.is_redo)


# -- The product agrees with the naive reading of the rulebook -----------------------------------------------------


@pytest.mark.parametrize("part", range(3))  # so that the cores can share them
@ci(1 / 3, of_worlds=True)
@given(world=THREE_NIGHTS)
def test_three_nights_agree_with_the_rulebook_read_naively(part: int, world: World):
    policies, nights = world
    history = naive.History()
    with tempfile.TemporaryDirectory() as folder:
        for night in product.tell(policies, nights, Path(folder)):
            report, history = run_naively(policies, night, history)
            check_agreement(report, Path(folder) / "out", night.as_of)


def check_agreement(report: naive.Report, out: Path, as_of: date) -> None:
    """The four reports and redo.csv, cell by cell; and whoever opens an exception is told what it is."""
    got = product.read_night(out, as_of)
    for name in product.REPORTS:
        expected, found = prescribed(name, getattr(report, name)), prescribed(name, got[name])
        if name == "exceptions":
            assert [in_place(row) for row in found] == [in_place(row) for row in expected]
            expected, found = settled(expected), settled(found)
        assert found == expected, f"{name} of {as_of}"
    assert [row["code"] for row in got["exceptions"] if not (row["message"] and row["next_step"])] == []
    redo = out / str(as_of) / "redo.csv"
    assert (product.read_report(redo) if redo.exists() else None) == report.redo, f"redo.csv of {as_of}"


def test_a_hundred_worlds_meet_every_finding_and_whatever_a_redo_changes():
    """So that the agreement is not one about nothing."""
    codes, changes = set(), set()
    for seed in range(100):
        policies, nights = worlds.random_nights(random.Random(seed), 3, every_rule=True)
        history = naive.History()
        for night in nights:
            report, history = run_naively(policies, night, history)
            codes |= {row["code"] for row in report.exceptions}
            changes |= {(bool(row["amount_before"]), bool(row["amount_after"])) for row in report.redo or ()}
    assert codes == set(BY_CODE)
    assert changes == {(True, True), (True, False), (False, True)}


# -- What must hold of any night ---------------------------------------------------------------------------------

DEDUCTIONS = ("return_shipping", "outbound_shipping", "restocking_fee", "damage", "cancellation_loss")


def amount(text: str) -> Decimal:
    return Decimal(text or "0")


def check_no_refund_is_negative(reports: dict[str, list[Row]]) -> None:
    for row in reports["refunds"]:
        if row["decision"] == "refund":
            gross = amount(row["merchandise"]) + amount(row["tax"]) + amount(row["shipping_refund"])
            deducted = sum(amount(row[name]) for name in DEDUCTIONS)
            assert gross == amount(row["gross_refund"]) and deducted == amount(row["total_deductions"])
            assert amount(row["net_refund"]) == gross - deducted >= 0
        else:
            assert row["net_refund"] == ""


def check_debits_equal_credits(reports: dict[str, list[Row]]) -> None:
    balance: dict[str, Decimal] = defaultdict(Decimal)
    for row in reports["ledger"]:
        assert bool(row["debit"]) != bool(row["credit"]), "one side is filled"
        assert amount(row["debit"]) + amount(row["credit"]) > 0, "zero rows are left out"
        balance[row["entry_id"]] += amount(row["debit"]) - amount(row["credit"])
    assert set(balance.values()) <= {Decimal(0)}


def check_payouts_are_the_net_refunds(reports: dict[str, list[Row]]) -> None:
    net: dict[str, Decimal] = defaultdict(Decimal)
    for row in reports["refunds"]:
        net[row["rma_number"]] += amount(row["net_refund"])
    paid = {row["rma_number"]: amount(row["amount"]) for row in reports["payouts"]}
    assert paid == {rma: total for rma, total in net.items() if total > 0}


def check_every_row_is_accounted_for(reports: dict[str, list[Row]], night: worlds.NightInput) -> None:
    files = [(name, naive.tokenize(content.decode("utf-8-sig"))) for kind, name, content in night.files
             if kind == "returns"]  # fmt: skip
    rows = sum(len(records) - 1 for _, records in files)
    malformed = [r for r in reports["exceptions"] if r["code"] == "malformed-row"
                 and r["source_file"] in dict(files)]  # fmt: skip
    assert rows == len(reports["refunds"]) + len(malformed)


def key_of(row: Row) -> tuple[str, ...]:
    return row["rma_number"], row["order_number"], row["order_line"]


def check_codes_are_the_exceptions(reports: dict[str, list[Row]]) -> None:
    """Each code of the register stands in the exceptions, and the other way round; what left the export has no row."""
    without_row = ("malformed-row", "invalid-resolution")
    told = {(*key_of(row), code) for row in reports["refunds"] for code in row["codes"].split(";") if code}
    keys = {key_of(row) for row in reports["refunds"]}
    listed = {(*key_of(row), row["code"]) for row in reports["exceptions"] if row["code"] not in without_row}
    left = {row for row in listed if row[-1] == "left-the-export"}
    left |= {row for row in listed if row[-1] == "rejected-by-review" and row[:-1] not in keys}
    assert told == listed - left
    assert not {row[:-1] for row in left} & keys


@ci(0.3, of_worlds=True)
@given(THREE_NIGHTS)
def test_every_night_adds_up(world: World):
    with tempfile.TemporaryDirectory() as folder:
        for night in product.tell(*world, Path(folder)):
            reports = product.read_night(Path(folder) / "out", night.as_of)
            check_no_refund_is_negative(reports)
            check_debits_equal_credits(reports)
            check_payouts_are_the_net_refunds(reports)
            check_every_row_is_accounted_for(reports, night)
            check_codes_are_the_exceptions(reports)


@st.composite
def an_order_line_coming_back(draw: st.DrawFn) -> tuple[Row, list[Row], list[int]]:
    """An order line, the lines on which all its units come back or are cancelled, and on which of 3 nights."""
    units = draw(st.lists(st.integers(1, 400), min_size=1, max_size=6))
    cents = st.integers(0, 99_999_999_999).map(worlds.cents_text)
    n = sum(units)
    price = draw(st.integers(0, 99_999_999_999))
    cancelled = draw(st.booleans())
    order = (an_unshipped_order if cancelled else an_order)(
        quantity=str(n),
        unit_price=worlds.cents_text(price),
        line_discount=worlds.cents_text(draw(st.integers(0, min(price * n, 99_999_999_999)))),
        line_tax=draw(cents),
        shipping_paid=draw(cents),
        outbound_shipping_cost=draw(cents),
    )
    rows = []
    for at, some in enumerate(units):
        cells = dict(rma_number=f"R{at}", quantity_requested=str(some), quantity_received=str(some),
                     return_shipping_cost="0.00")  # fmt: skip
        if cancelled:
            rows.append(a_cancellation(**cells))
        elif draw(st.booleans()):
            rows.append(a_return(**cells))
        else:
            rows.append(a_refused_delivery(**cells))
        if not cancelled:
            rows[-1] |= {"received_date": f"2026-03-{draw(st.integers(10, 20))}"}
    nights = sorted(draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows))))
    return order, rows, nights


@ci(0.2)
@given(an_order_line_coming_back())
def test_the_parts_of_an_order_line_add_up_to_its_total(case: tuple[Row, list[Row], list[int]]):
    order, rows, nights = case
    refused = [row["rma_number"] for row in rows if row["return_type"] == "refused_delivery"]
    allowed = [an_answer("delivered-not-refused", "allow", rma_number=rma) for rma in refused]
    told = tell(
        *(
            Night(
                [row for row, night in zip(rows, nights, strict=True) if night <= at],
                [order],
                allowed,
                as_of=AS_OF + timedelta(at),
            )
            for at in range(3)
        ),
        policies=[NO_LIMIT],
    )
    register = [row for night in told for row in night.refunds if row["decision"] == "refund"]
    assert len(register) == len(rows)
    price, quantity = Decimal(order["unit_price"]), int(order["quantity"])
    total = {name: sum(amount(row[name]) for row in register) for name in ("merchandise", "tax", "shipping_refund")}
    assert total["merchandise"] == price * quantity - Decimal(order["line_discount"])
    assert total["tax"] == Decimal(order["line_tax"])
    if all(row["return_type"] == "cancellation" for row in rows):
        assert total["shipping_refund"] == Decimal(order["shipping_paid"])


# -- Where a row stands, how a file is read in blocks, and on which machine, decides nothing -----------------------


def rewritten(
    files: Iterable[tuple[str, str, bytes]], shuffle: random.Random | None
) -> tuple[tuple[str, str, bytes], ...]:
    """The same cells in plain CSV; with the rows of each orders and returns file in another order."""
    made = []
    for kind, name, content in files:
        header, *rows = [record.cells for record in naive.tokenize(content.decode("utf-8-sig"))]
        if shuffle and kind != "resolutions":
            shuffle.shuffle(rows)
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([header, *rows])
        made.append((kind, name, text.getvalue().encode()))
    return tuple(made)


def without_lines(path: Path) -> list[Row]:
    """Exceptions, but for where in its file a row stands: source_line, and the places that a message names."""
    rows = product.read_report(path)
    return [row | {"source_line": "", "message": re.sub(r"\bline \d+", "line", row["message"])} for row in rows]


@ci(0.15, of_worlds=True)
@given(THREE_NIGHTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_in_orders_and_returns_decides_nothing(world: World, shuffle: random.Random):
    policies, nights = world
    plain = [replace(night, files=rewritten(night.files, None)) for night in nights]
    mixed = [replace(night, files=rewritten(night.files, shuffle)) for night in nights]
    with tempfile.TemporaryDirectory() as folder:
        one = run_product(policies, plain, Path(folder) / "plain")
        other = run_product(policies, mixed, Path(folder) / "mixed")
        for night in nights:
            a, b = one / str(night.as_of), other / str(night.as_of)
            for report in ("refunds.csv", "payouts.csv", "ledger.csv"):
                assert (a / report).read_bytes() == (b / report).read_bytes(), report
            assert without_lines(a / "exceptions.csv") == without_lines(b / "exceptions.csv")


def all_bytes(out: Path) -> dict[str, bytes]:
    """Every file of every night, and of every one that a redo replaced: reports, records, manifests."""
    found = [path for path in sorted(out.glob("*/**/*")) if path.is_file()]
    return {str(path.relative_to(out)): path.read_bytes() for path in found}


@ci(0.1, of_worlds=True)
@given(THREE_NIGHTS, st.integers(1, 200))
def test_the_size_of_a_block_decides_nothing(world: World, block: int):
    policies, nights = world
    with tempfile.TemporaryDirectory() as folder:
        whole = run_product(policies, nights, Path(folder) / "whole")
        blocks = run_product(policies, nights, Path(folder) / "blocks", block=block)
        assert all_bytes(whole) == all_bytes(blocks)


MACHINES = {
    "tokyo": {"TZ": "Asia/Tokyo", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0"},
    "honolulu": {"TZ": "Pacific/Honolulu", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "4242"},
}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("seed", [8, 2026])  # 8: an opening, and both nights are redone
def test_the_machine_decides_nothing(machine: str, seed: int, tmp_path: Path):
    policies, nights = worlds.random_nights(random.Random(seed), 2, every_rule=True)
    here = run_product(policies, nights, tmp_path / "here", with_page=True)
    there = tmp_path / "there"
    for at, night in enumerate(nights):
        command = [sys.executable, "-m", "jobs", "nightly", "--quiet", "--out", there, "--as-of", str(night.as_of)]
        command += ["--policy", tmp_path / "here" / "policy", "--inbox", tmp_path / "here" / f"in{at}"]
        command += ["--new-history"] if at == 0 else []
        command += ["--redo", "--payouts-not-sent"] if night.is_redo else []
        command += ["--opening", tmp_path / "here" / f"in{at}-opening.csv"] if night.opening is not None else []
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "REFUND_CALC_"))}
        done = subprocess.run(command, env=environment | MACHINES[machine], capture_output=True, text=True)
        assert (done.stderr, done.stdout, done.returncode) == ("", "", 0)
    assert all_bytes(here) == all_bytes(there)


def test_a_seed_describes_a_world_completely():
    one, other = (worlds.random_nights(random.Random(1), 3, every_rule=True) for _ in range(2))
    assert one == other
    assert isinstance(one[1][0].as_of, date)
