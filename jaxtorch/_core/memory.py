"""Changing what memory a tensor has: resize_, set_, and the storages users see."""

from __future__ import annotations

import math
import sys
import warnings

import numpy as np

from . import devices, dtypes, modes, shared
from .layout import Layout, contiguous, required_size
from .members import member
from .storage import Storage, linear, put
from .tensor import Tensor


def unwritten(d: dtypes.dtype):
    """What memory holds that nothing has written: zeros, or in deterministic mode what does not go unnoticed."""
    if not (modes.Policy.deterministic and modes.Policy.fill_uninitialized_memory):
        return 0
    return math.nan if d.category > 1 else dtypes.iinfo(d).max if d.category else True


def grow(storage: Storage, count: int) -> None:
    """Make room for ``count`` elements; what is there stays, in memory order."""
    if count <= storage.numel:
        return
    if not storage.resizable:
        raise RuntimeError("Trying to resize storage that is not resizable")
    flat = np.full(count, unwritten(storage.dtype), storage.dtype.np)
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

    def share_memory_(self):
        """Move to memory that other processes can map."""
        if modes.state.recorder is not None:
            modes.state.recorder.settle("memory is shared with other processes")
        if self._storage.device is devices.CPU:
            shared.share(self._storage)
        return self

    def is_shared(self) -> bool:
        """Whether other processes can map this memory."""
        return self._storage.device is not devices.CPU or shared.block_of(self._storage) is not None

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

    @classmethod
    def from_buffer(cls, buffer, byte_order: str | None = None, count: int = -1, offset: int = 0, *, dtype=None):
        """A storage of the numbers in a buffer of bytes.

        Args:
            byte_order: "little", "big" or "native"; may be left out for numbers of one byte.
            count: how many; -1: all.
            offset: of the first, in bytes.
            dtype: of the numbers.

        Returns:
            Fresh memory.

        Raises:
            RuntimeError: no dtype or byte order.
            ValueError: the buffer has not so many.
        """
        if dtype is None:
            raise RuntimeError("argument 'dtype' cannot be None")
        return cls(_of_buffer(buffer, byte_order, count, offset, dtype))

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


_told_of_typed_storage = False


def _warn_of_typed_storage() -> None:
    """Warn once, whatever `set_warn_always` says."""
    global _told_of_typed_storage
    if not _told_of_typed_storage:
        _told_of_typed_storage = True
        warnings.warn(
            "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage "
            "class. This should only matter to you if you are using storages directly.  To access UntypedStorage "
            "directly, use tensor.untyped_storage() instead of tensor.storage()",
            stacklevel=4,
        )


