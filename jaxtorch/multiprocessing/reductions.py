"""How tensors become bytes for another process."""

from __future__ import annotations

from multiprocessing.reduction import ForkingPickler

import numpy as np

from .._core import devices, dtypes
from .._core.tensor import Tensor
from ..nn.parameter import Parameter
from ..utils.data._utils.transport import host_view, rebuild_values

_DTYPES = {d.name: d for d in dtypes.ALL}


def rebuild_tensor(values: np.ndarray, place: str, parameter: bool, dtype: str, requires_grad: bool, state: dict):
    """The tensor that `reduce_tensor` took apart."""
    t = rebuild_values(values, Tensor, _DTYPES[dtype], False, {})
    if place != "cpu":
        t = t.to(place)
    if parameter:
        t.__class__ = Parameter
    vars(t).update(state)
    return t.requires_grad_(requires_grad)


def reduce_tensor(t: Tensor):
    """A tensor as its values and facts.

    Raises:
        RuntimeError: it has a history, which cannot go to another process.
    """
    if t.requires_grad and not t.is_leaf:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support "
            "crossing process boundaries.  If you just want to transfer the data, call detach() on the tensor before "
            "serializing (e.g., putting it on the queue)."
        )
    place, plain = t._storage.device, t.detach()
    values = np.ascontiguousarray(host_view(plain if place is devices.CPU else plain.cpu())).reshape(tuple(t.shape))
    state = {name: value for name, value in vars(t).items() if name[0] != "_"}
    return rebuild_tensor, (values, str(place), type(t) is Parameter, t._dtype.name, t.requires_grad, state)


def init_reductions() -> None:
    """Have multiprocessing's pickler ask `reduce_tensor`."""
    for cls in (Tensor, Parameter):
        ForkingPickler.register(cls, reduce_tensor)
