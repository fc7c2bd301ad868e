"""Tensors out of nothing: zeros, full, arange and their kin.

Values are made on the host (no program per shape); inside a recording or a JAX trace the same
declarations give array functions.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import devices, dtypes
from .._core.bind import namespaces
from .._core.dispatch import dispatch
from .._core.exchange import tensor
from .._core.formats import arrange, check_strided, strided
from .._core.layout import layout as make_layout
from .._core.layout import required_size
from .._core.members import as_leaf
from .._core.memory import unwritten
from .._core.out import resize_quietly
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor, alias
from .._sparse.construct import empty_sparse

_FACTORY = "*, dtype? dtype=None, any layout=None, any device=None, pinned? pin_memory=False, bool requires_grad=False"
_PINNED = ", pinned? pin_memory=False"
_LIKE = _FACTORY + ", any memory_format=None"
_NEW = "*, dtype? dtype=None, any device=None, bool requires_grad=False, any layout=None, pinned? pin_memory=False"


def _full(xp):
    def full(fill_value, *, size, dtype, arrangement):
        return xp.full(size, fill_value, dtype.np)

    return full


op("full.raw(size size, Scalar fill_value, dtype dtype, any arrangement, any device)", forms="",
   differentiable=False, host=_full(np), layout=lambda layouts, *, size, dtype, arrangement, device: arrangement)(
    lambda fill_value, *, size, dtype, arrangement, device: _full(jnp)(
        fill_value, size=size, dtype=dtype, arrangement=arrangement)
)  # fmt: skip


def filled(size, value, d: dtypes.dtype, device, requires_grad: bool = False, arrangement=None, name="") -> Tensor:
    """A fresh tensor of one value, None: whatever; ``name`` is that of a constructor that speaks of itself."""
    for s in size:
        if s < 0:
            if name:
                raise RuntimeError(f"{name}: Dimension size must be non-negative.")
            raise RuntimeError(f"Trying to create tensor with negative dimension {s}: {list(size)}")
    value = unwritten(d) if value is None else value
    out = dispatch(registry["full.raw"], (value,), (tuple(size), d, arrangement, devices.resolve(device)))
    return as_leaf(out, requires_grad)


def _unstrided(value, size, dtype, layout, device, requires_grad: bool) -> Tensor:
    """A tensor of one value in a sparse layout: zeros, of which nothing is stored."""
    if value:
        raise RuntimeError("full(...) is not implemented for sparse layout")
    return empty_sparse(size, dtype, layout, device, requires_grad)


def _factory(name: str, value, doc: str | None = None):
    def make(size, *, dtype, layout, device, pin_memory, requires_grad):
        if layout is not None and layout is not strided:
            return _unstrided(value, size, dtype, layout, device, requires_grad)
        speaks = name if name == "zeros" else ""
        return filled(size, value, dtype or dtypes.get_default_dtype(), device, requires_grad, name=speaks)

    make.__name__ = name
    make.__doc__ = doc or f"A tensor of shape ``size`` filled with {value}."
    composite(f"{name}(size size, {_FACTORY})", forms="function out", computes_out=True,
              resize_out=resize_quietly, refused_out=True)(make)  # fmt: skip

    def like(self, *, dtype, layout, device, pin_memory, requires_grad, memory_format):
        if layout is not None and layout is not strided:
            where = self.device if device is None else device
            return _unstrided(value, self._layout.shape, dtype or self._dtype, layout, where, requires_grad)
        return filled(
            self._layout.shape, value, dtype or self._dtype, self.device if device is None else device,
            requires_grad, arrange(self._layout, memory_format),
        )  # fmt: skip

    like.__name__ = name + "_like"
    like.__doc__ = f"A tensor like ``self`` in shape, dtype, device and strides, filled with {value}."
    composite(f"{name}_like(Tensor self, {_LIKE})", forms="function")(like)

    def new(self, size, *, dtype, device, requires_grad, layout, pin_memory):
        check_strided(layout)
        return filled(size, value, dtype or self._dtype, self.device if device is None else device, requires_grad)

    new.__name__ = "new_" + name
    new.__doc__ = f"A tensor of shape ``size`` with ``self``'s dtype and device, filled with {value}."
    composite(f"new_{name}(Tensor self, size size, {_NEW})", forms="method")(new)


_factory("zeros", 0)
_factory("ones", 1)
_factory("empty", None, """A tensor of shape ``size`` whose values mean nothing.

