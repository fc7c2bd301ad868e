"""Optimizers made of optax's transformations, against optax itself on the same gradients."""

from __future__ import annotations

import io

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxtorch as torch

SCHEDULE = optax.exponential_decay(0.1, transition_steps=2, decay_rate=0.5)
TRANSFORMATIONS = {
    "sgd": lambda: optax.sgd(0.1),
    "momentum": lambda: optax.sgd(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: optax.adam(0.01),
    "adamw with a schedule": lambda: optax.adamw(SCHEDULE, weight_decay=0.1),
    "lion": lambda: optax.lion(0.01),
    "rmsprop": lambda: optax.rmsprop(0.01, centered=True, momentum=0.5),
    "adafactor": lambda: optax.adafactor(0.01, min_dim_size_to_factor=2),
    "lamb": lambda: optax.lamb(0.01),
    "clipped": lambda: optax.chain(optax.clip_by_global_norm(0.5), optax.adam(0.01)),
    "masked": lambda: optax.masked(optax.sgd(0.1), [True, False]),
    "hyperparameters": lambda: optax.inject_hyperparams(optax.adam)(learning_rate=SCHEDULE),
    "averaged": lambda: optax.chain(optax.sgd(0.1), optax.ema(0.9)),
    "schedule-free": lambda: optax.contrib.schedule_free_sgd(0.1),
    "several steps": lambda: optax.MultiSteps(optax.adam(0.01), 2).gradient_transformation(),
}


def loss_of(w, b):
    return ((torch.arange(6.0, dtype=w.dtype).view(2, 3) / 8 @ w + b).tanh() ** 2).sum()


def loss_in_jax(params):
    w, b = params
    return jnp.sum(jnp.tanh(jnp.arange(6.0, dtype=w.dtype).reshape(2, 3) / 8 @ w + b) ** 2)


def start(dtype=np.float32):
    random = np.random.default_rng(0)
    return [random.normal(size=(3, 4)).astype(dtype), random.normal(size=4).astype(dtype)]


def parameters(dtype=np.float32):
    return [torch.tensor(x, requires_grad=True) for x in start(dtype)]


def stepped(optimizer, params, steps, compiled=False):
    def step():
        optimizer.zero_grad()
        loss = loss_of(*params)
        loss.backward()
        optimizer.step()
        return loss

    run = torch.compile(step, fullgraph=True) if compiled else step
    return [run().item() for _ in range(steps)]


def by_hand(tx, steps, dtype=np.float32):
    """The parameters, the state's leaves and the losses after steps in optax alone."""
    with jax.enable_x64(dtype == np.float64):
        params = [jnp.asarray(x) for x in start(dtype)]
        state, losses = tx.init(params), []
        for _ in range(steps):
            loss, grads = jax.value_and_grad(loss_in_jax)(params)
            updates, state = tx.update(grads, state, params)
            params = optax.apply_updates(params, updates)
            losses.append(float(loss))
        return params, jax.tree.leaves(state), losses


def close(got, want, dtype=np.float32):
    want = np.asarray(want)
    got = got.detach().numpy()
    assert got.dtype == want.dtype and got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=2e-5 if dtype == np.float32 else 1e-12, atol=1e-6)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_it_does_what_optax_does(name, compiled):
    params = parameters()
    optimizer = torch.optim.from_optax(TRANSFORMATIONS[name](), params)
    losses = stepped(optimizer, params, 5, compiled)
    expected, leaves, expected_losses = by_hand(TRANSFORMATIONS[name](), 5)
    np.testing.assert_allclose(losses, expected_losses, rtol=2e-5)
    for p, want in zip(params, expected, strict=True):
        close(p, want)
    own = optimizer.state.get("group 0", {})
    assert len(own) == len(leaves)
    for t, want in zip(own.values(), leaves, strict=True):
        close(t, want)


def test_double_precision():
    params = parameters(np.float64)
    optimizer = torch.optim.from_optax(optax.adam(0.01))(params)
    stepped(optimizer, params, 5)
    for p, want in zip(params, by_hand(optax.adam(0.01), 5, np.float64)[0], strict=True):
        close(p, want, np.float64)


def test_groups_have_transformations_of_their_own():
    w, b = parameters()
    optimizer = torch.optim.from_optax(optax.adam(0.01), [{"params": [w]}, {"params": [b], "tx": optax.sgd(0.3)}])
    stepped(optimizer, (w, b), 4)
    split = optax.multi_transform({"a": optax.adam(0.01), "s": optax.sgd(0.3)}, ["a", "s"])
    for p, want in zip((w, b), by_hand(split, 4)[0], strict=True):
        close(p, want)
    assert list(optimizer.state["group 0"]) == ["[0].count", "[0].mu[0]", "[0].nu[0]"]


def test_a_state_is_saved_and_loaded():
    tx = TRANSFORMATIONS["adamw with a schedule"]()
    params = parameters()
    optimizer = torch.optim.from_optax(tx, params)
    stepped(optimizer, params, 2)
    file = io.BytesIO()
    torch.save({"optimizer": optimizer.state_dict(), "params": [p.detach() for p in params]}, file)
    file.seek(0)
    saved = torch.load(file)
    others = [p.clone().requires_grad_() for p in saved["params"]]
    again = torch.optim.from_optax(tx, others)
    again.load_state_dict(saved["optimizer"])
    held = {k: t.clone() for k, t in saved["optimizer"]["state"]["group 0"].items()}
    stepped(again, others, 3)
    for p, want in zip(others, by_hand(tx, 5)[0], strict=True):
        close(p, want)
    for k, t in saved["optimizer"]["state"]["group 0"].items():
        assert torch.equal(t, held[k])  # what was loaded is not written


def test_a_closure_gives_the_value_of_the_loss():
    def scaled_by_the_value():
        def update(updates, state, params=None, *, value, **extra):
            return jax.tree.map(lambda u: -0.01 * value * u, updates), state

        return optax.GradientTransformationExtraArgs(lambda params: optax.EmptyState(), update)

    params = parameters()
    optimizer = torch.optim.from_optax(scaled_by_the_value(), params)

    def closure():
        optimizer.zero_grad()
        loss = loss_of(*params)
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    for p, x in zip(params, start(), strict=True):
        close(p, x - np.float32(0.01 * loss.item()) * p.grad.numpy())


def test_other_parameters_with_gradients_are_refused():
    w, b = parameters()
    optimizer = torch.optim.from_optax(optax.adam(0.1), [w, b])
    loss_of(w, b).backward()
    b.grad = None
    optimizer.step()
    before = b.detach().clone()
    optimizer.step()
    assert torch.equal(b, before)  # as it never had a gradient
    loss_of(w, b).backward()
    with pytest.raises(RuntimeError, match="group 0 is not one of 2 parameters"):
        optimizer.step()


def test_what_is_no_transformation_is_refused():
    with pytest.raises(TypeError, match="expects an optax.GradientTransformation, got float"):
        torch.optim.from_optax(0.1)
    with pytest.raises(TypeError, match="got str"):
        torch.optim.from_optax(optax.sgd(0.1), [{"params": parameters(), "tx": "adam"}])
    with pytest.raises(ValueError, match="empty parameter list"):
        torch.optim.from_optax(optax.sgd(0.1), [])


def test_a_schedule_compiles_once():
    params = parameters()
    optimizer = torch.optim.from_optax(TRANSFORMATIONS["adamw with a schedule"](), params)

    @torch.compile(fullgraph=True)
    def step():
        optimizer.zero_grad()
        loss = loss_of(*params)
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(4):
        step()
    assert len(step.all_recordings()) == 1
