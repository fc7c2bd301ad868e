"""Tables looked up by index: embedding, embedding_bag, one_hot."""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.dispatch import dispatch
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor
from .._sparse import lookup

_INTS = (dtypes.int64, dtypes.int32)


def _check_indices(indices, where: str) -> None:
    if indices.dtype not in _INTS:
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, "
            f"Int; but got torch.{indices.dtype.title}Tensor instead (while checking arguments for {where})"
        )


# -- embedding ------------------------------------------------------------------------------------
def _check_embedding(weight, indices, **_):
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    _check_indices(indices, "embedding")


def _outside(weight, indices, **_):
    return jnp.any((indices < 0) | (indices >= weight.shape[0]))


def _added_rows(shape, indices, rows):
    """Zeros of ``shape`` with ``rows`` added at ``indices``."""
    return jnp.zeros(shape, rows.dtype).at[indices].add(rows, mode="drop")


def _embedding_gradient(g, weight, indices, padding_idx, scale_grad_by_freq):
    flat = indices.reshape(-1)
    rows = g.reshape(flat.shape[0], weight.shape[1])
    rows = rows.astype(jnp.float32) if rows.dtype.itemsize == 2 else rows
    share = (flat != padding_idx).astype(rows.dtype)
    if scale_grad_by_freq:
        counts = jnp.zeros(weight.shape[0], rows.dtype).at[flat].add(1)
        share = share / counts[flat]
    return _added_rows(weight.shape, flat, rows * share[:, None]), None


@op("embedding.raw(Tensor weight, Tensor indices, int padding_idx, bool scale_grad_by_freq)", forms="",
    check=_check_embedding, bounds=_outside, node="EmbeddingBackward0",
    bounds_error=lambda *_, **__: IndexError("index out of range in self"),
    grad=_embedding_gradient)  # fmt: skip
def embedding_raw(weight, indices, *, padding_idx, scale_grad_by_freq):
    return weight.at[indices].get(mode="clip")


@composite("embedding(Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, "
           "bool sparse=False)", forms="function")  # fmt: skip
def embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse):
    """The rows of ``weight`` at ``indices``.

    Args:
        weight: (rows, width).
        indices: int64 or int32, of any shape.
        padding_idx: the row that gets no gradient; none for -1.
        scale_grad_by_freq: whether a row's gradient is divided by how often it is looked up.
        sparse: whether the gradient is a sparse tensor of the rows looked up.

    Returns:
        A fresh (*indices.shape, width).

    Raises:
        IndexError: an index is no row.

    Example:
        >>> torch.embedding(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1]))
        tensor([[3., 4.]])
    """
    if sparse:
        return lookup.embedding(weight, indices, padding_idx, scale_grad_by_freq)
    return dispatch(registry["embedding.raw"], (weight, indices), (padding_idx, scale_grad_by_freq))


def _renormed(weight, indices, max_norm, norm_type):
    size = lax.abs(weight)
    norm = jnp.max(size, 1) if norm_type == float("inf") else jnp.sum(size**norm_type, 1) ** (1 / norm_type)
    used = jnp.zeros(weight.shape[0], bool).at[indices.reshape(-1)].set(True)
    scale = jnp.where(used & (norm > max_norm), max_norm / (norm + 1e-7), jnp.ones((), weight.dtype))
    return weight * scale[:, None]


@op("embedding_renorm(Tensor self, Tensor indices, Scalar max_norm, float norm_type)", forms="function_",
    bounds=lambda self, indices, max_norm, *, norm_type: _outside(self, indices),
    bounds_error=lambda *_, **__: IndexError("index out of range in self"), differentiable=False)  # fmt: skip
def embedding_renorm(self, indices, max_norm, *, norm_type):
    """``self`` with the rows at ``indices`` scaled down to a norm of at most ``max_norm``."""
    return _renormed(self, indices, max_norm.astype(self.dtype), norm_type)


