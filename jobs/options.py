"""Options that several commands share. Every option also reads an environment variable, for cron."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from refund_calc.inputs.contracts import YEARS

PATH = click.Path(path_type=Path, readable=False)  # what cannot be read has an exit code of its own, not usage's
_Command = TypeVar("_Command", bound=Callable[..., Any])


def option(name: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """An option and its variable: --as-of is REFUND_CALC_AS_OF. Several paths are separated as in PATH, by `:`."""
    variable = "REFUND_CALC_" + name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, envvar=variable, show_envvar=True, **attributes)


out_option = option(
    "--out", type=PATH, required=True, help="Folder of the reports: one folder per night is made in it."
)


def day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """The callback of an option that takes a day."""
    if value is None:
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or str(found) != value:  # fromisoformat also reads 20261120 and 2026-W47-5
        raise click.BadParameter(f'"{value}" is not a date YYYY-MM-DD')
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise click.BadParameter(f'"{value}" is outside the years {YEARS[0]}-{YEARS[1]}')
    return found


def today(time_zone: str) -> date:
    """The store's calendar day at this moment: the only look at the clock."""
    return datetime.now(ZoneInfo(time_zone)).date()
