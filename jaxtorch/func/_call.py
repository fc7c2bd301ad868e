"""Calling a module with other parameters than its own."""

from __future__ import annotations

from collections import Counter

from .._core.bind import namespaces
from .._core.tensor import Tensor
from ..nn import Module
from ..nn.utils import stateless


def functional_call(module: Module, parameter_and_buffer_dicts, args=None, kwargs=None, *, tie_weights: bool = True,
                    strict: bool = False):  # fmt: skip
    """``module(*args, **kwargs)`` with parameters and buffers replaced by name.

    Args:
        module: the module; its own state is untouched.
        parameter_and_buffer_dicts: name -> tensor, or a sequence of such dicts.
        args: one argument, or a tuple of them.
        kwargs: keyword arguments.
        tie_weights: a tensor that the module uses under two names is replaced under both.
        strict: raise for names that are missing or unknown.

    Returns:
        What the module returns.

    Raises:
        ValueError: the same name in two dicts.
        RuntimeError: with ``strict``, names that do not match.
    """
    dicts = parameter_and_buffer_dicts
    if isinstance(dicts, (list, tuple)):
        if not all(isinstance(d, dict) for d in dicts):
            raise ValueError(
                "Expected all elements of parameter_and_buffer_dicts to be dictionaries"
            )
        names = [name for d in dicts for name in d]
        repeated = [name for name, times in Counter(names).items() if times > 1]
        if repeated:
            raise ValueError(
                f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous"
            )
        dicts = {name: t for d in dicts for name, t in d.items()}
    elif not isinstance(dicts, dict):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}"
        )
    return stateless.functional_call(module, dicts, args, kwargs, tie_weights=tie_weights, strict=strict)


def stack_module_state(models):
    """(parameters, buffers) of several modules of one class, stacked along a new first dimension.

    Raises:
        RuntimeError: no models, models of several classes, or in different modes.
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(m.training for m in models) or all(not m.training for m in models)):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    stack = namespaces["torch"]["stack"]

    def joined(tensors: tuple[Tensor, ...]) -> Tensor:
        together = stack(tensors)
        leaf = all(t.is_leaf for t in tensors)
        return together.detach().requires_grad_(tensors[0].requires_grad) if leaf else together

    params = {
        k: joined(tuple([dict(m.named_parameters())[k] for m in models])) for k, _ in models[0].named_parameters()
    }
    buffers = {k: joined(tuple([dict(m.named_buffers())[k] for m in models])) for k, _ in models[0].named_buffers()}
    return params, buffers
