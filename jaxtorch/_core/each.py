"""Ops over lists of tensors: one program applies an op to every element.

    dispatch_each(spec, columns, static, into)

    for i in range(n):
        into[0][i], into[1][i], ... = spec(columns[0][i], columns[1][i], ...)

A column that is no list is one operand of all the elements; so, unasked, is a list whose tensors
hold the very same array (the step counts of an optimizer). Elements are taken in order: where
memory is shared, an element sees what those before it wrote.
"""

from __future__ import annotations

from functools import partial
from operator import attrgetter, is_, is_not

import jax
import numpy as np
from jax.core import Tracer

from . import dtypes, errors, modes
from .dispatch import check_destination, classed_number, dispatch, make_plan
from .layout import contiguous
from .operand import view_plan
from .pending import Pending
from .program import Program, broadcast, cast, compiled, launch
from .spec import OpSpec, registry
from .tensor import Tensor, wrap_as

_storage_of, _layout_of, _dtype_of = attrgetter("_storage"), attrgetter("_layout"), attrgetter("_dtype")
_array_of, _native_of, _kept_of = attrgetter("array"), attrgetter("layout"), attrgetter("dtype")
_device_of, _inference_of = attrgetter("device"), attrgetter("_inference")
_given = partial(is_not, None)

#: How often a list runs element by element before a program for the whole of it is compiled. Such
#: a program costs about as much to compile as it saves in some hundred calls, and lists that differ
#: from call to call (parameters that only sometimes have a gradient) would compile each time.
WARM = 8


class _List:
    """What a call knows of one list of tensors."""

    __slots__ = ("tensors", "storages", "layouts", "dtypes", "views", "starts", "uniform")

    def __init__(self, tensors: list):
        self.tensors = tensors
        self.storages = storages = list(map(_storage_of, tensors))
        self.layouts = layouts = tuple(map(_layout_of, tensors))
        self.dtypes = kinds = tuple(map(_dtype_of, tensors))
        whole = all(map(is_, layouts, map(_native_of, storages)))
        if whole and all(map(is_, kinds, map(_kept_of, storages))):
            self.views = self.starts = None
            first = storages[0].array
            self.uniform = (
                first is not None
                and all(map(partial(is_, first), map(_array_of, storages)))
                and all(map(partial(is_, layouts[0]), layouts))
            )
            return
        self.uniform = False
        found = [view_plan(s.layout, s.dtype, l, d) for s, l, d in zip(storages, layouts, kinds)]
        self.views = tuple([None if f is None else f[0] for f in found])
        self.starts = [() if f is None else np.array(f[1], np.int32) for f in found]
        self.layouts = tuple([l.form for l in layouts])

    def key(self) -> tuple:
        """The part of a program's key that tells this list from others."""
        return self.layouts, self.dtypes, self.views

    def key_of(self, i: int) -> tuple:
        """The key of the list of element ``i`` alone."""
        views = self.views
        return (self.layouts[i],), (self.dtypes[i],), views if views is None else (views[i],)


class _Plan:
    """A program for lists of one structure: (memory, commons, numbers, starts) -> arrays."""

    __slots__ = ("program", "results", "written")


_seen: dict = {}


def _often(spec, key) -> bool:
    """Count a structure of lists; whether it has come `WARM` times. Only its hash is kept."""
    name = spec.key, hash(key)
    count = _seen.get(name, 0) + 1
    if len(_seen) > 4096:
        _seen.clear()
    _seen[name] = count
    return count >= WARM


