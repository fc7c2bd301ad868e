"""Gradients as ops: `vjp(op)` is an op of its own, so it compiles, caches and differentiates.

Its operands are the forward's inputs (a `Blank` where only the shape matters), the forward's
results where the formula names them, and one cotangent per output. It returns one gradient per
needed input. A declared formula is used where there is one; otherwise `jax.vjp` of the forward.
"""

from __future__ import annotations

import jax
from jax import lax
from jax.extend.core import Literal

from .operand import value_of
from .program import _HALF, Flagged, broadcast_all, cast, forward, guarded
from .spec import NUMBERS, OpSpec, Schema


def vjp_spec(spec: OpSpec) -> OpSpec:
    """The op that maps (inputs, results, cotangents) of ``spec`` to input gradients."""
    schema = Schema.bare(spec.name + "_backward", ("static", "common", "needs"))

    def backward(*operands, static, common, needs):
        if spec.source is not None and spec.source.once:
            raise RuntimeError(f"derivative for aten::{spec.name} is not implemented")
        n = len(needs)
        inputs = list(operands[:n])
        if spec.grad is None:
            return derive(spec, static, common, needs, inputs, operands[n:])
        k = len(spec.saved_results)
        if "results" in spec.rule_names:
            k = (len(operands) - n) // 2
        results, cotangents = operands[n : n + k], operands[n + k :]
        return apply_rule(spec, static, common, needs, inputs, results, cotangents)

    backward.__name__ = schema.name
    made = OpSpec(schema, backward, promote="none", opmath=False)
    made.source = spec
    made.node = spec.node if isinstance(spec.node, str) else made.node
    made.node = made.node.removesuffix("0") + "Backward0"
    if spec.grad_error is not None:
        made.bounds_error = lambda *_, **__: RuntimeError(spec.grad_error)
    return made


def derive(spec, static, common, needs, inputs, cotangents):
    """Gradients of the needed inputs by `jax.vjp` of the forward."""
    run = forward(spec, static, common)
    where = _differentiated(needs)
    primals = [inputs[i] if j is None else inputs[i][j] for i, j in where]

    def function(*differentiated):
        out = run(*_replaced(inputs, where, differentiated))
        return out if isinstance(out, tuple) else (out,)

    kept: list[int] = []

    def differentiable(*differentiated):
        # a gradient has no value for what needs none, and a tuple for a list of tensors
        outs = jax.tree_util.tree_leaves(function(*differentiated))
        kept[:] = [i for i, o in enumerate(outs) if o.dtype.kind in "fcV"]
        return tuple(outs[i] for i in kept)

    outs, pull = jax.vjp(differentiable, *primals)
    seeds = []
    for i, o in zip(kept, outs, strict=True):
        g = cotangents[i] if i < len(cotangents) else None
        seeds.append(lax.full(o.shape, 0, o.dtype) if g is None else _conj(cast(g, o.dtype)))
    grads = [_conj(g) for g in pull(tuple(seeds))]
    return _arrange(needs, where, grads)


def _conj(x):
    # JAX's cotangents of complex values are the conjugates of PyTorch's.
    return lax.conj(x) if x.dtype.kind == "c" else x


def _arrange(needs, where, grads):
    """Gradients in the order of the needed inputs; those of a list one after the other."""
    out, found = [], dict(zip(where, grads, strict=True))
    for i, need in enumerate(needs):
        if need is True:
            out.append(found[i, None])
        elif isinstance(need, tuple):
            out.extend(found[i, j] for j, n in enumerate(need) if n)
    return tuple(out)


def apply_rule(spec, static, common, needs, inputs, results, cotangents):
    """Gradients of the needed inputs by the op's declared formula."""
    names = spec.rule_names
    wide = None if common is None else (_HALF.get(common, common) if spec.opmath else common).np
    env = dict(zip(spec.schema.static_names, static, strict=True))
    values = [x if wide is None or x is None else cast(x, wide) for x in (*inputs, *spec.fixed)]
    if spec.layout == "pointwise" and len(values) > 1:
        values = broadcast_all(values)
    env.update(zip(spec.operand_names, values, strict=True))

    def widen(x):
        if x is None or wide is None or common not in _HALF or x.dtype != common.np:
            return x
        return x.astype(wide)

    results = [widen(r) for r in results]
    gs = [widen(g) for g in cotangents]
    env["gs"], env["g"] = gs, gs[0]
    env["results"] = results
    if "results" not in names:
        env.update((name, r) for (name, _), r in zip(spec.saved_results, results, strict=True))
    env["needs"] = needs
    grads, flag = spec.grad(**{n: env[n] for n in names}), None
    if type(grads) is Flagged:
        grads, flag = grads.value, grads.flag
    places = [i for i, kind in enumerate(spec.operand_kinds) if kind not in NUMBERS]
    if len(places) == 1 and not isinstance(grads, tuple):
        grads = (grads,)
    if len(grads) != len(places):
        raise TypeError(f"the gradient of {spec.key} returned {len(grads)} values for {len(places)} inputs")
    out = []
    for i, g in zip(places, grads, strict=True):
        if needs[i] is True:
            out.append(fit(g, inputs[i]))
        elif isinstance(needs[i], tuple) and any(needs[i]):
            out.extend(fit(e, x) for e, x, n in zip(g, inputs[i], needs[i], strict=True) if n)
    return tuple(out) if flag is None else Flagged(tuple(out), flag)


