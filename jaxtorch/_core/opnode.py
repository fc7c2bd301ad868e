"""Nodes of declared ops, and the record that dispatch leaves for each taped op.

An `OpNode` keeps an op's declaration, static facts and the immutable snapshots its gradient needs; its
backward runs the op `vjp(spec)`.
"""

from __future__ import annotations

from functools import cache
from operator import itemgetter
from typing import Any

import jax

from . import errors, modes
from .operand import Blank
from .program import Flagged, Program, launch
from .spec import COPIED, NUMBERS
from .tape import AccumulateGrad, Node, Saved, edge_of
from .tensor import Tensor, wrap


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
        keeps, constant = _what_to_keep(spec, plan, static, followed, values, outs)
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
