"""`torch.profiler`: what is found and when, and that it leaves nothing behind."""

import gzip
import json
import subprocess
import sys
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import jaxtorch
from jaxtorch._core import modes
from jaxtorch.autograd import profiler as older
from jaxtorch.profiler import ProfilerActivity, profile, record_function, schedule

N = 10


@pytest.fixture(autouse=True)
def _nothing_left():
    yield
    assert not isinstance(modes.state.segment, older.Observer)


@pytest.fixture(scope="module")
def training():
    model = jaxtorch.nn.Sequential(jaxtorch.nn.Linear(4, 3), jaxtorch.nn.ReLU())
    x, optimizer = jaxtorch.ones(2, 4), jaxtorch.optim.SGD(model.parameters(), lr=0.1)

    def step():
        model(x).sum().backward()
        optimizer.step()
        optimizer.zero_grad()

    step()
    return step


def names(p) -> list[str]:
    return [event.name for event in p.events()]


def test_operations_of_a_step(training):
    with profile() as p:
        training()
    ours = [n for n in names(p) if n.startswith("aten::")]
    assert ours[:3] == ["aten::linear_bias", "aten::relu", "aten::sum"]
    assert {"aten::relu_backward", "aten::linear_bias_backward"} <= set(ours)
    (step,) = [e for e in p.events() if e.name == "Optimizer.step#SGD.step"]
    assert [child.name for child in step.cpu_children] and step.is_user_annotation
    assert 0 < step.self_cpu_time_total < step.cpu_time_total


def test_ranges_hold_what_runs_in_them():
    x = jaxtorch.ones(3)
    with profile(record_shapes=True) as p:
        with record_function("outer"):
            with record_function("inner"):
                x * 2

            @record_function("decorated")
            def double(y):
                return y + y

            double(x)
    found = {e.name: e for e in p.events()}
    assert found["inner"].cpu_parent is found["outer"] and found["aten::mul"].cpu_parent is found["inner"]
    assert found["aten::add"].cpu_parent is found["decorated"]
    assert found["aten::mul"].input_shapes == [[3], []]
    for event in p.events():
        assert 0 <= event.time_range.start <= event.time_range.end
    assert p.events().self_cpu_time_total == pytest.approx(found["outer"].cpu_time_total)


def test_a_first_call_shows_that_it_was_compiled():
    x = jaxtorch.ones(3, 5, 7)
    jaxtorch.compiler.reset()
    with profile() as p:
        x.cosh()
        x.cosh()
    first, second = [e for e in p.events() if e.name == "aten::cosh"]
    assert [child.name for child in first.cpu_children] == ["jaxtorch::compile"] and not second.cpu_children


def test_averages_by_name_and_by_shape():
    x, y = jaxtorch.ones(2), jaxtorch.ones(3)
    with profile(record_shapes=True) as p:
        x * 2, x * 3, y * 2
    (every,) = [e for e in p.key_averages() if e.key == "aten::mul"]
    by_shape = [e for e in p.key_averages(group_by_input_shape=True) if e.key == "aten::mul"]
    assert every.count == 3 and sorted((e.count, e.input_shapes) for e in by_shape) == [
        (1, "[[3], []]"), (2, "[[2], []]"),
    ]  # fmt: skip
    assert every.cpu_time == pytest.approx(sum(e.cpu_time_total for e in by_shape) / 3)


def test_memory_and_floating_point_operations():
    x = jaxtorch.ones(N, N)
    with profile(profile_memory=True, with_flops=True) as p, record_function("range"):
        x @ x
        x[1:3].add_(1)
    found = {e.name: e for e in p.events()}
    assert found["aten::mm"].flops == 2 * N**3 and found["aten::mm"].cpu_memory_usage == N * N * 4
    assert found["range"].cpu_memory_usage == sum(e.cpu_memory_usage for e in found["range"].cpu_children)
    assert "CPU Mem" in p.key_averages().table() and "Total FLOPs" in p.key_averages().table()


def test_stacks_name_the_line(tmp_path):
    with profile(with_stack=True) as p:
        jaxtorch.ones(3) * 2
    (event,) = [e for e in p.events() if e.name == "aten::mul"]
    assert event.stack[0].startswith(__file__) and "test_stacks_name_the_line" in event.stack[0]
    p.export_stacks(str(tmp_path / "stacks"), "self_cpu_time_total")
    assert "test_stacks_name_the_line" in (tmp_path / "stacks").read_text()
    with pytest.raises(ValueError, match="metric should be one of"):
        p.export_stacks(str(tmp_path / "stacks"), "time")


@pytest.mark.parametrize("name, reader", [("t.json", open), ("t.json.gz", gzip.open)])
def test_trace_has_operations_and_ranges(tmp_path, name, reader):
    with profile() as p, record_function("mine"):
        jaxtorch.ones(3) * 2
    p.add_metadata("key", "text")
    p.add_metadata_json("more", '{"a": 1}')
    p.export_chrome_trace(str(tmp_path / name))
    with reader(tmp_path / name, "rt") as f:
        trace = json.load(f)
    assert {"mine", "aten::mul"} <= {e.get("name") for e in trace["traceEvents"]}
    assert trace["key"] == "text" and trace["more"] == {"a": 1}


def test_compiled_function_is_one_event(training):
    step = jaxtorch.compile(training)
    step()
    with profile() as p:
        step()
    assert names(p) == ["Torch-Compiled Region: step"]


def test_under_deferred_execution_operations_run_at_once():
    with jaxtorch.engine.deferred():
        x = jaxtorch.ones(3) + 1
        with profile() as p:
            y = x * 2
        assert "aten::mul" in names(p)
        assert (y + 1).tolist() == [5.0] * 3


