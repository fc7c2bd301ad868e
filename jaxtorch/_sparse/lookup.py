"""Tables looked up by index whose gradient is sparse: the rows that were looked up."""

from __future__ import annotations

from .._core.dispatch import dispatch
from .._core.linked import followed, linked
from .._core.spec import registry
from .._core.tensor import Tensor
from .pattern import places
from .tensor import coo, torch

_BY_FREQUENCY = "embedding_backward: scale_grad_by_freq not supported with sparse gradients"


def _rows(shape: tuple, indices: Tensor, rows: Tensor, padding_idx: int):
    """The gradient of a table: rows at indices, but for those of the padding."""
    if padding_idx >= 0:
        kept = places(indices.ne(padding_idx))
        indices, rows = indices.index_select(0, kept), rows.index_select(0, kept)
    return coo(indices.long().unsqueeze(0), rows, shape, indices.shape[0] < 2)


def embedding(weight: Tensor, indices: Tensor, padding_idx: int, scale_grad_by_freq: bool) -> Tensor:
    """`embedding` with a sparse gradient."""
    static = (padding_idx, scale_grad_by_freq)
    spec = registry["embedding.raw"]
    if not followed(weight):
        return dispatch(spec, (weight, indices), static)
    out = dispatch(spec, (weight.detach(), indices), static)
    shape, seen = tuple(weight.shape), indices.detach().clone().reshape(-1)

    def back(g: Tensor):
        if scale_grad_by_freq:
            raise RuntimeError(_BY_FREQUENCY)
        return _rows(shape, seen, g.reshape(-1, shape[1]), padding_idx)

    return linked(out, "EmbeddingBackward0", (weight, back), keeps=True)


def embedding_bag(weight: Tensor, indices: Tensor, offsets: Tensor, samples: Tensor | None, static: tuple) -> tuple:
    """`embedding_bag` with a sparse gradient.

    Args:
        static: scale_grad_by_freq, mode (0 sum, 1 mean), include_last_offset, padding_idx.
    """
    spec, (by_frequency, mode, _, padding_idx) = registry["embedding_bag.raw"], static
    if not followed(weight):
        return dispatch(spec, (weight, indices, offsets, samples), static)
    out, *others = dispatch(spec, (weight.detach(), indices, offsets, samples), static)
    shape, seen = tuple(weight.shape), indices.detach().clone()
    ends = offsets.detach()[1:].contiguous()
    bag = torch["searchsorted"](ends, torch["arange"](seen.shape[0], dtype=ends.dtype, device=ends.device), right=True)
    sizes, weights = others[1], None if samples is None else samples.detach().clone()

    def back(g: Tensor):
        if by_frequency:
            raise RuntimeError(_BY_FREQUENCY)
        rows = g.index_select(0, bag)
        if mode == 1:
            rows = rows / sizes.clamp(min=1).index_select(0, bag).to(rows.dtype).unsqueeze(1)
        if weights is not None:
            rows = rows * weights.unsqueeze(1)
        return _rows(shape, seen, rows, padding_idx)

    made = linked(out.detach(), "EmbeddingBagBackward0", (weight, back), (out, lambda g: g), keeps=True)
    return made, *others
