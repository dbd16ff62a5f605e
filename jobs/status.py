"""`refund-calc status`: where the refunds stand, for a person to read in the morning."""

from pathlib import Path

import click

from jobs.options import out_option
from refund_calc.reading.status import status


@click.command("status")
@out_option
def command(out: Path) -> None:
    """Show open payouts by date, held dollars by reason and age, lines near the promise, and the last nights."""
    click.echo(status(out))
