"""A sample's arguments in the library under test, and functions of PyTorch's as the library has them."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import types
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
import torch

#: Where public callables are looked up; the first path found names a callable.
NAMESPACES = (
    "", "nn.functional", "linalg", "fft", "special", "Tensor", "signal.windows", "masked", "_C._nn",
    "_C._linalg", "_C._fft", "_C._special", "functional", "nn", "autograd", "sparse",
)  # fmt: skip

#: Tools of PyTorch's tests that reach into its insides, and what does the same for a check here.
SUBSTITUTES = {"freeze_rng_state": contextlib.nullcontext}


class Missing(Exception):
    """The library has nothing by this name, or cannot hold such an argument."""


# ---------------------------------------------------------------- tensors


def _array(flat: torch.Tensor) -> np.ndarray:
    if flat.dtype is torch.bfloat16:
        return flat.view(torch.int16).numpy().copy().view(ml_dtypes.bfloat16)
    if flat.dtype is torch.complex32:
        raise Missing("complex32 tensors")
    return flat.numpy().copy()


class Builder:
    """Makes one sample's tensors anew, in torch or in the library: values, strides and sharing kept.

    Args:
        lib: ``torch`` or the library under test.
        wide: ``(from, to)``: tensors of the one dtype are made in the other.
    """

    def __init__(self, lib: Any, wide: tuple[torch.dtype, torch.dtype] | None = None) -> None:
        self.lib, self.wide = lib, wide
        self.bases: dict[Any, Any] = {}
        self.made: dict[int, Any] = {}
        self.leaves: list[Any] = []

    def tensor(self, source: torch.Tensor) -> Any:
        if id(source) in self.made:
            return self.made[id(source)][0]
        with torch.no_grad():
            make = self._build if source.layout is torch.strided else self._sparse
            built = make(source.detach())
        if source.requires_grad:
            built = built.detach().requires_grad_(True)
            self.leaves.append(built)
        self.made[id(source)] = (built, source)
        return built

    def _sparse(self, source: torch.Tensor) -> Any:
        """A sparse tensor of components made anew."""
        size = tuple(source.shape)
        if source.layout is torch.sparse_coo:
            parts = map(self._build, (source._indices(), source._values()))
            return self.lib.sparse_coo_tensor(*parts, size, is_coalesced=source.is_coalesced())
        if source.layout in (torch.sparse_csr, torch.sparse_bsr):
            starts, places = source.crow_indices(), source.col_indices()
        else:
            starts, places = source.ccol_indices(), source.row_indices()
        layout = follow(self.lib, str(source.layout).removeprefix("torch."))
        parts = map(self._build, (starts, places, source.values()))
        return self.lib.sparse_compressed_tensor(*parts, size, layout=layout)

    def _build(self, source: torch.Tensor) -> Any:
        if source.device.type != "cpu":
            dtype, device = counterpart(source.dtype, self.lib), counterpart(source.device, self.lib)
            return self.lib.empty(tuple(source.shape), dtype=dtype, device=device)
        if source.is_neg():
            source = source.resolve_neg()
        if source.is_conj():
            return self._build(source.conj()).conj()
        dtype = source.dtype
        if self.wide and dtype is self.wide[0]:
            dtype = self.wide[1]
        storage = source.untyped_storage()
        flat = torch.empty(0, dtype=source.dtype).set_(storage)
        whole = source.is_contiguous() and source.numel() == flat.numel()
        key = (storage.data_ptr(), source.dtype)
        if key not in self.bases or not source.numel():
            data = flat.reshape(source.shape) if whole else flat
            data = data.to(dtype, copy=True)
            if self.lib is torch:
                self.bases[key] = data
            elif whole and data.ndim > 64:  # more than NumPy has
                self.bases[key] = self.lib.tensor(_array(data.reshape(-1))).view(tuple(source.shape))
            else:
                self.bases[key] = self.lib.tensor(_array(data))
        base = self.bases[key]
        if whole and tuple(base.shape) == tuple(source.shape):
            return base
        return base.as_strided(tuple(source.shape), source.stride(), source.storage_offset())

    def tree(self, value: Any) -> Any:
        """Any argument: tensors made anew, containers walked, torch's objects as the library's."""
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, torch.Size):
            return self.lib.Size(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*map(self.tree, value))
        if isinstance(value, list | tuple):
            return type(value)(map(self.tree, value))
        if isinstance(value, dict):
            return {k: self.tree(v) for k, v in value.items()}
        if isinstance(value, slice):
            return slice(*map(self.tree, (value.start, value.stop, value.step)))
        return counterpart(value, self.lib)


# ---------------------------------------------------------------- other objects of torch's


@functools.cache
def _paths() -> dict[int, tuple[str, Any]]:
    """id of a public callable of torch's -> (its path, itself)."""
    found: dict[int, tuple[str, Any]] = {}
    for space in NAMESPACES:
        holder = follow(torch, space)
        # a public name before the private one of the same callable
        for name in sorted(dir(holder), key=lambda n: n.startswith("_")):
            try:
                value = getattr(holder, name)
            except Exception:
                continue
            if callable(value):
                found.setdefault(id(value), (f"{space}.{name}".lstrip("."), value))
    return found


