"""Convolutions and transposed convolutions as modules."""

from __future__ import annotations

from typing import Literal

from ..._core.tensor import Tensor
from ...autograd.grad_mode import no_grad
from .. import functional as F
from .. import init
from .._namespace import torch
from ..parameter import Parameter, UninitializedParameter
from ._layer import unusual
from .lazy import LazyModuleMixin
from .module import Module
from .utils import _ntuple, _reverse_repeat_tuple

__all__ = [
    "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d",
    "LazyConv1d", "LazyConv2d", "LazyConv3d", "LazyConvTranspose1d", "LazyConvTranspose2d",
    "LazyConvTranspose3d",
]  # fmt: skip

_Size = int | tuple[int, ...]
_Mode = Literal["zeros", "reflect", "replicate", "circular"]
_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What convolutions of any number of dimensions share; ``_dims`` is that number."""

    __constants__ = [
        "stride", "padding", "dilation", "groups", "padding_mode", "output_padding", "in_channels",
        "out_channels", "kernel_size",
    ]  # fmt: skip
    _dims: int

    def __init__(self, in_channels, out_channels, kernel_size, stride, padding, dilation,
                 transposed, output_padding, groups, bias, padding_mode, device=None,
                 dtype=None) -> None:  # fmt: skip
        super().__init__()
        _check(in_channels, out_channels, stride, padding, groups, padding_mode)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = self._sides_to_pad()
        shape = self._weight_shape()
        self.weight = Parameter(torch.empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(torch.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _weight_shape(self) -> tuple[int, ...]:
        if self.transposed:
            return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)
        return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)

    def _sides_to_pad(self):
        """The padding in the order `functional.pad` takes it."""
        if not isinstance(self.padding, str):
            return _reverse_repeat_tuple(self.padding, 2)
        sides = []
        for d, k in zip(reversed(self.dilation), reversed(self.kernel_size), strict=True):
            total = d * (k - 1) if self.padding == "same" else 0
            sides += [total // 2, total - total // 2]
        return sides

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        with no_grad():
            if self.weight.is_contiguous():
                init._weight_and_bias(self.weight, self.bias)
                return
            weight = torch.empty(
                self.weight.shape, dtype=self.weight.dtype, device=self.weight.device
            )
            init._weight_and_bias(weight, self.bias)
            self.weight.copy_(weight)

    def extra_repr(self) -> str:
        zeros, ones = (0,) * len(self.kernel_size), (1,) * len(self.kernel_size)
        shown = [
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        ]
        shown += unusual(self, padding=zeros, dilation=ones, output_padding=zeros, groups=1)
        if self.bias is None:
            shown.append("bias=False")
        return ", ".join([*shown, *unusual(self, padding_mode="zeros")])

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        self.__dict__.setdefault("padding_mode", "zeros")


def _check(in_channels, out_channels, stride, padding, groups, padding_mode) -> None:
    if groups <= 0:
        raise ValueError("groups must be a positive integer")
    if in_channels % groups != 0:
        raise ValueError("in_channels must be divisible by groups")
    if out_channels % groups != 0:
        raise ValueError("out_channels must be divisible by groups")
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(
                f"Invalid padding string {padding!r}, should be one of {{'same', 'valid'}}"
            )
        if padding == "same" and any(s != 1 for s in stride):
            raise ValueError("padding='same' is not supported for strided convolutions")
    if padding_mode not in _MODES:
        modes = ", ".join(map(repr, _MODES))
        raise ValueError(
            f"padding_mode must be one of {{{modes}}}, but got padding_mode='{padding_mode}'"
        )


class _Forward(_ConvNd):
    """A convolution, not transposed."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: _Size, stride: _Size = 1,
                 padding: str | _Size = 0, dilation: _Size = 1, groups: int = 1, bias: bool = True,
                 padding_mode: _Mode = "zeros", device=None, dtype=None) -> None:  # fmt: skip
        sizes = _ntuple(self._dims)
        super().__init__(
            in_channels, out_channels, sizes(kernel_size), sizes(stride),
            padding if isinstance(padding, str) else sizes(padding), sizes(dilation), False,
            sizes(0), groups, bias, padding_mode, device=device, dtype=dtype,
        )  # fmt: skip

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        convolve, padding = getattr(F, f"conv{self._dims}d"), self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = (0,) * self._dims
        return convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Forward):
    """Convolves (N, C_in, L) or (C_in, L) with a window of one dimension: see Conv2d."""

    _dims = 1


