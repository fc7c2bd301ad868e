"""Transformers (Vaswani et al., "Attention Is All You Need", 2017)."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any

from ..._core.tensor import Tensor
from .. import functional as F
from .. import init
from .._namespace import torch
from .activation import GELU, MultiheadAttention, ReLU, inference_without_history
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

__all__ = [
    "Transformer", "TransformerEncoder", "TransformerDecoder", "TransformerEncoderLayer",
    "TransformerDecoderLayer",
]  # fmt: skip


def _generate_square_subsequent_mask(sz: int, device=None, dtype=None) -> Tensor:
    """(sz, sz), -inf above the diagonal and zeros elsewhere."""
    return torch.triu(torch.full((sz, sz), -math.inf, dtype=dtype, device=device), diagonal=1)


def _get_clones(module, n: int) -> ModuleList:
    return ModuleList([copy.deepcopy(module) for _ in range(n)])


def _get_activation_fn(activation: str) -> Callable[[Tensor], Tensor]:
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    return F.relu if activation == "relu" else F.gelu


def _masks(mask, padding, dtype, name: str = "src_mask", padding_name: str = "src_key_padding_mask"):
    """Both masks as numbers to add."""
    padding = F._canonical_mask(padding, padding_name, F._none_or_dtype(mask), name, dtype)
    return F._canonical_mask(mask, name, None, "", dtype, False), padding


# -- layers ---------------------------------------------------------------------------------------
class _Layer(Module):
    """What both kinds of layers have: attention to the sequence itself, and two linear maps.

    ``_attentions`` names the attentions; each of them, and the linear maps, have a normalization and a dropout.
    """

    __constants__ = ["norm_first"]
    _attentions: tuple[str, ...] = ("self_attn",)

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device=None,
        dtype=None,
    ) -> None:
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        super().__init__()
        for name in self._attentions:
            attention = MultiheadAttention(d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first, **where)
            setattr(self, name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **where)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **where)
        self.norm_first = norm_first
        parts = range(1, len(self._attentions) + 2)
        for i in parts:
            setattr(self, f"norm{i}", LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where))
        for i in parts:
            setattr(self, f"dropout{i}", Dropout(dropout))
        self._set_activation(_get_activation_fn(activation) if isinstance(activation, str) else activation)

    def _set_activation(self, activation) -> None:
        self.activation = activation

    def __setstate__(self, state) -> None:
        super().__setstate__(state)
        if not hasattr(self, "activation"):
            self.activation = F.relu

    def _sa_block(self, x, attn_mask, key_padding_mask, is_causal: bool = False) -> Tensor:
        x = self.self_attn(
            x, x, x, attn_mask=attn_mask, key_padding_mask=key_padding_mask, is_causal=is_causal,
            need_weights=False,
        )[0]  # fmt: skip
        return self.dropout1(x)


class TransformerEncoderLayer(_Layer):
    """Attention of a sequence to itself, then two linear maps at each place; each with a residual.

    Args:
        d_model: the width of the sequence.
        nhead: the number of heads.
        dim_feedforward: the width between the two linear maps.
        dropout: the probability with which weights and outputs are zeroed in training.
        activation: between the linear maps: ``"relu"``, ``"gelu"`` or a function.
        norm_first: whether inputs are normalized, not sums.

    Example:
        >>> import jaxtorch as torch
        >>> layer = torch.nn.TransformerEncoderLayer(8, 2, batch_first=True)
        >>> layer(torch.zeros(4, 5, 8)).shape
        torch.Size([4, 5, 8])
    """

    def _set_activation(self, activation) -> None:
        kinds = ((F.relu, ReLU), (F.gelu, GELU))
        found = [i for i, (f, cls) in enumerate(kinds, 1) if activation is f or isinstance(activation, cls)]
        self.activation_relu_or_gelu = found[0] if found else 0
        super()._set_activation(activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """The sequence, of the same shape.

        Args:
            src_mask: as ``attn_mask`` of `MultiheadAttention`.
            src_key_padding_mask: as its ``key_padding_mask``.
            is_causal: a hint that ``src_mask`` is the causal one.
        """
        src_mask, padding = _masks(src_mask, src_key_padding_mask, src.dtype)
        if self.norm_first:
            x = src + self._sa_block(self.norm1(src), src_mask, padding, is_causal=is_causal)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(src + self._sa_block(src, src_mask, padding, is_causal=is_causal))
        return self.norm2(x + self._ff_block(x))

    def _ff_block(self, x) -> Tensor:
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerDecoderLayer(_Layer):
    """Attention of a sequence to itself, then to another one, then two linear maps at each place.

    Args:
        d_model, nhead, dim_feedforward, dropout, activation, norm_first: as of
            `TransformerEncoderLayer`.
    """

    _attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence, of the same shape.

        Args:
            tgt: the sequence.
            memory: the other one, which is attended to.
            tgt_mask, memory_mask: as ``attn_mask`` of `MultiheadAttention`.
            tgt_key_padding_mask, memory_key_padding_mask: as its ``key_padding_mask``.
        """
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = (memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        x = tgt
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), *own)
            x = x + self._mha_block(self.norm2(x), *other)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(x + self._sa_block(x, *own))
        x = self.norm2(x + self._mha_block(x, *other))
        return self.norm3(x + self._ff_block(x))

    def _mha_block(self, x, mem, attn_mask, key_padding_mask, is_causal: bool = False) -> Tensor:
        x = self.multihead_attn(
            x, mem, mem, attn_mask=attn_mask, key_padding_mask=key_padding_mask, is_causal=is_causal,
            need_weights=False,
        )[0]  # fmt: skip
        return self.dropout2(x)

    def _ff_block(self, x) -> Tensor:
        return self.dropout3(self.linear2(self.dropout(self.activation(self.linear1(x)))))


