"""Tensor: a storage seen through a layout, with the fields autograd keeps. No op bodies.

Every op, method and operator of the class is attached by `bind` from the op tables; what is
written here is what is not an op: the tensor's own facts and its ways out to Python, NumPy and JAX.
"""

from __future__ import annotations

from operator import index as as_int
from typing import TYPE_CHECKING, Any

import numpy as np

from . import devices, dtypes, modes
from .layout import Layout, contiguous
from .operand import Window, window
from .pending import Pending
from .storage import Storage

_new, _tuple = object.__new__, tuple.__new__


class Size(tuple):
    """The shape of a tensor: a tuple of ints that prints as ``torch.Size([2, 3])``."""

    __slots__ = ()

    def __new__(cls, sizes=()):
        return _tuple(cls, [n if type(n) is int else _checked(n, i) for i, n in enumerate(sizes)])

    def numel(self) -> int:
        """The number of elements a tensor of this shape has."""
        n = 1
        for s in self:
            n *= s
        return n

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, index):
        item = tuple.__getitem__(self, index)
        return _tuple(Size, item) if isinstance(index, slice) else item

    def __add__(self, other):
        if not isinstance(other, tuple):
            return NotImplemented
        return Size(tuple.__add__(self, other))

    def __mul__(self, other):
        return Size(tuple.__mul__(self, other))

    __rmul__ = __mul__

    def __reduce__(self):
        return _size, (tuple(self),)


def _checked(n, place: int) -> int:
    try:
        return as_int(n)
    except TypeError:
        raise TypeError(
            f"torch.Size() takes an iterable of 'int' (item {place} is '{type(n).__name__}')"
        ) from None


def _size(numbers: tuple) -> Size:
    # pickles name this: the class says that it is torch's
    return Size(numbers)


Size.__module__ = "torch"


if TYPE_CHECKING:  # what `bind` attaches from the op tables
    from .._tensor import _TensorBase
else:
    _TensorBase = object