def fit(g, x):
    """A gradient summed over what was broadcast and cast to the dtype of its input ``x``."""
    if g is None:
        return None
    extra = g.ndim - x.ndim
    axes = tuple(range(extra)) + tuple(
        i + extra for i, s in enumerate(x.shape) if s == 1 and g.shape[i + extra] != 1
    )
    if axes:
        g = g.sum(axes, dtype=g.dtype).reshape(x.shape) if g.dtype.kind != "b" else g
    elif g.shape != x.shape:
        # a formula may give a scalar, or leave size-1 dimensions out
        g = lax.broadcast_in_dim(g, x.shape, tuple(range(-extra, x.ndim)) if extra < 0 else tuple(range(g.ndim)))
    return cast(g, x.dtype)


def derive_with_residuals(spec, static, common, needs):
    """The forward that also returns its vjp closure: operands -> (result, pull)."""
    run = forward(spec, static, common)

    def residual_forward(*operands):
        where = _differentiated(needs)
        primals = [value_of(operands[i] if j is None else operands[i][j]) for i, j in where]
        kept: list[int] = []
        whole = []

        def differentiable(*differentiated):
            out = run(*_replaced(operands, where, differentiated))
            outs = out if isinstance(out, tuple) else (out,)
            whole[:] = [out]
            kept[:] = [i for i, o in enumerate(outs) if o.dtype.kind in "fcV"]
            return tuple(outs[i] for i in kept), tuple(outs)

        _, pull, outs = jax.vjp(differentiable, *primals, has_aux=True)

        def pull_back(pull, seeds):
            seeds = tuple(_conj(value_of(s)) for s in seeds)
            return _arrange(needs, where, [_conj(g) for g in pull(seeds)])

        return outs if isinstance(whole[0], tuple) else outs[0], jax.tree_util.Partial(pull_back, pull)

    residual_forward.__name__ = residual_forward.__qualname__ = spec.name
    return guarded(spec, static, residual_forward)


def _differentiated(needs):
    where = []
    for i, need in enumerate(needs):
        if need is True:
            where.append((i, None))
        elif isinstance(need, tuple):
            where.extend((i, j) for j, n in enumerate(need) if n)
    return where


def _replaced(operands, where, values):
    full = [list(x) if isinstance(x, (list, tuple)) else x for x in operands]
    for (i, j), v in zip(where, values, strict=True):
        if j is None:
            full[i] = v
        else:
            full[i][j] = v
    return full


def kept_values(spec: OpSpec, plan, static, needs, avals, results, cotangents):
    """(for each operand, whether the gradient of the needed inputs reads its value; whether the
    gradients depend on nothing at all, so that they have no gradients: True, False, or which of them).

    Found by tracing the gradient once and following which inputs its result depends on, so no
    declaration can be wrong about it.
    """
    if spec.residuals:
        return (True,) * len(avals), ()
    made = spec.vjp
    run = forward(made, (static, plan.common, needs), None)
    operands = [*avals, *[r for _, r in spec.saved_of(results)], *cotangents]
    try:
        with jax.enable_x64(True):
            jaxpr = jax.make_jaxpr(run)(*operands).jaxpr
    except (NotImplementedError, RuntimeError):
        return (False,) * len(avals), False  # there is no gradient: backward says so
    live = _live(jaxpr, jaxpr.outvars)
    flags = iter(v in live for v in jaxpr.invars)
    kept = []
    for a in avals:
        leaves = [next(flags) for _ in jax.tree_util.tree_leaves(a)]
        kept.append(any(leaves))
    if len(jaxpr.outvars) < 2 or len(jaxpr.outvars) != len(_differentiated(needs)):
        # of no elements nothing can be told
        empty = any(v.aval.size == 0 for v in jaxpr.outvars)
        return tuple(kept), not empty and not any(v in live for v in jaxpr.invars)
    fixed = tuple([v.aval.size > 0 and _live(jaxpr, [v]).isdisjoint(jaxpr.invars) for v in jaxpr.outvars])
    return tuple(kept), True if all(fixed) else fixed if any(fixed) else False


def _live(jaxpr, outvars) -> set:
    """The variables of a program that some of its outputs depend on."""
    live = {v for v in outvars if not isinstance(v, Literal)}
    for eqn in reversed(jaxpr.eqns):
        if any(v in live for v in eqn.outvars):
            live.update(v for v in eqn.invars if not isinstance(v, Literal))
    return live
