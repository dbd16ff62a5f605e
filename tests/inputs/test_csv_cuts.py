"""A CSV file is cut into whole records by looking at each of its blocks alone."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refund_calc.errors import BadData
from refund_calc.inputs.csv_cuts import FileMark, Found, Piece, Stretch, blocks_of, find_end, pieces_of, scan
from refund_calc.inputs.csv_rows import BOM, Record, records
from tests.stories import ci

Records = list[tuple[int, int, list[str]]] | str


def cut(path: Path, block: int, careful: list[Stretch] | None = None) -> list[Piece]:
    """The pieces of a file; `careful` is told which stretches the plain tokenizer was asked about."""

    def find(stretch: Stretch) -> Found:
        if careful is not None:
            careful.append(stretch)
        return find_end(stretch)

    blocks = blocks_of(path, block)
    return pieces_of(blocks, [scan(one) for one in blocks], find)


def as_told(start: int, found: Record) -> tuple[int, int, list[str]]:
    return start + found.start, found.line, found.cells


def in_one_go(path: Path) -> Records:
    data = path.read_bytes()
    start = len(BOM) if data.startswith(BOM) else 0
    try:
        return [as_told(start, one) for one in records(path, data[start:], 0, 1)]
    except BadData as stopped:
        return str(stopped)


def piece_by_piece(path: Path, pieces: list[Piece]) -> Records:
    try:
        return [
            as_told(piece.stretch.start, one)
            for piece in pieces
            for one in records(path, piece.stretch.read(), 0, piece.line)
        ]
    except BadData as stopped:
        return str(stopped)


tokens = st.sampled_from(['"', ",", "\n", "a", "\r\n", '""', '"a\nb"', ',"x",', "\r", '"a""b"', '5" x', "é"])
contents = st.builds(lambda mark, parts: mark + "".join(parts).encode(), st.sampled_from([b"", BOM]), st.lists(tokens))


@ci(8)
@given(contents, st.integers(1, 40))
@example(b'a,"b\n\n\n\n\nc",d\ne\n', 2)  # a record of many blocks
@example(b'5" x\n"a\n","\n"\n', 3)  # regular again behind a quote that is not
def test_pieces_hold_the_records_of_the_file_on_their_lines(data: bytes, block: int):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(data)
        pieces = cut(path, block)
        assert b"".join(piece.stretch.read() for piece in pieces) == data.removeprefix(BOM)
        assert piece_by_piece(path, pieces) == in_one_go(path)


def test_a_piece_is_a_block_but_for_the_record_that_its_end_parts(tmp_path: Path):
    path = tmp_path / "long.csv"
    path.write_text('a,"b\nc",d\n' * 1000)
    lengths = [piece.stretch.stop - piece.stretch.start for piece in cut(path, 100)]
    assert len(lengths) == 100 and max(lengths) <= 110


def test_one_odd_quote_asks_for_the_tokenizer_once(tmp_path: Path):
    path, careful = tmp_path / "odd.csv", list[Stretch]()
    path.write_text('a,"b\nc"\n' * 500 + 'a,5" lens\n' + 'a,"b\nc"\n' * 500)
    pieces = cut(path, 100, careful)
    assert len(careful) == 1 and max(piece.stretch.stop - piece.stretch.start for piece in pieces) <= 110


@pytest.mark.parametrize("odd", ["", 'x,5" lens\n'])
def test_a_cell_that_never_ends_is_not_read_again_for_every_block(tmp_path: Path, odd: str):
    path, careful = tmp_path / "cut.csv", list[Stretch]()
    path.write_text(f'a,b\n{odd}a,"' + "b, c\n" * 2000)
    pieces = cut(path, 100, careful)
    assert sum(one.stop - one.start for one in careful) <= 3 * path.stat().st_size
    with pytest.raises(BadData, match=f"line {3 if odd else 2}: the file ends inside a quoted cell"):
        list(records(path, pieces[-1].stretch.read(), 0, pieces[-1].line))


def test_a_file_that_was_shortened_meanwhile_stops_the_night(tmp_path: Path):
    path = tmp_path / "short.csv"
    path.write_text("a,b\n" * 10)
    mark, blocks = FileMark.of(path), blocks_of(path, 10)
    path.write_text("a,b\n")
    assert FileMark.of(path) != mark
    with pytest.raises(BadData, match="changed while it was read"):
        scan(blocks[-1])
