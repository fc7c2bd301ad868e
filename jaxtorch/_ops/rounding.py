"""Rounding, signs, clamping and the parts of numbers."""

from __future__ import annotations

import math

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.dispatch import dispatch
from .._core.spec import composite, departs, op, registry
from .families import (
    ANY,
    BOOL_ONLY,
    EXACT,
    FLOAT,
    FUNCTION,
    NUMBER,
    NUMERIC,
    REAL,
    UNARY,
    binary,
    common_of,
    flat,
    no_derivative,
    overloaded,
    refuse,
    require_kernel,
    unary,
)


# -- rounding -------------------------------------------------------------------------------------
def _of_floats(fn):
    """``fn`` of floats; integers are whole already."""
    return lambda x: fn(x) if x.dtype.kind in "fV" else x


def trunc(x):
    return jnp.where(x < 0, jnp.ceil(x), jnp.floor(x))


def _to_even(x):
    return lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)


for _name, _fn, _doc in (
    ("ceil", lax.ceil, "The smallest whole number that is not less."),
    ("floor", lax.floor, "The largest whole number that is not greater."),
    ("trunc", trunc, "The whole number next towards zero."),
):
    unary(_name, _of_floats(_fn), promote="result", kernel=f"{_name}_vml_cpu: int uint half float",
          check=refuse("complex", f"{_name} is not supported for complex inputs"), grad=flat,
          doc=_doc)  # fmt: skip
unary("round", _of_floats(_to_even), promote="result", kernel="round_vml_cpu: int uint half float",
      grad=flat,
      doc="""The nearest whole number, the even one of two.

    Args:
        self: any real tensor.
        decimals: the digits after the point to keep, of floats; negative ones before it.

    Example:
        >>> torch.round(torch.tensor([0.5, 1.5, 2.5]))
        tensor([0., 2., 2.])
    """)  # fmt: skip


@op("round.decimals(Tensor self, *, int decimals)", forms=UNARY, promote="result",
    layout="pointwise",
    kernel=f"round_cpu: {FLOAT}", grad=flat, node="RoundBackward1", exact_out=EXACT)  # fmt: skip
def round_decimals(self, *, decimals):
    scale = jnp.asarray(10.0 ** abs(decimals), self.dtype)
    return _to_even(self / scale) * scale if decimals < 0 else _to_even(self * scale) / scale


unary("frac", lambda x: x - trunc(x), promote="result", kernel=f"frac_cpu: {FLOAT}",
      grad=lambda g: g,
      doc="What `trunc` cuts off.")  # fmt: skip


# -- signs ----------------------------------------------------------------------------------------
def sign(x):
    """-1, 0 or 1; 0 for NaN."""
    if x.dtype.kind == "b":
        return x
    if x.dtype.kind == "u":
        return (x > 0).astype(x.dtype)
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)


def sgn(x):
    """`sign`, and of complex numbers the number of modulus one with the same angle."""
    if x.dtype.kind != "c":
        return sign(x)
    size = jnp.abs(x)
    return jnp.where(size == 0, 0, x / jnp.where(size == 0, 1, size).astype(x.dtype))


def _sgn_gradient(g, self, result):
    if self.dtype.kind != "c":
        return jnp.zeros_like(g)
    size = jnp.abs(self)
    across = g - jnp.real(g * jnp.conj(result)) * result
    return jnp.where(size == 0, 0, across / jnp.where(size == 0, 1, size))


unary("sgn", sgn, promote="result", kernel=f"sign_cpu: {NUMERIC} complex", grad=_sgn_gradient,
      watches="self", doc="`sign`; of complex numbers the number of modulus one with the same angle.")  # fmt: skip
unary("sign", sign, promote="result", kernel=f"sign_cpu: {NUMERIC}", grad=flat,
      check=refuse("complex",
                   "Unlike NumPy, torch.sign is not intended to support complex numbers. "
                   "Please use torch.sgn instead."),
      doc="-1, 0 or 1; 0 for NaN.")  # fmt: skip
unary("signbit", lambda x: jnp.signbit(x) if x.dtype.kind in "fV" else x < 0 if x.dtype.kind == "i"
      else jnp.zeros(x.shape, bool), promote="compare", kernel=f"signbit_cpu: {REAL}", opmath=False,
      forms=FUNCTION, exact_out=BOOL_ONLY.format(name="signbit"),
      check=refuse("complex", "signbit is not implemented for complex tensors."),
      doc="Whether the sign bit is set: of -0.0 it is.")  # fmt: skip
unary("abs", lambda x: x if x.dtype.kind == "u" else lax.abs(x), promote="result",
      kernel=f"abs_cpu: {NUMBER} complex float8",
      doc="The absolute value, of complex numbers the modulus.",
      grad=departs("0 at 0")(lambda g, self: g * sgn(self)))  # fmt: skip


def _angle(x):
    if x.dtype.kind == "c":
        return lax.atan2(lax.imag(x), lax.real(x))
    return jnp.where(jnp.isnan(x), x, jnp.where(x < 0, jnp.asarray(math.pi, x.dtype), 0))


