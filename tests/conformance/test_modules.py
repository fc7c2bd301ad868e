"""PyTorch's databases of modules and optimizers: every entry with its first inputs; `make conformance` runs all."""

from __future__ import annotations

import pytest

from tests.oracle import module_under_test
from tests.sampling import EVERY

#: Modules are run in so many tests, for as many workers as there are.
SHARDS = 12
_MOST = 10**9 if EVERY else 1


def _check(outcomes) -> None:
    wrong = [f"{o.entry} {o.check}: {o.failed} of {o.ran}: {o.reason}" for o in outcomes if o.failed]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_modules(shard):
    from tests.conformance import modules

    lib = module_under_test()
    outcomes = []
    for name in list(modules.entries())[shard::SHARDS]:
        for training in (True, False) if EVERY else (True,):
            outcomes.append(modules.module(name, training, lib, _MOST, 300))
        outcomes += modules.errors(name, lib)
    assert outcomes
    _check(outcomes)


def _optimizers() -> list[str]:
    from tests.conformance import optimizers

    return list(optimizers.entries())


@pytest.mark.parametrize("name", _optimizers())
def test_optimizers(name):
    from tests.conformance import optimizers

    lib = module_under_test()
    _check([optimizers.optimizer(name, lib, 10**9 if EVERY else 3, 300), *optimizers.errors(name, lib)])
