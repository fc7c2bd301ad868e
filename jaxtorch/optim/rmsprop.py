"""RMSprop: steps over the root of a running square of the gradients."""

from __future__ import annotations

import jax.numpy as jnp

from ._arithmetic import add, addcdiv, addcmul, lerp, mul, shift, sqrt
from ._rule import RuleOptimizer, add_decay, check_lr, check_positive, rule, scalar

__all__ = ["RMSprop"]


@rule(
    "rmsprop_step(Tensor param, Tensor grad, Tensor square_avg, Tensor? momentum_buffer, Tensor? grad_avg,"
    " Operand lr, Scalar alpha, Scalar eps, Scalar weight_decay, Scalar momentum, *, bool decay, bool maximize)"
)
def rmsprop_step(param, grad, square_avg, buffer, grad_avg, lr, alpha, eps, weight_decay, momentum, *, decay):
    param, grad = add_decay(param, grad, lr, weight_decay, decay, False)
    one = jnp.ones((), alpha.dtype)
    square_avg = addcmul(mul(square_avg, alpha), grad, grad, 1 - alpha)
    variance, centre = square_avg, ()
    if grad_avg is not None:
        grad_avg = lerp(grad_avg, grad, 1 - alpha)
        variance, centre = addcmul(square_avg, grad_avg, grad_avg, -one), (grad_avg,)
    root = shift(sqrt(variance), eps)
    if buffer is None:
        return addcdiv(param, grad, root, -lr), square_avg, *centre
    buffer = addcdiv(mul(buffer, momentum), grad, root, one)
    return add(param, buffer, -lr), square_avg, buffer, *centre


class RMSprop(RuleOptimizer):
    """Gradient steps over the root of a running mean of squared gradients.

    Args:
        params: tensors, or dicts of groups.
        lr: the learning rate, a number or a 1-element tensor.
        alpha: the decay of the running square.
        eps: added to the root.
        momentum: how much of the running direction is kept.
        centered: subtract the square of the running mean.
        weight_decay, maximize, differentiable: as in `Adam`.

    Reference: Hinton's lecture 6 on neural networks; centered: Graves, arXiv:1308.0850.
    """

    rule = "rmsprop_step"
    arrays = ("square_avg", "momentum_buffer", "grad_avg")
    old = {
        "momentum": 0, "centered": False, "foreach": None, "maximize": False, "differentiable": False,
        "capturable": False,
    }  # fmt: skip
    reads_step = False

    def __init__(self, params, lr=1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0,
                 momentum: float = 0, centered: bool = False, capturable: bool = False,
                 foreach: bool | None = None, maximize: bool = False, differentiable: bool = False):  # fmt: skip
        check_lr(lr)
        check_positive(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        })  # fmt: skip

    def arrays_of(self, group):
        wanted = {"square_avg": True, "momentum_buffer": group["momentum"] > 0, "grad_avg": group["centered"]}
        return tuple([name for name in self.arrays if wanted[name]])

    def numbers(self, group):
        return [scalar(group[name]) for name in ("lr", "alpha", "eps", "weight_decay", "momentum")]
