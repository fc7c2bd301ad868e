"""How datasets go to worker processes and batches come back: arrays through shared memory.

Tensors travel as ndarrays, and are tensors over host memory in a worker, so that a dataset which
only cuts, copies and makes tensors never starts JAX there. Large arrays are files in a folder in
memory: a dataset's are mapped by every worker (copied where written), a batch's are read once.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import mmap
import os
import pickle
import shutil
import tempfile

import numpy as np

from ...._core import devices, dtypes, formats, storage
from ...._core.layout import contiguous
from ...._core.storage import Storage, linear, put
from ...._core.tensor import Tensor, wrap_as
from . import by_value

_LARGE = 1 << 15  # bytes from which an array is worth a file
_MEMORY = "/dev/shm"
_numbers = itertools.count()


class Shelf:
    """A folder of files in memory (where the system has such), in which arrays travel."""

    def __init__(self, folder: str | None = None):
        if folder is None:
            parent = _MEMORY if os.access(_MEMORY, os.W_OK) else None
            folder = tempfile.mkdtemp(prefix="jaxtorch-loader-", dir=parent)
        self.folder = folder

    def store(self, array: np.ndarray) -> str | None:
        """Write an array to a file of its own and return its path; None where there is no room."""
        path = os.path.join(self.folder, f"{os.getpid()}-{next(_numbers)}")
        try:
            with open(path, "xb") as f:
                f.write(memoryview(array).cast("B"))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(path)
            return None
        return path

    def close(self) -> None:
        """Remove the folder with what is left in it; memory that is mapped stays."""
        shutil.rmtree(self.folder, ignore_errors=True)


def open_array(path: str, count: int, dtype: np.dtype, once: bool) -> np.ndarray:
    """The array in a file, mapped: writes are private. ``once``: the file is not needed again."""
    with open(path, "rb") as f:
        mapped = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY)
    if once:
        os.unlink(path)
    return np.frombuffer(mapped, dtype, count)


class Packer(pickle.Pickler):
    """Pickles for another process: see `by_value` for code, `Shelf` for arrays.

    ``once``: what is packed is read by one process only.
    """

    def __init__(self, file, shelf: Shelf, once: bool):
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.shelf, self.once = shelf, once

    def reducer_override(self, obj):
        if isinstance(obj, Tensor):
            return self.reduce_tensor(obj)
        kind = type(obj)
        if kind is np.ndarray:
            return self.reduce_array(obj)
        if isinstance(obj, Storage):
            return self.reduce_storage(obj)
        if kind is formats.memory_format or kind is formats.layout:
            return by_value.find, ("jaxtorch", obj.name)
        return by_value.reduce(obj)

    def reduce_array(self, array: np.ndarray):
        if array.nbytes < _LARGE or array.dtype.hasobject or not array.flags.c_contiguous:
            return NotImplemented
        flat = self.flat(array.reshape(-1))
        return NotImplemented if flat is None else (np.reshape, (flat, array.shape))

    def flat(self, flat: np.ndarray):
        """A large 1-d array as what stands for it; None if there is no room for a file."""
        path = self.shelf.store(flat.view(np.uint8))
        return None if path is None else _Stored(path, flat.size, flat.dtype, self.once)

    def reduce_storage(self, s: Storage):
        flat = linear_on_host(s)
        stored = self.flat(flat) if flat.nbytes >= _LARGE else None
        return rebuild_storage, (flat.tobytes() if stored is None else stored, flat.dtype)

    def reduce_tensor(self, t: Tensor):
        require_leaf(t)
        if t._storage.device is not devices.CPU:
            raise NotImplementedError(
                f"a tensor on {t._storage.device} cannot travel between a DataLoader and its workers: keep "
                "the dataset on the CPU and move batches, or use num_workers=0"
            )
        facts = type(t), t._dtype, t._requires_grad, attributes_of(t)
        s, place = t._storage, t._layout
        if self.once or t._dtype is not s.dtype or place.flipped or place.overlapping or 2 * place.numel < s.numel:
            # the values alone: of a batch, or of a small part of a large storage
            return rebuild_values, (np.ascontiguousarray(host_view(t)), *facts)
        return rebuild_view, (s, place.form, place.offset, *facts)


def require_leaf(t: Tensor) -> None:
    """Refuse a tensor with a history, which cannot go to another process."""
    if t.requires_grad and t.grad_fn is not None:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not "
            "support crossing process boundaries.  If you just want to transfer the data, call detach() "
            "on the tensor before serializing (e.g., putting it on the queue)."
        )


def attributes_of(t: Tensor) -> dict:
    """What a program has set on a tensor."""
    return {name: value for name, value in vars(t).items() if name[0] != "_"}


def linear_on_host(s: Storage) -> np.ndarray:
    """A storage's memory as a 1-d ndarray, not to be written."""
    return np.asarray(linear(s.read(), s.layout)) if s.host is None else s.host.flat


