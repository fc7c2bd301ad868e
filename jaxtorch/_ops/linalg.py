"""The LU factorization and what it gives: determinants, inverses; what linear algebra shares."""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.dispatch import dispatch, execute
from .._core.errors import warn_once
from .._core.layout import broadcast_shapes, column_major, contiguous
from .._core.return_types import named
from .._core.spec import composite, departs, function, op, registry
from .._core.tensor import Tensor
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


def is_singular(A):
    return jnp.any(diagonal(factor(A)[0]) == 0)


def matched(a, b):
    """Two batches of matrices with their batch dims broadcast."""
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return tuple(jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (a, b))


def triangular(a, b, *, lower: bool, trans: str = "N", unit: bool = False):
    """Solve ``op(a) x = b`` with a triangle of ``a``; op is nothing (N), .T (T) or .mH (C)."""
    return lax.linalg.triangular_solve(
        *matched(a, b), left_side=True, lower=lower, unit_diagonal=unit, transpose_a=trans != "N",
        conjugate_a=trans == "C",
    )  # fmt: skip


def substitute(lu, order, b, trans: str = "N"):
    """Solve ``A x = b`` (N), ``A.T x = b`` (T) or ``A.mH x = b`` (C) with the factors of A."""
    lu, b = matched(lu, b)
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
    A, b = matched(A, b)
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


def row_permutation(order, dtype):
    """The matrix whose row order[i] is one at i."""
    rows = order.shape[-1]
    return (jnp.arange(rows)[:, None] == order[..., None, :]).astype(dtype)


def unpack(lu):
    """(L, U) of the factors in one matrix."""
    rows, columns = lu.shape[-2:]
    k = min(rows, columns)
    return jnp.tril(lu[..., :, :k], -1) + jnp.eye(rows, k, dtype=lu.dtype), jnp.triu(lu[..., :k, :])


def row_order(pivots, rows: int):
    """The permutation of rows that LAPACK's pivots (counted from 1) make."""
    return lax.linalg.lu_pivots_to_permutation(pivots.astype(np.int32) - 1, rows)


def _lu_gradient(gL, gU, P, L, U):
    """Of ``A = P L U``: the leading square parts as ``L1.mH \\ (tril(.., -1) + triu(..)) / U1.mH``, where what the
    other rows of L or columns of U contribute is taken out first."""
    k = L.shape[-1]
    zero = jnp.zeros((), L.dtype)
    gL = jnp.broadcast_to(zero, L.shape) if gL is None else gL
    gU = jnp.broadcast_to(zero, U.shape) if gU is None else gU
    L1, L2, U1, U2 = L[..., :k, :], L[..., k:, :], U[..., :, :k], U[..., :, k:]
    gL1, gL2, gU1, gU2 = gL[..., :k, :], gL[..., k:, :], gU[..., :, :k], gU[..., :, k:]
    below = product(adjoint(L1), gL1) - product(gU2, adjoint(U2))
    above = product(gU1, adjoint(U1)) - product(adjoint(L2), gL2)
    right = jnp.concatenate([jnp.tril(below, -1) + jnp.triu(above), gL2], axis=-2)
    # X U1.mH = right
    square = adjoint(triangular(U1, adjoint(right), lower=False))
    left = jnp.concatenate([square[..., :k, :], gU2], axis=-1)
    solved = triangular(L1, left, lower=True, trans="C", unit=True)
    return product(P, jnp.concatenate([solved, square[..., k:, :]], axis=-2) if L2.shape[-2] else solved)


def _lu_factor_gradient(g, LU, pivots):
    rows, columns = LU.shape[-2:]
    k = min(rows, columns)
    P = row_permutation(row_order(pivots, rows), LU.dtype)
    return _lu_gradient(g[..., :, :k], g[..., :k, :], P, *unpack(LU))


_COLUMNS = (column_major, contiguous, contiguous)


@op("linalg_lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False) -> (LU, pivots, info)",
    forms="linalg out", exact_out=SAME_OUT, out_strides="result", promote="same", layout=_COLUMNS,
    check=_check_lu("torch.lu_factor"), grad=_lu_factor_gradient,
    bounds=lambda A, *, pivot, check_errors: is_singular(A) if check_errors else None,
    bounds_error=lambda A, **_: _zero_pivot_error(A, "lu_factor_ex"))  # fmt: skip
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


