"""Which files a night reads, and in which order (rulebook 3)."""

from pathlib import Path

import pytest

from refund_calc.errors import NoInput
from refund_calc.inputs.inbox import Inputs


def files(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return [folder / name for name in names]


def test_an_inbox_holds_every_file_whose_name_begins_with_its_kind(tmp_path: Path):
    files(tmp_path, "orders.csv", "orders-2.csv", "returns_eu.csv", "resolutions.csv")
    files(tmp_path, "Returns.CSV.bak", "old-orders.csv", "orders.txt", "exceptions.csv")
    inbox = Inputs.of_inbox(tmp_path)
    assert [path.name for path in inbox.orders] == ["orders-2.csv", "orders.csv"]
    assert [path.name for path in inbox.returns] == ["returns_eu.csv"]
    assert [path.name for path in inbox.resolutions] == ["resolutions.csv"]


def test_files_are_read_in_the_order_of_their_names_wherever_they_stand(tmp_path: Path):
    """The order of the arguments, or of folders, decides nothing: the same files give the same night."""
    late = files(tmp_path / "a", "orders-b.csv", "returns.csv")
    early = files(tmp_path / "z", "orders-a.csv", "returns.csv")
    checked = Inputs([late[0], early[0]], [early[1], late[1]]).checked()
    assert list(checked.orders) == [early[0], late[0]]
    assert list(checked.returns) == [late[1], early[1]]
    assert list(checked.resolutions) == []


@pytest.mark.parametrize(
    ("held", "missing"), [(["returns.csv"], "orders"), (["orders.csv"], "returns"), ([], "orders")]
)
def test_orders_and_returns_must_be_there(tmp_path: Path, held: list[str], missing: str):
    files(tmp_path, *held)
    with pytest.raises(
        NoInput, match=rf"no {missing}\*\.csv to read; put one into the inbox or name it with --{missing}"
    ):
        Inputs.of_inbox(tmp_path).checked()


def test_an_inbox_must_be_a_folder(tmp_path: Path):
    (file,) = files(tmp_path, "orders.csv")
    for place in (tmp_path / "nowhere", file):
        with pytest.raises(NoInput, match="there is no such folder; check --inbox"):
            Inputs.of_inbox(place)
