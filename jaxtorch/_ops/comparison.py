"""Comparisons, tests of values, minimum and maximum of two tensors, where."""

from __future__ import annotations

import math
import operator
import warnings

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core import layout as layouts
from .._core.dispatch import dispatch
from .._core.spec import composite, departs, op, registry
from .._core.tensor import Tensor
from .families import (
    ANY,
    BOOL_ONLY,
    FUNCTION,
    NUMERIC,
    REAL,
    arranged,
    binary,
    both_flat,
    common_of,
    overloaded,
    refuse,
    require_kernel,
    unary,
)

# -- order ----------------------------------------------------------------------------------------
for _name, _fn, _sign in (
    ("eq", lax.eq, "=="), ("ne", lax.ne, "!="), ("lt", lax.lt, "<"),
    ("le", lax.le, "<="), ("gt", lax.gt, ">"), ("ge", lax.ge, ">="),
):  # fmt: skip
    _kinds = f"{ANY} float8" if _name in ("eq", "ne") else NUMERIC
    overloaded(_name, _fn, promote="compare", opmath=False, kernel=f"{_name}_cpu: {_kinds}",
               grad=both_flat, TT={"node": f"{_name.title()}Backward1"}, TS={},
               doc=f"``self {_sign} other``, broadcast, as bools.")  # fmt: skip


# -- extrema --------------------------------------------------------------------------------------
def _extremum_gradient(loses):
    """Where ``loses(self, other)`` the other is the result; ties share the gradient."""

    @departs("whole for both sides where one is NaN")
    def rule(g, self, other):
        shared = jnp.where(self == other, g / 2, g)
        return jnp.where(loses(self, other), 0, shared), jnp.where(loses(other, self), 0, shared)

    return rule


def _number_gradient(holds):
    """Where ``holds(self, other)``, or the other is NaN, the gradient is all ``self``'s."""

    @departs("on a tie all of it goes to the first operand")
    def rule(g, self, other):
        first = holds(self, other) | jnp.isnan(other)
        return jnp.where(first, g, 0), jnp.where(first, 0, g)

    return rule


def _over_nan(fn):
    """``fn``, but a number wins over NaN."""

    def extremum(a, b):
        if a.dtype.kind in "biu":
            return fn(a, b)
        return jnp.where(jnp.isnan(a), b, jnp.where(jnp.isnan(b), a, fn(a, b)))

    return extremum


def _check_extremum(name: str, label: str):
    complex_ = refuse("complex", f"{name} not implemented for complex tensors.", RuntimeError)

    def check(self, other):
        complex_(self, other)
        common = common_of((self, other))
        if common.category < 2:
            require_kernel(f"{label}_cpu", NUMERIC, common)

    return check


for _name, _fn, _rule, _integers, _doc in (
    ("maximum", lax.max, _extremum_gradient(operator.lt), "maximum",
     "The larger one; NaN if either is."),
    ("minimum", lax.min, _extremum_gradient(operator.gt), "minimum",
     "The smaller one; NaN if either is."),
    ("fmax", _over_nan(lax.max), _number_gradient(operator.ge), "maximum",
     "The larger one; a number rather than NaN."),
    ("fmin", _over_nan(lax.min), _number_gradient(operator.le), "minimum",
     "The smaller one; a number rather than NaN."),
):  # fmt: skip
    binary(_name, _fn, forms=FUNCTION, kernel=f"{_name}_cpu: {NUMERIC}", grad=_rule, opmath=False, compares=True,
           check=_check_extremum(_name, _integers), doc=_doc)  # fmt: skip


# -- tests of values ------------------------------------------------------------------------------
def _test(of_real, of_parts=None):
    """A test of floats: ``of_parts`` joins the answers for the parts of complex numbers."""

    def test(x):
        if x.dtype.kind == "c":
            return of_parts(of_real(lax.real(x)), of_real(lax.imag(x)))
        return of_real(x)

    return test


def _always(value: bool):
    return lambda x: jnp.full(x.shape, value)


def _of_floats(fn, otherwise: bool):
    """``fn`` of floats; ``otherwise`` for integers."""
    return lambda x: fn(x) if x.dtype.kind in "fV" else _always(otherwise)(x)


_FACTS = {"promote": "compare", "opmath": False, "forms": "function method",
          "differentiable": False}

unary("isnan", _test(_of_floats(jnp.isnan, False), lax.bitwise_or), doc="Whether it is NaN.",
      **_FACTS)
