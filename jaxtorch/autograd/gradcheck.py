"""Checking gradients against finite differences."""

from __future__ import annotations

import warnings

import numpy as np

from .._core.storage import put
from .._core.tape import Node, edge_of
from .._core.tensor import Tensor, alias, wrap
from . import grad

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

_UNDEFINED = '"Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
_FAST = (
    "\nThe above quantities relating the numerical and analytical jacobians are computed in fast mode: as the "
    "products u @ J @ v of the jacobian with two random vectors. Run again with fast_mode=False for the "
    "jacobians themselves.\n"
)


class GradcheckError(RuntimeError):
    """The gradients of a function and finite differences do not agree."""


def _tuple(x) -> tuple:
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def _differentiable(outputs) -> list[Tensor]:
    return [o for o in _tuple(outputs) if isinstance(o, Tensor) and o.requires_grad]


def _floating(outputs) -> list[Tensor]:
    return [o for o in _tuple(outputs) if isinstance(o, Tensor) and o._dtype.category > 1]


def _tensor(values: np.ndarray, like: Tensor) -> Tensor:
    return wrap(put(np.array(values, order="C"), like.device), like.device)


def _host(t: Tensor) -> np.ndarray:
    return np.array(t.detach()._host())


class _Finite:
    """A function's outputs at points near its inputs: the numerical side."""

    def __init__(self, fn, inputs, target: Tensor, eps: float):
        self.fn, self.inputs, self.eps = fn, inputs, eps
        self.data = target.data  # written behind autograd's back
        self.held = _host(target)

    def outputs_at(self, values: np.ndarray) -> list[np.ndarray]:
        self.data.copy_(_tensor(values, self.data))
        try:
            return [_host(o).reshape(-1) for o in _floating(self.fn(*self.inputs))]
        finally:
            self.data.copy_(_tensor(self.held, self.data))

    def along(self, direction: np.ndarray) -> list[np.ndarray]:
        """The derivative of each output along ``direction``."""
        high = self.outputs_at(self.held + self.eps * direction)
        low = self.outputs_at(self.held - self.eps * direction)
        return [(h - l) / (2 * self.eps) for h, l in zip(high, low, strict=True)]

    def jacobians(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each output, d(output)/d(input) as (of its real part, of its imaginary part): (input
        elements, output elements). The derivative by a complex input is that by its real part plus
        i times that by its imaginary one, as PyTorch's gradients are."""
        rows = []
        for i in range(self.held.size):
            basis = np.zeros(self.held.shape, self.held.dtype)
            basis.reshape(-1)[i] = 1
            real = self.along(basis)
            turned = self.along(basis * 1j) if np.iscomplexobj(self.held) else [None] * len(real)
            rows.append([_by_parts(r, m) for r, m in zip(real, turned, strict=True)])
        if not rows:
            return [(np.zeros((0, o.size)),) * 2 for o in self.outputs_at(self.held)]
        return [tuple(np.array([r[k][part] for r in rows]) for part in (0, 1)) for k in range(len(rows[0]))]


def _by_parts(real: np.ndarray, turned: np.ndarray | None):
    if turned is None:
        return real.real, real.imag  # pyright: ignore[reportAttributeAccessIssue]
    return real.real + 1j * turned.real, real.imag + 1j * turned.imag  # pyright: ignore[reportAttributeAccessIssue]


def _gradients(output: Tensor, inputs: list[Tensor], seed: np.ndarray) -> list:
    return list(grad([output], inputs, [_tensor(seed, output)], retain_graph=True, allow_unused=True))


def _checked(g: Tensor | None, t: Tensor, dtypes: bool) -> np.ndarray:
    """A gradient's elements, of the right size and, if asked, dtype."""
    if g is None:
        return np.zeros(t.numel(), t._dtype.np)
    if dtypes and g.dtype is not t.dtype:
        raise GradcheckError("Gradient has dtype mismatch")
    if g.shape != t.shape:
        raise GradcheckError("Analytical gradient has incorrect size")
    return _host(g).reshape(-1)


def _analytical(output: Tensor, inputs: list[Tensor], part: int, nondet_tol: float, dtypes: bool) -> list[np.ndarray]:
    """For each input the matrix d(part of output)/d(input): (input elements, output elements)."""
    runs = []
    for _ in range(2):
        columns: list[list] = [[] for _ in inputs]
        for j in range(output.numel()):
            seed = np.zeros(output._layout.shape, output._dtype.np)
            seed.reshape(-1)[j] = 1j if part else 1
            for column, g, t in zip(columns, _gradients(output, inputs, seed), inputs, strict=True):
                column.append(_checked(g, t, dtypes))
        runs.append([
            np.array(c).T if c else np.zeros((t.numel(), 0)) for c, t in zip(columns, inputs, strict=True)
        ])  # fmt: skip
    for first, second in zip(*runs, strict=True):
        if np.abs(first - second).max(initial=0) > nondet_tol:
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple "
                "times gives different values, although analytical gradient matches numerical gradient."
                f"The tolerance for nondeterminism was {nondet_tol}."
            )
    return runs[0]


