"""Layer, group and local response normalization as modules."""

from __future__ import annotations

from numbers import Integral

from ..._core.tensor import Tensor
from .. import functional as F
from .. import init
from .._namespace import torch
from ..parameter import Parameter
from ._layer import Layer
from .batchnorm import affine_parameters, reset_affine
from .module import Module

__all__ = ["LocalResponseNorm", "CrossMapLRN2d", "LayerNorm", "GroupNorm", "RMSNorm"]

_Shape = int | list[int] | tuple[int, ...]


class LocalResponseNorm(
    Layer,
    call="local_response_norm(input, size, alpha, beta, k)",
    show="{size}, alpha={alpha}, beta={beta}, k={k}",
):
    """Divides by ``(k + alpha * mean(x ** 2)) ** beta`` over ``size`` neighbouring channels."""

    size: int
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0


class CrossMapLRN2d(LocalResponseNorm):
    """Not supported; see LocalResponseNorm."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__(size, alpha, beta, k)

    def forward(self, input: Tensor) -> Tensor:
        raise NotImplementedError("CrossMapLRN2d")


class LayerNorm(Module):
    """Normalizes over the last dimensions (Ba et al., 2016).

    Args:
        normalized_shape: the sizes of those dimensions.
        eps: added to the variance.
        elementwise_affine: whether there is a weight.
        bias: whether there is a bias too.

    Attributes:
        weight, bias: of normalized_shape.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.LayerNorm(2)
        LayerNorm((2,), eps=1e-05, elementwise_affine=True, bias=True)
    """

    __constants__ = ["normalized_shape", "eps", "elementwise_affine"]

    def __init__(self, normalized_shape: _Shape, eps: float = 1e-5, elementwise_affine: bool = True,
                 bias: bool = True, device=None, dtype=None) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        affine_parameters(self, self.normalized_shape, elementwise_affine, bias, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight to ones, bias to zeros."""
        reset_affine(self)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


def _shape(size: _Shape) -> tuple[int, ...]:
    return (size,) if isinstance(size, Integral) else tuple(size)


class GroupNorm(Module):
    """Normalizes each group of channels of each sample of (N, C, *) (Wu and He, 2018).

    Args:
        num_groups: the number of groups.
        num_channels: C.
        eps: added to the variance.
        affine: whether there is a weight.
        bias: whether there is a bias too.

    Raises:
        ValueError: groups that do not divide the channels.
    """

    __constants__ = ["num_groups", "num_channels", "eps", "affine"]

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True,
                 device=None, dtype=None, *, bias: bool = True) -> None:  # fmt: skip
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(
                f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        affine_parameters(self, num_channels, affine, bias, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight to ones, bias to zeros."""
        reset_affine(self)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Divides by the root of the mean square over the last dimensions (Zhang and Sennrich, 2019).

    Args:
        normalized_shape: the sizes of those dimensions.
        eps: added to the mean square; None: the dtype's machine epsilon.
        elementwise_affine: whether there is a weight.
    """

    __constants__ = ["normalized_shape", "eps", "elementwise_affine"]

    def __init__(self, normalized_shape: _Shape, eps: float | None = None,
                 elementwise_affine: bool = True, device=None, dtype=None) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = (
            torch.empty(self.normalized_shape, device=device, dtype=dtype)
            if elementwise_affine
            else None
        )
        self.register_parameter("weight", None if weight is None else Parameter(weight))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight to ones."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )
