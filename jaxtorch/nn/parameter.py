"""Parameter and Buffer: the tensors a Module keeps."""

from __future__ import annotations

from .._core.bind import DISABLED, PLAIN, PLAIN_OR_NUMBER
from .._core.exchange import copy_storage, register_pytree, text
from .._core.tensor import Tensor


class _ParameterMeta(type(Tensor)):
    """isinstance of Parameter also holds for subclasses of Tensor marked as parameters."""

    def __instancecheck__(cls, instance) -> bool:
        if super().__instancecheck__(instance):
            return True
        return cls is Parameter and isinstance(instance, Tensor) and getattr(instance, "_is_param", False)


class Parameter(Tensor, metaclass=_ParameterMeta):
    """A tensor that a Module counts among its parameters when assigned to it.

    Args:
        data: its value; the memory is shared, not copied.
        requires_grad: whether autograd follows it.
    """

    __torch_function__ = DISABLED

    def __new__(cls, data=None, requires_grad: bool = True):
        if data is None:
            data = Tensor()
        if type(data) is Tensor or type(data) is Parameter:
            out = data.detach()
            out.__class__ = cls
            return out.requires_grad_(requires_grad)
        out = data.detach()
        if type(out) is not type(data):
            raise RuntimeError(
                f"Creating a Parameter from an instance of type {type(data).__name__} requires that "
                "detach() returns an instance of the same type, but return type "
                f"{type(out).__name__} was found instead."
            )
        out._is_param = True
        return out.requires_grad_(requires_grad)

    def __deepcopy__(self, memo):
        if id(self) in memo:
            return memo[id(self)]
        out = object.__new__(type(self))
        out._storage = copy_storage(self._storage, memo)
        out._layout, out._dtype = self._layout, self._dtype
        out._requires_grad = self._requires_grad
        memo[id(self)] = out
        return out

    def __repr__(self, *, tensor_contents=None) -> str:
        return "Parameter containing:\n" + text(self)

    def __reduce_ex__(self, proto):
        return (_rebuild_parameter, (self.data.detach(), self._requires_grad))


def _rebuild_parameter(data, requires_grad):
    return Parameter(data, requires_grad)


class Buffer(Tensor, metaclass=type(Tensor)):
    """A tensor that a Module counts among its buffers when assigned to it.

    Args:
        data: its value.
        persistent: whether state_dict holds it.
    """

    def __new__(cls, data=None, *, persistent: bool = True):
        out = Tensor() if data is None else data.detach().requires_grad_(data.requires_grad)
        out.persistent = persistent
        out._is_buffer = True
        return out


Parameter.__module__ = Buffer.__module__ = "torch.nn.parameter"
PLAIN.add(Parameter)
PLAIN_OR_NUMBER.add(Parameter)
register_pytree(Parameter)
