"""Linear systems: determinants, inverses, solvers, the LU factorization they share."""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.dispatch import Fact, dispatch, execute
from .._core.errors import warn_once
from .._core.layout import broadcast_shapes, column_major, contiguous
from .._core.spec import composite, op, registry
from .dims import SAME_OUT, refuse
from .precision import adjoint, conj, product
from .reduction import product_of_others

KINDS = "float complex"


class _LinAlgError(RuntimeError):
    """A factorization that cannot be completed: `torch.linalg.LinAlgError`."""


_LinAlgError.__module__ = "torch._C"


# -- what PyTorch says of inputs that do not fit --------------------------------------------------
def check_matrix(x, name: str, what: str = "A") -> None:
    """``x`` has at least two dims."""
    if x.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {what} must have at least 2 dimensions.")


def check_square(x, name: str, what: str = "A") -> None:
    """``x`` is a batch of square matrices."""
    check_matrix(x, name, what)
    rows, columns = x.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            f"{name}: {what} must be batches of square matrices, but they are {rows} by {columns} matrices"
        )


def check_floating(x, name: str, low_precision: bool = True) -> None:
    """``x`` has a floating point or complex dtype, and no half unless ``low_precision``."""
    if x.dtype.category < 2:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.title}"
        )
    if not low_precision and x.dtype in dtypes.KINDS["half"]:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {x.dtype.title}")


def check_square_floating(name: str, low_precision: bool = True):
    """The `check` of an op on one batch of square matrices."""

    def check(A, **_):
        check_square(A, name)
        check_floating(A, name, low_precision)

    return check


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


def first_failure(info) -> tuple[str, int]:
    """("(Batch element 2): ", code) of the first failure among a factorization's codes."""
    info = np.asarray(info)
    at = int(np.flatnonzero(info)[0])
    return f"(Batch element {at}): " if info.ndim else "", int(info.reshape(-1)[at])


# -- LU -------------------------------------------------------------------------------------------
def diagonal(x):
    """The diagonals of matrices."""
    return jnp.diagonal(x, axis1=-2, axis2=-1)


def on_diagonal(x):
    """The diagonal matrices of vectors."""
    return x[..., None] * jnp.eye(x.shape[-1], dtype=x.dtype)


def identity_like(A):
    """Identity matrices of the shape and dtype of square ones."""
    return jnp.broadcast_to(jnp.eye(A.shape[-1], dtype=A.dtype), A.shape)


def factor(A):
    """(LU in one matrix, the permutation of rows, LAPACK's pivots counted from 1)."""
    lu, pivots, order = lax.linalg.lu(A)
    return lu, order, pivots + 1


def _zero_pivot(lu):
    """LAPACK's code: the position, from 1, of the first zero on the diagonal of U; 0 for none."""
    zero = diagonal(lu) == 0
    if zero.shape[-1] == 0:
        return jnp.zeros(zero.shape[:-1], np.int32)
    first = jnp.argmax(zero, axis=-1).astype(np.int32) + 1
    return jnp.where(jnp.any(zero, axis=-1), first, 0).astype(np.int32)


def _is_singular(A):
    return jnp.any(diagonal(factor(A)[0]) == 0)


def _matched(a, b):
    """Two batches of matrices with their batch dims broadcast."""
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return tuple(jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (a, b))


def triangular(a, b, *, lower: bool, trans: str = "N", unit: bool = False):
    """Solve ``op(a) x = b`` with a triangle of ``a``; op is nothing (N), .T (T) or .mH (C)."""
    return lax.linalg.triangular_solve(
        *_matched(a, b), left_side=True, lower=lower, unit_diagonal=unit, transpose_a=trans != "N",
        conjugate_a=trans == "C",
    )  # fmt: skip


def substitute(lu, order, b, trans: str = "N"):
    """Solve ``A x = b`` (N), ``A.T x = b`` (T) or ``A.mH x = b`` (C) with the factors of A."""
    lu, b = _matched(lu, b)
    order = jnp.broadcast_to(order, b.shape[:-1])
    if trans == "N":
        b = jnp.take_along_axis(b, order[..., None], -2)
        return triangular(lu, triangular(lu, b, lower=True, unit=True), lower=False)
    b = triangular(lu, b, lower=False, trans=trans)
    b = triangular(lu, b, lower=True, unit=True, trans=trans)
    return jnp.take_along_axis(b, jnp.argsort(order, axis=-1)[..., None], -2)


