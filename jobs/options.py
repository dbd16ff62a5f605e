"""Options that several commands share. Every option also reads an environment variable, for cron."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from jobs.places import WORK, Input, Out
from refund_calc.inputs.contracts import YEARS
from refund_calc.runs.cloud.wanted import Wanted

PATH = click.Path(path_type=Path, readable=False)  # to write; what cannot be has an exit code of its own, not usage's
INPUT = Input()  # to read, by path or URL
_Command = TypeVar("_Command", bound=Callable[..., object])


def option(name: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """An option and its variable: --as-of is REFUND_CALC_AS_OF. Several paths are separated as in PATH, by `:`."""
    variable = "REFUND_CALC_" + name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, envvar=variable, show_envvar=True, **attributes)


def _remember(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    ctx.meta[WORK] = value


_work = option(
    "--work",
    type=PATH,
    is_eager=True,  # the copies of URLs go there
    expose_value=False,
    callback=_remember,
    help="Folder of this job alone where copies of URLs lie; that of OUT is kept, and the next run fetches less.",
)


def out_of(wanted: Wanted | None, **attributes: Any) -> Callable[[_Command], _Command]:
    """OUT, by path or URL, and where the copy of a URL lies. `wanted`: what of it is fetched; None: a night is run."""
    told = {"required": True, "help": "Folder of the reports: one folder per night is made in it.", **attributes}

    def add(command: _Command) -> _Command:
        return option("--out", type=Out(wanted), **told)(_work(command))

    return add


out_option = out_of(Wanted.WHOLE)


_INBOX = (
    option(
        "--inbox",
        type=INPUT,
        help="Folder: every orders*.csv, returns*.csv and resolutions*.csv or .xlsx in it is read.",
    ),
    option(
        "--mapping",
        multiple=True,
        help="--inbox holds exports that this mapping knows: its name, or a TOML file; repeatable.",
    ),
    option("--orders", type=INPUT, multiple=True, help="An orders file instead of --inbox; repeatable."),
    option("--returns", type=INPUT, multiple=True, help="A returns file; repeatable."),
    option("--resolutions", type=INPUT, multiple=True, help="A resolutions file; repeatable."),
)


def inbox_options(command: _Command) -> _Command:
    """The options that say which files are read, in this order; `jobs.nightly.files_of` makes inputs of them."""
    for add in reversed(_INBOX):
        command = add(command)
    return command


_UNITS = {"MiB": 1 << 20, "GiB": 1 << 30}


def memory_size(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """The callback of an option that takes an amount of memory; answers bytes."""
    if value is None:
        return None
    number, unit = value[:-3], value[-3:]
    if unit not in _UNITS or not (number.isascii() and number.isdigit()):
        raise click.BadParameter(f'"{value}" is no amount of memory such as 300MiB or 2GiB')
    return int(number) * _UNITS[unit]


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
