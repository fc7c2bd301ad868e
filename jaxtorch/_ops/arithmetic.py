"""Addition, multiplication, division, powers and their kin."""

from __future__ import annotations

import math

from jax import lax
from jax import numpy as jnp

from .._core import devices, dtypes, errors
from .._core.dispatch import dispatch
from .._core.errors import warn_once
from .._core.spec import OpSpec, composite, departs, op, registry
from .families import (
    ARITHMETIC,
    FLOAT,
    FUNCTION,
    NUMBER,
    UNARY,
    arranged,
    binary,
    both_flat,
    common_of,
    flat,
    no_derivative,
    overloaded,
    refuse,
    require_kernel,
    unary,
)

# -- sums -----------------------------------------------------------------------------------------
_ONE_BOOL = (
    "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
    "invert a mask, use the `~` or `logical_not()` operator instead."
)


def _check_alpha(self, other, alpha):
    common = common_of((self, other))
    if alpha.dtype is dtypes.bool_ and common is not dtypes.bool_:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if common.category < 2 and alpha.dtype.category > 1:
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number."
        )
    if common.category < 3 and alpha.dtype.is_complex:
        raise RuntimeError(
            "For non-complex input tensors, argument alpha must not be a complex number."
        )


def _refuse_bools(*operands):
    bools = [x.dtype is dtypes.bool_ for x in operands if hasattr(x, "dtype")]
    if any(bools):
        raise RuntimeError(errors.TWO_BOOLS if all(bools) else _ONE_BOOL)


def _check_difference(self, other, alpha):
    _refuse_bools(self, other)
    _check_alpha(self, other, alpha)


@op("add(Operand self, Operand other, *, Scalar alpha=1)", forms=UNARY, promote="result",
    layout="pointwise", kernel=f"add_stub: {ARITHMETIC}", check=_check_alpha, opmath="numbers",
    grad=lambda g, alpha: (g, g * jnp.conj(alpha)))  # fmt: skip
def add(self, other, alpha):
    """``self + alpha * other``, broadcast.

    Args:
        self, other: tensors or numbers.
        alpha: a number; an integer one for integer tensors.

    Returns:
        A fresh tensor of the promoted dtype.

    Example:
        >>> torch.add(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0]), alpha=2)
        tensor([21., 42.])
    """
    if self.dtype.kind == "b":
        return self | (other & alpha)
    return self + alpha * other


def _difference(self, other, alpha):
    return self - alpha * other


op("sub(Operand self, Operand other, *, Scalar alpha=1)", forms=UNARY, promote="result",
   layout="pointwise", kernel=f"add_stub: {ARITHMETIC}", check=_check_difference, check_first=_refuse_bools,
   opmath="numbers", doc="``self - alpha * other``, broadcast.",
   grad=lambda g, alpha: (g, -g * jnp.conj(alpha)))(_difference)  # fmt: skip

def _past_overload(name: str, past: str, present: str, params: str, order: tuple, check, **facts) -> None:
    """An overload with the factor before what it multiplies; its arguments are taken in ``order``."""

    def check_as_now(*operands):
        warn_once(
            f"This overload of {name} is deprecated:\n\t{name}({past}, *, Tensor out = None)\nConsider using one of "
            f"the following signatures instead:\n\t{name}({present}, Tensor out = None)",
            stacklevel=6, of="overloads",
        )  # fmt: skip
        if check is not None:
            check(*[operands[i] for i in order])

    facts = {"forms": UNARY, "promote": "result", "layout": "pointwise", "hidden": True, "check": check_as_now, **facts}
    fn = facts.pop("fn")
    op(f"{name}.past({params})", **facts)(lambda *operands: fn(*[operands[i] for i in order]))


for _name, _fn, _check, _rule in (
    ("add", add, _check_alpha, lambda g, alpha: (g, g * jnp.conj(alpha))),
    ("sub", _difference, _check_difference, lambda g, alpha: (g, -g * jnp.conj(alpha))),
):
    _past_overload(
        _name, "Tensor input, Number alpha, Tensor other", "Tensor input, Tensor other, *, Number alpha = 1",
        "Operand self, Scalar alpha, Operand other", (0, 2, 1), _check, fn=_fn, kernel=f"add_stub: {ARITHMETIC}",
        opmath="numbers", node=f"{_name.title()}Backward0",
        grad=_rule,
    )  # fmt: skip

