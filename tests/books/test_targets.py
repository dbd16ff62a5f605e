"""What each target demands of its file, beyond the entries themselves."""

import contextlib
import csv
import io
import re
from collections import Counter
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np
import pytest

from refund_calc.books.accounts import Settings
from refund_calc.books.entries import Entries, cut, named, subledger
from refund_calc.books.format import Columns, as_csv, blank, credit, debit
from refund_calc.books.formats import FORMATS
from refund_calc.books.short_ids import short_ids
from refund_calc.errors import BadData, ControlTotalFailed
from refund_calc.policy.money import dollars
from tests.books import month
from tests.books.read_back import Table, rows
from tests.books.test_all_formats import exported, period

CSV_FORMATS = [name for name, form in FORMATS.items() if form.header]
in_full_and_summary = pytest.mark.parametrize("in_summary", [False, True], ids=["entries", "summary"])


def table(name: str, **options) -> Table:
    return rows(exported(name, **options).files)


def entries() -> Entries:
    where = period()
    return subledger(where.out, where.first, where.last).entries


@pytest.mark.parametrize(
    ("name", "header"),
    {
        "quickbooks": "Journal No.,Journal Date,Account Name,Description,Debits,Credits",
        "xero": "*Narration,*Date,Description,*AccountCode,*TaxRate,*Amount",
        "netsuite": "External ID,Date,Currency,Memo,Account,Debit,Credit",
        "intacct": "JOURNAL,DATE,DESCRIPTION,LINE_NO,ACCT_NO,DEBIT,CREDIT",
    }.items(),
)
def test_the_header(name: str, header: str) -> None:
    for file in exported(name).files:
        assert file.decode().splitlines()[0] == header


@pytest.mark.parametrize("sides", [("Debit", "Credit"), ("Amount",)])
@pytest.mark.parametrize(("wrong", "told"), [(1, "the file and the ledgers differ by 0.01; tell us"), (0, "")])
def test_a_cent_that_would_be_written_otherwise_stops_the_export(sides: tuple[str, ...], wrong: int, told: str) -> None:
    """None of these targets adds anything up by itself, as the balance assertions of the others do."""

    def columns(given: Entries, settings: Settings) -> Columns:
        cents = given.cents.copy()
        cents[int(np.flatnonzero(cents > 0)[0])] += wrong
        changed = replace(given, cents=cents)
        if len(sides) == 1:
            return {"Amount": dollars(cents)}
        return {"Debit": blank(debit(changed)), "Credit": blank(credit(changed))}

    write = as_csv(sides, columns, {}, sides)
    with pytest.raises(ControlTotalFailed, match=told) if told else contextlib.nullcontext():
        write(entries(), Settings())


@in_full_and_summary
@pytest.mark.parametrize("name", CSV_FORMATS)
def test_every_row_has_every_cell_and_one_side(name: str, in_summary: bool) -> None:
    for file in exported(name, in_summary=in_summary).files:
        header, *lines = csv.reader(io.StringIO(file.decode(), newline=""))
        assert lines and all(len(line) == len(header) for line in lines)
    for row in table(name, in_summary=in_summary):
        sides = [row[column] for column in row if column.lower().startswith(("debit", "credit"))]
        assert sides == [] or sorted(map(bool, sides)) == [False, True]
        assert not any(side.startswith("-") or side == "0.00" for side in sides)


@pytest.mark.parametrize("name", ["quickbooks", "netsuite", "intacct"])
def test_dates_are_american(name: str) -> None:
    column = {"quickbooks": "Journal Date", "netsuite": "Date", "intacct": "DATE"}[name]
    days = {row[column] for row in table(name)} - {""}
    assert "04/13/2026" in days and all(re.fullmatch(r"04/\d\d/2026", day) for day in days)


def test_quickbooks_numbers_are_short_and_never_used_twice() -> None:
    numbers = Counter(key for key, _ in groupby(row["Journal No."] for row in table("quickbooks")))
    assert len(numbers) == len(month.ledgers()) and set(numbers.values()) == {1}
    assert max(map(len, numbers)) <= 21
    upper = Counter(number.upper() for number in numbers)
    assert set(upper.values()) == {1}, "QuickBooks may not tell r1 from R1"


