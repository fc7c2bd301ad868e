"""Pointwise ops of one, two and three operands."""

from __future__ import annotations

from math import inf, nan

from tests.ops.recipes import WIDE_SWEEP, D, S, T, V, bad, op, source

X, POSITIVE, UNIT, INNER = T(2, 3), T(2, 3, lo=0.2), T(2, 3, lo=0.1, hi=0.9), T(2, 3, lo=-0.9,
    hi=0.9)
INTS = ("uint8", "bool", "int8", "int16", "int32", "float32", "float16", "complex64")
SPECIAL = V([nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.5, 3.5, 1e30, -1e30, 1e-30,
    90.0])
#: Where derivatives have corners, poles or conventions.
CORNERS = V([0.0, -0.0, 1.0, -1.0, 0.5, -2.0])

UNARY = {
    "abs": X, "acos": INNER, "acosh": T(2, 3, lo=1.1), "angle": X, "asin": INNER, "asinh": X,
    "atan": X, "atanh": INNER, "ceil": X, "conj_physical": X, "cos": X, "cosh": X, "deg2rad": X,
    "digamma": POSITIVE, "erf": X, "erfc": X, "erfinv": INNER, "exp": X, "exp2": X, "expm1": X,
    "fix": X, "floor": X, "frac": X, "i0": X, "lgamma": POSITIVE, "log": POSITIVE,
    "log10": POSITIVE, "log1p": T(2, 3, lo=-0.5), "log2": POSITIVE, "logical_not": T(2, 3, lo=-1,
        hi=1),
    "logit": UNIT, "nan_to_num": X, "neg": X, "positive": X, "rad2deg": X, "reciprocal": POSITIVE,
    "round": X, "rsqrt": POSITIVE, "sgn": X, "sigmoid": X, "sign": X, "signbit": X, "sin": X,
    "sinc": X, "sinh": X, "sqrt": POSITIVE, "square": X, "tan": INNER, "tanh": X, "trunc": X,
}  # fmt: skip

ALIASES = {
    "absolute": X, "arccos": INNER, "arccosh": T(2, 3, lo=1.1), "arcsin": INNER, "arcsinh": X,
    "arctan": X, "arctanh": INNER, "negative": X,
    "special.expit": X, "special.exp2": X, "special.expm1": X, "special.erf": X, "special.erfc": X,
    "special.erfinv": INNER, "special.gammaln": POSITIVE, "special.digamma": POSITIVE,
    "special.psi": POSITIVE, "special.i0": X, "special.log1p": POSITIVE, "special.logit": UNIT,
    "special.round": X, "special.sinc": X,
}  # fmt: skip

SPECIAL_FUNCTIONS = {
    "entr": UNIT, "erfcx": X, "i0e": X, "i1": X, "i1e": X, "log_ndtr": X, "ndtr": X, "ndtri": UNIT,
    "modified_bessel_i0": X, "modified_bessel_i1": X, "spherical_bessel_j0": X,
    "bessel_j0": X, "bessel_j1": X, "bessel_y0": POSITIVE, "bessel_y1": POSITIVE,
    "modified_bessel_k0": POSITIVE, "modified_bessel_k1": POSITIVE,
    "scaled_modified_bessel_k0": POSITIVE, "scaled_modified_bessel_k1": POSITIVE, "airy_ai": X,
}  # fmt: skip

POLYNOMIALS = (
    "chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v",
    "chebyshev_polynomial_w", "hermite_polynomial_h", "hermite_polynomial_he",
    "laguerre_polynomial_l", "legendre_polynomial_p", "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w",
)  # fmt: skip

Y, NONZERO, SMALL = T(2, 3), T(2, 3, lo=1.0, hi=4.0), T(2, 3, lo=0.0, hi=3.0)
BITS = T(2, 3, lo=0, hi=7)

