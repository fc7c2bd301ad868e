"""torch.nn.init: the first values of parameters."""

from __future__ import annotations

import functools
import math
import warnings

from .._core.tensor import Tensor
from ..autograd.grad_mode import no_grad
from ._namespace import torch

__all__ = [
    "calculate_gain", "uniform_", "normal_", "trunc_normal_", "constant_", "ones_", "zeros_",
    "eye_", "dirac_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_",
    "orthogonal_", "sparse_", "uniform", "normal", "constant", "eye", "dirac", "xavier_uniform",
    "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal", "sparse",
]  # fmt: skip

_LINEAR = (
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "sigmoid",
)  # fmt: skip


def calculate_gain(nonlinearity: str, param: int | float | None = None) -> float:
    """The factor by which weights before a nonlinearity are scaled to keep the variance.

    Args:
        nonlinearity: the name of a function of torch.nn.functional.
        param: the negative slope of ``"leaky_relu"``.

    Raises:
        ValueError: a name it does not know, or a slope that is no number.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.init.calculate_gain("leaky_relu", 1.0)
        1.0
    """
    if nonlinearity in _LINEAR:
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "selu":
        return 3.0 / 4
    if nonlinearity != "leaky_relu":
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    slope = 0.01 if param is None else param
    if isinstance(slope, bool) or not isinstance(slope, (int, float)):
        raise ValueError(f"negative_slope {param} not a valid number")
    return math.sqrt(2.0 / (1 + slope**2))


# -- fans -----------------------------------------------------------------------------------------
def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    if tensor.dim() < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.size(1) * field, tensor.size(0) * field


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    mode, modes = mode.lower(), ["fan_in", "fan_out"]
    if mode not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode)]


def _weight_and_bias(weight: Tensor, bias: Tensor | None) -> None:
    """The first values of linear maps and convolutions: U(-k, k) with ``k = fan_in ** -0.5``."""
    kaiming_uniform_(weight, a=math.sqrt(5))
    if bias is not None:
        fan_in, _ = _calculate_fan_in_and_fan_out(weight)
        bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
        uniform_(bias, -bound, bound)


# -- fills ----------------------------------------------------------------------------------------
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator=None) -> Tensor:
    """Fill with draws from U(a, b). Returns the tensor itself."""
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator=None) -> Tensor:
    """Fill with draws from N(mean, std ** 2). Returns the tensor itself."""
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with a number. Returns the tensor itself."""
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones. Returns the tensor itself."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros. Returns the tensor itself."""
    with no_grad():
        return tensor.zero_()


