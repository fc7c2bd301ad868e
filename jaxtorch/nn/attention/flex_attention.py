"""torch.nn.attention.flex_attention: attention whose scores and mask are functions of the program.

The reference form: the scores are a tensor, and the functions are mapped over it; what XLA fuses, it fuses.
"""

from __future__ import annotations

import math
import sys
import typing
import warnings
from collections.abc import Callable
from typing import Literal, NamedTuple, NotRequired, TypedDict

from ..._core import modes
from ..._core.casts import settings
from ..._core.dtypes import float32, float64
from ..._core.tensor import Tensor
from ...amp import autocast
from ...amp.autocast_mode import _cast
from .._namespace import name_as_torch, torch
from ._block_mask import WHOLE, BlockMask, create_block_mask, nothing_masked, refuse_sliced
from ._mods import and_masks, create_mask, everywhere, noop_mask, or_masks

__all__ = [
    "BlockMask", "flex_attention", "AuxOutput", "AuxRequest", "FlexKernelOptions", "create_block_mask", "create_mask",
    "or_masks", "and_masks", "noop_mask",
]  # fmt: skip

_Backend = Literal["AUTO", "TRITON", "FLASH", "TRITON_DECODE"]


class FlexKernelOptions(TypedDict, total=False):
    """Sizes and choices of PyTorch's kernels for GPUs: they change no value. XLA has no such choices."""

    num_warps: NotRequired[int]
    num_stages: NotRequired[int]
    BLOCK_M: NotRequired[int]
    BLOCK_N: NotRequired[int]
    BLOCK_M1: NotRequired[int]
    BLOCK_N1: NotRequired[int]
    BLOCK_M2: NotRequired[int]
    BLOCK_N2: NotRequired[int]
    PRESCALE_QK: NotRequired[bool]
    ROWS_GUARANTEED_SAFE: NotRequired[bool]
    BLOCKS_ARE_CONTIGUOUS: NotRequired[bool]
    WRITE_DQ: NotRequired[bool]
    FORCE_USE_FLEX_ATTENTION: NotRequired[bool]
    USE_TMA: NotRequired[bool]
    kpack: NotRequired[int]
    matrix_instr_nonkdim: NotRequired[int]
    waves_per_eu: NotRequired[int]
    BACKEND: NotRequired[_Backend]


class AuxRequest(NamedTuple):
    """What `flex_attention` returns beside its output: the log of the sums, the largest scores."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What was asked for by an `AuxRequest`: (B, Hq, L) each, or None."""

    lse: Tensor | None = None
    max_scores: Tensor | None = None


_warned: set[str] = set()


# -- what is refused ------------------------------------------------------------------------------
def _check_inputs(query: Tensor, key: Tensor, value: Tensor, enable_gqa: bool, block_mask: BlockMask | None) -> None:
    if query.is_nested or key.is_nested or value.is_nested:
        raise NotImplementedError(
            "flex_attention does not support NestedTensor inputs, including torch.compile(flex_attention) with jagged "
            "NestedTensor inputs. Convert inputs to dense tensors before calling flex_attention."
        )
    if query.device != key.device or query.device != value.device:
        raise ValueError(
            "Expected query, key, and value to have the same device type, but got query.device: "
            f"{query.device}, key.device: {key.device}, and value.device: {value.device} instead."
        )
    if min(query.dim(), key.dim(), value.dim()) < 2:
        raise ValueError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.dim()}, key.dim: {key.dim()} and value.dim: {value.dim()} instead."
        )
    if query.size(-1) != key.size(-1):
        raise ValueError(
            "Expect query and key/value to have the same embedding dimension but got "
            f"E={query.size(-1)} and E={key.size(-1)}."
        )
    if query.device.type not in ("cuda", "cpu"):
        raise ValueError(
            "FlexAttention is only supported on CUDA, CPU, HPU, or MPS devices. Found input tensors on "
            f"{query.device.type} device."
        )
    if query.dim() != 4 or key.dim() != 4 or value.dim() != 4:
        raise NotImplementedError("NYI: query, key, and value must be 4D tensors")
    heads, shared = query.size(1), key.size(1)
    if not enable_gqa and heads != shared:
        raise ValueError(
            f"Expect query and key/value to have the same number of heads but got Hq={heads} and Hkv={shared}. Try "
            "setting enable_gqa=True for GQA."
        )
    if enable_gqa and heads % shared:
        raise ValueError(
            "Expect number of query heads to be a multiple of kv heads for GQA but got "
            f"Hq={heads} and Hkv={shared}."
        )
    batch, other = query.size(0), key.size(0)
    if batch != other:
        if block_mask is None:
            raise ValueError(
                "Expect query and key/value to have the same batch size, or non-none block_mask, but got "
                f"block_mask=None, Bq={batch}, and Bkv={other}."
            )
        if block_mask.kv_num_blocks.size(0) != batch:
            raise ValueError(
                "Expect query and key/value to have the same batch size, or block_mask and query to have the same "
                f"batch size, but got Bq={batch}, Bkv={other}, B_block_mask={block_mask.kv_num_blocks.size(0)}."
            )


