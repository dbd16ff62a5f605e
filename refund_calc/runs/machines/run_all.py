"""The tasks of a night, called on the workers of a Dask scheduler."""

import pickle
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from distributed import Client, Future, KilledWorker

from refund_calc.errors import Unavailable
from refund_calc.runs.machines.at_worker import Call, Raised, call, versions
from refund_calc.runs.partitions.tasks import replacing

A = TypeVar("A")
B = TypeVar("B")

PATIENCE = 120  # seconds without any worker
_LOOK_EVERY = 5  # seconds


@dataclass(frozen=True)
class OnMachines:
    """A `RunAll` on the workers of a scheduler. `work` is the work folder, which all of them see."""

    client: Client
    name: str  # what the scheduler is called in messages
    work: Path

    def __call__(self, task: Callable[[A], B], arguments: Sequence[A], /) -> list[B]:
        """Call a task for each argument; answers in their order, raises what the first of them that fails raises."""
        futures = self.client.map(call, self._calls(task, arguments), pure=False, key=f"{task.__name__}-{uuid.uuid4()}")
        try:
            return [self._answer(future) for future in futures]
        except BaseException:
            self.client.cancel(futures, force=True)
            raise

    def _calls(self, task: Callable[[A], B], arguments: Sequence[A]) -> list[bytes]:
        """What goes through the scheduler is small: fields that are one object in all arguments go by a file."""
        names = _shared_names(arguments)
        shared = self.work / f"shared-{uuid.uuid4().hex}" if names else None
        if shared:
            with replacing(shared) as file:
                pickle.dump({name: getattr(arguments[0], name) for name in names}, file, pickle.HIGHEST_PROTOCOL)
        function = pickle.dumps(task)
        return [
            pickle.dumps(Call(self.work, versions(), function, shared, _pickled(argument, names)))
            for argument in arguments
        ]

    def _answer(self, future: Future[object]) -> Any:
        since = time.monotonic()
        while True:
            try:
                answer = future.result(timeout=_LOOK_EVERY)
                break
            except TimeoutError:
                if self._has_workers():
                    since = time.monotonic()
                elif time.monotonic() - since > PATIENCE:
                    raise Unavailable(
                        f"{self.name}: no worker has been there for {PATIENCE} seconds; nothing was published, "
                        "start some and run the same command again"
                    ) from None
            except KilledWorker as killed:
                raise Unavailable(
                    f"{self.name}: workers died again and again at the same task, the last on {killed.last_worker}; "
                    "most often memory is short: give each worker more, or run fewer of them; nothing was published"
                ) from None
            except CancelledError:
                raise Unavailable(
                    f"{self.name}: the scheduler has gone; nothing was published, "
                    "start it and run the same command again"
                ) from None
        if isinstance(answer, Raised):
            raise answer.error
        return answer

    def _has_workers(self) -> bool:
        scheduler = self.client.scheduler
        assert scheduler  # this client is connected
        try:
            asked = self.client.sync(scheduler.identity, n_workers=1, callback_timeout=PATIENCE)
        except TimeoutError:  # frozen, or its network is: nobody would ever tell
            raise Unavailable(
                f"{self.name}: the scheduler has not answered for {PATIENCE} seconds; nothing was published, "
                "start it anew and run the same command again"
            ) from None
        except OSError:  # its connection is cut: the next look at the answer says so
            return True
        return bool(asked["n_workers"])


def _shared_names(arguments: Sequence[Any]) -> list[str]:
    """The fields of these arguments that are one and the same object in all of them."""
    if len(arguments) < 2 or len({type(argument) for argument in arguments}) > 1 or not is_dataclass(arguments[0]):
        return []
    names = [field.name for field in fields(arguments[0])]
    return [name for name in names if len({id(getattr(argument, name)) for argument in arguments}) == 1]


def _pickled(argument: Any, shared: Sequence[str]) -> bytes:
    if not shared:
        return pickle.dumps(argument)
    own = {field.name: getattr(argument, field.name) for field in fields(argument) if field.name not in shared}
    return pickle.dumps((type(argument), own))
