"""Tensors that are made of other tensors and have no memory of their own.

Such a tensor has the fields of any (shape, dtype, history, ``.grad``), and where others have a storage it has
one that refuses to be read. So an op that is not written for it cannot run on it: not by mistake either.
"""

from __future__ import annotations

from . import devices, modes
from .tensor import Tensor


class Absent:
    """In the place of a storage: knows the device and counts writes; there is no memory to reach for."""

    host = hold = layout = dtype = None
    watched = resizable = False

    def __init__(self, owner: str, device: devices.device):
        self.owner, self.device, self.version = owner, device, 0

    @property
    def array(self):
        raise NotImplementedError(
            f"an operation reached for the memory of a tensor of the {self.owner} backend, which has none: it is not "
            "supported for such tensors"
        )

    read = address = lambda self: self.array


class Composed(Tensor):
    """A tensor made of component tensors; what it can do is in its class's table."""

    _parts: tuple[Tensor, ...]

    def _operand(self):
        return self._storage.array

    def _facts(self) -> tuple:
        """What it is beside its components: compares and hashes."""
        raise NotImplementedError

    def detached(self) -> Composed:
        """The same components outside the graph."""
        raise NotImplementedError


def carrier(t: Tensor) -> Tensor:
    """The plain tensor that holds the numbers of ``t``."""
    return t._parts[-1] if isinstance(t, Composed) else t


def add_gradients(a: Tensor, b: Tensor) -> Tensor:
    """The sum of two gradients, one of them composed; beside a dense one it is dense."""
    return b + a if isinstance(a, Composed) and not isinstance(b, Composed) else a + b


def accumulated(held: Tensor | None, g: Tensor) -> Tensor:
    """What ``.grad`` becomes where it held ``held`` and ``g`` arrives, one of them composed."""
    if modes.state.recorder is not None:
        modes.state.recorder.settle("a gradient is a sparse tensor")
    if held is None:
        return g if modes.state.grad and g.requires_grad else g.detach().clone()
    if modes.state.grad or isinstance(held, Composed) and not isinstance(g, Composed):
        return add_gradients(held, g)
    return held.add_(g)
