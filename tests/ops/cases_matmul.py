"""Products of matrices, and the linear algebra of tutorials."""

from __future__ import annotations

from math import inf

import numpy as np

from tests.ops.recipes import D, S, T, V, bad, op, source

A, Bm, Cm, SQUARE = T(2, 3), T(3, 4), T(2, 4), T(3, 3)
BATCH, BATCH2 = T(2, 2, 3), T(2, 3, 2)
VEC, VEC2 = T(3), T(3)
HALVES = ("float16", "bfloat16", "int64", "int32", "uint8", "bool", "complex64")


def spd(a: np.ndarray) -> np.ndarray:
    """A positive definite matrix (Hermitian) from any square one."""
    return a @ np.conj(np.swapaxes(a, -1, -2)) + 2 * np.eye(a.shape[-1])


def regular(a: np.ndarray) -> np.ndarray:
    """A well-conditioned square matrix from any."""
    return a + 5 * np.eye(a.shape[-1])


def tall(a: np.ndarray) -> np.ndarray:
    """A matrix of full column rank with distinct singular values."""
    return a + 3 * np.eye(*a.shape[-2:]) * np.arange(1, a.shape[-1] + 1)


SPD, REGULAR = T(3, 3, fix=spd), T(3, 3, fix=regular)
SPDS, REGULARS = T(2, 3, 3, fix=spd), T(2, 3, 3, fix=regular)
LOWER = T(3, 3, fix=lambda a: np.tril(a) + 4 * np.eye(3))
FACTORS = {"checks": ("forward", "dtype", "grad", "grad_complex")}


def rebuilt_svd(lib, r):
    """U S Vh and S: signs and phases are free."""
    return (r[0] * r[1].unsqueeze(-2)) @ r[2], r[1]


def rebuilt_svd_v(lib, r):
    """The same where the third factor is V."""
    return (r[0] * r[1].unsqueeze(-2)) @ r[2].mH, r[1]


def rebuilt_eigh(lib, r):
    """V L Vh and L."""
    return (r[1] * r[0].unsqueeze(-2)) @ r[1].mH, r[0]


def rebuilt_qr(lib, r):
    """Q R and the absolute values of R."""
    return r[0] @ r[1], r[1].abs()


