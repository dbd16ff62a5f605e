"""The page's charts as inline SVG, drawn by pygal; colours are the page's CSS variables and follow its theme."""

import math
import re
from collections.abc import Sequence
from typing import Any

import pygal
from pygal.style import Style

from refund_calc.reading.page.held import LONGEST, Promise

_PER_PIXEL = dict(
    print_values=False,
    show_legend=False,
    js=[],
    disable_xml_declaration=True,
    explicit_size=False,
    margin=4,
    include_x_axis=True,
    title=None,
)
_STYLE = dict(
    background="transparent",
    plot_background="transparent",
    foreground="var(--ink)",
    foreground_strong="var(--ink)",
    foreground_subtle="var(--line)",
    guide_stroke_color="var(--line)",
    guide_stroke_dasharray="2,3",
    major_guide_stroke_color="var(--line)",
    major_guide_stroke_dasharray="2,3",
    opacity="1",
    opacity_hover="0.8",
    transition="0s",
    font_family="inherit",
    label_font_size=12,
    major_label_font_size=12,
    value_font_size=12,
    title_font_size=12,
)
_SCRIPTS = re.compile(r"<script.*?</script>|<!--.*?-->|<title>Pygal</title>", re.DOTALL)


def waterfall(steps: Sequence[tuple[str, int, int, str]]) -> str:
    """Bars that float: label, from and to in cents, and the CSS variable of its colour; the first stands on top."""
    top = max((max(first, last) for _, first, last, _ in steps), default=0)
    chart = _chart(pygal.HorizontalStackedBar, "waterfall", 460, 40 + 30 * len(steps), show_y_guides=False)
    chart.x_labels = [label for label, *_ in reversed(steps)]
    chart.range = (0, max(top, 1) / 100)
    chart.y_labels = _ticks(max(top, 1) / 100)
    chart.truncate_label = -1
    chart.value_formatter = _dollars
    below = [{"value": min(first, last) / 100, "color": "transparent"} for _, first, last, _ in reversed(steps)]
    bars = [
        {"value": abs(last - first) / 100, "color": f"var(--{colour})", "label": label}
        for label, first, last, colour in reversed(steps)
    ]
    chart.add("", below)
    chart.add("", bars)
    return _svg(chart)


def promise(data: Promise) -> str:
    """Lines by business days since receipt, paid tonight and held so far, with a line after the last promised day."""
    chart = _chart(pygal.Histogram, "promise", 460, 330, show_x_guides=False)
    chart.value_formatter = lambda value: f"{value:,.0f}"
    chart.x_labels = [day + 0.5 for day in range(0, LONGEST + 1, 5)]  # a day's bars stand from it to the next one
    chart.x_value_formatter = lambda day: f"{int(day)}{'+' if day >= LONGEST else ''}"
    chart.xrange = (0, LONGEST + 1)
    chart.add("", [_bar(lines, day, 0.08, 0.48, _paid(day, data)) for day, lines in enumerate(data.paid) if lines])
    chart.add("", [_bar(lines, day, 0.52, 0.92, "held") for day, lines in enumerate(data.held) if lines])
    top = max((*data.paid, *data.held, 1))
    chart.range = (0, top * 1.08)
    chart.y_labels = _ticks(top)
    chart.add("", [_bar(top * 1.08, data.limit + 1, -0.04, 0.04, "accent")])
    return _svg(chart)


def _paid(day: int, data: Promise) -> str:
    return "bad" if day > data.limit else "good"


def _bar(height: float, day: int, left: float, right: float, colour: str) -> dict[str, Any]:
    return {"value": (height, day + left, day + right), "color": f"var(--{colour})"}


def _chart(kind: Any, name: str, width: int, height: int, **options: Any) -> Any:
    chart = kind(style=Style(**_STYLE), width=width, height=height, **_PER_PIXEL, **options)
    chart.uuid = name  # the same bytes every time
    return chart


def _ticks(top: float) -> list[float]:
    """0 and two or three round values up to the top."""
    step = 10 ** int(math.log10(max(top, 1)))
    step = next(step * part for part in (5, 2, 1, 0.5, 0.2) if step * part * 2 <= top or part == 0.2)
    step = max(step, 1)
    return [step * at for at in range(int(top / step) + 1)]


def _svg(chart: Any) -> str:
    return _SCRIPTS.sub("", chart.render(is_unicode=True))


def _dollars(value: float) -> str:
    if value >= 1_000_000:
        return f"${value / 1_000_000:,.4g}m"
    return f"${value:,.0f}"
