"""Pooling: maxima and means of windows.

Windows are walked place by place (a slice of the input for each place of the kernel), which XLA
fuses into one pass; kernels of many places are gathered instead.
"""

from __future__ import annotations

from itertools import product as places
from math import prod as size

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core.dispatch import dispatch
from .._core.layout import contiguous
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor
from .dims import SAME_OUT, refuse
from .normalization import image_order

#: the most places of a kernel that are walked one by one
_WALKED = 64


def _many(name: str, what: str, value, dims: int) -> tuple[int, ...]:
    value = (value,) if isinstance(value, int) else tuple(value)
    if len(value) == 1:
        return value * dims
    if len(value) != dims:
        number = {1: "one int", 2: "two ints", 3: "three ints"}[dims]
        optional = "be omitted, a" if what == "stride" else "be a"
        start = f"{name}: {what} must either {optional}" if what != "padding" else f"{name}: {what} must either be a"
        raise RuntimeError(f"{start} single int, or a tuple of {number}")
    return value


def _count(n: int, kernel: int, stride: int, pad: int, dilation: int, ceil_mode: bool) -> int:
    """How many windows fit; with ``ceil_mode`` the last may reach over the end."""
    span = n + 2 * pad - dilation * (kernel - 1) - 1
    count = (span + (stride - 1 if ceil_mode else 0)) // stride + 1
    # the last window must start inside the input or the padding before it
    return count - 1 if ceil_mode and (count - 1) * stride >= n + pad else count


def _counts(shape, kernel, stride, pad, dilation, ceil_mode):
    spatial = shape[len(shape) - len(kernel) :]
    each = zip(spatial, kernel, stride, pad, dilation, strict=True)
    return tuple(_count(n, k, s, p, d, ceil_mode) for n, k, s, p, d in each)


def _check_window(kernel, stride, pad, dilation) -> None:
    if any(s == 0 for s in stride):
        raise RuntimeError("stride should not be zero")
    if any(k <= 0 for k in kernel):
        raise RuntimeError("kernel size should be greater than zero, but got " + _named("k", kernel))
    if any(p < 0 for p in pad):
        raise RuntimeError(f"pad must be non-negative, but got pad: {next(p for p in pad if p < 0)}")
    for k, p, d in zip(kernel, pad, dilation, strict=True):
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} "
                f"and dilation={d}"
            )
    if any(d <= 0 for d in dilation):
        raise RuntimeError("dilation should be greater than zero, but got " + _named("dilation", dilation))


def _named(what: str, values) -> str:
    return " ".join(f"{what}{axis}: {v}" for axis, v in zip("THW"[-len(values) :], values, strict=True))


def _check_output(shape, counts) -> None:
    if min(counts) < 1:
        lead = shape[len(shape) - len(counts) - 1]
        given, made = ("x".join(map(str, (lead, *s))) for s in (shape[len(shape) - len(counts) :], counts))
        raise RuntimeError(
            f"Given input size: ({given}). Calculated output size: ({made}). Output size is too small"
        )


def _order(layouts, **_):
    return (image_order(layouts[0]),)


# -- windows --------------------------------------------------------------------------------------
def _padded(x, counts, kernel, stride, pad, dilation, filler):
    """``x`` with ``filler`` around it, as far as the windows reach."""
    lead = x.ndim - len(kernel)
    edges = [(0, 0, 0)] * lead
    for n, c, k, s, p, d in zip(x.shape[lead:], counts, kernel, stride, pad, dilation, strict=True):
        reach = (c - 1) * s + d * (k - 1) + 1
        edges.append((p, reach - n - p, 0))
    return lax.pad(x, filler, edges)


def _slices(x, counts, kernel, stride, dilation):
    """(place in the kernel, what it meets in every window) for each place."""
    lead = x.ndim - len(kernel)
    for place in places(*[range(k) for k in kernel]):
        start = [i * d for i, d in zip(place, dilation, strict=True)]
        limit = [b + (c - 1) * s + 1 for b, c, s in zip(start, counts, stride, strict=True)]
        part = lax.slice(
            x, (0,) * lead + tuple(start), (*x.shape[:lead], *limit), (1,) * lead + tuple(stride)
        )
        yield place, part


