"""Derivatives of functions of tensors: vjp, jvp, jacobian, hessian and their products."""

from __future__ import annotations

from .._core.bind import namespaces
from .._core.tensor import Tensor
from . import grad
from .grad_mode import enable_grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

_OUTPUTS = "outputs of the user-provided function"
# what a strict call refuses: kind of tensor -> what it says of number i
_NO_GRAPH = {
    "outputs": "Output {i} of the user-provided function does not require gradients. The outputs must be "
    "computed in a differentiable manner from the input when running in strict mode.",
    "grad_inputs": "The gradient with respect to input {i} is independent of the inputs of the user-provided "
    "function. This is not allowed in strict mode.",
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided function with "
    "respect to input {i} is independent of the input. This is not allowed in strict mode. You should ensure "
    "that your function is twice differentiable and that the jacobian depends on the inputs (this would be "
    "violated by a linear function for example).",
    "hessian": "The hessian of the user-provided function with respect to input {i} is independent of the "
    "input. This is not allowed in strict mode. You should ensure that your function is thrice differentiable "
    "and that the hessian depends on the inputs.",
}
_UNUSED = {
    "back": "The output of the user-provided function is independent of input {i}. This is not allowed in "
    "strict mode.",
    "back_trick": "The gradient with respect to the input is independent of entry {i} in the grad_outputs when "
    "using the double backward trick to compute forward mode gradients. This is not allowed in strict mode.",
    "double_back": "The jacobian of the user-provided function is independent of input {i}. This is not allowed "
    "in strict mode.",
    "double_back_trick": "The hessian of the user-provided function is independent of entry {i} in the "
    "grad_jacobian. This is not allowed in strict mode as it prevents from using the double backward trick to "
    "replace forward mode AD.",
}
_STRATEGIES = (
    'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
    'than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
)
_SINGLE_INPUT = (
    "The vector v can only be None if the input to the user-provided function is a single Tensor with a single "
    "element."
)


def _as_tuple(x, argument: str, function: str) -> tuple[bool, tuple]:
    """(whether ``x`` is a tuple, ``x`` as one)."""
    given = x if isinstance(x, tuple) else (x,)
    for i, t in enumerate(given):
        if not isinstance(t, Tensor):
            where = f"value at index {i}" if given is x else f"given {argument}"
            raise TypeError(
                f"The {argument} given to {function} must be either a Tensor or a tuple of Tensors but the "
                f"{where} has type {type(t)}."
            )
    return given is x, given


def _prepared(inputs, create_graph: bool) -> tuple:
    """The inputs as the start of a graph of their own (or joined to the caller's)."""
    return tuple(
        t.view_as(t) if create_graph and t.requires_grad else t.detach().requires_grad_() for t in inputs
    )


def _finished(values, create_graph: bool) -> tuple:
    return tuple(v if create_graph else v.detach() for v in values)


def _require_graph(tensors, kind: str, strict: bool) -> None:
    for i, t in enumerate(tensors if strict else ()):
        if t is None or not t.requires_grad:
            unused = t is None and "The output of the user-provided function is independent of input {i}. "
            text = f"{unused}This is not allowed in strict mode." if unused else _NO_GRAPH[kind]
            raise RuntimeError(text.format(i=i))


def _gradients(outputs, inputs, cotangents=None, *, create_graph: bool, retain_graph=None) -> tuple:
    """`autograd.grad` over those outputs that have a graph; None where nothing flows."""
    given = (None,) * len(outputs) if cotangents is None else cotangents
    kept = [(o, c) for o, c in zip(outputs, given, strict=True) if o is not None and o.requires_grad]
    if not kept:
        return (None,) * len(inputs)
    outs, given = zip(*kept, strict=True)
    return grad(outs, inputs, given, create_graph=create_graph, retain_graph=retain_graph, allow_unused=True)


def _filled(grads, references, stage: str, strict: bool, create_graph: bool) -> tuple:
    """The gradients, zeros where nothing flowed (refused if ``strict``)."""
    out = []
    for i, (g, t) in enumerate(zip(grads, references, strict=True)):
        if g is None:
            if strict:
                raise RuntimeError(_UNUSED[stage].format(i=i))
            g = t.detach() * 0
        elif strict and create_graph and not g.requires_grad:
            _refuse_constant("hessian" if "double" in stage else "jacobian", i)
        out.append(g)
    return tuple(out)


