"""Files that cannot be cut, and files that stop a night: in parts they say what they say as a whole."""

import os
import pickle
import re
import threading
from pathlib import Path

import pytest

from refund_calc.errors import BadData, CannotWrite
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import Inputs
from refund_calc.inputs.mapping.folder import inputs_of
from refund_calc.runs.partitions.shuffle import shuffle
from refund_calc.runs.partitions.tasks import RunAll, one_after_the_other
from tests.inputs.mapping.test_own_mapping import MINE, ORDERS, RECEIVED, RMA
from tests.inputs.test_workbooks import book
from tests.runs.partitions.together import ZONE, in_parts, together, whole
from tests.stories import CLEAN_ORDER, CLEAN_RETURN, a_return, an_answer, an_order, file_of

ORDER_NUMBERS = [str(number) for number in range(1001, 1021)]


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Twenty orders and their returns, with a resolution."""
    contents = {
        "orders": [an_order(order_number=number) for number in ORDER_NUMBERS],
        "returns": [a_return(order_number=number, rma_number=f"R{number}") for number in ORDER_NUMBERS],
        "resolutions": [an_answer("window-expired", "allow")],
    }
    for kind, rows in contents.items():
        (tmp_path / f"{kind}.csv").write_bytes(file_of(kind, rows)[2])
    return Inputs.of_inbox(tmp_path)


def same(inputs: Inputs, parts: int = 3, block: int = 700) -> dict[str, object] | str:
    """What parts say, which is what the whole says."""
    told = together(inputs, parts, block)
    assert told == whole(inputs, BLOCK)
    return told


def test_twenty_orders_are_in_every_part_with_their_rows_in_the_order_of_the_file(inputs: Inputs):
    parts, known = in_parts(inputs, 3, 700)
    assert all(len(part.orders.line) and len(part.orders.line) == len(part.returns.line) for part in parts)
    assert all((part.returns.line[1:] > part.returns.line[:-1]).all() for part in parts)
    assert [source.rows for source in known["sources"]["returns"]] == [20]
    same(inputs)


def test_a_workbook_of_two_sheets_is_two_files_and_the_csv_after_it_the_third(tmp_path: Path, inputs: Inputs):
    sheet = [[*CLEAN_RETURN, "action"], [*a_return(rma_number="R7", order_number="1007").values(), ""]]
    (tmp_path / "more.xlsx").write_bytes(book(a=sheet, b=sheet[:1], c=sheet))
    told = same(Inputs(inputs.orders, [tmp_path / "more.xlsx", *inputs.returns]))
    assert isinstance(told, dict)
    rows, sources, _ = told["returns"]
    assert [source.name for source in sources] == ["more.xlsx", "more.xlsx (b)", "more.xlsx (c)", "returns.csv"]
    assert {file for file, *_ in rows} == {0, 2, 3}


def test_what_comes_through_a_pipe_is_read_once(tmp_path: Path, inputs: Inputs):
    pipe, data = tmp_path / "pipe.csv", inputs.orders[0].read_bytes()
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_bytes, args=[data])
    writing.start()
    parts, known = in_parts(Inputs([pipe], inputs.returns), 3, 700)
    writing.join()
    assert sum(len(part.orders.line) for part in parts) == known["sources"]["orders"][0].rows == 20


def test_exports_by_a_mapping_are_split_like_our_own_files(tmp_path: Path):
    exports = {"rma.csv": RMA.encode("cp1252"), "received.tsv": RECEIVED.encode(), "mine.toml": MINE.encode()}
    folder = tmp_path / "export"
    folder.mkdir()
    for name, content in {**exports, "orders.csv": ORDERS.encode()}.items():
        (folder / name).write_bytes(content)
    told = same(inputs_of(folder, [str(folder / "mine.toml")]))
    assert isinstance(told, dict)
    rows, sources, malformed = told["returns"]
    assert len(rows) == 3 and len(malformed) == 1 and sources[-1].beside


def test_a_mapping_that_fits_no_file_stops_the_night_as_ever(tmp_path: Path):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "mine.toml").write_text(MINE, encoding="utf-8")
    assert str(same(inputs_of(folder, [str(folder / "mine.toml")]))).startswith("NoInput: no file becomes orders")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"orders": None}, "NoInput: .*orders.csv: there is no such file"),
        ({"returns": None, "orders": b"a,b\n"}, "orders.csv line 1: required columns missing"),
        ({"orders": b"", "resolutions": b""}, "orders.csv: the file is empty"),
        ({"returns": b"\n\n\n", "resolutions": b""}, "returns.csv: the file is empty"),
        ({"resolutions": b"a;b\n"}, "resolutions.csv line 1: required columns missing"),
        ({"orders": "id\n".encode("utf-16")}, "orders.csv: this is UTF-16"),
        ({"returns": (",".join(CLEAN_RETURN) + '\n"R1\n').encode()}, "returns.csv line 2: the file ends inside"),
        ({"orders": (",".join(CLEAN_ORDER) + "\na\nb\xe9\n").encode("cp1252")}, "orders.csv line 3: byte 0xE9"),
    ],
)
def test_of_several_files_the_first_that_is_wrong_is_named(inputs: Inputs, broken: dict[str, bytes | None], words: str):
    for kind, content in broken.items():
        [path] = getattr(inputs, kind)
        path.unlink() if content is None else path.write_bytes(content)
    told = str(same(inputs))
    assert "\n" not in told and re.search(words, told), told


def test_a_folder_where_a_file_should_be_stops_the_night(tmp_path: Path, inputs: Inputs):
    (tmp_path / "folder.csv").mkdir()
    assert "cannot be read (Is a directory)" in str(same(Inputs([tmp_path / "folder.csv"], inputs.returns)))


def test_a_file_that_is_written_to_while_it_is_read_stops_the_night(
    tmp_path: Path, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
):
    def grows(task, arguments):
        with inputs.orders[0].open("ab") as file:
            file.write(b"1,2\n")
        return one_after_the_other(task, arguments)

    (tmp_path / "work").mkdir()
    with pytest.raises(BadData, match=r"orders\.csv: the file changed while it was read"):
        shuffle(inputs, ZONE, tmp_path / "work", 2, grows)


def elsewhere(task, arguments):
    """Tasks as another process has them."""
    return [pickle.loads(pickle.dumps(task(pickle.loads(pickle.dumps(argument))))) for argument in arguments]


def twice(task, arguments):
    """Tasks whose first answers were lost."""
    one_after_the_other(task, arguments)
    return one_after_the_other(task, arguments)


@pytest.mark.parametrize("run_all", [elsewhere, twice])
def test_tasks_run_anywhere_and_more_than_once(tmp_path: Path, inputs: Inputs, run_all: RunAll):
    def written(folder: Path, by: RunAll) -> dict[str, bytes]:
        folder.mkdir()
        shuffle(inputs, ZONE, folder, 3, by, 700)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    assert written(tmp_path / "another", run_all) == written(tmp_path / "plain", one_after_the_other)


def test_a_fault_that_another_process_finds_is_told_in_the_same_words(tmp_path: Path, inputs: Inputs):
    inputs.returns[0].write_bytes(b"a,b\n")
    (tmp_path / "work").mkdir()
    with pytest.raises(BadData, match=r"returns\.csv line 1: required columns missing"):
        shuffle(inputs, ZONE, tmp_path / "work", 2, elsewhere)


def test_a_work_folder_that_cannot_be_written_stops_the_night_in_one_line(tmp_path: Path, inputs: Inputs):
    with pytest.raises(CannotWrite, match="cannot be written"):
        shuffle(inputs, ZONE, tmp_path / "nowhere", 2, one_after_the_other)