whole = st.integers(0, 3)


@given(whole, whole, st.integers(1, 3), whole, whole, st.integers(0, 1))
def test_schedules(wait, warmup, active, repeat, skip_first, skip_first_wait):
    options = {
        "wait": wait, "warmup": warmup, "active": active, "repeat": repeat, "skip_first": skip_first,
        "skip_first_wait": skip_first_wait,
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = schedule(**options), torch.profiler.schedule(**options)
    assert [ours(i).name for i in range(20)] == [theirs(i).name for i in range(20)]


PLANS = (
    {"wait": 1, "warmup": 1, "active": 2, "repeat": 2}, {"wait": 0, "warmup": 1, "active": 1},
    {"wait": 2, "warmup": 1, "active": 3, "skip_first": 1},
)  # fmt: skip
#: For each plan: when a trace is ready, the steps that are in it, and how many products.
READY = """
import json, torch
def run(options):
    ready, x = [], torch.ones(2)
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], schedule=torch.profiler.schedule(**options),
        on_trace_ready=lambda p: ready.append([
            p.step_num, sorted(e.key for e in p.key_averages() if e.key.startswith("ProfilerStep")),
            sum(e.count for e in p.key_averages() if e.key == "aten::mul"),
        ]),
    ) as p:
        for _ in range(8):
            x * 2
            p.step()
    return ready
"""


def test_traces_are_ready_at_the_same_steps():
    # PyTorch's profiler does not survive a process in which JAX's has run
    code = f"{READY}\nprint(json.dumps([run(plan) for plan in {PLANS!r}]))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    expected = json.loads(done.stdout.splitlines()[-1])
    space = {"torch": jaxtorch}
    exec(READY.replace("import json, torch", ""), space)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [space["run"](plan) for plan in PLANS] == expected


def test_schedule_that_ends_without_saving_warns():
    actions = [jaxtorch.profiler.ProfilerAction.RECORD, jaxtorch.profiler.ProfilerAction.NONE]
    with pytest.warns(UserWarning, match="Incorrect schedule: RECORD followed by NONE"):
        with profile(schedule=lambda step: actions[min(step, 1)]) as p:
            p.step()


def test_events_of_several_cycles():
    with profile(schedule=schedule(wait=0, warmup=1, active=1), acc_events=True) as p:
        for _ in range(4):
            jaxtorch.ones(2) * 2
            p.step()
    assert names(p).count("aten::mul") == 2


def test_paused():
    with profile() as p:
        p.toggle_collection_dynamic(False, [ProfilerActivity.CPU])
        jaxtorch.ones(2) * 2
        p.toggle_collection_dynamic(True, [ProfilerActivity.CPU])
        jaxtorch.ones(2) + 2
        with pytest.raises(NotImplementedError, match="other than ProfilerActivity.CPU"):
            p.toggle_collection_dynamic(True, [ProfilerActivity.CUDA])
    assert "aten::add" in names(p) and "aten::mul" not in names(p)


def test_bad_input(tmp_path):
    for lib in (jaxtorch, torch):
        with pytest.raises(AssertionError, match="Invalid profiler schedule arguments. Got wait=-1"):
            lib.profiler.schedule(wait=-1, warmup=0, active=1)
        with pytest.raises(AssertionError, match="must be initialized before getting key averages"):
            lib.profiler.profile().key_averages()
    for option in ("with_modules", "execution_trace_observer", "experimental_config"):
        with pytest.raises(NotImplementedError, match=option):
            profile(**{option: True})
    with profile() as p:
        jaxtorch.ones(2) * 2
        with pytest.raises(RuntimeError, match="already enabled"):
            profile().start()
    with pytest.raises(AttributeError, match="nothing"):
        p.key_averages().table(sort_by="nothing")
    with pytest.raises(NotImplementedError, match="export_memory_timeline"):
        p.export_memory_timeline(str(tmp_path / "m"))


def test_an_exception_ends_the_profile():
    p = profile()
    with pytest.raises(ZeroDivisionError), p, record_function("range"):
        jaxtorch.ones(2) * 2
        raise ZeroDivisionError
    assert [e.name for e in p.events()] == ["range", "aten::mul"]


def test_older_interface():
    with older.profile(record_shapes=True) as p:
        assert str(p) == "<unfinished torch.autograd.profile>"
        with pytest.raises(RuntimeError, match="Profiler didn't finish running"):
            p.function_events  # noqa: B018
        with jaxtorch.autograd.profiler.record_function("range"):
            jaxtorch.ones(2) * 2
    assert [e.name for e in p.function_events] == ["range", "aten::mul"]
    assert p.total_average().count == 2 and "aten::mul" in p.table(sort_by="cpu_time_total")
    assert older.profile(enabled=False).__enter__() is None


def test_kernels_of_a_device_are_found_in_the_trace():
    trace = {"traceEvents": [
        {"ph": "M", "pid": 1, "name": "process_name", "args": {"name": "/device:GPU:0 NVIDIA"}},
        {"ph": "M", "pid": 2, "name": "process_name", "args": {"name": "/host:CPU"}},
        {"ph": "X", "pid": 1, "tid": 7, "ts": 3.0, "dur": 2.5, "name": "gemm"},
        {"ph": "X", "pid": 2, "tid": 7, "ts": 3.0, "dur": 2.5, "name": "host"},
    ]}  # fmt: skip
    (kernel,) = older._kernels(trace)
    assert (kernel.name, kernel.self_device_time_total, kernel.cpu_time_total) == ("gemm", 2.5, 0.0)
