"""torch.nn.DataParallel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..._core.devices import cuda_devices, device, numbered
from ..._core.tensor import Tensor
from ..modules.module import Module
from .scatter_gather import moved

__all__ = ["DataParallel", "data_parallel"]

_SEVERAL = (
    "DataParallel over several devices: shard the batch over them with jax.sharding instead, or name one of them "
    "(device_ids=[0])"
)


def _wanted(device_ids) -> list[int]:
    """The numbers of the GPUs that PyTorch would use: none without GPUs."""
    there = len(cuda_devices())
    if not there:
        return []
    wanted = range(there) if device_ids is None else device_ids
    found = [d if isinstance(d, int) else device(d).index or 0 for d in wanted]
    if len(found) > 1:
        raise NotImplementedError(_SEVERAL)
    return found


class DataParallel(Module):
    """A module called with parts of the batch on several GPUs; with one device, the module itself.

    Args:
        module: what is called; its parameters are named ``module.*``.
        device_ids: the GPUs, by default all.
        output_device: the GPU of results.
        dim: the dim of the batch.

    Raises:
        NotImplementedError: several GPUs.

    Example:
        >>> import jaxtorch as torch
        >>> model = torch.nn.DataParallel(torch.nn.Linear(3, 2))
        >>> list(model.state_dict())
        ['module.weight', 'module.bias']
    """

    module: Module

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[int | device] | None = None,
        output_device: int | device | None = None,
        dim: int = 0,
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids = _wanted(device_ids)
        if self.device_ids:
            self.dim = dim
            self.output_device = self.device_ids[0] if output_device is None else output_device
            self.module.to(numbered(self.device_ids[0]))

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        if not self.device_ids:
            return self.module(*inputs, **kwargs)
        to = numbered(self.device_ids[0])
        found = self.module(*moved(inputs, to), **moved(kwargs, to))
        return moved(found, numbered(self.output_device))


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Sequence[int | device] | None = None,
    output_device: int | device | None = None,
    dim: int = 0,
    module_kwargs: Any | None = None,
) -> Tensor:
    """``module(*inputs)`` on GPUs, each with a part of the batch.

    Raises:
        RuntimeError: there is no GPU.
        NotImplementedError: there are several.
    """
    if not cuda_devices():
        raise RuntimeError("device type could not be determined")
    made = DataParallel(module, device_ids, output_device, dim)
    return made(*(inputs if isinstance(inputs, tuple) else (inputs,)), **(module_kwargs or {}))
