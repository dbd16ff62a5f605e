"""`refund-calc nightly`: the wall clock, the paths and the words at the end of a run."""

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import click
from click.core import ParameterSource

from jobs.options import INPUT, day, inbox_options, memory_size, option, out_of, today
from jobs.places import is_in_store, run_on, say
from jobs.stage_log import JSON, TEXT, StageLog, watching
from refund_calc.columns.counted import counted
from refund_calc.runs.nightly import FirstExceptions, Inputs, Redone, Summary, nightly, no_progress
from refund_calc.runs.partitions.settings import Split
from refund_calc.runs.waiting import PATIENCE, WhoWaits

BLANK = "(blank)"  # an RMA that stands for a customer all the same
NAMED = 3  # of what is counted in the summary, so many are named


@click.command("nightly")
@inbox_options
@option("--policy", type=INPUT, required=True, help="Folder of policy versions (TOML), or one file.")
@option("--as-of", callback=day, metavar="YYYY-MM-DD", help="The night. Default: today in the policy's time zone.")
@out_of(None)
@option("--dry-run", is_flag=True, help="Compute and print totals and the first exceptions; write nothing.")
@option("--redo", is_flag=True, help="Withdraw the decisions of this night, the latest, and run it again.")
@option("--payouts-not-sent", is_flag=True, help="With --redo: the night's payouts are due, and none was sent.")
@option("--new-history", is_flag=True, help="The first night: OUT holds none, and none was lost. An error later on.")
@option("--opening", type=INPUT, help="With --new-history: a CSV of what was refunded before this job came.")
@option(
    "--expect-rows", type=click.IntRange(min=0), default=0, metavar="N", help="Stop where there are fewer return lines."
)
@option("--policy-changed", is_flag=True, help="Go on though a policy version changed after it had judged orders.")
@option(
    "--memory",
    callback=memory_size,
    metavar="SIZE",
    help="Split a night that needs more, e.g. 2GiB; a dry run never is.",
)
@option("--workers", type=click.IntRange(min=1), metavar="N", help="Split it over N processes (extra dask).")
@option("--scheduler", metavar="ADDRESS", help="Split it over the workers of a Dask scheduler, tcp://host:8786.")
@option("--parts", is_flag=True, help="Leave each report as part files, refunds/part-00001.csv and so on.")
@option("--no-report", is_flag=True, help="Write no report.html: the tables only.")
@option("--quiet", is_flag=True, help="Print no summary: nothing but errors, and the log where one is asked for.")
@option("--verbose", is_flag=True, help="Log a line per stage on stderr: rows, seconds, memory.")
@option("--log-format", type=click.Choice((TEXT, JSON)), help="Log on stderr as --verbose does; json: a JSON per line.")
@click.pass_context
def command(
    context: click.Context,
    inbox: Path | None,
    mapping: tuple[str, ...],
    orders: tuple[Path, ...],
    returns: tuple[Path, ...],
    resolutions: tuple[Path, ...],
    policy: Path,
    as_of: date | None,
    out: Path,
    dry_run: bool,
    redo: bool,
    payouts_not_sent: bool,
    new_history: bool,
    opening: Path | None,
    expect_rows: int,
    policy_changed: bool,
    memory: int | None,
    workers: int | None,
    scheduler: str | None,
    parts: bool,
    no_report: bool,
    quiet: bool,
    verbose: bool,
    log_format: str | None,
) -> None:
    """Run one night: read the exports, decide every line, write the reports to OUT/<as_of>/."""
    log = watching(context, is_quiet=quiet, is_verbose=verbose, log_format=log_format)
    if payouts_not_sent and not redo:
        raise click.UsageError("--payouts-not-sent goes with --redo only")
    split = _split(context, memory, workers, scheduler, part_files=parts)
    inputs = files_of(context, inbox, mapping, orders, returns, resolutions)
    inputs = replace(inputs, opening=[opening] if opening else [])
    run = partial(
        nightly,
        inputs.absolute() if scheduler else inputs,
        policy,
        lambda time_zone: as_of or today(time_zone),
        today=today,
        redo=redo,
        payouts_not_sent=payouts_not_sent,
        dry_run=dry_run,
        new_history=new_history,
        expect_rows=expect_rows,
        policy_changed=policy_changed,
        split=split,
        worklist=True,
        with_page=not no_report,
        progress=log or no_progress,
    )
    try:
        on = (lambda folder: run(folder.absolute())) if scheduler else run  # its workers are at home elsewhere
        summary = run_on(context, out, on, as_of, dry_run=dry_run)
    finally:
        if log:
            log.close()
    if isinstance(log, StageLog):
        log.finished(summary, dry_run=dry_run)
    if not quiet:
        say(words(summary, dry_run))


def _split(
    context: click.Context, memory: int | None, workers: int | None, scheduler: str | None, *, part_files: bool
) -> Split:
    """How a large night is worked on."""
    if not (workers or scheduler):
        return Split(memory, part_files=part_files, in_store=is_in_store(context))
    if workers and scheduler:
        raise click.UsageError("give either --workers, processes of this machine, or --scheduler")
    from refund_calc.runs.machines.cluster import Machines  # an extra

    return Split(workplace=Machines(scheduler or "", workers or 0, memory or 0), part_files=part_files)


