"""Factorizations of matrices: Cholesky, QR, eigenvalues, singular values.

Gradients are formulas in the factors, so that no backward factorizes again. Where eigenvalues or
singular values are equal, the gradient of their vectors is not finite, as in PyTorch.
"""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core.dispatch import dispatch, execute
from .._core.errors import warn_once
from .._core.layout import column_major, contiguous
from .._core.program import Flagged
from .._core.spec import composite, op, registry
from .dims import SAME_OUT
from .linalg import (
    KINDS,
    _LinAlgError,
    check_floating,
    check_matrix,
    check_square,
    check_square_floating,
    diagonal,
    first_failure,
    identity_like,
    matched,
    not_inverted,
    on_diagonal,
    triangular,
)
from .precision import adjoint, conj, product, pull
from .solvers import check_right_hand_side


def castable(name: str, what: str = "result") -> str:
    """What PyTorch says of ``out=`` that cannot hold the result."""
    return (
        f"{name}: Expected {what} to be safely castable from {{result.title}} dtype, but got {what} with "
        "dtype {out.title}"
    )


def _real_diagonal(x):
    """``x`` with only the real part of its diagonal."""
    if x.dtype.kind != "c":
        return x
    return x - on_diagonal((1j * diagonal(x).imag).astype(x.dtype))


def _ill_defined_text(name: str, what: str, this: str = "quantity, so it is") -> str:
    return (
        f"{name}: The {what} in the complex case are specified up to multiplication by e^{{i phi}}. The specified loss "
        f"function depends on this {this} ill-defined."
    )


def _ill_defined(phase):
    """Whether the loss changes with the phase of complex vectors, which is arbitrary."""
    return jnp.any(~(jnp.abs(phase) <= 1e-2))


# -- Cholesky -------------------------------------------------------------------------------------
def _partial_cholesky(A):
    """(what LAPACK leaves of the lower triangle where it gives up, the order of the first leading
    minor that is not positive: 0 for none)."""
    index = jnp.arange(A.shape[-1])
    if not A.size:
        return A, jnp.zeros(A.shape[:-2], np.int32)

    def eliminate(k, state):
        left, bad = state
        pivot = left[..., k, k].real
        bad = jnp.where((bad == 0) & ~(pivot > 0), k + 1, bad).astype(np.int32)
        root = jnp.sqrt(jnp.where(bad == 0, pivot, 1))[..., None].astype(A.dtype)
        column = jnp.where(index > k, left[..., :, k] / root, 0)
        rest = left - column[..., :, None] * conj(column)[..., None, :]
        rest = rest.at[..., :, k].set(column + jnp.where(index == k, root, 0))
        return jnp.where((bad == 0)[..., None, None], rest, left), bad

    start = A, jnp.zeros(A.shape[:-2], np.int32)
    reduced, bad = lax.fori_loop(0, A.shape[-1], eliminate, start)
    # the columns before the failure are done, what comes after its pivot is as it was
    last = bad[..., None, None] - 1
    done = (last < 0) | (index < last) | ((index == last) & (index[:, None] == last))
    return jnp.tril(jnp.where(done, reduced, A)), bad


def _lower(A, upper: bool):
    """(the lower factor, its matrix): of the upper triangle, the adjoint's."""
    matrix = adjoint(A) if upper else A
    return lax.linalg.cholesky(matrix, symmetrize_input=False), matrix


def _cholesky(A, *, upper):
    found, _ = _lower(A, upper)
    found = jnp.tril(found)
    return adjoint(found) if upper else found


def _is_not_positive(A, *, upper, check_errors=True):
    return jnp.any(jnp.isnan(diagonal(_lower(A, upper)[0]))) if check_errors else None


def _cholesky_gradient(g, result, upper):
    L, g = (adjoint(result), adjoint(g)) if upper else (result, g)
    inner = jnp.tril(product(adjoint(L), g))
    inner = inner + adjoint(jnp.tril(inner, -1))
    half = triangular(L, inner, lower=True, trans="C")
    gA = adjoint(triangular(L, adjoint(half), lower=True, trans="C")) / 2
    return adjoint(gA) if upper else gA


