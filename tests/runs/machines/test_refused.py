"""What is not as a night on workers needs it is told in one line, before anything is decided."""

import contextlib
import os
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from refund_calc.errors import BadData, Misused, NightStopped, NoInput, Unavailable
from refund_calc.runs.machines import at_worker, cluster
from refund_calc.runs.machines.cluster import Machines
from refund_calc.runs.machines.look_around import fault_of
from refund_calc.runs.partitions.settings import Split
from tests import product
from tests.runs.machines.workers import Workers
from tests.sample import nights
from tests.stories import AS_OF, Night, a_policy, a_return, an_order


def refused(out: Path, scheduler: str) -> str:
    """The line that stops the night; nothing of it is left then."""
    with pytest.raises(NightStopped) as stopped:
        nights.run(out, nights.NIGHT_BEFORE, with_page=False, split=Split(workplace=Machines(scheduler)))
    assert not out.exists()
    assert isinstance(stopped.value, Misused if "not an address" in str(stopped.value) else Unavailable)
    return str(stopped.value)


@pytest.mark.parametrize("address", ["nowhere", "tcp://127.0.0.1", "tcp://127.0.0.1:x", "http://127.0.0.1:8786"])
def test_what_is_no_address(address: str, tmp_path: Path) -> None:
    said = refused(tmp_path / "out", address)
    assert said.startswith(f"--scheduler {address}: not an address (")
    assert said.endswith("; one looks like tcp://host:8786")


def test_tls_without_certificates(tmp_path: Path) -> None:
    with pytest.raises(Misused, match=r"^--scheduler tls://127\.0\.0\.1:9: Dask has no certificates here; name them"):
        nights.run(tmp_path / "out", split=Split(workplace=Machines("tls://127.0.0.1:9")))


