"""Factorizations of indefinite symmetric and Hermitian matrices: LDL with the pivots of Bunch and Kaufman.

XLA has no LAPACK call for them. The conventions are LAPACK's (``?sytrf`` and ``?hetrf`` of the lower triangle): a
positive pivot i stands for a 1 x 1 block whose row was exchanged with row i, two equal negative ones -i for a 2 x 2
block whose second row was exchanged with row i, both counted from 1; rows of earlier columns stay where they were.
"""

from __future__ import annotations

import math
from functools import partial

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.dispatch import dispatch
from .._core.layout import column_major, contiguous
from .._core.spec import composite, op, registry
from .dims import SAME_OUT
from .families import no_derivative
from .linalg import KINDS, check_square_floating
from .solvers import check_right_hand_side

#: Above this share of the largest element a pivot is large enough.
_ALPHA = (1 + math.sqrt(17)) / 8


def _size(x):
    """What pivots are compared by: as LAPACK does, the sum of the parts of a complex number."""
    return abs(x.real) + abs(x.imag) if x.dtype.kind == "c" else abs(x)


def _exchanged(n: int, i, j):
    """The order of ``n`` rows of which two are exchanged."""
    order = jnp.arange(n)
    return jnp.where(order == i, j, jnp.where(order == j, i, order))


def _choose(M, k):
    """(the row of the pivot, whether its block is 2 x 2, whether there is none) of the rest from ``k`` on."""
    rows = jnp.arange(M.shape[0])
    below = jnp.where(rows > k, _size(M[:, k]), -1)
    at = jnp.argmax(below).astype(k.dtype)
    here, largest = _size(M[k, k]), jnp.maximum(below[at], 0)
    of_row = jnp.max(jnp.where((rows >= k) & (rows != at), _size(M[at]), 0))
    none = (jnp.maximum(here, largest) == 0) | jnp.isnan(here)
    stay = none | (here >= _ALPHA * largest) | (here >= _ALPHA * largest * (largest / of_row))
    single = stay | (_size(M[at, at]) >= _ALPHA * of_row)
    return jnp.where(stay, k, at), ~single, none


def _factor(A, hermitian: bool):
    """(LD, pivots, info) of one matrix."""
    n, flip = A.shape[-1], jnp.conj if hermitian and A.dtype.kind == "c" else (lambda x: x)
    rows = jnp.arange(n)
    low = jnp.tril(A, -1)
    on = jnp.diagonal(A)
    M = low + flip(low).T + jnp.diag(on.real.astype(A.dtype) if flip is jnp.conj else on)

    def step(state):
        M, LD, pivots, info, k = state
        row, two, none = _choose(M, k)
        last = k + two.astype(k.dtype)  # of the block
        order = _exchanged(n, last, row)
        M = M[order][:, order]
        next_ = jnp.minimum(k + 1, n - 1)
        a, b, c = M[k, k], M[next_, k], M[next_, next_]
        first, second = jnp.where(rows > last, M[:, k], 0), jnp.where(rows > last, M[:, next_], 0)
        # the columns of L: the rest times the inverse of the block
        determinant = jnp.where(two, a * c - b * flip(b), 1)
        alone = first / jnp.where(none, 1, a)
        left = jnp.where(two, (first * c - second * b) / determinant, alone)
        right = jnp.where(two, (second * a - first * flip(b)) / determinant, 0)
        M = M - jnp.outer(left, flip(first)) - jnp.outer(right, flip(second))
        column = jnp.where(rows == k, a, jnp.where(two & (rows == next_), b, left))
        LD = LD.at[:, k].set(column)
        LD = LD.at[:, next_].set(jnp.where(two, jnp.where(rows == next_, c, right), LD[:, next_]))
        pivot = jnp.where(two, -(row + 1), row + 1).astype(np.int32)
        pivots = pivots.at[k].set(pivot)
        pivots = pivots.at[next_].set(jnp.where(two, pivot, pivots[next_]))
        info = jnp.where(none & (info == 0), k + 1, info).astype(np.int32)
        return M, LD, pivots, info, last + 1

    start = M, jnp.zeros_like(A), jnp.zeros(n, np.int32), jnp.zeros((), np.int32), jnp.zeros((), np.int32)
    _, LD, pivots, info, _ = lax.while_loop(lambda state: state[-1] < n, step, start)
    return jnp.tril(LD), pivots, info  # above the diagonal are zeros divided by numbers of either sign