Differs from PyTorch: its memory is zeros (unless algorithms are to be deterministic), not what was there before;
so it is of `empty_like` and `new_empty`.
""")  # fmt: skip


def _fill_dtype(value):
    return value._dtype if isinstance(value, Tensor) else dtypes.of_number(value)


@composite(f"full(int[] size, Scalar fill_value, {_FACTORY})", forms="function out", computes_out=True,
           resize_out=resize_quietly, refused_out=True)  # fmt: skip
def full(size, fill_value, *, dtype, layout, device, pin_memory, requires_grad):
    """A tensor of shape ``size`` filled with ``fill_value``, whose kind of number sets the dtype."""
    check_strided(layout)
    return filled(size, fill_value, dtype or _fill_dtype(fill_value), device, requires_grad)


@composite(f"full_like(Tensor self, Scalar fill_value, {_LIKE})", forms="function")
def full_like(self, fill_value, *, dtype, layout, device, pin_memory, requires_grad, memory_format):
    """A tensor like ``self``, filled with ``fill_value``."""
    check_strided(layout)
    return filled(
        self._layout.shape, fill_value, dtype or self._dtype, self.device if device is None else device,
        requires_grad, arrange(self._layout, memory_format),
    )  # fmt: skip


@composite(f"new_full(Tensor self, size size, Scalar fill_value, {_NEW})", forms="method")
def new_full(self, size, fill_value, *, dtype, device, requires_grad, layout, pin_memory):
    """A tensor of shape ``size`` with ``self``'s dtype and device, filled with ``fill_value``."""
    check_strided(layout)
    return filled(size, fill_value, dtype or self._dtype, self.device if device is None else device, requires_grad)


@composite(f"new_tensor(Tensor self, any data, {_NEW.removesuffix(_PINNED)})", forms="method")
def new_tensor(self, data, *, dtype, device, requires_grad, layout):
    """A tensor holding a copy of ``data``, with ``self``'s dtype and device unless given."""
    check_strided(layout)
    if isinstance(data, Tensor):
        out = data.detach().clone().to(dtype=dtype or data._dtype, device=device or self.device)
        return as_leaf(out, requires_grad)
    return tensor(data, dtype=dtype or self._dtype, device=device or self.device, requires_grad=requires_grad)


@composite(f"empty_strided(size size, size stride, {_FACTORY})", forms="function")
def empty_strided(size, stride, *, dtype, layout, device, pin_memory, requires_grad):
    """A tensor of zeros with the strides asked for."""
    check_strided(layout)
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides ({len(stride)})"
        )
    wanted = make_layout(tuple(size), tuple(stride))
    if wanted.dense:
        return filled(size, None, dtype or dtypes.get_default_dtype(), device, requires_grad, wanted)
    flat = filled((required_size(wanted),), None, dtype or dtypes.get_default_dtype(), device)
    out = alias(flat, wanted)
    return as_leaf(out, requires_grad)


@composite(f"empty_permuted(int[] size, int[] physical_layout, {_FACTORY})", forms="function")
def empty_permuted(size, physical_layout, *, dtype, layout, device, pin_memory, requires_grad):
    """A tensor of zeros whose dimensions lie in memory in the order ``physical_layout``, outermost first."""
    check_strided(layout)
    ndim = len(size)
    if len(physical_layout) != ndim:
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = "
            f"{ndim} is not equal to len(physical_layout) = {len(physical_layout)}"
        )
    for i, d in enumerate(physical_layout):
        if not 0 <= d < ndim:
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {ndim - 1}, but got {d} at index {i}).  NB: "
                "negative dims not currently supported; file an issue if you want it."
            )
        if d in physical_layout[:i]:
            raise RuntimeError("Duplicate dim not allowed")
    stride, step = [0] * ndim, 1
    for d in reversed(physical_layout):
        stride[d] = step
        step *= max(size[d], 1)
    wanted = make_layout(tuple(size), tuple(stride))
    return filled(size, None, dtype or dtypes.get_default_dtype(), device, requires_grad, wanted)


