"""Optimizers made of optax's gradient transformations."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax

from .._core import modes
from .._core.dispatch import dispatch
from .._core.each import dispatch_each
from .._core.spec import OpSpec, Schema, registry
from .._core.tensor import Tensor
from ._rule import RuleOptimizer
from .optimizer import evaluate, use_grad_for_differentiable

__all__ = ["OptaxOptimizer", "from_optax"]


def from_optax(tx, params=None):
    """An optimizer whose step is an optax gradient transformation.

    Args:
        tx: an `optax.GradientTransformation`. Its parameters are the list of those of a group that have a gradient;
            its learning rate and schedules are its own.
        params: tensors, or dicts of groups, each of which may have a ``"tx"`` of its own.

    Returns:
        The optimizer, or without ``params`` a function from them to it.

    Raises:
        TypeError: ``tx`` is no gradient transformation.

    Differs from PyTorch: no counterpart. The state is one of the group, by the paths of its leaves:
    ``optimizer.state["group 0"]["[0].mu[1]"]``.

    Example:
        >>> import optax, jaxtorch as torch
        >>> w = torch.tensor([1.0], requires_grad=True)
        >>> optimizer = torch.optim.from_optax(optax.sgd(0.1), [w])
        >>> (3 * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([0.7000], requires_grad=True)
    """
    _check(tx)
    return partial(OptaxOptimizer, tx=tx) if params is None else OptaxOptimizer(params, tx)


def _check(tx) -> None:
    if not callable(getattr(tx, "init", None)) or not callable(getattr(tx, "update", None)):
        raise TypeError(f"from_optax() expects an optax.GradientTransformation, got {type(tx).__name__}")


class OptaxOptimizer(RuleOptimizer):
    """What `from_optax` makes."""

    def __init__(self, params, tx):
        self._programs: dict = {}
        super().__init__(params, {"tx": tx})

    def add_param_group(self, param_group: dict) -> None:
        if isinstance(param_group, dict) and "tx" in param_group:
            _check(param_group["tx"])
        super().add_param_group(param_group)

    @use_grad_for_differentiable
    def step(self, closure=None):
        """Update the parameters from their gradients.

        Args:
            closure: recomputes the loss and its gradients first; what it returns is returned, and given to
                transformations that ask for the ``value`` of the loss.
        """
        loss = evaluate(closure)
        self._loss = [loss.detach()] if isinstance(loss, Tensor) and loss.numel() == 1 else []
        for group in self.param_groups:
            self.update(group, [p for p in group["params"] if p.grad is not None])
        del self._loss
        return loss

    def update(self, group, params):
        if not params:
            return
        place = next(i for i, g in enumerate(self.param_groups) if g is group)
        own, tx = self._state[f"group {place}"], group["tx"]
        program = self._program(tx, len(params), len(self._loss))
        recorder = modes.state.recorder
        if not own:
            first = params if recorder is None else [recorder.original(p) for p in params]
            self.begin(own, lambda: program.start(first))
        if recorder is not None:
            recorder.guard("the transformation of an optimizer", lambda: [id(group["tx"])])
        names = program.names(params)
        if list(own) != names:
            raise RuntimeError(
                f"the state of group {place} is not one of {len(params)} parameters with a gradient under its "
                "transformation: the same parameters must have a gradient in each step"
            )
        written = [*params, *own.values()]
        results = dispatch(program.spec, [*params, *[p.grad for p in params], *own.values(), *self._loss])
        dispatch_each(registry["copy_.raw"], [written, list(results)], (), [written])

    def _program(self, tx, count: int, losses: int) -> _Program:
        key = id(tx), count, losses  # the program keeps the transformation alive
        if key not in self._programs:
            self._programs[key] = _Program(tx, count, losses)
        return self._programs[key]

    def state_dict(self) -> dict:
        """The state without the transformations, which are functions."""
        found = super().state_dict()
        for group in found["param_groups"]:
            group.pop("tx", None)
        return found

    def load_state_dict(self, state_dict: dict) -> None:
        own = [group["tx"] for group in self.param_groups]
        state = {
            name: {k: t.clone() if isinstance(t, Tensor) else t for k, t in leaves.items()}
            for name, leaves in state_dict["state"].items()
        }
        super().load_state_dict({**state_dict, "state": state})
        for group, tx in zip(self.param_groups, own):
            group["tx"] = tx


class _Program:
    """A transformation of ``count`` parameters as an op on arrays."""

    def __init__(self, tx, count: int, losses: int):
        import optax

        self.tx, self.count = tx, count
        self.begin = OpSpec(
            Schema.bare("optax_init"), lambda *params: tuple(jax.tree.leaves(self.init(params))),
            promote="none", opmath=False, differentiable=False,
        )  # fmt: skip
        update = optax.with_extra_args_support(tx).update

        def run(*operands):
            params, grads = list(operands[:count]), list(operands[count : 2 * count])
            end = len(operands) - losses
            with _numbers_of(params):
                structure = jax.tree.structure(jax.eval_shape(self.init, params))
                state = jax.tree.unflatten(structure, operands[2 * count : end])
                values = {"value": operands[end].reshape(())} if losses else {}
                updates, after = update(grads, state, params, **values)
                new: Any = optax.apply_updates(params, updates)
            found = [*new, *jax.tree.leaves(after)]
            return tuple([x.astype(old.dtype) for x, old in zip(found, (*params, *operands[2 * count : end]))])

        self.spec = OpSpec(Schema.bare("optax_update"), run, promote="none", opmath=False, differentiable=False)

    def init(self, params):
        """The first state, as optax makes it."""
        with _numbers_of(params):
            return jax.tree.map(partial(jax.numpy.array, copy=True), self.tx.init(list(params)))

    def names(self, params: list[Tensor]) -> list[str]:
        """The paths of the leaves of the state."""
        if not hasattr(self, "_names"):
            with jax.enable_x64(True):
                shapes = [jax.ShapeDtypeStruct(tuple(p.shape), p.dtype.np) for p in params]
                leaves = jax.tree_util.tree_leaves_with_path(jax.eval_shape(self.init, shapes))
            self._names = [jax.tree_util.keystr(path) for path, _ in leaves]
        return self._names

    def start(self, params: list[Tensor]) -> dict[str, Tensor]:
        """The first state, by the paths of its leaves."""
        names = self.names(params)
        return dict(zip(names, dispatch(self.begin, [p.detach() for p in params]) if names else (), strict=True))


def _numbers_of(params):
    """JAX with 64-bit numbers only where a parameter has them: what optax's own arrays are made in."""
    return jax.enable_x64(any(p.dtype.name in ("float64", "complex128") for p in params))
