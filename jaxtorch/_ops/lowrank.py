"""Approximate factors of matrices of low rank (Halko, Martinsson and Tropp 2009, algorithms 4.4 and 5.1)."""

from __future__ import annotations

from .._core.bind import namespaces
from .._core.spec import function


def _basis(A, q: int, niter: int, M):  # noqa: N803
    """``q`` orthonormal columns that span most of what the columns of ``A - M`` do."""
    qr = namespaces["linalg"]["qr"]
    draw = namespaces["torch"]["randn"](A.shape[-1], q, dtype=A.dtype, device=A.device)

    def image(left, mean, x):
        y = left.matmul(x)
        return y if mean is None else y - mean.matmul(x)

    found = qr(image(A, M, draw)).Q
    for _ in range(niter):
        found = qr(image(A.mH, None if M is None else M.mH, found)).Q
        found = qr(image(A, M, found)).Q
    return found


@function("svd_lowrank")
def svd_lowrank(A, q=6, niter=2, M=None):  # noqa: N803
    """(U, S, V) with ``A - M`` near ``U diag(S) V^H``, by a randomized method.

    Args:
        A: (..., m, n).
        q: how many singular values.
        niter: how many subspace iterations.
        M: broadcasts to A's shape; nothing by default.

    Returns:
        Fresh (..., m, q), (..., q) and (..., n, q).
    """
    q, niter = 6 if q is None else q, 2 if niter is None else niter
    wide = A.shape[-2] < A.shape[-1]
    if M is not None:
        M = M.broadcast_to(A.size())  # noqa: N806
    if wide:
        A, M = A.mH, None if M is None else M.mH  # noqa: N806
    basis = _basis(A, q, niter, M)
    small = basis.mH.matmul(A)
    if M is not None:
        small = small - basis.mH.matmul(M)
    U, S, Vh = namespaces["linalg"]["svd"](small, full_matrices=False)  # noqa: N806
    U, V = basis.matmul(U), Vh.mH  # noqa: N806
    return (V, S, U) if wide else (U, S, V)


@function("pca_lowrank")
def pca_lowrank(A, q=None, center=True, niter=2):  # noqa: N803
    """(U, S, V) of the principal components of the rows of ``A``, by a randomized method.

    Args:
        A: (..., m, n): m samples of n features.
        q: how many components, ``min(6, m, n)`` by default.
        center: whether the mean of the samples is taken off first.
        niter: how many subspace iterations.

    Raises:
        ValueError: ``q`` or ``niter`` is out of range.
    """
    m, n = A.shape[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise ValueError(
            f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}"
        )
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(dim=(-2,), keepdim=True) if center else A, q, niter)
