"""Sorting, selecting by rank, and searching."""

from __future__ import annotations

from math import nan

from tests.ops.recipes import WIDE_SWEEP, S, T, V, bad, op, source

X, CUBE = T(2, 5), T(2, 3, 2)
TIES = V([[1.0, 3.0, 3.0, 2.0], [2.0, 2.0, 1.0, 2.0]])
HOLES = V([[1.0, nan, 3.0], [nan, nan, -2.0]])
EDGES = V([1.0, 3.0, 5.0, 7.0])
# Which of equal elements is taken is free, so the dtypes are swept over different ones.
DISTINCT = V([[4.0, 1.0, 3.0, 0.0, 2.0], [2.0, 5.0, 1.0, 4.0, 3.0]])
REAL = tuple(d for d in WIDE_SWEEP if not d.startswith("complex"))

CASES = [
    op("sort", S(X), S(X, 0), S(CUBE, 1, True), S(X, dim=-1, descending=True), S(TIES,
        stable=True), S(TIES, dim=1, descending=True, stable=True), S(HOLES), S(T()), S(T(0)),
        dtypes=WIDE_SWEEP),
    op("argsort", S(X), S(X, 0), S(X, descending=True), S(TIES, stable=True), S(HOLES, 1), S(T()),
        dtypes=REAL),
    op("msort", S(X)),
    op("topk", S(DISTINCT, 2), S(X, 2), S(X, 1, 0), S(X, 3, largest=False), S(CUBE, 2, 1, True, True), S(HOLES, 2),
        S(X, 0), S(T(), 1), S(X, 5, -1), dtypes=REAL),
    op("kthvalue", S(DISTINCT, 2), S(X, 2), S(X, 1, 0), S(X, 3, -1, True), S(HOLES, 3), S(T(), 1),
        dtypes=REAL, xfail={"out": "PyTorch warns of a shape that its kernel keeps for itself"}),
    op("searchsorted", S(EDGES, T(2, 3, lo=0, hi=9)), S(EDGES, V([3.0, 0.0, 9.0]), right=True),
        S(EDGES, V([3.0]), side="right"), S(EDGES, 4.0), S(V([[1.0, 2.0], [3.0, 4.0]]), T(2, 3,
        lo=0, hi=5), out_int32=True), S(V([5.0, 1.0, 3.0]), V([2.0]), sorter=V([1, 2, 0],
        "int64")), dtypes=REAL),
    op("bucketize", S(T(2, 3, lo=0, hi=9), EDGES), S(V([3.0, 0.0, 9.0]), EDGES, right=True), S(4.0,
        EDGES), S(V([3.0]), EDGES, out_int32=True), dtypes=REAL),
    source("x.sort().values", {"x": X}),
    source("x.sort()[1]", {"x": X}),
    source("x.sort(1, True)[0]", {"x": X}),
    source("x.sort(descending=True).indices", {"x": X}),
    source("x.topk(2)[0].sum()", {"x": X}),
    source("x.topk(k=2, dim=0).indices", {"x": X}),
    source("x.kthvalue(2).values", {"x": X}),
    source("x.argsort(-1, descending=True)", {"x": X}),
    source("x[x.argsort(0)[:, 0]]", {"x": X}),
    source("sorted(x)", {"x": T(3)}),
]  # fmt: skip

REFUSALS = [
    bad("torch.sort(x, 2)", x=X),
    bad("torch.sort(x, 'a')", x=X),
    bad("torch.sort(x)", x=T(2, dtype="complex64")),
    bad("torch.argsort(x, 5)", x=X),
    bad("torch.topk(x, 6)", x=X),
    bad("torch.topk(x, -1)", x=X),
    bad("torch.topk(x, 2, 3)", x=X),
    bad("torch.topk(x, 2)", x=T()),
    bad("torch.topk(x, 1.5)", x=X),
    bad("torch.kthvalue(x, 0)", x=X),
    bad("torch.kthvalue(x, 6)", x=X),
    bad("torch.kthvalue(x, 1, 2)", x=X),
    bad("torch.searchsorted(x, y)", x=T(2, 3), y=T(3, 2)),
    bad("torch.searchsorted(x, y, right=True, side='left')", x=EDGES, y=T(2)),
    bad("torch.searchsorted(x, y, side='up')", x=EDGES, y=T(2)),
    bad("torch.searchsorted(x, 1.0)", x=T(2, 3)),
    bad("torch.bucketize(x, y)", x=T(2), y=T(2, 2)),
    bad("torch.msort(x, 1)", x=X),
]  # fmt: skip
