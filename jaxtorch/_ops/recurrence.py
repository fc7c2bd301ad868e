"""Cells, and their run over all steps, with derivatives that leave a scan little to do.

A step is a product with the state and elementwise work. The tangent of a run is a linear recurrence whose
coefficients follow from what the run records: they are computed for all steps at once, so that a step of the
tangent, or of its transpose, is one product and a few multiplications. The derivatives by the weights are one
product each, over all steps (docs/design/0007).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
from jax import lax
from jax import numpy as jnp
from jax.custom_derivatives import SymbolicZero

from .precision import contract, product


class Cell(NamedTuple):
    """A kind of step, on arrays of (..., features). The first array of a state is the step's output.

    The tangent of a step, where ``inputs`` and ``own`` are the shares of the gates that come of the inputs and of
    the state, is ``carry(c, collect(a * inputs' + b * own'), state')`` with the coefficients ``a, b, c``.

    Args:
        states: the number of arrays of a state.
        advance: (inputs, own, state) -> (new state, record).
        coefficients: (record, new state, state) -> (a, b, c), for one step or for many.
        collect: a tangent of the gates, scaled -> what each new state has of it.
        carry: (c, what the new states have of the gates, tangents of the state) -> tangents of the new state.
    """

    states: int
    advance: Callable
    coefficients: Callable
    collect: Callable
    carry: Callable


def _apart(x):
    """``x``, computed before it is read: XLA on the CPU would fuse it into the loops that read parts of it, which
    are not vectorised then."""
    return lax.platform_dependent(x, cpu=lax.optimization_barrier, default=lambda x: x)


# -- the cells ------------------------------------------------------------------------------------
def _elman(activation, slope) -> Cell:
    def coefficients(record, new, old):
        by_share = slope(new[0])
        return by_share, by_share, ()

    return Cell(
        1,
        advance=lambda inputs, own, state: ((activation(inputs + own),), ()),
        coefficients=coefficients,
        collect=lambda x: (x,),
        carry=lambda kept, added, state: added,
    )


def _lstm_advance(inputs, own, state):
    x, size = inputs + own, own.shape[-1] // 4
    gates = [jax.nn.sigmoid(x[..., : 2 * size]), jnp.tanh(x[..., 2 * size : -size]), jax.nn.sigmoid(x[..., -size:])]
    gates = _apart(jnp.concatenate(gates, -1))
    i, f, g, o = jnp.split(gates, 4, -1)
    c = f * state[1] + i * g
    return (o * jnp.tanh(c), c), (gates,)


def _lstm_coefficients(record, new, old):
    i, f, g, o = jnp.split(record[0], 4, -1)
    t = jnp.tanh(new[1])
    by_share = [g * i * (1 - i), old[1] * f * (1 - f), i * (1 - g * g), t * o * (1 - o)]
    by_share = jnp.concatenate(by_share, -1)
    return by_share, by_share, (f, o * (1 - t * t))


def _lstm_collect(x):
    i, f, g, o = jnp.split(x, 4, -1)
    return o, i + f + g


def _lstm_carry(kept, added, state):
    c = added[1] + kept[0] * state[1]
    return added[0] + kept[1] * c, c


def _gru_advance(inputs, own, state):
    size = own.shape[-1] // 3
    gates = jax.nn.sigmoid(inputs[..., :-size] + own[..., :-size])
    gates = _apart(jnp.concatenate([gates, own[..., -size:]], -1))
    r, z, own = jnp.split(gates, 3, -1)
    n = jnp.tanh(inputs[..., -size:] + r * own)
    return (n + z * (state[0] - n),), (gates, n)


def _gru_coefficients(record, new, old):
    gates, n = record
    r, z, own = jnp.split(gates, 3, -1)
    by_n = (1 - z) * (1 - n * n)
    by_gates = [by_n * own * r * (1 - r), (old[0] - n) * z * (1 - z)]
    return jnp.concatenate([*by_gates, by_n], -1), jnp.concatenate([*by_gates, by_n * r], -1), (z,)


CELLS = {
    "rnn_tanh": _elman(jnp.tanh, lambda h: 1 - h * h),
    "rnn_relu": _elman(lambda x: jnp.maximum(x, 0), lambda h: jnp.where(h <= 0, 0, 1).astype(h.dtype)),
    "lstm": Cell(2, _lstm_advance, _lstm_coefficients, _lstm_collect, _lstm_carry),
    "gru": Cell(
        1, _gru_advance, _gru_coefficients,
        collect=lambda x: (sum(jnp.split(x, 3, -1)),),
        carry=lambda kept, added, state: (added[0] + kept[0] * state[0],),
    ),
}  # fmt: skip


# -- products ------------------------------------------------------------------------------------
def cast_product(x, w):
    """The product of ``x`` and ``w`` in the dtype of ``w``: under autocast the weights are halves where states and
    outputs need not be."""
    return product(x.astype(w.dtype), w)


def _across(x, w):
    """As ``cast_product(x, w.T)``; the transpose of this form multiplies by ``w`` as it lies in memory."""
    return contract(x.astype(w.dtype), w, ((x.ndim - 1,), (1,)))


def _by_weight(x, w, dw):
    """What the tangent of ``w`` moves ``cast_product(x, w.T)`` by."""
    if type(dw) is SymbolicZero:
        return jnp.zeros((*x.shape[:-1], w.shape[0]), w.dtype)
    return cast_product(x, dw.T)


# -- all steps ------------------------------------------------------------------------------------
def _hold(alive, new, old):
    """The new state where a sequence lasts, else the old one."""
    if alive is None:
        return tuple(new)
    return tuple(jnp.where(alive[..., None], n, o) for n, o in zip(new, old, strict=True))


def _before(start, after, reverse: bool):
    """The states before each step, of those after each."""
    return tuple(
        jnp.concatenate([a[1:], s[None]] if reverse else [s[None], a[:-1]]) for s, a in zip(start, after, strict=True)
    )


def _advance(cell, w_hr, share, own, state):
    """A step without its product: (new state, record); where the output is projected, the record ends with it."""
    new, record = cell.advance(share, own, state)
    if w_hr is None:
        return new, record
    return (cast_product(new[0], w_hr.T), *new[1:]), (*record, new[0])


def run(cell: Cell, reverse: bool, inputs, w, b, w_hr, state, mask):
    """(states after each step, record of each), by a scan.

    Args:
        inputs: the inputs' share, (time, batch, gates).
        w, b: the state's share is ``w h + b``; (gates, features) and (gates,), or a scalar.
        w_hr: what projects the output of each step, (features, hidden), or None.
        state: the one before all steps, arrays of (batch, features).
        mask: where the state moves, (time, batch), or None.
    """
    share = jax.ShapeDtypeStruct(inputs.shape[1:], inputs.dtype)
    made, _ = jax.eval_shape(partial(_advance, cell, w_hr), share, share, state)
    state = tuple(s.astype(m.dtype) for s, m in zip(state, made, strict=True))
    return _run(cell, reverse, inputs, w, b, w_hr, state, mask)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _run(cell, reverse, inputs, w, b, w_hr, state, mask):
    across = _apart(w.T)

    def step(state, now):
        share, alive = now
        new, record = _advance(cell, w_hr, share, cast_product(state[0], across) + b, state)
        new = _hold(alive, new, state)
        return new, (new, record)

    return lax.scan(step, state, (inputs, mask), reverse=reverse)[1]


def _materialize(x, tangent):
    return jnp.zeros_like(x) if type(tangent) is SymbolicZero else tangent


def _run_tangent(cell, reverse, primals, tangents):
    """The tangents of `_run`, by a scan that is linear in them, and so has a transpose."""
    with jax.enable_x64(True):  # JAX runs rules when it likes, under the caller's setting
        inputs, w, b, w_hr, start, mask = primals
        _, dw, _, dw_hr, _, _ = tangents
        dinputs, db, dstart = jax.tree.map(
            _materialize, (inputs, b, start), (tangents[0], tangents[2], tangents[4])
        )
        after, record = _run(cell, reverse, *primals)
        before = _before(start, after, reverse)
        by_inputs, by_own, kept = cell.coefficients(record, after, before)
        projected = None if w_hr is None else record[-1]
        if mask is not None:  # what is computed at a step that is passed over may be NaN
            by_inputs, by_own, kept, projected = jax.tree.map(
                lambda c: jnp.where(mask[..., None], c, 0), (by_inputs, by_own, kept, projected)
            )
        down = _by_weight(before[0], w, dw) + db
        added = cell.collect(by_inputs * dinputs + by_own * down)
        turned = None if w_hr is None else _by_weight(projected, w_hr, dw_hr)

        def step(state, now):
            by_own, kept, added, turned, alive = now
            own = cell.collect(by_own * _across(state[0], w))
            new = cell.carry(kept, [a + o for a, o in zip(added, own, strict=True)], state)
            if w_hr is not None:
                new = (_across(new[0], w_hr) + turned, *new[1:])
            new = _hold(alive, new, state)
            return new, new

        _, dafter = lax.scan(step, dstart, (by_own, kept, added, turned, mask), reverse=reverse)
        dbefore = _before(dstart, dafter, reverse)
        _, drecord = jax.jvp(
            lambda *step: _advance(cell, w_hr, *step)[1],
            (inputs, _across(before[0], w) + b, before),
            (dinputs, down + _across(dbefore[0], w), dbefore),
        )
        return (after, record), (dafter, drecord)


_run.defjvp(_run_tangent, symbolic_zeros=True)
