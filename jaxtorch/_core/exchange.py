"""The ways in and out of tensors: Python data, NumPy (memory shared both ways), DLPack, JAX."""

from __future__ import annotations

import copy
import enum
import warnings

import jax
import numpy as np
from jax.core import Tracer
from jax.extend.core import set_current_trace

from . import devices, dtypes, errors, modes
from .arguments import Mismatch, _as_dtype
from .dispatch import symbolic_number
from .layout import Layout, layout, like_layout
from .members import as_leaf, member
from .operand import Window
from .spec import REQUIRED
from .storage import Storage, put
from .symbol import Symbol
from .tensor import Tensor, alias, wrap, wrap_as

_SEQUENCES = (list, tuple, range)
_NEGATIVE_STRIDES = (
    "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
    "currently supported. (You can probably work around this by making a copy of your array  with array.copy().) "
)


# -- Python data ----------------------------------------------------------------------------------
def infer_dtype(values: np.ndarray) -> dtypes.dtype:
    """The dtype PyTorch gives Python data that NumPy has read as ``values``."""
    kind = values.dtype.kind
    if kind == "f":
        return dtypes.get_default_dtype()
    if kind in "iu":
        return dtypes.int64
    if kind == "c":
        return dtypes.default_complex()
    return dtypes.bool_


def array_of(data, d: dtypes.dtype | None) -> np.ndarray:
    """Python data (numbers, nested sequences, arrays, tensors) as an ndarray of the final dtype."""
    if isinstance(data, Tensor):
        values = data._host()
        return values if d is None else _cast(values, d)
    if isinstance(data, (np.ndarray, np.generic)):
        target = dtypes.from_numpy(data.dtype) if d is None else d
        if isinstance(data, np.ndarray) and d is not None and data.dtype.kind in "OUSMm":
            dtypes.from_numpy(data.dtype)
        return _cast(np.asarray(data), target)
    if isinstance(data, jax.Array):
        return array_of(np.asarray(data), d)
    if not isinstance(data, _SEQUENCES) and hasattr(data, "__array__"):
        return array_of(np.asarray(data), d)
    if isinstance(data, _SEQUENCES) or (
        hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, (str, bytes, dict))
    ):
        return _array_of_sequence(data, d)
    if isinstance(data, (bool, int, float, complex)):
        return _number(data, d)
    return _kind_of(data)


def _number(data, d):
    return _stored(np.asarray(data), d or dtypes.of_number(data), data)


def _stored(values: np.ndarray, target: dtypes.dtype, data) -> np.ndarray:
    """``values``, read from the Python data ``data``, as ``target``, which must be able to hold them."""
    if target.category == 1 and values.size:
        info = np.iinfo(target.np)
        # as C does, PyTorch lets negative whole numbers wrap into unsigned types
        low = -info.max if values.dtype.kind != "f" and info.min == 0 else info.min
        if values.dtype.kind in "iufO" and not bool(((values >= low) & (values <= info.max)).all()):
            if target is dtypes.int64 and values.dtype.kind != "f":
                raise ValueError("Overflow when unpacking long long")
            raise RuntimeError(f"value cannot be converted to type {target.name} without overflow")
    if values.dtype.kind == "c" and target.category in (1, 2):
        _store(next(x for x in _leaves(data) if isinstance(x, complex)), target)
    return _cast(values, target)


def _leaves(data):
    if isinstance(data, _SEQUENCES):
        for e in data:
            yield from _leaves(e)
    else:
        yield data


def _store(x, target: dtypes.dtype) -> None:
    """Raise what Python says of an object that is no number of the kind of ``target``."""
    if target.category < 2:
        raise TypeError(f"'{type(x).__name__}' object cannot be interpreted as an integer")
    raise TypeError(f"must be real number, not {type(x).__name__}")


def _cast(values: np.ndarray, d: dtypes.dtype) -> np.ndarray:
    if values.dtype == d.np:
        return values
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # casting drops parts and wraps, as in PyTorch
        return values.astype(d.np)