def eye_(tensor: Tensor) -> Tensor:
    """Make a matrix the identity. Returns the tensor itself.

    Raises:
        ValueError: not a matrix.
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        return tensor.copy_(torch.eye(*tensor.shape, dtype=tensor.dtype, device=tensor.device))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Make the weight of a convolution one that gives its input back. Returns the tensor itself.

    Args:
        tensor: of 3, 4 or 5 dimensions.
        groups: of the convolution.
    """
    if tensor.ndimension() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.size(0) % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    per_group = tensor.size(0) // groups
    centre = tuple(s // 2 for s in tensor.shape[2:])
    with no_grad():
        tensor.zero_()
        for g in range(groups):
            for c in range(min(per_group, tensor.size(1))):
                tensor[(g * per_group + c, c, *centre)] = 1
    return tensor


# -- draws ----------------------------------------------------------------------------------------
def trunc_normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0,
                  b: float = 2.0, generator=None) -> Tensor:  # fmt: skip
    """Fill with draws from N(mean, std ** 2) that lie in [a, b]. Returns the tensor itself."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of "
            "values may be incorrect.",
            stacklevel=2,
        )
    with no_grad():
        inside = _normal_cdf((b - mean) / std) - _normal_cdf((a - mean) / std)
        redraw = _redraw_normal if inside > 0.3 else _reject_uniform
        redraw(tensor, mean, std, a, b, generator)
    return tensor


def _normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def _redraw_normal(tensor, mean, std, a, b, generator) -> None:
    """Normal draws, those out of [a, b] drawn again (for the whole tensor, as PyTorch does)."""
    low, high = (torch.full((), x, dtype=tensor.dtype).item() for x in (a, b))
    result = tensor.normal_(mean, std, generator=generator)
    while bool((bad := (result < low) | (result > high)).any()):
        again = torch.empty_like(result).normal_(mean, std, generator=generator)
        result = torch.where(bad, again, result)
    if result is not tensor:
        tensor.copy_(result)


def _reject_uniform(tensor, mean, std, a, b, generator) -> None:
    """Uniform draws from [a, b], kept in proportion to the normal density: for thin intervals."""
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    drawn = pending = None
    while pending is None or bool(pending.any()):
        fresh = torch.empty_like(tensor).uniform_(a, b, generator=generator)
        density = fresh.sub(mean).div_(std).pow_(2).mul_(-0.5).sub_(peak)
        refused = torch.empty_like(tensor).uniform_(generator=generator).log_().gt(density)
        drawn = fresh if pending is None else torch.where(pending, fresh, drawn)
        pending = refused if pending is None else torch.where(pending, refused, pending)
    tensor.copy_(drawn)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator=None) -> Tensor:
    """Fill with draws from U(-a, a), ``a = gain * sqrt(6 / (fan_in + fan_out))`` (Glorot, 2010).

    Returns:
        The tensor itself.

    Raises:
        ValueError: fewer than 2 dimensions.
    """
    a = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator=None) -> Tensor:
    """Fill with draws from N(0, std ** 2), ``std = gain * sqrt(2 / (fan_in + fan_out))``."""
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _xavier_std(tensor: Tensor, gain: float) -> float:
    return gain * math.sqrt(2.0 / float(sum(_calculate_fan_in_and_fan_out(tensor))))


def kaiming_uniform_(tensor: Tensor, a: float = 0, mode: str = "fan_in",
                     nonlinearity: str = "leaky_relu", generator=None) -> Tensor:  # fmt: skip
    """Fill with draws from U(-b, b), ``b = gain * sqrt(3 / fan)`` (He et al., 2015).

    Args:
        tensor: of at least 2 dimensions.
        a: the negative slope of a leaky ReLU after it.
        mode: ``"fan_in"`` keeps the variance forward, ``"fan_out"`` backward.
        nonlinearity: what comes after it: see `calculate_gain`.

    Returns:
        The tensor itself.
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    if std is None:
        return tensor
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor: Tensor, a: float = 0, mode: str = "fan_in",
                    nonlinearity: str = "leaky_relu", generator=None) -> Tensor:  # fmt: skip
    """Fill with draws from N(0, std ** 2), ``std = gain / sqrt(fan)``. Returns the tensor."""
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0, std, generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float | None:
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return None
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def orthogonal_(tensor: Tensor, gain: float = 1, generator=None) -> Tensor:
    """Fill with a (semi-)orthogonal matrix times ``gain`` (Saxe et al., 2013). Returns it.

    Args:
        tensor: of at least 2 dimensions; those after the first count as one.
    """
    if tensor.ndimension() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.size(0)
    cols = tensor.numel() // rows
    flat = tensor.new_empty((rows, cols)).normal_(0, 1, generator=generator)
    if rows < cols:
        flat.t_()
    q, r = torch.linalg.qr(flat)
    q *= torch.diag(r, 0).sign()  # which makes the draw uniform
    if rows < cols:
        q.t_()
    with no_grad():
        tensor.view_as(q).copy_(q)
        tensor.mul_(gain)
    return tensor


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator=None) -> Tensor:
    """Fill a matrix with draws from N(0, std ** 2), some of each column with 0 (Martens, 2010).

    Args:
        sparsity: the share of zeros.

    Returns:
        The tensor itself.
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, cols = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        for col in range(cols):
            tensor[torch.randperm(rows)[:zeros], col] = 0
    return tensor


# -- former names ---------------------------------------------------------------------------------
def _former(function):
    """``function`` under its name without the underscore, with a warning."""
    name, former = function.__name__, function.__name__[:-1]

    @functools.wraps(function)
    def warned(*args, **kwargs):
        warnings.warn(
            f"`nn.init.{former}` is now deprecated in favor of `nn.init.{name}`.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    warned.__name__ = warned.__qualname__ = former
    warned.__doc__ = f"The former name of `{name}`."
    return warned


uniform, normal, constant = _former(uniform_), _former(normal_), _former(constant_)
eye, dirac, orthogonal, sparse = (
    _former(eye_),
    _former(dirac_),
    _former(orthogonal_),
    _former(sparse_),
)
xavier_uniform, xavier_normal = _former(xavier_uniform_), _former(xavier_normal_)
kaiming_uniform, kaiming_normal = _former(kaiming_uniform_), _former(kaiming_normal_)
