"""The tape: nodes, what they save, and the record that dispatch leaves for each taped op.

A node knows the edges to the nodes of its inputs. `OpNode` keeps an op's declaration, static
facts and the immutable snapshots its gradient needs; its backward runs the op `vjp(spec)`.
The walk over nodes is in `engine`.
"""

from __future__ import annotations

import itertools
import traceback
import weakref
from collections import OrderedDict
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import jax

from . import devices, dtypes, errors, modes
from .operand import Blank, Window
from .program import Flagged, Program, launch
from .spec import COPIED, NUMBERS
from .storage import Storage
from .tensor import Tensor, wrap

_sequence = itertools.count()
#: the sequence number of nodes that PyTorch runs as soon as they are ready
FIRST = 2**64 - 1


class OutputFacts(NamedTuple):
    """What a node knows of one of its outputs."""

    shape: tuple
    dtype: dtypes.dtype
    device: devices.device
    is_nested_tensor: bool = False
    is_cpp_nested_tensor: bool = False


_INTERNAL = tuple(str(Path(__file__).parents[1] / name) for name in ("_core", "_ops"))


def _callers() -> str:
    """The stack of the user's call into this package, as tracebacks show it."""
    stack = traceback.extract_stack()
    while stack and stack[-1].filename.startswith(_INTERNAL):
        stack.pop()
    return "".join(traceback.format_list(stack))


class Node:
    """A recorded operation: ``next_functions`` leads to the operations that made its inputs."""

    _name = "Node"
    accepts_absent = False  # whether it runs where no cotangent at all has reached it
    of_view = False  # whether its outputs are views

    # Set on a node only where they differ from these: nodes are made once per taped op.
    pre_hooks: dict = {}  # output number -> {id: hook} (a tensor's register_hook)
    retain: dict = {}  # output number -> weak reference to a tensor with retain_grad
    node_pre_hooks: dict = {}
    post_hooks: dict = {}
    # under detect_anomaly: where the node was made, and the node whose backward made it
    trace: tuple | None = None
    _metadata = None

    def __init__(self, edges):
        self.edges = edges  # (node, output number) or None, one a differentiable input
        self.sequence = next(_sequence)
        self.outputs: list = []  # (shape, dtype, device) of each output
        if modes.state.unusual and modes.state.anomaly:
            self.trace = _callers(), modes.state.evaluating

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {hex(id(self))}>"

    def name(self) -> str:
        """The operation's name, e.g. ``'MulBackward0'``."""
        return self._name

    @property
    def next_functions(self):
        """((node, output number), ...) of the inputs; (None, 0) where one needs no gradient."""
        return tuple((None, 0) if e is None else e for e in self.edges)

    @property
    def metadata(self) -> dict:
        if self._metadata is None:
            self._metadata = {}
        return self._metadata

    def register_hook(self, hook):
        """Call ``hook(grad_inputs, grad_outputs)`` after this node's backward."""
        return RemovableHandle(self.own("post_hooks"), hook)

    def register_prehook(self, hook):
        """Call ``hook(grad_outputs)`` before this node's backward."""
        return RemovableHandle(self.own("node_pre_hooks"), hook)

    def own(self, name: str) -> OrderedDict:
        """The node's own dictionary of that name, made when first needed."""
        return self.__dict__.setdefault(name, OrderedDict())

    @property
    def _input_metadata(self) -> list:
        return [OutputFacts(*facts) for facts in self.outputs]

    def _sequence_nr(self) -> int:
        return self.sequence

    def add_output(self, t: Tensor) -> int:
        self.outputs.append((t._layout.shape, t._dtype, t._storage.device))
        return len(self.outputs) - 1

    def apply(self, grads: list) -> tuple:
        """Gradients of the inputs, one an edge, from the cotangents of the outputs."""
        raise NotImplementedError

    def kept(self):
        """What the node keeps for its backward: `Saved` values and tensors."""
        return ()

    def release(self) -> None:
        """Drop what was saved: a second backward then raises."""

    def first_written(self, found: Saved) -> Saved:
        """Which saved tensor PyTorch blames, where ``found`` is one that was written."""
        return found

    def saved_view(self, saved: Saved) -> tuple | None:
        """The shape of the view that PyTorch saves in the place of a tensor; None where it saves no view."""

    def public_number(self, number: int) -> int:
        """The number of an output, as PyTorch counts them."""
        return number


