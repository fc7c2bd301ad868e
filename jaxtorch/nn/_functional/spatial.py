"""Pooling, blocks and other functions of images and their kin."""

from __future__ import annotations

from math import prod

from .public import nn, public, torch


# -- maxima ---------------------------------------------------------------------------------------
def _max_pool(dims: int):
    """``max_pool{dims}d`` and ``max_pool{dims}d_with_indices``."""
    name = f"max_pool{dims}d"
    values = torch[name]
    both = (torch if dims == 1 else nn)[name + "_with_indices"]

    def pool(
        input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
        return_indices=False,
    ):  # fmt: skip
        find = both if return_indices else values
        return find(input, kernel_size, () if stride is None else stride, padding, dilation, ceil_mode)

    def pool_with_indices(
        input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
        return_indices=False,
    ):  # fmt: skip
        return both(input, kernel_size, () if stride is None else stride, padding, dilation, ceil_mode)

    pool.__name__, pool_with_indices.__name__ = name, name + "_with_indices"
    pool.__doc__, pool_with_indices.__doc__ = values.__doc__, both.__doc__
    return public(pool), public(pool_with_indices)


max_pool1d, max_pool1d_with_indices = _max_pool(1)
max_pool2d, max_pool2d_with_indices = _max_pool(2)
max_pool3d, max_pool3d_with_indices = _max_pool(3)


# -- adaptive -------------------------------------------------------------------------------------
def _filled_sizes(output_size, input, dims: int):
    """``output_size`` with the input's own sizes where it says None."""
    if isinstance(output_size, int):
        return output_size
    sizes = input.size()[-len(output_size) :]
    if len(input.size()) <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    return tuple(s if o is None else o for o, s in zip(output_size, sizes))


def _adaptive_max(dims: int):
    name = f"adaptive_max_pool{dims}d"
    both = (torch if dims == 1 else nn)[name]

    def pool(input, output_size, return_indices=False):
        found = both(input, _filled_sizes(output_size, input, dims))
        return found if return_indices else found[0]

    def pool_with_indices(input, output_size, return_indices=False):
        return both(input, _filled_sizes(output_size, input, dims))

    pool.__name__, pool_with_indices.__name__ = name, name + "_with_indices"
    pool.__doc__ = f"Maxima of as many parts of the last {dims} dim(s) as ``output_size`` says."
    pool_with_indices.__doc__ = both.__doc__
    return public(pool), public(pool_with_indices)


adaptive_max_pool1d, adaptive_max_pool1d_with_indices = _adaptive_max(1)
adaptive_max_pool2d, adaptive_max_pool2d_with_indices = _adaptive_max(2)
adaptive_max_pool3d, adaptive_max_pool3d_with_indices = _adaptive_max(3)
adaptive_avg_pool1d = torch["adaptive_avg_pool1d"]
avg_pool1d, avg_pool2d, avg_pool3d = torch["avg_pool1d"], nn["avg_pool2d"], nn["avg_pool3d"]


@public
def adaptive_avg_pool2d(input, output_size):
    """Means of as many parts of the last 2 dims as ``output_size`` says."""
    return nn["adaptive_avg_pool2d"](input, _filled_sizes(output_size, input, 2))


@public
def adaptive_avg_pool3d(input, output_size):
    """Means of as many parts of the last 3 dims as ``output_size`` says."""
    return nn["adaptive_avg_pool3d"](input, _filled_sizes(output_size, input, 3))


# -- power means ----------------------------------------------------------------------------------
def _each(value, dims: int) -> tuple[int, ...]:
    return (value,) * dims if isinstance(value, int) else tuple(value)


def _lp_pool(dims: int):
    def pool(input, norm_type, kernel_size, stride=None, ceil_mode=False):
        mean = (avg_pool1d, avg_pool2d, avg_pool3d)[dims - 1]
        kernel = _each(kernel_size, dims)
        out = mean(input.pow(norm_type), kernel, () if stride is None else stride, 0, ceil_mode)
        return (out.sign() * out.abs().relu()).mul(prod(kernel)).pow(1.0 / norm_type)

    pool.__name__ = f"lp_pool{dims}d"
    pool.__doc__ = f"""The ``norm_type``-norm of each window over the last {dims} dim(s)."""
    return public(pool)


lp_pool1d, lp_pool2d, lp_pool3d = (_lp_pool(d) for d in (1, 2, 3))


# -- the way back from maxima ---------------------------------------------------------------------
def _unpooled_size(input, kernel, stride, padding, output_size):
    """The size before pooling: as asked for, if pooling could have come from it."""
    dims = len(kernel)
    default = [
        (n - 1) * s + k - 2 * p
        for n, s, k, p in zip(input.size()[-dims:], stride, kernel, padding, strict=True)
    ]
    if output_size is None:
        return default
    asked = list(output_size)
    if len(asked) == dims + 2:
        asked = asked[2:]
    if len(asked) != dims:
        raise ValueError(
            f"output_size should be a sequence containing {dims} or {dims + 2} elements, but it has a "
            f"length of '{len(asked)}'"
        )
    for d, (o, default_size, s) in enumerate(zip(asked, default, stride, strict=True)):
        low, high = default_size - s, default_size + s
        if not low < o < high:
            raise ValueError(
                f'invalid output_size "{output_size}" (dim {d} must be between {low} and {high})'
            )
    return asked


