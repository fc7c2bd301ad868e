"""Adam, and what it shares with AdamW."""

from __future__ import annotations

import jax.numpy as jnp

from .._core.tensor import Tensor
from ._arithmetic import addcdiv, addcmul, div, lerp, mul, shift, sqrt
from ._rule import RuleOptimizer, add_decay, check_betas, check_fused, check_lr, check_positive, rule, scalar, weak

__all__ = ["Adam"]


@rule(
    "adam_step(Tensor param, Tensor grad, Tensor exp_avg, Tensor exp_avg_sq, Tensor? max_exp_avg_sq, Tensor step,"
    " Operand lr, Operand beta1, Operand beta2, Scalar eps, Operand weight_decay, *, bool amsgrad, bool decay,"
    " bool decoupled_weight_decay, bool maximize, bool fused)"
)
def adam_step(param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq, step, lr, beta1, beta2, eps, weight_decay, *,
              amsgrad, decay, decoupled_weight_decay):  # fmt: skip
    param, grad = add_decay(param, grad, lr, weight_decay, decay, decoupled_weight_decay)
    exp_avg = lerp(exp_avg, grad, 1 - beta1)
    exp_avg_sq = addcmul(mul(exp_avg_sq, beta2), grad, grad, 1 - beta2)
    correction1 = 1 - beta1 ** weak(step, beta1)
    correction2 = 1 - beta2 ** weak(step, beta2)
    step_size = lr / weak(correction1, lr)
    largest = (jnp.maximum(max_exp_avg_sq, exp_avg_sq),) if amsgrad else ()
    denominator = shift(div(sqrt(largest[0] if amsgrad else exp_avg_sq), jnp.sqrt(correction2)), eps)  # pyright: ignore
    return addcdiv(param, exp_avg, denominator, -step_size), exp_avg, exp_avg_sq, *largest


class Adam(RuleOptimizer):
    """Adam: steps of the running mean of gradients over the root of their running square.

    Args:
        params: tensors, or dicts of groups.
        lr: the learning rate, a number or a 1-element tensor.
        betas: the decay of the running mean and of the running square.
        eps: added to the root.
        weight_decay: the L2 penalty, or with ``decoupled_weight_decay`` AdamW's shrinking.
        amsgrad: divide by the largest running square so far.
        maximize: climb.
        foreach, fused: accepted; one program updates all parameters of a group in any case.
        capturable: keep the step counts on the parameters' device.
        differentiable: tape the step.

    Reference: Kingma and Ba, arXiv:1412.6980; amsgrad: Reddi et al., ICLR 2018.
    """

    rule = "adam_step"
    no_sparse = "Adam does not support sparse gradients, please consider SparseAdam instead"
    arrays = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
    old = {
        "amsgrad": False, "maximize": False, "foreach": None, "capturable": False, "differentiable": False,
        "decoupled_weight_decay": False, "fused": None,
    }  # fmt: skip

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps: float = 1e-8, weight_decay: float = 0,
                 amsgrad: bool = False, *, foreach: bool | None = None, maximize: bool = False,
                 capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
                 decoupled_weight_decay: bool = False):  # fmt: skip
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        check_lr(lr)
        check_positive(lr=lr, eps=eps)
        check_betas(betas)
        check_positive(weight_decay=weight_decay)
        _check_beta_types(betas, foreach, capturable)
        defaults = {
            "lr": lr, "betas": tuple(scalar(b) if isinstance(b, Tensor) else b for b in betas), "eps": eps,
            "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable, "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)
        if fused:
            check_fused(fused, None, differentiable)
            self._step_supports_amp_scaling = True
            check_fused(fused, foreach, False)

    def arrays_of(self, group):
        return self.arrays if group["amsgrad"] else self.arrays[:2]

    def numbers(self, group):
        return [scalar(x) for x in (group["lr"], *group["betas"], group["eps"], group["weight_decay"])]

    def check_states(self, group, params, states):
        if group["differentiable"] and any(s["step"].requires_grad for s in states):
            raise RuntimeError("`requires_grad` is not supported for `step` in differentiable mode")
        if group["foreach"] and isinstance(group["lr"], Tensor) and not group["capturable"]:
            raise RuntimeError("lr as a Tensor is not supported for capturable=False and foreach=True")
        super().check_states(group, params, states)


def _check_beta_types(betas, foreach, capturable) -> None:
    tensors = [isinstance(b, Tensor) for b in betas]
    if not all(tensors) and not all(isinstance(b, float) for b in betas):
        raise ValueError("betas must be either both floats or both Tensors")
    for i in (0, 1):
        if not tensors[i]:
            continue
        if foreach and not capturable:
            raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
        if betas[i].numel() != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element")
