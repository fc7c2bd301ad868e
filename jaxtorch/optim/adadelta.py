"""Adadelta: steps in the units of the parameters, with no learning rate to choose."""

from __future__ import annotations

from ._arithmetic import add, addcmul, div, mul, shift, sqrt
from ._rule import CAPTURABLE, RuleOptimizer, add_decay, check_lr, check_positive, rule, scalar

__all__ = ["Adadelta"]


@rule(
    "adadelta_step(Tensor param, Tensor grad, Tensor square_avg, Tensor acc_delta, Operand lr, Scalar rho,"
    " Scalar eps, Scalar weight_decay, *, bool decay, bool maximize)"
)
def adadelta_step(param, grad, square_avg, acc_delta, lr, rho, eps, weight_decay, *, decay):
    param, grad = add_decay(param, grad, lr, weight_decay, decay, False)
    square_avg = addcmul(mul(square_avg, rho), grad, grad, 1 - rho)
    delta = mul(div(sqrt(shift(acc_delta, eps)), sqrt(shift(square_avg, eps))), grad)
    acc_delta = addcmul(mul(acc_delta, rho), delta, delta, 1 - rho)
    return add(param, delta, -lr), square_avg, acc_delta


class Adadelta(RuleOptimizer):
    """Steps scaled by the ratio of the running sizes of past steps and of gradients.

    Args:
        params: tensors, or dicts of groups.
        lr: scales the step.
        rho: the decay of both running squares.
        eps: added under both roots.
        weight_decay, maximize, differentiable: as in `Adam`.

    Reference: Zeiler, arXiv:1212.5701.
    """

    rule = "adadelta_step"
    arrays = ("square_avg", "acc_delta")
    old = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    reads_step = False
    capturable_devices = CAPTURABLE[:-1]

    def __init__(self, params, lr=1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0,
                 foreach: bool | None = None, *, capturable: bool = False, maximize: bool = False,
                 differentiable: bool = False):  # fmt: skip
        check_lr(lr)
        check_positive(lr=lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_positive(eps=eps, weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
        })  # fmt: skip

    def numbers(self, group):
        return [scalar(group[name]) for name in ("lr", "rho", "eps", "weight_decay")]