def _mismatch(output: Tensor, watched: Tensor, part: int, i: int, k: int, numerical, analytical) -> GradcheckError:
    complex_ = output._dtype.is_complex or watched._dtype.is_complex
    side = "imaginary" if part else "real"
    prefix = f"While considering the {side} part of complex outputs only, " if complex_ else ""
    return GradcheckError(
        f"{prefix}Jacobian mismatch for output {i} with respect to input {k},\n"
        f"numerical:{_tensor(numerical, watched)}\nanalytical:{_tensor(analytical, watched)}\n"
    )


class _Check:
    """One call of gradcheck."""

    def __init__(self, fn, inputs, eps, atol, rtol, nondet_tol, dtypes):
        self.fn, self.inputs, self.eps = fn, _tuple(inputs), eps
        self.atol, self.rtol, self.nondet_tol, self.dtypes = atol, rtol, nondet_tol, dtypes
        self.watched = [t for t in self.inputs if isinstance(t, Tensor) and t.requires_grad]
        if not self.watched:
            raise ValueError(
                "gradcheck expects at least one input tensor to require gradient, but none of them have "
                "requires_grad=True."
            )
        for i, t in enumerate(self.inputs):
            if isinstance(t, Tensor) and t.requires_grad:
                self._check_input(i, t)
        self.outputs = _tuple(fn(*self.inputs))

    def _check_input(self, i: int, t: Tensor) -> None:
        if t._dtype.name not in ("float64", "complex128"):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. "
                "This check will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=5,
            )
        if any(step == 0 and size > 1 for step, size in zip(t._layout.stride, t._layout.shape, strict=True)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                ".contiguous on the input before passing it to gradcheck."
            )
        t.retain_grad()

    def close(self, analytical, numerical) -> bool:
        return np.allclose(analytical, numerical, rtol=self.rtol, atol=self.atol)

    def numerical(self, t: Tensor) -> _Finite:
        return _Finite(self.fn, self.inputs, t, self.eps)

    def differentiable(self) -> list[tuple[int, int, Tensor]]:
        """(number among those that require grad, number among the floating ones, output)."""
        places = [i for i, o in enumerate(_floating(self.outputs)) if o.requires_grad]
        return list(zip(range(len(places)), places, _differentiable(self.outputs), strict=True))

    def nothing_flows(self) -> None:
        """Without a differentiable output, nothing may change with the inputs."""
        for t in self.watched:
            for jacobian in self.numerical(t).jacobians():
                if any(np.abs(part).max(initial=0) > 0 for part in jacobian):
                    raise GradcheckError("Numerical gradient for function expected to be zero")

    def slowly(self) -> None:
        """Compare whole Jacobians."""
        numerical = [self.numerical(t).jacobians() for t in self.watched]
        for part in (0, 1):
            for i, place, output in self.differentiable():
                if part and not output._dtype.is_complex:
                    continue
                found = _analytical(output, self.watched, part, self.nondet_tol, self.dtypes)
                for k, t in enumerate(self.watched):
                    if not self.close(found[k], numerical[k][place][part]):
                        raise _mismatch(output, t, part, i, k, numerical[k][place][part], found[k])

    def fast(self) -> None:
        """Compare the products of Jacobians with one random vector on each side."""
        rng = np.random.default_rng(0)
        for k, t in enumerate(self.watched):
            direction = _random(rng, t)
            direction = direction / max(np.linalg.norm(direction.reshape(-1)), 1e-30)
            along = self.numerical(t).along(direction)
            for i, place, output in self.differentiable():
                seed = _random(rng, output)
                wanted = np.sum(along[place] * seed.reshape(-1).conj()).real
                first, second = (
                    np.sum(
                        _checked(_gradients(output, [t], seed)[0], t, self.dtypes) * direction.reshape(-1).conj()
                    ).real
                    for _ in range(2)
                )
                if abs(first - second) > self.nondet_tol:
                    raise GradcheckError(
                        "Backward is not reentrant, i.e., running backward with same input and grad_output "
                        "multiple times gives different values, although analytical gradient matches numerical "
                        f"gradient.The tolerance for nondeterminism was {self.nondet_tol}."
                    )
                if not self.close(first, wanted):
                    error = _mismatch(output, t, 0, i, k, np.asarray(wanted), np.asarray(first))
                    raise GradcheckError(str(error) + _FAST)

    def multiplied_by_the_cotangent(self) -> None:
        outputs = _differentiable(self.outputs)
        zeros = [_tensor(np.zeros(o._layout.shape, o._dtype.np), o) for o in outputs]
        grads = grad(outputs, self.watched, zeros, retain_graph=True, allow_unused=True)
        for g, t in zip(grads, self.watched, strict=True):
            if g is None:
                continue
            if _host(g).any():
                raise GradcheckError("backward not multiplied by grad_output")
            if g.dtype is not t.dtype:
                raise GradcheckError("grad is incorrect type")
            if g.device != t.device:
                raise GradcheckError("grad is incorrect device")
            if g.shape != t.shape:
                raise GradcheckError("grad is incorrect size")

    def takes_absent_cotangents(self) -> None:
        """All cotangents absent, then each in turn: backward must bear it."""
        count = len(_differentiable(self.outputs))
        for absent in ([set(range(count))] + [{i} for i in range(count)] if count > 1 else [{0}]):
            fresh = _differentiable(self.fn(*self.inputs))
            outs = [_without_gradient(o) if i in absent else o for i, o in enumerate(fresh)]
            zeros = [_tensor(np.zeros(o._layout.shape, o._dtype.np), o) for o in outs]
            try:
                found = grad(outs, self.watched, zeros, allow_unused=True)
            except Exception as e:
                raise GradcheckError(
                    f"Expected backward function to handle undefined output grads. Please look at {_UNDEFINED}"
                ) from e
            if any(g is not None and _host(g).any() for g in found):
                raise GradcheckError(
                    "Expected all input grads to be undefined or zero when all output grads are undefined or "
                    f"zero. Please look at {_UNDEFINED}"
                )


