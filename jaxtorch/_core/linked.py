"""Steps of the graph that are written by hand: a result, and of each input the adjoint."""

from __future__ import annotations

from functools import cache

from . import errors, modes
from .tape import Node, edge_of
from .tensor import Tensor


class Linked(Node):
    """A step of the graph: ``adjoints`` turn the cotangent of its output into those of its inputs."""

    def __init__(self, edges, adjoints):
        super().__init__(edges)
        self.adjoints: tuple | None = adjoints

    def apply(self, grads):
        if self.adjoints is None:
            raise RuntimeError(errors.FREED)
        g = grads[0]
        return tuple([None if e is None else back(g) for e, back in zip(self.edges, self.adjoints, strict=True)])

    def release(self) -> None:
        if self.edges and self.keeps:
            self.adjoints = None

    keeps = False


@cache
def _node_class(name: str, keeps: bool):
    return type(name, (Linked,), {"_name": name, "keeps": keeps})


def linked(result: Tensor, name: str, *inputs, keeps: bool = False) -> Tensor:
    """Give a fresh ``result`` the history of (input, adjoint) pairs. ``keeps``: the adjoints hold values, which are
    gone after a backward."""
    if modes.state.grad and result._dtype.category > 1 and any(x.requires_grad for x, _ in inputs):
        node = _node_class(name, keeps)(
            tuple([edge_of(x) for x, _ in inputs]), tuple([back for _, back in inputs])
        )
        result._output_nr = node.add_output(result)
        result._grad_fn, result._requires_grad = node, True
    return result


def followed(t: Tensor) -> bool:
    """Whether what is computed from ``t`` now has a history."""
    return modes.state.grad and t.requires_grad


def named(result: Tensor, name: str) -> Tensor:
    """A result of several steps as one of the name that PyTorch gives it."""
    return linked(result.detach(), name, (result, lambda g: g)) if followed(result) else result
