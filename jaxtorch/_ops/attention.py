"""Scaled dot-product attention.

    softmax(query @ key^T * scale + mask) @ value

is one op. Its gradient computes the weights again from the logarithm of their normalizer, which the op
gives beside its result (Dao et al., "FlashAttention", 2022): what is kept until backward does not grow
with the product of the lengths. Rows without any key to attend to give zeros, and zero gradients.
"""

from __future__ import annotations

import math
from functools import cache

import jax
from jax import lax
from jax import numpy as jnp

from .._core import devices, dtypes
from .._core.dispatch import dispatch
from .._core.gradient import fit
from .._core.layout import broadcast_shapes, contiguous
from .._core.modes import Policy
from .._core.spec import composite, op, registry
from .._core.strides import like_layout
from .dims import refuse
from .precision import accumulator, product
from .sample import dropout_noise

_HALVES = (dtypes.float16, dtypes.bfloat16)
_FLASH, _MATRIX = "ScaledDotProductFlashAttentionForCpuBackward0", "MmBackward0"
_COMPOSED, _EMPTY = "UnsafeViewBackward0", "AddBackward0"


# -- errors ---------------------------------------------------------------------------------------
def _each(query, key, value, what: str) -> str:
    values = [getattr(x, what) for x in (query, key, value)]
    if what == "dtype":
        values = [d.cpp for d in values]
    return f"query.{what}: {values[0]} key.{what}: {values[1]} and value.{what}: {values[2]} instead."


def _check_inputs(query, key, value, mask) -> None:
    """What PyTorch checks before it chooses how to compute."""
    if not query.dtype is key.dtype is value.dtype:
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got {_each(query, key, value, 'dtype')}"
        )
    if min(query.ndim, key.ndim, value.ndim) < 2:
        dims = f"query.dim: {query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        raise RuntimeError(f"Expected query, key, and value to all be  at least 2 dimensional, but got {dims}")
    if mask is not None and mask.dtype not in (dtypes.bool_, dtypes.float32, query.dtype):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{mask.dtype.cpp} and  query.dtype: {query.dtype.cpp} instead."
        )


def _scores_shape(query, key, grouped: bool) -> tuple[int, ...]:
    """The shape of the weights; raises where the batches or the vectors' lengths differ."""
    shapes = query.shape[:-2], key.shape[:-2]
    if grouped and shapes[1]:
        shapes = shapes[0], (*shapes[1][:-1], shapes[0][-1])
    batch = broadcast_shapes(*shapes)
    length, keys = query.shape[-2], key.shape[-2]
    if query.shape[-1] != key.shape[-1]:
        raise _mismatch(query, key, (query.shape[-1], keys), (key.shape[-1], keys))
    return (*batch, length, keys)


def _mismatch(query, key, wanted, found):
    if query.ndim == key.ndim == 2:
        a, b = f"{query.shape[-2]}x{wanted[0]}", f"{found[0]}x{found[1]}"
        return RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({a} and {b})")
    count = math.prod(broadcast_shapes(query.shape[:-2], key.shape[:-2]))
    return RuntimeError(
        f"Expected size for first two dimensions of batch2 tensor to be: [{count}, {wanted[0]}] but got: "
        f"[{count}, {found[0]}]."
    )


def _check_attend(query, key, value, mask, noise, scale, *, causal, grouped, node) -> None:
    if query.dtype.category != 2:
        if query.dtype.is_complex:
            raise refuse("softmax_lastdim_kernel_impl", query.dtype)
        raise RuntimeError(f"expected scalar type Float but found {query.dtype.title}")
    shape = _scores_shape(query, key, grouped)
    if mask is not None:
        joined = broadcast_shapes(shape, mask.shape)
        if joined != shape:
            raise RuntimeError(f"output with shape {list(shape)} doesn't match the broadcast shape {list(joined)}")
    if value.shape[-2] != shape[-1]:
        raise _mismatch(query, value, (shape[-1], value.shape[-1]), value.shape[-2:])
    broadcast_shapes(shape[:-2], query.shape[:-2] if grouped else value.shape[:-2])


def _check_attend_kernel(query, key, value, mask, *, scale, causal, grouped, node) -> None:
    _check_attend(query, key, value, mask, None, scale, causal=causal, grouped=grouped, node=node)


