"""Options that several commands share. Every option also reads an environment variable, for cron."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

PATH = click.Path(path_type=Path, readable=False)  # what cannot be read has an exit code of its own, not usage's
_Command = TypeVar("_Command", bound=Callable[..., Any])


def option(name: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """An option and its variable: --as-of is REFUND_CALC_AS_OF. Several paths are separated as in PATH, by `:`."""
    variable = "REFUND_CALC_" + name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, envvar=variable, show_envvar=True, **attributes)


out_option = option(
    "--out", type=PATH, required=True, help="Folder of the reports: one folder per night is made in it."
)
