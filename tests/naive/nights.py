"""Section 9: one night after another."""

import copy
from dataclasses import replace
from typing import Any

from tests.naive.calendars import ONE_DAY
from tests.naive.common import Date, NightRefused
from tests.naive.files_in import read_inputs
from tests.naive.history import History, OpeningRow, Published, Resolution
from tests.naive.ledger import write_ledger
from tests.naive.lines import Line, Night
from tests.naive.memory import remember
from tests.naive.opening import read_opening, take_opening
from tests.naive.policy import Policy, in_force_on, read_policies
from tests.naive.reports import Report, total_of, write_exceptions, write_payouts, write_redo, write_register
from tests.naive.resolutions import take_resolutions
from tests.naive.stage_a import stage_a
from tests.naive.stage_b import stage_b
from tests.naive.stage_c import stage_c
from tests.naive.stages_d_e import refund, stage_d, stage_e


def run_night(
    files: list[tuple[str, str, bytes]],
    policies: list[dict[str, Any]],
    as_of: Date,
    history: History,
    *,
    opening: bytes | None = None,
    redo: bool = False,
    today: Date | None = None,
    payouts_not_sent: bool = False,
) -> tuple[Report, History]:
    """One night: what it writes, and the history for the next one; the given history stays as it was.

    `files` are (kind, name, content) with kind orders, returns or resolutions, read in the given order;
    `policies` are the TOML tables of all versions. `opening` is the file of the first night. `redo` computes the
    latest night again in its place. `today`, in the store's time zone, is looked at where it is given. Raises
    NightRefused with the exit code.
    """
    versions = read_policies(policies)
    if in_force_on(as_of, versions) is None:
        raise NightRefused(78, f"no policy is in force on {as_of}")
    if today is not None and as_of > today + ONE_DAY:
        raise NightRefused(2, f"{as_of} is later than tomorrow")
    again = redo and as_of == history.last_night
    if history.last_night is not None and as_of <= history.last_night and not again:
        published = history.published.get(as_of)
        if redo or published is None or not published.came_of(files, policies, opening):
            raise NightRefused(65, f"{as_of} is not after the last night, {history.last_night}")
        return published.report, history  # complete, and left alone
    if again and today is not None and not payouts_not_sent:
        check_that_no_money_left(history.published[as_of].report, today)
    start = start_of(history, again)
    inputs = read_inputs(files, versions[0]["time_zone"])
    night = Night(as_of, versions, inputs, copy.deepcopy(start))
    if opening is not None and start.last_night is not None:
        raise NightRefused(2, "--opening is for the first night")
    if start.last_night is None:
        take_opening(night.history, opening_rows(opening, history, versions))
    report = compute(night, history.came_last_night if again else [])
    if again:
        report.redo = write_redo(history.published[as_of].report.payouts, report.payouts)
    night.history.before = start
    night.history.published[as_of] = Published(files, policies, opening, report)
    return report, night.history


def start_of(history: History, again: bool) -> History:
    """The history on which the night stands: for a redo, what it was before the night that is done again."""
    if again:
        assert history.before is not None
        return history.before
    return replace(history, before=None)


def opening_rows(opening: bytes | None, history: History, versions: list[Policy]) -> list[OpeningRow]:
    """A redo of the first night without a file uses the rows that this night was given."""
    return history.opening if opening is None else read_opening(opening, versions[0]["time_zone"])


def check_that_no_money_left(report: Report, today: Date) -> None:
    """Section 9: a redo of a night whose payouts may be on their way."""
    if any(Date.fromisoformat(row["payout_date"]) <= today for row in report.payouts):
        raise NightRefused(65, "the payouts of this night may have left: see --payouts-not-sent")


def compute(night: Night, again: list[Resolution]) -> Report:
    """Sections 4 to 8; `again` are the resolutions that a night which is done again brought into force."""
    night.history.came_last_night = []
    note_keys_read(night)
    take_resolutions(night, again)
    stage_a(night)
    stage_b(night)
    stage_c(night)
    stage_d(night)
    stage_e(night)
    refund(night)
    report = Report(write_register(night), write_payouts(night), write_ledger(night), write_exceptions(night))
    remember(night)
    check_control_totals(night, report)
    return report


def note_keys_read(night: Night) -> None:
    """Resolutions may name what was read tonight or on an earlier night, valid or not."""
    for row in night.inputs.returns:
        night.history.keys_read.add(Line(row).key)


def check_control_totals(night: Night, report: Report) -> None:
    """Section 7, control totals: what must hold of every night, whatever went in."""
    refunds = [line for line in night.lines if line.decision == "refund"]
    paid = payable = 0
    for row in report.payouts:
        paid += read_money_of_any_size(row["amount"])
    for row in report.ledger:
        if row["entry_id"].startswith("REFUND:") and row["credit"] and not row["clause"]:
            payable += read_money_of_any_size(row["credit"])
    assert total_of(refunds, "net_refund") == paid == payable
    for line in refunds:
        assert line.money["net_refund"] == line.money["gross_refund"] - line.money["total_deductions"] >= 0
    assert all(line.decision for line in night.lines)


def read_money_of_any_size(text: str) -> int:
    return int(text.replace(".", ""))
