"""Images in other sizes: interpolation, and channels exchanged for pixels."""

from __future__ import annotations

from math import prod

import numpy as np
from jax import numpy as jnp

from .._core import dtypes
from .._core.alias import rebase
from .._core.dispatch import dispatch
from .._core.modes import state
from .._core.spec import composite, op, registry
from .._core.tape import Underivable, edge_of
from .dims import refuse
from .normalization import image_order


# -- interpolation --------------------------------------------------------------------------------
# Which elements each place of the result is made of, and their weights, depends on sizes alone, so
# it is worked out with NumPy, in the arithmetic that PyTorch's kernels use.
def _real(dtype):
    return np.float64 if dtype == np.float64 else np.float32


def _step(n: int, m: int, align_corners: bool, scale: float | None, real):
    """How far apart, in the input, neighbours of the result are."""
    if align_corners:
        return real(n - 1) / real(m - 1) if m > 1 else real(0)
    if scale is not None and scale > 0:
        return real(1.0 / scale)
    return real(n) / real(m)


def _nearest(n: int, m: int, scale, real, shift: float):
    source = (np.arange(m).astype(real) + real(shift)) * _step(n, m, False, scale, real)
    return np.minimum(np.floor(source).astype(np.int64), n - 1)


def _sources(n: int, m: int, align_corners: bool, scale, real):
    step, i = _step(n, m, align_corners, scale, real), np.arange(m).astype(real)
    return i * step if align_corners else step * (i + real(0.5)) - real(0.5)


def _linear(n: int, m: int, align_corners: bool, scale, real):
    """[(index, weight), ...] of the two neighbours."""
    source = np.maximum(_sources(n, m, align_corners, scale, real), 0)
    first = np.minimum(source.astype(np.int64), n - 1)
    share = np.clip(source - first.astype(real), 0, 1).astype(real)
    return [(first, 1 - share), (np.minimum(first + 1, n - 1), share)]


def _cubic(n: int, m: int, align_corners: bool, scale, real):
    """[(index, weight), ...] of the four neighbours, by Keys's kernel with a = -0.75."""
    a = real(-0.75)
    source = _sources(n, m, align_corners, scale, real)
    first = np.floor(source)
    t = (source - first).astype(real)

    def near(x):
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x):
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    weights = (far(t + 1), near(t), near(1 - t), far(2 - t))
    places = first.astype(np.int64)
    return [(np.clip(places + k - 1, 0, n - 1), w.astype(real)) for k, w in enumerate(weights)]


_FILTERS = {
    # mode -> (reach to each side, weight by distance): the tent, Keys's kernel with a = -0.5, Lanczos's with a = 3
    "bilinear_aa": (1.0, lambda x: np.maximum(1 - x, 0)),
    "bicubic_aa": (2.0, lambda x: np.where(
        x < 1, (1.5 * x - 2.5) * x * x + 1, np.where(x < 2, ((-0.5 * x + 2.5) * x - 4) * x + 2, 0))),
    "lanczos_aa": (3.0, lambda x: np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0)),
}  # fmt: skip


def _filtered(x, m: int, align_corners: bool, scale, real, mode: str, axis: int):
    """``x`` with ``m`` elements along ``axis``, each a mean of all that the filter, as wide as a step, reaches."""
    n = x.shape[axis]
    step = _step(n, m, align_corners, scale, real)
    reach, weigh = _FILTERS[mode]
    wide = max(step, real(1))
    center = step * (np.arange(m).astype(real) + real(0.5))
    first = np.maximum((center - real(reach) * wide + real(0.5)).astype(np.int64), 0)
    end = np.minimum((center + real(reach) * wide + real(0.5)).astype(np.int64), n)
    places = first[:, None] + np.arange(int((end - first).max()))
    inside = places < end[:, None]
    weights = np.where(inside, weigh(np.abs(places - center[:, None] + real(0.5)) / wide), 0)
    weights = (weights / weights.sum(1, keepdims=True)).astype(real)
    column = (m, -1) + (1,) * (x.ndim - axis - 1)
    parts = jnp.take(x, np.minimum(places, n - 1), axis=axis) * jnp.asarray(weights.reshape(column))
    return jnp.sum(jnp.where(jnp.asarray(inside.reshape(column)), parts, jnp.zeros((), x.dtype)), axis + 1)


