"""A held return that drops out of an export is a customer who waits for ever (rulebook 4, left-the-export)."""

from datetime import date

from tests.night_after_night.store import FRIDAY, MONDAY, TUESDAY, WEDNESDAY, on
from tests.stories import NOT_BACK_YET, a_return, an_answer, an_order

THURSDAY = date(2026, 3, 26)
HELD = a_return(evidence_complete="")  # received on Monday 03-16: due on Monday 03-30; it claims 100.00 + 8.00 tax


def told(reports, code="left-the-export"):
    columns = ("severity", "clause", "first_seen", "age_days", "claim_amount", "due_date", "business_days_left")
    return [reports.exception(code)[name] for name in columns]


def test_a_held_return_that_drops_out_of_the_export_is_reported_every_night(store):
    held, gone, still = (store.night(on(day, *rows)) for day, rows in ((FRIDAY, [HELD]), (MONDAY, []), (WEDNESDAY, [])))
    assert [row["code"] for row in held.exceptions] == ["evidence-missing"]
    assert gone.refunds == still.refunds == []
    assert [len(night.exceptions) for night in (gone, still)] == [1, 1]
    assert told(gone) == ["hold", "CT-1", "2026-03-23", "0", "108.00", "2026-03-30", "5"]
    assert told(still) == ["hold", "CT-1", "2026-03-23", "2", "108.00", "2026-03-30", "3"]
    row = still.exception("left-the-export")
    assert row["message"] == (
        "held since 2026-03-20 for evidence-missing; no row of returns.csv has this RMA, order and line now"
    )
    assert [row[name] for name in ("rma_number", "order_number", "order_line")] == ["R1", "1001", "1"]
    assert {row[name] for name in ("field", "value", "source_file", "source_line", "action", "note")} == {""}
