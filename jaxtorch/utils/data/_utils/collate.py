"""Collating: a list of samples as one batch, with tensors stacked.

CPU tensors are stacked on the host, from memory that JAX and NumPy share: no program is compiled
for a batch, and in a worker process JAX is not touched at all.
"""

from __future__ import annotations

import collections.abc
import copy
import re
from collections.abc import Callable

import numpy as np

from ...._core import devices, dtypes, formats, modes
from ...._core.bind import namespaces
from ...._core.exchange import as_tensor, from_numpy, tensor
from ...._core.storage import put
from ...._core.tensor import Tensor, wrap
from .info import get_worker_info
from .transport import host_view, linear_on_host

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]

_stack = namespaces["torch"]["stack"]

np_str_obj_array_pattern = re.compile(r"[SaUO]")
default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)


def _is_numpy(kind: type) -> bool:
    return kind.__module__ == "numpy" and kind.__name__ not in ("str_", "string_")


def rebuilt_mapping(data, values: dict):
    """A mapping like ``data`` with these values; a dict where its class cannot be made from one."""
    try:
        if isinstance(data, collections.abc.MutableMapping):
            clone = copy.copy(data)
            clone.update(values)
            return clone
        return type(data)(values)
    except TypeError:
        return dict(values)


def rebuilt_sequence(data, values: list):
    """A sequence like ``data`` with these values; a list where its class cannot be made from one."""
    try:
        if isinstance(data, collections.abc.MutableSequence):
            clone = copy.copy(data)
            for i, v in enumerate(values):
                clone[i] = v
            return clone
        return type(data)(values)
    except TypeError:
        return list(values)


def default_convert(data):
    """NumPy arrays and scalars within ``data`` as tensors; what else it holds stays as it is.

    Example:
        >>> import numpy as np
        >>> default_convert([np.float32(1.5), "a"])
        [tensor(1.5000), 'a']
    """
    kind = type(data)
    if isinstance(data, Tensor):
        return data
    if _is_numpy(kind):
        if kind is np.ndarray and np_str_obj_array_pattern.search(data.dtype.str) is not None:
            return data
        return as_tensor(data)
    if isinstance(data, collections.abc.Mapping):
        return rebuilt_mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return kind(*[default_convert(d) for d in data])
    if isinstance(data, tuple):
        return [default_convert(d) for d in data]
    if isinstance(data, collections.abc.Sequence) and not isinstance(data, (str, bytes)):
        return rebuilt_sequence(data, [default_convert(d) for d in data])
    return data