def _spread(part, shape, place, kernel, stride, pad, dilation):
    """The adjoint of one slice of a padded input of ``shape``: a cotangent put back where it was read."""
    lead = part.ndim - len(kernel)
    edges = [(0, 0, 0)] * lead
    for n, c, i, s, p, d in zip(
        shape[lead:], part.shape[lead:], place, stride, pad, dilation, strict=True
    ):
        low = i * d - p
        edges.append((low, n - low - (c - 1) * s - 1, s - 1))
    return lax.pad(part, jnp.zeros((), part.dtype), edges)


def _gathered(x, counts, kernel, stride, dilation):
    """All windows of a padded input, their places in the last dim."""
    lead = x.ndim - len(kernel)
    for axis, (c, k, s, d) in enumerate(zip(counts, kernel, stride, dilation, strict=True)):
        index = np.arange(c)[:, None] * s + np.arange(k) * d
        x = jnp.take(x, index, axis=lead + 2 * axis)
    spatial = len(kernel)
    order = [*range(lead), *range(lead, lead + 2 * spatial, 2), *range(lead + 1, lead + 2 * spatial, 2)]
    return x.transpose(order).reshape(*x.shape[:lead], *counts, -1)


def _positions(shape, counts, kernel, stride, pad, dilation, place):
    """The flat index, in the plane of the input, of what each window has at ``place``."""
    flat = jnp.zeros((1,) * len(kernel), jnp.int64)
    for axis, (n, c, s, p, d) in enumerate(
        zip(shape[-len(kernel) :], counts, stride, pad, dilation, strict=True)
    ):
        where = jnp.arange(c, dtype=jnp.int64) * s + place[axis] * d - p
        flat = flat * n + where.reshape([-1 if a == axis else 1 for a in range(len(kernel))])
    return flat


# -- maxima ---------------------------------------------------------------------------------------
def _lowest(dtype):
    return jnp.asarray(-jnp.inf if dtype.kind in "fV" else jnp.iinfo(dtype).min, dtype)


def _check_max(self, *, kernel, stride, pad, dilation, ceil_mode, node):
    dims = len(kernel)
    # indices of one dim are found by the kernel for two, which takes integers
    _check_window(kernel, stride, pad, dilation)
    if node != "SqueezeBackward1":
        # PyTorch's texts for two and three dims differ
        if self.ndim not in (dims + 1, dims + 2):
            raise RuntimeError(
                f"non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input"
            )
        _check_lengths("max_pool3d_with_indices_out_cpu_template", self.shape, dims)
        _check_output(self.shape, _counts(self.shape, kernel, stride, pad, dilation, ceil_mode))
    if self.dtype.category not in (1, 2):
        raise refuse(f"max_pool{max(dims, 2)}d", self.dtype)


def _check_lengths(name: str, shape, dims: int) -> None:
    """PyTorch's error for volumes of no extent, which shows the length where it speaks of the dimension."""
    if 0 not in shape[len(shape) - dims - 1 :]:
        return
    if dims == 3:
        raise RuntimeError(
            f"{name}(): Expected input's non-batch dimensions to have positive length, but input has a shape of "
            f"{list(shape)} and non-batch dimension 0 has length zero!"
        )
    raise RuntimeError(
        f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 dim batch size for input, but "
        f"got:{list(shape)}"
    )


def _max_gradient(g, self, indices, kernel, stride, pad, dilation, ceil_mode):
    counts = g.shape[g.ndim - len(kernel) :]
    if size(kernel) > _WALKED:
        return put_at(g, indices, self.shape, len(kernel))
    if kernel == stride and set(dilation) == {1}:
        return _put_in_blocks(g, indices, self.shape, kernel, pad)
    out = jnp.zeros(self.shape, g.dtype)
    for place in places(*[range(k) for k in kernel]):
        here = indices == _positions(self.shape, counts, kernel, stride, pad, dilation, place)
        part = jnp.where(here, g, jnp.zeros((), g.dtype))
        out = out + _spread(part, self.shape, place, kernel, stride, pad, dilation)
    return out


