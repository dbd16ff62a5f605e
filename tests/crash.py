"""A night that goes wrong at its n-th file-system operation, for every n; run under tests/crash_shim.c by test_crash.

    LD_PRELOAD=crash_shim.so python -m tests.crash FOLDER STORY MODE EVERY

MODE is one of MODES; or `skip`, where a killed night is never run again; or one of
PLACES; or `log`, which prints the operations.

This process imports everything once and forks a child for each run, so that a run costs little. A child arms the shim
and runs the command line; then an undisturbed child runs the same again, and what lies there is compared with what an
undisturbed night leaves: every byte of the reports, of the record and of the manifest. Whatever differs is printed.
The index is derived: it may be struck like any file, and how it lies there afterwards is nobody's business.
"""

import ctypes
import errno
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.product import write_files
from tests.stories import DATA, NOT_BACK_YET, Night, a_return, an_answer, an_order

CREATE, WRITE, SYNC, RENAME, UNLINK, MKDIR, TRUNCATE = (1 << bit for bit in range(7))
ANY = 127
COUNT, KILL, TEAR, FAIL, STAY = range(5)

# mode of the test -> mode of the shim, operations, errno
MODES = {
    "kill": (KILL, ANY, 0),
    "tear": (TEAR, ANY, 0),
    "full": (STAY, CREATE | WRITE | MKDIR | TRUNCATE, errno.ENOSPC),
    "fsync": (FAIL, SYNC, errno.EIO),
    "read-only": (STAY, CREATE | RENAME | UNLINK | MKDIR, errno.EACCES),
    "rename": (FAIL, RENAME | UNLINK, errno.EIO),
}
# place of the test -> the one path that is struck, operations, errno
PLACES = {
    "lock": (".refund-calc.lock", CREATE, errno.EACCES),
    "index": ("index.duckdb", CREATE | WRITE, errno.ENOSPC),
    "manifest": (".2026-03-24.pending/manifest.json", WRITE, errno.ENOSPC),
    "new-name": (".2026-03-24.pending", RENAME, errno.EACCES),
}
NO_PART_OF_A_NIGHT = (".refund-calc.lock", "index.duckdb")  # nor what stands beside the index, whose name is longer

ORDERS = [an_order(order_number=number, payment_reference=f"PAY-{number}", quantity="2") for number in "ABCDE"]
FIRST = Night(
    [
        a_return(rma_number="R1", order_number="A"),
        a_return(rma_number="R2", order_number="B", quantity_requested="2", quantity_received="1"),
        a_return(rma_number="R3", order_number="C", reason_confirmed=""),
        a_return(rma_number="R4", order_number="D", **NOT_BACK_YET),
    ],
    ORDERS,
    as_of=date(2026, 3, 20),
)
# R2's second unit, R3 allowed by a person, R5 new; the payouts of the first night are posted.
SECOND = Night(
    [
        a_return(rma_number="R1", order_number="A"),
        a_return(rma_number="R2", order_number="B", quantity_requested="2", quantity_received="2"),
        a_return(rma_number="R3", order_number="C", reason_confirmed=""),
        a_return(rma_number="R5", order_number="E"),
    ],
    ORDERS,
    [an_answer("reason-unconfirmed", "allow", rma_number="R3", order_number="C")],
    as_of=date(2026, 3, 24),
)
OTHER = Night(SECOND.returns[1:], ORDERS, as_of=SECOND.as_of)  # the same night, told otherwise
THIRD = Night([*SECOND.returns, a_return(rma_number="R4", order_number="D")], ORDERS, as_of=date(2026, 3, 26))
NIGHTS = {"first": FIRST, "second": SECOND, "other": OTHER, "third": THIRD}

OPENING = "opening.csv"  # of the first night, in the world's folder
REFUNDED_BEFORE = "order_number,order_line,units,net_refund,rma_number\nE,1,1,100.50,R9\n"
FIRST_OF_ALL = ["first", "--new-history", "--opening", OPENING]
# story -> the nights before it, the night that suffers, the night after it
STORIES = {
    "first": ([], FIRST_OF_ALL, ["second"]),
    "second": ([FIRST_OF_ALL], ["second"], ["third"]),
    "redo": ([FIRST_OF_ALL, ["other"]], ["second", "--redo", "--payouts-not-sent"], ["third"]),
}