unary("isinf", _test(_of_floats(jnp.isinf, False), lax.bitwise_or), doc="Whether it is infinite.",
      **_FACTS)
op("isfinite.real(Tensor self)", layout="pointwise", **{**_FACTS, "forms": ""})(_of_floats(jnp.isfinite, True))


@composite("isfinite(Tensor self)")
def isfinite(self):
    """Whether it is neither infinite nor NaN."""
    if self.dtype.is_complex:
        return isfinite(self.real).bitwise_and_(isfinite(self.imag))
    return dispatch(registry["isfinite.real"], (self,))


unary("isreal", lambda x: lax.imag(x) == 0 if x.dtype.kind == "c" else _always(True)(x),
      doc="Whether the imaginary part is zero.", **_FACTS)  # fmt: skip
for _name, _value in (("isposinf", math.inf), ("isneginf", -math.inf)):
    unary(_name, _of_floats(lambda x, value=_value: x == value, False),
          kernel=f"{_name}_cpu: {REAL}",
          check=refuse("complex", f"{_name} does not support complex inputs.", RuntimeError),
          exact_out=BOOL_ONLY.format(name=_name), doc=f"Whether it is {_value}.",
          **{**_FACTS, "forms": FUNCTION})  # fmt: skip


# -- closeness ------------------------------------------------------------------------------------
@op("_isclose(Tensor self, Tensor other, Scalar rtol, Scalar atol, bool equal_nan)", forms="",
    layout="pointwise", differentiable=False)  # fmt: skip
def _isclose(self, other, rtol, atol, *, equal_nan):
    close = self == other
    kind = self.dtype.kind
    if equal_nan and kind in "fcV":
        close = close | (jnp.isnan(self) & jnp.isnan(other))
    if kind in "biu":
        default = dtypes.get_default_dtype().np
        self, other = self.astype(default), other.astype(default)
    real = jnp.abs(other).dtype
    allowed = atol.astype(real) + jnp.abs(rtol.astype(real) * jnp.abs(other))
    error = jnp.abs(self - other)
    return close | (jnp.isfinite(error) & (error <= allowed))


_CLOSE = "Tensor self, Tensor other, any rtol=1e-05, any atol=1e-08, bool equal_nan=False"


