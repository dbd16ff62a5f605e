"""A mapping of one's own from file to rows: encodings, filling down, several files, joined rows that are malformed."""

from pathlib import Path

import pytest

from refund_calc.errors import NoInput
from refund_calc.inputs.contracts import OrderRow, column_names
from refund_calc.inputs.mapping.folder import inputs_of, map_files
from refund_calc.inputs.mapping.mapped import Mapped, typed_table
from refund_calc.inputs.read_tables import read_tables
from refund_calc.runs.bad_cells import check, in_mapped

ROOT = Path(__file__).parents[3]
MINE = """
encoding = "cp1252"
dates = ["DD.MM.YYYY"]
money = "1.234,50"
[sheets.rma]
becomes = "returns"
needs = ["RMA", "Order|Order No"]
fill_down = ["RMA", "Postage"]
fill_within = ["Order"]
[sheets.rma.join.received]
on = { RMA = "return_id", Article = "article" }
[sheets.rma.columns]
rma_number = { from = ["RMA"] }
order_number = { from = ["Order", "Order No"] }
order_line = { position_in = ["RMA"] }
return_type = { value = "return" }
reason = { from = ["Why"], values = { "Größe" = "changed_mind", kaputt = "manufacturing_defect" } }
quantity_requested = { from = ["Pieces"], blank = "1" }
quantity_received = { from = ["pieces"], sheet = "received", of_several = "sum", absent = "0" }
received_date = { from = ["day"], sheet = "received", of_several = "latest" }
requested_date = { from = ["Announced"] }
return_shipping_cost = { from = ["Postage"] }
[sheets.received]
needs = ["return_id", "article", "pieces", "day"]
skip_blank = ["day"]
encoding = "utf-8"
"""
RMA = """RMA;Order;Article;Why;Pieces;Announced;Postage;Customer
R1;1;A;Größe;2;02.03.2026;1.006,20;Jürgen
;1;B;KAPUTT;;02.03.2026;;Jürgen
R2;2;A;other;1;31.02.2026;5,00;Zoë
"""
RECEIVED = "return_id,article,pieces,day\nR1,A,1,09.03.2026\nR1,A,1,11.03.2026\nR1,B,x,10.03.2026\nR2,A\nR2,A,,\n"
NOT_A_NUMBER = 'cannot be mapped: "x" is not a whole number of at most 6 digits'
ORDERS = ",".join(column_names(OrderRow)) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rma.csv").write_bytes(RMA.encode("cp1252"))
    (tmp_path / "received.tsv").write_text(RECEIVED, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(MINE, encoding="utf-8")
    (tmp_path / "notes.md").write_text("not read", encoding="utf-8")
    return tmp_path


def returns(folder: Path) -> Mapped:
    return map_files(inputs_of(folder, [str(folder / "mine.toml")]))["returns"]


def cells(mapped: Mapped, name: str) -> list[str]:
    return mapped.column(name).to_pylist()


def test_rows_are_filled_down_numbered_translated_and_joined(folder: Path):
    mapped = returns(folder)
    assert cells(mapped, "rma_number") == ["R1", "R1", "R2"]
    assert cells(mapped, "order_line") == ["1", "2", "1"]
    assert cells(mapped, "reason")[:2] == ["changed_mind", "manufacturing_defect"]
    assert cells(mapped, "quantity_requested") == ["2", "1", "1"]
    assert cells(mapped, "return_shipping_cost") == ["1006.20", "1006.20", "5.00"]
    assert cells(mapped, "requested_date")[0] == "2026-03-02"
    assert cells(mapped, "quantity_received") == [
        "2",
        'cannot be mapped: "x" is not a whole number of at most 6 digits',
        "0",
    ]
    assert cells(mapped, "received_date") == ["2026-03-11", "2026-03-10", ""]
    assert mapped.line.tolist() == [2, 3, 4]


def test_each_problem_stands_in_the_file_that_it_came_from(folder: Path):
    assert {(one.file, one.line, one.column, one.value) for one in returns(folder).problems} == {
        ("rma.csv", 4, "Why", "other"),
        ("rma.csv", 4, "Announced", "31.02.2026"),
        ("received.tsv", 4, "pieces", "x"),
    }


def test_a_malformed_row_of_a_joined_file_is_known_and_is_no_row_of_the_returns(folder: Path):
    mapped = returns(folder)
    table = typed_table(mapped, "UTC")
    assert [(mapped.sources[file].name, row.line) for file, row in table.malformed] == [("received.tsv", 5)]
    assert (table.malformed_rows, sum(source.rows for source in table.files), len(table.line)) == (0, 3, 3)


def test_every_file_that_was_read_and_the_mapping_are_sources(folder: Path):
    inputs = inputs_of(folder, [str(folder / "mine.toml")])
    tables = read_tables(inputs, "UTC")
    told = {(source.kind, source.name, source.beside) for table in tables.values() for source in table.sources}
    assert told == {
        ("orders", "orders.csv", False),
        ("returns", "rma.csv", False),
        ("received", "received.tsv", True),
        ("mapping", "mine.toml", True),
    }


def test_several_files_of_one_kind_are_one(folder: Path):
    more = RMA.splitlines()[0] + "\nR3;3;C;kaputt;1;05.03.2026;4,10;X\n"
    (folder / "rma-2.csv").write_bytes(more.encode("cp1252"))
    mapped = returns(folder)
    assert cells(mapped, "rma_number") == ["R3", "R1", "R1", "R2"]  # files by name
    assert [mapped.sources[file].name for file in mapped.file] == ["rma-2.csv", "rma.csv", "rma.csv", "rma.csv"]


def test_rows_are_numbered_file_by_file_so_that_exports_may_overlap(folder: Path):
    """Numbered on and on, the second export would give the return lines that nobody ordered."""
    (folder / "rma-2.csv").write_bytes(RMA.encode("cp1252"))
    assert cells(returns(folder), "order_line") == ["1", "2", "1"] * 2


def test_returns_in_our_own_columns_stand_beside_those_of_the_mapping(folder: Path):
    """Some customers use the app, some call: both are returns of one night."""
    own = ROOT / "data" / "mappings" / "woocommerce-orders" / "returns.csv"
    (folder / "returns.csv").write_bytes(own.read_bytes())
    mapped = returns(folder)
    assert cells(mapped, "rma_number") == ["R1", "R1", "R2", "W-1", "W-2", "W-3"]
    names = [mapped.sources[file].name for file in mapped.file]
    assert (names, mapped.line.tolist()) == (["rma.csv"] * 3 + ["returns.csv"] * 3, [2, 3, 4, 2, 3, 4])
    table = read_tables(inputs_of(folder, [str(folder / "mine.toml")]), "UTC")["returns"]
    assert [(source.name, source.rows) for source in table.files] == [("rma.csv", 3), ("returns.csv", 3)]


def test_a_bad_cell_in_our_own_columns_beside_a_mapping_is_told_once_and_with_its_file(folder: Path):
    own = ROOT / "data" / "mappings" / "woocommerce-orders" / "returns.csv"
    (folder / "returns.csv").write_text(own.read_text().replace("changed_mind", "faulty", 1), encoding="utf-8")
    found = check(inputs_of(folder, [str(folder / "mine.toml")]), ROOT / "data" / "policy").problems
    assert [(one.file, one.line, one.column, one.value) for one in found if one.value == "faulty"] == [
        ("returns.csv", 2, "reason", "faulty")
    ]


def test_an_empty_export_is_no_error_and_a_missing_one_is(folder: Path):
    (folder / "rma.csv").write_text(RMA.splitlines()[0] + "\n", encoding="utf-8")
    assert len(returns(folder).line) == 0
    assert len(typed_table(returns(folder), "UTC").line) == 0
    (folder / "rma.csv").unlink()
    with pytest.raises(NoInput, match="no file becomes returns by the mapping mine"):
        returns(folder)


def test_a_reason_never_stands_in_a_text_that_nothing_would_hold(folder: Path):
    text = MINE.replace(
        "[sheets.received]", 'damage_grade = { from = ["grade"], sheet = "received" }\n[sheets.received]'
    )
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    grades = "return_id,article,pieces,day,grade\nR1,A,1,09.03.2026,dent\nR1,A,1,09.03.2026,crack\n"
    (folder / "received.tsv").write_text(grades, encoding="utf-8")
    mapped = returns(folder)
    assert cells(mapped, "damage_grade") == ["", "", ""]
    reason = "cannot be mapped: rows of the joined file give different values of damage_grade; keep one of them"
    assert cells(mapped, "quantity_requested") == [reason, "1", "1"]
    told = [(one.file, one.line, one.column, one.fault) for one in in_mapped(mapped, "UTC") if one.line == 2]
    assert told == [("rma.csv", 2, "quantity_requested", reason.removeprefix("cannot be mapped: "))]
