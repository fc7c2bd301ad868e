"""Calling a module with other tensors in the place of its parameters and buffers."""

from __future__ import annotations

from contextlib import contextmanager

from ..._core.tensor import Tensor
from ..modules.module import Module

__all__ = ["functional_call"]


@contextmanager
def swapped(module: Module, tensors: dict[str, Tensor], tie_weights: bool, strict: bool):
    """``module`` with other tensors under some names, for the time being."""
    own = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    if strict:
        unexpected = [k for k in tensors if k not in own]
        missing = [k for k in own if k not in tensors]
        if unexpected or missing:
            parts = []
            if unexpected:
                parts.append(f"Unexpected key(s): {', '.join(map(repr, unexpected))}.")
            if missing:
                parts.append(f"Missing key(s): {', '.join(map(repr, missing))}.")
            raise RuntimeError(f"Error(s) in reparametrizing for {type(module).__name__}:\n\t" + "\n\t".join(parts))
    wanted = dict(tensors)
    if tie_weights:
        replaced = {id(own[k]): t for k, t in tensors.items() if k in own}
        wanted.update({k: replaced[id(t)] for k, t in own.items() if k not in tensors and id(t) in replaced})
    undo = []
    try:
        for name, t in wanted.items():
            path, _, leaf = name.rpartition(".")
            place = module.get_submodule(path)
            table = next((d for d in (place._parameters, place._buffers) if leaf in d), None)
            if table is None:
                raise AttributeError(f"{type(place).__name__} has no attribute `{leaf}`")
            undo.append((table, leaf, table[leaf]))
            table[leaf] = t
        yield
    finally:
        for table, leaf, t in reversed(undo):
            table[leaf] = t


def functional_call(module: Module, parameters_and_buffers: dict[str, Tensor], args=None, kwargs=None, *,
                    tie_weights: bool = True, strict: bool = False):  # fmt: skip
    """``module(*args, **kwargs)`` with tensors replaced by name; see `torch.func.functional_call`."""
    if not isinstance(args, tuple):
        args = () if args is None else (args,)
    with swapped(module, parameters_and_buffers, tie_weights, strict):
        return module(*args, **(kwargs or {}))