def _angle_gradient(g, self):
    if self.dtype.kind != "c":
        return jnp.zeros_like(g)
    square = jnp.real(self) ** 2 + jnp.imag(self) ** 2
    return jnp.where(square == 0, 0, g * (self / jnp.where(square == 0, 1, square)) * 1j)


unary("angle", _angle, forms=FUNCTION, kernel=f"angle_cpu: {ANY}", grad=_angle_gradient,
      watches="self", doc="The angle in radians: of real numbers 0 or pi.")  # fmt: skip


@departs("0 where the first operand is 0")
def _copysign_gradient(g, self, result):
    ratio = jnp.where(self == 0, 0, result / self)
    return g * ratio, jnp.zeros_like(g)


overloaded("copysign", jnp.copysign, promote="float", kernel=f"copysign_cpu: {REAL}",
           grad=_copysign_gradient,
           TT={"node": "CopysignBackward0"}, TS={"node": "CopysignBackward1"},
           doc="The size of ``self`` with the sign of ``other``.")  # fmt: skip


def _check_heaviside(self, values):
    if self.dtype.is_complex or values.dtype.is_complex:
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if self.dtype is not values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")


def _heaviside_out(result, out):
    if out.is_complex:
        return "heaviside is not yet implemented for complex tensors."
    return "heaviside is not yet implemented for tensors with different dtypes."


def _heaviside(x, values):
    return jnp.where(x == 0, values, (x > 0).astype(x.dtype))


for _name, _forms in (("heaviside", FUNCTION), ("heaviside_", "inplace")):
    binary(_name, _heaviside, operands="Tensor self, Tensor values",
           kernel=f"heaviside_cpu: {NUMERIC}",
           check=_check_heaviside, opmath=False, doc="0 below zero, 1 above, ``values`` at zero.",
           exact_out=_heaviside_out, refused_out=True,
           forms=_forms, **no_derivative(_name))  # fmt: skip


# -- clamping -------------------------------------------------------------------------------------
def _clamp(self, min, max):
    if min is not None:
        self = jnp.maximum(self, min)
    return self if max is None else jnp.minimum(self, max)


@departs("1 at a bound")
def _inside(g, self, min, max):
    """The gradient of what lies within the bounds, the bounds included."""
    inside = True
    if min is not None:
        inside = self >= min
    if max is not None:
        inside = inside & (self <= max)
    return jnp.where(inside, g, 0)


@departs("at a bound all of it goes to the first operand")
def _bounds_gradient(g, self, min, max):
    low = high = None
    if min is not None and max is not None:
        low = jnp.where((min < max) & (self < min), g, 0)
        high = jnp.where((self > max) | (max < min), g, 0)
    elif min is not None:
        low = jnp.where(self < min, g, 0)
    else:
        high = jnp.where(self > max, g, 0)
    return _inside(g, self, min, max), low, high


def _check_clamp(self, min, max):
    bounds = [f for f in (min, max) if f is not None]
    if not bounds:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    common = common_of((self, *bounds))
    scalar = any(not f.is_tensor for f in bounds)
    if common.is_complex and (scalar or len(bounds) == 2):
        raise NotImplementedError("clamp is not supported for complex types")
    if scalar:
        name = "clamp" if len(bounds) == 2 else "clamp_min" if max is None else "clamp_max"
        require_kernel(f"{name}_scalar_cpu", NUMBER, common)
        for f in bounds:
            if f.number is not None and f.number == f.number:
                dtypes.require_holds(common, f.number)
    elif len(bounds) == 2:
        require_kernel("clamp_cpu", NUMBER, common)
    else:
        require_kernel("maximum_cpu" if max is None else "minimum_cpu", NUMERIC, common)


_CLAMP = {
    "forms": UNARY + " function_", "promote": "result", "layout": "pointwise",
    "check": _check_clamp, "opmath": False, "compares": True, "unary": True,
    "cast_error": "result type {result.title} can't be cast to the desired output type {out.cpp}",
}  # fmt: skip
_CLAMP_DOC = """``self`` where it lies between the bounds, else the bound it lies beyond.

    Args:
        self: any real tensor.
        min, max: numbers, or tensors that broadcast; either may be None. Where ``min > max``
            the result is ``max``. NaN stays, and a NaN bound gives NaN.

    Returns:
        A fresh tensor of the promoted dtype. The gradient at a bound is 1.

    Example:
        >>> torch.clamp(torch.tensor([-2.0, 0.5, 3.0]), min=-1.0, max=1.0)
        tensor([-1.0000,  0.5000,  1.0000])
    """

for _key, _kind, _rule in (
    ("clamp", "Number?", _inside),
    ("clamp.Tensor", "Tensor?", _bounds_gradient),
):
    op(f"{_key}(Tensor self, {_kind} min=None, {_kind} max=None)", grad=_rule, doc=_CLAMP_DOC,
       node="ClampBackward1" if _kind == "Number?" else "ClampBackward0",
       exact_out=EXACT if _kind == "Number?" else None, **_CLAMP)(_clamp)  # fmt: skip


