"""Fourier transforms: torch.fft, stft, istft.

PyTorch has three transforms (complex to complex, real to complex, complex to real) and writes
all others with them; so does this file.
"""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import devices, dtypes
from .._core.bind import namespaces
from .._core.dispatch import dispatch
from .._core.errors import type_text, warn_once
from .._core.formats import check_strided
from .._core.layout import Layout, like_layout, wrap_dim
from .._core.layout import layout as make_layout
from .._core.members import as_leaf
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor
from .creation import resize_range

_FACTORY = "dtype? dtype=None, any layout=None, any device=None, pinned? pin_memory=False, bool requires_grad=False"


# -- the three transforms -------------------------------------------------------------------------
# normalization: 0 none, 1 by the root of the number of points, 2 by that number
_FORWARD_NORMS, _INVERSE_NORMS = ("backward", "ortho", "forward"), ("forward", "ortho", "backward")


def _batch_dims(ndim: int, dims) -> list[int]:
    """The dimensions that are not transformed, in the order that the exchange of `std::partition`
    leaves them: which of equal strides comes first shows in the strides of results."""
    order, first, last = list(range(ndim)), 0, ndim
    while True:
        while first < last and order[first] not in dims:
            first += 1
        last -= 1
        while first < last and order[last] in dims:
            last -= 1
        if first >= last:
            return order[:first]
        order[first], order[last] = order[last], order[first]
        first += 1


def _by_stride(source: Layout, dims) -> list[int]:
    return sorted(dims, key=lambda d: -source.stride[d])


def _transformed(source: Layout, shape, dims) -> Layout:
    """The layout of a transform's result: untransformed dims by the strides of the source, then
    the transformed ones."""
    shape, stride, step = tuple(shape), [0] * source.ndim, 1
    for d in reversed(_by_stride(source, _batch_dims(source.ndim, dims)) + list(dims)):
        stride[d] = step
        step *= max(shape[d], 1)
    return make_layout(shape, tuple(stride))


def _c2c_layout(layouts, *, dim, normalization, forward):
    source = layouts[0]
    return _transformed(source, source.shape, _by_stride(source, dim)) if dim else like_layout(source)


def _r2c_layout(layouts, *, dim, normalization, onesided):
    source = layouts[0]
    shape = list(source.shape)
    if onesided:
        shape[dim[-1]] = shape[dim[-1]] // 2 + 1
    return _transformed(source, shape, [*_by_stride(source, dim[:-1]), dim[-1]])


def _c2r_layout(layouts, *, dim, normalization, last_dim_size):
    source = layouts[0]
    if dim[:-1]:
        source = _transformed(source, source.shape, _by_stride(source, dim[:-1]))
    shape = list(source.shape)
    shape[dim[-1]] = last_dim_size
    return _transformed(source, shape, dim[-1:])


def _check_complex(self, **_) -> None:
    if not self.dtype.is_complex:
        raise RuntimeError(f"Only supports complex dtypes, but found: {self.dtype.title}")


def _check_real(self, **_) -> None:
    if self.dtype.category != 2:
        raise RuntimeError(f"Only supports floating-point dtypes, but found: {self.dtype.title}")
    if self.dtype.itemsize < 4:
        raise RuntimeError(f"MKL FFT doesn't support tensors of type: {self.dtype.title}")


def _c2c(x, dim, normalization: int, forward: bool):
    if not dim:
        return x
    if forward:
        return jnp.fft.fftn(x, axes=dim, norm=_FORWARD_NORMS[normalization])
    return jnp.fft.ifftn(x, axes=dim, norm=_INVERSE_NORMS[normalization])


@op("_fft_c2c(Tensor self, int[] dim, int normalization, bool forward)", forms="function out",
    layout=_c2c_layout, check=_check_complex, node="FftC2CBackward0",
    grad=lambda g, dim, normalization, forward: _c2c(g, dim, normalization, not forward))  # fmt: skip
def fft_c2c(self, *, dim, normalization, forward):
    """The transform of complex numbers over ``dim``, forward or inverse."""
    return _c2c(self, dim, normalization, forward)


