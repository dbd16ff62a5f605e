"""Options that several commands share. Every option also reads an environment variable, for cron."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

PATH = click.Path(path_type=Path)
_Command = TypeVar("_Command", bound=Callable[..., Any])


def option(name: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """An option and its variable: --as-of is REFUND_CALC_AS_OF. Several paths are separated as in PATH, by `:`."""
    variable = "REFUND_CALC_" + name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, envvar=variable, show_envvar=True, **attributes)


out_option = option(
    "--out", type=PATH, required=True, help="Folder of the reports: one folder per night is made in it."
)
store_option = option(
    "--store", metavar="URL", help="The history. Default: sqlite:///OUT/history.db.", show_default=False
)


def store_path(store: str | None, out: Path) -> Path:
    """The history's file."""
    if not store:
        return out / "history.db"
    from refund_calc.history.store_sqlite import sqlite_path  # pyarrow comes with it: not for --help

    try:
        return sqlite_path(store)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--store") from None
