"""Images sampled at places given by grids."""

from __future__ import annotations

from itertools import product as places
from math import prod

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core.dispatch import dispatch
from .._core.spec import composite, op, registry
from .dims import refuse
from .precision import dot_precision

_BILINEAR, _NEAREST, _BICUBIC = 0, 1, 2
_ZEROS, _BORDER, _REFLECTION = 0, 1, 2


# -- coordinates ----------------------------------------------------------------------------------
def _unnormalized(x, n: int, align_corners: bool):
    """From [-1, 1] to places in a line of ``n``; -1 and 1 are the outer centres or the outer edges."""
    return (x + 1) / 2 * (n - 1) if align_corners else ((x + 1) * n - 1) / 2


def _held(x, n: int):
    """``x`` within the line; no gradient passes from the border on. What is no number becomes 0."""
    top = jnp.asarray(n - 1, x.dtype)
    return jnp.where(x > 0, jnp.where(x < top, x, top), jnp.zeros((), x.dtype))


def _reflected(x, n: int, align_corners: bool):
    """``x`` folded back at the outer centres or at the outer edges."""
    low, span = (0.0, n - 1) if align_corners else (-0.5, n)
    if span == 0:
        return jnp.zeros_like(x)
    x = x - low
    x = jnp.where(x < 0, -x, x)
    flips = lax.stop_gradient(jnp.floor(x / span))
    rest = x - flips * span
    return jnp.where(flips % 2 == 0, rest, span - rest) + low


def _padded(x, n: int, padding: int, align_corners: bool):
    if padding == _REFLECTION:
        x = _reflected(x, n, align_corners)
    return x if padding == _ZEROS else _held(x, n)


# -- sampling -------------------------------------------------------------------------------------
# Points are (N, P), what is read for a point (N, places, P): all of it by one gather.
def _values(rows, at, sizes):
    """The values at whole places, 0 outside: (N, places, P, C) of ``rows`` (N, pixels, C)."""
    index = jnp.zeros((), jnp.int64)
    inside = jnp.ones((), bool)
    for x, n in zip(at, sizes, strict=True):
        inside = inside & (x >= 0) & (x < n)
        index = index * n + jnp.clip(x, 0, n - 1).astype(jnp.int64)
    found = jax.vmap(lambda r, i: r.at[i].get(mode="promise_in_bounds"))(rows, index)
    return jnp.where(inside[..., None], found, jnp.zeros((), rows.dtype))


def _blend(rows, at, sizes, first: int, weights, moved=lambda x, n: x):
    """The sum of what is around each point, from ``first`` on, by the weights of each dim's places."""
    low = [lax.stop_gradient(jnp.floor(x)) for x in at]
    lines = [jnp.stack(weights(x - l), 1) for x, l in zip(at, low, strict=True)]
    around = np.array(list(places(range(lines[0].shape[1]), repeat=len(at))))
    near = [
        lax.stop_gradient(moved(l[:, None] + (around[:, d, None] + first).astype(l.dtype), n))
        for d, (l, n) in enumerate(zip(low, sizes, strict=True))
    ]
    weight = lines[0][:, around[:, 0]]
    for d, line in enumerate(lines[1:], 1):
        weight = weight * line[:, around[:, d]]
    return jnp.sum(_values(rows, near, sizes) * weight[..., None], 1)


def _cubic_weights(t):
    """The weights of the places at -1, 0, 1, 2 for a point at ``t`` in [0, 1): Keys' with a = -0.75."""
    a = -0.75

    def near(x):
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x):
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return far(t + 1), near(t), near(1 - t), far(2 - t)


