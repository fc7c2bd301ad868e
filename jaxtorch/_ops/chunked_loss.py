"""Cross entropy of a linear map's scores, a few rows at a time: the scores of all rows are never there together."""

from __future__ import annotations

import math

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.spec import op
from .precision import contract


def _check(input, linear_weight, target, linear_bias, weight, *, reduction, ignore_index, rows, acc):
    if input.dtype is not acc and not (input.dtype.itemsize == 2 and acc is dtypes.float32):
        raise RuntimeError(
            f"linear_cross_entropy supports float32 acc_dtype with float16/bfloat16 inputs, but got {acc} acc_dtype "
            f"and {input.dtype} inputs."
        )
    for other in (linear_weight, linear_bias):
        if other is not None and other.dtype is not input.dtype:
            raise RuntimeError(
                f"expected m1 and m2 to have the same dtype, but got: {input.dtype.cpp} != {other.dtype.cpp}"
            )
    if target.shape != input.shape[:1]:
        raise ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({math.prod(target.shape)})."
        )


def _counted(target, weight, ignore_index, acc):
    """(classes, what each row counts): 0 where the class is to be ignored."""
    ignored = target == ignore_index
    classes = jnp.where(ignored, 0, target)
    factor = jnp.ones(target.shape, acc) if weight is None else weight.astype(acc)[classes]
    return classes, jnp.where(ignored, 0, factor)


def _chunks(rows: int, *arrays):
    """Arrays of rows as (chunk, row of it, ...), filled up with zeros."""
    count = -(-arrays[0].shape[0] // rows)
    missing = count * rows - arrays[0].shape[0]
    return [
        jnp.pad(x, ((0, missing), *[(0, 0)] * (x.ndim - 1))).reshape(count, rows, *x.shape[1:]) for x in arrays
    ]


def _scores(x, linear_weight, linear_bias, acc):
    out = contract(x.astype(acc), linear_weight.astype(acc), ((1,), (1,)))
    return out if linear_bias is None else out + linear_bias.astype(acc)


def _divisor(factor, reduction: int):
    total = jnp.sum(factor)
    return jnp.where(total == 0, jnp.asarray(np.nan, total.dtype), total) if reduction == 1 else 1


def _gradient(g, input, linear_weight, target, linear_bias, weight, reduction, ignore_index, rows, acc, needs):
    acc = acc.np
    classes, factor = _counted(target, weight, ignore_index, acc)
    scale = factor * (g.astype(acc) / _divisor(factor, reduction))

    def step(sums, chunk):
        x, of, by = chunk
        scores = _scores(x, linear_weight, linear_bias, acc)
        p = jnp.exp(scores - _log_sum(scores)[:, None])
        slope = (p - (lax.broadcasted_iota(of.dtype, p.shape, 1) == of[:, None])) * by[:, None]
        of_weight, of_bias = sums
        if of_weight is not None:
            of_weight = of_weight + contract(slope, x.astype(acc), ((0,), (0,)))
        if of_bias is not None:
            of_bias = of_bias + jnp.sum(slope, 0)
        of_input = contract(slope, linear_weight.astype(acc), ((1,), (0,))) if needs[0] else None
        return (of_weight, of_bias), of_input

    start = (
        jnp.zeros(linear_weight.shape, acc) if needs[1] else None,
        jnp.zeros(linear_weight.shape[:1], acc) if linear_bias is not None and needs[3] else None,
    )
    (of_weight, of_bias), of_input = lax.scan(step, start, tuple(_chunks(rows, input, classes, scale)))
    if of_input is not None:
        of_input = of_input.reshape(-1, input.shape[1])[: input.shape[0]]
    return of_input, of_weight, None, of_bias, None


def _log_sum(scores):
    top = lax.stop_gradient(jnp.max(scores, 1, keepdims=True))
    return jnp.log(jnp.sum(jnp.exp(scores - top), 1)) + top[:, 0]


def _outside(input, linear_weight, target, linear_bias, weight, *, reduction, ignore_index, rows, acc):
    return jnp.any(_wrong(jnp, target, linear_weight.shape[0], ignore_index))


def _wrong(xp, target, classes: int, ignore_index: int):
    ignored = (target == ignore_index) & (ignore_index < 0 or ignore_index >= classes)
    return ((target < 0) | (target >= classes)) & ~ignored


def _outside_error(input, linear_weight, target, *_, ignore_index, **__):
    classes = linear_weight.shape[0]
    found = target._host()
    first = found[_wrong(np, found, classes, ignore_index)].flat[0]
    return RuntimeError(f"index {first} is out of bounds for dimension 1 with size {classes}")


def _node(reduction, **_) -> str:
    kind = "_no_reduction" if reduction == 0 else ""
    return f"GeneratedBackwardFor_torch_nn__linear_cross_entropy_batch_chunked{kind}_defaultBackward"


@op("linear_cross_entropy.chunked(Tensor input, Tensor linear_weight, Tensor target, Tensor? linear_bias, "
    "Tensor? weight, int reduction, int ignore_index, int rows, dtype acc)", forms="", opmath=False, check=_check,
    bounds=_outside, bounds_error=_outside_error, grad=_gradient, node=_node)  # fmt: skip
def linear_cross_entropy_chunked(input, linear_weight, target, linear_bias, weight, *, reduction, ignore_index, rows,
                                 acc):  # fmt: skip
    """`linear_cross_entropy`, ``rows`` rows at a time, computed in ``acc``."""
    classes, factor = _counted(target, weight, ignore_index, acc.np)

    def losses(chunk):
        x, of = chunk
        scores = _scores(x, linear_weight, linear_bias, acc.np)
        return _log_sum(scores) - jnp.take_along_axis(scores, of[:, None], 1)[:, 0]

    out = lax.map(losses, tuple(_chunks(rows, input, classes))).reshape(-1)[: input.shape[0]]
    out = jnp.where(factor == 0, 0, out * factor)
    if reduction:
        out = jnp.sum(out) / _divisor(factor, reduction)
    return out.astype(input.dtype)
