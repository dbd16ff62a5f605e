"""`refund-calc import`: exports of other programs become an inbox."""

from pathlib import Path

import click

from jobs.options import INPUT, PATH, option
from refund_calc.columns.counted import counted


@click.command("import")
@option("--mapping", multiple=True, required=True, help="A shipped mapping's name, or a TOML file; repeatable.")
@click.option("--in", "folder", type=INPUT, required=True, help="Folder of the exports.")
@click.option("--out", "inbox", type=PATH, required=True, help="The inbox: orders.csv, returns.csv, problems.csv.")
def command(mapping: tuple[str, ...], folder: Path, inbox: Path) -> None:
    """Write orders.csv and returns.csv from exports, and problems.csv: what could not be mapped.

    A row that cannot be mapped is written too, and the night holds it; an unmapped value holds its own rows only.
    Exit codes: 0 written, with problems or without; else as those of nightly.
    """
    from refund_calc.inputs.mapping.folder import inputs_of
    from refund_calc.runs.import_inbox import PROBLEMS, TOP, import_inbox

    done = import_inbox(inputs_of(folder, mapping), inbox)
    for name, rows in done.rows.items():
        click.echo(f"{inbox / name}: {counted(rows, 'row')}")
    for kind in done.without:
        click.echo(f"No file becomes {kind}: the night needs a {kind}.csv beside, or another --mapping that makes it")
    for note in done.notes:
        click.echo(f"{note.file} line {note.line}, {note.column}: {note.fault}")
    if not done.problems:
        click.echo("Everything could be mapped")
        return
    found = done.by_fault
    click.echo(f"Could not be mapped: {len(done.problems):,}, each in {inbox / PROBLEMS}")
    for count, column, fault in found[:TOP]:
        click.echo(f"  {count:>7,}  {column + ': ' if column else ''}{fault}")
    if len(found) > TOP:
        click.echo(f"  and {len(found) - TOP:,} more kinds")
