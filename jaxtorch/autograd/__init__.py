"""Automatic differentiation: backward, grad, custom Functions, modes."""

from __future__ import annotations

import warnings

from .._core import engine
from .._core.bind import overridden
from .._core.engine import Capture
from .._core.members import as_tuple, run_backward, wanted_edges
from .._core.tensor import Tensor
from . import function, graph
from .anomaly_mode import detect_anomaly, set_detect_anomaly
from .function import Function
from .grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = [
    "Function", "Variable", "backward", "detect_anomaly", "enable_grad", "function", "grad", "graph",
    "inference_mode", "no_grad", "set_detect_anomaly", "set_grad_enabled", "functional",
    "gradcheck", "gradgradcheck",
]  # fmt: skip


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    """Add the gradients of ``tensors`` to the ``.grad`` of the leaves they were computed from.

    Args:
        tensors: a tensor or several.
        grad_tensors: their cotangents; may be left out for scalars.
        retain_graph: keep what the graph saved (default: ``create_graph``).
        create_graph: tape the backward itself.
        inputs: accumulate only into these.

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
        outputs, inputs: a tensor or several.
        grad_outputs: cotangents of ``outputs``; may be left out for scalars.
        retain_graph: keep what the graph saved (default: ``create_graph``).
        create_graph: tape the backward, so that the result can be differentiated again.
        allow_unused: give None for an input that no output depends on, instead of raising.
        materialize_grads: give zeros there.

    Returns:
        A tuple of fresh tensors, one an input.

    Raises:
        RuntimeError: an input without requires_grad, or unused.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.")
    if is_grads_batched:
        raise NotImplementedError("autograd.grad(is_grads_batched=True)")
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    outputs, inputs = _tuple(outputs), _tuple(inputs)
    given = (None,) * len(outputs) if grad_outputs is None else _tuple(grad_outputs)
    if len(given) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(given)} gradients")
    from .._core.bind import overridden

    taken, result = overridden(
        grad, (outputs, inputs),
        {"grad_outputs": grad_outputs, "retain_graph": retain_graph, "create_graph": create_graph,
         "allow_unused": allow_unused, "materialize_grads": materialize_grads},
    )  # fmt: skip
    if taken:
        return result
    cotangents = engine.make_cotangents(outputs, given)
    for t in inputs:
        if not t.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    capture = Capture(inputs)
    engine.backward(
        [edge_of(t) for t in outputs], cotangents, create_graph if retain_graph is None else retain_graph,
        create_graph, capture,
    )  # fmt: skip
    found = []
    for i, (g, t) in enumerate(zip(capture.found, inputs, strict=True)):
        if g is None:
            if materialize_grads:
                g = t.detach() * 0
            elif not allow_unused:
                raise RuntimeError(
                    f"The differentiated Tensor at index {i} appears to not have been used in the graph. "
                    "Set allow_unused=True if this is the desired behavior."
                )
        found.append(g)
    return tuple(found)


class _VariableMeta(type):
    def __instancecheck__(cls, other) -> bool:
        return isinstance(other, Tensor)


class Variable(metaclass=_VariableMeta):
    """A spelling of PyTorch's past: ``Variable(t, requires_grad=...)`` is a tensor on ``t``'s memory."""

    def __new__(cls, data=None, requires_grad: bool = False, volatile: bool | None = None):
        if data is None:
            from .. import Tensor as make

            data = make()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        out = data.detach()
        return out.requires_grad_() if requires_grad else out


def __getattr__(name: str):
    # Loaded when first asked for: checking and higher-order helpers are not on the common path.
    if name in ("functional", "gradcheck", "gradgradcheck", "profiler", "forward_ad"):
        import importlib

        if name in ("gradcheck", "gradgradcheck"):
            module = importlib.import_module(".gradcheck", __name__)
            globals()["gradcheck"], globals()["gradgradcheck"] = module.gradcheck, module.gradgradcheck
            return globals()[name]
        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module 'torch.autograd' has no attribute '{name}'")
