"""Checking gradients against finite differences."""

from __future__ import annotations

import warnings

import numpy as np

from .._core.storage import put
from .._core.tensor import Tensor, wrap
from . import grad

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """The gradients of a function and finite differences do not agree."""


def _tuple(x) -> tuple:
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def _differentiable(outputs) -> list[Tensor]:
    return [o for o in _tuple(outputs) if isinstance(o, Tensor) and o.requires_grad]


def _tensor(values: np.ndarray, like: Tensor) -> Tensor:
    return wrap(put(np.ascontiguousarray(values), like.device), like.device)


def _numerical(fn, inputs, target: Tensor, eps: float) -> list[np.ndarray]:
    """For each output, d(output)/d(target) by central differences: (target elements, output elements)."""
    data = target.data  # written behind autograd's back
    columns: list[list[np.ndarray]] = []
    flat_count = data.numel()
    held = np.array(data._host())

    def outputs_at(values) -> list[np.ndarray]:
        data.copy_(_tensor(values, target))
        outs = [np.array(o.detach()._host()).reshape(-1) for o in _tuple(fn(*inputs)) if isinstance(o, Tensor)]
        data.copy_(_tensor(held, target))
        return outs

    def step(i, delta):
        up, down = held.copy(), held.copy()
        up.reshape(-1)[i] += delta
        down.reshape(-1)[i] -= delta
        high, low = outputs_at(up), outputs_at(down)
        return [(h - l) / (2 * eps) for h, l in zip(high, low, strict=True)]

    for i in range(flat_count):
        real = step(i, eps)
        if np.iscomplexobj(held):
            imaginary = step(i, eps * 1j)
            # PyTorch's convention: the gradient pairs with the conjugate
            real = [(r, m) for r, m in zip(real, imaginary, strict=True)]
        columns.append(real)
    count = len(columns[0]) if columns else 0
    return [np.array([c[k] for c in columns]) for k in range(count)]


def _analytical(output: Tensor, inputs: list[Tensor], check_undefined: bool = False) -> list[np.ndarray]:
    """For each input, the matrix of d(output)/d(input): (input elements, output elements)."""
    count = output.numel()
    found = [[] for _ in inputs]
    base = np.zeros(output._layout.shape, output._dtype.np)
    directions = (1.0, 1.0j) if output._dtype.is_complex else (1.0,)
    for j in range(count):
        rows = []
        for d in directions:
            seed = base.copy()
            seed.reshape(-1)[j] = d
            gs = grad([output], inputs, [_tensor(seed, output)], retain_graph=True, allow_unused=True)
            rows.append([np.zeros(t._layout.shape, t._dtype.np) if g is None else np.array(g.detach()._host()) for g, t in zip(gs, inputs, strict=True)])
        for k in range(len(inputs)):
            columns = [r[k].reshape(-1) for r in rows]
            found[k].append(columns[0] if len(columns) == 1 else tuple(columns))
    return found


def _compare(analytical, numerical, complex_in: bool, complex_out: bool, rtol, atol) -> bool:
    """Compare the two, in real coordinates so that complex conventions need no case apart."""
    a = []
    for column in analytical:  # one an output element
        parts = column if isinstance(column, tuple) else (column,)
        a.append([_real_parts(p, complex_in) for p in parts])
    n = []
    if complex_in:
        real, imaginary = numerical[:, 0], numerical[:, 1]
        per_input = np.stack([real, imaginary], 1).reshape(-1, real.shape[-1])
    else:
        per_input = numerical
    # per_input: (real input coordinates, outputs); cotangent directions pair with output parts
    for j in range(per_input.shape[1] if per_input.ndim == 2 else 0):
        column = per_input[:, j]
        n.append([column.real, column.imag] if complex_out else [column.real])
    a, n = np.array(a, np.float64), np.array(n, np.float64)
    return a.shape == n.shape and np.allclose(a, n, rtol=rtol, atol=atol, equal_nan=False)


def _real_parts(values: np.ndarray, complex_in: bool) -> np.ndarray:
    if not complex_in:
        return values.real
    return np.stack([values.real, values.imag], -1).reshape(-1)