def _put_in_blocks(g, indices, shape, kernel, pad):
    """As `put_at`, where windows neither overlap nor leave gaps: each element looks whether it is its window's largest.

    Measured, 128 x 16 x 26 x 26 by 2 x 2: 7 ms, against 15 for adding up what each place of the kernel puts back.
    """
    lead, dims = shape[: len(shape) - len(kernel)], len(kernel)
    counts = g.shape[len(lead) :]
    flat = np.int64(0)
    for axis, (n, c, k, p) in enumerate(zip(shape[len(lead) :], counts, kernel, pad, strict=True)):
        where = jnp.arange(c * k, dtype=jnp.int64) - p
        flat = flat * n + where.reshape([(c, k)[a % 2] if a // 2 == axis else 1 for a in range(2 * dims)])
    blocks = [size for pair in zip(counts, kernel, strict=True) for size in pair]

    def spread(x):
        return jnp.broadcast_to(x.reshape(*lead, *[m for c in counts for m in (c, 1)]), (*lead, *blocks))

    out = jnp.where(spread(indices) == flat, spread(g), jnp.zeros((), g.dtype))
    out = out.reshape(*lead, *[c * k for c, k in zip(counts, kernel, strict=True)])
    edges = [(-p, n - c * k + p, 0) for n, c, k, p in zip(shape[len(lead) :], counts, kernel, pad, strict=True)]
    return lax.pad(out, jnp.zeros((), g.dtype), [(0, 0, 0)] * len(lead) + edges)


def put_at(g, indices, shape, dims: int):
    """Cotangents of values taken at flat ``indices`` of planes of ``dims`` dims, added up there."""
    lead = size(shape[: len(shape) - dims])
    plane = size(shape[len(shape) - dims :])
    rows = jnp.arange(lead)[:, None]
    out = jnp.zeros((lead, plane), g.dtype).at[rows, indices.reshape(lead, -1)].add(g.reshape(lead, -1))
    return out.reshape(shape)


def take_at(x, indices, dims: int):
    """The values of planes of ``dims`` dims at flat ``indices``."""
    flat = x.reshape(*x.shape[: x.ndim - dims], -1)
    picked = jnp.take_along_axis(flat, indices.reshape(*flat.shape[:-1], -1), -1, mode="clip")
    return picked.reshape(indices.shape)


@op("max_pool(Tensor self, int[] kernel, int[] stride, int[] pad, int[] dilation, bool ceil_mode, str node)"
    " -> (values, indices)", forms="", check=_check_max, node=lambda node, **_: node,
    layout=lambda layouts, **_: (image_order(layouts[0]),) * 2, grad=_max_gradient)  # fmt: skip
def max_pool(self, *, kernel, stride, pad, dilation, ceil_mode, node):
    counts = _counts(self.shape, kernel, stride, pad, dilation, ceil_mode)
    low = _lowest(self.dtype)
    x = _padded(self, counts, kernel, stride, pad, dilation, low)
    if size(kernel) > _WALKED:
        return _max_by_gathering(self, x, counts, kernel, stride, pad, dilation)
    best = indices = None
    for place, part in _slices(x, counts, kernel, stride, dilation):
        where = jnp.broadcast_to(
            _positions(self.shape, counts, kernel, stride, pad, dilation, place), part.shape
        )
        if best is None:
            first = _first_inside(self.shape, counts, kernel, stride, pad, dilation)
            best, indices = jnp.full(part.shape, low), jnp.broadcast_to(first, part.shape)
        better = part > best
        if part.dtype.kind in "fV":
            better |= jnp.isnan(part)
        best, indices = jnp.where(better, part, best), jnp.where(better, where, indices)
    return best, indices


def _first_inside(shape, counts, kernel, stride, pad, dilation):
    """The flat index of each window's first place that is not padding."""
    flat = jnp.zeros((1,) * len(kernel), jnp.int64)
    for axis, (n, c, s, p, d) in enumerate(
        zip(shape[-len(kernel) :], counts, stride, pad, dilation, strict=True)
    ):
        start = np.arange(c) * s - p
        start = np.where(start < 0, start + -(start // d) * d, start)
        flat = flat * n + start.reshape([-1 if a == axis else 1 for a in range(len(kernel))])
    return flat


def _max_by_gathering(self, x, counts, kernel, stride, pad, dilation):
    windows = _gathered(x, counts, kernel, stride, dilation)
    place = jnp.unravel_index(jnp.argmax(windows, -1), kernel)
    flat = jnp.zeros((), jnp.int64)
    for axis, (n, c, s, p, d) in enumerate(
        zip(self.shape[-len(kernel) :], counts, stride, pad, dilation, strict=True)
    ):
        base = jnp.arange(c, dtype=jnp.int64) * s - p
        base = base.reshape([-1 if a == axis else 1 for a in range(len(kernel))])
        flat = flat * n + base + place[axis] * d
    return take_at(self, flat, len(kernel)), flat


_max_pool = registry["max_pool"]
_WINDOW = "dims kernel_size, dims stride=(), dims padding=0, dims dilation=1, bool ceil_mode=False"


def _parsed(name, kernel_size, stride, padding, dilation, dims):
    kernel = _many(name, "kernel_size", kernel_size, dims)
    stride = _many(name, "stride", stride, dims) if stride != () else kernel
    return kernel, stride, _many(name, "padding", padding, dims), _many(name, "dilation", dilation, dims)


def _max_pooled(name, self, kernel_size, stride, padding, dilation, ceil_mode, dims):
    if dims == 1:
        _check_line("max_pool1d", self)
    kernel, stride, pad, dilation = _parsed(name, kernel_size, stride, padding, dilation, dims)
    if dims == 1 and name == "max_pool1d":
        _check_max_line(name, self, kernel[0], stride[0], pad[0], dilation[0], ceil_mode)
    node = "SqueezeBackward1" if dims == 1 else f"MaxPool{dims}DWithIndicesBackward0"
    return dispatch(_max_pool, (self,), (kernel, stride, pad, dilation, ceil_mode, node))


def _check_line(name: str, self) -> None:
    if self.ndim not in (2, 3) or 0 in self.shape[-2:]:
        raise RuntimeError(
            f"{name}: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got:{list(self.shape)}"
        )


def _check_max_line(name, self, kernel, stride, pad, dilation, ceil_mode) -> None:
    for what, value in (("kernel_size", kernel), ("stride", stride)):
        if value <= 0:
            raise RuntimeError(f"max_pool1d() {what} must be greater than zero, but got {value}")
    if pad < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {pad}")
    if pad > kernel // 2:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={pad} and "
            f"kernel_size={kernel}"
        )
    if dilation <= 0:
        raise RuntimeError(f"max_pool1d() dilation must be greater than zero, but got {dilation}")
    count = _count(self.shape[-1], kernel, stride, pad, dilation, ceil_mode)
    if count <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {count}")
    if self.dtype.category != 2:
        raise refuse("max_pool1d_impl", self.dtype)


def _max_pool_family(dims: int) -> None:
    name = f"max_pool{dims}d"

    def values(self, kernel_size, stride, padding, dilation, ceil_mode):
        return _max_pooled(name, self, kernel_size, stride, padding, dilation, ceil_mode, dims)[0]

    values.__doc__ = f"""The largest value of each window over the last {dims} dim(s).

    Args:
        kernel_size: of the window.
        stride: from window to window; the kernel's size by default.
        padding: of -inf, on both sides.
        dilation: steps within a window.
        ceil_mode: whether a last window may reach over the end.
    """
    composite(f"{name}(Tensor self, {_WINDOW})", forms="function")(values)

    def with_indices(self, kernel_size, stride, padding, dilation, ceil_mode) -> tuple[Tensor, Tensor]:
        return _max_pooled(
            name + "_with_indices", self, kernel_size, stride, padding, dilation, ceil_mode, dims
        )

    with_indices.__doc__ = f"(`{name}`, where in the plane of the input each value was)."
    forms = "function" if dims == 1 else "nn"
    composite(f"{name}_with_indices(Tensor self, {_WINDOW})", forms=forms)(with_indices)


# -- means ----------------------------------------------------------------------------------------
def _check_avg(self, *, kernel, stride, pad, ceil_mode, count_include_pad, divisor_override, node):
    dims = len(kernel)
    _check_window(kernel, stride, pad, (1,) * dims)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if self.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input"
        )
    shape, counts = self.shape, _counts(self.shape, kernel, stride, pad, (1,) * dims, ceil_mode)
    if dims == 1:
        shape, counts = (*shape[:-1], 1, shape[-1]), (1, *counts)
    _check_lengths("avg_pool3d", shape, max(dims, 2))
    if dims == 3 and any(n < k for n, k in zip(shape[-3:], kernel, strict=True)):
        (t, h, w), (kt, kh, kw) = shape[-3:], kernel
        raise RuntimeError(
            f"input image (T: {t} H: {h} W: {w}) smaller than kernel size (kT: {kt} kH: {kh} kW: {kw})"
        )
    _check_output(shape, counts)
    if self.dtype.name not in ("int64", "float16", "bfloat16", "float32", "float64"):
        raise refuse(f"avg_pool{max(dims, 2)}d", self.dtype)


def _divisors(shape, counts, kernel, stride, pad, count_include_pad: bool):
    """How many elements each window's mean is over."""
    total = np.ones((1,) * len(kernel), np.int64)
    for axis, (n, c, k, s, p) in enumerate(
        zip(shape[-len(kernel) :], counts, kernel, stride, pad, strict=True)
    ):
        start = np.arange(c) * s - p
        end = np.minimum(start + k, n + p)
        length = end - start if count_include_pad else np.minimum(end, n) - np.maximum(start, 0)
        total = total * length.reshape([-1 if a == axis else 1 for a in range(len(kernel))])
    return total


@op("avg_pool(Tensor self, int[] kernel, int[] stride, int[] pad, bool ceil_mode, bool count_include_pad, "
    "int? divisor_override, str node)", forms="", promote="same", check=_check_avg, node=lambda node, **_: node,
    layout=_order)  # fmt: skip
def avg_pool(self, *, kernel, stride, pad, ceil_mode, count_include_pad, divisor_override, node):
    ones = (1,) * len(kernel)
    counts = _counts(self.shape, kernel, stride, pad, ones, ceil_mode)
    x = _padded(self, counts, kernel, stride, pad, ones, jnp.zeros((), self.dtype))
    if size(kernel) > _WALKED:
        lead = (1,) * (x.ndim - len(kernel))
        total = lax.reduce_window(
            x, np.zeros((), x.dtype), lax.add, lead + tuple(kernel), lead + tuple(stride), "VALID"
        )
    else:
        total = sum(part for _, part in _slices(x, counts, kernel, stride, ones))
    if divisor_override is not None:
        divisor = np.asarray(divisor_override)
    else:
        divisor = _divisors(self.shape, counts, kernel, stride, pad, count_include_pad)
    if total.dtype.kind == "i":  # pyright: ignore[reportAttributeAccessIssue]
        return lax.div(total, jnp.broadcast_to(jnp.asarray(divisor, total.dtype), total.shape))  # pyright: ignore
    return total / jnp.asarray(divisor, total.dtype)  # pyright: ignore[reportAttributeAccessIssue]


def _avg_pool_family(dims: int) -> None:
    name = f"avg_pool{dims}d"
    node = "SqueezeBackward1" if dims == 1 else f"AvgPool{dims}DBackward0"

    def pool(self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override=None):
        kernel, stride, pad, _ = _parsed(name, kernel_size, stride, padding, 1, dims)
        wrap_leading(self, dims)
        statics = (kernel, stride, pad, ceil_mode, count_include_pad, divisor_override, node)
        return dispatch(registry["avg_pool"], (self,), statics)

    pool.__doc__ = f"""The mean of each window over the last {dims} dim(s).

    Args:
        kernel_size: of the window.
        stride: from window to window; the kernel's size by default.
        padding: of zeros, on both sides.
        ceil_mode: whether a last window may reach over the end.
        count_include_pad: whether zeros of the padding count.
    """
    override = ", int? divisor_override=None" if dims > 1 else ""
    composite(
        f"{name}(Tensor self, dims kernel_size, dims stride=(), dims padding=0, bool ceil_mode=False, "
        f"bool count_include_pad=True{override})", forms="function nn" if dims == 1 else "nn out", exact_out=SAME_OUT,
    )(pool)  # fmt: skip


def wrap_leading(self, dims: int) -> None:
    """PyTorch's error for an input without channels."""
    if dims == 2 and self.ndim < dims + 1:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-self.ndim}, {self.ndim - 1}], but got "
            f"{-dims - 1})"
        )


