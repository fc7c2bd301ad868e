"""Activations as modules."""

from __future__ import annotations

import warnings

from ..._core import modes
from ..._core.tensor import Tensor
from ...backends import mha
from .. import functional as F
from .. import init as initial
from .._namespace import torch
from ..parameter import Parameter
from ._layer import Layer
from .linear import NonDynamicallyQuantizableLinear
from .module import Module

__all__ = [
    "Threshold", "ReLU", "RReLU", "Hardtanh", "ReLU6", "Sigmoid", "Hardsigmoid", "Tanh", "SiLU",
    "Mish", "Hardswish", "ELU", "CELU", "SELU", "GLU", "GELU", "Hardshrink", "LeakyReLU",
    "LogSigmoid", "Softplus", "Softshrink", "MultiheadAttention", "PReLU", "Softsign", "Tanhshrink",
    "Softmin", "Softmax", "Softmax2d", "LogSoftmax",
]  # fmt: skip


class Threshold(Layer, call="threshold(input, threshold, value, inplace)"):
    """``x`` where ``x > threshold``, else ``value``."""

    threshold: float
    value: float
    inplace: bool = False


class ReLU(Layer, call="relu(input, inplace=inplace)"):
    """``max(0, x)``.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.ReLU()(torch.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """

    inplace: bool = False


class RReLU(Layer, call="rrelu(input, lower, upper, training, inplace)"):
    """``x`` where positive, else ``a * x`` with ``a`` drawn from [lower, upper) in training."""

    lower: float = 1.0 / 8
    upper: float = 1.0 / 3
    inplace: bool = False


class Hardtanh(Layer, call="hardtanh(input, min_val, max_val, inplace)"):
    """``x`` clamped to [min_val, max_val], formerly called min_value and max_value."""

    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False
    min_value: float | None = None
    max_value: float | None = None

    _passed = frozenset({"min_value", "max_value"})

    def _settle(self, **former) -> None:
        for name, value in former.items():
            if value is not None:
                warnings.warn(
                    f"keyword argument `{name}` is deprecated and renamed to `{name[:-2]}`",
                    FutureWarning,
                    stacklevel=3,
                )
                setattr(self, name[:-2], value)
        if self.max_val <= self.min_val:
            raise AssertionError(
                f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})"
            )


class ReLU6(Hardtanh):
    """``min(max(0, x), 6)``."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Sigmoid(Module):
    """``1 / (1 + exp(-x))``."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.sigmoid(input)


class Hardsigmoid(Layer, call="hardsigmoid(input, inplace)", show=""):
    """``min(max(0, x + 3), 6) / 6``."""

    inplace: bool = False


class Tanh(Module):
    """``tanh(x)``."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.tanh(input)


class SiLU(Layer, call="silu(input, inplace=inplace)"):
    """``x * sigmoid(x)``."""

    inplace: bool = False


class Mish(Layer, call="mish(input, inplace=inplace)"):
    """``x * tanh(softplus(x))``."""

    inplace: bool = False


class Hardswish(Layer, call="hardswish(input, inplace)", show=""):
    """``x * min(max(0, x + 3), 6) / 6``."""

    inplace: bool = False


class ELU(Layer, call="elu(input, alpha, inplace)"):
    """``x`` where positive, else ``alpha * (exp(x) - 1)``."""

    alpha: float = 1.0
    inplace: bool = False


class CELU(Layer, call="celu(input, alpha, inplace)"):
    """``max(0, x) + min(0, alpha * (exp(x / alpha) - 1))``."""

    alpha: float = 1.0
    inplace: bool = False


class SELU(Layer, call="selu(input, inplace)"):
    """The ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al., 2017)."""

    inplace: bool = False


class GLU(Layer, call="glu(input, dim)"):
    """``a * sigmoid(b)`` of the halves ``a`` and ``b`` of the input along ``dim``."""

    dim: int = -1


class GELU(Layer, call="gelu(input, approximate=approximate)", show="approximate={approximate!r}"):
    """``x * Phi(x)``, Phi the normal distribution function or its approximation by ``"tanh"``."""

    approximate: str = "none"


class Hardshrink(Layer, call="hardshrink(input, lambd)", show="{lambd}"):
    """``x`` where ``|x| > lambd``, else 0."""

    lambd: float = 0.5


class LeakyReLU(Layer, call="leaky_relu(input, negative_slope, inplace)"):
    """``x`` where positive, else ``negative_slope * x``."""

    negative_slope: float = 0.01
    inplace: bool = False


class LogSigmoid(Module):
    """``log(sigmoid(x))``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Softplus(Layer, call="softplus(input, beta, threshold)"):
    """``log(1 + exp(beta * x)) / beta``; ``x`` where ``beta * x > threshold``."""

    beta: float = 1.0
    threshold: float = 20.0


