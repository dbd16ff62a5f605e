"""Exports of other programs, imported or read directly: the same refunds; every problem with its file and line."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jobs.cli import group

ROOT = Path(__file__).parents[2]
MAPPINGS = ROOT / "data" / "mappings"
POLICY = ROOT / "data" / "sample" / "policy" / "2024-01.toml"
NAMES = ("returns-app", "amazon-fba-returns", "woocommerce-orders")
PERSONAL = ("Jane", "Roe", "example.com", "Ann", "Zoe", "Ring twice", "555-0100", "dead")
Row = dict[str, str]


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def imported(name: str, inbox: Path) -> Result:
    result = ran("import", "--mapping", name, "--in", MAPPINGS / name, "--out", inbox)
    assert result.exit_code == 0, result.output
    return result


def night(out: Path, *inbox: object) -> Path:
    result = ran("nightly", *inbox, "--policy", POLICY, "--as-of", "2026-03-16", "--out", out, "--new-history")
    assert result.exit_code == 0, result.output
    return out / "2026-03-16"


def rows(path: Path, *without: str) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: cell for name, cell in row.items() if name not in without} for row in csv.DictReader(file)]


@pytest.mark.parametrize("name", NAMES)
def test_read_directly_the_night_is_the_one_of_the_imported_inbox(name: str, tmp_path: Path):
    imported(name, tmp_path / "inbox")
    one = night(tmp_path / "one", "--inbox", MAPPINGS / name, "--mapping", name)
    other = night(tmp_path / "other", "--inbox", tmp_path / "inbox")
    for report in ("refunds", "payouts", "ledger"):
        assert (one / f"{report}.csv").read_bytes() == (other / f"{report}.csv").read_bytes()
    apart = ("source_file", "source_line", "message", "value")
    assert rows(one / "exceptions.csv", *apart) == rows(other / "exceptions.csv", *apart)


@pytest.mark.parametrize("name", NAMES)
def test_a_night_of_exports_run_again_is_complete_and_with_another_mapping_is_not(name: str, tmp_path: Path):
    night(tmp_path / "out", "--inbox", MAPPINGS / name, "--mapping", name)
    again = ["nightly", "--inbox", MAPPINGS / name, "--policy", POLICY, "--as-of", "2026-03-16", "--out"]
    assert "already complete" in ran(*again, tmp_path / "out", "--mapping", name).output
    other = tmp_path / f"{name}.toml"
    shipped = ROOT / "refund_calc" / "inputs" / "mappings" / f"{name}.toml"
    other.write_bytes(shipped.read_bytes() + b"# changed\n")
    assert ran(*again, tmp_path / "out", "--mapping", other).exit_code == 65
    assert ran("verify", tmp_path / "out").exit_code == 0


@pytest.mark.parametrize("name", NAMES)
def test_nothing_personal_reaches_any_output(name: str, tmp_path: Path):
    printed = imported(name, tmp_path / "inbox").output
    night(tmp_path / "out", "--inbox", MAPPINGS / name, "--mapping", name)
    said = ran("check", "--inbox", MAPPINGS / name, "--mapping", name, "--policy", POLICY).output
    texts = [printed, said, *(path.read_text("latin-1") for path in tmp_path.rglob("*") if path.is_file())]
    assert [word for word in PERSONAL for text in texts if word in text] == []


def test_what_the_returns_app_cannot_say_is_listed_with_its_place(tmp_path: Path):
    printed = imported("returns-app", tmp_path / "in").output
    found = {(row["file"], row["line"], row["column"], row["value"]) for row in rows(tmp_path / "in" / "problems.csv")}
    assert found == {
        ("rma-export.csv", "4", "SKU", "CASE-M"),  # two lines at different prices
        ("rma-export.csv", "7", "returnReason", "It ate my homework"),
        ("rma-export.csv", "8", "SKU", "LENS-X"),  # an order of no orders file
        ("rma-export.csv", "9", "", ""),  # a row with a wrong number of fields
    }
    assert '1  returnReason: "It ate my homework" is not among the values of the mapping' in printed


def test_receipts_and_inspection_join_the_line(tmp_path: Path):
    imported("returns-app", tmp_path)
    by_rma = {row["rma_number"]: row for row in rows(tmp_path / "returns.csv") if row["order_line"]}
    both = by_rma["C-9003"]  # two units, a row and a parcel each
    assert (both["quantity_received"], both["received_date"]) == ("2", "2026-03-12")
    assert (both["order_line"], both["reason"], both["requested_date"]) == ("1", "changed_mind", "2026-03-05")
    assert (both["original_box"], both["damage_grade"], both["return_shipping_cost"]) == ("no", "scratch", "6.20")
    waiting = by_rma["C-9008"]  # a blank received_at
    assert (waiting["quantity_received"], waiting["received_date"], waiting["return_shipping_cost"]) == ("", "", "0.00")
    assert (both["their_file"], both["their_line"]) == ("rma-export.csv", "5")


def test_each_problem_holds_its_own_rows_only(tmp_path: Path):
    found = rows(night(tmp_path, "--inbox", MAPPINGS / "returns-app", "--mapping", "returns-app") / "refunds.csv")
    assert {row["rma_number"] for row in found if row["decision"] == "refund"} == {"C-9001", "C-9003", "C-9004"}
    # 3 lenses at 100.00 less 30.00: share of 2 is 180.00, tax of 2 is 14.40; less 6.20, 15 % restocking, 10 % scratch
    lens = next(row for row in found if row["rma_number"] == "C-9003")
    assert (lens["merchandise"], lens["tax"], lens["net_refund"]) == ("180.00", "14.40", "143.20")


def test_woocommerce_lines_tie_to_their_totals(tmp_path: Path):
    imported("woocommerce-orders", tmp_path)
    lens, propeller, unpaid, odd = rows(tmp_path / "orders.csv")
    assert (lens["quantity"], lens["unit_price"], lens["line_discount"]) == ("3", "33.34", "5.02")  # 100.02 - 5.02 = 95
    assert (propeller["unit_price"], propeller["line_discount"], propeller["item_type"]) == (
        "10.00",
        "0.00",
        "accessory",
    )
    assert (lens["picked_up_date"], lens["delivered_date"], lens["outbound_shipping_cost"]) == (
        "2026-02-21", "2026-02-26", "10.30"
    )  # fmt: skip
    assert "status" in unpaid["quantity"] and unpaid["outbound_shipping_cost"] == "0.00"
    assert '"80.005" is not an amount' in odd["unit_price"]
    assert (odd["sku"], odd["refunded_amount"], lens["their_line"], propeller["their_line"]) == (
        "no-sku", "80.00", "2", "4"
    )  # fmt: skip


def test_a_file_that_no_mapping_knows_stops_the_import_and_nothing_is_written(tmp_path: Path):
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "returns.csv").write_text("RMA,Order\n", encoding="utf-8")
    result = ran("import", "--mapping", "returns-app", "--in", exports, "--out", tmp_path / "inbox")
    assert result.exit_code == 65
    assert "returns.csv line 1: this header is of no file that the mapping knows" in result.output
    assert not (tmp_path / "inbox").exists()


def test_without_orders_the_import_says_what_is_missing(tmp_path: Path):
    exports = tmp_path / "exports"
    exports.mkdir()
    export = MAPPINGS / "returns-app" / "rma-export.csv"
    (exports / "rma.csv").write_bytes(export.read_bytes())
    result = ran("import", "--mapping", "returns-app", "--in", exports, "--out", tmp_path / "inbox")
    assert result.exit_code == 66
    assert "no file becomes orders by the mapping returns-app; put the export into the folder" in result.output


def test_an_inbox_with_an_old_file_is_refused(tmp_path: Path):
    (tmp_path / "orders-old.csv").write_text("", encoding="utf-8")
    result = ran("import", "--mapping", "returns-app", "--in", MAPPINGS / "returns-app", "--out", tmp_path)
    assert result.exit_code == 65
    assert "orders-old.csv: the night would read it beside what is imported; take it away" in result.output


def test_the_exports_are_not_written_over():
    folder = MAPPINGS / "returns-app"
    result = ran("import", "--mapping", "returns-app", "--in", folder, "--out", folder)
    assert result.exit_code == 2
    assert "the exports lie in it" in result.output


def test_a_mapping_needs_an_inbox(tmp_path: Path):
    files = ["--orders", tmp_path / "o.csv", "--returns", tmp_path / "r.csv"]
    result = ran("nightly", "--mapping", "returns-app", *files, "--policy", POLICY, "--out", tmp_path)
    assert result.exit_code == 2
    assert "--mapping goes with --inbox" in " ".join(result.output.split())


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_an_export_called_as_the_shop_calls_it_is_read_in_the_encoding_of_its_mapping(encoding: str, tmp_path: Path):
    # orders_export.csv is called like one of ours: it was refused as no UTF-8 before the mapping was asked.
    exports = tmp_path / "exports"
    exports.mkdir()
    for path in (MAPPINGS / "shopify-orders").iterdir():
        (exports / path.name).write_bytes(path.read_bytes())
    export = exports / "orders_export.csv"
    export.write_bytes(export.read_text(encoding="utf-8").replace("Elm", "Ülm").encode(encoding))
    shipped = (ROOT / "refund_calc" / "inputs" / "mappings" / "shopify-orders.toml").read_text(encoding="utf-8")
    told = shipped.replace('reader = "shopify"', f'reader = "shopify"\nencoding = "{encoding}"')
    (tmp_path / "shop.toml").write_text(told, encoding="utf-8")
    refused = ran("import", "--mapping", "shopify-orders", "--in", exports, "--out", tmp_path / "none")
    assert refused.exit_code == 65
    assert "or write its `encoding` into the mapping" in refused.output
    # Beside a mapping of UTF-8 files, before it and after it.
    for at, names in enumerate([("returns-app", tmp_path / "shop.toml"), (tmp_path / "shop.toml", "returns-app")]):
        mappings = [argument for name in names for argument in ("--mapping", name)]
        done = ran("import", *mappings, "--in", exports, "--out", tmp_path / f"{at}")
        assert done.exit_code == 0, done.output
        assert len(rows(tmp_path / f"{at}" / "orders.csv")) == 11


def test_a_shop_can_look_at_its_orders_before_it_has_a_file_of_returns(tmp_path: Path):
    exports = tmp_path / "exports"
    exports.mkdir()
    export = MAPPINGS / "shopify-orders" / "orders_export.csv"
    (exports / export.name).write_bytes(export.read_bytes())
    done = ran("import", "--mapping", "shopify-orders", "--in", exports, "--out", tmp_path / "inbox")
    assert done.exit_code == 0, done.output
    assert "No file becomes returns" in done.output
    assert sorted(path.name for path in (tmp_path / "inbox").iterdir()) == ["orders.csv", "problems.csv"]
    night = ran("nightly", "--inbox", tmp_path / "inbox", "--policy", POLICY, "--as-of", "2026-03-16", "--dry-run")
    assert night.exit_code != 0


def test_a_sku_on_two_lines_is_answered_as_its_message_says(tmp_path: Path):
    # "name the order line in the export" did not work: the mapping reads no such column.
    imported("returns-app", tmp_path / "inbox")
    path = tmp_path / "inbox" / "returns.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    header, at = (
        next(csv.reader(lines)),
        next(at for at, text in enumerate(lines) if "write into the returns.csv" in text),
    )
    row = dict(zip(header, next(csv.reader([lines[at]])), strict=True))
    answered = {name: "1" if "different prices" in cell else cell for name, cell in row.items()} | {"order_line": "2"}
    lines[at] = ",".join(answered.values()) + "\n"
    path.write_text("".join(lines), encoding="utf-8")
    exceptions = rows(night(tmp_path / "out", "--inbox", tmp_path / "inbox") / "exceptions.csv")
    assert not [one for one in exceptions if one["rma_number"] == row["rma_number"] and one["code"] == "invalid-value"]


def test_returns_by_telephone_beside_those_of_the_app_are_decided_in_the_same_night(tmp_path: Path):
    """Imported or read directly; and a row that the import wrote already is no second return."""
    folder = tmp_path / "exports"
    folder.mkdir()
    for path in (MAPPINGS / "returns-app").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    imported("returns-app", tmp_path / "alone")
    before = rows(night(tmp_path / "before", "--inbox", folder, "--mapping", "returns-app") / "refunds.csv")
    header, first, *_ = (tmp_path / "alone" / "returns.csv").read_text(encoding="utf-8").splitlines()
    called = first.replace(first.split(",")[0], "CALLED-1")
    (folder / "returns-by-phone.csv").write_text(f"{header}\n{first}\n{called}\n", encoding="utf-8")

    assert ran("import", "--mapping", "returns-app", "--in", folder, "--out", tmp_path / "inbox").exit_code == 0
    one = night(tmp_path / "one", "--inbox", folder, "--mapping", "returns-app")
    other = night(tmp_path / "other", "--inbox", tmp_path / "inbox")
    assert (one / "refunds.csv").read_bytes() == (other / "refunds.csv").read_bytes()
    found = rows(one / "refunds.csv")
    assert [row["decision"] for row in found].count("duplicate") == 1
    assert {row["rma_number"] for row in found} - {row["rma_number"] for row in before} == {"CALLED-1"}
    assert ran("verify", tmp_path / "one").exit_code == 0