class Underivable(Node):
    """An op that PyTorch gives no derivative: it says so when a gradient reaches it."""

    _name = "torch::autograd::NotImplemented"

    def __init__(self, what: str, edges):
        super().__init__(edges)
        self.what, self.sequence = what, FIRST

    def apply(self, grads):
        raise RuntimeError(f"derivative for {self.what} is not implemented")


Underivable.__name__ = Underivable.__qualname__ = "NotImplemented"


class RemovableHandle:
    """What registering a hook returns: ``remove()``, or leaving it as a context, takes it away."""

    _ids = itertools.count()

    def __init__(self, hooks: OrderedDict, hook):
        self.id = next(self._ids)
        modes.restructured()
        self._tables = (weakref.ref(hooks),)
        hooks[self.id] = hook

    def remove(self) -> None:
        modes.restructured()
        for reference in self._tables:
            table = reference()
            if table is not None:
                table.pop(self.id, None)

    def __getstate__(self):
        return self.id, tuple(reference() for reference in self._tables)

    def __setstate__(self, state):
        self.id, tables = state
        self._tables = tuple(weakref.ref(OrderedDict() if t is None else t) for t in tables)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()


RemovableHandle.__module__ = "torch.utils.hooks"


class AccumulateGrad(Node):
    """The end of the graph at a leaf: adds what arrives to the leaf's ``.grad``."""

    _name = "torch::autograd::AccumulateGrad"

    edges = ()
    sequence = FIRST

    def __init__(self, variable: Tensor):
        self.variable = variable
        self.outputs = [(variable._layout.shape, variable._dtype, variable._storage.device)]

    @property
    def pre_hooks(self):
        hooks = self.variable._hooks
        return {0: hooks} if hooks else {}

    def apply(self, grads):
        from . import engine

        variable = self.variable
        if grads[0] is not None and variable._grad_fn is not None:
            raise RuntimeError("leaf variable has been moved into the graph interior")
        if variable._requires_grad:  # it may have stopped (detach_) since the graph was made
            engine.accumulate(variable, grads[0])
        return ()


def edge_of(t: Tensor):
    """(node, output number) through which gradients of ``t`` flow, or None."""
    if t._view is not None:
        t._view.refresh(t)
    node = t._grad_fn
    if node is not None:
        return node, t._output_nr
    if not t._requires_grad:
        return None
    ref = t._accumulator
    node = None if ref is None else ref()
    if node is None:
        node = AccumulateGrad(t)
        t._accumulator = weakref.ref(node)
    return node, 0


