"""Stage C, RP-12: disputes."""

import pytest

from tests.night.told import EVERY_TYPE, clause, judged
from tests.stories import a_return, an_answer, tonight


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_rp12_an_open_dispute_waits_with_its_window(kind: str):
    night = judged(kind, dispute_status="open", dispute_opened_date="2026-03-12")
    assert night.verdict() == "hold dispute-open"
    assert clause(night, "dispute-open") == ("hold", "RP-12")
    for day in ("2026-03-12", "2026-06-12", "2026-09-12"):  # 3 and 6 months after
        assert day in night.message("dispute-open")


def test_rp12_months_end_on_the_last_day_where_they_are_shorter():
    # 2025-11-30 + 3 months: February 2026 has 28 days. + 6 months: 2026-05-30.
    night = judged("return", dispute_status="open", dispute_opened_date="2025-11-30")
    assert "2026-02-28" in night.message("dispute-open") and "2026-05-30" in night.message("dispute-open")


def test_rp12_an_open_dispute_of_unknown_date_says_so():
    message = judged("return", dispute_status="open").message("dispute-open")
    assert "unknown" in message and "3 to 6 months" in message


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_rp12_a_dispute_that_the_store_lost_is_settled(kind: str):
    night = judged(kind, dispute_status="lost")
    assert night.verdict() == "reject settled-by-dispute"
    assert clause(night, "settled-by-dispute") == ("reject", "RP-12")


@pytest.mark.parametrize("status", ["", "none", "won", "WON"])
def test_rp12_no_dispute_or_one_that_the_store_won_is_no_obstacle(status: str):
    assert judged("return", dispute_status=status).verdict() == "refund"


@pytest.mark.parametrize(("code", "status"), [("dispute-open", "open"), ("settled-by-dispute", "lost")])
def test_rp12_cannot_be_allowed(code: str, status: str):
    night = tonight(a_return(dispute_status=status), resolutions=[an_answer(code, "allow")])
    assert code in night.verdict()
    assert night.exception("invalid-resolution")["field"] == "code"
