"""report.html: the figures of a night as one file that opens from disk, asks no network and prints."""

from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.resources import files
from shlex import quote

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup

from refund_calc.columns.counted import counted, noun
from refund_calc.columns.written import iso
from refund_calc.history.nights import EPOCH
from refund_calc.policy.vocabulary import TURNS
from refund_calc.reading.page import charts
from refund_calc.reading.page.figures import Figures, deductions
from refund_calc.reading.page.held import AGES, by_turn

SHADE = 4  # steps of the matrix's shading


class _Templates(BaseLoader):
    """The templates of this package, wherever it is installed."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, None]:
        file = files(__package__) / "templates" / template
        if not file.is_file():
            raise TemplateNotFound(template)
        return file.read_text("utf-8"), None, None


@cache
def _environment() -> Environment:
    made = Environment(
        loader=_Templates(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filters: dict[str, Callable[..., str]] = {
        "money": money,
        "day": day_text,
        "count": lambda number: f"{number:,}",
        "words": words,
        "counted": counted,
        "noun": noun,
        "shell": quote,
    }
    made.filters |= filters
    return made


def page(figures: Figures) -> bytes:
    """The page in UTF-8. The same figures make the same bytes."""
    template = _environment().get_template("report.html.j2")
    text = template.render(
        f=figures,
        stories=_stories(figures),
        ages=[heading for _, heading in AGES],
        shades=_shades(figures),
        total=by_turn(figures.ageing),
        turns=TURNS,
        waterfall=Markup(charts.waterfall(_steps(figures))),
        promise=Markup(charts.promise(figures.promise)),
        deductions=[one for one in deductions(figures) if one[2]],
        ticks=_ticks(figures),
    )
    return text.encode()


def money(cents: int | None) -> str:
    """Dollars with thousands; unknown is a dash."""
    if cents is None:
        return "–"
    sign, cents = ("−", -cents) if cents < 0 else ("", cents)
    return f"{sign}${cents // 100:,}.{cents % 100:02d}"


def day_text(day: int) -> str:
    """A day number as Fri 2026-11-20."""
    return f"{date.fromordinal(day + EPOCH):%a} {iso(day)}"


def words(name: str) -> str:
    """A column's name or a code of the files as words."""
    return name.replace("_", " ")


def _stories(figures: Figures) -> list[int]:
    """For each of the worst lines the place, from 1, of its first listed exception; 0 where none is listed."""
    places: dict[tuple[str, str, str], int] = {}
    for place, one in enumerate(figures.exceptions, 1):
        places.setdefault((one.rma_number, one.order_number, one.order_line), place)
    keys = ((w.exception.rma_number, w.exception.order_number, w.exception.order_line) for w in figures.worst)
    return [places.get(key, 0) for key in keys]


def _steps(figures: Figures) -> list[tuple[str, int, int, str]]:
    """Gross, each deduction taken off what was left, net."""
    left = figures.refunds["gross_refund"]
    steps = [("gross", 0, left, "bar")]
    for name, _, amount in deductions(figures):
        if amount:
            steps.append((words(name), left, left - amount, "bad"))
            left -= amount
    return [*steps, ("net", 0, left, "good")]


def _shades(figures: Figures) -> dict[str, list[int]]:
    """How dark each cell of the matrix is: 0 for none, up to SHADE by its part of the largest."""
    most = max((cell.lines for cells in figures.ageing.values() for cell in cells[:-1]), default=0)
    return {
        turn: [-(-cell.lines * SHADE // most) if most else 0 for cell in cells]
        for turn, cells in figures.ageing.items()
    }


def _ticks(figures: Figures) -> list[tuple[str, str, str, bool]]:
    """What was checked: the statement, its two sides, and whether they are equal."""
    sums, forward, decided = (
        figures.refunds,
        figures.roll_forward,
        sum(lines for decision, lines in figures.tonight.lines.items() if decision != "rows"),
    )
    debits, credits = figures.ledger
    sides = (
        ("rows read = rows decided or malformed", figures.rows_read, decided, False),
        ("gross − deductions = net", sums["gross_refund"] - sums["total_deductions"], sums["net_refund"], True),
        ("net of the register = payouts", sums["net_refund"], figures.tonight.amount, True),
        ("ledger debits = credits", debits, credits, True),
        ("refunds payable by ledger = open payouts listed", forward.closing, forward.listed, True),
    )
    return [
        (what, *((money(one), money(other)) if is_money else (f"{one:,}", f"{other:,}")), one == other)
        for what, one, other, is_money in sides
    ]