class Saved:
    """A tensor kept for backward: its snapshot, its edge and the version it had."""

    __slots__ = ("value", "edge", "holder", "version", "device", "packed", "unpack", "dtype", "shape",
                 "number", "origin")  # fmt: skip

    def __init__(self, t: Tensor, value, edge, check_version: bool = True):
        if t._inference:
            raise RuntimeError(errors.INFERENCE_SAVED)
        storage = t._storage
        self.value, self.edge, self.device = value, edge, storage.device
        self.dtype, self.shape, self.number = t._dtype, t._layout.shape, t._output_nr
        self.unpack = None
        holder = self.holder = t._counter or storage
        self.version = holder.version
        self.origin = None
        if not check_version:
            self.holder = None
        elif edge is None or edge[0] is not None:
            # An input itself is kept, as in PyTorch: what it has become is in the errors. A result is
            # not: it holds the node.
            self.origin = t
        if modes.state.unusual and modes.state.saved_hooks:
            pack, unpack = modes.state.saved_hooks[-1]
            own = edge is not None and edge[0] is None  # a result: the node itself must not be kept
            self.pack(t.detach() if own else t, pack, unpack)

    def pack(self, t: Tensor, pack, unpack) -> None:
        """Keep what ``pack`` makes of ``t``; from then on no version is checked, as in PyTorch."""
        previous, modes.state.grad = modes.state.grad, False
        version = t._writes
        try:
            self.packed = pack(t)
        finally:
            modes.state.grad = previous
        if t._writes != version:
            raise RuntimeError(errors.PACK_WRITES)
        self.value = self.holder = None
        if self.edge is not None or not t.requires_grad:
            self.origin = None  # what is kept is what `pack` made
        self.unpack = unpack

    def register_hooks(self, pack_hook, unpack_hook) -> None:
        """Keep what ``pack_hook`` makes of this one saved tensor instead of the tensor."""
        if self.unpack is not None:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only "
                "one pair of hooks is allowed at a time."
            )
        self.pack(self.bare(), pack_hook, unpack_hook)

    def _detached(self, t: Tensor) -> bool:
        edge = self.edge
        return edge is not None and edge[0] is not None and t._grad_fn is None and not t._requires_grad

    def check(self, node: Node) -> None:
        """Refuse to go on where the tensor was written, or taken out of the graph, since it was saved."""
        holder = self.holder
        if holder is None:
            return
        if self.origin is not None and self._detached(self.origin):
            raise RuntimeError(errors.DETACHED)
        now = holder.version
        if now != self.version:
            raise RuntimeError(node.first_written(self).complaint(node))

    def written(self) -> bool:
        """Whether the tensor was written since."""
        return self.holder is not None and self.holder.version != self.version

    def complaint(self, node: Node) -> str:
        """What PyTorch says of the tensor having been written."""
        t = self.origin
        if t is None:  # a result, as it was saved
            made, number, shape = node, node.public_number(self.number), self.shape
        else:  # an input, as it is by now; PyTorch keeps the tensor itself, and no number
            made, number, shape = t.grad_fn, 0, t._layout.shape
        viewed = node.saved_view(self)
        origin = ""
        if viewed is not None and (t is None or t.requires_grad):
            origin = ", which is output 0 of AsStrided,"  # the history the view would have by now
        elif viewed is None and made is not None:
            origin = f", which is output {number} of {short_name(made.name())},"
        return errors.modified_in_place(
            errors.type_text(self.dtype, self.device), shape if viewed is None else viewed, origin,
            self.holder.version, self.version, modes.state.anomaly,
        )  # fmt: skip

    def operand(self):
        """The snapshot, for a backward that is not itself taped."""
        if self.unpack is None:
            return self.value
        return self._unpacked()._operand()

    def _unpacked(self) -> Tensor:
        t = self.unpack(self.packed)
        if not isinstance(t, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                + type(t).__name__
            )
        if t._layout.shape != self.shape:
            raise RuntimeError(
                f"the unpack_hook of saved_tensors_hooks gave a tensor of size {list(t.shape)} where one of "
                f"size {list(self.shape)} was packed"
            )
        return t

    def tensor(self, node: Node) -> Tensor:
        """The saved tensor with its place in the graph, for a backward that is taped."""
        t = self.bare()
        if self.edge is not None:
            made, t._output_nr = self.edge
            if isinstance(made, AccumulateGrad):
                t._accumulator = weakref.ref(made)
            else:
                t._grad_fn = made or node
            t._requires_grad = True
            return t
        origin = self.origin
        if origin is not None and origin.requires_grad:  # by its base alone, or by now
            t._requires_grad = True
            if origin._requires_grad and origin._grad_fn is None:
                t._accumulator = weakref.ref(edge_of(origin)[0])
        return t

    def bare(self) -> Tensor:
        """The snapshot as a tensor outside the graph."""
        if self.unpack is not None:
            return wrap(self._unpacked()._value(), self.device)
        value = self.value
        if type(value) is Window:
            from .dispatch import materialize

            recorder = modes.state.recorder
            if recorder is None:
                value = materialize(value)
            else:  # saved by what is outside a recording: its value is, too
                with recorder.around(value.array):
                    value = materialize(value)
        return wrap(value, self.device)