def _of_buffer(buffer, byte_order, count: int, offset: int, d: dtypes.dtype) -> Storage:
    """The numbers of dtype ``d`` in a buffer, in fresh memory."""
    size = d.itemsize
    if byte_order is None and size > 1:
        raise RuntimeError("function missing required argument 'byte_order' (pos 2)")
    if size > 1 and byte_order not in ("little", "big", "native"):
        raise ValueError(f"invalid byte_order '{byte_order}' (expected 'big', 'little', or 'native')")
    given = memoryview(buffer) if isinstance(buffer, (bytes, bytearray, memoryview)) else None
    if given is None:
        try:
            given = memoryview(buffer)
        except TypeError:
            raise TypeError(f"a bytes-like object is required, not '{type(buffer).__name__}'") from None
    values = np.frombuffer(given, np.uint8)
    if not 0 <= offset <= len(values):
        # PyTorch's text has the two numbers in this order
        raise ValueError(
            f"offset must be non-negative and no greater than buffer length ({offset}) , but got {len(values)}"
        )
    rest = len(values) - offset
    if count < 0:
        if rest % size:
            raise ValueError(f"buffer size ({rest}) must be a multiple of element size ({size})")
        count = rest // size
    elif count * size > rest:
        raise ValueError(
            f"buffer has only {rest // size} elements after offset {offset}, but specified a size of {count}"
        )
    taken = values[offset : offset + count * size].copy()
    unit = size // 2 if d.is_complex else size
    if byte_order not in (None, "native", sys.byteorder) and unit > 1:
        taken = taken.reshape(-1, unit)[:, ::-1].reshape(-1)
    taken = taken != 0 if d is dtypes.bool_ else np.ascontiguousarray(taken).view(d.np)
    return Storage(put(taken, devices.CPU), contiguous(taken.shape), d, devices.CPU)


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

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    def _like(self, t: Tensor):
        """A storage of the values of a fresh tensor."""
        return TypedStorage(t._storage, t._dtype)

    def clone(self):
        """A storage of the same values in memory of its own."""
        return self._like(self._flat().clone())

    def cpu(self):
        """A storage on the CPU: of the same memory, if it is there."""
        return self._like(self._flat().cpu())

    def copy_(self, source, non_blocking=None):
        """Overwrite the elements with those of another storage."""
        self._flat().copy_(source._flat())
        return self

    def resize_(self, size: int):
        """Grow or shrink to ``size`` elements."""
        self.untyped().resize_(size * self.dtype.itemsize)

    def pickle_storage_type(self) -> str:
        """The name of the legacy class of this dtype: ``FloatStorage``."""
        return f"{self.dtype.title}Storage"

    def type(self, dtype=None, non_blocking: bool = False):
        """The name of the legacy class, or a storage converted to ``dtype``."""
        if dtype is None:
            return f"torch.{self.pickle_storage_type()}"
        return self._like(self._flat().to(dtype, copy=True))

    def __repr__(self) -> str:
        body = "\n ".join(str(v) for v in self.tolist())
        return f" {body}\n[torch.storage.TypedStorage(dtype={self.dtype!r}, device={self.device}) of size {len(self)}]"


TypedStorage.__module__ = "torch.storage"


def _conversion(name: str, d: dtypes.dtype):
    def convert(self):
        return self._like(self._flat().to(d, copy=True))

    convert.__name__ = name
    convert.__doc__ = f"A storage of the values as {d.name}."
    return convert


for _name, _dtype in {
    "float": dtypes.float32, "double": dtypes.float64, "half": dtypes.float16, "bfloat16": dtypes.bfloat16,
    "byte": dtypes.uint8, "char": dtypes.int8, "short": dtypes.int16, "int": dtypes.int32, "long": dtypes.int64,
    "bool": dtypes.bool_, "complex_float": dtypes.complex64, "complex_double": dtypes.complex128,
}.items():  # fmt: skip
    setattr(TypedStorage, _name, _conversion(_name, _dtype))


def _legacy_storage(name: str, d: dtypes.dtype) -> type:
    """``torch.FloatStorage`` and its kin: a typed storage made from a size or a sequence."""

    def make(self, *args):
        _warn_of_typed_storage()
        values = np.zeros(0, d.np)
        if args and isinstance(args[0], int):
            values = np.zeros(args[0], d.np)
        elif args:
            values = np.asarray(args[0]).astype(d.np)
        layout = contiguous(values.shape)
        TypedStorage.__init__(self, Storage(put(values, devices.CPU), layout, d, devices.CPU), d)

    def from_buffer(cls, buffer, byte_order: str | None = None, count: int = -1, offset: int = 0):
        """The numbers in a buffer of bytes, as `UntypedStorage.from_buffer` takes them."""
        _warn_of_typed_storage()
        return TypedStorage(_of_buffer(buffer, byte_order, count, offset, d), d)

    body = {"__init__": make, "from_buffer": classmethod(from_buffer), "__module__": "torch", "dtype": d}
    return type(name, (TypedStorage,), body)


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
    _warn_of_typed_storage()
    return TypedStorage(self._storage, self._dtype)


@member
def share_memory_(self) -> Tensor:
    """Move to memory that other processes map which this tensor is sent to: what one writes, all see. Returns self.

    Every tensor over the same storage moves along. On a GPU nothing is done.
    """
    UntypedStorage(self._storage).share_memory_()
    return self


@member
def is_shared(self) -> bool:
    """Whether processes that this tensor is sent to map its memory."""
    return UntypedStorage(self._storage).is_shared()
