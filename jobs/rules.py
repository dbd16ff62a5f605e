"""`refund-calc rules`: the catalogue of findings, as a table or one at a time."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

import click

from refund_calc.policy.deductions import SETTABLE
from refund_calc.policy.findings import BY_CODE, CATALOGUE, EVERY_TYPE, REJECTABLE, Finding

HEADER = ("code", "decision", "clause", "stage", "types", "allow", "turn", "when")


@click.command("rules")
@click.option("--markdown", is_flag=True, help="As a Markdown table, as it stands in the manual.")
@click.option("--code", metavar="CODE", help="Only this finding: its condition, messages and next step.")
def command(markdown: bool, code: str | None) -> None:
    """List the findings: why a line is not simply paid.

    Types: R return, D refused delivery, C cancellation. Allow: whether a resolution may allow it.
    Turn: who takes the next step.
    """
    if code is not None:
        click.echo(_in_full(_found(code)))
    elif markdown:
        click.echo(markdown_table(HEADER, rows()))
    else:
        click.echo(text_table(HEADER, rows()))


def rows() -> list[tuple[str, ...]]:
    """One row per finding, in the rulebook's order."""
    return [
        (f.code, f.severity, clause(f), f.stage, types(f), "yes" if f.answers.allow else "", f.turn, f.when)
        for f in CATALOGUE
    ]


def types(finding: Finding) -> str:
    """The return types it applies to, as letters."""
    return "".join(_letter(name) for name in finding.types)


def _letter(return_type: str) -> str:
    return dict(zip(EVERY_TYPE, "RDC", strict=True))[return_type]


def clause(finding: Finding) -> str:
    """Its clause, or one per return type where they differ."""
    if isinstance(finding.clause, str):
        return finding.clause
    return ", ".join(f"{_letter(name)}: {clause}" for name, clause in finding.clause.items())


def markdown_table(header: Sequence[str], table: Sequence[Sequence[str]]) -> str:
    """The rows as a Markdown table; the cells are plain text."""
    lines = [header, ["---"] * len(header), *([re.sub(r"([|*<])", r"\\\1", cell) for cell in row] for row in table)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def text_table(header: Sequence[str], table: Sequence[Sequence[str]]) -> str:
    """The rows with their columns aligned."""
    widths = [max(len(row[at]) for row in (header, *table)) for at in range(len(header))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *table)
    )
    return "\n".join(lines)


def _found(code: str) -> Finding:
    finding = BY_CODE.get(code.strip().lower())
    if finding is None:
        close = get_close_matches(code.lower(), BY_CODE, n=1)
        hint = f"did you mean {close[0]}?" if close else "`refund-calc rules` lists them all"
        raise click.BadParameter(f'"{code}" is no finding; {hint}', param_hint="--code")
    return finding


def _in_full(finding: Finding) -> str:
    can = [
        action
        for action, may in (
            ("allow", finding.answers.allow),
            ("reject", finding.code in REJECTABLE),
            ("stop", finding.answers.stop),
            ("waive", finding.answers.deduction),
            ("set-amount", finding.answers.deduction in SETTABLE),
        )
        if may and finding.severity != "warning"
    ]
    parts = [
        (finding.code, f"{finding.severity}, {clause(finding)}, stage {finding.stage}"),
        ("applies to", ", ".join(finding.types)),
        ("when", finding.when),
        *(("message", message) for message in finding.messages),
        ("cell to look at", finding.field or "none"),
        ("next step", finding.next_step),
        ("whose turn", finding.turn),
        ("answer with", " or ".join(can) or "nothing: correct the data, or wait"),
    ]
    return text_table(parts[0], parts[1:])
