"""Stretches of a recording that happen only where a value says so: a step that may be skipped."""

from __future__ import annotations

import gc
from functools import cache

from jax import numpy as jnp

from .._core.members import show_gradient
from .._core.program import Program
from .._core.tensor import Tensor


class Unconditional(BaseException):
    """What is to happen only where a value says so cannot be part of a program."""


@cache
def _choice() -> Program:
    return Program(lambda where, new, old: jnp.where(where, new, old))


def only_where(recorder, where: Tensor, run) -> tuple:
    """Record ``run()`` so that it writes memory only where ``where`` is true.

    Returns:
        (what it returns, None), or (None, why not) where that is not all it does: it reads a value, or
        leaves new tensors or gradients behind. All memory is then as it was before.
    """
    before = {id(s): (s, s.array, s.version) for s in _held(recorder)}
    grads = {i: t._grad for i, (t, _) in recorder.grads.items()}
    recorder.conditional = True
    result = failed = None
    try:
        result = run()
    except Unconditional as e:
        failed = str(e)
    finally:
        recorder.conditional = False
    for key, c in recorder.captured.items():
        before.setdefault(key, (c.storage, c.pending, c.version))
    for attempt in (0, 1):
        if all(id(s) in before for s in _held(recorder)):
            break
        if attempt == 0:
            gc.collect()
        else:
            failed = failed or "new tensors are kept"
    held = [(t, grads.get(i, entry)) for i, (t, entry) in recorder.grads.items()]
    if any(t._grad is not g for t, g in held):
        failed = failed or "a gradient is replaced"
    if failed is not None:
        for s, array, version in before.values():
            s.array, s.version = array, version
        for t, g in held:
            show_gradient(t)
            t._grad = g
        return None, failed
    condition = where._value()
    for s, array, _ in before.values():
        if s.array is not array:
            s.array = recorder.take(_choice(), (condition, s.array, array))
    return result, None


def _held(recorder) -> list:
    """The storages that hold values of the recording."""
    return [*[c.storage for c in recorder.captured.values()], *recorder.holders()]
