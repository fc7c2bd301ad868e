"""Memory that processes share: what a tensor is moved to by `share_memory_`, and mapped from in another process."""

from __future__ import annotations

import mmap
import os
import tempfile
from multiprocessing.reduction import DupFd

import numpy as np

from . import dtypes
from .layout import layout
from .storage import Storage
from .tensor import Tensor


class Block:
    """A file without a name, mapped: its memory is there as long as any process has it."""

    def __init__(self, fd: int, nbytes: int):
        self.fd = fd
        self.memory = mmap.mmap(fd, max(nbytes, 1))

    @classmethod
    def new(cls, nbytes: int) -> Block:
        """Fresh memory, of zeros."""
        if hasattr(os, "memfd_create"):
            fd = os.memfd_create("jaxtorch")
        else:
            with tempfile.TemporaryFile() as file:
                fd = os.dup(file.fileno())
        os.truncate(fd, max(nbytes, 1))
        return cls(fd, nbytes)

    def flat(self, dtype: np.dtype, count: int) -> np.ndarray:
        """The memory as elements of a dtype."""
        return np.frombuffer(self.memory, dtype, count)

    def __del__(self):
        os.close(self.fd)  # the map stays until the last array over it is gone


def block_of(storage: Storage) -> Block | None:
    """The block that a storage is, if it is one."""
    owner = None if storage.host is None else storage.host.owner
    return owner if isinstance(owner, Block) else None


def share(storage: Storage) -> None:
    """Move a storage's values to memory that other processes can map; its tensors see no difference."""
    if block_of(storage) is None:
        block = Block.new(storage.nbytes)
        storage.move_to(block.flat(storage.dtype.np, storage.numel), block)


def reduce(t: Tensor) -> tuple | None:
    """(what makes a tensor of the same memory in another process, its arguments); None if it is not shared."""
    storage, place = t._storage, t._layout
    block = block_of(storage)
    if block is None or t._dtype is not storage.dtype or place.flipped:
        return None
    return _mapped, (DupFd(block.fd), storage.numel, t._dtype.name, (place.shape, place.stride, place.offset))


def _mapped(fd, count: int, name: str, place: tuple) -> Tensor:
    dtype = _DTYPES[name]
    block = Block(fd.detach(), count * dtype.itemsize)
    t = object.__new__(Tensor)
    t._storage, t._layout, t._dtype = Storage.over(block.flat(dtype.np, count), block), layout(*place), dtype
    return t


_DTYPES = {d.name: d for d in dtypes.ALL}
