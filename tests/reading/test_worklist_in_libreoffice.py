"""The real LibreOffice opens the worklist, a person answers it and saves it, and the next night acts on it."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from refund_calc.reading.worklist import COLUMNS, FILE
from tests.night_after_night.store import Store, on
from tests.stories import Night, a_return, an_order

NEVER_SKIP = os.environ.get("REFUND_CALC_NEVER_SKIP", "") not in ("", "0")
PYTHON = "/usr/bin/python3" if sys.platform.startswith("linux") else sys.executable  # the one that Debian gives uno to
SCRIPT = Path(__file__).with_name("in_libreoffice.py")
SOFFICE = shutil.which("soffice")


def _is_there() -> bool:
    return bool(SOFFICE) and subprocess.run([PYTHON, "-c", "import uno"], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(
    not (NEVER_SKIP or _is_there()),
    reason="LibreOffice is not installed (Debian: apt-get install libreoffice-calc python3-uno)",
)

MONDAY, TUESDAY = date(2026, 4, 13), date(2026, 4, 14)
RETURNS = [
    a_return(rma_number="007", order_number="0012", requested_date="2026-04-05", received_date="2026-04-10"),
    a_return(rma_number="1E5", order_number="B", evidence_complete=""),
    a_return(rma_number="=1+1", order_number="C", damage_grade="water"),
    a_return(rma_number="+44", order_number="D", evidence_complete=""),
    a_return(rma_number="R5", order_number="E", evidence_complete="", reason_confirmed=""),
]
ORDERS = [an_order(order_number=row["order_number"]) for row in RETURNS]
ANSWERS = [
    {"rma_number": "007", "code": "window-expired", "action": "allow", "resolved_by": "ann"},
    {"rma_number": "1E5", "code": "evidence-missing", "action": "reject", "resolved_by": "ann", "note": "asked twice"},
    {"rma_number": "'=1+1", "code": "damage-unpriced", "action": "set-amount", "amount": 12.3, "resolved_by": "ann"},
    {"rma_number": "R5", "code": "evidence-missing", "action": "allow", "resolved_by": "ann"},
]
ANSWERED = {"007", "'=1+1", "1E5", "R5"}


def in_libreoffice(folder: Path, worklist: Path, answers: list[dict[str, object]]) -> tuple[dict[str, object], bytes]:
    """What LibreOffice saw, and the workbook that it saved."""
    pipe, saved = f"refunds{os.getpid()}", folder / "resolutions-monday.xlsx"
    profile = (folder / "profile").as_uri()
    server = subprocess.Popen(
        [
            str(SOFFICE),
            "--headless",
            "--norestore",
            f"--accept=pipe,name={pipe};urp",
            f"-env:UserInstallation={profile}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        command = [PYTHON, str(SCRIPT), pipe, str(worklist), str(saved)]
        ran = subprocess.run(command, input=json.dumps(answers), capture_output=True, text=True, timeout=60)
        assert not ran.returncode, ran.stderr
        server.wait(timeout=30)
    finally:
        server.kill()
        server.wait()
    return json.loads(ran.stdout), saved.read_bytes()


def tuesday(**more: object) -> Night:
    return on(TUESDAY, *RETURNS, orders=ORDERS, **more)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], Store, bytes]:
    folder = tmp_path_factory.mktemp("store")
    store = Store(folder)
    store.run(on(MONDAY, *RETURNS, orders=ORDERS), worklist=True)
    seen, saved = in_libreoffice(folder, store.out / FILE, ANSWERS)
    return seen, store, saved


def test_ids_are_text_amounts_and_dates_are_numbers_and_nothing_is_a_formula(answered) -> None:
    seen, _, _ = answered
    header, *rows = seen["cells"]
    assert [text for _, text in header] == list(COLUMNS)
    kinds = {name: {row[at][0] for row in rows} - {"EMPTY"} for at, name in enumerate(COLUMNS)}
    assert kinds["rma_number"] == kinds["order_number"] == kinds["message"] == {"TEXT"}
    assert kinds["claim_amount"] == kinds["due_date"] == kinds["business_days_left"] == {"VALUE"}
    assert not any("FORMULA" in found for found in kinds.values())
    assert {row[COLUMNS.index("order_number")][1] for row in rows} >= {"0012"}
    assert seen["hidden"] == ["actions"]


def test_an_answered_row_has_a_drop_down_that_follows_its_code(answered) -> None:
    seen, _, _ = answered
    assert len(seen["rules"]) == len(ANSWERS)
    for rule in seen["rules"]:
        assert rule["type"] == "LIST" and "MATCH($G" in rule["list"].replace(" ", ""), rule


def test_the_next_night_changes_exactly_the_lines_that_were_answered(answered, tmp_path) -> None:
    _, store, saved = answered
    shutil.copytree(store.out, tmp_path / "out")
    without = Store(tmp_path)
    before = without.night(tuesday())
    after = store.night(tuesday(files=[("resolutions", "resolutions-monday.xlsx", saved)]))
    changed = {row["rma_number"] for row, was in zip(after.refunds, before.refunds, strict=True) if row != was}
    assert changed == ANSWERED
    assert "invalid-resolution" not in {row["code"] for row in after.exceptions}
    assert {row["rma_number"]: answers(row) for row in after.refunds} == {
        "007": "refund allow window-expired ann",
        "'+44": "hold  ",
        "'=1+1": "refund set-amount damage ann",
        "1E5": "reject reject evidence-missing ann",
        "R5": "hold allow evidence-missing ann",
    }
    assert after.line("'=1+1", order="C")["damage"] == "12.30"


def answers(row: dict[str, str]) -> str:
    return f"{row['decision']} {row['answers']} {row['resolved_by']}"