def _check_mask(block_mask: BlockMask, query: Tensor, key: Tensor) -> None:
    if block_mask.mask_mod is refuse_sliced:
        raise RuntimeError("Cannot use mask_mod from a sliced BlockMask")
    if tuple(block_mask.BLOCK_SIZE) != (WHOLE, WHOLE):
        *_, queries, keys = block_mask.shape
        wanted = query.size(-2), key.size(-2)
        made = (
            f"block_mask was created for block_mask.shape={block_mask.shape} but got q_len={wanted[0]} and "
            f"kv_len={wanted[1]}. As the block mask was created for a"
        )
        if wanted[0] > queries or wanted[1] > keys:
            raise ValueError(
                f"{made} smaller length than you're using it for, you likely need to create a new block mask."
            )
        if wanted != (queries, keys):
            raise ValueError(
                f"{made} larger length than you're using it for, you can either 1. create a new block mask with the "
                "correct length, or 2. 'adjust' the existing block mask to the correct length by calling "
                "block_mask._adjust(q_len, kv_len). This essentially 'crops' the block mask to the upper left corner, "
                "which does not work for all mask_mods!"
            )
    if query.device != block_mask.kv_num_blocks.device:
        raise RuntimeError(
            "Expect q/k/v and block_mask to be on the same device but got "
            f"{query.device} and {block_mask.kv_num_blocks.device}."
        )


def _check_options(options, return_aux: AuxRequest | None) -> None:
    options = {} if options is None else dict(options)
    if "BACKEND" in options:
        if options.get("FORCE_USE_FLEX_ATTENTION", False):
            raise RuntimeError(
                "BACKEND cannot be combined with legacy FORCE_USE_FLEX_ATTENTION. BACKEND supersedes the legacy knob; "
                "please drop FORCE_USE_FLEX_ATTENTION and only specify the desired BACKEND."
            )
        valid = typing.get_args(_Backend)
        if options["BACKEND"] not in valid:
            raise ValueError(f"Invalid BACKEND value '{options['BACKEND']}'. Must be one of {valid}")
    for name in ("OUTPUT_LOGSUMEXP", "OUTPUT_MAX"):
        assert name not in options, f"{name} must not be in kernel_options"
    if options.get("BACKEND") == "FLASH" and return_aux is not None and return_aux.max_scores:
        raise NotImplementedError(
            "Returning max scores is not supported with BACKEND='FLASH'. Use return_aux=AuxRequest(lse=True) or omit "
            "max_scores."
        )


def _warn_of_return_lse() -> None:
    if "return_lse" not in _warned:
        _warned.add("return_lse")
        warnings.warn(
            "return_lse is deprecated and will be removed in v2.10. "
            "Please use return_aux=AuxRequest(lse=True) instead.",
            FutureWarning,
            stacklevel=3,
        )


def _guard(mask: BlockMask) -> None:
    """Tell a recording what it relies on of a mask from outside."""
    recorder = modes.state.recorder
    if recorder is not None and not recorder.made_here(mask.kv_num_blocks):
        recorder.guard(
            "what a BlockMask is", lambda: (mask.mask_mod, mask.seq_lengths, mask.BLOCK_SIZE, mask.q_indices is None)
        )


# -- the formula ----------------------------------------------------------------------------------
def _attend(query: Tensor, key: Tensor, value: Tensor, score_mod, block_mask: BlockMask, scale: float) -> tuple:
    """(output, log of the sums, largest scores); a row without any key is 0, -inf, -inf."""
    repeats = query.size(1) // key.size(1)
    if repeats != 1:
        key, value = torch.repeat_interleave(key, repeats, dim=1), torch.repeat_interleave(value, repeats, dim=1)
    batch, other = query.size(0), key.size(0)
    if batch != other and not (batch > 1 and other == 1):
        raise RuntimeError(f"Bq and Bkv must broadcast. Got Bq={batch} and Bkv={other}")
    key, value = key.expand(batch, -1, -1, -1), value.expand(batch, -1, -1, -1)
    precision = float64 if query.dtype is float64 else float32
    scores = query.to(precision) @ key.to(precision).transpose(-2, -1) * scale
    mask = None
    if block_mask.mask_mod is not noop_mask:
        mask = everywhere(block_mask.mask_mod, scores.shape, scores.device)
        if scores.requires_grad:
            # what the function's derivative is where the mask hides its value shall not matter, be it infinite
            scores = torch.where(mask, scores, scores.detach())
    if score_mod is not None:
        scores = everywhere(score_mod, scores.shape, scores.device, scores)
    if mask is not None:
        scores = torch.where(mask, scores, torch.full((), -math.inf, dtype=precision, device=scores.device))
    if block_mask.q_indices is None and modes.state.grad and (scores.requires_grad or value.requires_grad):
        raise RuntimeError(
            "BlockMask q_indices is None. Backward pass requires q_indices to be computed. Please create the BlockMask "
            "with compute_q_blocks=True"
        )
    empty = (scores == -math.inf).all(-1)
    lse = torch.where(empty.unsqueeze(-1), 0.0, scores).logsumexp(-1)  # the gradient of an empty row is 0
    lse = torch.where(empty, -math.inf, lse)
    largest = scores.detach().amax(-1)
    out = torch._safe_softmax(scores, -1).to(query.dtype) @ value.to(query.dtype)
    return _laid_out(out, query), lse, largest