class Conv2d(_Forward):
    """Convolves (N, C_in, H, W) or (C_in, H, W) with a learned window.

    Args:
        in_channels: C_in.
        out_channels: the channels of the output.
        kernel_size: of the window.
        stride: the step between windows.
        padding: on each side, or ``"same"`` or ``"valid"``.
        dilation: the step between the elements of a window.
        groups: into how many groups the channels are split.
        bias: whether there is a bias.
        padding_mode: what the padding holds: ``"zeros"``, ``"reflect"``, ``"replicate"`` or
            ``"circular"``.

    Attributes:
        weight: (out_channels, in_channels / groups, *kernel_size), drawn from U(-k, k) with
            ``k = (in_channels / groups * prod(kernel_size)) ** -0.5``.
        bias: (out_channels,), drawn likewise.

    Raises:
        ValueError: channels that the groups do not divide, or an unknown padding.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.Conv2d(1, 4, 3, padding=1)
        Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
    """

    _dims = 2


class Conv3d(_Forward):
    """Convolves (N, C_in, D, H, W) or (C_in, D, H, W) with a window: see Conv2d."""

    _dims = 3


class _ConvTransposeNd(_ConvNd):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: _Size, stride: _Size = 1,
                 padding: _Size = 0, output_padding: _Size = 0, groups: int = 1, bias: bool = True,
                 dilation: _Size = 1, padding_mode: _Mode = "zeros", device=None,
                 dtype=None) -> None:  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        sizes = _ntuple(self._dims)
        super().__init__(
            in_channels, out_channels, sizes(kernel_size), sizes(stride), sizes(padding),
            sizes(dilation), True, sizes(output_padding), groups, bias, padding_mode, device=device,
            dtype=dtype,
        )  # fmt: skip

    def _output_padding(self, input: Tensor, output_size) -> tuple[int, ...] | list[int]:
        """What to add to the output's far sides for it to have the size that was asked for."""
        if output_size is None:
            return self.output_padding
        dims = self._dims
        fixed = 2 if input.dim() == dims + 2 else 1
        if len(output_size) == fixed + dims:
            output_size = output_size[fixed:]
        if len(output_size) != dims:
            raise ValueError(
                f"ConvTranspose{dims}D: for {input.dim()}D input, output_size must have {dims} or "
                f"{fixed + dims} elements (got {len(output_size)})"
            )
        least = [
            (size - 1) * s - 2 * p + d * (k - 1) + 1
            for size, s, p, d, k in zip(
                input.shape[fixed:],
                self.stride,
                self.padding,
                self.dilation,
                self.kernel_size,
                strict=True,
            )
        ]
        most = [size + s - 1 for size, s in zip(least, self.stride, strict=True)]
        for size, low, high in zip(output_size, least, most, strict=True):
            if size < low or size > high:
                raise ValueError(
                    f"requested an output size of {output_size}, but valid sizes range from "
                    f"{least} to {most} (for an input of {input.size()[2:]})"
                )
        return [size - low for size, low in zip(output_size, least, strict=True)]

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        if self.padding_mode != "zeros":
            raise ValueError(
                f"Only `zeros` padding mode is supported for ConvTranspose{self._dims}d"
            )
        output_padding = self._output_padding(input, output_size)
        convolve = getattr(F, f"conv_transpose{self._dims}d")
        return convolve(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            output_padding,
            self.groups,
            self.dilation,
        )


