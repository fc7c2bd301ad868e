"""Fourier transforms and windows: torch.fft, stft, istft, hamming_window and its kin."""

from __future__ import annotations

import math

import numpy as np
from jax import numpy as jnp

from .._core import devices, dtypes
from .._core.bind import namespaces
from .._core.dispatch import dispatch
from .._core.exchange import tensor
from .._core.formats import check_strided
from .._core.layout import wrap_dim
from .._core.members import as_leaf
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor

_FACTORY = "dtype? dtype=None, any layout=None, any device=None, bool pin_memory=False, bool requires_grad=False"
_NORMS = (None, "backward", "ortho", "forward")


# -- torch.fft ------------------------------------------------------------------------------------
def _promoted(pairs, **_):
    """Whole numbers become the default float; halves have no transform on the CPU."""
    d = pairs[0][0]
    if d in (dtypes.float16, dtypes.bfloat16):
        raise RuntimeError(f"Unsupported dtype {d.title}")
    return dtypes.get_default_dtype() if d.category < 2 else d


def _check_norm(norm) -> None:
    if norm not in _NORMS:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def _check_one(name: str, real_input: bool):
    def check(self, *, n, dim, norm):
        if real_input and self.dtype.is_complex:
            raise RuntimeError(f"{name} expects a real input tensor, but got {self.dtype.title}")
        _check_norm(norm)
        if self.ndim == 0 and n is None:
            raise IndexError("Dimension specified as -1 but tensor has no dimensions")
        where = wrap_dim(dim, self.ndim, wrap_scalar=False)
        size = n if n is not None else self.shape[where]
        if n is None and name in ("irfft", "hfft"):
            size = 2 * (self.shape[where] - 1)
        if size < 1:
            raise RuntimeError(f"Invalid number of data points ({size}) specified")

    return check


def _one(name: str, real_input: bool = False, node: str = "FftC2CBackward0") -> None:
    function = getattr(jnp.fft, name)

    def transform(self, *, n, dim, norm):
        return function(self, n, dim, norm)

    transform.__name__ = f"fft_{name}"
    transform.__doc__ = f"``numpy.fft.{name}`` along ``dim``: ``n`` points, scaled by ``norm``."
    op(f"fft_{name}(Tensor self, int? n=None, int dim=-1, str? norm=None)", forms="fft out",
       promote=_promoted, check=_check_one(name, real_input), node=node)(transform)  # fmt: skip


_one("fft")
_one("ifft")
_one("rfft", real_input=True, node="FftR2CBackward0")
_one("irfft", node="FftC2RBackward0")
_one("hfft", node="FftC2RBackward0")
_one("ihfft", real_input=True, node="FftR2CBackward0")


def _axes(ndim: int, s, dim, last_two: bool):
    if dim is None:
        dim = tuple(range(ndim)) if s is None else tuple(range(ndim - len(s), ndim))
    return tuple(wrap_dim(d, ndim) for d in dim)


def _check_many(name: str, real_input: bool):
    def check(self, *, s, dim, norm):
        if real_input and self.dtype.is_complex:
            raise RuntimeError(f"{name} expects a real-valued input tensor, but got {self.dtype.title}")
        _check_norm(norm)
        if s is not None and dim is not None and len(s) != len(dim):
            raise RuntimeError(
                "When given, dim and shape arguments must have the same length"
            )
        if s is not None and len(s) > self.ndim:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {self.ndim} dimensions.")
        axes = _axes(self.ndim, s, dim, False)
        if len(set(axes)) != len(axes):
            raise RuntimeError("FFT dims must be unique")
        if real_input and not axes:
            raise RuntimeError(f"{name} must transform at least one axis")
        for i, axis in enumerate(axes):
            size = self.shape[axis] if s is None or s[i] == -1 else s[i]
            if size < 1:
                raise RuntimeError(f"Invalid number of data points ({size}) specified")

    return check


