"""Parameter and Buffer: the tensors a Module keeps, and the ones whose shape is not known yet."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from .._core.bind import DISABLED, PLAIN, PLAIN_OR_NUMBER
from .._core.exchange import copy_storage, text
from .._core.override import make_subclass
from .._core.tensor import Tensor, alias
from ._namespace import torch

__all__ = [
    "Parameter", "UninitializedParameter", "is_lazy", "Buffer", "UninitializedBuffer",
    "UninitializedTensorMixin",
]  # fmt: skip


class _MarkedMeta(type(Tensor)):
    """isinstance also holds for tensors of other classes that carry the class's mark."""

    def __instancecheck__(cls, instance) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        mark = cls.__dict__.get("_mark")
        return mark is not None and isinstance(instance, Tensor) and getattr(instance, mark, False)


class Parameter(Tensor, metaclass=_MarkedMeta):
    """A tensor that a Module counts among its parameters when assigned to it.

    Args:
        data: its value; the memory is shared, not copied.
        requires_grad: whether autograd follows it, also under `no_grad`.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.Parameter(torch.ones(2))
        Parameter containing:
        tensor([1., 1.], requires_grad=True)
    """

    _mark = "_is_param"
    __torch_function__ = DISABLED

    def __new__(cls, data=None, requires_grad: bool = True):
        if data is None:
            data = torch.empty(0)
        if type(data) is Tensor or type(data) is Parameter:
            return make_subclass(cls, data, requires_grad)
        out = data.detach().requires_grad_(requires_grad)
        if type(out) is not type(data):
            raise RuntimeError(
                f"Creating a Parameter from an instance of type {type(data).__name__} requires "
                "that detach() returns an instance of the same type, but return type "
                f"{type(out).__name__} was found instead. To use the type as a Parameter, please "
                "correct the detach() semantics defined by its __torch_dispatch__() "
                "implementation."
            )
        out._is_param = True
        return out

    def __deepcopy__(self, memo):
        found = memo.get(id(self))
        if found is None:
            found = memo[id(self)] = type(self)(_copied(self), self._requires_grad)
        return found

    def __repr__(self) -> str:
        return "Parameter containing:\n" + text(self)

    def __reduce_ex__(self, proto):
        state = {k: v for k, v in self.__dict__.items() if not k.startswith("_")}
        hooks = OrderedDict()  # hooks are not part of what a parameter is
        if state:
            return _rebuild_parameter_with_state, (self.data, self._requires_grad, hooks, state)
        return _rebuild_parameter, (self.data, self._requires_grad, hooks)


def _copied(t: Tensor) -> Tensor:
    """A tensor of the same value in memory of its own."""
    if t._layout is not t._storage.layout:
        return t.data.clone()
    out = alias(t, t._layout)
    out._storage, out._counter = copy_storage(t._storage, {}), None
    return out


def _rebuild_parameter(data, requires_grad, backward_hooks):
    return Parameter(data, requires_grad)


def _rebuild_parameter_with_state(data, requires_grad, backward_hooks, state):
    out = Parameter(data, requires_grad)
    out.__dict__.update(state)
    return out


class Buffer(Tensor, metaclass=_MarkedMeta):
    """A tensor that a Module counts among its buffers when assigned to it.

    Args:
        data: its value.
        persistent: whether state_dict holds it.
    """

    _mark = "_is_buffer"
    __torch_function__ = DISABLED
    persistent: bool

    def __new__(cls, data=None, *, persistent: bool = True):
        if data is None:
            data = torch.empty(0)
        out: Any = data.detach().requires_grad_(data.requires_grad)
        out.persistent = persistent
        out._is_buffer = True
        return out


# -- lazy ones ------------------------------------------------------------------------------------
_CONVERSIONS = (
    "__hash__", "size", "copy_", "is_complex", "is_floating_point", "half", "float", "double",
    "char", "short", "int", "long", "cuda", "cpu", "to", "get_device",
)  # fmt: skip


class UninitializedTensorMixin:
    """What holds for a parameter or buffer whose shape is still unknown."""

    cls_to_become: type

    if TYPE_CHECKING:  # the tensor's, from the other base

        def __getattr__(self, name: str) -> Any: ...

    def materialize(self, shape, device=None, dtype=None) -> None:
        """Become an ordinary parameter or buffer of this shape, of uninitialised values."""
        self.data = torch.empty(shape, device=device or self.device, dtype=dtype or self._dtype)
        self.__class__ = self.cls_to_become

    @property
    def shape(self):
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually "
            "happens in `load_state_dict` when trying to load an uninitialized parameter into an "
            "initialized one. Call `forward` to initialize the parameters before accessing their "
            "attributes."
        )

    def numel(self):
        return self.__torch_function__(Tensor.numel, (type(self),))

    def share_memory_(self):
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to "
            "initialize the parameters before calling `module.share_memory()`."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, proto):
        return type(self), (self._requires_grad,)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if any(func is getattr(Tensor, name, None) for name in _CONVERSIONS):
            return super().__torch_function__(func, types, args, kwargs)  # pyright: ignore[reportAttributeAccessIssue]
        raise ValueError(
            f"Attempted to use an uninitialized parameter in {func}. This error happens when you "
            "are using a `LazyModule` or explicitly manipulating "
            f"`torch.nn.parameter.{cls.__name__}` objects. When using LazyModules Call `forward` "
            "with a dummy batch to initialize the parameters before calling torch functions"
        )


def is_lazy(param) -> bool:
    """Whether ``param`` is a parameter or buffer whose shape is still unknown."""
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter whose shape is not known yet: it can be moved, cast and materialised, no more."""

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device=None, dtype=None):
        return make_subclass(cls, torch.empty(0, device=device, dtype=dtype), requires_grad)

    def __deepcopy__(self, memo):
        found = memo.get(id(self))
        if found is None:
            found = memo[id(self)] = type(self)(self._requires_grad, self.device, self._dtype)
        return found


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer whose shape is not known yet: it can be moved, cast and materialised, no more."""

    cls_to_become = Tensor

    def __new__(cls, requires_grad: bool = False, device=None, dtype=None, persistent: bool = True):
        out: Any = make_subclass(cls, torch.empty(0, device=device, dtype=dtype), requires_grad)
        out.persistent = persistent
        out._is_buffer = True
        return out


PLAIN.add(Parameter)
PLAIN_OR_NUMBER.add(Parameter)