def solve_factored(A, lu, order, b, trans: str = "N"):
    """`substitute`, differentiable in ``A`` and ``b`` to any order; the factors count as constants."""
    lu = lax.stop_gradient(lu)
    A, b = _matched(A, b)
    matrix = {"N": lambda a: a, "T": lambda a: jnp.swapaxes(a, -1, -2), "C": adjoint}[trans](A)

    def transposed(_, y):
        if trans == "C":
            return conj(substitute(lu, order, conj(y)))
        return substitute(lu, order, y, "T" if trans == "N" else "N")

    return lax.custom_linear_solve(
        lambda x: product(matrix, x), b, lambda _, y: substitute(lu, order, y, trans), transposed
    )


def _check_pivot(pivot: bool) -> None:
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


def _check_lu(name: str):
    def check(A, *, pivot=True, **_):
        if A.ndim < 2:
            raise RuntimeError(
                f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead"
            )
        if A.dtype not in (d for kind in KINDS.split() for d in dtypes.KINDS[kind]):
            raise refuse("lu_cpu", A.dtype)
        _check_pivot(pivot)

    return check


_COLUMNS = (column_major, contiguous, contiguous)


@op("linalg_lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False) -> (LU, pivots, info)",
    forms="linalg out", exact_out=SAME_OUT, promote="same", layout=_COLUMNS,
    check=_check_lu("torch.lu_factor"), residuals=True,
    bounds=lambda A, *, pivot, check_errors: _is_singular(A) if check_errors else None,
    bounds_error=lambda A, **_: _zero_pivot_error(A))  # fmt: skip
def linalg_lu_factor_ex(A, *, pivot, check_errors):
    """The LU factorization with partial pivoting, in one matrix.

    Args:
        A: (..., m, n) matrices.
        check_errors: raise if a pivot is zero, as `lu_factor` does.

    Returns:
        A named tuple (LU, pivots, info): info is the position, from 1, of the first zero pivot.
    """
    lu, _, pivots = factor(A)
    return lu, pivots, _zero_pivot(lu)


_lu_factor = registry["linalg_lu_factor_ex"]


def _zero_pivot_of(A) -> tuple[str, int]:
    return first_failure(execute(_lu_factor, (A._operand(),), (True, False))[2])


def _zero_pivot_error(A):
    batch, at = _zero_pivot_of(A)
    return RuntimeError(
        f"torch.linalg.lu_factor: {batch}U[{at},{at}] is zero and using it on lu_solve would result in a "
        "division by zero. If you still want to perform the factorization, consider calling "
        "linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
    )


@composite("linalg_lu_factor(Tensor A, *, bool pivot=True) -> (LU, pivots)", forms="linalg out",
           exact_out=SAME_OUT)  # fmt: skip
def linalg_lu_factor(A, *, pivot):
    """The LU factorization with partial pivoting, in one matrix, as `lu_solve` takes it.

    Raises:
        RuntimeError: a pivot is zero.

    Example:
        >>> torch.linalg.lu_factor(torch.tensor([[1.0, 2.0], [2.0, 2.0]])).pivots
        tensor([2, 2], dtype=torch.int32)
    """
    return dispatch(_lu_factor, (A,), (pivot, True))[:2]


@composite("lu(Tensor self, bool pivot=True, bool get_infos=False)")
def lu(self, pivot, get_infos):
    """`linalg.lu_factor` under its old name, without an error for singular matrices."""
    warn_once(
        "torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and will be "
        "removed in a future PyTorch release.\nLU, pivots = torch.lu(A, compute_pivots)\nshould be replaced "
        "with\nLU, pivots = torch.linalg.lu_factor(A, compute_pivots)\nand\nLU, pivots, info = torch.lu(A, "
        "compute_pivots, get_infos=True)\nshould be replaced with\nLU, pivots, info = "
        "torch.linalg.lu_factor_ex(A, compute_pivots)"
    )
    found = dispatch(_lu_factor, (self,), (pivot, False))
    return found if get_infos else found[:2]


def _unpack(lu, order):
    """(P, L, U) of the factors in one matrix and the permutation of rows."""
    rows, columns = lu.shape[-2:]
    k = min(rows, columns)
    lower = jnp.tril(lu[..., :, :k], -1) + jnp.eye(rows, k, dtype=lu.dtype)
    upper = jnp.triu(lu[..., :k, :])
    # row order[i] of the permutation goes to row i
    permutation = jnp.arange(rows)[:, None] == order[..., None, :]
    return permutation.astype(lu.dtype), lower, upper


