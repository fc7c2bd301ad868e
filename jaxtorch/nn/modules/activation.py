"""Activations as modules."""

from __future__ import annotations

import warnings

from ..._core.tensor import Tensor
from .. import functional as F
from .. import init as initial
from .._namespace import torch
from ..parameter import Parameter
from ._layer import Layer
from .module import Module

__all__ = [
    "Threshold", "ReLU", "RReLU", "Hardtanh", "ReLU6", "Sigmoid", "Hardsigmoid", "Tanh", "SiLU",
    "Mish", "Hardswish", "ELU", "CELU", "SELU", "GLU", "GELU", "Hardshrink", "LeakyReLU",
    "LogSigmoid", "Softplus", "Softshrink", "PReLU", "Softsign", "Tanhshrink", "Softmin", "Softmax",
    "Softmax2d", "LogSoftmax",
]  # fmt: skip


class Threshold(Layer, call="threshold(input, threshold, value, inplace)"):
    """``x`` where ``x > threshold``, else ``value``."""

    threshold: float
    value: float
    inplace: bool = False


class ReLU(Layer, call="relu(input, inplace=inplace)"):
    """``max(0, x)``.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.ReLU()(torch.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """

    inplace: bool = False


class RReLU(Layer, call="rrelu(input, lower, upper, training, inplace)"):
    """``x`` where positive, else ``a * x`` with ``a`` drawn from [lower, upper) in training."""

    lower: float = 1.0 / 8
    upper: float = 1.0 / 3
    inplace: bool = False


class Hardtanh(Layer, call="hardtanh(input, min_val, max_val, inplace)"):
    """``x`` clamped to [min_val, max_val], formerly called min_value and max_value."""

    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False
    min_value: float | None = None
    max_value: float | None = None

    _passed = frozenset({"min_value", "max_value"})

    def _settle(self, **former) -> None:
        for name, value in former.items():
            if value is not None:
                warnings.warn(
                    f"keyword argument `{name}` is deprecated and renamed to `{name[:-2]}`",
                    FutureWarning,
                    stacklevel=3,
                )
                setattr(self, name[:-2], value)
        if self.max_val <= self.min_val:
            raise AssertionError(
                f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})"
            )


class ReLU6(Hardtanh):
    """``min(max(0, x), 6)``."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Sigmoid(Module):
    """``1 / (1 + exp(-x))``."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.sigmoid(input)


class Hardsigmoid(Layer, call="hardsigmoid(input, inplace)", show=""):
    """``min(max(0, x + 3), 6) / 6``."""

    inplace: bool = False


class Tanh(Module):
    """``tanh(x)``."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.tanh(input)


class SiLU(Layer, call="silu(input, inplace=inplace)"):
    """``x * sigmoid(x)``."""

    inplace: bool = False


class Mish(Layer, call="mish(input, inplace=inplace)"):
    """``x * tanh(softplus(x))``."""

    inplace: bool = False


class Hardswish(Layer, call="hardswish(input, inplace)", show=""):
    """``x * min(max(0, x + 3), 6) / 6``."""

    inplace: bool = False


class ELU(Layer, call="elu(input, alpha, inplace)"):
    """``x`` where positive, else ``alpha * (exp(x) - 1)``."""

    alpha: float = 1.0
    inplace: bool = False


class CELU(Layer, call="celu(input, alpha, inplace)"):
    """``max(0, x) + min(0, alpha * (exp(x / alpha) - 1))``."""

    alpha: float = 1.0
    inplace: bool = False


class SELU(Layer, call="selu(input, inplace)"):
    """The ELU scaled so that activations keep mean 0 and variance 1 (Klambauer et al., 2017)."""

    inplace: bool = False


class GLU(Layer, call="glu(input, dim)"):
    """``a * sigmoid(b)`` of the halves ``a`` and ``b`` of the input along ``dim``."""

    dim: int = -1


class GELU(Layer, call="gelu(input, approximate=approximate)", show="approximate={approximate!r}"):
    """``x * Phi(x)``, Phi the normal distribution function or its approximation by ``"tanh"``."""

    approximate: str = "none"


class Hardshrink(Layer, call="hardshrink(input, lambd)", show="{lambd}"):
    """``x`` where ``|x| > lambd``, else 0."""

    lambd: float = 0.5


class LeakyReLU(Layer, call="leaky_relu(input, negative_slope, inplace)"):
    """``x`` where positive, else ``negative_slope * x``."""

    negative_slope: float = 0.01
    inplace: bool = False


class LogSigmoid(Module):
    """``log(sigmoid(x))``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Softplus(Layer, call="softplus(input, beta, threshold)"):
    """``log(1 + exp(beta * x)) / beta``; ``x`` where ``beta * x > threshold``."""

    beta: float = 1.0
    threshold: float = 20.0


class Softshrink(Layer, call="softshrink(input, lambd)", show="{lambd}"):
    """``x`` moved towards 0 by ``lambd``, and 0 where ``|x| <= lambd``."""

    lambd: float = 0.5


class PReLU(Module):
    """``x`` where positive, else ``weight * x`` with a learned weight.

    Args:
        num_parameters: 1, or the number of channels (dimension 1 of the input).
        init: the weight's first value.
    """

    __constants__ = ["num_parameters"]

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device=None, dtype=None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(torch.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to its first value."""
        initial.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class Softsign(Module):
    """``x / (1 + |x|)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class Tanhshrink(Module):
    """``x - tanh(x)``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


class Softmin(Layer, call="softmin(input, dim, _stacklevel=5)"):
    """``softmax(-x)`` along ``dim``."""

    dim: int | None = None


class Softmax(Layer, call="softmax(input, dim, _stacklevel=5)"):
    """``exp(x) / sum(exp(x))`` along ``dim``.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.Softmax(dim=0)(torch.zeros(2))
        tensor([0.5000, 0.5000])
    """

    dim: int | None = None


class Softmax2d(Module):
    """The softmax over the channels, at each place of (C, H, W) or (N, C, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        if input.dim() not in (3, 4):
            raise ValueError(
                f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead"
            )
        return F.softmax(input, -3, _stacklevel=5)


class LogSoftmax(Layer, call="log_softmax(input, dim, _stacklevel=5)"):
    """``log(softmax(x))`` along ``dim``."""

    dim: int | None = None
