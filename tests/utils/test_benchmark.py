"""`torch.utils.benchmark`: texts of the same measurements in both libraries, and what a timer waits for."""

from typing import Any

import pytest
import torch.utils.benchmark as theirs
from hypothesis import given, settings
from hypothesis import strategies as st

import jaxtorch
import jaxtorch.utils.benchmark as ours

NAMES = {
    "stmt": st.sampled_from(["x + x", "y = x\ny * 2"]), "setup": st.sampled_from(["pass", "x = 1", "a = 1\nb = 2"]),
    "label": st.sampled_from([None, "sum"]), "sub_label": st.sampled_from([None, "small", "very large"]),
    "description": st.sampled_from([None, "CPU", "a long description"]), "num_threads": st.sampled_from([1, 4]),
}  # fmt: skip
TIMES = st.lists(st.floats(2e-8, 5.0), min_size=1, max_size=9)
#: PyTorch's tables need descriptions
DESCRIBED = st.fixed_dictionaries({**NAMES, "description": st.sampled_from(["CPU", "a long description"])})
TASKS = st.lists(st.tuples(DESCRIBED, TIMES, st.integers(1, 1000)), min_size=1, max_size=6)


def made(module, task, times, number):
    return module.Measurement(number, [t * number for t in times], module.TaskSpec(**task))


def is_ready(t: Any) -> bool:
    return t.jax().is_ready()


def text_of(measurement) -> list[str]:
    return repr(measurement).splitlines()[1:]


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries(NAMES), TIMES, st.integers(1, 1000))
def test_measurements(task, times, number):
    a, b = (made(module, task, times, number) for module in (ours, theirs))
    for name in ("median", "mean", "iqr", "times"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-9)
    assert [a.has_warnings, a.title, a.as_row_name, a.label] == [b.has_warnings, b.title, b.as_row_name, b.label]
    # PyTorch's figures go through float32, and so sometimes one below
    assert abs(a.significant_figures - b.significant_figures) <= 1
    assert text_of(a) == text_of(b)


@settings(max_examples=60, deadline=None)
@given(TASKS, st.booleans(), st.sampled_from([None, False, True]))
def test_tables(tasks, warned, rowwise):
    found = []
    for module in (ours, theirs):
        table = module.Compare([made(module, *task) for task in tasks])
        if warned:
            table.highlight_warnings()
        if rowwise is not None:
            table.colorize(rowwise=rowwise)
        found.append(str(table))
    assert found[0] == found[1]


def test_trimmed_table():
    task = {"stmt": "f()", "setup": "pass"}
    found = []
    for module in (ours, theirs):
        table = module.Compare([
            made(module, {**task, "description": d, "sub_label": s}, [k * t for t in (1.0e-3, 1.01e-3, 1.02e-3)], 10)
            for d, k in (("a", 1), ("b", 12.3)) for s in ("x", "y")
        ])  # fmt: skip
        table.trim_significant_figures()
        found.append(str(table))
    assert found[0] == found[1]


def test_small_functions():
    for t in (3e-9, 1.5e-7, 2e-5, 0.03, 2.0, 300.0):
        assert ours.select_unit(t) == theirs.select_unit(t)
    for unit in ("ns", "us", "ms", "s"):
        assert ours.unit_to_english(unit) == theirs.unit_to_english(unit)
    for x, n in ((3.14159, 2), (123.4, 2), (0.00456, 1)):
        assert ours.trim_sigfig(x, n) == pytest.approx(theirs.trim_sigfig(x, n), rel=1e-6)
    assert ours.ordered_unique([2, 1, 2]) == [2, 1]


def test_timer_runs_and_waits():
    seen = []
    x = jaxtorch.ones(300, 300)
    clock = iter(range(1000))
    timed = ours.Timer(
        "y = x @ x\nseen.append(y)", "seen.clear()", timer=lambda: next(clock), globals={"x": x, "seen": seen},
        label="product",
    )  # fmt: skip
    found = timed.timeit(3)
    assert found.raw_times == [1] and found.number_per_run == 3 and len(seen) == 3 and found.label == "product"
    assert all(map(is_ready, seen))


def test_timer_waits_for_what_is_written_in_place():
    model = jaxtorch.nn.Linear(2, 2)
    timed = ours.Timer("model.weight.data.mul_(1.0)", globals={"model": model})
    timed.timeit(2)
    assert is_ready(model.weight)


@pytest.mark.parametrize("run", [
    lambda t: t.blocked_autorange(min_run_time=0.01), lambda t: t.adaptive_autorange(max_run_time=0.1),
])  # fmt: skip
def test_blocks(run):
    calls = []
    found = run(ours.Timer("x + 1", globals={"x": jaxtorch.ones(2)}))
    assert found.median > 0 and len(found.raw_times) >= 1
    ours.Timer("pass").blocked_autorange(lambda number, seconds: calls.append((number, seconds)), 0.001)
    assert calls and all(seconds > 0 for _, seconds in calls)


@pytest.mark.parametrize("module", [ours, theirs])
def test_bad_input(module):
    with pytest.raises(ValueError, match="Currently only a `str` stmt is supported."):
        module.Timer(len)
    with pytest.raises(ValueError, match="Invalid language `fortran`."):
        module.Timer(language="fortran")
    with pytest.raises(ValueError, match="global_setup is C\\+\\+ only"):
        module.Timer(global_setup="#include <x>")
    with pytest.raises(ValueError, match="Expected an instance of `Measurement`, got <class 'int'> instead."):
        module.Compare([3])
    with pytest.raises(NotImplementedError, match="blocked_autorange"):
        module.Timer().repeat()
    with pytest.raises(NameError, match="no_such_name"):
        module.Timer("no_such_name").timeit(1)


def test_what_is_not_supported():
    with pytest.raises(NotImplementedError, match="language='c\\+\\+'"):
        ours.Timer(language="c++")
    with pytest.raises(NotImplementedError, match="collect_callgrind"):
        ours.Timer().collect_callgrind()
