"""The README's tables, each drawn from the declaration it describes. Between their markers the README holds these."""

import re
from collections.abc import Callable

import click

from jobs.cli import BUG, INTERRUPTED, IO_FAILED
from jobs.nightly import command as nightly
from jobs.rules import HEADER, markdown_table, rows
from refund_calc import errors
from refund_calc.inputs.contracts import (
    Column,
    OrderRow,
    ResolutionRow,
    ReturnRow,
    Row,
    columns,
)
from refund_calc.policy.deductions import DEDUCTIONS, SETTABLE
from refund_calc.policy.findings import ALLOWABLE, REJECTABLE
from refund_calc.policy.versions import parameters
from refund_calc.reports.contracts import EXCEPTIONS, LEDGER, PAYOUTS, REFUNDS

BLOCK = re.compile(r"(<!-- table: ([a-z-]+) -->\n)(.*?)(\n<!-- end -->)", re.DOTALL)


def in_file(model: type[Row]) -> str:
    return markdown_table(
        ("column", "type", "key", "may be blank", "meaning"),
        [(c.name, c.cell.what, "key" if c.key else "", _blank(c), c.meaning) for c in columns(model)],
    )


def _blank(column: Column) -> str:
    if column.optional:
        return "yes, or no such column"
    return "yes" if column.blank else "no"


def out_file(declared: dict[str, str]) -> str:
    return markdown_table(("column", "meaning"), list(declared.items()))


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


def actions() -> str:
    return markdown_table(
        ("action", "codes it can answer"),
        [
            ("allow", ", ".join(sorted(ALLOWABLE))),
            ("reject", ", ".join(sorted(REJECTABLE))),
            ("waive", ", ".join(DEDUCTIONS)),
            ("set-amount", ", ".join(SETTABLE)),
        ],
    )


TABLES: dict[str, Callable[[], str]] = {
    "options": options,
    "findings": lambda: markdown_table(HEADER, rows()),
    "orders": lambda: in_file(OrderRow),
    "returns": lambda: in_file(ReturnRow),
    "resolutions": lambda: in_file(ResolutionRow),
    "refunds": lambda: out_file(REFUNDS),
    "payouts": lambda: out_file(PAYOUTS),
    "ledger": lambda: out_file(LEDGER),
    "exceptions": lambda: out_file(EXCEPTIONS),
    "exit-codes": exit_codes,
    "policy": policy_parameters,
    "actions": actions,
}


def render(readme: str) -> str:
    """The README with every table as its declaration has it now."""
    return BLOCK.sub(lambda block: block[1] + TABLES[block[2]]() + block[4], readme)