@composite(f"new_empty_strided(Tensor self, size size, size stride, {_NEW})", forms="method")
def new_empty_strided(self, size, stride, *, dtype, device, requires_grad, layout, pin_memory):
    """A tensor of zeros with the strides asked for and ``self``'s dtype and device."""
    return namespaces["torch"]["empty_strided"](
        size, stride, dtype=dtype or self._dtype, device=device or self.device, requires_grad=requires_grad
    )


@composite(f"scalar_tensor(Scalar s, {_FACTORY})", forms="function")
def scalar_tensor(s, *, dtype, layout, device, pin_memory, requires_grad):
    """A 0-dim tensor of the default dtype holding ``s``."""
    check_strided(layout)
    return filled((), s, dtype or dtypes.get_default_dtype(), device, requires_grad)


# -- ranges ---------------------------------------------------------------------------------------
def _arange(xp):
    def arange(start, end, step, *, dtype, count):
        if dtype.category == 1:
            return (int(start) + xp.arange(count, dtype=np.int64) * int(step)).astype(dtype.np)
        return (start + xp.arange(count, dtype=np.float64) * step).astype(dtype.np)

    return arange


op("arange.raw(Scalar start, Scalar end, Scalar step, dtype dtype, int count, any device)", forms="",
   differentiable=False, host=_arange(np))(
    lambda start, end, step, *, dtype, count, device: (
        (start + jnp.arange(count, dtype=np.int64 if dtype.category == 1 else np.float64) * step).astype(dtype.np)
    )
)  # fmt: skip


def _number(x):
    return x.item() if isinstance(x, Tensor) else x


def _ranged(start, end, step, dtype, device, requires_grad, inclusive=False):
    start, end, step = _number(start), _number(end), _number(step)
    if dtype is None:
        whole = all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in (start, end, step))
        dtype = dtypes.int64 if whole else dtypes.get_default_dtype()
    if dtype.category in (0, 3):
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype.title}'")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if any(isinstance(v, float) and not math.isfinite(v) for v in (start, end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (step > 0) != (end >= start) and end != start:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if dtype.category == 1:
        start, end, step = int(start), int(end), int(step)
        if step == 0:
            raise ValueError("step must be nonzero")
        count = -((start - end) // step)
    else:
        count = math.floor((end - start) / step) + 1 if inclusive else math.ceil((end - start) / step)
    out = dispatch(
        registry["arange.raw"], (start, end, step), (dtype, max(count, 0), devices.resolve(device))
    )
    return as_leaf(out, requires_grad)


def resize_range(out: Tensor, shape: tuple) -> None:
    """PyTorch's way with the ``out`` of a range: only the number of elements has to fit."""
    (count,) = shape
    have = out._layout.numel
    if have == count:
        return
    if have:
        warnings.warn(
            f"The number of elements in the out tensor of shape {list(out._layout.shape)} is {have} which does not "
            f"match the computed number of elements {count}. Note that this may occur as a result of rounding error. "
            f"The out tensor will be resized to a tensor of shape ({count},).",
            stacklevel=4,
        )
    resize_quietly(out, shape)


@composite(f"arange(Scalar end, {_FACTORY})",
           forms="function out", computes_out=True, resize_out=resize_range, refused_out=True)  # fmt: skip
def arange(end, *, dtype, layout, device, pin_memory, requires_grad):
    """The numbers from ``start`` (0) up to but without ``end``, ``step`` (1) apart: 1-d."""
    return _ranged(0, end, 1, dtype, device, requires_grad)


@composite(f"arange.start_step(Scalar start, Scalar end, Scalar step=1, {_FACTORY})",
           forms="function out", computes_out=True, resize_out=resize_range, refused_out=True)  # fmt: skip
def arange_start_step(start, end, step, *, dtype, layout, device, pin_memory, requires_grad):
    return _ranged(start, end, step, dtype, device, requires_grad)


@composite(f"range(Scalar start, Scalar end, Scalar step=1, {_FACTORY.replace(_PINNED, '')})",
           forms="function out", computes_out=True, resize_out=resize_range, refused_out=True)  # fmt: skip
def range_(start, end, step, *, dtype, layout, device, requires_grad):
    """As arange, with ``end`` included; PyTorch deprecates it."""
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is "
        "inconsistent with Python's range builtin. Instead, use torch.arange, which produces values in "
        "[start, end).",
        stacklevel=3,
    )
    return _ranged(start, end, step, dtype or dtypes.get_default_dtype(), device, requires_grad, inclusive=True)