@op("_fft_r2c(Tensor self, int[] dim, int normalization, bool onesided)", forms="function out",
    layout=_r2c_layout, check=_check_real, node="FftR2CBackward0", watches="self")  # fmt: skip
def fft_r2c(self, *, dim, normalization, onesided):
    """The transform of real numbers over ``dim``: all of it, or the half that says it all."""
    if not onesided:
        return _c2c(lax.complex(self, jnp.zeros_like(self)), dim, normalization, True)
    return jnp.fft.rfftn(self, axes=dim, norm=_FORWARD_NORMS[normalization])


@op("_fft_c2r(Tensor self, int[] dim, int normalization, int last_dim_size)", forms="function out",
    layout=_c2r_layout, check=_check_complex, node="FftC2RBackward0")  # fmt: skip
def fft_c2r(self, *, dim, normalization, last_dim_size):
    """The inverse transform over ``dim`` of half a spectrum, as real numbers."""
    x = _c2c(self, dim[:-1], normalization, False)
    return jnp.fft.irfft(x, last_dim_size, dim[-1], _INVERSE_NORMS[normalization])


# -- torch.fft ------------------------------------------------------------------------------------
def _run(name: str, x: Tensor, dims, *static, out=None) -> Tensor:
    return namespaces["torch"][name](x, tuple(dims), *static, out=out)


def _norm(norm: str | None, forward: bool) -> int:
    """The number of a normalization: scaling may be on the way forward, or back, or half each."""
    if norm == "ortho":
        return 1
    if norm not in (None, "backward", "forward"):
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    return 2 if (norm == "forward") is forward else 0


def _promoted(x: Tensor, to_complex: bool) -> Tensor:
    """``x`` in a dtype that has transforms: whole numbers become the default float."""
    d = dtypes.get_default_dtype() if x._dtype.category < 2 else x._dtype
    if d in (dtypes.float16, dtypes.bfloat16):
        raise RuntimeError(f"Unsupported dtype {d.title}")
    return x.to(d.to_complex() if to_complex else d)


def _sized(x: Tensor, dims, sizes) -> Tensor:
    """``x`` cut, or padded with zeros, to ``sizes`` along ``dims``."""
    pads = [0] * (2 * x.ndim)
    for d, size in zip(dims, sizes, strict=True):
        have = x._layout.shape[d]
        if have < size:
            pads[2 * (x.ndim - 1 - d) + 1] = size - have
        elif have > size:
            x = x.narrow(d, 0, size)
    return namespaces["nn"]["pad"](x, pads) if any(pads) else x


def _require_points(sizes) -> None:
    for size in sizes:
        if size < 1:
            raise RuntimeError(f"Invalid number of data points ({size}) specified")


def _require_out(name: str, out: Tensor | None, kind: str) -> None:
    if out is not None and not (out._dtype.is_complex if kind == "complex" else out._dtype.category == 2):
        raise RuntimeError(f"{name} expects a {kind} output tensor, but got {out._dtype.title}")


def _require_real(name: str, x: Tensor, kind: str) -> None:
    if x._dtype.is_complex:
        raise RuntimeError(f"{name} expects a {kind} input tensor, but got {x._dtype.title}")


def _to_half(name: str, x: Tensor, n, dim: int, norm, forward: bool, onesided: bool, out) -> Tensor:
    """One dimension, real to complex."""
    _require_real(name, x, "real")
    _require_out(name, out, "complex")
    x = _promoted(x, False)
    dim = wrap_dim(dim, x.ndim, wrap_scalar=False)
    _require_points([x._layout.shape[dim] if n is None else n])
    if n is not None:
        x = _sized(x, (dim,), (n,))
    result = _run("_fft_r2c", x, (dim,), _norm(norm, forward), onesided, out=out if forward else None)
    if forward:
        return result
    return result.conj() if out is None else namespaces["torch"]["conj_physical"](result, out=out)


