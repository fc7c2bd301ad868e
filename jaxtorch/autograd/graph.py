"""The graph from outside: hooks on saved tensors, edges, nodes."""

from __future__ import annotations

from typing import NamedTuple

from .._core import modes
from .._core.tape import Node, edge_of
from .._core.tensor import Tensor

__all__ = ["Node", "GradientEdge", "get_gradient_edge", "saved_tensors_hooks", "save_on_cpu", "disable_saved_tensors_hooks"]


class GradientEdge(NamedTuple):
    """A place in the graph: output ``output_nr`` of ``node``."""

    node: Node
    output_nr: int


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge through which the gradient of ``tensor`` flows."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(*edge_of(tensor))


class saved_tensors_hooks:  # noqa: N801
    """Inside, what autograd saves goes through ``pack_hook``, and back through ``unpack_hook``.

    Example:
        >>> import jaxtorch as torch
        >>> x = torch.tensor([2.0], requires_grad=True)
        >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(), torch.from_numpy):
        ...     y = x.exp()
        >>> y.backward()
        >>> x.grad
        tensor([7.3891])
    """

    def __init__(self, pack_hook, unpack_hook):
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self):
        state = modes.state
        if state.saved_hooks and state.saved_hooks[-1] is None:
            raise RuntimeError(state.saved_hooks_message)
        state.saved_hooks = (*state.saved_hooks, (self.pack_hook, self.unpack_hook))

    def __exit__(self, *_):
        modes.state.saved_hooks = modes.state.saved_hooks[:-1]


class save_on_cpu(saved_tensors_hooks):  # noqa: N801
    """Keep what autograd saves in host memory, and bring it back for backward."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda"):
        def pack(t):
            return t.device, t.cpu() if t.device.type != "cpu" else t

        def unpack(packed):
            device, t = packed
            return t.to(device)

        super().__init__(pack, unpack)


class disable_saved_tensors_hooks:  # noqa: N801
    """Inside, entering saved_tensors_hooks raises ``error_message``."""

    def __init__(self, error_message: str):
        self.error_message = error_message

    def __enter__(self):
        self.previous = (modes.state.saved_hooks, getattr(modes.state, "saved_hooks_message", None))
        modes.state.saved_hooks = (None,)
        modes.state.saved_hooks_message = self.error_message

    def __exit__(self, *_):
        modes.state.saved_hooks, modes.state.saved_hooks_message = self.previous