def _solve(LD, pivots, B, hermitian: bool):
    """The solution for one factorization."""
    n, flip = LD.shape[-1], jnp.conj if hermitian and LD.dtype.kind == "c" else (lambda x: x)
    rows = jnp.arange(n)

    def column(k, last):
        return jnp.where(rows > last, LD[:, k], 0)

    def forward(state):
        B, k = state
        two = pivots[k] < 0
        last = k + two.astype(k.dtype)
        B = B[_exchanged(n, last, abs(pivots[k]) - 1)]
        next_ = jnp.minimum(k + 1, n - 1)
        x, y = B[k], B[next_]
        B = B - jnp.outer(column(k, last), x) - jnp.where(two, jnp.outer(column(next_, last), y), 0)
        a, b, c = LD[k, k], LD[next_, k], LD[next_, next_]
        # LAPACK's way to solve with a block, whose off-diagonal is the largest
        u, v = a / jnp.where(two, flip(b), 1), c / jnp.where(two, b, 1)
        x_, y_ = x / jnp.where(two, flip(b), 1), y / jnp.where(two, b, 1)
        determinant = jnp.where(two, u * v - 1, 1)
        B = B.at[k].set(jnp.where(two, (v * x_ - y_) / determinant, x / a))
        B = B.at[next_].set(jnp.where(two, (u * y_ - x_) / determinant, B[next_]))
        return B, last + 1

    def back(state):
        B, k = state
        two = pivots[k] < 0
        first = jnp.maximum(k - two.astype(k.dtype), 0)
        here, before = flip(column(k, k)) @ B, flip(column(first, k)) @ B
        B = B.at[first].set(B[first] - jnp.where(two, before, 0))
        B = B.at[k].set(B[k] - here)
        return B[_exchanged(n, k, abs(pivots[k]) - 1)], first - 1

    B, _ = lax.while_loop(lambda state: state[1] < n, forward, (B, jnp.zeros((), np.int32)))
    return lax.while_loop(lambda state: state[1] >= 0, back, (B, jnp.full((), n - 1, np.int32)))[0]


def _batched(run, *arrays):
    """``run`` over the leading dimensions of ``arrays``, given as (array, dimensions of one)."""
    shape = jnp.broadcast_shapes(*[a.shape[: a.ndim - k] for a, k in arrays])
    one = [a.shape[a.ndim - k :] for a, k in arrays]
    flat = [jnp.broadcast_to(a, (*shape, *s)).reshape(-1, *s) for (a, _), s in zip(arrays, one, strict=True)]
    found = jax.vmap(run)(*flat)
    return jax.tree_util.tree_map(lambda x: x.reshape(*shape, *x.shape[1:]), found)


@op("linalg_ldl_factor_ex(Tensor self, *, bool hermitian=False, bool check_errors=False) -> (LD, pivots, info)",
    forms="linalg out", exact_out=SAME_OUT, out_strides="result", refused_out=True, promote="same",
    layout=(column_major, contiguous, contiguous), kernel=f"ldl_factor_kernel_cpu: {KINDS}",
    check=check_square_floating("torch.linalg.ldl_factor_ex", low_precision=False),
    **no_derivative("linalg_ldl_factor_ex"))  # fmt: skip
def linalg_ldl_factor_ex(A, *, hermitian, check_errors):
    """The LDL factorization of symmetric or Hermitian matrices, with LAPACK's code instead of an error.

    Args:
        A: (..., n, n); only the lower triangle is read.
        hermitian: of complex matrices: Hermitian, not symmetric.

    Returns:
        A named tuple (LD, pivots, info): info is the position, from 1, of the first block that is zero.
    """
    if A.size == 0:
        return A, jnp.zeros(A.shape[:-1], np.int32), jnp.zeros(A.shape[:-2], np.int32)
    return _batched(partial(_factor, hermitian=hermitian), (A, 2))


@composite("linalg_ldl_factor(Tensor self, *, bool hermitian=False) -> (LD, pivots)", forms="linalg out",
           exact_out=SAME_OUT, out_name="linalg_ldl_factor_ex", out_strides="result", refused_out=True)  # fmt: skip
def linalg_ldl_factor(self, *, hermitian):
    """The LDL factorization of symmetric or Hermitian matrices, as `ldl_solve` takes it.

    Args:
        self: (..., n, n); only the lower triangle is read.

    Example:
        >>> torch.linalg.ldl_factor(torch.tensor([[2.0, 1.0], [1.0, -1.0]])).LD
        tensor([[ 2.0000,  0.0000],
                [ 0.5000, -1.5000]])
    """
    return dispatch(registry["linalg_ldl_factor_ex"], (self,), (hermitian, False))[:2]


def _check_solve(LD, pivots, B, **_):
    name = "torch.linalg.ldl_solve"
    check_square_floating(name, low_precision=False)(LD)
    if B.ndim < 2:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got -2)")
    check_right_hand_side(name)(B, LD)
    if LD.shape[:-1] != pivots.shape:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots.shape)} instead"
        )
    if pivots.dtype.category != 1 or pivots.dtype is dtypes.bool_:
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {pivots.dtype.title}")


@op("linalg_ldl_solve(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False)", forms="linalg out",
    exact_out=SAME_OUT, out_strides="result", refused_out=True, layout=(column_major,), promote="none",
    check=_check_solve,
    **no_derivative("linalg_ldl_solve"))  # fmt: skip
def linalg_ldl_solve(LD, pivots, B, *, hermitian):
    """The solution X of ``A X = B`` where `ldl_factor` gave the factors of A.

    Args:
        LD: (..., n, n), ``pivots``: (..., n), from `ldl_factor`.
        B: (..., n, k).

    Example:
        >>> LD, pivots = torch.linalg.ldl_factor(torch.tensor([[2.0, 1.0], [1.0, -1.0]]))
        >>> torch.linalg.ldl_solve(LD, pivots, torch.tensor([[3.0], [0.0]]))
        tensor([[1.],
                [1.]])
    """
    shape = jnp.broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    if B.size == 0 or LD.size == 0:
        return jnp.broadcast_to(B, (*shape, *B.shape[-2:]))
    return _batched(partial(_solve, hermitian=hermitian), (LD, 2), (pivots, 1), (B, 2))
