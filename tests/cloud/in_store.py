"""Nights of one small store, run in a store, and what lies there then."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from refund_calc.runs.cloud.publish import run_in_store
from refund_calc.runs.cloud.store import Store
from refund_calc.runs.nightly import Summary
from tests import product
from tests.stories import DATA, Night

POLICY = DATA / "policy"
STARTED = "2026-03-24T05:30:00+00:00"


def night_of(night: Night, inputs: Path, **options: object):
    """What runs this night on the folder that it is given."""
    files = product.write_files(night.all_files(), inputs)
    return partial(product.run, files, POLICY, night.as_of, worklist=True, with_page=True, **options)


def run(store: Store, night: Night, work: Path | None = None, **options: object) -> Summary:
    """Run a night in the store; its copy lies in `work`, or in a folder that is gone then."""
    with tempfile.TemporaryDirectory() as folder:
        run_it = night_of(night, Path(folder) / "inputs", **options)
        return run_in_store(store, work or Path(folder) / "copy", run_it, str(night.as_of), STARTED)


def objects(store: Store) -> dict[str, bytes]:
    """Name -> bytes of everything in the store but the note beside the index."""
    return {name: store.read(name) or b"" for name in store.names() if not name.startswith("index.")}


def files(out: Path) -> dict[str, bytes]:
    """The same of a folder on disk."""
    found = {str(path.relative_to(out)): path for path in out.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith("index.")}


def on_disk(out: Path, *nights: tuple[Night, Mapping[str, object]]) -> dict[str, bytes]:
    """What the nights leave in a folder."""
    for at, (night, options) in enumerate(nights):
        night_of(night, out.with_name(f"{out.name}-{at}"), **options)(out)
    return files(out)


@contextmanager
def left_as_it_was(store: Store) -> Iterator[None]:
    """Nothing in the store changes."""
    before = {name: store.read(name) for name in store.names()}
    yield
    assert {name: store.read(name) for name in store.names()} == before
