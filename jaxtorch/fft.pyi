# Generated from the op tables by `make generate`; not to be edited.
from ._core.tensor import Tensor
from .types import Device, Number, _bool, _complex, _dtype, _int, _layout, _size, _str

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift",
    "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]

def fft(
    input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Tensor | None = None,
) -> Tensor:
    """The discrete Fourier transform along ``dim``."""

def fft2(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size = (-2, -1), norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`fft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def fftfreq(
    n: _int, d: Number | _complex = 1.0, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """The frequencies of ``fft``'s results for ``n`` points ``d`` apart."""

def fftn(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size | None = None, norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`fft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def fftshift(input: Tensor, dim: _int | _size | None = None) -> Tensor:
    """Move the zero frequency to the middle."""

def hfft(
    input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Tensor | None = None,
) -> Tensor:
    """The `fft` of a signal that is its own conjugate backwards, given by half along ``dim``."""

def hfft2(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size = (-2, -1), norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`hfft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def hfftn(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size | None = None, norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`hfft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def ifft(
    input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Tensor | None = None,
) -> Tensor:
    """The inverse of `fft` along ``dim``."""

def ifft2(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size = (-2, -1), norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`ifft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def ifftn(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size | None = None, norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`ifft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def ifftshift(input: Tensor, dim: _int | _size | None = None) -> Tensor:
    """Undo fftshift."""

def ihfft(
    input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Tensor | None = None,
) -> Tensor:
    """The inverse of `hfft` along ``dim``."""

def ihfft2(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size = (-2, -1), norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`ihfft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def ihfftn(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size | None = None, norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`ihfft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def irfft(
    input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Tensor | None = None,
) -> Tensor:
    """The inverse of `rfft`: ``n`` real numbers, ``2 (size - 1)`` by default along ``dim``."""

def irfft2(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size = (-2, -1), norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`irfft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def irfftn(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size | None = None, norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`irfft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def rfft(
    input: Tensor, n: _int | None = None, dim: _int = -1, norm: _str | None = None, *, out: Tensor | None = None,
) -> Tensor:
    """The non-negative frequencies of a real signal's `fft` along ``dim``."""

def rfft2(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size = (-2, -1), norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`rfft` over several dimensions ``dim``, cut or padded to sizes ``s``."""

def rfftfreq(
    n: _int, d: Number | _complex = 1.0, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """The frequencies of ``rfft``'s results for ``n`` points ``d`` apart."""

def rfftn(
    input: Tensor, s: _int | _size | None = None, dim: _int | _size | None = None, norm: _str | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """`rfft` over several dimensions ``dim``, cut or padded to sizes ``s``."""