def test_nobody_at_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 2)
    assert refused(tmp_path / "out", "tcp://127.0.0.1:9") == (
        "--scheduler tcp://127.0.0.1:9: no scheduler answers within 2 seconds; "
        "start it, or mend the address, and run the same command again"
    )


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_another_program_at_the_address(words: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped port: whether it says something or waits for more, the night ends, and the lock is free again."""
    monkeypatch.setattr(cluster, "CONNECT", 2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=say, args=(server, words), daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        said = refused(tmp_path / "out", address)
    assert said.startswith(f"--scheduler {address}: no scheduler answers ")


def say(server: socket.socket, words: bytes) -> None:
    """Say so to whoever calls, and listen on."""
    calls = []
    with contextlib.suppress(OSError):
        while True:
            calls.append(server.accept()[0])
            calls[-1].sendall(words)


def test_a_worker_at_the_address(workers: Workers, tmp_path: Path) -> None:
    worker = workers.addresses()[0]
    assert refused(tmp_path / "out", worker) == (
        f"--scheduler {worker}: no scheduler answers there, but: worker; "
        "give the address that the scheduler logs as it starts, and run again"
    )


def test_less_than_any_night_takes_of_a_worker_starts_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cluster, "LocalCluster")
    with pytest.raises(Misused, match=r"^--memory: 300 MiB; any night takes 400 MiB, give at least so much$"):
        nights.run(tmp_path / "out", nights.NIGHT_BEFORE, split=Split(workplace=Machines(workers=1, memory=300 << 20)))


@pytest.mark.parametrize(
    ("limits", "given", "each"),
    [
        ((1 << 30, 3 << 30), 0, 1 << 30),
        ((1 << 30, 3 << 30), 4 << 30, 1 << 30),  # Dask would end the first at its limit, again and again
        ((1 << 30,), 1 << 29, 1 << 29),
        ((0, 3 << 30), 0, 2 << 30),
        ((0,), 4 << 30, 4 << 30),
    ],
)
def test_a_night_takes_no_more_than_any_worker_may(limits: tuple[int, ...], given: int, each: int) -> None:
    assert cluster.memory_of_all([replace(AS_NEEDED, memory=limit) for limit in limits], given) == each


def test_more_processes_than_the_memory_holds_are_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "MEMORY_LIMIT", 4 << 30)
    with pytest.raises(Misused) as stopped:
        nights.run(tmp_path / "out", nights.NIGHT_BEFORE, split=Split(workplace=Machines(workers=100)))
    assert str(stopped.value) == (
        "--workers 100: this machine has 40 MiB of memory for each of them; "
        "any night takes 400 MiB of a worker, run fewer"
    )
    assert not (tmp_path / "out").exists()


def test_processes_of_this_machine_share_its_memory_whatever_cores_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "MEMORY_LIMIT", 3 << 30)
    with Machines(workers=2)._client(tmp_path) as client:
        limits = [worker["memory_limit"] for worker in client.scheduler_info()["workers"].values()]
    assert limits == [1 << 30, 1 << 30]


HERE = at_worker.versions()
WORK = Path("/out/work")
AS_NEEDED = at_worker.Seen(HERE, threads=1, memory=0, sign="x", missing=())
SAME = "install the same versions on all machines, start the scheduler and its workers anew, and run again"
SHARED = (
    "OUT and the inputs, of URLs their copies (--work), must lie in a folder that all machines share under this path, "
    "and the worker's user must be the one who runs the night"
)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (AS_NEEDED, ""),
        (
            replace(AS_NEEDED, versions={**HERE, "pyarrow": "1.0"}),
            f"worker W has pyarrow 1.0, here {HERE['pyarrow']}; {SAME}",
        ),
        (
            replace(AS_NEEDED, versions={**HERE, "refund-calc": "2b"}),
            f"worker W has refund-calc 2b, here {HERE['refund-calc']}; {SAME}",
        ),
        (
            replace(AS_NEEDED, missing=((WORK, "No such file or directory"),)),
            f"worker W cannot use /out/work (No such file or directory); {SHARED}",
        ),
        (
            replace(AS_NEEDED, sign="y"),
            f"worker W cannot use /out/work (another folder of that name); {SHARED}",
        ),
        (
            replace(AS_NEEDED, threads=4),
            "worker W has 4 threads; start it with --nthreads 1, more workers do more",
        ),
        (
            replace(AS_NEEDED, memory=300 << 20),
            "worker W may take 300 MiB, any night takes 400 MiB; start it with --memory-limit 400MiB or more",
        ),
        (
            ModuleNotFoundError("No module named 'refund_calc'"),
            "worker W cannot be asked (ModuleNotFoundError: No module named 'refund_calc'); is the same refund-calc "
            "installed there? mend or stop it and run again",
        ),
    ],
)  # fmt: skip
def test_a_worker_that_is_not_as_it_must_be(seen: at_worker.Seen | Exception, said: str) -> None:
    assert fault_of("W", seen, "x", WORK) == said


def test_a_worker_that_does_not_see_a_file_which_is_here(workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    inputs = nights.inputs(nights.NIGHT_BEFORE)
    with (
        inputs.returns[0].open("rb") as file,
        pytest.raises(Unavailable) as stopped,
        Machines(scheduler=workers.address)(
            product.Inputs(inputs.orders, [only_here := Path(f"/dev/fd/{os.dup2(file.fileno(), 200)}")]),
            tmp_path / "work",
        ),
    ):
        pass
    assert f"cannot use {only_here} (No such file or directory); {SHARED}" in str(stopped.value)


def test_a_file_that_is_nowhere_is_no_fault_of_the_workers(workers: Workers, tmp_path: Path) -> None:
    policy = product.write_policies([a_policy()], tmp_path / "policy")
    inputs = product.Inputs(nights.inputs(nights.NIGHT_BEFORE).orders, [tmp_path / "returns.csv"])
    said = []
    for there in (Split(), workers.in_parts(2)):
        with pytest.raises(NoInput) as stopped:
            product.run(inputs, policy, AS_OF, tmp_path / "out", split=there)
        said.append(str(stopped.value))
    assert said[0] == said[1] == f"{tmp_path / 'returns.csv'}: there is no such file; check the name and the export"


def test_what_a_task_finds_wrong_is_told_in_its_words(workers: Workers, tmp_path: Path) -> None:
    policy = product.write_policies([a_policy()], tmp_path / "policy")
    files = [*Night([a_return()], [an_order()]).all_files()]
    inputs = product.write_files([(kind, name, data + b"\xff") for kind, name, data in files], tmp_path / "in")
    said = []
    for there in (Split(), workers.in_parts(2)):
        with pytest.raises(BadData) as stopped:
            product.run(inputs, policy, AS_OF, tmp_path / "out", split=there)
        said.append(str(stopped.value))
        assert not (tmp_path / "out").exists()
    assert said[0] == said[1]