def short_name(name: str) -> str:
    """``MulBackward0`` -> ``Mul``, ``FmodBackward1`` -> ``Fmod1``, as the messages of version errors
    have it."""
    head, found, number = name.rpartition("Backward")
    if not found or (number and not number.isdecimal()):  # CopyBackwards
        return name
    return head + number if number and number != "0" else head


class OpNode(Node):
    """The node of a declared op."""

    spec: Any = None  # the op's `OpSpec`
    common = static = pull = None
    saved: list | None = None  # per operand: Saved, tuple of Saved, or a raw value
    results: list = []
    watched: tuple = ()  # saved for their versions only
    needs: tuple = ()
    holds = False  # whether release() frees anything
    views: dict = {}  # operand name -> what `OpSpec.saves` says of it
    constant: bool | tuple = False  # whether the gradients (or which) depend on nothing, cotangents included

    def __getattr__(self, name):
        # grad_fn._saved_self and its kin, as PyTorch's nodes have them
        head, _, wanted = name.partition("saved_")
        if head == "_":
            found = self._saved_named(wanted)
            if not isinstance(found, Saved):
                return found
            leaf = found.edge is not None and isinstance(found.edge[0], AccumulateGrad)
            return found.edge[0].variable if leaf else found.tensor(self)
        if head == "_raw_":
            found = self._saved_named(wanted)
            if isinstance(found, Saved):
                return found
        raise AttributeError(f"'{self._name}' object has no attribute '{name}'")

    def _saved_named(self, name: str):
        """What the node holds of an operand, a static fact or a result, by its schema's name."""
        spec, saved = self.spec, self._saved_list()
        if name in spec.operand_names:
            place = spec.operand_names.index(name)
            if place >= len(saved):
                return spec.fixed[place - len(saved)]
            found = saved[place]
            if isinstance(found, (Saved, tuple)):
                return found
            if found is None or isinstance(found, Blank):
                return None
            number = wrap(found, self.outputs[0][2])
            return number.item() if spec.operand_kinds[place] in NUMBERS else number
        if name in spec.schema.static_names:
            return self.static[spec.schema.static_names.index(name)]
        operand = name.removesuffix("_sym_sizes")
        if operand in spec.operand_names:
            found = saved[spec.operand_names.index(operand)]
            return found.shape if isinstance(found, (Blank, Saved)) else None
        for (own, _), found in zip(spec.saved_results, self.results, strict=False):
            if name == own:
                return found
        raise AttributeError(f"'{self._name}' object has no attribute '_saved_{name}'")

    def first_written(self, found):
        # PyTorch unpacks by the names of its own saved operands
        spec = self.spec
        saved = dict(zip(spec.operand_names, self.saved, strict=False))
        first = self.views or spec.saved_views
        for name in (*first, *sorted(saved.keys() - first.keys())):
            one = saved.get(name)
            if isinstance(one, Saved) and one.written():
                return one
        return found

    def saved_view(self, saved):
        spec = self.spec
        for name, of in (self.views or spec.saved_views).items():
            if self.saved[spec.operand_names.index(name)] is saved:
                if name in self.views:
                    return of
                shapes = [getattr(s, "shape", ()) for s in self.saved]
                return of(*shapes, **dict(zip(spec.schema.static_names, self.static, strict=True)))
        return None

    def public_number(self, number):
        return number - sum(d < number for d in self.spec.detached)

    def _saved_list(self):
        if self.saved is None:
            raise RuntimeError(errors.FREED)
        return self.saved

    def apply(self, grads):
        saved = self._saved_list()
        try:
            for s in (*_flat(saved), *self.results, *self.watched):
                s.check(self)
        except RuntimeError:
            # of several that were written, PyTorch blames the one whose name comes first
            named = [*zip(self.spec.operand_names, saved, strict=False)]
            named += [(name, r) for (name, _), r in zip(self.spec.saved_results, self.results, strict=False)]
            for s in _flat([s for _, s in sorted(named, key=itemgetter(0))]):
                s.check(self)
            raise
        taped = modes.state.grad and self.constant is not True
        spec = self.spec
        if self.pull is not None and not taped:
            outs = self._pull(grads)
        else:
            static = (self.static, self.common, self.needs)
            if taped:
                from .dispatch import dispatch

                bare = spec.compares
                operands = [_restore(s, self, bare) for s in saved]
                operands += [r.bare() if bare else r.tensor(self) for r in self.results]
                operands += self._padded(grads)
                outs = dispatch(spec.vjp, operands, static)
                if self.constant:
                    outs = tuple([o.detach() if fixed else o for o, fixed in zip(outs, self.constant, strict=True)])
            else:
                from .dispatch import _unflag, execute

                values = [_raw(s) for s in saved]
                values += [r.operand() for r in self.results]
                values += [g._operand() if isinstance(g, Tensor) else g for g in self._padded(grads)]
                outs = execute(spec.vjp, values, static)
                if type(outs) is Flagged:
                    outs = _unflag(spec.vjp, outs, (), static)
                outs = tuple(wrapped(o, self.outputs[0][2]) for o in outs)
        return self._spread(outs)

    def _padded(self, grads):
        """The cotangents, with zeros for float outputs that nothing used; formulas that name ``gs``
        see those as None."""
        if len(grads) == 1 or "gs" in self.spec.rule_names:
            return grads
        return [
            Blank(shape, d.np) if g is None and d.category > 1 else g
            for g, (shape, d, _) in zip(grads, self.outputs, strict=True)
        ]

    def _pull(self, grads):
        """Backward through the closure the forward kept."""
        seeds = []
        for (shape, d, _device), g in zip(self.outputs, grads, strict=True):
            if d.category > 1:
                seeds.append(Blank(shape, d.np) if g is None else g._operand())
        outs = launch(_pull(), (self.pull, seeds))
        return tuple(wrapped(o, self.outputs[0][2]) for o in outs)

    def _spread(self, outs):
        """The gradients at their edges: None where none was needed."""
        out, found = [], iter(outs)
        for need in self.needs:
            if need is True:
                out.append(next(found))
            elif isinstance(need, tuple):
                out.extend(next(found) if n else None for n in need)
            elif need is False:
                out.append(None)
        return tuple(out)

    def kept(self):
        return [*_flat(self.saved or ()), *self.results, *self.watched]

    def release(self):
        if self.holds:
            self.saved, self.results, self.pull, self.watched = None, [], None, ()


