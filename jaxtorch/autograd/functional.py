"""Derivatives of functions of tensors: vjp, jvp, jacobian, hessian and their products."""

from __future__ import annotations

from .._core.tensor import Tensor
from . import grad
from .grad_mode import enable_grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _as_tuple(x, argument: str, function: str) -> tuple[bool, tuple]:
    if isinstance(x, tuple):
        for i, t in enumerate(x):
            if not isinstance(t, Tensor):
                raise TypeError(
                    f"The {argument} given to {function} must be either a Tensor or a tuple of Tensors but "
                    f"the value at index {i} has type {type(t)}."
                )
        return True, x
    if not isinstance(x, Tensor):
        raise TypeError(
            f"The {argument} given to {function} must be either a Tensor or a tuple of Tensors but the given "
            f"{argument} has type {type(x)}."
        )
    return False, (x,)


def _outputs_of(x, function: str) -> tuple[bool, tuple]:
    if isinstance(x, tuple):
        return True, x
    if not isinstance(x, Tensor):
        raise TypeError(
            f"The outputs of the user-provided function given to {function} must be either a Tensor or a tuple "
            f"of Tensors but the given outputs of the user-provided function has type {type(x)}."
        )
    return False, (x,)


def _prepared(inputs, create_graph: bool) -> tuple:
    """The inputs as the start of a graph of their own (or joined to the caller's)."""
    if create_graph:
        return tuple(t.view_as(t) if t.requires_grad else t.detach().requires_grad_() for t in inputs)
    return tuple(t.detach().requires_grad_() for t in inputs)


def _finished(values, create_graph: bool) -> tuple:
    return tuple(v if create_graph else v.detach() for v in values)


def _gradients(outputs, inputs, cotangents, create_graph: bool, strict: bool, what: str, keep: bool = False):
    watched = tuple(o for o in outputs if o.requires_grad)
    if strict and len(watched) < len(outputs):
        i = next(i for i, o in enumerate(outputs) if not o.requires_grad)
        raise RuntimeError(
            f"Output {i} of the user-provided function does not require gradients. The outputs must be "
            "computed in a differentiable manner from the input when running in strict mode."
        )
    if not watched:
        found = (None,) * len(inputs)
    else:
        given = None if cotangents is None else tuple(c for o, c in zip(outputs, cotangents, strict=True) if o.requires_grad)
        found = grad(watched, inputs, given, create_graph=create_graph, retain_graph=True if keep else None, allow_unused=True)
    out = []
    for i, (g, t) in enumerate(zip(found, inputs, strict=True)):
        if g is None:
            if strict:
                raise RuntimeError(
                    f"The output of the user-provided function is independent of input {i}. This is not allowed in strict mode."
                )
            g = t.detach() * 0
        out.append(g)
    return tuple(out)


def _check_v(v, others, was_tuple: bool, wanted_tuple: bool) -> None:
    if len(v) != len(others) or was_tuple != wanted_tuple:
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(others)} but got {len(v)}." if wanted_tuple
            else "The given v should contain a single Tensor."
        )
    for i, (a, b) in enumerate(zip(v, others, strict=True)):
        if a.shape != b.shape:
            prepend = f"Entry {i} in " if len(v) > 1 else ""
            raise RuntimeError(f"{prepend}v has invalid size: should be {b.size()} but got {a.size()}.")


def _one_vector(outputs, v, was_tuple_out, function: str, argument_names=("vector v", "output")):
    if v is None:
        if len(outputs) != 1 or outputs[0].nelement() != 1:
            raise RuntimeError("The vector v can only be None if the user-provided function returns a single Tensor with a single element.")
        return None
    is_tuple, v = _as_tuple(v, "v", function)
    _check_v(v, outputs, is_tuple, was_tuple_out)
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
        out_tuple, outputs = _outputs_of(func(*inputs), "vjp")
        v = _one_vector(outputs, v, out_tuple, "vjp")
        found = _gradients(outputs, inputs, v, create_graph, strict, "vjp")
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
        if v is None:
            if len(inputs) != 1 or inputs[0].nelement() != 1:
                raise RuntimeError("The vector v can only be None if the input to the user-provided function is a single Tensor with a single element.")
            v = (inputs[0].detach() * 0 + 1,)
        else:
            v_tuple, v = _as_tuple(v, "v", "jvp")
            _check_v(v, inputs, v_tuple, is_tuple)
        out_tuple, outputs = _outputs_of(func(*inputs), "jvp")
        probes = tuple((o.detach() * 0).requires_grad_() for o in outputs)
        back = _gradients(outputs, inputs, probes, True, strict, "jvp")
        found = grad(back, probes, v, create_graph=create_graph, allow_unused=True) if any(b.requires_grad for b in back) else (None,) * len(probes)
        found = tuple(o.detach() * 0 if g is None else g for g, o in zip(found, outputs, strict=True))
    outputs, found = _finished(outputs, create_graph), _finished(found, create_graph)
    return outputs if out_tuple else outputs[0], found if out_tuple else found[0]


