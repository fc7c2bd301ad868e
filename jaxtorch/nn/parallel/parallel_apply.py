"""torch.nn.parallel.parallel_apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..._core.devices import cuda_devices
from ..modules.module import Module
from .scatter_gather import accelerator

__all__ = ["parallel_apply"]


def parallel_apply(modules: Sequence[Module], inputs: Sequence[Any], kwargs_tup=None, devices=None) -> list:
    """Call modules on GPUs, each with its input: one after another, while JAX runs them at once.

    Raises:
        RuntimeError: there is no GPU.
        AssertionError: not as many modules as inputs, keyword arguments or devices.
    """
    for name, given in (("inputs", inputs), ("kwargs_tup", kwargs_tup), ("devices", devices)):
        if given is not None and len(modules) != len(given):
            raise AssertionError(
                f"The number of modules {len(modules)} is not equal to the number of {name} {len(given)}"
            )
    for d in devices or ():
        if d is not None:
            accelerator(d, "cuda")
    if not cuda_devices():
        raise RuntimeError("Cannot access accelerator device when none is available.")
    named = kwargs_tup or [{} for _ in modules]
    rows = [x if isinstance(x, (list, tuple)) else (x,) for x in inputs]
    return [module(*row, **options) for module, row, options in zip(modules, rows, named)]