# -- arrays ---------------------------------------------------------------------------------------
def _grouped(query, key, value, mask, noise):
    """The heads of queries apart by the key head they share: (..., key heads, queries of it, L, E)."""
    heads, shared = query.shape[-3], key.shape[-3]
    if value.shape[-3] != shared:  # each is shared by queries of its own
        key, value = (jnp.repeat(x, heads // x.shape[-3], -3) for x in (key, value))
        shared = heads
    apart = (shared, heads // shared)

    def split(x):
        if x is None or x.ndim < 3:
            return x
        return x[..., None, :, :] if x.shape[-3] == 1 else x.reshape(*x.shape[:-3], *apart, *x.shape[-2:])

    query = query.reshape(*query.shape[:-3], *apart, *query.shape[-2:])
    return query, key[..., None, :, :], value[..., None, :, :], split(mask), split(noise)


def _joined(x):
    """The heads of `_grouped` arrays in one dim again."""
    return x.reshape(*x.shape[:-4], x.shape[-4] * x.shape[-3], *x.shape[-2:])


def _scores(query, key, mask, scale, causal: bool):
    """The weights' logarithms before they are normalized, -inf where there is nothing to attend to."""
    scores = product(query, jnp.swapaxes(key, -1, -2), wide=True)
    scores = scores * scale.astype(scores.dtype)
    allowed = None
    if causal:
        rows, columns = (lax.broadcasted_iota(jnp.int32, scores.shape[-2:], d) for d in (0, 1))
        allowed = rows >= columns
    if mask is not None:
        if mask.dtype == bool:
            allowed = mask if allowed is None else allowed & mask
        else:
            scores = scores + mask.astype(scores.dtype)
    return scores if allowed is None else jnp.where(allowed, scores, jnp.asarray(-jnp.inf, scores.dtype))


def _attend(query, key, value, mask, noise, scale, causal: bool):
    """(result, the logarithm of each row's normalizer), both in the dtype sums are taken in."""
    scores = _scores(query, key, mask, scale, causal)
    top = lax.stop_gradient(jnp.max(scores, -1, keepdims=True, initial=-jnp.inf))
    top = jnp.where(top == -jnp.inf, jnp.zeros((), top.dtype), top)
    weights = lax.exp(scores - top)
    total = jnp.sum(weights, -1, keepdims=True)
    total = jnp.where(total == 0, jnp.ones((), total.dtype), total)  # a row without any key
    if noise is not None:
        weights = weights * noise
    out = product(weights.astype(value.dtype), value, wide=True) / total
    return out, (top + lax.log(total))[..., 0]


def _attend_gradients(query, key, value, mask, noise, scale, out, normalizer, g, g_normalizer, causal):
    """The gradients of query, key, value and scores."""
    scores = _scores(query, key, mask, scale, causal)
    weights = lax.exp(scores - normalizer[..., None])
    dropped = weights if noise is None else weights * noise
    inner = jnp.sum((g * out).astype(scores.dtype), -1, keepdims=True)
    if g_normalizer is not None:
        inner = inner - g_normalizer[..., None].astype(scores.dtype)
    towards = product(g, jnp.swapaxes(value, -1, -2), wide=True)
    if noise is not None:
        towards = towards * noise
    d_scores = weights * (towards - inner)
    d_products = (d_scores * scale.astype(scores.dtype)).astype(query.dtype)
    d_query = product(d_products, key, wide=True)
    d_key = product(jnp.swapaxes(d_products, -1, -2), query, wide=True)
    d_value = product(jnp.swapaxes(dropped.astype(g.dtype), -1, -2), g, wide=True)
    return d_query, d_key, d_value, d_scores


def _gradient(gs, query, key, value, mask, noise, scale, output, normalizer, causal, grouped, node):
    g, g_normalizer = gs
    if g is None:
        g = jnp.zeros_like(output)
    query, key, value, g = _widened((query, key, value, g), node)
    operands, apart = (query, key, value, mask, noise), _grouped if grouped else lambda *x: x
    shapes = jax.eval_shape(apart, *operands)
    if grouped:
        heads = shapes[0].shape[-4:-2]

        def split(x, dims):
            cut = x.ndim - dims
            return x.reshape(*x.shape[:cut], *heads, *x.shape[cut + 1 :])

        g, output, normalizer = split(g, 3), split(output, 3), split(normalizer, 2)
        g_normalizer = g_normalizer if g_normalizer is None else split(g_normalizer, 2)
    query, key, value, mask, noise = apart(*operands)
    grads = _attend_gradients(
        query, key, value, mask, noise, scale, output, normalizer, g, g_normalizer, causal
    )
    grads = [fit(d, x) for d, x in zip(grads, (query, key, value, mask), strict=True) if x is not None]
    follows = mask is not None and mask.dtype != bool
    if not grouped:
        return (*grads[:3], grads[3] if follows else None, None)
    at = (0, 1, 2, 3) if follows else (0, 1, 2)

    def of_followed(*followed):
        given = list(operands)
        for i, x in zip(at, followed, strict=True):
            given[i] = x
        return [apart(*given)[i] for i in at]

    _, back = jax.vjp(of_followed, *[operands[i] for i in at])
    grads = list(back([grads[i] for i in at]))
    return (*grads[:3], grads[3] if follows else None, None)


def _widened(operands, node: str):
    """Halves in float32, but where the fused kernel's accuracy is wanted: its weights are halves too."""
    return operands if node == _FLASH else [x.astype(accumulator(x.dtype)) for x in operands]


def _layouts(layouts, *, node, **_):
    """Flash attention keeps the queries' order of memory."""
    return (lambda shape: like_layout(layouts[0]) if node == _FLASH else contiguous(shape)), contiguous


@op("attend(Tensor query, Tensor key, Tensor value, Tensor? mask, Tensor? noise, Scalar scale, bool causal, "
    "bool grouped, str node) -> (output, normalizer)", forms="", promote="none", opmath=False,
    check=_check_attend, layout=_layouts, grad=_gradient, node=lambda node, **_: node)  # fmt: skip
def attend(query, key, value, mask, noise, scale, *, causal, grouped, node):
    given = (*_widened((query, key, value), node), mask, noise)
    out, normalizer = _attend(*(_grouped(*given) if grouped else given), scale, causal)
    if grouped:
        out, normalizer = _joined(out), _joined(normalizer[..., None])[..., 0]
    return out.astype(query.dtype), normalizer


# -- cuDNN's kernel -------------------------------------------------------------------------------
_CUDNN = "ScaledDotProductCudnnAttentionBackward0"
_KERNEL = "cudnn"


@cache
def _has_kernel(device) -> bool:
    """Whether cuDNN computes attention on a GPU: one small call tells, whatever the versions."""
    if device.type != "cuda":
        return False
    x = jax.device_put(jnp.zeros((1, 64, 1, 64), jnp.bfloat16), devices.to_jax(device))
    try:
        jax.block_until_ready(jax.nn.dot_product_attention(x, x, x, implementation="cudnn"))
    except Exception:  # noqa: BLE001 - no cuDNN, an old one, a GPU that it does not support
        return False
    return True


def _takes_kernel(query, key, value, mask, dropout_p, grouped: bool) -> bool:
    """Whether cuDNN's kernel takes a call that PyTorch's fused kernels take: halves, of vectors of up to 128."""
    if query._dtype not in _HALVES or query.shape[-1] % 8 or query.shape[-1] > 128:
        return False
    if mask is not None and (query.shape[-2] % 2 or key.shape[-2] % 2):
        return False
    return _takes_flash(query, key, value, mask, dropout_p, grouped) and _has_kernel(query._storage.device)


@op("attend_by_cudnn(Tensor query, Tensor key, Tensor value, Tensor? mask, float scale, bool causal, bool grouped, "
    "str node)", forms="", promote="none", opmath=False, check=_check_attend_kernel, residuals=True,
    layout=lambda layouts, **_: like_layout(layouts[0]), node=lambda node, **_: node)  # fmt: skip
def attend_by_cudnn(query, key, value, mask, *, scale, causal, grouped, node):
    """`attend` without the table of weights in memory, nor in the gradient."""
    if mask is not None:
        batch = (1,) * (4 - mask.ndim) + mask.shape[:-2]
        mask = jnp.broadcast_to(mask, (*batch, query.shape[-2], key.shape[-2]))
    given = {} if mask is None else {"mask" if mask.dtype == bool else "bias": mask}
    turned = [jnp.swapaxes(x, 1, 2) for x in (query, key, value)]
    out = jax.nn.dot_product_attention(*turned, **given, scale=scale, is_causal=causal, implementation=_KERNEL)
    return jnp.swapaxes(out, 1, 2)


# -- the choice of the way ------------------------------------------------------------------------
def _divides(query, key, value) -> bool:
    heads = query.shape[-3]
    return all(x.shape[-3] and heads % x.shape[-3] == 0 for x in (key, value))


def _fits_mask(mask, shape) -> bool:
    if mask.requires_grad:
        return False
    if mask.ndim < 2:
        raise IndexError(f"Dimension out of range (expected to be in range of [-1, {mask.ndim - 1}], but got -2)")
    if any(given not in (1, wanted) for given, wanted in zip(mask.shape[-2:], shape[-2:], strict=True)):
        return False
    if mask.ndim == 2:
        return True
    return mask.ndim == 4 and all(n in (1, wanted) for n, wanted in zip(mask.shape[:2], shape[:2], strict=True))


def _takes_flash(query, key, value, mask, dropout_p, grouped: bool) -> bool:
    """Whether PyTorch's fused kernel for CPUs takes the call: it decides on strides and `grad_fn`."""
    if dropout_p > 0 or not query.ndim == key.ndim == value.ndim == 4:
        return False
    (b, h, length, e), (_, heads, keys, _) = query.shape, key.shape
    if not b == key.shape[0] == value.shape[0] or heads != value.shape[1]:
        return False
    if h % heads if grouped else h != heads:
        return False
    if mask is not None and not _fits_mask(mask, (b, h, length, keys)):
        return False
    if not e == key.shape[3] == value.shape[3] or not (length and keys and e):
        return False
    return all(x._layout.stride[3] == 1 for x in (query, key, value))


def _choose(query, key, value, mask, dropout_p, grouped: bool) -> str:
    if (Policy.cudnn_attention or Policy.flash_attention) and _takes_kernel(
        query, key, value, mask, dropout_p, grouped
    ):
        return _CUDNN
    if Policy.flash_attention and _takes_flash(query, key, value, mask, dropout_p, grouped):
        return _FLASH
    if not Policy.math_attention:
        if Policy.flash_attention:
            raise RuntimeError("No available kernel.  Aborting execution.")
        raise RuntimeError(
            "No viable backend for scaled_dot_product_attention was found. This is likely due to turning off both "
            "the math kernel and the fused kernels."
        )
    if 0 in (query._layout.numel, key._layout.numel):
        return _EMPTY
    return _MATRIX if query.ndim == key.ndim == value.ndim == 2 else _COMPOSED


def _noise(query, key, p: float, grouped: bool):
    """What multiplies the weights: zeros with probability ``p``, 1 / (1 - p) elsewhere."""
    shape = _scores_shape(query, key, grouped)
    kind = dtypes.float32 if query._dtype in _HALVES else query._dtype
    if p == 1:
        return query.new_zeros(shape, dtype=kind)
    return dropout_noise(contiguous(shape), query._storage.device, kind, p)


_attend_op, _cudnn_op = registry["attend"], registry["attend_by_cudnn"]


@composite(
    "scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, "
    "float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False)",
    forms="nn",
)
def scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, *, scale, enable_gqa):
    """``softmax(query @ key^T * scale + attn_mask) @ value`` (Vaswani et al., 2017).

    Args:
        query: (..., heads, L, E).
        key: (..., heads, S, E).
        value: (..., heads, S, F).
        attn_mask: broadcastable to (..., heads, L, S): bool, True where a query may attend to a key, or
            numbers added to the scores.
        dropout_p: the probability with which weights are zeroed, while training or not.
        is_causal: whether query ``i`` attends to keys up to ``i`` alone.
        scale: by default ``1 / sqrt(E)``.
        enable_gqa: whether several heads of queries may share a head of keys and values.

    Returns:
        (..., heads, L, F), fresh. Zeros for a query that may attend to no key.

    Raises:
        RuntimeError: dtypes or shapes do not go together.

    On GPUs halves are given to cuDNN's kernel (`jax.nn.dot_product_attention`) where it takes them.

    Differs from PyTorch: has a second derivative whichever way it is computed, cuDNN's kernel aside.

    Example:
        >>> import jaxtorch as torch
        >>> q, kv = torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
        >>> torch.nn.functional.scaled_dot_product_attention(q, kv, kv)
        tensor([[[[2., 3.]]]])
    """
    _check_inputs(query, key, value, attn_mask)
    grouped = bool(enable_gqa)
    node = _choose(query, key, value, attn_mask, dropout_p, grouped)
    if node not in (_FLASH, _CUDNN):
        if is_causal and attn_mask is not None:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
            )
        if grouped:
            if min(query.ndim, key.ndim, value.ndim) < 3:
                raise IndexError("Dimension out of range (expected to be in range of [-2, 1], but got -3)")
            if not _divides(query, key, value):
                raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    if grouped and query.shape[-3] == key.shape[-3] == value.shape[-3]:
        grouped = False
    noise = None
    if dropout_p != 0:
        if not 0 <= dropout_p <= 1:
            raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p:g}")
        noise = _noise(query, key, dropout_p, grouped)
    if scale is None:
        scale = 1 / math.sqrt(query._layout.shape[-1]) if query._layout.shape[-1] else 1.0
    if node == _CUDNN:
        statics = (float(scale), bool(is_causal), grouped, node)
        return dispatch(_cudnn_op, (query, key, value, attn_mask), statics)
    operands = (query, key, value, attn_mask, noise, scale)
    return dispatch(_attend_op, operands, (bool(is_causal), grouped, node))[0]