def host_view(t: Tensor) -> np.ndarray:
    """The values of a CPU tensor as an ndarray, not to be written; a copy only where it must be."""
    s, place = t._storage, t._layout
    if t._dtype is s.dtype and not place.flipped and (s.host is not None or s.layout.is_contiguous):
        flat = np.asarray(s.array).reshape(-1) if s.host is None else s.host.flat
        if place.is_contiguous:
            return flat[place.offset : place.offset + place.numel].reshape(place.shape)
        strides = [step * flat.itemsize for step in place.stride]
        return np.lib.stride_tricks.as_strided(flat[place.offset :], place.shape, strides, writeable=False)
    return t._host()


class _Stored:
    """A large array within a pickle."""

    __slots__ = ("path", "count", "dtype", "once")

    def __init__(self, path: str, count: int, dtype: np.dtype, once: bool):
        self.path, self.count, self.dtype, self.once = path, count, dtype, once

    def __reduce__(self):
        return open_array, (self.path, self.count, self.dtype, self.once)


def rebuild_storage(flat, dtype: np.dtype) -> Storage:
    """A storage of these values: over host memory in a worker, JAX's elsewhere."""
    if isinstance(flat, bytes):
        flat = np.frombuffer(bytearray(flat), dtype)
    if storage.keep_on_host[0]:
        return _over(flat)
    return Storage(put(flat, devices.CPU), contiguous((flat.size,)), dtypes.from_numpy(dtype), devices.CPU)


def _over(flat: np.ndarray) -> Storage:
    """A storage over memory that the process goes on sharing, with itself if with nobody else."""
    owner = flat
    while isinstance(owner, np.ndarray) and owner.base is not None:
        owner = owner.base
    return Storage.over(flat, owner)


def rebuild_view(s: Storage, form, offset: int, cls: type, d, requires_grad: bool, state: dict) -> Tensor:
    """A tensor over a storage that others may share."""
    t = object.__new__(Tensor)
    place = form.at(offset)
    t._storage, t._layout, t._dtype = s, s.layout if place is s.layout else place, d
    return dressed(t, cls, requires_grad, state)


def rebuild_values(values: np.ndarray, cls: type, d, requires_grad: bool, state: dict) -> Tensor:
    """A tensor of these values."""
    if storage.keep_on_host[0]:
        flat = values.reshape(-1)
        return rebuild_view(_over(flat), contiguous(values.shape), 0, cls, d, requires_grad, state)
    tensor = wrap_as(put(values, devices.CPU), contiguous(values.shape), d, devices.CPU)
    return dressed(tensor, cls, requires_grad, state)


def dressed(t: Tensor, cls: type, requires_grad: bool, state: dict) -> Tensor:
    """``t`` as a tensor of a class, with what a program has set on it."""
    if cls is not Tensor:
        t.__class__ = cls
    if requires_grad:
        t._requires_grad = True
    vars(t).update(state)
    return t


def pack(obj, shelf: Shelf, once: bool = True) -> bytes:
    """``obj`` for another process."""
    out = io.BytesIO()
    Packer(out, shelf, once).dump(obj)
    return out.getvalue()


unpack = pickle.loads
