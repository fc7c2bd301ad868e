"""torch.nn.utils against torch: clipping gradients, and parameters as vectors."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.nn.programs import compare
from tests.oracle import (
    Trace,
    make_tensor,
    module_under_test,
    same_error,
)


def parameters(lib, *values):
    """Parameters with the given gradients; None for one without."""
    found = []
    for v in values:
        p = lib.nn.Parameter(lib.zeros(2 if v is None else len(v)))
        p.grad = None if v is None else make_tensor(lib, np.array(v, np.float32))
        found.append(p)
    return found


@pytest.mark.parametrize("norm", [2.0, 1.0, math.inf, "inf", 0.5, 3])
@pytest.mark.parametrize("largest", [1.0, 100, 0])
def test_clip_grad_norm(norm, largest):
    def program(lib, trace: Trace):
        ps = parameters(lib, [3.0, -4.0], None, [1.0, 0.0, 12.0])
        kept = [p.grad for p in ps]
        trace.note("total", lib.nn.utils.clip_grad_norm_(ps, largest, norm))
        trace.note("gradients", [p.grad for p in ps])
        trace.note("in place", [p.grad is g for p, g in zip(ps, kept, strict=True)])

    compare(program)


def test_clipping_of_every_kind_of_argument():
    def program(lib, trace: Trace):
        clip = lib.nn.utils.clip_grad_norm_
        (one,) = parameters(lib, [3.0, 4.0])
        trace.note("one", clip(one, 1.0))
        trace.note("one: gradient", one.grad)
        trace.note("none", clip([], 1.0))
        trace.note("no gradients", clip(parameters(lib, None), 1.0))
        trace.note("a generator", clip((p for p in parameters(lib, [3.0, 4.0])), 1.0))
        trace.observe("an empty generator", lambda: clip((p for p in ()), 1.0), warned=True)
        trace.note("foreach", clip(parameters(lib, [3.0, 4.0]), 1.0, foreach=True))
        trace.note("not foreach", clip(parameters(lib, [3.0, 4.0]), 1.0, foreach=False))
        trace.observe(
            "former name",
            lambda: lib.nn.utils.clip_grad_norm(parameters(lib, [3.0, 4.0]), 1.0),
            warned=True,
        )
        trace.note("infinite", clip(parameters(lib, [math.inf, 1.0]), 1.0))
        ps = parameters(lib, [math.nan, 1.0])
        trace.observe("refused", lambda: clip(ps, 1.0, error_if_nonfinite=True))
        trace.note("untouched", ps[0].grad)
        trace.note("halves", clip([lib.nn.Parameter(lib.ones(2, dtype=lib.bfloat16))], 1.0))
        x = lib.nn.Parameter(lib.ones(3, dtype=lib.float64))
        (x * lib.tensor([3.0, 4.0, 12.0], dtype=lib.float64)).sum().backward()
        trace.note("after backward", [clip(x, 1.0), x.grad])

    compare(program)


def test_norm_and_scaling_apart():
    def program(lib, trace: Trace):
        ps = parameters(lib, [3.0, -4.0], [12.0, 0.0])
        grads = [p.grad for p in ps]
        total = lib.nn.utils.get_total_norm(grads)
        trace.note("total", total)
        trace.note("of one", lib.nn.utils.get_total_norm(grads[0], 1))
        trace.note("of none", lib.nn.utils.get_total_norm([]))
        trace.note("scaled", lib.nn.utils.clip_grads_with_norm_(ps, 2.0, total))
        trace.note("gradients", grads)

    compare(program)


def test_clip_grad_value():
    def program(lib, trace: Trace):
        ps = parameters(lib, [3.0, -4.0, 0.5], None)
        trace.note("result", lib.nn.utils.clip_grad_value_(ps, 1))
        trace.note("gradients", [p.grad for p in ps])
        trace.note("one", lib.nn.utils.clip_grad_value_(ps[0], 0.25))
        trace.note("again", ps[0].grad)

    compare(program)


def test_parameters_as_a_vector():
    def program(lib, trace: Trace):
        m = lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.Linear(3, 1, bias=False))
        with lib.no_grad():
            for i, p in enumerate(m.parameters()):
                p.fill_(i)
        vector = lib.nn.utils.parameters_to_vector(m.parameters())
        trace.note("vector", vector)
        kept = list(m.parameters())
        new = lib.arange(12.0)
        lib.nn.utils.vector_to_parameters(new, m.parameters())
        trace.note("parameters", [p.detach() for p in m.parameters()])
        trace.note("same", [p is q for p, q in zip(kept, m.parameters(), strict=True)])
        new.mul_(2)
        trace.note("shared", m[0].weight.detach())

    compare(program)


def test_refusals():
    def run(lib):
        lib.nn.utils.vector_to_parameters([1.0], [])

    same_error(lambda: run(module_under_test()), lambda: run(torch))
