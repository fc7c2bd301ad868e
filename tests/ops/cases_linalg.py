"""Linear algebra: systems, factorizations, functions of matrices.

Matrices are well-conditioned, with distinct eigenvalues and singular values. Where the signs or phases of
vectors are free, what is compared does not depend on them: `free` gives absolute values and strides.
"""

from __future__ import annotations

from math import inf, nan

import numpy as np

from tests.ops.recipes import SWEEP, D, S, T, V, bad, op, source

ALL = (*SWEEP, "complex128")


def spd(a: np.ndarray) -> np.ndarray:
    """A positive definite matrix (Hermitian) with distinct eigenvalues, from any square one."""
    return a @ np.conj(np.swapaxes(a, -1, -2)) + np.diag(np.arange(2.0, 2 + a.shape[-1]))


def regular(a: np.ndarray) -> np.ndarray:
    """A well-conditioned square matrix with distinct eigenvalues, from any."""
    return a + np.diag(5 + 2.0 * np.arange(a.shape[-1]))


def apart(a: np.ndarray) -> np.ndarray:
    """A matrix of full rank with distinct singular values, of any shape."""
    k = min(a.shape[-2:])
    return a + 3 * np.eye(*a.shape[-2:]) * np.arange(1, a.shape[-1] + 1) if k else a


def real_diagonal(a: np.ndarray) -> np.ndarray:
    """``a`` with a real diagonal away from zero, as Cholesky factors have."""
    eye = np.eye(a.shape[-1])
    return a - 1j * a.imag * eye + 4 * eye if np.iscomplexobj(a) else a + 4 * eye


def lower(a: np.ndarray) -> np.ndarray:
    """A lower triangle with a diagonal away from zero."""
    return np.tril(real_diagonal(a))


def upper(a: np.ndarray) -> np.ndarray:
    """An upper triangle with a diagonal away from zero."""
    return np.triu(real_diagonal(a))


def small(a: np.ndarray) -> np.ndarray:
    """Reflectors' factors, small enough for any reflector."""
    return a / 10


SQUARE, SQUARES = T(3, 3), T(2, 3, 3)
SPD, SPDS, REGULAR, REGULARS = T(3, 3, fix=spd), T(2, 3, 3, fix=spd), T(3, 3, fix=regular), T(2, 3, 3, fix=regular)
TALL, WIDE, TALLS = T(4, 2, fix=apart), T(2, 4, fix=apart), T(2, 3, 2, fix=apart)
LOWER, UPPER, LOWERS = T(3, 3, fix=lower), T(3, 3, fix=upper), T(2, 3, 3, fix=lower)
ONE, EMPTY, NONE, NO_ROWS, NO_COLUMNS = T(1, 1, lo=1, hi=3), T(0, 0), T(0, 3, 3), T(0, 3), T(3, 0)
VEC = T(3)
SINGULAR = V([[1.0, 2.0], [2.0, 4.0]])
SINGULARS = V([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 4.0]]])

WITH_NAN = V([[1.0, 2.0], [3.0, nan]])
PIVOTS = T(values=[2, 2, 3], dtype="int32", grad=False)
PIVOTS2 = T(values=[[2, 3, 3], [1, 2, 3]], dtype="int32", grad=False)


def free(lib, r):
    """What signs and phases do not change: each factor's absolute values, and the strides."""
    return *(x.abs() for x in r), [x.stride() for x in r], [x.dtype for x in r], type(r).__name__


def free_svd(lib, r):
    """The same, and the product of the thin factors."""
    k = r[1].shape[-1]
    return (r[0][..., :k] * r[1].unsqueeze(-2)) @ r[2][..., :k, :], *free(lib, r)


def free_svd_v(lib, r):
    """The same where the third factor is V."""
    return (r[0] * r[1].unsqueeze(-2)) @ r[2].mH, *free(lib, r)


def free_eigh(lib, r):
    """The same of eigenvalues and their vectors."""
    return (r[1] * r[0].unsqueeze(-2)) @ r[1].mH, r[0], *free(lib, r)


def free_eig(lib, r):
    """The same of eigenvalues in the order of their real and imaginary parts."""
    L, vectors = r
    order = lib.argsort(L.detach().real + 3 * L.detach().imag)
    L, vectors = L.gather(-1, order), vectors.gather(-1, order.unsqueeze(-2).expand(vectors.shape))
    return L, vectors.abs(), [x.stride() for x in r], type(r).__name__


def solution(lib, r):
    """A least squares solution without the strides of LAPACK's work space, and the rest without a graph."""
    return lib.cat([r.solution]), *(x.detach() for x in r[1:]), type(r).__name__


def in_order(lib, r):
    """Eigenvalues in the order of their real and imaginary parts."""
    return r.gather(-1, lib.argsort(r.detach().real + 3 * r.detach().imag)), r.stride()


ANY = {"dtypes": ALL, "without": ("inplace",)}
FACTORS = {"dtypes": ALL, "without": ("inplace", "method", "out", "saved", "layouts")}
OVER = {"out": "an out= over the memory of an operand is not refused"}
OLD = {"tags": ("warns",), **ANY}

