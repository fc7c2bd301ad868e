"""Adafactor: second moments kept as the product of a column and a row."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from .._core.bind import namespaces
from .._core.tensor import Tensor
from ._arithmetic import add, lerp, mul
from ._rule import RuleOptimizer, add_decay, check_lr, rule, scalar

__all__ = ["Adafactor"]

_zeros = namespaces["torch"]["zeros"]


def _norm(x, **over):
    return jnp.sqrt(jnp.sum(x * x, **over))


@rule(
    "adafactor_step(Tensor param, Tensor grad, Tensor? row_var, Tensor? col_var, Tensor? variance, Tensor step,"
    " Operand lr, Scalar beta2_decay, Scalar eps1, Scalar eps2, Scalar d, Scalar weight_decay, *, bool decay,"
    " bool maximize)"
)
def adafactor_step(param, grad, row_var, col_var, variance, step, lr, beta2_decay, eps1, eps2, d, weight_decay, *,
                   decay):  # fmt: skip
    step, lr = step.astype(jnp.float64), lr.astype(jnp.float64)
    fresh = step**beta2_decay
    root = grad.size**0.5
    size = _norm(param).astype(jnp.float64) / root
    alpha = jnp.maximum(eps2, size) * jnp.minimum(lr, 1 / jnp.sqrt(step))
    param, grad = add_decay(param, grad, lr, weight_decay, decay, True)
    # the smallest number beside 1 of the dtype, where no eps1 is given
    floor = jnp.where(jnp.isnan(eps1), jnp.finfo(param.dtype).eps, eps1)
    if variance is None:
        squares = jnp.square(grad)
        row_var = lerp(row_var, jnp.mean(squares, -1, keepdims=True), fresh)
        col_var = lerp(col_var, jnp.mean(squares, -2, keepdims=True), fresh)
        mean = jnp.mean(row_var, -2, keepdims=True)
        estimate = row_var * col_var / jnp.maximum(mean, floor.astype(mean.dtype))
    else:
        variance = estimate = lerp(variance, grad * grad, fresh)
    update = lax.rsqrt(jnp.maximum(estimate, (floor * floor).astype(estimate.dtype))) * grad
    clipped = jnp.maximum(1.0, _norm(update).astype(jnp.float64) / (root * d))
    param = add(param, mul(update, jnp.ones(())), -alpha / clipped)
    return (param, row_var, col_var) if variance is None else (param, variance)


class Adafactor(RuleOptimizer):
    """Adam-like steps, whose second moments take as much memory as a matrix has rows and columns.

    Args:
        params: tensors, or dicts of groups.
        lr: the most that a step is relative to a parameter's size.
        beta2_decay: the exponent by which the weight of new gradients falls; at most 0.
        eps: (the least second moment, by default the dtype's eps; the least size of a parameter).
        d: steps larger than this are clipped.
        weight_decay, foreach, maximize: as in `AdamW`.

    Raises:
        ValueError: an option is out of its range.
        RuntimeError: a parameter is complex, or its gradient sparse.

    Reference: Shazeer and Stern, arXiv:1804.04235.

    Example:
        >>> import jaxtorch as torch
        >>> w = torch.ones(2, 2, requires_grad=True)
        >>> optimizer = torch.optim.Adafactor([w], lr=0.1)
        >>> w.sum().backward()
        >>> optimizer.step()
        >>> w[0]
        tensor([0.9000, 0.9000], grad_fn=<SelectBackward0>)
    """

    rule = "adafactor_step"
    arrays = ("row_var", "col_var", "variance")
    old = {"foreach": None}
    _FACTORS = ("row_var", "col_var")

    def __init__(self, params, lr=1e-2, beta2_decay: float = -0.8, eps=(None, 1e-3), d: float = 1.0,
                 weight_decay: float = 0.0, *, foreach: bool | None = None, maximize: bool = False):  # fmt: skip
        check_lr(lr)
        if not lr >= 0.0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        for i, value in enumerate(eps):
            if value is not None and not value >= 0.0:
                raise ValueError(f"epsilon{i + 1} should be >= 0 but is: {value}")
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        self._kept: tuple[str, ...] = self._FACTORS
        super().__init__(params, {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
            "foreach": foreach, "maximize": maximize,
        })  # fmt: skip

    def arrays_of(self, group):
        return self._kept

    def start(self, group: dict, p: Tensor) -> dict:
        state = super().start(group, p)
        shape = list(p.shape)
        if "row_var" in state:
            state["row_var"] = _zeros(*shape[:-1], 1, dtype=p.dtype, device=p.device)
            state["col_var"] = _zeros(*shape[:-2], 1, shape[-1], dtype=p.dtype, device=p.device)
        return state

    def update(self, group: dict, params: list[Tensor]) -> None:
        """Step the matrices of a group, then its vectors: they keep other states."""
        for kept, chosen in (
            (self._FACTORS, [p for p in params if p.dim() > 1]), (("variance",), [p for p in params if p.dim() <= 1])
        ):  # fmt: skip
            if chosen:
                self._kept = kept
                super().update(group, chosen)

    def numbers(self, group):
        eps1, eps2 = group["eps"]
        eps1 = float("nan") if eps1 is None else eps1
        given = group["lr"], group["beta2_decay"], eps1, eps2, group["d"], group["weight_decay"]
        return [scalar(x) for x in given]

    def check_group(self, group: dict, params: list[Tensor]) -> None:
        if any(p.is_complex() for p in params):
            raise RuntimeError("Adafactor does not support complex parameters")
