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
        unexpected = sorted(k for k in tensors if k not in own)
        missing = sorted(k for k in own if k not in tensors)
        if unexpected or missing:
            parts = []
            if unexpected:
                parts.append(f"Unexpected key(s): {', '.join(map(repr, unexpected))}.")
            if missing:
                parts.append(f"Missing key(s): {', '.join(map(repr, missing))}.")
            raise RuntimeError(f"Error(s) in reparametrizing for {type(module).__name__}:\n\t" + "\n\t".join(parts))
    wanted = dict(tensors)
    if tie_weights:
        tied: dict[int, list[str]] = {}
        for name, t in own.items():
            tied.setdefault(id(t), []).append(name)
        for names in tied.values():
            given = [name for name in names if name in tensors]
            if len({id(tensors[name]) for name in given}) > 1:
                raise ValueError(
                    f"functional_call got multiple values for keys {sorted(given)}, which are tied. "
                    "Consider using tie_weights=False"
                )
            if given:
                wanted.update(dict.fromkeys(names, tensors[given[0]]))
    undo = []
    try:
        for name, t in wanted.items():
            undo.append(_replace(module, name, t))
        yield
    finally:
        for table, leaf, t in reversed(undo):
            if t is _ABSENT:
                del table[leaf]
            else:
                table[leaf] = t


_ABSENT = object()


def _replace(module: Module, name: str, t):
    """Put a tensor under a name: the table it is in, its key, and what was there.

    A name that the module does not have is an attribute for the time being.
    """
    if not name:
        raise KeyError('tensor name can\'t be empty string ""')
    path, _, leaf = name.rpartition(".")
    place = module
    for part in path.split(".") if path else ():
        if not hasattr(place, part):
            raise AttributeError(f"{type(place).__name__} has no attribute `{part}`")
        place = getattr(place, part)
        if not isinstance(place, Module):
            raise TypeError(f"submodule `{path}`: {place} is not an instance of torch.nn.Module")
    table = next((d for d in (place._parameters, place._buffers) if leaf in d), place.__dict__)
    before = getattr(place, leaf, _ABSENT) if table is place.__dict__ else table[leaf]
    if before is not _ABSENT and before is not None and not isinstance(before, Tensor):
        raise TypeError(f"attribute `{leaf}`: {before} is not an instance of torch.Tensor")
    if t is not None and not isinstance(t, Tensor):
        raise TypeError(f"{t} is not an instance of torch.Tensor")
    table[leaf] = t
    return table, leaf, before


def functional_call(module: Module, parameters_and_buffers: dict[str, Tensor], args=None, kwargs=None, *,
                    tie_weights: bool = True, strict: bool = False):  # fmt: skip
    """``module(*args, **kwargs)`` with tensors replaced by name; see `torch.func.functional_call`."""
    if not isinstance(args, tuple):
        args = () if args is None else (args,)
    with swapped(module, parameters_and_buffers, tie_weights, strict):
        return module(*args, **(kwargs or {}))