@op("linalg_lu(Tensor A, *, bool pivot=True) -> (P, L, U)", forms="linalg out", exact_out=SAME_OUT,
    promote="same", check=_check_lu("linalg.lu"), residuals=True, detached=(0,))  # fmt: skip
def linalg_lu(A, *, pivot):
    """The factors of ``A = P L U``.

    Args:
        A: (..., m, n) matrices.

    Returns:
        A named tuple: P (..., m, m), L (..., m, k) with ones on the diagonal, U (..., k, n).

    Example:
        >>> torch.linalg.lu(torch.tensor([[1.0, 2.0], [2.0, 2.0]])).U
        tensor([[2., 2.],
                [0., 1.]])
    """
    lu, order, _ = factor(A)
    permutation, lower, upper = _unpack(lu, order)
    return lax.stop_gradient(permutation), lower, upper


def _check_unpack(LU_data, LU_pivots, *, unpack_data, unpack_pivots):
    if LU_data.ndim < 2:
        raise RuntimeError(
            "torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: "
            f"{list(LU_data.shape)} instead"
        )
    if unpack_pivots and LU_pivots.dtype is not dtypes.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\n"
            "Note: this function is intended to be used with the output produced by torch.linalg.lu_factor"
        )


def _order(pivots, rows: int):
    """The permutation of rows that LAPACK's pivots (counted from 1) make."""
    return lax.linalg.lu_pivots_to_permutation(pivots.astype(np.int32) - 1, rows)


@op("lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True) -> (P, L, U)",
    forms="function out", exact_out=SAME_OUT, check=_check_unpack, detached=(0,))  # fmt: skip
def lu_unpack(LU_data, LU_pivots, *, unpack_data, unpack_pivots):
    """(P, L, U) of what `linalg.lu_factor` gives; what is not asked for is empty."""
    permutation, lower, upper = _unpack(LU_data, _order(LU_pivots, LU_data.shape[-2]))
    nothing = jnp.zeros((0,), LU_data.dtype)
    if not unpack_data:
        lower = upper = nothing
    return lax.stop_gradient(permutation) if unpack_pivots else nothing, lower, upper


# -- determinants ---------------------------------------------------------------------------------
def _determinant(lu, pivots):
    """(the product of the pivots, whether an odd number of rows was swapped)."""
    swaps = jnp.sum(pivots != jnp.arange(1, pivots.shape[-1] + 1, dtype=pivots.dtype), axis=-1)
    return jnp.prod(diagonal(lu), axis=-1), swaps % 2 == 1


def _cofactors(A, lu, order, det):
    """``conj(det) * inverse(A).mH``: the gradient of the determinant, of singular matrices too."""

    def by_solving(A):
        return solve_factored(A, lu, order, on_diagonal(jnp.broadcast_to(conj(det)[..., None], A.shape[:-1])), "C")

    def by_singular_values(A):
        U, S, Vh = jnp.linalg.svd(A, full_matrices=False)
        others = product_of_others(S, S.ndim - 1).astype(A.dtype)
        unit = conj(jnp.linalg.det(U) * jnp.linalg.det(Vh))
        return unit[..., None, None] * product(U * others[..., None, :], Vh)

    return lax.cond(jnp.any(det == 0), by_singular_values, by_solving, A)


@op("linalg_det.factored(Tensor A) -> (result, LU, order)", forms="", promote="same", detached=(1,),
    check=check_square_floating("linalg.det"), kernel=f"lu_cpu: {KINDS}",
    grad=lambda g, A, LU, order, result: g[..., None, None] * _cofactors(A, LU, order, result))  # fmt: skip
def det_factored(A):
    lu, order, pivots = factor(A)
    det, odd = _determinant(lu, pivots)
    return jnp.where(odd, -det, det), lu, order


def _det(A):
    """The determinants of square matrices.

    Differs from PyTorch:
        the gradient at a singular matrix is its cofactors; PyTorch gives zeros there unless a graph
        is created.

    Example:
        >>> torch.linalg.det(torch.tensor([[1.0, 2.0], [3.0, 5.0]]))
        tensor(-1.0000)
    """
    return dispatch(registry["linalg_det.factored"], (A,))[0]


composite("linalg_det(Tensor A)", forms="linalg out", exact_out=SAME_OUT)(_det)
composite("det(Tensor self)")(_det)


