"""`refund-calc reconcile`: did the money move?"""

import sys
from datetime import date
from pathlib import Path

import click

from jobs.options import INPUT, PATH, day, out_option
from refund_calc.books.reconcile.carried import Rows, left_open, rows_left
from refund_calc.books.reconcile.cells import DATE_FORMS
from refund_calc.books.reconcile.movements import reported
from refund_calc.books.reconcile.names import ids_of_names, with_ids
from refund_calc.books.reconcile.outcome import reconcile
from refund_calc.books.reconcile.promises import books
from refund_calc.books.reconcile.settlements import settlements
from refund_calc.books.reconcile.written import as_csv, reversals, summary
from refund_calc.books.saved import check_place, save
from refund_calc.errors import Misused, NoInput
from refund_calc.history.nights import EPOCH, published

TO_LOOK_AT = 1  # exit code; all is well with 0, the rulebook's codes for what cannot be done


@click.command("reconcile", epilog="Exit code 0: all as promised or in time. 1: there is something to look at.")
@click.option(
    "--processor", "files", type=INPUT, multiple=True, required=True, help="A processor's report; repeatable."
)
@click.option("--orders", type=INPUT, multiple=True, help="Shopify's orders export: which id #1001 has; repeatable.")
@out_option
@click.option(
    "--as-of", callback=day, metavar="YYYY-MM-DD", required=True, help="Last day: of nights, of rows, of settlements."
)
@click.option(
    "--from", "since", callback=day, metavar="YYYY-MM-DD", help="First day of the reports. Default: the first night."
)
@click.option("--carried", type=INPUT, help="With --from: the CSV of the reconciliation that ended the day before.")
@click.option("--settlements", "settled_file", type=INPUT, help="CSV of failed payouts that were paid otherwise.")
@click.option(
    "--dates", type=click.Choice(DATE_FORMS), default="MDY", help="What 03/04/2026 is; without it MDY, March 4."
)
@click.option("-o", "--output", type=PATH, help="CSV file to write, instead of standard output.")
@click.option("--journal", type=PATH, help="CSV file of the journal lines that reverse settled payouts.")
@click.pass_context
def command(
    context: click.Context,
    files: tuple[Path, ...],
    orders: tuple[Path, ...],
    out: Path,
    as_of: date,
    since: date | None,
    carried: Path | None,
    settled_file: Path | None,
    dates: str,
    output: Path | None,
    journal: Path | None,
) -> None:
    """Compare the promised payouts with the processors' own reports. Nothing in OUT changes."""
    for place in filter(None, (output, journal)):
        check_place(place, out)
    nights = published(out)
    last = as_of.toordinal() - EPOCH
    if not nights:
        raise NoInput(f"{out}: no night; give the folder that the nights were written to")
    first = None if since is None else since.toordinal() - EPOCH
    if first is not None and first > last:
        raise Misused(f"--from {since} lies after --as-of {as_of}; give an earlier day")
    if carried and since is None:
        raise click.UsageError("--carried needs --from, the day after the last day of that reconciliation")
    promised = books(nights, last)
    settled = settlements(settled_file, promised, last)
    rows = with_ids(reported(files, promised.currency, dates), ids_of_names(orders))
    if first is None:
        first = nights[0].day if nights[0].day <= last else rows.first_day(last)
    if first is None:
        raise NoInput(f"{out}: no night up to {as_of}, and no refund up to then in the reports; give a later --as-of")
    period = (first, last)
    open_before = left_open(carried, promised.promises, first) if carried else None
    found = reconcile(promised, rows, settled, period, open_before, rows_left(carried) if carried else Rows())
    if journal:
        save(journal, [reversals(promised, settled, period)])
    if output:
        save(output, [as_csv(found)])
    else:
        sys.stdout.buffer.write(as_csv(found))
        sys.stdout.buffer.flush()
    click.echo(summary(found, with_orders=bool(orders)), err=output is None)
    context.exit(0 if found.is_in_order else TO_LOOK_AT)