class ConvTranspose1d(_ConvTransposeNd):
    """The transpose of Conv1d, on (N, C_in, L) or (C_in, L): see ConvTranspose2d."""

    _dims = 1


class ConvTranspose2d(_ConvTransposeNd):
    """The transpose (the gradient by its input) of Conv2d, on (N, C_in, H, W) or (C_in, H, W).

    Args:
        output_padding: added to the output's far sides; ``forward(input, output_size)`` finds it.

    Attributes:
        weight: (in_channels, out_channels / groups, *kernel_size), drawn from U(-k, k) with
            ``k = (out_channels / groups * prod(kernel_size)) ** -0.5``.
        bias: (out_channels,), drawn likewise.
    """

    _dims = 2


class ConvTranspose3d(_ConvTransposeNd):
    """The transpose of Conv3d, on (N, C_in, D, H, W) or (C_in, D, H, W): see ConvTranspose2d."""

    _dims = 3


# -- lazy ones ------------------------------------------------------------------------------------
class _LazyConvXdMixin(LazyModuleMixin):
    """Takes ``in_channels`` from the first input."""

    def _make_lazy(self, out_channels: int, bias: bool, device, dtype) -> None:
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw weight and bias, once they have shapes."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()  # pyright: ignore[reportAttributeAccessIssue]

    def initialize_parameters(self, input: Tensor, *args, **kwargs) -> None:
        """Take the sizes from the first input."""
        if not self.has_uninitialized_params():
            return
        self.in_channels = self._get_in_channels(input)
        if self.in_channels % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        self.weight.materialize(self._weight_shape())  # pyright: ignore[reportAttributeAccessIssue]
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))  # pyright: ignore[reportAttributeAccessIssue]
        self.reset_parameters()

    def _get_in_channels(self, input: Tensor) -> int:
        alone, batch = self._dims + 1, self._dims + 2
        if input.dim() not in (alone, batch):
            raise RuntimeError(
                f"Expected {alone}D (unbatched) or {batch}D (batched) input to "
                f"{type(self).__name__}, but got input of size: {input.shape}"
            )
        return input.shape[1] if input.dim() == batch else input.shape[0]


class _LazyForward(_LazyConvXdMixin):
    def __init__(self, out_channels: int, kernel_size: _Size, stride: _Size = 1, padding: _Size = 0,
                 dilation: _Size = 1, groups: int = 1, bias: bool = True,
                 padding_mode: _Mode = "zeros", device=None, dtype=None) -> None:  # fmt: skip
        super().__init__(
            0,
            0,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            False,
            padding_mode,
            device=device,
            dtype=dtype,
        )
        self._make_lazy(out_channels, bias, device, dtype)


class _LazyTranspose(_LazyConvXdMixin):
    def __init__(self, out_channels: int, kernel_size: _Size, stride: _Size = 1, padding: _Size = 0,
                 output_padding: _Size = 0, groups: int = 1, bias: bool = True, dilation: _Size = 1,
                 padding_mode: _Mode = "zeros", device=None, dtype=None) -> None:  # fmt: skip
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation,
            padding_mode, device=device, dtype=dtype,
        )  # fmt: skip
        self._make_lazy(out_channels, bias, device, dtype)


class LazyConv1d(_LazyForward, Conv1d):
    """Conv1d that takes ``in_channels`` from its first input."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyForward, Conv2d):
    """Conv2d that takes ``in_channels`` from its first input."""

    cls_to_become = Conv2d


class LazyConv3d(_LazyForward, Conv3d):
    """Conv3d that takes ``in_channels`` from its first input."""

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyTranspose, ConvTranspose1d):
    """ConvTranspose1d that takes ``in_channels`` from its first input."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyTranspose, ConvTranspose2d):
    """ConvTranspose2d that takes ``in_channels`` from its first input."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyTranspose, ConvTranspose3d):
    """ConvTranspose3d that takes ``in_channels`` from its first input."""

    cls_to_become = ConvTranspose3d
