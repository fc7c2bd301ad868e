"""EfficientNet (Tan and Le, 2019: Rethinking model scaling for convolutional neural networks)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ... import nn
from ..._core.tensor import Tensor
from ..ops.misc import Conv2dNormActivation, SqueezeExcitation
from ..ops.stochastic_depth import StochasticDepth
from ._api import Published, builders, variant
from ._utils import _make_divisible, initialize, linear_uniform

# Expansion, kernel, stride, channels in, channels out, blocks: of the network that is scaled.
_STAGES = (
    (1, 3, 1, 32, 16, 1), (6, 3, 2, 16, 24, 2), (6, 5, 2, 24, 40, 2), (6, 3, 2, 40, 80, 3), (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4), (6, 3, 1, 192, 320, 1),
)  # fmt: skip


@dataclass
class MBConvConfig:
    """What the blocks of a stage are like.

    Args:
        expand_ratio: how much wider they are inside.
        kernel, stride: of the convolution inside; the stride is the first block's.
        input_channels, out_channels, num_layers: channels in and out, and how many blocks, before scaling.
        width_mult, depth_mult: the scales of channels and blocks.
        block: makes a block.
    """

    expand_ratio: float
    kernel: int
    stride: int
    input_channels: int
    out_channels: int
    num_layers: int
    width_mult: float = 1.0
    depth_mult: float = 1.0
    block: Callable[..., nn.Module] | None = None

    def __post_init__(self) -> None:
        self.input_channels = self.adjust_channels(self.input_channels, self.width_mult)
        self.out_channels = self.adjust_channels(self.out_channels, self.width_mult)
        self.num_layers = self.adjust_depth(self.num_layers, self.depth_mult)
        self.block = self.block or MBConv

    @staticmethod
    def adjust_channels(channels: int, width_mult: float, min_value: int | None = None) -> int:
        """``channels`` times ``width_mult``, a multiple of 8."""
        return _make_divisible(channels * width_mult, 8, min_value)

    @staticmethod
    def adjust_depth(num_layers: int, depth_mult: float) -> int:
        """``num_layers`` times ``depth_mult``, rounded up."""
        return int(math.ceil(num_layers * depth_mult))


class MBConv(nn.Module):
    """Expand, convolve each channel, squeeze and excite, project; whole rows are dropped in training.

    Args:
        cnf: what the block is like.
        stochastic_depth_prob: the probability with which it is left out.
        norm_layer: makes a normalisation of so many channels.
        se_layer: makes the squeeze and excitation.
    """

    def __init__(self, cnf: MBConvConfig, stochastic_depth_prob: float, norm_layer: Callable[..., nn.Module],
                 se_layer: Callable[..., nn.Module] = SqueezeExcitation) -> None:  # fmt: skip
        super().__init__()
        if not 1 <= cnf.stride <= 2:
            raise ValueError("illegal stride value")
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        inside = cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        facts = {"norm_layer": norm_layer, "activation_layer": nn.SiLU}
        layers: list[nn.Module] = []
        if inside != cnf.input_channels:
            layers.append(Conv2dNormActivation(cnf.input_channels, inside, kernel_size=1, **facts))
        layers += [
            Conv2dNormActivation(inside, inside, kernel_size=cnf.kernel, stride=cnf.stride, groups=inside, **facts),
            se_layer(inside, max(1, cnf.input_channels // 4), activation=partial(nn.SiLU, inplace=True)),
            Conv2dNormActivation(inside, cnf.out_channels, kernel_size=1, norm_layer=norm_layer, activation_layer=None),
        ]
        self.block = nn.Sequential(*layers)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.out_channels = cnf.out_channels

    def forward(self, input: Tensor) -> Tensor:
        result = self.block(input)
        return self.stochastic_depth(result) + input if self.use_res_connect else result


class EfficientNet(nn.Module):
    """Stages of `MBConv` between two convolutions, and a linear layer on the mean.

    Args:
        inverted_residual_setting: what the stages are like.
        dropout: the share of features dropped before the linear layer.
        stochastic_depth_prob: with which the last block is left out; it grows from 0 with depth.
        num_classes: how many outputs.
        norm_layer: makes a normalisation of so many channels.
        last_channel: channels of the last convolution, by default four times the last stage's.
    """

    def __init__(self, inverted_residual_setting: Sequence[MBConvConfig], dropout: float,
                 stochastic_depth_prob: float = 0.2, num_classes: int = 1000,
                 norm_layer: Callable[..., nn.Module] | None = None,
                 last_channel: int | None = None) -> None:  # fmt: skip
        super().__init__()
        if not inverted_residual_setting:
            raise ValueError("The inverted_residual_setting should not be empty")
        norm_layer = norm_layer or nn.BatchNorm2d
        facts = {"norm_layer": norm_layer, "activation_layer": nn.SiLU}
        first = inverted_residual_setting[0].input_channels
        features: list[nn.Module] = [Conv2dNormActivation(3, first, kernel_size=3, stride=2, **facts)]
        total, done = sum(cnf.num_layers for cnf in inverted_residual_setting), 0
        for cnf in inverted_residual_setting:
            stage: list[nn.Module] = []
            for i in range(cnf.num_layers):
                again = MBConvConfig(cnf.expand_ratio, cnf.kernel, 1, cnf.out_channels, cnf.out_channels, 1)
                probability = stochastic_depth_prob * float(done) / total
                stage.append(cnf.block(again if i else cnf, probability, norm_layer))
                done += 1
            features.append(nn.Sequential(*stage))
        channels = inverted_residual_setting[-1].out_channels
        last = 4 * channels if last_channel is None else last_channel
        features.append(Conv2dNormActivation(channels, last, kernel_size=1, **facts))
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(p=dropout, inplace=True), nn.Linear(last, num_classes))
        initialize(self, linear=linear_uniform)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def _efficientnet(width: float, depth: float, dropout: float, eps: float = 1e-5, momentum: float = 0.1,
                  **kwargs) -> EfficientNet:  # fmt: skip
    settings = [MBConvConfig(*stage, width_mult=width, depth_mult=depth) for stage in _STAGES]
    norm_layer = partial(nn.BatchNorm2d, eps=eps, momentum=momentum)
    return EfficientNet(settings, dropout, **{"norm_layer": norm_layer, **kwargs})


def _bicubic(file: str, crop: int, resize: int) -> dict[str, Published]:
    return {"IMAGENET1K_V1": Published(file, crop, resize, "bicubic")}


_B1 = {
    **_bicubic("efficientnet_b1_rwightman-bac287d4.pth", 240, 256),
    "IMAGENET1K_V2": Published("efficientnet_b1-c27df63c.pth", 240, 255),
}
_SLOW = {"eps": 0.001, "momentum": 0.01}  # the largest were trained with slower statistics
_TABLE = {
    "efficientnet_b0": variant("EfficientNet_B0", 5288548, _bicubic("efficientnet_b0_rwightman-7f5810bc.pth", 224, 256),
                               width=1.0, depth=1.0, dropout=0.2),
    "efficientnet_b1": variant("EfficientNet_B1", 7794184, _B1, width=1.0, depth=1.1, dropout=0.2),
    "efficientnet_b2": variant("EfficientNet_B2", 9109994, _bicubic("efficientnet_b2_rwightman-c35c1473.pth", 288, 288),
                               width=1.1, depth=1.2, dropout=0.3),
    "efficientnet_b3": variant("EfficientNet_B3", 12233232,
                               _bicubic("efficientnet_b3_rwightman-b3899882.pth", 300, 320),
                               width=1.2, depth=1.4, dropout=0.3),
    "efficientnet_b4": variant("EfficientNet_B4", 19341616,
                               _bicubic("efficientnet_b4_rwightman-23ab8bcd.pth", 380, 384),
                               width=1.4, depth=1.8, dropout=0.4),
    "efficientnet_b5": variant("EfficientNet_B5", 30389784,
                               _bicubic("efficientnet_b5_lukemelas-1a07897c.pth", 456, 456),
                               width=1.6, depth=2.2, dropout=0.4, **_SLOW),
    "efficientnet_b6": variant("EfficientNet_B6", 43040704,
                               _bicubic("efficientnet_b6_lukemelas-24a108a5.pth", 528, 528),
                               width=1.8, depth=2.6, dropout=0.5, **_SLOW),
    "efficientnet_b7": variant("EfficientNet_B7", 66347960,
                               _bicubic("efficientnet_b7_lukemelas-c5b4e57e.pth", 600, 600),
                               width=2.0, depth=3.1, dropout=0.5, **_SLOW),
}  # fmt: skip
_MADE = builders(__name__, _efficientnet, _TABLE)
globals().update(_MADE)
__all__ = ["EfficientNet", *_MADE]