def _cholesky_error(name: str):
    def error(A, *, upper, **_):
        info = execute(registry["linalg_cholesky_ex"], (A._operand(),), (upper, False))[1]
        batch, order = first_failure(info)
        return _LinAlgError(
            f"{name}: {batch}The factorization could not be completed because the input is not "
            f"positive-definite (the leading minor of order {order} is not positive-definite)."
        )

    return error


_CHOLESKY = {"promote": "same", "kernel": f"cholesky_cpu: {KINDS}", "grad": _cholesky_gradient}


def _checked(name: str) -> dict:
    return {"check": check_square_floating("linalg.cholesky"), "node": "LinalgCholeskyExBackward0",
            "bounds": _is_not_positive, "bounds_error": _cholesky_error(name), "exact_out": SAME_OUT,
            "out_name": "linalg_cholesky_ex", "out_strides": "result"}  # fmt: skip


@op("linalg_cholesky(Tensor A, *, bool upper=False)", forms="linalg out", layout=(column_major,), **_CHOLESKY,
    **_checked("linalg.cholesky"))  # fmt: skip
def linalg_cholesky(A, *, upper):
    """The lower L of ``A = L @ L.mH`` (the upper U of ``A = U.mH @ U``).

    Args:
        A: (..., n, n), Hermitian and positive definite; only its lower (upper) triangle is read.

    Raises:
        torch.linalg.LinAlgError: a matrix is not positive definite.

    Example:
        >>> torch.linalg.cholesky(torch.tensor([[4.0, 2.0], [2.0, 2.0]]))
        tensor([[2., 0.],
                [1., 1.]])
    """
    return _cholesky(A, upper=upper)


@op("linalg_cholesky_ex(Tensor A, *, bool upper=False, bool check_errors=False) -> (L, info)",
    forms="linalg out", layout=(column_major, contiguous), **_CHOLESKY,
    **_checked("linalg.cholesky_ex"))  # fmt: skip
def linalg_cholesky_ex(A, *, upper, check_errors):
    """`cholesky`, with LAPACK's code instead of an error.

    Returns:
        A named tuple (L, info): info is the order of the first leading minor that is not positive
        definite; L is then only a part of the factor.
    """
    found, matrix = _lower(A, upper)

    def whole(_):
        return jnp.tril(found), jnp.zeros(A.shape[:-2], np.int32)

    failed = jnp.any(jnp.isnan(diagonal(found)))
    L, info = lax.cond(failed, _partial_cholesky, whole, matrix)
    return adjoint(L) if upper else L, info


op("cholesky.factor(Tensor self, bool upper=False)", forms="", layout=(column_major,), node="CholeskyBackward0",
   check=lambda self, **_: check_square(self, "cholesky"), bounds=_is_not_positive,
   bounds_error=_cholesky_error("cholesky"), **_CHOLESKY)(_cholesky)  # fmt: skip


@composite("cholesky(Tensor self, bool upper=False)", forms="function method out",
           cast_error=castable("cholesky"))  # fmt: skip
def cholesky(self, upper):
    """`linalg.cholesky` under its old name."""
    warn_once(
        "torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a future PyTorch "
        "release.\nL = torch.cholesky(A)\nshould be replaced with\nL = torch.linalg.cholesky(A)\nand\nU = "
        "torch.cholesky(A, upper=True)\nshould be replaced with\nU = torch.linalg.cholesky(A).mH\nThis transform "
        "will produce equivalent results for all valid (symmetric positive definite) inputs."
    )
    return dispatch(registry["cholesky.factor"], (self,), (upper,))


def _solve_with_cholesky(b, L, upper):
    """The solution for the matrix that all of ``L`` (not only its triangle) makes, as far as gradients go."""
    L, b = matched(L, b)
    constant = lax.stop_gradient(L)
    first, then = ("C", "N") if upper else ("N", "C")

    def solve(_, y):
        y = triangular(constant, y, lower=not upper, trans=first)
        return triangular(constant, y, lower=not upper, trans=then)

    def multiply(x):
        return product(adjoint(L), product(L, x)) if upper else product(L, product(adjoint(L), x))

    return lax.custom_linear_solve(multiply, b, solve, lambda _, y: conj(solve(_, conj(y))))


