"""`refund-calc check`: what tonight would choke on, before it does."""

from pathlib import Path

import click

from jobs.nightly import files_of
from jobs.options import INPUT, PATH, inbox_options, option
from jobs.rules import text_table
from refund_calc.columns.counted import counted
from refund_calc.errors import BadData

SHOWN = 50  # rows of the table on the screen


@click.command("check")
@inbox_options
@option("--policy", type=INPUT, required=True, help="Folder of policy versions (TOML), or one file.")
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Write the whole list as CSV.")
@click.pass_context
def command(
    context: click.Context,
    inbox: Path | None,
    mapping: tuple[str, ...],
    orders: tuple[Path, ...],
    returns: tuple[Path, ...],
    resolutions: tuple[Path, ...],
    policy: Path,
    output: Path | None,
) -> None:
    """List all bad cells, rows and files of an inbox and its policy, and what to write instead; decide nothing.

    Nothing but FILE is written. Exit codes: 0 nothing found; 65 something is listed; 2, 66, 73, 74 and 78 as those of
    nightly.
    """
    from refund_calc.runs.bad_cells import check
    from refund_calc.runs.import_inbox import HEADER, problems_csv

    checked = check(files_of(context, inbox, mapping, orders, returns, resolutions), policy)
    found = checked.problems
    for note in checked.notes:
        click.echo(f"{note.file} line {note.line}, {note.column}: {note.fault}")
    if output:
        output.write_bytes(problems_csv(found))
    if not found:
        click.echo("Nothing found: tonight can read every cell")
        return
    rows = [(one.file, str(one.line or ""), one.column, one.value, one.fault) for one in found[:SHOWN]]
    click.echo(text_table(HEADER, rows))
    if len(found) > SHOWN:
        click.echo(f"and {len(found) - SHOWN:,} more" + ("" if output else "; -o FILE writes them all"))
    raise BadData(f"{counted(len(found), 'problem')} found; correct them and check again")
