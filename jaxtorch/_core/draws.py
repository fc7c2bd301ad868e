"""What PyTorch's CPU samplers make of the engine's words: NumPy arrays out, bit for bit.

Every function draws from an `Engine` exactly the words that PyTorch 2.13 draws on x86-64 with AVX2
and returns a fresh one-dimensional array whose elements are in *memory order*: the caller lays them
out (fills of a tensor that is not contiguous follow its memory, not its indices). Samplers that
take an array of parameters take it in the order in which PyTorch visits it and return its shape.

`dtype` is anything `numpy.dtype` takes, a dtype's name, or one of this package's dtypes. Parameters
are checked as PyTorch checks them, with its exceptions and texts.
"""

from __future__ import annotations

import math
import sys
import warnings
from functools import cache

import ml_dtypes
import numpy as np

from . import dtypes, rounding
from .box_muller import PIECE, normal_pair, normals32, normals64
from .mt19937 import Engine

f4, f8, i4 = np.float32, np.float64, np.int32

_HALVES = {dtypes.float16, dtypes.bfloat16}
_FLOATS = {dtypes.float32, dtypes.float64, *_HALVES}
_INTEGERS = {dtypes.uint8, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64}
_WIDE_UNSIGNED = {dtypes.uint16, dtypes.uint32, dtypes.uint64}
_DIGITS = {dtypes.float64: 53, dtypes.float32: 24, dtypes.float16: 11, dtypes.bfloat16: 8}
# These messages come from demangled C++ names, which spell out the int.
_DEMANGLED = {
    "short": "short int", "long": "long int", "unsigned short": "short unsigned int",
    "unsigned long": "long unsigned int",
}  # fmt: skip


def resolve(dtype) -> dtypes.dtype:
    """Return the package's dtype for a NumPy dtype, a name, or itself."""
    if isinstance(dtype, dtypes.dtype):
        return dtype
    return dtypes.BY_NAME[dtype] if isinstance(dtype, str) else dtypes.from_numpy(dtype)


@cache
def _largest(d: dtypes.dtype) -> float:
    return float(ml_dtypes.finfo(d.np).max)


def _demangled(d: dtypes.dtype) -> str:
    return _DEMANGLED.get(d.cpp, d.cpp)


def _require(kernel: str, d: dtypes.dtype, allowed: set) -> None:
    if d not in allowed:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{d.title}'")


def _narrow(values: np.ndarray, d: dtypes.dtype) -> np.ndarray:
    """Round float64 values to a floating dtype, the half types by way of float32."""
    return (values.astype(f4) if d in _HALVES else values).astype(d.np, copy=False)