def _many(name: str, default: str, real_input: bool = False, node: str = "FftC2CBackward0") -> None:
    function = getattr(jnp.fft, name.replace("2", "n"))

    def transform(self, *, s, dim, norm):
        axes = _axes(self.ndim, s, dim, name.endswith("2"))
        if s is not None:
            s = tuple(self.shape[a] if n == -1 else n for n, a in zip(s, axes, strict=True))
        return function(self, s, axes, norm) if axes else self.astype(jnp.result_type(self, jnp.complex64))

    transform.__name__ = f"fft_{name}"
    transform.__doc__ = f"``numpy.fft.{name}`` over ``dim``: sizes ``s``, scaled by ``norm``."
    op(f"fft_{name}(Tensor self, dims? s=None, dims? dim={default}, str? norm=None)", forms="fft out",
       promote=_promoted, check=_check_many(name, real_input), node=node)(transform)  # fmt: skip


for _suffix, _default in (("2", "(-2, -1)"), ("n", "None")):
    _many("fft" + _suffix, _default)
    _many("ifft" + _suffix, _default)
    _many("rfft" + _suffix, _default, real_input=True, node="FftR2CBackward0")
    _many("irfft" + _suffix, _default, node="FftC2RBackward0")


@composite("fft_fftshift(Tensor self, dims? dim=None)", forms="fft")
def fft_fftshift(self, dim):
    """Move the zero frequency to the middle."""
    dim = tuple(range(self.ndim)) if dim is None else dim
    return self.roll([self.shape[d] // 2 for d in dim], dim)


@composite("fft_ifftshift(Tensor self, dims? dim=None)", forms="fft")
def fft_ifftshift(self, dim):
    """Undo fftshift."""
    dim = tuple(range(self.ndim)) if dim is None else dim
    return self.roll([(self.shape[d] + 1) // 2 for d in dim], dim)


def _frequencies(xp):
    def frequencies(d, *, n, half, dtype):
        index = np.arange(n // 2 + 1) if half else np.concatenate([np.arange((n + 1) // 2), np.arange(-(n // 2), 0)])
        return xp.asarray(index * (1.0 / (n * d))).astype(dtype.np)

    return frequencies


op("frequencies(Scalar d, int n, bool half, dtype dtype, any device)", forms="", differentiable=False,
   host=_frequencies(np))(
    lambda d, *, n, half, dtype, device: _frequencies(jnp)(d, n=n, half=half, dtype=dtype)
)  # fmt: skip


def _frequency_family(name: str, half: bool) -> None:
    def frequencies(n, d, *, dtype, layout, device, pin_memory, requires_grad):
        check_strided(layout)
        statics = (n, half, dtype or dtypes.get_default_dtype(), devices.resolve(device))
        out = dispatch(registry["frequencies"], (d,), statics)
        return as_leaf(out, requires_grad)

    frequencies.__doc__ = f"The frequencies of ``{'r' if half else ''}fft``'s results for ``n`` points ``d`` apart."
    composite(f"fft_{name}(int n, Scalar d=1.0, *, {_FACTORY})", forms="fft")(frequencies)


_frequency_family("fftfreq", False)
_frequency_family("rfftfreq", True)


# -- windows --------------------------------------------------------------------------------------
def _cosines(n: int, periodic: bool, coefficients, d) -> np.ndarray:
    """Sum of cosines of a window of ``n`` points, in the dtype's own arithmetic."""
    if n == 1:
        return np.ones(1, d)
    count = n + 1 if periodic else n
    phase = np.arange(count, dtype=d) * d.type(2 * math.pi / (count - 1))
    total = np.full(count, coefficients[0], d)
    for k, c in enumerate(coefficients[1:], 1):
        total = total + d.type(c) * np.cos(d.type(k) * phase)
    return total[:n].astype(d)


def _bartlett(n: int, periodic: bool, _, d) -> np.ndarray:
    if n == 1:
        return np.ones(1, d)
    count = n + 1 if periodic else n
    ramp = np.arange(count, dtype=d) * d.type(2.0 / (count - 1))
    half = (count - 1) // 2 + 1
    ramp[half:] = d.type(2.0) - ramp[half:]
    return ramp[:n]


def _kaiser(n: int, periodic: bool, coefficients, d) -> np.ndarray:
    if n == 1:
        return np.ones(1, d)
    count = n + 1 if periodic else n
    (beta,) = coefficients
    x = 2.0 * np.arange(count) / (count - 1) - 1.0
    return (np.i0(beta * np.sqrt(np.maximum(0, 1 - x * x))) / np.i0(beta))[:n].astype(d)


def _window(shape):
    def window(*coefficients, length, periodic, dtype):
        d = dtype.np if dtype.itemsize >= 4 else np.dtype(np.float32)
        return shape(length, periodic, coefficients, d).astype(dtype.np)

    return window


def _window_family(name: str, shape, parameters: str, coefficients) -> None:
    def window(window_length, periodic, *given, dtype, layout, device, pin_memory, requires_grad):
        check_strided(layout)
        d = dtype or dtypes.get_default_dtype()
        if d.category != 2:
            raise RuntimeError(f"{name} expects floating point dtypes, got: {d!r}".replace("torch.", "TensorOptions(dtype="))
        if window_length < 0:
            raise RuntimeError(f"{name} requires non-negative window_length, got window_length={window_length}")
        values = _window(shape)(*coefficients(*given), length=window_length, periodic=periodic, dtype=d)
        return tensor(values, dtype=d, device=device, requires_grad=requires_grad)

    window.__doc__ = f"The {name.replace('_', ' ')} of ``window_length`` points: 1-d."
    extra = f", {parameters}" if parameters else ""
    composite(f"{name}(int window_length, bool periodic=True{extra}, *, {_FACTORY})", forms="function")(window)


_window_family("hann_window", _cosines, "", lambda: (0.5, -0.5))
_window_family("hamming_window", _cosines, "float alpha=0.54, float beta=0.46", lambda a, b: (a, -b))
_window_family("blackman_window", _cosines, "", lambda: (0.42, -0.5, 0.08))
_window_family("bartlett_window", _bartlett, "", lambda: ())
_window_family("kaiser_window", _kaiser, "float beta=12.0", lambda beta: (beta,))


# -- short-time transforms ------------------------------------------------------------------------
def _padded_window(window, win_length: int, n_fft: int, like: Tensor) -> Tensor:
    if window is None:
        window = like.new_ones((win_length,), dtype=like._dtype.to_real())
    if win_length == n_fft:
        return window
    left = (n_fft - win_length) // 2
    return namespace("nn")["pad"](window, (left, n_fft - win_length - left))


def namespace(name: str) -> dict:
    return namespaces[name]


def _described(self, n_fft, hop_length, win_length, normalized, onesided, name="stft") -> str:
    return (
        f"{name}({self.type()}{list(self.shape)}, n_fft={n_fft}, hop_length={hop_length}, "
        f"win_length={win_length}, window=None, normalized={int(normalized)}, onesided={'None' if onesided is None else int(onesided)}, return_complex=1) "
    )


@composite("stft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, "
           "bool center=True, str pad_mode='reflect', bool normalized=False, bool? onesided=None, "
           "bool? return_complex=None, bool? align_to_window=None)", forms="function method")  # fmt: skip
def stft(self, n_fft, hop_length, win_length, window, center, pad_mode, normalized, onesided, return_complex,
         align_to_window):  # fmt: skip
    """The short-time Fourier transform: (..., frequencies, frames).

    Args:
        self: a signal (time) or a batch of them (batch, time), real or complex.
        n_fft: points of each transform; hop_length: between frames, n_fft // 4 by default.
        win_length, window: of the window, centred in the frame.
        center: pad by n_fft // 2 on both sides, by ``pad_mode``.
        normalized: divide by sqrt(n_fft).
        onesided: only the non-negative frequencies (default for real input).
        return_complex: complex numbers; False gives real pairs in a last dimension.

    Returns:
        A fresh tensor.
    """
    hop_length = n_fft // 4 if hop_length is None else hop_length
    win_length = n_fft if win_length is None else win_length
    if return_complex is None:
        if not self.is_complex() and not (window is not None and window.is_complex()):
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will further require that return_complex=True in a future PyTorch release."
            )
        return_complex = True
    if self.ndim not in (1, 2):
        raise RuntimeError(f"{_described(self, n_fft, hop_length, win_length, normalized, onesided)}: expected a 1D or 2D tensor")
    x = self.unsqueeze(0) if self.ndim == 1 else self
    if center:
        pad = n_fft // 2
        x = namespace("nn")["pad"](x.unsqueeze(1), (pad, pad), mode=pad_mode).squeeze(1)
    length = x.shape[1]
    where = _described(x, n_fft, hop_length, win_length, normalized, onesided)
    if not 0 < n_fft <= length:
        raise RuntimeError(f"{where}: expected 0 < n_fft < {length}, but got n_fft={n_fft}")
    if hop_length <= 0:
        raise RuntimeError(f"{where}: expected hop_length > 0, but got hop_length={hop_length}")
    if not 0 < win_length <= n_fft:
        raise RuntimeError(f"{where}: expected 0 < win_length <= n_fft, but got win_length={win_length}")
    if window is not None and (window.ndim != 1 or window.shape[0] != win_length):
        raise RuntimeError(
            f"{where}: expected a 1D window tensor of size equal to win_length={win_length}, but got window with size {list(window.shape)}"
        )
    frames = x.unfold(1, n_fft, hop_length)
    if window is not None or win_length < n_fft:
        frames = frames * _padded_window(window, win_length, n_fft, self)
    complex_input = frames.is_complex()
    onesided = not complex_input if onesided is None else onesided
    if onesided and complex_input:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    transform = namespace("fft")["rfft" if onesided else "fft"]
    out = transform(frames, norm="ortho" if normalized else None).transpose(1, 2)
    if self.ndim == 1:
        out = out.squeeze(0)
    return out if return_complex else namespace("torch")["view_as_real"](out)


@op("overlap_add(Tensor self, int hop)", forms="", node="UnfoldBackward0")
def overlap_add(self, *, hop):
    """Frames (batch, frame, point) added up ``hop`` apart: (batch, time)."""
    batch, count, size = self.shape
    where = (jnp.arange(count) * hop)[:, None] + jnp.arange(size)[None]
    return jnp.zeros((batch, (count - 1) * hop + size), self.dtype).at[:, where].add(self)


@composite("istft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, "
           "bool center=True, bool normalized=False, bool? onesided=None, int? length=None, "
           "bool return_complex=False)", forms="function method")  # fmt: skip
def istft(self, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex):
    """The signal whose `stft` is nearest to ``self``: (..., time).

    Args:
        self: (..., frequencies, frames), complex; the other arguments as for stft.
        length: of the signal; what is beyond it is cut off.
    """
    hop_length = n_fft // 4 if hop_length is None else hop_length
    win_length = n_fft if win_length is None else win_length
    if not self.is_complex():
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    x = self.unsqueeze(0) if self.ndim == 2 else self
    if x.ndim != 3:
        raise RuntimeError(f"istft expected a tensor with 2 or 3 dimensions, but got {self.ndim}")
    onesided = x.shape[1] != n_fft if onesided is None else onesided
    expected = n_fft // 2 + 1 if onesided else n_fft
    if x.shape[1] != expected:
        raise RuntimeError(
            f"istft({self.type()}{list(self.shape)}, n_fft={n_fft}, ...): expected the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + 1 when onesided=True, but got {x.shape[1]}"
        )
    frames = x.transpose(1, 2)
    norm = "ortho" if normalized else None
    fft = namespace("fft")
    if return_complex:
        frames = fft["ifft"](frames, norm=norm)
    else:
        frames = fft["irfft"](frames if onesided else frames[..., : n_fft // 2 + 1], n_fft, norm=norm)
    window = _padded_window(window, win_length, n_fft, self)
    signal = dispatch(registry["overlap_add"], (frames * window,), (hop_length,))
    squares = window.pow(2).expand(1, frames.shape[1], n_fft)
    envelope = dispatch(registry["overlap_add"], (squares,), (hop_length,))
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else signal.shape[-1] - (n_fft // 2 if center else 0)
    signal, envelope = signal[..., start:end], envelope[..., start:end]
    if float(envelope.abs().min()) < 1e-11:
        raise RuntimeError("window overlap add min: 1")
    signal = signal / envelope
    if length is not None and signal.shape[-1] < length:
        signal = namespace("nn")["pad"](signal, (0, length - signal.shape[-1]))
    return signal.squeeze(0) if self.ndim == 2 else signal
