"""People decide, and it holds on later nights (rulebook 8)."""

import csv
import io

from tests import product
from tests.night_after_night.store import FRIDAY, MONDAY, TUESDAY, on
from tests.stories import a_return, an_answer, an_order


def test_a_large_refund_waits_for_approval(store):
    # 3000.00 + 8.00 - 7.50 = 3000.50, above 2500.00
    orders = [an_order(unit_price="3000.00")]
    waiting = store.night(on(FRIDAY, a_return(), orders=orders))
    assert waiting.verdict() == "hold approval-required"
    assert waiting.exception("approval-required")["value"] == "3000.50"
    too_little = an_answer("approval-required", "allow", amount="3000.49")
    still = store.night(on(MONDAY, a_return(), orders=orders, resolutions=[too_little]))
    assert still.verdict() == "hold approval-required"
    enough = an_answer("approval-required", "allow", amount="3000.50")
    paid = store.night(on(TUESDAY, a_return(), orders=orders, resolutions=[enough]))
    assert paid.money("decision", "net_refund", "resolved_by") == ["refund", "3000.50", "ann"]


def test_a_waived_fee_stays_waived_on_later_nights(store):
    # The box is missing, 15 % of 100.00 = 15.00, waived on Friday; the reason is confirmed on Monday.
    waived = on(FRIDAY, a_return(original_box="no", reason_confirmed=""),
                resolutions=[an_answer("restocking_fee", "waive")])  # fmt: skip
    assert store.night(waived).verdict() == "hold reason-unconfirmed"
    paid = store.night(on(MONDAY, a_return(original_box="no")))
    assert paid.money("restocking_fee", "net_refund", "resolved_by") == ["0.00", "100.50", "ann"]


def test_the_exceptions_report_comes_back_as_excel_saves_it(store):
    # An RMA number that Excel would take for a formula; every cell quoted, CRLF, a byte order mark.
    held = a_return(rma_number="=R1", reason_confirmed="")
    store.run(on(FRIDAY, held))
    report = product.read_report(store.out / str(FRIDAY) / "exceptions.csv")
    assert [row["rma_number"] for row in report] == ["'=R1"]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(report[0]), lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerow(report[0] | {"action": "Allow", "resolved_by": "ann", "note": 'called, "yes"\r\nshe said'})
    file = ("resolutions", "resolutions.csv", b"\xef\xbb\xbf" + text.getvalue().encode())
    paid = store.night(on(MONDAY, held, files=[file]))
    assert paid.line("'=R1")["decision"] == "refund"
    assert paid.line("'=R1")["resolved_by"] == "ann"
    assert paid.exceptions == []
