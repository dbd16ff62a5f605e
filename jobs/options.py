"""Options that several commands share."""

from pathlib import Path

import click

from refund_calc.store_sqlite import sqlite_path

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder of the reports: one folder per night is made in it.",
)
store_option = click.option(
    "--store", metavar="URL", help="The history. Default: sqlite:///OUT/history.db.", show_default=False
)


def store_path(store: str | None, out: Path) -> Path:
    """The history's file."""
    try:
        return sqlite_path(store) if store else out / "history.db"
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--store") from None
