"""Tables looked up by index: one_hot, embedding, embedding_bag."""

from __future__ import annotations

from tests.ops.recipes import I, S, T, V, bad, op, source

F = "nn.functional."
TABLE, IDS = T(5, 3), V([[0, 4], [2, 2]], "int64")
FLAT = V([0, 4, 2, 2, 1], "int64")
CHECKS = ("forward", "dtype", "grad", "backward", "layouts", "saved")

CASES = [
    op(F + "one_hot", S(V([0, 2, 1], "int64")), S(V([[0], [2]], "int64"), 4), S(V(1, "int64"),
        num_classes=3), S(I(0, n=1), 3), covers=("one_hot.raw",)),
    op(F + "embedding", S(IDS, TABLE), S(V([1, 3], "int32"), TABLE), S(V(2, "int64"), TABLE),
        S(IDS, TABLE, padding_idx=2), S(IDS, TABLE, -1), checks=CHECKS, dtypes=("bfloat16", "int64",
        "bool")),
    # torch's second gradient forgets the frequencies, and fails for no index at all
    op(F + "embedding", S(I(0, n=1), TABLE), S(IDS, TABLE, scale_grad_by_freq=True),
        checks=("forward", "grad"), tags=("no_second",)),
    op(F + "embedding", S(IDS, T(5, 3, grad=False), max_norm=1.0), S(IDS, T(5, 3, grad=False),
        max_norm=1.0, norm_type=1.0), checks=("forward",), covers=("embedding_renorm",)),
    op("embedding", S(TABLE, IDS), S(TABLE, IDS, 2), checks=("forward", "grad")),
    op("embedding", S(TABLE, IDS, scale_grad_by_freq=True, padding_idx=0),
        checks=("forward", "grad"), tags=("no_second",)),
    *[op(F + "embedding_bag", S(FLAT, TABLE, V([0, 2], "int64"), mode=m), S(IDS, TABLE, mode=m),
        S(FLAT, TABLE, V([0, 2, 2], "int64"), mode=m, padding_idx=2), checks=("forward", "grad"),
        tags=("no_second",), covers=("embedding_bag.raw",)) for m in ("sum", "mean", "max")],
    op(F + "embedding_bag", S(IDS, TABLE, mode="sum", per_sample_weights=T(2, 2)), S(FLAT, TABLE,
        V([0, 2, 5], "int64"), mode="sum", include_last_offset=True), checks=("forward", "grad"),
        tags=("no_second",)),
    source("F.one_hot(i % 3, 3).float() @ w", {"i": V([0, 4, 2], "int64"), "w": T(3, 2)}),
    source("w[i].sum(0)", {"w": TABLE, "i": FLAT}),
]  # fmt: skip

REFUSALS = [
    bad("F.one_hot(x)", x=T(3)),
    bad("F.one_hot(x)", x=V([1, 2], "int32")),
    bad("F.one_hot(x)", x=V([-1, 2], "int64")),
    bad("F.one_hot(x, 2)", x=V([1, 2], "int64")),
    bad("F.one_hot(x, 0)", x=V([1, 2], "int64")),
    bad("F.one_hot(x)", x=I(0, n=1)),
    bad("F.embedding(i, w)", i=V([5], "int64"), w=TABLE),
    bad("F.embedding(i, w)", i=V([-1], "int64"), w=TABLE),
    bad("F.embedding(i, w)", i=T(2), w=TABLE),
    bad("F.embedding(i, w)", i=IDS, w=T(5)),
    bad("F.embedding(i, w, padding_idx=7)", i=IDS, w=TABLE),
    bad("F.embedding(i, w, padding_idx=-7)", i=IDS, w=TABLE),
    bad("F.embedding(w, i)", i=IDS, w=TABLE),
    bad("F.embedding_bag(i, w)", i=FLAT, w=TABLE),
    bad("F.embedding_bag(i, w, o)", i=IDS, w=TABLE, o=V([0], "int64")),
    bad("F.embedding_bag(i, w, mode='no')", i=IDS, w=TABLE),
    bad("F.embedding_bag(i, w, per_sample_weights=p)", i=IDS, w=TABLE, p=T(2, 2)),
    bad("F.embedding_bag(i, w, o)", i=FLAT, w=TABLE, o=V([1, 2], "int64")),
]  # fmt: skip
