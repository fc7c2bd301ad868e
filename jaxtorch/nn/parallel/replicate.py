"""torch.nn.parallel.replicate."""

from __future__ import annotations

from ..modules.module import Module
from .scatter_gather import accelerator

__all__ = ["replicate"]


def replicate(network: Module, devices, detach: bool = False) -> list[Module]:
    """Copies of a module for several GPUs; for the one that it is on, the module itself.

    Raises:
        AssertionError: the module is on the CPU.
        NotImplementedError: another GPU than its own, or several.
    """
    if not len(devices):
        return []
    wanted = [accelerator(d) for d in devices]
    there = {t.device for t in (*network.parameters(), *network.buffers())}
    if any(d.type == "cpu" for d in there):
        raise AssertionError("Broadcast function not implemented for CPU tensors")
    if len(wanted) > 1 or detach or there - set(wanted):
        raise NotImplementedError("replicate to other devices: shard arrays with jax.sharding instead")
    return [network]