def test_a_short_entry_id_is_the_number_itself() -> None:
    numbers = {row["Journal No."] for row in table("quickbooks")}
    assert {"REFUND:R1/1", "REFUND:RMA-3-0/1"} <= numbers
    assert len([number for number in numbers if number.startswith("J-")]) > 5


def test_quickbooks_names_accounts() -> None:
    assert {row["Account Name"] for row in table("quickbooks")} <= set(month.account_names().values())


def test_xero_files_have_300_lines_at_most_and_never_cut_an_entry() -> None:
    files = exported("xero").files
    narrations = [[row["*Narration"] for row in rows([file])] for file in files]
    assert len(files) >= 2 and all(0 < len(lines) <= 300 for lines in narrations)
    assert all(len(lines) + 9 > 300 for lines in narrations[:-1]), "no more files than are needed"
    assert sum(len(set(lines)) for lines in narrations) == len(set().union(*narrations))


def test_xero_adds_up_to_nothing_per_narration_and_date() -> None:
    sums = Counter()
    for row in table("xero"):
        sums[row["*Narration"], row["*Date"]] += month.in_cents(row["*Amount"])
    assert len(sums) == len(month.ledgers()) and not any(sums.values())


def test_netsuite_has_the_external_id_on_every_row_and_two_lines_at_least() -> None:
    lines = Counter(row["External ID"] for row in table("netsuite"))
    assert "" not in lines and min(lines.values()) >= 2


def test_intacct_has_header_cells_on_the_first_row_only() -> None:
    for row in table("intacct"):
        is_first = row["LINE_NO"] == "1"
        assert [bool(row[name]) for name in ("JOURNAL", "DATE", "DESCRIPTION")] == [is_first] * 3
        assert len(row["DESCRIPTION"]) <= 30
    numbers = [int(row["LINE_NO"]) for row in table("intacct")]
    assert all(after in (1, before + 1) for before, after in pairwise(numbers))


def test_hledger_has_no_semicolon_outside_comments() -> None:
    text = exported("hledger").files[0].decode()
    assert ";" not in text and "|" not in text


def test_beancount_balances_hold_the_day_after() -> None:
    text = exported("beancount").files[0].decode()
    last = re.findall(r"^2026-05-01 balance (\S+)  (\S+) ~ 0\.00 USD$", text, re.MULTILINE)
    totals = month.by_account(month.ledgers())
    assert {name.split(":")[1][:4]: month.in_cents(amount) for name, amount in last}.items() <= totals.items()
    assert "balance" not in text.split("\n2026-04-02")[0]


def test_an_entry_is_never_cut() -> None:
    parts = list(cut(entries(), 7))
    assert [len(part) for part in parts if len(part) > 7] == []
    assert sum(len(part) for part in parts) == len(entries())
    assert sum(len(part.starts) for part in parts) == len(entries().starts)
    assert [one for part in parts for one in part.entry_id.to_pylist()] == entries().entry_id.to_pylist()


def test_an_entry_longer_than_a_file_is_told() -> None:
    with pytest.raises(BadData, match=r"REFUND:.*: more than 3 lines"):
        list(cut(entries(), 3))


def test_a_short_id_depends_on_the_entry_alone() -> None:
    every = entries()
    half = every.part(int(every.starts[10]), int(every.starts[20]))
    long = dict(zip(every.entry_id.to_pylist(), short_ids(every, 21).to_pylist(), strict=True))
    assert all(
        long[one] == short
        for one, short in zip(half.entry_id.to_pylist(), short_ids(half, 21).to_pylist(), strict=True)
    )


def test_two_accounts_of_ours_may_be_one_of_the_targets() -> None:
    every = entries()
    one = named(every, dict.fromkeys(every.names, "Refunds"))
    assert one.names == ("Refunds",) and set(one.account.tolist()) == {0}
