"""The spine: the one path of every op, from operands to a taped result.

    x.add_(y) -> bind -> dispatch(spec, operands, static, destination)
      0. under autocast: cast the operands, and enter again
      1. snapshot each operand          (operand.py; a view is read inside the op's program)
      2. find the plan for their facts  (promotion, strides of the result, PyTorch's errors)
      3. run: jitted, inline in a JAX trace, or handed to the recorder
      4. wrap the result, or write it into the destination and bump its version
      5. tape it                        (opnode.py, alias.py)
"""

from __future__ import annotations

import math
import warnings
from functools import cache, partial

import jax
import numpy as np
from jax.core import Tracer

from . import alias, autocast, devices, dtypes, errors, modes, opnode
from .layout import broadcast_shapes, contiguous, like_layout, pointwise_layout
from .operand import Blank, Window, value_of, window
from .pending import Pending
from .program import Flagged, Program, forward, guarded, into, launch
from .spec import OpSpec
from .storage import Storage, put
from .symbol import Symbol, plain
from .tensor import Tensor, note_fresh, wrap, wrap_as

_swap_x64, _set_x64 = jax.enable_x64.swap_local, jax.enable_x64.set_local
_new = object.__new__


class Plan:
    """What is known about a call before any value is: programs, promotion, strides."""

    __slots__ = ("spec", "program", "common", "layout", "blanks", "differentiable", "flagged", "shape",
                 "keeps", "result", "single")  # fmt: skip


class Fact:
    """What plans, checks and layout rules see of an operand."""

    __slots__ = ("shape", "dtype", "layout", "rank", "number", "followed")

    def __init__(self, shape, dtype, layout, rank, number=None, followed=False):
        self.shape, self.dtype, self.layout, self.rank, self.number = shape, dtype, layout, rank, number
        self.followed = followed  # by autograd; it may decide which error is raised, never a result

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def is_tensor(self) -> bool:
        return self.rank > 0


def fact_of(x):
    if isinstance(x, Tensor):
        shape = x._layout.shape
        return Fact(shape, x._dtype, x._layout, 2 if shape else 1, None, x.requires_grad)
    if x is None or type(x) is Blank:
        return None
    if isinstance(x, (tuple, list)):
        return [fact_of(e) for e in x]
    return Fact((), dtypes.of_number(x), None, 0, x)


# -- numbers --------------------------------------------------------------------------------------
_numbers: dict = {}


def number(x):
    """A Python number as a scalar array: traced, so that a new value compiles nothing."""
    return classed_number(x)[0]


#: Numbers that plans are made for one by one, so that `specialize` can tell them apart.
NOTABLE = frozenset((-2, -1, -0.5, 0, 0.5, 1, 2, 3))
_classes: dict = {}
#: Their arrays, kept for good, which what is compiled may take for constants; and by id their places from the end:
#: -1 stands for the first.
notables: list = []
notable: dict[int, int] = {}


class NumberClass:
    """What plans know of a number: its type and either its value or which dtypes can hold it."""

    __slots__ = ()


def _class_of(x) -> NumberClass:
    facts = x if x in NOTABLE else tuple(dtypes.holds(d, x) for d in dtypes.BOUNDED)
    return _classes.setdefault((type(x), facts), NumberClass())


def _general_class_of(x) -> NumberClass:
    """The class of numbers that an op has no special way for."""
    return _classes.setdefault((type(x), "any", tuple(dtypes.holds(d, x) for d in dtypes.BOUNDED)), NumberClass())


def symbolic_number(x: Symbol, special: bool):
    """`classed_number` of a symbol: an input of the recorded program; ``special``: as its value would be."""
    if not x._live():
        return classed_number(x.value)
    kind_of = _class_of if special else _general_class_of
    return x.array(kind_of, number, special), kind_of(x.value)


def classed_number(x):
    """(array, class) of a Python number."""
    kind = type(x)
    if kind is Symbol:
        return symbolic_number(x, True)
    if x == 0 and kind is float and math.copysign(1.0, x) < 0:
        kind = "-0"
    found = _numbers.get((kind, x))
    if found is None:
        if len(_numbers) > 4096:
            _numbers.clear()
        original, x = x, x.item() if isinstance(x, np.generic) else x
        if isinstance(x, (bool, np.bool_)):
            array = np.asarray(x, np.bool_)
        elif isinstance(x, (int, np.integer)):
            if not -(2**63) <= x < 2**64:
                raise OverflowError(
                    "int too big to convert" if x > 0 else "can't convert negative int to unsigned"
                )
            array = np.asarray(x, np.int64 if x < 2**63 else np.uint64)
        elif isinstance(x, (float, np.floating)):
            array = np.asarray(x, np.float64)
        elif isinstance(x, complex):
            array = np.asarray(x, np.complex128)
        else:
            raise TypeError(f"expected a number but got {type(x).__name__}")
        found = put(array, devices.CPU), _class_of(x)
        if not isinstance(found[0], Tracer):  # otherwise made inside a JAX trace: must not outlive it
            _numbers[kind, original] = found
            if original in NOTABLE:
                notables.append(found[0])
                notable[id(found[0])] = -len(notables)
    return found


# -- plans ----------------------------------------------------------------------------------------
def _flatten_facts(facts):
    for f in facts:
        if type(f) is list:
            yield from _flatten_facts(f)
        elif f is not None:
            yield f


def common_dtype(spec: OpSpec, facts, static_facts: dict):
    """The dtype the operands are cast to, by the op's promotion rule."""
    rule = spec.promote
    if rule == "none":
        return None
    if callable(rule):
        return rule([(f.dtype, f.rank) for f in _flatten_facts(facts)], **static_facts)
    flat = list(_flatten_facts(
        f for f, kind in zip(facts, spec.operand_kinds, strict=True) if kind != "Scalar"
    ))  # fmt: skip
    pairs = [(f.dtype, f.rank) for f in flat]
    if rule == "same":
        tensors = [f for f in flat if f.rank]
        first = tensors[0].dtype
        for f in tensors[1:]:
            if f.dtype is not first:
                raise RuntimeError(
                    f"expected m1 and m2 to have the same dtype, but got: {first.cpp} != {f.dtype.cpp}"
                )
        return first
    found = dtypes.result_dtype(pairs)
    if rule == "float" and found.category < 2:
        return dtypes.get_default_dtype()
    return found


def make_plan(spec: OpSpec, operands, static: tuple, dest: Tensor | None) -> Plan:
    given = (*map(plain, operands), *spec.fixed)
    facts = [fact_of(x) for x in given]
    named = dict(zip(spec.schema.static_names, static, strict=True))
    if spec.check is not None:
        spec.check(*facts, **named)
    plan = Plan()
    plan.common = common_dtype(spec, facts, named)
    if dest is not None and spec.out.computes_out and named.get("dtype") is None:
        plan.common = dest._dtype
    plan.layout = plan.shape = None
    layouts = [f.layout for f in _flatten_facts(facts) if f.rank]
    if (spec.layout == "pointwise" or getattr(spec.layout, "counts_numbers", False)) and not spec.unary:
        counted = [f for f, kind in zip(facts, spec.operand_kinds, strict=True) if kind != "Scalar" or (f and f.rank)]
        layouts = [f.layout if f.rank else contiguous(()) for f in _flatten_facts(counted)]
    if spec.layout == "pointwise":
        plan.shape = broadcast_shapes(*[l.shape for l in layouts])
        plan.layout = pointwise_layout(plan.shape, tuple(layouts))
    elif spec.layout == "like":
        plan.layout = like_layout(layouts[0])
    elif type(spec.layout) is tuple:
        plan.layout = spec.layout
    elif callable(spec.layout):
        plan.layout = spec.layout(layouts, **named)
    if dest is not None:
        check_destination(spec, plan, dest)
    _require_kernel(spec, plan.common)
    if plan.common is not None:
        for f, kind in zip(facts, spec.operand_kinds, strict=True):
            if kind == "Scalar" and f is not None and not f.rank:
                dtypes.require_holds(plan.common, f.number)
    if spec.specialize is not None:
        spec = spec.specialize(given, **named) or spec
        _require_kernel(spec, plan.common)
    plan.spec = spec
    key = (static, plan.common)
    stretched, rule = (), spec.overlap
    if dest is not None:
        if dest._layout.overlapping:
            l = dest._layout
            stretched = tuple([d for d, (n, s) in enumerate(zip(l.shape, l.stride)) if n > 1 and s == 0])
            rule = rule(**named) if callable(rule) else rule
        key = (*key, dest._dtype, dest._layout.shape, stretched)
    program = spec.executables.get(key)
    if program is None and spec.dynamic is not None:
        run = on_host(spec, static)
        program = spec.executables[key] = Program(run, run)
    if program is None:
        run = guarded(spec, static, forward(spec, static, plan.common))
        if dest is not None:
            run = into(run, dest._dtype.np, dest._layout.shape, stretched, rule)
        program = spec.executables[key] = Program(run)
    plan.program = program
    plan.flagged = spec.bounds_error is not None  # the bounds may still find nothing to check
    plan.keeps = {}
    plan.result, plan.single = None, False  # single: one result, whose facts are known
    plan.blanks = [_blank(x) for x in operands]
    plan.differentiable = spec.differentiable
    return plan