def _sampled(input, grid, interpolation, padding, align_corners):
    sizes, lead = input.shape[2:], input.shape[:2]
    dims = len(sizes)
    if 0 in (*lead, prod(grid.shape)):
        return jnp.zeros((*lead, *grid.shape[1:-1]), input.dtype)
    rows = jnp.moveaxis(input.reshape(*lead, -1), 1, 2)
    points = grid.reshape(lead[0], -1, dims)
    # the last coordinate of a grid is that of the first dim
    at = [_unnormalized(points[..., dims - 1 - d], n, align_corners) for d, n in enumerate(sizes)]


    def moved(x, n):
        return _padded(x, n, padding, align_corners)

    if interpolation == _BICUBIC:  # pads what it reads, not the points
        out = _blend(rows, at, sizes, -1, _cubic_weights, moved)
    else:
        at = [moved(x, n) for x, n in zip(at, sizes, strict=True)]
        if interpolation == _BILINEAR:
            out = _blend(rows, at, sizes, 0, lambda t: (1 - t, t))
        else:
            nearest = [lax.stop_gradient(lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)) for x in at]
            out = _values(rows, nearest, sizes)
    return jnp.moveaxis(out, 2, 1).reshape(*lead, *grid.shape[1:-1])


def _sizes(x) -> str:
    return str(list(x.shape))


def _check_sampler(input, grid, interpolation_mode) -> None:
    if input.shape[:1] != grid.shape[:1]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{_sizes(input)} and grid with sizes {_sizes(grid)}"
        )
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but got grid with sizes "
            f"{_sizes(grid)}"
        )
    for d, n in enumerate(input.shape[2:], 2):
        if n == 0:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                f"{_sizes(input)} with dimension {d} being empty"
            )
    if input.ndim not in (4, 5) or input.ndim != grid.ndim:
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
            f"{_sizes(input)} and grid with sizes {_sizes(grid)}"
        )
    if input.ndim == 5 and interpolation_mode == _BICUBIC:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


def _check_dtypes(dims: int):
    def check(input, grid, **_):
        if input.dtype.category != 2:
            raise refuse("grid_sampler_2d_cpu_kernel_impl" if dims == 2 else "grid_sampler3d_cpu", input.dtype)
        if input.dtype is not grid.dtype:
            raise RuntimeError(f"expected scalar type {input.dtype.title} but found {grid.dtype.title}")

    return check


def _sampler(dims: int) -> None:
    def sample(input, grid, *, interpolation_mode, padding_mode, align_corners):
        return _sampled(input, grid, interpolation_mode, padding_mode, align_corners)

    op(f"grid_sampler_{dims}d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, "
       "bool align_corners)", forms="function", promote="result", check=_check_dtypes(dims),
       node=f"GridSampler{dims}DBackward0",
       doc=f"`grid_sampler` of {dims} dims.")(sample)  # fmt: skip


_sampler(2)
_sampler(3)


@composite("grid_sampler(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners)",
           forms="function")  # fmt: skip
def grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners):
    """`torch.nn.functional.grid_sample` with the modes by their numbers."""
    _check_sampler(input, grid, interpolation_mode)
    if not (0 <= interpolation_mode <= 2 and 0 <= padding_mode <= 2):
        raise NotImplementedError(f"grid_sampler() with modes {interpolation_mode} and {padding_mode}")
    spec = registry[f"grid_sampler_{input.ndim - 2}d"]
    return dispatch(spec, (input, grid), (interpolation_mode, padding_mode, bool(align_corners)))


# -- grids ----------------------------------------------------------------------------------------
def _line(n: int, align_corners: bool):
    """The places of ``n`` points in [-1, 1]."""
    if n <= 1:
        return np.zeros(max(n, 0))
    line = np.linspace(-1.0, 1.0, n)
    return line if align_corners else line * (n - 1) / n


def _check_affine(theta, *, size, align_corners) -> None:
    if theta.shape[0] != size[0]:
        points, width = prod(size[2:]), len(size) - 1
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{size[0]}, {width}] but got: "
            f"[{theta.shape[0]}, {width}]." if points else "the batch of theta is not that of size"
        )


@op("affine_grid_generator(Tensor theta, size size, bool align_corners)", forms="function", promote="result",
    check=_check_affine)  # fmt: skip
def affine_grid_generator(theta, *, size, align_corners):
    """The grid of an affine map: `torch.nn.functional.affine_grid`."""
    lines = [_line(n, align_corners) for n in size[2:]]
    mesh = np.meshgrid(*lines, indexing="ij")
    points = np.stack([*reversed(mesh), np.ones(size[2:])], -1)
    return jnp.einsum("...i,nji->n...j", jnp.asarray(points, theta.dtype), theta, precision=dot_precision())
