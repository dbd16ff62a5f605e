"""Published nights checked once more: hashes, the chain of manifests, balances and control totals (rulebook 7, 9).

Everything is recomputed from the files as they lie there and compared with what the manifest and the store say. The
pair of `totals`, which checks a night before it is published. Nothing is ever written.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from refund_calc.columns.aliases import Bools, Ints
from refund_calc.columns.written import iso
from refund_calc.errors import NoInput
from refund_calc.history.folders import MANIFEST, manifest_sha256, pending
from refund_calc.history.record import Run
from refund_calc.history.store_sqlite import open_to_read
from refund_calc.night.verdicts import DECISIONS
from refund_calc.policy.money import dollar_text, sums_by, total

GROSS = ("merchandise", "tax", "shipping_refund")
DEDUCTIONS = ("return_shipping", "outbound_shipping", "restocking_fee", "damage", "cancellation_loss")
MONEY = (*GROSS, "gross_refund", *DEDUCTIONS, "total_deductions", "net_refund")
WANTED = {  # of each report, what its control totals are counted from
    "refunds.csv": ("decision", *MONEY),
    "payouts.csv": ("payout_id", "amount"),
    "ledger.csv": ("entry_id", "clause", "debit", "credit"),
}
NIGHT = re.compile(r"\d{4}-\d\d-\d\d")
AMOUNT = r"^[0-9]{1,16}\.[0-9]{2}$"


@dataclass(frozen=True)
class Verified:
    """What was looked at, and one line for each thing that is not as it should be."""

    nights: int
    files: int
    problems: tuple[str, ...]


def verify(out: Path, store_path: Path) -> Verified:
    """Check every night of the store against its folder. Raises NoInput where there is nothing to check."""
    if not out.is_dir():
        raise NoInput(f"{out}: there is no such folder; give the folder that the nights were written to")
    store = open_to_read(store_path)
    try:
        runs, paid, posted = store.runs(), store.payout_sums("night"), store.payout_sums("posted")
    finally:
        store.close()
    problems: list[str] = []
    files = 0
    for at, run in enumerate(runs):
        night = _Night(out, run, is_latest=at == len(runs) - 1)
        previous = runs[at - 1] if at else None
        following = _Night(out, runs[at + 1], False) if at + 1 < len(runs) else None
        problems += night.check(previous, following, paid.get(run.night, (0, 0)), posted.get(run.night, (0, 0)))
        files += night.files
    return Verified(len(runs), files, (*problems, *_strangers(out, runs)))


def _strangers(out: Path, runs: list[Run]) -> Iterator[str]:
    """Folders that look like nights, but that the store knows nothing of."""
    known = {iso(run.night) for run in runs}
    for folder in sorted(out.iterdir()):
        if NIGHT.fullmatch(folder.name) and folder.name not in known:
            yield f"{folder}: the store knows no such night; move it away, or give the --store that it belongs to"


class _Night:
    """One night's folder, and what the store says of it."""

    def __init__(self, out: Path, run: Run, is_latest: bool) -> None:
        self.run, self.name = run, iso(run.night)
        self.place, self.files = out / self.name, 0
        waiting = pending(out, self.name)
        self.is_waiting = manifest_sha256(waiting) == run.manifest_sha256
        self.folder = waiting if self.is_waiting else self.place
        self.sha256 = manifest_sha256(self.folder)
        is_touched = self.sha256 != run.manifest_sha256
        self.witness = "the manifest (itself changed)" if is_touched else "the manifest"
        redo = f", or run the night again with --as-of {self.name} --redo" if is_latest else ""
        self.restore = f"restore it from a backup{redo}"

    @property
    def previous(self) -> str | None:
        """The manifest that this one follows, None where this one cannot be a witness."""
        if self.sha256 != self.run.manifest_sha256:
            return None
        found: str | None = json.loads((self.folder / MANIFEST).read_bytes())["previous_manifest_sha256"]
        return found

    def check(
        self, before: Run | None, after: "_Night | None", paid: tuple[int, int], posted: tuple[int, int]
    ) -> list[str]:
        if self.is_waiting:
            return [
                f"{self.folder}: the night of {self.name} is decided and recorded, but its reports are not yet "
                f"published as {self.place}; run a night, the same one or the next, and they are put in place",
                *self._content(paid, posted),
            ]
        if not self.place.is_dir():
            return [f"{self.place}: the folder is missing, and the store has this night; {self.restore}"]
        return [*self._chain(before, after), *self._content(paid, posted)]

    def _chain(self, before: Run | None, after: "_Night | None") -> Iterator[str]:
        """The manifest is the one that the store and the next night saw."""
        path = self.folder / MANIFEST
        self.files += 1
        if self.sha256 is None:
            yield f"{path}: missing or unreadable; {self.restore}"
            return
        witnesses = {"the store": self.run.manifest_sha256}
        if after and after.previous:
            witnesses[f"the night of {after.name}"] = after.previous
        for expected in dict.fromkeys(witnesses.values()):
            if expected != self.sha256:
                who = " and ".join(name for name, seen in witnesses.items() if seen == expected)
                yield f"{path}: SHA-256 is {_short(self.sha256)}, {who} recorded {_short(expected)}; {self.restore}"
        if not before and self.previous:
            yield (
                f"{path}: follows a manifest {_short(self.previous)}, but the store has no night before "
                f"{self.name}; give the right --store, or restore it from a backup"
            )

    def _content(self, paid: tuple[int, int], posted: tuple[int, int]) -> list[str]:
        try:
            manifest = json.loads((self.folder / MANIFEST).read_bytes())
            outputs = {o["name"]: (o["rows"], o["sha256"]) for o in manifest["outputs"]}
            stated = manifest["control_totals"]
            read = sum(source["rows"] for source in manifest["inputs"] if source["kind"] == "returns")
        except OSError:
            return []  # reported as missing
        except (ValueError, KeyError, TypeError):
            return [f"{self.folder / MANIFEST}: not a manifest of this program; {self.restore}"]
        problems, tables = [], {}
        totals = json.loads(self.run.totals)
        if stated != totals:
            problems.append(f"{self.folder / MANIFEST}: its control totals are not the store's; {self.restore}")
        for path in sorted(self.folder.iterdir()):
            if path.name != MANIFEST and path.name not in outputs:
                problems.append(f"{path}: not in the night's manifest; move it away")
        for name, (rows, sha256) in outputs.items():
            try:
                tables[name] = self._report(self.folder / name, rows, sha256, problems)
            except OSError as error:
                problems.append(f"{self.folder / name}: missing or unreadable ({error.strerror}); {self.restore}")
            except (pa.ArrowException, KeyError) as error:
                problems.append(f"{self.folder / name}: not the report any more ({_one_line(error)}); {self.restore}")
        return problems + _Totals(self, tables, totals, read, paid, posted).problems()

    def _report(self, path: Path, rows: int, sha256: str, problems: list[str]) -> pa.Table:
        """The columns of a report that are needed; its bytes and rows are compared with the manifest."""
        self.files += 1
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256:
            problems.append(f"{path}: SHA-256 is {_short(found)}, {self.witness} says {_short(sha256)}; {self.restore}")
        table = _columns(path, WANTED.get(path.name, ()))
        if table.num_rows != rows:
            problems.append(f"{path}: {table.num_rows:,} rows, {self.witness} says {rows:,}; {self.restore}")
        return table