class Softshrink(Layer, call="softshrink(input, lambd)", show="{lambd}"):
    """``x`` moved towards 0 by ``lambd``, and 0 where ``|x| <= lambd``."""

    lambd: float = 0.5


def inference_without_history(*tensors) -> bool:
    """Whether no gradient can reach any of the tensors, nor autocast their products."""
    if modes.state.autocast or not mha.get_fastpath_enabled():
        return False
    return not (modes.state.grad and any(t is not None and t.requires_grad for t in tensors))


class MultiheadAttention(Module):
    """Attention of several heads (Vaswani et al., 2017): each attends in a part of the vectors of its own.

    Args:
        embed_dim: E, the width of queries and results; ``num_heads`` divides it.
        dropout: the probability with which weights are zeroed in training.
        bias: whether the projections have biases.
        add_bias_kv: whether there is a learned key and value besides those given.
        add_zero_attn: whether there is a key and value of zeros.
        kdim, vdim: the widths of keys and values; E by default.
        batch_first: whether tensors are (batch, length, width) instead of (length, batch, width).

    Attributes:
        in_proj_weight: (3E, E), Xavier-uniform; with other widths ``q_proj_weight``, ``k_proj_weight``
            and ``v_proj_weight`` instead.
        in_proj_bias: (3E,), zeros.
        out_proj: a Linear, its bias zeros.
        bias_k, bias_v: (1, 1, E), Xavier-normal.

    Example:
        >>> import jaxtorch as torch
        >>> attention = torch.nn.MultiheadAttention(8, 2, batch_first=True)
        >>> x = torch.zeros(4, 5, 8)
        >>> out, weights = attention(x, x, x)
        >>> out.shape, weights.shape
        (torch.Size([4, 5, 8]), torch.Size([4, 5, 5]))
    """

    __constants__ = ["batch_first"]

    def __init__(self, embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False,
                 add_zero_attn=False, kdim=None, vdim=None, batch_first=False, device=None,
                 dtype=None) -> None:  # fmt: skip
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "embed_dim and num_heads must be greater than 0, "
                f"got embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        assert self.head_dim * num_heads == embed_dim, "embed_dim must be divisible by num_heads"

        def parameter(*shape):
            return Parameter(torch.empty(shape, device=device, dtype=dtype))

        widths = {"q": embed_dim, "k": self.kdim, "v": self.vdim}
        if self._qkv_same_embed_dim:
            self.in_proj_weight = parameter(3 * embed_dim, embed_dim)
            for name in widths:
                self.register_parameter(f"{name}_proj_weight", None)
        else:
            for name, width in widths.items():
                setattr(self, f"{name}_proj_weight", parameter(embed_dim, width))
            self.register_parameter("in_proj_weight", None)
        self.register_parameter("in_proj_bias", parameter(3 * embed_dim) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(
            embed_dim, embed_dim, bias=bias, device=device, dtype=dtype
        )
        if add_bias_kv:
            self.bias_k, self.bias_v = parameter(1, 1, embed_dim), parameter(1, 1, embed_dim)
        else:
            self.bias_k = self.bias_v = None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            weight = getattr(self, name)
            if weight is not None:
                initial.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            initial.constant_(self.in_proj_bias, 0.0)
            initial.constant_(self.out_proj.bias, 0.0)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                initial.xavier_normal_(bias)

    def __setstate__(self, state) -> None:
        state.setdefault("_qkv_same_embed_dim", True)
        super().__setstate__(state)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """(result, weights or None).

        Args:
            query: (length, batch, E), (batch, length, E) with ``batch_first``, or without a batch.
            key_padding_mask: (batch, keys), True (or -inf) for keys that nobody attends to.
            need_weights: whether the weights are wanted; without them it is faster.
            attn_mask: (length, keys) or (batch * num_heads, length, keys), True (or -inf) where a
                query does not attend to a key.
            average_attn_weights: whether the mean over the heads is wanted, not the weights of each.
            is_causal: a hint that ``attn_mask`` is the causal one.

        A query without any key gives NaN where weights are wanted, zeros elsewhere.

        Differs from PyTorch: there it gives NaN in inference with ``batch_first``, too.
        """
        masks = [m for m in (attn_mask, key_padding_mask) if m is not None]
        fast = self._is_fast(query, key, value) and not any(m.is_floating_point() for m in masks)
        swapped = self.batch_first and query.dim() == 3
        if swapped:
            given, query = query, query.transpose(1, 0)
            same = key is given, value is key
            key = query if same[0] else key.transpose(1, 0)
            value = key if same[1] else value.transpose(1, 0)
        out, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight,
            self.in_proj_bias, self.bias_k, self.bias_v, self.add_zero_attn, self.dropout,
            self.out_proj.weight, self.out_proj.bias, training=self.training,
            key_padding_mask=key_padding_mask, need_weights=need_weights,
            attn_mask=attn_mask, use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight, k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight, average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )  # fmt: skip
        if swapped:
            out = out.transpose(1, 0)
        if fast:
            out = out.contiguous()
        return out, weights

    def _is_fast(self, query, key, value) -> bool:
        """Whether PyTorch takes its fast path for inference: its result is contiguous."""
        if self.training or not (self.batch_first and self._qkv_same_embed_dim) or query.dim() != 3:
            return False
        if query is not key or key is not value or self.num_heads % 2 or self.add_zero_attn:
            return False
        if self.bias_k is not None or self.in_proj_bias is None:
            return False
        out = self.out_proj
        return inference_without_history(query, self.in_proj_weight, self.in_proj_bias, out.weight, out.bias)

    def merge_masks(self, attn_mask, key_padding_mask, query):
        """(both masks as one of four dims, the number by which PyTorch's fast path knows its kind)."""
        if key_padding_mask is not None and attn_mask is None:
            return key_padding_mask, 1
        if attn_mask is None:
            return None, None
        batch, length, _ = query.shape
        if attn_mask.dim() == 3:
            merged = attn_mask.view(batch, -1, length, length)
        else:
            merged = attn_mask.view(1, 1, length, length).expand(batch, self.num_heads, -1, -1)
        if key_padding_mask is not None:
            merged = merged + key_padding_mask.view(batch, 1, 1, length).expand(-1, self.num_heads, -1, -1)
        return merged, 2