for _key, _other, _rule in (
    ("rsub", "Tensor", lambda g, alpha: (-g * jnp.conj(alpha), g)),
    ("rsub.Scalar", "Number", lambda g, alpha: -g * jnp.conj(alpha)),
):
    op(f"{_key}(Tensor self, {_other} other, *, Scalar alpha=1)", forms="function",
       promote="result",
       layout=arranged(1, 0), kernel=f"add_stub: {ARITHMETIC}", check=_check_difference,
       opmath="numbers", grad=_rule, doc="``other - alpha * self``, broadcast.",
       node="RsubBackward0" if _other == "Tensor" else "RsubBackward1",
       )(lambda self, other, alpha: _difference(other, self, alpha))  # fmt: skip


# -- products -------------------------------------------------------------------------------------
binary("mul", lambda a, b: a & b if a.dtype.kind == "b" else a * b, opmath="numbers",
       operands="Operand self, Operand other", doc="``self * other``, broadcast.",
       grad=lambda g, self, other: (g * jnp.conj(other), g * jnp.conj(self)))  # fmt: skip
# what PyTorch's own functions written in C++ use for numbers: another node than Python's `x * 2`
binary("add.Scalar", lax.add, operands="Tensor self, Number other", forms="", node="AddBackward1", opmath="numbers",
       kernel=f"add_stub: {ARITHMETIC}", grad=lambda g: g)  # fmt: skip
binary("mul.Scalar", lax.mul, operands="Tensor self, Number other", forms="", node="MulBackward1", opmath="numbers",
       kernel=f"mul_cpu: {ARITHMETIC}", grad=lambda g, other: g * jnp.conj(other))  # fmt: skip
unary("neg", lax.neg, promote="result", kernel=f"neg_cpu: {NUMBER} complex",
      check=refuse("bool", "Negation, the `-` operator, on a bool tensor is not supported. If you "
                   "are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
                   RuntimeError),
      doc="``-self``.", grad=lambda g: -g)  # fmt: skip
unary("reciprocal", lambda x: 1 / x, kernel="reciprocal_cpu: bool int uint half float complex",
      doc="``1 / self``.", grad=lambda g, result: -g * jnp.conj(result * result))  # fmt: skip


@composite("positive(Tensor self)")
def positive(self):
    """``self`` itself: what ``+x`` is."""
    if self.dtype is dtypes.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return self


@composite("__rdiv__(Tensor self, Operand other)", forms="method")
def reflected_division(self, other):
    """``other / self``, as PyTorch computes it."""
    return self.reciprocal() * other


_VALUED = {"promote": "result", "forms": UNARY, "layout": "pointwise"}


_ADDCMUL = {
    **_VALUED, "kernel": f"addcmul_cpu_out: {NUMBER} complex",
    "grad": lambda g, tensor1, tensor2, value: (
        g, g * jnp.conj(tensor2 * value), g * jnp.conj(tensor1 * value)),
}  # fmt: skip


@op("addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)", **_ADDCMUL)
def addcmul(self, tensor1, tensor2, value):
    """``self + value * tensor1 * tensor2``, broadcast."""
    return self + value * tensor1 * tensor2


def _check_addcdiv(self, tensor1, tensor2, value):
    if tensor1.dtype.category < 2 and tensor2.dtype.category < 2:
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release "
            "addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv "
            "behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2))"
            ".to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for "
            "float inputs. The future addcdiv behavior is just the latter implementation: (input "
            "+ value * tensor1 / tensor2), for all dtypes."
        )


_ADDCDIV = {
    **_VALUED, "kernel": f"addcdiv_cpu_out: {FLOAT} complex", "check": _check_addcdiv,
    "grad": lambda g, tensor1, tensor2, value: (
        g, g * jnp.conj(value / tensor2), -g * jnp.conj(value * tensor1 / (tensor2 * tensor2))),
}  # fmt: skip


@op("addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1)", **_ADDCDIV)
def addcdiv(self, tensor1, tensor2, value):
    """``self + value * tensor1 / tensor2``, broadcast."""
    return self + value * tensor1 / tensor2


