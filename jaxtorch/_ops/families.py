"""Families of ops that differ only in their array function: one row a member."""

from __future__ import annotations

from collections.abc import Callable

from .._core.spec import op

UNARY = "function method inplace out"


def unary(name: str, fn: Callable, *, grad: Callable | None = None, promote: str = "float",
          forms: str = UNARY, **facts) -> None:  # fmt: skip
    """``name(self)``: elementwise; integers become the default float unless ``promote`` says else."""
    op(f"{name}(Tensor self)", forms=forms, promote=promote, layout="pointwise", grad=grad, **facts)(fn)


def binary(name: str, fn: Callable, *, grad: Callable | None = None, promote: str = "result",
           forms: str = UNARY, other: str = "Operand", **facts) -> None:  # fmt: skip
    """``name(self, other)``: elementwise and broadcast, by PyTorch's type promotion."""
    op(f"{name}(Operand self, {other} other)", forms=forms, promote=promote, layout="pointwise",
       grad=grad, **facts)(fn)  # fmt: skip