def _array_of_sequence(data, d):
    data, found = _plain(data)
    try:
        values = np.array(data)
    except (ValueError, OverflowError):
        values = None
    if values is None or values.dtype.kind in "OUSMm":
        _refuse(data, d)
        values = np.array(data, np.object_)  # whole numbers beyond 64 bits
    target = d or found
    if target is None and values.dtype.kind == "O":
        target = dtypes.get_default_dtype() if any(isinstance(x, float) for x in _leaves(data)) else dtypes.int64
    target = target or (infer_dtype(values) if values.size else dtypes.get_default_dtype())
    return _stored(values, target, data)


def _plain(data):
    """Nested lists with tensors and arrays read out, and the dtype those settle, if any."""
    first = data
    while isinstance(first, _SEQUENCES) and len(first):
        first = first[0]
    found = None
    if isinstance(first, Tensor):
        found = first._dtype
    elif isinstance(first, (np.ndarray, np.generic)):
        found = dtypes.from_numpy(first.dtype)
        if isinstance(first, np.ndarray) and first is not data:
            errors.warn_once(errors.LIST_OF_ARRAYS, stacklevel=6)
    if found is None and not _holds_tensors(data):
        return data, None
    seen: list = []

    def read(x):
        if isinstance(x, Tensor):
            seen.append(x._dtype)
            return x.tolist()
        if isinstance(x, (np.ndarray, np.generic)):
            seen.append(dtypes.from_numpy(x.dtype))
            return x.tolist()
        if isinstance(x, _SEQUENCES):
            return [read(e) for e in x]
        if isinstance(x, (bool, int, float, complex)):
            seen.append(dtypes.of_number(x))
        return x

    plain = read(data)
    total = seen[0] if seen else None
    for s in seen[1:]:
        total = dtypes.promote_types(total, s)
    return plain, total


def _holds_tensors(data) -> bool:
    if isinstance(data, (Tensor, np.ndarray, np.generic)):
        return True
    if isinstance(data, (list, tuple)):
        if data and isinstance(data[0], (int, float)):
            return any(isinstance(e, (Tensor, np.ndarray, np.generic)) for e in data)
        return any(_holds_tensors(e) for e in data)
    return False


def _refuse(data, d):
    """Raise PyTorch's error for nested data that is not a tensor, of dtype ``d`` if one is given."""
    sizes, x = [], data
    while hasattr(x, "__len__") and not isinstance(x, (str, bytes, dict)):
        sizes.append(len(x))
        if not len(x):
            break
        x = x[0]
    if isinstance(x, (str, bytes)):
        raise ValueError(f"too many dimensions '{type(x).__name__}'")
    if d is None:
        kinds = [_kind_of(x) for x in _leaves(data)]
        d = max(kinds, key=lambda kind: kind.category, default=dtypes.int64)

    def walk(x, dim):
        if dim == len(sizes):
            if not isinstance(x, (bool, int, float, complex, np.generic)):
                _store(x, d)
            return
        if not hasattr(x, "__len__"):
            raise TypeError("not a sequence")
        if len(x) != sizes[dim]:
            raise ValueError(f"expected sequence of length {sizes[dim]} at dim {dim} (got {len(x)})")
        for e in x:
            walk(e, dim + 1)

    walk(data, 0)


def _kind_of(x) -> dtypes.dtype:
    if isinstance(x, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(x).__name__}'")
    if not isinstance(x, (bool, int, float, complex, np.generic)):
        raise RuntimeError(f"Could not infer dtype of {type(x).__name__}")
    return dtypes.of_number(x)


def _dtype(name: str, d):
    """The dtype that the argument of a constructor names, None for None."""
    if d is None or isinstance(d, dtypes.dtype):
        return d
    try:
        return _as_dtype(d)
    except Mismatch:
        raise TypeError(f"{name}(): argument 'dtype' must be torch.dtype, not {type(d).__name__}") from None


def _given(name: str, data):
    if data is REQUIRED:
        raise TypeError(f'{name}() missing 1 required positional arguments: "data"')
    return data


