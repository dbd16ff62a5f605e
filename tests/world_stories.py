"""The stories behind random worlds of every rule, and what can be asked of one without reckoning a night."""

import csv
import functools
import io
import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from tests import worlds
from tests.worlds import telling
from tests.worlds.bad_texts import BAD_TEXTS
from tests.worlds.words import Row, cents, day
from tests.worlds.world import World

WORLDS = 60
KEY = ("rma_number", "order_number", "order_line")


@dataclass(frozen=True)
class Told:
    """One night of a story in clean cells, and the files made of it."""

    night: worlds.NightInput
    orders: list[Row]
    returns: list[Row]
    resolutions: list[Row]

    @property
    def keys(self) -> set[tuple[str, ...]]:
        return {key(row) for row in self.returns}


@dataclass(frozen=True)
class Story:
    policies: tuple[worlds.Policy, ...]
    told: list[Told]

    def rows(self, kind: str) -> Iterator[Row]:
        return (row for told in self.told for row in getattr(told, kind))

    def turns(self) -> Iterator[tuple[Told, Told]]:
        """Each night and the next one, redos aside."""
        nights = [told for told in self.told if not told.night.is_redo]
        return itertools.pairwise(nights)


def key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)


@functools.cache
def stories() -> list[Story]:
    """Worlds of three nights, every rule, with the story behind each night's files."""
    found = []
    write_night = telling.write_night
    for seed in range(WORLDS):
        seen: list[tuple[list[Row], list[Row], list[Row]]] = []

        def spy(world: World, seen=seen) -> worlds.NightInput:
            orders = [row for rows in world.orders.values() for row in rows] + world.order_copies
            seen.append((orders, [*world.returns.values(), *world.return_copies], list(world.resolutions)))
            return write_night(world)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(telling, "write_night", spy)
            policies, nights = worlds.random_nights(random.Random(seed), 3, every_rule=True)
        found.append(Story(policies, [Told(night, *rows) for night, rows in zip(nights, seen, strict=True)]))
    return found


def read(told: Told, kind: str) -> list[list[Row]]:
    """The rows of each file of a kind, as a plain reader sees them."""
    tables = []
    for each, _, content in told.night.files:
        if each == kind:
            header, *rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if row]
            names = [name.strip().lower() for name in header]
            tables.append([dict(zip(names, row, strict=False)) for row in rows] or [dict.fromkeys(names, "")])
    return tables


def shown(story: Story) -> Iterator[str]:
    """The cells of refunded_amount."""
    tables = (table for told in story.told for table in read(told, "orders"))
    return (row["refunded_amount"].strip() for table in tables for row in table if "refunded_amount" in row)


def column_absent(story: Story) -> bool:
    tables = (table for told in story.told for table in read(told, "orders"))
    return any("refunded_amount" not in table[0] for table in tables)


def shown_by_order(story: Story) -> Iterator[set[str]]:
    for told in story.told:
        cells = defaultdict(set)
        for table in read(told, "orders"):
            for row in table:
                if "refunded_amount" in row and "order_number" in row:
                    cells[row["order_number"].strip()].add(row["refunded_amount"].strip())
        yield from cells.values()


def bad_cells(story: Story) -> Iterator[int]:
    """How many cells of an order's rows break their type in a way that these worlds know."""
    for told in story.told:
        found: dict[str, int] = defaultdict(int)
        for row in told.orders:
            found[row["order_number"]] += sum(is_bad(column, text) for column, text in row.items())
        yield from found.values()


def bad_over_files(story: Story) -> bool:
    """Whether an order's rows have known bad cells in more than one file of a night."""
    for told in story.told:
        files = defaultdict(set)
        for at, table in enumerate(read(told, "orders")):
            for row in table:
                if any(is_bad(column, row[column].strip()) for column in worlds.COLUMNS["orders"] if column in row):
                    files[row.get("order_number", "").strip()].add(at)
        if any(len(places) > 1 for places in files.values()):
            return True
    return False


def is_bad(column: str, text: str) -> bool:
    column_type = worlds.COLUMNS["orders"][column]
    return (column_type.endswith("!") and not text) or text in BAD_TEXTS[column_type.rstrip("!")]


def differ(story: Story, kind: str, by: tuple[str, ...]) -> bool:
    """Whether rows of one key of some night differ in several columns."""
    for told in story.told:
        groups = defaultdict(list)
        for row in getattr(told, kind):
            groups[tuple(row[name] for name in by)].append(row)
        for group in groups.values():
            if sum(len({row[column] for row in group}) > 1 for column in group[0]) > 1:
                return True
    return False


def claims(story: Story, kind: str) -> Iterator[tuple[date, Row, Row]]:
    """As_of, return row and order row of one type of return."""
    for told in story.told:
        orders = {(row["order_number"], row["order_line"]): row for row in told.orders}
        for row in told.returns:
            if row["return_type"] == kind and key(row)[1:] in orders:
                yield told.night.as_of, row, orders[key(row)[1:]]


def refused_when_delivered(story: Story, days: tuple[int, ...]) -> bool:
    found = ((day(order["delivered_date"]), as_of) for as_of, _, order in claims(story, "refused_delivery"))
    return any(delivered and (delivered - as_of).days in days for delivered, as_of in found)


