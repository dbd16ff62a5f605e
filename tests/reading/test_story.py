"""`refund-calc explain`: stories of the sample nights against golden files, and what every story must hold to.

REFUND_CALC_REWRITE_GOLDEN=1 rewrites the golden files; review them as a diff.
"""

import json
import os
import re
from datetime import date
from pathlib import Path

import pytest

from refund_calc.errors import BadData, Misused, NoInput
from refund_calc.policy.deductions import DEDUCTIONS
from refund_calc.policy.findings import BY_CODE
from refund_calc.policy.versions import load_policies
from refund_calc.policy.vocabulary import REASONS, RETURN_TYPES
from refund_calc.reading.story.arithmetic import worked_back
from refund_calc.reading.story.as_json import as_json
from refund_calc.reading.story.clauses import CLAUSES
from refund_calc.reading.story.letter import letter
from refund_calc.reading.story.text import text
from refund_calc.reading.story.told import REFUND, Story, story
from tests import product
from tests.sample import nights
from tests.sample.nights import MAIN, NIGHT_BEFORE
from tests.stories import AS_OF, DATA, NOT_BACK_YET, Night, a_return, an_answer, an_order
from tests.stories import product as run_product

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "stories"
TOLD = {  # what each is about
    "RMA-3005": "a partial refund, then a supplementary one, with assessed damage",
    "RMA-3013": "held, then rejected by review",
    "RMA-3016": "a finding overridden by a person",
    "RMA-3018": "three lines: paid, borne by the store, held",
    "RMA-3023": "deductions capped to a refund of nothing",
    "RMA-3044": "a refused delivery",
    "RMA-3099": "left the export",
    "#1102": "an order that was refunded before the first night",
}
FORMS = {"txt": text, "letter.txt": letter, "json": as_json}
POLICIES = load_policies(nights.POLICY)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of both sample nights."""
    folder = tmp_path_factory.mktemp("story") / "out"
    nights.run(folder)
    return folder


@pytest.fixture(scope="module")
def stories(out: Path) -> dict[str, Story]:
    """The story of every RMA of the sample nights that has a number."""
    rows = [row for night in (NIGHT_BEFORE, MAIN) for row in product.read_night(out, night)["refunds"]]
    numbers = {re.sub("^'(?==)", "", row["rma_number"]) for row in rows if row["rma_number"]}
    return {number: story(out, number, POLICIES) for number in sorted(numbers)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", TOLD)
def test_a_story_is_the_golden_file(out: Path, number: str, form: str):
    told = FORMS[form](story(out, number, POLICIES)) + "\n"
    golden = GOLDEN / f"{number.removeprefix('#')}.{form}"
    if os.environ.get("REFUND_CALC_REWRITE_GOLDEN") == "1":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8"), f"{golden} differs; was that meant?"


def test_every_refund_of_the_register_is_told_to_the_cent(out: Path, stories: dict[str, Story]):
    written = {
        (night, re.sub("^'(?==)", "", row["rma_number"]), row["order_line"]): row["net_refund"]
        for night in (str(NIGHT_BEFORE), str(MAIN))
        for row in product.read_report(out / night / "refunds.csv")
        if row["decision"] == REFUND
    }
    told = {}
    for number in stories:
        for line in json.loads(as_json(stories[number]))["rmas"][0]["lines"]:
            for step in line["steps"]:
                if step["decision"] == REFUND:
                    told[step["last_night"], number, line["order_line"]] = step["net_refund"]
                    parts = [round(float(part["amount"]) * 100) for part in step["arithmetic"]]
                    names = [part["name"] for part in step["arithmetic"]]
                    summed = sum(p for p, name in zip(parts, names, strict=True) if not name.endswith("_refund"))
                    shipping = sum(p for p, name in zip(parts, names, strict=True) if name == "shipping_refund")
                    assert summed + shipping == parts[-1]
    assert told == written


def test_every_rate_worked_back_is_the_policys(out: Path, stories: dict[str, Story]):
    # 15 % restocking; scratch 10, dent 25, crack 50: data/sample/policy.
    for number, known in stories.items():
        for line, known_line in zip(story(out, number).rmas[0].lines, known.rmas[0].lines, strict=True):
            for step, known_step in zip(line.steps, known_line.steps, strict=True):
                for part, known_part in zip(step.sums, known_step.sums, strict=True):
                    assert part.rate in ("", known_part.rate)
                    assert part.cents == known_part.cents


def test_no_letter_tells_what_is_the_houses_own(out: Path, stories: dict[str, Story]):
    rows = [row for night in (NIGHT_BEFORE, MAIN) for row in product.read_night(out, night)["ledger"]]
    people = {"returns.desk", "service.lead", "warehouse.lead", "controller", "risk"}
    inside = {*BY_CODE, *people, *(n for n in (*DEDUCTIONS, *REASONS, *RETURN_TYPES) if "_" in n)}
    inside |= {row["account_name"] for row in rows} | {"2024-01.toml", "RP-", "CT-", "policy 20", "PAY-", "goodwill"}
    for told in stories.values():
        written = letter(told)
        assert [word for word in inside if word in written] == []


def test_every_clause_that_can_refuse_or_deduct_has_the_stores_words():
    refusing = {
        finding.clause_for(kind)
        for finding in BY_CODE.values()
        if finding.severity == "reject" and finding.answers.reject
        for kind in finding.types
    }
    deducting = {deduction.clause for deduction in DEDUCTIONS.values()}
    assert {clause for clause in refusing | deducting if clause.startswith("RP-")} <= set(CLAUSES)


def test_an_order_tells_all_of_its_returns(out: Path):
    assert [rma.rma_number for rma in story(out, "#1043").rmas] == ["RMA-3002", "RMA-3003"]


def test_a_number_copied_from_a_report_is_found(out: Path):
    assert story(out, "'=RMA-3020").rmas == story(out, "=RMA-3020").rmas


def test_an_unknown_number_names_those_that_are_near(out: Path):
    with pytest.raises(Misused, match=r'"RMA-3105": .*2026-11-20.* did you mean RMA-3005') as stopped:
        story(out, "RMA-3105")
    assert stopped.value.exit_code == 2
    with pytest.raises(Misused, match=r"as returns\.csv has it"):
        story(out, "unheard of")


def test_where_no_night_was_run_there_is_no_story(tmp_path: Path):
    with pytest.raises(NoInput, match="no night has been run yet"):
        story(tmp_path, "R1")


def test_every_key_of_the_json_is_in_the_manual(stories: dict[str, Story]):
    def keys_in(value: object) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(keys_in, value))
        if not isinstance(value, dict):
            return set()
        content = {"content"} & set(value)  # documented with the record
        return set(value).union(*(keys_in(value[name]) for name in set(value) - content))

    page = (ROOT / "refund_calc" / "manual" / "morning.md").read_text(encoding="utf-8")
    table = page.partition("### For programs")[2]
    shown = set(re.findall(r"`([a-z_]+)`", table))
    assert set().union(*(keys_in(json.loads(as_json(told))) for told in stories.values())) <= shown


# --- Small nights --------------------------------------------------------------------------------------------------


def tell(folder: Path, *told: Night, **options: object) -> Path:
    for at, night in enumerate(told):
        inputs = run_product.write_files(night.all_files(), folder / f"in{at}-{len(list(folder.iterdir()))}")
        run_product.run(inputs, DATA / "policy", night.as_of, folder / "out", **options)
    return folder / "out"


WAITING = a_return(evidence_complete="")
SATURDAY, SUNDAY = date(2026, 3, 21), date(2026, 3, 22)


def test_nights_that_say_the_same_are_told_once(tmp_path: Path):
    out = tell(tmp_path, Night([WAITING]), Night([WAITING], as_of=SATURDAY), Night([a_return()], as_of=SUNDAY))
    steps = story(out, "R1").rmas[0].lines[0].steps
    assert [(s.first_night, s.last_night, s.nights, s.decision) for s in steps] == [
        ("2026-03-20", "2026-03-21", 2, "hold"),
        ("2026-03-22", "2026-03-22", 1, "refund"),
    ]


def test_an_answer_is_told_with_what_the_finding_had_said(tmp_path: Path):
    allowed = an_answer("evidence-missing", "allow", note="seen on the telephone")
    out = tell(tmp_path, Night([WAITING]), Night([WAITING], resolutions=[allowed], as_of=SATURDAY))
    (answer,) = story(out, "R1").rmas[0].lines[0].steps[-1].answered
    assert (answer.resolved_by, answer.note, answer.night) == ("ann", "seen on the telephone", "2026-03-21")
    assert answer.overridden == "evidence_complete is not yes"


def test_the_payout_is_booked_by_the_night_that_reaches_its_day(tmp_path: Path):
    # 2026-03-20 is a Friday, the money leaves on Monday 03-23.
    out = tell(tmp_path, Night([a_return()]))
    assert story(out, "R1").rmas[0].payouts[0].posted == ""
    tell(tmp_path, Night([a_return()], as_of=date(2026, 3, 24)))
    (payout,) = story(out, "R1").rmas[0].payouts
    assert (payout.payout_id, payout.amount, payout.posted, payout.is_kept) == ("R1/1", "100.50", "2026-03-24", True)


def test_a_payout_that_a_redo_changed_is_told(tmp_path: Path):
    # The label cost 7.50, and after the redo 10.00: 108.00 - 10.00.
    tell(tmp_path, Night([a_return()]))
    out = tell(tmp_path, Night([a_return(return_shipping_cost="10.00")]), redo=True, payouts_not_sent=True)
    assert "2026-03-20: payout R1/1 was 100.50 before, now 98.00" in text(story(out, "R1"))


def test_a_resolution_that_waits_for_its_finding_is_told(tmp_path: Path):
    waived = an_answer("damage", "waive", note="goodwill")
    out = tell(tmp_path, Night([a_return(**NOT_BACK_YET)], resolutions=[waived]))
    assert 'ann: waive damage: "goodwill"' in text(story(out, "R1")).partition("took effect on no line")[2]


def test_a_changed_record_stops_the_story(tmp_path: Path):
    out = tell(tmp_path, Night([a_return()], [an_order()]))
    report = out / str(AS_OF) / "refunds.csv"
    report.write_bytes(report.read_bytes().replace(b"100.50", b"999.50"))
    with pytest.raises(BadData, match=r"refunds\.csv: not as that night published it"):
        story(out, "R1")


@pytest.mark.parametrize(
    ("merchandise", "charged", "percent"),
    [
        (10000, 1500, "15"),
        (10000, 1250, "12.5"),
        (10000, 1234, ""),  # 12.34 percent: no rate that a policy would have
        (10, 2, ""),  # 15 to 24 percent of ten cents
    ],
)
def test_a_rate_is_worked_back_only_where_one_comes_to_the_figure(merchandise: int, charged: int, percent: str):
    assert worked_back(merchandise, charged) == percent
