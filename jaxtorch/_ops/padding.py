"""Padding: constant, reflected, replicated, circular."""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core.dispatch import dispatch
from .._core.spec import composite, op, registry
from .dims import refuse
from .normalization import image_order


def _sides(pad, ndim: int):
    """(low, high) of every dim, from PyTorch's list that starts at the last one."""
    sides = [(0, 0)] * ndim
    for i in range(len(pad) // 2):
        sides[ndim - 1 - i] = (pad[2 * i], pad[2 * i + 1])
    return sides


def _check_pad(self, pad) -> None:
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * self.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding "
            f"length {len(pad)} and input of dimension {self.ndim}"
        )


def _check_constant(self, value, *, pad):
    _check_pad(self, pad)
    for size, (low, high) in zip(self.shape, _sides(pad, self.ndim), strict=True):
        if size + min(low, 0) + min(high, 0) < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
        if size + low + high < 0:
            raise RuntimeError(
                f"The input size {size}, plus negative padding {low} and {high} resulted in a negative output size"
            )


def _like_input(layouts, **_):
    return (image_order(layouts[0]),)


@op("constant_pad_nd(Tensor self, int[] pad, Scalar value=0)", forms="function", promote="result",
    layout=_like_input, check=_check_constant)  # fmt: skip
def constant_pad_nd(self, value, *, pad):
    """``self`` with ``value`` around it; negative sizes cut off.

    Args:
        pad: (low, high) of the last dim, then of the one before, ...
    """
    return lax.pad(self, value, [(low, high, 0) for low, high in _sides(pad, self.ndim)])


# -- by the values at the edges -------------------------------------------------------------------
_KERNELS = {"reflect": "reflection_pad", "replicate": "replication_pad", "circular": "circular_pad"}
_COMBINATIONS = """
Supported combinations for non-constant padding:
  - 2D or 3D input: padding size = 2 (pads last dimension)
  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"""


def _check_edges(self, *, pad, mode):
    _check_pad(self, pad)
    dims = len(pad) // 2
    if dims not in (1, 2, 3) or self.ndim not in (dims + 1, dims + 2):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {self.ndim}D input tensor.{_COMBINATIONS}"
        )
    batch = self.ndim - dims - 1
    if 0 in self.shape[batch:]:
        raise RuntimeError(
            f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with possibly 0 batch size and other "
            f"non-zero dimensions for input, but got: {list(self.shape)}"
        )
    for i in range(dims):
        low, high = pad[2 * i : 2 * i + 2]
        d = self.ndim - 1 - i
        size = self.shape[d]
        if mode == "reflect" and (low >= size or high >= size):
            raise RuntimeError(
                f"Argument #{4 + 2 * i}: Padding size should be less than the corresponding input dimension, "
                f"but got: padding ({low}, {high}) at dimension {d} of input {list(self.shape)}"
            )
        if mode == "circular" and (low > size or high > size):
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if size + low + high < 1:
            raise RuntimeError(
                f"input ({size}) is too small. Calculated output size: {size + low + high}"
            )
    if self.dtype.category == 0 and mode != "circular":
        raise refuse(f"{_KERNELS[mode]}{dims}d", self.dtype)


def _edges(x, d: int, low: int, high: int, mode: str):
    """``x`` with its own values before and after it along dim ``d``."""
    if mode == "replicate" and min(low, high) < 0:  # what is cut at one end may stand at the other
        index = np.clip(np.arange(x.shape[d] + low + high) - low, 0, x.shape[d] - 1)
        return jnp.take(x, index, axis=d)
    cut_low, cut_high = max(-low, 0), max(-high, 0)
    x = lax.slice_in_dim(x, cut_low, x.shape[d] - cut_high, axis=d)
    size = x.shape[d]
    parts = [x]
    if low > 0:
        if mode == "reflect":
            before = lax.rev(lax.slice_in_dim(x, 1, low + 1, axis=d), (d,))
        elif mode == "circular":
            before = lax.slice_in_dim(x, size - low, size, axis=d)
        else:
            before = _stretched(lax.slice_in_dim(x, 0, 1, axis=d), d, low)
        parts.insert(0, before)
    if high > 0:
        if mode == "reflect":
            after = lax.rev(lax.slice_in_dim(x, size - 1 - high, size - 1, axis=d), (d,))
        elif mode == "circular":
            after = lax.slice_in_dim(x, 0, high, axis=d)
        else:
            after = _stretched(lax.slice_in_dim(x, size - 1, size, axis=d), d, high)
        parts.append(after)
    return lax.concatenate(parts, d) if len(parts) > 1 else x


def _stretched(x, d: int, times: int):
    shape = list(x.shape)
    shape[d] = times
    return jnp.broadcast_to(x, shape)


def _edge_node(*, pad, mode):
    if mode == "circular":
        return "CopySlices"
    stem = "Reflection" if mode == "reflect" else "Replication"
    return f"{stem}Pad{len(pad) // 2}DBackward0"


@op("edge_pad(Tensor self, int[] pad, str mode)", forms="", layout=_like_input, check=_check_edges, watches="self",
    node=_edge_node)  # fmt: skip
def edge_pad(self, *, pad, mode):
    for d, (low, high) in reversed(list(enumerate(_sides(pad, self.ndim)))):
        if low or high:
            self = _edges(self, d, low, high, mode)
    return self


@composite("pad(Tensor input, int[] pad, str mode='constant', float? value=None)", forms="nn")
def pad(input, pad, mode, value):
    """``input`` with something around it.

    Args:
        pad: (low, high) of the last dim, then of the one before, ...; negative sizes cut off.
        mode: ``"constant"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.
        value: the constant, 0 by default.

    Example:
        >>> torch.nn.functional.pad(torch.tensor([1.0, 2.0]), (1, 1))
        tensor([0., 1., 2., 0.])
    """
    _check_pad(input, pad)
    if mode == "constant":
        return dispatch(registry["constant_pad_nd"], (input, 0 if value is None else value), (pad,))
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in _KERNELS:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    out = dispatch(registry["edge_pad"], (input,), (pad, mode))
    if mode == "circular":
        out._storage.version = 1 + sum(p > 0 for p in pad)  # PyTorch copies part by part
    return out
