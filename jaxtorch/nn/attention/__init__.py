"""torch.nn.attention: by what way `scaled_dot_product_attention` is computed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from enum import Enum

from ..._core.modes import Policy
from .._namespace import name_as_torch
from . import bias

__all__ = ["SDPBackend", "sdpa_kernel", "WARN_FOR_UNFUSED_KERNELS"]

#: What PyTorch tells of kernels it did not take; there is nothing of the kind to tell here.
WARN_FOR_UNFUSED_KERNELS = False


class SDPBackend(Enum):
    """The ways of computing attention.

    Differs from PyTorch: XLA compiles all of them from one formula; which one is chosen decides strides,
    errors and what is saved, as it does there.
    """

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4

    def __int__(self) -> int:
        return self.value

    __index__ = __int__


SDPBackend.__module__ = "torch.nn.attention"

#: the switch of each way
_SWITCHES = {
    SDPBackend.CUDNN_ATTENTION: "cudnn_attention",
    SDPBackend.FLASH_ATTENTION: "flash_attention",
    SDPBackend.EFFICIENT_ATTENTION: "efficient_attention",
    SDPBackend.MATH: "math_attention",
}


def _cur_sdpa_kernel_backends(with_priority: bool = False) -> list[SDPBackend]:
    """The ways that are switched on."""
    found = [backend for backend, switch in _SWITCHES.items() if getattr(Policy, switch)]
    if with_priority:
        found.sort(key=lambda backend: Policy.attention_order.index(backend.value))
    return found


@contextlib.contextmanager
def sdpa_kernel(backends: list[SDPBackend] | SDPBackend, set_priority: bool = False):
    """A context in which attention is computed by the given ways alone.

    Args:
        backends: the way, or several.
        set_priority: whether the first that takes a call is wanted, in their order (on GPUs).

    Example:
        >>> import jaxtorch as torch
        >>> from jaxtorch.nn.attention import SDPBackend, sdpa_kernel
        >>> x = torch.ones(1, 1, 1, 2)
        >>> with sdpa_kernel(SDPBackend.MATH):
        ...     torch.nn.functional.scaled_dot_product_attention(x, x, x)
        tensor([[[[1., 1.]]]])
    """
    assert isinstance(backends, (list, SDPBackend)), (
        f"Backend must be an instance of SDPBackend or a list of SDPBackend instances, got {type(backends).__name__}"
    )
    wanted: Iterable = [backends] if isinstance(backends, SDPBackend) else dict.fromkeys(backends)
    wanted = list(wanted)
    names = [*_SWITCHES.values(), "attention_order"]
    before = {name: getattr(Policy, name) for name in names}
    try:
        for backend, switch in _SWITCHES.items():
            setattr(Policy, switch, backend in wanted)
        if set_priority:
            first = [backend.value for backend in wanted if backend in _SWITCHES]
            rest = [value for value in before["attention_order"] if value not in first]
            Policy.attention_order = (*first, *rest)
        yield {}
    finally:
        for name, value in before.items():
            setattr(Policy, name, value)


name_as_torch(bias)
