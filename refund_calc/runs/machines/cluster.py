"""The workers of a night: those of a Dask scheduler that is there, or processes of this machine for this night."""

import asyncio
import contextlib
import logging
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from types import FrameType

from refund_calc.columns.heap import as_environment
from refund_calc.errors import Misused, Unavailable
from refund_calc.inputs.inbox import Inputs
from refund_calc.runs.machines.at_worker import Seen
from refund_calc.runs.partitions.settings import LEAST_OF_A_WORKER, MIB, Partitioning, check_memory, for_workers
from refund_calc.runs.partitions.tasks import RunAll

try:
    import dask
    from distributed import Client, LocalCluster
    from distributed.comm.addressing import get_address_host_port
    from distributed.core import rpc
    from distributed.security import Security
    from distributed.system import MEMORY_LIMIT

    from refund_calc.runs.machines.look_around import look_around
    from refund_calc.runs.machines.run_all import OnMachines
except ImportError as missing:
    raise Misused(
        f"--scheduler, --workers: distributed cannot be imported ({missing}); "
        "install it with: pip install 'refund-calc[dask]'"
    ) from None

CONNECT = 20  # seconds
WORKERS = 60  # seconds until the first worker is there
_LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application", "asyncio")
_STARTS = 3
_WITHOUT_A_LIMIT = 2 << 30  # bytes
_TERMINATED = 128 + signal.SIGTERM
# What a worker of ours finds around it when it starts, unless somebody set it. Dask's logs are not for the people who
# read cron's mail. For the heap, too, Dask has settings of its own, by which every block is given back at once.
_ENVIRONMENT = {"DASK_LOGGING__VERSION": "1", "DASK_LOGGING__ROOT__LEVEL": "CRITICAL", "PYTHONWARNINGS": "ignore"}
SETTINGS = {
    # Data between tasks lies in files: there is nothing to spill. A worker that is paused for what its heap keeps
    # would never go on.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.scheduler.http.routes": [],  # nobody looks
    "distributed.worker.http.routes": [],
    # A worker that died is started again; on a busy machine that takes longer than the 15 seconds after which Dask
    # takes it for lost.
    "distributed.deploy.lost-worker-timeout": "1 hour",
}


@dataclass(frozen=True)
class Machines:
    """A `Workplace`: the workers of the scheduler at an address, or else so many processes of this machine.

    `memory` is what each of these processes may take, in bytes; 0: its share of the machine's.
    """

    scheduler: str = ""
    workers: int = 0
    memory: int = 0

    @contextlib.contextmanager
    def __call__(self, inputs: Inputs, work: Path) -> Iterator[tuple[Partitioning, RunAll]]:
        """Raises Unavailable where the scheduler or its workers are not there or not as they must be."""
        _be_quiet()
        with _closed_on_sigterm(), self._client(work) as client:
            seen = look_around(client, self.name, inputs, work)
            how = for_workers(inputs, len(seen), memory_of_all(seen, self.memory))
            yield how, OnMachines(client, self.name, work)

    @property
    def name(self) -> str:
        return f"--scheduler {self.scheduler}" if self.scheduler else f"--workers {self.workers}"

    @contextlib.contextmanager
    def _client(self, work: Path) -> Iterator[Client]:
        with contextlib.ExitStack() as opened:
            at: str | LocalCluster
            if self.scheduler:
                at = _address(self.scheduler, self.name)
                _check_who_answers(at, self.name)
            else:
                memory = _memory_of_each(self.workers, self.memory)
                at = opened.enter_context(_of_this_machine(self.workers, memory, work))
            try:
                client = opened.enter_context(Client(at, timeout=CONNECT, set_as_default=False))
            except OSError:
                raise _nobody(self.name) from None
            try:
                client.wait_for_workers(self.workers or 1, timeout=WORKERS)
            except TimeoutError:
                raise Unavailable(
                    f"{self.name}: no worker came within {WORKERS} seconds; start some and run the same command again"
                ) from None
            yield client