def _linspace(xp):
    def linspace(start, end, *, steps, dtype):
        # PyTorch steps from both ends towards the middle, each value one fused multiply-add in the
        # result's own precision: the next wider type gives the same rounding. Halves are rounded at each turn.
        narrow, wide = _PRECISION.get(dtype.name, (np.float32, np.float64))
        if xp is not np and wide is np.longdouble:
            wide = np.float64
        narrow, wide = np.dtype(narrow), np.dtype(wide)
        # the ends are first rounded (of integers: cut) to the result's dtype
        start, end = (xp.asarray(x).astype(dtype.np).astype(narrow) for x in (start, end))
        if steps == 1:
            return xp.reshape(start, (1,)).astype(dtype.np)
        half = dtype.itemsize == 2 and dtype.category == 2

        def rounded(x):
            return x.astype(dtype.np).astype(x.dtype) if half else x

        step = rounded(rounded(end - start) / xp.asarray(max(steps - 1, 1)).astype(narrow)).astype(wide)
        index = xp.arange(steps)
        low = start.astype(wide) + rounded(step * index.astype(wide))
        high = end.astype(wide) - rounded(step * (steps - 1 - index).astype(wide))
        return xp.where(index < steps // 2, low, high).astype(narrow).astype(dtype.np)

    return linspace


_PRECISION = {
    "float64": (np.float64, np.longdouble),
    "int64": (np.float64, np.longdouble),
    "complex64": (np.complex64, np.complex128),
    "complex128": (np.complex128, np.complex128),
}


op("linspace.raw(Scalar start, Scalar end, int steps, dtype dtype, any device)", forms="",
   differentiable=False, host=_linspace(np))(
    lambda start, end, *, steps, dtype, device: _linspace(jnp)(start, end, steps=steps, dtype=dtype)
)  # fmt: skip


def _spaced(start, end, steps, dtype, device, name="linspace"):
    sides = (("start", start), ("end", end))
    shown = [f"{side} with {x.ndim} dimension(s)" for side, x in sides if isinstance(x, Tensor)]
    if any(isinstance(x, Tensor) and x.ndim for x in (start, end)):
        raise RuntimeError(
            f"{name} only supports 0-dimensional start and end tensors, but got {' and '.join(shown)}."
        )
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = _number(start), _number(end)
    if dtype is None:
        complex_ = isinstance(start, complex) or isinstance(end, complex)
        dtype = dtypes.default_complex() if complex_ else dtypes.get_default_dtype()
    if dtype is dtypes.bool_:
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool'")
    return dispatch(registry["linspace.raw"], (start, end), (steps, dtype, devices.resolve(device)))


def _spaced_family(name: str, extra: str, make) -> None:
    """Declare ``torch.<name>``: each end a number or a 0-dim tensor, an overload for each, as in PyTorch."""
    for start, end in (("Tensor", "Tensor"), ("Scalar", "Tensor"), ("Tensor", "Scalar"), ("Scalar", "Scalar")):
        sides = {("Tensor", "Tensor"): ".Tensor_Tensor", ("Scalar", "Tensor"): ".Scalar_Tensor",
                 ("Tensor", "Scalar"): ".Tensor_Scalar", ("Scalar", "Scalar"): ""}  # fmt: skip
        composite(f"{name}{sides[start, end]}({start} start, {end} end, int steps{extra}, {_FACTORY})",
                  forms="function out", computes_out=True,
                  resize_out=resize_quietly, refused_out=True)(make)  # fmt: skip


def linspace(start, end, steps, *, dtype, layout, device, pin_memory, requires_grad):
    """``steps`` evenly spaced numbers from ``start`` to ``end``, both included: 1-d."""
    check_strided(layout)
    return as_leaf(_spaced(start, end, steps, dtype, device), requires_grad)


def logspace(start, end, steps, base, *, dtype, layout, device, pin_memory, requires_grad):
    """``base`` to the powers of ``linspace(start, end, steps)``."""
    check_strided(layout)
    d = dtype or dtypes.get_default_dtype()
    if d is dtypes.bool_:
        raise NotImplementedError("\"logspace_cpu\" not implemented for 'Bool'")
    wide = dtypes.float64 if d.category < 2 or d is dtypes.float64 else dtypes.float32
    if d.category < 2:
        start, end = (x.to(d) if isinstance(x, Tensor) else int(x) for x in (start, end))
    out = (base ** _spaced(start, end, steps, wide, device, "logspace")).to(d)
    return as_leaf(out, requires_grad)


_spaced_family("linspace", "", linspace)
_spaced_family("logspace", ", float base=10.0", logspace)


def _eye(xp):
    def eye(*, n, m, dtype):
        return xp.eye(n, m, dtype=dtype.np)

    return eye


op("eye.raw(int n, int m, dtype dtype, any device)", forms="", differentiable=False, host=_eye(np))(
    lambda *, n, m, dtype, device: _eye(jnp)(n=n, m=m, dtype=dtype)
)


@composite(f"eye(int n, int? m=None, {_FACTORY})", forms="function out", computes_out=True,
           resize_out=resize_quietly, refused_out=True)  # fmt: skip
def eye(n, m, *, dtype, layout, device, pin_memory, requires_grad):
    """An (n, m) matrix with ones on its diagonal."""
    check_strided(layout)
    if n < 0 or (m is not None and m < 0):
        which, value = ("n", n) if n < 0 else ("m", m)
        raise RuntimeError(f"{which} must be greater or equal to 0, got {value}")
    statics = (n, n if m is None else m, dtype or dtypes.get_default_dtype(), devices.resolve(device))
    out = dispatch(registry["eye.raw"], (), statics)
    return as_leaf(out, requires_grad)


# -- complex numbers from parts -------------------------------------------------------------------
def _check_parts(real, imag):
    parts = (dtypes.float16, dtypes.float32, dtypes.float64)
    if real.dtype not in parts or imag.dtype not in parts:
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors "
            f"but got {real.dtype.title} and {imag.dtype.title}"
        )
    if real.dtype is not imag.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {real.dtype.title} "
            f"but got scalar type {imag.dtype.title} for second argument"
        )


