"""Attention of several heads, with its projections."""

from __future__ import annotations

import math
import warnings

from ..._core.dtypes import bool_
from ..._core.tensor import Tensor
from .activation import softmax
from .normalization import dropout
from .public import nn, public, torch

_linear, _attend = nn["linear"], nn["scaled_dot_product_attention"]


# -- masks ----------------------------------------------------------------------------------------
def _none_or_dtype(input):
    """The dtype of a tensor; None of None."""
    if input is None or isinstance(input, Tensor):
        return None if input is None else input.dtype
    raise RuntimeError("input to _none_or_dtype() must be None or torch.Tensor")


def _canonical_mask(mask, mask_name, other_type, other_name, target_type, check_other=True):
    """A mask of numbers to add: a bool mask, True where nothing may be attended to, becomes -inf there."""
    if mask is None:
        return None
    floating = mask.dtype.is_floating_point
    assert mask.dtype is bool_ or floating, f"only bool and floating types of {mask_name} are supported"
    if check_other and other_type not in (None, mask.dtype):
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    return mask if floating else _minus_infinity(mask, target_type)


def _minus_infinity(mask, dtype):
    return torch["zeros_like"](mask, dtype=dtype).masked_fill_(mask, -math.inf)


def _check_key_padding_mask(key_padding_mask, src_len: int, bsz: int) -> None:
    for dim, size in enumerate((bsz, src_len)):
        found = key_padding_mask.shape[dim]
        assert found == size, f"Expected key_padded_mask.shape[{dim}] to be {size}, but got {found}"


