"""`refund-calc verify`: are the published nights still what the store knows?"""

from pathlib import Path

import click

from jobs.options import store_option, store_path
from refund_calc.errors import BadData
from refund_calc.reading.verify import verify


@click.command("verify")
@click.argument("out", type=click.Path(path_type=Path))
@store_option
def command(out: Path, store: str | None) -> None:
    """Recompute hashes, balances, control totals and the chain of manifests of every night in OUT."""
    found = verify(out, store_path(store, out))
    for problem in found.problems:
        click.echo(problem)
    if found.problems:
        raise BadData(f"{out}: {_of(len(found.problems), 'problem')} found in {_of(found.nights, 'night')}; see above")
    click.echo(
        f"{out}: {_of(found.nights, 'night')} and {_of(found.files, 'file')} verified, all as they were published"
    )


def _of(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
