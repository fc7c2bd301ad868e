"""RAdam: Adam that waits until the variance of its running square is small enough."""

from __future__ import annotations

import jax.numpy as jnp

from ._arithmetic import add, addcmul, div, lerp, mul, reciprocal, shift, sqrt
from ._rule import RuleOptimizer, add_decay, check_betas, check_lr, check_positive, rule, scalar, weak

__all__ = ["RAdam"]


@rule(
    "radam_step(Tensor param, Tensor grad, Tensor exp_avg, Tensor exp_avg_sq, Tensor step, Operand lr,"
    " Scalar beta1, Scalar beta2, Scalar eps, Scalar weight_decay,"
    " *, bool decay, bool decoupled_weight_decay, bool maximize)"
)
def radam_step(param, grad, exp_avg, exp_avg_sq, step, lr, beta1, beta2, eps, weight_decay, *, decay,
               decoupled_weight_decay):  # fmt: skip
    param, grad = add_decay(param, grad, lr, weight_decay, decay, decoupled_weight_decay)
    t = weak(step, beta1)
    exp_avg = lerp(exp_avg, grad, 1 - beta1)
    exp_avg_sq = addcmul(mul(exp_avg_sq, beta2), grad, grad, 1 - beta2)
    correction1, correction2 = 1 - beta1**t, 1 - beta2**t
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * t * beta2**t / correction2
    ready = length > 5.0
    safe = jnp.where(ready, length, 6.0)  # no root of a negative number where it is not used
    rectified = (
        (safe - 4) * (safe - 2) * longest / ((longest - 4) * (longest - 2) * safe)
    ) ** 0.5
    root = shift(sqrt(exp_avg_sq), eps)
    adaptive = mul(reciprocal(root), correction2**0.5)
    plain = mul(div(exp_avg, correction1), lr)
    update = jnp.where(ready, mul(mul(plain, adaptive), rectified), plain)
    return add(param, update, -jnp.ones((), t.dtype)), exp_avg, exp_avg_sq


class RAdam(RuleOptimizer):
    """Adam with a rectified step: plain momentum at first, adaptive once its variance can be trusted.

    Args:
        params: tensors, or dicts of groups.
        lr, betas, eps, weight_decay, decoupled_weight_decay, maximize, differentiable: as in `Adam`.

    Reference: Liu et al., arXiv:1908.03265.
    """

    rule = "radam_step"
    arrays = ("exp_avg", "exp_avg_sq")
    old = {
        "foreach": None, "maximize": False, "differentiable": False, "decoupled_weight_decay": False,
        "capturable": False,
    }  # fmt: skip

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
                 decoupled_weight_decay: bool = False, *, foreach: bool | None = None, maximize: bool = False,
                 capturable: bool = False, differentiable: bool = False):  # fmt: skip
        check_lr(lr)
        check_positive(lr=lr, eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        })  # fmt: skip

    def numbers(self, group):
        return [scalar(x) for x in (group["lr"], *group["betas"], group["eps"], group["weight_decay"])]
