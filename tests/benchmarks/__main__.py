"""How fast is a night? `python -m tests.benchmarks --lines 1000000 --peer 'duckdb=python peer.py {data} {out}'`.

Makes the data, runs us and the peers in turn as whole processes, and prints medians, ratios, peak memory and lines per
second. Times of one run on one machine are only good for ratios. `--json` keeps the figures, `--against` compares them
with those of another revision.
"""

import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from tests.benchmarks import volume

POLICY = Path(__file__).parents[2] / "data" / "policy"
OURS = "refund-calc"


@dataclass(frozen=True)
class Run:
    """One whole process."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def measure(command: list[str], log: Path) -> Run:
    """Run a command to its end. Raises SystemExit with its last words when it fails."""
    with log.open("wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    if status:
        sys.exit(f"{shlex.join(command)} failed: {log.read_text(errors='replace')[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


def commands(data: Path, work: Path, peers: tuple[str, ...]) -> dict[str, list[str]]:
    """Name -> command. A peer is NAME=COMMAND with {data} and {out} in it."""
    night = f"nightly --inbox {data} --policy {POLICY} --as-of {volume.AS_OF} --out {work / OURS} --new-history --quiet"
    found = {OURS: [sys.executable, "-m", "jobs", *night.split()]}
    for peer in peers:
        name, _, command = peer.partition("=")
        found[name] = shlex.split(command.format(data=data, out=work / name))
    return found


@click.command()
@click.option("--lines", default=100_000, show_default=True, help="Return lines of the night.")
@click.option("--runs", default=5, show_default=True, help="Counted runs of each, after one that is not counted.")
@click.option(
    "--peer", "peers", multiple=True, metavar="NAME=COMMAND", help="Another program: {data}, {out} are filled in."
)
@click.option("--json", "keep", type=click.Path(path_type=Path), help="Keep the figures in this file.")
@click.option("--against", type=click.Path(path_type=Path, exists=True), help="Compare with figures kept earlier.")
def main(lines: int, runs: int, peers: tuple[str, ...], keep: Path | None, against: Path | None) -> None:
    """Measure a night of LINES return lines."""
    with tempfile.TemporaryDirectory(prefix="refund-night-") as folder:
        work = Path(folder)
        # In a process of its own: what this one holds counts as the peak of every process that it starts.
        made = [sys.executable, "-m", volume.__name__, str(work / "data"), str(lines)]
        subprocess.run(made, check=True)
        programs = commands(work / "data", work, peers)
        found: dict[str, list[Run]] = {name: [] for name in programs}
        for turn in range(runs + 1):
            for name, command in programs.items():
                shutil.rmtree(work / name, ignore_errors=True)
                run = measure(command, work / f"{name}.log")
                if turn:
                    found[name].append(run)
    report(lines, found)
    if keep:
        keep.write_text(json.dumps({"lines": lines, "runs": {n: [asdict(r) for r in rs] for n, rs in found.items()}}))
    if against:
        compare(found, json.loads(against.read_text()))


def _median(runs: list[Run], figure: str) -> float:
    return statistics.median(getattr(run, figure) for run in runs)


def report(lines: int, found: dict[str, list[Run]]) -> None:
    """Print a row per program; the ratio is ours to theirs, pair by pair."""
    click.echo(f"{lines:,} return lines, {len(found[OURS])} runs each, medians")
    click.echo(
        f"{'program':<14}{'wall s':>9}{'cpu s':>9}{'peak MB':>10}{'lines/s':>12}{'ours/theirs':>13}{'range':>15}"
    )
    for name, runs in found.items():
        wall = _median(runs, "wall_s")
        ratios = sorted(ours.wall_s / theirs.wall_s for ours, theirs in zip(found[OURS], runs, strict=True))
        ratio = "" if name == OURS else f"{statistics.median(ratios):>13.2f}{f'{ratios[0]:.2f}-{ratios[-1]:.2f}':>15}"
        peak = max(run.peak_mb for run in runs)
        click.echo(f"{name:<14}{wall:>9.2f}{_median(runs, 'cpu_s'):>9.2f}{peak:>10.0f}{lines / wall:>12,.0f}{ratio}")


def compare(found: dict[str, list[Run]], kept: dict[str, dict[str, list[dict[str, float]]]]) -> None:
    """Print what changed against figures kept earlier (another time, perhaps another machine)."""
    for name, runs in found.items():
        if before := [Run(**run) for run in kept["runs"].get(name, [])]:
            old, new = _median(before, "wall_s"), _median(runs, "wall_s")
            click.echo(f"{name}: wall {old:.2f} s before, {new:.2f} s now, {new / old:.2f} of it")


if __name__ == "__main__":
    main()
