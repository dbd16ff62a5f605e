"""The random worlds meet what they are made for: counted in the stories themselves, no night is reckoned."""

import random
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests import worlds
from tests.world_stories import (
    KEY,
    WORLDS,
    Story,
    approval,
    approval_by,
    approver_in_another_case,
    bad_cells,
    bad_over_files,
    column_absent,
    comes_back,
    coverage,
    differ,
    handed_over_unrecorded,
    has_blank_key,
    has_channel,
    keys_opened,
    leaves,
    looked_at,
    opened,
    opening_rows,
    redo_of,
    refused_when_delivered,
    said_again,
    shown,
    shown_by_order,
    speaks,
    spoken_of_before,
    stop_allow_stop,
    stop_in_part,
    stories,
)
from tests.worlds.bad_texts import BAD_TEXTS
from tests.worlds.words import ALLOWABLE_OF_EVERY_RULE, HOLD_CODES_OF_EVERY_RULE, WAIVABLE, cents

TAKEN = {*ALLOWABLE_OF_EVERY_RULE, *HOLD_CODES_OF_EVERY_RULE, *WAIVABLE, "damage-unpriced"} - {"malformed-row"}
INGREDIENTS: dict[str, tuple[int, Callable[[Story], object]]] = {
    "policy: channels": (20, lambda s: coverage(s, "channels")),
    "policy: channels, none": (1, lambda s: [] in coverage(s, "channels")),
    "policy: excluded grades": (20, lambda s: any(coverage(s, "excluded_grades"))),
    "policy: approvers": (20, lambda s: approval(s, "approvers")),
    "policy: confirmed by": (20, lambda s: any("confirmed_by" in policy for policy in s.policies)),
    "channel: contains an excluded word": (12, lambda s: has_channel(s, "kickstarter.com", "indiegogo in")),
    "refunded_amount: column absent": (15, column_absent),
    "refunded_amount: column present": (40, lambda s: any(True for _ in shown(s))),
    "refunded_amount: blank": (30, lambda s: "" in set(shown(s))),
    "refunded_amount: zero": (20, lambda s: {"0.00", "0"} & set(shown(s))),
    "refunded_amount: positive": (30, lambda s: any(cents(text) for text in shown(s))),
    "refunded_amount: differs over rows": (20, lambda s: any(len(cells) > 1 for cells in shown_by_order(s))),
    "refunded_amount: invalid": (3, lambda s: set(shown(s)) & set(BAD_TEXTS["money"])),
    "order: several bad cells": (8, lambda s: any(n > 1 for n in bad_cells(s))),
    "order: more than five bad cells": (2, lambda s: any(n > 5 for n in bad_cells(s))),
    "order: bad cells in several files": (5, bad_over_files),
    "rows: differ in several columns": (8, lambda s: differ(s, "returns", KEY)),
    "order rows: differ in several columns": (3, lambda s: differ(s, "orders", KEY[1:])),
    "key: a part blank or invalid": (5, has_blank_key),
    "refused: delivered before": (15, lambda s: refused_when_delivered(s, tuple(range(-60, 0)))),
    "refused: delivered tonight": (6, lambda s: refused_when_delivered(s, (0,))),
    "refused: delivered later": (6, lambda s: refused_when_delivered(s, (1, 2))),
    "cancelled: delivered, pickup unknown": (8, handed_over_unrecorded),
    "payment reference: missing": (30, lambda s: any(not row["payment_reference"] for row in s.rows("orders"))),
    "export: a key leaves": (40, leaves),
    "export: a whole RMA leaves": (15, lambda s: leaves(s, whole_rma=True)),
    "export: a key comes back unchanged": (6, lambda s: comes_back(s, changed=False)),
    "export: a key comes back changed": (2, lambda s: comes_back(s, changed=True)),
    "decided: stop": (35, lambda s: speaks(s, ("stop",))),
    "decided: allow of a stop": (20, lambda s: speaks(s, ("allow",), ("stopped-by-review",))),
    "decided: reject of a stop": (15, lambda s: speaks(s, ("reject",), ("stopped-by-review",))),
    "decided: stop, allow, stop": (5, stop_allow_stop),
    "decided: stops of line and RMA": (8, stop_in_part),
    "decided: before the RMA was read": (4, spoken_of_before),
    "decided: withdraw": (30, lambda s: speaks(s, ("withdraw",))),
    "decided: withdraw of damage": (3, lambda s: speaks(s, ("withdraw",), ("damage", "damage-unpriced"))),
    "decided: reject of what left": (12, lambda s: speaks(s, ("reject",), ("left-the-export",))),
    "decided: reject of a change": (15, lambda s: speaks(s, ("reject",), ("changed-after-refund",))),
    "decided: damage in its own row": (12, lambda s: speaks(s, ("waive", "set-amount"), ("damage-unpriced",))),
    "decided: approved by an approver": (10, lambda s: approval_by(s, known=True)),
    "decided: approved by somebody else": (4, lambda s: approval_by(s, known=False)),
    "decided: an approver in another case": (6, approver_in_another_case),
    "decided: elsewhere, the figure": (4, lambda s: looked_at(s, lambda amount, figure: amount == figure)),
    "decided: elsewhere, less": (2, lambda s: looked_at(s, lambda amount, figure: amount < figure)),
    "decided: elsewhere, more": (3, lambda s: looked_at(s, lambda amount, figure: amount > figure)),
    "decided: said again": (25, said_again),
    "opening": (15, lambda s: s.told[0].night.opening is not None),
    "opening: names RMAs": (10, lambda s: any("rma_number" in row for row in opened(s))),
    "opening: names no RMA": (4, lambda s: any("rma_number" not in row for row in opened(s))),
    "opening: a key stands in the export": (6, keys_opened),
    "redo of the first night": (3, lambda s: redo_of(s, 0)),
    "redo of a later night": (8, lambda s: redo_of(s, 1)),
}  # fmt: skip


