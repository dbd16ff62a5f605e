"""`refund-calc verify`: are the published nights still as they were published?"""

from pathlib import Path

import click
from click.core import ParameterSource

from jobs.options import out_of
from jobs.places import Out, say
from refund_calc.columns.counted import counted
from refund_calc.errors import BadData
from refund_calc.reading.verify import verify
from refund_calc.runs.cloud.wanted import Wanted


@click.command("verify")
@click.argument("folder", metavar="[OUT]", type=Out(Wanted.ANEW), required=False)
@out_of(Wanted.ANEW, required=False, help="Folder of the reports, instead of the argument.")
@click.pass_context
def command(context: click.Context, folder: Path | None, out: Path | None) -> None:
    """Recompute hashes, balances, control totals and the chain of manifests of every night in OUT."""
    if folder and context.get_parameter_source("out") is ParameterSource.COMMANDLINE:
        raise click.UsageError("give OUT either as the argument or with --out")
    out = folder or out
    if out is None:
        raise click.UsageError("give OUT, the folder that the nights were written to")
    found = verify(out)
    for line in (*found.notices, *found.problems):
        say(line)
    if found.problems:
        raise BadData(
            f"{out}: {counted(len(found.problems), 'problem')} found in {counted(found.nights, 'night')}; see above"
        )
    say(
        f"{out}: {counted(found.nights, 'night')} and {counted(found.files, 'file')} verified, "
        "all as they were published"
    )