# -- embedding_bag --------------------------------------------------------------------------------
_SUM, _MEAN, _MAX = 0, 1, 2


def _bags(offsets, count: int, include_last_offset: bool):
    """(number of bags, the bag of every position)."""
    n = offsets.shape[0] - include_last_offset
    positions = jnp.arange(count, dtype=offsets.dtype)
    return n, jnp.searchsorted(offsets[:n], positions, side="right").astype(jnp.int64) - 1


def _check_bag(weight, indices, offsets, per_sample_weights, *, scale_grad_by_freq, mode,
               include_last_offset, padding_idx):  # fmt: skip
    _check_indices(indices, "embedding_bag")
    if offsets.dtype not in _INTS:
        raise RuntimeError(
            "Expected tensor for argument #1 'offsets' to have one of the following scalar types: Long, "
            f"Int; but got torch.{offsets.dtype.title}Tensor instead (while checking arguments for embedding_bag)"
        )
    rows = weight.shape[0]
    if padding_idx >= rows or padding_idx < -rows and padding_idx != -1:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but got {padding_idx}"
        )


def _bag_outside(weight, indices, offsets, per_sample_weights, **_):
    wrong = _outside(weight, indices)
    if offsets.shape[0]:
        wrong |= (offsets[0] != 0) | (offsets[-1] > indices.shape[0])
    return wrong


def _bag_error(weight, indices, offsets, per_sample_weights, **_):
    starts, count = offsets._host(), indices.shape[0]
    if starts.size and starts[0] != 0:
        return RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
            f"However, got {starts[0]}\n[ torch.{offsets.dtype.title}Tensor{{}} ]"
        )
    if starts.size and starts[-1] > count:
        return RuntimeError(
            f"offsets[-1] can not be greater than input's length {count} but got offsets[-1] of {starts[-1]}"
        )
    values, rows = indices._host(), weight.shape[0]
    at = int(np.argmax((values < 0) | (values >= rows)))
    return RuntimeError(
        f"Index {at} of input takes value {values[at]} which is not in the valid range [0, {rows})"
    )


def _bag_gradient(g, weight, indices, offsets, per_sample_weights, results, needs, scale_grad_by_freq, mode,
                  include_last_offset, padding_idx):  # fmt: skip
    if mode == _MAX:
        bags, width = g.shape
        columns = jnp.broadcast_to(jnp.arange(width), (bags, width))
        filled = results[2][:, None] > 0
        own = jnp.zeros(weight.shape, g.dtype).at[results[3], columns].add(jnp.where(filled, g, 0))
        return own, None, None, None
    n, bag = _bags(offsets, indices.shape[0], include_last_offset)
    counted = (indices != padding_idx).astype(g.dtype)
    rows = g.at[bag].get(mode="clip") if n else jnp.zeros((indices.shape[0], weight.shape[1]), g.dtype)
    share = counted
    if mode == _MEAN:
        counts = jnp.zeros(n, g.dtype).at[bag].add(counted)
        share = share / jnp.maximum(counts, 1)[bag]
    if scale_grad_by_freq:
        share = share / jnp.zeros(weight.shape[0], g.dtype).at[indices].add(1)[indices]
    weighted = share if per_sample_weights is None else share * per_sample_weights
    own = _added_rows(weight.shape, indices, rows * weighted[:, None]) if needs[0] else None
    samples = None
    if per_sample_weights is not None and needs[3]:
        samples = jnp.sum(rows * weight[indices], 1) * counted
    return own, None, None, samples


@op("embedding_bag.raw(Tensor weight, Tensor indices, Tensor offsets, Tensor? per_sample_weights, "
    "bool scale_grad_by_freq, int mode, bool include_last_offset, int padding_idx)", forms="",
    check=_check_bag, bounds=_bag_outside, bounds_error=_bag_error, node="EmbeddingBagBackward0",
    grad=_bag_gradient)  # fmt: skip