INDEFINITE = V([[0.0, 2.0, 1.0], [2.0, 0.0, 3.0], [1.0, 3.0, 4.0]], grad=False)
COMPLEX_INDEFINITE = V([[0.0, 2.0 + 1j, 1.0], [2.0 - 1j, 0.0, 3.0j], [1.0, -3.0j, 4.0]], "complex64", grad=False)

CASES = [
    source("torch.manual_seed(0) and torch.svd_lowrank(x, 3)[1]", {"x": T(5, 4)}, checks=("forward", "grad")),
    source("torch.manual_seed(0) and torch.svd_lowrank(x, 2, 1, y)[1]", {"x": T(3, 5), "y": T(3, 1)},
        checks=("forward", "grad")),
    source("torch.manual_seed(0) and torch.pca_lowrank(x)[1]", {"x": T(5, 3)}, checks=("forward", "grad")),
    op("linalg.vander", S(T(), N=3), checks=("forward",)),
    # -- LU, systems
    op("linalg.lu_factor_ex", S(REGULAR), S(REGULARS), S(T(2, 3)), S(T(3, 2)), S(EMPTY), S(NONE), S(ONE), S(NO_ROWS),
        S(V([[1.0, 2.0], [2.0, 4.0]], grad=False)), S(REGULAR, check_errors=True), **ANY),
    op("linalg.lu_factor", S(REGULAR), S(REGULARS), S(T(2, 3)), S(T(3, 2)), S(EMPTY), **ANY),
    op("linalg.ldl_factor_ex", S(INDEFINITE), S(COMPLEX_INDEFINITE), S(COMPLEX_INDEFINITE, hermitian=True), S(EMPTY),
        S(V([[0.0, 0.0], [0.0, 1.0]], grad=False)), **ANY, checks=("forward", "out")),
    source("torch.linalg.ldl_solve(*torch.linalg.ldl_factor(x), y)", {"x": INDEFINITE, "y": T(3, 2, grad=False)},
        covers=("linalg_ldl_factor", "linalg_ldl_solve"), checks=("forward",)),
    source("torch.linalg.ldl_solve(*torch.linalg.ldl_factor(x, hermitian=True), y, hermitian=True)",
        {"x": COMPLEX_INDEFINITE, "y": T(3, 2, dtype="complex64", grad=False)}, checks=("forward",)),
    op("linalg.lu", S(REGULAR), S(REGULARS), S(T(2, 3)), S(T(3, 2)), S(EMPTY), S(ONE), S(NO_COLUMNS), **ANY),
    source("torch.lu(x)", {"x": REGULAR}, **{**OLD, "without": ("out", "inplace", "method")}),
    source("torch.lu(x, get_infos=True)", {"x": REGULARS}, checks=("forward", "grad"), tags=("warns",)),
    source("x.lu()", {"x": REGULAR}, checks=("forward", "grad"), tags=("warns",)),
    op("lu_unpack", S(REGULAR, PIVOTS), S(REGULARS, PIVOTS2), S(T(2, 3), T(values=[2, 2], dtype="int32")),
        S(T(3, 2), T(values=[2, 2], dtype="int32")), S(T(3, 3, grad=False, fix=regular), PIVOTS, unpack_data=False),
        S(REGULAR, PIVOTS, unpack_pivots=False), S(EMPTY, T(0, dtype="int32")), **ANY),
    op("linalg.lu_solve", S(REGULAR, PIVOTS, T(3, 2)), S(REGULARS, PIVOTS2, T(2, 3, 2)), S(REGULARS, PIVOTS2, T(3, 2)),
        S(REGULAR, PIVOTS, T(2, 3), left=False), S(REGULAR, PIVOTS, T(3, 2), adjoint=True),
        S(REGULAR, PIVOTS, T(2, 3), left=False, adjoint=True), S(REGULAR, PIVOTS, T(4, 3, 2)), **ANY),
    op("lu_solve", S(T(3, 2), REGULAR, PIVOTS), S(T(2, 3, 2), REGULARS, PIVOTS2), **OLD),
    op("det", S(SQUARE), S(REGULARS), S(ONE), **ANY),
    op("det", S(EMPTY), S(T(2, 0, 0)), S(NONE), checks=("forward",)),
    source("[g.shape for g in torch.autograd.grad(torch.det(x.requires_grad_()).sum(), x)]", {"x": EMPTY},
        checks=("forward",)),
    op("linalg.det", S(SQUARE), S(REGULARS), S(T(2, 2, 3, 3)), **ANY),
    op("slogdet", S(REGULAR), S(REGULARS), S(SQUARE), S(ONE), S(EMPTY), **ANY),
    op("linalg.slogdet", S(REGULAR), S(REGULARS), S(SQUARE), S(NONE), S(V([[1.0, 2.0], [2.0, 4.0]],
        grad=False)), **ANY),
    op("logdet", S(SPD), S(SPDS), S(ONE), S(V([[0.0, 1.0], [1.0, 0.0]], grad=False)), S(EMPTY), **ANY),
    op("inverse", S(REGULAR), S(REGULARS), S(ONE), S(EMPTY), **ANY),
    op("linalg.inv", S(REGULAR), S(REGULARS), S(ONE), S(EMPTY), S(NONE), **ANY),
    op("linalg.inv_ex", S(REGULAR), S(REGULARS), S(EMPTY), S(REGULAR, check_errors=True), **ANY),
    op("linalg.solve", S(REGULAR, VEC), S(REGULAR, T(3, 2)), S(REGULARS, T(2, 3, 1)), S(REGULARS, T(2, 3)),
        S(REGULAR, T(2, 3), left=False), S(REGULARS, T(3, 2)), S(REGULAR, T(2, 3, 2)), S(EMPTY, T(0, 2)), S(REGULAR,
        NO_COLUMNS), S(ONE, T(1)), S(REGULARS, T(2, 2, 3), left=False), **ANY),
    op("linalg.solve_ex", S(REGULAR, VEC), S(REGULAR, T(3, 2)), S(REGULARS, T(2, 3)), S(REGULAR, T(2, 3), left=False),
        S(REGULAR, VEC, check_errors=True), **ANY),
    op("linalg.solve_triangular", S(LOWER, T(3, 2), upper=False), S(LOWER, T(3, 2), upper=False, unitriangular=True),
        S(LOWER, T(2, 3), upper=False, left=False), S(UPPER, T(3, 2), upper=True), S(UPPER, T(2, 3), upper=True,
        left=False, unitriangular=True), S(LOWERS, T(3, 2), upper=False), S(LOWER, T(2, 3, 2), upper=False), S(SQUARE,
        T(3, 2), upper=True), S(EMPTY, T(0, 2), upper=True), **ANY,
        xfail={"out": "torch leaves an out= of another dtype resized and transposed"}),
    source("torch.linalg.solve_triangular(x, y, upper=False)", {"x": LOWER, "y": T(3, 2, dtype="float64")},
        checks=("forward",)),
    op("triangular_solve", S(T(3, 2), LOWER, False), S(T(3, 2), UPPER), S(T(3, 2), UPPER, True, True), S(T(3, 2), LOWER,
        False, True, True), S(T(2, 3, 2), LOWERS, False), S(T(3, 2), LOWERS, False), **OLD,
        xfail={"out": "the deprecation is told before out= is looked at"}),
    # -- Cholesky
    op("cholesky", S(SPD), S(SPDS), S(SPD, upper=True), S(ONE), S(EMPTY), **OLD,
        xfail={"out": "with out= torch tells the deprecation twice"}),
    op("linalg.cholesky", S(SPD), S(SPDS), S(SPD, upper=True), S(ONE), S(EMPTY), S(NONE), **ANY),
    op("linalg.cholesky_ex", S(SPD), S(SPDS, upper=True), S(V([[1.0, 2.0], [2.0, 1.0]], grad=False)), S(V([[[4.0, 2.0,
        1.0], [2.0, 1.0, 3.0], [1.0, 3.0, -9.0]], [[4.0, 2.0, 1.0], [2.0, 9.0, 3.0], [1.0, 3.0, 9.0]]], grad=False)),
        S(EMPTY), S(SPD, check_errors=True), **ANY),
    op("cholesky_solve", S(T(3, 2), LOWER), S(T(3, 2), UPPER, upper=True), S(T(2, 3, 2), LOWERS), S(T(3, 2), LOWERS),
        S(T(3, 2), SQUARE), S(T(0, 2), EMPTY), **ANY),
    op("cholesky_inverse", S(LOWER), S(UPPER, upper=True), S(LOWERS), S(SQUARE), S(EMPTY), **ANY),
    # -- QR: Householder reflectors leave no sign open
    # where columns repeat, what completes them is free, hence no expanded layouts
    op("linalg.qr", S(TALL), S(WIDE), S(TALLS), S(SQUARE), S(WIDE, "complete"), S(NO_ROWS), S(NO_COLUMNS), S(ONE),
        dtypes=ALL, without=("inplace", "layouts")),
    op("linalg.qr", S(TALL, "complete"), S(TALL, mode="r"), S(NO_COLUMNS, "complete"), S(WIDE, "r"), checks=("forward",
        "dtype", "out")),
    op("qr", S(TALL), S(WIDE), S(WIDE, some=False), tags=("warns",), dtypes=ALL, without=("inplace", "layouts")),
    source("torch.linalg.qr(x.mT)", {"x": TALL}, checks=("forward", "grad")),
    op("geqrf", S(TALL), S(WIDE), S(TALLS), S(SQUARE), S(NO_COLUMNS), dtypes=ALL, without=("inplace", "grad",
        "grad_complex", "backward", "saved", "layouts")),
    op("linalg.householder_product", S(T(4, 3), T(3, fix=small)), S(T(4, 3), T(2, fix=small)), S(SQUARE, T(3,
        fix=small)), S(T(2, 4, 3), T(2, 3, fix=small)), **ANY),
    op("linalg.householder_product", S(NO_COLUMNS, T(0)), checks=("forward",)),
    op("orgqr", S(T(4, 3), T(3, fix=small)), S(T(2, 4, 2), T(2, 2, fix=small)), **ANY),
    op("ormqr", S(T(4, 2), T(2, fix=small), T(4, 3)), S(T(4, 2), T(2, fix=small), T(4, 3), transpose=True), S(T(4, 2),
        T(2, fix=small), T(3, 4), left=False), S(T(4, 2), T(2, fix=small), T(3, 4), False, True), S(T(2, 4, 2), T(2, 2,
        fix=small), T(2, 4, 3)), **ANY),
    # -- eigenvalues
    op("linalg.eigh", S(SPD), S(SPDS), S(SPD, UPLO="U"), S(SQUARE), S(SQUARE, "u"), S(ONE), S(EMPTY), post=free_eigh,
        covers=("symeig",), **FACTORS),
    op("linalg.eigvalsh", S(SPD), S(SPDS), S(SPD, "U"), S(EMPTY), S(NONE), **ANY),
    op("linalg.eig", S(REGULAR), S(REGULARS), S(SQUARE), S(ONE), S(EMPTY), post=free_eig, **FACTORS),
    op("linalg.eigvals", S(REGULAR), S(REGULARS), S(SQUARE), S(EMPTY), post=in_order, **FACTORS),
    op("linalg.eigvals", S(ONE), S(T(2, 1, 1)), dtypes=ALL, without=("inplace", "backward")),
    source("torch.linalg.eigvals(x, out=torch.empty(0, dtype=torch.complex64))", {"x": ONE}, checks=("forward",)),
    op("linalg.eig", S(ONE), checks=("out",)),
    *[source(f"[(r.abs(), r.stride()) for r in torch.linalg.{f}(x, out=({outs}))]", {"x": T(3, 3, fix=spd)},
        checks=("forward",)) for f, outs in (("eigh", "torch.empty(0), torch.empty(0)"), ("svd", "torch.empty(0), "
        "torch.empty(0), torch.empty(3, 3)"), ("eigh", "torch.empty(2), torch.empty(3, 4)"))],
    # -- singular values
    op("linalg.svd", S(TALL, full_matrices=False), S(WIDE, full_matrices=False), S(TALLS, full_matrices=False),
        S(SQUARE), S(ONE), S(NO_ROWS, False), S(EMPTY), post=free_svd, **FACTORS),
    op("linalg.svd", S(TALL), S(WIDE, True), S(NO_COLUMNS), S(T(2, 0, 3)), post=free, checks=("forward", "dtype")),
    source("(lambda r: (r[0][..., :2].abs(), r[1], r[2].abs()))(torch.linalg.svd(x))", {"x": TALL}, checks=("grad",
        "grad_complex")),
    op("linalg.svdvals", S(TALL), S(WIDE), S(TALLS), S(NO_ROWS), S(EMPTY), **ANY),
    op("svd", S(TALL), S(WIDE), S(TALLS), post=free_svd_v, **FACTORS),
    op("svd", S(TALL, some=False), S(TALL, compute_uv=False), S(WIDE, True, False), post=free, checks=("forward",
        "dtype")),
    # -- norms, rank, conditions
    op("linalg.norm", S(T(2, 3)), S(VEC, 1), S(TALL, "fro"), S(TALL, "nuc"), S(TALL, 2), S(TALL, -2), S(T(2, 3), inf),
        S(T(2, 3), 1), S(T(2, 3), -1), S(VEC, 0), S(VEC, inf), S(T(2, 3), dim=1), S(TALL, 2, dim=(0, 1), keepdim=True),
        S(VEC, 3.5), S(VEC, dtype=D("float64")), S(TALLS), S(T()), S(TALLS, "nuc", (-2, -1)), **ANY),
    op("linalg.vector_norm", S(T(2, 3)), S(T(2, 3), 1), S(T(2, 3), inf, 1), S(T(2, 3), 2.5, (0, 1), True), S(T(2, 3),
        0), S(T(2, 3), -inf), S(V([0.0, 0.0])), S(T(2, 3), dim=0, dtype=D("float64")), S(T()), **ANY),
    op("linalg.matrix_norm", S(T(2, 3)), S(TALL, "nuc"), S(TALL, 2), S(T(2, 3), 1), S(T(2, 3), inf), S(T(2, 2, 3),
        "fro", (0, 1), True), S(TALL, -2), S(T(2, 3), -1), S(T(2, 3), -inf), S(TALLS, 2, (-1, -2), True), S(TALLS,
        "nuc", (1, 2)), S(T(2, 3), dtype=D("float64")), S(EMPTY), S(NO_ROWS, 1), S(NO_ROWS, inf), S(NO_ROWS, "nuc"),
        S(NO_ROWS, -1), **ANY),
    op("nuclear_norm", S(TALL), S(TALL, True), **OLD),
    op("nuclear_norm", S(TALLS, (1, 2)), S(TALLS, (0, 1), True), **OLD),
    op("frobenius_norm", S(T(2, 3), 1), S(T(2, 3), (0, 1)), S(T(2, 3), (1,), True), **OLD),
    # of a singular matrix, and so of an expanded one, it is rounding errors that are divided by
    op("linalg.cond", S(REGULAR), S(REGULARS), S(TALL), S(EMPTY), S(REGULAR, 2), S(REGULAR, -2), S(TALL, -2), S(REGULAR,
        "nuc"), dtypes=ALL, without=("inplace", "layouts")),
    # torch's backward of these fails on its own write to the inverse
    op("linalg.cond", S(REGULAR, 1), S(REGULAR, "fro"), S(REGULARS, inf), S(REGULAR, -1), S(SQUARE, -inf), S(EMPTY, 1),
        S(SINGULAR, 1), S(SINGULARS, "fro"), checks=("forward", "dtype", "out"), dtypes=ALL),
    op("linalg.matrix_rank", S(SQUARE), S(SINGULAR), S(SPD, hermitian=True), S(TALLS), S(SINGULARS), S(EMPTY), S(SQUARE,
        2.0), S(SQUARE, atol=1.0), S(SQUARE, atol=0.5, rtol=0.1), S(SQUARE, tol=V(1.0)), S(SQUARES, atol=V([1.0,
        50.0])), S(NO_ROWS), **ANY),
    op("linalg.pinv", S(TALL), S(WIDE), S(TALLS), S(SPD, hermitian=True), S(TALL, 0.1), S(TALL, rtol=0.5), S(TALL,
        atol=0.1), S(TALL, atol=V(0.5, grad=False)), S(NO_ROWS), S(EMPTY), S(ONE), **ANY),
    op("pinverse", S(TALL), S(WIDE), S(TALL, 0.1), dtypes=ALL, without=("inplace", "layouts")),
    # -- least squares
    op("linalg.lstsq", S(TALL, T(4, 1)), S(TALL, T(4, 3)), S(WIDE, T(2, 3)), S(TALLS, T(2, 3, 2)), S(SQUARE, T(3, 2)),
        S(TALLS, T(2, 3)), S(TALL, T(4, 1), driver="gels"), S(TALL, T(4, 1), driver="gelsd"), S(TALL, T(4, 2),
        driver="gelss"), S(TALL, T(4, 1), rcond=0.1), post=solution, dtypes=ALL, without=("inplace", "out")),
    *[source("(lambda r: (r.solution.shape, r.rank, r.singular_values))(torch.linalg.lstsq(x, y, driver=d))", {"x": x,
        "y": y, "d": d}, checks=("forward",)) for x, y, d in (
            (NO_ROWS, T(0, 2), "gelsy"), (NO_ROWS, T(0, 2), "gelsd"), (NO_COLUMNS, T(3, 2), "gelsy"),
            (NO_COLUMNS, T(3, 2), "gelsd"),
            # without right-hand sides torch's "gelsd" fails an assertion of its own
            (TALL, T(4, 0), "gelsy"))],
    source("torch.linalg.lstsq(x, y, driver='gelsd').residuals", {"x": TALL, "y": T(4, 2)}, checks=("forward", "grad")),
    # -- powers, the exponential
    op("matrix_power", S(SQUARE, 2), S(SQUARE, 0), S(REGULAR, -1), S(SQUARE, 1), S(SQUARE, 5), S(SQUARES, 3), S(REGULAR,
        -2), S(SQUARE, 6), S(EMPTY, 2), **ANY),
    op("linalg.matrix_power", S(SQUARE, 3), S(SQUARES, 0), S(REGULARS, -3), **ANY),
    op("matrix_exp", S(T(3, 3, lo=-0.5, hi=0.5)), S(T(2, 2, 2)), S(T(2, 3, 3, lo=-0.01, hi=0.01)), S(ONE), **ANY),
    op("matrix_exp", S(T(3, 3, lo=-20, hi=20)), checks=("grad",)),
    op("linalg.matrix_exp", S(T(3, 3, lo=-0.5, hi=0.5)), S(NONE), **ANY),
    # -- tensors as matrices
    op("linalg.tensorinv", S(T(6, 2, 3, fix=lambda a: a + 5 * np.eye(6).reshape(6, 2, 3)), ind=1), S(T(2, 3, 6,
        fix=lambda a: a + 5 * np.eye(6).reshape(2, 3, 6))), **ANY),
    op("linalg.tensorsolve", S(T(2, 3, 6, fix=lambda a: a + 5 * np.eye(6).reshape(2, 3, 6)), T(2, 3)), S(T(6, 2, 3,
        fix=lambda a: a + 5 * np.eye(6).reshape(6, 2, 3)), T(6)), S(T(2, 6, 3, fix=lambda a: a + 5 *
        np.eye(6).reshape(2, 3, 6).transpose(0, 2, 1)), T(2, 3), dims=(1,)), **ANY),
    # -- vectors
    op("cross", S(T(2, 3), T(2, 3), dim=1), S(T(3, 2), T(3, 2), dim=0), S(VEC, VEC, -1), S(T(2, 3), T(1, 3), 1), **ANY,
        xfail=OVER),
    op("cross", S(T(2, 3), T(2, 3)), S(T(3, 3), T(3, 3)), checks=("forward", "grad", "method"), tags=("warns",)),
    op("linalg.cross", S(T(2, 3), T(2, 3)), S(T(3, 2), T(3, 1), dim=0), S(VEC, VEC), S(NO_ROWS, NO_ROWS), **ANY,
        xfail=OVER),
    op("linalg.vecdot", S(T(2, 3), T(2, 3)), S(T(2, 3), VEC), S(T(3, 2), T(3, 2), dim=0), S(VEC, VEC), S(NO_COLUMNS,
        NO_COLUMNS), **ANY),
    op("linalg.diagonal", S(SQUARE), S(SQUARES, offset=1), S(T(2, 3, 4), dim1=0, dim2=2), **ANY),
    op("linalg.vander", S(VEC), S(T(2, 3)), S(VEC, N=5), S(T(2, 3), N=2), S(T(0, 3)), **ANY),
    op("linalg.multi_dot", S([T(2, 3), T(3, 4), T(4, 2)]), S([VEC, T(3, 4)]), S([T(2, 3), VEC]), S([VEC, VEC]), S([VEC,
        SQUARE, VEC]), S([T(2, 3), T(3, 4), T(4, 2), T(2, 5)]), **ANY),
]  # fmt: skip

