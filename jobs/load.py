"""`refund-calc load`: published nights into a database, for those who ask in SQL."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import click
from click.core import ParameterSource

from jobs.options import day, out_option
from refund_calc.books.warehouse.load import Loaded, Loading, load, nights_for
from refund_calc.books.warehouse.targets import target_of
from refund_calc.columns.counted import counted
from refund_calc.history.folders import KEPT
from refund_calc.history.nights import EPOCH
from refund_calc.inputs.contracts import YEARS

WAREHOUSE = "REFUND_CALC_WAREHOUSE"
SCHEMA = "refund_calc"


def _simple(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A name that SQL takes without quotes."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", value) or value.startswith("pg_") or value == "information_schema":
        raise click.BadParameter(f'"{value}" is no name for a schema of ours; use a-z, 0-9 and _, such as {SCHEMA}')
    return value


@click.command("load", epilog="`refund-calc manual warehouse` tells of tables, views, rights, and ten queries.")
@click.option(
    "--to",
    "url",
    envvar=WAREHOUSE,
    show_envvar=True,
    required=True,
    help="postgresql://USER@HOST/DATABASE (extra `postgres`) or duckdb:///FILE.",
)
@out_option
@click.option("--from", "first", callback=day, metavar="YYYY-MM-DD", help="First night. Default: the first of OUT.")
@click.option("--until", "last", callback=day, metavar="YYYY-MM-DD", help="Last night, itself included.")
@click.option("--schema", callback=_simple, default=SCHEMA, show_default=True, help="Schema of tables and views.")
@click.option("--grant-to", "readers", multiple=True, help="PostgreSQL role that may read the schema; repeatable.")
@click.pass_context
def command(
    context: click.Context,
    url: str,
    out: Path,
    first: date | None,
    last: date | None,
    schema: str,
    readers: tuple[str, ...],
) -> None:
    """Load published nights into PostgreSQL or DuckDB: each once, a redone one in the place of what it replaces.

    Nothing in OUT changes.
    """
    first, last = first or date(YEARS[0], 1, 1), last or date(YEARS[1], 12, 31)
    if first > last:
        raise click.BadParameter(f"{last} lies before --from {first}", param_hint="--until")
    target = target_of(url)
    if target.holds_password(url) and context.get_parameter_source("url") is ParameterSource.COMMANDLINE:
        raise click.UsageError(
            f"--to holds a password, which everybody on this machine can see in the list of processes; put it in "
            f"PGPASSWORD, ~/.pgpass or a service file, or the URL in {WAREHOUSE}"
        )
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    loading = Loading(out, first.toordinal() - EPOCH, last.toordinal() - EPOCH, now, schema, readers)
    nights = nights_for(loading)
    with target.opened(url, out) as warehouse:
        loaded = 0
        for night in load(warehouse, loading, nights):
            loaded += 1
            click.echo(f"{night.night}: {counted(night.rows, 'row')} {_how(night)}")
        done = f"{counted(loaded, 'night')} loaded" if loaded else "nothing to load, all is there"
        click.echo(f"{warehouse.name}, schema {schema}: {done}")


def _how(night: Loaded) -> str:
    if not night.is_replaced:
        return "loaded"
    if night.is_redone:
        return "loaded again, in the place of the night that a redo withdrew"
    # After a restore that is right; from a copy of OUT that was tried out it is not.
    return f"loaded again, in the place of a version that {KEPT}/ does not hold; make sure that --out is the right one"
