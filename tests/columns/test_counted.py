"""One row, two rows: said in one place."""

import re

from refund_calc.columns.counted import counted
from tests.test_house import IN_WINGS, ROOT

BY_HAND = re.compile(r"""else ['"]s['"]""")


def test_one_is_one_row_and_none_are_none() -> None:
    assert [counted(n, "row") for n in (0, 1, 2, 1_204)] == ["0 rows", "1 row", "2 rows", "1,204 rows"]


def test_a_noun_may_bring_its_own_plural() -> None:
    assert [counted(n, "entry", "entries") for n in (1, 2)] == ["1 entry", "2 entries"]


def test_nobody_makes_a_plural_by_hand() -> None:
    found = [str(path.relative_to(ROOT)) for path in IN_WINGS if BY_HAND.search(path.read_text("utf-8"))]
    assert [path for path in found if path != "refund_calc/inputs/csv_files.py"] == []  # "columns missing", no count
