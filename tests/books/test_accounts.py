"""`--accounts FILE`: the target's names of our accounts, and every slip in such a file told with the way out."""

from pathlib import Path

import pytest

from refund_calc.books.accounts import KINDS, Account, Settings
from refund_calc.books.export import export, target_names
from refund_calc.books.formats import FORMATS
from refund_calc.errors import BadData, NoInput
from refund_calc.policy.versions import Accounts
from tests.books import month
from tests.books.read_back import READ_BACK, rows
from tests.books.test_all_formats import each_format, exported, period

MAPPED = {
    "beancount": ("Income:Returns", "Liabilities:Owed"),
    "hledger": ("income:returns here", "liabilities:owed"),
    "quickbooks": ("Sales:Returns", "Owed"),
    "xero": ("R-200", "850"),
    "netsuite": ("Income : Returns", "Owed"),
    "intacct": ("40000", "20100"),
}


def accounts(folder: Path, text: str) -> Path:
    path = folder / "accounts.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refuses(name: str, path: Path, *words: str) -> None:
    with pytest.raises(BadData) as told:
        export(FORMATS[name], period(), path)
    for word in words:
        assert word in str(told.value)


@each_format
def test_accounts_have_the_targets_names(name: str, tmp_path: Path) -> None:
    returns, payable = MAPPED[name]
    path = accounts(tmp_path, f'[accounts]\n"4910" = "{returns}"\n"2150" = "{payable}"\n')
    found = month.by_account(READ_BACK[name](exported(name, accounts=path).files))
    totals = month.by_account(month.ledgers())
    assert found[returns] == totals["4910"] and found[payable] == totals["2150"]
    assert len(found) == len(totals)


@each_format
def test_two_accounts_under_one_name_are_one_row_of_a_summary(name: str, tmp_path: Path) -> None:
    one, _ = MAPPED[name]
    path = accounts(tmp_path, f'[accounts]\n"4910" = "{one}"\n"4920" = "{one}"\n"4930" = "{one}"\n')
    lines = READ_BACK[name](exported(name, accounts=path, in_summary=True).files)
    days = month.by_date(month.ledgers())
    for (day, _), posted in lines.items():
        assert posted.get(one, 0) == sum(days[day].get(code, 0) for code in ("4910", "4920", "4930"))


@pytest.mark.parametrize(
    ("name", "bad", "words"),
    [
        ("beancount", "Income:Sales & more", "capital or digit"),
        ("beancount", "Income:returns", "such as Income:Returns"),
        ("beancount", "Sales:Returns", "Assets, Liabilities, Income, Expenses"),
        ("hledger", "income:a;b", "without ;"),
        ("hledger", "income:a  b", "two spaces"),
        ("quickbooks", "4910", "not its number"),
        ("quickbooks", "Sales: Returns", "Parent:Sub"),
        ("quickbooks", "x" * 101, "at most 100"),
        ("xero", "x" * 11, "at most 10"),
        ("intacct", "x" * 25, "at most 24"),
    ],
)
def test_a_name_that_the_target_cannot_take(name: str, bad: str, words: str, tmp_path: Path) -> None:
    refuses(name, accounts(tmp_path, f'[accounts]\n"4910" = "{bad}"\n'), 'accounts.toml, accounts."4910"', bad, words)


def test_a_quotation_mark_is_told_before_quickbooks_refuses_the_import(tmp_path: Path) -> None:
    path = accounts(tmp_path, """[accounts]\n"4910" = 'Returns "B"'\n""")
    refuses("quickbooks", path, 'accounts.toml, accounts."4910"', "no quotation mark")


def test_a_beancount_account_below_another(tmp_path: Path) -> None:
    text = '[accounts]\n"4910" = "Income:Returns"\n"4920" = "Income:Returns:Fees"\n'
    refuses("beancount", accounts(tmp_path, text), "Income:Returns:Fees stands below Income:Returns")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[account]\n"4910" = "x"', "accounts.toml, account: unknown key; did you mean accounts?"),
        ('[accounts]\n"4901" = "x"', 'no ledger has an account "4901"; there are 1090, 2150, '),
        ('[accounts]\n"4910" = ""', "accounts.4910: '' is not a name"),
        ('[accounts]\n"4910" = 12', "accounts.4910: 12 is not a name"),
        ('accounts = "x"', "accounts: it is not a table"),
        ('date_format = "DMY"', "MM/DD/YYYY, DD/MM/YYYY, YYYY-MM-DD"),
        ('[columns]\n"Account Name" = "x"', "columns.Account Name: the entries fill this column"),
        ("[accounts", "it is not TOML"),
    ],
)
def test_a_slip_in_the_file(text: str, words: str, tmp_path: Path) -> None:
    refuses("quickbooks", accounts(tmp_path, text), words)


@pytest.mark.parametrize("text", ['date_format = "MM/DD/YYYY"', '[columns]\nA = "x"'])
@pytest.mark.parametrize("name", ["beancount", "hledger"])
def test_columns_where_there_are_none(name: str, text: str, tmp_path: Path) -> None:
    refuses(name, accounts(tmp_path, text), f"{name} is no CSV file")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoInput, match="check --accounts"):
        export(FORMATS["xero"], period(), tmp_path / "none.toml")


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "accounts.toml").write_bytes(b'[accounts]\n"4910" = "R\xe9tours"\n')
    refuses("quickbooks", tmp_path / "accounts.toml", "save it as UTF-8")


def test_constant_columns_and_dates(tmp_path: Path) -> None:
    text = 'date_format = "YYYY-MM-DD"\n[columns]\n"*TaxRate" = "BAS Excluded"\nTracking = "US"\n'
    found = rows(exported("xero", accounts=accounts(tmp_path, text)).files)
    assert {row["*TaxRate"] for row in found} == {"BAS Excluded"} and {row["Tracking"] for row in found} == {"US"}
    assert "2026-04-13" in {row["*Date"] for row in found}
    assert list(found[0]) == ["*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount", "Tracking"]


def test_the_journal_of_intacct(tmp_path: Path) -> None:
    found = rows(exported("intacct", accounts=accounts(tmp_path, '[columns]\nJOURNAL = "RJ"\n')).files)
    assert {row["JOURNAL"] for row in found} == {"RJ", ""}


def test_two_accounts_of_one_name_are_told_apart_by_a_person(tmp_path: Path) -> None:
    twins = [Account(code, "Fees", "income") for code in ("4920", "4930")]
    with pytest.raises(BadData, match='accounts 4920 and 4930 would both be "Fees"; name one of them'):
        target_names(FORMATS["quickbooks"], twins, Settings())
    meant = Settings("a.toml", {"4930": "Fees"})
    assert target_names(FORMATS["quickbooks"], twins, meant) == {"4920": "Fees", "4930": "Fees"}


def test_a_name_of_ours_that_the_target_cannot_take() -> None:
    with pytest.raises(BadData, match=r'account 4920, "12": .*not its number; name it in a file for --accounts'):
        target_names(FORMATS["quickbooks"], [Account("4920", "12", "income")], Settings())


def test_every_account_of_a_policy_has_its_kind() -> None:
    assert set(KINDS) == set(Accounts.model_fields)
