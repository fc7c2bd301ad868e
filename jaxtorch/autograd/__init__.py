"""Automatic differentiation: backward, grad, custom Functions, modes."""

from __future__ import annotations

import warnings

from .._core import engine
from .._core.bind import namespaces, overridden
from .._core.engine import Capture
from .._core.members import as_tuple, input_tuple, run_backward, wanted_edges
from .._core.tensor import Tensor
from . import function, graph
from .anomaly_mode import detect_anomaly, set_detect_anomaly
from .function import Function
from .grad_mode import (
    _unsafe_preserve_version_counter,
    enable_grad,
    inference_mode,
    is_multithreading_enabled,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)

__all__ = [
    "Function", "Variable", "backward", "detect_anomaly", "enable_grad", "function", "grad", "graph",
    "inference_mode", "no_grad", "set_detect_anomaly", "set_grad_enabled", "set_multithreading_enabled", "functional",
    "gradcheck", "gradgradcheck",
]  # fmt: skip


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    """Add the gradients of ``tensors`` to the ``.grad`` of the leaves they were computed from.

    Args:
        tensors: a tensor or several.
        grad_tensors: their cotangents; may be left out for scalars.
        retain_graph: keep what the graph saved (default: ``create_graph``).
        create_graph: tape the backward itself.
        inputs: accumulate only into these (tensors, edges of the graph or a dict of tensors).

    Raises:
        RuntimeError: as `Tensor.backward`.
    """
    if grad_variables is not None:
        warnings.warn(
            "`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2
        )
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. "
                "Please only use `grad_tensors`."
            )
        grad_tensors = grad_variables
    run_backward(as_tuple(tensors), grad_tensors, retain_graph, create_graph, inputs)


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True,
         allow_unused=None, is_grads_batched=False, materialize_grads=False):  # fmt: skip
    """The gradients of ``outputs`` with respect to ``inputs``, returned instead of accumulated.

    Args:
        outputs: a tensor or several, or edges of the graph.
        inputs: the same, or a dict of tensors.
        grad_outputs: cotangents of ``outputs``; may be left out for scalars.
        retain_graph: keep what the graph saved (default: ``create_graph``).
        create_graph: tape the backward, so that the result can be differentiated again.
        allow_unused: give None for an input that no output depends on, instead of raising.
        is_grads_batched: ``grad_outputs`` have a first dimension more: one backward for each of
            its elements, the results stacked.
        materialize_grads: give zeros there.

    Returns:
        A tuple of fresh tensors, one an input (a dict where ``inputs`` is one).

    Raises:
        RuntimeError: an input without requires_grad, or unused.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    keys = list(inputs) if type(inputs) is dict else None
    outputs, inputs = as_tuple(outputs), input_tuple(inputs, "grad")
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    taken, result = overridden(
        grad, (outputs, inputs),
        {"grad_outputs": grad_outputs, "retain_graph": retain_graph, "create_graph": create_graph,
         "only_inputs": only_inputs, "allow_unused": allow_unused, "is_grads_batched": is_grads_batched,
         "materialize_grads": materialize_grads},
    )  # fmt: skip
    if not taken:
        result = _plain_grad(
            outputs, inputs, grad_outputs, retain_graph, create_graph, only_inputs, allow_unused, is_grads_batched,
            materialize_grads,
        )  # fmt: skip
    return result if keys is None else dict(zip(keys, result, strict=True))


def _plain_grad(outputs, inputs, grad_outputs, retain_graph, create_graph, only_inputs, allow_unused,
                is_grads_batched, materialize_grads) -> tuple:  # fmt: skip
    """`grad` of tuples, when no class of tensors has taken the call."""
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate "
            "gradient for other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=3,
        )
    given = (None,) * len(outputs) if grad_outputs is None else as_tuple(grad_outputs)
    run = _gradients_of_rows if is_grads_batched else _gradients
    keep = create_graph if retain_graph is None else retain_graph
    found = run(outputs, inputs, given, keep, create_graph, allow_unused)
    return tuple(map(_zeros_like, inputs, found)) if materialize_grads else tuple(found)


grad.__wrapped__ = _plain_grad  # pyright: ignore[reportFunctionMemberAccess]


def _gradients(outputs, inputs, given, keep: bool, create_graph: bool, allow_unused: bool) -> list:
    cotangents = engine.make_cotangents(outputs, given)
    roots = engine.edges_of(outputs, cotangents)
    capture = Capture(wanted_edges(inputs, False))
    engine.backward(roots, cotangents, keep, create_graph, capture)
    for i, g in enumerate(capture.found):
        if g is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
    return capture.found


def _gradients_of_rows(outputs, inputs, given, keep: bool, create_graph: bool, allow_unused: bool) -> list:
    for i, (out, g) in enumerate(zip(outputs, given, strict=False)):
        if not isinstance(out, Tensor):
            raise RuntimeError("Batched grads are not supported with GradientEdge")
        if g is not None and g.shape[1:] != out.shape:
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the "
                "batch dimension. The sizes of the remaining dimensions are expected to match the shape of "
                f"corresponding output, but a mismatch was detected: grad_output[{i}] has a shape of "
                f"{g.shape[2:]} and output[{i}] has a shape of {out.shape}. If you only want some tensors "
                "in `grad_output` to be considered batched, consider using vmap."
            )
    count = next(len(g) for g in given if g is not None)
    rows = [
        _gradients(
            outputs, inputs, [None if g is None else g[i] for g in given], keep or i < count - 1, create_graph,
            allow_unused,
        )
        for i in range(count)
    ]  # fmt: skip
    stack = namespaces["torch"]["stack"]
    return [None if column[0] is None else stack(column) for column in zip(*rows, strict=True)]


def _zeros_like(t, g):
    if g is not None:
        return g
    if not isinstance(t, Tensor):
        raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
    return namespaces["torch"]["zeros_like"](t)


class _VariableMeta(type):
    def __instancecheck__(cls, other) -> bool:
        return isinstance(other, Tensor)


class Variable(metaclass=_VariableMeta):
    """A spelling of PyTorch's past: ``Variable(t, requires_grad=...)`` is a tensor on ``t``'s memory."""

    def __new__(cls, data=None, requires_grad: bool = False, volatile: bool | None = None):
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        out = data.detach()
        return out.requires_grad_() if requires_grad else out


def __getattr__(name: str):
    # Loaded when first asked for: checking and higher-order helpers are not on the common path.
    if name in ("functional", "gradcheck", "gradgradcheck", "profiler", "profiler_util", "forward_ad"):
        import importlib

        if name in ("gradcheck", "gradgradcheck"):
            module = importlib.import_module(".gradcheck", __name__)
            globals()["gradcheck"], globals()["gradgradcheck"] = module.gradcheck, module.gradgradcheck
            return globals()[name]
        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module 'torch.autograd' has no attribute '{name}'")
