"""Programs: what an op's declaration becomes under `jax.jit`.

`forward` composes what every op shares (read the operands, cast them to the common dtype, widen
halves, broadcast, call the array function, narrow) and is what eager execution jits, what a JAX
trace inlines and what gradients differentiate. Programs are cached per static facts only; JAX
caches shapes below that.
"""

from __future__ import annotations

import math
from functools import cache

import jax
import jaxlib
import numpy as np
from jax import lax
from jax import numpy as jnp

from . import devices, dtypes, modes
from .layout import broadcast_shapes
from .operand import Window, value_of
from .pending import any_pending, settled

_swap_x64, _set_x64 = jax.enable_x64.swap_local, jax.enable_x64.set_local
_CPU_OPTIONS = {"xla_cpu_use_fusion_emitters": False}


@cache
def single_op_options():
    """How single ops are compiled on the CPU: without fusion emitters.

    Measured: 40 % less compile time over ten ops, the same run time within noise (softmax over
    512 rows 1.3x slower, cumsum 2x faster). There is nothing to fuse across in one op.
    """
    if not devices.only_cpu():
        return None
    if not jaxlib.__version__.startswith("0.10."):  # pyright: ignore[reportPrivateImportUsage]
        try:
            jax.jit(lambda: np.int32(0), compiler_options=_CPU_OPTIONS)()
        except Exception:  # noqa: BLE001 - an XLA that no longer knows the option
            return None
    return _CPU_OPTIONS


def compiler_options():
    """How whole programs are compiled: on GPUs with deterministic algorithms alone where they were asked for."""
    if devices.only_cpu() or not modes.Policy.must_repeat():
        return None
    return {"xla_gpu_deterministic_ops": True}


def compiled(run, **settings):
    """A function of arrays as a whole program (see `jax.jit` for the settings)."""
    return jax.jit(run, compiler_options=compiler_options(), **settings)


class Program:
    """A pure function on operands (``inline``) and the same compiled (``jitted``)."""

    __slots__ = ("inline", "jitted")

    def __init__(self, run, jitted=None):
        self.inline = run
        self.jitted = jitted or jax.jit(run, compiler_options=single_op_options() or compiler_options())

    def __repr__(self) -> str:
        return f"<program {self.inline.__name__}>"


def launch(program: Program, values, inline: bool = False):
    """Run a program on ``values``: compiled, ``inline`` in a JAX trace, or handed to the recorder.

    Everything that is computed on a device is computed here.
    """
    state = modes.state
    if state.unusual and state.recorder is not None:
        return state.recorder.take(program, values)
    if state.segment is not None:
        if not inline and program.jitted is not program.inline:
            return state.segment.take(program, values)
        values = settled(values)
    previous = _swap_x64(True)
    try:
        return program.inline(*values) if inline else program.jitted(*values)
    except (TypeError, ValueError) as e:
        if "compiler_options" in str(e):
            # Inside a JAX trace, on values that are no tracers: a nested program may have no options.
            return program.inline(*values)
        if any_pending(values):  # what a recording computed, and autograd or a view kept
            return launch(program, settled(values), inline)
        raise
    finally:
        _set_x64(previous)


_HALF = {dtypes.float16: dtypes.float32, dtypes.bfloat16: dtypes.float32}


def cast(x, target: np.dtype):
    """``x`` (array, number or list of them) as ``target``; None stays."""
    if x is None:
        return None
    if type(x) is list:
        return [cast(e, target) for e in x]
    if isinstance(x, (int, float, complex)):
        return np.asarray(x, target)
    if x.dtype == target:
        return x
    if x.dtype.kind == "c" and target.kind != "c":
        x = lax.real(x)
    return lax.convert_element_type(x, target)


def broadcast(x, shape: tuple):
    """``x`` broadcast to ``shape`` by NumPy's rule."""
    if x.shape == shape:
        return x
    return lax.broadcast_in_dim(x, shape, tuple(range(len(shape) - x.ndim, len(shape))))


def _round(x, half: np.dtype):
    """``x`` with no more digits than ``half`` has; its dtype is as it was."""
    if x is None or isinstance(x, (int, float, complex)) or type(x) is list or x.dtype == half or x.dtype.kind != "f":
        return x
    info = jnp.finfo(half)
    return lax.reduce_precision(x, info.nexp, info.nmant)


def broadcast_all(values):
    """The arrays among ``values`` broadcast to one shape."""
    shapes = [v.shape for v in values if v is not None and type(v) is not list]
    shape = broadcast_shapes(*shapes)
    return [v if v is None or type(v) is list else broadcast(v, shape) for v in values]


