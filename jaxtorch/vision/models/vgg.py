"""VGG (Simonyan and Zisserman, 2014: Very deep convolutional networks for large-scale image recognition)."""

from __future__ import annotations

from ... import nn
from ..._core.tensor import Tensor
from ._api import builders, variant
from ._utils import initialize

# Depth -> how many 3x3 convolutions each of the five stages has.
_STAGES = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_WIDTHS = (64, 128, 256, 512, 512)


class VGG(nn.Module):
    """A stack of convolutions and three linear layers.

    Args:
        features: the convolutions, ending in 512 channels.
        num_classes: how many outputs.
        init_weights: whether to initialise the weights.
        dropout: the share of features dropped after linear layers.
    """

    def __init__(self, features: nn.Module, num_classes: int = 1000, init_weights: bool = True,
                 dropout: float = 0.5) -> None:  # fmt: skip
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096), nn.ReLU(True), nn.Dropout(p=dropout),
            nn.Linear(4096, 4096), nn.ReLU(True), nn.Dropout(p=dropout),
            nn.Linear(4096, num_classes),
        )  # fmt: skip
        if init_weights:
            initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def _features(depth: int, batch_norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    channels = 3
    for width, count in zip(_WIDTHS, _STAGES[depth]):
        for _ in range(count):
            layers.append(nn.Conv2d(channels, width, kernel_size=3, padding=1))
            layers += [nn.BatchNorm2d(width)] if batch_norm else []
            layers.append(nn.ReLU(inplace=True))
            channels = width
        layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
    return nn.Sequential(*layers)


def _vgg(depth: int, batch_norm: bool, **kwargs) -> VGG:
    return VGG(_features(depth, batch_norm), **kwargs)


_TABLE = {
    "vgg11": variant("VGG11", 132863336, "vgg11-8a719046.pth", depth=11, batch_norm=False),
    "vgg11_bn": variant("VGG11_BN", 132868840, "vgg11_bn-6002323d.pth", depth=11, batch_norm=True),
    "vgg13": variant("VGG13", 133047848, "vgg13-19584684.pth", depth=13, batch_norm=False),
    "vgg13_bn": variant("VGG13_BN", 133053736, "vgg13_bn-abd245e5.pth", depth=13, batch_norm=True),
    "vgg16": variant("VGG16", 138357544, "vgg16-397923af.pth", depth=16, batch_norm=False),
    "vgg16_bn": variant("VGG16_BN", 138365992, "vgg16_bn-6c64b313.pth", depth=16, batch_norm=True),
    "vgg19": variant("VGG19", 143667240, "vgg19-dcbb9e9d.pth", depth=19, batch_norm=False),
    "vgg19_bn": variant("VGG19_BN", 143678248, "vgg19_bn-c79401a0.pth", depth=19, batch_norm=True),
}
_MADE = builders(__name__, _vgg, _TABLE)
globals().update(_MADE)
__all__ = ["VGG", *_MADE]