def _slogdet_gradient(gs, A, sign, LU, order):
    """The gradient of log|det| is the inverse's adjoint; complex determinants have a phase too."""
    g_sign, g_log = gs[:2]
    along = jnp.zeros(sign.shape, A.dtype) if g_log is None else g_log.astype(A.dtype)
    if A.dtype.kind == "c" and g_sign is not None:
        along = along - 1j * (conj(g_sign) * sign).imag
    return solve_factored(A, LU, order, on_diagonal(jnp.broadcast_to(along[..., None], A.shape[:-1])), "C")


def _slogdet(A):
    lu, order, pivots = factor(A)
    pivot = diagonal(lu)
    signs = jnp.sign(pivot)
    sign = jnp.prod(signs, axis=-1)
    _, odd = _determinant(lu, pivots)
    logabs = jnp.sum(jnp.log(jnp.abs(pivot)), axis=-1)
    return jnp.where(odd, -sign, sign), logabs, lu, order


def _slogdet_spec(name: str, key: str):
    op(f"{key}(Tensor A) -> (sign, logabsdet, LU, order)", forms="", detached=(2,), promote="same", grad=_slogdet_gradient,
       check=check_square_floating(name, low_precision=False), node="LinalgSlogdetBackward0")(_slogdet)  # fmt: skip
    return registry[key]


_slogdet_factored = _slogdet_spec("linalg.slogdet", "linalg_slogdet.factored")
_logdet_factored = _slogdet_spec("logdet", "logdet.factored")


def slogdet(A):
    """The sign (of modulus 1) and the logarithm of the absolute value of determinants.

    Returns:
        A named tuple (sign, logabsdet): 0 and -inf for singular matrices.

    Example:
        >>> torch.linalg.slogdet(torch.tensor([[1.0, 2.0], [3.0, 5.0]])).sign
        tensor(-1.)
    """
    return dispatch(_slogdet_factored, (A,))[:2]


composite("linalg_slogdet(Tensor A) -> (sign, logabsdet)", forms="linalg out", exact_out=SAME_OUT)(slogdet)
composite("slogdet(Tensor self) -> (sign, logabsdet)", forms="function method out", exact_out=SAME_OUT)(slogdet)


@composite("logdet(Tensor self)")
def logdet(self):
    """The logarithm of determinants: nan where one is negative, -inf where it is zero.

    Example:
        >>> torch.logdet(torch.tensor([[2.0, 0.0], [0.0, 3.0]]))
        tensor(1.7918)
    """
    sign, logabsdet = dispatch(_logdet_factored, (self,))[:2]
    if sign.is_complex():
        return sign.log() + logabsdet
    return logabsdet.new_tensor(float("nan")).where(sign == -1.0, logabsdet)


# -- inverses -------------------------------------------------------------------------------------
def _inverse(A):
    lu, order, _ = factor(A)
    return substitute(lu, order, identity_like(A)), lu


def _inverse_gradient(g, result):
    across = adjoint(result)
    return -product(product(across, g), across)


def _singular_error(A, **_):
    batch, at = _zero_pivot_of(A)
    return _LinAlgError(
        f"linalg.inv: {batch}The diagonal element {at} is zero, the inversion could not be completed because "
        "the input matrix is singular."
    )


_INVERSE = {"promote": "same", "check": check_square_floating("linalg.inv", low_precision=False),
            "exact_out": SAME_OUT, "node": "LinalgInvExBackward0", "grad": _inverse_gradient,
            "bounds_error": _singular_error}  # fmt: skip


