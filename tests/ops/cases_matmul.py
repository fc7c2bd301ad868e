"""Products of matrices and vectors."""

from __future__ import annotations

import numpy as np

from tests.ops.recipes import S, T, bad, op, source

A, Bm, Cm, SQUARE = T(2, 3), T(3, 4), T(2, 4), T(3, 3)
BATCH, BATCH2 = T(2, 2, 3), T(2, 3, 2)
VEC, VEC2 = T(3), T(3)
HALVES = ("float16", "bfloat16", "int64", "int32", "uint8", "bool", "complex64")


def regular(a: np.ndarray) -> np.ndarray:
    """A well-conditioned square matrix from any."""
    return a + 5 * np.eye(a.shape[-1])


REGULAR = T(3, 3, fix=regular)

OVERLAPPING = {"inplace": "torch writes memory whose elements overlap: what is last computed stays"}

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
    op("ger", S(VEC, T(2)), checks=("forward", "grad", "method", "out"),
        xfail={"out": "torch tells the deprecation only with out="}),
    op("addmm", S(Cm, A, Bm), S(T(4), A, Bm, beta=0.5, alpha=2), S(T(), A, Bm, alpha=0), S(Cm, A,
        Bm, beta=0), dtypes=HALVES),
    op("addmv", S(T(2), A, VEC), S(T(), A, VEC, beta=0.5, alpha=2), dtypes=HALVES, xfail=OVERLAPPING),
    op("addr", S(A, T(2), VEC), S(T(3), T(2), VEC, beta=0.5, alpha=2), dtypes=HALVES),
    op("addbmm", S(T(2, 2), BATCH, BATCH2), S(T(2), BATCH, BATCH2, beta=0.5, alpha=2), dtypes=HALVES,
        xfail={"out": "torch takes an out= of any shape and dtype, and leaves it half done where it refuses"}),
    op("baddbmm", S(T(2, 2, 2), BATCH, BATCH2), S(T(2, 1), BATCH, BATCH2, beta=0.5, alpha=2), dtypes=HALVES,
        xfail=OVERLAPPING),
    *[op("einsum", S(eq, *ts), checks=("forward", "grad", "layouts")) for eq, ts in (
        ("ij,jk->ik", (A, Bm)), ("ij,jk", (A, Bm)), ("ii", (SQUARE,)), ("ii->i", (SQUARE,)),
            ("ij->ji", (A,)), ("i,j->ij", (VEC, T(2))),
        ("bij,bjk->bik", (BATCH, BATCH2)), ("ij->", (A,)), ("ij->j", (A,)), ("...ij,...jk->...ik",
            (BATCH, T(3, 2))), ("i,i->", (VEC, VEC2)),
        ("ij,jk,kl->il", (A, Bm, T(4, 2))), ("ba", (A,)), ("bhwi,bhwj->bij", (T(1, 2, 1, 2), T(1,
            2, 1, 3))), (" i j , j ", (A, VEC)), ("i...->...", (A,)),
    )],
    op("einsum", S("ij,jk->ik", [A, Bm]), checks=("forward", "grad"), covers=("sum_of_products",)),
    source("torch.einsum(x, [0, 1], y, [1, 2], [0, 2])", {"x": A, "y": Bm},
        xfail={"saved": "the error names the operand, torch's the batch of one it makes of it"}),
    op("tensordot", S(A, Bm, 1), S(T(2, 3, 2), T(3, 2, 2), ([1, 2], [0, 1])), S(VEC, VEC2, dims=0),
        S(A, A, 2), covers=("tensordot_dims",)),
    # torch warns once in a process, which a comparison cannot see
    op("chain_matmul", S(A, Bm, T(4, 2)), checks=("forward", "grad")),
    op("kron", S(A, T(2, 2)), S(T(2), T(3)), S(A, T(2)), dtypes=HALVES,
        xfail={"saved": "torch differentiates with values that were changed since, and does not say so",
               "out": "torch does not count its write of out="}),
    op("cdist", S(A, T(4, 3)), S(A, T(4, 3), p=1.0), S(BATCH, T(2, 4, 3), 3.0), checks=("forward",
        "grad"), tags=("no_second",)),
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
    bad("torch.addmm(x, y.double(), z)", x=Cm, y=A, z=Bm),
    bad("torch.addmm(x, y.double(), z)", x=Cm, y=A, z=A),
    bad("torch.addmm(x.double(), y, z)", x=Cm, y=VEC, z=A),
    bad("torch.addbmm(x, y.double(), z)", x=Cm, y=T(2, 2, 3), z=T(2, 3, 4)),
    bad("torch.addbmm(x.double(), y, z)", x=Cm, y=T(2, 2, 3), z=T(2, 3, 4)),
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
    bad("torch.trace(x)", x=VEC),
    bad("torch.kron(x, 2)", x=A),
    bad("torch.cdist(x, y)", x=A, y=T(2, 4)),
    bad("F.linear(x, y)", x=A, y=T(4, 2)),
    bad("F.linear(x, y, z)", x=A, y=T(4, 3), z=T(3)),
    bad("F.linear(x, y)", x=A, y=T(4, 3, dtype="float64")),
    *(bad(f"F.linear({x}, y, z)", x=A, y=T(4, 3), z=T(4))
      for x in ("x.double()", "x.half()", "x.long()", "x.bool()", "x[0].double()", "x[None].double()")),
    bad("F.linear(x, y, z.double())", x=A, y=T(4, 3), z=T(4)),
    bad("F.bilinear(x, y, z)", x=A, y=T(2, 4), z=T(2, 3, 3)),
    bad("x.addmm_(y, z)", x=T(4), y=A, z=Bm),
]