CASES = [
    op("mm", S(A, Bm), S(T(0, 3), Bm), S(T(2, 0), T(0, 2)), dtypes=HALVES),
    op("bmm", S(BATCH, BATCH2), dtypes=HALVES),
    op("matmul", S(A, Bm), S(VEC, VEC2), S(A, VEC), S(VEC, Bm), S(BATCH, T(3, 2)), S(VEC, T(2, 3,
        2)), S(T(2, 2, 3), VEC), S(T(2, 1, 2, 3), T(3, 3, 2)), S(A, T(2, 3, 2)), S(T(0), T(0)),
        dtypes=HALVES, covers=("matmul_vector", "matmul_row", "matmul_folded", "matmul_matrix_batch",
        "matmul_batched")),
    op("operator.matmul", S(A, Bm), S(VEC, VEC2), checks=("forward", "grad")),
    op("mv", S(A, VEC), dtypes=HALVES),
    op("dot", S(VEC, VEC2), S(T(0), T(0)), dtypes=HALVES),
    op("vdot", S(VEC, VEC2), dtypes=HALVES),
    op("inner", S(VEC, VEC2), S(A, T(4, 3)), S(A, T()), dtypes=HALVES, covers=("inner_last",)),
    op("outer", S(VEC, T(2)), dtypes=HALVES),
    op("ger", S(VEC, T(2)), checks=("forward", "grad", "method", "out")),
    op("addmm", S(Cm, A, Bm), S(T(4), A, Bm, beta=0.5, alpha=2), S(T(), A, Bm, alpha=0), S(Cm, A,
        Bm, beta=0), dtypes=HALVES),
    op("addmv", S(T(2), A, VEC), S(T(), A, VEC, beta=0.5, alpha=2), dtypes=HALVES),
    op("addr", S(A, T(2), VEC), S(T(3), T(2), VEC, beta=0.5, alpha=2), dtypes=HALVES),
    op("addbmm", S(T(2, 2), BATCH, BATCH2), S(T(2), BATCH, BATCH2, beta=0.5, alpha=2),
        dtypes=HALVES),
    op("baddbmm", S(T(2, 2, 2), BATCH, BATCH2), S(T(2, 1), BATCH, BATCH2, beta=0.5, alpha=2),
        dtypes=HALVES),
    *[op("einsum", S(eq, *ts), checks=("forward", "grad", "layouts")) for eq, ts in (
        ("ij,jk->ik", (A, Bm)), ("ij,jk", (A, Bm)), ("ii", (SQUARE,)), ("ii->i", (SQUARE,)),
            ("ij->ji", (A,)), ("i,j->ij", (VEC, T(2))),
        ("bij,bjk->bik", (BATCH, BATCH2)), ("ij->", (A,)), ("ij->j", (A,)), ("...ij,...jk->...ik",
            (BATCH, T(3, 2))), ("i,i->", (VEC, VEC2)),
        ("ij,jk,kl->il", (A, Bm, T(4, 2))), ("ba", (A,)), ("bhwi,bhwj->bij", (T(1, 2, 1, 2), T(1,
            2, 1, 3))), (" i j , j ", (A, VEC)), ("i...->...", (A,)),
    )],
    op("einsum", S("ij,jk->ik", [A, Bm]), checks=("forward", "grad"), covers=("sum_of_products",)),
    source("torch.einsum(x, [0, 1], y, [1, 2], [0, 2])", {"x": A, "y": Bm}),
    op("tensordot", S(A, Bm, 1), S(T(2, 3, 2), T(3, 2, 2), ([1, 2], [0, 1])), S(VEC, VEC2, dims=0),
        S(A, A, 2), covers=("tensordot_dims",)),
    # torch warns once in a process, which a comparison cannot see
    op("chain_matmul", S(A, Bm, T(4, 2)), checks=("forward", "grad")),
    op("linalg.multi_dot", S([A, Bm, T(4, 2)]), S([VEC, Bm]), checks=("forward", "grad")),
    op("kron", S(A, T(2, 2)), S(T(2), T(3)), S(A, T(2)), dtypes=HALVES),
    op("cross", S(T(2, 3), T(2, 3)), S(T(3, 2), T(3, 2), dim=0), S(VEC, VEC2)),
    op("linalg.cross", S(T(2, 3), T(2, 3)), S(T(3, 2), T(3, 1), dim=0)),
    op("cdist", S(A, T(4, 3)), S(A, T(4, 3), p=1.0), S(BATCH, T(2, 4, 3), 3.0), checks=("forward",
        "grad"), tags=("no_second",)),
    op("matrix_power", S(SQUARE, 2), S(SQUARE, 0), S(REGULAR, -1), S(SQUARE, 1), S(SQUARE, 5)),
    op("linalg.matrix_power", S(SQUARE, 3), checks=("forward", "grad")),
    op("matrix_exp", S(T(3, 3, lo=-0.5, hi=0.5)), checks=("forward", "grad")),
    op("linalg.norm", S(A), S(VEC, 1), S(A, "fro"), S(A, "nuc"), S(A, 2), S(A, -2), S(A, inf), S(A,
        1), S(A, -1), S(VEC, 0), S(VEC, inf), S(A, dim=1), S(A, 2, dim=(0, 1), keepdim=True),
        S(VEC, 3.5), S(VEC, dtype=D("float64")), checks=("forward", "grad", "out", "dtype")),
    op("linalg.vector_norm", S(A), S(A, 1), S(A, inf, 1), S(A, 2.5, (0, 1), True), S(A, 0), S(A,
        -inf), S(V([0.0, 0.0])), S(A, dim=0, dtype=D("float64"))),
    op("linalg.matrix_norm", S(A), S(A, "nuc"), S(A, 2), S(A, 1), S(A, inf), S(BATCH, "fro", (0,
        1), True), S(A, -2)),
    op("det", S(SQUARE), S(REGULARS), checks=("forward", "grad", "grad_complex", "method",
        "dtype")),
    op("linalg.det", S(SQUARE), checks=("forward", "grad", "out")),
    op("logdet", S(SPD), S(SPDS), checks=("forward", "grad", "method")),
    op("slogdet", S(REGULAR), S(REGULARS), checks=("forward", "grad", "method")),
    op("linalg.slogdet", S(REGULAR), checks=("forward", "grad", "out")),
    op("inverse", S(REGULAR), S(REGULARS), checks=("forward", "grad", "grad_complex", "method",
        "layouts", "out")),
    op("linalg.inv", S(REGULAR), S(REGULARS), checks=("forward", "grad", "out", "dtype")),
    op("linalg.solve", S(REGULAR, T(3)), S(REGULAR, T(3, 2)), S(REGULARS, T(2, 3, 1)), S(REGULARS,
        T(2, 3)), S(REGULAR, T(2, 3), left=False), checks=("forward", "grad", "grad_complex",
        "out", "dtype")),
    op("linalg.solve_triangular", S(LOWER, T(3, 2), upper=False), S(LOWER, T(3, 2), upper=False,
        unitriangular=True), S(LOWER, T(2, 3), upper=False, left=False), checks=("forward", "grad",
        "out")),
    op("triangular_solve", S(T(3, 2), LOWER, False), tags=("warns",), checks=("forward", "grad")),
    op("cholesky", S(SPD), S(SPDS), S(SPD, upper=True), tags=("warns",), checks=("forward", "grad",
        "method", "out")),
    op("linalg.cholesky", S(SPD), S(SPDS), S(SPD, upper=True), checks=("forward", "grad",
        "grad_complex", "out", "dtype")),
    op("cholesky_solve", S(T(3, 2), LOWER), checks=("forward", "grad")),
    op("cholesky_inverse", S(LOWER), checks=("forward", "grad")),
    op("linalg.qr", S(T(3, 2, fix=tall)), S(T(4, 2, fix=tall), mode="reduced"), S(SQUARE),
        post=rebuilt_qr, **FACTORS),
    op("qr", S(T(3, 2, fix=tall)), post=rebuilt_qr, tags=("warns",), checks=("forward", "grad")),
    op("linalg.svd", S(T(3, 2, fix=tall), full_matrices=False), S(T(2, 3, 2, fix=tall),
        full_matrices=False), post=rebuilt_svd, **FACTORS),
    op("svd", S(T(3, 2, fix=tall)), post=rebuilt_svd_v, checks=("forward", "grad")),
    op("linalg.svdvals", S(T(3, 2, fix=tall)), checks=("forward", "grad", "out")),
    op("linalg.eigh", S(SPD), S(SPDS), S(SPD, UPLO="U"), post=rebuilt_eigh, **FACTORS),
    op("linalg.eigvalsh", S(SPD), S(SPDS), checks=("forward", "grad", "out")),
    op("linalg.eigvals", S(SQUARE), post=lambda lib, r: lib.sort(r.real).values,
        checks=("forward",)),
    op("linalg.pinv", S(T(3, 2, fix=tall)), S(T(2, 3)), checks=("forward", "grad")),
    op("pinverse", S(T(3, 2, fix=tall)), checks=("forward", "grad")),
    op("linalg.matrix_rank", S(SQUARE), S(V([[1.0, 2.0], [2.0, 4.0]])), S(SPD, hermitian=True),
        checks=("forward",)),
    op("linalg.lstsq", S(T(4, 2, fix=tall), T(4, 1)), post=lambda lib, r: r.solution,
        checks=("forward", "grad")),
    op("linalg.lu", S(REGULAR), checks=("forward", "grad")),
    op("linalg.lu_factor", S(REGULAR), checks=("forward", "grad")),
    op("linalg.cond", S(REGULAR), S(REGULAR, 1), checks=("forward",)),
    op("linalg.diagonal", S(SQUARE), checks=("forward", "grad")),
    op("linalg.vecdot", S(A, A), checks=("forward", "grad")),
    op("linalg.matmul", S(A, Bm), checks=("forward", "grad")),
    op("nn.functional.linear", S(A, T(4, 3), T(4)), S(A, T(4, 3)), S(VEC, T(4, 3), T(4)), S(BATCH,
        T(4, 3), T(4)), S(VEC, T(3)), S(BATCH, T(4, 3)), S(A, T(3)), S(VEC, T(4, 3)), S(VEC, T(3),
        T()), dtypes=HALVES, covers=("linear_dot", "linear_mv", "linear_folded", "linear_row",
        "linear_mm", "linear_plain", "linear_viewed", "linear_added", "linear_bias")),
    op("nn.functional.bilinear", S(A, T(2, 4), T(2, 3, 4), T(2)), S(A, T(2, 4), T(2, 3, 4)),
        covers=("bilinear_form",)),
    source("x.matmul(y)", {"x": A, "y": Bm}),
    source("x @ y.t()", {"x": A, "y": T(4, 3)}),
    source("x.t() @ x", {"x": A}),
    source("x.mm(x.t()).trace()", {"x": A}),
    source("x.det() * x.inverse()", {"x": REGULAR}),
    source("x @= y\nx", {"x": A, "y": SQUARE}, checks=("forward",)),
]  # fmt: skip