def _address(scheduler: str, name: str) -> str:
    """The address. Raises Misused where it is none: a client waits long before it gives up a wrong one."""
    try:
        get_address_host_port(scheduler)
    except ValueError as error:
        raise Misused(f"{name}: not an address ({error}); one looks like tcp://host:8786") from None
    if scheduler.startswith("tls://") and not Security().get_connection_args("client").get("ssl_context"):
        raise Misused(
            f"{name}: Dask has no certificates here; name them in DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT "
            "and its like (distributed.dask.org, TLS/SSL)"
        )
    return scheduler


def _check_who_answers(scheduler: str, name: str) -> None:
    """Raises Unavailable where it is no scheduler. A client would wait without end for the answer of another program,
    such as the dashboard, and would hold the night's lock meanwhile."""

    async def kind() -> object:
        async with rpc(scheduler, connection_args=Security().get_connection_args("client")) as there:
            return (await there.identity())["type"]

    try:
        answers = asyncio.run(asyncio.wait_for(kind(), CONNECT))
    except OSError:
        raise _nobody(name) from None
    except Exception:  # Dask raises anything for what is not of its own words: MemoryError, struct.error
        answers = "another program"
    if answers != "Scheduler":
        raise Unavailable(
            f"{name}: no scheduler answers there, but: {str(answers).lower()}; "
            "give the address that the scheduler logs as it starts, and run again"
        )


def _nobody(name: str) -> Unavailable:
    return Unavailable(
        f"{name}: no scheduler answers within {CONNECT} seconds; "
        "start it, or mend the address, and run the same command again"
    )


def _memory_of_each(workers: int, memory: int) -> int:
    """What each process of this machine may take; 0 given: its share, the run itself takes one, too. Dask would share
    by the cores that the machine has. Raises Misused where so many do not fit: none can be ended while they start."""
    if memory:
        check_memory(memory, LEAST_OF_A_WORKER)
    share = MEMORY_LIMIT // (workers + 1)
    if share < LEAST_OF_A_WORKER:
        raise Misused(
            f"--workers {workers}: this machine has {share // MIB} MiB of memory for each of them; "
            f"any night takes {LEAST_OF_A_WORKER // MIB} MiB of a worker, run fewer"
        )
    return memory or share


@contextlib.contextmanager
def _of_this_machine(workers: int, memory: int, work: Path) -> Iterator[LocalCluster]:
    before = dict(os.environ)  # Dask sets variables in this process, too
    for name, value in (as_environment() | _ENVIRONMENT).items():
        os.environ.setdefault(name, value)
    try:
        with contextlib.ExitStack() as opened:
            opened.enter_context(dask.config.set(SETTINGS))
            with _signals_held():
                cluster = opened.enter_context(_started(workers, memory, work))
            yield cluster
    finally:
        os.environ.clear()
        os.environ.update(before)


def _started(workers: int, memory: int, work: Path) -> LocalCluster:
    """A cluster; where a process of it dies while it starts, another one."""
    for attempt in range(_STARTS):
        try:
            return LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                memory_limit=memory,
                dashboard_address=None,
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # else it takes 8787 all the same
                local_directory=str(work / f"dask-{attempt}"),
                silence_logs=logging.CRITICAL,
                security=True,  # whoever may speak to a worker may do as we may
            )
        except RuntimeError as error:
            why = str(error)
    raise Unavailable(
        f"--workers {workers}: the processes cannot be started ({why}); most often memory is short: run fewer of them"
    )


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Keep Ctrl-C and SIGTERM until a cluster has started, which cannot be closed before.

    Threads and processes that are started meanwhile are spared for good: a terminal sends Ctrl-C to all of them, and
    it is for us to end the workers.
    """
    resource_tracker.ensure_running()  # whoever starts it lets the signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _be_quiet() -> None:
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    for module in ("distributed", "tornado"):
        warnings.filterwarnings("ignore", module=module)


@contextlib.contextmanager
def _closed_on_sigterm() -> Iterator[None]:
    """Have SIGTERM end this process in order, as Ctrl-C does: the cluster is closed, the work folder removed."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(_TERMINATED)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def memory_of_all(seen: list[Seen], given: int) -> int:
    """The bytes that every worker may take: those given (0: none are), and no more than its own limit, at which Dask
    ends it. Of one without a limit it is not known what else its machine does."""
    least = min(one.memory or given or _WITHOUT_A_LIMIT for one in seen)
    return min(given, least) if given else least