def _check_cholesky_solve(self, input2, *, upper):
    for what, x in (("b", self), ("u", input2)):
        if x.ndim < 2:
            raise RuntimeError(f"{what} should have at least 2 dimensions, but has {x.ndim} dimensions instead")
    check_right_hand_side("cholesky_solve")(self, input2)


def _cholesky_solve_gradient(g, self, input2, result, upper):
    gB = _solve_with_cholesky(g, input2, upper)
    common = product(gB, adjoint(result))
    common = common + adjoint(common)
    return gB, -(product(input2, common) if upper else product(common, input2))


@op("cholesky_solve(Tensor self, Tensor input2, bool upper=False)", forms="function method out", promote="same",
    layout=(column_major,), check=_check_cholesky_solve, kernel=f"cholesky_solve_cpu: {KINDS}",
    cast_error=castable("cholesky_solve"), grad=_cholesky_solve_gradient,
    watches="self")  # fmt: skip
def cholesky_solve(self, input2, *, upper):
    """The solution X of ``A X = self`` for the Cholesky factor ``input2`` of A.

    Args:
        self: (..., n, k).
        input2: (..., n, n), lower or ``upper`` triangular.

    Example:
        >>> torch.cholesky_solve(torch.tensor([[4.0]]), torch.tensor([[2.0]]))
        tensor([[1.]])
    """
    return _solve_with_cholesky(self, input2, upper)


def _cholesky_inverse_gradient(g, self, result, upper):
    common = product(result, product(g + adjoint(g), result))
    return -(product(self, common) if upper else product(common, self))


def _zero_diagonal(L):
    zero = diagonal(L) == 0
    first = jnp.argmax(zero, axis=-1) + 1 if zero.shape[-1] else jnp.zeros(zero.shape[:-1], np.int64)
    return jnp.where(jnp.any(zero, axis=-1), first, 0)


@op("cholesky_inverse(Tensor self, bool upper=False)", forms="function method out", promote="same",
    layout=(column_major,), out_strides="result where empty",
    bounds=lambda self, *, upper: jnp.any(diagonal(self) == 0),
    bounds_error=lambda self, **_: not_inverted("cholesky_inverse", first_failure(_zero_diagonal(self._value()))),
    check=lambda self, **_: check_square(self, "cholesky_inverse"),
    kernel=f"cholesky_inverse_out_cpu: {KINDS}", cast_error=castable("cholesky_inverse"),
    grad=_cholesky_inverse_gradient)  # fmt: skip
def cholesky_inverse(self, *, upper):
    """The inverse of the matrix whose Cholesky factor is given.

    Example:
        >>> torch.cholesky_inverse(torch.tensor([[2.0]]))
        tensor([[0.2500]])
    """
    return _solve_with_cholesky(identity_like(self), self, upper)


# -- QR -------------------------------------------------------------------------------------------
def _check_qr(A, *, mode):
    check_matrix(A, "linalg.qr")
    check_floating(A, "linalg.qr")
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )


def _tall_qr_gradient(gQ, gR, Q, R):
    """``(gQ + Q M) R^-H`` with M the Hermitian matrix of the upper triangle of ``gR R.mH - Q.mH gQ``."""
    inner = jnp.zeros(R.shape, R.dtype)
    if gR is not None:
        inner = inner + product(gR, adjoint(R))
    if gQ is not None:
        inner = inner - product(adjoint(Q), gQ)
    inner = jnp.triu(inner, 1) + adjoint(jnp.triu(inner, 1)) + _real_diagonal(on_diagonal(diagonal(inner)))
    total = product(Q, inner)
    if gQ is not None:
        total = total + gQ
    return adjoint(triangular(R, adjoint(total), lower=False))