def dispatch_each(spec: OpSpec, columns: list, static: tuple = (), into: list | None = None):
    """Run ``spec`` once for each element of the lists among ``columns``.

    Args:
        columns: the operands of the op, each a list (all of one length) or one value for all elements.
        static: the op's static facts.
        into: for each result of the op, the list of tensors it is written to. None: fresh tensors.

    Returns:
        None, or without ``into`` a list with the result (or tuple of results) of each element.
    """
    n = next(len(c) for c in columns if type(c) is list)
    if n == 0:
        return None if into else []
    state = modes.state
    if state.unusual and state.recorder is not None:
        state.recorder.reads([*columns, *into] if into else columns)
    if spec.bounds or spec.dynamic or spec.residuals:
        return _in_turn(spec, columns, static, into, n)
    if state.grad and _requires_grad(columns, into):
        return _in_turn(spec, columns, static, into, n)
    if into and not state.inference and any(any(map(_inference_of, dests)) for dests in into):
        raise RuntimeError(errors.INFERENCE_INPLACE)
    lists: dict = {}
    for c in (*columns, *into) if into else columns:
        if type(c) is list and id(c) not in lists and isinstance(c[0], Tensor):
            lists[id(c)] = _List(c)
    written = {id(dests) for dests in into or ()}
    if n > 1 and into and _alike(columns, lists):
        return _once_for_all(spec, columns, static, into)
    shared = {k for k, found in lists.items() if found.uniform and k not in written and n > 1}
    if len(shared) == len(lists):
        shared = set()
    return _run(spec, columns, static, into, n, lists, shared)


def _requires_grad(columns, into) -> bool:
    for c in (*columns, *into) if into else columns:
        if type(c) is list:
            if any(isinstance(t, Tensor) and t.requires_grad for t in c):
                return True
        elif isinstance(c, Tensor) and c.requires_grad:
            return True
    return False


def _in_turn(spec, columns, static, into, n):
    """Element after element, as ordinary ops: taped, or handed to the recorder."""
    results = []
    for i in range(n):
        operands = [c[i] if type(c) is list else c for c in columns]
        if into and len(into) == 1 and not spec.schema.outputs:
            dispatch(spec, operands, static, into[0][i])
            continue
        if into and modes.state.grad:
            # what the tape keeps of them must be what they were before they are written
            written = {id(dests[i]) for dests in into}
            operands = [x.clone() if id(x) in written else x for x in operands]
        out = dispatch(spec, operands, static)
        results.append(out)
        if into:
            for dests, value in zip(into, out if type(out) is tuple else (out,), strict=True):
                dispatch(registry["copy_.raw"], (dests[i], value), (), dests[i])
    return None if into else results


def _alike(columns, lists) -> bool:
    """Whether every element is the same computation on the same arrays, each in a storage of its own."""
    if not all(found.uniform for found in lists.values()):
        return False
    if any(type(c) is list and id(c) not in lists for c in columns):
        return False
    storages = [s for found in lists.values() for s in found.storages]
    return len(set(map(id, storages))) == len(storages)


def _once_for_all(spec, columns, static, into):
    dispatch_each(spec, [c[:1] if type(c) is list else c for c in columns], static, [d[:1] for d in into])
    for dests in into:
        array = dests[0]._storage.array
        for t in dests[1:]:
            t._storage.write(array)
            t._count_write()


def _run(spec, columns, static, into, n, lists, shared):
    order = {k: i for i, k in enumerate(k for k in lists if k not in shared)}
    found = [lists[k] for k in order]
    kinds, commons, numbers = [], [], []
    for c in columns:
        if type(c) is not list:
            kinds.append(_common(spec, c, commons))
        elif id(c) in shared:
            kinds.append(_common(spec, c[0], commons))
        elif id(c) in order:
            kinds.append(order[id(c)])
        else:
            pairs = [classed_number(x) for x in c]
            numbers.append([p[0] for p in pairs])
            kinds.append(tuple([p[1] for p in pairs]))
    memory, slots = _slots(found)
    devices = set(map(_device_of, memory))
    if len(devices) > 1:
        return _in_turn(spec, columns, static, into, n)
    device = next(iter(devices))
    targets = into and tuple([order[id(dests)] for dests in into])
    head, tail = ("each", static, *kinds), (targets, slots)
    key = (*head, *[one.key() for one in found], *tail)
    plan = spec.plans.get(key)
    if plan is None and (n == 1 or _often(spec, key)):
        plan = spec.plans[key] = _make(spec, columns, static, into, n, found, slots, shared)
    operands = [_placed(c, device) for c in commons]
    if plan is not None:
        out = _call(plan, memory, operands, numbers, [one.starts for one in found])
        results = None if into else _fresh(out, plan.results, device)
        if into:
            _write([memory[k] for k in plan.written], out)
    elif slots is not None or numbers:
        return _in_order(spec, columns, static, into, n, shared)
    else:
        results = []
        for i in range(n):
            key = (*head, *[one.key_of(i) for one in found], *tail)
            plan = spec.plans.get(key)
            if plan is None:
                parts, dests = _element(columns, into, i, shared)
                single = [_List(one.tensors[i : i + 1]) for one in found]
                for one, tensors in zip(single, _lists_of(parts, dests)):
                    one.tensors = tensors
                plan = spec.plans[key] = _make(spec, parts, static, dests, 1, single, None, ())
            memory = [one.storages[i] for one in found]
            starts = [one.starts and one.starts[i : i + 1] for one in found]
            out = _call(plan, memory, operands, numbers, starts)
            if into:
                _write([memory[k] for k in plan.written], out)
            else:
                results += _fresh(out, plan.results, device)
    if not into:
        return results
    for dests in into:
        for t in dests:
            t._count_write()
    return None