def reachable(root: Node):
    """The nodes of the graph that ends in ``root``."""
    seen, stack = {root}, [root]
    while stack:
        node = stack.pop()
        yield node
        for edge in node.edges:
            if edge is not None and edge[0] not in seen:
                seen.add(edge[0])
                stack.append(edge[0])


def kept_storages(root: Node):
    """The storages that the graph which ends in ``root`` keeps alive."""
    for node in reachable(root):
        for s in node.kept():
            if isinstance(s, Tensor):
                yield s._storage
            elif isinstance(s.holder, Storage):
                yield s.holder


def _flat(saved):
    for s in saved:
        if isinstance(s, Saved):
            yield s
        elif isinstance(s, tuple):
            yield from (e for e in s if isinstance(e, Saved))


def _raw(s):
    if isinstance(s, Saved):
        return s.operand()
    if isinstance(s, tuple):
        return tuple(_raw(e) for e in s)
    return s


def _restore(s, node, bare: bool):
    if isinstance(s, Saved):
        return s.bare() if bare else s.tensor(node)
    if isinstance(s, tuple):
        return tuple(_restore(e, node, bare) for e in s)
    return s


def wrapped(o, device):
    """The tensors of an op's results: arrays, None where there is none, tuples of those."""
    if o is None:
        return None
    if isinstance(o, tuple):
        return tuple(wrapped(e, device) for e in o)
    return wrap(o, device)


