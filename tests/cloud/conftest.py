"""Stores to run nights in. The S3 is moto's server: this machine only, credentials that open nothing."""

import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

import fsspec
import pytest

from refund_calc.runs.cloud.store import Store, open_store

SECRET = "a-secret-that-nobody-may-read"
FROM_NOWHERE = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of a real S3, which ends with the tests."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(server: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(600):
        assert server.poll() is None, "moto's server ended"
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("moto's server does not answer")


@pytest.fixture
def memory() -> Store:
    """A folder of the memory, of this test alone."""
    return open_store(f"memory://{uuid.uuid4().hex}/out")


@pytest.fixture
def s3(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A folder of a bucket of this test alone."""
    for name, value in {**FROM_NOWHERE, **CREDENTIALS, "AWS_ENDPOINT_URL": s3_endpoint}.items():
        monkeypatch.setenv(name, value)
    bucket = f"test-{uuid.uuid4().hex}"
    fsspec.filesystem("s3").mkdir(bucket)
    return open_store(f"s3://{bucket}/out")


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    """The same tests over both."""
    found: Store = request.getfixturevalue(request.param)
    return found