def _call(plan, memory, operands, numbers, starts):
    arrays = [s.array for s in memory]
    if not all(map(_given, arrays)):
        arrays = [s.read() if a is None else a for s, a in zip(memory, arrays)]
    inline = any(issubclass(kind, Tracer) for kind in set(map(type, arrays)))
    inline = inline or any(isinstance(x, Tracer) for x in jax.tree_util.tree_leaves(operands))
    return launch(plan.program, (arrays, operands, numbers, starts), inline)


def _write(storages, arrays) -> None:
    for storage, array in zip(storages, arrays, strict=True):
        if storage.host is None and type(array) is not Pending:
            storage.array = array
        else:
            storage.write(array)


def _element(columns, into, i: int, shared):
    """(columns, into) of element ``i`` alone."""
    pieces: dict = {}

    def piece(c):
        return pieces.setdefault(id(c), c[i : i + 1])

    parts = [(c[0] if id(c) in shared else piece(c)) if type(c) is list else c for c in columns]
    return parts, into and [piece(dests) for dests in into]


def _lists_of(columns, into) -> list:
    """The distinct lists of tensors, in order."""
    found = {}
    for c in (*columns, *into) if into else columns:
        if type(c) is list and isinstance(c[0], Tensor):
            found.setdefault(id(c), c)
    return list(found.values())


def _in_order(spec, columns, static, into, n, shared):
    """Element after element, each a call of its own, which sees what those before it wrote."""
    results = []
    for i in range(n):
        parts, dests = _element(columns, into, i, shared)
        out = dispatch_each(spec, parts, static, dests)
        if not into:
            results.extend(out)
    return None if into else results


def _common(spec, x, commons: list):
    """Note an operand that all elements have in common; returns its part of the key."""
    if x is None:
        return None
    if isinstance(x, Tensor):
        commons.append(x)
        return x._layout.form, x._dtype
    array, known = classed_number(x)
    commons.append(array)
    # an op that neither promotes nor looks for particular numbers has one program for all of them
    return array.dtype if spec.promote == "none" and spec.specialize is None else known


def _placed(x, device):
    """A common operand as the program takes it; scalars of the CPU go with any device."""
    if not isinstance(x, Tensor):
        return x
    if x._storage.device is device or x._layout.shape:
        return x._operand()
    return np.asarray(x._value())


def _slots(found: list):
    """The distinct storages of the lists, and which of them each element is in (None: its own)."""
    memory = [s for one in found for s in one.storages]
    distinct = {id(s): s for s in memory}
    if len(distinct) == len(memory):
        return memory, None
    numbers = {k: i for i, k in enumerate(distinct)}
    slots = tuple([tuple([numbers[id(s)] for s in one.storages]) for one in found])
    return list(distinct.values()), slots


