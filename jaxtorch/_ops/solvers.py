"""Linear systems: solvers of square and triangular matrices."""

from __future__ import annotations

from jax import numpy as jnp

from .._core import dtypes
from .._core.dispatch import Fact, dispatch
from .._core.errors import warn_once
from .._core.layout import broadcast_shapes, column_major, contiguous
from .._core.spec import composite, op, registry
from .dims import SAME_OUT, refuse
from .linalg import (
    KINDS,
    _LinAlgError,
    check_floating,
    check_matrix,
    check_square,
    factor,
    factored,
    is_singular,
    matched,
    row_order,
    row_permutation,
    solve_factored,
    substitute,
    triangular,
    unpack,
    zero_pivot_of,
)
from .precision import adjoint, conj, product


def _check_solver(A, B, left: bool, name: str) -> None:
    """``B`` is a batch of matrices of the size that ``A X = B`` or ``X A = B`` asks for."""
    check_square(A, name)
    check_matrix(B, name, "B")
    if A.shape[-1] != B.shape[-2 if left else -1]:
        sizes = ["x".join(map(str, x.shape[-2:])) for x in (A, B)]
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
            f"({sizes[0]} and {sizes[1]})"
        )


# -- solvers --------------------------------------------------------------------------------------
def _is_vector(A_shape, B_shape) -> bool:
    """Whether B is a vector, or a batch of vectors of the batch of A."""
    return len(B_shape) == 1 or (len(A_shape) - 1 == len(B_shape) and A_shape[:-1] == B_shape)


def _check_solve(A, B, *, left, **_):
    name = "linalg.solve"
    check_floating(A, name)
    if A.dtype is not B.dtype:
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type {A.dtype.title} and B of "
            f"type {B.dtype.title} instead"
        )
    check_square(A, name)
    if _is_vector(A.shape, B.shape):
        B = Fact((*B.shape, 1), B.dtype, None, 2)
    _check_solver(A, B, left, name)
    broadcast_shapes(B.shape[:-2], A.shape[:-2])


def _solve(A, B, *, left):
    lu, order, _ = factor(A)
    vector = _is_vector(A.shape, B.shape)
    b = B[..., None] if vector else B
    if left:
        x = substitute(lu, order, b)
    else:
        x = jnp.swapaxes(substitute(lu, order, jnp.swapaxes(b, -1, -2), "T"), -1, -2)
    return x[..., 0] if vector else x, lu, order


def _solve_gradient(g, A, B, LU, order, result, left):
    vector = _is_vector(A.shape, B.shape)
    if vector:
        g, result = g[..., None], result[..., None]
    if left:
        gB = solve_factored(A, LU, order, g, "C")
        gA = -product(gB, adjoint(result))
    else:
        gB = adjoint(solve_factored(A, LU, order, adjoint(g)))
        gA = -product(adjoint(result), gB)
    return gA, gB[..., 0] if vector else gB


def _solver_error(name: str):
    def error(A, B, **_):
        batch, _ = zero_pivot_of(A)
        return _LinAlgError(f"torch.linalg.{name}: {batch}The solver failed because the input matrix is singular.")

    return error


def _solve_layout(layouts, *, left, **_):
    return (column_major if left else contiguous, contiguous, contiguous)


_SOLVE = {"promote": "same", "check": _check_solve, "kernel": f"lu_cpu: {KINDS}", "layout": _solve_layout,
          "node": "LinalgSolveExBackward0", "detached": (1,), "grad": _solve_gradient}  # fmt: skip
_SOLVE_OUT = {"forms": "linalg out", "exact_out": SAME_OUT, "out_name": "_linalg_solve_ex", "out_strides": "result"}

op("linalg_solve.factored(Tensor A, Tensor B, *, bool left=True) -> (result, LU, order)", forms="",
   bounds=lambda A, B, *, left: is_singular(A), bounds_error=_solver_error("solve"), **_SOLVE)(_solve)  # fmt: skip


@composite("linalg_solve(Tensor A, Tensor B, *, bool left=True)", **_SOLVE_OUT)
def linalg_solve(A, B, *, left):
    """The solution of ``A X = B`` (``X A = B`` with ``left=False``), batches broadcast.

    Args:
        A: (..., n, n).
        B: (..., n, k), or vectors: (n,), or (..., n) with the batch of A.

    Raises:
        torch.linalg.LinAlgError: a matrix is singular.

    Example:
        >>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([2.0, 2.0]))
        tensor([1.0000, 0.5000])
    """
    return dispatch(registry["linalg_solve.factored"], (A, B), (left,))[0]


op("linalg_solve_ex.factored(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (result, LU, order)",
   forms="", bounds=lambda A, B, *, left, check_errors: is_singular(A) if check_errors else None,
   bounds_error=_solver_error("solve_ex"), **_SOLVE)(
    lambda A, B, *, left, check_errors: _solve(A, B, left=left))  # fmt: skip


@composite("linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (result, info)",
           **_SOLVE_OUT)  # fmt: skip
