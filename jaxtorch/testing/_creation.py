"""`make_tensor`: random values of any dtype, in an interval and a memory layout."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

from .._core import dtypes
from .._core.dtypes import finfo, iinfo
from .._core.tensor import Tensor
from ..nn._namespace import torch


def _interval(low, high, defaults: tuple, lowest, highest, d: dtypes.dtype) -> tuple:
    """The interval asked for, within what the dtype holds."""
    low = defaults[0] if low is None else low
    high = defaults[1] if high is None else high
    if any(isinstance(bound, float) and math.isnan(bound) for bound in (low, high)):
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    if low == high and (d.is_complex or _is_drawn(d)):
        warnings.warn(
            "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is deprecated since 2.1 "
            "and will be removed in 2.3. Use `torch.full(...)` instead.",
            FutureWarning,
            stacklevel=3,
        )
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    elif high < lowest or low >= highest:
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{low}, {high}), but {d} only supports "
            f"[{lowest}, {highest})"
        )
    return tuple(min(max(bound, lowest), highest) for bound in (low, high))


def _is_drawn(d: dtypes.dtype) -> bool:
    """Whether uniform numbers are drawn in the dtype itself."""
    return d.is_floating_point and d.itemsize > 1


def _fill(t: Tensor, low: float, high: float) -> Tensor:
    if high - low >= finfo(t.dtype).max:  # a range that the dtype does not hold: half of it, doubled
        return t.uniform_(low / 2, high / 2).mul_(2)
    return t.uniform_(low, high)


def _draw(shape: tuple, d: dtypes.dtype, device, low, high) -> Tensor:
    if d.is_complex or d.is_floating_point:
        limits = finfo(d)
        low, high = _interval(low, high, (-9, 9), limits.min, limits.max, d)
        if d.is_complex or _is_drawn(d):
            result = torch.empty(shape, dtype=d, device=device)
            _fill(torch.view_as_real(result) if d.is_complex else result, low, high)
            return result
        return _fill(torch.empty(shape, dtype=dtypes.float32, device=device), low, high).to(d)
    if d is dtypes.bool_:
        low, high = _interval(low, high, (0, 2), 0, 2, d)
    else:
        limits = iinfo(d)
        # randint takes its bounds as int64, which cannot say one more than the greatest int64
        above = limits.max if d is dtypes.int64 else limits.max + 1
        low, high = _interval(low, high, (-9, 10), limits.min, above, d)
    return torch.randint(math.ceil(low), math.ceil(high), shape, dtype=d, device=device)


def make_tensor(*shape, dtype, device, low: float | None = None, high: float | None = None,
                requires_grad: bool = False, noncontiguous: bool = False, exclude_zero: bool = False,
                memory_format=None) -> Tensor:  # fmt: skip
    """A tensor of values drawn uniformly from ``[low, high)``: PyTorch's numbers for PyTorch's seed.

    Args:
        shape: sizes, or one sequence of them.
        dtype, device: of the result.
        low, high: the interval, cut to what the dtype holds; by default [-9, 9) of floating and complex numbers,
            -9 to 9 of integers (from 0 of unsigned ones), both bools.
        requires_grad: of a floating or complex result.
        noncontiguous: every second element of the last dim of something twice as long.
        exclude_zero: put the smallest positive normal number (1 of integers) where a zero is.
        memory_format: of the result; not with ``noncontiguous``.

    Returns:
        A fresh tensor.

    Raises:
        ValueError: an empty or impossible interval, or options that exclude each other.

    Example:
        >>> import jaxtorch as torch
        >>> t = torch.testing.make_tensor(2, 3, dtype=torch.int64, device="cpu", low=0, high=1)
        >>> t.tolist()
        [[0, 0, 0], [0, 0, 0]]
    """
    if len(shape) == 1 and isinstance(shape[0], Sequence):
        shape = shape[0]
    shape = tuple(shape)
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, "
            f"but got {noncontiguous=} and {memory_format=}"
        )
    exact = not (dtype.is_floating_point or dtype.is_complex)
    if requires_grad and exact:
        raise ValueError(
            f"`requires_grad=True` is not supported for boolean and integral dtypes, but got {dtype=}"
        )
    stepped = noncontiguous and math.prod(shape) > 1
    result = _draw((*shape[:-1], 2 * shape[-1]) if stepped else shape, dtype, device, low, high)
    if stepped:
        result = result[..., 1::2]
    elif memory_format is not None:
        result = result.clone(memory_format=memory_format)
    if exclude_zero:
        result[result == 0] = 1 if exact else finfo(dtype).tiny
    if dtype.is_complex or _is_drawn(dtype):
        result.requires_grad_(requires_grad)
    return result