class PReLU(Module):
    """``x`` where positive, else ``weight * x`` with a learned weight.

    Args:
        num_parameters: 1, or the number of channels (dimension 1 of the input).
        init: the weight's first value.
    """

    __constants__ = ["num_parameters"]

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device=None, dtype=None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(torch.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to its first value."""
        initial.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class Softsign(Module):
    """``x / (1 + |x|)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class Tanhshrink(Module):
    """``x - tanh(x)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


class Softmin(Layer, call="softmin(input, dim, _stacklevel=5)"):
    """``softmax(-x)`` along ``dim``."""

    dim: int | None = None


class Softmax(Layer, call="softmax(input, dim, _stacklevel=5)"):
    """``exp(x) / sum(exp(x))`` along ``dim``.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.Softmax(dim=0)(torch.zeros(2))
        tensor([0.5000, 0.5000])
    """

    dim: int | None = None


class Softmax2d(Module):
    """The softmax over the channels, at each place of (C, H, W) or (N, C, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        if input.dim() not in (3, 4):
            raise ValueError(
                f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead"
            )
        return F.softmax(input, -3, _stacklevel=5)


class LogSoftmax(Layer, call="log_softmax(input, dim, _stacklevel=5)"):
    """``log(softmax(x))`` along ``dim``."""

    dim: int | None = None