@cache
def node_class(name: str, base: type[Node] = OpNode) -> type:
    """The class of nodes called ``name`` (``type(y.grad_fn).__name__`` is PyTorch's)."""
    return type(name.rpartition("::")[2], (base,), {"_name": name, "__module__": "builtins"})


def _named(spec, static, followed, dest) -> str:
    return dest is not None and spec.inplace_node or spec.node_name(static, followed)


def residual_program(spec, plan, static, operands) -> Program:
    """The program of a `residuals` op: operands -> (result, its vjp closure)."""
    from .gradient import derive_with_residuals

    needs = _edges(spec, operands)[0]
    key = ("residuals", static, plan.common, needs)
    program = spec.executables.get(key)
    if program is None:
        program = spec.executables[key] = Program(derive_with_residuals(spec, static, plan.common, needs))
    return program


_pull = cache(lambda: Program(lambda pull, seeds: pull(seeds)))


def record(spec, plan, operands, values, static, result, pull=None, dest: Tensor | None = None):
    """Tape one op: make its node, save what its gradient needs and hang it on the results.

    With ``dest`` (an in-place op) the write is counted here, after the edges and inputs of before it
    are saved and before the result is; the node is returned for `alias.rebase` to place.
    """
    outs = (dest,) if dest is not None else tuple(_tensors_in(result)) if type(result) is tuple else (result,)
    for o in outs:
        if o._dtype.category > 1:
            break
    else:
        if dest is not None:
            dest._count_write()
        return None
    needs, edges, own = _edges(spec, operands)
    for e in edges:
        if e is not None:
            break
    else:
        return _record_unlinked(spec, static, edges, outs, dest)
    # a gradient may keep nothing for a result without elements, which is known here alone of a dynamic op
    case, followed = needs, needs
    if spec.dynamic is not None:
        case = (needs, tuple([o._layout.shape for o in outs]))
    elif spec.saves is not None:  # by what requires gradients, with a history or without
        followed = tuple([x.requires_grad for x in operands])
        case = (needs, followed)
    known = plan.keeps.get(case)
    if known is None:
        keeps, constant = _what_to_keep(spec, plan, static, needs, values, outs)
        # what a node that keeps nothing has in the place of what it saved
        empty = None if any(keeps) or spec.watches or None in plan.blanks else list(plan.blanks)
        cls = node_class(_named(spec, static, followed, dest))
        known = plan.keeps[case] = keeps, constant, cls, empty, _saves(spec, operands)
    keeps, constant, cls, empty, views = known
    node = cls(edges)
    if views:
        node.views = views
    if constant:
        node.constant = constant
    node.spec, node.common, node.static, node.needs = spec, plan.common, static, needs
    if pull is not None:
        node.pull = pull
    if empty is not None:
        node.saved = empty
    else:
        _save(node, spec, plan, operands, values, own, keeps, dest)
    if dest is not None:
        dest._count_write()
    for number, o in enumerate(outs):
        node.outputs.append((o._layout.shape, o._dtype, o._storage.device))
        if dest is None and o._dtype.category > 1 and number not in spec.detached:
            o._grad_fn = node
            if number:
                o._output_nr = number
            o._requires_grad = True
    if spec.saves_result:
        # the edge (None, number) means this very node: a strong reference would be a cycle
        node.results = [
            Saved(o, o._operand(), (None, n) if o._dtype.category > 1 and n not in spec.detached else None)
            for n, o in spec.saved_of(outs)
        ]
        node.holds = True
    return node