for _name, _fn, _facts in (("addcmul", addcmul, _ADDCMUL), ("addcdiv", addcdiv, _ADDCDIV)):
    _past_overload(
        _name, "Tensor input, Number value, Tensor tensor1, Tensor tensor2",
        "Tensor input, Tensor tensor1, Tensor tensor2, *, Number value = 1",
        "Tensor self, Scalar value, Tensor tensor1, Tensor tensor2", (0, 2, 3, 1),
        **{"check": None, **_facts, "fn": _fn, "node": f"{_name.title()}Backward0"},
    )  # fmt: skip


def _check_lerp(self, end, weight):
    for name, f in (("end", end), ("weight", weight)):
        if f.is_tensor and f.dtype is not self.dtype and not (name == "weight" and not f.shape):
            raise RuntimeError(
                f"expected dtype {self.dtype.cpp} for `{name}` but got dtype {f.dtype.cpp}"
            )


def _lerp(self, end, weight):
    # the end that is nearer is met exactly
    step = end - self
    near = jnp.abs(weight) < 0.5
    return jnp.where(near, self + weight * step, end - step * (1 - weight))


def _lerp_gradient(g, self, end, weight):
    w = jnp.conj(weight)
    return g * (1 - w), g * w, g * jnp.conj(end - self)


_LERP_GRADIENTS = {
    "Scalar": lambda g, weight: _lerp_gradient(g, g, g, weight)[:2],
    "Tensor": _lerp_gradient,
}

for _key, _weight, _label in (("lerp", "Scalar", "scalar"), ("lerp.Tensor", "Tensor", "tensor")):
    op(f"{_key}(Tensor self, Tensor end, {_weight} weight)", **_VALUED,
       kernel=f"lerp_kernel_{_label}: {FLOAT} complex", check=_check_lerp,
       doc="``self + weight * (end - self)``, broadcast.",
       grad=_LERP_GRADIENTS[_weight],
       node="LerpBackward0" if _weight == "Scalar" else "LerpBackward1")(_lerp)  # fmt: skip


# -- quotients ------------------------------------------------------------------------------------
_DIVISION_BY_ZERO = "ZeroDivisionError"


def _is_integer(x) -> bool:
    return x.dtype.kind in "iub"


def has_zero(self, other):
    """Whether integers are divided by zero; None where floats are divided."""
    return jnp.any(other == 0) if _is_integer(self) and _is_integer(other) else None


def _has_zero(self, other, **_):
    return has_zero(self, other)


def _zero_division(*_, **__):
    return RuntimeError(_DIVISION_BY_ZERO)


def _check_divisor(self, other, **_):
    if common_of((self, other)).category < 2 and not other.is_tensor and other.number == 0:
        raise RuntimeError(_DIVISION_BY_ZERO)


# A number's zero is seen before anything runs; only a tensor's zeros need the guard.
_TENSOR_DIVISOR = {"bounds": _has_zero, "bounds_error": _zero_division}
_NUMBER_DIVISOR = {"check": _check_divisor}


def floor_quotient(a, b):
    """``floor(a / b)``, for floats of the exact quotient."""
    if a.dtype.kind == "u":
        return lax.div(a, b)
    rest = lax.rem(a, b)
    below = (rest != 0) & ((rest < 0) != (b < 0))
    if a.dtype.kind == "i":
        return lax.div(a, b) - below.astype(a.dtype)
    plain = a / b
    quotient = (a - rest) / b
    quotient = jnp.where(below, quotient - 1, quotient)
    floor = jnp.floor(quotient)
    floor = jnp.where(quotient - floor > 0.5, floor + 1, floor)
    floor = jnp.where(quotient != 0, floor, jnp.copysign(jnp.zeros_like(a), plain))
    return jnp.where(b == 0, plain, floor)


def _trunc_quotient(a, b):
    return lax.div(a, b) if a.dtype.kind in "iu" else _trunc(a / b)


def _trunc(x):
    return jnp.where(x < 0, jnp.ceil(x), jnp.floor(x))


def _remainder(a, b):
    rest = lax.rem(a, b)
    if a.dtype.kind == "u":
        return rest
    return jnp.where((rest != 0) & ((rest < 0) != (b < 0)), rest + b, rest)


