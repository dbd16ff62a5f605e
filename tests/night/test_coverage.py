"""Stage C, what is covered: channels (RP-4), countries (RP-2) and accessories (RP-3)."""

import pytest

from tests.night.told import EVERY_TYPE, clause, clean, judged
from tests.stories import (
    a_return,
    an_answer,
    an_order,
    tonight,
)


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_a_clean_line_of_every_type_is_refunded_without_a_finding(kind: str):
    night = judged(kind)
    assert night.verdict() == "refund"
    assert night.exceptions == []


# -- RP-4: Kickstarter and Indiegogo purchases get no refund or return -------------------------------------------


@pytest.mark.parametrize("kind", EVERY_TYPE)
@pytest.mark.parametrize(
    "channel", ["kickstarter", "Indiegogo", "KICKSTARTER", "Kickstarter.com", "Indiegogo InDemand"]
)
def test_rp4_an_excluded_channel_gets_no_refund_whatever_the_type(kind: str, channel: str):
    night = judged(kind, {"sales_channel": channel})
    assert night.verdict() == "reject channel-excluded"
    assert clause(night, "channel-excluded") == ("reject", "RP-4")
    assert channel.lower() in night.message("channel-excluded")


def test_rp4_a_channel_that_holds_only_a_part_of_an_excluded_word_is_not_excluded():
    assert judged("return", {"sales_channel": "kick starter"}).verdict() == "refund"


@pytest.mark.parametrize("kind", EVERY_TYPE)
def test_rp4_a_channel_that_finance_does_not_know_waits_whatever_the_type(kind: str):
    known = {"channels": ["web", "Amazon"]}
    row, order = clean(kind)
    assert tonight(row, orders=[order | {"sales_channel": "WEB"}], coverage=known).verdict() == "refund"
    assert tonight(row, orders=[order | {"sales_channel": "amazon"}], coverage=known).verdict() == "refund"
    night = tonight(row, orders=[order | {"sales_channel": "web shop"}], coverage=known)
    assert night.verdict() == "hold channel-unknown"
    assert clause(night, "channel-unknown") == ("hold", "RP-4")
    assert "bought through web shop" in night.message("channel-unknown")
    assert "web, amazon" in night.message("channel-unknown")


def test_rp4_an_excluded_channel_is_not_unknown_as_well():
    night = tonight(a_return(), orders=[an_order(sales_channel="Kickstarter.com")], coverage={"channels": ["web"]})
    assert night.verdict() == "reject channel-excluded"


def test_rp4_a_person_may_allow_an_unknown_channel_once():
    answer = [an_answer("channel-unknown", "allow")]
    night = tonight(a_return(), orders=[an_order(sales_channel="fair")], coverage={"channels": []}, resolutions=answer)
    assert night.money("decision", "resolved_by") == ["refund", "ann"]


# -- RP-2: the 30-day return is for U.S. orders only -------------------------------------------------------------


def test_rp2_a_return_from_abroad_is_rejected():
    night = judged("return", {"ship_country": "ca"})
    assert night.verdict() == "reject outside-region"
    assert clause(night, "outside-region") == ("reject", "RP-2")
    assert "CA" in night.message("outside-region") and "US" in night.message("outside-region")


@pytest.mark.parametrize("kind", ["refused_delivery", "cancellation"])
def test_rp2_speaks_of_returns_only(kind: str):
    assert judged(kind, {"ship_country": "CA"}).verdict() == "refund"


def test_rp2_covers_the_countries_of_the_policy():
    night = tonight(a_return(), orders=[an_order(ship_country="CA")], coverage={"countries": ["US", "CA"]})
    assert night.verdict() == "refund"


# -- RP-3: accessories cannot be returned, unless damaged on arrival ---------------------------------------------


@pytest.mark.parametrize("reason", ["manufacturing_defect", "wrong_item", "changed_mind", "other"])
def test_rp3_an_accessory_is_not_taken_back(reason: str):
    night = judged("return", {"item_type": "accessory"}, reason=reason)
    assert night.verdict() == "reject accessory-excluded"
    assert clause(night, "accessory-excluded") == ("reject", "RP-3")
    assert reason in night.message("accessory-excluded")


def test_rp3_an_accessory_damaged_on_arrival_is_taken_back():
    assert judged("return", {"item_type": "accessory"}, reason="damaged_on_arrival").verdict() == "refund"


@pytest.mark.parametrize("kind", ["refused_delivery", "cancellation"])
def test_rp3_speaks_of_returns_only(kind: str):
    assert judged(kind, {"item_type": "accessory"}).verdict() == "refund"


def test_a_channel_spelled_as_in_the_policy_is_excluded_in_any_alphabet() -> None:
    """Final sigma and the dotted capital I have lower cases of their own; both sides must fold them alike."""
    for channel in ("ΑΣ", "İstore"):
        told = tonight(a_return(), orders=[an_order(sales_channel=channel)], coverage={"excluded_channels": [channel]})
        assert told.line()["codes"] == "channel-excluded"
