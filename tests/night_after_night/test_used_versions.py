"""A policy version that judged a published order does not change unnoticed (rulebook 2)."""

import json
import shutil
from pathlib import Path

import pytest

from refund_calc.errors import BadPolicy
from tests.night_after_night.store import FRIDAY, MONDAY, TUESDAY, WEDNESDAY, Store, on
from tests.stories import DATA, a_return


@pytest.fixture
def file(store: Store) -> Path:
    """The policy file of the store, its own."""
    store.policy = Path(shutil.copytree(DATA / "policy", store.folder / "policy"))
    return store.policy / "2024-01.toml"


def edit(file: Path, days: int) -> None:
    text = (DATA / "policy" / file.name).read_text(encoding="utf-8")
    file.write_text(text.replace("window_days = 30", f"window_days = {days}"), encoding="utf-8")


def stopped(store: Store, night) -> str:
    before = store.everything()
    with pytest.raises(BadPolicy) as stop:
        store.run(night)
    assert stop.value.exit_code == 78 and store.everything() == before
    return str(stop.value)


def changed(store: Store, night) -> list[dict]:
    return json.loads((store.out / str(night) / "manifest.json").read_bytes())["policy_changed"]


def test_a_used_version_that_was_edited_does_not_price_old_orders_anew(store, file):
    store.run(on(FRIDAY, a_return()))
    store.run(on(MONDAY, a_return(rma_number="R2", order_number="1002")))  # an order that nobody knows: not judged
    edit(file, 31)
    line = stopped(store, on(TUESDAY, a_return()))
    assert 'policy version "2024-01", 2024-01.toml: the file was changed' in line
    assert f"on 1 night ({FRIDAY});" in line and "--policy-changed" in line
    # As the line says: restored, or accepted once.
    edit(file, 30)
    store.run(on(TUESDAY, a_return()))
    assert changed(store, TUESDAY) == []
    edit(file, 31)
    told = store.run(on(WEDNESDAY, a_return()), policy_changed=True)
    assert any('version "2024-01" was changed after it had judged orders' in line for line in told.warnings)


def test_an_accepted_change_is_noted_and_stops_no_later_night(store, file):
    store.run(on(FRIDAY, a_return()))
    edit(file, 31)
    store.run(on(MONDAY, a_return()), policy_changed=True)  # already decided: nothing is judged by the new one yet
    (note,) = changed(store, MONDAY)
    assert note["version"] == "2024-01" and note["sha256_before"] != note["sha256_after"]
    store.run(on(TUESDAY, a_return()))
    edit(file, 30)
    assert "the file was changed" in stopped(store, on(WEDNESDAY, a_return()))


def test_a_used_version_that_was_renamed_or_removed_is_missed(store, file):
    store.run(on(FRIDAY, a_return()))
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('version = "2024-01"', 'version = "2024-01b"'), encoding="utf-8")
    line = stopped(store, on(MONDAY, a_return()))
    assert 'policy version "2024-01": no file of --policy has it any more' in line
    assert f"on 1 night ({FRIDAY}); restore it" in line


def test_a_version_that_judged_nothing_may_change(store, file):
    store.run(on(FRIDAY))
    edit(file, 31)
    store.run(on(MONDAY, a_return()))


def test_the_night_that_is_redone_does_not_bind_the_policy(store, file):
    store.run(on(FRIDAY, a_return()))
    edit(file, 31)
    store.run(on(FRIDAY, a_return()), redo=True)