def _all_complex(name: str, x: Tensor, n, dim: int, norm, forward: bool, out) -> Tensor:
    """One dimension, complex to complex."""
    _require_out(name, out, "complex")
    dim = wrap_dim(dim, x.ndim, wrap_scalar=False)
    _require_points([x._layout.shape[dim] if n is None else n])
    if n is not None:
        x = _sized(x, (dim,), (n,))
    return _run("_fft_c2c", x, (dim,), _norm(norm, forward), forward, out=out)


def _from_half(name: str, x: Tensor, n, dim: int, norm, forward: bool, out) -> Tensor:
    """One dimension, complex to real."""
    _require_out(name, out, "floating point")
    x = _promoted(x, True)
    dim = wrap_dim(dim, x.ndim, wrap_scalar=False)
    size = 2 * (x._layout.shape[dim] - 1) if n is None else n
    _require_points([size])
    if n is not None:
        x = _sized(x, (dim,), (n // 2 + 1,))
    norm = _norm(norm, forward)
    return _run("_fft_c2r", x.conj() if forward else x, (dim,), norm, size, out=out)


def _one_dim(name: str, what: str, run) -> None:
    """Declare ``torch.fft.<name>`` of one dimension."""

    def transform(self, n, dim, norm, *, out):
        return run(name, self, n, dim, norm, out)

    transform.__name__ = f"fft_{name}"
    transform.__doc__ = f"""{what} along ``dim``.

    Args:
        n: points to transform (cut or padded with zeros); those there are by default.
        norm: "backward" (the default), "forward" or "ortho": which direction is scaled.

    Returns:
        A fresh tensor.

    Differs from PyTorch:
        Without a batch (a size of 0) the result is empty, where its CPU build refuses.
    """
    composite(f"fft_{name}(Tensor self, int? n=None, int dim=-1, str? norm=None, *, Tensor? out=None)",
              forms="fft")(transform)  # fmt: skip


def _any_input(forward: bool):
    def run(name, x, n, dim, norm, out):
        if x._dtype.is_complex:
            return _all_complex(name, x, n, dim, norm, forward, out)
        return _to_half(name, x, n, dim, norm, forward, False, out)

    return run


_one_dim("fft", "The discrete Fourier transform", _any_input(True))
_one_dim("ifft", "The inverse of `fft`", _any_input(False))
_one_dim("rfft", "The non-negative frequencies of a real signal's `fft`",
         lambda name, x, n, dim, norm, out: _to_half(name, x, n, dim, norm, True, True, out))  # fmt: skip
_one_dim("irfft", "The inverse of `rfft`: ``n`` real numbers, ``2 (size - 1)`` by default",
         lambda name, x, n, dim, norm, out: _from_half(name, x, n, dim, norm, False, out))  # fmt: skip
_one_dim("hfft", "The `fft` of a signal that is its own conjugate backwards, given by half",
         lambda name, x, n, dim, norm, out: _from_half(name, x, n, dim, norm, True, out))  # fmt: skip
_one_dim("ihfft", "The inverse of `hfft`",
         lambda name, x, n, dim, norm, out: _to_half(name, x, n, dim, norm, False, True, out))  # fmt: skip


def _places(x: Tensor, s, dim) -> tuple[list[int], list[int]]:
    """The dimensions to transform and their sizes, of what was given and what was not."""
    shape, ndim = x._layout.shape, x.ndim
    dims = list(range(ndim))
    if dim is not None:
        dims = [wrap_dim(d, ndim, wrap_scalar=False) for d in dim]
        if len(set(dims)) != len(dims):
            raise RuntimeError("FFT dims must be unique")
    if s is not None:
        if dim is not None and len(dim) != len(s):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
        if len(s) > ndim:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {ndim} dimensions.")
        if dim is None:
            dims = dims[ndim - len(s) :]
    sizes = [shape[d] if s is None or s[i] == -1 else s[i] for i, d in enumerate(dims)]
    _require_points(sizes)
    return dims, sizes


def _half_places(name: str, x: Tensor, s, dim) -> tuple[list[int], list[int], int]:
    """As `_places` for half a spectrum; and how many real numbers its last dimension stands for."""
    dims, sizes = _places(x, s, dim)
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    last = 2 * (x._layout.shape[dims[-1]] - 1) if s is None or s[-1] == -1 else sizes[-1]
    _require_points([last])
    return dims, [*sizes[:-1], last // 2 + 1], last


def _many_complex(name: str, forward: bool):
    def run(x, s, dim, norm, out):
        dims, sizes = _places(x, s, dim)
        x = _sized(_promoted(x, True), dims, sizes)
        norm = _norm(norm, forward)
        _require_out(name, out, "complex")
        return _run("_fft_c2c", x, dims, norm, forward, out=out)

    return run


def _rfftn(x, s, dim, norm, out):
    _require_real("rfftn", x, "real-valued")
    dims, sizes = _places(x, s, dim)
    if not dims:
        raise RuntimeError("rfftn must transform at least one axis")
    x = _sized(_promoted(x, False), dims, sizes)
    norm = _norm(norm, True)
    _require_out("rfftn", out, "complex")
    return _run("_fft_r2c", x, dims, norm, True, out=out)


def _half(name: str, x, s, dim, norm, forward: bool, out):
    """(x, dims, norm, size of the last one) of a transform whose spectrum is one half of itself."""
    dims, sizes, last = _half_places(name, x, s, dim)
    x = _sized(_promoted(x, True), dims, sizes)
    norm = _norm(norm, forward)
    _require_out(name, out, "floating point")
    return x, dims, norm, last


def _irfftn(x, s, dim, norm, out):
    x, dims, norm, last = _half("irfftn", x, s, dim, norm, False, out)
    return _run("_fft_c2r", x, dims, norm, last, out=out)


def _hfftn(x, s, dim, norm, out):
    x, dims, norm, last = _half("hfftn", x, s, dim, norm, True, out)
    if dims[:-1]:
        x = _run("_fft_c2c", x, dims[:-1], norm, True)
    return _run("_fft_c2r", x.conj(), dims[-1:], norm, last, out=out)


def _ihfftn(x, s, dim, norm, out):
    dims, sizes = _places(x, s, dim)
    if not dims:
        raise RuntimeError("ihfftn must transform at least one axis")
    x = _sized(_promoted(x, False), dims, sizes)
    norm = _norm(norm, False)
    half = _run("_fft_r2c", x, dims[-1:], norm, True)
    _require_out("ihfftn", out, "complex")
    conj_physical = namespaces["torch"]["conj_physical"]
    if not dims[:-1]:
        return conj_physical(half, out=out) if out is not None else conj_physical(half)
    return _run("_fft_c2c", conj_physical(half), dims[:-1], norm, False, out=out)


def _many(name: str, run) -> None:
    """Declare ``torch.fft.<name>2`` and ``torch.fft.<name>n``."""
    for suffix, dim in (("2", "dims dim=(-2, -1)"), ("n", "dims? dim=None")):

        def transform(self, s, dim, norm, *, out):
            return run(self, s, dim, norm, out)

        transform.__name__ = f"fft_{name}{suffix}"
        transform.__doc__ = f"`{name}` over several dimensions ``dim``, cut or padded to sizes ``s``."
        composite(f"fft_{name}{suffix}(Tensor self, dims? s=None, {dim}, str? norm=None, *, Tensor? out=None)",
                  forms="fft")(transform)  # fmt: skip


_many("fft", _many_complex("fftn", True))
_many("ifft", _many_complex("fftn", False))  # PyTorch calls it so
_many("rfft", _rfftn)
_many("irfft", _irfftn)
_many("hfft", _hfftn)
_many("ihfft", _ihfftn)


def _shifted(self, dim, half):
    dims = range(self.ndim) if dim is None else [wrap_dim(d, self.ndim) for d in dim]
    return self.roll([half(self._layout.shape[d]) for d in dims], tuple(dims))


@composite("fft_fftshift(Tensor self, dims? dim=None)", forms="fft")
def fft_fftshift(self, dim):
    """Move the zero frequency to the middle."""
    return _shifted(self, dim, lambda n: n // 2)


@composite("fft_ifftshift(Tensor self, dims? dim=None)", forms="fft")
def fft_ifftshift(self, dim):
    """Undo fftshift."""
    return _shifted(self, dim, lambda n: (n + 1) // 2)


def _frequencies(xp):
    def frequencies(d, *, n, half, dtype):
        index = np.arange(n // 2 + 1) if half else np.concatenate([np.arange((n + 1) // 2), np.arange(-(n // 2), 0)])
        with np.errstate(divide="ignore", invalid="ignore"):
            return xp.asarray(index * (np.float64(1.0) / (n * d))).astype(dtype.np)

    return frequencies


op("frequencies(Scalar d, int n, bool half, dtype dtype, any device)", forms="", differentiable=False,
   host=_frequencies(np))(
    lambda d, *, n, half, dtype, device: _frequencies(jnp)(d, n=n, half=half, dtype=dtype)
)  # fmt: skip


def _frequency_family(name: str, half: bool) -> None:
    def frequencies(n, d, *, dtype, layout, device, pin_memory, requires_grad):
        check_strided(layout)
        dtype = dtype or dtypes.get_default_dtype()
        if dtype.category < 2:
            raise RuntimeError(f"{name} requires a floating point or complex dtype")
        if dtype.is_complex:
            raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype.title}'")
        if n < 0:
            raise RuntimeError("upper bound and lower bound inconsistent with step sign")
        statics = (n, half, dtype, devices.resolve(device))
        out = dispatch(registry["frequencies"], (d,), statics)
        return as_leaf(out, requires_grad)

    frequencies.__doc__ = f"The frequencies of ``{'r' if half else ''}fft``'s results for ``n`` points ``d`` apart."
    composite(f"fft_{name}(int n, Scalar d=1.0, *, {_FACTORY})",
              forms="fft out", computes_out=True,
              resize_out=resize_range, refused_out=True)(frequencies)


_frequency_family("fftfreq", False)
_frequency_family("rfftfreq", True)


# -- short-time transforms ------------------------------------------------------------------------
def _flag(value) -> str:
    return "None" if value is None else str(int(value))


def _described(name: str, self: Tensor, n_fft, hop_length, win_length, window, **more) -> str:
    """The call, as PyTorch's errors show it."""
    shown = "None"
    if window is not None:
        shown = f"{type_text(window._dtype, window.device)}{{{list(window.shape)}}}"
    rest = "".join(f", {k}={_flag(v)}" for k, v in more.items())
    return (
        f"{name}({type_text(self._dtype, self.device)}{list(self.shape)}, n_fft={n_fft}, "
        f"hop_length={hop_length}, win_length={win_length}, window={shown}{rest}) "
    )


def _centred(window: Tensor, n_fft: int) -> Tensor:
    """A window in the middle of ``n_fft`` zeros."""
    left = (n_fft - window._layout.numel) // 2
    out = namespaces["torch"]["zeros"]((n_fft,), dtype=window._dtype, device=window.device)
    out.narrow(0, left, window._layout.numel).copy_(window)
    return out


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
        align_to_window: where not centred, frames start where windows do.

    Returns:
        A fresh tensor.
    """
    pad = namespaces["nn"]["pad"]
    if center:
        if align_to_window is not None:
            raise RuntimeError("stft align_to_window should only be set when center = false")
        ndim = self.ndim
        padded = pad(self.view((1,) * (3 - ndim) + self._layout.shape), (n_fft // 2, n_fft // 2), mode=pad_mode)
        self = padded.view(padded._layout.shape[-ndim:])
    if window is None:
        warn_once(
            "A window was not provided. A rectangular window will be applied,which is known to cause spectral "
            "leakage. Other windows such as torch.hann_window or torch.hamming_window are recommended to reduce "
            "spectral leakage.To suppress this warning and use a rectangular window, explicitly set "
            "`window=torch.ones(n_fft, device=<device>)`."
        )
    hop_length = n_fft >> 2 if hop_length is None else hop_length
    win_length = n_fft if win_length is None else win_length
    as_complex = return_complex
    if return_complex is None:
        as_complex = self._dtype.is_complex or (window is not None and window._dtype.is_complex)
    if not as_complex:
        if return_complex is None:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will further require "
                "that return_complex=True in a future PyTorch release."
            )
        warn_once(
            "stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex "
            "tensors for all inputs, and return_complex=False will raise an error.\n"
            "Note: you can still call torch.view_as_real on the complex output to recover the old return format."
        )

    def refuse(what: str):
        where = _described("stft", self, n_fft, hop_length, win_length, window,
                           normalized=normalized, onesided=onesided,
                           return_complex=return_complex, align_to_window=align_to_window)  # fmt: skip
        raise RuntimeError(f"{where}: {what}")

    if self._dtype.category < 2:
        refuse("expected a tensor of floating point or complex values")
    if self.ndim not in (1, 2):
        refuse("expected a 1D or 2D tensor")
    x = self.unsqueeze(0) if self.ndim == 1 else self
    length = x._layout.shape[1]
    if not 0 < n_fft <= length:
        refuse(f"expected 0 < n_fft < {length}, but got n_fft={win_length}")
    if hop_length <= 0:
        refuse(f"expected hop_length > 0, but got hop_length={hop_length}")
    if not 0 < win_length <= n_fft:
        refuse(f"expected 0 < win_length <= n_fft, but got win_length={win_length}")
    if window is not None and window._layout.shape != (win_length,):
        refuse(
            f"expected a 1D window tensor of size equal to win_length={win_length}, but got window with size "
            f"{list(window.shape)}"
        )
    if win_length < n_fft:
        if window is None:
            window = namespaces["torch"]["ones"]((win_length,), dtype=self._dtype, device=self.device)
        window = _centred(window, n_fft)
    count = 1 + (length - n_fft) // hop_length
    if align_to_window:
        count = 1 + (length - win_length) // hop_length
        beside = (n_fft - win_length) // 2
        x = pad(x, (beside, beside))
    batch, step = x._layout.stride
    frames = x.as_strided((x._layout.shape[0], count, n_fft), (batch, hop_length * step, step))
    if window is not None:
        frames = frames.mul(window)
    norm = 1 if normalized else 0
    if frames._dtype.is_complex:
        if onesided:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        out = _run("_fft_c2c", frames, (2,), norm, True)
    else:
        out = _run("_fft_r2c", frames, (2,), norm, onesided is None or onesided)
    out.transpose_(1, 2)
    if self.ndim == 1:
        out.squeeze_(0)
    return out if as_complex else namespaces["torch"]["view_as_real"](out)


@op("overlap_add(Tensor self, int hop)", forms="", node="UnfoldBackwardBackward0")
def overlap_add(self, *, hop):
    """Frames (batch, frame, point) added up ``hop`` apart: (batch, time)."""
    batch, count, size = self.shape
    where = (jnp.arange(count) * hop)[:, None] + jnp.arange(size)[None]
    return jnp.zeros((batch, (count - 1) * hop + size), self.dtype).at[:, where].add(self)


def _vanishes(self, envelope, *, where):
    return jnp.min(jnp.abs(envelope)) < 1e-11


def _vanished(self, envelope, *, where):
    kind = "CPU" if self.device.type == "cpu" else "CUDA"
    return RuntimeError(f"{where}window overlap add min: 1\n[ {kind}BoolType{{}} ]")


@op("over_envelope(Tensor self, Tensor envelope, str where)", forms="", promote="result", layout="pointwise",
    node="DivBackward0", bounds=_vanishes, bounds_error=_vanished,
    grad=lambda g, self, envelope: (g / jnp.conj(envelope), -g * jnp.conj(self / envelope / envelope)))  # fmt: skip
def over_envelope(self, envelope, *, where):
    """A quotient that refuses windows whose overlapping sum vanishes somewhere."""
    return self / envelope


@composite("istft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, "
           "bool center=True, bool normalized=False, bool? onesided=None, int? length=None, "
           "bool return_complex=False)", forms="function method")  # fmt: skip
def istft(self, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex):
    """The signal whose `stft` is nearest to ``self``: (..., time).

    Args:
        self: (..., frequencies, frames), complex; the other arguments as for stft.
        length: of the signal; what is beyond it is cut off.
    """
    torch, nn = namespaces["torch"], namespaces["nn"]
    if window is None:
        warn_once(
            "A window was not provided. A rectangular window will be applied.Please provide the same window used by "
            "stft to make the inversion lossless.To suppress this warning and use a rectangular window, explicitly "
            "set `window=torch.ones(n_fft, device=<device>)`."
        )
    hop_length = n_fft >> 2 if hop_length is None else hop_length
    win_length = n_fft if win_length is None else win_length
    if not self._dtype.is_complex:
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    where = _described("istft", self, n_fft, hop_length, win_length, window, center=center, normalized=normalized,
                       onesided=onesided, length=length, return_complex=return_complex)  # fmt: skip
    pairs = torch["view_as_real"](self.resolve_conj())
    count, points = pairs.size(-2), pairs.size(-3)
    if not self._layout.numel:
        raise RuntimeError(f"{where}: input tensor cannot be empty.")
    if pairs.ndim not in (3, 4):
        raise RuntimeError(f"{where}: expected a tensor with 3 or 4 dimensions, but got {pairs.ndim}")
    half = points != n_fft if onesided is None else onesided
    if points != (n_fft // 2 + 1 if half else n_fft):
        raise RuntimeError(
            f"{where}: expected the frequency dimension (3rd to the last) of the input tensor to match "
            f"n_fft{' / 2 + 1' if half else ''} when onesided={half}, but got {points}"
        )
    if not 0 < hop_length <= win_length:
        raise RuntimeError(f"{where}: expected 0 < hop_length <= win_length")
    if not 0 < win_length <= n_fft:
        raise RuntimeError(f"{where}: expected 0 < win_length <= n_fft")
    if window is not None and window._layout.shape != (win_length,):
        raise RuntimeError(
            f"{where}: Invalid window shape. window has to be 1D and length of `win_length`"
        )
    weights = window
    if weights is None:
        weights = torch["ones"]((win_length,), dtype=pairs._dtype, device=pairs.device)
    if win_length != n_fft:
        left = (n_fft - win_length) // 2
        weights = nn["pad"](weights, (left, n_fft - win_length - left))
    if pairs.ndim == 3:
        pairs = pairs.unsqueeze(0)
    frames = torch["view_as_complex"](pairs.transpose(1, 2))
    norm = 1 if normalized else 2
    if return_complex:
        if half:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        frames = _run("_fft_c2c", frames, (2,), norm, False)
    else:
        if window is not None and window._dtype.is_complex:
            raise RuntimeError("Complex windows are incompatible with return_complex=False")
        if not half:
            frames = frames.narrow(-1, 0, n_fft // 2 + 1)
        frames = _run("_fft_c2r", frames, (2,), norm, n_fft)
    signal = dispatch(registry["overlap_add"], (frames * weights.view((1, 1, n_fft)),), (hop_length,))
    squares = weights.pow(2).expand((1, count, n_fft))
    envelope = dispatch(registry["overlap_add"], (squares,), (hop_length,))
    whole = n_fft + hop_length * (count - 1)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else -(n_fft // 2) if center else whole
    cut = (slice(None), slice(start, end))
    signal = dispatch(registry["over_envelope"], (signal[cut], envelope[cut]), (where,))
    if self.ndim == 2:
        signal = signal.squeeze(0)
    if end > whole:
        warn_once(
            "The length of signal is shorter than the length parameter. Result is being padded with zeros in the "
            "tail. Please check your center and hop_length settings."
        )
        signal = nn["pad"](signal, (0, end - whole))
    return signal