for _bound, _fn, _number_rule, _tensor_rule in (
    ("min", lambda self, min: _clamp(self, min, None),
     departs("1 at a bound")(lambda g, self, min: _inside(g, self, min, None)),
     departs(_bounds_gradient.convention)(lambda g, self, min: _bounds_gradient(g, self, min, None)[:2])),
    ("max", lambda self, max: _clamp(self, None, max),
     departs("1 at a bound")(lambda g, self, max: _inside(g, self, None, max)),
     departs(_bounds_gradient.convention)(lambda g, self, max: _bounds_gradient(g, self, None, max)[::2])),
):  # fmt: skip
    _facts = {
        **_CLAMP, "doc": f"`clamp` with ``{_bound}`` alone.",
        "check": (lambda self, min: _check_clamp(self, min, None)) if _bound == "min"
        else lambda self, max: _check_clamp(self, None, max),
    }  # fmt: skip
    op(f"clamp_{_bound}(Tensor self, Number {_bound})", grad=_number_rule, exact_out=EXACT,
       **_facts)(_fn)
    op(f"clamp_{_bound}.Tensor(Tensor self, Tensor {_bound})", grad=_tensor_rule,
       node=f"Clamp{_bound.title()}Backward1", **_facts)(_fn)  # fmt: skip


# -- parts ----------------------------------------------------------------------------------------
def _finite(x, nan, posinf, neginf):
    info = jnp.finfo(x.dtype)
    low = info.min if neginf is None else neginf
    high = info.max if posinf is None else posinf
    x = jnp.where(x == math.inf, jnp.asarray(high, x.dtype),
                  jnp.where(x == -math.inf, jnp.asarray(low, x.dtype), x))
    return jnp.where(jnp.isnan(x), jnp.asarray(0 if nan is None else nan, x.dtype), x)


@op("nan_to_num(Tensor self, Number? nan=None, Number? posinf=None, Number? neginf=None)",
    forms=UNARY + " function_", promote=lambda pairs: pairs[0][0], layout="pointwise", opmath=False,
    kernel=f"nan_to_num: {ANY}",
    exact_out="nan_to_num: dtype of out: {out.title} should be same as input: {result.title}",
    compares=True, unary=True, grad=lambda g, self: jnp.where(jnp.isfinite(self), g, 0))  # fmt: skip
def nan_to_num(self, nan, posinf, neginf):
    """``self`` with numbers in the place of NaN and the infinities.

    Args:
        nan: what becomes of NaN (0).
        posinf, neginf: what becomes of the infinities (the dtype's largest and smallest).
    """
    if self.dtype.kind == "c":
        nan, posinf, neginf = (None if v is None else lax.real(v) for v in (nan, posinf, neginf))
        parts = [_finite(p, nan, posinf, neginf) for p in (lax.real(self), lax.imag(self))]
        return lax.complex(*parts)
    return self if self.dtype.kind in "biu" else _finite(self, nan, posinf, neginf)


def _check_frexp(self):
    if self.dtype.category != 2:
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")


@op("frexp(Tensor self) -> (mantissa, exponent)", forms=FUNCTION, promote="result",
    layout="pointwise",
    kernel=f"frexp_cpu: {FLOAT}", check=_check_frexp,
    exact_out="torch.frexp() expects mantissa to have dtype {result.cpp} but got {out.cpp}",
    grad=lambda g, exponent: g / jnp.exp2(exponent.astype(g.dtype)))  # fmt: skip
def frexp(self):
    """``self`` as ``mantissa * 2**exponent`` with the mantissa's size in [0.5, 1).

    Returns:
        (mantissa, exponent): fresh tensors, the second of int32.
    """
    mantissa, exponent = jnp.frexp(self)
    whole = jnp.isfinite(self)
    return jnp.where(whole, mantissa, self), jnp.where(whole, exponent, 0).astype(jnp.int32)


# -- complex numbers ------------------------------------------------------------------------------
unary("_conj_physical", jnp.conj, forms="", promote="result", grad=lambda g: jnp.conj(g))
op("conj_physical_.values(Tensor self)", forms="", promote="result", layout="pointwise",
   inplace_node="ConjPhysicalBackward1", grad=lambda g: jnp.conj(g))(jnp.conj)  # fmt: skip


@composite("conj_physical_(Tensor self)")
def conj_physical_(self):
    """Conjugate in place. Returns self."""
    if self._layout.overlapping and not self._dtype.is_complex:
        self._count_write()  # nothing is written: real numbers may overlap
        return self
    return dispatch(registry["conj_physical_.values"], (self,), (), self)


@composite("conj_physical(Tensor self)", forms="function method out", exact_out=EXACT, refused_out=True)
def conj_physical(self):
    """The complex conjugate in memory of its own; real tensors are themselves."""
    return dispatch(registry["_conj_physical"], (self,)) if self.dtype.is_complex else self
