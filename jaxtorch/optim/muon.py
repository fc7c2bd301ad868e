"""Muon: momentum whose matrices are made orthogonal."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax

from .._core.tensor import Tensor
from ._arithmetic import add, lerp, mul, narrowed
from ._rule import RuleOptimizer, check_lr, rule, scalar

__all__ = ["Muon"]

_MOST_STEPS = 100


def orthogonal(x, a, b, c, steps, eps):
    """Newton-Schulz iterations towards the nearest orthogonal matrix, in bfloat16 as PyTorch makes them."""
    half, wide = jnp.bfloat16, jnp.float32
    tall = x.shape[0] > x.shape[1]
    a, b, c, eps = (n.astype(wide) for n in (a, b, c, eps))

    def rounded(y):
        return narrowed(y, half).astype(wide)

    x = rounded(x.T.astype(wide) if tall else x.astype(wide))
    x = rounded(x / jnp.maximum(rounded(jnp.sqrt(jnp.sum(x * x))), rounded(eps)))

    def iterate(_, x):
        gram = rounded(jnp.matmul(x, x.T, precision="highest"))
        step = rounded(b * gram + c * jnp.matmul(gram, gram, precision="highest"))
        return rounded(a * x + jnp.matmul(step, x, precision="highest"))

    x = lax.fori_loop(0, steps.astype(jnp.int32), iterate, x)
    return x.T if tall else x


@rule(
    "muon_step(Tensor param, Tensor grad, Tensor momentum_buffer, Operand lr, Scalar weight_decay, Scalar momentum,"
    " Scalar a, Scalar b, Scalar c, Scalar eps, Scalar ns_steps, *, bool nesterov, bool matched)"
)
def muon_step(param, grad, momentum_buffer, lr, weight_decay, momentum, a, b, c, eps, ns_steps, *, nesterov, matched):
    momentum_buffer = lerp(momentum_buffer, grad, 1 - momentum)
    update = lerp(grad, momentum_buffer, momentum) if nesterov else momentum_buffer
    update = orthogonal(update, a, b, c, ns_steps, eps).astype(param.dtype)
    rows, columns = param.shape
    ratio = 0.2 * math.sqrt(max(rows, columns)) if matched else math.sqrt(max(1, rows / columns))
    lr = lr.astype(jnp.float64)
    return add(mul(param, 1 - lr * weight_decay), update, -lr * ratio), momentum_buffer


class Muon(RuleOptimizer):
    """Momentum steps made orthogonal by Newton-Schulz iterations, for the matrices of hidden layers.

    Args:
        params: tensors of two dims, or dicts of groups.
        lr, weight_decay: as in `AdamW`.
        momentum, nesterov: as in `SGD`; the buffer is an average.
        ns_coefficients: the three coefficients of an iteration.
        eps: the least norm that a matrix is divided by.
        ns_steps: how many iterations.
        adjust_lr_fn: how steps of matrices that are not square are scaled: "original" (the default) or
            "match_rms_adamw", which takes learning rates of `AdamW`.

    Raises:
        ValueError: an option is out of its range, or a parameter has not two dims.
        RuntimeError: a parameter is complex, or its gradient sparse.

    Reference: Jordan et al., https://kellerjordan.github.io/posts/muon.

    Example:
        >>> import jaxtorch as torch
        >>> w = torch.eye(2, requires_grad=True)
        >>> optimizer = torch.optim.Muon([w], lr=0.1)
        >>> w.trace().backward()
        >>> optimizer.step()
    """

    rule = "muon_step"
    arrays = ("momentum_buffer",)
    scalars = ()
    old = {}

    def __init__(self, params, lr: float = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
                 nesterov: bool = True, ns_coefficients=(3.4445, -4.7750, 2.0315), eps: float = 1e-7,
                 ns_steps: int = 5, adjust_lr_fn: str | None = None):  # fmt: skip
        check_lr(lr)
        for name, value in (("Learning rate", lr), ("momentum", momentum), ("weight decay", weight_decay)):
            if not value >= 0.0:
                raise ValueError(f"{name} should be >= 0 but is: {value}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        super().__init__(params, {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        })  # fmt: skip
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {p.size()}"
                    )

    def flags(self, group):
        return {"matched": group["adjust_lr_fn"] == "match_rms_adamw"}

    def numbers(self, group):
        given = (
            group["lr"], group["weight_decay"], group["momentum"], *group["ns_coefficients"], group["eps"],
            group["ns_steps"],
        )  # fmt: skip
        return [scalar(x) for x in given]

    def check_group(self, group: dict, params: list[Tensor]) -> None:
        if any(p.is_complex() for p in params):
            raise RuntimeError("Muon does not support complex parameters")
        if group["ns_steps"] >= _MOST_STEPS:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        if len(group["ns_coefficients"]) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")
