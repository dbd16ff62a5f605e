"""A held return that drops out of an export is a customer who waits for ever (rulebook 4, left-the-export)."""

from datetime import date

from refund_calc.history.index import INDEX
from tests.night_after_night.store import FRIDAY, MONDAY, TUESDAY, WEDNESDAY, on
from tests.stories import a_return, an_answer, an_order, file_of

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


def test_a_key_that_is_back_is_not_reported_as_missing(store):
    nights = [(FRIDAY, [HELD]), (MONDAY, []), (TUESDAY, [HELD]), (WEDNESDAY, []), (THURSDAY, [])]
    told_of = [[(r["code"], r["first_seen"]) for r in store.night(on(day, *rows)).exceptions] for day, rows in nights]
    assert told_of == [
        [("evidence-missing", "2026-03-20")],
        [("left-the-export", "2026-03-23")],
        [("evidence-missing", "2026-03-20")],
        [("left-the-export", "2026-03-25")],
        [("left-the-export", "2026-03-25")],
    ]


def test_a_return_that_is_back_with_the_evidence_is_paid_and_forgotten(store):
    nights = [(FRIDAY, [HELD]), (MONDAY, []), (TUESDAY, [a_return()]), (WEDNESDAY, [])]
    told_of = [store.night(on(day, *rows)) for day, rows in nights]
    assert told_of[2].verdict() == "refund"
    assert told_of[2].exceptions == told_of[3].exceptions == []


def test_a_customers_wait_does_not_start_anew_after_a_gap_in_the_export(store):
    # Held since Friday; on Monday for the reason too; then missing for two nights. Wednesday is 5 and 2 days later.
    both = a_return(evidence_complete="", reason_confirmed="no")
    store.run(on(FRIDAY, HELD))
    store.run(on(MONDAY, both))
    gone = [store.night(on(day)) for day in (TUESDAY, WEDNESDAY)]
    assert [night.message("left-the-export") for night in gone] == [
        "held since 2026-03-20 for evidence-missing, reason-unconfirmed; "
        "no row of returns.csv has this RMA, order and line now"
    ] * 2
    back = store.night(on(THURSDAY, both))
    assert [(r["code"], r["first_seen"], r["age_days"]) for r in back.exceptions] == [
        ("evidence-missing", "2026-03-20", "6"),
        ("reason-unconfirmed", "2026-03-23", "3"),
    ]


def test_a_return_that_is_back_with_another_finding_is_new_with_that_one(store):
    other = a_return(reason="?")
    nights = [(FRIDAY, [HELD]), (MONDAY, []), (TUESDAY, [other]), (WEDNESDAY, [HELD])]
    told_of = [store.night(on(day, *rows)).exceptions for day, rows in nights]
    assert [[(r["code"], r["first_seen"]) for r in rows] for rows in told_of[2:]] == [
        [("invalid-value", "2026-03-24")],
        [("evidence-missing", "2026-03-25")],
    ]


def test_a_finding_is_as_old_as_on_the_last_night_on_which_its_key_was_held(store):
    # Missing twice; the evidence is missing all the time, the reason since Tuesday only.
    both = a_return(evidence_complete="", reason_confirmed="no")
    nights = [(FRIDAY, [HELD]), (MONDAY, []), (TUESDAY, [both]), (WEDNESDAY, []), (THURSDAY, [both])]
    last = [store.night(on(day, *rows)) for day, rows in nights][-1]
    assert [(r["code"], r["first_seen"], r["age_days"]) for r in last.exceptions] == [
        ("evidence-missing", "2026-03-20", "6"),
        ("reason-unconfirmed", "2026-03-24", "2"),
    ]


def test_ages_and_missing_keys_are_known_without_the_index_too(store):
    both = a_return(evidence_complete="", reason_confirmed="no")
    nights = [(FRIDAY, [HELD]), (MONDAY, []), (TUESDAY, [both]), (WEDNESDAY, []), (THURSDAY, [both])]
    told_of = []
    for day, rows in nights:
        (store.out / INDEX).unlink(missing_ok=True)
        told_of.append([(r["code"], r["first_seen"]) for r in store.night(on(day, *rows)).exceptions])
    assert store.run(on(date(2026, 3, 27)), dry_run=True).waiting.left.since == date(2026, 3, 27)
    assert told_of[3:] == [
        [("left-the-export", "2026-03-25")],
        [("evidence-missing", "2026-03-20"), ("reason-unconfirmed", "2026-03-24")],
    ]


def test_each_invalid_cell_keeps_its_own_age_over_a_gap(store):
    one, two = a_return(reason="?"), a_return(reason="?", evidence_complete="?")
    nights = [(FRIDAY, [one]), (MONDAY, []), (TUESDAY, [two]), (WEDNESDAY, []), (THURSDAY, [two])]
    last = [store.night(on(day, *rows)) for day, rows in nights][-1]
    assert [(r["field"], r["first_seen"]) for r in last.exceptions] == [
        ("evidence_complete", "2026-03-24"),
        ("reason", "2026-03-20"),
    ]


def test_a_key_is_reported_once_whatever_it_was_held_for_and_however_often_it_stood(store):
    # Two rows with different content: stage A, so neither a claim nor a promise is known.
    store.run(on(FRIDAY, HELD, HELD | {"reason": "other"}, a_return(order_line="2", reason="?")))
    gone = store.night(on(MONDAY))
    assert [(r["order_line"], r["code"], r["claim_amount"], r["due_date"]) for r in gone.exceptions] == [
        ("1", "left-the-export", "", ""),
        ("2", "left-the-export", "", ""),
    ]
    assert "for conflicting-rows;" in gone.exceptions[0]["message"]


