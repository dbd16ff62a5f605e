"""The catalogue of findings is the rulebook's, section 4."""

import pytest

from refund_calc.policy.findings import BY_CODE, CATALOGUE, code_set, codes_in
from refund_calc.policy.vocabulary import TURNS

# As in the rulebook, section 4: code, severity.
RULEBOOK = {
    "reject": "channel-excluded outside-region accessory-excluded window-expired condition-excluded picked-up "
    "lost-in-transit settled-by-dispute rejected-by-review",
    "hold": "malformed-row invalid-value conflicting-rows conflicting-rma order-not-found ambiguous-order "
    "invalid-order currency-unsupported no-policy-in-force changed-after-refund disputed-after-refund "
    "stopped-by-review dispute-open "
    "channel-unknown awaiting-receipt delivered-not-refused "
    "delivery-date-missing dates-out-of-order evidence-missing reason-unconfirmed inspection-missing damage-unpriced "
    "left-the-export pickup-unconfirmed order-changed-after-refund units-exceed-purchase approval-required "
    "refunded-elsewhere invalid-resolution",
    "warning": "deductions-capped past-deadline short-receipt payment-reference-missing",
}


def test_the_catalogue_is_the_rulebooks():
    found = {finding.code: finding.severity for finding in CATALOGUE}
    assert found == {code: severity for severity, codes in RULEBOOK.items() for code in codes.split()}


@pytest.mark.parametrize("code", BY_CODE)
def test_every_finding_says_when_why_and_what_next(code: str):
    finding = BY_CODE[code]
    assert finding.when and finding.next_step and finding.messages
    assert "\n" not in finding.next_step + "".join(finding.messages)
    for kind in finding.types:
        assert finding.clause_for(kind).startswith(("RP-", "CT-"))


@pytest.mark.parametrize("code", BY_CODE)
def test_every_finding_says_whose_turn_it_is(code: str):
    assert BY_CODE[code].turn in TURNS
    assert BY_CODE[code].turn == "nobody" or not BY_CODE[code].next_step.startswith("nothing to do")


def test_every_turn_is_somebodys():
    assert {finding.turn for finding in CATALOGUE} == set(TURNS)


def test_a_set_of_codes_reads_back_sorted():
    assert codes_in(int(code_set(["window-expired", "awaiting-receipt"]))) == ["awaiting-receipt", "window-expired"]
    assert codes_in(int(code_set(BY_CODE))) == sorted(BY_CODE)
