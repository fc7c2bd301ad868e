"""A gradient formula that gives another result than `jax.vjp` of the op's own function says so (`spec.departs`)."""

from __future__ import annotations

import itertools

import jax
import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch._core.dispatch import dispatch
from jaxtorch._core.spec import registry

# Zeros, bounds of activations and clamps, ties, exact powers; more than two operands are no matter of convention.
VALUES = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -3.0, 6.0)
WIDE = (*VALUES, float("nan"), float("inf"))
MATRICES = {
    "zeros": np.zeros((3, 3)), "ones": np.ones((3, 3)), "ties": np.array([[1.0, 2, 2], [2, 1, 1], [0, 0, 2]]),
    "nan": np.array([[1.0, np.nan, 2], [2, np.nan, np.nan], [0, 0, 2]]),
}  # fmt: skip
# Formulas of which a difference says nothing: the op has no gradient there, and its function is not what is drawn.
DRAWN = {"drawn", "drawn_from", "gamma_sample", "dirichlet_sample", "rrelu_with_noise", "native_dropout_backward"}
STATIC = {"int": 0, "int[]": (0,), "dims": (0,), "bool": False, "float": 1.0, "str": "none", "p": 2.0}


def is_pointwise(spec) -> bool:
    tensors = [k for k in spec.operand_kinds if k in ("Tensor", "Operand", "Tensor[]")]
    return spec.layout == "pointwise" and len(tensors) <= 2 and "Tensor[]" not in tensors


def arrays_of(spec, values) -> list[dict]:
    """The operands to try: {name: array}, of those that must be given."""
    names = [p.name for p in spec.schema.params if p.kind in ("Tensor", "Operand") and not p.optional]
    grid = np.array(list(itertools.product(values, repeat=len(names)))).T
    return [dict(zip(names, grid))] if is_pointwise(spec) else [dict.fromkeys(names, m) for m in MATRICES.values()]


def differences(spec, values=VALUES) -> list:
    """(operand, its values, our gradient, that of JAX) wherever the two are not the same."""
    found = []
    static = tuple([STATIC.get(p.name, STATIC.get(p.kind)) if p.required else p.default
                    for p in spec.schema.params if not p.is_operand])  # fmt: skip
    named = dict(zip(spec.schema.static_names, static))
    for arrays in arrays_of(spec, values):
        given = [arrays.get(p.name, 0.5 if p.kind in ("Scalar", "Number") and p.required else p.default)
                 for p in spec.schema.params if p.is_operand]  # fmt: skip
        if spec.name == "clamp":
            given[1] = 1.0 if spec.key == "clamp" else np.ones(len(given[0]))
        tensors = [torch.tensor(v, requires_grad=True) if isinstance(v, np.ndarray) else v for v in given]
        try:
            out = dispatch(spec, tensors, static)
            out = out[0] if isinstance(out, tuple) else out
            if not out.requires_grad or out.is_complex():
                continue
            out.backward(torch.ones_like(out))
        except (RuntimeError, NotImplementedError):  # not of these values; no gradient
            continue

        def own(*values, given=given):
            values = iter(values)
            full = [next(values) if isinstance(v, np.ndarray) else None if v is None else jax.numpy.asarray(float(v))
                    for v in given]  # fmt: skip
            result = spec.fn(*full, **named)
            return result[0] if isinstance(result, tuple) else result

        with jax.enable_x64(True):
            primals = [jax.numpy.asarray(v) for v in given if isinstance(v, np.ndarray)]
            try:
                result, pull = jax.vjp(own, *primals)
            except NotImplementedError:  # nothing to depart from
                continue
            theirs = [np.asarray(g) for g in pull(jax.numpy.ones_like(result))]
        leaves = [t for t in tensors if isinstance(t, torch.Tensor)]
        for i, (t, g) in enumerate(zip(leaves, theirs)):
            if t.grad is None:
                continue
            wrong = ~np.isclose(t.grad.numpy(), g, rtol=1e-6, atol=1e-9, equal_nan=True)
            at = [[float(p[w]) for p in primals if p.shape == wrong.shape]
                  for w in map(tuple, np.argwhere(wrong)[:3])]  # fmt: skip
            if wrong.any():
                found.append((i, at, t.grad.numpy()[wrong][:3], g[wrong][:3]))
    return found


def names(chosen) -> list[str]:
    return sorted({s.name for s in registry.values() if s.grad and s.differentiable and not s.dynamic and chosen(s)})


@pytest.mark.parametrize("name", names(lambda s: is_pointwise(s) and s.name not in DRAWN))
def test_a_formula_that_departs_says_so(name):
    """Of the elementwise ops; and one that says so departs."""
    specs = [s for s in registry.values() if s.name == name and s.grad and is_pointwise(s) and not s.hidden]
    found = {s.key: differences(s) for s in specs}
    silent = {s.key: found[s.key] for s in specs if found[s.key] and not s.convention}
    assert not silent, "say in what: @departs(...) on the formula"
    if any(s.convention for s in specs):
        assert any(found[s.key] or differences(s, WIDE) for s in specs if s.convention), "it does not depart from JAX's"


@pytest.mark.parametrize("name", names(lambda s: s.convention and not is_pointwise(s)))
def test_what_says_that_it_departs_does(name):
    specs = [s for s in registry.values() if s.name == name and s.convention and not is_pointwise(s)]
    assert any(differences(s) for s in specs)
