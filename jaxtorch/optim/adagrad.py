"""Adagrad: steps over the root of the summed squares of all gradients."""

from __future__ import annotations

import jax.numpy as jnp

from .._core.bind import namespaces
from ._arithmetic import addcdiv, addcmul, shift, sqrt
from ._rule import RuleOptimizer, add_decay, check_fused, check_lr, check_positive, rule, scalar, step_full, weak

__all__ = ["Adagrad"]

_full_like, _sparse = namespaces["torch"]["full_like"], namespaces["torch"]["sparse_coo_tensor"]


@rule(
    "adagrad_step(Tensor param, Tensor grad, Tensor sum, Tensor step, Operand lr, Scalar lr_decay,"
    " Scalar weight_decay, Scalar eps, *, bool decay, bool maximize, bool fused)"
)
def adagrad_step(param, grad, total, step, lr, lr_decay, weight_decay, eps, *, decay):
    param, grad = add_decay(param, grad, lr, weight_decay, decay, False)
    rate = lr / weak(1 + (weak(step, lr_decay) - 1) * lr_decay, lr)
    total = addcmul(total, grad, grad, jnp.ones((), rate.dtype))
    return addcdiv(param, grad, shift(sqrt(total), eps), -rate), total


class Adagrad(RuleOptimizer):
    """Gradient steps over the root of the sum of all squared gradients so far.

    Args:
        params: tensors, or dicts of groups.
        lr: the learning rate, a number or a 1-element tensor.
        lr_decay: the rate is lr / (1 + (step - 1) lr_decay).
        weight_decay: the L2 penalty.
        initial_accumulator_value: where the sum of squares starts.
        eps: added to the root.
        maximize, differentiable: as in `Adam`.

    Reference: Duchi et al., JMLR 12 (2011).
    """

    rule = "adagrad_step"
    arrays = ("sum",)
    old = {"foreach": None, "maximize": False, "differentiable": False, "fused": None}

    def __init__(self, params, lr=1e-2, lr_decay: float = 0, weight_decay: float = 0,
                 initial_accumulator_value: float = 0, eps: float = 1e-10, foreach: bool | None = None, *,
                 maximize: bool = False, differentiable: bool = False, fused: bool | None = None):  # fmt: skip
        check_lr(lr)
        check_positive(
            lr=lr, lr_decay=lr_decay, weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value, eps=eps,
        )  # fmt: skip
        super().__init__(params, {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        })  # fmt: skip
        check_fused(fused, foreach, differentiable)
        if fused:
            self._need_device_dtype_check_for_fused = True
            self._step_supports_amp_scaling = True
        for group in self.param_groups:
            for p in group["params"]:
                self._state[p].update(self.start(group, p))

    def start(self, group, p):
        value = self.defaults["initial_accumulator_value"]
        return {
            "step": step_full(group, p, 0.0),
            "sum": _full_like(p.detach(), complex(value, value) if p.is_complex() else value),
        }

    def numbers(self, group):
        return [scalar(group[name]) for name in ("lr", "lr_decay", "weight_decay", "eps")]

    def update_sparse(self, group, params):
        if group["fused"]:
            raise RuntimeError("`fused` does not support sparse grad or complex param")
        if group["weight_decay"] != 0:
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")
        for p in params:
            state = self._state[p]
            state["step"] += 1
            rate = float(group["lr"]) / (1 + (state["step"].item() - 1) * group["lr_decay"])
            grad = (-p.grad if group["maximize"] else p.grad).coalesce()
            indices, values = grad.indices(), grad.values()
            state["sum"].add_(_sparse(indices, values.pow(2), grad.shape))
            root = state["sum"].sparse_mask(grad)._values().sqrt().add_(group["eps"])
            p.add_(_sparse(indices, values / root, grad.shape), alpha=-rate)

    def share_memory(self) -> None:
        """Move the sums to memory that processes share."""
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["sum"].share_memory_()
