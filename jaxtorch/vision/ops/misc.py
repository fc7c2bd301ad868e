"""Layers of which vision models are built."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ... import nn
from ..._core.tensor import Tensor
from ...nn._namespace import torch

__all__ = ["Conv2dNormActivation", "Conv3dNormActivation", "FrozenBatchNorm2d", "MLP", "Permute", "SqueezeExcitation"]

_Maker = Callable[..., nn.Module]


class FrozenBatchNorm2d(nn.Module):
    """Batch normalisation whose statistics and affine factors are constants.

    Args:
        num_features: channels.
        eps: added to the variance.
    """

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((num_features,), value))

    def _load_from_state_dict(self, state_dict, prefix, *args) -> None:
        state_dict.pop(prefix + "num_batches_tracked", None)  # of the BatchNorm2d this was
        super()._load_from_state_dict(state_dict, prefix, *args)

    def forward(self, x: Tensor) -> Tensor:
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale.reshape(1, -1, 1, 1) + shift.reshape(1, -1, 1, 1)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.weight.shape[0]}, eps={self.eps})"


class _ConvNormActivation(nn.Sequential):
    _conv: _Maker
    _norm: _Maker
    _dims: int

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Sequence[int] = 3,
                 stride: int | Sequence[int] = 1, padding: int | Sequence[int] | str | None = None, groups: int = 1,
                 norm_layer: _Maker | None = ..., activation_layer: _Maker | None = nn.ReLU,
                 dilation: int | Sequence[int] = 1, inplace: bool | None = True,
                 bias: bool | None = None) -> None:  # fmt: skip
        if norm_layer is ...:
            norm_layer = self._norm
        if padding is None:
            sizes, steps = ((v,) * self._dims if isinstance(v, int) else v for v in (kernel_size, dilation))
            paddings = tuple((k - 1) // 2 * d for k, d in zip(sizes, steps))
            padding = paddings[0] if isinstance(kernel_size, int) and isinstance(dilation, int) else paddings
        layers = [self._conv(in_channels, out_channels, kernel_size, stride, padding, dilation=dilation, groups=groups,
                             bias=norm_layer is None if bias is None else bias)]  # fmt: skip
        if norm_layer is not None:
            layers.append(norm_layer(out_channels))
        if activation_layer is not None:
            layers.append(activation_layer(**_inplace(inplace)))
        super().__init__(*layers)
        self.out_channels = out_channels


class Conv2dNormActivation(_ConvNormActivation):
    """A convolution of images, a normalisation and an activation.

    Args:
        in_channels, out_channels, kernel_size, stride, dilation, groups: of the convolution.
        padding: by default what keeps the size.
        norm_layer: makes the normalisation; None for none.
        activation_layer: makes the activation; None for none.
        inplace: passed to the activation, unless None.
        bias: by default where there is no normalisation.
    """

    _conv, _norm, _dims = nn.Conv2d, nn.BatchNorm2d, 2


class Conv3dNormActivation(_ConvNormActivation):
    """A convolution of volumes, a normalisation and an activation; arguments as of `Conv2dNormActivation`."""

    _conv, _norm, _dims = nn.Conv3d, nn.BatchNorm3d, 3


def _inplace(inplace: bool | None) -> dict[str, bool]:
    return {} if inplace is None else {"inplace": inplace}


class SqueezeExcitation(nn.Module):
    """Scales each channel by what a small network makes of the channels' means (Hu et al., 2017).

    Args:
        input_channels, squeeze_channels: channels in, and between.
        activation, scale_activation: make the activations.
    """

    def __init__(self, input_channels: int, squeeze_channels: int, activation: _Maker = nn.ReLU,
                 scale_activation: _Maker = nn.Sigmoid) -> None:  # fmt: skip
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = nn.Conv2d(squeeze_channels, input_channels, 1)
        self.activation = activation()
        self.scale_activation = scale_activation()

    def forward(self, input: Tensor) -> Tensor:
        scale = self.fc2(self.activation(self.fc1(self.avgpool(input))))
        return self.scale_activation(scale) * input


class MLP(nn.Sequential):
    """Linear layers, each but the last followed by a normalisation, an activation and dropout.

    Args:
        in_channels: features in.
        hidden_channels: features out of each layer.
        norm_layer, activation_layer: make the normalisation (None: none) and the activation.
        inplace: passed to activations and dropout, unless None.
        bias: of the linear layers.
        dropout: the share dropped.
    """

    def __init__(self, in_channels: int, hidden_channels: Sequence[int], norm_layer: _Maker | None = None,
                 activation_layer: _Maker | None = nn.ReLU, inplace: bool | None = None, bias: bool = True,
                 dropout: float = 0.0) -> None:  # fmt: skip
        layers: list[nn.Module] = []
        for width in hidden_channels[:-1]:
            layers.append(nn.Linear(in_channels, width, bias=bias))
            layers += [norm_layer(width)] if norm_layer is not None else []
            layers += [activation_layer(**_inplace(inplace))] if activation_layer is not None else []
            layers.append(nn.Dropout(dropout, **_inplace(inplace)))
            in_channels = width
        layers.append(nn.Linear(in_channels, hidden_channels[-1], bias=bias))
        layers.append(nn.Dropout(dropout, **_inplace(inplace)))
        super().__init__(*layers)


class Permute(nn.Module):
    """``x.permute(dims)`` as a module.

    Args:
        dims: the dimensions in their new order.
    """

    def __init__(self, dims: list[int]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)
