"""Arithmetic rounded as PyTorch's kernels round it.

What PyTorch computes in one fused multiply-add is computed here in a wider type, or as an exact
sum of several numbers, and rounded once. Elementary functions in double are the C library's
(through `math`), because NumPy's own differ from it in the last place: about 50 ns a value.
Callers say whether NumPy shall warn of results that overflow.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

f4, f8 = np.float32, np.float64


def _elementwise(function):
    """Apply one of Python's `math` functions, hence the C library's, to a float64 array."""

    def apply(values: np.ndarray) -> np.ndarray:
        flat = np.fromiter(map(function, values.ravel().tolist()), f8, values.size)
        return flat.reshape(values.shape)

    return apply


def _exp_or_inf(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _log_or_inf(value: float) -> float:
    return math.log(value) if value else -math.inf


log, log1p = _elementwise(_log_or_inf), _elementwise(math.log1p)
sin, cos, tan = _elementwise(math.sin), _elementwise(math.cos), _elementwise(math.tan)
exp = _elementwise(_exp_or_inf)


def _toward(values: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Make the last bit of each inexact sum odd, so that rounding it once more is harmless."""
    even = (values.view(np.int64) & 1) == 0
    return np.where((error != 0) & even, np.nextafter(values, np.copysign(np.inf, error)), values)


def _two_sum(a, b):
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def near_tie(values: np.ndarray, ulps: int) -> np.ndarray:
    """Say where float64 values lie within `ulps` of halfway between two normal float32 numbers."""
    below = np.uint64(2**28 - ulps)
    return (values.view(np.uint64) - below) & np.uint64(2**29 - 1) <= np.uint64(2 * ulps)


def add_in_float32(products: np.ndarray, addend: float) -> np.ndarray:
    """Return float32(products + addend) rounded once; `products` are exact, in float64."""
    total = products + addend
    if 0 < abs(addend) < 2.0**-60:
        doubtful = np.arange(total.size)
    else:
        doubtful = np.flatnonzero(near_tie(total, 0))
    if doubtful.size and math.isfinite(addend):
        rounded, error = _two_sum(products[doubtful], addend)
        total[doubtful] = _toward(rounded, error)
    return total.astype(f4)


def fma32(values: np.ndarray, factor: float, addend: float) -> np.ndarray:
    """Return values * factor + addend of float32 numbers with one rounding."""
    if addend == 0:
        values = values * f4(factor) if factor != 1 else values
        return values + f4(addend)  # turns -0 into +0
    if factor == 1:
        return values + f4(addend)
    return add_in_float32(values.astype(f8) * factor, addend)


def _split(value):
    head = value * 134217729.0
    head = head - (head - value)
    return head, value - head


def _float_or_inf(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def fma64(values: np.ndarray, factor: float, addend: float) -> np.ndarray:
    """Return values * factor + addend of float64 numbers with one rounding.

    The exact product by halves (Dekker), added to the addend with what is left over of each sum;
    the rest is rounded to odd (Boldo and Melquiond 2008).
    """
    product = values * factor
    if addend == 0 or factor == 1 or not (math.isfinite(factor) and math.isfinite(addend)):
        return product + addend
    if not (2.0**-400 < abs(factor) < 2.0**400 and 2.0**-400 < abs(addend) < 2.0**400):
        wide = Fraction(factor)
        exact = (Fraction(v) * wide + Fraction(addend) for v in values.tolist())
        return np.fromiter(map(_float_or_inf, exact), f8, values.size)
    head, tail = _split(values)
    head_f, tail_f = _split(factor)
    low = ((head * head_f - product) + head * tail_f + tail * head_f) + tail * tail_f
    middle, least = _two_sum(low, addend)
    high, rest = _two_sum(product, middle)
    return high + _toward(*_two_sum(rest, least))