BINARY = {
    "add": (X, Y), "sub": (X, Y), "mul": (X, Y), "div": (X, NONZERO), "true_divide": (X, NONZERO),
    "floor_divide": (X, NONZERO), "fmod": (X, NONZERO), "remainder": (X, NONZERO),
    "pow": (POSITIVE, SMALL), "atan2": (X, Y), "copysign": (X, Y), "hypot": (X, Y),
    "logaddexp": (X, Y), "logaddexp2": (X, Y), "ldexp": (X, T(2, 3, lo=0, hi=3)),
    "nextafter": (X, Y), "xlogy": (X, NONZERO), "heaviside": (X, Y), "float_power": (POSITIVE, Y),
    "logical_and": (X, Y), "logical_or": (X, Y), "logical_xor": (X, Y),
    "bitwise_and": (BITS, BITS), "bitwise_or": (BITS, BITS), "bitwise_xor": (BITS, BITS),
    "bitwise_left_shift": (BITS, SMALL), "bitwise_right_shift": (BITS, SMALL),
    "gcd": (BITS, BITS), "lcm": (BITS, BITS), "rsub": (X, Y),
}  # fmt: skip
#: One op of each rule of promotion goes through all of its pairs.
PROMOTED = ("add", "div", "pow", "truediv", "bitwise_and", "logical_and", "float_power")
INTEGRAL = ("bitwise", "gcd", "lcm", "logical")

BINARY_ALIASES = {
    "subtract": (X, Y), "multiply": (X, Y), "divide": (X, NONZERO), "arctan2": (X, Y),
    "special.xlogy": (X, NONZERO), "special.xlog1py": (X, NONZERO),
}  # fmt: skip

OPERATORS = {
    "add": (X, Y), "sub": (X, Y), "mul": (X, Y), "truediv": (X, NONZERO), "floordiv": (X, NONZERO),
    "mod": (X, NONZERO), "pow": (POSITIVE, SMALL), "and_": (BITS, BITS), "or_": (BITS, BITS),
    "xor": (BITS, BITS), "lshift": (BITS, SMALL), "rshift": (BITS, SMALL),
}  # fmt: skip


def _binary(name, a, b):
    integral = name.startswith(INTEGRAL)
    tags = ("binary", "promotion") if name in PROMOTED else ("binary",)
    first = {"tags": tags, "dtypes": INTS if integral else WIDE_SWEEP}
    first["dtype"] = "int64" if integral else "float32"
    first["xfail"] = DEFECTS.get(name, {})
    broadcast = T(3, 1, lo=a.lo, hi=a.hi), T(2, lo=b.lo, hi=b.hi)
    cases = op(name, S(a, b), S(*broadcast), **first)
    if not integral:
        ends = [0.0, -0.0, 1.0, -1.0, nan, inf, -inf, 2.5]
        left, right = [x for x in ends for _ in ends], ends * len(ends)
        cases += op(
            name, S(V(left), V(right)), checks=("forward",), tags=("exact_zeros",)
        )
    return cases


#: Where PyTorch is not followed.
COMPLEX32 = "float16 with complex128 is complex32, which JAX has not"
DEFECTS = {
    "sgn": {"backward": "PyTorch's gradient is a ZeroTensor, to which nothing can be added"},
    "add": {"promotion": COMPLEX32},
}


def _operator(name, a, b):
    inplace = f"i{name.rstrip('_')}"
    facts = {
        "dtype": "int64" if a is BITS else "float32",
        "tags": ("binary", "promotion") if name in PROMOTED else ("binary",),
    }
    return [
        *op(f"operator.{name}", S(a, b), checks=("forward", "promotion", "grad"),
            xfail=DEFECTS.get(name, {}), **facts),
        *op(f"operator.{inplace}", S(a, b), checks=("forward", "promotion", "inplace"), **facts),
    ]

