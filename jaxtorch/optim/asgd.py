"""ASGD: gradient descent that also averages its parameters."""

from __future__ import annotations

import jax.numpy as jnp

from .._core import dtypes
from .._core.each import dispatch_each
from .._core.spec import op, registry
from ._arithmetic import add, mul
from ._rule import RuleOptimizer, add_decay, check_lr, check_positive, rule, scalar, step_full, weak

__all__ = ["ASGD"]


@rule(
    "asgd_step(Tensor param, Tensor grad, Tensor ax, Tensor eta, Tensor mu, Operand lr, Scalar lambd,"
    " Scalar weight_decay, *, bool decay, bool maximize)"
)
def asgd_step(param, grad, ax, eta, mu, lr, lambd, weight_decay, *, decay):
    param, grad = add_decay(param, grad, lr, weight_decay, decay, False)
    rate = weak(eta, lambd)
    param = add(mul(param, 1 - lambd * rate), grad, -rate)
    one = jnp.ones((), rate.dtype)
    averaged = add(ax, mul(add(param, ax, -one), mu), one)
    return param, jnp.where(mu == 1, param, averaged)


@op(
    "asgd_next(Tensor eta, Tensor mu, Tensor step, Operand lr, Scalar lambd, Scalar alpha, Scalar t0,"
    " *, dtype default) -> (eta, mu)",
    forms="",
)
def asgd_next(eta, mu, step, lr, lambd, alpha, t0, *, default):
    t = weak(step, lambd)
    rate = lr / weak((1 + lambd * weak(lr, lambd) * t) ** alpha, lr)
    # PyTorch makes a tensor of the default dtype of each number before it is written
    rate = rate if rate.dtype != lambd.dtype else rate.astype(default.np)
    weight = (1 / jnp.maximum(1.0, t - t0)).astype(default.np)
    return rate.astype(eta.dtype), weight.astype(mu.dtype)


class ASGD(RuleOptimizer):
    """Stochastic gradient descent with a running average of the parameters in ``state["ax"]``.

    Args:
        params: tensors, or dicts of groups.
        lr: the learning rate, a number or a 1-element tensor.
        lambd: how fast the parameters decay.
        alpha: the power by which the rate falls.
        t0: the step at which averaging begins.
        weight_decay, maximize, differentiable: as in `Adam`.

    Reference: Polyak and Juditsky, SIAM J. Control Optim. 30 (1992).
    """

    rule = "asgd_step"
    arrays = ("ax",)
    scalars = ("step", "eta", "mu")
    old = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    reads_step = False
    capturable_needs = "params, mus, etas, and state_steps"

    def __init__(self, params, lr=1e-2, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6,
                 weight_decay: float = 0, foreach: bool | None = None, maximize: bool = False,
                 differentiable: bool = False, capturable: bool = False):  # fmt: skip
        check_lr(lr)
        check_positive(lr=lr, weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        })  # fmt: skip

    def start_scalar(self, name, group, p):
        value = {"step": 0.0, "eta": float(group["lr"]), "mu": 1.0}[name]
        return step_full({"capturable": True}, p, value)

    def numbers(self, group):
        return [scalar(group[name]) for name in ("lr", "lambd", "weight_decay")]

    def flags(self, group):
        return {"decay": bool(group["weight_decay"] != 0)}

    def after_rule(self, group, scalars):
        steps, etas, mus = scalars
        numbers = self.current(group, lambda: [scalar(group[name]) for name in ("lr", "lambd", "alpha", "t0")])
        static = (dtypes.get_default_dtype(),)
        dispatch_each(registry["asgd_next"], [etas, mus, steps, *numbers], static, [etas, mus])