# -- shapes ---------------------------------------------------------------------------------------
def _mha_shape_check(query, key, value, key_padding_mask, attn_mask, num_heads: int) -> bool:
    """Whether the query has a batch; asserts that the others go with it."""
    dims = query.dim()
    assert dims in (2, 3), f"query should be unbatched 2D or batched 3D tensor but received {dims}-D query tensor"
    kind = "batched (3-D)" if dims == 3 else "unbatched (2-D)"
    assert key.dim() == value.dim() == dims, (
        f"For {kind} `query`, expected `key` and `value` to be {dims}-D but found {key.dim()}-D and "
        f"{value.dim()}-D tensors respectively"
    )
    if key_padding_mask is not None:
        assert key_padding_mask.dim() == dims - 1, (
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {dims - 1}-D but found "
            f"{key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None:
        assert attn_mask.dim() in (2, 3), (
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D "
            "tensor instead"
        )
        if dims == 2 and attn_mask.dim() == 3:
            wanted = (num_heads, query.shape[0], key.shape[0])
            assert attn_mask.shape == wanted, f"Expected `attn_mask` shape to be {wanted} but got {attn_mask.shape}"
    return dims == 3


def _checked_mask(attn_mask, length: int, keys: int, rows: int):
    """An attention mask of three dims, its shape checked."""
    wanted = (length, keys) if attn_mask.dim() == 2 else (rows, length, keys)
    if attn_mask.shape != wanted:
        raise RuntimeError(
            f"The shape of the {attn_mask.dim()}D attn_mask is {attn_mask.shape}, but should be {wanted}."
        )
    return attn_mask.unsqueeze(0) if attn_mask.dim() == 2 else attn_mask


# -- projections ----------------------------------------------------------------------------------
def _in_projection_packed(q, k, v, w, b=None) -> list:
    """Queries, keys and values by one matrix that holds the three projections, one above the other."""
    size = q.size(-1)
    if k is v and q is k:
        parts = _linear(q, w, b).unflatten(-1, (3, size)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return [parts[0], parts[1], parts[2]]
    if k is v:
        (w_q, w_kv), (b_q, b_kv) = w.split([size, 2 * size]), (None, None) if b is None else b.split([size, 2 * size])
        both = _linear(k, w_kv, b_kv).unflatten(-1, (2, size)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return [_linear(q, w_q, b_q), both[0], both[1]]
    biases = (None, None, None) if b is None else b.chunk(3)
    return [_linear(x, w_x, b_x) for x, w_x, b_x in zip((q, k, v), w.chunk(3), biases, strict=True)]


def _in_projection(q, k, v, w_q, w_k, w_v, b_q=None, b_k=None, b_v=None) -> tuple:
    """Queries, keys and values by a matrix each; those of keys and values may have other widths."""
    size, key_size, value_size = q.size(-1), k.size(-1), v.size(-1)
    weights = (("query", w_q, size), ("key", w_k, key_size), ("value", w_v, value_size))
    for name, weight, width in weights:
        assert weight.shape == (size, width), (
            f"expecting {name} weights shape of {(size, width)}, but got {weight.shape}"
        )
    for name, bias in (("query", b_q), ("key", b_k), ("value", b_v)):
        assert bias is None or bias.shape == (size,), (
            f"expecting {name} bias shape of {(size,)}, but got {bias.shape}"
        )
    return _linear(q, w_q, b_q), _linear(k, w_k, b_k), _linear(v, w_v, b_v)


def _projected(query, key, value, packed, separate, bias, use_separate: bool):
    if not use_separate:
        assert packed is not None, "use_separate_proj_weight is False but in_proj_weight is None"
        return _in_projection_packed(query, key, value, packed, bias)
    for name, weight in zip("qkv", separate, strict=True):
        assert weight is not None, f"use_separate_proj_weight is True but {name}_proj_weight is None"
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return _in_projection(query, key, value, *separate, *biases)


def _longer(x, added: int, value=0):
    """``x`` with its last dim padded at its end."""
    return nn["pad"](x, (0, added), value=value)


# -- the whole ------------------------------------------------------------------------------------
@public
def multi_head_attention_forward(
    query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v,
    add_zero_attn, dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None,
    need_weights=True, attn_mask=None, use_separate_proj_weight=False, q_proj_weight=None,
    k_proj_weight=None, v_proj_weight=None, static_k=None, static_v=None, average_attn_weights=True,
    is_causal=False,
):  # fmt: skip
    """Attention of ``num_heads`` heads with its projections (Vaswani et al., 2017).

    Args:
        query: (L, N, E) or (L, E).
        key, value: (S, N, Ek) and (S, N, Ev), or without N.
        in_proj_weight: (3E, E), or with ``use_separate_proj_weight`` the three ``?_proj_weight``.
        bias_k, bias_v: (1, 1, E), one more key and value for all.
        add_zero_attn: whether there is one more key and value of zeros.
        key_padding_mask: (N, S), True or -inf for keys that nobody attends to.
        attn_mask: (L, S) or (N * num_heads, L, S), True or -inf where a query does not attend to a key.
        static_k, static_v: (N * num_heads, S, E / num_heads) instead of the projections of key and value.
        is_causal: a hint that ``attn_mask`` is the causal one.

    Returns:
        (L, N, E), and the weights: (N, L, S), or for each head (N, num_heads, L, S); None if not needed.
    """
    batched = _mha_shape_check(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, size = query.shape
    keys = key.shape[0]
    key_padding_mask = _canonical_mask(
        key_padding_mask, "key_padding_mask", _none_or_dtype(attn_mask), "attn_mask", query.dtype
    )
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None  # the hint says it
    else:
        attn_mask = _canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, False)
        is_causal = is_causal and key_padding_mask is None
    assert size == embed_dim_to_check, f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}"
    width = size // num_heads
    assert width * num_heads == size, f"embed_dim {size} not divisible by num_heads {num_heads}"
    if use_separate_proj_weight:
        assert key.shape[:2] == value.shape[:2], (
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
        )
    else:
        assert key.shape == value.shape, f"key shape {key.shape} does not match value shape {value.shape}"
    separate = (q_proj_weight, k_proj_weight, v_proj_weight)
    q, k, v = _projected(
        query, key, value, in_proj_weight, separate, in_proj_bias, use_separate_proj_weight
    )
    if attn_mask is not None:
        attn_mask = _checked_mask(attn_mask, length, keys, batch * num_heads)
    added = 0  # keys that no mask speaks of
    if bias_k is not None and bias_v is not None:
        assert static_k is None, "bias cannot be added to static key."
        assert static_v is None, "bias cannot be added to static value."
        k = torch["cat"]([k, bias_k.repeat(1, batch, 1)])
        v = torch["cat"]([v, bias_v.repeat(1, batch, 1)])
        added = 1
    else:
        assert bias_k is None, "bias_k is set but bias_v is None"
        assert bias_v is None, "bias_v is set but bias_k is None"
    rows = batch * num_heads
    q = q.view(length, rows, width).transpose(0, 1)
    k = _headed(k, static_k, "static_k", rows, width)
    v = _headed(v, static_v, "static_v", rows, width)
    if add_zero_attn:
        k = torch["cat"]([k, k.new_zeros((rows, 1, width))], dim=1)
        v = torch["cat"]([v, v.new_zeros((rows, 1, width))], dim=1)
        added += 1
    if added:
        attn_mask = None if attn_mask is None else _longer(attn_mask, added)
        key_padding_mask = None if key_padding_mask is None else _longer(key_padding_mask, added)
    keys = k.size(1)
    if key_padding_mask is not None:
        _check_key_padding_mask(key_padding_mask, keys, batch)
        spread = key_padding_mask.view(batch, 1, 1, keys).expand(-1, num_heads, -1, -1).reshape(rows, 1, keys)
        attn_mask = spread if attn_mask is None else attn_mask + spread
    p = dropout_p if training else 0.0
    if need_weights:
        return _with_weights(
            q, k, v, attn_mask, p, out_proj_weight, out_proj_bias, num_heads, average_attn_weights, batched
        )
    if attn_mask is not None:
        if attn_mask.size(0) == 1 and attn_mask.dim() == 3:
            attn_mask = attn_mask.unsqueeze(0)
        else:
            attn_mask = attn_mask.view(batch, num_heads, -1, keys)
    q = q.view(batch, num_heads, length, width)
    k, v = k.view(batch, num_heads, keys, width), v.view(batch, num_heads, keys, width)
    out = _attend(q, k, v, attn_mask, p, is_causal).permute(2, 0, 1, 3).contiguous().view(batch * length, size)
    out = _linear(out, out_proj_weight, out_proj_bias).view(length, batch, -1)
    return (out if batched else out.squeeze(1)), None


def _headed(x, static, name: str, rows: int, width: int):
    """(S, N, E) as (N * heads, S, E / heads), or what is given instead of it."""
    if static is None:
        return x.view(x.shape[0], rows, width).transpose(0, 1)
    for dim, size in ((0, rows), (2, width)):
        assert static.size(dim) == size, f"expecting {name}.size({dim}) of {size}, but got {static.size(dim)}"
    return static


def _with_weights(q, k, v, mask, p, out_weight, out_bias, num_heads, average, batched):
    """Attention op by op: its weights are wanted. A row without any key is NaN."""
    rows, length, width = q.shape
    batch, keys = rows // num_heads, k.shape[1]
    q = q * math.sqrt(1.0 / width)
    weights = torch["bmm"](q, k.transpose(-2, -1)) if mask is None else mask.baddbmm(q, k.transpose(-2, -1))
    weights = softmax(weights, dim=-1)
    if p > 0.0:
        weights = dropout(weights, p=p)
    out = torch["bmm"](weights, v).transpose(0, 1).contiguous().view(length * batch, width * num_heads)
    out = _linear(out, out_weight, out_bias).view(length, batch, -1)
    weights = weights.view(batch, num_heads, length, keys)
    weights = weights.mean(dim=1) if average else weights
    return (out, weights) if batched else (out.squeeze(1), weights.squeeze(0))