#: conjugates are views that carry a bit, imaginary parts of conjugates carry another
CONJUGATES = (
    "x.conj().conj()", "x.conj().conj().is_conj()", "x.conj()[0].is_conj()", "x.conj().clone().is_conj()",
    "(x.conj() + 0).is_conj()", "x.conj().imag.is_neg()", "x.conj().real.is_neg()", "x.conj().imag[0]",
    "x.conj().resolve_conj()", "x.conj().imag.resolve_neg()", "x.conj().reshape(3, 2)", "x.mT.conj().reshape(-1)",
    "x.conj().view(-1)", "x.conj().contiguous()", "x.conj().imag.contiguous()", "x.conj().unbind()",
    "x.conj().split(1)", "x.conj().detach().is_conj()", "x.conj().as_strided((2,), (1,))", "x.conj().expand(2, 2, 3)",
    "x.conj().diagonal()", "x.conj()[..., None]", "x.conj()[:, [1, 0]]", "x.conj().to(torch.complex128)",
    "x.conj() @ x.mT", "x.conj().sum(0)", "-x.conj().imag", "x.adjoint()", "torch._neg_view(x.imag)",
    "x.conj().data_ptr() == x.data_ptr()", "x.conj().conj_physical()", "torch.view_as_real(x.conj().resolve_conj())",
    "repr(x.conj())", "x.conj().numpy(force=True).tolist()", "torch.equal(x.conj(), x.conj().clone())",
)
WRITTEN_CONJUGATES = (
    "v = x.conj()\nv[0] = 2 + 1j\n(x, v)", "v = x.conj()\nv.mul_(1j)\n(x, v)",
    "v = x.conj().imag\nv.fill_(7.0)\n(x, v)",
    "v = x.conj()\nv.imag = torch.ones(2, 3)\n(x, v)", "v = x.conj()\nv.real = torch.ones(2, 3)\n(x, v)",
    "v = x.mH\nv[0].mul_(1j)\n(x, v)", "v = x.conj()\nx.mul_(2)\n(x, v)", "x.copy_(x.conj())", "x.conj().copy_(x)\nx",
    "v = x.conj()\nv.t_()\n(v, v.is_conj())", "v = x.conj()\nv.zero_()\n(x, v)",
    "torch.mul(x.detach(), 2, out=x.detach().conj())",
    "v = x.conj()\nv.resize_(2)\n(v, v.is_conj())", "v = x.detach().conj()\nv.set_(x.detach())\n(v, v.is_conj())",
)

#: their angles pass pi, or they have none
JOINED = [9j, -1 + 4j, complex(-inf, 1), complex(inf, 2), complex(inf, -inf), complex(nan, 1), complex(1, nan), 1 - 9j]

