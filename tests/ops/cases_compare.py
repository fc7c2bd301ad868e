"""Comparisons, tests of values, and elementwise extrema."""

from __future__ import annotations

from math import inf, nan

from tests.ops.recipes import WIDE_SWEEP, I, S, T, V, bad, op, source

X, Y = T(2, 3), T(2, 3)
ENDS = [0.0, -0.0, 1.0, nan, inf, -inf]
LEFT, RIGHT = V([x for x in ENDS for _ in ENDS]), V(ENDS * len(ENDS))
FORMS = ("forward", "dtype", "layouts", "method", "inplace", "out", "promotion", "grad",
    "backward", "saved")

ORDER = ("eq", "ne", "lt", "le", "gt", "ge")
ORDER_ALIASES = ("not_equal", "less", "less_equal", "greater", "greater_equal")
EXTREMA = ("maximum", "minimum", "fmax", "fmin")
TESTS = ("isnan", "isinf", "isfinite", "isposinf", "isneginf", "isreal")

CASES = [
    *[op(n, S(X, Y), S(T(3, 1), T(2)), S(LEFT, RIGHT), checks=FORMS, tags=("binary",),
        dtypes=WIDE_SWEEP) for n in ORDER],
    *[op(n, S(X, 0.5), S(T(4, dtype="int64"), 1), S(T(4, dtype="int64"), 0.5), checks=("forward",
        "inplace")) for n in ORDER],
    *[op(n, S(X, Y), checks=("forward", "method", "inplace")) for n in ORDER_ALIASES],
    *[op(f"operator.{n}", S(X, Y), checks=("forward", "promotion"),
        tags=("binary",)) for n in ORDER],
    *[op(n, S(X, Y), S(T(3, 1), T(2)), tags=("binary",), dtypes=WIDE_SWEEP) for n in EXTREMA],
    *[op(n, S(LEFT, RIGHT), checks=("forward",)) for n in EXTREMA],
    *[op(n, S(V([1.0, 2.0, 2.0]), V([1.0, 3.0, 2.0])), checks=("grad",),
        tags=("no_second",)) for n in EXTREMA],
    *[op(n, S(V(ENDS)), dtypes=WIDE_SWEEP) for n in TESTS],
    op("isclose", S(V([1.0, 1.0, nan, inf]), V([1.0 + 1e-6, 1.1, nan, inf]), equal_nan=True), S(X,
        X), S(X, Y, rtol=0.5, atol=0.2), S(T(3, dtype="int64"), T(3, dtype="int64"), atol=1)),
    op("allclose", S(X, X), S(X, Y), S(V([nan]), V([nan])), S(V([nan]), V([nan]), equal_nan=True),
        S(X, Y, rtol=9.0)),
    op("equal", S(X, X), S(X, Y), S(T(2), T(3)), S(V([nan]), V([nan]))),
    source("torch.equal(x, x)", {"x": X}),
    source("x == None", {"x": X}),
    source("x != 'a'", {"x": X}),
    source("x.eq(2).sum().item()", {"x": V([2.0, 2.0, 1.0])}),
    source("1 < x", {"x": X}),
    source("0.5 >= x", {"x": X}),
    source("x in [x]", {"x": V([1.0])}),
    source("2.0 in x", {"x": V([1.0, 2.0])}),
    op("isin", S(T(2, 3, lo=0, hi=5), T(4, lo=0, hi=5)), S(T(3, dtype="int64"), 2), S(2, T(3,
        dtype="int64")), S(T(5, dtype="int64"), T(2, dtype="int64"), invert=True), S(T(5,
        dtype="int64"), T(2, dtype="int64"), assume_unique=True)),
    op("is_nonzero", S(V([2.0])), S(V(0.0)), without=("method",)),
    op("is_floating_point", S(X)),
    op("is_complex", S(X)),
    op("is_signed", S(X)),
    op("numel", S(X)),
    op("is_same_size", S(X, Y), S(X, T(3))),
    op("is_tensor", S(X), S(2.0)),
    op("isreal", S(V([1 + 0j, 1j], "complex64")), checks=("forward",)),
    op("where", S(T(2, 3, dtype="bool"), X, Y), S(T(3, dtype="bool"), T(2, 1), 2.0), S(T(2, 3,
        dtype="bool"), 1.0, 0.0), S(T(2, 3, dtype="bool"), X, T(dtype="int64")), S(T(2, 3,
        dtype="bool"), 1, 2), S(T(2, 3, dtype="bool"), X, T(2, 3, dtype="int64"))),
    op("where", S(V([True, False, True], "bool")), S(V([[True, False], [True, True]], "bool")),
        checks=("forward",)),
    source("x.where(m, 0)", {"x": X, "m": T(2, 3, dtype="bool")}),
    source("torch.max(x, y)", {"x": X, "y": T(3)}, covers=("max",)),
    source("torch.min(x, y)", {"x": X, "y": T(3)}, covers=("min",)),
    source("x.logical_xor(y)", {"x": T(3, dtype="bool"), "y": I(3, n=2)}),
]  # fmt: skip

REFUSALS = [
    bad("x < y", x=X, y=T(4)),
    bad("x < None", x=X),
    bad("x < 'a'", x=X),
    bad("x >= [1]", x=X),
    bad("torch.eq(x, 'a')", x=X),
    bad("torch.lt(x, x)", x=T(2, dtype="complex64")),
    bad("torch.maximum(x, 2.0)", x=X),
    bad("torch.maximum(x, x)", x=T(2, dtype="complex64")),
    bad("torch.fmax(x, y)", x=X, y=T(4)),
    bad("torch.isclose(x, y)", x=X, y=T(2, 3, dtype="float64")),
    bad("torch.isclose(x, x, rtol=-1)", x=X),
    bad("torch.isclose(x, x, atol=-1)", x=X),
    bad("torch.allclose(x, y)", x=X, y=T(2, 3, dtype="int64")),
    bad("torch.equal(x, 2)", x=X),
    bad("torch.isposinf(x)", x=T(2, dtype="complex64")),
    bad("torch.where(x, 1, 2)", x=X),
    bad("torch.where(m, x, y)", m=T(2, 3, dtype="bool"), x=X, y=T(4)),
    bad("x.where(m, 0)", m=T(5, dtype="bool"), x=X),
    bad("torch.where(x > 0, 'a', x)", x=X),
    bad("torch.is_nonzero(x)", x=X),
    bad("torch.isin(2, 3)"),
    bad("x.eq_(y)", x=T(3), y=T(2, 3)),
]
