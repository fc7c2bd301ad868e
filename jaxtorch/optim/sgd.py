"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from .._core import modes
from .._core.each import dispatch_each
from .._core.layout import like_layout
from .._core.spec import op, registry
from ._arithmetic import add, mul
from ._rule import RuleOptimizer, add_decay, check_fused, check_lr, rule, scalar, zeros_like

__all__ = ["SGD"]


@rule(
    "sgd_step(Tensor param, Tensor grad, Tensor? momentum_buffer, Operand lr, Operand weight_decay,"
    " Scalar momentum, Scalar dampening, *, bool decay, bool first, bool nesterov, bool maximize, bool fused)"
)
def sgd_step(param, grad, buffer, lr, weight_decay, momentum, dampening, *, decay, first, nesterov):
    param, grad = add_decay(param, grad, lr, weight_decay, decay, False)
    if buffer is None:
        return (add(param, grad, -lr),)
    if not first:
        buffer = add(mul(buffer, momentum), grad, 1 - dampening)
    return add(param, add(grad, buffer, momentum) if nesterov else buffer, -lr), buffer


@op("sgd_start(Tensor param, Tensor grad, Operand weight_decay, *, bool decay, bool maximize)", forms="",
    layout=lambda layouts, **_: like_layout(layouts[1]))  # fmt: skip
def sgd_start(param, grad, weight_decay, *, decay, maximize):
    return add_decay(param, -grad if maximize else grad, None, weight_decay, decay, False)[1]


class SGD(RuleOptimizer):
    r"""Stochastic gradient descent: g += weight_decay p; b = momentum b + (1 - dampening) g; p -= lr b.

    Args:
        params: tensors, or dicts of groups.
        lr: the learning rate, a number or a 1-element tensor.
        momentum: how much of the running direction is kept; its first value is the gradient itself.
        dampening: how much less of each later gradient is added to it.
        weight_decay: the L2 penalty.
        nesterov: look ahead along the running direction.
        maximize: climb.
        foreach, fused: accepted; one program updates all parameters of a group in any case.
        differentiable: tape the step.

    Example:
        >>> import jaxtorch as torch
        >>> w = torch.tensor([1.0], requires_grad=True)
        >>> optimizer = torch.optim.SGD([w], lr=0.1)
        >>> (3 * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([0.7000], requires_grad=True)
    """

    rule = "sgd_step"
    arrays = ("momentum_buffer",)
    scalars = ()
    old = {"nesterov": False, "maximize": False, "foreach": None, "differentiable": False, "fused": False}

    def __init__(self, params, lr=1e-3, momentum: float = 0, dampening: float = 0, weight_decay=0,
                 nesterov: bool = False, *, maximize: bool = False, foreach: bool | None = None,
                 differentiable: bool = False, fused: bool | None = None):  # fmt: skip
        check_lr(lr)
        for value, text in ((lr, "learning rate"), (momentum, "momentum value"), (weight_decay, "weight_decay value")):
            if value < 0.0:
                raise ValueError(f"Invalid {text}: {value}")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable,
            "fused": fused,
        }  # fmt: skip
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, defaults)
        if fused:
            self._step_supports_amp_scaling = True
            self._need_device_dtype_check_for_fused = True
        check_fused(fused, foreach, differentiable)

    def numbers(self, group):
        return [scalar(group[name]) for name in ("lr", "weight_decay", "momentum", "dampening")]

    def flags(self, group):
        return {"decay": bool(group["weight_decay"] != 0), "first": False}

    def update(self, group, params):
        self.check_group(group, params)
        if group["momentum"] == 0:
            self.apply(group, [params, [p.grad for p in params], None], [])
            return
        state = self._state
        fresh = [p for p in params if state[p].get("momentum_buffer") is None]
        if fresh and modes.state.recorder is not None and group["dampening"] == 0:
            # the first buffers are the gradients: what the later steps' rule makes of zeros
            for p in fresh:
                self.begin(state[p], lambda p=p: {"momentum_buffer": zeros_like(p.detach())})
        elif fresh:
            self.first_step(group, fresh)
            params = [p for p in params if not any(p is f for f in fresh)] if len(fresh) < len(params) else []
        if params:
            buffers = [state[p]["momentum_buffer"] for p in params]
            self.apply(group, [params, [p.grad for p in params], buffers], [])

    def update_sparse(self, group, params):
        if group["fused"]:
            raise RuntimeError("`_fused_sgd` does not support sparse gradients")
        momentum, state = group["momentum"], self._state
        for p in params:
            grad = -p.grad if group["maximize"] else p.grad
            if group["weight_decay"] != 0:
                grad = grad.add(p, alpha=group["weight_decay"])
            if momentum != 0:
                buffer = state[p].get("momentum_buffer")
                if buffer is None:
                    buffer = state[p]["momentum_buffer"] = grad.detach().clone()
                else:
                    buffer.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
                grad = grad.add(buffer, alpha=momentum) if group["nesterov"] else buffer
            p.add_(grad, alpha=-float(group["lr"]))

    def first_step(self, group, params):
        """The step that makes the momentum buffers: they are the gradients, undampened."""
        grads, flags = [p.grad for p in params], self.flags(group)
        buffers = dispatch_each(
            registry["sgd_start"],
            [params, grads, scalar(group["weight_decay"])],
            (flags["decay"], bool(group["maximize"])),
        )
        for p, b in zip(params, buffers):
            self._state[p]["momentum_buffer"] = b.detach()
        buffers = [self._state[p]["momentum_buffer"] for p in params]
        self.run_rule(group, [params, grads, buffers], [], first=True)