def _check(fn, inputs, eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad) -> bool:
    inputs = _tuple(inputs)
    watched = [t for t in inputs if isinstance(t, Tensor) and t.requires_grad]
    if not watched:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True."
        )
    for i, t in enumerate(watched):
        if t._dtype.name not in ("float64", "complex128"):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. "
                "This check will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=3,
            )
        t.retain_grad()
    outputs = _tuple(fn(*inputs))
    kept = _differentiable(outputs)
    if not kept:
        for t in watched:
            for matrix in _numerical(fn, inputs, t, eps):
                if np.abs(matrix).max(initial=0) > 0:
                    raise GradcheckError("Numerical gradient for function expected to be zero")
        return True
    numerical = {id(t): _numerical(fn, inputs, t, eps) for t in watched}
    places = [i for i, o in enumerate([o for o in outputs if isinstance(o, Tensor)]) if o.requires_grad]
    for i, output in zip(places, kept, strict=True):
        analytical = _analytical(output, watched)
        again = _analytical(output, watched)
        for k, t in enumerate(watched):
            for first, second in zip(analytical[k], again[k], strict=True):
                if np.abs(np.asarray(first) - np.asarray(second)).max(initial=0) > nondet_tol:
                    raise GradcheckError(
                        "Backward is not reentrant, i.e., running backward with same input and grad_output "
                        "multiple times gives different values, although analytical gradient matches numerical gradient."
                        f"The tolerance for nondeterminism was {nondet_tol}."
                    )
            if not _compare(analytical[k], numerical[id(t)][i], t._dtype.is_complex, output._dtype.is_complex, rtol, atol):
                raise GradcheckError(
                    f"Jacobian mismatch for output {i} with respect to input {k},\n"
                    f"numerical:{numerical[id(t)][i]}\nanalytical:{np.array(analytical[k]).T}\n"
                )
    if check_undefined_grad:
        _check_undefined(fn, inputs, watched, kept)
    return True


def _check_undefined(fn, inputs, watched, outputs) -> None:
    """Backward accepts that some cotangents are absent."""
    if len(outputs) < 2:
        return
    for i, output in enumerate(outputs):
        fresh = _differentiable(fn(*inputs))
        gs = grad([fresh[i]], watched, [_tensor(np.ones(output._layout.shape, output._dtype.np), output)], allow_unused=True)
        for g, t in zip(gs, watched, strict=True):
            if g is not None and g.shape != t.shape:
                raise GradcheckError("Expected all inputs' gradients to have their shapes when outputs' are undefined")


def gradcheck(func, inputs, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3, raise_exception: bool = True,
              nondet_tol: float = 0.0, check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
              check_batched_grad: bool = False, check_batched_forward_grad: bool = False,
              check_forward_ad: bool = False, check_backward_ad: bool = True, fast_mode: bool = False,
              masked: bool | None = None) -> bool:  # fmt: skip
    """Whether a function's gradients agree with finite differences.

    Args:
        func: takes ``inputs``, returns a tensor or several.
        inputs: tensors (float64 ones with requires_grad are checked) and other arguments.
        eps: the step; atol, rtol: how close the gradients must be.
        raise_exception: raise `GradcheckError` instead of returning False.
        nondet_tol: how much two backwards may differ.

    Returns:
        True, or False without ``raise_exception``.
    """
    for name, on in (
        ("check_batched_grad", check_batched_grad), ("check_batched_forward_grad", check_batched_forward_grad),
        ("check_forward_ad", check_forward_ad), ("masked", masked),
    ):  # fmt: skip
        if on:
            raise NotImplementedError(f"gradcheck({name}=True)")
    if not check_backward_ad:
        raise ValueError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    try:
        return _check(func, inputs, eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad)
    except GradcheckError:
        if raise_exception:
            raise
        return False


def gradgradcheck(func, inputs, grad_outputs=None, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
                  gen_non_contig_grad_outputs: bool = False, raise_exception: bool = True, nondet_tol: float = 0.0,
                  check_undefined_grad: bool = True, check_grad_dtypes: bool = False, check_batched_grad: bool = False,
                  check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True, fast_mode: bool = False,
                  masked: bool = False) -> bool:  # fmt: skip
    """Whether a function's second gradients agree with finite differences of its first.

    Args:
        grad_outputs: cotangents; drawn at random by default.

    Returns:
        True, or False without ``raise_exception``.
    """
    if check_fwd_over_rev:
        raise NotImplementedError("gradgradcheck(check_fwd_over_rev=True)")
    inputs = _tuple(inputs)
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        grad_outputs = []
        for o in _differentiable(func(*inputs)):
            values = rng.standard_normal(o._layout.shape)
            if o._dtype.is_complex:
                values = values + 1j * rng.standard_normal(o._layout.shape)
            g = _tensor(np.asarray(values).astype(o._dtype.np), o)
            if gen_non_contig_grad_outputs and g.ndim > 0:
                g = g.unsqueeze(-1).repeat(*[1] * g.ndim, 2).select(-1, 0)
            grad_outputs.append(g.detach().requires_grad_())
        grad_outputs = tuple(grad_outputs)
    else:
        grad_outputs = _tuple(grad_outputs)
    count = len(grad_outputs)

    def gradients(*args):
        primals, cotangents = args[:-count], args[-count:]
        outs = _differentiable(func(*primals))
        watched = [t for t in primals if isinstance(t, Tensor) and t.requires_grad]
        found = grad(outs, watched, cotangents, create_graph=True, allow_unused=True)
        return tuple(g for g in found if isinstance(g, Tensor))

    return gradcheck(
        gradients, (*inputs, *grad_outputs), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_undefined_grad=False, check_batched_grad=check_batched_grad, masked=masked or None,
    )  # fmt: skip
