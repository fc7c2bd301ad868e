"""Vision transformers (Dosovitskiy et al., 2020: An image is worth 16x16 words)."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from ... import nn
from ..._core.tensor import Tensor
from ...nn._namespace import torch
from ..ops.misc import MLP
from ._api import Published, builders, variant

_LayerNorm = partial(nn.LayerNorm, eps=1e-6)


class MLPBlock(MLP):
    """Two linear layers with GELU between.

    Args:
        in_dim, mlp_dim: features in and out, and between.
        dropout: the share dropped after either layer.
    """

    _version = 2

    def __init__(self, in_dim: int, mlp_dim: int, dropout: float) -> None:
        super().__init__(in_dim, [mlp_dim, in_dim], activation_layer=nn.GELU, inplace=None, dropout=dropout)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                nn.init.normal_(m.bias, std=1e-6)

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *args) -> None:
        if (local_metadata.get("version") or 1) < 2:  # the layers had names of their own
            for former, name in (("linear_1", "0"), ("linear_2", "3")):
                for kind in ("weight", "bias"):
                    if (key := f"{prefix}{former}.{kind}") in state_dict:
                        state_dict[f"{prefix}{name}.{kind}"] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *args)


class EncoderBlock(nn.Module):
    """Attention and two linear layers, each after a normalisation and added to what comes in.

    Args:
        num_heads: of the attention.
        hidden_dim, mlp_dim: features of a token, and between the linear layers.
        dropout, attention_dropout: the shares dropped of features and of attention weights.
        norm_layer: makes a normalisation of so many features.
    """

    def __init__(self, num_heads: int, hidden_dim: int, mlp_dim: int, dropout: float, attention_dropout: float,
                 norm_layer: Callable[..., nn.Module] = _LayerNorm) -> None:  # fmt: skip
        super().__init__()
        self.num_heads = num_heads
        self.ln_1 = norm_layer(hidden_dim)
        self.self_attention = nn.MultiheadAttention(hidden_dim, num_heads, dropout=attention_dropout, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.ln_2 = norm_layer(hidden_dim)
        self.mlp = MLPBlock(hidden_dim, mlp_dim, dropout)

    def forward(self, input: Tensor) -> Tensor:
        x = self.ln_1(input)
        x, _ = self.self_attention(x, x, x, need_weights=False)
        x = self.dropout(x) + input
        return x + self.mlp(self.ln_2(x))


class Encoder(nn.Module):
    """Positions added to tokens, then blocks.

    Args:
        seq_length: how many tokens.
        num_layers: how many blocks.
        num_heads, hidden_dim, mlp_dim, dropout, attention_dropout, norm_layer: of the blocks.
    """

    def __init__(self, seq_length: int, num_layers: int, num_heads: int, hidden_dim: int, mlp_dim: int, dropout: float,
                 attention_dropout: float, norm_layer: Callable[..., nn.Module] = _LayerNorm) -> None:  # fmt: skip
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.empty(1, seq_length, hidden_dim).normal_(std=0.02))
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.Sequential(OrderedDict(
            (f"encoder_layer_{i}",
             EncoderBlock(num_heads, hidden_dim, mlp_dim, dropout, attention_dropout, norm_layer))
            for i in range(num_layers)
        ))  # fmt: skip
        self.ln = norm_layer(hidden_dim)

    def forward(self, input: Tensor) -> Tensor:
        return self.ln(self.layers(self.dropout(input + self.pos_embedding)))


class VisionTransformer(nn.Module):
    """Patches of an image and a token of the class through an encoder.

    Args:
        image_size, patch_size: of images and patches, in pixels.
        num_layers, num_heads, hidden_dim, mlp_dim, dropout, attention_dropout, norm_layer: of the encoder.
        num_classes: how many outputs.
        representation_size: features of one more layer in the head; None for no such layer.
        conv_stem_configs: must be None.
    """

    def __init__(self, image_size: int, patch_size: int, num_layers: int, num_heads: int, hidden_dim: int, mlp_dim: int,
                 dropout: float = 0.0, attention_dropout: float = 0.0, num_classes: int = 1000,
                 representation_size: int | None = None, norm_layer: Callable[..., nn.Module] = _LayerNorm,
                 conv_stem_configs=None) -> None:  # fmt: skip
        super().__init__()
        if image_size % patch_size:
            raise ValueError(f"image_size {image_size} is not a multiple of patch_size {patch_size}")
        if conv_stem_configs is not None:
            raise NotImplementedError("VisionTransformer: conv_stem_configs is not supported by jaxtorch.vision")
        self.image_size, self.patch_size = image_size, patch_size
        self.hidden_dim, self.mlp_dim, self.dropout = hidden_dim, mlp_dim, dropout
        self.attention_dropout, self.num_classes = attention_dropout, num_classes
        self.representation_size, self.norm_layer = representation_size, norm_layer
        self.conv_proj = nn.Conv2d(3, hidden_dim, kernel_size=patch_size, stride=patch_size)
        self.class_token = nn.Parameter(torch.zeros(1, 1, hidden_dim))
        self.seq_length = (image_size // patch_size) ** 2 + 1
        self.encoder = Encoder(self.seq_length, num_layers, num_heads, hidden_dim, mlp_dim, dropout,
                               attention_dropout, norm_layer)  # fmt: skip
        heads: OrderedDict[str, nn.Module] = OrderedDict()
        if representation_size is not None:
            heads["pre_logits"] = nn.Linear(hidden_dim, representation_size)
            heads["act"] = nn.Tanh()
        heads["head"] = nn.Linear(representation_size or hidden_dim, num_classes)
        self.heads = nn.Sequential(heads)

        nn.init.trunc_normal_(self.conv_proj.weight, std=math.sqrt(1 / (3 * patch_size**2)))
        nn.init.zeros_(self.conv_proj.bias)
        if representation_size is not None:
            nn.init.trunc_normal_(self.heads.pre_logits.weight, std=math.sqrt(1 / hidden_dim))
            nn.init.zeros_(self.heads.pre_logits.bias)
        nn.init.zeros_(self.heads.head.weight)
        nn.init.zeros_(self.heads.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        for side, size in zip(("height", "width"), x.shape[2:]):
            if size != self.image_size:
                raise AssertionError(f"Wrong image {side}! Expected {self.image_size} but got {size}!")
        x = self.conv_proj(x).flatten(2).permute(0, 2, 1)
        x = torch.cat([self.class_token.expand(x.shape[0], -1, -1), x], dim=1)
        return self.heads(self.encoder(x)[:, 0])


def _vit(image_size: int = 224, **kwargs) -> VisionTransformer:
    return VisionTransformer(image_size=image_size, **kwargs)


_BASE = {"num_layers": 12, "num_heads": 12, "hidden_dim": 768, "mlp_dim": 3072}
_LARGE = {"num_layers": 24, "num_heads": 16, "hidden_dim": 1024, "mlp_dim": 4096}
_L_16 = {"IMAGENET1K_V1": Published("vit_l_16-852ce7e3.pth", resize=242)}
_TABLE = {
    "vit_b_16": variant("ViT_B_16", 86567656, "vit_b_16-c867db91.pth", patch_size=16, **_BASE),
    "vit_b_32": variant("ViT_B_32", 88224232, "vit_b_32-d86f8d99.pth", patch_size=32, **_BASE),
    "vit_l_16": variant("ViT_L_16", 304326632, _L_16, patch_size=16, **_LARGE),
    "vit_l_32": variant("ViT_L_32", 306535400, "vit_l_32-c7638314.pth", patch_size=32, **_LARGE),
}
_MADE = builders(__name__, _vit, _TABLE)
globals().update(_MADE)
__all__ = ["VisionTransformer", *_MADE]