def embedding_bag_raw(weight, indices, offsets, per_sample_weights, *, scale_grad_by_freq, mode,
                      include_last_offset, padding_idx):  # fmt: skip
    count = indices.shape[0]
    n, bag = _bags(offsets, count, include_last_offset)
    counted = indices != padding_idx
    rows = weight.at[indices].get(mode="clip")
    sizes = jnp.zeros(n, jnp.int64).at[bag].add(counted.astype(jnp.int64))
    width = weight.shape[1]
    if mode == _MAX:
        low = jnp.where(counted[:, None], rows, -jnp.inf)
        best = jnp.full((n, width), -jnp.inf, rows.dtype).at[bag].max(low)
        places = jnp.where(low == best[bag], jnp.arange(count)[:, None], count)
        first = jnp.full((n, width), count, places.dtype).at[bag].min(places)
        chosen = jnp.where(first < count, indices.astype(jnp.int64).at[first].get(mode="clip"), 0)
        return jnp.where(sizes[:, None] > 0, best, jnp.zeros((), best.dtype)), bag, sizes, chosen
    wide = rows.astype(jnp.float32) if rows.dtype.itemsize == 2 else rows
    if per_sample_weights is not None:
        wide = wide * per_sample_weights.astype(wide.dtype)[:, None]
    total = jnp.zeros((n, width), wide.dtype).at[bag].add(jnp.where(counted[:, None], wide, 0))
    if mode == _MEAN:
        total = total / jnp.maximum(sizes, 1).astype(total.dtype)[:, None]
    return total.astype(rows.dtype), bag if mode else bag[:0], sizes, jnp.zeros(n, jnp.int64)


@composite("embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, "
           "bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False, int? padding_idx=None)",
           forms="function")  # fmt: skip
def embedding_bag(weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights,
                  include_last_offset, padding_idx) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """Sums, means or maxima of the rows of ``weight`` in each bag of indices.

    Returns:
        (the result, the bag of every index, the sizes of bags, where the maxima were).
    """
    if padding_idx is None:
        padding_idx = -1
    elif -weight.shape[0] <= padding_idx < 0:
        padding_idx += weight.shape[0]
    static = (scale_grad_by_freq, mode, include_last_offset, padding_idx)
    if sparse and mode != _MAX:
        return lookup.embedding_bag(weight, indices, offsets, per_sample_weights, static)
    return dispatch(registry["embedding_bag.raw"], (weight, indices, offsets, per_sample_weights), static)


# -- one_hot --------------------------------------------------------------------------------------
def _not_classes(self, *, num_classes):
    return jnp.any((self < 0) | (self >= num_classes))


def _one_hot_error(self, *, num_classes):
    if (self._host() < 0).any():
        return RuntimeError("Class values must be non-negative.")
    return RuntimeError("Class values must be smaller than num_classes.")


@op("one_hot.raw(Tensor self, int num_classes)", forms="", differentiable=False, bounds=_not_classes,
    bounds_error=_one_hot_error)  # fmt: skip
def one_hot_raw(self, *, num_classes):
    classes = lax.broadcasted_iota(self.dtype, (*self.shape, num_classes), self.ndim)
    return (self[..., None] == classes).astype(jnp.int64)


@composite("one_hot(Tensor self, int num_classes=-1)", forms="nn")
def one_hot(self, num_classes):
    """A new last dim with a 1 at each value's place and 0 elsewhere.

    Args:
        self: int64, of any shape.
        num_classes: the size of the new dim; one more than the largest value for -1.

    Returns:
        A fresh int64 (*self.shape, num_classes).

    Raises:
        RuntimeError: a value is no class.
    """
    if self.dtype is not dtypes.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not self.numel():
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
    elif num_classes == -1:
        num_classes = max(int(self._host().max()) + 1, 1)
    out = dispatch(registry["one_hot.raw"], (self,), (max(num_classes, 0),))
    if self.numel():
        out._storage.version = 2  # PyTorch writes ones into zeros
    return out