for _dims in (1, 2, 3):
    _max_pool_family(_dims)
    _avg_pool_family(_dims)


# -- adaptive -------------------------------------------------------------------------------------
def _spans(n: int, parts: int):
    """(starts, ends) of the parts that cover a dim of size ``n``, overlapping where they must."""
    i = np.arange(parts)
    return i * n // parts, -(-(i + 1) * n // parts)


def _part_index(n: int, parts: int):
    """(index of every place of every part, whether the place is in the part)."""
    start, end = _spans(n, parts)
    places_ = np.arange(int((end - start).max(initial=1)))
    index = start[:, None] + places_
    return np.minimum(index, max(n - 1, 0)), index < end[:, None]


def _check_adaptive(name: str, self, output, kernel: str) -> None:
    dims = len(output)
    if self.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got {list(self.shape)}")
    for d in range(self.ndim - dims, self.ndim):
        if self.shape[d] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                f"{list(self.shape)} with dimension {d} being empty"
            )
    if self.dtype.category != 2:
        raise refuse(kernel, self.dtype)


def _check_adaptive_avg(self, *, output, node):
    dims = len(output)
    if any(o < 0 for o in output):
        # PyTorch pools one dim as the last of two
        shown = f"1, {output[0]}" if dims == 1 else f"{output[0]}, {','.join(map(str, output[1:]))}"
        raise RuntimeError(
            f"adaptive_avg_pool{max(dims, 2)}d: elements of output_size must be greater than or equal to 0 but "
            f"received {{{shown}}}"
        )
    _check_adaptive(f"adaptive_avg_pool{dims}d", self, output, f"adaptive_avg_pool{max(dims, 2)}d")