def _refuse_constant(what: str, i: int):
    raise RuntimeError(
        f"The {what} of the user-provided function is independent of input {i}. This is not allowed in strict "
        "mode when create_graph=True."
    )


def _check_v(v, others, wanted_tuple: bool) -> None:
    if len(v) != len(others):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(others)} but got {len(v)}." if wanted_tuple
            else "The given v should contain a single Tensor."
        )  # fmt: skip
    for i, (a, b) in enumerate(zip(v, others, strict=True)):
        if a.shape != b.shape:
            prepend = f"Entry {i} in " if len(v) > 1 else ""
            raise RuntimeError(f"{prepend}v has invalid size: should be {b.size()} but got {a.size()}.")


def _vector(v, others, wanted_tuple: bool, function: str, missing: str):
    """The vector of a product, checked; None stands for the one of a single element."""
    if v is None:
        if len(others) != 1 or others[0].nelement() != 1:
            raise RuntimeError(missing)
        return None
    _, v = _as_tuple(v, "v", function)
    _check_v(v, others, wanted_tuple)
    return v


def vjp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """(``func(*inputs)``, the product of the vector ``v`` with its Jacobian).

    Args:
        func: takes and returns tensors.
        inputs: a tensor or a tuple.
        v: of the outputs' shapes; may be left out for one scalar.
        create_graph: let the results be differentiated.
        strict: raise where an output does not depend on an input, instead of giving zeros.
    """
    with enable_grad():
        is_tuple, inputs = _as_tuple(inputs, "inputs", "vjp")
        inputs = _prepared(inputs, create_graph)
        out_tuple, outputs = _as_tuple(func(*inputs), _OUTPUTS, "vjp")
        _require_graph(outputs, "outputs", strict)
        v = _vector(
            v, outputs, out_tuple, "vjp",
            "The vector v can only be None if the user-provided function returns a single Tensor with a single "
            "element.",
        )  # fmt: skip
        found = _gradients(outputs, inputs, v, create_graph=create_graph)
        found = _filled(found, inputs, "back", strict, create_graph)
    outputs, found = _finished(outputs, create_graph), _finished(found, create_graph)
    return outputs if out_tuple else outputs[0], found if is_tuple else found[0]


def jvp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """(``func(*inputs)``, the product of its Jacobian with the vector ``v``), by two backwards.

    Args:
        v: of the inputs' shapes; may be left out for one scalar.
    """
    with enable_grad():
        is_tuple, inputs = _as_tuple(inputs, "inputs", "jvp")
        inputs = _prepared(inputs, create_graph)
        v = _vector(v, inputs, is_tuple, "jvp", _SINGLE_INPUT)
        out_tuple, outputs = _as_tuple(func(*inputs), _OUTPUTS, "jvp")
        _require_graph(outputs, "outputs", strict)
        probes = tuple((o.detach() * 0).requires_grad_() for o in outputs)
        back = _gradients(outputs, inputs, probes, create_graph=True)
        _require_graph(back, "grad_inputs", strict)
        if v is None:
            v = (inputs[0].detach() * 0 + 1,)
        found = _gradients(back, probes, v, create_graph=create_graph)
        found = _filled(found, outputs, "back_trick", strict, create_graph)
    outputs, found = _finished(outputs, create_graph), _finished(found, create_graph)
    return outputs if out_tuple else outputs[0], found if out_tuple else found[0]


