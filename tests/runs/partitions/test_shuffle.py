"""Files cut into blocks and split by order come to the same cells, lines, hashes and faults as read in one go."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import Inputs
from tests.runs.partitions.together import together, whole
from tests.stories import CLEAN_ORDER, CLEAN_RETURN, ci

CLEAN = {"orders": CLEAN_ORDER, "returns": CLEAN_RETURN}
spellings = st.sampled_from(
    ["", "x", "1001", " 1002\u00a0", '"1003"', '"a,b"', '"a\nb"', '"a\r\nb"', '"say ""no"""', '""', "é", "\a", "7.50"]
)
odd_spellings = st.sampled_from(['5" lens', '"x"y', ' "a"', 'a"\n"b', '"a"b"', "T\r1", '"\r"'])
orders = st.sampled_from(["1001", "1001", " 1001", "1002", '"1003"', "1004", "", "  ", "10\a01", "\u3000", '"10""05"'])
no_records = st.sampled_from(["", "  ", "\u00a0", "\t"])


@st.composite
def record(draw: st.DrawFn, kind: str, is_odd: bool) -> str:
    """A row as it stands in the file: some of its cells are strange, a few rows have too many fields or too few."""
    row = CLEAN[kind] | {"order_number": draw(orders)}
    names = draw(st.lists(st.sampled_from(list(row)), max_size=3))
    row |= {name: draw(st.one_of(spellings, odd_spellings) if is_odd else spellings) for name in names}
    cells = [*row.values(), *draw(st.sampled_from([[], [], [], ["more"], ['"more\n"', ""]]))]
    return ",".join(cells[: draw(st.sampled_from([30, 30, 30, 30, 3, 1]))])


@st.composite
def content(draw: st.DrawFn, kind: str) -> bytes:
    """A file of this kind, sometimes one that stops a night.

    No file has both a wrong header and a byte that is not UTF-8: which of these the single reader tells first depends
    on how far it has read.
    """
    is_odd, end = draw(st.booleans()), draw(st.sampled_from(["\n", "\r\n"]))
    header, fault = ",".join(CLEAN[kind]), draw(st.integers(0, 9))
    if fault == 0:
        header = draw(
            st.sampled_from(["", f"{header},reason,currency", "order_number,rma_number", '"order_number', ";"])
        )
    rows = draw(st.lists(st.one_of(no_records, record(kind, is_odd), record(kind, is_odd)), max_size=8))
    blank = draw(st.lists(no_records, max_size=2))
    text = end.join([*blank, header, *rows]) + draw(st.sampled_from(["", end]))
    if draw(st.integers(0, 9)) == 0:
        text += draw(st.sampled_from([',"cut', '"', '"\n\n"', '\n"', 'a"\n,"']))
    data = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + text.encode()
    if fault == 1:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from([b"\xff", b"\xc3", b"\xff\xfe"])) + data[at:]
    return data


@ci(4)
@given(
    st.lists(content("orders"), min_size=1, max_size=2),
    st.lists(content("returns"), min_size=1, max_size=3),
    st.integers(1, 5),
    st.one_of(st.integers(1, 40), st.integers(40, 1000), st.just(BLOCK)),
)
def test_parts_put_together_are_the_whole(order_files: list[bytes], return_files: list[bytes], parts: int, block: int):
    with tempfile.TemporaryDirectory() as folder:
        paths = {"orders": order_files, "returns": return_files}
        named = {kind: [Path(folder) / f"{kind}-{at}.csv" for at in range(len(paths[kind]))] for kind in paths}
        for kind, contents in paths.items():
            for path, data in zip(named[kind], contents, strict=True):
                path.write_bytes(data)
        inputs = Inputs(**named)
        assert together(inputs, parts, block) == whole(inputs, BLOCK)
