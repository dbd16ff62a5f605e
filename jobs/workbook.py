"""`refund-calc workbook`: a published night as one workbook."""

from datetime import date
from pathlib import Path

import click

from jobs.options import PATH, day, out_option
from refund_calc.books.saved import check_place
from refund_calc.reading.workbook import FILE, write_workbook


@click.command("workbook")
@click.option("--night", callback=day, metavar="YYYY-MM-DD", help="The night. Default: the latest.")
@out_option
@click.option("-o", "--output", type=PATH, default=Path(FILE), show_default=True, help="File to write.")
def command(night: date | None, out: Path, output: Path) -> None:
    """Write a published night as one workbook: summary, register, payouts, ledger and exceptions."""
    check_place(output, out)
    found = write_workbook(out, str(night) if night else None, output)
    click.echo(f"{output} written: the night of {found}")
