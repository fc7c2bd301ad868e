"""Gradients of convolutions as functions (`torch.nn.grad`)."""

from __future__ import annotations

from collections.abc import Callable

from .._core import modes
from .._core.bind import namespaces
from .._core.tensor import Tensor
from ..autograd import grad as _grad
from ..autograd.grad_mode import enable_grad

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]

_torch = namespaces["torch"]


def _of(n: int, input: Tensor, weight: Tensor, wanted: Tensor, grad_output: Tensor, options: tuple) -> Tensor:
    """The gradient of a convolution, which is linear in what it is wanted of: its values do not matter."""
    stride, padding, dilation, groups = options
    taped = modes.state.grad
    with enable_grad():
        out = _torch[f"conv{n}d"](input, weight, None, stride, padding, dilation, groups)
        return _grad(out, wanted, grad_output, create_graph=taped)[0]


def _zeros(like: Tensor, size) -> Tensor:
    return like.new_zeros(tuple(size)).requires_grad_()


def _functions(n: int) -> tuple[Callable, Callable]:
    """The two functions of ``n`` dims."""
    def of_input(input_size, weight, grad_output, stride=1, padding=0, dilation=1, groups=1):
        x = _zeros(grad_output, input_size)
        return _of(n, x, weight, x, grad_output, (stride, padding, dilation, groups))

    def of_weight(input, weight_size, grad_output, stride=1, padding=0, dilation=1, groups=1):
        w = _zeros(grad_output, weight_size)
        return _of(n, input, w, w, grad_output, (stride, padding, dilation, groups))

    for what, made, given in (("input", of_input, "weight"), ("weight", of_weight, "input")):
        made.__name__ = made.__qualname__ = f"conv{n}d_{what}"
        made.__doc__ = f"""The gradient of `conv{n}d` by its {what}.

        Args:
            {what}_size: the shape of the {what}.
            {given}: the other operand.
            grad_output: the cotangent of the result.
            stride, padding, dilation, groups: as of `conv{n}d`.

        Returns:
            A fresh tensor of shape ``{what}_size``.
        """
    return of_input, of_weight


conv1d_input, conv1d_weight = _functions(1)
conv2d_input, conv2d_weight = _functions(2)
conv3d_input, conv3d_weight = _functions(3)
