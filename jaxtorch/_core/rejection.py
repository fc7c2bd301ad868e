"""Samplers that reject: how many uniforms one number takes depends on the numbers themselves.

They run one element after another in Python, a few microseconds each, because where one element
stops drawing the next begins. Parameters come as arrays in logical order, which is PyTorch's order
here, and the results have their shape.
"""

from __future__ import annotations

import ctypes
import math

import numpy as np

from . import dtypes
from .box_muller import normal_pair
from .mt19937 import DoubleStream, Engine

_SUPPORTED = (dtypes.float32, dtypes.float64)


def _require(kernel: str, array: np.ndarray, allowed=_SUPPORTED) -> None:
    d = dtypes.from_numpy(array.dtype)
    if d not in allowed:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{d.title}'")


def _load_lgamma():
    """The C library's lgamma; Python's own rounds differently and stands in where there is none."""
    try:
        function = ctypes.CDLL(None).lgamma
    except (AttributeError, OSError, TypeError):
        return math.lgamma
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double]
    return function


_lgamma = _load_lgamma()


def _int64(value: float) -> int:
    """Convert as x86 does: what does not fit becomes the smallest int64."""
    return int(value) if -(2.0**63) <= value < 2.0**63 else -(2**63)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf if value == 0 else math.nan


def _normal(engine: Engine, uniform: DoubleStream) -> float:
    """One standard normal of the serial kind, by way of the engine's cache."""
    cached = engine.cached_normal
    if cached is not None:
        engine.cached_normal = None
        return cached
    u1 = uniform()
    first, engine.cached_normal = normal_pair(u1, uniform())
    return first


# --- Poisson --------------------------------------------------------------------------------------


def _poisson(rate: float, uniform: DoubleStream) -> float:
    if rate >= 10:
        return _poisson_large(rate, uniform)
    count, product, limit = 0.0, 1.0, math.exp(-rate)
    while rate:
        product *= uniform()
        if product <= limit:
            break
        count += 1
    return count


def _poisson_large(rate: float, uniform: DoubleStream) -> float:
    """Transformed rejection with squeeze (Hörmann 1993, PTRS)."""
    log_rate = math.log(rate)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    squeeze = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = uniform() - 0.5
        v = uniform()
        us = 0.5 - abs(u)
        slope = 2 * a / us if us else math.inf
        scaled = (slope + b) * u + rate + 0.43
        k = float(math.floor(scaled)) if math.isfinite(scaled) else scaled
        if us >= 0.07 and v <= squeeze:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        bound = -rate + k * log_rate - _lgamma(k + 1)
        if _log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b) <= bound:
            return k


def poisson(engine: Engine, rates: np.ndarray) -> np.ndarray:
    """Poisson counts in the dtype of `rates`, as `torch.poisson`.

    Example:
        >>> poisson(Engine(0), np.array([0.5, 3, 20, 100], np.float32)).tolist()
        [2.0, 4.0, 21.0, 99.0]
    """
    _require("poisson_cpu", rates, (*_SUPPORTED, dtypes.float16, dtypes.bfloat16))
    counts = []
    with DoubleStream(engine) as uniform:
        for rate in rates.astype(np.float64).ravel().tolist():
            if not rate >= 0:
                raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
            counts.append(_int64(_poisson(rate, uniform)))
    out = np.array(counts, np.int64).reshape(rates.shape)
    with np.errstate(over="ignore"):
        return (out if rates.dtype == np.float64 else out.astype(np.float32)).astype(rates.dtype)


# --- gamma and Dirichlet --------------------------------------------------------------------------

# PyTorch writes these two as float32 literals.
_THIRD, _SQUEEZE = float(np.float32(1) / np.float32(3)), float(np.float32(0.0331))


def _gamma(engine: Engine, alpha: float, real: type, uniform: DoubleStream) -> float:
    """Marsaglia and Tsang (2000), the shape below one boosted; `real` is the input's precision."""
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        scale = (1 - uniform()) ** float(real(1) / real(alpha))
        alpha = float(real(alpha) + real(1))
    d = float(real(alpha) - real(_THIRD))
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = _normal(engine, uniform)
        while (y := 1.0 + c * x) <= 0:
            x = _normal(engine, uniform)
        v = y * y * y
        u = 1 - uniform()
        xx = x * x
        if u < 1.0 - _SQUEEZE * xx * xx:
            return scale * d * v
        if _log(u) < 0.5 * xx + d * (1.0 - v + _log(v)):
            return scale * d * v


def standard_gamma(engine: Engine, alpha: np.ndarray) -> np.ndarray:
    """Gamma numbers of shape parameter `alpha` (float32 or float64) and scale 1."""
    _require("gamma_cpu", alpha)
    real = alpha.dtype.type
    with DoubleStream(engine) as uniform, np.errstate(over="ignore"):
        values = [_gamma(engine, a, real, uniform) for a in alpha.ravel().tolist()]
    out = np.array(values, np.float64).astype(alpha.dtype).reshape(alpha.shape)
    return np.maximum(out, np.finfo(alpha.dtype).tiny)


def _sum_last(values: np.ndarray) -> np.ndarray:
    """Add up the last dimension in the order of PyTorch's vector kernel of four doubles."""
    size = values.shape[-1]
    vectors = values[..., : size - size % 4].reshape(*values.shape[:-1], -1, 4)
    lanes = _sum_rows(vectors) if vectors.size else np.zeros((*values.shape[:-1], 4))
    parts = [values[..., i] for i in range(size - size % 4, size)]
    if vectors.size:
        parts += [lanes[..., i] for i in range(4)]
    total = np.zeros(values.shape[:-1])
    for part in parts:
        total = total + part
    return total