def collate(batch, *, collate_fn_map: dict | None = None):
    """Collate a list of samples by a table of functions, one for each type of element.

    Args:
        batch: samples of one structure.
        collate_fn_map: type (or tuple of types) -> ``f(batch, *, collate_fn_map)``.

    Raises:
        TypeError: a type of element that the table does not know.
        RuntimeError: sequences of different lengths.
    """
    first = batch[0]
    kind = type(first)
    if collate_fn_map is not None:
        if kind in collate_fn_map:
            return collate_fn_map[kind](batch, collate_fn_map=collate_fn_map)
        for known, collate_fn in collate_fn_map.items():
            if isinstance(first, known):
                return collate_fn(batch, collate_fn_map=collate_fn_map)

    def inner(samples):
        return collate(samples, collate_fn_map=collate_fn_map)

    if isinstance(first, collections.abc.Mapping):
        return rebuilt_mapping(first, {key: inner([d[key] for d in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*[inner(samples) for samples in zip(*batch)])
    if isinstance(first, collections.abc.Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [inner(samples) for samples in zip(*batch)]
        return columns if isinstance(first, tuple) else rebuilt_sequence(first, columns)
    raise TypeError(default_collate_err_msg_format.format(kind))


def on_host(array: np.ndarray) -> Tensor:
    """An ndarray that nobody else will write as a tensor of the CPU.

    In a worker the array stays what it is: the process that asked for it makes it JAX's.
    """
    if get_worker_info() is not None:
        return from_numpy(array)
    return wrap(put(array, devices.CPU), devices.CPU)


def collate_tensor_fn(batch, *, collate_fn_map: dict | None = None):
    """Stack tensors."""
    first = batch[0]
    if isinstance(batch, Tensor):
        return _stack(batch, 0)  # which says what it takes
    kind = "nested" if first.is_nested else "sparse" if first.layout is not formats.strided else None
    if kind is not None:
        raise RuntimeError(
            f"Batches of {kind} tensors are not currently supported by the default collate_fn; please provide a "
            "custom collate_fn to handle them appropriately."
        )
    if get_worker_info() is not None and modes.state.grad and any(t.requires_grad for t in batch):
        raise RuntimeError(
            "stack(): functions with out=... arguments don't support automatic differentiation, but one "
            "of the arguments requires grad."
        )
    plain = all([
        type(t) is Tensor and t._dtype is first._dtype and not t.requires_grad
        and t._storage.device is devices.CPU and t._layout.shape == first._layout.shape for t in batch
    ])  # fmt: skip
    if not plain or first._dtype.np.kind == "V":
        return _stack(batch, 0)
    rows = _rows(batch)
    return on_host(np.stack([host_view(t) for t in batch]) if rows is None else rows)


def _rows(batch) -> np.ndarray | None:
    """Tensors of one shape as a new array, if they are rows of one larger tensor."""
    first = batch[0]
    s, form = first._storage, first._layout.form
    n = form.numel
    if not n or not form.is_contiguous or first._dtype is not s.dtype or len(batch) == 1:
        return None
    offsets = [t._layout.offset for t in batch if t._storage is s and t._layout.form is form and not t._layout.flipped]
    if len(offsets) < len(batch) or (s.host is None and not s.layout.is_contiguous):
        return None
    if n > 1 and [o for o in offsets if o % n]:
        return None
    flat = linear_on_host(s)
    rows = flat[: flat.size // n * n].reshape(-1, n)[np.array(offsets) // n]
    return rows.reshape(len(batch), *form.shape)


def collate_numpy_array_fn(batch, *, collate_fn_map: dict | None = None):
    """Stack ndarrays as tensors."""
    first = batch[0]
    if np_str_obj_array_pattern.search(first.dtype.str) is not None:
        raise TypeError(default_collate_err_msg_format.format(first.dtype))
    same = first.dtype.isnative and all([
        type(b) is np.ndarray and b.dtype == first.dtype and b.shape == first.shape
        and (b.flags.c_contiguous or min(b.strides) >= 0) for b in batch
    ])  # fmt: skip
    if same and default_collate_fn_map.get(Tensor) is collate_tensor_fn:
        dtypes.from_numpy(first.dtype)  # refuses what no tensor holds
        return on_host(np.stack(batch))
    return collate([as_tensor(b) for b in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch, *, collate_fn_map: dict | None = None):
    """NumPy scalars as one tensor."""
    if len(set(map(type, batch))) == 1 and isinstance(batch[0], (np.bool_, np.number)):
        values = np.array(batch)
        dtypes.from_numpy(values.dtype)  # refuses what no tensor holds
        return on_host(values)
    return as_tensor(batch)


def collate_float_fn(batch, *, collate_fn_map: dict | None = None):
    """Floats as a float64 tensor."""
    return tensor(batch, dtype=dtypes.float64)


def collate_int_fn(batch, *, collate_fn_map: dict | None = None):
    """Whole numbers as a tensor."""
    return tensor(batch)


def collate_str_fn(batch, *, collate_fn_map: dict | None = None):
    """Texts as they are."""
    return batch


default_collate_fn_map: dict[type | tuple[type, ...], Callable] = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def default_collate(batch):
    """A list of samples as one batch: tensors, arrays and numbers stacked, containers kept.

    Args:
        batch: samples of one structure.

    Returns:
        Tensors with a new first dimension, in dicts, lists and namedtuples like those of a sample
        (tuples become lists); texts as lists.

    Raises:
        TypeError: samples of a type that it does not know.

    Example:
        >>> default_collate([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])
        {'a': tensor([1, 2]), 'b': ['x', 'y']}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)