@op("adaptive_avg_pool(Tensor self, int[] output, str node)", forms="", promote="same", check=_check_adaptive_avg,
    layout=_order, node=lambda node, **_: node)  # fmt: skip
def adaptive_avg_pool(self, *, output, node):
    dims = len(output)
    axes = tuple(range(self.ndim - dims, self.ndim))
    if node == "MeanBackward1":
        return jnp.mean(self, axes, keepdims=True)
    for axis, parts in zip(axes, output, strict=True):
        index, inside = _part_index(self.shape[axis], parts)
        x = jnp.take(self, index, axis=axis)
        mask = inside.reshape([*inside.shape, *(1,) * (self.ndim - axis - 1)])
        total = jnp.sum(jnp.where(mask, x, jnp.zeros((), x.dtype)), axis + 1)
        length = inside.sum(1).reshape([-1, *(1,) * (self.ndim - axis - 1)])
        self = total / jnp.asarray(length, x.dtype)
    return self


def _adaptive_avg_family(dims: int) -> None:
    name = f"adaptive_avg_pool{dims}d"

    def pool(self, output_size):
        output = _output_size(name, output_size, dims)
        whole = dims > 1 and all(o == 1 for o in output)
        node = "MeanBackward1" if whole else f"AdaptiveAvgPool{dims}DBackward0"
        return dispatch(registry["adaptive_avg_pool"], (self,), (output, "SqueezeBackward1" if dims == 1 else node))

    pool.__doc__ = f"""Means of as many parts of the last {dims} dim(s) as ``output_size`` says."""
    composite(f"{name}(Tensor self, dims output_size)", forms="function nn" if dims == 1 else "nn")(pool)


