"""Stage A, malformed-row: the wrong number of fields, in any input file."""

from datetime import date

from tests.stories import Night, a_return, an_answer, an_order, file_of, tell, tonight


def with_line(file: tuple[str, str, bytes], line: str) -> tuple[str, str, bytes]:
    """The file with one more line below it, as it stands."""
    kind, name, content = file
    return kind, name, content + line.encode() + b"\n"


def columns_of(file: tuple[str, str, bytes]) -> int:
    return len(file[2].split(b"\n")[0].split(b","))


# -- malformed-row: wrong number of fields, in any input file ---------------------------------------------------


def test_a_row_with_a_field_too_many_is_an_exception_and_no_register_row():
    # The second file has one sound row (line 2) and one with an unquoted comma (line 3): 22 fields for 21 columns.
    second = file_of("returns", [a_return(rma_number="R2", order_number="1002")], "returns-2.csv")
    row = second[2].decode().split("\n")[1].replace("R2", "R3").replace("T1", "T1,T2")
    night = tonight(a_return(), orders=[an_order(), an_order(order_number="1002")], files=[with_line(second, row)])
    assert [line["rma_number"] for line in night.refunds] == ["R1", "R2"]
    assert night.verdicts() == ["refund", "refund"]
    found = night.exception("malformed-row")
    assert (found["severity"], found["clause"]) == ("hold", "CT-1")
    assert (found["source_file"], found["source_line"]) == ("returns-2.csv", "3")
    assert (found["rma_number"], found["order_number"], found["order_line"]) == ("", "", "")
    assert "22 fields where the header has 21" in found["message"]


def test_a_row_with_a_field_too_few_is_malformed_and_the_rows_below_it_are_read():
    kind, name, content = file_of("returns", [a_return()], "returns-2.csv")
    header, row, _ = content.decode().split("\n")
    files = [(kind, name, "\n".join([header, row.rsplit(",", 1)[0], row, ""]).encode())]
    night = tonight(files=files)
    assert night.verdicts() == ["refund"]
    found = night.exception("malformed-row")
    assert found["source_line"] == "2"
    assert "20 fields where the header has 21" in found["message"]


def test_malformed_rows_of_orders_and_resolutions_are_reported_too():
    orders = with_line(file_of("orders", [an_order(order_number="1002")], "orders-2.csv"), "1003,1,too short")
    answers = with_line(file_of("resolutions", [an_answer("damage", "waive")]), "R1,1001,1,damage,waive,,ann,a,note")
    night = tonight(a_return(), files=[orders, answers])
    places = {(r["source_file"], r["source_line"]) for r in night.exceptions if r["code"] == "malformed-row"}
    assert places == {("orders-2.csv", "3"), ("resolutions.csv", "3")}
    assert night.verdict() == "refund"


def test_a_malformed_row_is_known_again_by_its_text_wherever_it_stands():
    short, other = "R8,too,short", "R9,too,short"
    first = with_line(file_of("returns", [], "returns-2.csv"), short)
    later = with_line(file_of("returns", [a_return()], "returns-2.csv"), other + "\n" + short)
    told = tell(Night(files=[first]), Night(files=[later], as_of=date(2026, 3, 23)))
    seen = {r["source_line"]: (r["first_seen"], r["age_days"]) for r in told[1].exceptions}
    # Line 4 stood on line 2 three days before; line 3 is new.
    assert seen == {"3": ("2026-03-23", "0"), "4": ("2026-03-20", "3")}


def test_a_whole_night_of_malformed_rows_is_a_valid_night():
    night = tonight(orders=[], files=[with_line(file_of("returns", [], "returns-2.csv"), "a,b")])
    assert night.refunds == []
    assert [r["code"] for r in night.exceptions] == ["malformed-row"]
