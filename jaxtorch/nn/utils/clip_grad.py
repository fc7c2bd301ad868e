"""Clipping gradients."""

from __future__ import annotations

import types
import warnings
from collections.abc import Iterable

from ..._core.exchange import tensor
from ..._core.symbol import as_float
from ..._core.tensor import Tensor
from ...autograd.grad_mode import no_grad
from .._namespace import torch

__all__ = [
    "clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_",
    "get_total_norm",
]  # fmt: skip

Parameters = Tensor | Iterable[Tensor]


def _listed(tensors: Parameters) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters: list[Tensor]) -> list[Tensor]:
    return [p.grad for p in parameters if p.grad is not None]


@no_grad()
def get_total_norm(tensors: Parameters, norm_type: float = 2.0, error_if_nonfinite: bool = False,
                   foreach: bool | None = None) -> Tensor:  # fmt: skip
    """The p-norm of all elements of all tensors.

    Args:
        tensors: one or several.
        norm_type: p; ``inf`` is the largest magnitude.
        error_if_nonfinite: raise if the norm is infinite or NaN.
        foreach: how PyTorch computes it; the result does not depend on it.

    Returns:
        A 0-dim tensor.
    """
    tensors, norm_type = _listed(tensors), float(norm_type)
    if not tensors:
        return tensor(0.0)
    norms = [torch.linalg.vector_norm(t, norm_type).to(tensors[0].device) for t in tensors]
    total = torch.linalg.vector_norm(torch.stack(norms), norm_type)
    if error_if_nonfinite and not bool(torch.isfinite(total)):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, "
            "so it cannot be clipped. To disable this error and scale the gradients by the "
            "non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


@no_grad()
def clip_grads_with_norm_(parameters: Parameters, max_norm: float, total_norm: Tensor,
                          foreach: bool | None = None) -> None:  # fmt: skip
    """Scale the gradients in place by ``max_norm / total_norm`` where that is below 1."""
    factor = torch.clamp(as_float(max_norm) / (total_norm + 1e-6), max=1.0)
    for grad in _gradients(_listed(parameters)):
        grad.mul_(factor.to(grad.device))


@no_grad()
def clip_grad_norm_(parameters: Parameters, max_norm: float, norm_type: float = 2.0,
                    error_if_nonfinite: bool = False,
                    foreach: bool | None = None) -> Tensor:  # fmt: skip
    """Scale the gradients in place so that their total norm is at most ``max_norm``.

    Args:
        parameters: one or several; those without a gradient do not count.
        max_norm: the largest norm allowed.
        norm_type: p; ``inf`` is the largest magnitude.
        error_if_nonfinite: raise if the norm is infinite or NaN.
        foreach: how PyTorch computes it; the result does not depend on it.

    Returns:
        The total norm before clipping, a 0-dim tensor.

    Example:
        >>> import jaxtorch as torch
        >>> p = torch.nn.Parameter(torch.zeros(2))
        >>> p.grad = torch.tensor([3.0, 4.0])
        >>> torch.nn.utils.clip_grad_norm_(p, 1.0)
        tensor(5.)
        >>> p.grad
        tensor([0.6000, 0.8000])
    """
    listed = _listed(parameters)
    if isinstance(parameters, types.GeneratorType) and not listed:
        warnings.warn(
            "`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=3
        )
    total = get_total_norm(_gradients(listed), norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(listed, max_norm, total, foreach)
    return total


def clip_grad_norm(parameters: Parameters, max_norm: float, norm_type: float = 2.0,
                   error_if_nonfinite: bool = False,
                   foreach: bool | None = None) -> Tensor:  # fmt: skip
    """The former name of `clip_grad_norm_`."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of "
        "`torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@no_grad()
def clip_grad_value_(
    parameters: Parameters, clip_value: float, foreach: bool | None = None
) -> None:
    """Clamp the gradients in place to [-clip_value, clip_value]."""
    clip_value = as_float(clip_value)
    for grad in _gradients(_listed(parameters)):
        grad.clamp_(min=-clip_value, max=clip_value)
