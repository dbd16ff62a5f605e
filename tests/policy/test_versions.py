"""Policy files read and refused as files, and the version that is in force on a day (rulebook 2, CT-4)."""

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from refund_calc.policy.versions import Policy, PolicyError, PolicySet, load_policies
from tests.policy.files import DEFAULT, DEFAULT_FILE, Load, Refusal, edited, only, versioned

EPOCH = date(1970, 1, 1)


# --- Files that are read --------------------------------------------------------------------------------------


def test_a_policy_knows_its_file_and_the_hash_of_its_bytes(default: Policy) -> None:
    assert default.file_name == "2024-01.toml"
    assert default.sha256 == hashlib.sha256(DEFAULT_FILE.read_bytes()).hexdigest()


def test_a_single_file_works_as_well_as_a_folder(default: Policy) -> None:
    assert load_policies(DEFAULT_FILE).versions == (default,)


def test_other_and_hidden_files_in_the_folder_are_left_alone(load: Load, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("not a policy")
    (tmp_path / "._2024-01.toml").write_bytes(b"\x00\x05\x16\x07")  # a Mac leaves such files on shares
    assert len(load(DEFAULT).versions) == 1


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path, default: Policy) -> None:
    (tmp_path / "2024-01.toml").write_bytes(b"\xef\xbb\xbf" + DEFAULT.replace("\n", "\r\n").encode())
    assert only(load_policies(tmp_path)).accounts == default.accounts


# --- Files that cannot be read -------------------------------------------------------------------------------


def test_a_toml_error_is_named_with_its_line(refusal: Refusal) -> None:
    line_of = DEFAULT[: DEFAULT.index("window_days")].count("\n") + 1
    line = refusal(edited(("window_days = 30", "window_days 30")))
    assert line == (
        f"2024-01.toml line {line_of}: not valid TOML: Expected '=' after a key in a key/value pair; "
        "correct it there or just before"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('version = "a"\nversion = "b"\n', "2024-01.toml line 2: not valid TOML: Cannot overwrite a value; "),
        ("version = [1,\n\n", "2024-01.toml line 1: not valid TOML: Invalid value; "),
        (
            "\neffective_from = 2024-02-30\n",
            "2024-01.toml line 2: not valid TOML: Invalid date or datetime; ",
        ),
        ("a = " + "[" * 5000, "2024-01.toml line 1: not valid TOML: maximum recursion depth exceeded"),
        ("a = " + "9" * 5000, "2024-01.toml line 1: not valid TOML: Exceeds the limit"),
    ],
    ids=["key twice", "unclosed", "no such day", "too deep", "too long"],
)
def test_whatever_toml_cannot_read_is_one_line(refusal: Refusal, text: str, line: str) -> None:
    assert refusal(text).startswith(line)


def test_an_empty_file_lacks_its_first_key(refusal: Refusal) -> None:
    assert refusal("").startswith("2024-01.toml, version: missing; ")


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "2024-01.toml").write_bytes('version = "a"\nname = "Rückgabe"\n'.encode("latin-1"))
    with pytest.raises(PolicyError, match=r"^2024-01.toml line 2: not UTF-8; save the file as UTF-8$"):
        load_policies(tmp_path)


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="nowhere: no such file or folder; name the folder that holds "):
        load_policies(tmp_path / "nowhere")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="is empty; put one file per policy version there"):
        load_policies(tmp_path)


def test_a_folder_without_toml_files(tmp_path: Path) -> None:
    (tmp_path / "2024-01.yaml").write_text("version: 2024-01")
    with pytest.raises(PolicyError, match=r"holds no \.toml file; put one file per policy version there"):
        load_policies(tmp_path)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "2024-01.toml").mkdir()
    with pytest.raises(PolicyError, match=r"2024-01\.toml: cannot be read \("):
        load_policies(tmp_path)


def test_a_file_in_the_place_of_a_folder_on_the_way(tmp_path: Path) -> None:
    (tmp_path / "policy").write_text("")
    with pytest.raises(PolicyError, match=r"2024-01\.toml: cannot be read "):
        load_policies(tmp_path / "policy" / "2024-01.toml")


