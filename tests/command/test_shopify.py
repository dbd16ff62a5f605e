"""A Shopify shop that has nothing but its exports: by import or directly, one night and the same money."""

import csv
import re
import shlex
import shutil
from pathlib import Path

from tests.command.started import FIRST, POLICY, ROOT, Ran, start
from tests.inputs.mapping.shopify_files import PERSONAL

EXPORTS = ROOT / "data" / "mappings" / "shopify-orders"
AS_OF = "2026-03-20"
FOLDERS = ("inbox-shopify", "out-shopify")  # of the manual's commands
RMA_EXPORT = """\
consignmentNumber,trackingNumber,carrier,orderNumber,submittedDate,returnMethod,itemID,SKU,returnReason,returnQuantity
C-1,1Z1,UPS,1003,2026-03-08T10:00:00Z,label,I-1,DRONE-S,Defective,1
C-2,1Z2,UPS,#1001,2026-03-08T10:00:00Z,label,I-2,PROP-4,Defective,1
"""


def night(inbox: Path, out: Path, *mappings: str) -> Ran:
    given = [word for mapping in mappings for word in ("--mapping", mapping)]
    ran = start("nightly", "--inbox", inbox, "--policy", POLICY, "--as-of", AS_OF, "--out", out, FIRST, *given)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran


def rows(out: Path, name: str) -> list[dict[str, str]]:
    with (out / AS_OF / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_night_over_the_exports_is_the_night_over_what_import_makes_of_them(tmp_path: Path) -> None:
    imported = start("import", "--mapping", "shopify-orders", "--in", EXPORTS, "--out", tmp_path / "inbox")
    assert imported.returncode == 0 and "Could not be mapped: 5" in imported.stdout
    night(EXPORTS, tmp_path / "direct", "shopify-orders")
    night(tmp_path / "inbox", tmp_path / "by-inbox")
    for name in ("refunds.csv", "payouts.csv", "ledger.csv"):
        assert rows(tmp_path / "direct", name) == rows(tmp_path / "by-inbox", name)
    assert {row["decision"] for row in rows(tmp_path / "direct", "refunds.csv")} == {"refund", "hold"}


def test_the_commands_of_the_manual_run(tmp_path: Path) -> None:
    page = (ROOT / "refund_calc" / "manual" / "shopify.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    for command in "".join(blocks).replace("\\\n", " ").splitlines():
        program, *words = shlex.split(command)
        here = [str(ROOT / word) if word.startswith("data/") else word for word in words]
        ran = start(*[str(tmp_path / word) if word in FOLDERS else word for word in here])
        assert (program, ran.returncode, ran.stderr) == ("refund-calc", 0, "")
    inbox, out = FOLDERS
    assert (tmp_path / inbox / "orders.csv").exists() and (tmp_path / out / AS_OF).exists()


def test_what_cannot_be_mapped_is_an_exception_with_its_own_file_and_line(tmp_path: Path) -> None:
    night(EXPORTS, tmp_path / "out", "shopify-orders")
    held = [row for row in rows(tmp_path / "out", "exceptions.csv") if row["code"] == "invalid-order"]
    assert [(row["rma_number"], row["source_file"], row["source_line"]) for row in held] == [
        ("S-3", "orders_export.csv", "10"),
        ("S-4", "orders_export.csv", "11"),
        ("S-5", "orders_export.csv", "12"),
        ("S-6", "orders_export.csv", "13"),
    ]


def test_check_lists_what_cannot_be_mapped_once(tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    ran = start("check", "--mapping", "shopify-orders", "--inbox", EXPORTS, "--policy", POLICY, "-o", listed)
    assert ran.returncode == 65
    with listed.open(encoding="utf-8", newline="") as file:
        found = [(row["line"], row["column"]) for row in csv.DictReader(file)]
    assert found == [
        ("10", "Payment Method"),
        ("11", "Financial Status"),
        ("12", "Id"),
        ("12", "Created at"),
        ("13", "Total"),
    ]


def test_a_returns_app_names_orders_as_customers_do(tmp_path: Path) -> None:
    inbox = Path(shutil.copytree(EXPORTS, tmp_path / "exports"))
    (inbox / "returns.csv").unlink()
    (inbox / "rma.csv").write_text(RMA_EXPORT, encoding="utf-8")
    night(inbox, tmp_path / "out", "shopify-orders", "returns-app")
    found = {row["rma_number"]: row for row in rows(tmp_path / "out", "refunds.csv")}
    assert (found["C-1"]["order_number"], found["C-1"]["order_line"]) == ("5277630001003", "2")
    messages = [row["message"] for row in rows(tmp_path / "out", "exceptions.csv") if row["rma_number"] == "C-2"]
    assert any('"#1001" is the name of several orders' in message for message in messages)


def test_nothing_about_a_customer_reaches_a_file_or_the_screen(tmp_path: Path) -> None:
    folders = tmp_path / "inbox", tmp_path / "out"
    said = start("import", "--mapping", "shopify-orders", "--in", EXPORTS, "--out", folders[0]).stdout
    said += night(EXPORTS, folders[1], "shopify-orders").stdout
    files = [path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()]
    export = (EXPORTS / "orders_export.csv").read_bytes()
    for value in PERSONAL.values():
        assert value.encode() in export
        assert not any(value.encode() in content for content in (*files, said.encode()))
