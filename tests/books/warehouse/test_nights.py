"""Every night is there once, as it stands in OUT now, and what a redo withdrew is told (rulebook 9)."""

import json
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from refund_calc.books.warehouse.tables import AMOUNTS, OF_NIGHTS, lines_of
from refund_calc.errors import BadData, ControlTotalFailed, NoInput
from refund_calc.history.nights import EPOCH, PublishedNight, published
from refund_calc.night.verdicts import DECISIONS
from tests.books.warehouse.cells import rows_of_out, rows_of_place
from tests.books.warehouse.places import NOW, SCHEMA, Place, loaded
from tests.history.three_nights import FIRST, SECOND, THIRD, copied, ran, run
from tests.product import REDO
from tests.runs.partitions.compared import in_parts

# The third night as it was run at first: R4 had not come back yet.
BEFORE = replace(THIRD, returns=THIRD.returns[:-1])


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("two") / "out", FIRST, SECOND)


@pytest.fixture(scope="module")
def three(two: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(copied(two, tmp_path_factory.mktemp("three") / "out"), BEFORE)


@pytest.fixture(scope="module")
def redone(three: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = copied(three, tmp_path_factory.mktemp("redone") / "out")
    run(out, THIRD, **REDO)
    return out


def stated(folder: Path) -> dict[str, dict[str, Any]]:
    totals: dict[str, dict[str, Any]] = json.loads((folder / "manifest.json").read_text())["control_totals"]
    return totals


def in_sql(place: Place, night: str) -> dict[str, dict[str, Any]]:
    """The control totals of a night, by sums over its rows, as a manifest writes them."""
    of = f"FROM {SCHEMA}.{{}} WHERE as_of = DATE '{night}'"
    decided = dict(place.ask(f"SELECT decision, count(*) {of.format('refunds')} GROUP BY decision"))
    malformed = place.ask(f"SELECT malformed_rows {of.format('runs')}")[0][0]
    sums = ", ".join(f"coalesce(sum({name}), 0.00)" for name in AMOUNTS)
    amounts = place.ask(f"SELECT {sums} {of.format('refunds')}")[0]
    debits, credits = place.ask(f"SELECT sum(debit), sum(credit) {of.format('ledger')}")[0]
    paid, amount = place.ask(f"SELECT count(*), coalesce(sum(amount), 0.00) {of.format('payouts')}")[0]
    counts = {decision: decided.get(decision, 0) for decision in DECISIONS}
    return {
        "returns": {"rows": sum(counts.values()) + malformed, **counts, "malformed": malformed},
        "refunds": {name: str(value) for name, value in zip(AMOUNTS, amounts, strict=True)},
        "ledger": {"debits": str(debits), "credits": str(credits)},
        "payouts": {"rows": paid, "amount": str(amount)},
    }


def comes_to_its_manifests(place: Place, out: Path) -> None:
    nights = sorted(path.name for path in out.glob("20*"))
    assert [str(row[0]) for row in place.ask(f"SELECT as_of FROM {SCHEMA}.runs ORDER BY as_of")] == nights
    for night in nights:
        assert in_sql(place, night) == stated(out / night)


def test_three_nights_twice_with_a_redo_between_come_to_their_control_totals(
    place: Place, three: Path, redone: Path
) -> None:
    assert [night.night for night in loaded(place, three)] == ["2026-03-20", "2026-03-24", "2026-03-26"]
    comes_to_its_manifests(place, three)
    first = place.ask(f"SELECT manifest_sha256 FROM {SCHEMA}.runs WHERE as_of = DATE '2026-03-26'")
    (again,) = loaded(place, redone)
    assert (again.night, again.is_replaced) == ("2026-03-26", True)
    comes_to_its_manifests(place, redone)
    withdrawn = f"SELECT manifest_sha256 FROM {SCHEMA}.withdrawals"
    assert place.ask(withdrawn) == first
    assert loaded(place, redone) == []
    comes_to_its_manifests(place, redone)
    assert place.ask(withdrawn) == first


def test_a_withdrawal_holds_the_totals_that_no_longer_count(place: Place, three: Path, redone: Path) -> None:
    loaded(place, three)
    loaded(place, redone)
    (row,) = place.ask(
        f"SELECT w.as_of, w.net_refund, r.net_refund, w.payouts, w.loaded_at, w.replaced_at "
        f"FROM {SCHEMA}.withdrawals w JOIN {SCHEMA}.runs r ON r.as_of = w.as_of"
    )
    before, after = stated(redone / "withdrawn" / "2026-03-26-1"), stated(redone / "2026-03-26")
    sums = [Decimal(totals["refunds"]["net_refund"]) for totals in (before, after)]
    assert sums[0] != sums[1]
    assert row == (date(2026, 3, 26), *sums, before["payouts"]["rows"], NOW, NOW)


def test_a_night_that_was_redone_before_the_first_load_is_told_as_never_loaded(place: Place, redone: Path) -> None:
    loaded(place, redone)
    comes_to_its_manifests(place, redone)
    assert place.ask(f"SELECT as_of, loaded_at, replaced_at FROM {SCHEMA}.withdrawals") == [
        (date(2026, 3, 26), None, NOW)
    ]


def test_each_of_two_redos_is_told_once(place: Place, three: Path, redone: Path, tmp_path: Path) -> None:
    out = copied(redone, tmp_path / "out")
    run(out, replace(THIRD, returns=THIRD.returns[1:]), **REDO)
    loaded(place, three)
    loaded(place, out)
    told = place.ask(f"SELECT manifest_sha256, loaded_at FROM {SCHEMA}.withdrawals")
    kept = [PublishedNight(p, "", (p / "manifest.json").read_bytes()).sha256 for p in (out / "withdrawn").iterdir()]
    assert sorted(sha256 for sha256, _ in told) == sorted(kept) and len(kept) == 2
    assert [when for _, when in told].count(None) == 1


def test_a_redo_is_found_by_a_later_load_whatever_its_period(place: Place, three: Path, redone: Path) -> None:
    """Else a payout that moved to another night would stand in both."""
    loaded(place, three)
    out = copied(redone, redone.with_name("later"))
    run(out, replace(THIRD, as_of=date(2026, 3, 27)))
    last = date(2026, 3, 27).toordinal() - EPOCH
    found = loaded(place, out, (last, last))
    assert [(night.night, night.is_replaced) for night in found] == [("2026-03-26", True), ("2026-03-27", False)]
    comes_to_its_manifests(place, out)


def test_a_period_holds_its_nights_only(place: Place, two: Path) -> None:
    day = date(2026, 3, 24).toordinal() - EPOCH
    assert [night.night for night in loaded(place, two, (day, day + 9))] == ["2026-03-24"]
    assert [night.night for night in loaded(place, two, (0, day))] == ["2026-03-20"]
    with pytest.raises(NoInput, match="no night from 2026-03-25 to 2026-03-26; its nights \\(2\\) are from 2026-03-20"):
        loaded(place, two, (day + 1, day + 2))


@pytest.mark.parametrize("name", [table.file for table in OF_NIGHTS])
def test_a_damaged_file_is_never_loaded(place: Place, two: Path, tmp_path: Path, name: str) -> None:
    """One bit of the last night's; the night before it is there, whole."""
    out = copied(two, tmp_path / "out")
    damaged = bytearray((out / "2026-03-24" / name).read_bytes())
    damaged[-5] ^= 1
    (out / "2026-03-24" / name).write_bytes(damaged)
    with pytest.raises(BadData, match=f"{name}: not as that night published it"):
        loaded(place, out)
    for table in ("runs", *(table.name for table in OF_NIGHTS)):
        assert {row[0] for row in place.ask(f"SELECT as_of FROM {SCHEMA}.{table}")} <= {date(2026, 3, 20)}
    shutil.rmtree(out / "2026-03-24")
    comes_to_its_manifests(place, out)


def test_the_nights_of_another_store_replace_nothing(place: Place, two: Path, tmp_path: Path) -> None:
    loaded(place, two)
    other = ran(tmp_path / "other", replace(FIRST, returns=FIRST.returns[1:]), SECOND)
    with pytest.raises(BadData, match="it holds nights of the same dates with other manifests"):
        loaded(place, other)
    comes_to_its_manifests(place, two)
    assert loaded(place, other, schema="other_store")
    comes_to_its_manifests(place, two)


def test_a_first_night_that_was_redone_is_of_the_same_store(place: Place, tmp_path: Path) -> None:
    out = ran(tmp_path / "out", FIRST)
    loaded(place, out)
    run(out, replace(FIRST, returns=FIRST.returns[1:]), **REDO)
    assert [night.is_replaced for night in loaded(place, out)] == [True]


def test_a_night_that_is_lost_in_out_stops_the_load(place: Place, two: Path, tmp_path: Path) -> None:
    loaded(place, two)
    out = copied(two, tmp_path / "out")
    shutil.rmtree(out / "2026-03-24")
    with pytest.raises(BadData, match="it holds the night of 2026-03-24, which does not stand in"):
        loaded(place, out)


def test_rows_that_do_not_come_to_the_control_totals_are_not_kept(
    place: Place, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night whose manifest says a cent more, as if a row had been written wrongly."""
    stated_net = PublishedNight.manifest.func

    def a_cent_more(night: PublishedNight) -> dict[str, Any]:
        manifest: dict[str, Any] = stated_net(night)
        if night.name == "2026-03-24":
            manifest["control_totals"]["refunds"]["net_refund"] = "999.99"
        return manifest

    monkeypatch.setattr(PublishedNight, "manifest", property(a_cent_more))
    with pytest.raises(ControlTotalFailed, match=r"night of 2026-03-24, refunds: net_refund .* says 999\.99"):
        loaded(place, two)
    assert place.ask(f"SELECT as_of FROM {SCHEMA}.runs") == [(date(2026, 3, 20),)]


def test_the_manifests_of_the_runs_are_those_of_out(place: Place, two: Path) -> None:
    loaded(place, two)
    columns = ", ".join(("manifest_sha256", "previous_manifest_sha256", "rows_read", lines_of("already-decided")))
    found = place.ask(f"SELECT {columns} FROM {SCHEMA}.runs ORDER BY as_of")
    one, other = published(two)
    assert found == [(one.sha256, None, 4, 0), (other.sha256, one.sha256, 4, 1)]


def test_a_night_in_part_files_is_the_same_rows(place: Place, two: Path, tmp_path: Path) -> None:
    for night in (FIRST, SECOND):
        run(tmp_path / "out", night, split=in_parts(2, part_files=True))
    loaded(place, tmp_path / "out")
    for table in OF_NIGHTS:
        assert rows_of_place(place, table) == rows_of_out(two, table)


def test_a_redo_may_change_the_shape_of_a_night(place: Place, tmp_path: Path) -> None:
    """The rows are those of the same nights run whole, and each version that was loaded is among the withdrawals."""
    first, second = SECOND, replace(SECOND, returns=SECOND.returns[1:])
    parts = {"split": in_parts(2, part_files=True)}
    for out in (tmp_path / "out", tmp_path / "whole"):
        run(out, FIRST)
    story = [(first, {}), (second, parts), (first, {}), (first, parts), (second, {})]
    for at, (night, split) in enumerate(story):
        redo = REDO if at else {}
        run(tmp_path / "out", night, **redo, **split)
        run(tmp_path / "whole", night, **redo)
        loaded(place, tmp_path / "out")
        for table in OF_NIGHTS:
            assert rows_of_place(place, table) == rows_of_out(tmp_path / "whole", table)
    assert place.ask(f"SELECT count(*) FROM {SCHEMA}.withdrawals") == [(len(story) - 1,)]
