"""`decide` only answers: the same for the same arguments, and nothing that it was given has changed."""

import hashlib
import pickle
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from refund_calc.inputs.contracts import OrderRow, ResolutionRow, ReturnRow
from refund_calc.inputs.tables import load
from refund_calc.night.decide import Decided, NightInputs, decide
from refund_calc.policy.versions import PolicySet, load_policies
from tests.night.asking import past_of
from tests.sample import nights
from tests.sample.nights import MAIN

KINDS = {"orders": OrderRow, "returns": ReturnRow, "resolutions": ResolutionRow}


def inputs_of(inbox: Path, day: date, policies: PolicySet) -> NightInputs:
    """The tables of an inbox, read afresh."""
    tables = {
        kind: load(kind, sorted(inbox.glob(f"{kind}*.csv")), model, policies.time_zone) for kind, model in KINDS.items()
    }
    return NightInputs(as_of=day, **tables)


def fingerprint(value: Any) -> str:
    """A hash of everything that is in a value, however deep."""
    digest = hashlib.sha256()
    for part in _parts(value):
        digest.update(part + b"\0")
    return digest.hexdigest()


def _parts(value: Any) -> Any:
    yield type(value).__name__.encode()
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield field.name.encode()
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, dict | MappingProxyType):
        for key, item in value.items():
            yield repr(key).encode()
            yield from _parts(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, pd.DataFrame):
        yield from _parts({name: value[name].array for name in value})
    elif isinstance(value, pd.Categorical):
        yield from _parts((np.asarray(value.codes), value.categories.tolist()))
    elif isinstance(value, pd.api.extensions.ExtensionArray):
        yield repr(value.tolist()).encode()
    elif isinstance(value, np.ndarray):
        yield value.tobytes() if value.dtype != object else repr(value.tolist()).encode()
    elif isinstance(value, pa.Array | pa.ChunkedArray | pa.Table):
        yield repr(value.to_pylist()).encode()
    else:
        yield pickle.dumps(value)


def result(night: Decided) -> str:
    """What a night found out: all but its calendar, whose tables have no value of their own."""
    return fingerprint([getattr(night, f.name) for f in fields(night) if f.name not in ("calendar", "columns")]) + (
        fingerprint([night.columns.facts, night.lines, night.order_lines, night.version])
    )


@pytest.mark.parametrize("day", nights.INBOXES)
def test_the_same_arguments_have_the_same_answer_and_stay_as_they_were(tmp_path, day):
    policies = load_policies(nights.POLICY)
    inputs = inputs_of(nights.INBOXES[day], day, policies)
    past = past_of(tmp_path, inputs)
    given = fingerprint(inputs), fingerprint(policies), fingerprint(past)
    first, second = decide(inputs, policies, past), decide(inputs, policies, past)
    assert result(first) == result(second)
    assert (fingerprint(inputs), fingerprint(policies), fingerprint(past)) == given


def test_whoever_hands_the_tables_over_gets_the_same_answer_and_keeps_no_cells(tmp_path):
    policies, day = load_policies(nights.POLICY), MAIN
    kept, given = (inputs_of(nights.INBOXES[day], day, policies) for _ in range(2))
    past = past_of(tmp_path, kept)
    assert result(decide(kept, policies, past)) == result(decide(given, policies, past, hand_over=True))
    assert len(kept.returns.frame.columns) and not len(given.returns.frame.columns)


def test_the_fingerprint_sees_a_single_cell():
    table = inputs_of(nights.INBOXES[MAIN], MAIN, load_policies(nights.POLICY)).returns
    before = fingerprint(table)
    table.frame["quantity_requested"] = table.frame["quantity_requested"].array.take(np.arange(len(table.frame))[::-1])
    assert fingerprint(table) != before
