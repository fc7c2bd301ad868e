"""What programs name of PyTorch's tracer: here, of the recorder of `torch.compile`."""

from __future__ import annotations

from .._core import modes
from .._core.tensor import Tensor
from ..compiler import OptimizedModule, allow_in_graph, disable, is_compiling, list_backends, reset, set_stance
from . import config

__all__ = [
    "OptimizedModule", "allow_in_graph", "config", "disable", "graph_break", "is_compiling", "list_backends",
    "mark_dynamic", "mark_static", "maybe_mark_dynamic", "reset", "set_stance",
]  # fmt: skip


def graph_break(msg: str = "") -> None:
    """End the recording of a compiled function here: it runs uncompiled.

    Args:
        msg: why, for the warning.
    """
    if modes.state.recorder is not None:
        modes.state.recorder.settle(f"graph_break() is called{': ' if msg else ''}{msg}")


def _mark(t: Tensor, index, attribute: str) -> None:
    if not isinstance(index, (int, list, tuple)):
        raise AssertionError(f"Expected index to be int, list, or tuple, got {type(index)}")
    if not hasattr(t, attribute):
        setattr(t, attribute, set())
    getattr(t, attribute).update([index] if isinstance(index, int) else index)


def mark_dynamic(t: Tensor, index, *, hint_override: int | None = None, min: int | None = None,  # noqa: A002
                 max: int | None = None, specialize_on: list | None = None) -> None:  # fmt: skip
    """Say that a tensor's size in a dimension varies: a compiled function that is given the tensor makes
    programs for several sizes, where it can.

    Args:
        index: the dimension, or several.
        min, max: the least and the most that a program is padded to.
        hint_override, specialize_on: what PyTorch is told of the sizes to expect.

    Differs from PyTorch: a size that turns out to be decided by is no error; each has a program then.
    """
    _mark(t, index, "_dynamo_dynamic_indices")
    if min is not None or max is not None:
        ranges = vars(t).setdefault("_dynamo_dynamic_range", {})
        ranges.update((d, (min, max)) for d in ([index] if isinstance(index, int) else index))


def maybe_mark_dynamic(t: Tensor, index) -> None:
    """`mark_dynamic`, which PyTorch takes for a hint: here both are."""
    _mark(t, index, "_dynamo_weak_dynamic_indices")


def mark_static(t: Tensor, index=None) -> None:
    """Say that a tensor's size in a dimension (all of them for None) does not vary: each is compiled for."""
    _mark(t, list(range(t.dim())) if index is None else index, "_dynamo_static_indices")