class _NotAnAmount(Exception):
    """A cell that should be an amount; `str()` says what stands there."""


class _Totals:
    """The control totals of a night, counted once more from its CSV files."""

    def __init__(
        self,
        night: _Night,
        tables: dict[str, pa.Table],
        totals: Any,
        read: int,
        paid: tuple[int, int],
        posted: tuple[int, int],
    ) -> None:
        self.folder, self.restore = night.folder, night.restore
        self.tables, self.totals, self.read, self.paid, self.posted = tables, totals, read, paid, posted
        self.found: list[str] = []

    def problems(self) -> list[str]:
        net = self._each("refunds.csv", self._register)
        payouts = self._each("payouts.csv", self._payouts)
        entries = self._each("ledger.csv", self._ledger)
        if net is not None and payouts is not None:
            paid = total(payouts["cents"].to_numpy())
            self._equal("payouts.csv", "payouts in all", paid, "the register's net refunds", net)
        if entries is not None and payouts is not None:
            self._payouts_in_ledger(payouts, entries)
        return self.found

    def _each(self, name: str, check: Callable[[str, pa.Table], Any]) -> Any:
        """The check's answer, None where the file is not there or holds something else than amounts."""
        if name not in self.tables:
            return None
        try:
            return check(name, self.tables[name])
        except _NotAnAmount as cell:
            self._say(name, str(cell))
            return None

    def _say(self, name: str, what: str) -> None:
        self.found.append(f"{self.folder / name}: {what}; {self.restore}")

    def _equal(self, name: str, what: str, found: int, other: str, expected: int, unit: Any = dollar_text) -> None:
        if found != expected:
            difference = unit(found - expected)
            self._say(name, f"{what} {unit(found)}, {other} {unit(expected)}, difference {difference}")

    def _stated(self, name: str, part: str, sums: dict[str, int]) -> None:
        """Sums against the control totals."""
        for what, cents in sums.items():
            stated = self.totals.get(part, {}).get(what, "nothing")
            if stated != dollar_text(cents):
                self._say(name, f"{what} {dollar_text(cents)} in all, the store's control total is {stated}")

    def _register(self, name: str, table: pa.Table) -> int:
        """Rows by decision, and gross less deductions is net; answers the net in all."""
        counts = {d["values"]: d["counts"] for d in pc.value_counts(table["decision"]).to_pylist()}
        stated = self.totals.get("returns", {})
        for decision in (*DECISIONS, *sorted(set(counts) - set(DECISIONS))):
            expected = stated.get(decision, 0)
            self._equal(name, f"{decision} rows", counts.get(decision, 0), "the store's", expected, str)
        rows = table.num_rows + stated.get("malformed", 0)
        self._equal(name, "rows, with the malformed ones,", rows, "rows read", self.read, str)
        cents = {column: _cents(table, column, blank=True) for column in MONEY}
        for whole, parts in (("gross_refund", GROSS), ("total_deductions", DEDUCTIONS)):
            self._rows_add_up(name, f"{whole} is not the sum of its parts", sum(cents[p] for p in parts), cents[whole])
        left = cents["gross_refund"] - cents["total_deductions"]
        self._rows_add_up(name, "gross_refund less total_deductions is not net_refund", left, cents["net_refund"])
        sums = {column: total(values) for column, values in cents.items()}
        self._stated(name, "refunds", sums)
        return sums["net_refund"]

    def _rows_add_up(self, name: str, what: str, left: Any, right: Ints) -> None:
        off = np.flatnonzero(left != right)
        for row in off[:1].tolist():
            values = f"{dollar_text(int(left[row]))} and {dollar_text(int(right[row]))}"
            self._say(name, f"row {row + 1:,}: {what}, {values}{_and_more(len(off))}")

    def _payouts(self, name: str, table: pa.Table) -> pa.Table:
        """The payouts against the store; answers them as payout id and cents."""
        cents = _cents(table, "amount")
        amount, stated = total(cents), self.totals.get("payouts", {})
        self._equal(name, "payouts", table.num_rows, "the store's", stated.get("rows", 0), str)
        self._stated(name, "payouts", {"amount": amount})
        self._equal(name, "payouts", table.num_rows, "the store's", self.paid[0], str)
        self._equal(name, "payouts in all", amount, "the store's", self.paid[1])
        ids = pc.replace_substring_regex(table["payout_id"], r"\A'('*[=+\-@\t\r\n])", r"\1")
        return pa.table({"id": ids, "cents": cents})

    def _ledger(self, name: str, table: pa.Table) -> pa.Table:
        """Balance, and payout entries against the store; answers payout ids with the net of their refund entry."""
        debit, credit = _cents(table, "debit", blank=True), _cents(table, "credit", blank=True)
        ids = table["entry_id"].combine_chunks().dictionary_encode()
        entry, texts = np.asarray(ids.indices, np.int64), ids.dictionary
        debits, credits = (sums_by(side, entry, len(texts)) for side in (debit, credit))
        off = np.flatnonzero(debits != credits)
        for at in off[:1].tolist():
            sides = f"debits {dollar_text(int(debits[at]))}, credits {dollar_text(int(credits[at]))}"
            self._say(name, f"entry {texts[at].as_py()} is not balanced, {sides}{_and_more(len(off))}")
        self._equal(name, "debits in all", total(debit), "credits in all", total(credit))
        self._stated(name, "ledger", {"debits": total(debit), "credits": total(credit)})
        posted = _true(pc.starts_with(texts, "PAYOUT:"))
        self._equal(name, "payout entries", int(posted.sum()), "the store's", self.posted[0], str)
        self._equal(name, "payout entries in all", total(debits[posted]), "the store's", self.posted[1])
        # The credits of a refund entry are its deductions, which each cite a clause, and refunds payable.
        net = sums_by(np.where(_true(pc.equal(table["clause"], "")), credit, 0), entry, len(texts))
        booked = _true(pc.starts_with(texts, "REFUND:")) & (net > 0)
        return pa.table({"id": pc.utf8_slice_codeunits(texts, 7).filter(pa.array(booked)), "cents": net[booked]})

    def _payouts_in_ledger(self, payouts: pa.Table, entries: pa.Table) -> None:
        """Every payout is the credit to refunds payable of its refund entry, and the other way round."""
        one, other = payouts["id"].combine_chunks(), entries["id"].combine_chunks()
        at = pc.index_in(one, value_set=other)
        booked = entries["cents"].combine_chunks().take(at)
        unpaid = entries.filter(pc.invert(pc.is_in(other, value_set=one)))
        both = pa.concat_tables(
            [
                payouts.append_column("booked", booked),
                pa.table(
                    {"id": unpaid["id"], "cents": pa.nulls(unpaid.num_rows, pa.int64()), "booked": unpaid["cents"]}
                ),
            ]
        )
        off = both.filter(pc.fill_null(pc.not_equal(both["cents"], both["booked"]), True))
        off = off.take(pc.array_sort_indices(off["id"].combine_chunks()))
        for row in off.slice(0, 1).to_pylist():
            paid, booked = ("none" if c is None else dollar_text(c) for c in (row["cents"], row["booked"]))
            what = f"payout {row['id']} is {paid}, its credit to refunds payable in ledger.csv {booked}"
            self._say("payouts.csv", f"{what}{_and_more(off.num_rows)}")


