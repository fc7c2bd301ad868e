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
    _kind: str  # in texts: what these tensors are
    #: members of every tensor that ask only for what composed tensors have too
    _PASSED = frozenset((
        "size", "dim", "ndimension", "numel", "nelement", "element_size", "is_floating_point", "is_complex",
        "is_signed", "is_same_size", "get_device", "backward", "register_hook", "register_post_accumulate_grad_hook",
        "retain_grad", "requires_grad_", "detach_", "is_distributed", "is_inference", "grad",
    ))  # fmt: skip

    def _operand(self):
        return self._storage.array

    @classmethod
    def _answer(cls, table: dict, refusal, func, args, kwargs):
        """Run what ``table`` has for a public function, or raise ``refusal(name, *operands)``."""
        name = getattr(func, "__name__", "")
        found = table.get(name)
        if found is None:
            if name in Composed._PASSED:
                return func.__wrapped__(*args, **kwargs)
            name = getattr(func, "__wrapped__", func).__name__ if name == "__get__" else name
            flat = [e for a in (*args, *kwargs.values()) for e in (a if isinstance(a, (list, tuple)) else (a,))]
            raise refusal(name, *flat)
        if kwargs.get("out") is not None:
            raise NotImplementedError(f"{name}(out=) of {cls._kind} tensors")
        kwargs.pop("out", None)
        if modes.state.recorder is not None:
            cls._guard((*args, *kwargs.values()))
        return found(*args, **kwargs)

    @classmethod
    def _guard(cls, arguments) -> None:
        """Tell a recording that it relies on the components of such tensors from outside."""
        recorder = modes.state.recorder
        for x in arguments:
            if isinstance(x, Composed) and id(x) not in recorder.made and id(x) not in recorder.guarded:
                recorder.guarded[id(x)] = x
                recorder.guard(f"the components of a {cls._kind} tensor", lambda x=x: (x._facts(), *map(id, x._parts)))

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
