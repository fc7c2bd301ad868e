"""Bitwise and logical operations."""

from __future__ import annotations

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.spec import composite
from .families import ARITHMETIC, UNARY, binary, overloaded, unary

_BITS = {"opmath": False, "differentiable": False}
_SIDES = {"TT": {}, "TS": {}, "ST": {}}

for _name, _fn, _kinds, _label, _doc in (
    ("bitwise_and", lax.bitwise_and, "bool int uint", "bitwise_and", "The bits set in both."),
    ("bitwise_or", lax.bitwise_or, "bool int uint", "bitwise_or", "The bits set in either."),
    ("bitwise_xor", lax.bitwise_xor, "bool int uint", "bitwise_xor", "The bits set in one alone."),
    # XLA, like PyTorch, shifts by too much or by less than nothing into zeros or copies of the sign
    ("bitwise_left_shift", lax.shift_left, "int", "lshift", "``self << other``."),
    ("bitwise_right_shift", lambda a, b: lax.shift_right_logical(a, b) if a.dtype.kind == "u"
     else lax.shift_right_arithmetic(a, b), "int", "rshift", "``self >> other``."),
):  # fmt: skip
    overloaded(_name, _fn, kernel=f"{_label}_cpu: {_kinds}", doc=_doc, **_SIDES, **_BITS)

unary("bitwise_not", lax.bitwise_not, promote="result", kernel="bitwise_not_cpu: bool int",
      doc="All bits inverted; of bools the negation.", **_BITS)  # fmt: skip


@composite("__invert__(Tensor self)", forms="method")
def __invert__(self):
    """``~self``."""
    if self.dtype.category > 1 or self.dtype in dtypes.KINDS["uint"]:
        raise TypeError(
            "~ (operator.invert) is only implemented on integer and Boolean-type tensors"
        )
    return self.bitwise_not()


def _truth(x):
    return x if x.dtype.kind == "b" else x != 0


for _name, _combine, _doc in (
    ("logical_and", lax.bitwise_and, "Whether both are not zero."),
    ("logical_or", lax.bitwise_or, "Whether either is not zero."),
    ("logical_xor", lax.bitwise_xor, "Whether one alone is not zero."),
):
    binary(_name, lambda a, b, combine=_combine: combine(_truth(a), _truth(b)), promote="compare",
           kernel=f"{_name}_cpu: {ARITHMETIC}", doc=_doc, **_BITS)  # fmt: skip
unary("logical_not", lambda x: jnp.logical_not(_truth(x)), promote="compare", forms=UNARY,
      kernel=f"logical_not_cpu: {ARITHMETIC}", doc="Whether the element is zero.",
      **_BITS)  # fmt: skip
