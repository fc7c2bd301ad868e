"""Transforms and what is made of several: composition, inverses, events, parts of a tensor.

A transform says in `_arguments` which attributes its constructor takes, from which `with_cache` follows.
"""

from __future__ import annotations

import math
import operator
from functools import reduce
from itertools import accumulate
from typing import Any

from .._core.by_path import reduce_by_path
from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .utils import _sum_rightmost, _through, _undefined, lazy_property

_TOO_FEW = "Too few dimensions on input"


class Transform:
    """An invertible function with a known log of the absolute determinant of its Jacobian.

    Subclasses define ``_call``, ``_inverse`` and ``log_abs_det_jacobian(x, y)``.

    Args:
        cache_size: 1 to remember the last (x, y): the inverse of a result is then the very x it came from.

    Attributes:
        domain, codomain: the constraints of x and y.
        bijective: whether every y of the codomain has one x.

    Example:
        >>> t = torch.distributions.AffineTransform(1.0, 2.0)
        >>> t(torch.tensor(3.0)), t.inv(torch.tensor(7.0))
        (tensor(7.), tensor(3.))
    """

    bijective: Any = False
    domain: Any
    codomain: Any
    sign = _undefined("+1 or -1 for monotone functions of numbers.")
    _arguments: tuple[str, ...] | None = None  # of a constructor of its own, beside cache_size

    def __init__(self, cache_size: int = 0):
        self._cache_size = cache_size
        self._inv: Transform | None = None
        if cache_size == 1:
            self._cached_x_y = None, None
        elif cache_size != 0:
            raise ValueError("cache_size must be 0 or 1")

    def __getstate__(self):
        return {**self.__dict__, "_inv": None}

    def __reduce_ex__(self, protocol):
        return reduce_by_path(self) or super().__reduce_ex__(protocol)

    @property
    def event_dim(self) -> Any:
        """How many dimensions one value has, where x and y agree on it."""
        if self.domain.event_dim == self.codomain.event_dim:
            return self.domain.event_dim
        raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")

    @property
    def inv(self) -> Transform:
        """The inverse: ``t.inv.inv is t``."""
        if self._inv is None:
            self._inv = _InverseTransform(self)
        return self._inv

    def with_cache(self, cache_size: int = 1) -> Transform:
        """This transform, or one like it, with the given size of cache."""
        if self._cache_size == cache_size:
            return self
        names = self._arguments
        if names is None:
            if type(self).__init__ is not Transform.__init__:
                raise NotImplementedError(f"{type(self)}.with_cache is not implemented")
            names = ()
        return type(self)(*[getattr(self, name) for name in names], cache_size=cache_size)

    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        return not self.__eq__(other)

    def __call__(self, x):
        return self._remembered(x, 0, self._call)

    def _inv_call(self, y):
        return self._remembered(y, 1, self._inverse)

    def _remembered(self, value, side: int, function):
        """``function(value)``, by way of the cached pair in which ``value`` stands at ``side``."""
        if self._cache_size == 0:
            return function(value)
        if value is self._cached_x_y[side]:
            return self._cached_x_y[1 - side]
        result = function(value)
        self._cached_x_y = (result, value) if side else (value, result)
        return result

    def _call(self, x):
        raise NotImplementedError

    def _inverse(self, y):
        raise NotImplementedError

    def log_abs_det_jacobian(self, x, y):
        """The log of |dy/dx|, given both, with the event's dimensions summed away."""
        raise NotImplementedError

    def __repr__(self):
        return self.__class__.__name__ + "()"

    def forward_shape(self, shape):
        """The shape of y, given that of x."""
        return shape

    def inverse_shape(self, shape):
        """The shape of x, given that of y."""
        return shape


class _Equal(Transform):
    """A transform that equals any other of its class."""

    def __eq__(self, other):
        return isinstance(other, type(self))


class _InverseTransform(Transform):
    _inv: Transform

    def __init__(self, transform: Transform):
        super().__init__(cache_size=transform._cache_size)
        self._inv = transform

    @constraints.dependent_property(is_discrete=False)
    def domain(self):
        return self._inv.codomain

    @constraints.dependent_property(is_discrete=False)
    def codomain(self):
        return self._inv.domain

    inv = _through("", "_inv")
    bijective, sign = _through("_inv", "bijective", "sign")

    def __getstate__(self):
        return self.__dict__

    def with_cache(self, cache_size=1):
        return self._inv.with_cache(cache_size).inv

    def __eq__(self, other):
        return isinstance(other, _InverseTransform) and self._inv == other._inv

    def __repr__(self):
        return f"{self.__class__.__name__}({self._inv!r})"

    def __call__(self, x):
        return self._inv._inv_call(x)

    def log_abs_det_jacobian(self, x, y):
        return -self._inv.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape):
        return self._inv.inverse_shape(shape)

    def inverse_shape(self, shape):
        return self._inv.forward_shape(shape)


