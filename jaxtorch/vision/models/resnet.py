"""ResNet (He et al., 2015: Deep residual learning), ResNeXt (Xie et al., 2016) and wide ResNet (Zagoruyko, 2016)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ... import nn
from ..._core.tensor import Tensor
from ._api import Published, builders, variant
from ._utils import initialize


def conv3x3(in_planes: int, out_planes: int, stride: int = 1, groups: int = 1, dilation: int = 1) -> nn.Conv2d:
    """A 3x3 convolution that keeps the size, but for its stride."""
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=dilation, groups=groups, bias=False,
                     dilation=dilation)  # fmt: skip


def conv1x1(in_planes: int, out_planes: int, stride: int = 1) -> nn.Conv2d:
    """A 1x1 convolution."""
    return nn.Conv2d(in_planes, out_planes, kernel_size=1, stride=stride, bias=False)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions, added to what comes in.

    Args:
        inplanes, planes: channels in and out.
        stride: of the first convolution.
        downsample: what brings the input to the output's shape.
        groups, base_width, dilation: 1, 64 and 1.
        norm_layer: makes a normalisation of so many channels.
    """

    expansion = 1

    def __init__(self, inplanes: int, planes: int, stride: int = 1, downsample: nn.Module | None = None,
                 groups: int = 1, base_width: int = 64, dilation: int = 1,
                 norm_layer: Callable[..., nn.Module] | None = None) -> None:  # fmt: skip
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        if groups != 1 or base_width != 64:
            raise ValueError("BasicBlock only supports groups=1 and base_width=64")
        if dilation > 1:
            raise NotImplementedError("Dilation > 1 not supported in BasicBlock")
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = norm_layer(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class Bottleneck(nn.Module):
    """A 3x3 convolution between two of 1x1, added to what comes in; the stride is the 3x3's.

    Args:
        inplanes: channels in; out are four times ``planes``.
        planes: a measure of the width.
        stride, dilation, groups: of the 3x3 convolution.
        downsample: what brings the input to the output's shape.
        base_width: channels of a group where ``planes`` is 64.
        norm_layer: makes a normalisation of so many channels.
    """

    expansion = 4

    def __init__(self, inplanes: int, planes: int, stride: int = 1, downsample: nn.Module | None = None,
                 groups: int = 1, base_width: int = 64, dilation: int = 1,
                 norm_layer: Callable[..., nn.Module] | None = None) -> None:  # fmt: skip
        super().__init__()
        norm_layer = norm_layer or nn.BatchNorm2d
        width = int(planes * (base_width / 64.0)) * groups
        self.conv1 = conv1x1(inplanes, width)
        self.bn1 = norm_layer(width)
        self.conv2 = conv3x3(width, width, stride, groups, dilation)
        self.bn2 = norm_layer(width)
        self.conv3 = conv1x1(width, planes * self.expansion)
        self.bn3 = norm_layer(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class ResNet(nn.Module):
    """A convolution, four stages of residual blocks, and a linear layer on the mean.

    Args:
        block: `BasicBlock` or `Bottleneck`.
        layers: how many blocks each stage has.
        num_classes: how many outputs.
        zero_init_residual: start each block as the identity.
        groups, width_per_group: of bottlenecks.
        replace_stride_with_dilation: for each of the last three stages, whether it dilates in place of striding.
        norm_layer: makes a normalisation of so many channels.

    Example:
        >>> from jaxtorch.vision.models import resnet18
        >>> resnet18(num_classes=10).fc
        Linear(in_features=512, out_features=10, bias=True)
    """

    def __init__(self, block: type[BasicBlock | Bottleneck], layers: Sequence[int], num_classes: int = 1000,
                 zero_init_residual: bool = False, groups: int = 1, width_per_group: int = 64,
                 replace_stride_with_dilation: Sequence[bool] | None = None,
                 norm_layer: Callable[..., nn.Module] | None = None) -> None:  # fmt: skip
        super().__init__()
        self._norm_layer = norm_layer or nn.BatchNorm2d
        dilate = [False] * 3 if replace_stride_with_dilation is None else replace_stride_with_dilation
        if len(dilate) != 3:
            raise ValueError("replace_stride_with_dilation should be None or a 3-element tuple, got "
                             f"{replace_stride_with_dilation}")  # fmt: skip
        self.inplanes, self.dilation = 64, 1
        self.groups, self.base_width = groups, width_per_group
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = self._norm_layer(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], stride=2, dilate=dilate[0])
        self.layer3 = self._make_layer(block, 256, layers[2], stride=2, dilate=dilate[1])
        self.layer4 = self._make_layer(block, 512, layers[3], stride=2, dilate=dilate[2])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)

        initialize(self, linear=None)
        if zero_init_residual:
            for m in self.modules():
                if isinstance(m, (BasicBlock, Bottleneck)):
                    nn.init.zeros_((m.bn3 if isinstance(m, Bottleneck) else m.bn2).weight)

    def _make_layer(self, block: type[BasicBlock | Bottleneck], planes: int, blocks: int, stride: int = 1,
                    dilate: bool = False) -> nn.Sequential:  # fmt: skip
        norm_layer, downsample, before = self._norm_layer, None, self.dilation
        if dilate:
            self.dilation, stride = self.dilation * stride, 1
        out = planes * block.expansion
        if stride != 1 or self.inplanes != out:
            downsample = nn.Sequential(conv1x1(self.inplanes, out, stride), norm_layer(out))
        shared = (self.groups, self.base_width)
        made = [block(self.inplanes, planes, stride, downsample, *shared, before, norm_layer)]
        self.inplanes = out
        made += [block(out, planes, 1, None, *shared, self.dilation, norm_layer) for _ in range(1, blocks)]
        return nn.Sequential(*made)

    def _forward_impl(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))

    def forward(self, x: Tensor) -> Tensor:
        return self._forward_impl(x)


