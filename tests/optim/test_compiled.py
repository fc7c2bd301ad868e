"""Every optimizer compiled: after three steps, parameters and state are what they are in PyTorch.

The optimizers and their options are those of PyTorch's database, with every way of computing a step. `make test`
runs one choice of options of each; ``JAXTORCH_FUZZ_STEPS=1`` all.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch

import jaxtorch
from jaxtorch.compiler import assert_recordings
from tests.conformance import optimizers
from tests.conformance.comparison import problem
from tests.conformance.optimizers import Problem
from tests.conformance.translation import Builder
from tests.oracle import SELF_CHECK, is_tensor
from tests.sampling import EVERY

pytestmark = pytest.mark.skipif(SELF_CHECK, reason="compiles")

#: Optimizers whose course depends on values, and what is then said: their steps run uncompiled. How often LBFGS
#: evaluates its closure is decided by the size of gradients; the rows of SparseAdam's gradients differ in number.
UNCOMPILED = {"LBFGS": "a value is read", "SparseAdam": "a gradient is a sparse tensor"}
STEPS = 3


def run(lib: Any, name: str, options: dict[str, Any], compile: Callable = lambda f: f) -> tuple[dict, Any]:
    """What steps on a least-squares problem leave, and the function that was called."""
    given = Problem(lib, name)
    optimizer = getattr(lib.optim, name)(given.parameters(), **Builder(lib).tree(options))

    def closure() -> Any:
        optimizer.zero_grad()
        loss = given.loss()
        loss.backward()
        return loss

    call = compile(lambda: optimizer.step(closure))
    losses = [call().detach() for _ in range(STEPS)]
    state = optimizer.state_dict()
    return {
        "losses": losses,
        "parameters": [p.detach() for p in given.parameters()],
        "gradients": [p.grad.to_dense() for p in given.parameters()],
        "state": _listed(state["state"]),
        "groups": [sorted(group) for group in state["param_groups"]],
    }, call


def _listed(value: Any) -> Any:
    """Nested dictionaries as lists of keys and values."""
    if isinstance(value, dict):
        return [[str(k), _listed(v)] for k, v in value.items()]
    return [_listed(v) for v in value] if isinstance(value, list) and not is_tensor(value) else value


CHOICES = {name: optimizers.samples(name) for name in optimizers.entries()}
CASES = [
    (name, place)
    for i, (name, drawn) in enumerate(CHOICES.items())
    for place in (range(len(drawn)) if EVERY else [i % len(drawn)])
]


@pytest.mark.parametrize("name, place", CASES)
def test_steps_compiled_are_the_steps_uncompiled(name, place):
    options, why = CHOICES[name][place], UNCOMPILED.get(name)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        wanted, _ = run(torch, name, options)
        ours, call = run(jaxtorch, name, options, lambda f: jaxtorch.compile(f, fullgraph=not why))
    found = [f"{what}: {problem(ours[what], wanted[what])}" for what in wanted if problem(ours[what], wanted[what])]
    assert not found
    assert_recordings(call, 0 if why else 1)
    assert [why in text for text in (str(w.message) for w in told) if "runs uncompiled" in text] == [True] * bool(why)
