"""Pickles as PyTorch writes them: tensors as views of numbered storages, names under ``torch``.

`Writer` gives the bytes real PyTorch reads. `SafeReader` is an interpreter of few opcodes that
calls nothing outside an allow-list; `TrustingReader` is the ordinary one, for files that the user
trusts. Both find this package's objects under PyTorch's names.
"""

# The fields of the pickler written in Python are not in its type stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import copyreg
import importlib
import io
import operator
import pickle
from collections import Counter, OrderedDict
from collections.abc import Callable

from .._core import devices, dtypes, formats
from .._core.composed import Composed
from .._core.layout import layout as make_layout
from .._core.layout import required_size
from .._core.memory import LEGACY_STORAGES, TypedStorage, UntypedStorage
from .._core.storage import Storage
from .._core.tensor import Size, Tensor
from .._ops.quantization import channels
from .._quantized.tensor import Quantized, Quantizer, quantized
from .._sparse.copies import rebuild_sparse_tensor, saved_form
from .._sparse.tensor import SparseTensor

_STORAGE_DTYPES = {name: cls.dtype for name, cls in LEGACY_STORAGES.items()}
_STORAGE_NAMES = {d: name for name, d in _STORAGE_DTYPES.items()}
_STORAGE_NAMES.update({d: f"{d.title}Storage" for d in dtypes.QUANTIZED})


class Global:
    """A name to write in a pickle without importing it: ``torch._utils._rebuild_tensor_v2``."""

    def __init__(self, module: str, name: str):
        self.module, self.name = module, name
        self.__name__ = name

    def __call__(self, *args):
        raise TypeError(f"{self.module}.{self.name} stands in a pickle and cannot be called")


_names: dict[tuple[str, str], Global] = {}


def _global(module: str, name: str) -> Global:
    return _names.setdefault((module, name), Global(module, name))


class StorageRef:
    """A storage as a pickle refers to it."""

    def __init__(self, storage: Storage, d: dtypes.dtype):
        self.storage, self.dtype = storage, d


