"""The base of all distributions: shapes, the check of arguments and samples, `expand`, text and pickling.

A class declares `arg_constraints`; whatever of these an instance holds is a parameter, of whose rightmost
``event_dim`` dimensions are an event. So `expand` is written once: parameters are expanded, distributions
that an instance is made of follow, and what was computed lazily is computed again.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

from jax import numpy as jnp

from .._core import modes
from .._core.by_path import reduce_by_path
from .._core.dispatch import dispatch, is_traced
from .._core.spec import op, registry
from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from ._composition import Transform
from .utils import _undefined, lazy_property

__all__ = ["Distribution"]


def _of_parameter(name: str, distribution, value, kind: str) -> str:
    return (
        f"Expected parameter {name} {kind} of distribution {distribution!r} to satisfy the constraint "
        f"{distribution.arg_constraints[name]!r}, but found invalid values:\n{value}"
    )


def _of_sample(distribution, value, kind: str) -> str:
    return (
        f"Expected value argument {kind} to be within the support ({distribution.support!r}) of the distribution "
        f"{distribution!r}, but found invalid values:\n{value}"
    )


class _Held(int):
    """The number of a tensor that stood here."""


def _exchanged(obj, kind: type, exchange, twins: dict):
    """A copy of what a distribution is made of, with all of one type exchanged."""
    if isinstance(obj, kind):
        return exchange(obj)
    if type(obj) in (list, tuple):
        return type(obj)([_exchanged(item, kind, exchange, twins) for item in obj])
    if not isinstance(obj, Distribution | Transform):
        return obj
    if id(obj) not in twins:  # transforms refer to their inverses, and these to them
        twin = twins[id(obj)] = object.__new__(type(obj))
        twin.__dict__.update((k, _exchanged(v, kind, exchange, twins)) for k, v in obj.__dict__.items())
    return twins[id(obj)]


def _complain(complaint, frame, kind: str, value, held) -> Exception:
    return ValueError(complaint(_exchanged(frame, _Held, lambda slot: held[slot], {}), value, kind))


@op("demanded(Tensor valid, Tensor value, Tensor[] held, any complain)", forms="", promote="none",
    differentiable=False, bounds=lambda valid, *_, **__: ~jnp.all(valid), bounds_values=True,
    bounds_error=lambda valid, value, held, complain: complain(value, held))  # fmt: skip
def _demanded(valid, value, held, *, complain):
    return valid


def _declared(cls: type, distribution) -> dict:
    """The constraints that one class declares, which may be a property of the instance."""
    found = vars(cls).get("arg_constraints", {})
    if isinstance(found, property):
        return {} if cls is Distribution else found.__get__(distribution)
    return found


class Distribution:
    """A (batch of) probability distributions.

    Args:
        batch_shape: the shape of the batch of distributions.
        event_shape: the shape of one sample of one of them.
        validate_args: whether parameters and the values given to ``log_prob`` and ``cdf`` are checked; by
            default as `set_default_validate_args` says: yes, unless Python runs with ``-O``.

    Raises:
        ValueError: a parameter outside its constraint.

    Differs from PyTorch: nothing.

    Example:
        >>> import jaxtorch as torch
        >>> from jaxtorch.distributions import Normal
        >>> _ = torch.manual_seed(0)
        >>> Normal(torch.zeros(2), 1.0).sample((2,))
        tensor([[ 1.5410, -0.2934],
                [-2.1788,  0.5684]])
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Set whether distributions check their arguments by default."""
        if value not in [True, False]:
            raise ValueError
        Distribution._validate_args = value

    def __init__(self, batch_shape=torch.Size(), event_shape=torch.Size(), validate_args: bool | None = None):  # noqa: B008
        self._batch_shape = batch_shape
        self._event_shape = event_shape
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            for name, constraint in self._constraints_to_check():
                value = getattr(self, name)
                self._demand(value, constraint.check(value), partial(_of_parameter, name))

    def _constraints_to_check(self):
        try:
            found = self.arg_constraints
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or "
                "initialize the distribution with `validate_args=False` to turn off validation.",
                stacklevel=4,
            )
            return
        for name, constraint in found.items():
            lazy = name not in self.__dict__ and isinstance(getattr(type(self), name), lazy_property)
            if not lazy and not constraints.is_dependent(constraint):
                yield name, constraint

    # -- shapes -----------------------------------------------------------------------------------
    @property
    def batch_shape(self):
        """The shape of the batch of distributions."""
        return self._batch_shape

    @property
    def event_shape(self):
        """The shape of one sample of one distribution."""
        return self._event_shape

    def _extended_shape(self, sample_shape=()):
        return torch.Size(sample_shape) + self._batch_shape + self._event_shape

    def expand(self, batch_shape, _instance=None):
        """This distribution with its batch expanded to ``batch_shape``: parameters are views, not copies.

        Args:
            _instance: the object to fill, for subclasses with an ``expand`` of their own.
        """
        cls = self._library_class
        if cls.__init__ is Distribution.__init__:
            raise NotImplementedError
        new = self._get_checked_instance(cls, _instance)
        batch_shape = torch.Size(batch_shape)
        for name, value in self._expanded(batch_shape):
            new.__dict__.setdefault(name, value)
        new._batch_shape, new._event_shape = batch_shape, self._event_shape
        new._validate_args = self._validate_args
        return new

    def _expanded(self, batch_shape):
        """(name, value) of what a copy with another batch shape holds."""
        events = {name: c for cls in type(self).__mro__ for name, c in _declared(cls, self).items()}
        for name, value in self.__dict__.items():
            if name in events and isinstance(value, Tensor):
                yield name, value.expand(batch_shape + value.shape[value.dim() - events[name].event_dim :])
            elif isinstance(getattr(type(self), name, None), lazy_property):
                continue
            elif isinstance(value, Distribution):
                yield name, value.expand(self._batch_of(value, batch_shape))
            else:
                yield name, value

    def _batch_of(self, part: Distribution, batch_shape):
        """The batch that a distribution which this one is made of has where this one has ``batch_shape``."""
        return batch_shape + part._batch_shape[len(self._batch_shape) :]

    @property
    def _library_class(self) -> type[Distribution]:
        """The class of this library that an instance is of, or that its own class extends."""
        package = Distribution.__module__.rpartition(".")[0]
        return next(c for c in type(self).__mro__ if c.__module__.rpartition(".")[0] == package)  # pyright: ignore[reportReturnType]

    def _get_checked_instance(self, cls, _instance=None):
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"Subclass {self.__class__.__name__} of {cls.__name__} that defines a custom __init__ method "
                "must also define a custom .expand() method."
            )
        return self.__new__(type(self)) if _instance is None else _instance

    # -- what subclasses define -------------------------------------------------------------------
    arg_constraints = _undefined("The constraint of each parameter, by its name.")
    support = _undefined("The region of samples.")
    mean = _undefined("The mean.")
    mode = _undefined("The most likely value.", "{} does not implement mode")
    variance = _undefined("The variance.")

    stddev: Any = property(lambda self: self.variance.sqrt(), doc="The standard deviation.")

    def sample(self, sample_shape=()) -> Tensor:
        """Samples of shape ``sample_shape + batch_shape + event_shape``, without gradient."""
        with torch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape=()) -> Tensor:
        """Samples that are functions of the parameters, for their gradients."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Tensor:
        """``sample((n,))``; deprecated."""
        warnings.warn(
            "`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", category=FutureWarning, stacklevel=2
        )
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """The log of the density, or of the probability, at ``value``."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of samples up to ``value``."""
        raise NotImplementedError

    def icdf(self, value: Tensor) -> Tensor:
        """The inverse of `cdf`."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution along dimension 0, the batch's dimensions being expanded or 1."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """The entropy, in nats."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """The exponential of the entropy."""
        return torch.exp(self.entropy())

    def _filled(self, number: float, like: Tensor) -> Tensor:
        """One number for every element of a sample."""
        return torch.full(self._extended_shape(), number, dtype=like.dtype, device=like.device)

    def _enumerated(self, values: Tensor, expand: bool) -> Tensor:
        """Values along dimension 0 as `enumerate_support` gives them."""
        event = tuple(values.shape[1:])
        values = values.view((-1, *[1] * len(self._batch_shape), *event))
        return values.expand((-1, *self._batch_shape, *event)) if expand else values

    # -- checks -----------------------------------------------------------------------------------
    def _validate_sample(self, value: Tensor) -> None:
        """Raise PyTorch's ValueError where shape or values are none of this distribution's samples."""
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        shape, expected = value.size(), self._batch_shape + self._event_shape
        if shape[len(shape) - len(self._event_shape) :] != self._event_shape:
            raise ValueError(
                f"The right-most size of value must match event_shape: {shape} vs {self._event_shape}."
            )
        if any(i != j and 1 not in (i, j) for i, j in zip(reversed(shape), reversed(expected))):
            raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {shape} vs {expected}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `support` to enable sample validation. Please initialize the "
                "distribution with `validate_args=False` to turn off validation.",
                stacklevel=2,
            )
            return
        if support is None:
            raise AssertionError("support is unexpectedly None")
        self._demand(value, support.check(value), _of_sample)

    def _demand(self, value: Tensor, valid: Tensor, complaint) -> None:
        """Raise ``ValueError(complaint(distribution, value, kind))`` unless all is valid.

        A compiled program carries the check, and on failure shows what this distribution then held.
        """
        kind = f"({type(value).__name__} of shape {tuple(value.shape)})"
        if modes.state.recorder is not None:
            held: list = []
            frame = _exchanged(self, Tensor, lambda t: held.append(t) or _Held(len(held) - 1), {})
            dispatch(registry["demanded"], (valid, value, held), (partial(_complain, complaint, frame, kind),))
        elif not is_traced(valid._value()) and not valid.all():  # nothing can be raised inside a JAX trace
            raise ValueError(complaint(self, value, kind))

    def __repr__(self) -> str:
        shown = {name: self.__dict__[name] for name in self.arg_constraints if name in self.__dict__}
        parts = [f"{name}: {value if value.numel() == 1 else value.size()}" for name, value in shown.items()]
        return f"{self.__class__.__name__}({', '.join(parts)})"

    def __reduce_ex__(self, protocol):
        return reduce_by_path(self) or super().__reduce_ex__(protocol)
