"""Each format read back as the target reads it: (date, entry) -> account name -> cents."""

import csv
import io
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from tests.books.month import Lines, in_cents

Table = list[dict[str, str]]


def rows(files: Sequence[bytes]) -> Table:
    return [row for file in files for row in csv.DictReader(io.StringIO(file.decode(), newline=""))]


def _lines(found: Iterable[tuple[str, str, str, int]]) -> Lines:
    lines: Lines = defaultdict(lambda: defaultdict(int))
    for day, entry, account, cents in found:
        lines[day, entry][account] += cents
    return {key: dict(accounts) for key, accounts in lines.items()}


def _day(text: str, pattern: str) -> str:
    return datetime.strptime(text, pattern).strftime("%Y-%m-%d")


def beancount(files: Sequence[bytes]) -> Lines:
    from beancount import loader
    from beancount.core.data import Transaction

    entries, errors, _ = loader.load_string(files[0].decode())
    assert not errors, errors[:2]
    posted = ((one, posting) for one in entries if isinstance(one, Transaction) for posting in one.postings)
    return _lines((str(t.date), t.meta["entry"], p.account, int(p.units.number * 100)) for t, p in posted)


def hledger(files: Sequence[bytes]) -> Lines:
    """By its text, so that this works where hledger is not installed."""
    found, key = [], ("", "")
    for line in files[0].decode().splitlines():
        if begins := re.match(r"(\d{4}-\d\d-\d\d) \* .*?, ((?:REFUND|PAYOUT|SUMMARY):.*?)(?:, order \d+)?$", line):
            key = (begins[1], begins[2])
        elif posting := re.match(r"    (\S.*?)  (-?\d+\.\d\d) USD(?: = -?\d+\.\d\d USD)?$", line):
            found.append((*key, posting[1], in_cents(posting[2])))
    return _lines(found)


def quickbooks(files: Sequence[bytes]) -> Lines:
    return _lines(
        (
            _day(row["Journal Date"], "%m/%d/%Y"),
            re.search(r", ((?:REFUND|PAYOUT|SUMMARY):.*)$", row["Description"])[1],
            row["Account Name"],
            in_cents(row["Debits"]) - in_cents(row["Credits"]),
        )
        for row in rows(files)
    )


def xero(files: Sequence[bytes]) -> Lines:
    return _lines(
        (
            _day(row["*Date"], "%d/%m/%Y"),
            re.search(r", ((?:REFUND|PAYOUT|SUMMARY):.*)$", row["*Narration"])[1],
            row["*AccountCode"],
            in_cents(row["*Amount"]),
        )
        for row in rows(files)
    )


def netsuite(files: Sequence[bytes]) -> Lines:
    return _lines(
        (_day(r["Date"], "%m/%d/%Y"), r["External ID"], r["Account"], in_cents(r["Debit"]) - in_cents(r["Credit"]))
        for r in rows(files)
    )


def intacct(files: Sequence[bytes]) -> Lines:
    """A row without header cells belongs to the journal above it; its short id stands for the entry."""
    found, key = [], ("", "")
    for row in rows(files):
        if row["JOURNAL"]:
            key = (_day(row["DATE"], "%m/%d/%Y"), row["DESCRIPTION"])
        found.append((*key, row["ACCT_NO"], in_cents(row["DEBIT"]) - in_cents(row["CREDIT"])))
    return _lines(found)


READ_BACK: dict[str, Callable[[Sequence[bytes]], Lines]] = {
    read.__name__: read for read in (beancount, hledger, quickbooks, xero, netsuite, intacct)
}


def json_lines(file: bytes) -> list[dict]:
    return [json.loads(line) for line in file.decode().splitlines()]


def ran(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)
