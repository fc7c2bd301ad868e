"""Runs of cells, whose derivatives are written down, against scans that JAX differentiates by itself."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from jaxtorch._ops.recurrence import CELLS, run

STEPS, BATCH, SIZE, OUTPUT = 4, 3, 3, 2
#: of XLA: most of the time of these tests is its compiling
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


def _cell(mode, x, own, state):
    """A step as its formula reads."""
    if mode == "lstm":
        i, f, g, o = jnp.split(x + own, 4, -1)
        c = jax.nn.sigmoid(f) * state[1] + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c
    if mode == "gru":
        (r, z, n), (own_r, own_z, own_n) = jnp.split(x, 3, -1), jnp.split(own, 3, -1)
        z = jax.nn.sigmoid(z + own_z)
        return ((1 - z) * jnp.tanh(n + jax.nn.sigmoid(r + own_r) * own_n) + z * state[0],)
    return (jnp.tanh(x + own) if mode == "rnn_tanh" else jax.nn.relu(x + own),)


def _plain(mode, reverse, mask, inputs, w, b, w_hr, state):
    def step(state, now):
        x, alive = now
        new = _cell(mode, x, state[0] @ w.T + b, state)
        if w_hr is not None:
            new = (new[0] @ w_hr.T, *new[1:])
        if alive is not None:
            new = tuple(jnp.where(alive[:, None], n, s) for n, s in zip(new, state, strict=True))
        return new, new

    return lax.scan(step, state, (inputs, mask), reverse=reverse)[1]


def _declared(mode, reverse, mask, *operands):
    return run(CELLS[mode], reverse, *operands, mask)[0]


def _arrays(mode, projected):
    rng = np.random.default_rng(0)
    gates, output = GATES[mode] * SIZE, OUTPUT if projected else SIZE

    def array(*shape):
        return jnp.asarray(rng.normal(size=shape))

    state = (array(BATCH, output), array(BATCH, SIZE))[: CELLS[mode].states]
    w_hr = array(output, SIZE) if projected else None
    operands = array(STEPS, BATCH, gates), array(gates, output), array(gates), w_hr, state
    return operands, jax.tree.map(lambda x: array(*x.shape), operands)


def _derivatives(f, operands, tangents) -> dict:
    def loss(operands):
        return sum((x**3).sum() for x in f(*operands))

    def norm(operands):
        return sum((g * g).sum() for g in jax.tree.leaves(jax.grad(loss)(operands)))

    many = jax.tree.map(lambda x, t: jnp.stack([x, t]), operands, tangents)
    return {
        "value": f(*operands),
        "forward mode": jax.jvp(f, operands, tangents)[1],
        "gradient": jax.grad(loss)(operands),
        "by one weight": jax.grad(lambda w: loss((operands[0], w, *operands[2:])))(operands[1]),
        "by the inputs": jax.grad(lambda x: loss((x, *operands[1:])))(operands[0]),
        "second order": jax.grad(norm)(operands),
        "forward over reverse": jax.jvp(jax.grad(loss), (operands,), (tangents,))[1],
        "vmap": jax.vmap(jax.grad(loss))(many),
        "vmap of one weight": jax.vmap(lambda w: f(operands[0], w, *operands[2:]))(many[1]),
    }


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("mode", [*GATES, "lstm, projected"])
def test_derivatives(mode, masked):
    """Masked runs go backwards: their first steps are the ones passed over."""
    mode, _, projected = mode.partition(", ")
    with jax.enable_x64(True):
        operands, tangents = _arrays(mode, bool(projected))
        mask = jnp.arange(STEPS)[:, None] < jnp.asarray([4, 2, 1]) if masked else None

        def all_of(f):
            return _derivatives(lambda *x: f(mode, masked, mask, *x), operands, tangents)

        found, expected = (jax.jit(all_of, static_argnums=0, compiler_options=QUICK)(f) for f in (_declared, _plain))
        for name, one in found.items():
            for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(expected[name]), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, err_msg=name)


def test_what_a_gradient_keeps():
    """Coefficients of each step, once: four of the gates and two of the cell state of an LSTM, and the outputs."""
    operands, _ = _arrays("lstm", False)
    _, pull = jax.jit(lambda *x: jax.vjp(lambda *x: _declared("lstm", False, None, *x)[0], *x))(*operands)
    kept = sum(x.size for x in jax.tree.leaves(pull) if x.ndim == 3)
    assert kept <= (4 + 2 + 1) * STEPS * BATCH * SIZE