class Writer(pickle._Pickler):
    """Pickles objects in PyTorch's form, gathering the storages their tensors are views of."""

    def __init__(self, file, protocol: int = 2):
        super().__init__(file, protocol)
        self.keys: dict[int, str] = {}
        self.storages: list[Storage] = []

    def key_of(self, storage: Storage) -> str:
        key = self.keys.get(id(storage))
        if key is None:
            key = self.keys[id(storage)] = str(len(self.storages))
            self.storages.append(storage)
        return key

    def persistent_id(self, obj):
        if isinstance(obj, (TypedStorage, UntypedStorage)):
            d = obj.dtype if isinstance(obj, TypedStorage) else None
            obj = StorageRef(obj._storage, d)
        if not isinstance(obj, StorageRef):
            return None
        storage, d = obj.storage, obj.dtype
        if d is None:
            kind, count = _global("torch.storage", "UntypedStorage"), storage.nbytes
        else:
            kind, count = _global("torch", _STORAGE_NAMES[d]), storage.nbytes // d.itemsize
        return ("storage", kind, self.key_of(storage), str(storage.device), count)

    def reducer_override(self, obj):
        kind = type(obj)
        if isinstance(obj, Tensor):
            return self.reduce_tensor(obj)
        if (kind.__module__ or "").startswith("torch.nn.") and hasattr(kind, "__getstate__"):
            # one of our classes, under the name PyTorch has for it
            return (copyreg.__newobj__, (kind,), obj.__getstate__())
        if kind is formats.layout:
            return (_global("torch.serialization", "_get_layout"), (repr(obj),))
        if kind is Size:
            return (Size, (tuple(obj),))
        if kind is devices.device:
            return (devices.device, (obj.type,) if obj.index is None else (obj.type, obj.index))
        return NotImplemented

    def reduce_tensor(self, t: Tensor):
        from ..nn.parameter import Parameter

        if t.requires_grad and t.grad_fn is not None and type(t) is not Tensor and not isinstance(t, SparseTensor):
            raise RuntimeError("a tensor subclass with history cannot be saved")
        hooks: OrderedDict = OrderedDict()
        if isinstance(t, Parameter):
            rebuild = _global("torch._utils", "_rebuild_parameter")
            return (rebuild, (t.detach().as_subclass(Tensor), t.requires_grad, hooks))
        if isinstance(t, SparseTensor):
            return (_global("torch._utils", "_rebuild_sparse_tensor"), saved_form(t))
        if isinstance(t, Quantized):
            ref = StorageRef(t._parts[0]._storage, t._dtype)
            told = (ref, t._layout.offset, t._layout.shape, t._layout.stride, t._quantizer.told(), False, hooks)
            return (_global("torch._utils", "_rebuild_qtensor"), told)
        if isinstance(t, Composed):
            raise NotImplementedError(f"torch.save of a {t._kind} tensor: save what it is made of, or use pickle")
        d = t._dtype
        if d in _STORAGE_NAMES:
            rebuild, extra = _global("torch._utils", "_rebuild_tensor_v2"), ()
            ref = StorageRef(t._storage, d)
        else:
            rebuild, extra = _global("torch._utils", "_rebuild_tensor_v3"), (_global("torch", d.name),)
            ref = StorageRef(t._storage, None)
        if t._layout.flipped:
            extra = (*extra, {"conj" if d.is_complex else "neg": True})
        args = (ref, t._layout.offset, t._layout.shape, t._layout.stride, t.requires_grad, hooks, *extra)
        return (rebuild, args)

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Global):
            self.write_global(obj, obj.module, obj.name)
            return
        if isinstance(obj, (dtypes.dtype, formats.memory_format, formats.qscheme)):
            self.save(_global("torch", obj.name))
            return
        super().save(obj, save_persistent_id)

    def write_global(self, obj, module: str, name: str) -> None:
        found = self.memo.get(id(obj))
        if found is not None:
            self.write(self.get(found[0]))
            return
        self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    def save_global(self, obj, name=None):
        module = getattr(obj, "__module__", None) or ""
        root = module.partition(".")[0]
        if root in ("torch", "jaxtorch"):
            owner, _, last = (name or obj.__qualname__).rpartition(".")
            if owner:  # a method, a class in a class
                owner = operator.attrgetter(owner)(importlib.import_module("jaxtorch" + module[len(root) :]))
                self.save_reduce(getattr, (owner, last), obj=obj)
            else:
                self.write_global(obj, "torch" + module[len(root) :], last)
            return
        super().save_global(obj, name)

    dispatch = {**pickle._Pickler.dispatch, type: save_global, type(lambda: None): save_global}  # pyright: ignore


def dumps(obj, protocol: int = 2) -> tuple[bytes, list[Storage]]:
    """(the pickle, the storages it refers to, in the order of their keys)."""
    out = io.BytesIO()
    writer = Writer(out, protocol)
    writer.dump(obj)
    return out.getvalue(), writer.storages


# -- reading --------------------------------------------------------------------------------------
def _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks, metadata=None):
    if isinstance(storage, UntypedStorage):
        raise pickle.UnpicklingError("a tensor of this form names a typed storage")
    return _rebuild(storage._storage, storage.dtype, offset, size, stride, requires_grad, metadata)


def _rebuild_tensor_v3(storage, offset, size, stride, requires_grad, backward_hooks, dtype, metadata=None):
    return _rebuild(storage._storage, dtype, offset, size, stride, requires_grad, metadata)


def _rebuild_qtensor(storage, offset, size, stride, quantizer, requires_grad, backward_hooks):
    scheme, scale, zero_point, *axis = quantizer
    integers = _rebuild(storage._storage, storage.dtype, offset, size, stride, False)
    kind = next(d for d in dtypes.QUANTIZED if d.integers is storage.dtype)
    # PyTorch's files name one scheme of channels, whatever their zero points are
    quantizer = channels(size, scale, zero_point, *axis) if axis else Quantizer(scheme, scale, zero_point)
    return quantized(integers, kind, quantizer)


def _rebuild_tensor(storage, offset, size, stride):
    return _rebuild(storage._storage, storage.dtype, offset, size, stride, False)