@pytest.mark.parametrize("ingredient", INGREDIENTS)
def test_worlds_of_every_rule_hold(ingredient: str):
    least, holds = INGREDIENTS[ingredient]
    found = sum(bool(holds(story)) for story in stories())
    assert found >= least, f"in {found} of {WORLDS} worlds"


def test_every_code_that_an_action_takes_is_withdrawn_somewhere():
    withdrawn: set[str] = set()
    for seed in range(1000):
        if withdrawn >= TAKEN:
            break
        _, nights = worlds.random_nights(random.Random(seed), 3, every_rule=True)
        withdrawn |= {code for code in TAKEN for night in nights if withdraws(night, code)}
    assert withdrawn >= TAKEN


def withdraws(night: worlds.NightInput, code: str) -> bool:
    return any(
        b"withdraw" in line and code.encode() in line
        for kind, _, content in night.files
        if kind == "resolutions"
        for line in content.splitlines()
    )


def test_an_opening_has_no_cell_that_would_stop_its_night():
    for seed in range(300):
        _, nights = worlds.random_nights(random.Random(seed), 1, every_rule=True)
        for night in nights:
            rows = opening_rows(night.opening or "")
            assert all(re.fullmatch(r"[0-9]{1,6}", row["units"]) and int(row["units"]) for row in rows)
            assert all(re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", row["net_refund"]) for row in rows)
            keys = [(row["order_number"], row["order_line"], row.get("rma_number", "none")) for row in rows]
            assert len(set(keys)) == len(keys) and all(all(parts) for parts in keys)
            assert not re.search(r"[\x00-\x1f\x7f-\x9f]", "".join("".join(parts) for parts in keys))


def test_a_redo_is_of_the_night_before_it_and_has_other_files():
    for story in stories():
        for before, after in zip(story.told, story.told[1:], strict=False):
            if after.night.is_redo:
                assert after.night.as_of == before.night.as_of and after.night.files != before.night.files
            else:
                assert after.night.as_of >= before.night.as_of + timedelta(1) and after.night.opening is None


def test_without_every_rule_nothing_new_is_told():
    for seed in range(20):
        policies, nights = worlds.random_nights(random.Random(seed), 3)
        assert not any(night.is_redo or night.opening is not None for night in nights)
        assert not any("channels" in policy["coverage"] for policy in policies)
        assert not any(b"refunded_amount" in content for night in nights for _, _, content in night.files)