@composite(f"isclose({_CLOSE})")
def isclose(self, other, rtol, atol, equal_nan):
    """Whether ``|self - other| <= atol + rtol * |other|``, elementwise.

    Args:
        self, other: tensors of one dtype that broadcast.
        rtol, atol: tolerances, not negative.
        equal_nan: whether NaN is close to NaN.
    """
    if self.dtype is not other.dtype:
        raise RuntimeError(f"{self.dtype.title} did not match {other.dtype.title}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not value >= 0:
            raise RuntimeError(
                f"{name} must be greater than or equal to zero, but got {float(value):g}"
            )
    close = dispatch(registry["_isclose"], (self, other, rtol, atol), (equal_nan,))
    # PyTorch joins its tests into the first one's result, and its version counts that
    if equal_nan and self.dtype.category > 1:
        close._count_write()
    close._count_write()
    return close


@composite(f"allclose({_CLOSE})")
def allclose(self, other, rtol, atol, equal_nan) -> bool:
    """Whether all elements are close as `isclose` says. Returns a Python bool."""
    return isclose(self, other, rtol, atol, equal_nan).all().item()


@op("_refused(Tensor self, any error, str text)", forms="", promote="none", opmath=False, differentiable=False,
    bounds=lambda self, **_: jnp.any(self), bounds_error=lambda self, *, error, text: error(text))  # fmt: skip
def _refused(self, *, error, text):
    return jnp.zeros((), bool)


def refuse_where(mask, error: type[Exception], text: str) -> None:
    """Raise ``error(text)`` if any element of ``mask`` is true; of a compiled step, once it has run."""
    dispatch(registry["_refused"], (mask,), (error, text))


@composite("equal(Tensor self, Tensor other)")
def equal(self, other) -> bool:
    """Whether shapes and all elements are equal. Returns a Python bool."""
    if self.shape != other.shape:
        return False
    return self.eq(other).all().item()


@composite("is_signed(Tensor self)", forms="function")
def is_signed(self) -> bool:
    """Whether the dtype has negative values."""
    return self.dtype.is_signed


@composite("is_same_size(Tensor self, Tensor other)", forms="function")
def is_same_size(self, other) -> bool:
    """Whether two tensors have one shape."""
    return self.shape == other.shape


# -- membership -----------------------------------------------------------------------------------
_DIRECT = 32  # so few elements are compared one by one; more are searched in order


def _check_isin(elements, test_elements, **_):
    common = common_of((elements, test_elements))
    if common.category in (0, 3):
        raise RuntimeError(f"Unsupported input type encountered for isin(): {common.title}")


def _isin(elements, test_elements, *, assume_unique, invert):
    wanted = test_elements.reshape(-1)
    if wanted.size <= _DIRECT:
        found = jnp.any(elements[..., None] == wanted, axis=-1)
    else:
        ordered = jnp.sort(wanted)
        at = jnp.searchsorted(ordered, elements)
        found = ordered[jnp.minimum(at, wanted.size - 1)] == elements
    return ~found if invert else found


for _key, _first, _second in (
    ("isin", "Tensor", "Tensor"), ("isin.Tensor_Scalar", "Tensor", "Number"),
    ("isin.Scalar_Tensor", "Number", "Tensor"),
):  # fmt: skip
    _names = ("elements", "test_elements") if _second == "Tensor" else ("elements", "test_element")
    if _first == "Number":
        _names = ("element", "test_elements")
    op(f"{_key}({_first} {_names[0]}, {_second} {_names[1]}, *, bool assume_unique=False, "
       "bool invert=False)",
       forms="function out", promote="compare", opmath=False, differentiable=False,
       check=_check_isin,
       kernel=f"isin_default_cpu: {NUMERIC}",
       exact_out="Expected out tensor to have dtype bool, but got {out.cpp} instead",
       doc="Whether each element is one of ``test_elements``, or with ``invert`` is none.",
       )(_isin)  # fmt: skip


# -- choice ---------------------------------------------------------------------------------------
def _check_condition(condition, *_):
    if condition.dtype is dtypes.uint8:
        warnings.warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be "
            "removed in a future version of PyTorch. Use a boolean condition instead.",
            stacklevel=2,
        )
    elif condition.dtype is not dtypes.bool_:
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition.dtype.title}"
        )


def _check_where_method(self, condition, other):
    _check_condition(condition)
    # PyTorch's iteration takes the condition first, whoever's method it is
    layouts.broadcast_shapes(condition.shape, self.shape)


def _where(condition, self, other):
    return jnp.where(condition != 0, self, other)


def _split(g, condition):
    """The cotangent's parts where the condition holds and where it does not."""
    return jnp.where(condition != 0, g, 0), jnp.where(condition != 0, 0, g)


_WHERE_DOC = """``self`` where ``condition`` holds, else ``other``; broadcast.

    Args:
        condition: bools.
        input, other: tensors or numbers. Without them the result is the indices where
            ``condition`` holds, as ``condition.nonzero(as_tuple=True)``.

    Returns:
        A fresh tensor of the dtype that ``input`` and ``other`` promote to.

    Example:
        >>> x = torch.tensor([1.0, -2.0, 3.0])
        >>> torch.where(x > 0, x, 0.0)
        tensor([1., 0., 3.])
    """
_WHERE = {"opmath": False, "node": "WhereBackward0", "doc": _WHERE_DOC}

for _key, _kind in (("where.self", "Tensor"), ("where.Scalar", "Operand")):
    op(f"{_key}(Tensor condition, {_kind} self, Operand other)", forms="function out",
       layout="pointwise",
       promote=lambda pairs: dtypes.result_dtype(pairs[1:]), check=_check_condition,
       exact_out="Expected out type to be {result.title} but got {out.title}",
       grad=lambda g, condition: (None, *_split(g, condition)),
       **_WHERE)(_where)  # fmt: skip
    op(f"{_key}_method(Tensor self, Tensor condition, {_kind} other)", forms="method",
       layout=arranged(1, 0, 2),
       promote=lambda pairs: dtypes.result_dtype(pairs[::2]),
       check=_check_where_method,
       grad=lambda g, condition: (_split(g, condition)[0], None, _split(g, condition)[1]),
       **_WHERE)(lambda self, condition, other: _where(condition, self, other))  # fmt: skip


@composite("where.condition(Tensor condition)", forms="function")
def where_condition(condition) -> tuple[Tensor, ...]:
    return condition.nonzero(as_tuple=True)
