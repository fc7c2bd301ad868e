"""Two tensors change places: what refers to one finds the other."""

from __future__ import annotations

import copyreg
import gc
import weakref

from . import modes
from .alias import View
from .tape import Saved, put_hook
from .tensor import Tensor

_POISONED = (
    "Trying to execute AccumulateGrad node that was poisoned by swap_tensors this can happen when you try to run "
    "backward on a tensor that was swapped. For a module m with "
    "`torch.__future__.set_swap_module_params_on_conversion(True)` you should not change the device or "
    "dtype of the module (e.g. `m.cpu()` or `m.half()`) between running forward and backward. To resolve this, please "
    "only change the device/dtype before running forward (or after both forward and "
    "backward)."
)


def _refuse(grads):
    raise RuntimeError(_POISONED)


def _check(t: Tensor, name: str) -> None:
    """Refuse a tensor that the graph or a view holds, and let no gradient arrive through its old end of the graph."""
    node = None if t._accumulator is None else t._accumulator()
    holders = sum(isinstance(r, (Saved, View)) for r in gc.get_referrers(t))
    if holders == 1 and node is None and t._grad_fn is None and not t._requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require gradients"
        )  # of which PyTorch wants to know whether it is what holds the tensor
    if holders:
        raise RuntimeError(
            f"Expected use_count of {name} to be 1 or 2 with an AccumulateGrad node but got "
            f"{1 + holders + (node is not None)} make sure you are not holding references to the tensor in other "
            "places."
        )
    if node is not None:
        put_hook(node.own("node_pre_hooks"), _refuse)


def swap_tensors(t1: Tensor, t2: Tensor) -> None:
    """Exchange all that two tensors are, classes and attributes too: what refers to one has the other's content.

    Raises:
        RuntimeError: there are weak references to one of them, it is saved for a backward or the base of a view, or
            their classes have different slots.

    Differs from PyTorch: what Python alone holds, such as a list, is no obstacle there or here; the number of
        references in the text counts what holds the tensor here.

    Example:
        >>> import jaxtorch as torch
        >>> a, b = torch.ones(2), torch.zeros(1)
        >>> torch.utils.swap_tensors(a, b)
        >>> a
        tensor([0.])
    """
    for t, name in ((t1, "t1"), (t2, "t2")):
        if weakref.getweakrefs(t):
            raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    slots = set(copyreg._slotnames(type(t1)))  # pyright: ignore[reportAttributeAccessIssue]
    if slots != set(copyreg._slotnames(type(t2))):  # pyright: ignore[reportAttributeAccessIssue]
        raise RuntimeError("Cannot swap t1 and t2 if they have different slots")
    if modes.state.recorder is not None:
        modes.state.recorder.settle("two tensors are exchanged")
    _check(t1, "t1")
    _check(t2, "t2")
    t1.__class__, t2.__class__ = type(t2), type(t1)
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__
    for name in slots:
        one, other = getattr(t1, name, slots), getattr(t2, name, slots)
        for t, value in ((t1, other), (t2, one)):
            if value is not slots:
                setattr(t, name, value)
            elif hasattr(t, name):
                delattr(t, name)
    for t in (t1, t2):
        t.__dict__.pop("_accumulator", None)
    modes.restructured()
