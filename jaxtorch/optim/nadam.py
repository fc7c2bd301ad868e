"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from .._core.each import dispatch_each
from .._core.spec import op, registry
from ._arithmetic import addcdiv, addcmul, div, lerp, mul, shift, sqrt
from ._rule import RuleOptimizer, add_decay, check_betas, check_lr, check_positive, rule, scalar, step_full, weak

__all__ = ["NAdam"]


def _momentum(step, beta1, momentum_decay):
    return beta1 * (1.0 - 0.5 * 0.96 ** (step * momentum_decay))


@op("nadam_product(Tensor mu_product, Tensor step, Scalar beta1, Scalar momentum_decay)", forms="")
def nadam_product(mu_product, step, beta1, momentum_decay):
    return mu_product * _momentum(weak(step, beta1), beta1, momentum_decay).astype(mu_product.dtype)


@rule(
    "nadam_step(Tensor param, Tensor grad, Tensor exp_avg, Tensor exp_avg_sq, Tensor step, Tensor mu_product,"
    " Operand lr, Scalar beta1, Scalar beta2, Scalar eps, Scalar weight_decay, Scalar momentum_decay,"
    " *, bool decay, bool decoupled_weight_decay, bool maximize)"
)
def nadam_step(param, grad, exp_avg, exp_avg_sq, step, mu_product, lr, beta1, beta2, eps, weight_decay,
               momentum_decay, *, decay, decoupled_weight_decay):  # fmt: skip
    param, grad = add_decay(param, grad, lr, weight_decay, decay, decoupled_weight_decay)
    count, product = weak(step, beta1), weak(mu_product, beta1)
    mu, mu_next = (_momentum(t, beta1, momentum_decay) for t in (count, count + 1))
    exp_avg = lerp(exp_avg, grad, 1 - beta1)
    exp_avg_sq = addcmul(mul(exp_avg_sq, beta2), grad, grad, 1 - beta2)
    denominator = shift(sqrt(div(exp_avg_sq, 1 - beta2**count)), eps)
    param = addcdiv(param, grad, denominator, -lr * weak(1.0 - mu, lr) / weak(1.0 - product, lr))
    param = addcdiv(param, exp_avg, denominator, -lr * weak(mu_next, lr) / weak(1.0 - product * mu_next, lr))
    return param, exp_avg, exp_avg_sq


class NAdam(RuleOptimizer):
    """Adam with Nesterov's momentum, whose strength grows with the steps.

    Args:
        params: tensors, or dicts of groups.
        lr, betas, eps, weight_decay, decoupled_weight_decay, maximize, differentiable: as in `Adam`.
        momentum_decay: how fast the momentum reaches its full strength.

    Reference: Dozat, "Incorporating Nesterov Momentum into Adam".
    """

    rule = "nadam_step"
    arrays = ("exp_avg", "exp_avg_sq")
    scalars = ("step", "mu_product")
    old = {
        "maximize": False, "foreach": None, "capturable": False, "differentiable": False,
        "decoupled_weight_decay": False,
    }  # fmt: skip
    capturable_needs = "params, mu_products and state_steps"

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
                 momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *,
                 foreach: bool | None = None, maximize: bool = False, capturable: bool = False,
                 differentiable: bool = False):  # fmt: skip
        check_lr(lr)
        check_positive(lr=lr, eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay, momentum_decay=momentum_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        })  # fmt: skip

    def start_scalar(self, name, group, p):
        return step_full(group, p, 1.0 if name == "mu_product" else 0.0)

    def numbers(self, group):
        values = (group["lr"], *group["betas"], group["eps"], group["weight_decay"], group["momentum_decay"])
        return [scalar(x) for x in values]

    def before_rule(self, group, scalars):
        steps, products = scalars
        numbers = [float(group["betas"][0]), float(group["momentum_decay"])]
        dispatch_each(registry["nadam_product"], [products, steps, *numbers], (), [products])