def linalg_solve_ex(A, B, *, left, check_errors):
    """`solve`, with LAPACK's code (the position of the first zero pivot) instead of an error."""
    result = dispatch(registry["linalg_solve_ex.factored"], (A, B), (left, check_errors))[0]
    return result, dispatch(factored, (A.detach(),), (True, False))[2]


# -- with LU given --------------------------------------------------------------------------------
def _check_lu_solve(LU, pivots, B, *, left, adjoint):
    name = "linalg.lu_solve"
    check_floating(LU, f"torch.{name}")
    if LU.dtype is not B.dtype:
        raise RuntimeError(
            f"{name}: Expected LU and B to have the same dtype, but found LU of type {LU.dtype.title} and B of "
            f"type {B.dtype.title} instead"
        )
    if pivots.dtype is not dtypes.int32:
        raise RuntimeError(f"{name}: pivots should be a Tensor of scalar type torch.int32")
    check_square(LU, f"torch.{name}")
    _check_solver(LU, B, left, name)
    if LU.shape[-1] != pivots.shape[-1]:
        raise RuntimeError(f"{name}: Number of pivots per batch should be same as the dimension of the matrix")
    if LU.shape[:-1] != pivots.shape:
        raise RuntimeError(
            f"{name}: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots.shape)} instead"
        )
    broadcast_shapes(B.shape[:-2], LU.shape[:-2])
    if LU.dtype in dtypes.KINDS["half"]:
        raise refuse("linalg.lu_solve_cpu", LU.dtype)


def _lu_solve(LU, order, B, left: bool, across: bool):
    if left:
        return substitute(LU, order, B, "C" if across else "N")
    B = jnp.swapaxes(B, -1, -2)
    # the transpose of the adjoint is the conjugate
    found = conj(substitute(LU, order, conj(B))) if across else substitute(LU, order, B, "T")
    return jnp.swapaxes(found, -1, -2)


def _lu_solve_gradient(g, LU, order, X, left: bool, across: bool):
    gB = _lu_solve(LU, order, g, left, not across)
    gA = -(product(gB, adjoint(X)) if left else product(adjoint(X), gB))
    turned = product(adjoint(row_permutation(order, LU.dtype)), adjoint(gA) if across else gA)
    L, U = unpack(LU)
    return jnp.tril(product(turned, adjoint(U)), -1) + jnp.triu(product(adjoint(L), turned)), None, gB


@op("linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False)",
    forms="linalg out", exact_out=SAME_OUT, check=_check_lu_solve, out_strides="result",
    grad=lambda g, LU, pivots, result, left, adjoint: _lu_solve_gradient(
        g, LU, row_order(pivots, LU.shape[-1]), result, left, adjoint),
    layout=lambda layouts, *, left, **_: (column_major if left else contiguous,))  # fmt: skip
def linalg_lu_solve(LU, pivots, B, *, left, adjoint):
    """`solve` for a matrix whose factors `lu_factor` gave; ``adjoint`` solves with its adjoint.

    Example:
        >>> LU, pivots = torch.linalg.lu_factor(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
        >>> torch.linalg.lu_solve(LU, pivots, torch.tensor([[2.0], [2.0]]))
        tensor([[1.0000],
                [0.5000]])
    """
    return _lu_solve(LU, row_order(pivots, LU.shape[-1]), B, left, adjoint)


@composite("lu_solve(Tensor self, Tensor LU_data, Tensor LU_pivots)", forms="function method out",
           exact_out=SAME_OUT, out_name="linalg_lu_solve", out_strides="result")  # fmt: skip
def lu_solve(self, LU_data, LU_pivots):
    """`linalg.lu_solve` under its old name, the right hand side first."""
    warn_once(
        "torch.lu_solve is deprecated in favor of torch.linalg.lu_solveand will be removed in a future PyTorch "
        "release.\nNote that torch.linalg.lu_solve has its arguments reversed.\nX = torch.lu_solve(B, LU, "
        "pivots)\nshould be replaced with\nX = torch.linalg.lu_solve(LU, pivots, B)"
    )
    return dispatch(registry["linalg_lu_solve"], (LU_data, LU_pivots, self), (True, False))


# -- triangles ------------------------------------------------------------------------------------
def _solve_triangle(A, B, upper, left, unit, trans="N"):
    if left:
        return triangular(A, B, lower=not upper, trans=trans, unit=unit)
    B = jnp.swapaxes(B, -1, -2)
    if trans == "C":  # X A.mH = B: the transpose of the adjoint is the conjugate
        found = conj(triangular(A, conj(B), lower=not upper, unit=unit))
    else:
        found = triangular(A, B, lower=not upper, trans="T", unit=unit)
    return jnp.swapaxes(found, -1, -2)


