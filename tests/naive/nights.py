"""Section 9: one night after another."""

import copy
from typing import Any

from tests.naive.common import Date, NightRefused
from tests.naive.files_in import read_inputs
from tests.naive.history import History
from tests.naive.ledger import write_ledger
from tests.naive.lines import Line, Night
from tests.naive.memory import remember
from tests.naive.policy import in_force_on, read_policies
from tests.naive.reports import Report, total_of, write_exceptions, write_payouts, write_register
from tests.naive.resolutions import take_resolutions
from tests.naive.stage_a import stage_a
from tests.naive.stage_b import stage_b
from tests.naive.stage_c import stage_c
from tests.naive.stages_d_e import refund, stage_d, stage_e


def run_night(
    files: list[tuple[str, str, bytes]], policies: list[dict[str, Any]], as_of: Date, history: History
) -> tuple[Report, History]:
    """One night: what it writes, and the history for the next one; the given history stays as it was.

    `files` are (kind, name, content) with kind orders, returns or resolutions, read in the given order;
    `policies` are the TOML tables of all versions. Raises NightRefused with the exit code.
    """
    versions = read_policies(policies)
    if in_force_on(as_of, versions) is None:
        raise NightRefused(78, f"no policy is in force on {as_of}")
    if history.last_night is not None and as_of <= history.last_night:
        raise NightRefused(65, f"{as_of} is not after the last night, {history.last_night}")
    inputs = read_inputs(files, versions[0]["time_zone"])
    night = Night(as_of, versions, inputs, copy.deepcopy(history))
    note_keys_read(night)
    take_resolutions(night)
    stage_a(night)
    stage_b(night)
    stage_c(night)
    stage_d(night)
    stage_e(night)
    refund(night)
    report = Report(write_register(night), write_payouts(night), write_ledger(night), write_exceptions(night))
    remember(night)
    check_control_totals(night, report)
    return report, night.history


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