def _output_size(name: str, given, dims: int) -> tuple[int, ...]:
    given = (given,) * dims if isinstance(given, int) else tuple(given)
    if len(given) == 1:
        given *= dims
    if len(given) != dims:
        if dims == 1:
            raise RuntimeError(f"{name}() argument 'output_size' should contain one int (got {len(given)})")
        internal = "(): internal error: output_size.size()" if "max" in name else ": output_size"
        raise RuntimeError(f"{name}{internal} must be {dims}")
    return given


def _check_adaptive_max(self, *, output, node):
    dims = len(output)
    if any(o < 0 for o in output):
        shown = [*self.shape[: self.ndim - dims], *([1] if dims == 1 else []), *output]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(output)}: {shown}")
    _check_adaptive(f"adaptive_max_pool{dims}d", self, output, f"adaptive_max_pool{max(dims, 2)}d")


@op("adaptive_max_pool(Tensor self, int[] output, str node) -> (values, indices)", forms="",
    check=_check_adaptive_max, node=lambda node, **_: node,
    layout=lambda layouts, **_: (image_order(layouts[0]), contiguous),
    grad=lambda g, self, indices, output: put_at(g, indices, self.shape, len(output)))  # fmt: skip
def adaptive_max_pool(self, *, output, node):
    dims = len(output)
    lead = self.ndim - dims
    x = self
    masks, starts = [], []
    for axis, parts in enumerate(output):
        index, inside = _part_index(self.shape[lead + axis], parts)
        x = jnp.take(x, index, axis=lead + 2 * axis)
        masks.append(inside)
        starts.append(index)
    order = [*range(lead), *range(lead, lead + 2 * dims, 2), *range(lead + 1, lead + 2 * dims, 2)]
    x = x.transpose(order)
    inside, flat = np.ones((1,) * 2 * dims, bool), np.zeros((1,) * 2 * dims, np.int64)
    for axis, (mask, index) in enumerate(zip(masks, starts, strict=True)):
        shape = [1] * (2 * dims)
        shape[axis], shape[dims + axis] = mask.shape
        inside = inside & mask.reshape(shape)
        flat = flat * self.shape[lead + axis] + index.reshape(shape)
    windows = jnp.where(inside, x, _lowest(x.dtype))
    windows = windows.reshape(*windows.shape[: lead + dims], -1)
    best = jnp.argmax(windows, -1)
    flat = jnp.broadcast_to(flat.reshape(*flat.shape[:dims], -1), windows.shape)
    indices = jnp.take_along_axis(flat, best[..., None], -1)[..., 0]
    return take_at(self, indices, dims), indices