def _rebuild(storage: Storage, d, offset, size, stride, requires_grad, metadata=None):
    numbers = (offset, *size, *stride)
    if not all(isinstance(n, int) and n >= 0 for n in numbers) or len(size) != len(stride):
        raise RuntimeError(f"a tensor of size {list(size)}, stride {list(stride)} and offset {offset} is not valid")
    view = make_layout(tuple(size), tuple(stride), offset)
    if required_size(view) * d.itemsize > storage.nbytes:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize "
            f"{d.itemsize} requiring a storage size of {required_size(view) * d.itemsize} are out of bounds "
            f"for storage of size {storage.nbytes}"
        )
    t = object.__new__(Tensor)
    t._storage, t._dtype = storage, d
    t._layout = view.flip() if (metadata or {}).get("conj" if d.is_complex else "neg") else view
    if requires_grad and d.category > 1:
        t._requires_grad = True
    return t


def _rebuild_parameter(data, requires_grad, backward_hooks):
    from ..nn.parameter import Parameter

    return Parameter(data, requires_grad)


def _rebuild_parameter_with_state(data, requires_grad, backward_hooks, state):
    made = _rebuild_parameter(data, requires_grad, backward_hooks)
    return _with_state(made, state)


def _rebuild_from_type_v2(func, new_type, args, state):
    made = func(*args)
    if type(made) is not new_type:
        made = made.as_subclass(new_type)
    return _with_state(made, state)


def _with_state(made, state):
    attributes = state[0] if isinstance(state, tuple) else state
    for name, v in (attributes or {}).items():
        if not name.startswith("_"):
            setattr(made, name, v)
    return made


def _get_layout(name: str):
    found = getattr(formats, name.removeprefix("torch."), None)
    if not isinstance(found, formats.layout):
        raise pickle.UnpicklingError(f"unknown layout {name}")
    return found


_REBUILD = {
    ("torch._utils", f.__name__): f
    for f in (
        _rebuild_qtensor, _rebuild_tensor, _rebuild_tensor_v2, _rebuild_tensor_v3, _rebuild_parameter,
        _rebuild_parameter_with_state,
    )
}  # fmt: skip
_ALLOWED: dict[tuple[str, str], object] = {
    **_REBUILD,
    ("torch._utils", "_rebuild_sparse_tensor"): rebuild_sparse_tensor,
    ("torch._tensor", "_rebuild_from_type_v2"): _rebuild_from_type_v2,
    ("torch.serialization", "_get_layout"): _get_layout,
    ("torch.storage", "UntypedStorage"): UntypedStorage,
    ("torch.storage", "TypedStorage"): TypedStorage,
    ("torch", "Size"): Size,
    ("torch", "device"): devices.device,
    ("torch", "Tensor"): Tensor,
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "Counter"): Counter,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("builtins", "bytearray"): bytearray,
    ("builtins", "complex"): complex,
    ("__builtin__", "complex"): complex,  # as protocol 2 names it
    **{("torch", d.name): d for d in (*dtypes.ALL, *dtypes.QUANTIZED)},
    **{("torch", _STORAGE_NAMES[d]): LEGACY_STORAGES[_STORAGE_NAMES[d.integers]] for d in dtypes.QUANTIZED},
    **{("torch", name): cls for name, cls in LEGACY_STORAGES.items()},
    **{
        ("torch", f.name): f
        for f in (formats.contiguous_format, formats.channels_last, formats.channels_last_3d,
                  formats.preserve_format, formats.strided, *formats.SPARSE,
                  *formats.SCHEMES)
    },
}  # fmt: skip
_BLOCKED = ("sys", "os", "posix", "nt", "subprocess", "builtins", "importlib", "shutil")


def _encode(text: str, encoding: str) -> bytes:
    # how protocol 2 writes bytes
    return text.encode(encoding)


_ALLOWED["_codecs", "encode"] = _encode


def _allowed_with_nn() -> dict:
    from ..nn.parameter import Buffer, Parameter

    return {
        **_ALLOWED,
        ("torch.nn.parameter", "Parameter"): Parameter,
        ("torch.nn.parameter", "Buffer"): Buffer,
    }


