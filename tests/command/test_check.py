"""refund-calc check: everything tonight would choke on, with its place and what to write; nothing is decided."""

import csv
from pathlib import Path

from click.testing import CliRunner, Result

from jobs.cli import group
from tests.command.test_import import MAPPINGS, POLICY, ROOT

SAMPLE = ROOT / "data" / "sample"


def check(*arguments: object) -> Result:
    return CliRunner().invoke(group, ["check", *map(str, arguments)])


def copied(folder: Path) -> Path:
    """The WooCommerce example's returns, and orders in our own columns."""
    (folder / "returns.csv").write_bytes((MAPPINGS / "woocommerce-orders" / "returns.csv").read_bytes())
    (folder / "orders.csv").write_bytes((MAPPINGS / "returns-app" / "orders.csv").read_bytes())
    return folder


def listed(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_where_nothing_is_wrong_it_says_so(tmp_path: Path):
    result = check("--inbox", copied(tmp_path), "--policy", POLICY)
    assert (result.exit_code, result.output) == (0, "Nothing found: tonight can read every cell\n")


def test_every_bad_cell_and_row_of_all_files_is_listed_with_what_to_write(tmp_path: Path):
    inbox = copied(tmp_path)
    returns, orders = inbox / "returns.csv", inbox / "orders.csv"
    text = returns.read_text(encoding="utf-8")
    returns.write_text(text.replace("changed_mind,2,2", "faulty,2,3").replace("W-3", "W-3,more"), encoding="utf-8")
    orders.write_text(orders.read_text(encoding="utf-8").replace("399.00", "$399"), encoding="utf-8")
    result = check("--inbox", inbox, "--policy", POLICY, "-o", tmp_path / "list.csv")
    assert result.exit_code == 65
    assert "4 problems found; correct them and check again" in result.output
    assert [tuple(row.values()) for row in listed(tmp_path / "list.csv")] == [
        ("orders.csv", "2", "unit_price", "$399",
         "is not an amount such as 12.34 (digits, at most two decimals, never negative); write an amount such as "
         "12.34"),
        ("returns.csv", "2", "reason", "faulty",
         "is not one of manufacturing_defect, damaged_on_arrival, wrong_item, changed_mind, other; write one of these"),
        ("returns.csv", "2", "quantity_received", "3",
         "is more than quantity_requested; write a whole number of at least 0"),
        ("returns.csv", "4", "", "", "22 fields, the header has 21; correct the row (a stray delimiter or quote?)"),
    ]  # fmt: skip
    assert sorted(path.name for path in inbox.iterdir()) == ["list.csv", "orders.csv", "returns.csv"]


def test_rows_that_contradict_each_other_are_listed(tmp_path: Path):
    inbox = copied(tmp_path)
    orders, returns = inbox / "orders.csv", inbox / "returns.csv"
    header, first, *_ = returns.read_text(encoding="utf-8").splitlines()
    lens, case = first.replace(",3001,41,", ",#2003,1,"), first.replace(",3001,41,", ",#2001,1,").replace("W-1", "W-9")
    returns.write_text("\n".join([header, lens, lens.replace(",2,2,", ",2,1,"), case, ""]), encoding="utf-8")
    orders.write_text(orders.read_text(encoding="utf-8").replace("399.00,0.00", "399.00,500.00"), encoding="utf-8")
    result = check("--inbox", inbox, "--policy", POLICY, "-o", tmp_path / "list.csv")
    assert result.exit_code == 65
    found = [
        (row["file"], row["line"], row["column"], row["problem"].split(";")[0]) for row in listed(tmp_path / "list.csv")
    ]
    twice = "this RMA, order and line stands more than once tonight: quantity_received"
    assert [(file, line) for file, line, *_ in found] == [
        ("returns.csv", "2"),
        ("returns.csv", "3"),
        ("orders.csv", "2"),
    ]
    assert all(said.startswith(twice) for *_, said in found[:2])
    assert 'line_discount: "500.00" is more than unit_price x quantity' in found[2][3]


def test_what_is_written_instead_is_accepted(tmp_path: Path):
    inbox = copied(tmp_path)
    orders = inbox / "orders.csv"
    good = orders.read_text(encoding="utf-8")
    orders.write_text(good.replace("399.00", "$399"), encoding="utf-8")
    assert check("--inbox", inbox, "--policy", POLICY).exit_code == 65
    orders.write_text(good.replace("399.00", "12.34"), encoding="utf-8")
    assert check("--inbox", inbox, "--policy", POLICY).exit_code == 0


def test_files_and_a_policy_that_would_stop_the_night_are_listed_together(tmp_path: Path):
    inbox = copied(tmp_path)
    (inbox / "orders.csv").write_text("order_number,order_line\n", encoding="utf-8")
    (inbox / "resolutions.csv").write_bytes(b"\xff\n")
    policy = tmp_path / "p.toml"
    policy.write_text('version = "1"\n', encoding="utf-8")
    result = check("--inbox", inbox, "--policy", policy, "-o", tmp_path / "list.csv")
    assert result.exit_code == 65
    found = [(row["file"], row["problem"]) for row in listed(tmp_path / "list.csv")]
    assert [name for name, _ in found] == ["policy", "orders.csv", "resolutions.csv"]
    assert "p.toml" in found[0][1] and "required columns missing" in found[1][1] and "is not UTF-8" in found[2][1]


def test_an_inbox_without_returns_is_told(tmp_path: Path):
    inbox = copied(tmp_path)
    (inbox / "returns.csv").unlink()
    result = check("--inbox", inbox, "--policy", POLICY)
    assert result.exit_code == 65 and "no returns*.csv to read" in result.output


def test_exports_are_checked_by_their_mapping_in_their_own_words():
    result = check("--inbox", MAPPINGS / "returns-app", "--mapping", "returns-app", "--policy", POLICY)
    assert result.exit_code == 65
    line = next(line for line in result.output.splitlines() if "homework" in line)
    assert line.split()[:3] == ["rma-export.csv", "7", "returnReason"]


def test_what_the_import_could_not_map_is_listed_as_the_night_holds_it(tmp_path: Path):
    inbox = tmp_path / "inbox"
    exports = MAPPINGS / "returns-app"
    import_ = ["import", "--mapping", "returns-app", "--in", str(exports), "--out", str(inbox)]
    assert CliRunner().invoke(group, import_).exit_code == 0
    result = check("--inbox", inbox, "--policy", POLICY, "-o", tmp_path / "list.csv")
    assert result.exit_code == 65
    rows = listed(tmp_path / "list.csv")
    assert [(row["file"], row["line"], row["column"], row["problem"][:30]) for row in rows] == [
        ("returns.csv", "3", "quantity_requested", 'the order has lines with SKU "'),
        ("returns.csv", "6", "reason", '"It ate my homework" is not am'),
        ("returns.csv", "7", "quantity_requested", 'no orders file has order "#299'),
        ("returns.csv", "9", "", "1 fields, the header has 23; c"),
    ]


def test_the_table_is_short_and_says_that_there_is_more(tmp_path: Path):
    inbox = copied(tmp_path)
    text = (inbox / "returns.csv").read_text(encoding="utf-8").splitlines()
    bad = [text[1].replace("W-1", f"W-{n}").replace("changed_mind", "?") for n in range(60)]
    (inbox / "returns.csv").write_text("\n".join([text[0], *bad]) + "\n", encoding="utf-8")
    result = check("--inbox", inbox, "--policy", POLICY)
    assert "and 10 more; -o FILE writes them all" in result.output


def test_a_folder_that_is_not_there_has_its_exit_code(tmp_path: Path):
    assert check("--inbox", tmp_path / "none", "--policy", POLICY).exit_code == 66
    assert check("--inbox", tmp_path / "none", "--mapping", "returns-app", "--policy", POLICY).exit_code == 66


def test_what_a_mapping_left_out_is_told_with_its_count_and_is_no_problem():
    folder = MAPPINGS / "shopify-orders"
    result = check("--inbox", folder, "--mapping", "shopify-orders", "--policy", POLICY)
    assert "orders_export.csv line 4, Lineitem name: lines that are no goods" in result.output
    assert "not_goods" not in result.output.partition("file  ")[2]