def _quiet():
    """Let results be infinite or NaN without NumPy's warnings, as PyTorch does."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


_PIECE = 2**14
"""Elements made at a time, so that what stands between words and result stays in cache."""


def _fill(engine: Engine, numel: int, d: dtypes.dtype, draw) -> np.ndarray:
    """Return `numel` elements of which `draw(count)` makes the next few, as one draw."""
    with engine.lock, _quiet():
        if numel <= _PIECE:
            return draw(numel).astype(d.np, copy=False)
        out = np.empty(numel, d.np)
        for start in range(0, numel, _PIECE):
            out[start : start + _PIECE] = draw(min(_PIECE, numel - start))
    return out


# --- uniforms -------------------------------------------------------------------------------------

_LOW24 = np.uint32(2**24 - 1)


def _words24(engine: Engine, count: int) -> np.ndarray:
    words = engine.words32(count)
    words &= _LOW24
    return words


def _check_bounds(d: dtypes.dtype, low: float, high: float) -> None:
    limit = _largest(d)
    for name, bound in (("from", low), ("to", high)):
        if not -limit <= bound <= limit:
            raise RuntimeError(f"{name} is out of bounds for {_demangled(d)}")
    if low > high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
        )
    if high - low > limit:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{d.title}>::max(), but found "
            f"to={high:g} and from={low:g} which result in to-from to exceed the limit"
        )


def uniform(engine: Engine, numel: int, dtype, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Uniform numbers in [low, high), as `uniform_` and `rand`; complex: both parts.

    Example:
        >>> uniform(Engine(0), 2, "float32").tolist()
        [0.49625658988952637, 0.7682217955589294]
    """
    d = resolve(dtype)
    if d.is_complex:
        if numel == 0:
            return np.empty(0, d.np)
        return uniform(engine, 2 * numel, d.to_real(), low, high).view(d.np)
    _require("check_uniform_bounds", d, _FLOATS)
    _check_bounds(d, low, high)
    real = f8 if d is dtypes.float64 else f4
    low, high = float(real(low)), float(real(high))
    standard = (low, high) == (0.0, 1.0)
    span = float(real(high) - real(low))

    def draw(count: int) -> np.ndarray:
        if d is dtypes.float64:
            out = engine.doubles(count)
            if not standard:
                out = rounding.fma64(out, span, low)
        elif standard:
            out = _words24(engine, count).astype(f4)
            out *= f4(2.0**-24)
        else:
            out = rounding.add_in_float32(_words24(engine, count) * f8(span * 2.0**-24), low)
        out = out.astype(d.np, copy=False)
        if not standard or d in _HALVES:
            out[out == d.np.type(high)] = low
        return out

    return _fill(engine, numel, d, draw)


# --- normals --------------------------------------------------------------------------------------


def _grouped_normals(engine: Engine, numel: int, d: dtypes.dtype, finish) -> np.ndarray:
    """Return normals for a contiguous tensor of at least 16 elements, `finish` applied."""
    transform, draw, width = normals32, engine.words32, 1
    if d is dtypes.float64:
        transform, draw, width = normals64, engine.doubles, 2
    out = np.empty(numel, d.np)
    ragged = numel % 16
    body = numel - ragged
    for start in range(0, body, PIECE):
        stop = min(start + PIECE, body)
        source = draw(stop - start)
        last = ragged and stop == body
        if last:  # the last 16 elements are made anew from 16 more draws
            if d not in _HALVES:
                engine.skip(ragged * width)
            source = np.concatenate((source, draw(16)))
        normals = finish(transform(source))
        out[start:stop] = normals[: stop - start]
        if last:
            out[-16:] = normals[-16:]
    return out