#: every function of one batch of square matrices
_SQUARE = """linalg.det det linalg.slogdet slogdet logdet linalg.inv inverse linalg.inv_ex linalg.cholesky cholesky
    linalg.cholesky_ex cholesky_inverse linalg.eigh linalg.eigvalsh linalg.eig linalg.eigvals linalg.matrix_exp
    matrix_exp""".split()
_ANY_MATRIX = """linalg.lu linalg.lu_factor linalg.lu_factor_ex linalg.qr linalg.svd linalg.svdvals linalg.pinv pinverse
    linalg.matrix_rank linalg.cond geqrf svd qr linalg.matrix_norm""".split()

REFUSALS = [
    bad("torch.pca_lowrank(x, 5)", x=T(4, 3)),
    bad("torch.ormqr(x, y, z)", x=T(5, 2), y=T(1), z=T(5, 5)),
    bad("torch.ormqr(x, y, z, False)", x=T(5, 2), y=T(1), z=T(3, 5)),
    bad("torch.pca_lowrank(x, niter=-1)", x=T(4, 3)),
    *[bad(f"torch.{f}(x)", x=x) for f in _SQUARE for x in (T(2, 3), VEC, T(), T(2, 2, dtype="int64"))],
    *[bad(f"torch.{f}(x)", x=T(2, 2, dtype="float16")) for f in _SQUARE if "exp" not in f],
    *[bad(f"torch.{f}(x)", x=x) for f in _ANY_MATRIX if f != "linalg.matrix_norm" for x in (VEC, T(2, 2, dtype="int64"),
        T(2, 2, dtype="bfloat16"))],
    *[bad(f"torch.{f}(x)", x=x) for f in ("linalg.inv", "inverse") for x in (SINGULAR, SINGULARS, V([[0.0]]))],
    bad("torch.linalg.inv_ex(x, check_errors=True)", x=SINGULAR),
    bad("torch.linalg.ldl_factor(x)", x=T(2, 3)), bad("torch.linalg.ldl_factor(x)", x=T(3, dtype="bfloat16")),
    bad("torch.linalg.ldl_factor(x).LD.sum().backward()", x=T(2, 2)),
    bad("torch.linalg.ldl_solve(x, y, y)", x=T(2, 2), y=T(2, 2)),
    bad("torch.linalg.ldl_solve(x, torch.ones(2).int(), y)", x=T(2, 2), y=T(3, 2)),
    bad("torch.linalg.lu_factor(x)", x=SINGULAR),
    bad("torch.linalg.lu_factor(x)", x=SINGULARS),
    bad("torch.linalg.lu_factor_ex(x, check_errors=True)", x=SINGULAR),
    bad("torch.linalg.lu_factor(x, pivot=False)", x=SQUARE),
    bad("torch.linalg.lu(x, pivot=False)", x=SQUARE),
    bad("torch.linalg.solve(x, y)", x=SINGULAR, y=T(2)),
    bad("torch.linalg.solve(x, y)", x=SINGULARS, y=T(2, 2)),
    bad("torch.linalg.solve_ex(x, y, check_errors=True)", x=SINGULAR, y=T(2)),
    bad("torch.linalg.solve(x, y)", x=SQUARE, y=T(4)),
    bad("torch.linalg.solve(x, y)", x=SQUARE, y=T(4, 2)),
    bad("torch.linalg.solve(x, y, left=False)", x=SQUARE, y=T(2, 4)),
    bad("torch.linalg.solve(x, y)", x=T(2, 3), y=T(2)),
    bad("torch.linalg.solve(x, y)", x=SQUARE, y=T(3, dtype="float64")),
    bad("torch.linalg.solve(x, y)", x=T(3, 3, dtype="int64"), y=T(3, dtype="int64")),
    bad("torch.linalg.solve(x, y)", x=SQUARES, y=T(4, 3, 2)),
    bad("torch.linalg.cholesky(x)", x=V([[1.0, 2.0], [2.0, 1.0]])),
    bad("torch.linalg.cholesky(x)", x=V([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 1.0]]])),
    bad("torch.linalg.cholesky_ex(x, check_errors=True)", x=V([[1.0, 2.0], [2.0, 1.0]])),
    bad("torch.cholesky(x)", x=V([[-1.0]])),
    bad("torch.cholesky_solve(x, y)", x=T(3, 2), y=T(2, 2)),
    bad("torch.cholesky_solve(x, y)", x=VEC, y=SQUARE),
    bad("torch.cholesky_solve(x, y)", x=T(3, 2), y=T(3, 3, dtype="float64")),
    bad("torch.linalg.solve_triangular(x, y, upper=True)", x=SQUARE, y=T(2, 2)),
    bad("torch.linalg.solve_triangular(x, y, upper=True)", x=T(3, 2), y=T(2, 2)),
    bad("torch.linalg.solve_triangular(x, y, upper=True)", x=SQUARE, y=VEC),
    bad("torch.linalg.solve_triangular(x, y)", x=SQUARE, y=SQUARE),
    bad("torch.triangular_solve(x, y)", x=VEC, y=SQUARE),
    bad("torch.triangular_solve(x, y)", x=T(2, 2), y=SQUARE),
    bad("torch.linalg.lu_solve(x, y, z)", x=SQUARE, y=T(3, dtype="int64"), z=T(3, 2)),
    bad("torch.linalg.lu_solve(x, y, z)", x=SQUARE, y=T(values=[1, 2], dtype="int32"), z=T(3, 2)),
    bad("torch.linalg.lu_solve(x, y, z)", x=SQUARE, y=PIVOTS, z=T(2, 2)),
    bad("torch.linalg.lu_solve(x, y, z)", x=SQUARE, y=PIVOTS, z=VEC),
    bad("torch.linalg.lu_solve(x, y, z)", x=SQUARE, y=PIVOTS, z=T(3, 2, dtype="float64")),
    bad("torch.lu_unpack(x, y)", x=SQUARE, y=T(3, dtype="int64")),
    bad("torch.lu_unpack(x, y)", x=VEC, y=PIVOTS),
    bad("torch.linalg.qr(x, mode='no')", x=SQUARE),
    bad("torch.linalg.qr(x, mode='r').R.sum().backward()", x=SQUARE),
    bad("torch.linalg.qr(x.requires_grad_(), mode='r').R.sum().backward()", x=TALL),
    bad("torch.linalg.qr(x.requires_grad_(), mode='complete').R.sum().backward()", x=TALL),
    bad("torch.geqrf(x.requires_grad_()).a.sum().backward()", x=TALL),
    bad("torch.linalg.eigh(x, UPLO='X')", x=SPD),
    bad("torch.linalg.eig(x)", x=WITH_NAN),
    bad("torch.linalg.svd(x)", x=WITH_NAN),
    bad("torch.linalg.svdvals(x)", x=WITH_NAN),
    bad("torch.linalg.svd(x, driver='gesvd')", x=SQUARE),
    bad("torch.linalg.eigh(x.requires_grad_()).eigenvectors.sum().abs().backward()", x=T(3, 3, dtype="complex128",
        fix=spd)),
    bad("torch.linalg.eig(x.requires_grad_()).eigenvectors.sum().abs().backward()", x=T(3, 3, fix=regular)),
    bad("torch.linalg.svd(x.requires_grad_()).U.sum().abs().backward()", x=T(3, 3, dtype="complex128", fix=apart)),
    bad("torch.linalg.norm(x, 'no')", x=SQUARE),
    bad("torch.linalg.norm(x, 'fro')", x=VEC),
    bad("torch.linalg.norm(x, 2)", x=SQUARES),
    bad("torch.linalg.norm(x, 2, (0, 1, 2))", x=SQUARES),
    bad("torch.linalg.norm(x, 3)", x=SQUARE),
    bad("torch.linalg.vector_norm(x)", x=T(2, dtype="int64")),
    bad("torch.linalg.vector_norm(x, inf)", x=T(0)),
    bad("torch.linalg.matrix_norm(x)", x=VEC),
    bad("torch.linalg.matrix_norm(x)", x=T(2, 2, dtype="int64")),
    bad("torch.linalg.matrix_norm(x, 3)", x=SQUARE),
    bad("torch.linalg.matrix_norm(x, 2, (0,))", x=SQUARE),
    bad("torch.linalg.matrix_norm(x, 2, (0, 0))", x=SQUARE),
    bad("torch.linalg.matrix_norm(x, 2, (0, 5))", x=SQUARE),
    bad("torch.linalg.matrix_norm(x, -1)", x=T(3, 0)),
    bad("torch.linalg.matrix_norm(x, dtype=torch.complex64)", x=SQUARE),
    bad("torch.linalg.matrix_norm(x, dtype=torch.float16)", x=SQUARE),
    bad("torch.linalg.cond(x, 3)", x=SQUARE),
    bad("torch.linalg.cond(x, 1)", x=T(2, 3)),
    bad("torch.linalg.cond(x, 'no')", x=SQUARE),
    bad("torch.linalg.matrix_rank(x, atol=y)", x=SQUARE, y=T(3, dtype="complex64")),
    bad("torch.linalg.pinv(x, hermitian=True)", x=T(2, 3)),
    bad("torch.linalg.lstsq(x, y)", x=TALL, y=T(3, 2)),
    bad("torch.linalg.lstsq(x, y)", x=VEC, y=VEC),
    bad("torch.linalg.lstsq(x, y)", x=TALL, y=T(4, 1, dtype="float64")),
    bad("torch.linalg.lstsq(x, y, driver='no')", x=TALL, y=T(4, 1)),
    bad("torch.linalg.lstsq(x, y)", x=TALL, y=T(2, 2, 4, 1)),
    bad("torch.linalg.lstsq(x, y)", x=T(4, 2, dtype="int64"), y=T(4, 1, dtype="int64")),
    bad("torch.linalg.matrix_power(x, 2)", x=T(2, 3)),
    bad("torch.matrix_power(x, 2)", x=VEC),
    bad("torch.linalg.matrix_power(x, -1)", x=SINGULAR),
    bad("torch.linalg.matrix_power(x, 0.5)", x=SQUARE),
    bad("torch.matrix_power(x, -1)", x=T(2, 2, dtype="int64")),
    bad("torch.linalg.tensorinv(x, ind=1)", x=SQUARES),
    bad("torch.linalg.tensorinv(x, ind=0)", x=SQUARES),
    bad("torch.linalg.tensorsolve(x, y)", x=SQUARES, y=VEC),
    bad("torch.cross(x, y, dim=0)", x=T(2, 3), y=T(2, 3)),
    bad("torch.cross(x, y)", x=T(2, 2), y=T(2, 2)),
    bad("torch.cross(x, y, dim=0)", x=T(3, 2), y=T(3, 4)),
    bad("torch.linalg.cross(x, y)", x=T(2, 4), y=T(2, 4)),
    bad("torch.linalg.cross(x, y)", x=T(2, 3), y=VEC),
    bad("torch.linalg.cross(x, y)", x=VEC, y=T(3, dtype="float64")),
    bad("torch.linalg.cross(x, y, dim=3)", x=VEC, y=VEC),
    bad("torch.linalg.vecdot(x, y)", x=VEC, y=T(3, dtype="float64")),
    bad("torch.linalg.vecdot(x, y)", x=VEC, y=T(4)),
    bad("torch.linalg.vander(x, N=0)", x=VEC),
    bad("torch.linalg.vander(x)", x=T(3, dtype="bool")),
    bad("torch.linalg.multi_dot([x])", x=SQUARE),
    bad("torch.linalg.multi_dot([x, y])", x=SQUARE, y=T(2, 2)),
    bad("torch.linalg.multi_dot([x, y])", x=SQUARE, y=T(3, 3, dtype="float64")),
    bad("torch.linalg.multi_dot([x, y, z])", x=SQUARE, y=SQUARES, z=SQUARE),
    bad("torch.linalg.householder_product(x, y)", x=T(2, 3), y=VEC),
    bad("torch.linalg.householder_product(x, y)", x=T(3, 2), y=VEC),
    bad("torch.linalg.householder_product(x, y)", x=T(3, 2), y=T(2, dtype="float64")),
    bad("torch.linalg.householder_product(x, y)", x=T(3, 2), y=T(2, 2)),
    bad("torch.linalg.householder_product(x, y)", x=VEC, y=VEC),
    bad("torch.ormqr(x, y, z)", x=T(4, 2), y=T(2), z=T(3, 3)),
    bad("torch.ormqr(x, y, z)", x=T(4, 2), y=T(2), z=T(4)),
    bad("torch.ormqr(x, y, z)", x=T(4, 2), y=T(2, 2), z=T(4, 3)),
    bad("torch.eig(x)", x=SQUARE),
    bad("x.eig(eigenvectors=True)", x=SQUARE),
    bad("torch.symeig(x)", x=SQUARE),
    bad("x.symeig()", x=SQUARE),
    bad("torch.lstsq(x, y)", x=SQUARE, y=SQUARE),
    bad("torch.solve(x, y)", x=SQUARE, y=SQUARE),
    bad("torch.matrix_rank(x)", x=SQUARE),
]  # fmt: skip
