"""The tables of README and manual, each drawn from the declaration it describes, with rows of the sample as examples.

A page holds them between the markers `<!-- table: name -->` and `<!-- end -->`.
"""

import csv
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path

import click
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner

from jobs.cli import BUG, COMMANDS, INTERRUPTED, IO_FAILED, group
from jobs.manual import TOPICS
from jobs.nightly import command as nightly
from jobs.rules import HEADER, markdown_table, rows
from refund_calc import errors
from refund_calc.books.accounts import Account
from refund_calc.books.formats import FORMATS
from refund_calc.books.payments import INSTRUCTIONS
from refund_calc.books.reconcile.result import Outcome
from refund_calc.books.reconcile.settlements import COLUMNS as SETTLEMENTS
from refund_calc.books.warehouse.tables import RUNS
from refund_calc.books.warehouse.tables import TABLES as WAREHOUSE
from refund_calc.books.warehouse.views import VIEWS
from refund_calc.history.record import FILES as RECORD
from refund_calc.inputs.contracts import (
    Column,
    OpeningRow,
    OrderRow,
    ResolutionRow,
    ReturnRow,
    Row,
    columns,
)
from refund_calc.inputs.mapping.schema import ColumnRule, Join, LineAmounts, Rules, SheetRule
from refund_calc.inputs.mapping.shopify_settings import ShopifySettings
from refund_calc.policy.deductions import DEDUCTIONS, SETTABLE
from refund_calc.policy.findings import ALLOWABLE, BY_CODE, REJECTABLE, STOPPABLE
from refund_calc.policy.terms import kind_of
from refund_calc.policy.versions import parameters
from refund_calc.reports.contracts import EXCEPTIONS, LEDGER, PAYOUTS, RECONCILIATION, REDO, REFUNDS, SIMULATION
from tests.sample import nights

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden" / "sample" / str(nights.MAIN)
PAGES = (ROOT / "README.md", *(ROOT / "refund_calc" / "manual" / f"{topic}.md" for topic in TOPICS))
WAREHOUSE_PAGE = ROOT / "refund_calc" / "manual" / "warehouse.md"
BLOCK = re.compile(r"(<!-- table: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
# Whose rows are the examples: the worked example of the policy page, and one that shows another side of the file.
TOLD = {
    "orders": ("#1056", "#1077"),  # the lens, and an order that was cancelled
    "returns": ("RMA-3019", "RMA-3040"),
    "resolutions": ("RMA-3016", "RMA-3021"),
    "opening": ("#1102", "#1103"),  # by no known RMA, and by one
    "refunds": ("RMA-3019", "RMA-3012"),  # refunded, and held
    "payouts": ("RMA-3019", "RMA-3016"),
    "ledger": ("RMA-3019", "RMA-3001"),  # a refund's first line, and a payout's last
    "exceptions": ("RMA-3012", "RMA-3015"),  # held, and rejected
    "record-lines": ("RMA-3019", "RMA-3012"),
    "record-findings": ("RMA-3012", "RMA-3028"),
    "record-resolutions": ("RMA-3016", "RMA-3021"),
    "record-refunds": ("RMA-3019", "RMA-3016"),
    "record-opening": ("#1102", "#1103"),
}


def in_file(name: str, model: type[Row]) -> str:
    with (nights.FOLDER / f"{name}.csv").open(newline="", encoding="utf-8-sig") as file:
        one, two = examples(name, csv.DictReader(file))
    return markdown_table(
        ("column", "type", "key", "may be blank", "meaning", "example", "another"),
        [
            (c.name, c.cell.what, "key" if c.key else "", _blank(c), c.meaning, one[c.name], two[c.name])
            for c in columns(model)
        ],
    )


def examples(name: str, rows: Iterable[Mapping[str, str]]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Two rows of a file: the first row of the one RMA (or order) that stands for it, and the last of the other."""
    of = list(rows)
    one, two = TOLD[name]
    key = "order_number" if one.startswith("#") else "rma_number"
    return next(row for row in of if row[key] == one), next(row for row in reversed(of) if row[key] == two)


def _blank(column: Column) -> str:
    if column.optional:
        return "yes, or no such column"
    return "yes" if column.blank else "no"


def out_file(name: str, declared: dict[str, str]) -> str:
    with (GOLDEN / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        one, two = examples(name, csv.DictReader(file))
    return markdown_table(
        ("column", "meaning", "example", "another"),
        [(column, meaning, one[column], two[column]) for column, meaning in declared.items()],
    )


@cache
def sample_nights() -> tuple[dict[str, bytes], str]:
    """Every file that the sample nights leave, by its path below OUT, and what the two runs print."""
    printed = ""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        for night, inbox in nights.INBOXES.items():
            options = ["--inbox", inbox, "--policy", nights.POLICY, "--as-of", night, "--out", out]
            options += [] if out.exists() else ["--new-history", "--opening", nights.OPENING]
            ran = CliRunner().invoke(group, ["nightly", *map(str, options)])
            assert ran.exit_code == 0, ran.output
            printed += ran.output.replace(f"{folder}/", "")
        files = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    return files, printed


def record_file(name: str) -> str:
    """The columns of a record file."""
    one, two = examples(f"record-{name}", record_rows(name))
    return markdown_table(
        ("column", "type", "meaning", "example", "another"),
        [(c.name, str(c.type), c.meaning, one[c.name], two[c.name]) for c in RECORD[name]],
    )


def record_rows(name: str) -> list[dict[str, str]]:
    """The rows of a record file of the second sample night, or, where they are too few, of both."""
    files, _ = sample_nights()
    paths = [f"{night}/record/{name}.parquet" for night in (nights.MAIN, nights.NIGHT_BEFORE)]
    rows = [row for path in paths for row in pq.read_table(pa.BufferReader(files[path])).to_pylist()]
    return [{column: _cell(value) for column, value in row.items()} for row in rows]


def _cell(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def commands() -> str:
    rows = [(f"`refund-calc {name}`", what) for name, what in COMMANDS.items()]
    return markdown_table(("command", "what it does"), rows)


def exports() -> str:
    """The formats of `refund-calc export`, with the name that one of our accounts has in each."""
    account = Account("4910", "Sales returns and allowances", "income")
    journals = [
        (form.name, form.what, "" if form.most_lines is None else f"{form.most_lines:,}", f"`{form.named(account)}`")
        for form in FORMATS.values()
    ]
    payouts = [(form.name, form.what, "", "") for form in INSTRUCTIONS.values()]
    return markdown_table(("format", "what", "most lines a file", "our account 4910 there"), [*journals, *payouts])


def warehouse_tables() -> str:
    tables = [(f"`{table.name}`", ", ".join(table.key), table.meaning) for table in WAREHOUSE]
    views = [(f"`{view.name}`", "", f"view: {view.meaning}") for view in VIEWS]
    return markdown_table(("table", "key", "one row is"), [*tables, *views])


def warehouse_stuck() -> str:
    """The first rows of the warehouse page's first query, on the sample nights in a DuckDB file."""
    query = next(
        q for q in re.findall(r"^```sql\n(SELECT.*?)^```", WAREHOUSE_PAGE.read_text(), re.DOTALL | re.MULTILINE)
    )
    with tempfile.TemporaryDirectory() as folder:
        out, file = Path(folder) / "out", Path(folder) / "books.duckdb"
        for name, content in sample_nights()[0].items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_bytes(content)
        ran = CliRunner().invoke(group, ["load", "--to", f"duckdb:///{file}", "--out", str(out)])
        assert ran.exit_code == 0, ran.output
        with duckdb.connect(str(file), read_only=True) as connection:
            found = connection.execute(query)
            names = [column[0] for column in found.description]
            return markdown_table(tuple(names), [tuple(map(_cell, row)) for row in found.fetchmany(5)])


def placeholders() -> str:
    rows = [(f"`{p.key}`", p.clause, p.meaning) for p in parameters() if p.placeholder]
    return markdown_table(("key", "clause", "meaning"), rows)


def exit_codes() -> str:
    said: dict[int, list[str]] = {
        0: ["Done. Exceptions in the report are normal."],
        2: ["The command line is wrong (an unknown option, two options that exclude each other, a bad date)."],
    }
    for error in errors.NightStopped.__subclasses__():
        said.setdefault(error.exit_code, []).append(_doc(error))
    said.setdefault(BUG, []).append("An unexpected error, a bug in this program, or no memory left.")
    said.setdefault(IO_FAILED, []).append("An error of the system that nobody foresaw.")
    said.setdefault(INTERRUPTED, []).append("Interrupted with Ctrl-C.")
    return markdown_table(("exit code", "meaning"), [(str(code), " ".join(said[code])) for code in sorted(said)])


def _doc(error: type[errors.NightStopped]) -> str:
    return " ".join((error.__doc__ or "").split())


def options() -> str:
    return markdown_table(
        ("option", "environment variable", "meaning"),
        [(option.opts[0], str(option.envvar), option.help or "") for option in nightly_options()],
    )


def nightly_options() -> list[click.Option]:
    return [p for p in nightly.params if isinstance(p, click.Option) and p.envvar]


def policy_parameters() -> str:
    return markdown_table(
        ("key", "clause", "written as", "meaning", "finance must set it"),
        [
            (
                p.key + (" (may be left out)" if p.default else ""),
                p.clause,
                p.kind,
                p.meaning,
                "placeholder" if p.placeholder else "",
            )
            for p in parameters()
        ],
    )


def shopify_settings() -> str:
    return markdown_table(
        ("key", "written as", "left out", "meaning"),
        [
            (f"`{name}`", of_kind.what, _in_toml(field.default), field.description or "")
            for name, field in ShopifySettings.model_fields.items()
            if (of_kind := kind_of(field))
        ],
    )


def _in_toml(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_in_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else "{}"


IN_THE_ROW = [code for code, finding in BY_CODE.items() if finding.answers.deduction]  # what means a deduction too


def actions() -> str:
    return markdown_table(
        ("action", "codes it can answer"),
        [
            ("allow", ", ".join(sorted(ALLOWABLE))),
            ("reject", ", ".join(sorted(REJECTABLE))),
            ("stop", ", ".join(sorted(STOPPABLE))),
            ("waive", ", ".join((*DEDUCTIONS, *IN_THE_ROW))),
            (
                "set-amount",
                ", ".join((*SETTABLE, *(c for c in IN_THE_ROW if BY_CODE[c].answers.deduction in SETTABLE))),
            ),
            ("withdraw", "every code above"),
        ],
    )


def mapping_keys() -> str:
    """The keys of a mapping file, table by table."""
    rows = []
    for where, table in MAPPING_TABLES.items():
        for name, field in table.model_fields.items():
            kind, key = kind_of(field), field.alias or name
            if kind:
                rows.append((f"{where}.{key}".lstrip("."), kind.what, kind.example, field.description or ""))
    return markdown_table(("key", "written as", "example", "meaning"), rows)


MAPPING_TABLES = {
    "": Rules,
    "sheets.*": SheetRule,
    "sheets.*.line_amounts": LineAmounts,
    "sheets.*.join.*": Join,
    "sheets.*.columns.*": ColumnRule,
}


TABLES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "exports": exports,
    "warehouse-tables": warehouse_tables,
    "warehouse-runs": lambda: markdown_table(("column", "meaning"), [(c.name, c.meaning) for c in RUNS.columns]),
    "warehouse-stuck": warehouse_stuck,
    "reconcile-classes": lambda: markdown_table(("class", "meaning"), [(f"`{one}`", one.meaning) for one in Outcome]),
    "reconciliation": lambda: markdown_table(("column", "meaning"), list(RECONCILIATION.items())),
    "simulation": lambda: markdown_table(("column", "meaning"), list(SIMULATION.items())),
    "settlements": lambda: markdown_table(("column", "meaning"), list(SETTLEMENTS.items())),
    "placeholders": placeholders,
    "options": options,
    "findings": lambda: markdown_table(HEADER, rows()),
    "orders": lambda: in_file("orders", OrderRow),
    "returns": lambda: in_file("returns", ReturnRow),
    "resolutions": lambda: in_file("resolutions", ResolutionRow),
    "opening": lambda: in_file("opening", OpeningRow),
    "refunds": lambda: out_file("refunds", REFUNDS),
    "payouts": lambda: out_file("payouts", PAYOUTS),
    "redo": lambda: markdown_table(("column", "meaning"), list(REDO.items())),
    "ledger": lambda: out_file("ledger", LEDGER),
    "exceptions": lambda: out_file("exceptions", EXCEPTIONS),
    **{f"record-{name}": partial(record_file, name) for name in RECORD},
    "exit-codes": exit_codes,
    "policy": policy_parameters,
    "mapping-keys": mapping_keys,
    "shopify": shopify_settings,
    "actions": actions,
}


def render(page: str) -> str:
    """The page with every table as its declaration has it now."""
    return BLOCK.sub(lambda block: block[1] + drawn(block[2]) + block[4], page)


def drawn(name: str) -> str:
    """A table as it stands between its markers."""
    table = TABLES[name]()
    return table + "\n" if table else ""
