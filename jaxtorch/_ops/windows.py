"""Windows of signals: hann_window and its kin."""

from __future__ import annotations

import math

import numpy as np

from .._core import devices, dtypes
from .._core.formats import check_strided
from .._core.layout import contiguous
from .._core.members import as_leaf
from .._core.spec import composite
from .._core.storage import put
from .._core.tensor import wrap_as

_FACTORY = "*, dtype? dtype=None, any layout=None, any device=None, pinned? pin_memory=False, bool requires_grad=False"


class _Steps:
    """Arithmetic step by step in a dtype: each value and number is rounded to it, as PyTorch does."""

    def __init__(self, d: dtypes.dtype):
        self.dtype = d.np
        self.wide = d.np if d.itemsize >= 4 else np.dtype(np.float32)

    def __call__(self, values) -> np.ndarray:
        return np.asarray(values, self.wide).astype(self.dtype).astype(self.wide)

    def ramp(self, n: int, factor: float) -> np.ndarray:
        return self(self(np.arange(n)) * self(factor))

    def cosine(self, phase, weight: float) -> np.ndarray:
        return self(self(np.cos(phase)) * self(weight))


# each: (steps, points of the symmetric window, parameters) -> values
def _hamming(step: _Steps, n: int, alpha: float, beta: float) -> np.ndarray:
    return step(step.cosine(step.ramp(n, 2 * math.pi / (n - 1)), -beta) + step(alpha))


def _blackman(step: _Steps, n: int) -> np.ndarray:
    phase = step.ramp(n, math.pi / (n - 1))
    rest = step(step.cosine(step(phase * 4), 0.08) - step.cosine(step(phase * 2), 0.5))
    return step(rest + step(0.42))


def _bartlett(step: _Steps, n: int) -> np.ndarray:
    ramp = step.ramp(n, 2.0 / (n - 1))
    half = (n - 1) // 2 + 1
    ramp[half:] = step(2 - ramp[half:])
    return ramp


def _kaiser(step: _Steps, n: int, beta: float) -> np.ndarray:
    x = 2.0 * np.arange(n) / (n - 1) - 1.0
    return np.i0(beta * np.sqrt(np.maximum(0, 1 - x * x))) / np.i0(beta)


def _window_family(name: str, shape, *overloads: tuple[str, dict]) -> None:
    """Declare a window; ``overloads``: parameters after ``periodic``, and those left at a default."""

    def window(window_length, periodic, given, *, dtype, layout, device, pin_memory, requires_grad):
        check_strided(layout)
        d = dtype or dtypes.get_default_dtype()
        where = devices.resolve(device)
        if d.category < 2:
            raise RuntimeError(
                f"{name} expects floating point dtypes, got: TensorOptions(dtype={_CPP.get(d.cpp, d.cpp)}, "
                f"device={where}, layout=Strided (default), requires_grad=false (default), pinned_memory=false, "
                "memory_format=(nullopt))"
            )
        if window_length < 0:
            raise RuntimeError(f"{name} requires non-negative window_length, got window_length={window_length}")
        if d.is_complex:
            raise NotImplementedError(f"\"arange_cpu\" not implemented for '{d.title}'")
        if window_length < 2:
            values = np.ones(window_length)
        else:
            values = shape(_Steps(d), window_length + periodic, **given)[:window_length]
        array = put(np.ascontiguousarray(values.astype(d.np)), where)
        return as_leaf(wrap_as(array, contiguous((window_length,)), d, where), requires_grad)

    doc = f"""The {name.replace("_", " ")} of ``window_length`` points: 1-d.

    Args:
        periodic: leave out the last point of a symmetric window of one point more.
    """

    def declare(key: str, parameters: str, defaults: dict) -> None:
        names = [p.split()[1] for p in parameters.split(", ")[1:]] if parameters else []

        def make(window_length, periodic=True, *given, **options):
            return window(window_length, periodic, {**defaults, **dict(zip(names, given, strict=True))}, **options)

        make.__doc__ = doc
        composite(f"{name}{key}(int window_length, {parameters}{', ' if parameters else ''}{_FACTORY})",
                  forms="function")(make)  # fmt: skip

    for number, (parameters, defaults) in enumerate(overloads):
        declare(f".{number}" if number else "", parameters, defaults)


_CPP = {"long": "long int", "short": "short int"}

_PLAIN = (("", {}), ("bool periodic", {}))
_HALVES = {"alpha": 0.5, "beta": 0.5}
_window_family("hann_window", _hamming, ("", _HALVES), ("bool periodic", _HALVES))
_window_family("hamming_window", _hamming, ("", {"alpha": 0.54, "beta": 0.46}),
               ("bool periodic", {"alpha": 0.54, "beta": 0.46}),
               ("bool periodic, float alpha", {"beta": 0.46}),
               ("bool periodic, float alpha, float beta", {}))  # fmt: skip
_window_family("blackman_window", _blackman, *_PLAIN)
_window_family("bartlett_window", _bartlett, *_PLAIN)
_window_family("kaiser_window", _kaiser, ("", {"beta": 12.0}), ("bool periodic", {"beta": 12.0}),
               ("bool periodic, float beta", {}))  # fmt: skip
