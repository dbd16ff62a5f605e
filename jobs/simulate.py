"""`refund-calc simulate`: what another policy would change, before anybody puts it in force."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs.nightly import files_of
from jobs.options import INPUT, PATH, day, inbox_options, option, out_option, today
from refund_calc.columns.counted import counted

if TYPE_CHECKING:
    from refund_calc.night.decide import Decided
    from refund_calc.reports.simulation import Simulation


@click.command("simulate")
@click.option(
    "--policy", "other", type=INPUT, required=True, help="The other policy: a folder of versions, or one file."
)
@click.option(
    "--present",
    type=INPUT,
    required=True,
    envvar="REFUND_CALC_POLICY",
    show_envvar=True,
    help="The present policy, which every night uses.",
)
@inbox_options
@option("--opening", type=INPUT, help="For a first night: the CSV of what was refunded before, as nightly reads it.")
@option("--as-of", callback=day, metavar="YYYY-MM-DD", help="The night. Default: today in the policy's time zone.")
@out_option
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Write the lines that change as CSV.")
@click.pass_context
def command(
    context: click.Context,
    other: Path,
    present: Path,
    inbox: Path | None,
    mapping: tuple[str, ...],
    orders: tuple[Path, ...],
    returns: tuple[Path, ...],
    resolutions: tuple[Path, ...],
    opening: Path | None,
    as_of: date | None,
    out: Path,
    output: Path | None,
) -> None:
    """Decide a night under another policy beside the present one, and show what changes, by clause.

    The past is that of OUT before the night. A night that was published keeps no inputs: give its inbox again, and
    --as-of. Nothing but FILE is written. Exit codes: 0; else as those of nightly.
    """
    from refund_calc.books.saved import check_place, save
    from refund_calc.reports.csv_blocks import csv_file
    from refund_calc.runs.what_if import what_if

    if output:
        check_place(output, out)
    inputs = files_of(context, inbox, mapping, orders, returns, resolutions)
    if opening:
        inputs = replace(inputs, opening=[opening])
    found = what_if(inputs, present, other, lambda zone: as_of or today(zone), out)
    if output:
        file = csv_file(found.report())
        header = f"{','.join(file.header)}\n".encode()
        save(output, [b"".join([header, *map(bytes, file.blocks())])])
    click.echo(words(found, output))


def words(found: "Simulation", output: Path | None) -> str:
    """What a person reads: both nights, what changes, and why."""
    from refund_calc.columns.written import iso
    from refund_calc.reading.status import Table

    night = found.present
    changed = [
        (what, f"{one.lines:,}", _signed(one.net), _dollars(one.claimed)) for what, one in found.by_change().items()
    ]
    reasons = [
        (clause, reason, what, f"{one.lines:,}", _signed(one.net), _dollars(one.claimed))
        for (clause, reason, what), one in found.by_reason().items()
    ]
    header = ("lines", "net change", "claimed")
    deciding = f"{found.changed_decision():,} of them their decision"
    title = f"Change: {len(found.rows):,} of {counted(len(night.lines), 'return line')}, {deciding}"
    tables = (
        Table("Decisions", ("", "present", "other", "change"), _decisions(found)),
        Table(title, ("what becomes of them", *header), changed),
        Table(
            "By clause (a line counts under each of its reasons)",
            ("clause", "reason", "what becomes of them", *header),
            reasons,
            words=3,
        ),
    )
    lines = [f"Night of {iso(night.as_of)} under another policy, in {night.policies.currency}"]
    for table in tables:
        lines += ["", *table.lines()]
    lines += ["", *_judging("Present", night), *_judging("Other", found.other, is_other=True)]
    if night.calendar.payout_date != found.other.calendar.payout_date:
        dates = (iso(side.calendar.payout_date) for side in (night, found.other))
        lines.append("Payouts leave on {} now, on {} under the other policy".format(*dates))
    if found.last_night is None:
        files = ", ".join(file.name for file in night.inputs.opening.sources) or "none"
        lines.append(f"The past: {files}; no night stands in OUT before this one")
    else:
        lines.append(f"The past: what was known after the night of {iso(found.last_night)}")
    if not output and len(found.rows):
        lines.append("-o FILE writes the lines that change")
    return "\n".join([*lines, f"Lines: {output}" if output else "Nothing was written"])


def _decisions(found: "Simulation") -> list[tuple[str, ...]]:
    """How many lines are decided how, and what is paid, under both policies."""
    from refund_calc.night.verdicts import DECISIONS
    from refund_calc.policy.money import total

    rows = []
    for at, name in enumerate(DECISIONS):
        one, two = (int((side.decision == at).sum()) for side in found.sides)
        if one or two:
            rows.append((name, f"{one:,}", f"{two:,}", f"{two - one:+,}"))
    one, two = (total(side.net) for side in found.sides)
    return [*rows, ("net refunds, dollars", _dollars(one), _dollars(two), _signed(two - one))]


def _judging(name: str, night: "Decided", *, is_other: bool = False) -> list[str]:
    """Which versions judged how many lines: a version that judged none changes none."""
    counts = [(version, int((night.version == at).sum())) for at, version in enumerate(night.policies.versions)]
    lines = [
        f"{name} policy: " + ", ".join(f"{version.version} judges {counted(n, 'return line')}" for version, n in counts)
    ]
    version, judged = counts[-1]
    if is_other and not judged:
        lines.append(
            f"  {version.version} judges orders from {version.effective_from} on, and none is here; to see it at work "
            "give --policy a copy with an earlier effective_from"
        )
    return lines


def _signed(cents: int) -> str:
    return f"{'+' if cents > 0 else ''}{_dollars(cents)}"


def _dollars(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
