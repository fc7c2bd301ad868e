"""Changing what memory a tensor has: resize_, set_, and the storages users see."""

from __future__ import annotations

import numpy as np

from . import devices, dtypes
from .layout import Layout, contiguous, required_size
from .members import member
from .storage import Storage, linear, put
from .tensor import Tensor


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
    """Give ``t`` another shape and strides, growing its storage where needed."""
    target = target.at(t._layout.offset)
    needed = required_size(target)
    if t._dtype is t._storage.dtype:
        grow(t._storage, needed)
    elif needed * t._dtype.itemsize > t._storage.nbytes:
        raise NotImplementedError("resize_ of a tensor whose dtype is not its storage's")
    t._layout = target.flip() if t._layout.flipped else target


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

    def __repr__(self) -> str:
        body = "\n ".join(map(str, self.tolist()))
        return f" {body}\n[torch.storage.UntypedStorage(device={self.device}) of size {len(self)}]"

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

    dtype: dtypes.dtype

    def __init__(self, storage: Storage, dtype: dtypes.dtype):
        self._storage = storage
        self.dtype = dtype

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


def _legacy_storage(name: str, d: dtypes.dtype) -> type:
    """``torch.FloatStorage`` and its kin: a typed storage made from a size or a sequence."""

    def make(self, *args):
        values = np.zeros(0, d.np)
        if args and isinstance(args[0], int):
            values = np.zeros(args[0], d.np)
        elif args:
            values = np.asarray(args[0]).astype(d.np)
        layout = contiguous(values.shape)
        TypedStorage.__init__(self, Storage(put(values, devices.CPU), layout, d, devices.CPU), d)

    return type(name, (TypedStorage,), {"__init__": make, "__module__": "torch", "dtype": d})


LEGACY_STORAGES = {
    name: _legacy_storage(name, d)
    for name, d in {
        "FloatStorage": dtypes.float32, "DoubleStorage": dtypes.float64, "HalfStorage": dtypes.float16,
        "BFloat16Storage": dtypes.bfloat16, "ByteStorage": dtypes.uint8, "CharStorage": dtypes.int8,
        "ShortStorage": dtypes.int16, "IntStorage": dtypes.int32, "LongStorage": dtypes.int64,
        "BoolStorage": dtypes.bool_, "ComplexFloatStorage": dtypes.complex64,
        "ComplexDoubleStorage": dtypes.complex128,
    }.items()
}  # fmt: skip


@member
def untyped_storage(self) -> UntypedStorage:
    """The memory this tensor is a view of, as bytes."""
    return UntypedStorage(self._storage)


@member
def storage(self) -> TypedStorage:
    """The memory this tensor is a view of, as a flat sequence of its dtype."""
    return TypedStorage(self._storage, self._dtype)


@member
def share_memory_(self):
    """Move to memory that other processes can map.

    Differs from PyTorch: not supported; workers of a DataLoader send arrays instead.
    """
    raise NotImplementedError("Tensor.share_memory_ is not supported by jaxtorch")


@member
def is_shared(self) -> bool:
    """Whether other processes can map this memory (never)."""
    return False
