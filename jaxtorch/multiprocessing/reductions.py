"""How tensors become bytes for another process."""

from __future__ import annotations

from multiprocessing.reduction import ForkingPickler

import numpy as np

from .._core import devices, dtypes, shared
from .._core.tensor import Tensor
from ..nn.parameter import Parameter
from ..utils.data._utils.transport import attributes_of, dressed, host_view, rebuild_values, require_leaf

_DTYPES = {d.name: d for d in dtypes.ALL}


def rebuild_tensor(values: np.ndarray, place: str, parameter: bool, dtype: str, requires_grad: bool, state: dict):
    """The tensor that `reduce_tensor` took apart."""
    t = rebuild_values(values, Tensor, _DTYPES[dtype], False, {})
    if place != "cpu":
        t = t.to(place)
    return dressed(t, Parameter if parameter else Tensor, requires_grad, state)


def rebuild_mapped(mapped: tuple, parameter: bool, requires_grad: bool, state: dict):
    """The tensor over memory that `share_memory_` had it moved to."""
    make, args = mapped
    return dressed(make(*args), Parameter if parameter else Tensor, requires_grad, state)


def reduce_tensor(t: Tensor):
    """A tensor as its values and facts, or as the name of its memory where that is shared.

    Raises:
        RuntimeError: it has a history, which cannot go to another process.
    """
    require_leaf(t)
    mapped = shared.reduce(t)
    if mapped is not None:
        return rebuild_mapped, (mapped, type(t) is Parameter, t.requires_grad, attributes_of(t))
    place, plain = t._storage.device, t.detach()
    values = np.ascontiguousarray(host_view(plain if place is devices.CPU else plain.cpu())).reshape(tuple(t.shape))
    facts = t._dtype.name, t.requires_grad, attributes_of(t)
    return rebuild_tensor, (values, str(place), type(t) is Parameter, *facts)


def init_reductions() -> None:
    """Have multiprocessing's pickler ask `reduce_tensor`."""
    for cls in (Tensor, Parameter):
        ForkingPickler.register(cls, reduce_tensor)