def _laid_out(out: Tensor, query: Tensor) -> Tensor:
    """``out`` with its dimensions in memory in the order of those of ``query``, the last one dense."""
    strides = query.stride()
    order = sorted(range(4), key=lambda dim: (strides[dim], -dim))
    order = [3, *[dim for dim in order if dim != 3]]
    wanted, step = [0] * 4, 1
    for dim in order:
        wanted[dim], step = step, step * out.shape[dim]
    if out.stride() == tuple(wanted):
        return out
    return out.new_empty_strided(out.shape, wanted).copy_(out)


def flex_attention(query: Tensor, key: Tensor, value: Tensor, score_mod: Callable | None = None,
                   block_mask: BlockMask | None = None, scale: float | None = None, enable_gqa: bool = False,
                   return_lse: bool = False, kernel_options: FlexKernelOptions | None = None, *,
                   return_aux: AuxRequest | None = None):  # fmt: skip
    """Attention with a function of every score between the products and the softmax, and a mask that is a function.

    Args:
        query: (B, Hq, L, E), any floating dtype; computed in float32 where it is narrower.
        key, value: (B, Hkv, S, E) and (B, Hkv, S, Ev); B may be 1 where there is a ``block_mask``.
        score_mod: (score, batch, head, query, key) -> score, all tensors without dimensions; tensors of the program
            that it reads get their gradients.
        block_mask: which queries attend to which keys.
        scale: of the products, by default 1 / sqrt(E).
        enable_gqa: whether Hq may be a multiple of Hkv.
        return_lse: deprecated: whether the log of the sums is returned too.
        kernel_options: checked; XLA has no such choices.
        return_aux: what is returned beside the output.

    Returns:
        (B, Hq, L, Ev), with ``return_aux`` an `AuxOutput` too, with ``return_lse`` the log of the sums: (B, Hq, L).
        Rows without a key are 0.

    Raises:
        ValueError: sizes, devices or lengths of the mask that do not go together.
        NotImplementedError: tensors that have not four dimensions, nested ones.
        RuntimeError: a sliced mask whose ``mask_mod`` was not set.

    Differs from PyTorch:
        gradients and ``max_scores`` are there on CPUs too, and gradients of gradients; nothing is said of calls
        outside `torch.compile`, and the scores are a tensor in memory inside it too unless XLA fuses them.

    Example:
        >>> import jaxtorch as torch
        >>> from jaxtorch.nn.attention.flex_attention import create_block_mask, flex_attention
        >>> causal = create_block_mask(lambda b, h, q, kv: q >= kv, None, None, 2, 2)
        >>> near = lambda score, b, h, q, kv: score - (q - kv)
        >>> x = torch.eye(2).reshape(1, 1, 2, 2)
        >>> flex_attention(x, x, x, near, causal)
        tensor([[[[1.0000, 0.0000],
                  [0.1535, 0.8465]]]])
    """
    _check_inputs(query, key, value, enable_gqa, block_mask)
    if block_mask is None:
        block_mask = nothing_masked(query)
    else:
        _guard(block_mask)
    _check_mask(block_mask, query, key)
    scale = 1.0 / math.sqrt(query.size(-1)) if scale is None else scale
    if return_lse:
        if return_aux is not None:
            raise ValueError(
                "Cannot specify both return_lse and return_aux. return_lse is deprecated, please use "
                "return_aux=AuxRequest(lse=True) instead."
            )
        _warn_of_return_lse()
    _check_options(kernel_options, return_aux)
    kind = query.device.type
    if kind in modes.state.autocast:
        query, key, value = _cast((query, key, value), kind, settings.dtypes[kind])
        with autocast(kind, enabled=False):
            out, lse, largest = _attend(query, key, value, score_mod, block_mask, scale)
    else:
        out, lse, largest = _attend(query, key, value, score_mod, block_mask, scale)
    if return_aux is not None:
        return out, AuxOutput(lse if return_aux.lse else None, largest if return_aux.max_scores else None)
    return (out, lse) if return_lse else out


name_as_torch(sys.modules[__name__])
BlockMask.__module__ = AuxOutput.__module__