class _Undefined(Node):
    """Passes no gradient on."""

    _name = "UndefinedGradBackward"

    def apply(self, grads):
        return (None,)


def _without_gradient(o: Tensor) -> Tensor:
    out = alias(o, o._layout)
    node = _Undefined((edge_of(o),))
    out._grad_fn, out._output_nr, out._requires_grad = node, node.add_output(o), True
    return out


def _random(rng, like: Tensor) -> np.ndarray:
    values = rng.standard_normal(like._layout.shape)
    if like._dtype.is_complex:
        values = values + 1j * rng.standard_normal(like._layout.shape)
    return np.asarray(values).astype(like._dtype.np)


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
        check_undefined_grad: backward must bear absent cotangents.
        check_grad_dtypes: gradients must have their inputs' dtypes.
        fast_mode: compare one random product instead of whole Jacobians.

    Returns:
        True, or False without ``raise_exception``.

    Differs from PyTorch: forward-mode, batched and masked checks raise NotImplementedError.
    """
    if not check_forward_ad and not check_backward_ad:
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    for name, on in (
        ("check_batched_grad", check_batched_grad), ("check_batched_forward_grad", check_batched_forward_grad),
        ("check_forward_ad", check_forward_ad), ("masked", masked),
    ):  # fmt: skip
        if on:
            raise NotImplementedError(f"gradcheck({name}=True)")
    try:
        check = _Check(func, inputs, eps, atol, rtol, nondet_tol, check_grad_dtypes)
        if not _differentiable(check.outputs):
            check.nothing_flows()
            return True
        check.fast() if fast_mode else check.slowly()
        check.multiplied_by_the_cotangent()
        if check_undefined_grad:
            check.takes_absent_cotangents()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(func, inputs, grad_outputs=None, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
                  gen_non_contig_grad_outputs: bool = False, raise_exception: bool = True, nondet_tol: float = 0.0,
                  check_undefined_grad: bool = True, check_grad_dtypes: bool = False, check_batched_grad: bool = False,
                  check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True, fast_mode: bool = False,
                  masked: bool = False) -> bool:  # fmt: skip
    """Whether a function's second gradients agree with finite differences of its first.

    Args:
        grad_outputs: cotangents; drawn at random by default.
        gen_non_contig_grad_outputs: draw them with strides that are not dense.

    Returns:
        True, or False without ``raise_exception``.
    """
    if not check_fwd_over_rev and not check_rev_over_rev:
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    if check_fwd_over_rev:
        raise NotImplementedError("gradgradcheck(check_fwd_over_rev=True)")
    inputs = _tuple(inputs)
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        grad_outputs = []
        for o in _differentiable(func(*inputs)):
            g = _tensor(_random(rng, o), o)
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
        nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip
