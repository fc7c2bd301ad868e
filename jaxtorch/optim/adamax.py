"""Adamax: Adam with the infinity norm."""

from __future__ import annotations

import jax.numpy as jnp

from ._arithmetic import addcdiv, lerp, mul, shift
from ._rule import RuleOptimizer, add_decay, check_betas, check_lr, check_positive, rule, scalar, weak

__all__ = ["Adamax"]


@rule(
    "adamax_step(Tensor param, Tensor grad, Tensor exp_avg, Tensor exp_inf, Tensor step, Operand lr, Scalar beta1,"
    " Scalar beta2, Scalar eps, Scalar weight_decay, *, bool decay, bool maximize)"
)
def adamax_step(param, grad, exp_avg, exp_inf, step, lr, beta1, beta2, eps, weight_decay, *, decay):
    param, grad = add_decay(param, grad, lr, weight_decay, decay, False)
    exp_avg = lerp(exp_avg, grad, 1 - beta1)
    exp_inf = jnp.maximum(mul(exp_inf, beta2), shift(jnp.abs(grad), eps))
    step_size = lr / weak(1 - beta1 ** weak(step, beta1), lr)
    return addcdiv(param, exp_avg, exp_inf, -step_size), exp_avg, exp_inf


class Adamax(RuleOptimizer):
    """Adam that divides by a decaying maximum of the gradients' sizes.

    Args:
        params: tensors, or dicts of groups.
        lr, betas, eps, weight_decay, maximize, differentiable: as in `Adam`.

    Reference: Kingma and Ba, arXiv:1412.6980, section 7.
    """

    rule = "adamax_step"
    arrays = ("exp_avg", "exp_inf")
    old = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
                 foreach: bool | None = None, *, maximize: bool = False, differentiable: bool = False,
                 capturable: bool = False):  # fmt: skip
        check_lr(lr)
        check_positive(lr=lr, eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        })  # fmt: skip

    def numbers(self, group):
        return [scalar(x) for x in (group["lr"], *group["betas"], group["eps"], group["weight_decay"])]