def _check_complex(real, imag):
    _check_parts(real, imag)
    real.dtype.to_complex().np  # noqa: B018 - raises for float16, whose complex numbers are not supported


def _check_polar(abs, angle):
    _check_parts(abs, angle)
    if abs.dtype is dtypes.float16:
        raise NotImplementedError("\"polar_cpu\" not implemented for 'Half'")


def _complex_grad(g):
    return jnp.real(g), jnp.imag(g)


_FROM_PARTS = {
    "forms": "function out", "layout": "pointwise",
    "exact_out": "Expected object of scalar type {result.title} but got scalar type {out.title} for argument 'out'",
}  # fmt: skip


@op("complex(Tensor real, Tensor imag)", check=_check_complex, grad=_complex_grad, watches="real imag", **_FROM_PARTS)
def complex_(real, imag):
    """The complex tensor ``real + i imag``."""
    return lax.complex(real, imag)


def _polar_grad(g, result):
    across = jnp.conj(g) * result
    size = jnp.abs(result)
    return jnp.where(size == 0, 0, jnp.real(across) / jnp.where(size == 0, 1, size)), -jnp.imag(across)


@op("polar(Tensor abs, Tensor angle)", check=_check_polar, grad=_polar_grad, **_FROM_PARTS)
def polar(abs, angle):
    """The complex tensor ``abs (cos angle + i sin angle)``."""
    return lax.complex(abs * jnp.cos(angle), abs * jnp.sin(angle))