def _qr_gradient(gs, Q, R, mode):
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr."
        )
    gQ, gR = gs
    rows, columns = Q.shape[-2], R.shape[-1]
    if rows >= columns:
        if mode == "complete" and rows > columns:
            raise RuntimeError(
                "The QR decomposition is not differentiable when mode='complete' and nrows > ncols."
            )
        return _tall_qr_gradient(gQ, gR, Q, R)
    # A = [X Y] with X = Q U and Y = Q V: a square factorization, and a product
    U, V = R[..., :rows], R[..., rows:]
    if gR is None:
        gX = _tall_qr_gradient(gQ, None, Q, U)
        return jnp.concatenate([gX, jnp.zeros(V.shape, V.dtype)], axis=-1)
    gU, gV = gR[..., :rows], gR[..., rows:]
    through = product(product(Q, V), adjoint(gV))
    gX = _tall_qr_gradient(through if gQ is None else gQ + through, gU, Q, U)
    return jnp.concatenate([gX, product(Q, gV)], axis=-1)


@op("linalg_qr(Tensor A, str mode='reduced') -> (Q, R)", forms="linalg out", exact_out=SAME_OUT, promote="same",
    out_strides="result",
    layout=(column_major, column_major), check=_check_qr, kernel=f"geqrf_cpu: {KINDS}", grad=_qr_gradient)  # fmt: skip
def linalg_qr(A, *, mode):
    """The factors of ``A = Q R``: Q with orthonormal columns, R upper triangular.

    Args:
        A: (..., m, n).
        mode: ``"reduced"`` for min(m, n) columns of Q, ``"complete"`` for m, ``"r"`` for an empty Q.

    Returns:
        A named tuple (Q, R).

    Example:
        >>> torch.linalg.qr(torch.tensor([[3.0], [4.0]])).R
        tensor([[-5.]])
    """
    Q, R = lax.linalg.qr(A, full_matrices=mode == "complete")
    return jnp.zeros((0,), A.dtype) if mode == "r" else Q, R


@composite("qr(Tensor self, bool some=True) -> (Q, R)", forms="function method out", exact_out=SAME_OUT,
           out_name="linalg_qr", out_strides="result")  # fmt: skip
def qr(self, some):
    """`linalg.qr` under its old name."""
    warn_once(
        "torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch release.\nThe "
        "boolean parameter 'some' has been replaced with a string parameter 'mode'.\nQ, R = torch.qr(A, some)\n"
        "should be replaced with\nQ, R = torch.linalg.qr(A, 'reduced' if some else 'complete')"
    )
    return dispatch(registry["linalg_qr"], (self,), ("reduced" if some else "complete",))


# -- eigenvalues ----------------------------------------------------------------------------------
def _check_eigh(A, *, UPLO):
    check_square(A, "linalg.eigh")
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")


def _gaps(values):
    """``values[j] - values[i]`` at (i, j), with ones on the diagonal."""
    return values[..., None, :] - values[..., :, None] + jnp.eye(values.shape[-1], dtype=values.dtype)


def _off_diagonal(x):
    return x * (1 - jnp.eye(x.shape[-1], dtype=x.dtype))


def _skew(x):
    return x - adjoint(x)


def _eigh_gradient(gs, eigenvalues, eigenvectors):
    gL, gV = gs
    L, V = eigenvalues, eigenvectors
    if gV is None:
        return product(V * gL[..., None, :].astype(V.dtype), adjoint(V))
    turned = product(adjoint(V), gV)
    # vectors stay orthonormal: only the skew-Hermitian part turns them
    inner = _off_diagonal(_skew(turned)) / (2 * _gaps(L).astype(V.dtype))
    if gL is not None:
        inner = inner + on_diagonal(gL).astype(V.dtype)
    gA = product(product(V, inner), adjoint(V))
    return Flagged(gA, _ill_defined(diagonal(turned).imag)) if V.dtype.kind == "c" else gA


@op("linalg_eigh(Tensor A, str UPLO='L') -> (eigenvalues, eigenvectors)", forms="linalg out", exact_out=SAME_OUT,
    out_name="_linalg_eigh", out_strides="result",
    promote="same", layout=(contiguous, column_major), check=_check_eigh, kernel=f"linalg_eigh_cpu: {KINDS}",
    grad=_eigh_gradient,
    grad_error=_ill_defined_text("linalg_eigh_backward", "eigenvectors"))  # fmt: skip
