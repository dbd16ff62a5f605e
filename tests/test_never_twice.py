"""Never twice: nights, re-runs, redos, edits and deaths in any order, and no order line gives back more than it cost.

Hypothesis plays a store: customers return units, the warehouse receives them, people edit exports, nights run, die and
are run again. After every night the reports of all nights are added up by hand and compared with the orders and with
the record that they leave.
"""

import contextlib
import itertools
import json
import os
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from operator import itemgetter
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from refund_calc.errors import BadData
from refund_calc.history import folders as publish
from refund_calc.history import record
from refund_calc.history.index import INDEX
from refund_calc.history.nights import MANIFEST, night_places
from refund_calc.reading.verify import verify
from tests import product
from tests.stories import DATA, Night, Row, a_return, an_answer, an_order
from tests.worlds import NightInput

START = date(2026, 3, 20)
KEY = itemgetter("rma_number", "order_number", "order_line")
ORDER_LINES = [("1001", "1"), ("1001", "2"), ("1002", "1")]
ORDER_OF = {"R1": "1001", "R2": "1002", "R3": "1001", "R4": "1002"}
STEPS = st.integers(1, 40) | st.integers(24, 40)  # any step, and half of the time one around the rename
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["return", "parcel", "parcel", "return edited", "return gone", "order edited", "order out of reach",
             "stop", "allow", "looked at"]
        ),
        st.sampled_from(sorted(ORDER_OF)),
        st.integers(1, 3),
        st.sampled_from([
            {"reason": "other"}, {"reason": "changed_mind"}, {"dispute_status": "open"}, {"dispute_status": "none"},
            {"dispute_status": "lost"}, {"return_type": "refused_delivery"}, {"return_type": "return"},
            {"quantity_requested": "3"}, {"damage_amount": "1.00"}, {"reason_confirmed": "", "original_box": "no"},
            {"reason_confirmed": "yes"}, {"requested_date": "2026-04-30"}, {"requested_date": "2026-03-10"},
        ]),
        st.sampled_from([{"unit_price": "9.00"}, {"unit_price": "4.00"}, {"quantity": "2"}, {"quantity": "3"},
                         {"line_tax": "0.10"}, {"line_tax": "0.85"},
                         {"refunded_amount": "5.00"}, {"refunded_amount": ""}]),
    ),
    min_size=1,
    max_size=5,
)  # fmt: skip


WHOLE_RMA = {"order_number": "", "order_line": ""}
# What was refunded before the first night: order number, order line, units, net, RMA (blank: nobody knows which).
OPENINGS = st.lists(
    st.sampled_from([
        ("1001", "1", "1", "3.00", "R1"), ("1001", "2", "2", "6.00", "R3"), ("1002", "1", "1", "3.00", ""),
        ("1002", "1", "2", "6.00", "R2"),
    ]),
    max_size=2,
    unique_by=itemgetter(0, 1),
)  # fmt: skip


class Died(BaseException):
    """The machine lost its power here."""


def cents(text: str) -> int:
    return int((text or "0").replace(".", ""))


def share(total: int, units: int, quantity: int) -> int:
    """round(total x units / quantity), half up."""
    return (2 * total * units + quantity) // (2 * quantity)


@contextlib.contextmanager
def dying(at: int) -> Iterator[None]:
    """Die at the at-th step that changes a file; from then on nothing can be changed any more.

    At every second `at` the step is done, and nobody hears of it.
    """
    steps = 0

    def mortal(function):
        def step(*arguments, **options):
            nonlocal steps
            steps += 1
            if steps == at and at % 2 == 0:
                function(*arguments, **options)
            if steps >= at:
                raise Died
            return function(*arguments, **options)

        return step

    with contextlib.ExitStack() as patches:
        for owner, name in ((os, "write"), (os, "fsync"), (os, "rename"), (shutil, "rmtree"), (publish, "write")):
            patches.enter_context(mock.patch.object(owner, name, mortal(getattr(owner, name))))
        patches.enter_context(mock.patch.object(publish, "_unlock", lambda folder, handle: os.close(handle)))
        with contextlib.suppress(Died):
            yield