def _both(first: str, second: str) -> dict[str, Published]:
    return {"IMAGENET1K_V1": Published(first), "IMAGENET1K_V2": Published(second, resize=232)}


_BASIC = {"block": BasicBlock}
_DEEP = {"block": Bottleneck}
_50, _101, _152 = (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)
_WIDE = {**_DEEP, "width_per_group": 128}
_TABLE = {
    "resnet18": variant("ResNet18", 11689512, "resnet18-f37072fd.pth", **_BASIC, layers=(2, 2, 2, 2)),
    "resnet34": variant("ResNet34", 21797672, "resnet34-b627a593.pth", **_BASIC, layers=_50),
    "resnet50": variant("ResNet50", 25557032, _both("resnet50-0676ba61.pth", "resnet50-11ad3fa6.pth"),
                        **_DEEP, layers=_50),
    "resnet101": variant("ResNet101", 44549160, _both("resnet101-63fe2227.pth", "resnet101-cd907fc2.pth"),
                         **_DEEP, layers=_101),
    "resnet152": variant("ResNet152", 60192808, _both("resnet152-394f9c45.pth", "resnet152-f82ba261.pth"),
                         **_DEEP, layers=_152),
    "resnext50_32x4d": variant("ResNeXt50_32X4D", 25028904,
                               _both("resnext50_32x4d-7cdf4587.pth", "resnext50_32x4d-1a0047aa.pth"),
                               **_DEEP, layers=_50, groups=32, width_per_group=4),
    "resnext101_32x8d": variant("ResNeXt101_32X8D", 88791336,
                                _both("resnext101_32x8d-8ba56ff5.pth", "resnext101_32x8d-110c445d.pth"),
                                **_DEEP, layers=_101, groups=32, width_per_group=8),
    "resnext101_64x4d": variant("ResNeXt101_64X4D", 83455272,
                                {"IMAGENET1K_V1": Published("resnext101_64x4d-173b62eb.pth", resize=232)},
                                **_DEEP, layers=_101, groups=64, width_per_group=4),
    "wide_resnet50_2": variant("Wide_ResNet50_2", 68883240,
                               _both("wide_resnet50_2-95faca4d.pth", "wide_resnet50_2-9ba9bcbe.pth"),
                               **_WIDE, layers=_50),
    "wide_resnet101_2": variant("Wide_ResNet101_2", 126886696,
                                _both("wide_resnet101_2-32ee1156.pth", "wide_resnet101_2-d733dc28.pth"),
                                **_WIDE, layers=_101),
}  # fmt: skip
_MADE = builders(__name__, ResNet, _TABLE)
globals().update(_MADE)
__all__ = ["ResNet", *_MADE]
