"""Turning gradients on and off: context managers that are decorators too."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any, Self, TypeVar, overload

from .._core import modes
from .._core.tensor import Tensor

_Function = TypeVar("_Function", bound=Callable)

#: The dual tensors of the forward-mode gradients under way, with their directions (see `forward_ad`).
directions: list[tuple[Tensor, Tensor]] = []

UNTAPED = (
    "no_grad, inference_mode or set_grad_enabled(False) while there are dual tensors: forward-mode gradients are found "
    "on the tape. Compute outside of it, and detach the results"
)


def _stop_taping() -> None:
    """Taping is about to be turned off."""
    if directions:
        raise NotImplementedError(UNTAPED)


class DecoratorContext:
    """A context manager over the thread's modes that also decorates functions and generators."""

    __enter__: Any
    __exit__: Any

    def clone(self):
        return type(self)()

    def __call__(self, function) -> Any:
        if inspect.isclass(function):
            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only "
                "decorate functions or methods. To preserve the current behavior of class decoration, you "
                "can directly decorate the `__init__` method and nothing else.",
                FutureWarning,
                stacklevel=2,
            )
        if inspect.isgeneratorfunction(function):
            return self._wrap_generator(function)

        @functools.wraps(function)
        def decorated(*args, **kwargs):
            with self.clone():
                return function(*args, **kwargs)

        return decorated

    def _wrap_generator(self, function):
        @functools.wraps(function)
        def decorated(*args, **kwargs):
            generator = function(*args, **kwargs)
            send, value = generator.send, None
            while True:
                try:
                    with self.clone():
                        item = send(value)
                except StopIteration as stop:
                    return stop.value
                try:
                    value = yield item
                    send = generator.send
                except GeneratorExit:
                    with self.clone():
                        generator.close()
                    raise
                except BaseException as error:  # noqa: B036 - handed to the generator as it came
                    send, value = generator.throw, error

        return decorated


class no_grad(DecoratorContext):  # noqa: N801
    """Operations inside are not taped: results require no gradient.

    Example:
        >>> import jaxtorch as torch
        >>> x = torch.tensor([1.0], requires_grad=True)
        >>> with torch.no_grad():
        ...     y = x * 2
        >>> y.requires_grad
        False
    """

    @overload
    def __new__(cls, function: None = None) -> Self: ...
    @overload
    def __new__(cls, function: _Function) -> _Function: ...
    def __new__(cls, function: Any = None) -> Any:
        self = object.__new__(cls)
        return self(function) if function is not None else self

    def __enter__(self):
        _stop_taping()
        self.previous, modes.state.grad = modes.state.grad, False

    def __exit__(self, *_):
        modes.state.grad = self.previous


class enable_grad(no_grad):  # noqa: N801
    """Operations inside are taped, also within a no_grad block."""

    def __enter__(self):
        self.previous, modes.state.grad = modes.state.grad, True


class set_grad_enabled(DecoratorContext):  # noqa: N801
    """Set taping on or off, for a block or (called as a function) from now on."""

    def __init__(self, mode: bool):
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        if not mode:
            _stop_taping()
        self.mode = mode
        self.previous = modes.state.grad
        modes.state.grad = self.mode

    def clone(self):
        return type(self)(self.mode)

    def __call__(self, function):
        modes.state.grad = self.previous  # as a decorator it acts at the call, not now
        return super().__call__(function)

    def __enter__(self):
        modes.state.grad = self.mode

    def __exit__(self, *_):
        modes.state.grad = self.previous

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"


class inference_mode(DecoratorContext):  # noqa: N801
    """As no_grad; what is created inside can never enter autograd."""

    mode: bool

    @overload
    def __new__(cls, mode: bool = True) -> Self: ...
    @overload
    def __new__(cls, mode: _Function) -> _Function: ...
    def __new__(cls, mode: Any = True) -> Any:
        self = object.__new__(cls)
        self.mode = mode if isinstance(mode, bool) else True
        return self if isinstance(mode, bool) else self(mode)

    def clone(self):
        return type(self)(self.mode)

    def __enter__(self):
        if self.mode:
            _stop_taping()
        state = modes.state
        self.previous = (state.grad, state.inference)
        state.grad, state.inference = not self.mode, self.mode

    def __exit__(self, *_):
        modes.state.grad, modes.state.inference = self.previous


class set_multithreading_enabled(DecoratorContext):  # noqa: N801
    """Say whether the backward pass may run on threads of its own, for a block or from now on.

    Differs from PyTorch: its Python runs on the thread that calls it in either case; XLA has threads of its own.
    """

    def __init__(self, mode: bool):
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_multithreading_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        self.mode, self.previous = mode, modes.state.multithreading
        modes.state.multithreading = mode

    def clone(self):
        return type(self)(self.mode)

    def __enter__(self):
        pass

    def __exit__(self, *_):
        modes.state.multithreading = self.previous


class _unsafe_preserve_version_counter(DecoratorContext):  # noqa: N801
    """Writes inside are not counted in the versions of ``tensors``."""

    def __init__(self, tensors):
        self.tensors = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)

    def clone(self):
        return type(self)(self.tensors)

    def __enter__(self):
        self.versions = [t._writes for t in self.tensors]

    def __exit__(self, *_):
        for t, version in zip(self.tensors, self.versions, strict=True):
            t._set_version(version)


def is_grad_enabled() -> bool:
    """Whether operations are being taped."""
    return modes.state.grad


def is_inference_mode_enabled() -> bool:
    """Whether inference_mode is on."""
    return modes.state.inference


def is_multithreading_enabled() -> bool:
    """What `set_multithreading_enabled` has set (true at first)."""
    return modes.state.multithreading