factored = registry["linalg_lu_factor_ex"]


def zero_pivot_of(A) -> tuple[str, int]:
    return first_failure(execute(factored, (A._operand(),), (True, False))[2])


def _zero_pivot_error(A, name: str):
    batch, at = zero_pivot_of(A)
    return RuntimeError(
        f"torch.linalg.{name}: {batch}U[{at},{at}] is zero and using it on lu_solve would result in a "
        "division by zero. If you still want to perform the factorization, consider calling "
        "linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
    )


op("linalg_lu_factor.checked(Tensor A, *, bool pivot=True) -> (LU, pivots)", forms="", promote="same",
   layout=_COLUMNS[:2], check=_check_lu("torch.lu_factor"), grad=_lu_factor_gradient, node="LinalgLuFactorExBackward0",
   bounds=lambda A, *, pivot: is_singular(A), bounds_error=lambda A, **_: _zero_pivot_error(A, "lu_factor"))(
    lambda A, *, pivot: factor(A)[::2])  # fmt: skip


@composite("linalg_lu_factor(Tensor A, *, bool pivot=True) -> (LU, pivots)", forms="linalg out",
           exact_out=SAME_OUT, out_name="linalg_lu_factor_ex", out_strides="result")  # fmt: skip
def linalg_lu_factor(A, *, pivot):
    """The LU factorization with partial pivoting, in one matrix, as `lu_solve` takes it.

    Raises:
        RuntimeError: a pivot is zero.

    Example:
        >>> torch.linalg.lu_factor(torch.tensor([[1.0, 2.0], [2.0, 2.0]])).pivots
        tensor([2, 2], dtype=torch.int32)
    """
    return dispatch(registry["linalg_lu_factor.checked"], (A,), (pivot,))


@composite("lu(Tensor self, bool pivot=True, bool get_infos=False)", forms="method")
def lu(self, pivot, get_infos):
    """`linalg.lu_factor` under its old name, without an error for singular matrices."""
    return tuple(_factored(self, pivot, get_infos))


@function("lu")
def _lu_no_infos(A, pivot=True, get_infos=False, out=None):
    """`linalg.lu_factor` under its old name, without an error for singular matrices: LU, pivots and, if asked, info."""
    found = _factored(A, pivot, get_infos)
    if out is None:
        return found
    if isinstance(out, (tuple, list, Tensor)) and len(out) != len(found):
        raise TypeError(f"expected tuple of {len(found)} elements but got {len(out)}")
    if not isinstance(out, (tuple, list)):
        raise TypeError(f"argument 'out' must be tuple of Tensors, not {type(out).__name__}")
    for written, part in zip(out, found, strict=True):
        written.resize_as_(part).copy_(part)
    return out


def _factored(A, pivot: bool, get_infos: bool):
    warn_once(
        "torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and will be "
        "removed in a future PyTorch release.\nLU, pivots = torch.lu(A, compute_pivots)\nshould be replaced "
        "with\nLU, pivots = torch.linalg.lu_factor(A, compute_pivots)\nand\nLU, pivots, info = torch.lu(A, "
        "compute_pivots, get_infos=True)\nshould be replaced with\nLU, pivots, info = "
        "torch.linalg.lu_factor_ex(A, compute_pivots)"
    )
    if not isinstance(A, Tensor):
        raise TypeError(f"_lu_with_info(): argument 'input' (position 1) must be Tensor, not {type(A).__name__}")
    found = dispatch(factored, (A,), (pivot, False))
    return named("_lu_with_info", factored.schema.outputs)(found) if get_infos else found[:2]


@op("linalg_lu(Tensor A, *, bool pivot=True) -> (P, L, U)", forms="linalg out", exact_out=SAME_OUT,
    promote="same", check=_check_lu("linalg.lu"), detached=(0,),
    grad=lambda gs, P, L, U: _lu_gradient(gs[1], gs[2], P, L, U))  # fmt: skip
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
    return row_permutation(order, A.dtype), *unpack(lu)


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