def forward(spec, static: tuple, common):
    """The op as a function of operands (arrays, Windows, numbers)."""
    facts = dict(zip(spec.schema.static_names, static, strict=True))
    fn = spec.fn
    target = None if common is None else common.np
    wide = _HALF[common].np if common in _HALF and spec.opmath else target
    pointwise = spec.layout == "pointwise"

    kinds, scalars = spec.operand_kinds, spec.opmath == "scalars"

    def run(*operands):
        values = [*[value_of(o) for o in operands], *spec.fixed]
        if wide is not target and spec.opmath is True:
            values = [
                v if kind == "Scalar" else _round(v, target)
                for v, kind in zip(values, kinds, strict=True)
            ]
        if scalars:
            values = [cast(v, wide if kind == "Scalar" else target) for v, kind in zip(values, kinds, strict=True)]
        elif wide is not None:
            values = [cast(v, wide) for v in values]
        if pointwise and len(values) > 1:
            values = broadcast_all(values)
        out = fn(*values, **facts)
        if wide is not target:
            if isinstance(out, tuple):
                out = tuple(o.astype(target) if o.dtype == wide else o for o in out)
            elif out.dtype == wide:
                out = out.astype(target)
        return out

    run.__name__ = run.__qualname__ = spec.name
    return run


def _expands(shape: tuple, target: tuple) -> bool:
    lead = len(target) - len(shape)
    return lead >= 0 and all(s in (1, t) for s, t in zip(shape, target[lead:], strict=True))


def _settled(before, after, dims: tuple, rule: str):
    """What a write leaves in memory that all elements along ``dims`` refer to, broadcast along them.

    ``rule`` is `OpSpec.overlap`: of the elements that changed the last one counts, or changes add up.
    """
    if rule == "sum":
        return broadcast(before + jnp.sum(after - before, dims, before.dtype, keepdims=True), before.shape)
    kept = [d for d in range(before.ndim) if d not in dims]
    rows = (math.prod([before.shape[d] for d in dims]), *[before.shape[d] for d in kept])

    def flat(x):
        return lax.reshape(lax.transpose(x, (*dims, *kept)), rows)

    old, new = flat(before), flat(after)
    changed = (new != old) & ((new == new) | (old == old))
    order = lax.broadcasted_iota(np.int32, changed.shape, 0)
    last = jnp.max(jnp.where(changed, order, -1), 0, keepdims=True)
    value = jnp.take_along_axis(new, jnp.maximum(last, 0), 0)
    value = jnp.where(last < 0, old[:1], value)
    narrow = [1 if d in dims else n for d, n in enumerate(before.shape)]
    return broadcast(lax.reshape(value, narrow), before.shape)


def into(run, target: np.dtype, shape: tuple, stretched: tuple = (), rule: str = ""):
    """``run`` writing its result over a destination: (destination, *operands) -> native array.

    The destination is None where the result replaces the whole storage. Along its dimensions
    ``stretched`` all elements are one place in memory, written by ``rule``.
    """

    def write(destination, *operands):
        out = run(*operands)
        flag = None
        if isinstance(out, Flagged):
            out, flag = out.value, out.flag
        if not _expands(out.shape, shape):
            raise RuntimeError(
                f"Bad in-place call: input tensor size {list(shape)} and output tensor size "
                f"{list(out.shape)} should match"
            )
        out = broadcast(cast(out, target), shape)
        if stretched:
            out = _settled(value_of(destination), out, stretched, rule)
        if type(destination) is Window:
            out = destination.plan.write(destination.array, destination.starts, out)
        return out if flag is None else Flagged(out, flag)

    write.__name__ = write.__qualname__ = run.__name__ + "_"
    return write


class Flagged:
    """A result with the scalar bool array that says whether an operand was out of range."""

    __slots__ = ("value", "flag")

    def __init__(self, value, flag):
        self.value, self.flag = value, flag


jax.tree_util.register_pytree_node(
    Flagged, lambda f: ((f.value, f.flag), None), lambda _, c: Flagged(*c)
)


def guarded(spec, static: tuple, run):
    """``run`` with the op's bounds check beside its result."""
    if spec.bounds is None:
        return run
    facts = dict(zip(spec.schema.static_names, static, strict=True))

    def flagged(*operands):
        wrong = spec.bounds(*[value_of(o) for o in operands], *spec.fixed, **facts)
        out = run(*operands)
        return out if wrong is None else Flagged(out, wrong)

    flagged.__name__ = flagged.__qualname__ = run.__name__
    return flagged
