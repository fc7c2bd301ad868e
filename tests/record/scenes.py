"""Scenes: short programs that are run with a function compiled and as it is, and must show the same."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch.compiler import Compiled


class Scenes:
    """The scenes of a module, in order. Used as a decorator:

        @scenes(recordings=2)
        def a_global_changes(compile): ...

    A scene takes what it is to compile with and returns a list of what was seen. ``recordings`` is how
    many the first function that it compiles makes; ``breaks``, why calls of it run uncompiled.
    """

    def __init__(self):
        self.found = []

    def __call__(self, recordings: int | None = None, breaks: str = ""):
        def add(f):
            self.found.append(pytest.param(f, recordings, breaks, id=f.__name__))
            return f

        return add


def check(scene, recordings: int | None, breaks: str) -> None:
    """Run a scene both ways and compare."""
    expected = plain(scene(lambda f: f))
    made: list[Compiled] = []

    def compile(f):
        compiled = torch.compile(f)
        made.append(getattr(compiled, "_compiled", compiled))
        return compiled

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*runs uncompiled")
        found = plain(scene(compile))
    assert same(found, expected), f"{found}\ninstead of\n{expected}"
    history = made[0].history if made else []
    reasons = [why for why, recording in history if recording is None]
    if recordings is not None:
        assert len(history) - len(reasons) == recordings, history
    if breaks:
        assert any(breaks in why for why in reasons), history
    else:
        assert not [why for why in reasons if not why.startswith("not kept")], history


def plain(x):
    """Results as lists of numbers with their facts."""
    if isinstance(x, torch.Tensor):
        return ("tensor", str(x.dtype), x.requires_grad, np.asarray(x.detach().resolve_conj().numpy()).tolist())
    if isinstance(x, np.ndarray):
        return x.tolist()
    if isinstance(x, dict):
        return {str(k): plain(v) for k, v in x.items()}
    return [plain(e) for e in x] if isinstance(x, (list, tuple)) else x


def same(a, b) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-7) and math.copysign(1, a) == math.copysign(1, b)
    if isinstance(a, complex):
        return abs(a - b) <= 1e-5
    return a == b


def ones(*shape, **options):
    return torch.ones(*shape, **options)


def leaf(n: int = 2):
    return torch.ones(n, requires_grad=True)


def training(optimizer=lambda p: torch.optim.Adam(p, lr=0.1)):
    """(model, optimizer, a step of one batch)."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    opt = optimizer(model.parameters())

    def step(x):
        opt.zero_grad()
        loss = model(x).square().sum()
        loss.backward()
        opt.step()
        return loss.detach()

    return model, opt, step
