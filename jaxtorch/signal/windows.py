"""torch.signal.windows: window functions of float32 and float64, symmetric or periodic.

Every window samples a function at evenly spaced points. Of ``M`` points a symmetric window
(``sym=True``) reaches both of its ends; a periodic one stops a point before the second.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from .._core import dtypes
from .._core.bind import namespaces
from .._core.exchange import tensor
from .._core.formats import strided

_torch = namespaces["torch"]

_ARGUMENTS = """

    Args:
        M: the number of points.
        sym: whether the window is symmetric (for filters) or periodic (for spectra).
        dtype: float32 or float64; the default dtype if None.

    Returns:
        A fresh 1-d tensor.

    Raises:
        ValueError: the length is negative, the dtype another, or a parameter out of range.
    """


def _options(name: str, M: int, dtype, layout, device, requires_grad: bool) -> dict:  # noqa: N803
    """The checked arguments of the constructors of tensors."""
    dtype = dtypes.get_default_dtype() if dtype is None else dtype
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if layout is not strided:
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    if dtype not in (dtypes.float32, dtypes.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")
    return {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}


def _points(M: int, start: float, step: float, options: dict):  # noqa: N803
    """``M`` points ``step`` apart, the first at ``start``."""
    return _torch["linspace"](start=start, end=start + (M - 1) * step, steps=M, **options)


def _short(M: int, options: dict, ones: bool = True):  # noqa: N803
    """The windows of no point and (where they do not follow from the formula) of one; else None."""
    if M == 0:
        return _torch["empty"]((0,), **options)
    return _torch["ones"]((1,), **options) if ones and M == 1 else None


def exponential(M, *, center=None, tau=1.0, sym=True, dtype=None, layout=strided, device=None,
                requires_grad=False):  # fmt: skip  # noqa: N803
    """``exp(-|n - center| / tau)``; the center is the middle unless given, of a periodic window only."""
    options = _options("exponential", M, dtype, layout, device, requires_grad)
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    if (short := _short(M, options, ones=False)) is not None:
        return short
    if center is None:
        center = _middle(M, sym)
    scale = 1 / tau
    k = _torch["linspace"](start=-center * scale, end=(-center + (M - 1)) * scale, steps=M, **options)
    return (-k.abs()).exp()


def _middle(M: int, sym: bool) -> float:  # noqa: N803
    return (M if not sym and M > 1 else M - 1) / 2.0


def cosine(M, *, sym=True, dtype=None, layout=strided, device=None, requires_grad=False):  # noqa: N803
    """``sin(pi (n + 1/2) / M)``: half a sine, without its ends."""
    options = _options("cosine", M, dtype, layout, device, requires_grad)
    if (short := _short(M, options, ones=False)) is not None:
        return short
    scale = math.pi / (M + 1 if not sym and M > 1 else M)
    return _torch["linspace"](start=0.5 * scale, end=(0.5 + (M - 1)) * scale, steps=M, **options).sin()


def gaussian(M, *, std=1.0, sym=True, dtype=None, layout=strided, device=None, requires_grad=False):  # noqa: N803
    """``exp(-(n - middle)^2 / (2 std^2))``."""
    options = _options("gaussian", M, dtype, layout, device, requires_grad)
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    if (short := _short(M, options, ones=False)) is not None:
        return short
    start, scale = -_middle(M, sym), 1 / (std * math.sqrt(2))
    k = _torch["linspace"](start=start * scale, end=(start + (M - 1)) * scale, steps=M, **options)
    return (-(k**2)).exp()


def kaiser(M, *, beta=12.0, sym=True, dtype=None, layout=strided, device=None, requires_grad=False):  # noqa: N803
    """``i0(beta sqrt(1 - ((n - middle) / middle)^2)) / i0(beta)``, i0 the modified Bessel function."""
    options = _options("kaiser", M, dtype, layout, device, requires_grad)
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    if (short := _short(M, options)) is not None:
        return short
    beta = tensor(beta, dtype=options["dtype"], device=device)
    step = 2.0 * beta / (M if not sym else M - 1)
    # rounding must not carry the last point past beta, where the root ends
    end = _torch["minimum"](beta, (M - 1) * step - beta)
    k = _torch["linspace"](start=-beta, end=end, steps=M, **options)
    return (beta * beta - k.pow(2)).sqrt().i0() / beta.i0()


def bartlett(M, *, sym=True, dtype=None, layout=strided, device=None, requires_grad=False):  # noqa: N803
    """``1 - |2 n / (M - 1) - 1|``: a triangle."""
    options = _options("bartlett", M, dtype, layout, device, requires_grad)
    if (short := _short(M, options)) is not None:
        return short
    return 1 - _points(M, -1, 2 / (M if not sym else M - 1), options).abs()


def general_cosine(M, *, a, sym=True, dtype=None, layout=strided, device=None, requires_grad=False):  # noqa: N803
    """``sum((-1)^i a[i] cos(2 pi i n / (M - 1)))``: a sum of cosines with weights ``a``."""
    options = _options("general_cosine", M, dtype, layout, device, requires_grad)
    if (short := _short(M, options)) is not None:
        return short
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    k = _points(M, 0, 2 * math.pi / (M if not sym else M - 1), options)
    weights = tensor(
        [(-1) ** i * w for i, w in enumerate(a)], dtype=options["dtype"], device=device, requires_grad=requires_grad
    )
    i = _torch["arange"](len(weights), dtype=options["dtype"], device=device, requires_grad=requires_grad)
    return (weights.unsqueeze(-1) * (i.unsqueeze(-1) * k).cos()).sum(0)


def general_hamming(M, *, alpha=0.54, sym=True, dtype=None, layout=strided, device=None,
                    requires_grad=False):  # fmt: skip  # noqa: N803
    """``alpha - (1 - alpha) cos(2 pi n / (M - 1))``."""
    return general_cosine(M, a=[alpha, 1.0 - alpha], sym=sym, dtype=dtype, layout=layout, device=device,
                          requires_grad=requires_grad)  # fmt: skip


def hamming(M, *, sym=True, dtype=None, layout=strided, device=None, requires_grad=False):  # noqa: N803
    """`general_hamming` with ``alpha=0.54``."""
    return general_hamming(M, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)


def hann(M, *, sym=True, dtype=None, layout=strided, device=None, requires_grad=False):  # noqa: N803
    """`general_hamming` with ``alpha=0.5``: a squared sine."""
    return general_hamming(
        M, alpha=0.5, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
    )


def _of_cosines(name: str, weights: list[float], speaks: bool = True):
    def window(M, *, sym=True, dtype=None, layout=strided, device=None, requires_grad=False):  # noqa: N803
        if speaks:
            _options(name, M, dtype, layout, device, requires_grad)
        return general_cosine(
            M, a=weights, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
        )

    window.__name__ = window.__qualname__ = name
    window.__doc__ = f"`general_cosine` with ``a={weights}``."
    return window


blackman = _of_cosines("blackman", [0.42, 0.5, 0.08])
nuttall = _of_cosines("nuttall", [0.3635819, 0.4891775, 0.1365995, 0.0106411], speaks=False)

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming", "hamming",
    "hann", "kaiser", "nuttall",
]  # fmt: skip

for _name in __all__:
    globals()[_name].__doc__ += _ARGUMENTS