Command = list[str]


@dataclass(frozen=True)
class Ended:
    code: int  # 0 - 255, or minus the signal
    operations: int
    errors: str


class World:
    """A folder in which nights are run by child processes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder.resolve(), folder.resolve() / "out"
        (self.folder / OPENING).write_text(REFUNDED_BEFORE)
        for name, night in NIGHTS.items():
            write_files(night.all_files(), self.folder / "inbox" / name)

    def run(
        self,
        command: Command,
        arm: tuple[int, int, int] = (COUNT, ANY, 0),
        at: int = 0,
        watched: str = "",
        log: str = "",
    ) -> Ended:
        """Run a night in a child, armed to go wrong."""
        name, *options = (str(self.folder / word) if word == OPENING else word for word in command)
        arguments = ["refund-calc", "nightly", "--inbox", str(self.folder / "inbox" / name), "--quiet", *options]
        arguments += ["--policy", str(DATA / "policy"), "--as-of", str(NIGHTS[name].as_of), "--out", str(self.out)]
        errors, counted = self.folder / "stderr", self.folder / "counted"
        counted.write_text("0")
        child = os.fork()
        if child == 0:
            os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), 2)
            os._exit(_suffer(arguments, str(self.out / watched), arm, at, log, counted))
        _, status = os.waitpid(child, 0)
        return Ended(os.waitstatus_to_exitcode(status), int(counted.read_text()), errors.read_text())

    def restore(self, kept: Path | None) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        if kept and kept.exists():
            shutil.copytree(kept, self.out)

    def keep(self, name: str) -> Path:
        kept = self.folder / name
        if self.out.exists():
            shutil.copytree(self.out, kept)
        return kept


def _suffer(arguments: list[str], watched: str, arm: tuple[int, int, int], at: int, log: str, counted: Path) -> int:
    from jobs.cli import main

    shim = ctypes.CDLL(None)
    sys.argv, code = arguments, 0
    mode, kinds, number = arm
    shim.crash_arm(watched.encode(), mode, kinds, ctypes.c_long(at), number, log.encode() or None)
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    counted.write_text(str(shim.crash_count()))
    sys.stderr.flush()
    return code


def snapshot(out: Path) -> dict[str, bytes]:
    """Every file that nights published, and every folder."""
    found = {}
    for path in sorted(out.rglob("*")):
        if not path.name.startswith(NO_PART_OF_A_NIGHT):
            found[str(path.relative_to(out))] = path.read_bytes() if path.is_file() else b"folder"
    return found


def differences(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


def visible_is_whole(out: Path, night: str, whole: list[dict[str, bytes]]) -> bool:
    """A folder in its place is one that a run meant to publish, never a part of one."""
    folder = out / night
    return not folder.exists() or snapshot(folder) in whole


def standing(out: Path, night: str) -> list[Path]:
    """Where this night, or one of that name that a redo replaced, lies whole."""
    return [out / night, out / f".{night}.withdrawn", *(out / "withdrawn").glob(f"{night}-*")]


def points(count: int, every: int) -> list[int]:
    """The operations to strike at: every so many-th; with 0 a handful, and those of the end, where it is decided."""
    assert count
    if every:
        return list(range(1, count + 1, every))
    return sorted({*range(1, count + 1, -(-count // 4)), *range(max(1, count - 1), count + 1)})


def suffer_everywhere(folder: Path, story: str, mode: str, every: int) -> Iterator[str]:
    """Let the night go wrong at its operations; yields what was not as it should be."""
    before, command, after = STORIES[story]
    world = World(folder)
    for earlier in before:
        assert world.run(earlier).code == 0
    base = world.keep("base")
    night = str(NIGHTS[command[0]].as_of)
    whole = [snapshot(world.out / night)] if (world.out / night).exists() else []
    arm = MODES[mode]
    count = world.run(command, (COUNT, arm[1], 0)).operations
    expected = [snapshot(world.out)]
    whole.append(snapshot(world.out / night))
    assert world.run(after).code == 0
    expected_after = [snapshot(world.out)]
    if story == "redo":  # struck after it had come to its end, it is run a second time
        world.restore(base)
        assert world.run(command).code == world.run(command).code == 0
        expected.append(snapshot(world.out))
        whole.append(snapshot(world.out / night))
        assert world.run(after).code == 0
        expected_after.append(snapshot(world.out))
    for at in points(count, every):
        world.restore(base)
        ended = world.run(command, arm, at)
        where = f"{story}, {mode} at {at} of {count}"
        yield from (f"{where}: {wrong}" for wrong in _judge(ended, mode))
        if not visible_is_whole(world.out, night, whole):
            yield f"{where}: {night} is published in part"
        if whole[0] not in [snapshot(place) for place in standing(world.out, night)] and len(whole) > 1:
            yield f"{where}: the night that was there is lost"
        if story == "redo" and world.run(command[:1]).code not in (0, 65):
            yield f"{where}: run again without --redo, {world.run(command[:1])}"
        again = world.run(command)
        if again.code:
            yield f"{where}: run again, {again}"
        elif wrong := min((differences(snapshot(world.out), one) for one in expected), key=len):
            yield f"{where}: run again, it differs in {wrong}"
        if at % 5 == 0 and (world.run(after).code or snapshot(world.out) not in expected_after):
            yield f"{where}: the night after it differs"


def skip_everywhere(folder: Path, every: int) -> Iterator[str]:
    """The second night dies and is never run again: the third finds either no trace of it, or the whole."""
    world = World(folder)
    assert world.run(FIRST_OF_ALL).code == 0
    base = world.keep("base")
    expected = []
    for nights in (["third"], ["second", "third"]):
        world.restore(base)
        assert all(world.run([name]).code == 0 for name in nights)
        expected.append(snapshot(world.out))
    world.restore(base)
    count = world.run(["second"]).operations
    for at in points(count, every):
        world.restore(base)
        world.run(["second"], MODES["kill"], at)
        ended = world.run(["third"])
        if ended.code or all(differences(snapshot(world.out), one) for one in expected):
            yield f"killed at {at} of {count} and skipped: {ended}"


def _judge(ended: Ended, mode: str) -> Iterator[str]:
    """How a run may end that something went wrong in."""
    if mode in ("kill", "tear"):
        if ended.code != -9:
            yield f"was not killed, {ended}"
    elif ended.code == 0:
        if ended.errors:
            yield f"ended well, and yet {ended.errors}"
    elif ended.code not in (73, 74) or ended.errors.count("\n") != 1 or not ended.errors.startswith("refund-calc: "):
        yield f"{ended}"


def import_everything() -> None:
    """What a child would otherwise import for itself, each time."""
    import duckdb  # noqa: F401

    import jobs.nightly  # noqa: F401
    from refund_calc.policy import calendars

    calendars.business_days([])  # which imports workalendar


def main() -> None:
    folder, story, mode, every = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    import_everything()
    if mode == "log":
        print_log(folder, story)
        return
    if mode in PLACES:
        print(json.dumps(suffer_at(folder, *PLACES[mode])))
        return
    tell = skip_everywhere(folder, every) if mode == "skip" else suffer_everywhere(folder, story, mode, every)
    wrong = list(tell)
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


def suffer_at(folder: Path, watched: str, kinds: int, number: int) -> tuple[int, str, int]:
    """The second night fails at one path: its exit code, its line on stderr, and the exit code of the run after it."""
    world = World(folder)
    assert world.run(FIRST_OF_ALL).code == 0
    ended = world.run(["second"], (STAY, kinds, number), 1, watched)
    return ended.code, ended.errors.replace(str(world.out), "OUT"), world.run(["second"]).code


def print_log(folder: Path, story: str) -> None:
    """The operations of an undisturbed night, in their order."""
    before, command, _ = STORIES[story]
    world = World(folder)
    for earlier in before:
        assert world.run(earlier).code == 0
    assert world.run(command, log=str(folder / "log")).code == 0
    print((folder / "log").read_text())


if __name__ == "__main__":
    main()
