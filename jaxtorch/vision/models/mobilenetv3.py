"""MobileNetV3 (Howard et al., 2019: Searching for MobileNetV3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ... import nn
from ..._core.tensor import Tensor
from ..ops.misc import Conv2dNormActivation
from ..ops.misc import SqueezeExcitation as _SqueezeExcitation
from ._api import Published, builders, variant
from ._utils import _make_divisible, initialize

SqueezeExcitation = partial(_SqueezeExcitation, scale_activation=nn.Hardsigmoid)

# Channels in, kernel, channels inside, channels out, squeeze and excite, activation, stride.
_LARGE = (
    (16, 3, 16, 16, False, "RE", 1),
    (16, 3, 64, 24, False, "RE", 2),
    (24, 3, 72, 24, False, "RE", 1),
    (24, 5, 72, 40, True, "RE", 2),
    (40, 5, 120, 40, True, "RE", 1),
    (40, 5, 120, 40, True, "RE", 1),
    (40, 3, 240, 80, False, "HS", 2),
    (80, 3, 200, 80, False, "HS", 1),
    (80, 3, 184, 80, False, "HS", 1),
    (80, 3, 184, 80, False, "HS", 1),
    (80, 3, 480, 112, True, "HS", 1),
    (112, 3, 672, 112, True, "HS", 1),
    (112, 5, 672, 160, True, "HS", 2),
    (160, 5, 960, 160, True, "HS", 1),
    (160, 5, 960, 160, True, "HS", 1),
)
_SMALL = (
    (16, 3, 16, 16, True, "RE", 2),
    (16, 3, 72, 24, False, "RE", 2),
    (24, 3, 88, 24, False, "RE", 1),
    (24, 5, 96, 40, True, "HS", 2),
    (40, 5, 240, 40, True, "HS", 1),
    (40, 5, 240, 40, True, "HS", 1),
    (40, 5, 120, 48, True, "HS", 1),
    (48, 5, 144, 48, True, "HS", 1),
    (48, 5, 288, 96, True, "HS", 2),
    (96, 5, 576, 96, True, "HS", 1),
    (96, 5, 576, 96, True, "HS", 1),
)


class InvertedResidualConfig:
    """What one block is like.

    Args:
        input_channels, expanded_channels, out_channels: in, inside and out.
        kernel, stride, dilation: of the convolution inside.
        use_se: whether it squeezes and excites.
        activation: "RE" or "HS".
        width_mult: a factor of all channels.
    """

    def __init__(self, input_channels: int, kernel: int, expanded_channels: int, out_channels: int, use_se: bool,
                 activation: str, stride: int, dilation: int, width_mult: float) -> None:  # fmt: skip
        self.input_channels = self.adjust_channels(input_channels, width_mult)
        self.kernel = kernel
        self.expanded_channels = self.adjust_channels(expanded_channels, width_mult)
        self.out_channels = self.adjust_channels(out_channels, width_mult)
        self.use_se = use_se
        self.use_hs = activation == "HS"
        self.stride = stride
        self.dilation = dilation

    @staticmethod
    def adjust_channels(channels: int, width_mult: float) -> int:
        """``channels`` times ``width_mult``, a multiple of 8."""
        return _make_divisible(channels * width_mult, 8)


class InvertedResidual(nn.Module):
    """Expand, convolve each channel, squeeze and excite, project.

    Args:
        cnf: what the block is like.
        norm_layer: makes a normalisation of so many channels.
        se_layer: makes the squeeze and excitation.
    """

    def __init__(self, cnf: InvertedResidualConfig, norm_layer: Callable[..., nn.Module],
                 se_layer: Callable[..., nn.Module] = SqueezeExcitation) -> None:  # fmt: skip
        super().__init__()
        if not 1 <= cnf.stride <= 2:
            raise ValueError("illegal stride value")
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        inside = cnf.expanded_channels
        facts = {"norm_layer": norm_layer, "activation_layer": nn.Hardswish if cnf.use_hs else nn.ReLU}
        layers: list[nn.Module] = []
        if inside != cnf.input_channels:
            layers.append(Conv2dNormActivation(cnf.input_channels, inside, kernel_size=1, **facts))
        stride = 1 if cnf.dilation > 1 else cnf.stride
        layers.append(Conv2dNormActivation(inside, inside, kernel_size=cnf.kernel, stride=stride,
                                           dilation=cnf.dilation, groups=inside, **facts))  # fmt: skip
        if cnf.use_se:
            layers.append(se_layer(inside, _make_divisible(inside // 4, 8)))
        facts["activation_layer"] = None
        layers.append(Conv2dNormActivation(inside, cnf.out_channels, kernel_size=1, **facts))
        self.block = nn.Sequential(*layers)
        self.out_channels = cnf.out_channels
        self._is_cn = cnf.stride > 1

    def forward(self, input: Tensor) -> Tensor:
        result = self.block(input)
        return result + input if self.use_res_connect else result


class MobileNetV3(nn.Module):
    """Inverted residuals between two convolutions, and two linear layers on the mean.

    Args:
        inverted_residual_setting: what each block is like.
        last_channel: features between the linear layers.
        num_classes: how many outputs.
        block: makes a block.
        norm_layer: makes a normalisation of so many channels.
        dropout: the share of features dropped before the last layer.
    """

    def __init__(self, inverted_residual_setting: Sequence[InvertedResidualConfig], last_channel: int,
                 num_classes: int = 1000, block: Callable[..., nn.Module] | None = None,
                 norm_layer: Callable[..., nn.Module] | None = None, dropout: float = 0.2) -> None:  # fmt: skip
        super().__init__()
        if not inverted_residual_setting:
            raise ValueError("The inverted_residual_setting should not be empty")
        block = block or InvertedResidual
        norm_layer = norm_layer or partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)
        facts = {"norm_layer": norm_layer, "activation_layer": nn.Hardswish}
        first, last = inverted_residual_setting[0].input_channels, inverted_residual_setting[-1].out_channels
        self.features = nn.Sequential(
            Conv2dNormActivation(3, first, kernel_size=3, stride=2, **facts),
            *(block(cnf, norm_layer) for cnf in inverted_residual_setting),
            Conv2dNormActivation(last, 6 * last, kernel_size=1, **facts),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(6 * last, last_channel), nn.Hardswish(inplace=True),
            nn.Dropout(p=dropout, inplace=True), nn.Linear(last_channel, num_classes),
        )  # fmt: skip
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def _mobilenet_v3(rows, last_channel: int, width_mult: float = 1.0, reduced_tail: bool = False, dilated: bool = False,
                  **kwargs) -> MobileNetV3:  # fmt: skip
    """One of the two networks; ``reduced_tail`` halves the channels of the end, ``dilated`` dilates it."""
    tail = len(rows) - 3
    settings = []
    for i, (inp, kernel, inside, out, use_se, activation, stride) in enumerate(rows):
        if reduced_tail and i >= tail:
            inp, inside, out = (inp if i == tail else inp // 2), (inside if i == tail else inside // 2), out // 2
        dilation = 2 if dilated and i >= tail else 1
        settings.append(
            InvertedResidualConfig(inp, kernel, inside, out, use_se, activation, stride, dilation, width_mult)
        )
    last = InvertedResidualConfig.adjust_channels(last_channel // (2 if reduced_tail else 1), width_mult)
    return MobileNetV3(settings, last, **kwargs)


_PUBLISHED = {
    "IMAGENET1K_V1": Published("mobilenet_v3_large-8738ca79.pth"),
    "IMAGENET1K_V2": Published("mobilenet_v3_large-5c1a4163.pth", resize=232),
}
_TABLE = {
    "mobilenet_v3_large": variant("MobileNet_V3_Large", 5483032, _PUBLISHED, rows=_LARGE, last_channel=1280),
    "mobilenet_v3_small": variant("MobileNet_V3_Small", 2542856, "mobilenet_v3_small-047dcff4.pth", rows=_SMALL,
                                  last_channel=1024),
}  # fmt: skip
_MADE = builders(__name__, _mobilenet_v3, _TABLE)
globals().update(_MADE)
__all__ = ["MobileNetV3", *_MADE]