def _unpack_gradient(gs, LU_data):
    rows, columns = LU_data.shape[-2:]
    k = min(rows, columns)
    parts = []
    for g, part, size in ((gs[1], lambda g: jnp.tril(g, -1), (rows, k)), (gs[2], jnp.triu, (k, columns))):
        if g is not None:
            padding = [(0, 0)] * (g.ndim - 2) + [(0, rows - size[0]), (0, columns - size[1])]
            parts.append(jnp.pad(part(g), padding))
    return sum(parts), None


@op("lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True) -> (P, L, U)",
    forms="function out", exact_out=SAME_OUT, check=_check_unpack, detached=(0,), grad=_unpack_gradient)  # fmt: skip
def lu_unpack(LU_data, LU_pivots, *, unpack_data, unpack_pivots):
    """(P, L, U) of what `linalg.lu_factor` gives; what is not asked for is empty."""
    nothing = jnp.zeros((0,), LU_data.dtype)
    lower, upper = unpack(LU_data) if unpack_data else (nothing, nothing)
    if not unpack_pivots:
        return nothing, lower, upper
    return row_permutation(row_order(LU_pivots, LU_data.shape[-2]), LU_data.dtype), lower, upper


# -- determinants ---------------------------------------------------------------------------------
def _determinant(lu, pivots):
    """(the product of the pivots, whether an odd number of rows was swapped)."""
    swaps = jnp.sum(pivots != jnp.arange(1, pivots.shape[-1] + 1, dtype=pivots.dtype), axis=-1)
    return jnp.prod(diagonal(lu), axis=-1), swaps % 2 == 1


def _cofactors(A, lu, order, det):
    """``conj(det) * inverse(A).mH``: the gradient of the determinant, of singular matrices too."""

    if not A.size:
        return jnp.zeros_like(A)

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
    grad=departs("the cofactors of a singular matrix, too")(
        lambda g, A, LU, order, result: g[..., None, None] * _cofactors(A, LU, order, result)))  # fmt: skip
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


composite("linalg_det(Tensor A)", forms="linalg out", exact_out=SAME_OUT, out_name="_linalg_det")(_det)
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
    op(f"{key}(Tensor A) -> (sign, logabsdet, LU, order)", forms="", detached=(2,), promote="same",
       grad=_slogdet_gradient, check=check_square_floating(name, low_precision=False),
       node="LinalgSlogdetBackward0")(_slogdet)  # fmt: skip
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


for _schema in ("linalg_slogdet(Tensor A)", "slogdet(Tensor self)"):
    composite(f"{_schema} -> (sign, logabsdet)", forms="linalg out" if "A" in _schema else "function method out",
              exact_out=SAME_OUT, out_name="_linalg_slogdet")(slogdet)  # fmt: skip


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


def not_inverted(name: str, found: tuple[str, int]):
    """PyTorch's error for the first zero on a diagonal, by `first_failure`."""
    return _LinAlgError(
        f"{name}: {found[0]}The diagonal element {found[1]} is zero, the inversion could not be completed because "
        "the input matrix is singular."
    )


def _inverse_facts(name: str) -> dict:
    return {"promote": "same", "check": check_square_floating("linalg.inv", low_precision=False),
            "exact_out": SAME_OUT, "out_name": "linalg_inv_ex", "out_strides": "result",
            "node": "LinalgInvExBackward0", "grad": _inverse_gradient,
            "bounds_error": lambda A, **_: not_inverted(name, zero_pivot_of(A))}  # fmt: skip


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


for _schema, _forms, _name in (
    ("linalg_inv(Tensor A)", "linalg out", "linalg.inv"),
    ("inverse(Tensor self)", "function method out", "linalg.inv"),
    ("linalg_tensorinv.matrix(Tensor A)", "", "inv"),
):
    op(_schema, forms=_forms, layout=(column_major,), bounds=is_singular, doc=inv.__doc__,
       **_inverse_facts(_name))(inv)  # fmt: skip


@op("linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (inverse, info)", forms="linalg out",
    layout=(column_major, contiguous),
    bounds=lambda A, *, check_errors: is_singular(A) if check_errors else None,
    **_inverse_facts("linalg.inv_ex"))  # fmt: skip
def linalg_inv_ex(A, *, check_errors):
    """The inverses of square matrices, with LAPACK's code instead of an error for singular ones.

    Returns:
        A named tuple (inverse, info): info is the position, from 1, of the first zero pivot.
    """
    inverse, lu = _inverse(A)
    return inverse, _zero_pivot(lu)
