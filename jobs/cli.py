"""The click group `refund-calc`: one file per command, imported when it is asked for; and what a failure prints."""

import contextlib
import gc
import io
import os
import sys
import traceback
from importlib import import_module
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

COMMANDS = {
    "init": "Make a working folder ready to fill: policy, inbox, crontab, systemd units, README.",
    "nightly": "Run one night: read the exports, decide, and write the reports.",
    "check": "List everything in an inbox and a policy that tonight would choke on; decide nothing.",
    "simulate": "Decide a night under another policy beside the present one; write nothing.",
    "import": "Turn exports of shops, returns apps and warehouses into an inbox, by a mapping.",
    "status": "Show open payouts, held dollars, lines near the promise, and the last nights.",
    "explain": "Tell why a return got what it got, over all nights; as JSON, or as a letter to the customer.",
    "verify": "Recompute hashes, balances, totals and the chain of every published night.",
    "workbook": "Write a published night as one Excel workbook.",
    "export": "Write published ledgers for other books, or payouts for a processor.",
    "load": "Load published nights into PostgreSQL (pip extra: postgres) or a DuckDB file, to ask in SQL.",
    "reconcile": "Compare the promised payouts with what the processors say they paid.",
    "rules": "List the findings: why a line is not simply paid.",
    "manual": "Print a page of the manual; without a topic, list the pages.",
}
MODULES = {"import": "import_"}  # where a command's name is a word of Python
TRACEBACK = "REFUND_CALC_TRACEBACK"

# No linear algebra is done here, and OpenBLAS starts a thread per core when numpy is imported: a tenth of a second of
# CPU in a small night. Whoever sets the variable has the last word.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BUG, IO_FAILED, INTERRUPTED = 70, 74, 130


class Commands(click.Group):
    """Commands are modules of `jobs`; only the one that runs is imported, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        from refund_calc.columns.heap import use_the_heap

        use_the_heap()
        # Modules are not garbage: looking for some while they are imported takes a seventh of a small night.
        gc.disable()
        command: click.Command = import_module(f"jobs.{MODULES.get(cmd_name, cmd_name)}").command
        gc.freeze()
        gc.enable()
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands by their names alone: a key on the keyboard does not wait for their modules."""
        names = [CompletionItem(name, help=told) for name, told in COMMANDS.items() if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. Whatever fails ends in one line on stderr and an exit code, never in a traceback."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            _fail(ctx, "interrupted; the night is there whole or not at all, run the same command again", INTERRUPTED)
        except BrokenPipeError:
            # A reader such as `head` went away: not our failure.
            _drop_output()
            ctx.exit(0)
        except MemoryError:
            _fail(ctx, "no memory left for this night; free some and run the same command again", BUG)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            _fail(ctx, f"{where}{error.strerror or error}; mend it and run the same command again", IO_FAILED)
        except Exception as error:
            from refund_calc.errors import NightStopped

            if isinstance(error, NightStopped):
                _fail(ctx, str(error), error.exit_code)
            what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            hint = f"run again with {TRACEBACK}=1 to see where"
            _fail(ctx, f"unexpected error, a bug in this program ({what}); {hint}", BUG)


def _fail(ctx: click.Context, line: str, exit_code: int) -> NoReturn:
    if os.environ.get(TRACEBACK, "") not in ("", "0"):
        traceback.print_exc()
    from jobs.places import named
    from jobs.stage_log import JSON, LOG_FORMAT, json_line

    line = named(ctx, " ".join(line.splitlines()))

    failed = {"event": "failed", "message": line, "exit_code": exit_code}
    told = json_line("error", failed) if ctx.meta.get(LOG_FORMAT) == JSON else f"refund-calc: {line}"
    click.echo(told, err=True)
    _drop_output()
    ctx.exit(exit_code)


def _drop_output() -> None:
    """What stdout still holds and cannot take must not fail a second time when the process ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="refund-calc", prog_name="refund-calc")
def group() -> None:
    """The refund night of an online store: returns in, refunds, payouts, ledger and exceptions out."""


def main() -> None:
    """Entry point of the console script."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a path that the locale cannot spell must not stop a night
    group(prog_name="refund-calc")