# -- made of others -------------------------------------------------------------------------------
def _cached(parts, cache_size: int):
    return [part.with_cache(cache_size) for part in parts] if cache_size else parts


class ComposeTransform(Transform):
    """Transforms one after another.

    Args:
        parts: the transforms, the first to apply first.
    """

    _arguments = ("parts",)

    def __init__(self, parts: list[Transform], cache_size: int = 0):
        super().__init__(cache_size=cache_size)
        self.parts = _cached(parts, cache_size)

    def __eq__(self, other):
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    @constraints.dependent_property(is_discrete=False)
    def domain(self):
        return self._end([(part.codomain, part.domain) for part in reversed(self.parts)], "domain")

    @constraints.dependent_property(is_discrete=False)
    def codomain(self):
        return self._end([(part.domain, part.codomain) for part in self.parts], "codomain")

    @staticmethod
    def _end(steps, name: str):
        """The constraint behind the last of some (before, after), widened to what all of them take as an event."""
        if not steps:
            return constraints.real
        event_dim, end = steps[0][0].event_dim, steps[-1][1]
        for before, after in steps:
            event_dim = max(event_dim + after.event_dim - before.event_dim, after.event_dim)
        if event_dim < end.event_dim:
            raise AssertionError(f"event_dim {event_dim} must be >= {name}.event_dim {end.event_dim}")
        return constraints.independent(end, event_dim - end.event_dim) if event_dim > end.event_dim else end

    @lazy_property
    def bijective(self) -> bool:
        return all(p.bijective for p in self.parts)

    @lazy_property
    def sign(self):
        return math.prod(p.sign for p in self.parts)

    @property
    def inv(self) -> Transform:
        if self._inv is None:
            self._inv = ComposeTransform([p.inv for p in reversed(self.parts)])
            self._inv._inv = self
        return self._inv

    def __call__(self, x):
        return reduce(lambda value, part: part(value), self.parts, x)

    def log_abs_det_jacobian(self, x, y):
        if not self.parts:
            return torch.zeros_like(x)
        values = [*accumulate(self.parts[:-1], lambda value, part: part(value), initial=x), y]
        terms, event_dim = [], self.domain.event_dim
        for part, before, after in zip(self.parts, values, values[1:]):
            extra = event_dim - part.domain.event_dim
            terms.append(_sum_rightmost(part.log_abs_det_jacobian(before, after), extra))
            event_dim += part.codomain.event_dim - part.domain.event_dim
        return reduce(operator.add, terms)

    def forward_shape(self, shape):
        return reduce(lambda s, part: part.forward_shape(s), self.parts, shape)

    def inverse_shape(self, shape):
        return reduce(lambda s, part: part.inverse_shape(s), reversed(self.parts), shape)

    def __repr__(self):
        return f"{self.__class__.__name__}(\n    " + ",\n    ".join(map(repr, self.parts)) + "\n)"


identity_transform = ComposeTransform([])