def tensor(*args, data=REQUIRED, dtype=None, device=None, requires_grad: bool = False,
           pin_memory: bool = False) -> Tensor:  # fmt: skip
    """A new tensor holding a copy of ``data``.

    Args:
        data: a number, nested sequences of numbers, an ndarray, a JAX array or a tensor.
        dtype: the element type; by default the one ``data`` has or stands for.
        device: where it is put; by default where ``data`` is, or the default device.
        requires_grad: whether autograd follows it.
        pin_memory: accepted where there is a GPU: JAX copies to it from any memory.

    Returns:
        A fresh leaf tensor.

    Example:
        >>> import jaxtorch as torch
        >>> torch.tensor([[1, 2], [3, 4]])
        tensor([[1, 2],
                [3, 4]])
    """
    if args:
        if len(args) > 1:
            raise TypeError(f"tensor() takes 1 positional argument but {len(args)} were given")
        (data,) = args  # pyright: ignore[reportAssignmentType]
    data, dtype = _given("tensor", data), _dtype("tensor", dtype)
    if pin_memory is not False:
        if pin_memory is not True:
            raise TypeError(f"tensor(): argument 'pin_memory' must be bool, not {type(pin_memory).__name__}")
        devices.require_pinned()
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() "
            "or sourceTensor.detach().clone().requires_grad_(True), rather than "
            "torch.tensor(sourceTensor).",
            stacklevel=2,
        )
        if device is None:
            device = data.device
        if isinstance(data._value(), Tracer):
            out = data.detach().clone()
            return as_leaf(out if dtype is None else out.to(dtype), requires_grad)
    where = devices.resolve(device)
    if type(data) is Symbol:
        out = wrap(symbolic_number(data, False)[0], devices.CPU)
        return as_leaf(out.to(where, dtype or dtypes.of_number(data.value)), requires_grad)
    if isinstance(data, np.ndarray):
        return as_leaf(_copy_of(data, dtype, where), requires_grad)
    if isinstance(data, Tracer):
        return as_leaf(wrap(data if dtype is None else data.astype(dtype.np), where), requires_grad)
    return as_leaf(wrap(put(array_of(data, dtype), where), where), requires_grad)