def _max_unpool(dims: int):
    def unpool(input, indices, kernel_size, stride=None, padding=0, output_size=None):
        kernel = _each(kernel_size, dims)
        steps = kernel if stride is None else _each(stride, dims)
        size = _unpooled_size(input, kernel, steps, _each(padding, dims), output_size)
        if dims == 1:
            out = nn["max_unpool2d"](input.unsqueeze(-1), indices.unsqueeze(-1), [*size, 1])
            return out.squeeze(-1)
        return nn[f"max_unpool{dims}d"](input, indices, size)

    unpool.__name__ = f"max_unpool{dims}d"
    unpool.__doc__ = f"Zeros with the values of ``max_pool{dims}d`` put back where they were."
    return public(unpool)


max_unpool1d, max_unpool2d, max_unpool3d = (_max_unpool(d) for d in (1, 2, 3))


def _fractional_max_pool(dims: int):
    """``fractional_max_pool{dims}d`` and ``fractional_max_pool{dims}d_with_indices``."""
    name = f"fractional_max_pool{dims}d"

    def pool_with_indices(
        input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
    ):
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        if output_size is None:
            if len(output_ratio) > dims:
                raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
            output_size = [int(input.size(d - dims) * output_ratio[d]) for d in range(dims)]
        if _random_samples is None:
            batch = 1 if input.dim() == dims + 1 else input.size(0)
            shape = (batch, input.size(-dims - 1), dims)
            _random_samples = torch["rand"](shape, dtype=input.dtype, device=input.device)
        return nn[name](input, kernel_size, output_size, _random_samples)

    def pool(
        input, kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None
    ):
        both = pool_with_indices(
            input, kernel_size, output_size, output_ratio, return_indices, _random_samples
        )
        return both if return_indices else both[0]

    pool.__name__, pool_with_indices.__name__ = name, name + "_with_indices"
    pool.__doc__ = f"""The largest value of each of windows at random places over the last {dims} dims (Graham, 2014).

    Args:
        kernel_size: of the windows.
        output_size: of the result.
        output_ratio: instead, its sizes by those of ``input``.
        return_indices: whether the places of the values are wanted too.
        _random_samples: (batch, channels, {dims}), the random numbers.
    """
    pool_with_indices.__doc__ = f"(`{name}`, where in the plane of the input each value was)."
    return public(pool), public(pool_with_indices)


fractional_max_pool2d, fractional_max_pool2d_with_indices = _fractional_max_pool(2)
fractional_max_pool3d, fractional_max_pool3d_with_indices = _fractional_max_pool(3)


# -- blocks ---------------------------------------------------------------------------------------
@public
def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """The blocks of images under a sliding window, as columns.

    Args:
        input: (batch, channels, height, width), or without the batch.

    Returns:
        A fresh (batch, channels * kernel, blocks).
    """
    return nn["im2col"](input, *(_each(v, 2) for v in (kernel_size, dilation, padding, stride)))


@public
def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Columns added back into images where `unfold` takes them from."""
    sizes = (output_size, kernel_size, dilation, padding, stride)
    return nn["col2im"](input, *(_each(v, 2) for v in sizes))


pad = nn["pad"]
conv1d, conv2d, conv3d = torch["conv1d"], torch["conv2d"], torch["conv3d"]
conv_transpose1d, conv_transpose2d, conv_transpose3d = (
    torch[f"conv_transpose{d}d"] for d in (1, 2, 3)
)
conv_tbc = torch["conv_tbc"]


@public
def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """``input`` divided by ``(k + alpha * mean of squares) ** beta`` over ``size`` channels around."""
    n = input.dim()
    if n < 3:
        # PyTorch's text has these spaces
        raise ValueError(
            f"Expected 3D or higher dimensionality{' ' * 25} input (got {n} dimensions)"
        )
    if input.numel() == 0:
        return input
    square, sides = input.mul(input), (size // 2, (size - 1) // 2)
    if n == 3:
        mean = avg_pool2d(pad(square.unsqueeze(1), (0, 0, *sides)), (size, 1), stride=1).squeeze(1)
    else:
        shape = input.size()
        square = square.view(shape[0], 1, shape[1], shape[2], -1)
        mean = avg_pool3d(pad(square, (0, 0, 0, 0, *sides)), (size, 1, 1), stride=1)
        mean = mean.squeeze(1).view(shape)
    return input / mean.mul(alpha).add(k).pow(beta)
