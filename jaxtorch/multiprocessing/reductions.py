"""How tensors become bytes for another process."""

from __future__ import annotations

from multiprocessing.reduction import DupFd, ForkingPickler

import numpy as np

from .._core import devices, dtypes, shared
from .._core.layout import layout
from .._core.storage import Storage
from .._core.tensor import Tensor
from ..nn.parameter import Parameter
from ..utils.data._utils.transport import attributes_of, dressed, host_view, rebuild_values, rebuild_view, require_leaf


def rebuild_tensor(values: np.ndarray, place: str, parameter: bool, dtype: str, requires_grad: bool, state: dict):
    """The tensor that `reduce_tensor` took apart."""
    t = rebuild_values(values, Tensor, dtypes.BY_NAME[dtype], False, {})
    if place != "cpu":
        t = t.to(place)
    return dressed(t, Parameter if parameter else Tensor, requires_grad, state)


def rebuild_mapped(fd, count: int, place: tuple, parameter: bool, dtype: str, requires_grad: bool, state: dict):
    """The tensor over memory that `share_memory_` had it moved to."""
    d = dtypes.BY_NAME[dtype]
    block = shared.Block(fd.detach(), count * d.itemsize)
    s = Storage.over(block.flat(d.np, count), block)
    return rebuild_view(s, layout(*place[:2], 0), place[2], Parameter if parameter else Tensor, d, requires_grad, state)


def reduce_tensor(t: Tensor):
    """A tensor as its values and facts, or as the name of its memory where that is shared.

    Raises:
        RuntimeError: it has a history, which cannot go to another process.
    """
    require_leaf(t)
    facts = type(t) is Parameter, t._dtype.name, t.requires_grad, attributes_of(t)
    s, seen = t._storage, t._layout
    block = shared.block_of(s)
    if block is not None and t._dtype is s.dtype and not seen.flipped:
        return rebuild_mapped, (DupFd(block.fd), s.numel, (seen.shape, seen.stride, seen.offset), *facts)
    place, plain = s.device, t.detach()
    values = np.ascontiguousarray(host_view(plain if place is devices.CPU else plain.cpu())).reshape(tuple(t.shape))
    return rebuild_tensor, (values, str(place), *facts)


def init_reductions() -> None:
    """Have multiprocessing's pickler ask `reduce_tensor`."""
    for cls in (Tensor, Parameter):
        ForkingPickler.register(cls, reduce_tensor)