def _require_kernel(spec: OpSpec, common) -> None:
    if spec.kernel is not None and common not in spec.kernel[1]:
        raise NotImplementedError(f'"{spec.kernel[0]}" not implemented for \'{common.title}\'')


def _blank(x):
    if isinstance(x, Tensor):
        return Blank(x._layout.shape, x._dtype.np)
    if isinstance(x, (tuple, list)):
        return tuple(_blank(e) for e in x)
    return x if type(x) is Blank else None


def check_destination(spec, plan: Plan, dest: Tensor) -> None:
    """PyTorch's rules for what may be written in place."""
    if plan.shape is not None and plan.shape != dest._layout.shape:
        raise RuntimeError(
            f"output with shape {list(dest._layout.shape)} doesn't match the broadcast shape {list(plan.shape)}"
        )
    promoted = plan.common is not None and spec.promote not in ("same", "compare")
    if promoted and not dtypes.can_cast(plan.common, dest._dtype):
        raise errors.refused_cast(spec.out.cast_error, plan.common, dest._dtype)


# -- the spine ------------------------------------------------------------------------------------
#: classes of arrays that hold a value: neither tracers nor pending
_concrete: set[type] = {Pending}


def is_traced(array) -> bool:
    """Whether an operand's array is a tracer of a JAX transform."""
    if type(array) is Window:
        array = array.array
    if isinstance(array, Tracer):
        return True
    if isinstance(array, (jax.Array, np.ndarray)):
        _concrete.add(type(array))
    return False


