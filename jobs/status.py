"""`refund-calc status`: where the refunds stand, for a person to read in the morning, or for a program."""

from pathlib import Path

import click

from jobs.options import out_of
from refund_calc.reading.status import status, status_json
from refund_calc.runs.cloud.wanted import Wanted


@click.command("status")
@out_of(Wanted.RECORD)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, with every held line.")
def command(out: Path, as_json: bool) -> None:
    """Show open payouts by date, all held lines by reason, age and whose turn it is, and the last nights."""
    click.echo(status_json(out) if as_json else status(out))