def _picked(x, index, axis: int):
    n, m = x.shape[axis], len(index)
    if m % n == 0 and (index == np.repeat(np.arange(n), m // n)).all():
        # whole multiples are repetitions, whose gradient is a sum and not a scatter
        shape = [*x.shape[: axis + 1], m // n, *x.shape[axis + 1 :]]
        wide = jnp.broadcast_to(jnp.expand_dims(x, axis + 1), shape)
        return wide.reshape(*x.shape[:axis], m, *x.shape[axis + 1 :])
    return jnp.take(x, index, axis=axis)


_KINDS = {"nearest": "Nearest", "nearest-exact": "NearestExact", "bicubic": "Bicubic",
          "linear": "Linear", "bilinear": "Bilinear", "trilinear": "Trilinear",
          "bilinear_aa": "Bilinear", "bicubic_aa": "Bicubic", "lanczos_aa": "Lanczos"}  # fmt: skip


def _node(*, output, mode, **_) -> str:
    return f"Upsample{_KINDS[mode]}{len(output)}D{'Aa' if mode in _FILTERS else ''}Backward0"


def _check_upsample(self, *, output, align_corners, scales, mode):
    spatial = self.shape[2:]
    if min((*spatial, *output)) < 1:
        names = "DHW"[-len(output) :]
        given, made = (", ".join(f"{a}: {s}" for a, s in zip(names, sizes)) for sizes in (spatial, output))
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({given}) output ({made})"
        )
    if self.dtype.category != 2 and self.dtype is not dtypes.uint8:
        kind = _KINDS[mode].lower().replace("nearestexact", "nearest")
        last = "_channels_last" if self.ndim > 3 and self.shape[1] < 4 else ""
        raise refuse(f"upsample_{kind}{len(output)}d{last}", self.dtype)
    if self.dtype is dtypes.uint8 and not mode.startswith("nearest"):
        raise NotImplementedError(f"interpolate(mode='{mode}') of uint8 tensors: convert to float first")


@op("upsample(Tensor self, int[] output, bool align_corners, any scales, str mode)", forms="", promote="same",
    check=_check_upsample, node=_node, layout=lambda layouts, **_: (image_order(layouts[0]),))  # fmt: skip
def upsample(self, *, output, align_corners, scales, mode):
    real = _real(self.dtype)
    for i, m in enumerate(output):
        axis = i + 2
        n, scale = self.shape[axis], None if scales is None else scales[i]  # pyright: ignore
        if mode.startswith("nearest"):
            shift = 0.5 if mode == "nearest-exact" else 0.0
            self = _picked(self, _nearest(n, m, scale, real, shift), axis)
            continue
        if mode in _FILTERS:
            self = _filtered(self, m, align_corners, scale, real, mode, axis)
            continue
        parts = (_cubic if mode == "bicubic" else _linear)(n, m, align_corners, scale, real)
        column = (-1,) + (1,) * (self.ndim - axis - 1)  # pyright: ignore[reportAttributeAccessIssue]
        self = sum(jnp.take(self, index, axis=axis) * jnp.asarray(w.reshape(column)) for index, w in parts)
    return self


@composite("interpolated(Tensor self, int[] output, bool align_corners, any scales, str mode)", forms="nn")
def interpolated(self, output, align_corners, scales, mode):
    """``self`` with the sizes ``output`` in its last dims; ``scales`` are the factors asked for."""
    return dispatch(registry["upsample"], (self,), (output, align_corners, scales, mode))


@composite("_upsample_bilinear2d_aa(Tensor self, int[] output_size, bool align_corners, float? scales_h=None, "
           "float? scales_w=None)", forms="nn")  # fmt: skip
def _upsample_bilinear2d_aa(self, output_size, align_corners, scales_h, scales_w):
    """What ``interpolate(mode="bilinear", antialias=True)`` is lowered to."""
    scales = None if scales_h is None and scales_w is None else (scales_h, scales_w)
    return dispatch(registry["upsample"], (self,), (tuple(output_size), align_corners, scales, "bilinear_aa"))


@composite("_upsample_bilinear2d_aa.vec(Tensor input, any output_size, bool align_corners, any scale_factors)",
           forms="nn")  # fmt: skip
def upsample_antialiased(input, output_size, align_corners, scale_factors):
    if output_size is None:
        output_size = [int(n * s) for n, s in zip(input.shape[2:], scale_factors)]
    return _upsample_bilinear2d_aa(input, output_size, align_corners, *(scale_factors or (None, None)))


# -- channels and pixels --------------------------------------------------------------------------
def _check_dims(name: str, self, least: int = 3) -> None:
    if self.ndim < least:
        raise RuntimeError(
            f"{name} expects input to have at least {least} dimensions, but got input with {self.ndim} dimension(s)"
        )


def _check_shuffle(self, *, upscale_factor):
    _check_dims("pixel_shuffle", self)
    if upscale_factor <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {upscale_factor}")
    if self.shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
            f"upscale_factor, but input.size(-3)={self.shape[-3]} is not divisible by {upscale_factor**2}"
        )


@op("pixel_shuffle(Tensor self, int upscale_factor)", forms="function nn", check=_check_shuffle)
def pixel_shuffle(self, *, upscale_factor):
    """(..., channels * r * r, height, width) as (..., channels, height * r, width * r)."""
    *batch, channels, height, width = self.shape
    r = upscale_factor
    x = self.reshape(prod(batch), channels // r**2, r, r, height, width).transpose(0, 1, 4, 2, 5, 3)
    return x.reshape(*batch, channels // r**2, height * r, width * r)


def _check_unshuffle(self, *, downscale_factor):
    _check_dims("pixel_unshuffle", self)
    if downscale_factor <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {downscale_factor}")
    for name, d in (("height", -2), ("width", -1)):
        if self.shape[d] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({d})={self.shape[d]} is not divisible by {downscale_factor}"
            )


@op("pixel_unshuffle(Tensor self, int downscale_factor)", forms="function nn", check=_check_unshuffle)
def pixel_unshuffle(self, *, downscale_factor):
    """The inverse of `pixel_shuffle`."""
    *batch, channels, height, width = self.shape
    r = downscale_factor
    x = self.reshape(prod(batch), channels, height // r, r, width // r, r).transpose(0, 1, 3, 5, 2, 4)
    return x.reshape(*batch, channels * r**2, height // r, width // r)


def _check_channel_shuffle(self, *, groups):
    if self.ndim < 3:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(self.shape)}"
        )
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if self.shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {self.shape[1]} channels and {groups} groups."
        )


@op("channel_shuffle(Tensor self, int groups)", forms="function nn", check=_check_channel_shuffle,
    layout=lambda layouts, groups: image_order(layouts[0])(layouts[0].shape))  # fmt: skip
def channel_shuffle(self, *, groups):
    """Channels dealt out, one of each group after the other."""
    batch, channels, *rest = self.shape
    x = self.reshape(batch, groups, channels // groups, prod(rest)).swapaxes(1, 2)
    return x.reshape(batch, channels, *rest)


@composite("native_channel_shuffle(Tensor self, int groups)", forms="function")
def native_channel_shuffle(self, groups):
    """What `channel_shuffle` gives; its history is one whose backward refuses."""
    out = dispatch(registry["channel_shuffle"], (self.detach(),), (groups,))
    if state.grad and self.requires_grad:
        node = Underivable("aten::native_channel_shuffle", (edge_of(self),))
        node.add_output(out)
        rebase(out, node)
    return out
