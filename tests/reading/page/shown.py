"""The sample nights and the figures that their pages show, caught on the way to the template."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from refund_calc.reading.page import render
from refund_calc.reading.page.figures import Figures
from tests.sample import nights


@contextmanager
def caught() -> Iterator[dict[str, Figures]]:
    """Night -> the figures of its page, for every night that is run inside."""
    figures: dict[str, Figures] = {}
    page = render.page

    def catching(data: Figures) -> bytes:
        figures[data.header.night] = data
        return page(data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "page", catching)
        yield figures


def cents(text: str) -> int:
    """An amount of a CSV as cents; blank is 0."""
    return round(float(text or 0) * 100)


def page_of(out: Path, night: object) -> str:
    return (out / str(night) / "report.html").read_text("utf-8")


def shown_nights(folder: Path) -> tuple[Path, dict[str, Figures]]:
    """Both nights of the sample: the folder they were written to, and what their pages show."""
    with caught() as figures:
        nights.run(folder / "out")
    return folder / "out", figures