def dispatch(spec: OpSpec, operands, static: tuple = (), dest: Tensor | None = None):
    """Run ``spec`` on ``operands`` (tensors, numbers, None, lists of tensors).

    Returns a fresh tensor or a tuple of them; with ``dest`` writes there and returns it.
    """
    state = modes.state
    unusual = state.unusual
    if unusual and state.autocast and dest is None:
        entering = autocast.entering(spec, operands, static)
        if entering is not None:
            with autocast.off():
                return dispatch(spec, *entering)
    if unusual and state.recorder is not None:
        state.recorder.reads(operands if dest is None else (*operands, dest))
        static = tuple([x.now() if type(x) is Symbol else x for x in static])
    elif spec.host is not None:
        return create(spec, operands, static)
    values = []
    key = [static]
    taped = inline = False
    device = None
    for x in operands:
        if isinstance(x, Tensor):
            storage = x._storage
            array = storage.array
            layout = x._layout
            if type(array) not in _concrete or layout is not storage.layout or x._dtype is not storage.dtype:
                array = x._operand()
                inline = inline or is_traced(array)
            values.append(array)
            key += layout.form, x._dtype
            if x._view is not None:
                if x.requires_grad:
                    taped = True
                    if dest is None and state.grad and spec.differentiable and spec.promote != "compare":
                        x._view.refresh(x)  # a history that is refused is so before anything else
            elif x._requires_grad:
                taped = True
            if storage.device is not device:
                device = _common_device(device, storage.device, x, operands)
        elif x is None:
            values.append(None)
            key.append(None)
        elif isinstance(x, (float, int, complex, np.number, np.bool_)):
            symbolic = type(x) is Symbol
            array, known = symbolic_number(x, spec.specialize is not None) if symbolic else classed_number(x)
            values.append(array)
            key.append(known)
        elif type(x) is list or type(x) is tuple:
            settles = dest is None and state.grad and spec.differentiable
            part, more, taped_part, inline_part, device = _snapshot_list(x, device, operands, settles)
            values.append(part)
            key.append(more)
            taped |= taped_part
            inline |= inline_part
        elif type(x) is Blank:
            values.append(x)
            key.append((x.shape, x.dtype))
        else:  # a raw array: starts of a view
            values.append(x)
            key.append(None)
            inline = inline or is_traced(x)
    if device is None:
        device = devices.CPU
    if dest is not None:
        return _dispatch_into(spec, operands, static, dest, values, key, taped, inline, device, state)
    key = tuple(key)
    plan = spec.plans.get(key)
    if plan is None:
        plan = spec.plans[key] = make_plan(spec, operands, static, None)
    spec = plan.spec
    taped = taped and state.grad and plan.differentiable
    pull = None
    keeps_pull = taped and spec.residuals and not inline
    program = opnode.residual_program(spec, plan, static, operands) if keeps_pull else plan.program
    out = launch(program, values, inline)
    if plan.flagged and type(out) is Flagged:
        out = _unflag(spec, out, operands, static)
    if keeps_pull:
        out, pull = out
    if type(out) is tuple:
        found = plan.result
        if found is None:
            found = plan.result = _facts_of_results(out, plan.layout) if spec.dynamic is None else ()
        if found:
            result = tuple([wrap_as(o, l, d, device) for o, (l, d) in zip(out, found)])  # noqa: B905
        else:
            result = opnode.wrapped(out, device)
    else:
        # the facts that found the plan settle the result's shape and dtype too
        found = plan.result
        if found is None:
            layout = plan.layout or contiguous(out.shape)
            if type(layout) is tuple:
                layout = layout[0](out.shape)
            found = (layout, dtypes.lookup_numpy(out.dtype))
            if spec.dynamic is None:
                plan.result = found
                plan.single = not (plan.flagged or spec.version or spec.residuals)
        result = _new(Tensor)
        result._storage = Storage(out, found[0], found[1], device)
        result._layout, result._dtype = found
        if spec.version:
            result._storage.version = spec.version
        if unusual:
            note_fresh(result)
    if taped:
        opnode.record(spec, plan, operands, values, static, result, pull)
    return result