# --- Versions together ---------------------------------------------------------------------------------------


def test_versions_are_sorted_by_the_day_they_take_effect_not_by_file(load: Load) -> None:
    policies = load(versioned("later", "2026-07-01"), versioned("first", "2024-01-01"))
    assert [policy.version for policy in policies.versions] == ["first", "later"]
    assert (policies.time_zone, policies.currency) == ("America/Los_Angeles", "USD")


@pytest.mark.parametrize(
    ("second", "line"),
    [
        (
            versioned("2024-01", "2026-07-01"),
            'version: "2024-01" stands in 2024-01.toml too; each version needs its own',
        ),
        (
            versioned("2026-07", "2024-01-01"),
            "effective_from: 2024-01-01 stands in 2024-01.toml too; each version needs its own",
        ),
        (
            versioned("2026-07", "2026-07-01", ('"America/Los_Angeles"', '"America/New_York"')),
            (
                'time_zone: "America/New_York" differs from "America/Los_Angeles" in 2024-01.toml; '
                "all versions must have the same"
            ),
        ),
        (
            versioned("2026-07", "2026-07-01", ('"USD"', '"EUR"')),
            'currency: "EUR" differs from "USD" in 2024-01.toml; all versions must have the same',
        ),
    ],
    ids=["version", "effective_from", "time_zone", "currency"],
)
def test_versions_must_differ_in_name_and_day_and_agree_on_zone_and_currency(
    refusal: Refusal, second: str, line: str
) -> None:
    assert refusal(DEFAULT, second) == f"2026-07.toml, {line}"


def test_of_two_bad_files_the_first_by_name_is_named_however_the_folder_lists_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ["2024-01.toml", "2026-07.toml"]:
        (tmp_path / name).write_text("")
    backwards = [tmp_path / "2026-07.toml", tmp_path / "2024-01.toml"]
    monkeypatch.setattr(Path, "iterdir", lambda _folder: iter(backwards))
    with pytest.raises(PolicyError, match=r"^2024-01\.toml, version: missing"):
        load_policies(tmp_path)


def test_an_error_in_the_second_file_names_the_second_file(refusal: Refusal) -> None:
    second = versioned("2026-07", "2026-07-01", ("window_days = 30", "window_days = -1"))
    assert refusal(DEFAULT, second).startswith("2026-07.toml, coverage.window_days: -1 is below 0")


@pytest.fixture
def two(load: Load) -> PolicySet:
    return load(DEFAULT, versioned("2026-07", "2026-07-01", ("window_days = 30", "window_days = 45")))


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2024, 1, 1), "2024-01"),
        (date(2026, 6, 30), "2024-01"),
        (date(2026, 7, 1), "2026-07"),
        (date(2026, 7, 2), "2026-07"),
        (date(2099, 12, 31), "2026-07"),
    ],
)
def test_a_version_is_in_force_from_its_day_to_the_day_before_the_next(two: PolicySet, day: date, version: str) -> None:
    assert two.in_force(day).version == version


def test_the_day_before_the_first_version_has_none_in_force(two: PolicySet) -> None:
    with pytest.raises(PolicyError) as refused:
        two.in_force(date(2023, 12, 31))
    assert str(refused.value) == (
        "2024-01.toml, effective_from: the first version takes effect on 2024-01-01, so none is in force on "
        "2023-12-31; add the version that was, or run a later night"
    )


def test_each_order_gets_the_version_of_its_day_or_none_before_the_first(two: PolicySet) -> None:
    ordered = [date(2026, 7, 1), date(2023, 12, 31), date(2026, 6, 30), date(2024, 1, 1), date(2030, 1, 1)]
    days = np.array([(day - EPOCH).days for day in ordered], dtype=np.int64)
    found = two.version_on(days)
    assert found.tolist() == [1, -1, 0, 0, 1]
    assert found.dtype == np.int64


def test_no_orders_need_no_version(two: PolicySet) -> None:
    assert two.version_on(np.array([], dtype=np.int64)).tolist() == []