def linalg_eigh(A, *, UPLO):
    """The eigenvalues, in ascending order, and eigenvectors of Hermitian matrices.

    Args:
        A: (..., n, n).
        UPLO: the triangle that is read: ``"L"`` or ``"U"``.

    Returns:
        A named tuple: eigenvalues (..., n), real; eigenvectors (..., n, n), as columns.

    Example:
        >>> torch.linalg.eigh(torch.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
        tensor([1., 2.])
    """
    vectors, values = lax.linalg.eigh(A, lower=UPLO.upper() == "L", symmetrize_input=False)
    return values, vectors


@composite("linalg_eigvalsh(Tensor A, str UPLO='L')", forms="linalg out", exact_out=SAME_OUT,
           out_name="_linalg_eigh")  # fmt: skip
def linalg_eigvalsh(A, UPLO):
    """The eigenvalues of Hermitian matrices, in ascending order."""
    return dispatch(registry["linalg_eigh"], (A,), (UPLO,))[0]


def _solve_square(a, b):
    return jnp.linalg.solve(a, b)


def _eig_gradient(gs, eigenvalues, eigenvectors):
    gL, gV = gs
    L, V = eigenvalues, eigenvectors
    if gV is None:
        return _solve_square(adjoint(V), gL[..., :, None] * adjoint(V))
    turned = product(adjoint(V), gV)
    # the vectors have length 1: what lengthens them is taken out
    kept = turned - product(adjoint(V), V) * diagonal(turned).real[..., None, :].astype(V.dtype)
    inner = _off_diagonal(kept) / conj(_gaps(L))
    if gL is not None:
        inner = inner + on_diagonal(gL)
    gA = _solve_square(adjoint(V), product(inner, adjoint(V)))
    return Flagged(gA, _ill_defined(diagonal(turned).imag))


def _check_eig(name: str):
    def check(A, **_):
        check_square(A, name)
        if A.dtype.category < 2:
            raise RuntimeError(f"Unknown Complex ScalarType for {A.dtype.title}")

    return check


_EIG = {"promote": "same", "kernel": f"linalg_eig_out_cpu: {KINDS}", "node": "LinalgEigBackward0",
        "grad": _eig_gradient,
        "grad_error": _ill_defined_text("linalg_eig_backward", "eigenvectors")}  # fmt: skip


@op("linalg_eig(Tensor A) -> (eigenvalues, eigenvectors)", forms="linalg out", layout=(contiguous, column_major),
    out_strides="result where empty", cast_error=castable("torch.linalg.eig", "eigenvalues"),
    check=_check_eig("linalg.eig"), bounds=lambda A: ~jnp.all(jnp.isfinite(A)),
    bounds_error=lambda A: RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs."),
    **_EIG)  # fmt: skip
def linalg_eig(A):
    """The complex eigenvalues and eigenvectors of square matrices, in no particular order.

    Returns:
        A named tuple: eigenvalues (..., n); eigenvectors (..., n, n), as columns of length 1.

    Example:
        >>> torch.linalg.eig(torch.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
        tensor([2.+0.j, 1.+0.j])
    """
    values, vectors = lax.linalg.eig(A, compute_left_eigenvectors=False)
    return values, vectors


op("linalg_eigvals.with_vectors(Tensor A) -> (eigenvalues, eigenvectors)", forms="",
   check=_check_eig("linalg.eigvals"), **_EIG)(linalg_eig)  # fmt: skip
op("linalg_eigvals.alone(Tensor A)", forms="", check=_check_eig("linalg.eigvals"), promote="same",
   kernel=_EIG["kernel"])(
    lambda A: lax.linalg.eig(A, compute_left_eigenvectors=False, compute_right_eigenvectors=False)[0])  # fmt: skip


@composite("linalg_eigvals(Tensor A)", forms="linalg out",
           cast_error=castable("torch.linalg.eigvals", "eigenvalues"), refused_out=True)  # fmt: skip
