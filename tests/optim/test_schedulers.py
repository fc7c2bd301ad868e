"""Learning rates of every schedule, equal to torch's to the last bit."""

import copy
import warnings

import pytest
import torch

from tests.oracle import comparable_text, module_under_test, same_error

lib = module_under_test()


def optimizer_of(x, name="SGD", lr=0.05, groups=2, **options):
    params = [{"params": [x.ones(1)], "lr": lr * (i + 1)} for i in range(groups)]
    return getattr(x.optim, name)(params, lr=lr, **options)


def square(epoch):
    return 0.9**epoch


SCHEDULES = {
    "lambda": lambda s, o: s.LambdaLR(o, square),
    "lambdas": lambda s, o: s.LambdaLR(o, [square, lambda e: 1 / (e + 1)]),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, lambda e: 0.95),
    "step": lambda s, o: s.StepLR(o, 3, gamma=0.3),
    "multistep": lambda s, o: s.MultiStepLR(o, [2, 5, 5, 9], gamma=0.3),
    "constant": lambda s, o: s.ConstantLR(o, factor=0.3, total_iters=4),
    "linear": lambda s, o: s.LinearLR(o, start_factor=0.3, end_factor=0.8, total_iters=6),
    "exponential": lambda s, o: s.ExponentialLR(o, 0.9),
    "polynomial": lambda s, o: s.PolynomialLR(o, total_iters=7, power=1.7),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, 6, eta_min=0.001),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, T_mult=2, eta_min=0.001),
    "restarts of one length": lambda s, o: s.CosineAnnealingWarmRestarts(o, 4),
    "cyclic": lambda s, o: s.CyclicLR(o, 0.01, 0.1, step_size_up=3, step_size_down=4),
    "cyclic halved": lambda s, o: s.CyclicLR(o, [0.01, 0.02], [0.1, 0.2], step_size_up=3, mode="triangular2"),
    "cyclic exponential": lambda s, o: s.CyclicLR(
        o, 0.01, 0.1, step_size_up=3, mode="exp_range", gamma=0.9, cycle_momentum=False
    ),
    "cyclic own": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 3, scale_fn=lambda n: 1 / n, scale_mode="cycle"),
    "one cycle": lambda s, o: s.OneCycleLR(o, 0.3, total_steps=20),
    "one cycle in three": lambda s, o: s.OneCycleLR(
        o, [0.3, 0.2], epochs=4, steps_per_epoch=5, three_phase=True, anneal_strategy="linear"
    ),
    "sequential": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.2, total_iters=3), s.ExponentialLR(o, 0.8), s.CosineAnnealingLR(o, 5)], [3, 7]
    ),
    "chained": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.5, 4), s.ExponentialLR(o, 0.9)]),
    "chained of chained": lambda s, o: s.ChainedScheduler(
        [s.ChainedScheduler([s.StepLR(o, 2), s.ExponentialLR(o, 0.9)]), s.LinearLR(o)], o
    ),
}  # fmt: skip