def _quotient_gradient(g, self, other):
    return g / jnp.conj(other), -g * jnp.conj((self / other) / other)


def _quotient(a, b):
    """``a / b``, each quotient rounded by itself: where a divisor repeats, XLA multiplies by its reciprocal."""
    return a / (lax.optimization_barrier(b) if devices.only_cpu() else b)


op("div(Operand self, Operand other)", forms=UNARY, promote="float", layout="pointwise",
   opmath="numbers", kernel="div_cpu: bool int uint half float complex", node="DivBackward0",
   grad=_quotient_gradient, doc="""``self / other``, broadcast.

    Args:
        self, other: tensors or numbers; integers become the default float unless rounded.
        rounding_mode: None, ``"trunc"`` (towards zero) or ``"floor"``; integers then stay integers.

    Returns:
        A fresh tensor.

    Raises:
        RuntimeError: ``ZeroDivisionError`` where integers are divided by zero and rounded.

    Example:
        >>> torch.div(torch.tensor([7, -7]), 2, rounding_mode="floor")
        tensor([ 3, -4])
    """)(_quotient)  # fmt: skip


def _check_mode(self, other, rounding_mode):
    if rounding_mode not in (None, "trunc", "floor"):
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
            f"'{rounding_mode}'"
        )
    common = common_of((self, other))
    taken = NUMBER if rounding_mode else "bool int uint half float complex"
    if not any(common in dtypes.KINDS[k] for k in taken.split()):
        label = f"div_{rounding_mode}_cpu" if rounding_mode else "div_cpu"
        raise NotImplementedError(f'"{label}" not implemented for \'{common.title}\'')
    if rounding_mode:
        _check_divisor(self, other)


def _mode_dtype(pairs, rounding_mode):
    found = dtypes.result_dtype(pairs)
    return dtypes.get_default_dtype() if rounding_mode is None and found.category < 2 else found


@op("div.Tensor_mode(Operand self, Operand other, *, str? rounding_mode)", forms=UNARY,
    promote=_mode_dtype, layout="pointwise", check=_check_mode, opmath="numbers",
    node="DivBackward2", watches="self other",
    bounds=lambda self, other, rounding_mode: has_zero(self, other) if rounding_mode else None,
    bounds_error=_zero_division,
    grad=lambda g, self, other, rounding_mode: (
        both_flat(g) if rounding_mode else _quotient_gradient(g, self, other)))  # fmt: skip
def rounded_quotient(self, other, *, rounding_mode):
    if rounding_mode is None:
        return _quotient(self, other)
    return floor_quotient(self, other) if rounding_mode == "floor" else _trunc_quotient(self, other)


for _name, _forms in (("floor_divide", FUNCTION), ("floor_divide_", "inplace")):
    overloaded(_name, floor_quotient, kernel=f"div_floor_cpu: {NUMBER}", opmath="numbers",
               forms=_forms,
               doc="``floor(self / other)``, broadcast.", **no_derivative(_name), refused_out=True,
               TT={"operands": "Operand self, Tensor other", **_TENSOR_DIVISOR},
               TS=_NUMBER_DIVISOR)  # fmt: skip
overloaded("fmod", lax.rem, kernel=f"fmod_cpu: {NUMBER}",
           doc="The remainder of ``self / other`` rounded to zero: it has the sign of ``self``.",
           grad=lambda g, self, other: (g, -g * _trunc(self / other)),
           TT={"node": "FmodBackward1", **_TENSOR_DIVISOR}, TS=_NUMBER_DIVISOR)  # fmt: skip
overloaded("remainder", _remainder, kernel=f"remainder_cpu: {NUMBER}",
           doc="The remainder of ``self / other`` rounded down: it has the sign of ``other``.",
           grad=lambda g, self, other: (g, -g * floor_quotient(self, other)),
           TT={"node": "RemainderBackward1", **_TENSOR_DIVISOR}, TS=_NUMBER_DIVISOR,
           ST={**_TENSOR_DIVISOR, **no_derivative("remainder")})  # fmt: skip