def linalg_eigvals(A):
    """The complex eigenvalues of square matrices, in no particular order.

    Example:
        >>> torch.linalg.eigvals(torch.tensor([[2.0, 0.0], [0.0, 1.0]]))
        tensor([2.+0.j, 1.+0.j])
    """
    if A.requires_grad:
        return dispatch(registry["linalg_eigvals.with_vectors"], (A,))[0]
    return dispatch(registry["linalg_eigvals.alone"], (A,))


# -- singular values ------------------------------------------------------------------------------
def _check_svd(A, **static):
    check_matrix(A, "linalg.svd")
    check_floating(A, "linalg.svd")
    if static.get("driver") is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


def _svd_gradient(gs, U, S, Vh):
    """Of the thin factors; what ``full_matrices`` adds has no gradient."""
    gU, gS, gVh = gs
    k = S.shape[-1]
    U, Vh = U[..., :k], Vh[..., :k, :]
    kind = U.dtype
    if gU is None and gVh is None:
        return product(U * gS[..., None, :].astype(kind), Vh)
    squares = _gaps(S * S).astype(kind) if k else S[..., None].astype(kind)
    scale = S.astype(kind)
    inner = jnp.zeros((*S.shape, k), kind)
    phase = None
    if gU is not None:
        gU = gU[..., :k]
        inner_U = product(adjoint(U), gU)
        inner = inner + _off_diagonal(_skew(inner_U)) / squares * scale[..., None, :]
        if kind.kind == "c":
            phase = diagonal(inner_U).imag
            inner = inner + on_diagonal((1j * phase / S).astype(kind))
    if gVh is not None:
        gVh = gVh[..., :k, :]
        inner_V = product(Vh, adjoint(gVh))
        inner = inner + scale[..., :, None] * (_off_diagonal(_skew(inner_V)) / squares)
        if kind.kind == "c":
            phase = (0 if phase is None else phase) + diagonal(inner_V).imag
    if gS is not None:
        inner = inner + on_diagonal(gS).astype(kind)
    gA = product(product(U, inner), Vh)
    if gU is not None and U.shape[-2] > k:
        outside = gU / scale[..., None, :]
        gA = gA + product(outside - product(U, product(adjoint(U), outside)), Vh)
    if gVh is not None and Vh.shape[-1] > k:
        outside = gVh / scale[..., :, None]
        gA = gA + product(U, outside - product(product(outside, adjoint(Vh)), Vh))
    return gA if phase is None else Flagged(gA, _ill_defined(phase))


#: what every op that computes singular values refuses
REFUSES_NAN = {
    "bounds": lambda A, *_, **__: jnp.any(jnp.isnan(A)),
    "bounds_error": lambda A, *_, **__: _LinAlgError(
        "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."
    ),
}
_SVD = {"promote": "same", "kernel": f"linalg_svd_cpu: {KINDS}", "check": _check_svd, **REFUSES_NAN}


@op("linalg_svd(Tensor A, bool full_matrices=True, *, str? driver=None) -> (U, S, Vh)", forms="linalg out",
    out_name="_linalg_svd", out_strides="result",
    layout=(column_major, contiguous, column_major), exact_out=SAME_OUT, grad=_svd_gradient,
    grad_error=_ill_defined_text("svd_backward", "singular vectors", "phase term, making it"),
    **_SVD)  # fmt: skip
def linalg_svd(A, *, full_matrices, driver):
    """The singular value decomposition ``A = U @ diag(S) @ Vh``.

    Args:
        A: (..., m, n).
        full_matrices: square U and Vh; otherwise only min(m, n) columns of U and rows of Vh.

    Returns:
        A named tuple (U, S, Vh), S in descending order.

    Raises:
        torch.linalg.LinAlgError: NaN in the input.

    Differs from PyTorch:
        the signs of singular vectors are free, and depend on the LAPACK at hand.

    Example:
        >>> torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
        tensor([4., 3.])
    """
    return tuple(lax.linalg.svd(A, full_matrices=full_matrices))


@op("linalg_svdvals.alone(Tensor A, *, str? driver=None)", forms="", **_SVD)
def singular_values(A, *, driver):
    return lax.linalg.svd(A, compute_uv=False)