def _sum_rows(vectors: np.ndarray) -> np.ndarray:
    """Add up (..., n, 4) over n in four interleaved partial sums, each cascading over levels."""
    count = vectors.shape[-2]
    whole = count // 4
    quads = vectors[..., : 4 * whole, :].reshape(*vectors.shape[:-2], whole, 4, 4)
    power = max(4, (whole - 1).bit_length() // 4 if whole > 1 else 0)
    step = 1 << power
    levels = [np.zeros(quads.shape[:-3] + (4, 4)) for _ in range(4)]
    done = 0
    while done + step <= whole:
        for _ in range(step):
            levels[0] = levels[0] + quads[..., done, :, :]
            done += 1
        for level in range(1, 4):
            levels[level] = levels[level] + levels[level - 1]
            levels[level - 1] = np.zeros_like(levels[0])
            if done & ((step - 1) << (level * power)):
                break
    for i in range(done, whole):
        levels[0] = levels[0] + quads[..., i, :, :]
    partial = levels[0] + levels[1] + levels[2] + levels[3]
    first = partial[..., 0, :]
    for i in range(4 * whole, count):
        first = first + vectors[..., i, :]
    return first + partial[..., 1, :] + partial[..., 2, :] + partial[..., 3, :]


def dirichlet(engine: Engine, alpha: np.ndarray) -> np.ndarray:
    """Points of the simplex along the last dimension of `alpha` (float32 or float64)."""
    _require("dirichlet", alpha)
    gammas = standard_gamma(engine, alpha.astype(np.float64))
    shares = gammas / _sum_last(gammas)[..., None]
    real = alpha.dtype.type
    return np.clip(
        shares.astype(alpha.dtype), np.finfo(alpha.dtype).tiny, np.nextafter(real(1), real(0))
    )


# --- binomial -------------------------------------------------------------------------------------

_STIRLING = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
    0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
    0.00925546218271273, 0.00833056343336287,
)  # fmt: skip


def _stirling_tail(k: float) -> float:
    """The remainder of Stirling's series for log k!, from a table or its first three terms."""
    if k <= 9:
        return _STIRLING[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


def _binomial_small(count: float, p: float, uniform: DoubleStream) -> float:
    """Successes as the number of geometric waiting times that fit into `count` trials."""
    log_failure = math.log1p(-p)
    waited, successes = 0.0, 0.0
    while True:
        logarithm = _log(uniform())
        waited += math.ceil(logarithm / log_failure) if logarithm > -math.inf else math.inf
        if waited > count:
            return successes
        successes += 1


def _binomial_large(count: float, p: float, real: type, uniform: DoubleStream) -> float:
    """Transformed rejection with squeeze (Hörmann 1993, BTRS).

    What involves the parameters alone, or them and k, is in the precision `real` of the input.
    """
    deviation = float(np.sqrt(real(count) * real(p) * (real(1) - real(p))))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = float(real(count) * real(p)) + 0.5
    squeeze = 0.92 - 4.2 / b
    odds = float(real(p) / (real(1) - real(p)))
    alpha = (2.83 + 5.1 / b) * deviation
    more = float(real(count) + real(1))
    mode = float(np.floor(real(more) * real(p)))
    while True:
        u = uniform() - 0.5
        v = uniform()
        us = 0.5 - abs(u)
        if us == 0:
            continue
        k = float(real(math.floor((2 * a / us + b) * u + c)))
        if k < 0 or k > count:
            continue
        if us >= 0.07 and v <= squeeze:
            return k
        v = _log(v * alpha / (a / (us * us) + b))
        failures = float(real(count) - real(k))
        more_failures = float(real(failures) + real(1))
        bound = (
            (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
            + more * math.log((count - mode + 1) / more_failures)
            + (k + 0.5) * math.log(odds * more_failures / float(real(k) + real(1)))
            + _stirling_tail(mode)
            + _stirling_tail(count - mode)
            - _stirling_tail(k)
            - _stirling_tail(failures)
        )
        if v <= bound:
            return k


def _binomial(count: float, p: float, real: type, uniform: DoubleStream) -> float:
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    if p > 0.5:
        return count - _binomial(count, float(real(1.0 - p)), real, uniform)
    if p != p or count != count:
        return math.nan
    if real(count) * real(p) >= 10:
        return _binomial_large(count, p, real, uniform)
    return _binomial_small(count, p, uniform)


def binomial(engine: Engine, count: np.ndarray, prob: np.ndarray) -> np.ndarray:
    """Binomial counts of `count` trials with chance `prob`, of one shape and dtype.

    Differs from PyTorch: a count of NaN gives NaN (PyTorch never returns).
    """
    for name, array in (("count", count), ("prob", prob)):
        d = dtypes.from_numpy(array.dtype)
        if not d.is_floating_point:
            raise ValueError(
                f"binomial only supports floating-point dtypes for {name}, got: {d.title}"
            )
    _require("binomial_cpu", count)
    real = count.dtype.type
    with DoubleStream(engine) as uniform:
        values = [
            _binomial(n, p, real, uniform)
            for n, p in zip(count.ravel().tolist(), prob.ravel().tolist(), strict=True)
        ]
    return np.array(values, np.float64).astype(count.dtype).reshape(count.shape)