def _serial_normals(engine: Engine, count: int) -> np.ndarray:
    """Return `count` standard normals, float64, taken in pairs through the engine's cache."""
    cached = engine.cached_normal
    out = [] if cached is None else [cached]
    uniforms = engine.doubles((count - len(out) + 1) // 2 * 2).tolist()
    for u1, u2 in zip(uniforms[::2], uniforms[1::2]):
        out += normal_pair(u1, u2)
    engine.cached_normal = out.pop() if len(out) > count else None
    return np.array(out, f8)


def normal(
    engine: Engine, numel: int, dtype, mean: float = 0.0, std: float = 1.0, contiguous: bool = True
) -> np.ndarray:
    """Normal numbers, as `normal_` and `randn`; complex: both parts, the variance shared.

    Args:
        contiguous: whether the tensor to fill is contiguous in the default format. If so, and from
            16 elements on, PyTorch makes other numbers than one pair after the other.

    Example:
        >>> normal(Engine(0), 2, "float32").tolist()
        [1.5409960746765137, -0.293428897857666]
    """
    d = resolve(dtype)
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    if numel == 0:
        return np.empty(0, d.np)
    if d.is_complex:
        std /= math.sqrt(2.0)
        return normal(engine, 2 * numel, d.to_real(), mean, std, contiguous).view(d.np)
    _require("normal_kernel_cpu", d, _FLOATS)
    if numel < 16 or not contiguous:

        def draw(count: int) -> np.ndarray:
            return _narrow(rounding.fma64(_serial_normals(engine, count), std, mean), d)

        return _fill(engine, numel, d, draw)

    def finish(normals: np.ndarray) -> np.ndarray:
        fused = rounding.fma64 if d is dtypes.float64 else rounding.fma32
        return fused(normals, std, mean)

    with engine.lock, _quiet():
        if d is not dtypes.float64:
            std, mean = float(f4(std)), float(f4(mean))
        return _grouped_normals(engine, numel, d, finish)


def log_normal(
    engine: Engine, numel: int, dtype, mean: float = 1.0, std: float = 2.0
) -> np.ndarray:
    """Exponentials of serial normals, as `log_normal_`."""
    d = resolve(dtype)
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    if numel == 0:
        return np.empty(0, d.np)
    _require("log_normal_cpu", d, _FLOATS)

    def draw(count: int) -> np.ndarray:
        normals = rounding.fma64(_serial_normals(engine, count), std, mean)
        return _narrow(rounding.exp(normals), d)

    return _fill(engine, numel, d, draw)


# --- other continuous and geometric ---------------------------------------------------------------


def _continuous(family: str, name: str) -> str:
    return (
        f"{family} distribution is a continuous probability distribution. "
        f"dtype must be a floating point but you specified {name}"
    )


def exponential(engine: Engine, numel: int, dtype, lambd: float = 1.0) -> np.ndarray:
    """Exponential numbers of rate `lambd`, as `exponential_`."""
    d = resolve(dtype)
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    if numel == 0:
        return np.empty(0, d.np)
    if not d.is_floating_point:
        raise RuntimeError(_continuous("Exponential", d.title))
    _require("exponential_cpu", d, _FLOATS)
    scale = -1.0 / lambd

    def draw(count: int) -> np.ndarray:
        negative = -engine.doubles(count)
        if d is dtypes.float64:
            return scale * rounding.log1p(negative)
        # NumPy's log1p is ten times as fast, and its few units in the last place of float64 show
        # in float32 only next to a tie (or below its normal range): those are computed again.
        out = scale * np.log1p(negative)
        doubtful = rounding.near_tie(out, 16) | (out < 2.0**-126)
        if doubtful.any():
            out[doubtful] = scale * rounding.log1p(negative[doubtful])
        return _narrow(out, d)

    return _fill(engine, numel, d, draw)


def cauchy(
    engine: Engine, numel: int, dtype, median: float = 0.0, sigma: float = 1.0
) -> np.ndarray:
    """Cauchy numbers, as `cauchy_`."""
    d = resolve(dtype)
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    if not d.is_floating_point:
        raise RuntimeError(_continuous("Cauchy", _demangled(d)))
    if numel == 0:
        return np.empty(0, d.np)
    _require("cauchy_cpu", d, _FLOATS)

    def draw(count: int) -> np.ndarray:
        tangents = rounding.tan(math.pi * (engine.doubles(count) - 0.5))
        return _narrow(rounding.fma64(tangents, sigma, median), d)

    return _fill(engine, numel, d, draw)


def geometric(engine: Engine, numel: int, dtype, p: float) -> np.ndarray:
    """The number of trials until the first success, as `geometric_`."""
    d = resolve(dtype)
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    if numel == 0:
        return np.empty(0, d.np)
    _require("geometric_cpu", d, _FLOATS | _INTEGERS)
    scale = math.log1p(-p)

    def draw(count: int) -> np.ndarray:
        trials = np.ceil(rounding.log(engine.doubles(count)) / scale)
        return _narrow(trials, d) if d.is_floating_point else _overflow(trials, d)

    return _fill(engine, numel, d, draw)


def _overflow(values: np.ndarray, d: dtypes.dtype) -> np.ndarray:
    """Convert to an integer dtype as x86 does, by way of a register of 32 or 64 bits.

    What does not fit becomes the smallest integer of that register.
    """
    register = np.int64 if d is dtypes.int64 else i4
    limit = 2.0 ** (np.iinfo(register).bits - 1)
    return np.where(values < limit, values, -limit).astype(register).astype(d.np, copy=False)


# --- Bernoulli ------------------------------------------------------------------------------------


def bernoulli(engine: Engine, numel: int, dtype, p: float = 0.5) -> np.ndarray:
    """Ones with probability `p`, else zeros, as `bernoulli_(p)` and the masks of dropout."""
    d = resolve(dtype)
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    if numel == 0:
        return np.empty(0, d.np)
    _require("bernoulli_scalar_cpu_", d, _FLOATS | _INTEGERS | {dtypes.bool_})
    below = np.uint64(math.ceil(p * 2.0**53))
    return _fill(engine, numel, d, lambda count: engine.words53(count) < below)


NO_PROBABILITY = (
    "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  "
    "If so, please report an enhancement request to PyTorch.)"
)


def require_bernoulli(d: dtypes.dtype, given: dtypes.dtype) -> None:
    """Raise PyTorch's error where ``bernoulli`` has no kernel for the dtypes of result and probabilities."""
    _require("bernoulli_tensor_cpu_self_", d, _FLOATS | _INTEGERS | {dtypes.bool_})
    _require("bernoulli_tensor_cpu_p_", given, _FLOATS)


def bernoulli_tensor(engine: Engine, probabilities: np.ndarray, dtype=None) -> np.ndarray:
    """Ones with the probability at each place, as `bernoulli(p)` and `bernoulli_(p)`.

    Args:
        probabilities: floating point, any shape.
        dtype: of the result; that of `probabilities` when None.
    """
    given = resolve(probabilities.dtype)
    d = given if dtype is None else resolve(dtype)
    require_bernoulli(d, given)
    p = probabilities if given is dtypes.float64 else probabilities.astype(f4)
    valid = (p >= 0) & (p <= 1)
    if not valid.all():
        drawn = int(valid.argmin())  # PyTorch checks each one in its turn
        engine.skip(2 * drawn if given is dtypes.float64 else drawn)
        raise RuntimeError(NO_PROBABILITY)
    uniforms = uniform(
        engine, p.size, dtypes.float64 if given is dtypes.float64 else dtypes.float32
    )
    return (uniforms.reshape(p.shape) < p).astype(d.np)


def dropout_noise(engine: Engine, numel: int, dtype, p: float) -> np.ndarray:
    """The factor that `dropout` multiplies by: 0 with probability `p`, else 1 / (1 - p).

    For p = 0 and p = 1 PyTorch's dropout draws nothing and does not come here.
    """
    d = resolve(dtype)
    noise = bernoulli(engine, numel, d, 1.0 - p)
    if d not in _FLOATS:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {d.title}")
    wide = f8 if d is dtypes.float64 else f4
    return noise * (wide(1.0) / wide(1.0 - p)).astype(d.np)


# --- integers -------------------------------------------------------------------------------------

_MIN64, _MAX64 = -(2**63), 2**63 - 1
_NARROW_RANGE = 2**28
"""Ranges below this take one word a number, others two."""


def _as_int64(d: dtypes.dtype, value: int) -> int:
    """Return int64(T(value)) as x86 computes it: out of range becomes the smallest int64."""
    if d in _HALVES:
        value = f4(value)  # pyright: ignore[reportAssignmentType]
    with np.errstate(over="ignore"):
        stored = float(d.np.type(value))
    return int(stored) if -(2.0**63) <= stored < 2.0**63 else _MIN64


def _ulp(value: int, digits: int) -> int:
    return 2 ** max(abs(value).bit_length() - digits, 0)


def _pull_in_from(d: dtypes.dtype, low: int) -> int:
    stored = _as_int64(d, low + 1)
    return stored + _ulp(low + 1, _DIGITS[d]) if stored < low else low


def _pull_in_to(d: dtypes.dtype, high: int) -> int:
    stored = _as_int64(d, high - 1)
    return stored - _ulp(high - 1, _DIGITS[d]) if stored >= high else high


def _integer_limits(d: dtypes.dtype) -> tuple[int, int]:
    if d is dtypes.bool_:
        return 0, 1
    info = np.iinfo(d.np)
    return int(info.min), int(info.max)


def _check_integers(d: dtypes.dtype, low: int, last: int) -> None:
    if d.is_floating_point:
        smallest, largest = -_largest(d), _largest(d)
    else:
        smallest, largest = _integer_limits(d)
    bounds = (("from", low), ("to - 1", last))
    for name, value in bounds:
        if not smallest <= value <= largest:
            raise RuntimeError(f"{name} is out of bounds for {_demangled(d)}")
    for name, value in bounds if d.is_floating_point else ():
        digits = _DIGITS[d]
        if abs(value) > 2**digits:
            warnings.warn(
                f"{name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision "
                f"limitations {_demangled(d)} can support discrete uniform distribution only "
                "within this range. This warning will become an error in version 1.7 release, "
                "please fix the code in advance",
                UserWarning,
                stacklevel=3,
            )


def _store_integers(values: np.ndarray, d: dtypes.dtype) -> np.ndarray:
    if d in _HALVES:
        values = values.astype(f4)
    return values.astype(d.np, copy=False)


def _integers_in(engine: Engine, numel: int, d: dtypes.dtype, low: int, span: int) -> np.ndarray:
    _require("random_from_to_kernel_cpu", d, _FLOATS | _INTEGERS | _WIDE_UNSIGNED | {dtypes.bool_})
    shift = np.int64(low)

    def draw(count: int) -> np.ndarray:
        if span < _NARROW_RANGE:
            values = (engine.words32(count) % np.uint32(span)).astype(np.int64)
        else:
            values = (engine.words64(count) % np.uint64(span)).view(np.int64)
        values += shift
        return _store_integers(values, d)

    return _fill(engine, numel, d, draw)


def random(
    engine: Engine, numel: int, dtype, low: int | None = None, high: int | None = None
) -> np.ndarray:
    """Whole numbers, as `random_` in all its forms and `randint`.

    Args:
        low, high: the range [low, high); only `low` given: up to the largest value of an integer
            dtype, or to which a floating one counts exactly; neither given: from 0 likewise.

    Example:
        >>> random(Engine(0), 4, "int64", 0, 10).tolist()
        [4, 9, 3, 0]
    """
    d = resolve(dtype)
    if low is None and high is None:
        return _random_default(engine, numel, d)
    low = 0 if low is None else low
    if not all(_MIN64 <= bound <= _MAX64 for bound in (low, high) if bound is not None):
        raise ValueError("Overflow when unpacking long long")
    whole = high is None and low == _MIN64
    if high is not None:
        if low >= high:
            raise RuntimeError(
                f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
            )
        if d.is_floating_point:
            _require("random_update_from_to", d, _FLOATS)
            low, high = _pull_in_from(d, low), _pull_in_to(d, high)
            if low >= high:
                raise RuntimeError(
                    "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, "
                    f"but got from={low} >= to={high}"
                )
    elif not whole:
        if d.is_floating_point:
            _require("random_from_to_range_calc", d, _FLOATS)
            low, high = _pull_in_from(d, low), 2 ** _DIGITS[d] + 1
            if low >= high - 1:
                raise RuntimeError(
                    "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' "
                    f"casted to dtype, but got from={low} > to_inc={high - 1}"
                )
        elif not d.is_complex:
            last = _integer_limits(d)[1]
            high = (last if last <= _MAX64 else -1) + 1  # PyTorch wraps that of uint64
    if not whole:
        if d.is_complex:
            where = "random_from_to_impl" if high is None else "check_random_bounds"
            raise RuntimeError(f"{where} handles only integral, floating-point and boolean types")
        _check_integers(d, low, high - 1)
    if numel == 0:
        return np.empty(0, d.np)
    if not whole:
        return _integers_in(engine, numel, d, low, high - low)
    kernel = "random_full_64_bits_range_kernel_cpu"
    if d in _INTEGERS - {dtypes.int64}:
        raise RuntimeError(f"{kernel} handles only int64, double, float and bfloat16")
    _require(kernel, d, {dtypes.int64, dtypes.bfloat16, dtypes.float32, dtypes.float64})
    words = engine.words64
    return _fill(engine, numel, d, lambda count: _store_integers(words(count).view(np.int64), d))


def _random_default(engine: Engine, numel: int, d: dtypes.dtype) -> np.ndarray:
    if numel == 0:
        return np.empty(0, d.np)
    _require("random_kernel_cpu", d, _FLOATS | _INTEGERS | {dtypes.bool_})
    top = 2 ** _DIGITS[d] if d.is_floating_point else _integer_limits(d)[1]
    if d in (dtypes.float64, dtypes.int64):
        words, span = engine.words64, np.uint64(top + 1)
    else:
        words, span = engine.words32, np.uint32(top + 1)
    return _fill(engine, numel, d, lambda count: _store_integers(words(count) % span, d))


_PERMUTATION_LIMIT = (2**32 - 1) // 20
"""From this many elements on, a permutation is drawn from 64-bit numbers, in another order."""


def _swap_rows(size: int, partners: np.ndarray) -> np.ndarray:
    """Return 0, 1, ... `size` - 1 after exchanging i with partners[i] for every i in turn.

    Successive exchanges are how LAPACK applies its pivots, a tenth of the time Python takes; but
    importing SciPy for it costs as much as 10**6 exchanges.
    """
    if size < (2**11 if "scipy.linalg" in sys.modules else 2**17):
        order = list(range(size))
        for i, j in enumerate(partners.tolist()):
            order[i], order[j] = order[j], order[i]
        return np.array(order, np.int64)
    from scipy.linalg.lapack import dlaswp  # pyright: ignore[reportAttributeAccessIssue]

    column = np.arange(size, dtype=f8).reshape(size, 1)
    swapped = dlaswp(column, partners.astype(i4), overwrite_a=True)
    return swapped.reshape(size).astype(np.int64)


def randperm(engine: Engine, n: int, dtype="int64") -> np.ndarray:
    """A permutation of 0, 1, ... n - 1, as `randperm`.

    Example:
        >>> randperm(Engine(0), 5).tolist()
        [4, 0, 1, 3, 2]
    """
    d = resolve(dtype)
    _check_permutation(n, d)
    if n < _PERMUTATION_LIMIT:
        steps = np.arange(max(n - 1, 0))
        partners = steps + engine.words32(steps.size) % (n - steps)
    else:
        if n >= 2**31:
            raise NotImplementedError(f"randperm: n={n} is not supported; at most 2**31 - 1 is")
        partners = engine.words64(n) % np.arange(1, n + 1, dtype=np.uint64)
    return _store_integers(_swap_rows(n, partners), d)


def _check_permutation(n: int, d: dtypes.dtype) -> None:
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    if d in _INTEGERS and n > _integer_limits(d)[1] + 1:
        raise RuntimeError(f"value cannot be converted to type {d.name}_t without overflow")
    if d in _DIGITS and d is not dtypes.bfloat16 and n > 2 ** _DIGITS[d] + 1:
        limit = "2049" if d is dtypes.float16 else f"2^{_DIGITS[d]}+1"
        raise RuntimeError(f"n cannot be greater than {limit} for {d.title} type.")
    _require("randperm", d, _FLOATS | _INTEGERS)


# --- multinomial ----------------------------------------------------------------------------------


def multinomial(
    engine: Engine,
    weights: np.ndarray,
    num_samples: int,
    replacement: bool = False,
    transposed: bool = False,
) -> np.ndarray:
    """Indices drawn by weight, as `multinomial`: int64, (num_samples,) or (rows, num_samples).

    Args:
        weights: floating point, (categories,) or (rows, categories), in logical order.
        transposed: whether the two-dimensional tensor's memory runs along its columns.

    Differs from PyTorch: several samples without replacement from weights in a half type are
    ordered by scores of which some may be equal; of those the first comes first here, and in
    PyTorch as its partial sort leaves them.
    """
    d = resolve(weights.dtype)
    require_multinomial(weights, d, num_samples, replacement)
    rows = weights if weights.ndim == 2 else weights[None]
    if replacement and num_samples > 1:
        with engine.lock:
            picked = _with_replacement(engine, rows, num_samples)
    else:
        picked = _without_replacement(engine, rows, d, num_samples, transposed)
    return picked.reshape(*weights.shape[:-1], num_samples)


def require_multinomial(weights, d: dtypes.dtype, num_samples: int, replacement: bool) -> None:
    """Raise PyTorch's error where shape or dtype of weights do not allow to draw."""
    categories = weights.shape[-1] if weights.ndim else 0
    if not 1 <= weights.ndim <= 2:
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not d.is_floating_point:
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {d.title}"
        )
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > categories:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement"
        )
    if categories > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")


