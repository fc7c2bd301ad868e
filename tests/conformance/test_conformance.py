"""A fixed sample of the operator database: every entry, each with a share of its checks."""

from __future__ import annotations

import zlib

import jax
import pytest

from tests.conformance import report
from tests.oracle import module_under_test

#: Entries are run in so many tests, for as many workers as there are.
SHARDS = 36
#: One entry in so many gets a check that is dear.
_DEAR = {"gradients": 4, "method": 3, "inplace": 3, "out": 4}


def _chosen(name: str, plan: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The checks of an entry that are in the sample: forward in one dtype, error inputs, some of the dear ones."""
    seed = zlib.crc32(name.encode())
    forward = [(check, dtype) for check, dtype in plan if check == "forward"]
    found = forward[seed % len(forward) :][:1] if forward else []
    for check, dtype in plan:
        if check == "errors" or check in _DEAR and seed % _DEAR[check] == 0:
            found.append((check, dtype))
    return found


@pytest.fixture
def programs_dropped():
    """Programs of samples that no other test has are not kept: of all shards they take gigabytes."""
    yield
    jax.clear_caches()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_sample(shard, programs_dropped):
    from tests.conformance import checks, database

    lib = module_under_test()
    outcomes = []
    for name in list(database.entries())[shard::SHARDS]:
        for check, dtype in _chosen(name, list(checks.plan(name))):
            outcomes += [o.as_dict() for o in checks.run(name, check, dtype, lib, 1, 60)]
    assert outcomes
    found = list(report.surprises(outcomes, 1))
    assert not found, "\n".join(found)


def test_every_shortfall_is_of_an_entry():
    from tests.conformance import database

    unknown = {entry for entry, _, _ in report.shortfalls()} - database.entries().keys()
    assert not unknown


def test_a_difference_is_noticed():
    """The comparison tells values, dtypes, shapes and structures apart."""
    import torch

    from tests.conformance.comparison import problem

    want = torch.tensor([1.0, 2.0])
    assert problem(want.clone(), want) is None
    assert "values differ" in problem(torch.tensor([1.0, 2.1]), want)
    assert "dtype" in problem(want.double(), want)
    assert "shape" in problem(want.reshape(2, 1), want)
    assert "tuple" in problem(want, (want, want))
    assert problem(3, 3.0) is not None