class SafeReader(pickle._Unpickler):
    """An unpickler for data: opcodes that build containers, and calls of allowed names only."""

    def __init__(self, file, load_storage: Callable, extra: dict):
        super().__init__(file, encoding="utf-8")
        self.load_storage = load_storage
        self.extra = extra
        self.allowed = {**_allowed_with_nn(), **extra}
        self.callable = set(map(id, self.allowed.values()))

    def persistent_load(self, saved_id):
        return self.load_storage(saved_id)

    def find_class(self, module: str, name: str):
        found = self.allowed.get((module, name))
        if found is not None:
            return found
        if module.partition(".")[0] in _BLOCKED:
            raise Blocked(f"Trying to load unsupported GLOBAL {module}.{name} whose module {module} is blocked.")
        full = f"{module}.{name}"
        raise pickle.UnpicklingError(
            f"Unsupported global: GLOBAL {full} was not an allowed global by default. Please use "
            f"`torch.serialization.add_safe_globals([{full}])` or the "
            f"`torch.serialization.safe_globals([{full}])` context manager to allowlist this global if you "
            "trust this class/function."
        )

    def load_reduce(self):
        args = self.stack.pop()
        func = self.stack[-1]
        if id(func) not in self.callable or isinstance(func, (dtypes.dtype, formats.memory_format)):
            raise pickle.UnpicklingError(f"Trying to call reduce for unrecognized function {func}")
        if not isinstance(args, tuple):
            raise pickle.UnpicklingError("the arguments of a call are not a tuple")
        self.stack[-1] = func(*args)

    def load_newobj(self):
        args = self.stack.pop()
        cls = self.stack.pop()
        if id(cls) not in self.callable or not isinstance(cls, type):
            raise pickle.UnpicklingError(f"Trying to create new object for unrecognized class {cls}")
        self.append(cls.__new__(cls, *args))

    def load_build(self):
        state = self.stack.pop()
        inst = self.stack[-1]
        if type(inst) is OrderedDict:
            inst.__dict__.update(state)
        elif isinstance(inst, Tensor) and isinstance(state, dict):
            _with_state(inst, state)
        elif type(inst) in self.extra.values():
            if hasattr(inst, "__setstate__"):
                inst.__setstate__(state)
            else:
                inst.__dict__.update(state)
        else:
            raise pickle.UnpicklingError(
                "Can only build Tensor, Parameter, OrderedDict or types allowlisted via `add_safe_globals`, "
                f"but got {type(inst)}"
            )


def _refuse(opcode: int):
    def load(self):
        raise pickle.UnpicklingError(f"Unsupported operand {opcode}")

    return load


_SAFE_OPCODES = {
    "PROTO", "STOP", "MARK", "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1",
    "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING", "BINSTRING", "BINBYTES", "SHORT_BINBYTES",
    "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "EMPTY_DICT", "EMPTY_SET",
    "SETITEM", "SETITEMS", "APPEND", "APPENDS", "ADDITEMS", "BINPUT", "LONG_BINPUT", "BINGET",
    "LONG_BINGET", "GLOBAL", "REDUCE", "NEWOBJ", "BUILD", "BINPERSID",
}  # fmt: skip
_safe = {getattr(pickle, name)[0] for name in _SAFE_OPCODES}
SafeReader.dispatch = {
    code: handler if code in _safe else _refuse(code) for code, handler in pickle._Unpickler.dispatch.items()
}
SafeReader.dispatch[pickle.REDUCE[0]] = SafeReader.load_reduce
SafeReader.dispatch[pickle.NEWOBJ[0]] = SafeReader.load_newobj
SafeReader.dispatch[pickle.BUILD[0]] = SafeReader.load_build


class Blocked(pickle.UnpicklingError):
    """A name from a module that no allow-list may open."""


class TrustingReader(pickle._Unpickler):
    """The ordinary unpickler, with PyTorch's names found in this package."""

    def __init__(self, file, load_storage: Callable, encoding: str = "utf-8"):
        super().__init__(file, encoding=encoding)
        self.load_storage = load_storage

    def persistent_load(self, saved_id):
        return self.load_storage(saved_id)

    def find_class(self, module: str, name: str):
        found = _allowed_with_nn().get((module, name))
        if found is not None:
            return found
        if module.partition(".")[0] == "torch":
            module = "jaxtorch" + module[len("torch") :]
        return super().find_class(module, name)


def storage_kind(marker) -> dtypes.dtype | None:
    """The dtype a pickle's storage class stands for; None for untyped bytes."""
    if marker is UntypedStorage:
        return None
    if isinstance(marker, type) and issubclass(marker, TypedStorage) and hasattr(marker, "dtype"):
        return marker.dtype
    raise pickle.UnpicklingError(f"{marker} is not a storage type")


__all__ = ["SafeReader", "TrustingReader", "Writer", "dumps", "storage_kind"]
