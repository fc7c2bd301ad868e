"""Cutting inputs for several devices and joining results: with one device, moving them there."""

from __future__ import annotations

from typing import Any

from ..._core.devices import device, numbered
from ..._core.tensor import Tensor

__all__ = ["scatter", "scatter_kwargs", "gather"]


def moved(value, to: device):
    """Tensors, however nested, on a device."""
    if isinstance(value, Tensor):
        return value.to(to)
    if isinstance(value, (list, tuple)):
        parts = [moved(v, to) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if isinstance(value, dict):
        return type(value)((k, moved(v, to)) for k, v in value.items())
    return value


def accelerator(target: int | device | str, of: str = "non cpu") -> device:
    """A GPU by its number, name or device.

    Raises:
        ValueError: another device.
    """
    found = numbered(target)
    if found.type == "cpu":
        raise ValueError(f"Expected a {of} device, but got: {target}")
    return found


def scatter(inputs: Any, target_gpus, dim: int = 0) -> Any:
    """Parts of the batch for each of several GPUs, as a list; other objects as they are.

    Raises:
        NotImplementedError: tensors for several GPUs.
    """
    targets = list(target_gpus)

    def parts_of(obj) -> list:
        if isinstance(obj, Tensor):
            if len(targets) != 1:
                raise NotImplementedError("scatter to several devices: shard arrays with jax.sharding instead")
            return [obj.to(accelerator(targets[0]))]
        if isinstance(obj, tuple) and hasattr(obj, "_fields"):
            return [type(obj)(*row) for row in zip(*map(parts_of, obj))]  # pyright: ignore[reportCallIssue]
        if isinstance(obj, (tuple, list)) and obj:
            return [type(obj)(row) for row in zip(*map(parts_of, obj))]
        if isinstance(obj, dict) and obj:
            return [type(obj)(row) for row in zip(*map(parts_of, obj.items()))]
        return [obj for _ in targets]

    return parts_of(inputs)


def scatter_kwargs(inputs: tuple, kwargs: dict | None, target_gpus, dim: int = 0) -> tuple[tuple, tuple]:
    """`scatter` of arguments, given by position and by name."""
    rows = scatter(inputs, target_gpus, dim) if inputs else []
    named = scatter(kwargs, target_gpus, dim) if kwargs else []
    rows += [()] * (len(named) - len(rows))
    named += [{} for _ in range(len(rows) - len(named))]
    return tuple(rows), tuple(named)


def gather(outputs: Any, target_device: int | device, dim: int = 0) -> Any:
    """Results of several GPUs joined on one device.

    Raises:
        AssertionError: they are on the CPU.
        NotImplementedError: there are several.
    """
    out = outputs[0]
    if isinstance(out, Tensor):
        if any(t.device.type == "cpu" for t in outputs):
            raise AssertionError("Gather function not implemented for CPU tensors")
        if len(outputs) != 1:
            raise NotImplementedError("gather from several devices: shard arrays with jax.sharding instead")
        if target_device == -1:
            target_device = device("cpu")
        return out.to(numbered(target_device))
    if out is None:
        return None
    if isinstance(out, dict):
        if not all(len(out) == len(d) for d in outputs):
            raise ValueError("All dicts must have the same number of keys")
        return type(out)((k, gather([d[k] for d in outputs], target_device, dim)) for k in out)
    columns = [gather(list(column), target_device, dim) for column in zip(*outputs)]
    return type(out)._make(columns) if hasattr(out, "_fields") else type(out)(columns)
