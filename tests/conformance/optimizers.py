"""PyTorch's database of optimizers against the library: 20 steps, and a state that the other takes over half-way."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch

from tests.conformance import checks, database, modules
from tests.conformance.checks import Outcome
from tests.conformance.translation import Builder
from tests.oracle import is_tensor, to_numpy

STEPS = 20
TOLERANCE = 1e-6


@functools.cache
def entries() -> dict[str, Any]:
    """Every optimizer of the database by its name."""
    database.entries()  # stands in for what PyTorch's test tools import
    from torch.testing._internal.common_optimizers import optim_db

    return {info.optim_cls.__name__: info for info in optim_db}


def samples(name: str) -> list[dict[str, Any]]:
    """The options that are run: the database's, and the first of them with every way of computing a step."""
    info = entries()[name]
    plain = [dict(given.kwargs) for given in info.optim_inputs_func(device="cpu")]
    # differentiable=True is for parameters that are no leaves
    flags = [{flag: True} for flag in info.supported_impls if flag != "differentiable"]
    flags += [{"foreach": False}] * ("foreach" in info.supported_impls)
    return plain + [{**plain[0], **flag} for flag in flags]


class Problem:
    """A least-squares problem with a matrix and a vector, or two matrices, or rows of a table."""

    def __init__(self, lib: Any, name: str) -> None:
        self.lib, rng = lib, np.random.default_rng(3)
        self.sparse = name == "SparseAdam"
        shape = (4,) if name != "Muon" else (3, 4)
        draw = lambda *s: lib.tensor(rng.standard_normal(s))  # noqa: E731
        self.w, self.b = draw(5, 4).requires_grad_(), draw(*shape).requires_grad_()
        self.x, self.y = draw(8, 5), draw(8, 4)
        self.rows = lib.tensor([0, 3, 3, 1, 0, 2, 2, 2])
        self.cols = lib.tensor([0, 1, 2, 0, 1, 2, 0, 0])

    def parameters(self) -> list:
        return [self.w] if self.sparse else [self.w, self.b]

    def loss(self) -> Any:
        if self.sparse:
            return (self.lib.nn.functional.embedding(self.rows, self.w, sparse=True) - self.y).pow(2).sum()
        shift = self.b if self.b.ndim == 1 else self.b[self.cols]
        return (self.x @ self.w + shift - self.y).pow(2).mean()


def _stepper(problem: Problem, optimizer: Any):
    def closure() -> Any:
        optimizer.zero_grad()
        loss = problem.loss()
        loss.backward()
        return loss

    def step() -> Any:
        return optimizer.step(closure)

    return step


def _difference(mine: Problem, theirs: Problem, when: str) -> str | None:
    for i, (a, b) in enumerate(zip(mine.parameters(), theirs.parameters(), strict=True)):
        a, b = to_numpy(a.detach()), to_numpy(b.detach())
        if not np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE):
            return f"{when}, parameter {i}: {np.abs(a - b).max():.1e} apart"
    return None


def _into(value: Any, make: Any) -> Any:
    """A state with its tensors made anew in the other library."""
    if is_tensor(value):
        return make(to_numpy(value))
    if isinstance(value, dict):
        return {k: _into(v, make) for k, v in value.items()}
    return type(value)(_into(v, make) for v in value) if isinstance(value, list | tuple) else value


def optimizer(name: str, lib: Any, limit: int, seconds: float) -> Outcome:
    """Parameters after 20 steps in float64; then each goes on from the other's state, and agrees again."""

    def one(options: dict[str, Any]) -> str | None:
        mine, theirs = Problem(lib, name), Problem(torch, name)
        made = [
            getattr(p.lib.optim, name)(p.parameters(), **Builder(p.lib).tree(options)) for p in (theirs, mine)
        ]
        for p, opt in ((theirs, made[0]), (mine, made[1])):
            step = _stepper(p, opt)
            for _ in range(STEPS):
                step()
        found = _difference(mine, theirs, f"{options} after {STEPS} steps")
        if found:
            return found
        states = made[0].state_dict(), made[1].state_dict()
        made[0].load_state_dict(_into(states[1], torch.tensor))
        made[1].load_state_dict(_into(states[0], lib.tensor))
        for p, opt in ((theirs, made[0]), (mine, made[1])):
            step = _stepper(p, opt)
            for _ in range(3):
                step()
        return _difference(mine, theirs, f"{options} from the other's state")

    return checks._each(Outcome(name, "steps"), samples(name), lib, one, limit, seconds)


def errors(name: str, lib: Any) -> list[Outcome]:
    """Options and parameters that must fail: that they raise, the type and the text."""
    info = entries()[name]
    drawn = list(info.optim_error_inputs_func(device="cpu", dtype=torch.float64))

    def run(error: Any, builder: Builder) -> None:
        given = error.optimizer_error_input
        made = getattr(builder.lib.optim, name)(builder.tree(given.params), **builder.tree(given.kwargs))
        if "STEP" in str(error.error_on):
            made.step()

    return modules._raised(name, drawn, run, lib)
