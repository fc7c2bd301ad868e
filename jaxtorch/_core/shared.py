"""Memory that processes share: what `share_memory_` moves a tensor to (`multiprocessing.reductions` sends it)."""

from __future__ import annotations

import mmap
import os
import tempfile

import numpy as np

from .storage import Storage


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
