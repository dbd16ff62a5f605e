"""Whatever nights come, with redos between, every cell of their files is there, and nothing else."""

import json
import tempfile
from pathlib import Path

from hypothesis import assume, given

from refund_calc.books.warehouse.tables import OF_NIGHTS
from tests import product, worlds
from tests.books.warehouse.cells import rows_of_out, rows_of_place
from tests.books.warehouse.places import PLACES, SCHEMA, loaded
from tests.stories import ci


def pays_too_much(out: Path) -> bool:
    """Whether an amount has more than 12 digits before the point."""
    totals = (json.loads(path.read_text())["control_totals"] for path in out.glob("20*/manifest.json"))
    return any(len(total["refunds"]["gross_refund"]) > len("123456789012.00") for total in totals)


@ci(0.05, of_worlds=True)
@given(worlds.nights(4, every_rule=True))
def test_every_cell_of_random_nights_is_there(world) -> None:
    """They are loaded after every second one, so that a redo meets what was loaded and what was not. Worlds that pay
    more than the tables hold are another test's."""
    policies, nights = world
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        places = [place(Path(name)) for place in PLACES.values()]
        for at, _ in enumerate(product.tell(policies, nights, Path(name))):
            assume(not pays_too_much(out))
            for place in places if at % 2 else ():
                loaded(place, out)
        for place in places:
            loaded(place, out)
            for table in OF_NIGHTS:
                assert rows_of_place(place, table) == rows_of_out(out, table), (place.kind, table.name)
            kept = len(list((out / "withdrawn").iterdir())) if (out / "withdrawn").is_dir() else 0
            ((told,),) = place.ask(f"SELECT count(*) FROM {SCHEMA}.withdrawals")
            assert told <= kept