REFUSALS = [
    bad("torch.mm(x, y)", x=A, y=A),
    bad("torch.mm(x, y)", x=VEC, y=VEC),
    bad("torch.mm(x, y)", x=A, y=VEC),
    bad("torch.mm(x, y)", x=BATCH, y=BATCH2),
    bad("torch.mm(x, y)", x=A, y=T(3, 4, dtype="float64")),
    bad("torch.mm(x, y)", x=A, y=T(3, 4, dtype="int64")),
    bad("torch.mm(x, 2)", x=A),
    bad("torch.bmm(x, y)", x=A, y=Bm),
    bad("torch.bmm(x, y)", x=BATCH, y=BATCH),
    bad("torch.bmm(x, y)", x=BATCH, y=T(3, 3, 2)),
    bad("torch.matmul(x, y)", x=A, y=A),
    bad("torch.matmul(x, y)", x=VEC, y=T(4)),
    bad("torch.matmul(x, y)", x=A, y=T(4)),
    bad("torch.matmul(x, y)", x=T(), y=A),
    bad("torch.matmul(x, y)", x=T(2, 2, 3), y=T(3, 3, 2)),
    bad("x @ y", x=A, y=A),
    bad("x @ 2", x=A),
    bad("2 @ x", x=A),
    bad("x @ y", x=A, y=T(3, 4, dtype="float64")),
    bad("torch.mv(x, y)", x=A, y=T(4)),
    bad("torch.mv(x, y)", x=A, y=A),
    bad("torch.dot(x, y)", x=VEC, y=T(4)),
    bad("torch.dot(x, y)", x=A, y=A),
    bad("torch.dot(x, y)", x=VEC, y=T(3, dtype="float64")),
    bad("torch.vdot(x, y)", x=VEC, y=T(4)),
    bad("torch.inner(x, y)", x=A, y=T(4)),
    bad("torch.outer(x, y)", x=A, y=VEC),
    bad("torch.addmm(x, y, z)", x=T(5, 5), y=A, z=Bm),
    bad("torch.addmm(x, y, z)", x=Cm, y=A, z=A),
    bad("torch.addmm(x, y, z)", x=Cm, y=VEC, z=A),
    bad("torch.addmv(x, y, z)", x=T(3), y=A, z=VEC),
    bad("torch.addr(x, y, z)", x=T(5, 5), y=T(2), z=VEC),
    bad("torch.baddbmm(x, y, z)", x=T(5), y=BATCH, z=BATCH2),
    bad("torch.addbmm(x, y, z)", x=T(5), y=BATCH, z=BATCH2),
    bad("torch.einsum('ij,jk->ik', x, x)", x=A),
    bad("torch.einsum('ij', x)", x=VEC),
    bad("torch.einsum('ij,jk', x)", x=A),
    bad("torch.einsum('i', x, x)", x=VEC),
    bad("torch.einsum('ij->ik', x)", x=A),
    bad("torch.einsum('ij->ii', x)", x=A),
    bad("torch.einsum('i1', x)", x=A),
    bad("torch.tensordot(x, y, 1)", x=A, y=A),
    bad("torch.tensordot(x, y, ([0], [0, 1]))", x=A, y=A),
    bad("torch.cross(x, y)", x=T(2, 2), y=T(2, 2)),
    bad("torch.cross(x, y, dim=0)", x=T(3, 2), y=T(3, 4)),
    bad("torch.trace(x)", x=VEC),
    bad("torch.matrix_power(x, 2)", x=A),
    bad("torch.matrix_power(x, 2)", x=VEC),
    bad("torch.det(x)", x=A),
    bad("torch.det(x)", x=VEC),
    bad("torch.det(x)", x=T(2, 2, dtype="int64")),
    bad("torch.linalg.inv(x)", x=A),
    bad("torch.linalg.inv(x)", x=V([[1.0, 2.0], [2.0, 4.0]])),
    bad("torch.inverse(x)", x=V([[0.0, 0.0], [0.0, 0.0]])),
    bad("torch.linalg.inv(x)", x=T(2, 2, dtype="int64")),
    bad("torch.linalg.solve(x, y)", x=SQUARE, y=T(4)),
    bad("torch.linalg.solve(x, y)", x=V([[1.0, 2.0], [2.0, 4.0]]), y=T(2)),
    bad("torch.linalg.solve(x, y)", x=A, y=T(2)),
    bad("torch.linalg.cholesky(x)", x=V([[1.0, 2.0], [2.0, 1.0]])),
    bad("torch.linalg.cholesky(x)", x=A),
    bad("torch.cholesky(x)", x=V([[-1.0]])),
    bad("torch.linalg.qr(x, mode='no')", x=A),
    bad("torch.linalg.qr(x)", x=VEC),
    bad("torch.linalg.svd(x)", x=VEC),
    bad("torch.linalg.svd(x)", x=T(2, 2, dtype="int64")),
    bad("torch.linalg.eigh(x)", x=A),
    bad("torch.linalg.eigh(x, UPLO='X')", x=SPD),
    bad("torch.linalg.norm(x, 'no')", x=A),
    bad("torch.linalg.norm(x, 'fro')", x=VEC),
    bad("torch.linalg.vector_norm(x)", x=T(2, dtype="int64")),
    bad("torch.linalg.matrix_norm(x)", x=VEC),
    bad("torch.linalg.matrix_norm(x, 3)", x=A),
    bad("torch.linalg.multi_dot([x])", x=A),
    bad("torch.kron(x, 2)", x=A),
    bad("torch.cdist(x, y)", x=A, y=T(2, 4)),
    bad("F.linear(x, y)", x=A, y=T(4, 2)),
    bad("F.linear(x, y, z)", x=A, y=T(4, 3), z=T(3)),
    bad("F.linear(x, y)", x=A, y=T(4, 3, dtype="float64")),
    bad("F.bilinear(x, y, z)", x=A, y=T(2, 4), z=T(2, 3, 3)),
    bad("x.addmm_(y, z)", x=T(4), y=A, z=Bm),
]
