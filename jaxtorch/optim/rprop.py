"""Rprop: steps by the sign of the gradient alone."""

from __future__ import annotations

import jax.numpy as jnp

from .._core.bind import namespaces
from ._arithmetic import addcmul, mul
from ._rule import RuleOptimizer, check_lr, check_positive, rule, scalar, step_full, weak

__all__ = ["Rprop"]

_full_like = namespaces["torch"]["full_like"]


@rule(
    "rprop_step(Tensor param, Tensor grad, Tensor prev, Tensor step_size, Scalar etaminus, Scalar etaplus,"
    " Scalar step_size_min, Scalar step_size_max, *, bool maximize)"
)
def rprop_step(param, grad, prev, step_size, etaminus, etaplus, step_size_min, step_size_max):
    agreement = jnp.sign(mul(grad, prev))
    factor = jnp.where(
        agreement > 0, weak(etaplus, agreement),
        jnp.where(agreement < 0, weak(etaminus, agreement), jnp.where(agreement == 0, 1, agreement)),
    )  # fmt: skip
    step_size = mul(step_size, factor)
    step_size = jnp.clip(step_size, weak(step_size_min, step_size), weak(step_size_max, step_size))
    grad = jnp.where(agreement < 0, 0, grad)
    return addcmul(param, jnp.sign(grad), step_size, -jnp.ones((), etaplus.dtype)), grad, step_size


class Rprop(RuleOptimizer):
    """Steps of a size of their own for each element, grown while the gradient keeps its sign.

    Args:
        params: tensors, or dicts of groups.
        lr: the first step size.
        etas: the factors by which a step size shrinks and grows.
        step_sizes: the least and the greatest.
        maximize, differentiable: as in `Adam`.

    Reference: Riedmiller and Braun, IEEE ICNN 1993.
    """

    rule = "rprop_step"
    arrays = ("prev", "step_size")
    old = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    reads_step = False

    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, capturable: bool = False,
                 foreach: bool | None = None, maximize: bool = False, differentiable: bool = False):  # fmt: skip
        check_lr(lr)
        check_positive(lr=lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(params, {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        })  # fmt: skip

    def start(self, group, p):
        lr = float(group["lr"])
        size = complex(lr, lr) if p.is_complex() else lr
        zeros = _full_like(p.detach(), 0)
        return {"step": step_full(group, p, 0.0), "prev": zeros, "step_size": _full_like(p.grad.detach(), size)}

    def numbers(self, group):
        return [scalar(x) for x in (*group["etas"], *group["step_sizes"])]