def test_any_row_of_the_key_counts_as_being_there_and_only_such_a_row(store):
    store.run(on(FRIDAY, HELD))
    assert store.night(on(MONDAY, HELD | {"reason": "?"})).verdicts() == ["hold invalid-value"]
    there = store.night(on(TUESDAY, a_return(rma_number="R2"), a_return(order_line="2"), a_return(order_number="9")))
    assert there.exception("left-the-export")["first_seen"] == "2026-03-24"


def test_a_malformed_row_has_no_key_and_does_not_hide_that_the_key_is_missing(store):
    store.run(on(FRIDAY, HELD))
    kind, _, content = file_of("returns", [HELD])
    cut = (kind, "late.csv", content.rstrip(b"\n") + b",one,more\n")
    night = store.night(on(MONDAY, files=[cut]))
    assert [row["code"] for row in night.exceptions] == ["malformed-row", "left-the-export"]


def test_a_key_with_a_blank_part_cannot_be_watched(store):
    store.run(on(FRIDAY, *(HELD | {name: ""} for name in ("rma_number", "order_number", "order_line"))))
    assert store.night(on(MONDAY)).exceptions == []


def test_what_is_refunded_or_rejected_may_leave_the_export(store):
    # R2 is requested on day 31 after delivery.
    late = a_return(rma_number="R2", order_line="2", requested_date="2026-04-05")
    first = store.night(on(FRIDAY, a_return(), late, orders=[an_order(), an_order(order_line="2")]))
    assert first.verdicts() == ["refund", "reject window-expired"]
    assert store.night(on(MONDAY)).exceptions == []


def test_a_person_ends_the_watch_once_and_it_is_told_once(store):
    answer = an_answer("left-the-export", "reject", note="paid by cheque")
    store.run(on(FRIDAY, HELD))
    nights = [store.night(on(day, resolutions=some)) for day, some in
              ((MONDAY, []), (TUESDAY, [answer]), (WEDNESDAY, [answer]), (THURSDAY, []))]  # fmt: skip
    assert [[r["code"] for r in night.exceptions] for night in nights] == [
        ["left-the-export"], ["rejected-by-review"], [], [],
    ]  # fmt: skip
    assert told(nights[1], "rejected-by-review") == [
        "reject", "CT-5", "2026-03-24", "0", "108.00", "2026-03-30", "4",
    ]  # fmt: skip
    assert nights[1].message("rejected-by-review") == "ann rejected the line, which was held for left-the-export"


def test_a_rejection_of_a_key_that_is_there_ends_no_later_watch(store):
    answer = an_answer("left-the-export", "reject")
    nights = [(FRIDAY, [HELD]), (MONDAY, [HELD]), (TUESDAY, []), (WEDNESDAY, [])]
    told_of = [store.night(on(day, *rows, resolutions=[answer])) for day, rows in nights]
    assert [[r["code"] for r in night.exceptions] for night in told_of] == [
        ["evidence-missing"], ["evidence-missing"], ["left-the-export"], ["left-the-export"],
    ]  # fmt: skip


def test_a_rejection_of_the_rma_ends_the_watch_of_all_its_missing_lines(store):
    lines = [HELD, HELD | {"order_line": "2"}, HELD | {"order_line": "3"}]
    orders = [an_order(order_line=line) for line in "123"]
    store.run(on(FRIDAY, *lines, orders=orders))
    answer = an_answer("left-the-export", "reject", order_line="", order_number="")
    gone = store.night(on(MONDAY, lines[2], orders=orders, resolutions=[answer]))
    assert [(r["order_line"], r["code"]) for r in gone.exceptions] == [
        ("1", "rejected-by-review"), ("2", "rejected-by-review"), ("3", "evidence-missing"),
    ]  # fmt: skip
    assert store.night(on(TUESDAY, lines[2], orders=orders)).exceptions[0]["order_line"] == "3"


def test_a_redo_ends_the_watch_again_without_the_file_that_ended_it(store):
    answer = an_answer("left-the-export", "reject")
    store.run(on(FRIDAY, HELD))
    nights = [store.night(on(MONDAY, resolutions=[answer])), store.night(on(MONDAY), redo=True)]
    assert [[r["code"] for r in night.exceptions] for night in nights] == [["rejected-by-review"]] * 2
    assert store.night(on(TUESDAY)).exceptions == []
    again = store.night(on(TUESDAY, HELD), redo=True)
    assert [(r["code"], r["first_seen"]) for r in again.exceptions] == [("evidence-missing", "2026-03-24")]


def test_a_redo_with_the_whole_export_forgets_that_the_key_was_missing(store):
    store.run(on(FRIDAY, HELD))
    assert store.night(on(MONDAY)).exception("left-the-export")
    again = store.night(on(MONDAY, HELD), redo=True)
    assert [(r["code"], r["first_seen"]) for r in again.exceptions] == [("evidence-missing", "2026-03-20")]
    gone = store.night(on(TUESDAY))
    assert [(r["code"], r["first_seen"]) for r in gone.exceptions] == [("left-the-export", "2026-03-24")]