def files_of(
    context: click.Context,
    inbox: Path | None,
    mapping: tuple[str, ...],
    orders: tuple[Path, ...],
    returns: tuple[Path, ...],
    resolutions: tuple[Path, ...],
) -> Inputs:
    """The files of the night. Where the inbox or the files come from the environment, the command line beats it."""
    if inbox and (orders or returns or resolutions):
        by_inbox, by_files = _typed(context, "inbox"), _typed(context, "orders", "returns", "resolutions")
        if by_inbox == by_files:
            raise click.UsageError("give either --inbox or --orders, --returns and --resolutions")
        inbox = inbox if by_inbox else None
    if mapping:
        if not inbox:
            raise click.UsageError("--mapping goes with --inbox, the folder of the exports")
        from refund_calc.inputs.mapping.folder import inputs_of  # a night in our own columns does not pay for it

        return inputs_of(inbox, mapping)
    if inbox:
        return Inputs.of_inbox(inbox)
    if not (orders and returns):
        raise click.UsageError("give --inbox, or both --orders and --returns")
    return Inputs(orders, returns, resolutions)


def _typed(context: click.Context, *names: str) -> bool:
    """Whether one of these options stands on the command line."""
    return any(context.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in names)


def words(summary: Summary, dry_run: bool) -> str:
    """The summary a person reads in the morning."""
    if summary.is_repeat:
        done = f"Night of {summary.as_of}: already complete, nothing to do; its reports are in {summary.folder}"
        return "\n".join([done, *(f"WARNING: {warning}" for warning in summary.warnings)])
    counts, amounts = summary.totals["returns"], summary.amounts
    lines = [f"Night of {summary.as_of}: {counted(counts['rows'], 'return line')} read"]
    for decision, what in (("refund", "net"), ("hold", "claimed"), ("reject", "claimed")):
        reasons = {"refund": summary.warned, "hold": summary.held, "reject": summary.rejected}[decision]
        top = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:3]
        why = "  " + ", ".join(f"{code} {count:,}" for code, count in top) if top else ""
        lines.append(
            f"  {decision:<16}{counts[decision]:>9,}  ${_dollars(amounts[decision]):>15} {what:<8}{why}".rstrip()
        )
    lines += [
        f"  {name:<16}{counts[name]:>9,}" for name in ("duplicate", "already-decided", "malformed") if counts[name]
    ]
    payouts = summary.totals["payouts"]["rows"]
    lines.append(f"Payouts: {payouts:,} on {summary.payout_date}, ${_dollars(amounts['refund'])}")
    lines += waiting_words(summary.waiting)
    if summary.refused:
        told = f"{counted(summary.refused, 'resolution')}; exceptions.csv says why (invalid-resolution)"
        lines.append(f"Can never apply: {told}")
    lines += _idle(summary)
    lines += [f"WARNING: {warning}" for warning in summary.warnings]
    if summary.redone:
        lines += _redone(summary.redone)
    if summary.notice:
        lines.append(f"Index rebuilt: {summary.notice}")
    if summary.exceptions:
        lines += _first_exceptions(summary.exceptions)
    lines.append("Dry run: nothing was written" if dry_run else f"Reports: {summary.folder}")
    return "\n".join(lines)


def _idle(summary: Summary) -> list[str]:
    """The new resolutions that changed nothing tonight: how many, and of the first three why."""
    idle = summary.without_effect
    if not idle:
        return []
    more = [f"  and {len(idle) - NAMED:,} more"] if len(idle) > NAMED else []
    said = [f"  {one.resolution.action} {one.resolution.code}: {one.reason}" for one in idle[:NAMED]]
    return [f"Without effect: {len(idle):,} of {counted(summary.new_resolutions, 'new resolution')}", *said, *more]


def waiting_words(who: WhoWaits) -> list[str]:
    """Who waits too long, a line each where there is anybody."""
    late, undated, left = who.past_promise, who.undated, who.left
    found = []
    if late.count:
        days = counted(late.business_days, "business day")
        found.append(
            f"Past their promise: {counted(late.count, 'held line')}; the worst, {late.rma_number or BLANK}, "
            f"was due on {late.since}, {days} ago"
        )
    if undated.count:
        found.append(
            f"Without a due date: {counted(undated.count, 'held line')} for more than {PATIENCE} business days; "
            f"the oldest, {undated.rma_number or BLANK}, since {undated.since}"
        )
    if left.count:
        found.append(
            f"Left the export: {counted(left.count, 'held key')}; the first, {left.rma_number}, is missing "
            f"since {left.since}"
        )
    return found


def _first_exceptions(exceptions: FirstExceptions) -> list[str]:
    """How many exceptions there are of each code, and the first ones."""
    counts = sorted(exceptions.counts.items(), key=lambda item: (-item[1], item[0]))
    in_all, more = sum(exceptions.counts.values()), sum(exceptions.counts.values()) - len(exceptions.lines)
    lines = [f"Exceptions: {in_all:,}", *(f"  {count:>7,} {code}" for code, count in counts)]
    lines += [f"First {len(exceptions.lines)}:"] if exceptions.lines else []
    lines += [f"  {line}" for line in exceptions.lines]
    return [*lines, f"  and {more:,} more"] if more else lines


def _redone(redone: Redone) -> list[str]:
    """What a redo did to the payouts of the night it replaced."""
    lines = [f"Redo: the night it replaced is kept in {redone.kept}"]
    if payouts := redone.payouts:
        lines.append(
            f"  payouts: {payouts.vanished:,} vanished, {payouts.changed:,} with another amount, {payouts.new:,} new; "
            "each is in redo.csv"
        )
        if payouts.changed:
            lines.append("  An id whose amount changed is to be settled with the processor by hand")
    else:
        lines.append("  WARNING: its payouts could not be read; compare with what was sent, by hand")
    if not redone.has_resolutions:
        lines.append("  WARNING: the resolutions that it brought into force could not be read; give them again")
    return lines


def _dollars(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}"
