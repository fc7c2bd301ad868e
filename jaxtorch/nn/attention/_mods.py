"""Functions of one score and its place, called for all scores at once; masks made of such functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import jax

from ... import accelerator
from ..._core import modes
from ..._core.dtypes import float32, int64
from ..._core.tensor import Tensor
from ..._record import pure
from .._namespace import torch


def kind_of(fn: Callable) -> str:
    """``"score"`` for a function of five arguments, ``"mask"`` for one of four; those with defaults do not count."""
    code = getattr(fn, "__code__", None)
    if code is not None:
        count = code.co_argcount - len(getattr(fn, "__defaults__", None) or ())
    else:
        count = sum(p.default is inspect.Parameter.empty for p in inspect.signature(fn).parameters.values())
    if count not in (4, 5):
        raise AssertionError(f"Expected 4 or 5 positional args, got {count}")
    return "score" if count == 5 else "mask"


def everywhere(fn: Callable, sizes, device, scores: Tensor | None = None) -> Tensor:
    """What ``fn`` gives at every (batch, head, query, key): a tensor of ``sizes``.

    It is recorded once, of tensors without dimensions, and mapped over the four. Tensors that it reads from outside
    get their gradients.

    Args:
        fn: (batch, head, query, key) -> tensor, all without dimensions; with ``scores`` the score comes first.
        scores: (B, H, L, S).
    """
    facts = [((), int64, device, False)] * 4
    operands = [torch.arange(n, device=device) for n in sizes]
    if scores is not None:
        facts.insert(0, ((), scores.dtype, device, modes.state.grad and scores.requires_grad))
        operands.insert(0, scores)
    name = getattr(fn, "__name__", repr(fn))

    def one(*places):
        result = fn(*places)
        if not isinstance(result, Tensor):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(result)}. Did you mean to set "
                "out_dims= to None for output?"
            )
        return result

    recorded = pure.Pure("flex_attention", one, facts)
    if recorded.draws:
        raise RuntimeError(f"flex_attention: {name} draws random numbers: draw them before, and index into them")
    first = (0,) * (scores is not None)

    def combine(function):
        mapped = lambda outside, *operands: function(*outside, *operands)  # noqa: E731
        for own in (3, 2, 1, 0):
            mapped = jax.vmap(mapped, (None, *first, *[0 if place == own else None for place in range(4)]))
        return mapped

    return pure.run("flex_attention", ("everywhere", bool(first)), [recorded], combine, operands)[0]


def noop_mask(batch, head, token_q, token_kv) -> Tensor:
    """The mask by which every query attends to every key."""
    return batch.new_ones(size=(), dtype=torch.bool, device=batch.device)


def _joined(mask_mods: tuple, name: str, start: str, join: Callable) -> Callable:
    if not all(callable(f) for f in mask_mods):
        raise RuntimeError(f"All inputs should be callable mask_mods: {mask_mods}")

    def joined(b, h, q_idx, kv_idx):
        result = getattr(b, start)((), dtype=torch.bool)
        for f in mask_mods:
            result = join(result, f(b, h, q_idx, kv_idx))
        return result

    joined.__name__ = name
    return joined


def or_masks(*mask_mods: Callable) -> Callable:
    """The mask by which a query attends to a key where any of ``mask_mods`` says so.

    Raises:
        RuntimeError: one of them is not callable.
    """
    return _joined(mask_mods, "or_mask", "new_zeros", lambda a, b: a | b)


def and_masks(*mask_mods: Callable) -> Callable:
    """The mask by which a query attends to a key where all of ``mask_mods`` say so.

    Raises:
        RuntimeError: one of them is not callable.
    """
    return _joined(mask_mods, "and_mask", "new_ones", lambda a, b: a & b)


def create_mask(mod_fn: Callable, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device=None) -> Tensor:
    """A mask as a tensor: (B, H, Q_LEN, KV_LEN), bool.

    Args:
        mod_fn: a mask's function of (batch, head, query, key); or a score's, which masks what it makes -inf of 0.
        B, H: the numbers of batches and heads; None: 1.
        device: by default the GPU where there is one.

    Example:
        >>> from jaxtorch.nn.attention.flex_attention import create_mask
        >>> create_mask(lambda b, h, q, kv: q >= kv, None, None, 2, 2)
        tensor([[[[ True, False],
                  [ True,  True]]]])
    """
    if device is None:
        device = default_device()
    sizes = (1 if B is None else B, 1 if H is None else H, Q_LEN, KV_LEN)
    on = torch.empty(0, device=device).device
    if kind_of(mod_fn) == "mask":
        return everywhere(mod_fn, sizes, on)
    found = everywhere(mod_fn, sizes, on, torch.zeros(sizes, dtype=float32, device=on))
    return torch.isneginf(found).logical_not()


def default_device():
    """The GPU, or the CPU where there is none."""
    return accelerator.current_accelerator() or "cpu"