def _adaptive_max_family(dims: int) -> None:
    name = f"adaptive_max_pool{dims}d"
    node = "SqueezeBackward1" if dims == 1 else f"AdaptiveMaxPool{dims}DBackward0"

    def pool(self, output_size):
        return dispatch(registry["adaptive_max_pool"], (self,), (_output_size(name, output_size, dims), node))

    pool.__doc__ = f"""(Maxima of as many parts of the last {dims} dim(s) as ``output_size`` says, where they were)."""
    composite(f"{name}(Tensor self, dims output_size)", forms="function" if dims == 1 else "nn")(pool)


for _dims in (1, 2, 3):
    _adaptive_avg_family(_dims)
    _adaptive_max_family(_dims)


# -- the way back ---------------------------------------------------------------------------------
def _unpool_outside(self, indices, *, output_size):
    return jnp.any((indices < 0) | (indices >= size(output_size)))


def _unpool_error(self, indices, *, output_size):
    values, plane = indices._host(), size(output_size)
    wrong = values[(values < 0) | (values >= plane)][-1]
    shown = "x".join(map(str, output_size))
    return RuntimeError(f"Found an invalid max index: {wrong} (output volumes are of size {shown})")


def _check_unpool(self, indices, *, output_size):
    if indices.dtype.name != "int64":
        raise RuntimeError(
            f"elements in indices should be type int64 but got: {indices.dtype.title}"
        )
    if self.shape != indices.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(self.shape)}) but got "
            f"indices tensor with shape: {list(indices.shape)}"
        )
    if self.dtype.category != 2:
        raise refuse(f"max_unpool{len(output_size)}d", self.dtype)


@op("max_unpool(Tensor self, Tensor indices, int[] output_size)", forms="", check=_check_unpool,
    bounds=_unpool_outside, bounds_error=_unpool_error,
    node=lambda output_size: f"MaxUnpool{len(output_size)}DBackward0",
    grad=lambda g, indices, output_size: (take_at(g, indices, len(output_size)), None))  # fmt: skip
def max_unpool(self, indices, *, output_size):
    lead = self.shape[: self.ndim - len(output_size)]
    rows = jnp.arange(size(lead))[:, None]
    flat = jnp.zeros((size(lead), size(output_size)), self.dtype)
    flat = flat.at[rows, indices.reshape(size(lead), -1)].set(self.reshape(size(lead), -1))
    return flat.reshape(*lead, *output_size)


def _unpool_family(dims: int) -> None:
    def unpool(self, indices, output_size):
        return dispatch(registry["max_unpool"], (self, indices), (tuple(output_size),))

    unpool.__doc__ = f"Zeros of ``output_size`` with ``self`` at ``indices``: undoes max_pool{dims}d."
    composite(f"max_unpool{dims}d(Tensor self, Tensor indices, int[] output_size)", forms="nn")(unpool)


for _dims in (2, 3):
    _unpool_family(_dims)
