"""Zero rows are suspicious, and so are far fewer than there were (issue: customers who cannot be forgotten)."""

import json
from datetime import timedelta

import pytest

from tests.night_after_night.store import FRIDAY, MONDAY, TUESDAY, Store, on
from tests.policy.files import DEFAULT
from tests.stories import NOT_BACK_YET, a_return, an_answer, file_of


def warned(store: Store, summary) -> list[str]:
    """The warnings that speak of rows; the manifest has the same."""
    manifest = json.loads((store.out / str(summary.as_of) / "manifest.json").read_bytes())
    assert manifest["warnings"] == list(summary.warnings)
    return [line for line in summary.warnings if "return line" in line]


def many(count: int, **cells: str) -> list[dict]:
    return [a_return(rma_number=f"R{at}", order_number=f"{at}", **cells) for at in range(count)]


def test_an_empty_export_does_not_make_held_customers_wait_in_silence(store):
    assert warned(store, store.run(on(FRIDAY, a_return(**NOT_BACK_YET)))) == []
    first, second = warned(store, store.run(on(MONDAY)))
    assert first.endswith("no return line, while lines are held; was the export empty by mistake?")
    assert (
        second
        == "return lines: 0, less than a quarter of the median of the last nights (1.0 over 1); was the export cut?"
    )


def test_a_bad_answer_holds_no_line_and_raises_no_alarm_about_an_empty_export(store):
    unknown = an_answer("window-expired", "allow", rma_number="R77")
    cut = ("returns", "returns2.csv", file_of("returns", [])[2] + b"cut,off\n")
    night = store.night(on(FRIDAY, a_return(), resolutions=[unknown], files=[cut]))
    assert [row["code"] for row in night.exceptions] == ["malformed-row", "invalid-resolution"]
    assert not [line for line in warned(store, store.run(on(MONDAY))) if "lines are held" in line]


def test_a_key_that_left_the_export_still_waits_on_the_second_empty_night(store):
    store.run(on(FRIDAY, a_return(**NOT_BACK_YET)))
    store.run(on(MONDAY))
    assert "while lines are held" in warned(store, store.run(on(TUESDAY)))[0]


def test_an_empty_night_where_nobody_waits_is_quiet(store):
    assert warned(store, store.run(on(FRIDAY))) == []
    assert warned(store, store.run(on(MONDAY))) == []


@pytest.mark.parametrize(("rows", "is_few"), [(2, False), (1, True)])
def test_fewer_than_a_quarter_of_the_median_is_told(store, rows, is_few):
    for at, count in enumerate([8, 4, 12]):  # the median is 8, its fourth part 2
        store.run(on(FRIDAY + timedelta(at), *many(count)))
    found = warned(store, store.run(on(TUESDAY, *many(rows))))
    few = "return lines: 1, less than a quarter of the median of the last nights (8.0 over 3); was the export cut?"
    assert found == ([few] if is_few else [])


def test_only_the_last_ten_nights_count(store):
    for at in range(11):
        store.run(on(FRIDAY + timedelta(at), *many(40 if at == 0 else 1)))
    assert warned(store, store.run(on(FRIDAY + timedelta(11), *many(1)))) == []


def test_a_cron_that_knows_how_many_rows_come_stops_at_a_cut_export(store):
    three = on(FRIDAY, *many(3))
    line = store.stopped(three, expect_rows=4)
    assert "3 rows of returns, --expect-rows wants at least 4" in line
    assert not (store.out / str(FRIDAY)).exists()
    assert "--expect-rows" in store.stopped(three, expect_rows=4, dry_run=True, new_history=True)
    store.run(three, expect_rows=3)


def test_nobody_confirmed_the_placeholders_and_every_night_says_so(store):
    for day in (FRIDAY, MONDAY):
        (line,) = store.run(on(day, a_return())).warnings
        assert "restocking.rate, damage.rates, receipt.lost_after_days are still the placeholders" in line


def test_placeholders_that_finance_stands_behind_are_no_warning(tmp_path):
    confirmed = Store(tmp_path)
    confirmed.policy = tmp_path / "confirmed.toml"
    confirmed.policy.write_text('confirmed_by = "A. Controller"\n' + DEFAULT, encoding="utf-8")
    assert confirmed.run(on(FRIDAY, a_return())).warnings == ()


def test_an_old_version_that_nobody_confirmed_goes_on_warning_while_it_prices_old_orders(tmp_path):
    """A second version that finance signed does not hide that older orders are still priced by placeholders."""
    store = Store(tmp_path)
    store.policy = tmp_path / "versions"
    store.policy.mkdir()
    (store.policy / "old.toml").write_text(DEFAULT, encoding="utf-8")
    signed = DEFAULT.replace('"2024-01"', '"signed"').replace("= 2024-01-01", f"= {FRIDAY}")
    (store.policy / "signed.toml").write_text('confirmed_by = "A. Controller"\n' + signed, encoding="utf-8")
    (line,) = store.run(on(FRIDAY, a_return())).warnings
    assert line.startswith("old.toml: restocking.rate, damage.rates")