def handed_over_unrecorded(story: Story) -> bool:
    orders = (order for _, _, order in claims(story, "cancellation"))
    return any(order["delivered_date"] and not order["picked_up_date"] for order in orders)


def speaks(story: Story, actions: tuple[str, ...], codes: tuple[str, ...] = ()) -> bool:
    rows = story.rows("resolutions")
    return any(row["action"] in actions and (not codes or row["code"] in codes) for row in rows)


def spoken_of_before(story: Story) -> bool:
    """stopped-by-review of an RMA that is read on a later night for the first time."""
    seen: set[str] = set()
    spoken: set[str] = set()
    for told in story.told:
        here = {row["rma_number"] for row in told.returns}
        if here & spoken:
            return True
        seen |= here
        spoken |= {row["rma_number"] for row in told.resolutions if row["code"] == "stopped-by-review"} - seen
    return False


def leaves(story: Story, whole_rma: bool = False) -> bool:
    gone = ((before.keys - after.keys, after.keys) for before, after in story.turns())
    return any(not whole_rma or any(k[0] not in {other[0] for other in after} for k in lost) for lost, after in gone)


def comes_back(story: Story, changed: bool) -> bool:
    nights = [told for told in story.told if not told.night.is_redo]
    for first, second, third in zip(nights, nights[1:], nights[2:], strict=False):
        for row in third.returns:
            then = [other for other in first.returns if key(other) == key(row)]
            if then and key(row) not in second.keys and (row not in then) == changed:
                return True
    return False


def said_again(story: Story) -> bool:
    """The same words on two nights."""
    pairs = ((before, row) for before, after in story.turns() for row in after.resolutions)
    return any(row["action"] and row in before.resolutions for before, row in pairs)


def stop_allow_stop(story: Story) -> bool:
    by_rma: dict[str, str] = defaultdict(str)
    for row in story.rows("resolutions"):
        if row["code"] == "stopped-by-review":
            by_rma[row["rma_number"]] += " " + row["action"]
    return any("stop allow stop" in actions for actions in by_rma.values())


def stop_in_part(story: Story) -> bool:
    """A line and its whole RMA are both spoken of with stopped-by-review."""
    scopes = defaultdict(set)
    for row in story.rows("resolutions"):
        if row["code"] == "stopped-by-review":
            scopes[row["rma_number"]].add(row["order_line"] == "")
    return any(len(scope) == 2 for scope in scopes.values())


def approval_by(story: Story, known: bool) -> bool:
    """An approval with an amount by one of tonight's approvers in any case, or by somebody else."""
    for told in story.told:
        in_force = [p for p in story.policies if p["effective_from"] <= told.night.as_of][-1]
        names = {name.lower() for name in in_force.get("approval", {}).get("approvers", [])}
        for row in told.resolutions:
            approves = (row["action"], row["code"]) == ("allow", "approval-required") and cents(row["amount"])
            if names and approves and (row["resolved_by"].lower() in names) == known:
                return True
    return False


def approver_in_another_case(story: Story) -> bool:
    names = {n for p in story.policies for n in p.get("approval", {}).get("approvers", [])}
    by = {row["resolved_by"] for row in story.rows("resolutions") if row["code"] == "approval-required"}
    return any(n != b and n.lower() == b.lower() for n in names for b in by)


def looked_at(story: Story, compare: Callable[[int, int], bool]) -> bool:
    """refunded-elsewhere allowed with an amount beside the figure that the order's rows show on that night."""
    for told in story.told:
        figures: dict[str, int] = defaultdict(int)
        for table in read(told, "orders"):
            for row in table:
                number, text = row.get("order_number", "").strip(), row.get("refunded_amount", "").strip()
                figures[number] = max(figures[number], cents(text) or 0)
        order_of = {row["rma_number"]: row["order_number"] for row in told.returns}
        for row in told.resolutions:
            if (row["action"], row["code"]) == ("allow", "refunded-elsewhere") and row["rma_number"] in order_of:
                figure, amount = figures[order_of[row["rma_number"]]], cents(row["amount"])
                if amount is not None and figure > 0 and compare(amount, figure):
                    return True
    return False


def opened(story: Story) -> list[Row]:
    return opening_rows(story.told[0].night.opening or "")


def opening_rows(text: str) -> list[Row]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [{name.strip().lower(): cell.strip() for name, cell in row.items()} for row in rows]


def keys_opened(story: Story) -> bool:
    return any({key(row) for row in opened(story) if "rma_number" in row} & told.keys for told in story.told)


def redo_of(story: Story, at: int) -> bool:
    first = story.told[0].night.as_of
    return any(told.night.is_redo and (told.night.as_of == first) == (at == 0) for told in story.told)


def has_channel(story: Story, *words: str) -> bool:
    return any(word in row["sales_channel"].lower() for row in story.rows("orders") for word in words)


def coverage(story: Story, name: str) -> list[list[str]]:
    return [policy["coverage"][name] for policy in story.policies if name in policy["coverage"]]


def approval(story: Story, name: str) -> bool:
    return any(name in policy.get("approval", {}) for policy in story.policies)


def has_blank_key(story: Story) -> bool:
    return any(sum(not part or "\x07" in part for part in key(row)) == 1 for row in story.rows("returns"))