def shown(value):
    """State as plain data: functions by name, tensors as lists."""
    if isinstance(value, dict):
        return {k: shown(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [shown(v) for v in value]
    return value.tolist() if hasattr(value, "tolist") else value


@pytest.mark.parametrize("name, options", [("SGD", {"momentum": 0.9}), ("Adam", {})])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_rates_and_state(schedule, name, options):
    def program(x):
        optimizer = optimizer_of(x, name, **options)
        scheduler = SCHEDULES[schedule](x.optim.lr_scheduler, optimizer)
        seen = []
        for _ in range(19):
            optimizer.step()
            scheduler.step()
            momentum = "betas" if name == "Adam" else "momentum"
            seen.append([(g["lr"], g[momentum]) for g in optimizer.param_groups])
            seen.append(scheduler.get_last_lr())
        return seen, shown(scheduler.state_dict()), repr(optimizer)

    assert program(lib) == program(torch)


@pytest.mark.parametrize("schedule", [s for s in SCHEDULES if "own" not in s])
def test_resuming_from_a_state(schedule):
    def program(x):
        optimizer = optimizer_of(x, momentum=0.9)
        scheduler = SCHEDULES[schedule](x.optim.lr_scheduler, optimizer)
        for _ in range(5):
            optimizer.step()
            scheduler.step()
        state, groups = copy.deepcopy(scheduler.state_dict()), optimizer.state_dict()
        other = optimizer_of(x, momentum=0.9)
        resumed = SCHEDULES[schedule](x.optim.lr_scheduler, other)
        other.load_state_dict(groups)
        resumed.load_state_dict(state)
        seen = []
        for _ in range(5):
            other.step()
            resumed.step()
            seen.append(resumed.get_last_lr())
        return seen

    assert program(lib) == program(torch)


@pytest.mark.parametrize(
    "schedule", ["step", "multistep", "constant", "linear", "exponential", "polynomial", "cosine", "lambda"]
)
def test_closed_forms(schedule):
    def program(x):
        optimizer = optimizer_of(x)
        scheduler = SCHEDULES[schedule](x.optim.lr_scheduler, optimizer)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for epoch in (3, 1, 8, 5):
                optimizer.step()
                scheduler.step(epoch)
        rates = scheduler.get_last_lr()
        return rates, {(w.category, str(w.message)) for w in caught}

    assert program(lib) == program(torch)


def test_fractions_of_an_epoch():
    def program(x):
        optimizer = optimizer_of(x)
        scheduler = x.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 2, T_mult=3)
        seen = []
        for epoch in (0.0, 0.5, 1.9, 2.0, 7.25, 8.0, 30.5):
            optimizer.step()
            scheduler.step(epoch)
            seen.append((scheduler.get_last_lr(), scheduler.T_cur, scheduler.T_i, scheduler.last_epoch))
        return seen

    assert program(lib) == program(torch)


PLATEAUS = [
    {}, {"mode": "max", "threshold_mode": "abs", "patience": 1}, {"patience": 0, "cooldown": 2, "factor": 0.5},
    {"threshold": 0.5, "patience": 1, "min_lr": [0.01, 0.001]}, {"patience": 0, "eps": 1.0},
]  # fmt: skip


@pytest.mark.parametrize("options", PLATEAUS)
def test_plateaus(options):
    metrics = [1.0, 0.9, 0.95, 0.91, 0.905, 0.9, 0.9, 0.2, 0.3, 0.31, 0.32, 0.33, 0.34, 0.1, 0.1, 0.1, 0.1]

    def program(x):
        optimizer = optimizer_of(x)
        scheduler = x.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        seen = []
        for metric in metrics:
            scheduler.step(x.tensor(metric, dtype=x.float64))
            seen.append((scheduler.get_last_lr(), scheduler.num_bad_epochs, scheduler.in_cooldown, scheduler.best))
        return seen, scheduler.state_dict()

    assert program(lib) == program(torch)


@pytest.mark.parametrize("schedule", ["step", "exponential", "cosine", "one cycle", "sequential", "lambda"])
def test_rates_that_are_tensors(schedule):
    def program(x):
        rate = x.tensor(0.05, dtype=x.float64)
        optimizer = x.optim.Adam([x.ones(1)], lr=rate)
        scheduler = SCHEDULES[schedule](x.optim.lr_scheduler, optimizer)
        seen = []
        for _ in range(9):
            optimizer.step()
            scheduler.step()
            seen.append([r.item() for r in scheduler.get_last_lr()])
        return seen, optimizer.param_groups[0]["lr"] is rate

    assert program(lib) == program(torch)


def test_warnings():
    def program(x):
        optimizer = optimizer_of(x)
        scheduler = x.optim.lr_scheduler.StepLR(optimizer, 2)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            scheduler.step()
            scheduler.get_lr()
            plain = optimizer_of(x)
            second = x.optim.lr_scheduler.StepLR(plain, 2)
            plain.step = lambda: None
            second.step()
        return [(w.category.__name__, comparable_text(str(w.message))) for w in caught]

    assert program(lib) == program(torch)


ERRORS = {
    "no optimizer": lambda s, o: s.StepLR(3, 1),
    "no optimizer for plateau": lambda s, o: s.ReduceLROnPlateau("x"),
    "resuming": lambda s, o: s.StepLR(o, 1, last_epoch=3),
    "too few functions": lambda s, o: s.LambdaLR(o, [square]),
    "no function": lambda s, o: s.MultiplicativeLR(o, 3),
    "constant": lambda s, o: s.ConstantLR(o, factor=2),
    "linear start": lambda s, o: s.LinearLR(o, start_factor=0),
    "linear end": lambda s, o: s.LinearLR(o, end_factor=2),
    "T_0": lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    "T_mult": lambda s, o: s.CosineAnnealingWarmRestarts(o, 1, T_mult=0.5),
    "eta_min": lambda s, o: s.CosineAnnealingWarmRestarts(o, 1, eta_min="a"),
    "negative epoch": lambda s, o: s.CosineAnnealingWarmRestarts(o, 1).step(-1),
    "rates": lambda s, o: s.CyclicLR(o, [0.1], 0.2),
    "mode": lambda s, o: s.CyclicLR(o, 0.1, 0.2, mode="square"),
    "total_steps": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=0),
    "epochs": lambda s, o: s.OneCycleLR(o, 0.1, epochs=1.5, steps_per_epoch=2),
    "neither": lambda s, o: s.OneCycleLR(o, 0.1),
    "pct_start": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=3, pct_start=2.0),
    "anneal": lambda s, o: s.OneCycleLR(o, 0.1, total_steps=3, anneal_strategy="square"),
    "milestones": lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [1]),
    "no schedulers": lambda s, o: s.SequentialLR(o, [], []),
    "no schedulers to chain": lambda s, o: s.ChainedScheduler([]),
    "a plateau in a sequence": lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    "no scheduler at all": lambda s, o: s.ChainedScheduler([3], o),
    "factor": lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
    "min_lr": lambda s, o: s.ReduceLROnPlateau(o, min_lr=[1.0]),
    "plateau mode": lambda s, o: s.ReduceLROnPlateau(o, mode="mean"),
    "threshold mode": lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="x"),
    "base class": lambda s, o: s.LRScheduler(o),
}  # fmt: skip


@pytest.mark.parametrize("what", ERRORS)
def test_refusals(what):
    def program(x):
        optimizer = optimizer_of(x)
        optimizer.step()
        ERRORS[what](x.optim.lr_scheduler, optimizer)

    same_error(lambda: program(lib), lambda: program(torch))


def test_momentum_is_wanted():
    def program(x):
        x.optim.lr_scheduler.OneCycleLR(x.optim.Adagrad([x.ones(1)]), 0.1, total_steps=3)

    same_error(lambda: program(lib), lambda: program(torch))


def test_another_optimizers_scheduler():
    def program(x):
        s = x.optim.lr_scheduler
        s.SequentialLR(optimizer_of(x, lr=0.3), [s.StepLR(optimizer_of(x), 1)], [])

    same_error(lambda: program(lib), lambda: program(torch))


def test_more_steps_than_the_cycle_has():
    def program(x):
        optimizer = optimizer_of(x, momentum=0.9)
        scheduler = x.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=2)
        for _ in range(4):
            optimizer.step()
            scheduler.step()

    same_error(lambda: program(lib), lambda: program(torch))