def dispatch_dense(spec: OpSpec, operands: tuple, static: tuple = (), dest: Tensor | None = None):
    """`dispatch` of a tensor and perhaps another or a number, with a short way for the usual case: no mode is
    on, every tensor is the whole of its memory, no view, and all are on one device; what is written has no
    history."""
    state = modes.state
    if state.unusual:
        return dispatch(spec, operands, static, dest)
    x, y = operands[0], operands[-1]
    storage, other = x._storage, None
    array, layout, d = storage.array, x._layout, x._dtype
    if type(array) not in _concrete or layout is not storage.layout or d is not storage.dtype or x._view is not None:
        return dispatch(spec, operands, static, dest)
    taped = x._requires_grad
    if x is y and len(operands) == 1:
        key, values = (static, layout.form, d), (array,)
    elif type(y) is float or type(y) is int:
        array2, known = classed_number(y)
        key, values = (static, layout.form, d, known), (array, array2)
    else:
        other = y._storage
        array2, layout2, d2 = other.array, y._layout, y._dtype
        if (
            type(array2) not in _concrete or layout2 is not other.layout or d2 is not other.dtype
            or storage.device is not other.device or y._view is not None
        ):  # fmt: skip
            return dispatch(spec, operands, static, dest)
        key, values = (static, layout.form, d, layout2.form, d2), (array, array2)
        taped = taped or y._requires_grad
    if dest is not None:
        if taped or x._inference or storage.host is not None or storage is other and x is not y:
            return dispatch(spec, operands, static, dest)
        key, values = (*key, layout.shape, layout.form, d, "into"), (None, *values)
    plan = spec.plans.get(key)
    if plan is None or not plan.single:
        return dispatch(spec, operands, static, dest)
    if state.segment is None:
        previous = _swap_x64(True)
        try:
            out = plan.program.jitted(*values)
        except TypeError:
            out = launch(plan.program, values)  # which knows what to do with values of other threads
        finally:
            _set_x64(previous)
    else:
        out = state.segment.take(plan.program, values)
    if dest is not None:
        if type(out) is Pending:
            storage.write(out)
        else:
            storage.array = out
        dest._count_write()
        return dest
    result = _new(Tensor)
    result._layout, result._dtype = layout, d = plan.result
    result._storage = Storage(out, layout, d, storage.device)
    if taped and state.grad and plan.differentiable:
        opnode.record(plan.spec, plan, operands, values, static, result)
    return result


def _facts_of_results(out: tuple, layout):
    """(layout, dtype) of each of several results; () where some are missing or nested."""
    if not all(hasattr(o, "shape") for o in out):
        return ()
    if type(layout) is tuple:
        layouts = [at(o.shape) for o, at in zip(out, layout, strict=True)]
    else:
        layouts = [layout or contiguous(o.shape) for o in out]
    return tuple([(l, dtypes.lookup_numpy(o.dtype)) for l, o in zip(layouts, out, strict=True)])


def create(spec: OpSpec, operands, static: tuple) -> Tensor:
    """Run an op that makes a tensor out of numbers, on the host: no program per shape.

    The op's statics name the (resolved) ``device``.
    """
    facts = dict(zip(spec.schema.static_names, static, strict=True))
    layout = spec.layout([], **facts) if callable(spec.layout) else None
    device = devices.resolve(facts.pop("device", None))
    if spec.check is not None:
        spec.check(*[fact_of(x) for x in operands], **facts)
    numbers = [x.item() if isinstance(x, Tensor) else x for x in operands]
    array = put(spec.host(*numbers, **facts), device)
    if layout is None:
        return wrap(array, device)
    return wrap_as(array, layout, dtypes.lookup_numpy(array.dtype), device)


def _dispatch_into(spec, operands, static, dest, values, key, taped, inline, device, state):
    if dest._requires_grad or (dest._view is not None and dest.requires_grad):
        taped = True
    taped = taped and state.grad
    alias.check_inplace(dest, taped, state)
    storage = dest._storage
    if dest._layout.overlapping:
        if spec.overlap is None:
            raise RuntimeError(errors.OVERLAP)
        if spec.overlap_example is not None:
            name = spec.name.removesuffix("_")
            warnings.warn(errors.OVERLAP_DEPRECATED.format(name, spec.overlap_example), stacklevel=5)
    for x in operands:
        if x is not dest and isinstance(x, Tensor):
            if taped and x._view is not None and x.requires_grad:
                x._view.refresh(x)
            if x._storage is storage and not spec.copies_value:
                alias.check_overlap(dest, x, spec, operands)
    key += [dest._layout.shape, dest._layout.form, dest._dtype, "into"]
    key = tuple(key)
    plan = spec.plans.get(key)
    if plan is None:
        plan = spec.plans[key] = make_plan(spec, operands, static, dest)
    spec = plan.spec
    target = None
    if dest._layout is not storage.layout or dest._dtype is not storage.dtype:
        target = window(storage, dest._layout, dest._dtype)
    if type(target) is not Window:
        target = None
        if len(storage.layout.shape) != len(dest._layout.shape):
            raise AssertionError("a dense destination has the native layout")
    else:
        inline = inline or is_traced(target)
    out = launch(plan.program, (target, *values), inline)
    if plan.flagged and type(out) is Flagged:
        out = _unflag(spec, out, operands, static)
    if storage.device is not device and operands and device is not None and not isinstance(out, Tracer):
        out = jax.device_put(out, devices.to_jax(storage.device))
    storage.write(out, dest._layout if dest._dtype is storage.dtype else None)
    plan.single = not plan.flagged  # and `dispatch_dense` may take the next call of this kind
    if taped and plan.differentiable:
        node = opnode.record(spec, plan, operands, values, static, None, None, dest)
        alias.rebase(dest, node)
    else:
        dest._count_write()
    return dest