class Tensor(_TensorBase):
    """A multi-dimensional array of one dtype, with strides, views that alias and gradients.

    ``Tensor(sequence)`` and ``Tensor(*sizes)`` are PyTorch's legacy constructors of the default
    dtype; `tensor` is the usual one.
    """

    # Autograd's fields, set on an instance only where they differ from these.
    _requires_grad = False
    _grad: Tensor | None = None
    _grad_fn: Any = None
    _output_nr = 0
    _accumulator: Any = None  # weak reference to the AccumulateGrad node of a leaf
    _view: Any = None  # alias.View of a view that autograd follows
    _counter = None  # a `storage.Counter` (.data, and what left its storage); None: the storage counts
    _hooks = None  # of a leaf: register_hook
    _post_accumulate = None  # of a leaf: register_post_accumulate_grad_hook
    _retains_grad = False
    _grad_dtype: Any = ...  # of a leaf: the dtype of `.grad`; None: any; ...: its own
    _inference = False
    _storage: Storage
    _layout: Layout
    _dtype: dtypes.dtype

    def __new__(cls, *args, **kwargs):
        from .._compat.legacy import construct

        return construct(cls, args, kwargs)

    def __init__(self, *args, **kwargs):
        pass

    # -- facts ---------------------------------------------------------------------------------
    @property
    def shape(self) -> Size:
        return _tuple(Size, self._layout.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        return self._dtype

    @property
    def device(self) -> devices.device:
        return self._storage.device

    @property
    def ndim(self) -> int:
        return len(self._layout.shape)

    @property
    def itemsize(self) -> int:
        return self._dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self._layout.numel * self._dtype.itemsize

    @property
    def is_cuda(self) -> bool:
        return self._storage.device.type == "cuda"

    @property
    def is_cpu(self) -> bool:
        return self._storage.device.type == "cpu"

    @property
    def _version(self) -> int:
        if self._inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return self._writes

    @property
    def _writes(self) -> int:
        """How many writes the version counter has seen."""
        counter = self._counter
        return self._storage.version if counter is None else counter.version

    def _count_write(self) -> None:
        """Count a write in the version counter."""
        (self._counter or self._storage).version += 1

    def _set_version(self, version: int) -> None:
        """Make the version counter forget writes."""
        (self._counter or self._storage).version = version

    def _move(self, storage: Storage, layout: Layout, d: dtypes.dtype) -> None:
        """Become a tensor over other memory; the family of its old views still counts writes together."""
        if self._counter is None and storage is not self._storage:
            self._counter = self._storage.part()
        if modes.state.recorder is not None:
            modes.state.recorder.settle("a tensor is given other memory (.data =, set_)")
        modes.restructured()
        self._storage, self._layout, self._dtype = storage, layout, d

    def data_ptr(self) -> int:
        """A number standing for the address of the first element; equal for aliases."""
        return self._storage.address() + self._layout.offset * self._dtype.itemsize

    def __len__(self) -> int:
        if not self._layout.shape:
            raise TypeError("len() of a 0-d tensor")
        return self._layout.shape[0]

    def __hash__(self) -> int:
        return id(self)

    # -- values --------------------------------------------------------------------------------
    def _operand(self):
        """An immutable snapshot: the array itself, or a Window of it."""
        s = self._storage
        if s.array is None:
            if self._dtype is s.dtype and s.host.shared():
                return s.cut(self._layout)
        elif self._layout is s.layout and self._dtype is s.dtype:
            return s.array
        return window(s, self._layout, self._dtype)

    def _value(self):
        """The value as an array of this tensor's shape; pending while it is recorded."""
        found = self._late_value()
        if type(found) is Pending and (found.array is not None or found.recorder is not modes.state.recorder):
            return found.now()
        return found

    def _late_value(self):
        """The value as an array of this tensor's shape; pending where it has not been computed yet."""
        found = self._operand()
        if type(found) is Window:
            from .dispatch import materialize

            return materialize(found)
        return found

    def _host(self) -> np.ndarray:
        """The value as a read-only ndarray."""
        return np.asarray(self.jax())

    def jax(self):
        """The value as a `jax.Array` of this shape (a snapshot: later writes do not show)."""
        if modes.state.unusual and modes.state.recorder is not None:
            if modes.state.recorder.knows(self._storage.array):
                with modes.outside_recording():
                    return self._value()
            modes.state.recorder.settle()
        return self._value()

    def __jax_array__(self):
        return self.jax()

    def item(self):
        """The value of a tensor of one element as a Python number.

        Raises:
            RuntimeError: the tensor has more or fewer elements.
        """
        if self._layout.numel != 1:
            raise RuntimeError(
                f"a Tensor with {self._layout.numel} elements cannot be converted to Scalar"
            )
        value = self._host().reshape(())
        return value.item() if self._dtype.itemsize > 2 or self._dtype.category < 2 else float(value)

    def tolist(self):
        """The values as nested lists of Python numbers (a number for a 0-dim tensor)."""
        values = self._host()
        if self._dtype.is_floating_point and self._dtype.itemsize < 4:
            values = values.astype(np.float32)
        return values.tolist()

    def __bool__(self) -> bool:
        n = self._layout.numel
        if n != 1:
            raise RuntimeError(
                "Boolean value of Tensor with no values is ambiguous"
                if n == 0
                else "Boolean value of Tensor with more than one value is ambiguous"
            )
        return bool(self._host().reshape(()))

    def __float__(self) -> float:
        return float(self._only_element("double"))

    def __int__(self) -> int:
        return int(self._only_element("int64_t"))

    def __complex__(self) -> complex:
        return complex(self._only_element())

    def _only_element(self, wanted: str | None = None):
        """The value of a tensor of one element, for Python's own conversions."""
        if self._layout.numel != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        value = self.item()
        if wanted is not None and isinstance(value, complex):
            if value.imag:
                raise RuntimeError(f"value cannot be converted to type {wanted} without overflow")
            return value.real
        return value

    def __index__(self) -> int:
        if self._layout.numel != 1 or self._dtype.category > 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    # -- autograd's fields ---------------------------------------------------------------------
    @property
    def grad_fn(self):
        if self._view is not None:
            self._view.refresh(self)
        return self._grad_fn

    @property
    def requires_grad(self) -> bool:
        if self._view is not None:
            return self._requires_grad or self._view.base._requires_grad
        return self._requires_grad

    if TYPE_CHECKING:  # `members` sets it

        @requires_grad.setter
        def requires_grad(self, value: bool) -> None: ...

    @property
    def is_leaf(self) -> bool:
        return self.grad_fn is None

    @property
    def output_nr(self) -> int:
        return self._output_nr

    @property
    def _base(self):
        return None if self._view is None else self._view.base

    def _is_view(self) -> bool:
        return self._view is not None

    def is_inference(self) -> bool:
        return self._inference


Tensor.__module__ = "torch"


def wrap(array, device: devices.device) -> Tensor:
    """A fresh tensor over ``array``, dense in the array's own dimension order."""
    return wrap_as(array, contiguous(array.shape), dtypes.lookup_numpy(array.dtype), device)


def wrap_as(array, layout: Layout, d: dtypes.dtype, device: devices.device) -> Tensor:
    """A fresh tensor over ``array`` whose dimensions lie in memory as ``layout`` (dense) says."""
    t = _new(Tensor)
    t._storage = Storage(array, layout, d, device)
    t._layout = layout
    t._dtype = d
    if modes.state.unusual:
        note_fresh(t)
    return t


def note_fresh(t: Tensor) -> None:
    """What unusual modes want of a tensor just made."""
    if modes.state.inference:
        t._inference = True
    if modes.state.recorder is not None:
        modes.state.recorder.made.add(id(t))


def alias(source: Tensor, layout: Layout, d: dtypes.dtype | None = None) -> Tensor:
    """Another tensor on the same storage and version counter, outside autograd."""
    t = _new(Tensor)
    t._storage = source._storage
    t._layout = layout
    t._dtype = source._dtype if d is None else d
    if source._counter is not None:
        t._counter = source._counter
    if source._inference:
        t._inference = True
    if modes.state.unusual and modes.state.recorder is not None:
        modes.state.recorder.made.add(id(t))
    return t
