"""SparseAdam: Adam for gradients that are sparse tensors, on the rows that have one."""

from __future__ import annotations

import math

from .._core.bind import namespaces
from .._core.composed import Composed
from .._core.tensor import Tensor
from ..autograd.grad_mode import no_grad
from ._rule import check_betas, check_lr
from .optimizer import Optimizer, evaluate

__all__ = ["SparseAdam"]

_zeros_like, _sparse = namespaces["torch"]["zeros_like"], namespaces["torch"]["sparse_coo_tensor"]


class SparseAdam(Optimizer):
    """Adam whose means are updated, and whose steps are made, only where the sparse gradient has values.

    Args:
        params: dense tensors, or dicts of groups.
        lr: the learning rate, a number or a 1-element tensor.
        betas: the decay of the running mean and of the running square.
        eps: added to the root.
        maximize: climb.

    Raises:
        ValueError: a number out of range, or a sparse parameter.

    Example:
        >>> import jaxtorch as torch
        >>> table = torch.nn.Embedding(3, 2, sparse=True)
        >>> optimizer = torch.optim.SparseAdam(table.parameters(), lr=0.1)
        >>> table(torch.tensor([1])).sum().backward()
        >>> optimizer.step()
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps: float = 1e-8, maximize: bool = False):
        check_lr(lr)
        if not 0.0 < lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 < eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        self._refuse("Sparse", lambda p: isinstance(p, Composed), "requires dense parameter tensors")
        self._refuse("Complex", lambda p: p.is_complex(), "does not support complex parameters")

    def _refuse(self, kind: str, is_such, why: str) -> None:
        """Raise PyTorch's error where parameters are of a kind that the optimizer does not take."""
        found = [
            [g, i] for g, group in enumerate(self.param_groups) for i, p in enumerate(group["params"]) if is_such(p)
        ]
        if found:
            raise ValueError(f"{kind} params at indices {found}: SparseAdam {why}")

    @no_grad()
    def step(self, closure=None):
        """Update the parameters from their gradients.

        Args:
            closure: recomputes the loss and its gradients first; what it returns is returned.

        Raises:
            RuntimeError: a gradient is dense.
        """
        loss = evaluate(closure)
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            for p in params:
                if not isinstance(p._grad, Composed):
                    raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
            for p in params:
                state = self._state[p]
                if not state:
                    state.update(step=0, exp_avg=_zeros_like(p.detach()), exp_avg_sq=_zeros_like(p.detach()))
                state["step"] += 1
                self.update(group, p, state)
        return loss

    @staticmethod
    def update(group: dict, p: Tensor, state: dict) -> None:
        """Step one parameter."""
        grad = (-p.grad if group["maximize"] else p.grad).coalesce()
        values, (beta1, beta2) = grad.values(), group["betas"]
        if values.numel() == 0:
            return

        def at(found):
            return _sparse(grad.indices(), found, grad.shape)

        mean = state["exp_avg"].sparse_mask(grad)._values()
        square = state["exp_avg_sq"].sparse_mask(grad)._values()
        to_mean, to_square = (values - mean) * (1 - beta1), (values.pow(2) - square) * (1 - beta2)
        state["exp_avg"].add_(at(to_mean))
        state["exp_avg_sq"].add_(at(to_square))
        root = (square + to_square).sqrt().add_(group["eps"])
        corrections = math.sqrt(1 - beta2 ** state["step"]) / (1 - beta1 ** state["step"])
        p.add_(at((mean + to_mean) / root), alpha=-float(group["lr"]) * corrections)
