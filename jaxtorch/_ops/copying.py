"""Copies: copy_, clone, conversion between dtypes and devices."""

from __future__ import annotations

from .._core.spec import op


@op("copy_(Tensor self, Operand src, bool non_blocking=False)", forms="inplace", layout="pointwise",
    grad=lambda g: (None, g), node="CopyBackwards")  # fmt: skip
def copy_(self, src, *, non_blocking):
    """Overwrite ``self`` with ``src``, broadcast and cast to ``self``'s dtype."""
    return src


@op("clone(Tensor self)", layout="like", grad=lambda g: g)
def clone(self):
    """A copy in memory of its own, with the same strides where they are dense."""
    return self  # arrays are immutable: a storage of its own is all a copy needs