# -- stacks ---------------------------------------------------------------------------------------
def _not_nested(layer) -> str:
    """Why PyTorch computes padded batches of this layer as they are, not as nested tensors."""
    if not isinstance(layer, TransformerEncoderLayer):
        return "encoder_layer was not TransformerEncoderLayer"
    attention = layer.self_attn
    if layer.norm_first:
        return "encoder_layer.norm_first was True"
    if not attention.batch_first:
        return (
            "encoder_layer.self_attn.batch_first was not True"
            "(use batch_first for better inference performance)"
        )
    if not attention._qkv_same_embed_dim:
        return "encoder_layer.self_attn._qkv_same_embed_dim was not True"
    if attention.in_proj_bias is None:
        return "encoder_layer.self_attn was passed bias=False"
    if not layer.activation_relu_or_gelu:
        return "encoder_layer.activation_relu_or_gelu was not True"
    if layer.norm1.eps != layer.norm2.eps:
        return "encoder_layer.norm1.eps was not equal to encoder_layer.norm2.eps"
    return "encoder_layer.self_attn.num_heads is odd" if attention.num_heads % 2 else ""


class TransformerEncoder(Module):
    """``num_layers`` copies of a layer, one after the other, and perhaps a normalization.

    In inference, with a padding mask that leaves the beginning of each sequence, PyTorch computes on
    nested tensors; all that shows of it are zeros at the padded places (before ``norm``).

    Args:
        encoder_layer: what is copied, with its values.
        norm: what the last result goes through.
        enable_nested_tensor: whether padded places are zeros in inference.
        mask_check: accepted; masks are always looked at.
    """

    __constants__ = ["norm"]

    def __init__(
        self,
        encoder_layer: TransformerEncoderLayer,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _get_clones(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check
        reason = _not_nested(encoder_layer)
        self.use_nested_tensor = enable_nested_tensor and not reason
        if enable_nested_tensor and reason:
            warnings.warn(
                "enable_nested_tensor is True, but self.use_nested_tensor is False because " + reason, stacklevel=2
            )

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """The sequence after all layers.

        Args:
            mask: as ``attn_mask`` of `MultiheadAttention`.
            src_key_padding_mask: as its ``key_padding_mask``.
            is_causal: a hint that ``mask`` is the causal one.

        Differs from PyTorch: without the hint the mask's values are not looked at to find it out.
        """
        both = mask is not None
        mask, padding = _masks(mask, src_key_padding_mask, src.dtype, "mask")
        out = src
        for layer in self.layers:
            out = layer(out, src_mask=mask, is_causal=bool(is_causal), src_key_padding_mask=padding)
        if padding is not None and not both and self._nests(src):
            out = _without_padding(out, padding)
        return out if self.norm is None else self.norm(out)

    def _nests(self, src) -> bool:
        """Whether PyTorch computes on nested tensors, if the mask allows it."""
        if not self.use_nested_tensor or src.dim() != 3:
            return False
        first = self.layers[0]
        if first.training:
            return False
        modules = (first.self_attn, first.self_attn.out_proj, first.norm1, first.norm2, first.linear1, first.linear2)
        used = [p for module in modules for p in module._parameters.values()]
        return inference_without_history(src, *used)


def _without_padding(x, padding) -> Tensor:
    """``x`` with zeros where it is padded, if each sequence is padded at its end alone."""
    kept = padding == 0
    left = (kept[:, 1:] <= kept[:, :-1]).all()
    return x.masked_fill((left & ~kept).unsqueeze(-1), 0.0)


class TransformerDecoder(Module):
    """``num_layers`` copies of a layer, one after the other, and perhaps a normalization.

    Args:
        decoder_layer: what is copied, with its values.
        norm: what the last result goes through.
    """

    __constants__ = ["norm"]

    def __init__(
        self,
        decoder_layer: TransformerDecoderLayer,
        num_layers: int,
        norm: Module | None = None,
    ) -> None:
        super().__init__()
        self.layers = _get_clones(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence after all layers; the arguments are those of a layer.

        Differs from PyTorch: without the hint the mask's values are not looked at to find it out.
        """
        out = tgt
        for layer in self.layers:
            out = layer(
                out, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask, memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=bool(tgt_is_causal), memory_is_causal=memory_is_causal,
            )  # fmt: skip
        return out if self.norm is None else self.norm(out)


class Transformer(Module):
    """An encoder of one sequence and a decoder of another that attends to it.

    Args:
        d_model, nhead, dim_feedforward, dropout, activation, norm_first: as of
            `TransformerEncoderLayer`.
        num_encoder_layers, num_decoder_layers: how many layers each has.
        custom_encoder, custom_decoder: modules instead of them.

    Example:
        >>> import jaxtorch as torch
        >>> model = torch.nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
        >>> model(torch.zeros(4, 5, 8), torch.zeros(4, 3, 8)).shape
        torch.Size([4, 3, 8])
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = F.relu,
        custom_encoder: Any | None = None,
        custom_decoder: Any | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device=None,
        dtype=None,
    ) -> None:
        super().__init__()
        settings = (
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias,
            device, dtype,
        )  # fmt: skip

        def norm():
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)

        if custom_encoder is not None:
            self.encoder = custom_encoder
        else:
            layer = TransformerEncoderLayer(*settings)
            self.encoder = TransformerEncoder(layer, num_encoder_layers, norm())
        if custom_decoder is not None:
            self.decoder = custom_decoder
        else:
            layer = TransformerDecoderLayer(*settings)
            self.decoder = TransformerDecoder(layer, num_decoder_layers, norm())
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        for p in self.parameters():
            if p.dim() > 1:
                init.xavier_uniform_(p)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The decoder's result on ``tgt`` and the encoder's on ``src``.

        Raises:
            RuntimeError: batches or widths do not go together.
        """
        batch = 0 if self.batch_first else 1
        if src.dim() == 3 and src.size(batch) != tgt.size(batch):
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        return self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask, memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal, memory_is_causal=memory_is_causal,
        )  # fmt: skip

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device=None, dtype=None) -> Tensor:
        """(sz, sz), -inf above the diagonal: place ``i`` attends to places up to ``i``."""
        return _generate_square_subsequent_mask(sz, device, dtype)
