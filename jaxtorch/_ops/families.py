"""Families of ops that differ only in their array function: one row a member.

The facts that rows share are PyTorch's: the name of the kernel with the kinds of dtype it takes
(`dtypes.KINDS`), the refusal of a kind before the kernel is reached, and gradients that are zero or
that PyTorch does not have.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from jax import numpy as jnp

from .._core import dtypes
from .._core.layout import broadcast_shapes, pointwise_layout
from .._core.spec import op

UNARY = "function method inplace out"
FUNCTION = "function method out"
SPECIAL = "special out"

# The kinds of dtype that a kernel takes.
REAL = "bool int uint half float"
ANY = REAL + " complex"
FLOAT = "half float"
NUMBER = "int half float"
NUMERIC = "bool int half float"
ARITHMETIC = NUMERIC + " complex"


#: what PyTorch says where ``out`` must have the result's own dtype
EXACT = "Found dtype {out.title} but expected {result.title}"
BOOL_ONLY = "{name} does not support non-boolean outputs."


def unary(name: str, fn: Callable, *, promote: str = "float", forms: str = UNARY, **facts) -> None:
    """``name(self)``: elementwise; integers become the default float unless ``promote`` differs."""
    if promote == "result":
        facts.setdefault("exact_out", EXACT)
    op(f"{name}(Tensor self)", forms=forms, promote=promote, layout="pointwise", **facts)(fn)


def binary(name: str, fn: Callable, *, operands: str = "Tensor self, Tensor other",
           promote: str = "result", forms: str = UNARY, **facts) -> None:  # fmt: skip
    """``name(self, other)``: elementwise and broadcast, by PyTorch's type promotion."""
    op(f"{name}({operands})", forms=forms, promote=promote, **{"layout": "pointwise", **facts})(fn)


# The overloads of an op that takes a number on either side: their keys and operands.
_SIDES = {
    "TT": ("", "Tensor self, Tensor other"),
    "TS": (".Scalar", "Tensor self, Number other"),
    "ST": (".Scalar_Tensor", "Number self, Tensor other"),
}


def overloaded(name: str, fn: Callable, *, forms: str = UNARY, grad: Callable | None = None,
               TT: dict | None = None, TS: dict | None = None, ST: dict | None = None,
               **facts) -> None:  # fmt: skip
    """``name(self, other)`` with an overload for a number on each side that PyTorch has one for.

    A number there is no tensor in PyTorch: it has no edge in the graph, and the nodes have names of
    their own. ``TT``, ``TS``, ``ST`` are the facts of the overloads that there are; ``grad`` gives
    the gradients of both sides.
    """
    for side, own in (("TT", TT), ("TS", TS), ("ST", ST)):
        if own is None:
            continue
        key, operands = _SIDES[side]
        rule = grad if side == "TT" or grad is None else one_of(grad, side.index("T"))
        here = forms
        if side == "ST":  # a number has no methods
            here = " ".join(w for w in forms.split() if w in ("function", "out", "special"))
        binary(name + key, fn,
               **{"operands": operands, "forms": here, "grad": rule, **facts, **own})


def arranged(*order: int) -> Callable:
    """The layout rule of an elementwise op that PyTorch runs on its operands in another order."""

    def layout(layouts, **static):
        shape = broadcast_shapes(*[operand.shape for operand in layouts])
        return pointwise_layout(shape, tuple(layouts[i] for i in order if i < len(layouts)))

    layout.counts_numbers = True
    return layout


def one_of(grad: Callable, index: int) -> Callable:
    """The gradient of one operand, from a formula that gives a tuple."""

    def rule(**values):
        return grad(**values)[index]

    rule.__signature__ = inspect.signature(grad)
    rule.__dict__.update(vars(grad))  # what it says of itself
    return rule


# -- gradients ------------------------------------------------------------------------------------
def flat(g):
    """The gradient of a function that is constant almost everywhere."""
    return jnp.zeros_like(g)


def both_flat(g):
    return jnp.zeros_like(g), jnp.zeros_like(g)


def missing(text: str) -> Callable:
    """The gradient that PyTorch does not have either: backward raises ``text``."""

    def rule(g):
        raise NotImplementedError(text)

    return rule


def no_derivative(name: str) -> dict:
    """The facts of an op whose ``grad_fn`` is PyTorch's ``NotImplemented`` node."""

    def rule(g):
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return {"grad": rule, "node": "NotImplemented"}


# -- refusals -------------------------------------------------------------------------------------
def common_of(facts) -> dtypes.dtype:
    """The dtype that PyTorch promotes the operands to."""
    return dtypes.result_dtype([(f.dtype, f.rank) for f in facts if f is not None])


def refuse(kind: str, text: str, error: type[Exception] = NotImplementedError) -> Callable:
    """A check that raises ``text`` where an operand is of one of ``kind``'s dtypes."""
    refused = dtypes.KINDS[kind]

    def check(*facts, **static):
        if any(f is not None and f.dtype in refused for f in facts):
            raise error(text)

    return check


def require_kernel(label: str, kinds: str, d: dtypes.dtype) -> None:
    """Raise as the kernel ``label`` does for a dtype that is not of ``kinds``."""
    if not any(d in dtypes.KINDS[k] for k in kinds.split()):
        raise NotImplementedError(f'"{label}" not implemented for \'{d.title}\'')