def _snapshot_list(items, device, operands, settles: bool):
    values, key, taped, inline = [], [], False, False
    for x in items:
        if x is None:
            values.append(None)
            key.append(None)
            continue
        if type(x) is Blank:
            values.append(x)
            key.append((x.shape, x.dtype))
            continue
        if not isinstance(x, Tensor):
            values.append(number(x))
            key.append(type(x))
            continue
        array = x._operand()
        inline = inline or is_traced(array)
        values.append(array)
        key.append(x._layout.form)
        key.append(x._dtype)
        if x.requires_grad:
            taped = True
            if settles:
                alias.settle(x)
        if x._storage.device is not device:
            device = _common_device(device, x._storage.device, x, operands)
    return tuple(values), tuple(key), taped, inline, device


def _common_device(first, second, x: Tensor, operands):
    """The device of the result; 0-dim CPU tensors go with anything, as in PyTorch."""
    if first is None:
        return second
    if second.type == "cpu" and not x._layout.shape:
        return first
    if first.type == "cpu" and all(
        not t._layout.shape for t in operands if isinstance(t, Tensor) and t._storage.device is first
    ):
        return second
    raise RuntimeError(
        f"Expected all tensors to be on the same device, but found at least two devices, {first} and {second}!"
    )


def _unflag(spec, out: Flagged, operands, static):
    """The result without its flag; raises the op's error where the flag is up."""
    if isinstance(out.flag, Tracer):
        return out.value  # inside the user's own JAX trace nothing can be raised by value
    if type(out.flag) is Pending:
        out.flag.recorder.check(out.flag, spec, operands, static)
        return out.value
    if out.flag:
        raise spec.out_of_range(operands, static)
    return out.value


_materializer = cache(lambda: Program(value_of))


def materialize(window: Window):
    """The array that a Window stands for."""
    return launch(_materializer(), (window,), is_traced(window))


def on_host(spec: OpSpec, static: tuple):
    """The program of a `dynamic` op: its NumPy function on host copies of the operands."""
    facts = dict(zip(spec.schema.static_names, static, strict=True))

    def run(*operands):
        arrays = [materialize(o) if type(o) is Window else o for o in operands]
        if any(isinstance(a, Tracer) for a in jax.tree_util.tree_leaves(arrays)):
            raise NotImplementedError(
                f"{spec.name}() inside a JAX trace: the shape of its result depends on values, which a "
                f"traced program cannot. Call it outside, or {spec.dynamic}."
            )
        out = spec.fn(*[a if a is None else np.asarray(a) for a in arrays], **facts)
        put_back = partial(put, device=devices.CPU)
        if not devices.only_cpu():
            put_back = partial(jax.device_put, device=next(a.sharding for a in arrays if a is not None))
        return tuple([put_back(o) for o in out]) if type(out) is tuple else put_back(out)

    return run


def execute(spec: OpSpec, values, static: tuple):
    """Run an op on raw operands, outside the tape: what a backward pass without a graph does."""
    key = (static, None)
    program = spec.executables.get(key)
    if program is None:
        program = spec.executables[key] = Program(forward(spec, static, None))
    for v in values:
        if any(map(is_traced, v)) if type(v) in (tuple, list) else type(v) not in _concrete and is_traced(v):
            return launch(program, values, inline=True)
    return launch(program, values)


def clear_plans() -> None:
    """Forget every plan: a default that plans depend on has changed."""
    from .spec import every_op

    for spec in every_op():
        spec.plans.clear()
