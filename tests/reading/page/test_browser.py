"""The page in a real browser: Chromium opens it from disk, on two widths, light, dark and on paper.

Skipped where there is no Chromium (Debian: apt-get install chromium). axe-core comes from npm; where that cannot be
had, the test of accessibility is skipped and says so. REFUND_CALC_NEVER_SKIP=1, as in CI, skips nothing.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from refund_calc.runs.nightly import Inputs
from tests.benchmarks import volume
from tests.product import run
from tests.sample import nights
from tests.sample.nights import MAIN
from tests.stories import DATA

AXE = "axe-core@4.10.3"
NEVER_SKIP = os.environ.get("REFUND_CALC_NEVER_SKIP", "") not in ("", "0")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
BIG = 100_000  # lines

pytestmark = [
    pytest.mark.skipif(
        not (CHROMIUM or NEVER_SKIP), reason="no Chromium is installed (Debian: apt-get install chromium)"
    ),
    pytest.mark.xdist_group("browser"),
]
looks = pytest.mark.parametrize("width", [1280, 390])
themes = pytest.mark.parametrize("theme", ["light", "dark"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "out"
    nights.run(out)
    return out / str(MAIN) / "report.html"


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a night of many lines."""
    folder = tmp_path_factory.mktemp("big")
    volume.write(folder / "in", BIG)
    inputs = Inputs([folder / "in" / "orders.csv"], [folder / "in" / "returns.csv"])
    run(inputs, DATA / "policy", MAIN, folder / "out", with_page=True)
    return folder / "out" / str(MAIN) / "report.html"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, fetched by npm."""
    folder, npm = tmp_path_factory.mktemp("axe"), shutil.which("npm")
    if not npm and not NEVER_SKIP:
        pytest.skip("npm is not installed, so axe-core cannot be fetched")
    done = subprocess.run([npm or "npm", "install", "--silent", "--no-audit", "--no-fund", AXE], cwd=folder, timeout=60)
    if done.returncode and not NEVER_SKIP:
        pytest.skip(f"npm could not fetch {AXE}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def opened(browser: Browser, path: Path, said: list[str], width: int = 1280, theme: str = "light") -> Page:
    """The page, opened from disk; what it says on the console or asks of a network is added to `said`."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else said.append(request.url))
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("which", ["sample", "big"])
@looks
@themes
def test_it_opens_in_silence_and_fits_the_screen(
    browser: Browser, request: pytest.FixtureRequest, which: str, width: int, theme: str
):
    said: list[str] = []
    page = opened(browser, request.getfixturevalue(which), said, width, theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".tile").count() == 5
    page.close()
    assert said == []


@pytest.mark.parametrize("which", ["sample", "big"])
def test_the_matrix_fits_a_phone_and_no_word_of_a_reason_is_broken(
    browser: Browser, request: pytest.FixtureRequest, which: str
):
    page = opened(browser, request.getfixturevalue(which), [], 390)
    room = "one => one.parentElement.clientWidth - one.scrollWidth"
    assert page.locator(".matrix").evaluate(room) >= 0
    reason = page.locator(".named tbody th", has_text="manufacturing defect")
    assert reason.evaluate("one => getComputedStyle(one).overflowWrap") == "normal"
    page.close()


@looks
def test_a_signal_of_thousands_stands_beside_its_words(browser: Browser, big: Path, width: int):
    page = opened(browser, big, [], width)
    edges = "all => all.map(li => [li.firstChild, li.lastChild].map(one => one.getBoundingClientRect()))"
    boxes = page.locator(".signals li").evaluate_all(edges)
    page.close()
    assert boxes and all(count["right"] < words["left"] for count, words in boxes)


@looks
@themes
def test_axe_finds_no_violation(browser: Browser, sample: Path, axe: str, width: int, theme: str):
    page = opened(browser, sample, [], width, theme)
    page.locator("#rows a[aria-controls]").first.click()
    page.locator("details.q summary").first.click()
    page.evaluate(axe)
    violations = page.evaluate("axe.run()")["violations"]
    page.close()
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in violations] == []


def claims(page: Page) -> list[str]:
    return page.locator("#rows tbody tr:first-child td:nth-child(6)").evaluate_all(
        "all => all.map(one => one.dataset.v)"
    )


@pytest.mark.parametrize("which", ["sample", "big"])
def test_a_heading_sorts_and_sorts_back_with_the_unknown_last(
    browser: Browser, request: pytest.FixtureRequest, which: str
):
    page = opened(browser, request.getfixturevalue(which), [])
    heading = page.locator("#rows button", has_text="Claim")
    known = sorted(int(claim) for claim in claims(page) if claim)
    for expected, direction in ((known, "ascending"), (known[::-1], "descending")):
        heading.click()
        assert [int(claim) for claim in claims(page) if claim] == expected
        assert claims(page)[: len(known)] == [str(claim) for claim in expected]
        assert heading.locator("..").get_attribute("aria-sort") == direction
    page.close()


def test_words_turn_and_severity_filter_together(browser: Browser, sample: Path):
    page = opened(browser, sample, [])
    rows = page.locator("#rows tbody:visible")
    page.locator("#by-turn").select_option("warehouse")
    assert set(rows.evaluate_all("all => all.map(one => one.dataset.turn)")) == {"warehouse"}
    page.locator("#by-severity").select_option("hold")
    page.locator("#find").fill("rma-3022 FUNGUS")
    assert rows.count() == 1
    assert page.locator("#shown").inner_text().startswith("1 of ")
    page.locator("#find").fill("no such return")
    assert rows.count() == 0
    page.close()


def test_a_row_opens_its_story_by_keyboard_and_closes_it(browser: Browser, sample: Path):
    page = opened(browser, sample, [])
    link = page.locator("#rows a[aria-controls]").first
    story = page.locator("#" + (link.get_attribute("aria-controls") or ""))
    assert not story.is_visible()
    link.focus()
    page.keyboard.press("Enter")
    assert story.is_visible()
    assert "Next: " in story.inner_text()
    page.keyboard.press("Enter")
    assert not story.is_visible()
    page.close()


def test_an_address_opens_its_story(browser: Browser, sample: Path):
    page = browser.new_page()
    page.goto(sample.as_uri() + "#s5")
    assert page.locator("#s5").is_visible()
    page.close()


def test_a_line_that_waits_leads_to_its_story_though_it_is_filtered_out(browser: Browser, sample: Path):
    page = opened(browser, sample, [])
    page.locator("#find").fill("no such return")
    page.locator(".worst a", has_text="RMA-3022").click()
    assert page.get_by_text("Next: the warehouse enters damage_amount").is_visible()
    page.close()


def test_a_question_mark_tells_what_a_figure_is_and_escape_closes_it(browser: Browser, sample: Path):
    page = opened(browser, sample, [])
    page.get_by_label("What is Held?").click()
    text = page.get_by_text("Merchandise and tax claimed by the lines that are held")
    assert text.is_visible()
    page.keyboard.press("Escape")
    assert not text.is_visible()
    page.close()


def test_without_scripts_every_story_can_still_be_read(browser: Browser, sample: Path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(sample.as_uri())
    assert page.locator("tr.story").first.is_visible()
    context.close()


@pytest.mark.parametrize("which", ["sample", "big"])
def test_it_prints_on_two_pages(browser: Browser, request: pytest.FixtureRequest, which: str):
    page = opened(browser, request.getfixturevalue(which), [], theme="dark")
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    page.close()
    assert printed.count(b"/Type /Page\n") <= 2
