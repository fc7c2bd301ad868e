"""SqueezeNet (Iandola et al., 2016: AlexNet-level accuracy with 50x fewer parameters)."""

from __future__ import annotations

from ... import nn
from ..._core.tensor import Tensor
from ...nn._namespace import torch
from ._api import builders, variant
from ._utils import initialize

# Version -> (channels and size of the first kernel, squeezed and expanded widths; None pools).
_STAGES = {
    "1_0": ((96, 7), (None, (16, 64), (16, 64), (32, 128), None, (32, 128), (48, 192), (48, 192), (64, 256), None,
                      (64, 256))),
    "1_1": ((64, 3), (None, (16, 64), (16, 64), None, (32, 128), (32, 128), None, (48, 192), (48, 192), (64, 256),
                      (64, 256))),
}  # fmt: skip


class Fire(nn.Module):
    """A 1x1 convolution to few channels, then 1x1 and 3x3 convolutions side by side.

    Args:
        inplanes, squeeze_planes: channels in and between.
        expand1x1_planes, expand3x3_planes: channels out of either.
    """

    def __init__(self, inplanes: int, squeeze_planes: int, expand1x1_planes: int, expand3x3_planes: int) -> None:
        super().__init__()
        self.inplanes = inplanes
        self.squeeze = nn.Conv2d(inplanes, squeeze_planes, kernel_size=1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze_planes, expand1x1_planes, kernel_size=1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze_planes, expand3x3_planes, kernel_size=3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.squeeze_activation(self.squeeze(x))
        one, three = self.expand1x1(x), self.expand3x3(x)
        return torch.cat([self.expand1x1_activation(one), self.expand3x3_activation(three)], 1)


class SqueezeNet(nn.Module):
    """A convolution, eight fire modules, and a convolution to the classes.

    Args:
        version: "1_0" or "1_1".
        num_classes: how many outputs.
        dropout: the share of features dropped before the last convolution.
    """

    def __init__(self, version: str = "1_0", num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        if version not in _STAGES:
            raise ValueError(f"Unsupported SqueezeNet version {version}: 1_0 or 1_1 expected")
        self.num_classes = num_classes
        (channels, kernel), stages = _STAGES[version]
        layers: list[nn.Module] = [nn.Conv2d(3, channels, kernel_size=kernel, stride=2), nn.ReLU(inplace=True)]
        for stage in stages:
            if stage is None:
                layers.append(nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True))
            else:
                squeezed, expanded = stage
                layers.append(Fire(channels, squeezed, expanded, expanded))
                channels = 2 * expanded
        self.features = nn.Sequential(*layers)
        final_conv = nn.Conv2d(512, num_classes, kernel_size=1)
        self.classifier = nn.Sequential(
            nn.Dropout(p=dropout), final_conv, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )

        def conv(m) -> None:
            if m is final_conv:
                nn.init.normal_(m.weight, mean=0.0, std=0.01)
            else:
                nn.init.kaiming_uniform_(m.weight)

        initialize(self, conv)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x)).flatten(1)


_TABLE = {
    "squeezenet1_0": variant("SqueezeNet1_0", 1248424, "squeezenet1_0-b66bff10.pth", version="1_0"),
    "squeezenet1_1": variant("SqueezeNet1_1", 1235496, "squeezenet1_1-b8a52dc0.pth", version="1_1"),
}
_MADE = builders(__name__, SqueezeNet, _TABLE)
globals().update(_MADE)
__all__ = ["SqueezeNet", *_MADE]
