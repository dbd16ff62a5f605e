"""`refund-calc init`: a working folder ready to fill."""

import getpass
import shutil
import sys
from pathlib import Path

import click

from jobs.options import PATH


@click.command("init")
@click.argument("folder", metavar="DIR", type=PATH)
def command(folder: Path) -> None:
    """Make a working folder: policy, an inbox with one example row per file, crontab, systemd units, README.

    DIR is made. Where one of its files stands there already, nothing is written (73).
    """
    from refund_calc.runs.starter import start_folder

    for path in start_folder(folder, _program(), _user()):
        click.echo(path)
    click.echo(f"Next: cd {folder}, and what README.md says; its first command runs the example")


def _program() -> Path:
    """The refund-calc that was started, by its full path."""
    beside = Path(sys.executable).with_name("refund-calc")
    return beside if beside.exists() else Path(shutil.which("refund-calc") or "refund-calc")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return "refunds"
