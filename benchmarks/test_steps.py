"""Whole training steps: jaxtorch compiled and eager, torch eager and compiled, hand-written JAX + optax.

Interleaved rounds, medians, ratios. Each program is written once as a PyTorch step (run by both
libraries) and once by hand in JAX, with the same shapes and the same arithmetic.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch
from rich.console import Console
from rich.table import Table
from rounds import interleave, median, ratio

import jaxtorch


# -- the programs in PyTorch ----------------------------------------------------------------------
def two_layer(lib):
    lib.manual_seed(0)
    x, y = lib.randn(64, 1000), lib.randn(64, 10)
    model = lib.nn.Sequential(lib.nn.Linear(1000, 100), lib.nn.ReLU(), lib.nn.Linear(100, 10))
    opt = lib.optim.SGD(model.parameters(), lr=1e-4)
    return model, opt, lambda: lib.nn.functional.mse_loss(model(x), y)


def linear_regression(lib):
    lib.manual_seed(0)
    x, y = lib.randn(256, 8), lib.randn(256, 1)
    model = lib.nn.Linear(8, 1)
    opt = lib.optim.SGD(model.parameters(), lr=1e-2)
    return model, opt, lambda: lib.nn.functional.mse_loss(model(x), y)


def mlp(lib):
    lib.manual_seed(0)
    x, y = lib.randn(128, 784), lib.randint(0, 10, (128,))
    nn = lib.nn
    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    opt = lib.optim.Adam(model.parameters(), lr=1e-3)
    return model, opt, lambda: nn.functional.cross_entropy(model(x), y)


def lstm(lib):
    lib.manual_seed(0)
    nn = lib.nn

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.head = nn.LSTM(128, 128, batch_first=True), nn.Linear(128, 10)

        def forward(self, x):
            return self.head(self.cell(x)[0][:, -1])

    x, y = lib.randn(32, 64, 128), lib.randint(0, 10, (32,))
    model = Tagger()
    opt = lib.optim.Adam(model.parameters(), lr=1e-3)
    return model, opt, lambda: nn.functional.cross_entropy(model(x), y)


def step_of(lib, build):
    _, opt, loss_of = build(lib)

    def step():
        opt.zero_grad()
        loss = loss_of()
        loss.backward()
        opt.step()
        return loss

    return step


# -- the same by hand -----------------------------------------------------------------------------
def by_hand(params, loss_of, opt):
    """A donated, jitted step as users of JAX write it; returns a function without arguments."""
    state = [params, opt.init(params)]

    def step(params, opt_state):
        loss, grads = jax.value_and_grad(loss_of)(params)
        updates, opt_state = opt.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), opt_state, loss

    run = jax.jit(step, donate_argnums=(0, 1))

    def call():
        state[0], state[1], loss = run(*state)
        return loss

    return call


def _dense(rng, n, m):
    bound = 1 / np.sqrt(n)
    return {"w": jnp.asarray(rng.uniform(-bound, bound, (m, n)), jnp.float32), "b": jnp.zeros(m)}


def _apply(p, x):
    return x @ p["w"].T + p["b"]


def _cross_entropy(logits, y):
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def hand_two_layer():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(64, 1000)), jnp.float32), jnp.asarray(rng.normal(size=(64, 10)), jnp.float32)
    params = [_dense(rng, 1000, 100), _dense(rng, 100, 10)]
    return by_hand(params, lambda p: ((_apply(p[1], jax.nn.relu(_apply(p[0], x))) - y) ** 2).mean(), optax.sgd(1e-4))


def hand_linear_regression():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(256, 8)), jnp.float32), jnp.asarray(rng.normal(size=(256, 1)), jnp.float32)
    return by_hand(_dense(rng, 8, 1), lambda p: ((_apply(p, x) - y) ** 2).mean(), optax.sgd(1e-2))


def hand_mlp():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(128, 784)), jnp.float32), jnp.asarray(rng.integers(0, 10, 128))
    params = [_dense(rng, 784, 512), _dense(rng, 512, 512), _dense(rng, 512, 10)]

    def loss(p):
        h = jax.nn.relu(_apply(p[0], x))
        return _cross_entropy(_apply(p[2], jax.nn.relu(_apply(p[1], h))), y)

    return by_hand(params, loss, optax.adam(1e-3))


def hand_lstm():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(32, 64, 128)), jnp.float32), jnp.asarray(rng.integers(0, 10, 32))
    params = {"i": _dense(rng, 128, 512), "h": _dense(rng, 128, 512), "head": _dense(rng, 128, 10)}

    def loss(p):
        def cell(carry, x):
            h, c = carry
            i, f, g, o = jnp.split(_apply(p["i"], x) + _apply(p["h"], h), 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), None

        start = jnp.zeros((32, 128)), jnp.zeros((32, 128))
        (h, _), _ = jax.lax.scan(cell, start, x.swapaxes(0, 1))
        return _cross_entropy(_apply(p["head"], h), y)

    return by_hand(params, loss, optax.adam(1e-3))


PROGRAMS = {
    "two-layer": (two_layer, hand_two_layer),
    "linear regression": (linear_regression, hand_linear_regression),
    "MLP": (mlp, hand_mlp),
    "LSTM": (lstm, hand_lstm),
}


@pytest.mark.bench
def test_steps():
    table = Table(title="a training step, medians of interleaved rounds, us")
    for column in ("program", "torch eager", "JAX by hand", "jaxtorch eager", "jaxtorch compiled", "/ by hand", "/ torch"):
        table.add_column(column, justify="left" if column == "program" else "right")
    for name, (build, hand) in PROGRAMS.items():
        theirs, eager = step_of(torch, build), step_of(jaxtorch, build)
        compiled, written = jaxtorch.compile(step_of(jaxtorch, build), fullgraph=True), hand()
        times = interleave(
            {
                "torch": lambda: theirs().item(),
                "hand": lambda: written().block_until_ready(),
                "eager": lambda: eager().item(),
                "compiled": lambda: compiled().jax().block_until_ready(),
            },
            rounds=15,
        )
        table.add_row(
            name, *[f"{median(times[k]):,.0f}" for k in ("torch", "hand", "eager", "compiled")],
            f"{ratio(times, 'compiled', 'hand'):.2f}", f"{ratio(times, 'compiled', 'torch'):.2f}",
        )  # fmt: skip
    Console(width=140).print(table)