CASES = [
    op("polygamma", S(4, V([-8.4784, -0.5, -2.0, 1.5, -20.25])), without=("inplace", "method")),
    op("special.zeta", S(V([3.0, 2.5, 2.0, 1.0, 0.5]), V([-1.5, -1.5, -2.0, -0.5, -1.5])), checks=("forward", "dtype")),
    *[op(name, S(x), dtypes=WIDE_SWEEP, xfail=DEFECTS.get(name, {})) for name, x in UNARY.items()],
    *[op(name, S(SPECIAL), checks=("forward",), tags=("exact_zeros",)) for name in UNARY],
    *[op(name, S(CORNERS), checks=("grad",), tags=("no_second",)) for name in UNARY],
    *[op(name, S(x), checks=("forward", "grad", "method", "inplace")) for name,
        x in ALIASES.items()],
    *[_binary(name, a, b) for name, (a, b) in BINARY.items()],
    *[op(n, S(*ab), checks=("forward", "grad", "method", "inplace")) for n,
        ab in BINARY_ALIASES.items()],
    *[_operator(name, a, b) for name, (a, b) in OPERATORS.items()],
    # Shapes without elements or dims.
    *[op(name, S(T()), S(T(0, 3)), checks=("forward",)) for name in ("abs", "exp", "logical_not",
        "sgn")],
    *[op(n, S(T(), T(2)), S(T(0, 3), T(1, 3)), S(T(), T()), checks=("forward",)) for n in ("add",
        "pow")],
    # Ints only.
    op("bitwise_not", S(T(2, 3, lo=0, hi=9)), dtype="int64", dtypes=INTS),
    op("bitwise_not", S(V([0, -1, 7, 2**31 - 1], "int32")), S(V([True, False], "bool"))),
    # Keyword and scalar arguments.
    op("add", S(X, Y, alpha=2.5), S(X, 2), S(X, 2.5, alpha=3), S(T(3, dtype="int64"), T(3,
        dtype="int64"), alpha=2)),
    op("sub", S(X, Y, alpha=2.5), S(X, 2)),
    op("rsub", S(X, 2.0), S(X, Y, alpha=3)),
    op("mul", S(X, 2.5), S(X, True)),
    op("div", S(X, NONZERO, rounding_mode="trunc"), tags=("binary",)),
    op("div", S(X, NONZERO, rounding_mode="floor"), tags=("binary",)),
    op("div", S(X, 2), S(X, 2.0, rounding_mode="floor"), S(X, NONZERO, rounding_mode=None)),
    op("floor_divide", S(V([7, -7, 7, -7], "int64"), V([2, 2, -2, -2], "int64")), S(V([7.5, -7.5,
        7.5, -7.5]), V([2.0, 2.0, -2.0, -2.0]))),
    op("fmod", S(V([7, -7, 7, -7], "int64"), V([3, 3, -3, -3], "int64")), S(V([7.5, -7.5, 7.5,
        -7.5]), 2)),
    op("remainder", S(V([7, -7, 7, -7], "int64"), V([3, 3, -3, -3], "int64")), S(V([7.5, -7.5, 7.5,
        -7.5]), 2), S(7, V([2.0, -3.0]))),
    op("pow", S(X, 2), S(X, 3), S(POSITIVE, 0.5), S(POSITIVE, -1.5), S(2, X), S(2.5, X), S(X, 0),
        S(X, 1), S(X, -2)),
    op("pow", S(V([0.0, 0.0, 2.0, -2.0, 0.0]), V([0.0, 2.0, 0.0, 2.0, 1.0])), checks=("forward",
        "grad"), tags=("no_second",)),
    op("pow", S(T(3, lo=0, hi=4, dtype="int64"), 2), S(T(3, lo=0, hi=4, dtype="int64"), 0.5), S(2,
        T(3, lo=0, hi=4, dtype="int64"))),
    op("float_power", S(X, 2), S(2, X), S(T(3, lo=0, hi=4, dtype="int64"), 2)),
    op("atan2", S(V([0.0, 0.0, -0.0, 1.0]), V([0.0, -1.0, -1.0, 0.0])), checks=("forward", "grad"),
        tags=("no_second",)),
    op("hypot", S(V([0.0, 3.0]), V([0.0, 4.0])), checks=("forward", "grad"), tags=("no_second",)),
    op("copysign", S(X, -1.0), S(X, 2), S(V([0.0, 1.0]), V([-1.0, -0.0]))),
    op("xlogy", S(X, 2.0), S(2.0, POSITIVE), S(V([0.0, 0.0, 1.0]), V([0.0, 2.0, nan]))),
    op("logaddexp", S(V([inf, -inf, 1000.0]), V([inf, -inf, -1000.0])), checks=("forward",)),
    op("logaddexp", S(V(JOINED, "complex128"), V([[z] for z in JOINED], "complex128")), checks=("forward",)),
    op("ldexp", S(X, T(2, 3, lo=-3, hi=3, dtype="int64")), S(T(2, 3, dtype="int64"), T(3, lo=0,
        hi=4, dtype="int32")), xfail={"out": "PyTorch fails an assertion of its own"}),
    op("logical_and", S(T(2, 3, lo=-1, hi=1, dtype="int64"), T(2, 3, dtype="bool")),
        checks=("forward",)),
    op("bitwise_and", S(T(2, 3, dtype="int64"), 3), S(T(2, 3, dtype="bool"), True), S(T(2, 3,
        dtype="uint8"), T(3, dtype="int32"))),
    op("bitwise_left_shift", S(T(2, 3, dtype="int32"), 2), S(1, T(3, lo=0, hi=5, dtype="int64"))),
    op("gcd", S(V([12, -18, 0, 7], "int64"), V([8, 12, 5, 0], "int64")), checks=("forward",)),
    op("lcm", S(V([12, -18, 0, 7], "int64"), V([8, 12, 5, 0], "int64")), checks=("forward",)),
    op("round", S(T(2, 3, lo=-30, hi=30), decimals=1), S(T(2, 3, lo=-300, hi=300), decimals=-2),
        S(V([0.5, 1.5, 2.5, -0.5, -1.5]), decimals=0)),
    op("logit", S(T(2, 3, lo=-0.2, hi=1.2), eps=0.1), S(T(2, 3, lo=-0.2, hi=1.2), 1e-6)),
    op("nan_to_num", S(V([nan, inf, -inf, 2.0]), nan=1.0, posinf=2.0, neginf=-3.0), S(V([nan, inf,
        -inf, 2.0]), 5.0)),
    op("mvlgamma", S(T(2, 3, lo=2.1, hi=5.0), 2), S(T(3, lo=2.1, hi=5.0), p=3)),
    op("polygamma", S(1, POSITIVE), S(0, POSITIVE), S(3, POSITIVE), without=("inplace", "method")),
    source("x.polygamma(2)", {"x": POSITIVE}, covers=("polygamma",)),
    op("frexp", S(V([0.0, 1.0, -3.5, 1024.0, 0.1])), S(X)),
    op("clamp", S(X, -1.0, 1.0), S(X, min=0.0), S(X, max=0.5), S(X, 1, 0), S(X, T(3, lo=-2, hi=0),
        T(3, lo=0, hi=2)), S(X, min=T(2, 1, lo=-1, hi=1)), S(T(4, dtype="int64"), 0, 2), S(T(4,
        dtype="int64"), 0.5)),
    op("clamp", S(V([-1.0, 0.0, 1.0, nan]), -1.0, 1.0), S(V([-1.0, 0.0, 1.0]), V([-1.0, 0.5, nan]),
        V([1.0, 0.5, 1.0])), checks=("forward", "grad")),
    op("clip", S(X, -1.0, 1.0), checks=("forward", "grad", "method", "inplace")),
    op("clamp_min", S(X, 0.0), S(X, T(3)), S(V([0.0, 1.0]), 0.0)),
    op("clamp_max", S(X, 0.0), S(X, T(3)), S(V([0.0, 1.0]), 1.0)),
    op("lerp", S(X, Y, 0.3), S(X, Y, T(2, 3, lo=0, hi=1)), S(X, T(3), 0.75), S(X, Y, T(3, lo=0.0,
        hi=1.0))),
    # The factor first, as in PyTorch's past.
    *[op(n, S(X, 2, Y), S(X, 2, 1.5), checks=("forward", "grad", "method")) for n in ("add", "sub")],
    *[op(n, S(X, 2, Y, NONZERO), checks=("forward", "grad", "method")) for n in ("addcmul", "addcdiv")],
    op("addcmul", S(X, Y, T(2, 3)), S(X, T(3), T(2, 1), value=0.5), S(T(2, dtype="int64"), T(2,
        dtype="int64"), T(2, dtype="int64"), value=2)),
    op("addcdiv", S(X, Y, NONZERO), S(X, T(3), T(2, 1, lo=1, hi=2), value=0.5)),
    op("complex", S(X, Y), S(T(2, dtype="float64"), T(2, dtype="float64")),
        xfail={"dtype:float16": COMPLEX32}),
    op("polar", S(POSITIVE, Y)),
    *[op(f"special.{n}", S(x), dtypes=("int64", "float16", "bool"))
        for n, x in SPECIAL_FUNCTIONS.items()],
    *[op(f"special.{n}", S(UNIT, T(2, 3, lo=0, hi=5, dtype="int64")), S(UNIT, 3), S(0.25, SMALL),
        checks=("forward", "dtype"), dtypes=("int64", "float16")) for n in POLYNOMIALS],
    op("special.zeta", S(T(2, 3, lo=1.5), POSITIVE), S(2.0, POSITIVE), S(POSITIVE, 1.0),
        checks=("forward", "dtype", "out")),
    op("conj", S(X), S(T(2, 3, dtype="complex64"))),
    op("real", S(X), S(T(2, 3, dtype="complex64")), S(T(2, 3, dtype="complex128"))),
    op("imag", S(T(2, 3, dtype="complex64")), S(T(2, 3, dtype="complex128"))),
    op("conj_physical", S(T(2, 3, dtype="complex64")), checks=("forward", "inplace", "out")),
    *[op(n, S(T(2, 3, dtype="complex64")), checks=("forward", "method")) for n in ("is_conj",
        "is_neg")],
    op("Tensor.__rdiv__", S(NONZERO, 2.0), S(NONZERO, X), checks=("forward", "grad")),
    op("Tensor.__invert__", S(T(3, dtype="bool")), S(T(3, dtype="uint8"))),
    op("Tensor.type_as", S(X, T(1, dtype="float64"))),
    op("resolve_conj", S(T(2, 3, dtype="complex64"))),
    op("_conj", S(T(2, 3, dtype="complex64"))),
    op("_neg_view", S(X), checks=("forward", "grad", "layouts", "saved", "backward")),
    op("resolve_neg", S(T(2, 3, dtype="complex64"))),
    op("abs", S(T(2, 3, dtype="complex64")), S(V([0, 3 + 4j], "complex128")), checks=("forward",
        "grad")),
    op("angle", S(V([0, 3 + 4j, -1, -1j], "complex64")), S(V([-1.0, 0.0, 2.0, nan])),
        checks=("forward",)),
    op("sgn", S(V([0, 3 + 4j], "complex64")), checks=("forward", "grad"), tags=("no_second",)),
    *[source(text, {"x": T(2, 3, dtype="complex64")}) for text in ("x.real", "x.imag", "x.conj()",
        "x.mH", "x.H", "x.conj().real", "x.conj() * x", "x.conj().imag", "x.is_conj()",
        "x.conj().is_conj()", *CONJUGATES)],
    *[source(text, {"x": T(2, 3, dtype="complex64")}, checks=("forward", "grad_complex"))
        for text in WRITTEN_CONJUGATES],
    *[source(text, {"x": X}) for text in ("-x", "+x", "abs(x)", "1 - x", "2 / (x + 9)", "2 ** x",
        "7 // (x + 9)", "7 % (x + 9)", "x ** 2", "x.real", "x.negative()", "x.absolute()",
        "torch.add(input=x, other=x)", "torch.mul(x, other=2)", "x.add(other=x, alpha=2)",
        "divmod(7, 2) and x", "x.ldexp(torch.tensor(2))")],
    *[source(text, {"x": T(2, 3, lo=0, hi=9, dtype="int64")}) for text in ("~x", "~(x > 4)",
        "2 & x", "2 | x", "2 ^ x", "1 << x", "1024 >> x", "True & (x > 4)")],
    # Number conversions.
    *[source(f"x.{n}()", {"x": T(2, 3, lo=0, hi=9)}) for n in ("float", "double", "half",
        "bfloat16", "long", "int", "short", "char", "byte", "bool", "cfloat", "cdouble")],
    *[source(f"x.to(torch.{n})", {"x": V([-1.7, 0.0, 2.5, 200.25, -3.0])}, checks=("forward",
        "grad")) for n in ("float64", "float16", "int64", "int32", "bool", "complex64")],
    source("x.type_as(y)", {"x": X, "y": T(1, dtype="float64")}),
    source("x.to(y)", {"x": X, "y": T(1, dtype="float64")}),
    source("x.to(torch.float32, copy=True)", {"x": X}),
    source("x.to('cpu', torch.float64)", {"x": X}),
    source("x.type(torch.int32)", {"x": X}),
    op("Tensor.to", S(X, D("float64")), S(X, D("float32")), without=("inplace",)),
    op("clone", S(X)),
    op("Tensor.contiguous", S(X)),
    op("Tensor.fill_", S(X, 2.5), S(X, T())),
    op("Tensor.zero_", S(X)),
    op("Tensor.copy_", S(X, Y), S(X, T(3)), S(X, T(2, 3, dtype="int64")), S(X, 2.0)),
    op("fill", S(X, 2.5)),
    op("Tensor.erfinv_", S(INNER)),
    op("Tensor.fill_diagonal_", S(T(3, 3), 2.0), S(T(4, 2), 2.0), S(T(7, 2), 2.0, wrap=True)),
    op("threshold", S(X, 0.5, 9.0)),
    op("igamma", S(POSITIVE, POSITIVE), checks=("forward", "dtype")),
    op("igammac", S(POSITIVE, POSITIVE), checks=("forward", "dtype")),
]  # fmt: skip

