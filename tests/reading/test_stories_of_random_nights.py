"""Whatever nights come, every return has a story, a letter and a JSON, and they tell what the register says."""

import json
import tempfile
from collections import deque
from pathlib import Path

from hypothesis import given

from refund_calc.history.nights import night_places
from refund_calc.policy.versions import load_policies
from refund_calc.reading.story.as_json import as_json
from refund_calc.reading.story.found import GUARDED
from refund_calc.reading.story.letter import letter
from refund_calc.reading.story.text import text
from refund_calc.reading.story.told import REFUND, story
from tests import product, worlds
from tests.stories import ci

THREE_NIGHTS = worlds.nights(3, every_rule=True)
MOST = 12  # stories of a world: every one of them reads all nights
Money = dict[tuple[str, ...], str]


def registered(out: Path) -> dict[str, Money]:
    """RMA -> night, RMA, order and order line of every refund of the registers -> its net."""
    found: dict[str, Money] = {}
    for night, folder in night_places(out).items():
        for row in product.read_report(folder / "refunds.csv"):
            key = [GUARDED.sub(r"\1", row[name]) for name in ("rma_number", "order_number", "order_line")]
            refunds = found.setdefault(key[0], {})
            if row["decision"] == REFUND:
                refunds[night, *key] = row["net_refund"]
    return {rma: refunds for rma, refunds in found.items() if rma}


def told_in(as_json: str) -> Money:
    return {
        (step["last_night"], rma["rma_number"], line["order_number"], line["order_line"]): step["net_refund"]
        for rma in json.loads(as_json)["rmas"]
        for line in rma["lines"]
        for step in line["steps"]
        if step["decision"] == REFUND
    }


@ci(0.05, of_worlds=True)
@given(THREE_NIGHTS)
def test_every_refund_is_told_to_the_cent(world):
    policies, nights = world
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        deque(product.tell(policies, nights, folder), maxlen=0)
        out = folder / "out"
        written = registered(out)
        refunded_first = sorted(written, key=lambda rma: (not written[rma], rma))
        known = load_policies(folder / "policy")
        for rma in refunded_first[:MOST]:
            told = story(out, rma, known)
            assert text(told) and letter(told)
            found = {key: net for key, net in told_in(as_json(told)).items() if key[1] == rma}
            assert found == written[rma]
            assert text(story(out, rma))
