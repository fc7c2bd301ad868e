"""Parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

from ..._core.kinds import typename
from ..._core.tensor import Tensor
from .._namespace import torch


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters in one vector.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.utils.parameters_to_vector(torch.nn.Linear(2, 3).parameters()).shape
        torch.Size([9])
    """
    flat, device = [], None
    for p in parameters:
        device = _check_device(p, device)
        flat.append(p.view(-1))
    return torch.cat(flat)


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Set all parameters to the parts of a vector, whose memory they then share."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {typename(vec)}")
    device, start = None, 0
    for p in parameters:
        device = _check_device(p, device)
        p.data = vec[start : start + p.numel()].view_as(p).data
        start += p.numel()


def _check_device(param: Tensor, device: int | None) -> int:
    """The device's number, which must be that of the parameters before (if any)."""
    own = param.get_device()
    if device is not None and own != device:
        raise TypeError(
            "Found two parameters on different devices, this is currently not supported."
        )
    return own