def jacobian(func, inputs, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
             strategy: str = "reverse-mode"):  # fmt: skip
    """The Jacobian: for each output and input a tensor of shape output shape + input shape.

    Args:
        vectorize, strategy: accepted; the rows are computed one after another.

    Raises:
        NotImplementedError: ``strategy="forward-mode"``.
    """
    from .._core.bind import namespaces

    if strategy == "forward-mode":
        raise NotImplementedError("jacobian(strategy='forward-mode')")
    if strategy != "reverse-mode":
        raise ValueError('Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".')
    stack = namespaces["torch"]["stack"]
    with enable_grad():
        is_tuple, inputs = _as_tuple(inputs, "inputs", "jacobian")
        inputs = _prepared(inputs, create_graph)
        out_tuple, outputs = _outputs_of(func(*inputs), "jacobian")
        rows = []
        for i, o in enumerate(outputs):
            flat = o.reshape(-1)
            columns = [[] for _ in inputs]
            for j in range(flat.nelement()):
                if strict and not o.requires_grad:
                    raise RuntimeError(
                        f"Output {i} of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner from the input when running in strict mode."
                    )
                found = _gradients((flat[j],), inputs, None, create_graph, strict, "jacobian", keep=True)
                for k, g in enumerate(found):
                    columns[k].append(g)
            rows.append(tuple(
                stack(c).view(o.size() + t.size()) if c else t.new_zeros(o.size() + t.size())
                for c, t in zip(columns, inputs, strict=True)
            ))  # fmt: skip
    rows = tuple(_finished(r, create_graph) for r in rows)
    rows = rows if is_tuple else tuple(r[0] for r in rows)
    return rows if out_tuple else rows[0]


def _scalar(out, function: str) -> Tensor:
    is_tuple, outs = _outputs_of(out, function)
    if is_tuple or not isinstance(outs[0], Tensor):
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if outs[0].nelement() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {function} should contain a single element")
    return outs[0].squeeze()


def hessian(func, inputs, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
            outer_jacobian_strategy: str = "reverse-mode"):  # fmt: skip
    """The Hessian of a scalar function: for each pair of inputs a tensor of both shapes."""
    is_tuple, inputs = _as_tuple(inputs, "inputs", "hessian")

    def gradient(*args):
        args = _prepared(args, True)
        out = _scalar(func(*args), "hessian")
        return _gradients((out,), args, None, True, strict, "hessian")

    found = jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return found if is_tuple else found[0][0]


def vhp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """(``func(*inputs)``, the product of ``v`` with the Hessian of the scalar function)."""
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


def hvp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """(``func(*inputs)``, the product of the Hessian of the scalar function with ``v``)."""
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def _hessian_product(name, func, inputs, v, create_graph, strict):
    with enable_grad():
        is_tuple, inputs = _as_tuple(inputs, "inputs", name)
        inputs = _prepared(inputs, create_graph)
        if v is None:
            if len(inputs) != 1 or inputs[0].nelement() != 1:
                raise RuntimeError("The vector v can only be None if the input to the user-provided function is a single Tensor with a single element.")
            v = (inputs[0].detach() * 0 + 1,)
        else:
            v_tuple, v = _as_tuple(v, "v", name)
            _check_v(v, inputs, v_tuple, is_tuple)
        out = _scalar(func(*inputs), name)
        first = _gradients((out,), inputs, None, True, strict, name)
        found = _gradients(first, inputs, v, create_graph, strict, name)  # the Hessian is symmetric
    (out,), found = _finished((out,), create_graph), _finished(found, create_graph)
    return out, found if is_tuple else found[0]
