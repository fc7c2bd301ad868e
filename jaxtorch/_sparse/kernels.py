"""Array functions behind sparse tensors: putting values at coordinates, taking them from there, products.

Coordinates are (sparse_dim, nnz) integers; values have nnz rows. All sizes are static.
"""

from __future__ import annotations

import jax
from jax import lax
from jax import numpy as jnp

from .._core.dispatch import dispatch
from .._core.spec import op, registry
from .._core.tensor import Tensor


def _place(indices):
    return tuple(indices[d] for d in range(indices.shape[0]))


def _put(indices, values, shape):
    """Zeros with the values added at their coordinates."""
    if values.dtype == jnp.bool_:
        return jnp.zeros(shape, values.dtype).at[_place(indices)].max(values)
    if not indices.shape[0]:
        return jnp.sum(values, 0, dtype=values.dtype).reshape(shape)
    return jnp.zeros(shape, values.dtype).at[_place(indices)].add(values)


def _take(dense, indices):
    if not indices.shape[0]:
        return jnp.broadcast_to(dense, (indices.shape[1], *dense.shape))
    return dense[_place(indices)]


def _named(*, node, **_):
    return node


@op("sparse_put(Tensor indices, Tensor values, size shape, str node)", forms="", promote="none", layout="contiguous",
    opmath=False, node=_named, grad=lambda g, indices: (None, _take(g, indices)))  # fmt: skip
def sparse_put(indices, values, *, shape, node):
    wide = values.astype(jnp.float32) if values.dtype.itemsize == 2 and values.dtype.kind in "fV" else values
    return _put(indices, wide, shape).astype(values.dtype)


@op("sparse_take(Tensor self, Tensor indices)", forms="", promote="none", layout="contiguous", opmath=False,
    grad=lambda g, self, indices: (_put(indices, g, self.shape), None))  # fmt: skip
def sparse_take(self, indices):
    return _take(self, indices)


@op("sparse_add(Tensor self, Tensor indices, Tensor values, Scalar alpha, str node)", forms="", promote="none",
    layout="like", opmath=False, node=_named,
    grad=lambda g, indices, alpha: (g, None, _take(g, indices) * lax.conj(alpha.astype(g.dtype))
                                    if g.dtype.kind == "c" else _take(g, indices) * alpha.astype(g.dtype)),
)  # fmt: skip
def sparse_add(self, indices, values, alpha, *, node):
    if self.dtype == jnp.bool_:
        return self | (_put(indices, values, self.shape) & alpha.astype(jnp.bool_))
    scaled = values.astype(self.dtype) * alpha.astype(self.dtype)
    if not indices.shape[0]:
        return self + jnp.sum(scaled, 0, dtype=self.dtype)
    return self.at[_place(indices)].add(scaled)


def _conj(x):
    return lax.conj(x) if x.dtype.kind == "c" else x


def _beside(values, dense):
    """Values to multiply rows of a matrix (or elements of a vector) with."""
    return values[:, None] if dense.ndim > 1 else values


def _rows_gradient(g, indices, values, dense, needs):
    rows, columns = indices
    terms, beside = g[rows] * _conj(dense)[columns], None
    own = (jnp.sum(terms, -1, dtype=g.dtype) if dense.ndim > 1 else terms) if needs[1] else None
    if needs[2]:
        beside = jnp.zeros(dense.shape, g.dtype).at[columns].add(_beside(_conj(values), dense) * g[rows])
    return None, own, beside


@op("sparse_product(Tensor indices, Tensor values, Tensor dense, int rows, str node)", forms="", promote="none",
    layout="contiguous", node=_named, grad=_rows_gradient)  # fmt: skip
def sparse_product(indices, values, dense, *, rows, node):
    """The product of a matrix (nonzeros at ``indices``) with a dense one, or with a vector."""
    rows_of, columns = indices
    return jnp.zeros((rows, *dense.shape[1:]), dense.dtype).at[rows_of].add(_beside(values, dense) * dense[columns])


@op("sparse_softmax(Tensor values, Tensor groups, int count, bool log)", forms="", promote="none",
    layout="contiguous")  # fmt: skip
def sparse_softmax(values, groups, *, count, log):
    """Softmax of the values of one group each."""
    highest = lax.stop_gradient(jax.ops.segment_max(values, groups, count))
    moved = values - highest[groups]
    total = jax.ops.segment_sum(jnp.exp(moved), groups, count)[groups]
    return moved - jnp.log(total) if log else jnp.exp(moved) / total


@op("sparse_keys(Tensor indices, size shape)", forms="", promote="none", layout="contiguous", differentiable=False)
def sparse_keys(indices, *, shape):
    """One number for each coordinate, in the order of rows, columns, ..."""
    keys = jnp.zeros(indices.shape[1:], jnp.int64)
    for d, n in enumerate(shape):
        keys = keys * n + indices[d]
    return keys


@op("sparse_coordinates(Tensor keys, size shape)", forms="", promote="none", layout="contiguous",
    differentiable=False)  # fmt: skip
def sparse_coordinates(keys, *, shape):
    """The coordinates that `sparse_keys` made numbers of."""
    rows = []
    for n in reversed(shape):
        keys, at = keys // max(n, 1), keys % max(n, 1)
        rows.append(at)
    return jnp.stack(rows[::-1]) if rows else jnp.zeros((0, *keys.shape), jnp.int64)


def put(indices: Tensor, values: Tensor, shape, node: str = "ToDenseBackward0") -> Tensor:
    """A dense tensor with the values added at their coordinates."""
    return dispatch(registry["sparse_put"], (indices, values), (tuple(shape), node))


def take(dense: Tensor, indices: Tensor) -> Tensor:
    """The values of a dense tensor at coordinates."""
    return dispatch(registry["sparse_take"], (dense, indices))


def keys_of(indices: Tensor, shape) -> Tensor:
    """One number for each coordinate, in their order."""
    return dispatch(registry["sparse_keys"], (indices,), (tuple(shape),))


def coordinates_of(keys: Tensor, shape) -> Tensor:
    """The coordinates that numbers stand for."""
    return dispatch(registry["sparse_coordinates"], (keys,), (tuple(shape),))
