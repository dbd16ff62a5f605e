"""From the files of a night to its parts on disk."""

from pathlib import Path

from refund_calc.errors import NightStopped
from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import MODELS, Inputs
from refund_calc.inputs.tables import Table, load
from refund_calc.runs.partitions.files import FilesOfKind, read_files
from refund_calc.runs.partitions.rmas import Meet, meet
from refund_calc.runs.partitions.shuffled import IN_PARTS, Parted, See, Shuffled, see
from refund_calc.runs.partitions.tasks import RunAll
from refund_calc.runs.partitions.texts import ReadMapped, Target, read_mapped


def shuffle(inputs: Inputs, time_zone: str, folder: Path, parts: int, run_all: RunAll, block: int = BLOCK) -> Shuffled:
    """Split a night's inputs by order into `parts` parts in the work folder `folder`, which is there and empty.

    `time_zone` is the store's, `block` bytes of a file are read at a time; files by a mapping, and what is no plain CSV
    file, are held as a whole by the task that reads them. Raises what `read_tables` raises, the same where several
    files have a fault; BadData for a file that changes meanwhile; CannotWrite.
    """
    small = {kind: _attempt(kind, inputs, time_zone, block) for kind in ("resolutions", "opening")}
    read = {kind: FilesOfKind() for kind in IN_PARTS} | _mapped(inputs, time_zone, folder, parts, run_all, block)
    own = [(kind, path) for kind in IN_PARTS if not read[kind].sources for path in inputs.own[kind]]
    read |= read_files(own, Target(folder, "", 0, parts, time_zone), block, run_all)
    resolutions, opening = (_made(attempted) for attempted in small.values())
    sources = {kind: of_kind.sources for kind, of_kind in read.items()}
    parted = Parted(folder, parts, time_zone, sources, {kind: of_kind.first_file for kind, of_kind in read.items()})
    run_all(see, [See(parted, part) for part in range(parts)])
    run_all(meet, [Meet(folder, bucket, parts) for bucket in range(parts)])
    malformed = {kind: of_kind.malformed for kind, of_kind in read.items()}
    return Shuffled(
        parted=parted,
        sources=sources | {"resolutions": resolutions.sources, "opening": opening.sources},
        malformed=malformed | {"resolutions": resolutions.malformed, "opening": opening.malformed},
        resolutions=resolutions,
        opening=opening,
    )


def _attempt(kind: str, inputs: Inputs, time_zone: str, block: int) -> Table | NightStopped:
    """The files of a kind that is not split, or what is wrong with them: orders and returns have their say first."""
    try:
        return load(kind, inputs.own[kind], MODELS[kind], time_zone, block)
    except NightStopped as fault:
        return fault


def _made(attempted: Table | NightStopped) -> Table:
    if isinstance(attempted, NightStopped):
        raise attempted
    return attempted


def _mapped(
    inputs: Inputs, time_zone: str, folder: Path, parts: int, run_all: RunAll, block: int
) -> dict[str, FilesOfKind]:
    """What exports of other programs became, by kind."""
    if not inputs.mapping:
        return {}
    [read] = run_all(read_mapped, [ReadMapped(inputs, folder, parts, time_zone, block)])
    return {kind: FilesOfKind().with_file([answer], answer.sources) for kind, answer in read.items()}