def _solve_triangular_gradient(g, A, result, upper, left, unitriangular):
    gB = _solve_triangle(A, g, upper, left, unitriangular, "C")
    gA = -(product(gB, adjoint(result)) if left else product(adjoint(result), gB))
    return (jnp.triu if upper else jnp.tril)(gA, int(unitriangular) * (1 if upper else -1)), gB


def _check_solve_triangular(A, B, *, left, **_):
    _check_solver(A, B, left, "linalg.solve_triangular")
    broadcast_shapes(B.shape[:-2], A.shape[:-2])


@op("linalg_solve_triangular(Tensor A, Tensor B, *, bool upper, bool left=True, bool unitriangular=False)",
    forms="linalg out", promote=lambda pairs, **_: pairs[0][0], layout=(column_major,),
    out_strides="result", check=_check_solve_triangular, kernel=f"triangular_solve_cpu: {KINDS}",
    exact_out="expected scalar type {result.title} but found {out.title}", grad=_solve_triangular_gradient)  # fmt: skip
def linalg_solve_triangular(A, B, *, upper, left, unitriangular):
    """The solution of ``A X = B`` (``X A = B`` with ``left=False``) for a triangle of ``A``.

    Args:
        A: (..., n, n); only its upper (lower) triangle is read.
        B: (..., n, k).
        unitriangular: take the diagonal of A for ones.

    Example:
        >>> A = torch.tensor([[2.0, 1.0], [0.0, 4.0]])
        >>> torch.linalg.solve_triangular(A, torch.tensor([[4.0], [4.0]]), upper=True)
        tensor([[1.5000],
                [1.0000]])
    """
    return _solve_triangle(A, B, upper, left, unitriangular)


def check_right_hand_side(name: str):
    """The `check` of the old solvers, which take the right hand side first."""

    def check(self, A, **_):
        if self.dtype is not A.dtype:
            raise RuntimeError(
                f"Expected b and A to have the same dtype, but found b of type {self.dtype.title} and A of "
                f"type {A.dtype.title} instead."
            )
        n, m = A.shape[-2:]
        if n != m:
            raise RuntimeError(f"A must be batches of square matrices, but they are {n} by {m} matrices")
        if n != self.shape[-2]:
            sizes = " by ".join(map(str, self.shape[-2:]))
            raise RuntimeError(
                f"Incompatible matrix sizes for {name}: each A matrix is {n} by {n} but each b matrix is {sizes}"
            )
        broadcast_shapes(self.shape[:-2], A.shape[:-2])

    return check


def _check_triangular_solve(self, A, **_):
    for what, x in (("b", self), ("A", A)):
        if x.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {what} to have at least 2 dimensions, but it has {x.ndim} "
                "dimensions instead"
            )
    check_right_hand_side("triangular_solve")(self, A)


def _triangular_solve_gradient(g, g_copy, A, X, upper, transpose, unit):
    gB = gA = None
    if g is not None:
        if transpose:  # A.T X = B
            gB = triangular(conj(A), g, lower=not upper, unit=unit)
            gA = -product(conj(X), jnp.swapaxes(gB, -1, -2))
        else:
            gB = triangular(A, g, lower=not upper, trans="C", unit=unit)
            gA = -product(gB, adjoint(X))
        gA = (jnp.triu if upper else jnp.tril)(gA, int(unit) * (1 if upper else -1))
    if g_copy is not None:
        gA = g_copy if gA is None else gA + g_copy
    return gB, gA


@op("triangular_solve.solved(Tensor self, Tensor A, bool upper=True, bool transpose=False, "
    "bool unitriangular=False) -> (solution, cloned_coefficient)", forms="", promote="same",
    layout=(column_major, column_major), check=_check_triangular_solve, kernel=f"triangular_solve_cpu: {KINDS}",
    grad=lambda gs, A, result, upper, transpose, unitriangular: _triangular_solve_gradient(
        *gs, A, result, upper, transpose, unitriangular), watches="self")  # fmt: skip
def triangular_solved(self, A, *, upper, transpose, unitriangular):
    trans = "T" if transpose else "N"
    found = triangular(A, self, lower=not upper, trans=trans, unit=unitriangular)
    return found, matched(A, self)[0]


@composite("triangular_solve(Tensor self, Tensor A, bool upper=True, bool transpose=False, "
           "bool unitriangular=False) -> (solution, cloned_coefficient)", forms="function method out",
           exact_out=SAME_OUT, out_strides="result")  # fmt: skip
def triangular_solve(self, A, upper, transpose, unitriangular):
    """`linalg.solve_triangular` under its old name: a named tuple with a copy of ``A``."""
    warn_once(
        "torch.triangular_solve is deprecated in favor of torch.linalg.solve_triangularand will be removed in a "
        "future PyTorch release.\ntorch.linalg.solve_triangular has its arguments reversed and does not return a "
        "copy of one of the inputs.\nX = torch.triangular_solve(B, A).solution\nshould be replaced with\nX = "
        "torch.linalg.solve_triangular(A, B)."
    )
    return dispatch(registry["triangular_solve.solved"], (self, A), (upper, transpose, unitriangular))
