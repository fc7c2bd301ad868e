"""Python functions of single elements, in place on the CPU: ``Tensor.apply_``, ``map_``, ``map2_``."""

from __future__ import annotations

from collections.abc import Callable

from .exchange import tensor
from .members import member
from .tensor import Tensor


def _write(name: str, self: Tensor, others: tuple, function: Callable) -> Tensor:
    if self.requires_grad or any(t.requires_grad for t in others):
        raise RuntimeError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead."
        )
    if self.device.type != "cpu":
        raise TypeError(f"{name} is only implemented on CPU tensors")
    for t in others:
        if t.dtype is not self.dtype:
            raise TypeError(f"{name}: expected {self.type()} for 'other' (got {t.type()})")
    wide = [t.expand(self.shape).reshape(-1).tolist() for t in (self, *others)]
    found = [function(*row) for row in zip(*wide, strict=True)]
    self.data.copy_(tensor(found, dtype=self.dtype).reshape(self.shape))  # which counts no write, as PyTorch
    return self


@member
def apply_(self, callable: Callable) -> Tensor:
    """Replace each element by a Python function of it; slow, on the CPU alone.

    Args:
        callable: a number -> a number.

    Returns:
        This tensor.

    Raises:
        RuntimeError: the tensor requires grad.
        TypeError: it is on a GPU.

    Example:
        >>> import jaxtorch as torch
        >>> torch.tensor([1.0, 2.0]).apply_(lambda v: v + 1)
        tensor([2., 3.])
    """
    return _write("apply_", self, (), callable)


@member
def map_(self, tensor: Tensor, callable: Callable) -> Tensor:
    """Replace each element by a Python function of it and of another tensor's; slow, on the CPU alone.

    Args:
        tensor: of the same dtype; broadcast to this one's shape.
        callable: two numbers -> a number.

    Returns:
        This tensor.
    """
    return _write("map_", self, (tensor,), callable)


@member
def map2_(self, x: Tensor, y: Tensor, callable: Callable) -> Tensor:
    """`map_` of two other tensors."""
    return _write("map2_", self, (x, y), callable)