def _copy_of(values: np.ndarray, d, where) -> Tensor:
    """A fresh tensor of an ndarray's values, in the order of its dimensions in memory."""
    if any(s < 0 for s in values.strides):
        raise ValueError(_NEGATIVE_STRIDES)
    array = array_of(values, d)
    found = dtypes.lookup_numpy(array.dtype)
    seen = layout(values.shape, tuple(s // max(values.itemsize, 1) for s in values.strides))
    return wrap_as(put(array.copy() if array is values else array, where), like_layout(seen), found, where)


def as_tensor(data=REQUIRED, dtype=None, device=None) -> Tensor:
    """``data`` as a tensor, sharing its memory (and graph) where nothing has to change."""
    data, dtype = _given("as_tensor", data), _dtype("as_tensor", dtype)
    if isinstance(data, Tensor):
        where = data.device if device is None else devices.resolve(device)
        if where is data.device and (dtype is None or dtype is data._dtype):
            return data
        return data.to(device=where, dtype=dtype or data._dtype)
    where = devices.resolve(device)
    if isinstance(data, np.ndarray) and where is devices.CPU:
        if dtype is None or dtypes.from_numpy(data.dtype) is dtype:
            return from_numpy(data)
    return tensor(data, dtype=dtype, device=device)


def asarray(obj, *, dtype=None, device=None, copy: bool | None = None, requires_grad: bool | None = None) -> Tensor:
    """``obj`` as a tensor: on its own memory where that can be.

    Args:
        obj: a tensor, an ndarray, an object with DLPack or a buffer, a number or nested sequences.
        dtype, device: of the result; by default those of ``obj``.
        copy: True always copies, False never (and raises where it would have to).
        requires_grad: of the result; by default that of ``obj``.

    Raises:
        ValueError: ``copy=False`` where a copy is needed.
    """
    where = None if device is None else devices.resolve(device)
    t = _aliased(obj)
    if t is None:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return as_leaf(tensor(obj, dtype=dtype, device=device), bool(requires_grad))
    if requires_grad is None and t.requires_grad:
        errors.warn_once(errors.ASARRAY_GRAD, stacklevel=3)
    moved = where is not None and where is not t.device
    cast = dtype is not None and dtype is not t._dtype
    if copy is False:
        if moved:
            raise ValueError(f"can't alias tensor from device '{t.device}' to '{where}'.")
        if cast:
            raise ValueError(f"can't alias tensor with dtype '{t._dtype.title}' into dtype '{dtype.title}'.")
    elif moved or cast:
        t = t.to(device=where or t.device, dtype=dtype or t._dtype, copy=bool(copy))
    elif copy:
        t = t.clone()
    if requires_grad is None or (requires_grad and t.grad_fn is not None):
        return t
    if t.grad_fn is not None:
        return t.detach()
    t.requires_grad = requires_grad  # pyright: ignore[reportAttributeAccessIssue]
    return t


def _aliased(obj) -> Tensor | None:
    """``obj`` as a tensor on its own memory, or None where it has none to share."""
    if isinstance(obj, Tensor):
        return obj
    if isinstance(obj, np.ndarray):
        return from_numpy(obj)
    if isinstance(obj, np.generic):
        return from_numpy(np.asarray(obj))
    if isinstance(obj, jax.Array) or hasattr(obj, "__dlpack__"):
        return from_dlpack(obj)
    try:
        memory = memoryview(obj)
    except TypeError:
        return None
    return frombuffer(memory, dtype=dtypes.get_default_dtype())


def frombuffer(buffer, *, dtype, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A 1-d tensor over the memory of an object with a buffer, shared both ways.

    Args:
        dtype: of the elements; ``count``: how many, -1 for all; ``offset``: bytes to skip.

    Raises:
        ValueError: the buffer is empty, too short, or does not hold a whole number of elements.
    """
    size, total = dtype.itemsize, memoryview(buffer).nbytes
    if total <= 0 or count == 0:
        raise ValueError(f"both buffer length ({total}) and count ({count}) must not be 0")
    if not 0 <= offset < total:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({total} bytes) minus 1"
        )
    if count < 0:
        if (total - offset) % size:
            raise ValueError(
                f"buffer length ({total - offset} bytes) after offset ({offset} bytes) must be a multiple of "
                f"element size ({size})"
            )
        count = (total - offset) // size
    elif offset + count * size > total:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be "
            f"greater than actual buffer length ({total} bytes)"
        )
    octets = np.frombuffer(buffer, np.uint8, count * size, offset)
    if dtype is dtypes.bool_:
        octets = octets.view(np.bool_)
    return as_leaf(from_numpy(octets.view(dtype.np)), requires_grad)


# -- NumPy ----------------------------------------------------------------------------------------
def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor over an ndarray's own memory: writes on either side show on the other.

    Raises:
        TypeError: not an ndarray, or elements no dtype stores.
        ValueError: negative strides.
    """
    if not isinstance(ndarray, np.ndarray):
        kind = type(ndarray).__name__
        raise TypeError(f"expected np.ndarray (got {'numpy.' * isinstance(ndarray, np.generic)}{kind})")
    if not ndarray.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte "
            "orders is currently not supported."
        )
    d = dtypes.from_numpy(ndarray.dtype)
    size = ndarray.itemsize
    strides = ndarray.strides
    if strides and min(strides) < 0:
        raise ValueError(_NEGATIVE_STRIDES)
    if [s for s in strides if s % size]:
        raise ValueError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy array "
            "to reallocate the memory."
        )
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. "
            "This means writing to this tensor will result in undefined behavior. You may want to copy "
            "the array to protect its data or make it writable before converting it to a tensor. This "
            "type of warning will be suppressed for the rest of this program.",
            stacklevel=3,
        )
    seen = layout(ndarray.shape, tuple([s // size for s in strides]), 0)
    flat, owner = _memory_of(ndarray, max(seen.extent, 0))
    if not ndarray.flags.writeable:
        flat = owner = flat.copy()  # what may not be written is not shared
    return _over(flat, owner, seen, d)


def _memory_of(ndarray: np.ndarray, count: int):
    """(the ``count`` elements of memory that an ndarray begins at, who owns them).

    The flat array hangs on the owner itself, not on ``ndarray``: who else holds the owner tells
    whether the memory is still shared.
    """
    root = ndarray
    if root.base is None and root.flags.c_contiguous and count == root.size:
        return root.reshape(-1), root
    while isinstance(root.base, np.ndarray):
        root = root.base
    if root.base is not None or not (root.flags.c_contiguous or root.flags.f_contiguous):
        # memory of another kind of object: taken to be shared for good
        flat = np.lib.stride_tricks.as_strided(ndarray, (count,), (ndarray.itemsize,))
        return flat, root if root.base is None else root.base
    if not count:
        return np.zeros(0, ndarray.dtype), None
    start = ndarray.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    octets = root.ravel(order="K").view(np.uint8)[start : start + count * ndarray.itemsize]
    return octets.view(ndarray.dtype), root


def _over(flat, owner, seen: Layout, d) -> Tensor:
    t = object.__new__(Tensor)
    t._storage = Storage.over(flat, owner)
    t._layout = seen
    t._dtype = d
    return t


@member
def numpy(self, *, force: bool = False) -> np.ndarray:
    """This tensor's memory as an ndarray: shared both ways on the CPU.

    Args:
        force: also detach, resolve and copy from another device.

    Raises:
        RuntimeError: the tensor requires grad (and ``force`` is false).
        TypeError: it is not on the CPU, or NumPy has no such dtype.
    """
    if not force:
        if modes.state.grad and self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self._storage.device.type != "cpu":
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to copy the "
                "tensor to host memory first."
            )
        if self._layout.flipped:
            bit, way = ("conjugate", "conj") if self._dtype.is_complex else ("negative", "neg")
            raise RuntimeError(
                f"Can't call numpy() on Tensor that has {bit} bit set. Use tensor.resolve_{way}().numpy() instead."
            )
    if self._dtype in (dtypes.bfloat16, dtypes.float8_e4m3fn, dtypes.float8_e5m2):
        raise TypeError(f"Got unsupported ScalarType {self._dtype.title}")
    storage = self._storage
    if storage.device.type != "cpu" or self._layout.flipped or isinstance(storage.array, Tracer):
        return np.array(self._host())
    flat = storage.expose()
    if storage.dtype is not self._dtype:
        flat = flat.view(self._dtype.np)
    l = self._layout
    size = self._dtype.itemsize if l.numel else 0  # NumPy gives an empty array strides of 0
    return np.lib.stride_tricks.as_strided(flat[l.offset :], l.shape, [s * size for s in l.stride])


@member
def __array__(self, dtype=None, copy=None):
    values = self.numpy()
    if dtype is not None and values.dtype != dtype:
        return values.astype(dtype)
    return values.copy() if copy else values


Tensor.__array_priority__ = 1000


@member
def __array_wrap__(self, array, context=None, return_scalar=False):
    if array.dtype == bool:
        array = array.astype("uint8")
    return from_numpy(np.asarray(array))


# -- JAX and DLPack -------------------------------------------------------------------------------
def from_jax(array) -> Tensor:
    """A tensor holding the value of a `jax.Array` (or tracer). Nothing is copied.

    Differs from PyTorch: no counterpart; the way in from JAX, as ``t.jax()`` is the way out.

    Example:
        >>> import jax.numpy as jnp, jaxtorch as torch
        >>> torch.from_jax(jnp.ones(2))
        tensor([1., 1.])
    """
    if isinstance(array, Tracer):
        return wrap(array, devices.CPU)
    if not isinstance(array, jax.Array):
        raise TypeError(f"from_jax() expects a jax.Array, got {type(array).__name__}")
    return wrap(array, devices.from_jax(next(iter(array.devices()))))


@member
def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if self._layout.flipped and self._dtype.is_complex:
        raise BufferError("Can't export tensors with the conjugate bit set")
    if self._storage.device.type == "cpu" and not isinstance(self._storage.array, Tracer):
        return self.numpy().__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device, copy=copy)
    return self.jax().__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device, copy=copy)


