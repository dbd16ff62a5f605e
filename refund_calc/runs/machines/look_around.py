"""Whether the machines of a night are as it needs them, asked before anything is done on them."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from distributed import Client

from refund_calc.errors import Unavailable
from refund_calc.inputs.inbox import Inputs
from refund_calc.runs.machines.at_worker import SIGN, Seen, differs, look, unseen, versions
from refund_calc.runs.partitions.settings import LEAST_OF_A_WORKER, MIB


def look_around(client: Client, name: str, inputs: Inputs, work: Path) -> list[Seen]:
    """What every worker sees. Raises Unavailable where one, or the scheduler, is not as it must be.

    A worker must read what this process wrote into the work folder: a folder of that name alone may be its own.
    """
    sign = secrets.token_hex()
    (work / SIGN).write_text(sign)
    try:
        there: Mapping[str, str] | Exception = client.run_on_scheduler(versions)
    except (ImportError, RuntimeError) as error:
        there = error
    # A file that is not here either is told of where it is read.
    paths = tuple(path for path in inputs.paths if os.access(path, os.R_OK))
    found = client.run(look, work, paths, on_error="return")
    # One that died just now looks around again with its first task.
    found = {worker: seen for worker, seen in found.items() if not isinstance(seen, OSError)}
    faults = [_fault_of_versions(f"{name}: the scheduler", there)]
    faults += [fault_of(worker, seen, sign, work) for worker, seen in sorted(found.items())]
    if not found:
        faults.append(f"{name}: all workers have gone; start some and run the same command again")
    for fault in filter(None, faults):
        raise Unavailable(fault)
    return list(found.values())


def fault_of(worker: str, seen: Seen | Exception, sign: str, work: Path) -> str:
    """What is wrong with a worker that should have read `sign` in the work folder; blank: nothing."""
    fault = _fault_of_versions(f"worker {worker}", seen if isinstance(seen, Exception) else seen.versions)
    if fault or isinstance(seen, Exception):
        return fault
    if seen.missing:
        return unseen(worker, *seen.missing[0])
    if seen.sign != sign:
        return unseen(worker, work, "another folder of that name")
    if seen.threads != 1:
        return f"worker {worker} has {seen.threads} threads; start it with --nthreads 1, more workers do more"
    if 0 < seen.memory < LEAST_OF_A_WORKER:
        least = LEAST_OF_A_WORKER // MIB
        return (
            f"worker {worker} may take {seen.memory // MIB} MiB, any night takes {least} MiB; "
            f"start it with --memory-limit {least}MiB or more"
        )
    return ""


def _fault_of_versions(who: str, there: Mapping[str, str] | Exception) -> str:
    if isinstance(there, Exception):
        what = " ".join(f"{type(there).__name__}: {there}".split())[:300]
        return f"{who} cannot be asked ({what}); is the same refund-calc installed there? mend or stop it and run again"
    return differs(who, versions(), there) if dict(there) != versions() else ""