def inv(A):
    """The inverses of square matrices.

    Raises:
        torch.linalg.LinAlgError: a matrix is singular.

    Example:
        >>> torch.linalg.inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    return _inverse(A)[0]


op("linalg_inv(Tensor A)", forms="linalg out", layout=(column_major,), bounds=_is_singular, doc=inv.__doc__,
   **_INVERSE)(inv)  # fmt: skip
op("inverse(Tensor self)", forms="function method out", layout=(column_major,), bounds=_is_singular,
   doc=inv.__doc__, **_INVERSE)(inv)  # fmt: skip


@op("linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (inverse, info)", forms="linalg out",
    layout=(column_major, contiguous),
    bounds=lambda A, *, check_errors: _is_singular(A) if check_errors else None, **_INVERSE)  # fmt: skip
def linalg_inv_ex(A, *, check_errors):
    """The inverses of square matrices, with LAPACK's code instead of an error for singular ones.

    Returns:
        A named tuple (inverse, info): info is the position, from 1, of the first zero pivot.
    """
    inverse, lu = _inverse(A)
    return inverse, _zero_pivot(lu)


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


def _solver_error(A, B, **_):
    batch, _ = _zero_pivot_of(A)
    return _LinAlgError(f"torch.linalg.solve: {batch}The solver failed because the input matrix is singular.")


def _solve_layout(layouts, *, left, **_):
    return (column_major if left else contiguous, contiguous, contiguous)


_SOLVE = {"promote": "same", "check": _check_solve, "kernel": f"lu_cpu: {KINDS}", "layout": _solve_layout,
          "node": "LinalgSolveExBackward0", "bounds_error": _solver_error, "detached": (1,)}  # fmt: skip

op("linalg_solve.factored(Tensor A, Tensor B, *, bool left=True) -> (result, LU, order)", forms="",
   bounds=lambda A, B, *, left: _is_singular(A), grad=_solve_gradient, **_SOLVE)(_solve)  # fmt: skip


@composite("linalg_solve(Tensor A, Tensor B, *, bool left=True)", forms="linalg out", exact_out=SAME_OUT)
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
   forms="", bounds=lambda A, B, *, left, check_errors: _is_singular(A) if check_errors else None,
   grad=_solve_gradient, **_SOLVE)(lambda A, B, *, left, check_errors: _solve(A, B, left=left))  # fmt: skip


@composite("linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (result, info)",
           forms="linalg out", exact_out=SAME_OUT)  # fmt: skip
def linalg_solve_ex(A, B, *, left, check_errors):
    """`solve`, with LAPACK's code (the position of the first zero pivot) instead of an error."""
    result = dispatch(registry["linalg_solve_ex.factored"], (A, B), (left, check_errors))[0]
    return result, dispatch(_lu_factor, (A.detach(),), (True, False))[2]


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


@op("linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False)",
    forms="linalg out", exact_out=SAME_OUT, check=_check_lu_solve,
    layout=lambda layouts, *, left, **_: (column_major if left else contiguous,))  # fmt: skip
def linalg_lu_solve(LU, pivots, B, *, left, adjoint):
    """`solve` for a matrix whose factors `lu_factor` gave; ``adjoint`` solves with its adjoint.

    Example:
        >>> LU, pivots = torch.linalg.lu_factor(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
        >>> torch.linalg.lu_solve(LU, pivots, torch.tensor([[2.0], [2.0]]))
        tensor([[1.0000],
                [0.5000]])
    """
    order = _order(pivots, LU.shape[-1])
    if left:
        return substitute(LU, order, B, "C" if adjoint else "N")
    B = jnp.swapaxes(B, -1, -2)
    # the transpose of the adjoint is the conjugate
    found = conj(substitute(LU, order, conj(B))) if adjoint else substitute(LU, order, B, "T")
    return jnp.swapaxes(found, -1, -2)


@composite("lu_solve(Tensor self, Tensor LU_data, Tensor LU_pivots)", forms="function method out",
           exact_out=SAME_OUT)  # fmt: skip
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
    check=_check_solve_triangular, kernel=f"triangular_solve_cpu: {KINDS}",
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


@op("triangular_solve.solved(Tensor self, Tensor A, bool upper=True, bool transpose=False, "
    "bool unitriangular=False) -> (solution, cloned_coefficient)", forms="", promote="same",
    layout=(column_major, column_major), check=_check_triangular_solve, kernel=f"triangular_solve_cpu: {KINDS}")  # fmt: skip
def triangular_solved(self, A, *, upper, transpose, unitriangular):
    trans = "T" if transpose else "N"
    found = triangular(A, self, lower=not upper, trans=trans, unit=unitriangular)
    return found, _matched(A, self)[0]


@composite("triangular_solve(Tensor self, Tensor A, bool upper=True, bool transpose=False, "
           "bool unitriangular=False) -> (solution, cloned_coefficient)", forms="function method out",
           exact_out=SAME_OUT)  # fmt: skip
def triangular_solve(self, A, upper, transpose, unitriangular):
    """`linalg.solve_triangular` under its old name: a named tuple with a copy of ``A``."""
    warn_once(
        "torch.triangular_solve is deprecated in favor of torch.linalg.solve_triangularand will be removed in a "
        "future PyTorch release.\ntorch.linalg.solve_triangular has its arguments reversed and does not return a "
        "copy of one of the inputs.\nX = torch.triangular_solve(B, A).solution\nshould be replaced with\nX = "
        "torch.linalg.solve_triangular(A, B)."
    )
    return dispatch(registry["triangular_solve.solved"], (self, A), (upper, transpose, unitriangular))
