"""worklist.xlsx: what is shown, in which order, and what becomes of it beside the nights."""

import io
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from refund_calc.history.nights import published
from refund_calc.night.resolutions import CAN_ANSWER
from refund_calc.policy.findings import BY_CODE
from refund_calc.policy.vocabulary import TURNS
from refund_calc.reading.worklist import COLUMNS, FILE, actions_of, choose, worklist
from refund_calc.reading.worklist_rows import NOBODY, UNKNOWN, OpenExceptions, of_published
from refund_calc.reports.contracts import EXCEPTIONS
from tests.night_after_night.store import Store, on
from tests.stories import NOT_BACK_YET, a_return, an_answer, an_order

FRIDAY = date(2026, 3, 20)
ORDERS = [an_order(order_number=number) for number in "ABCD"]
RETURNS = [
    a_return(rma_number="R1", order_number="A", evidence_complete=""),  # due on Monday 03-30
    a_return(rma_number="R2", order_number="B", **NOT_BACK_YET),
    a_return(rma_number="R3", order_number="C", evidence_complete="", received_date="2026-03-12"),  # due on 03-26
    a_return(rma_number="R4", order_number="D", reason_confirmed=""),
]
REJECTED = [an_answer("reason-unconfirmed", "reject", rma_number="R4", order_number="D")]


def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def rows_of(sheet: list[list[object]]) -> list[dict[str, object]]:
    return [dict(zip(sheet[0], row, strict=True)) for row in sheet[1:]]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    store.run(on(FRIDAY, *RETURNS, orders=ORDERS, resolutions=REJECTED), worklist=True)
    return store


def test_open_exceptions_stand_turn_by_turn_and_what_needs_nothing_has_a_sheet_of_its_own(store):
    found = sheets(store.out / FILE)
    assert list(found) == ["Worklist", "Nothing to do", "About", "actions"]
    assert [(row["turn"], row["rma_number"]) for row in rows_of(found["Worklist"])] == [
        ("customer service", "R3"),
        ("customer service", "R1"),
        ("warehouse", "R2"),
    ]
    assert [(row["turn"], row["code"]) for row in rows_of(found["Nothing to do"])] == [(NOBODY, "rejected-by-review")]


def test_dates_and_amounts_are_dates_and_numbers(store):
    row = rows_of(sheets(store.out / FILE)["Worklist"])[0]
    assert (row["due_date"], row["claim_amount"], row["business_days_left"]) == (date(2026, 3, 26), 108.0, 4.0)
    assert (row["order_line"], row["action"], row["source_line"]) == ("1", "", 4.0)


def test_every_column_of_the_report_is_there(store):
    assert set(COLUMNS) == {"turn", *EXCEPTIONS}


def test_the_same_night_has_the_same_bytes_and_a_lost_worklist_comes_back(store):
    night = on(FRIDAY, *RETURNS, orders=ORDERS, resolutions=REJECTED)
    first = (store.out / FILE).read_bytes()
    (store.out / FILE).unlink()
    assert store.run(night, worklist=True).is_repeat
    assert (store.out / FILE).read_bytes() == first
    (store.out / FILE).write_bytes(b"of another night, or torn")
    store.run(night, worklist=True)
    assert (store.out / FILE).read_bytes() == first


def test_a_worklist_of_this_night_that_somebody_works_on_is_left_alone_when_the_night_is_run_again(store):
    stamp = (store.out / FILE).stat().st_mtime_ns
    assert store.run(on(FRIDAY, *RETURNS, orders=ORDERS, resolutions=REJECTED), worklist=True).is_repeat
    assert (store.out / FILE).stat().st_mtime_ns == stamp


