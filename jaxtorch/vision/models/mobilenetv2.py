"""MobileNetV2 (Sandler et al., 2018: Inverted residuals and linear bottlenecks)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ... import nn
from ..._core.tensor import Tensor
from ...nn import functional as F
from ..ops.misc import Conv2dNormActivation
from ._api import Published, builders, variant
from ._utils import _make_divisible, initialize

# Expansion, channels out, blocks, stride of the first.
_STAGES = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip


class InvertedResidual(nn.Module):
    """Wide inside, narrow outside: expand, convolve each channel, project.

    Args:
        inp, oup: channels in and out.
        stride: 1 or 2.
        expand_ratio: how much wider it is inside.
        norm_layer: makes a normalisation of so many channels.
    """

    def __init__(self, inp: int, oup: int, stride: int, expand_ratio: int,
                 norm_layer: Callable[..., nn.Module] | None = None) -> None:  # fmt: skip
        super().__init__()
        if stride not in (1, 2):
            raise ValueError(f"stride should be 1 or 2 instead of {stride}")
        norm_layer = norm_layer or nn.BatchNorm2d
        self.stride = stride
        self.use_res_connect = stride == 1 and inp == oup
        hidden = int(round(inp * expand_ratio))
        layers: list[nn.Module] = []
        if expand_ratio != 1:
            layers.append(
                Conv2dNormActivation(inp, hidden, kernel_size=1, norm_layer=norm_layer, activation_layer=nn.ReLU6)
            )
        layers += [
            Conv2dNormActivation(hidden, hidden, stride=stride, groups=hidden, norm_layer=norm_layer,
                                 activation_layer=nn.ReLU6),
            nn.Conv2d(hidden, oup, 1, 1, 0, bias=False),
            norm_layer(oup),
        ]  # fmt: skip
        self.conv = nn.Sequential(*layers)
        self.out_channels = oup
        self._is_cn = stride > 1

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(nn.Module):
    """Inverted residuals between two convolutions, and a linear layer on the mean.

    Args:
        num_classes: how many outputs.
        width_mult: a factor of all widths.
        inverted_residual_setting: lists of expansion, channels, blocks and stride.
        round_nearest: widths are multiples of it.
        block: makes a block.
        norm_layer: makes a normalisation of so many channels.
        dropout: the share of features dropped before the linear layer.
    """

    def __init__(self, num_classes: int = 1000, width_mult: float = 1.0,
                 inverted_residual_setting: Sequence[Sequence[int]] | None = None, round_nearest: int = 8,
                 block: Callable[..., nn.Module] | None = None, norm_layer: Callable[..., nn.Module] | None = None,
                 dropout: float = 0.2) -> None:  # fmt: skip
        super().__init__()
        block = block or InvertedResidual
        norm_layer = norm_layer or nn.BatchNorm2d
        stages = _STAGES if inverted_residual_setting is None else inverted_residual_setting
        if not stages or len(stages[0]) != 4:
            raise ValueError("inverted_residual_setting should be non-empty or a 4-element list, got "
                             f"{inverted_residual_setting}")  # fmt: skip
        facts = {"norm_layer": norm_layer, "activation_layer": nn.ReLU6}
        channels = _make_divisible(32 * width_mult, round_nearest)
        self.last_channel = _make_divisible(1280 * max(1.0, width_mult), round_nearest)
        features: list[nn.Module] = [Conv2dNormActivation(3, channels, stride=2, **facts)]
        for expansion, width, count, stride in stages:
            out = _make_divisible(width * width_mult, round_nearest)
            for i in range(count):
                features.append(block(channels, out, stride if i == 0 else 1, expansion, norm_layer=norm_layer))
                channels = out
        features.append(Conv2dNormActivation(channels, self.last_channel, kernel_size=1, **facts))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout), nn.Linear(self.last_channel, num_classes))
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), (1, 1)).flatten(1))


_PUBLISHED = {
    "IMAGENET1K_V1": Published("mobilenet_v2-b0353104.pth"),
    "IMAGENET1K_V2": Published("mobilenet_v2-7ebf99e0.pth", resize=232),
}
_MADE = builders(__name__, MobileNetV2, {"mobilenet_v2": variant("MobileNet_V2", 3504872, _PUBLISHED)})
globals().update(_MADE)
__all__ = ["MobileNetV2", *_MADE]
