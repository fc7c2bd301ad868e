"""Tensors that are made of other tensors and have no memory of their own.

Such a tensor has the fields of any (shape, dtype, history, ``.grad``), and where others have a storage it has
one that refuses to be read. So an op that is not written for it cannot run on it: not by mistake either.
"""

from __future__ import annotations

from typing import Any

from . import devices, modes
from .linked import followed, linked
from .tensor import Tensor, note_fresh


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


def backend_refusal(name: str, backend: str, advice: str = "") -> NotImplementedError:
    """The error for an operation that a kind of tensor has not, as PyTorch words it."""
    text = (
        f"Could not run 'aten::{name}' with arguments from the '{backend}' backend. This could be because the operator "
        "doesn't exist for this backend."
    )
    return NotImplementedError(f"{text} {advice}" if advice else text)


def declaring(*tables: dict):
    """A decorator ``rule(*names, of=tables)``: what public functions do with the tensors of these tables."""

    def rule(*names: str, of=tables):
        def declare(fn):
            for table in of:
                table.update(dict.fromkeys(names, fn))
            return fn

        return declare

    return rule


class Composed(Tensor):
    """A tensor made of component tensors; what it can do is in its class's table."""

    _parts: tuple[Tensor, ...]
    _kind: str  # in texts: what these tensors are
    _backend: str  # in PyTorch's texts
    _advice = ""  # what to do where an operation is refused
    _values_node = ""  # the step of the graph that takes the values out
    #: members of every tensor that ask only for what composed tensors have too
    _PASSED = frozenset((
        "size", "dim", "ndimension", "numel", "nelement", "element_size", "is_floating_point", "is_complex",
        "is_signed", "is_same_size", "get_device", "backward", "register_hook", "register_post_accumulate_grad_hook",
        "retain_grad", "requires_grad_", "detach_", "is_distributed", "is_inference", "grad",
    ))  # fmt: skip

    def _operand(self):
        return self._storage.array

    @classmethod
    def _made(cls, layout, d, device: devices.device, parts: tuple):
        """A leaf of these components."""
        t = object.__new__(cls)
        absent: Any = Absent(cls._backend + device.type.upper(), device)
        t._storage, t._layout, t._dtype, t._parts = absent, layout, d, parts
        if modes.state.unusual:
            note_fresh(t)
        return t

    @classmethod
    def _is_kin(cls, other: type) -> bool:
        return issubclass(other, Composed) and other._kind == cls._kind

    @classmethod
    def _refusal(cls, name: str, *operands) -> NotImplementedError:
        """The error for an operation that these tensors have not."""
        found = next((x._storage.owner for x in operands if cls._is_kin(type(x))), cls._backend)
        return backend_refusal(name, found, cls._advice)

    @classmethod
    def _leaves_to_others(cls, types) -> bool:
        """Whether a class of another kind among the operands' is to answer."""
        usual = Tensor.__torch_function__.__func__  # pyright: ignore - subclasses that leave it so take no part
        others = (t.__torch_function__ for t in types if not cls._is_kin(t))
        return any(getattr(handler, "__func__", None) is not usual for handler in others)

    @classmethod
    def _answer(cls, table: dict, func, args, kwargs):
        """Run what ``table`` has for a public function, or refuse it."""
        name = getattr(func, "__name__", "")
        found = table.get(name)
        if found is None:
            if name in Composed._PASSED:
                return func.__wrapped__(*args, **kwargs)
            name = getattr(func, "__wrapped__", func).__name__ if name == "__get__" else name
            flat = [e for a in (*args, *kwargs.values()) for e in (a if isinstance(a, (list, tuple)) else (a,))]
            raise cls._refusal(name, *flat)
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

    def _like(self, values: Tensor, node: str = "") -> Any:
        """The same structure with other values, and their history through a step of that name."""
        raise NotImplementedError

    def detached(self) -> Any:
        """The same components outside the graph."""
        return self._like(self._parts[-1].detach())

    @property
    def data(self):
        return self.detached()

    T = property(lambda self: self.permute(*range(self.ndim)[::-1]))
    mT = property(lambda self: self.transpose(-2, -1))


def values_of(t: Composed, node: str = "") -> Tensor:
    """The values with the history of ``t``; a cotangent of them is one of ``t``, of its structure."""
    values = t._parts[-1]
    if not followed(t):
        return values
    outside, name = t.detached(), node or t._values_node
    return linked(values.detach(), name, (t, lambda g: outside._like(g, name)))


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
