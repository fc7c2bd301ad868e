"""Fetching: from the indices of a batch to the batch."""

from __future__ import annotations

import numpy as np

from ...._core import devices
from ...._core.tensor import Tensor
from ..dataset import Subset, TensorDataset
from . import collate
from .transport import host_view


class _BaseDatasetFetcher:
    def __init__(self, dataset, auto_collation: bool, collate_fn, drop_last: bool):
        self.dataset = dataset
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn
        self.drop_last = drop_last

    def fetch(self, possibly_batched_index):
        """The batch (or, without automatic batching, the sample) of these indices."""
        raise NotImplementedError


class _IterableDatasetFetcher(_BaseDatasetFetcher):
    def __init__(self, dataset, auto_collation: bool, collate_fn, drop_last: bool):
        super().__init__(dataset, auto_collation, collate_fn, drop_last)
        self.dataset_iter = iter(dataset)
        self.ended = False

    def fetch(self, possibly_batched_index):
        if self.ended:
            raise StopIteration
        if not self.auto_collation:
            return self.collate_fn(next(self.dataset_iter))
        data = []
        for _ in possibly_batched_index:
            try:
                data.append(next(self.dataset_iter))
            except StopIteration:
                self.ended = True
                break
        if not data or self.drop_last and len(data) < len(possibly_batched_index):
            raise StopIteration
        return self.collate_fn(data)


class _MapDatasetFetcher(_BaseDatasetFetcher):
    def fetch(self, possibly_batched_index):
        dataset = self.dataset
        if not self.auto_collation:
            return self.collate_fn(dataset[possibly_batched_index])
        if self.collate_fn is collate.default_collate:
            rows = rows_of(dataset, possibly_batched_index)
            if rows is not None:
                return rows
        if getattr(dataset, "__getitems__", None):
            return self.collate_fn(dataset.__getitems__(possibly_batched_index))
        return self.collate_fn([dataset[i] for i in possibly_batched_index])


_SEQUENCES = (list, tuple, range, np.ndarray)
_INTEGERS = {int, np.int64, np.int32}


def rows_of(dataset, indices) -> list[Tensor] | None:
    """What `default_collate` makes of these items of a `TensorDataset`, or a `Subset` of one.

    All rows of a tensor are taken at once. None where the general way might differ: other classes
    or tables, tensors that are followed by autograd or not on the CPU, indices out of range.
    """
    while type(dataset) is Subset and type(dataset.indices) in _SEQUENCES:
        try:
            indices = [dataset.indices[i] for i in indices]
        except (IndexError, TypeError):
            return None
        dataset = dataset.dataset
    cls = type(dataset)
    if cls.__getitem__ is not TensorDataset.__getitem__ or hasattr(cls, "__getitems__"):
        return None
    if collate.default_collate_fn_map.get(Tensor) is not collate.collate_tensor_fn:
        return None
    if len(indices) == 0 or not set(map(type, indices)) <= _INTEGERS:
        return None
    tensors = dataset.tensors  # pyright: ignore[reportAttributeAccessIssue]
    if not tensors or any(
        type(t) is not Tensor or t.requires_grad or t._storage.device is not devices.CPU for t in tensors
    ):
        return None
    shortest = min(t._layout.shape[0] for t in tensors)
    if min(indices) < -shortest or max(indices) >= shortest:
        return None
    chosen = np.array(indices)
    return [collate.on_host(host_view(t)[chosen]) for t in tensors]
