"""What families of models share."""

from __future__ import annotations

import math

from ... import nn

__all__ = ["initialize"]


def _make_divisible(v: float, divisor: int, min_value: int | None = None) -> int:
    """The multiple of ``divisor`` nearest to ``v`` that is not more than a tenth below it."""
    near = max(divisor if min_value is None else min_value, int(v + divisor / 2) // divisor * divisor)
    return near + divisor if near < 0.9 * v else near


def _linear_normal(m) -> None:
    nn.init.normal_(m.weight, 0, 0.01)


def linear_uniform(m) -> None:
    """EfficientNet's weights of linear layers."""
    bound = 1 / math.sqrt(m.out_features)
    nn.init.uniform_(m.weight, -bound, bound)


def initialize(model: nn.Module, conv=None, linear=_linear_normal) -> None:
    """Initialise each layer in turn: convolutions by He's rule from fan-out, normalisations to one and zero.

    Args:
        model: the model, already built (its layers have drawn their default weights, as in torchvision).
        conv: initialises the weight of a convolution in another way.
        linear: initialises the weight of a linear layer; None leaves weight and bias.
    """
    for m in model.modules():
        if isinstance(m, nn.Conv2d):
            if conv is None:
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            else:
                conv(m)
        elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
            nn.init.ones_(m.weight)
        elif isinstance(m, nn.Linear) and linear is not None:
            linear(m)
        else:
            continue
        if m.bias is not None:
            nn.init.zeros_(m.bias)