def follow(root: Any, path: str) -> Any:
    """What a dotted path names, from a library's top."""
    for part in filter(None, path.split(".")):
        try:
            root = getattr(root, part)
        except (AttributeError, ModuleNotFoundError):
            raise Missing(path) from None
    return root


@dataclass
class _Entry:
    """What the database's own functions use of an entry."""

    name: str
    op: Any

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.op(*args, **kwargs)


def counterpart(value: Any, lib: Any) -> Any:
    """What stands for one of torch's objects in the library: a callable, dtype, device, module, ..."""
    if value is None or isinstance(value, bool | int | float | complex | str | np.ndarray | np.generic):
        return value
    if lib is torch:
        return value
    if isinstance(value, types.ModuleType):
        name = value.__name__
        return follow(lib, name[5:].lstrip(".")) if name.split(".")[0] == "torch" else value
    if isinstance(value, torch.dtype | torch.layout | torch.memory_format):
        return follow(lib, str(value).removeprefix("torch."))
    if isinstance(value, torch.device):
        return lib.device(str(value))
    if isinstance(value, torch.Generator):
        made = lib.Generator()
        made.set_state(lib.tensor(value.get_state().numpy()))
        return made
    if isinstance(value, functools.partial):
        return functools.partial(
            counterpart(value.func, lib),
            *(counterpart(a, lib) for a in value.args),
            **{k: counterpart(v, lib) for k, v in value.keywords.items()},
        )
    if hasattr(value, "sample_inputs_func"):
        return _Entry(value.name, counterpart(value.op, lib))
    if isinstance(value, types.MethodType) and hasattr(value.__self__, "sample_inputs_func"):
        return counterpart(value.__self__.op, lib)
    if isinstance(value, torch._ops.OpOverloadPacket | torch._ops.OpOverload):
        return follow(lib, f"ops.{value}")
    known = _paths().get(id(value))
    if known is not None:
        return follow(lib, known[0])
    if isinstance(value, types.FunctionType):
        if value.__name__ in SUBSTITUTES:
            return SUBSTITUTES[value.__name__]
        if value.__module__.startswith("torch.testing"):
            return _rebuilt(value, lib)
        if value.__module__.startswith("torch"):
            raise Missing(f"{value.__module__}.{value.__qualname__}")
    if dataclasses.is_dataclass(value) and type(value).__module__.startswith("torch.nn"):
        fields = {f.name: counterpart(getattr(value, f.name), lib) for f in dataclasses.fields(value)}
        return follow(lib, f"nn.{type(value).__name__}")(**fields)
    if isinstance(value, torch.nn.Module):
        made = counterpart(type(value), lib)()
        made.__dict__.update({k: v for k, v in vars(value).items() if isinstance(v, bool | int | float | str)})
        return made
    if type(value).__module__.startswith("torch"):
        raise Missing(str(getattr(value, "__name__", None) or value))
    return value


def _names(code: types.CodeType) -> set[str]:
    return set(code.co_names).union(*(_names(c) for c in code.co_consts if isinstance(c, types.CodeType)))


def _absent(missing: Missing) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise missing

    return refuse


_made: dict[Any, Any] = {}


def _rebuilt(fn: types.FunctionType, lib: Any) -> types.FunctionType:
    """A function of the database's with the library in place of torch, in globals, closure and defaults."""
    if fn in _made:
        return _made[fn]
    space: dict[str, Any] = {"__builtins__": fn.__globals__["__builtins__"], "__name__": __name__}
    cells = tuple(types.CellType() for _ in fn.__closure__ or ())
    made = types.FunctionType(fn.__code__, space, fn.__name__, None, cells)
    _made[fn] = made

    def stand_in(value: Any) -> Any:
        try:
            return Builder(lib).tree(value)
        except Missing as missing:
            return _absent(missing)

    for name in _names(fn.__code__) & fn.__globals__.keys():
        space[name] = stand_in(fn.__globals__[name])
    for cell, source in zip(cells, fn.__closure__ or ()):
        cell.cell_contents = stand_in(source.cell_contents)
    made.__defaults__ = stand_in(fn.__defaults__)
    made.__kwdefaults__ = stand_in(fn.__kwdefaults__)
    return made