class IndependentTransform(Transform):
    """A transform of which some batch dimensions count as the event's.

    Args:
        base_transform: the transform.
        reinterpreted_batch_ndims: how many of the rightmost dimensions.
    """

    _arguments = ("base_transform", "reinterpreted_batch_ndims")

    def __init__(self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0):
        super().__init__(cache_size=cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @constraints.dependent_property(is_discrete=False)
    def domain(self):
        return constraints.independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @constraints.dependent_property(is_discrete=False)
    def codomain(self):
        return constraints.independent(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    bijective, sign, forward_shape, inverse_shape = _through(
        "base_transform", "bijective", "sign", "forward_shape", "inverse_shape"
    )

    def _call(self, x):
        if x.dim() < self.domain.event_dim:
            raise ValueError(_TOO_FEW)
        return self.base_transform(x)

    def _inverse(self, y):
        if y.dim() < self.codomain.event_dim:
            raise ValueError(_TOO_FEW)
        return self.base_transform.inv(y)

    def log_abs_det_jacobian(self, x, y):
        return _sum_rightmost(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def __repr__(self):
        return f"{self.__class__.__name__}({self.base_transform!r}, {self.reinterpreted_batch_ndims})"


class _Sequence(Transform):
    """Transforms of parts of a tensor along a dimension."""

    def __init__(self, tseq, dim: int, cache_size: int):
        if not all(isinstance(t, Transform) for t in tseq):
            raise AssertionError("All elements of tseq must be Transform instances")
        super().__init__(cache_size=cache_size)
        self.transforms = list(_cached(tseq, cache_size))
        self.dim = dim

    @property
    def bijective(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return all(t.bijective for t in self.transforms)

    def _require(self, name: str, value: Tensor, size: int, what: str) -> None:
        if not -value.dim() <= self.dim < value.dim():
            of = "tensor" if name.endswith("=") else name
            raise AssertionError(f"dim {self.dim} out of range for {of} with {value.dim()} dimensions")
        if value.size(self.dim) != size:
            name = name.rstrip("=")
            raise AssertionError(f"{name}.size({self.dim}) = {value.size(self.dim)} must equal {what} {size}")

    def _parts(self, name: str, value: Tensor):
        """The parts of a tensor; ``name`` ends in "=" where PyTorch's error calls it a tensor."""
        raise NotImplementedError

    def _joined(self, parts):
        raise NotImplementedError

    def _call(self, x):
        return self._joined([t(part) for t, part in zip(self.transforms, self._parts("x=", x))])

    def _inverse(self, y):
        return self._joined([t.inv(part) for t, part in zip(self.transforms, self._parts("y=", y))])

    def _log_dets(self, x, y):
        pairs = zip(self.transforms, self._parts("x", x), self._parts("y", y))
        return [t.log_abs_det_jacobian(a, b) for t, a, b in pairs]


class CatTransform(_Sequence):
    """Transforms of consecutive parts of a tensor along a dimension, concatenated.

    Args:
        tseq: the transforms.
        dim: the dimension.
        lengths: how many elements each takes (default: one).
    """

    _arguments = ("transforms", "dim", "lengths")

    def __init__(self, tseq, dim: int = 0, lengths=None, cache_size: int = 0):
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(f"lengths ({len(self.lengths)}) must match transforms ({len(self.transforms)})")

    @lazy_property
    def event_dim(self) -> int:
        return max(t.event_dim for t in self.transforms)

    @lazy_property
    def length(self) -> int:
        return sum(self.lengths)

    def _parts(self, name, value):
        self._require(name, value, self.length, "length")
        return value.split(self.lengths, self.dim)

    def _joined(self, parts):
        return torch.cat(parts, dim=self.dim)

    def log_abs_det_jacobian(self, x, y):
        terms = [
            _sum_rightmost(term, self.event_dim - t.event_dim)
            for t, term in zip(self.transforms, self._log_dets(x, y))
        ]
        dim = (self.dim - x.dim() if self.dim >= 0 else self.dim) + self.event_dim
        return torch.cat(terms, dim=dim) if dim < 0 else sum(terms)

    @constraints.dependent_property
    def domain(self):
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self):
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class StackTransform(_Sequence):
    """Transforms of the slices of a tensor along a dimension, stacked.

    Args:
        tseq: the transforms.
        dim: the dimension.
    """

    _arguments = ("transforms", "dim")

    def __init__(self, tseq, dim: int = 0, cache_size: int = 0):
        super().__init__(tseq, dim, cache_size)

    def _parts(self, name, value):
        self._require(name, value, len(self.transforms), "len(transforms)")
        return value.unbind(self.dim)

    def _joined(self, parts):
        return torch.stack(parts, dim=self.dim)

    def log_abs_det_jacobian(self, x, y):
        return self._joined(self._log_dets(x, y))

    @constraints.dependent_property
    def domain(self):
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self):
        return constraints.stack([t.codomain for t in self.transforms], self.dim)


class ReshapeTransform(Transform):
    """Another shape of the rightmost dimensions; its Jacobian is 1.

    Args:
        in_shape: the shape of an event of x.
        out_shape: that of an event of y.
    """

    bijective = True
    _arguments = ("in_shape", "out_shape")

    def __init__(self, in_shape, out_shape, cache_size: int = 0):
        self.in_shape, self.out_shape = torch.Size(in_shape), torch.Size(out_shape)
        if self.in_shape.numel() != self.out_shape.numel():
            raise ValueError("in_shape, out_shape have different numbers of elements")
        super().__init__(cache_size=cache_size)

    @constraints.dependent_property
    def domain(self):
        return constraints.independent(constraints.real, len(self.in_shape))

    @constraints.dependent_property
    def codomain(self):
        return constraints.independent(constraints.real, len(self.out_shape))

    def _call(self, x):
        return x.reshape(x.shape[: x.dim() - len(self.in_shape)] + self.out_shape)

    def _inverse(self, y):
        return y.reshape(y.shape[: y.dim() - len(self.out_shape)] + self.in_shape)

    def log_abs_det_jacobian(self, x, y):
        return x.new_zeros(x.shape[: x.dim() - len(self.in_shape)])

    def forward_shape(self, shape):
        return self._exchanged(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape):
        return self._exchanged(shape, self.out_shape, self.in_shape)

    @staticmethod
    def _exchanged(shape, old, new):
        if len(shape) < len(old):
            raise ValueError(_TOO_FEW)
        cut = len(shape) - len(old)
        if shape[cut:] != old:
            raise ValueError(f"Shape mismatch: expected {shape[cut:]} but got {old}")
        return shape[:cut] + new
