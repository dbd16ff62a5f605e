"""A mapping file is read strictly, and what is wrong with it is told in one line that says what to write."""

import tomllib
from pathlib import Path

import pytest

from refund_calc.errors import BadPolicy
from refund_calc.inputs.mapping.rules import load_mapping, shipped

GOOD = """
[sheets.returns]
becomes = "returns"
needs = ["RMA", "Order|Order Number"]
[sheets.returns.join.receipts]
on = { RMA = "return_id" }
[sheets.returns.columns]
rma_number = { from = ["RMA"] }
quantity_received = { from = ["qty"], sheet = "receipts", of_several = "sum" }
order_number = { from = ["Order", "Order Number"] }
order_line = { from = ["line"] }
return_type = { value = "return" }
quantity_requested = { value = "1" }
requested_date = { from = ["day"] }
return_shipping_cost = { value = "0.00" }
reason = { from = ["Why"], values = { "Doesn't work" = "manufacturing_defect" } }
[sheets.receipts]
needs = ["return_id", "qty"]
"""


def refusal(tmp_path: Path, old: str, new: str) -> str:
    assert old in GOOD
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(BadPolicy) as stopped:
        load_mapping(str(path))
    assert stopped.value.exit_code == 78
    assert "\n" not in str(stopped.value)
    return str(stopped.value)


def test_the_shipped_mappings_can_be_read():
    assert {"amazon-fba-returns", "returns-app", "woocommerce-orders"} <= set(shipped())
    for name in shipped():
        assert load_mapping(name).rules.about


def test_a_file_is_read_by_its_path_and_only_what_it_names_is_wanted(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    mapping = load_mapping(str(path))
    assert mapping.name == "mine"
    assert {kind.name: kind.wanted for kind in mapping.kinds} == {
        "returns": {"rma", "why", "order", "order number", "line", "day"}, "receipts": {"return_id", "qty"}
    }  # fmt: skip
    assert mapping.kinds[0].needs == (("RMA",), ("Order", "Order Number"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("becomes", "become", 'mine.toml, sheets.returns.become: unknown key; did you mean becomes?'),
        ('"returns"\n', '"payouts"\n', 'sheets.returns.becomes: "payouts" is not one of these; write orders'),
        ('from = ["RMA"]', 'from = "RMA"', 'sheets.returns.columns.rma_number.from: "RMA" is text; write a list'),
        ('from = ["RMA"]', 'form = ["RMA"]', "sheets.returns.columns.rma_number.form: unknown key; did you mean from?"),
        ('{ from = ["RMA"] }', "{}", "needs exactly one of from, value, position_in and by_sku"),
        ('{ from = ["RMA"] }', '{ from = ["RMA"], split_by = ["x"] }', "needs from, split_within and split_by"),
        ('{ from = ["RMA"] }', '{ from = ["RMA"], split_within = ["x"], split_by = ["x"] }', "and only amounts are"),
        ("[sheets.receipts]", "[sheets.receipts]\nheader_within = 0", "header_within: 0 is below 1; write"),
        ("rma_number", "rma_numbers", "is no column of returns; did you mean rma_number?"),
        ("manufacturing_defect", "broken", 'columns.reason.values.Doesn\'t work: "broken" is not one of'),
        ('sheet = "receipts"', 'sheet = "receipt"', 'there is no join "receipt"; add the section ['),
        ("[sheets.receipts]", "[sheets.parcels]", 'there is no sheet "receipts"; add the section [sheets.receipts]'),
        ('"sum"', '"mean"', 'of_several: "mean" is not one of these; write same, sum, earliest or latest in quotes'),
        ("\n[sheets.returns]", '\nencoding = "utf-9"\n[sheets.returns]', '"utf-9" is no known encoding of text'),
        ("\n[sheets.returns]", '\ndates = ["DD/MONTH"]\n[sheets.returns]', "\"DD/MONTH\" is no form of a date"),
        ("\n[sheets.returns]", '\nmoney = "1.50"\n[sheets.returns]', "write one of 1234.50"),
        ('return_type = { value = "return" }', "", "returns.columns.return_type: missing; say where it comes from"),
        ("[sheets.returns]", "[sheets.returns", "not valid TOML"),
        ('needs = ["return_id", "qty"]', "", "sheets.receipts.needs: missing; write a list of headers"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_key_and_what_to_write(tmp_path: Path, old: str, new: str, said: str):
    assert said in refusal(tmp_path, old, new)


def test_a_mapping_that_is_not_there_names_the_nearest_that_is():
    with pytest.raises(BadPolicy, match=r"no such file, nor a shipped mapping; did you mean returns-app\?"):
        load_mapping("return-app")
    with pytest.raises(BadPolicy, match="shipped are amazon-fba-returns, "):
        load_mapping("xyz")


def test_the_shipped_mappings_are_part_of_the_package():
    root = Path(__file__).parents[3]
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["refund_calc"]
    found = {path.stem for pattern in patterns for path in (root / "refund_calc").glob(pattern)}
    assert set(shipped()) <= found
