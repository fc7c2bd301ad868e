"""Changing what memory a tensor has: resize_, set_, and the storages users see."""

from __future__ import annotations

import numpy as np

from . import devices, dtypes
from .layout import Layout, contiguous, layout, required_size
from .operand import reinterpret
from .storage import Storage, linear, put
from .tensor import Tensor, alias


def grow(storage: Storage, count: int) -> None:
    """Make room for ``count`` elements; what is there stays, in memory order."""
    if count <= storage.numel:
        return
    if not storage.resizable:
        raise RuntimeError("Trying to resize storage that is not resizable")
    flat = np.zeros(count, storage.dtype.np)
    if storage.numel:
        flat[: storage.numel] = np.asarray(linear(storage.read(), storage.layout))
    storage.replace(put(flat, storage.device), contiguous((count,)), storage.dtype)


def resize(t: Tensor, target: Layout) -> None:
    """Give ``t`` another layout, growing its storage where needed."""
    needed = required_size(target)
    if t._dtype is t._storage.dtype:
        grow(t._storage, needed)
    elif needed * t._dtype.itemsize > t._storage.nbytes:
        raise NotImplementedError("resize_ of a tensor whose dtype is not its storage's")
    t._layout = target


class UntypedStorage:
    """A tensor's memory as bytes: ``t.untyped_storage()``."""

    def __init__(self, storage: Storage):
        self._storage = storage

    @property
    def device(self) -> devices.device:
        return self._storage.device

    def nbytes(self) -> int:
        return self._storage.nbytes

    size = nbytes

    def __len__(self) -> int:
        return self._storage.nbytes

    def data_ptr(self) -> int:
        return self._storage.address()

    def _bytes(self) -> np.ndarray:
        return np.asarray(linear(self._storage.read(), self._storage.layout)).view(np.uint8)

    def __getitem__(self, index):
        return int(self._bytes()[index])

    def tolist(self) -> list:
        return self._bytes().tolist()

    def __eq__(self, other) -> bool:
        return isinstance(other, UntypedStorage) and other._storage is self._storage

    def __hash__(self) -> int:
        return hash(id(self._storage))

    def resize_(self, nbytes: int):
        """Grow or shrink to ``nbytes``."""
        count = nbytes // self._storage.dtype.itemsize
        if count < self._storage.numel:
            flat = linear(self._storage.read(), self._storage.layout)[:count]
            self._storage.replace(flat, contiguous((count,)), self._storage.dtype)
        else:
            grow(self._storage, count)
        return self


UntypedStorage.__module__ = "torch.storage"


class TypedStorage:
    """A tensor's memory as a flat sequence of elements: ``t.storage()``."""

    def __init__(self, storage: Storage, dtype: dtypes.dtype):
        self._storage, self.dtype = storage, dtype

    def _flat(self) -> Tensor:
        s = self._storage
        count = s.nbytes // self.dtype.itemsize
        base = object.__new__(Tensor)
        base._storage, base._layout, base._dtype = s, contiguous((count,)), self.dtype
        return base

    @property
    def device(self) -> devices.device:
        return self._storage.device

    def untyped(self) -> UntypedStorage:
        return UntypedStorage(self._storage)

    def __len__(self) -> int:
        return self._storage.nbytes // self.dtype.itemsize

    size = __len__

    def nbytes(self) -> int:
        return self._storage.nbytes

    def element_size(self) -> int:
        return self.dtype.itemsize

    def data_ptr(self) -> int:
        return self._storage.address()

    def __getitem__(self, index):
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return self._flat()[index].item()

    def __setitem__(self, index, value):
        self._flat()[index] = value

    def __iter__(self):
        return iter(self.tolist())

    def tolist(self) -> list:
        return self._flat().tolist()

    def fill_(self, value):
        self._flat().fill_(value)
        return self

    def __repr__(self) -> str:
        body = "\n ".join(str(v) for v in self.tolist())
        return f" {body}\n[torch.storage.TypedStorage(dtype={self.dtype!r}, device={self.device}) of size {len(self)}]"


TypedStorage.__module__ = "torch.storage"

__all__ = ["UntypedStorage", "TypedStorage", "resize", "grow", "alias", "layout", "reinterpret"]