def _columns(path: Path, wanted: tuple[str, ...]) -> pa.Table:
    """Columns of a report as text; the first one where none is wanted. Raises KeyError for one that is missing."""
    with path.open(encoding="utf-8", errors="replace") as file:
        header = file.readline().rstrip("\n").split(",")
    for name in wanted:
        if name not in header:
            raise KeyError(f"there is no column {name}")
    names = list(wanted) or header[:1]
    return csv.read_csv(
        path,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            include_columns=names, column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _cents(table: pa.Table, column: str, blank: bool = False) -> Ints:
    """Amounts as cents, a blank as 0 where it may stand."""
    texts = table[column]
    bad = pc.invert(pc.match_substring_regex(texts, AMOUNT))
    if blank:
        bad = pc.and_(bad, pc.not_equal(texts, ""))
    for row in np.flatnonzero(_true(bad))[:1].tolist():
        raise _NotAnAmount(f'row {row + 1:,}, {column}: "{texts[row].as_py()[:40]}" is not an amount such as 12.34')
    digits = pc.replace_substring(texts, ".", "")
    return np.asarray(pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int64()).to_numpy(), np.int64)


def _true(mask: Any) -> Bools:
    return np.asarray(mask.to_numpy() if isinstance(mask, pa.ChunkedArray) else mask.to_numpy(zero_copy_only=False))


def _short(sha256: str) -> str:
    return sha256[:12] + "…"


def _and_more(count: int) -> str:
    return "" if count == 1 else f" (and {count - 1:,} more like it)"


def _one_line(error: Exception) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]