class DLDeviceType(enum.IntEnum):
    """DLPack's numbers of kinds of device."""

    kDLCPU = 1
    kDLCUDA = 2


@member
def __dlpack_device__(self):
    if self._storage.device.type == "cpu":
        return (DLDeviceType.kDLCPU, 0)
    kind, index = self.jax().__dlpack_device__()
    return (DLDeviceType(kind), index)


class _Capsule:
    """A DLPack capsule of CPU memory, as NumPy takes one."""

    def __init__(self, capsule):
        self.capsule = capsule

    def __dlpack__(self, **_):
        return self.capsule

    def __dlpack_device__(self):
        return (DLDeviceType.kDLCPU, 0)


class _Writable:
    """The memory of an array that NumPy takes for read-only: a bare capsule cannot say."""

    def __init__(self, array: np.ndarray):
        self.array = array
        interface = dict(array.__array_interface__)
        interface["data"] = (interface["data"][0], False)
        self.__array_interface__ = interface


def to_dlpack(tensor: Tensor):
    """A DLPack capsule of the tensor's memory; it can be taken once."""
    return tensor.__dlpack__()


def from_dlpack(ext_tensor) -> Tensor:
    """A tensor over memory that another library exports by DLPack (shared on the CPU)."""
    if isinstance(ext_tensor, Tensor):
        ext_tensor.__dlpack__()
        return alias(ext_tensor, ext_tensor._layout)
    if isinstance(ext_tensor, jax.Array):
        return from_jax(ext_tensor)
    if not hasattr(ext_tensor, "__dlpack__"):
        ext_tensor = _Capsule(ext_tensor)
    if ext_tensor.__dlpack_device__()[0] != DLDeviceType.kDLCPU:
        return from_jax(jax.dlpack.from_dlpack(ext_tensor))
    if not isinstance(ext_tensor, _Capsule):
        return from_numpy(np.from_dlpack(ext_tensor))
    try:
        return from_numpy(np.asarray(_Writable(np.from_dlpack(ext_tensor))))
    except (TypeError, ValueError):
        raise RuntimeError(
            "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only once, "
            "so you might have already constructed a tensor from it once."
        ) from None