@composite("linalg_svdvals(Tensor A, *, str? driver=None)", forms="linalg out", exact_out=SAME_OUT,
           out_name="_linalg_svd")  # fmt: skip
def linalg_svdvals(A, *, driver):
    """The singular values of matrices, in descending order.

    Example:
        >>> torch.linalg.svdvals(torch.tensor([[3.0, 0.0], [0.0, 4.0]]))
        tensor([4., 3.])
    """
    if A.requires_grad:
        return dispatch(registry["linalg_svd"], (A,), (False, driver))[1]
    return dispatch(registry["linalg_svdvals.alone"], (A,), (driver,))


@composite("svd(Tensor self, bool some=True, bool compute_uv=True) -> (U, S, V)", forms="function method out",
           exact_out=SAME_OUT)  # fmt: skip
def svd(self, some, compute_uv):
    """`linalg.svd` under its old name, with V instead of Vh.

    Args:
        some: only min(m, n) columns of U and V.
        compute_uv: otherwise U and V are zeros.
    """
    if self.dim() < 2:
        raise RuntimeError(
            f"linalg.svd: input should have at least 2 dimensions, but has {self.dim()} dimensions instead"
        )
    if compute_uv:
        U, S, Vh = dispatch(registry["linalg_svd"], (self,), (not some, None))
        return U, S, Vh.mH
    *batch, m, n = self.shape
    return self.new_zeros(*batch, m, m), linalg_svdvals(self, driver=None), self.new_zeros(*batch, n, n).mT


# -- reflectors -----------------------------------------------------------------------------------
def _reflect(a, tau, x, adjoint_of: bool, from_left: bool = True):
    """``Q x`` (or ``Q.mH x``) for the product Q of the reflectors in the columns of ``a`` below its
    diagonal: the i-th is ``1 - tau[i] v v.mH`` with v 0 above i, 1 at i."""
    if not from_left:
        return adjoint(_reflect(a, tau, adjoint(x), not adjoint_of))
    if not tau.shape[-1]:
        return x
    row = jnp.arange(a.shape[-2])

    def turn(x, i):
        v = jnp.where(row > i, a[..., :, i], 0) + (row == i).astype(a.dtype)
        factor = conj(tau[..., i]) if adjoint_of else tau[..., i]
        along = product(conj(v)[..., None, :], x)
        return x - factor[..., None, None] * v[..., :, None] * along, None

    return lax.scan(turn, x, jnp.arange(tau.shape[-1]), reverse=not adjoint_of)[0]


def _geqrf_gradient(g):
    raise NotImplementedError("the derivative for 'geqrf' is not implemented.")


def _check_geqrf(self):
    if self.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")


@op("geqrf(Tensor self) -> (a, tau)", forms="function method out", promote="same", check=_check_geqrf,
    layout=(column_major, contiguous), out_strides="result where empty", kernel=f"geqrf_cpu: {KINDS}",
    grad=_geqrf_gradient,
    cast_error=castable("torch.geqrf", "a"))  # fmt: skip
def geqrf(self):
    """The QR factorization as LAPACK keeps it: R above, the reflectors that make Q below the diagonal.

    Returns:
        A named tuple (a, tau), as `linalg.householder_product` takes them.
    """
    a, tau = jnp.linalg.qr(self, mode="raw")
    return jnp.swapaxes(a, -1, -2), tau


def _check_reflectors(name: str):
    def check(input, tau, **_):
        if input.ndim < 2:
            raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
        rows, columns = input.shape[-2:]
        if rows < columns:
            raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
        if columns < tau.shape[-1]:
            raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
        if input.ndim - tau.ndim != 1:
            raise RuntimeError(
                f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to "
                f"{tau.ndim} and input.ndim is equal to {input.ndim}"
            )
        if input.shape[:-2] != tau.shape[:-1]:
            raise RuntimeError(
                f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
                f"{list(tau.shape[:-1])}"
            )
        if input.dtype is not tau.dtype:
            raise RuntimeError(
                f"{name}: tau dtype {tau.dtype.title} does not match input dtype {input.dtype.title}"
            )

    return check


