"""DenseNet (Huang et al., 2016: Densely connected convolutional networks)."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence

from ... import nn
from ..._core.tensor import Tensor
from ...nn import functional as F
from ...nn._namespace import torch
from ...utils.checkpoint import checkpoint
from ._api import builders, variant
from ._utils import initialize

# The published files number the layers as "norm.1", which no attribute can be called.
_FORMER_KEY = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


class _DenseLayer(nn.Module):
    """A bottleneck that adds ``growth_rate`` channels to what it sees of all layers before."""

    def __init__(self, num_input_features: int, growth_rate: int, bn_size: int, drop_rate: float,
                 memory_efficient: bool = False) -> None:  # fmt: skip
        super().__init__()
        self.norm1 = nn.BatchNorm2d(num_input_features)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(num_input_features, bn_size * growth_rate, kernel_size=1, stride=1, bias=False)
        self.norm2 = nn.BatchNorm2d(bn_size * growth_rate)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(bn_size * growth_rate, growth_rate, kernel_size=3, stride=1, padding=1, bias=False)
        self.drop_rate = float(drop_rate)
        self.memory_efficient = memory_efficient

    def bn_function(self, *inputs: Tensor) -> Tensor:
        """The bottleneck of all the inputs."""
        return self.conv1(self.relu1(self.norm1(torch.cat(inputs, 1))))

    def forward(self, input: Tensor | list[Tensor]) -> Tensor:
        inputs = [input] if isinstance(input, Tensor) else input
        if self.memory_efficient and any(x.requires_grad for x in inputs):
            narrow = checkpoint(self.bn_function, *inputs, use_reentrant=False)
        else:
            narrow = self.bn_function(*inputs)
        new = self.conv2(self.relu2(self.norm2(narrow)))
        return F.dropout(new, p=self.drop_rate, training=self.training) if self.drop_rate > 0 else new


class _DenseBlock(nn.ModuleDict):
    """Layers of which each sees the outputs of all before it."""

    def __init__(self, num_layers: int, num_input_features: int, bn_size: int, growth_rate: int, drop_rate: float,
                 memory_efficient: bool = False) -> None:  # fmt: skip
        super().__init__()
        for i in range(num_layers):
            channels = num_input_features + i * growth_rate
            self.add_module(
                f"denselayer{i + 1}", _DenseLayer(channels, growth_rate, bn_size, drop_rate, memory_efficient)
            )

    def forward(self, init_features: Tensor) -> Tensor:
        features = [init_features]
        for layer in self.values():
            features.append(layer(features))
        return torch.cat(features, 1)


class _Transition(nn.Sequential):
    """Half the channels, half the size."""

    def __init__(self, num_input_features: int, num_output_features: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(num_input_features)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(num_input_features, num_output_features, kernel_size=1, stride=1, bias=False)
        self.pool = nn.AvgPool2d(kernel_size=2, stride=2)


class DenseNet(nn.Module):
    """Four dense blocks with transitions between.

    Args:
        growth_rate: how many channels each layer adds.
        block_config: how many layers each block has.
        num_init_features: channels of the first convolution.
        bn_size: a bottleneck's channels, in growth rates.
        drop_rate: the share of features dropped after each layer.
        num_classes: how many outputs.
        memory_efficient: recompute the bottlenecks in the backward pass.
    """

    def __init__(self, growth_rate: int = 32, block_config: Sequence[int] = (6, 12, 24, 16),
                 num_init_features: int = 64, bn_size: int = 4, drop_rate: float = 0, num_classes: int = 1000,
                 memory_efficient: bool = False) -> None:  # fmt: skip
        super().__init__()
        channels = num_init_features
        self.features = nn.Sequential(OrderedDict(
            conv0=nn.Conv2d(3, channels, kernel_size=7, stride=2, padding=3, bias=False),
            norm0=nn.BatchNorm2d(channels),
            relu0=nn.ReLU(inplace=True),
            pool0=nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        ))  # fmt: skip
        for i, count in enumerate(block_config, 1):
            block = _DenseBlock(count, channels, bn_size, growth_rate, drop_rate, memory_efficient)
            self.features.add_module(f"denseblock{i}", block)
            channels += count * growth_rate
            if i < len(block_config):
                self.features.add_module(f"transition{i}", _Transition(channels, channels // 2))
                channels //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(channels))
        self.classifier = nn.Linear(channels, num_classes)
        initialize(self, conv=lambda m: nn.init.kaiming_normal_(m.weight), linear=lambda m: None)

    def _load_from_state_dict(self, state_dict, prefix, *args) -> None:
        # The layers below are loaded after this from the same dict.
        for key in [key for key in state_dict if key.startswith(prefix)]:
            renamed = _FORMER_KEY.sub(r"\1\2", key)
            if renamed != key:
                state_dict[renamed] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, *args)

    def forward(self, x: Tensor) -> Tensor:
        features = F.relu(self.features(x), inplace=True)
        return self.classifier(F.adaptive_avg_pool2d(features, (1, 1)).flatten(1))


_TABLE = {
    "densenet121": variant("DenseNet121", 7978856, "densenet121-a639ec97.pth"),
    "densenet161": variant("DenseNet161", 28681000, "densenet161-8d451a50.pth", growth_rate=48,
                           block_config=(6, 12, 36, 24), num_init_features=96),
    "densenet169": variant("DenseNet169", 14149480, "densenet169-b2777c0a.pth", block_config=(6, 12, 32, 32)),
    "densenet201": variant("DenseNet201", 20013928, "densenet201-c1103571.pth", block_config=(6, 12, 48, 32)),
}  # fmt: skip
_MADE = builders(__name__, DenseNet, _TABLE)
globals().update(_MADE)
__all__ = ["DenseNet", *_MADE]