def _tree_flatten(t: Tensor):
    storage, leaf = t._storage, t._requires_grad and t._grad_fn is None
    whole = t._layout is storage.layout and t._dtype is storage.dtype
    if not whole and isinstance(storage.array, Tracer):
        # a view is read in the trace of its memory: jax.jvp takes results apart after it has left it
        with set_current_trace(storage.array._trace):
            return (t._value(),), (type(t), leaf, storage.device)
    return (t._value(),), (type(t), leaf, storage.device)


def _tree_unflatten(aux, children):
    cls, requires_grad, device = aux
    (value,) = children
    if not isinstance(value, jax.Array):
        # JAX also rebuilds trees around placeholders
        value_like = object.__new__(Tensor)
        value_like.__dict__["_placeholder"] = value
        return value_like
    if not isinstance(value, Tracer):
        device = devices.from_jax(next(iter(value.devices())))
    t = wrap(value, device)
    if cls is not Tensor:
        t.__class__ = cls
    if requires_grad and t._dtype.category > 1:
        t._requires_grad = True
    return t


def _flatten_any(t: Tensor):
    if "_placeholder" in t.__dict__:
        return (t.__dict__["_placeholder"],), (Tensor, False, None)
    return _tree_flatten(t)


def _register_pytree(cls: type) -> None:
    """Let JAX's transforms see through ``cls``."""
    jax.tree_util.register_pytree_node(cls, _flatten_any, _tree_unflatten)


def _init_subclass(cls, **kwargs) -> None:
    super(Tensor, cls).__init_subclass__(**kwargs)
    _register_pytree(cls)


Tensor.__init_subclass__ = classmethod(_init_subclass)  # pyright: ignore[reportAttributeAccessIssue]
_register_pytree(Tensor)


