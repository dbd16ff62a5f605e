"""What runs in a worker: a look around before the night, and the tasks.

Nothing heavy is imported at the top. A worker unpickles names of this module before it has given the heap its settings,
and these must come before Arrow makes its pools.
"""

import hashlib
import pickle
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from refund_calc.columns.heap import give_back, use_the_heap
from refund_calc.errors import NightStopped, Unavailable

if TYPE_CHECKING:
    from distributed import Worker

# Whatever can change a byte of a report, or the words between machines.
LIBRARIES = ("pandas", "pyarrow", "numpy", "pydantic", "workalendar", "duckdb", "tzdata", "distributed", "cloudpickle")
_FULL = 0.6  # of a worker's memory
PACKAGE = Path(__file__).parents[2]
SIGN = "sign-of-life"  # a file of the work folder


@dataclass(frozen=True)
class Seen:
    """What a worker finds around it."""

    versions: Mapping[str, str]
    threads: int
    memory: int  # bytes that it may take, 0: no limit
    sign: str  # what it reads in the work folder; blank: it cannot
    missing: tuple[tuple[Path, str], ...]  # what it cannot read or write, and why


@cache
def versions() -> dict[str, str]:
    """The versions of what decides here. refund-calc's is a hash of its files: nobody counts up while developing."""
    found = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            found[library] = "none"
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(f"{path.relative_to(PACKAGE)}\n".encode() + path.read_bytes())
    return {"refund-calc": digest.hexdigest()[:12], **found}


@cache
def _settle() -> None:
    use_the_heap()


def look(work: Path, inputs: tuple[Path, ...], dask_worker: "Worker") -> Seen:
    """Whether this worker sees the night's files and may write into its work folder."""
    _settle()
    missing = []
    for path in inputs:
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            missing.append((path, error.strerror or str(error)))
    sign = ""
    try:
        sign = (work / SIGN).read_text()
        mine = work / f"{SIGN}-{hashlib.sha256(dask_worker.address.encode()).hexdigest()}"
        mine.write_text(sign)
        mine.unlink()
    except OSError as error:
        missing.insert(0, (work, error.strerror or str(error)))
    memory = dask_worker.memory_manager.memory_limit or 0
    return Seen(versions(), dask_worker.state.nthreads, memory, sign, tuple(missing))


@dataclass(frozen=True)
class Call:
    """A task to be called with one argument: fields that all arguments share lie pickled in a file."""

    work: Path
    versions: Mapping[str, str]
    function: bytes  # pickled, as its module is for later
    shared: Path | None
    argument: bytes  # the type and the other fields where there is a file, else the argument


@dataclass(frozen=True)
class Raised:
    """What a task raised that is for people, to be raised where the night is led. Dask cuts long messages."""

    error: NightStopped | OSError


def call(pickled: bytes) -> object:
    """Call a task; answers what it answers, or `Raised`."""
    _settle()
    given: Call = pickle.loads(pickled)
    try:
        _check(given)
        function = pickle.loads(given.function)
        return function(_argument(given))
    except (NightStopped, OSError) as error:
        return Raised(error.with_traceback(None))
    finally:
        _give_memory_back()


def _check(given: Call) -> None:
    """A worker may have come after the look around."""
    from distributed import get_worker

    if dict(given.versions) != versions():
        raise Unavailable(differs(f"worker {get_worker().address}", given.versions, versions()))
    if not given.work.is_dir():
        raise Unavailable(unseen(get_worker().address, given.work, "no such folder"))


def differs(who: str, here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """The line for a worker or scheduler with other versions."""
    others = [f"{name} {there.get(name, 'none')}, here {here[name]}" for name in here if there.get(name) != here[name]]
    return (
        f"{who} has {'; '.join(others)}; install the same versions on all machines, "
        "start the scheduler and its workers anew, and run again"
    )


def unseen(worker: str, path: Path, why: str) -> str:
    """The line for a worker that cannot reach a file or folder."""
    return (
        f"worker {worker} cannot use {path} ({why}); OUT and the inputs, of URLs their copies (--work), must lie in a "
        "folder that all machines share under this path, and the worker's user must be the one who runs the night"
    )


def _argument(given: Call) -> object:
    if not given.shared:
        return pickle.loads(given.argument)
    kind, own = pickle.loads(given.argument)
    return kind(**_shared(given.shared), **own)


@lru_cache(maxsize=1)
def _shared(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        shared: dict[str, object] = pickle.load(file)
    return shared


def _give_memory_back() -> None:
    """What the heap keeps of what a task has freed is the next task's, while the worker has room for it: to fetch it
    again costs a fifth of a night. A worker that seems full to Dask gets no more tasks."""
    from distributed import get_worker

    worker = get_worker()
    limit = worker.memory_manager.memory_limit
    if not limit or worker.monitor.get_process_memory() < limit * _FULL:
        return
    give_back()