_EMPTY_SUM = "invalid multinomial distribution (sum of probabilities <= 0)"


def refuse_weights(rows: np.ndarray, race: bool) -> None:
    """Raise PyTorch's error where rows hold no weights to draw by; ``race``: of the way without replacement."""
    if race:
        if not ((rows >= 0) & (rows < np.inf)).all():
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
        if not rows.any(1).all():
            raise RuntimeError(_EMPTY_SUM)
        return
    for row in rows:
        bad = ~((row >= 0) & np.isfinite(row))
        if bad.any():
            kind = "= infinity or NaN" if row[bad.argmax()] > 0 else "< 0"
            raise RuntimeError(f"invalid multinomial distribution (encountering probability entry {kind})")
        if not row.any():
            raise RuntimeError(_EMPTY_SUM)


def _without_replacement(
    engine: Engine, rows: np.ndarray, d: dtypes.dtype, num_samples: int, transposed: bool
) -> np.ndarray:
    """The largest of weight / exponential: the first of a race in which each has its own rate."""
    _require("aminmax_cpu", d, _FLOATS)
    if rows.size == 0:
        if len(rows):
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension "
                "as the operation has no identity."
            )
        return np.empty((0, num_samples), np.int64)
    values = rows if d is dtypes.float64 else rows.astype(f4)
    refuse_weights(values, True)
    noise = exponential(engine, rows.size, d)
    noise = noise.reshape(rows.shape[::-1]).T if transposed else noise.reshape(rows.shape)
    with _quiet():
        scores = (values / noise.astype(values.dtype, copy=False)).astype(d.np)
    scores = scores.astype(values.dtype, copy=False)
    if num_samples == 1:
        return scores.argmax(1)[:, None]
    keys = np.where(np.isnan(scores), -np.inf, -scores)
    return np.argsort(keys, 1, kind="stable")[:, :num_samples]


def _with_replacement(engine: Engine, rows: np.ndarray, num_samples: int) -> np.ndarray:
    """For each sample the first category whose cumulative share reaches a double uniform."""
    out = np.empty((len(rows), num_samples), np.int64)
    rows = rows.astype(f8 if rows.dtype == f8 else f4, copy=False)
    for row, picked in zip(rows, out, strict=True):
        refuse_weights(row[None], False)
        cumulated = np.cumsum(row)
        cumulated /= cumulated[-1]
        cumulated[-1] = 1
        picked[:] = np.searchsorted(cumulated.astype(f8), engine.doubles(num_samples))
    return out