def _save(node, spec, plan, operands, values, own, keeps, dest) -> None:
    """Keep in ``node`` the operands that its gradient reads, Blanks in the place of the others."""
    saved, holds = [], False
    blanks = plan.blanks
    for i, x in enumerate(operands):
        if not keeps[i]:
            blank = blanks[i]
            saved.append(values[i] if blank is None else blank)
            if spec.watches and spec.operand_names[i] in spec.watches and (dest is None or i) and isinstance(x, Tensor):
                node.watched = (*node.watched, Saved(x, None, own[i]))
        elif isinstance(x, Tensor):
            checked = (dest is None or i > 0) and not (node.views and node.views.get(spec.operand_names[i]) == COPIED)
            saved.append(Saved(x, values[i], own[i], checked))
            holds = True
        elif type(x) is tuple or type(x) is list:
            saved.append(tuple([
                Saved(e, v, edge) if isinstance(e, Tensor) else v
                for e, v, edge in zip(x, values[i], own[i], strict=True)
            ]))  # fmt: skip
            holds = True
        else:
            saved.append(values[i])
            if x is not None and spec.operand_kinds and spec.operand_kinds[i] not in NUMBERS:
                holds = True  # a number that PyTorch saves as a tensor
    node.saved, node.holds = saved, holds or bool(node.watched)


def _tensors_in(results):
    for r in results:
        if type(r) is tuple:
            yield from _tensors_in(r)
        elif r is not None:
            yield r


class _Unlinked(Node):
    """An op on tensors that require grad and have no history: views made under no_grad."""

    def apply(self, grads):
        return (None,) * len(self.edges)


def _record_unlinked(spec, static, edges, outs, dest):
    if dest is not None:
        dest._count_write()
    node = node_class(_named(spec, static, (), dest), _Unlinked)(edges)
    for number, o in enumerate(outs):
        node.outputs.append((o._layout.shape, o._dtype, o._storage.device))
        if dest is None and o._dtype.category > 1:
            o._grad_fn, o._output_nr, o._requires_grad = node, number, True
    return node


def _edges(spec, operands):
    """(needs, edges, edge or edges of each operand) of a taped op."""
    needs, edges, own = [], [], []
    kinds = spec.operand_kinds
    for i, x in enumerate(operands):
        if isinstance(x, Tensor):
            edge = edge_of(x) if x._dtype.category > 1 else None
            needs.append(edge is not None)
            edges.append(edge)
            own.append(edge)
        elif type(x) is tuple or type(x) is list:
            part = [edge_of(e) if isinstance(e, Tensor) and e._dtype.category > 1 else None for e in x]
            needs.append(tuple([e is not None for e in part]))
            edges.extend(part)
            own.append(part)
        else:
            # numbers have an edge where PyTorch makes tensors of them
            counted = not kinds or kinds[i] not in NUMBERS
            needs.append(False if counted else None)
            if counted:
                edges.append(None)
            own.append(None)
    return tuple(needs), tuple(edges), own


def _saves(spec, operands) -> dict | None:
    """What `OpSpec.saves` says of the operands of a call."""
    if spec.saves is None:
        return None
    from .dispatch import fact_of

    return spec.saves(*map(fact_of, operands))


def _what_to_keep(spec, plan, static, needs, values, outs):
    from .gradient import kept_values

    def aval(o):
        return jax.ShapeDtypeStruct(o._layout.shape, o._dtype.np)

    avals = [
        values[i] if b is None else jax.tree_util.tree_map(
            lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), b, is_leaf=lambda x: isinstance(x, Blank)
        )
        for i, b in enumerate(plan.blanks)
    ]  # fmt: skip
    cotangents = [aval(o) if o._dtype.category > 1 else None for o in outs]
    return kept_values(spec, plan, static, needs, avals, [aval(o) for o in outs], cotangents)
