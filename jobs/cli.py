"""The click group `refund-calc`: one file per command, imported when it is asked for."""

import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

import click

COMMANDS = {
    "nightly": "Run one night: read the exports, decide, and write the reports.",
}


class Commands(click.Group):
    """Commands are modules of `jobs`; only the one that runs is imported, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        if ctx.resilient_parsing or "--help" in sys.argv[1:2]:
            return click.Command(cmd_name, help=COMMANDS[cmd_name])
        command: click.Command = import_module(f"jobs.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        from refund_calc.errors import NightStopped

        try:
            return super().invoke(ctx)
        except NightStopped as stopped:
            click.echo(f"refund-calc: {stopped}", err=True)
            ctx.exit(stopped.exit_code)


@click.command(
    cls=Commands, context_settings={"auto_envvar_prefix": "REFUND_CALC", "help_option_names": ["-h", "--help"]}
)
@click.version_option(version=version("refund-calc"), prog_name="refund-calc")
def group() -> None:
    """The refund night of an online store: returns in, refunds, payouts, ledger and exceptions out."""


def main() -> None:
    """Entry point of the console script."""
    try:
        group(prog_name="refund-calc")
    except BrokenPipeError:
        # A reader such as `head` went away: not our failure, and no traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