# -- powers ---------------------------------------------------------------------------------------
def _integer_power(base, exponent):
    """Squares and multiplies; of negative exponents only 1 and -1 have a whole power."""

    def step(state):
        result, square, rest = state
        result = jnp.where(rest & 1 == 1, result * square, result)
        return result, square * square, rest >> 1

    start = (jnp.ones_like(base), base, jnp.maximum(exponent, 0))
    result, _, _ = lax.while_loop(lambda state: jnp.any(state[2] > 0), step, start)
    if base.dtype.kind == "u":
        return result
    odd = exponent & 1 == 1
    inverse = jnp.where(base == 1, 1, jnp.where(base == -1, jnp.where(odd, -1, 1), 0))
    return jnp.where(exponent < 0, inverse.astype(base.dtype), result)


def _power(base, exponent):
    base, exponent = jnp.broadcast_arrays(base, exponent)
    return _integer_power(base, exponent) if base.dtype.kind in "iu" else lax.pow(base, exponent)


@departs("0 where the exponent is 0, even of 0")
def power_gradient(g, self, exponent):
    """The gradient of the base; zero where the exponent is, even at zero."""
    slope = exponent * _power(self, exponent - 1)
    return jnp.where(exponent == 0, jnp.zeros((), g.dtype), g * jnp.conj(slope))


def exponent_gradient(g, self, exponent, result):
    """The gradient of the exponent; zero where the base is and the power stays finite."""
    if exponent.dtype.kind == "c":
        finite = (jnp.imag(exponent) == 0) & (jnp.real(exponent) >= 0)
    else:
        finite = exponent >= 0
    slope = jnp.where((self == 0) & finite, jnp.zeros((), result.dtype), result * jnp.log(self))
    return g * jnp.conj(slope)


def _square(x):
    return x * x


# exponent -> (power, its derivative): as PyTorch computes them, and cheaper than a general power
_POWERS = {
    0: (jnp.ones_like, None),
    1: (lambda x: x, jnp.ones_like),
    2: (_square, lambda x: 2 * x),
    3: (lambda x: x * x * x, lambda x: 3 * _square(x)),
    0.5: (lax.sqrt, lambda x: 0.5 * lax.rsqrt(x)),
    -0.5: (lax.rsqrt, lambda x: -0.5 * _power(x, jnp.asarray(-1.5, x.dtype))),
    -1: (lambda x: 1 / x, lambda x: -1 / _square(x)),
    -2: (lambda x: 1 / _square(x), lambda x: -2 / (x * x * x)),
}
_powers: dict = {}


def _notable_power(operands):
    """The op for an exponent that has a formula of its own."""
    exponent = operands[1]
    if type(exponent) not in (int, float, bool) or exponent not in _POWERS:
        return None
    found = _powers.get(exponent)
    if found is None:
        general = registry["pow.Scalar"]
        value, slope = _POWERS[exponent]
        found = _powers[exponent] = OpSpec(
            general.schema, lambda self, exponent: value(self), promote="result",
            layout="pointwise",
            grad=flat if exponent == 0 else lambda g, self: g * jnp.conj(slope(self)),
            node=general.node,
        )  # fmt: skip
    return found


def _check_number_power(self, exponent):
    """PyTorch's refusals of an integer exponent that the base's dtype cannot take."""
    common = common_of((self, exponent))
    value = exponent.number
    if value not in (0, 1):
        require_kernel("pow", f"{NUMBER} complex", common)
    if common.category != 1 or value is None:
        if common in dtypes.KINDS["half"] and value is not None:
            dtypes.require_holds(common, value)
        return
    if value < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    dtypes.require_holds(common, value)


def _base(operands: str) -> dict:
    return {"operands": operands, "kernel": f"pow: {NUMBER} complex"}


overloaded("pow", _power, doc="""``self`` to the power of ``exponent``, broadcast.

    Args:
        self, exponent: tensors or numbers, one of them a tensor.

    Returns:
        A fresh tensor of the promoted dtype.

    Raises:
        RuntimeError: an integer tensor to the power of a negative integer.

    Example:
        >>> torch.pow(torch.tensor([1.0, 2.0, 3.0]), 2)
        tensor([1., 4., 9.])
    """,
    TT={**_base("Tensor self, Tensor exponent"), "node": "PowBackward1",
        "grad": departs(power_gradient.convention)(lambda g, self, exponent, result: (
            power_gradient(g, self, exponent), exponent_gradient(g, self, exponent, result)))},
    TS={"operands": "Tensor self, Number exponent", "unary": True, "node": "PowBackward0", "grad": power_gradient,
        "check": _check_number_power, "specialize": _notable_power},
    # of a number PyTorch lays the powers out in order, whatever the strides of the exponents
    ST={**_base("Number self, Tensor exponent"), "node": "PowBackward2", "layout": "contiguous",
        "grad": exponent_gradient})  # fmt: skip

