"""The correlation of images with kernels, as each platform computes it best."""

from __future__ import annotations

from functools import partial
from itertools import product
from math import prod

from jax import lax
from jax import numpy as jnp

from .precision import accumulator, contract, convolution_precision

_LETTERS = "DHW"
#: Images of at most so many places are multiplied as patches on the CPU: where they are larger, writing the
#: patches down takes longer than XLA's loops do (docs/design/0005).
_SMALL = 200


def correlate(x, kernel, stride, pads, dilation):
    """(batch, channels, *sizes) with (outputs, channels, *kernel): (batch, outputs, *places), in the dtype
    that products are added up in."""
    settings = {"stride": tuple(stride), "pads": tuple(pads), "dilation": tuple(dilation)}
    places = _places(x.shape[2:], kernel.shape[2:], **settings)
    alone = prod(kernel.shape[2:]) == 1
    if x.dtype.kind == "c" or not x.size * kernel.size or not (alone or prod(places) <= _SMALL):
        return correlate_parts(x, kernel, **settings)
    return lax.platform_dependent(
        x, kernel, cpu=partial(_by_patches, **settings), default=partial(correlate_parts, **settings)
    )


def correlate_parts(x, kernel, stride, pads, dilation, expansion=None, groups: int = 1):
    """As `correlate`, by XLA: with zeros between the elements of ``x``, the channels in ``groups``."""
    letters = _LETTERS[-len(stride) :]
    return lax.conv_general_dilated(
        x, kernel, stride, pads, expansion, dilation,
        dimension_numbers=("NC" + letters, "OI" + letters, "NC" + letters),
        feature_group_count=groups, precision=convolution_precision(), preferred_element_type=accumulator(x.dtype),
    )  # fmt: skip


def _places(sizes, kernel, stride, pads, dilation):
    """How often the kernel fits into each dim."""
    return [
        (s + low + high - d * (k - 1) - 1) // st + 1
        for s, k, st, (low, high), d in zip(sizes, kernel, stride, pads, dilation, strict=True)
    ]


def _by_patches(x, kernel, stride, pads, dilation):
    """As one matrix product: a row for each place, with all that the kernel meets there."""
    places = _places(x.shape[2:], kernel.shape[2:], stride, pads, dilation)
    batch, channels = x.shape[:2]
    outputs, rows = kernel.shape[0], batch * prod(places)
    x = jnp.pad(jnp.moveaxis(x, 1, -1), [(0, 0), *pads, (0, 0)])
    parts = []
    for offsets in product(*map(range, kernel.shape[2:])):
        start = [o * d for o, d in zip(offsets, dilation, strict=True)]
        limit = [s + (n - 1) * st + 1 for s, n, st in zip(start, places, stride, strict=True)]
        parts.append(lax.slice(x, (0, *start, 0), (batch, *limit, channels), (1, *stride, 1)))
    if rows < outputs:  # the patches are put in the kernel's order, or the kernel in that of the patches
        patches = jnp.stack(parts, -1).reshape(rows, -1)
        out = contract(patches, kernel.reshape(outputs, -1), ((1,), (1,)), wide=True)
    else:
        patches = jnp.concatenate(parts, -1).reshape(rows, -1)
        kernel = jnp.moveaxis(kernel, (0, 1), (-1, -2)).reshape(-1, outputs)
        out = contract(patches, kernel, ((1,), (0,)), wide=True)
    return jnp.moveaxis(out.reshape(batch, *places, outputs), -1, 1)
