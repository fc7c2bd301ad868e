"""Fractional max pooling: maxima of windows at random places (Graham, 2014)."""

from __future__ import annotations

import numpy as np
from jax import numpy as jnp

from .._core.dispatch import dispatch
from .._core.spec import composite, op, registry
from .dims import refuse
from .pooling import put_at, take_at


def _starts(sample, n: int, count: int, kernel: int):
    """Where ``count`` windows begin in a line of ``n``: (N, C, count) by a random number for each plane."""
    last = jnp.full((*sample.shape, 1), n - kernel, jnp.int64)
    if count <= 1:
        return last[..., :count]
    step = jnp.asarray((n - kernel) / (count - 1), sample.dtype)
    sample = sample[..., None]
    place = (sample + jnp.arange(count - 1, dtype=sample.dtype)) * step
    first = (sample * step).astype(jnp.int64)
    return jnp.concatenate([place.astype(jnp.int64) - first, last], -1)


def _check(self, samples, *, kernel, output, node) -> None:
    dims = len(kernel)
    name = f"fractional_max_pool{dims}d"
    lead = self.ndim - dims
    for d in range(max(lead - 1, 0), self.ndim):
        if self.shape[d] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but got"
                f"{list(self.shape)} with dimension {d} being empty."
            )
    if self.dtype.category != 2:
        raise refuse(name, self.dtype)
    if samples.dtype is not self.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    batch = 1 if lead == 1 else self.shape[0]
    if samples.shape[0] < batch:
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if samples.shape[1] != self.shape[lead - 1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if samples.shape[2] != dims:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {dims}; got {samples.shape[2]}.")
    names = ("height", "width") if dims == 2 else ("time", "height", "width")
    said = name if dims == 2 else name + "_out"
    for what, n, k, o in zip(names, self.shape[lead:], kernel, output, strict=True):
        if o + k - 1 > n:
            raise RuntimeError(f"{said}(): pool {what} {k} too large relative to input {what} {n}")


def _gradient(g, self, indices, kernel):
    if 0 in (*self.shape, *g.shape):
        return jnp.zeros(self.shape, g.dtype), None
    return put_at(g, indices, self.shape, len(kernel)), None


@op("fractional_max_pool(Tensor self, Tensor samples, int[] kernel, int[] output, str node) -> (values, indices)",
    forms="", check=_check, node=lambda node, **_: node,
    grad=_gradient)  # fmt: skip
def fractional_max_pool(self, samples, *, kernel, output, node):
    dims = len(kernel)
    x = self if self.ndim == dims + 2 else self[None]
    lead, sizes = x.shape[:2], x.shape[2:]
    shape = (*(self.shape[: self.ndim - dims]), *output)
    if 0 in (*lead, *output):
        return jnp.zeros(shape, self.dtype), jnp.zeros(shape, jnp.int64)
    if 0 in kernel:
        return jnp.full(shape, -jnp.inf, self.dtype), jnp.zeros(shape, jnp.int64)
    samples = samples[: lead[0]]
    index = jnp.zeros((), jnp.int64)
    for d, (n, k, o) in enumerate(zip(sizes, kernel, output, strict=True)):
        # the samples of images are in the order (width, height), those of volumes in that of the dims
        start = _starts(samples[..., dims - 1 - d if dims == 2 else d], n, o, k)
        line = start[..., None] + np.arange(k)
        form = [1] * (2 * dims)
        form[d], form[dims + d] = o, k
        index = index * n + line.reshape(*lead, *form)
    index = index.reshape(*lead, *output, -1)
    flat = x.reshape(*lead, -1)
    windows = jnp.take_along_axis(flat, index.reshape(*lead, -1), -1, mode="clip").reshape(index.shape)
    best = jnp.argmax(windows, -1)[..., None]
    found = jnp.take_along_axis(index, best, -1)[..., 0]
    return take_at(x, found, dims).reshape(shape), found.reshape(shape)


def _many(name: str, what: str, value, dims: int):
    value = (value,) * dims if isinstance(value, int) else tuple(value)
    if len(value) == 1:
        value *= dims
    if len(value) != dims:
        raise RuntimeError(f"{name}: {what} must either be a single Int or tuple of Ints")
    return value


def _fractional(dims: int) -> None:
    name = f"fractional_max_pool{dims}d"

    def pool(self, kernel_size, output_size, _random_samples):
        kernel = _many(name, "kernel_size", kernel_size, dims)
        output = _many(name, "output_size", output_size, dims)
        node = f"FractionalMaxPool{dims}DBackward0"
        return dispatch(registry["fractional_max_pool"], (self, _random_samples), (kernel, output, node))

    pool.__doc__ = f"(The maxima of windows over the last {dims} dims at random places, where they were)."
    schema = f"{name}(Tensor self, dims kernel_size, dims output_size, Tensor _random_samples)"
    composite(schema, forms="nn")(pool)


_fractional(2)
_fractional(3)