_check_product = _check_reflectors("torch.linalg.householder_product")
_PRODUCT = {"promote": "same", "layout": (column_major,), "out_strides": "result where empty",
            "out_name": "linalg_householder_product", "check": _check_product,
            "kernel": f"orgqr_cpu: {KINDS}", "node": "LinalgHouseholderProductBackward0",
            "cast_error": castable("torch.linalg.householder_product")}  # fmt: skip


def householder_product(a, tau):
    """The first n columns of the product of the reflectors that `geqrf` gives.

    Args:
        a: (..., m, n).
        tau: (..., k).

    Returns:
        A fresh (..., m, n) with orthonormal columns.
    """
    rows, columns = a.shape[-2:]
    eye = jnp.broadcast_to(jnp.eye(rows, columns, dtype=a.dtype), a.shape)
    return _reflect(a, tau, eye, adjoint_of=False)


# `result` is named, and so saved, because PyTorch's formulas read it
op("linalg_householder_product(Tensor input, Tensor tau)", forms="linalg out", doc=householder_product.__doc__,
   grad=lambda g, input, tau, result: pull(householder_product, g, input, tau),
   **_PRODUCT)(householder_product)  # fmt: skip
op("orgqr(Tensor self, Tensor input2)", forms="function method out",
   grad=lambda g, self, input2, result: pull(householder_product, g, self, input2),
   **_PRODUCT)(householder_product)  # fmt: skip


def _check_ormqr(self, input2, input3, *, left, transpose):
    name = "torch.ormqr"
    for what, x in (("input", self), ("other", input3)):
        if x.ndim < 2:
            raise RuntimeError(f"{name}: {what} must have at least 2 dimensions.")
    size, side = (input3.shape[-2], -2) if left else (input3.shape[-1], -1)
    if size < input2.shape[-1]:
        raise RuntimeError(f"{name}: other.shape[{side}] must be greater than or equal to tau.shape[-1]")
    if size != self.shape[-2]:
        raise RuntimeError(f"{name}: other.shape[{side}] must be equal to input.shape[-2]")
    if input2.ndim and input2.shape[-1] != min(size, self.shape[-1]):
        raise RuntimeError(f"{name}: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])")
    if self.ndim - input2.ndim != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to "
            f"{input2.ndim} and input.ndim is equal to {self.ndim}"
        )
    if self.ndim != input3.ndim:
        raise RuntimeError(
            f"{name}: Expected other to have the same number of dimensions as input, but got other.ndim equal "
            f"to {input3.ndim} and input.ndim is equal to {self.ndim}"
        )
    for what, x, kept in (("tau", input2, 1), ("other", input3, 2)):
        if x.shape[: x.ndim - kept] != self.shape[:-2]:
            raise RuntimeError(
                f"{name}: Expected batch dimensions of {what} to be equal to input.shape[:-2], but got "
                f"{list(x.shape[: x.ndim - kept])}"
            )
    for what, x in (("tau", input2), ("other", input3)):
        if x.dtype is not self.dtype:
            raise RuntimeError(
                f"{name}: Expected input and {what} to have the same dtype, but input has dtype "
                f"{self.dtype.title} and {what} has dtype {x.dtype.title}"
            )


@op("ormqr(Tensor self, Tensor input2, Tensor input3, bool left=True, bool transpose=False)",
    forms="function method out", promote="same", layout=(column_major,), check=_check_ormqr,
    kernel=f"ormqr_cpu: {KINDS}", out_strides="result where empty", exact_out=(
        "torch.ormqr: Expected input and result to have the same dtype, but input has dtype{result.title} and "
        "result has dtype {out.title}"),
    grad=lambda g, self, input2, input3, result, left, transpose: pull(
        lambda a, tau, x: _reflect(a, tau, x, transpose, left), g, self, input2, input3))  # fmt: skip
def ormqr(self, input2, input3, *, left, transpose):
    """The product of the Q that `geqrf` gives (its adjoint with ``transpose``) and another matrix.

    Args:
        self: (..., m, k), the reflectors.
        input2: (..., k), their factors.
        input3: the other matrix, on the right of Q with ``left``, else on its left.
    """
    return _reflect(self, input2, input3, transpose, left)
