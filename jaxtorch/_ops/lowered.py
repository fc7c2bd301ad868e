"""What PyTorch's functions are lowered to: names without documentation, which libraries and exported programs call."""

from __future__ import annotations

import math
from math import prod

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.layout import wrap_dim
from .._core.spec import composite, op
from .._core.tensor import Tensor
from .activation import softmax_check, softmax_dtype, softmax_gradient
from .dims import along
from .normalization import native_batch_norm


# -- activations ----------------------------------------------------------------------------------
@op("_safe_softmax(Tensor self, int dim, dtype? dtype=None)", forms="function", promote=softmax_dtype,
    check=softmax_check("softmax"), node="SafeSoftmaxBackward0",
    grad=lambda g, result, dim: softmax_gradient(g, result, dim=dim))  # fmt: skip
@along
def _safe_softmax(self, *, dim, dtype):
    """`softmax`, with 0 where all that it is over is -inf."""
    hidden = jnp.all(self == -math.inf, dim, keepdims=True)
    e = lax.exp(self - jnp.where(hidden, 0, jnp.max(self, dim, keepdims=True, initial=-math.inf)))
    return jnp.where(hidden, 0, e / jnp.sum(e, dim, keepdims=True))


@op("_softmax_backward_data(Tensor grad_output, Tensor output, int dim, dtype input_dtype)", forms="function",
    promote="same", node="SoftmaxBackwardDataBackward0")  # fmt: skip
@along
def _softmax_backward_data(grad_output, output, *, dim, input_dtype):
    """The gradient of `softmax` from its result."""
    product = grad_output * output
    return (product - output * jnp.sum(product, dim, keepdims=True)).astype(input_dtype.np)


@op("native_dropout_backward(Tensor grad_output, Tensor mask, Scalar scale)", forms="function", layout="pointwise",
    promote="float",
    grad=lambda g, mask, scale: (g * mask.astype(g.dtype) * scale.astype(g.dtype), None))  # fmt: skip
def native_dropout_backward(grad_output, mask, scale):
    """The gradient of `native_dropout` from its mask."""
    return grad_output * mask.astype(grad_output.dtype) * scale.astype(grad_output.dtype)


@composite("_batch_norm_with_update(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, "
           "Tensor running_var, float momentum, float eps)", forms="function")  # fmt: skip
def _batch_norm_with_update(input, weight, bias, running_mean, running_var, momentum, eps):
    """`native_batch_norm` in training, and the bytes that a backend keeps for the gradient: none here."""
    found = native_batch_norm(input, weight, bias, running_mean, running_var, True, momentum, eps)
    return (*found, input.new_empty(0, dtype=dtypes.uint8))


# -- indices that may be out of range where a mask is False ---------------------------------------
def _clamped(self: Tensor, indices):
    return [None if i is None else i.clamp(-n, n - 1) for i, n in zip(indices, self.shape)]


@composite("_unsafe_masked_index(Tensor self, Tensor mask, any indices, any fill)", forms="function")
def _unsafe_masked_index(self, mask, indices, fill):
    """``self[indices]`` where ``mask`` holds, ``fill`` elsewhere."""
    picked = self[tuple(slice(None) if i is None else i for i in _clamped(self, indices))]
    return picked.masked_fill(mask.logical_not(), fill)


@composite("_unsafe_masked_index_put_accumulate(Tensor self, Tensor mask, any indices, Tensor values)",
           forms="function")  # fmt: skip
def _unsafe_masked_index_put_accumulate(self, mask, indices, values):
    """``self`` with the ``values`` whose ``mask`` holds added at ``indices``."""
    return self.index_put(_clamped(self, indices), values.masked_fill(mask.logical_not(), 0), True)


# -- pieces ---------------------------------------------------------------------------------------
def _rows_of_pieces(x, dim: int, num_chunks: int):
    missing = -x.shape[dim] % num_chunks
    if missing:
        x = lax.pad(x, jnp.zeros((), x.dtype), [(0, missing if d == dim else 0, 0) for d in range(x.ndim)])
    return x.reshape(*x.shape[:dim], num_chunks, x.size // (num_chunks * prod(x.shape[:dim])))


def _check_pieces(tensors, *, dim, num_chunks):
    if num_chunks < 1:
        raise RuntimeError("_chunk_cat expects positive num_chunks")
    if not tensors:
        raise RuntimeError("_chunk_cat expects a non-empty input tensor list")
    first = tensors[0]
    if any(t.ndim != first.ndim for t in tensors) and dim < 0:
        raise RuntimeError("_chunk_cat expects non-negative dim when input tensors have different ndims")
    if any(dim >= t.ndim for t in tensors):
        raise RuntimeError("_chunk_cat expects dim < ndim for all input tensors")
    wrapped = wrap_dim(dim, first.ndim)
    for t in tensors:
        if not prod(t.shape):
            raise RuntimeError("_chunk_cat expects non-empty tensor")
        if t.dtype is not first.dtype:
            raise RuntimeError("_chunk_cat expects all input tensors with the same dtype")
        if t.shape[:wrapped] != first.shape[:wrapped]:
            raise RuntimeError(
                "_chunk_cat expects same sizes of 0,...,dim-1 dimensions for all tensors"
            )


@op("_chunk_cat(Tensor[] tensors, int dim, int num_chunks)", forms="function out", check=_check_pieces,
    refused_out=True,
    cast_error=lambda result, out: TypeError(
        f"torch.cat(): input types can't be cast to the desired output type {out.title}"))  # fmt: skip
def _chunk_cat(tensors, *, dim, num_chunks):
    """Tensors cut into ``num_chunks`` pieces along ``dim``, the last filled up with zeros; flattened and joined."""
    dim = dim % tensors[0].ndim
    return jnp.concatenate([_rows_of_pieces(x, dim, num_chunks) for x in tensors], dim + 1)
