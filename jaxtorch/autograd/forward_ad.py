"""Forward-mode gradients: a dual tensor is a value with a direction, and what is computed from it has one, too.

    with dual_level():
        dual = make_dual(x, direction)
        value, derivative = unpack_dual(f(dual))

The derivative is found on the tape, when it is asked for: what the result pulls back is linear in the
cotangent, and its derivative by the cotangent is the derivative along the direction.
"""

from __future__ import annotations

from typing import NamedTuple

from .._core import modes, tape
from .._core.bind import namespaces
from .._core.tensor import Tensor
from . import grad
from .grad_mode import UNTAPED, DecoratorContext, directions, enable_grad

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]

_torch = namespaces["torch"]
_current_level = -1


class UnpackedDualTensor(NamedTuple):
    """A value and its derivative along the direction given, or None where there is none."""

    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> int:
    """Begin a level of forward-mode gradients; returns its number.

    Raises:
        RuntimeError: there is one already.
    """
    global _current_level
    if _current_level >= 0:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _current_level = 0
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level: no tensor has a direction any more.

    Raises:
        RuntimeError: there is no level, or ``level`` is not the last one entered.
    """
    global _current_level
    if level is None:
        level = _current_level
    if level != _current_level:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    if level < 0:
        raise RuntimeError("Dual level must be a positive number.")
    _current_level = -1
    directions.clear()


class dual_level(DecoratorContext):  # noqa: N801
    """A level of forward-mode gradients for a block, or for the calls of a function.

    Example:
        >>> import jaxtorch as torch
        >>> from jaxtorch.autograd import forward_ad
        >>> with forward_ad.dual_level():
        ...     x = forward_ad.make_dual(torch.tensor(3.0), torch.tensor(1.0))
        ...     forward_ad.unpack_dual(x * x).tangent
        tensor(6.)
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *_):
        exit_dual_level()


def _check_level(level: int | None, name: str) -> None:
    if level is not None and level != _current_level:
        raise RuntimeError(f"Invalid level given to {name}")


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """``tensor`` with a direction: a view of it.

    Args:
        tensor: of a floating-point or complex dtype.
        tangent: the direction, of the same shape.
        level: the number of the level, which is the one entered.

    Raises:
        RuntimeError: no level was entered, other shapes, or ``tensor`` is dual already.
        ValueError: other dtypes.
        NotImplementedError: under ``no_grad``.

    Differs from PyTorch: the dual tensor requires grad, and so does what is computed from it; it may not be
        written in place; `no_grad` while there are dual tensors raises. An `autograd.Function` is
        differentiated through its backward, not its ``jvp``. A derivative is of the dtype of the value.
    """
    if _current_level < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for what, x in (("primal", tensor), ("tangent", tangent)):
        if not (x.is_floating_point() or x.is_complex()):
            raise ValueError(f"Expected {what} to be floating point or complex, but got: {x.dtype}")
    _check_level(level, "_make_dual")
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is of size "
            f"{list(tangent.shape)}."
        )
    if _derivative(tensor) is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level "
            f"{_current_level} is not supported."
        )
    if not modes.state.grad:
        raise NotImplementedError(UNTAPED)
    with enable_grad():
        dual = tensor.view_as(tensor) if tensor.requires_grad else tensor.detach().requires_grad_()
    directions.append((dual, tangent))
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """(the value of a tensor, its derivative along the directions of what it was computed from).

    Args:
        tensor: any tensor.
        level: the number of the level, which is the one entered.

    Returns:
        The derivative is None where there is none.

    Differs from PyTorch: as `make_dual`.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"_unpack_dual(): argument 'dual' (position 1) must be Tensor, not {type(tensor).__name__}"
        )
    if _current_level < 0:
        return UnpackedDualTensor(tensor, None)
    _check_level(level, "_unpack_dual")
    found = _derivative(tensor)
    return UnpackedDualTensor(tensor if found is None else _alone(tensor), found)


def _derivative(tensor: Tensor) -> Tensor | None:
    """The derivative of a tensor along the directions; None where it depends on no dual tensor."""
    for dual, tangent in directions:
        if dual is tensor:
            return tangent
    if not tensor.requires_grad or not directions:
        return None
    reached = set(tape.reachable(tensor.grad_fn)) if tensor.grad_fn is not None else set()
    chosen = [(d, t) for d, t in directions if tape.edge_of(d)[0] in reached]
    if not chosen:
        return None
    duals, tangents = [d for d, _ in chosen], [t for _, t in chosen]
    with enable_grad():
        seed = _torch["zeros_like"](tensor).detach().requires_grad_()
        pulled = grad(tensor, duals, seed, create_graph=True, allow_unused=True)
        linear = [(g, t) for g, t in zip(pulled, tangents, strict=True) if g is not None and g.requires_grad]
        if not linear:
            return None
        found = grad([g for g, _ in linear], seed, [t.to(g.dtype) for g, t in linear], create_graph=True,
                     allow_unused=True)[0]  # fmt: skip
    return _torch["zeros_like"](seed).detach() if found is None else _alone(found, seed)


def _alone(x: Tensor, *others: Tensor) -> Tensor:
    """``x``, without a history that leads to nothing but dual tensors (and ``others``)."""
    own = {id(t) for t in (*[d for d, _ in directions], *others)}
    if x.grad_fn is None:
        return x.detach() if id(x) in own else x
    for node in tape.reachable(x.grad_fn):
        if isinstance(node, tape.AccumulateGrad) and id(node.variable) not in own:
            return x
    return x.detach()