def test_a_worklist_that_cannot_be_written_is_a_warning_and_the_night_is_published(tmp_path):
    store = Store(tmp_path)
    (store.out / FILE).mkdir(parents=True)
    told = store.run(on(FRIDAY, *RETURNS, orders=ORDERS), worklist=True)
    assert (store.out / str(FRIDAY) / "manifest.json").exists()
    assert f"{FILE}: cannot be written (Is a directory); the night is published" in told.warnings[-1]
    assert sorted(path.name for path in store.out.glob(".*")) == []


def answered(path: Path, **answers: tuple[str, str, str]) -> tuple[str, str, bytes]:
    """The worklist with action, amount and name for some codes, written anew by another program."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets(path).items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
                if at and len(row) == len(COLUMNS):
                    sheet.write_row(at, COLUMNS.index("action"), answers.get(row[COLUMNS.index("rma_number")], ()))
    return "resolutions", "resolutions-ann.xlsx", file.getvalue()


def test_an_answer_that_can_never_apply_is_traced_to_its_workbook_row_and_sheet(store):
    given = answered(store.out / FILE, R1=("allow", "", "ann"), R2=("allow", "", "ann"), R4=("waive", "", "ann"))
    night = on(date(2026, 3, 23), *RETURNS, orders=ORDERS, files=[given])
    reports = store.night(night)
    found = [row for row in reports.exceptions if row["code"] == "invalid-resolution"]
    assert [(row["rma_number"], row["source_file"], row["source_line"]) for row in found] == [
        ("R2", "resolutions-ann.xlsx", "4"),
        ("R4", "resolutions-ann.xlsx (Nothing to do)", "2"),
    ]
    assert {row["rma_number"]: row["decision"] for row in reports.refunds}["R1"] == "refund"
    listed = [source for source in published(store.out)[-1].manifest["inputs"] if source["kind"] == "resolutions"]
    assert [(source["name"], source["rows"]) for source in listed] == [("resolutions-ann.xlsx", 4)]
    assert store.run(night).is_repeat


def exceptions(*rows: tuple[str, int, int, int]) -> OpenExceptions:
    """Exceptions of turn, days left, cents and age."""
    turn, left, claim, age = zip(*rows, strict=True)
    places = np.array([TURNS.index(name) for name in turn])
    return OpenExceptions(places, *(np.array(part, np.int64) for part in (left, claim, age)), texts=lambda at: {})


def test_the_latest_come_first_then_the_dearest_and_without_a_promise_the_oldest():
    rows = [(0, 1), (-3, 1), (-3, 5), (UNKNOWN, 9), (UNKNOWN, 2)]
    found = exceptions(*(("finance", left, cents, cents) for left, cents in rows))
    assert next(of for of in choose(found) if of.turn == "finance").places.tolist() == [2, 1, 0, 3, 4]


def test_a_long_list_is_cut_and_a_short_one_is_not():
    found = exceptions(*([("warehouse", 1, 1, 1)] * 3 + [("finance", 1, 1, 1)] * 50 + [("bank", 1, 1, 1)] * 40))
    shown = {of.turn: (len(of.places), of.in_all) for of in choose(found, most=23)}
    assert shown == {
        "customer service": (0, 0),
        "warehouse": (3, 3),
        "finance": (10, 50),
        "bank": (10, 40),
        "nobody": (0, 0),
    }


def test_a_list_that_was_cut_says_where_the_rest_is(store, tmp_path):
    night = published(store.out)[-1]
    (tmp_path / FILE).write_bytes(
        worklist(night.name, night.report_files("exceptions.csv"), of_published(night), most=1)
    )
    found = sheets(tmp_path / FILE)
    assert "and 2 more, less urgent: 2026-03-20/exceptions.csv has them all" in found["Worklist"][-1]


@pytest.mark.parametrize("code", BY_CODE)
def test_a_drop_down_has_the_actions_that_resolutions_take_for_the_code(code):
    deduction = BY_CODE[code].answers.deduction
    for action, codes in CAN_ANSWER.items():
        assert (action in actions_of(code)) == (code in codes or (bool(deduction) and deduction in codes))
