"""`refund-calc export`: published ledgers as journals for other books, published payouts as payment instructions."""

import sys
from datetime import date
from pathlib import Path

import click

from jobs.options import INPUT, PATH, day, out_option
from refund_calc.books.export import Exported, Period, export
from refund_calc.books.formats import FORMATS
from refund_calc.books.payments import INSTRUCTIONS
from refund_calc.books.payments.instructions import instruct
from refund_calc.books.saved import beside, check_place, save
from refund_calc.history.nights import EPOCH

NAMES = (*FORMATS, *INSTRUCTIONS)


@click.command("export", epilog="Formats: " + ", ".join(NAMES) + ". `refund-calc manual books` tells of each.")
@click.argument("name", metavar="FORMAT", type=click.Choice(NAMES))
@click.option(
    "--from",
    "first",
    callback=day,
    metavar="YYYY-MM-DD",
    required=True,
    help="First day: of posting; for payment instructions, the first night.",
)
@click.option("--to", "last", callback=day, metavar="YYYY-MM-DD", required=True, help="Last day, itself included.")
@out_option
@click.option("-o", "--output", type=PATH, help="File to write, instead of standard output.")
@click.option("--summary", is_flag=True, help="One journal per posting date with one row per account.")
@click.option("--accounts", type=INPUT, help="TOML file with the target's names of the accounts.")
def command(
    name: str, first: date, last: date, out: Path, output: Path | None, summary: bool, accounts: Path | None
) -> None:
    """Write published ledgers for other books, or payouts for a processor. Nothing is sent anywhere."""
    if first > last:
        raise click.BadParameter(f"{last} lies before --from {first}", param_hint="--to")
    if output:
        check_place(output, out)
    period = Period(out, first.toordinal() - EPOCH, last.toordinal() - EPOCH)
    if name in FORMATS:
        _written(export(FORMATS[name], period, accounts, in_summary=summary), output)
        return
    for option, given in (("--summary", summary), ("--accounts", accounts)):
        if given:
            raise click.UsageError(f"{option} is for journals; {name} has payouts")
    found = instruct(INSTRUCTIONS[name], period)
    _written(found.exported, output)
    if output:
        click.echo(f"{save(beside(output), [found.left_out])[0]}: the payouts that were left out, with the reason")


def _written(found: Exported, output: Path | None) -> None:
    """To the file, or to standard output; what a person should know goes where the file does not."""
    if output is None and len(found.files) > 1:
        raise click.UsageError(f"this export has {len(found.files):,} files; give -o FILE, or choose fewer days")
    if output is None:
        sys.stdout.buffer.write(found.files[0])
    written = [f"{path} written" for path in save(output, found.files)] if output else []
    for line in (*found.notices, *written):
        click.echo(line, err=output is None)