class Store(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.out, self.as_of = self.folder / "out", START
        price = dict(quantity="3", unit_price="4.00", line_discount="2.00", line_tax="0.85", shipping_paid="0.00")
        self.orders = {key: an_order(order_number=key[0], order_line=key[1], **price) for key in ORDER_LINES}
        self.missing: set[tuple[str, str]] = set()  # order rows that tonight's export does not reach
        self.returns = {
            ("R1", "1"): self.a_claim("R1", ORDER_LINES[0], 3),
            ("R2", "1"): self.a_claim("R2", ORDER_LINES[2], 2),
        }
        self.attempts: defaultdict[str, list[dict]] = defaultdict(list)  # night -> orders it was tried with
        self.claimed: Counter[tuple[str, str, str]] = Counter()  # key -> the most units that it ever claimed
        self.said: list[Row] = []  # resolutions, in a file that only grows
        self.nights = 0

    @initialize(rows=OPENINGS)
    def the_job_comes(self, rows):
        self.opening = rows

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    # --- what happens by day

    def change(self, event) -> None:
        """One event of a day: which thing happens, to which order line and RMA, and how many units it is about."""
        what, rma, units, cells, order_cells = event
        at = ORDER_LINES[units % 2] if ORDER_OF[rma] == "1001" else ORDER_LINES[2]
        if what == "return":  # also a second time, and more than was bought
            self.returns[rma, at[1]] = self.a_claim(rma, at, asked=units)
        elif what == "order edited":
            self.orders[at] |= order_cells
        elif what == "order out of reach":
            self.missing ^= {at}
        elif what in ("stop", "allow"):
            self.said.append(an_answer("stopped-by-review", what, rma_number=rma, **WHOLE_RMA))
        elif what == "looked at":
            self.said.append(an_answer("refunded-elsewhere", "allow", rma_number=rma, amount="0", **WHOLE_RMA))
        elif (row := self.returns.get((rma, at[1]))) is not None:
            if what == "parcel":
                row["quantity_received"] = str(min(int(row["quantity_received"]) + 1, int(row["quantity_requested"])))
            elif what == "return edited":
                row |= cells
            elif what == "return gone":
                del self.returns[rma, at[1]]

    @staticmethod
    def a_claim(rma: str, at: tuple[str, str], asked: int) -> Row:
        units = dict(quantity_requested=str(asked), quantity_received="1", return_shipping_cost="0.50")
        return a_return(rma_number=rma, order_number=at[0], order_line=at[1], **units)

    # --- what happens by night

    @rule(days=st.integers(1, 4), events=EVENTS)
    def a_night_runs(self, days, events):
        for event in events:
            self.change(event)
        self.as_of += timedelta(days)
        self.run()

    @rule(days=st.integers(0, 3), events=EVENTS, at=STEPS, redo=st.booleans(), again=st.booleans())
    def a_night_dies(self, days, events, at, redo, again):
        for event in events:
            self.change(event)
        self.as_of += timedelta(days)
        with dying(at), contextlib.suppress(BadData):
            self.run(redo=redo)
        if again and (days or redo):
            self.run(redo=redo)  # the same command again, which finds the night whole or not at all

    @rule()
    def the_night_runs_again(self):
        with contextlib.suppress(BadData):  # with other inputs
            self.run()

    @rule(events=EVENTS)
    def the_night_is_redone(self, events):
        for event in events:
            self.change(event)
        self.run(redo=True)

    @precondition(lambda self: (self.out / str(self.as_of)).exists())
    @rule()
    def the_reports_are_deleted_and_written_again(self):
        shutil.rmtree(self.out / str(self.as_of))
        (self.out / INDEX).unlink(missing_ok=True)  # a person accepts the loss; else the index stops the run
        self.run(redo=True)

    def run(self, redo: bool = False) -> None:
        orders = {key: dict(row) for key, row in self.orders.items()}
        shown = [row for key, row in orders.items() if key not in self.missing]
        night = Night(list(self.returns.values()), shown, self.said, as_of=self.as_of)
        for row in self.returns.values():
            key = row["rma_number"], row["order_number"], row["order_line"]
            self.claimed[key] = max(self.claimed[key], int(row["quantity_received"]))
        self.nights += 1
        opening = None if night_places(self.out) else self.opening_text()
        told = NightInput(self.as_of, tuple(night.all_files()), opening)
        inputs = product.write_night(told, self.folder / f"in{self.nights}")
        self.attempts[str(self.as_of)].append(orders)
        product.run(inputs, DATA / "policy", self.as_of, self.out, redo=redo)
        self.add_up()

    def opening_text(self) -> str:
        return "\n".join(["order_number,order_line,units,net_refund,rma_number", *map(",".join, self.opening), ""])

    # --- what must hold after every night

    def add_up(self) -> None:
        folders = sorted(path for path in self.out.iterdir() if path.is_dir() and path.name != "withdrawn")
        assert [path.name for path in folders] == sorted(path.name for path in folders if path.name[0] != ".")
        nights = {path.name: product.read_night(self.out, date.fromisoformat(path.name)) for path in folders}
        self.no_unit_is_refunded_twice(nights)
        self.no_order_line_gives_back_more_than_was_paid(nights)
        self.what_a_person_stopped_is_not_paid(nights[max(nights)])
        self.the_ledger_is_what_was_paid(nights)
        self.the_record_is_what_was_paid(nights)
        self.the_redo_lists_what_it_changed()
        assert verify(self.out).problems == ()

    def the_redo_lists_what_it_changed(self) -> None:
        """Against the night that was withdrawn just before; every withdrawn night is kept whole."""
        kept = Counter(path.name[:10] for path in self.out.glob("withdrawn/*"))
        for night, count in kept.items():
            stages = [self.out / "withdrawn" / f"{night}-{at}" for at in range(1, count + 1)]
            assert all((path / MANIFEST).exists() and (path / "payouts.csv").exists() for path in stages)
            for before, after in itertools.pairwise([*stages, self.out / night]):
                if not (after / "redo.csv").exists():  # it was deleted by hand and written again
                    continue
                old, new = (
                    {row["payout_id"]: row["amount"] for row in product.read_report(path / "payouts.csv")}
                    for path in (before, after)
                )
                other = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
                assert [list(row.values()) for row in product.read_report(after / "redo.csv")] == [
                    [key, key.rpartition("/")[0], old.get(key, ""), new.get(key, "")] for key in other
                ]

    def what_a_person_stopped_is_not_paid(self, reports) -> None:
        latest = {row["rma_number"]: row["action"] for row in self.said if row["code"] == "stopped-by-review"}
        assert not {row["rma_number"] for row in reports["payouts"] if latest.get(row["rma_number"]) == "stop"}

    def no_unit_is_refunded_twice(self, nights) -> None:
        refunded = Counter()
        for reports in nights.values():
            for row in reports["refunds"]:
                if row["decision"] == "refund":
                    refunded[row["rma_number"], row["order_number"], row["order_line"]] += int(row["quantity"])
        for order, line, units, _, rma in self.opening:
            if (rma, order, line) in refunded:
                refunded[rma, order, line] += int(units)
        assert all(units <= self.claimed[key] for key, units in refunded.items()), (refunded, self.claimed)

    def no_order_line_gives_back_more_than_was_paid(self, nights) -> None:
        units, merchandise, tax = Counter(), Counter(), Counter()
        opened = Counter({(order, line): int(units) for order, line, units, *_ in self.opening})
        for night, reports in nights.items():
            refunded = [row for row in reports["refunds"] if row["decision"] == "refund"]
            for row in refunded:
                key = row["order_number"], row["order_line"]
                units[key] += int(row["quantity"])
                merchandise[key] += cents(row["merchandise"])
                tax[key] += cents(row["tax"])
                assert 0 <= cents(row["net_refund"]) <= cents(row["merchandise"]) + cents(row["tax"])
            for key in {(row["order_number"], row["order_line"]) for row in refunded}:
                found = units[key], merchandise[key], tax[key]
                tried = self.attempts[night]
                assert any(is_due(found, opened[key], orders[key]) for orders in tried), (night, key, found)

    def the_ledger_is_what_was_paid(self, nights) -> None:
        """Every payout is booked on its night, and posted once, on the first night that reaches its date."""
        booked, posted, paid, due = {}, {}, {}, {}
        for night, reports in nights.items():
            for row in reports["ledger"]:
                kind, payout_id = row["entry_id"].split(":")
                if row["account"] == "2150":  # refunds payable
                    seen = booked if kind == "REFUND" else posted
                    assert payout_id not in seen
                    seen[payout_id] = cents(row["credit"] or row["debit"])
            for row in reports["payouts"]:
                assert row["payout_id"] not in paid
                paid[row["payout_id"]] = cents(row["amount"])
                due[row["payout_id"]] = payout_date(self.out / night)
        assert booked == paid
        assert posted == {payout: amount for payout, amount in paid.items() if due[payout] <= max(nights)}

    def the_record_is_what_was_paid(self, nights) -> None:
        """Refunds are numbered from 1 for each RMA, from 2 after an opening; the record has the reports' cents."""
        numbers = Counter({rma: 1 for *_, rma in self.opening})
        for night, reports in nights.items():
            refunds = record.read(self.out / night / record.file_name("refunds")).to_pylist()
            for row in refunds:
                numbers[row["rma_number"]] += 1
                assert row["refund_number"] == numbers[row["rma_number"]], (night, row)
            assert {
                f"{row['rma_number']}/{row['refund_number']}": cents(str(row["net_refund"]))
                for row in refunds
                if row["net_refund"]
            } == {row["payout_id"]: cents(row["amount"]) for row in reports["payouts"]}
            lines = record.read(self.out / night / record.file_name("lines")).to_pylist()
            assert {KEY(row): cents(str(row["net_refund"])) for row in lines if row["decision"] == "refund"} == {
                KEY(row): cents(row["net_refund"]) for row in reports["refunds"] if row["decision"] == "refund"
            }  # fmt: skip


def payout_date(folder: Path) -> str:
    """The day on which a night's payouts leave, ISO."""
    found: str = json.loads((folder / MANIFEST).read_bytes())["terms"]["payout_date"]
    return found


def is_due(found: tuple[int, int, int], opened: int, order: Row) -> bool:
    """Whether units, merchandise and tax given back are the order line's share, of no more units than it has.

    The first `opened` of its units were given back before.
    """
    units, merchandise, tax = found
    quantity = int(order["quantity"])
    paid = cents(order["unit_price"]) * quantity - cents(order["line_discount"])
    totals = paid, cents(order["line_tax"])
    due = [share(total, opened + units, quantity) - share(total, opened, quantity) for total in totals]
    return opened + units <= quantity and [merchandise, tax] == due


TestNeverTwice = Store.TestCase
TestNeverTwice.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