def _make(spec, columns, static, into, n, found, slots, shared) -> _Plan:
    order = {id(one.tensors): i for i, one in enumerate(found)}
    places = slots or [range(k * n, k * n + n) for k in range(len(found))]
    plans = []
    for i in range(n):
        element = [(c[0] if id(c) in shared else c[i]) if type(c) is list else c for c in columns]
        plans.append(make_plan(spec, element, static, None))
    reads = []  # what each column is: the number of a list, or one of these words
    for c in columns:
        if c is None:
            reads.append("absent")
        elif type(c) is not list or id(c) in shared:
            reads.append("common")
        else:
            reads.append(order.get(id(c), "numbers"))
    writes = []
    for dests in into or ():
        for t, plan in zip(dests, plans):
            if t._layout.overlapping:
                raise RuntimeError(errors.OVERLAP)
            if len(into) == 1:
                check_destination(plan.spec, plan, t)
        writes.append((order[id(dests)], [(t._dtype.np, t._layout.shape) for t in dests]))
    written = list(dict.fromkeys(slot for k, _ in writes for slot in places[k]))
    views = [one.views or (None,) * n for one in found]

    def program(runs):
        def run(memory, commons, numbers, starts):
            memory, results = list(memory), []
            for i in range(n):
                common, listed = iter(commons), iter(numbers)
                operands = []
                for k in reads:
                    if k == "absent":
                        operands.append(None)
                    elif k == "common":
                        operands.append(next(common))
                    elif k == "numbers":
                        operands.append(next(listed)[i])
                    else:
                        array, view = memory[places[k][i]], views[k][i]
                        operands.append(array if view is None else view.read(array, starts[k][i]))
                out = runs[i](*operands)
                results.append(out)
                outs = out if isinstance(out, tuple) else (out,)
                for value, (k, facts) in zip(outs if writes else (), writes, strict=True):
                    kind, shape = facts[i]
                    value, view, slot = broadcast(cast(value, kind), shape), views[k][i], places[k][i]
                    if view is not None:
                        value = view.write(memory[slot], starts[k][i], value)
                    memory[slot] = value
            return [memory[slot] for slot in written] if writes else results

        run.__name__ = run.__qualname__ = spec.name + "_each"
        return run

    made = _Plan()
    jitted = None
    if n > 1:
        # a jitted function inside the program is traced once for all the elements of one shape
        inner = {p.program.inline: jax.jit(p.program.inline) for p in plans}
        jitted = compiled(program([inner[p.program.inline] for p in plans]))
    made.program = Program(program([p.program.inline for p in plans]), jitted)
    made.results, made.written = [p.layout for p in plans], written
    return made


def _fresh(out, layouts, device):
    """The results of each element as tensors."""

    def tensor(array, layout):
        return wrap_as(array, layout or contiguous(array.shape), dtypes.lookup_numpy(array.dtype), device)

    return [
        tuple([tensor(o, l) for o in r]) if type(r) is tuple else tensor(r, l)
        for r, l in zip(out, layouts, strict=True)
    ]


def cohorts(columns: list[list]) -> list[list[int]]:
    """Indices of the elements, grouped by the values of scalar tensors, each group sharing its arrays.

    Sharing is what lets `dispatch_each` pass such scalars (and write them) once for all elements.
    """
    if not columns:
        return []
    n = len(columns[0])
    storages = [list(map(_storage_of, c)) for c in columns]
    if all(_one_array(s) for s in storages):
        return [list(range(n))]
    groups: dict = {}
    for i in range(n):
        if any(not _simple(c[i], s[i]) for c, s in zip(columns, storages)):
            groups[i] = [i]  # a view, or traced: nothing is known of its value
            continue
        values = tuple([(np.asarray(s[i].array).tobytes(), s[i].dtype, s[i].device) for s in storages])
        groups.setdefault(values, []).append(i)
    for members in groups.values():
        for s in storages:
            first = s[members[0]]
            for i in members[1:]:
                s[i].array = first.array  # arrays are immutable: the values are what they were
    return list(groups.values())


def concrete(t: Tensor) -> bool:
    """Whether the value of ``t`` is there: neither pending nor traced, nor shared with NumPy."""
    array = t._storage.array
    return array is not None and type(array) is not Pending and not isinstance(array, Tracer)


def _one_array(storages) -> bool:
    first = storages[0].array
    return first is not None and all(map(partial(is_, first), map(_array_of, storages)))


def _simple(t: Tensor, storage) -> bool:
    array = storage.array
    return array is not None and t._layout is storage.layout and not t._layout.shape and not isinstance(array, Tracer)