I64 = T(2, 3, lo=1, hi=5, dtype="int64")
REFUSALS = [
    bad("torch.add(x, y)", x=X, y=T(4)),
    bad("torch.add(x, y)", x=T(2, 3, 4), y=T(3, 2, 1)),
    bad("x + 'a'", x=X),
    bad("'a' + x", x=X),
    bad("x + None", x=X),
    bad("x + [1, 2]", x=X),
    bad("torch.add(x, 'a')", x=X),
    bad("torch.add(x)", x=X),
    bad("torch.abs(x, 2)", x=X),
    bad("torch.abs(x, foo=1)", x=X),
    bad("torch.abs()"),
    bad("torch.abs(2.0)"),
    bad("torch.abs([1.0])"),
    bad("torch.exp('a')"),
    bad("x.add_(y)", x=X, y=T(4, 2, 3)),
    bad("x.mul_(2.5)", x=I64),
    bad("x.add_(y)", x=I64, y=X),
    bad("x.div_(2)", x=I64),
    bad("x.sqrt_()", x=I64),
    bad("x.logical_not_().add_(1.5)", x=T(2, dtype="bool")),
    bad("x += 1.5", x=I64),
    bad("x.add_(1j)", x=X),
    bad("x.fill_(300)", x=T(2, dtype="uint8")),
    bad("x.fill_(torch.inf)", x=I64),
    bad("x.fill_(1e39)", x=T(2, dtype="complex64")),
    bad("x.fill_(1j)", x=X),
    bad("x.add(2, 'a')", x=X),
    bad("x.sub_()", x=X),
    bad("torch.addcmul(x)", x=X),
    bad("torch.sub(x, y)", x=T(2, dtype="bool"), y=T(2, dtype="bool")),
    bad("-x", x=T(2, dtype="bool")),
    bad("x - True", x=T(2, dtype="bool")),
    bad("torch.add(x, y, alpha=2.5)", x=I64, y=I64),
    bad("torch.add(x, x, alpha=1j)", x=X),
    bad("torch.add(x, x, alpha=True)", x=I64),
    bad("torch.pow(x, -1)", x=I64),
    bad("x ** -2", x=I64),
    bad("torch.pow(2, 3)"),
    bad("torch.div(x, 2, rounding_mode='up')", x=X),
    bad("x // 0", x=I64),
    bad("x % 0", x=I64),
    bad("torch.fmod(x, 0)", x=I64),
    bad("torch.div(x, 0, rounding_mode='trunc')", x=I64),
    bad("torch.clamp(x)", x=X),
    bad("torch.clamp(x, 0, torch.ones(3))", x=X),
    bad("torch.clamp(x, 0)", x=T(2, dtype="complex64")),
    bad("torch.clamp(x, '0')", x=X),
    bad("torch.bitwise_and(x, x)", x=X),
    bad("x & 1.5", x=I64),
    bad("~x", x=X),
    bad("torch.bitwise_not(x)", x=X),
    bad("torch.gcd(x, x)", x=X),
    bad("torch.imag(x)", x=X),
    bad("x.imag", x=X),
    bad("torch.complex(x, y)", x=X, y=T(2, 3, dtype="float64")),
    bad("torch.complex(x, x)", x=I64),
    bad("torch.polar(x, x)", x=I64),
    bad("torch.floor(x)", x=T(2, dtype="complex64")),
    bad("torch.sign(x)", x=T(2, dtype="complex64")),
    bad("torch.lerp(x, y, 0.5)", x=X, y=T(2, 3, dtype="float64")),
    bad("torch.lerp(x, x, 0.5)", x=I64),
    bad("torch.addcmul(x, y, y)", x=T(2), y=T(3)),
    bad("torch.addcdiv(x, x, x)", x=I64),
    bad("torch.polygamma(-1, x)", x=POSITIVE),
    bad("torch.ldexp(x, 'a')", x=X),
    bad("torch.heaviside(x, y)", x=X, y=T(2, 3, dtype="float64")),
    bad("torch.nextafter(x, y)", x=I64, y=I64),
    bad("torch.logaddexp(x, x)", x=I64),
    bad("torch.conj_physical('a')"),
    bad("torch.view_as_real(x.conj())", x=T(2, 3, dtype="complex64")),
    bad("x.conj().numpy()", x=T(2, 3, dtype="complex64")),
    bad("x.conj().imag.numpy()", x=T(2, 3, dtype="complex64")),
    bad("x.conj().view(torch.float32)", x=T(2, 3, dtype="complex64")),
    bad("x.conj().imag.view(torch.int32)", x=T(2, 3, dtype="complex64")),
    bad("x.conj().__dlpack__()", x=T(2, 3, dtype="complex64")),
    bad("torch.is_conj(3)"),
    bad("x.fill_(torch.ones(2))", x=X),
    bad("x.fill_('a')", x=X),
    bad("x.copy_(y)", x=X, y=T(4)),
    bad("x.to('nowhere')", x=X),
    bad("x.fill_diagonal_(1.0)", x=T(3)),
    bad("bool(x)", x=X),
    bad("bool(x)", x=T(0)),
    bad("if x: pass", x=X),
    bad("float(x)", x=X),
    bad("int(x)", x=X),
    bad("x.item()", x=X),
    bad("x.item()", x=T(0)),
    bad("float(x)", x=V([1 + 2j], "complex64")),
    bad("int(x)", x=V([nan])),
    bad("[1, 2][x]", x=X),
    bad("range(x)", x=V(1.5)),
    bad("len(x)", x=T()),
    bad("iter(x)", x=T()),
    bad("x.foo", x=X),
    bad("hash(x) and x.no_such_method()", x=X),
]