unary("square", _square, promote=lambda pairs: dtypes.result_dtype([*pairs, (dtypes.int64, 0)]),
      kernel=f"pow: {NUMBER} complex", node="PowBackward0", out_name="pow", doc="``self * self``.",
      grad=lambda g, self: g * jnp.conj(2 * self))  # fmt: skip


def _wide(*values):
    """The dtype that float_power computes in."""
    is_complex = [
        v.dtype.is_complex if hasattr(v, "dtype") else isinstance(v, complex) for v in values
    ]
    return dtypes.complex128 if any(is_complex) else dtypes.float64


def _widened(value, d):
    return value.to(d) if hasattr(value, "dtype") else value


_WIDE_OUT = (
    "the output given to float_power has dtype {out.title} but the operation's result requires "
    "dtype {result.title}"
)


@composite("float_power(Tensor self, Operand exponent)", forms="function method out", out_name="pow",
           exact_out=_WIDE_OUT)
def float_power(self, exponent):
    """``self`` to the power of ``exponent`` in double precision.

    Returns:
        A fresh tensor of float64 or complex128.
    """
    wide = _wide(self, exponent)
    return self.to(wide).pow(_widened(exponent, wide))


@composite("float_power.Scalar(Number self, Tensor exponent)", forms="function out", out_name="pow",
           exact_out=_WIDE_OUT)
def float_power_of_number(self, exponent):
    return dispatch(registry["pow.Scalar_Tensor"], (self, exponent.to(_wide(self, exponent))))


@composite("float_power_(Tensor self, Operand exponent)", forms="method")
def float_power_(self, exponent):
    """``self`` to the power of ``exponent``, in place; ``self`` has float64 or complex128."""
    wide = _wide(self, exponent)
    if self.dtype is not wide:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype.title} but the operation's "
            f"result requires dtype {wide.title}"
        )
    return self.pow_(_widened(exponent, wide))


# -- whole numbers --------------------------------------------------------------------------------
def _lcm(a, b):
    divisor = jnp.gcd(a, b)
    return jnp.where(divisor == 0, 0, jnp.abs(lax.div(a, jnp.where(divisor == 0, 1, divisor)) * b))


for _name, _fn, _doc in (
    ("gcd", jnp.gcd, "The greatest common divisor of integers."),
    ("lcm", _lcm, "The least common multiple of integers."),
):
    binary(_name, _fn, kernel=f"{_name}_cpu: int", forms=UNARY + " function_",
           differentiable=False, doc=_doc)


# -- lengths and neighbours -----------------------------------------------------------------------
def _hypot(a, b):
    a, b = jnp.abs(a), jnp.abs(b)
    large, small = jnp.maximum(a, b), jnp.minimum(a, b)
    ratio = small / jnp.where(large == 0, 1, large)
    found = jnp.where(large == 0, large, large * jnp.sqrt(1 + ratio * ratio))
    infinite = (a == math.inf) | (b == math.inf)
    return jnp.where(infinite, jnp.asarray(math.inf, a.dtype), found)


binary("hypot", _hypot, kernel=f"hypot_cpu: {FLOAT}",
       doc="``sqrt(self**2 + other**2)`` without overflow.",
       grad=departs("nan at (0, 0), as 0 / 0")(
           lambda g, self, other, result: (g * (self / result), g * (other / result))))  # fmt: skip
binary("nextafter", jnp.nextafter, kernel=f"nextafter_cpu: {FLOAT}", opmath=False,
       doc="The next number after ``self`` towards ``other``.",
       grad=lambda g, self, other: (jnp.where(self == other, 0, g), jnp.zeros_like(g)))  # fmt: skip
