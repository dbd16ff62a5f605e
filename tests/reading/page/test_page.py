"""The page as a file: one file, safe whatever stands in an export, the same bytes every time, small, and left out."""

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from refund_calc.reading.verify import verify
from tests import product
from tests.reading.page.shown import page_of
from tests.sample import nights
from tests.sample.nights import MAIN
from tests.stories import AS_OF, DATA, Night, a_return, an_order

EVIL = "<script>alert(1)</script>\"'&"
MOST_BYTES = 1_500_000


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def told(night: Night, folder: Path) -> None:
    """The night, run with its page into FOLDER/out."""
    inputs = product.write_files(night.all_files(), folder / "in")
    product.run(inputs, DATA / "policy", night.as_of, folder / "out", with_page=True)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "out"
    nights.run(folder)
    return folder


def test_the_page_is_sealed_with_the_night_and_a_changed_byte_is_found(out: Path, tmp_path: Path):
    manifest = json.loads((out / str(MAIN) / "manifest.json").read_text("utf-8"))
    assert "report.html" in {output["name"] for output in manifest["outputs"]}
    page = out / str(MAIN) / "report.html"
    before = page.read_bytes()
    assert not verify(out).problems
    page.write_bytes(before.replace(b"Night of", b"Nacht of", 1))
    (problem,) = verify(out).problems
    page.write_bytes(before)
    assert "report.html" in problem


def test_the_same_night_makes_the_same_bytes(out: Path, tmp_path: Path):
    nights.run(tmp_path / "out")
    assert page_of(tmp_path / "out", MAIN) == page_of(out, MAIN)


def test_nothing_is_fetched_from_anywhere(out: Path):
    page = page_of(out, MAIN)
    tags = Tags(page).found
    assert not [tag for tag, has in tags if "src" in has or (tag == "link" and has["href"] != "data:,")]
    assert {has["href"] for tag, has in tags if tag == "a" and not (has["href"] or "").startswith("#")} == {
        "exceptions.csv"
    }
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/)", page)


def test_every_story_that_a_row_leads_to_is_there(out: Path):
    tags = Tags(page_of(out, MAIN)).found
    names = {has["id"] for _, has in tags if "id" in has}
    links = [has["href"] for tag, has in tags if tag == "a" and "aria-controls" in has]
    assert len(links) == len(product.read_night(out, MAIN)["exceptions"])
    assert {(link or "")[1:] for link in links} <= names


def test_what_stands_in_an_export_stays_text(tmp_path: Path):
    night = Night([a_return(rma_number=EVIL, evidence_complete="no")], [an_order(sku=EVIL)])
    told(night, tmp_path)
    page = page_of(tmp_path / "out", AS_OF)
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert [tag for tag, _ in Tags(page).found].count("script") == 1


def test_a_night_of_nothing_has_a_page_too(tmp_path: Path):
    told(Night([], [an_order()]), tmp_path)
    page = page_of(tmp_path / "out", AS_OF)
    assert "First night of its history" in page
    assert "0 in all" in page
    assert "none of 0 rows read" in page
    assert "<svg" not in page  # an axis without bars tells nothing
    assert "No line that came back is paid or held tonight." in page


def test_one_is_one_on_the_page(tmp_path: Path):
    told(Night([a_return(evidence_complete="no")], [an_order()]), tmp_path)
    page = page_of(tmp_path / "out", AS_OF)
    for words in ("1 row</b>", "1 line undecided", "1 hold of 1 row read", "The one that waits longest"):
        assert words in page
    assert not re.search(r">1 (rows|lines|nights|orders|payouts)|The 1 that", page)


def test_a_number_that_begins_with_a_dash_is_no_option_of_explain(tmp_path: Path):
    told(Night([a_return(rma_number="-56", evidence_complete="no")], [an_order()]), tmp_path)
    assert "refund-calc explain --out OUT -- -56</code>" in page_of(tmp_path / "out", AS_OF)


def test_a_night_without_a_page_lists_none(tmp_path: Path):
    nights.run(tmp_path / "out", nights.NIGHT_BEFORE, with_page=False)
    folder = tmp_path / "out" / str(nights.NIGHT_BEFORE)
    assert not (folder / "report.html").exists()
    assert "report.html" not in (folder / "manifest.json").read_text("utf-8")


def test_a_night_of_many_exceptions_shows_the_most_urgent_and_leads_to_the_others(tmp_path: Path):
    lines = [a_return(rma_number=f"R{at:04}", order_number=f"none-{at}") for at in range(1200)]
    told(Night(lines, [an_order()]), tmp_path)
    page = page_of(tmp_path / "out", AS_OF)
    assert "The 400 most urgent of 1,200" in page
    assert len(page.encode()) < MOST_BYTES


@pytest.mark.parametrize("night", nights.INBOXES, ids=str)
def test_the_samples_pages_are_small(out: Path, night: date):
    assert (out / str(night) / "report.html").stat().st_size < 200_000


def test_an_old_payout_file_that_was_changed_stops_no_night(tmp_path: Path):
    for night in (AS_OF, date(2026, 3, 23)):
        told(Night([a_return()], [an_order()], as_of=night), tmp_path)
    old = tmp_path / "out" / str(AS_OF) / "payouts.csv"
    old.write_text(old.read_text("utf-8") + "\n", "utf-8")
    told(Night([a_return()], [an_order()], as_of=date(2026, 3, 24)), tmp_path)
    assert "Chain intact over 3 nights" in page_of(tmp_path / "out", "2026-03-24")