def jacobian(func, inputs, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
             strategy: str = "reverse-mode"):  # fmt: skip
    """The Jacobian: for each output and input a tensor of shape output shape + input shape.

    Args:
        create_graph: let the result be differentiated.
        strict: raise where an output does not depend on an input, instead of giving zeros.
        vectorize, strategy: how PyTorch computes it, which changes no value; one row after another here.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(_STRATEGIES)
    if strategy == "forward-mode":
        refusals = (create_graph, "create_graph", NotImplementedError), (strict, "strict", RuntimeError)
        for refused, name, kind in refusals:
            if refused:
                raise kind(
                    f'torch.autograd.functional.jacobian: `{name}=True` and `strategy="forward-mode"` are not '
                    f'supported together (yet). Please either set `{name}=False` or `strategy="reverse-mode"`.'
                )
        if not vectorize:
            raise NotImplementedError(
                "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for "
                "`vectorize=True`."
            )
    with enable_grad():
        is_tuple, inputs = _as_tuple(inputs, "inputs", "jacobian")
        inputs = _prepared(inputs, create_graph)
        out_tuple, outputs = _as_tuple(func(*inputs), _OUTPUTS, "jacobian")
        _require_graph(outputs, "outputs", strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported "
                "together. Please either set `strict=False` or `vectorize=False`."
            )
        rows = [_jacobian_of(i, o, inputs, create_graph, strict) for i, o in enumerate(outputs)]
    rows = tuple(_finished(r, create_graph) for r in rows)
    rows = rows if is_tuple else tuple(r[0] for r in rows)
    return rows if out_tuple else rows[0]


def _jacobian_of(number: int, output, inputs, create_graph: bool, strict: bool) -> tuple:
    """The Jacobian of one output with respect to each input."""
    flat = output.reshape(-1)
    columns: list[list] = [[] for _ in inputs]
    for j in range(flat.nelement()):
        found = _gradients((flat[j],), inputs, create_graph=create_graph, retain_graph=True)
        for k, (g, t) in enumerate(zip(found, inputs, strict=True)):
            if g is None:
                if strict:
                    raise RuntimeError(
                        f"Output {number} of the user-provided function is independent of input {k}. This is "
                        "not allowed in strict mode."
                    )
                g = t.detach() * 0
            elif strict and create_graph and not g.requires_grad:
                _refuse_constant("jacobian", number)
            columns[k].append(g)
    stack = namespaces["torch"]["stack"]
    return tuple(
        stack(c).view(output.size() + t.size()) if c else t.new_zeros(output.size() + t.size())
        for c, t in zip(columns, inputs, strict=True)
    )


def _single(out, function: str, strict: bool) -> Tensor:
    is_tuple, outs = _as_tuple(out, _OUTPUTS, function)
    _require_graph(outs, "outputs", strict)
    if is_tuple:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if outs[0].nelement() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {function} should contain a single element")
    return outs[0].squeeze()


def hessian(func, inputs, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
            outer_jacobian_strategy: str = "reverse-mode"):  # fmt: skip
    """The Hessian of a scalar function: for each pair of inputs a tensor of both shapes."""
    is_tuple, inputs = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def gradient(*args):
        if outer_jacobian_strategy == "forward-mode":
            args = tuple(t.detach().requires_grad_() if not t.requires_grad else t for t in args)
        found = jacobian(lambda *x: _single(func(*x), "hessian", strict), args, create_graph=True)
        _require_graph(found, "jacobian", strict)
        return found

    found = jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return found if is_tuple else found[0][0]


def vhp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """(``func(*inputs)``, the product of ``v`` with the Hessian of the scalar function)."""
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


def hvp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """(``func(*inputs)``, the product of the Hessian of the scalar function with ``v``)."""
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def _hessian_product(name: str, func, inputs, v, create_graph: bool, strict: bool):
    with enable_grad():
        is_tuple, inputs = _as_tuple(inputs, "inputs", name)
        inputs = _prepared(inputs, create_graph)
        v = _vector(v, inputs, is_tuple, name, _SINGLE_INPUT)
        out = _single(func(*inputs), name, strict)
        first = _gradients((out,), inputs, create_graph=True)
        _require_graph(first, "jacobian", strict)
        if name == "vhp":
            found = _gradients(first, inputs, v, create_graph=create_graph)
            found = _filled(found, inputs, "double_back", strict, create_graph)
        else:  # a second backward through the first turns the product round
            probes = tuple((t.detach() * 0).requires_grad_() for t in inputs)
            second = _gradients(first, inputs, probes, create_graph=True)
            _require_graph(first, "hessian", strict)
            given = (inputs[0].detach() * 0 + 1,) if v is None else v
            found = _gradients(second, probes, given, create_graph=create_graph)
            found = _filled(found, inputs, "double_back_trick", strict, create_graph)
    (out,), found = _finished((out,), create_graph), _finished(found, create_graph)
    return out, found if is_tuple else found[0]
