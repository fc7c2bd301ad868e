"""The graph from outside: hooks on saved tensors, edges, nodes."""

from __future__ import annotations

import contextlib
import functools
from typing import NamedTuple

from .._core import engine, modes
from .._core.tape import Node, RemovableHandle, edge_of
from .._core.tensor import Tensor, wrap
from .grad_mode import DecoratorContext

__all__ = [
    "GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
    "get_gradient_edge", "increment_version", "register_multi_grad_hook", "save_on_cpu",
    "saved_tensors_hooks",
]  # fmt: skip


class GradientEdge(NamedTuple):
    """A place in the graph: output ``output_nr`` of ``node``."""

    node: Node
    output_nr: int


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge through which the gradient of ``tensor`` flows."""
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require gradients"
        )
    return GradientEdge(*edge_of(tensor))


def increment_version(tensor) -> None:
    """Count a write to a tensor (or to several) that autograd has not seen."""
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        t._count_write()


class _Handles(RemovableHandle):
    """Removes several hooks at once."""

    def __init__(self, handles):
        self.handles = tuple(handles)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __getstate__(self):
        return self.handles

    def __setstate__(self, state):
        self.handles = state


def register_multi_grad_hook(tensors, fn, *, mode: str = "all") -> RemovableHandle:
    """Call a hook when the gradients of several tensors have been computed.

    Args:
        tensors: those that a backward does not reach are not waited for.
        fn: ``"all"``: takes a list of the gradients, None where there is none; ``"any"``: takes the
            first gradient of a backward.

    Returns:
        A handle whose ``remove()`` takes the hook away.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if mode == "any":
        told: set[int] = set()

        @functools.wraps(fn)
        def first(g):
            number = engine.current.walk.number
            if number not in told:
                told.add(number)
                fn(g)

        return _Handles(t.register_hook(first) for t in tensors if t.requires_grad)
    nodes = [edge_of(t)[0] for t in tensors]
    arrived: dict[int, dict] = {}

    def collect(place: int, g):
        walk = engine.current.walk
        found = arrived.setdefault(walk.number, {})
        found[place] = g
        if len(found) == sum(map(walk.runs, nodes)):
            del arrived[walk.number]
            fn([found.get(i) for i in range(len(nodes))])

    return _Handles(t.register_hook(functools.partial(collect, i)) for i, t in enumerate(tensors))


@contextlib.contextmanager
def allow_mutation_on_saved_tensors():
    """Inside, tensors that autograd saved may be written: backward sees what they were.

    Differs from PyTorch: nothing, but that nothing is cloned; what autograd saves cannot be changed.
    """
    if modes.state.mutation_allowed:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    modes.state.mutation_allowed = True
    try:
        with saved_tensors_hooks(lambda t: wrap(t._value(), t.device), _restored):
            yield
    finally:
        modes.state.mutation_allowed = False


def _restored(kept: Tensor) -> Tensor:
    if not modes.state.mutation_allowed:
        raise AssertionError(
            "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph "
            "was originally recorded."
        )
    return kept


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
        if state.saved_hooks_message:
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


class disable_saved_tensors_hooks(DecoratorContext):  # noqa: N801
    """Inside, entering saved_tensors_hooks raises ``error_message``."""

    def __init__(self, error_message: str):
        self.error_message = error_message

    def clone(self):
        return type(self)(self.error_message)

    def __enter__(self):
        if modes.state.saved_hooks:
            raise RuntimeError(self.error_message)
        self.previous, modes.state.saved_hooks_message = modes.state.saved_hooks_message, self.error_message

    def __exit__(self, *_):
        modes.state.saved_hooks_message = self.previous
