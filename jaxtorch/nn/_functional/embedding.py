"""Tables looked up by index."""

from __future__ import annotations

from ..._core.tensor import Tensor
from ...autograd.grad_mode import no_grad
from .public import public, torch

_MODES = {"sum": 0, "mean": 1, "max": 2}


def _renorm(weight, input, max_norm: float, norm_type: float) -> None:
    with no_grad():
        torch["embedding_renorm_"](weight, input, max_norm, norm_type)


def _padding(padding_idx, weight) -> int:
    if padding_idx is None:
        return -1
    rows = weight.size(0)
    assert -rows <= padding_idx < rows, "Padding_idx must be within num_embeddings"
    return padding_idx % rows


@public
def embedding(
    input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False,
    sparse=False,
):  # fmt: skip
    """The rows of ``weight`` at the indices ``input``.

    Args:
        padding_idx: the row that gets no gradient.
        max_norm: rows looked up are first scaled, in place, to this ``norm_type``-norm at most.
        scale_grad_by_freq: whether a row's gradient is divided by how often it is looked up.

    Raises:
        IndexError: an index is no row.
    """
    padding = _padding(padding_idx, weight)
    if max_norm is not None:
        input = input.contiguous()
        _renorm(weight, input, max_norm, norm_type)
    return torch["embedding"](weight, input, padding, scale_grad_by_freq, sparse)


@public
def embedding_bag(
    input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode="mean",
    sparse=False, per_sample_weights=None, include_last_offset=False, padding_idx=None,
):  # fmt: skip
    """Sums, means or maxima of the rows of ``weight`` in each bag of indices.

    Args:
        input: (bags, n), or all bags one after the other in one dim.
        offsets: where each bag starts, for ``input`` of one dim.
        mode: ``"sum"``, ``"mean"`` or ``"max"``.
        per_sample_weights: what each index counts, for ``"sum"``.
        padding_idx: the row that does not count.
    """
    if weight.dtype.category == 1 and input.dtype.category == 2:
        input, weight = weight, input  # the arguments' order before PyTorch 0.4
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, "
            f"then it must have the same shape as the input ({input.shape})"
        )
    if not weight.dim() == 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    if input.dim() == 2:
        if offsets is not None:
            shown = type(offsets) if not isinstance(offsets, Tensor) else "<class 'torch.Tensor'>"
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of "
                f"fixed length sequences. However, found offsets of type {shown}"
            )
        offsets = torch["arange"](0, input.numel(), input.size(1), dtype=input.dtype)
        input = input.reshape(-1)
        if per_sample_weights is not None:
            per_sample_weights = per_sample_weights.reshape(-1)
    elif input.dim() == 1:
        if not isinstance(offsets, Tensor):
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.dim() != 1:
            raise ValueError("offsets has to be a 1D Tensor")
    else:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    if mode not in _MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max":
        if scale_grad_by_freq:
            raise ValueError("max mode does not support scaling the gradient by the frequency")
        if sparse:
            raise ValueError("max mode does not support sparse weights")
    if max_norm is not None:
        _renorm(weight, input, max_norm, norm_type)
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."
        )
    return torch["embedding_bag"](
        weight, input, offsets, scale_grad_by_freq, _MODES[mode], sparse, per_sample_weights,
        include_last_offset, padding_idx,
    )[0]  # fmt: skip
