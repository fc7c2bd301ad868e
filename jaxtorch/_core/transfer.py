"""Moving tensors between devices."""

from __future__ import annotations

import jax

from . import devices, modes
from .layout import like_layout
from .tape import Node, edge_of
from .tensor import Tensor, wrap_as


class _Moved(Node):
    _name = "ToCopyBackward0"

    def __init__(self, source: Tensor, out: Tensor):
        super().__init__((edge_of(source),))
        self.home = source._storage.device
        self.add_output(out)

    def apply(self, grads):
        return (move(grads[0], self.home),)


def move(t: Tensor, where: devices.device) -> Tensor:
    """``t`` on another device: a fresh tensor, taped."""
    value = t.jax()
    with jax.enable_x64(True):
        array = jax.device_put(value, devices.to_jax(where))
    layout = t._layout.form if t._layout.dense else None
    out = wrap_as(array, layout or like_layout(t._layout), t._dtype, where)
    if modes.state.grad and t.requires_grad:
        node = _Moved(t, out)
        out._grad_fn, out._requires_grad = node, True
    return out