# -- copies and pickles ---------------------------------------------------------------------------
@member
def __deepcopy__(self, memo):
    if self.grad_fn is not None:
        raise RuntimeError(errors.DEEPCOPY)
    if id(self) in memo:
        return memo[id(self)]
    out = object.__new__(type(self))
    if self._layout.flipped:  # as in PyTorch, the copy is of the values: its memory is its own
        values = self.detach().clone()
        out._storage, out._layout, out._dtype = values._storage, values._layout, self._dtype
    else:
        out._storage, out._layout, out._dtype = copy_storage(self._storage, memo), self._layout, self._dtype
    if self._requires_grad:
        out._requires_grad = True
    memo[id(self)] = out
    if self._grad is not None:
        out._grad = copy.deepcopy(self._grad, memo)
    for name, v in self.__dict__.items():
        if name not in CORE_FIELDS:
            out.__dict__[name] = copy.deepcopy(v, memo)
    return out


CORE_FIELDS = {
    "_storage", "_layout", "_dtype", "_requires_grad", "_grad", "_grad_fn", "_output_nr",
    "_accumulator", "_view", "_counter", "_hooks", "_post_accumulate", "_retains_grad", "_inference", "_grad_dtype",
}  # fmt: skip


def copy_storage(storage: Storage, memo: dict) -> Storage:
    """A storage of the same value; tensors that shared one share the copy."""
    found = memo.get(id(storage))
    if found is None:
        # arrays are immutable: the copy shares this one until either side is written
        found = memo[id(storage)] = Storage(storage.read(), storage.layout, storage.dtype, storage.device)
    return found


def warn_if_has_hooks(tensor) -> None:
    """Warn of the hooks of a tensor that would not be saved with it."""
    for hook in (tensor._hooks or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the "
                "function with @torch.utils.hooks.unserializable_hook to suppress this warning",
                stacklevel=3,
            )


@member
def __reduce_ex__(self, protocol):
    warn_if_has_hooks(self)
    state = {k: v for k, v in self.__dict__.items() if k not in CORE_FIELDS}
    cls = None if type(self) is Tensor else type(self)
    l = self._layout
    facts = (Enclosed(self._storage), self._dtype, l, self.requires_grad)
    return _rebuild, (cls, facts, state)


class Enclosed:
    """A storage as one tensor's reduction holds it: `copy.copy` shares it, a pickle has it anew.

    So tensors that share memory have memory of their own after a plain pickle, as in PyTorch;
    `save` and `copy.deepcopy` keep what is shared.
    """

    def __init__(self, storage: Storage):
        self.storage = storage

    def __reduce__(self):
        return self.storage.__reduce__()


def _rebuild(cls, facts, state) -> Tensor:
    """A leaf on a storage."""
    t = object.__new__(cls or Tensor)
    storage, t._dtype, t._layout, requires_grad = facts
    t._storage = storage.storage if type(storage) is Enclosed else storage
    if requires_grad:
        t._requires_grad = True
    t.__dict__.update(state)
    return t


@member
def __repr__(self, *, tensor_contents=None) -> str:
    return text(self, tensor_contents=tensor_contents)


def text(t: Tensor, class_name: str = "tensor", tensor_contents=None) -> str:
    """The text of a tensor, character for character PyTorch's."""
    from . import printing

    value = t.jax()
    if isinstance(value, Tracer):
        return f"{class_name}({value})"
    node = t.grad_fn
    cls = type(t).__name__
    return printing.tensor_text(
        value,
        t._dtype.name,
        default_dtype_name=dtypes.get_default_dtype().name,
        device=None if t._storage.device.type == "cpu" else str(t._storage.device),
        requires_grad=t.requires_grad,
        grad_fn_name=None if node is None else type(node).__name__,
        class_name=class_name if cls in ("Tensor", "Parameter") else cls,
        tensor_contents=tensor_contents,
    )


@member
def __format__(self, spec: str) -> str:
    if self.ndim == 0 and type(self) is Tensor:
        return format(self.item(), spec)
    return object.__format__(self, spec)


__all__ = ["tensor", "as_tensor", "asarray", "frombuffer", "from_numpy", "from_jax", "from_dlpack", "Window"]
