"""Averages of weights, and the schedule that goes with them, against PyTorch."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import jaxtorch

LIBRARIES = (torch, jaxtorch)


def both(run):
    theirs, ours = run(torch), run(jaxtorch)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def model(lib):
    lib.manual_seed(0)
    return lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.BatchNorm1d(4), lib.nn.Linear(4, 2))


def values(module):
    return [v.detach().numpy().astype(np.float64) for v in module.state_dict().values()]


AVERAGES = {
    "mean": lambda u: {},
    "mean at once": lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
    "mean one by one": lambda u: {"avg_fn": u.get_swa_avg_fn()},
    "ema at once": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.9)},
    "ema one by one": lambda u: {"avg_fn": u.get_ema_avg_fn(0.9)},
    "own": lambda u: {"avg_fn": lambda average, now, count: (average + now) / 2},
}


@pytest.mark.parametrize("lib", LIBRARIES)
def test_the_mean_of_counts_is_refused(lib):
    utils = lib.optim.swa_utils
    average = utils.AveragedModel(model(lib), multi_avg_fn=utils.get_swa_multi_avg_fn(), use_buffers=True)
    average.update_parameters(model(lib))
    with pytest.raises(RuntimeError, match="Integer division with addcdiv is no longer supported"):
        average.update_parameters(model(lib))


@pytest.mark.parametrize("kind, use_buffers", [
    (kind, use) for kind in AVERAGES for use in (False, True) if not use or kind != "mean at once"
])  # fmt: skip
def test_averages_of_a_training(kind, use_buffers):
    def run(lib):
        trained = model(lib)
        average = lib.optim.swa_utils.AveragedModel(
            trained, use_buffers=use_buffers, **AVERAGES[kind](lib.optim.swa_utils)
        )
        x = lib.randn(6, 3)
        for _ in range(4):
            trained(x)
            with lib.no_grad():
                for p in trained.parameters():
                    p.mul_(0.8).add_(0.1)
            average.update_parameters(trained)
        assert int(average.n_averaged) == 4
        return [*values(average), average.eval()(x).detach().numpy()]

    both(run)


def test_state_goes_both_ways():
    saved = {}
    for lib in LIBRARIES:
        average = lib.optim.swa_utils.AveragedModel(model(lib))
        average.update_parameters(model(lib))
        saved[lib] = {k: v.numpy() for k, v in average.state_dict().items()}
    assert list(saved[torch]) == list(saved[jaxtorch])
    average = jaxtorch.optim.swa_utils.AveragedModel(model(jaxtorch))
    average.load_state_dict({k: jaxtorch.tensor(v) for k, v in saved[torch].items()})
    assert int(average.n_averaged) == 1


def test_update_bn():
    def run(lib):
        net = model(lib)
        batches = [lib.randn(5, 3) for _ in range(3)]
        lib.optim.swa_utils.update_bn(batches, net)
        first = values(net)
        lib.optim.swa_utils.update_bn([(b, None) for b in batches], net.eval(), "cpu")
        assert not net.training and net[1].momentum == 0.1
        return first + values(net)

    both(run)
    assert jaxtorch.optim.swa_utils.update_bn([], jaxtorch.nn.Linear(1, 1)) is None


@settings(max_examples=25)
@given(
    st.floats(0.001, 1), st.floats(0.001, 1), st.integers(0, 6), st.sampled_from(["cos", "linear"]), st.booleans()
)
def test_schedule(lr, swa_lr, epochs, strategy, each):
    def run(lib):
        groups = [{"params": [lib.zeros(1, requires_grad=True)], "lr": lr * k} for k in (1, 2)]
        optimizer = lib.optim.SGD(groups, lr=lr)
        rates = [swa_lr, swa_lr / 2] if each else swa_lr
        plan = lib.optim.swa_utils.SWALR(optimizer, rates, epochs, strategy)
        found = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(8):
                found.append([group["lr"] for group in optimizer.param_groups])
                plan.step()
        return found

    both(run)


@pytest.mark.parametrize("lib", LIBRARIES)
def test_bad_input(lib):
    utils = lib.optim.swa_utils
    optimizer = lib.optim.SGD([lib.zeros(1, requires_grad=True)], lr=0.1)
    for make in (utils.get_ema_avg_fn, utils.get_ema_multi_avg_fn):
        with pytest.raises(ValueError, match=r"Invalid decay value 2 provided. Please provide a value in \[0,1\]"):
            make(2)
    with pytest.raises(AssertionError, match="Only one of avg_fn and multi_avg_fn should be provided"):
        utils.AveragedModel(model(lib), avg_fn=max, multi_avg_fn=max)
    with pytest.raises(ValueError, match="anneal_strategy must be one of 'cos' or 'linear', instead got up"):
        utils.SWALR(optimizer, 0.1, anneal_strategy="up")
    with pytest.raises(ValueError, match="anneal_epochs must be equal or greater than 0, got -1"):
        utils.SWALR(optimizer, 0.1, anneal_epochs=-1)
    with pytest.raises(ValueError, match="swa_lr must have the same length as optimizer.param_groups"):
        utils.SWALR(optimizer, [0.1, 0.2])
