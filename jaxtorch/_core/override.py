"""``__torch_function__``: how subclasses of Tensor, and modes, take part in every public call."""

from __future__ import annotations

from . import modes
from .alias import view
from .bind import DISABLED, as_given, no_implementation, overridden, overrides
from .composed import Composed
from .spec import views
from .tensor import Tensor, alias


class DisableTorchFunctionSubclass:
    """Inside, ``__torch_function__`` of arguments is not asked."""

    def __enter__(self):
        self.previous, modes.state.torch_function = modes.state.torch_function, False

    def __exit__(self, *_):
        modes.state.torch_function = self.previous


class DisableTorchFunction(DisableTorchFunctionSubclass):
    """Inside, neither ``__torch_function__`` of arguments nor modes are asked."""

    def __enter__(self):
        super().__enter__()
        self.held, modes.state.function_modes = modes.state.function_modes, ()

    def __exit__(self, *_):
        super().__exit__(*_)
        modes.state.function_modes = self.held


class TorchFunctionMode:
    """A context manager whose ``__torch_function__(func, types, args, kwargs)`` sees every public call.

    Example:
        >>> import jaxtorch as torch
        >>> class Count(torch.overrides.TorchFunctionMode):
        ...     calls = 0
        ...     def __torch_function__(self, func, types, args=(), kwargs=None):
        ...         self.calls += 1
        ...         return func(*args, **(kwargs or {}))
        >>> with Count() as count:
        ...     y = torch.tensor([1.0]).add(1)
        >>> count.calls
        1
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        raise NotImplementedError

    def __enter__(self):
        modes.state.function_modes = (*modes.state.function_modes, self)
        return self

    def __exit__(self, *_):
        modes.state.function_modes = modes.state.function_modes[:-1]


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that changes nothing."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


_nowrap: set = set()


def default_nowrap() -> set:
    """The members whose results stay as they are in subclasses."""
    if not _nowrap:
        _nowrap.update({vars(Tensor)["grad"].fget, vars(Tensor)["_base"].fget})
    return _nowrap


def convert(result, cls: type):
    """``result`` (or the tensors inside it) as instances of ``cls``."""
    if cls is Tensor:
        return result
    if isinstance(result, Tensor):
        if not isinstance(result, cls):
            result.__class__ = cls
        return result
    if isinstance(result, (tuple, list)):
        for r in result:
            convert(r, cls)
    return result


def _torch_function(cls, func, types, args=(), kwargs=None):
    if not all(issubclass(cls, t) for t in types):
        return NotImplemented
    with DisableTorchFunctionSubclass():
        result = func(*args, **(kwargs or {}))
        if func in default_nowrap() or any(result is a for a in args):
            return result
        return convert(result, cls)


Tensor.__torch_function__ = classmethod(_torch_function)


def _check_subclass(cls) -> None:
    if not isinstance(cls, type):
        raise TypeError(f"cls must be a type (got {type(cls).__name__})")
    if not issubclass(cls, Tensor):
        raise TypeError(
            "Creating a Tensor subclass from a class that does not inherit from Tensor is not possible. "
            "Make sure your class inherits from Tensor."
        )


def as_subclass(self, cls):
    """A view of the whole tensor as an instance of ``cls``."""
    _check_subclass(cls)
    out = view(views["alias"], self)
    out.__class__ = cls
    return out


def make_subclass(cls, data, require_grad: bool = False):
    """The memory of ``data`` as a leaf of class ``cls``."""
    _check_subclass(cls)
    if not isinstance(data, Tensor):
        raise TypeError(f"_make_subclass(): argument 'data' (position 2) must be Tensor, not {type(data).__name__}")
    if require_grad and data._dtype.category < 2:
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    if isinstance(data, Composed):
        raise NotImplementedError(f"{cls.__name__} of a sparse tensor: a subclass of Tensor has memory of its own here")
    out = alias(data, data._layout)
    out.__class__ = cls
    out._requires_grad = bool(require_grad)
    return out


# Not open to ``__torch_function__``, which would make the class that of `self` again.
Tensor.as_subclass = as_subclass
Tensor._make_subclass = staticmethod(make_subclass)  # pyright: ignore[reportAttributeAccessIssue]


def has_torch_function(relevant_args) -> bool:
    """Whether any of the arguments overrides functions."""
    if modes.state.function_modes:
        return True
    return modes.state.torch_function and any(overrides(type(a)) for a in relevant_args)


def handle_torch_function(public_api, relevant_args, *args, **kwargs):
    """Let the classes of the relevant arguments run ``public_api(*args, **kwargs)``."""
    taken, result = overridden(public_api, args, kwargs, tuple(relevant_args), spell=as_given)
    if taken:
        return result
    types = [type(a) for a in relevant_args if isinstance(a, Tensor) and type(a).__torch_function__ is not DISABLED]
    if not types:
        raise no_implementation(public_api, types)
    return Tensor.__torch_function__(public_api, types, args, kwargs)


__all__ = ["DISABLED", "TorchFunctionMode", "DisableTorchFunctionSubclass"]
