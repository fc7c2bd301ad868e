"""What distributions share: broadcasting of parameters, probabilities and logits, lazy properties."""

from __future__ import annotations

import functools
from operator import attrgetter
from typing import Any

from .._core.tensor import Tensor
from ..nn import functional as F
from ..nn._namespace import torch
from ..overrides import is_tensor_like

__all__ = [
    "broadcast_all", "logits_to_probs", "clamp_probs", "probs_to_logits", "lazy_property", "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]  # fmt: skip

euler_constant = 0.57721566490153286060
_Number = (float, int, bool)


def broadcast_all(*values) -> tuple[Tensor, ...]:
    """Tensors of one shape; a number becomes a tensor like the first tensor, or of the default dtype.

    Raises:
        ValueError: a value is neither number nor tensor.

    Example:
        >>> from jaxtorch.distributions.utils import broadcast_all
        >>> broadcast_all(1.0, torch.zeros(2))
        (tensor([1., 1.]), tensor([0., 0.]))
    """
    if not all(is_tensor_like(v) or isinstance(v, _Number) for v in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    first = next((v for v in values if isinstance(v, Tensor)), None)
    like = {"dtype": torch.get_default_dtype()} if first is None else {"dtype": first.dtype, "device": first.device}
    return torch.broadcast_tensors(*[v if is_tensor_like(v) else torch.tensor(v, **like) for v in values])


def _standard_normal(shape, dtype, device) -> Tensor:
    return torch.empty(shape, dtype=dtype, device=device).normal_()


def _sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """The sum over the last ``dim`` dimensions."""
    return value.reshape((*value.shape[: value.dim() - dim], -1)).sum(-1) if dim else value


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """The sigmoid of log odds if ``is_binary``, else the softmax over the last dimension."""
    return torch.sigmoid(logits) if is_binary else F.softmax(logits, dim=-1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities moved into [eps, 1 - eps] of their dtype."""
    eps = torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """The log odds of probabilities if ``is_binary``, else their logarithms."""
    clamped = clamp_probs(probs)
    return torch.log(clamped) - torch.log1p(-clamped) if is_binary else torch.log(clamped)


class lazy_property:
    """A property that is computed when first read, with gradients on, and kept as an attribute."""

    def __init__(self, wrapped):
        self.wrapped = wrapped
        functools.update_wrapper(self, wrapped)  # pyright: ignore[reportArgumentType]

    def __get__(self, instance, obj_type=None) -> Any:
        if instance is None:
            return _lazy_property_and_property(self.wrapped)
        with torch.enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


class _lazy_property_and_property(lazy_property, property):
    """What a class shows: a property to tools, a lazy property to the check of arguments."""

    def __init__(self, wrapped):
        property.__init__(self, wrapped)


def _through(path: str, *names: str) -> Any:
    """Properties that read attributes of ``self.path``; a single one for a single name."""
    made = [property(attrgetter(f"{path}.{name}" if path else name)) for name in names]
    return made if len(made) > 1 else made[0]


def _undefined(doc: str, error: str = "") -> Any:
    """A property that subclasses define."""

    def get(self):
        raise NotImplementedError(*[error.format(self.__class__)] * bool(error))

    return property(get, doc=doc)


def _validated(method):
    """A method of a value that is checked first, unless ``validate_args`` is off."""

    @functools.wraps(method)
    def call(self, value):
        if self._validate_args:
            self._validate_sample(value)
        return method(self, value)

    return call


def _parameter_of(**choices):
    """The name and value of the one parameter that is given of several."""
    given = [(name, value) for name, value in choices.items() if value is not None]
    return given[0] if len(given) == 1 else None


class _ProbsOrLogits:
    """A distribution of probabilities or logits, of which one is given and the other is computed when asked for."""

    _binary = True

    def _choose(self, probs, logits, *others):
        """Keep what is given of the two, broadcast with ``others``, which are returned in its dtype."""
        given = _parameter_of(probs=probs, logits=logits)
        if given is None:
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        name, value = given
        *others, value = broadcast_all(*others, value)
        setattr(self, name, value)
        return [other.type_as(value) for other in others]

    @lazy_property
    def logits(self) -> Tensor:
        return probs_to_logits(self.probs, is_binary=self._binary)

    @lazy_property
    def probs(self) -> Tensor:
        return logits_to_probs(self.logits, is_binary=self._binary)

    @property
    def _param(self) -> Tensor:
        return self.__dict__["probs"] if "probs" in self.__dict__ else self.logits

    @property
    def param_shape(self):
        return self._param.size()

    def _new(self, *args, **kwargs):
        return self._param.new(*args, **kwargs)




def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The elements of (batches of) square matrices on and below a diagonal, row by row."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[(..., *torch.tril_indices(n, n, diag, device=mat.device))]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """The inverse of `tril_matrix_to_vec`: lower triangular matrices of the elements of vectors."""
    count, twice = vec.shape[-1], 1 + 2 * diag
    n = (-twice + (twice**2 + 8 * count + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    if round(n) - n > torch.finfo(vec.dtype).eps:
        raise ValueError(
            f"The size of last dimension is {count} which cannot be expressed as the lower triangular part of a "
            "square D x D matrix."
        )
    n = round(n)
    mat = vec.new_zeros((*vec.shape[:-1], n, n))
    mat[(..., *torch.tril_indices(n, n, diag, device=vec.device))] = vec
    return mat
