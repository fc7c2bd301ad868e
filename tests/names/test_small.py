"""Names that ask or set one thing: their values, effects and refusals are PyTorch's."""

import importlib
import subprocess
import sys

import pytest
import torch as real

import jaxtorch

from ..compared import compared

NO_GPU = not jaxtorch.cuda.is_available() and not real.cuda.is_available()


def part(torch, name: str):
    return importlib.import_module(f"{torch.__name__}.{name}")


@compared
def test_anomaly_and_threads(torch, see):
    try:
        torch.set_anomaly_enabled(True)
        see([torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()])
        torch.set_anomaly_enabled(False, False)
        see([torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()])
        see(lambda: torch.set_anomaly_enabled(3))
    finally:
        torch.set_anomaly_enabled(False)
    enabled = torch.autograd.is_multithreading_enabled
    with torch.autograd.set_multithreading_enabled(False):
        see(enabled())
    see(enabled())

    @torch.autograd.set_multithreading_enabled(True)
    def asked():
        return enabled()

    see([asked(), torch.autograd.grad_mode.set_multithreading_enabled is torch.autograd.set_multithreading_enabled])


def test_interop_threads():
    """Set once in a process."""
    program = """
import sys, importlib
torch = importlib.import_module(sys.argv[1])
for n in (0, 2.0, 3, 4):
    try:
        print(torch.set_num_interop_threads(n), torch.get_num_interop_threads())
    except Exception as error:
        print(type(error).__name__, error)
"""
    ran = [subprocess.run([sys.executable, "-c", program, name], capture_output=True, text=True, check=True).stdout
           for name in ("jaxtorch", "torch")]  # fmt: skip
    assert ran[0] == ran[1]


@compared
def test_cudnn_flags(torch, see):
    b = torch.backends.cudnn

    def now():
        return [b.enabled, b.benchmark, b.deterministic, b.allow_tf32]

    before = now()
    with b.flags(enabled=False, benchmark=True, allow_tf32=False):
        see(now())
    see([now(), now() == before])
    see(list(b.set_flags(_enabled=False))[:2])
    see(now())
    b.set_flags(_enabled=True)


@compared
def test_modules_of_other_names(torch, see):
    see(part(torch, "utils.model_zoo").load_url is torch.hub.load_state_dict_from_url)
    functional = part(torch, "functional")
    see([functional.__all__, torch.functional is functional])
    see([getattr(functional, name) is getattr(torch, name) for name in functional.__all__])
    see(torch.cuda.random.__all__)
    see([getattr(torch.cuda.random, name) is getattr(torch.cuda, name) for name in torch.cuda.random.__all__])
    memory = torch.accelerator.memory
    see([getattr(memory, n) is getattr(torch.accelerator, n) for n in memory.__all__ if n != "empty_host_cache"][:9])


@pytest.mark.skipif(not NO_GPU, reason="there is a GPU")
def test_without_a_gpu():
    def program(torch, see):
        cuda, nvtx, profiler = torch.cuda, part(torch, "cuda.nvtx"), part(torch, "cuda.profiler")
        for run in (cuda.seed, cuda.seed_all, cuda.memory_summary, profiler.start, profiler.stop):
            see(lambda run=run: run())
        see(lambda: nvtx.range_push("a"))
        see(lambda: nvtx.mark("a"))
        see(lambda: nvtx.range("a").__enter__())
        see(lambda: profiler.profile().__enter__())
        checkpoint = part(torch, "utils.checkpoint")
        see([checkpoint.DefaultDeviceType.get_device_type(), checkpoint.get_device_states(torch.ones(1), [3])])
        see(checkpoint.set_device_states([], []))

    compared(program)()


def test_report_of_the_machine():
    text = jaxtorch.utils.collect_env.get_pretty_env_info()
    for line in ("PyTorch version: 2.13.0", "JAX version: ", "Python version: ", "[pip3] jaxlib=="):
        assert line in text


def test_traced_methods():
    class Module(jaxtorch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = jaxtorch.nn.Parameter(jaxtorch.ones(2))

        def forward(self, x):
            return x * self.weight

        def shifted(self, x, by):
            return x + by

    module = Module()
    traced = jaxtorch.jit.trace_module(module, {"forward": jaxtorch.ones(2), "shifted": (jaxtorch.ones(2), 1.0)})
    with jaxtorch.no_grad():
        module.weight.mul_(3)
    assert traced(jaxtorch.ones(2)).tolist() == [3.0, 3.0] and traced.shifted(jaxtorch.ones(1), 2.0).item() == 3.0
    assert traced is not module and traced.weight is module.weight and "forward" not in vars(module)
    for wrong, text in (((3, {}), "expected torch.nn.Module"), ((module, 3), "expected a dictionary")):
        with pytest.raises(AttributeError, match=text):
            jaxtorch.jit.trace_module(*wrong)
    with pytest.warns(DeprecationWarning, match="script_method` is deprecated"):
        assert jaxtorch.jit.script_method(len) is len
    assert jaxtorch.jit._overload(len) is len and jaxtorch.jit._overload_method(len) is len


NONE = ("is_available", "is_initialized", "device_count", "empty_cache", "seed", "memory_allocated", "synchronize",
        "current_device", "manual_seed_all", "get_rng_state", "current_allocated_memory")  # fmt: skip


@pytest.mark.parametrize("module", ["xpu", "mps"])
def test_devices_of_others(module):
    @compared
    def program(torch, see):
        for name in NONE:
            if hasattr(getattr(real, module), name):
                see(lambda name=name: getattr(getattr(torch, module), name)(*[0] * name.startswith("manual")))

    program()


@compared
def test_a_precision_that_is_none(torch, see):
    see(lambda: torch.set_float32_matmul_precision("lowest"))
    see(torch.get_float32_matmul_precision())


@compared
def test_states_of_another_dtype(torch, see):
    x, h = torch.zeros(5, 1, 3), torch.zeros(1, 1, 4, dtype=torch.float64)
    see(lambda: torch.nn.RNN(3, 4)(x, h))
    see(lambda: torch.nn.GRU(3, 4)(x, h))
    see(lambda: torch.nn.LSTM(3, 4)(x, (h, h)))
    see(lambda: torch.nn.LSTM(3, 4).double()(x.double(), (h.float(), h)))


def test_spans(monkeypatch):
    nvtx, seen = importlib.import_module("jaxtorch.cuda.nvtx"), []

    class Span:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            seen.append(("begin", self.name))

        def __exit__(self, *_):
            seen.append(("end", self.name))

    monkeypatch.setattr(nvtx.devices, "cuda_devices", lambda: ["a GPU"])
    monkeypatch.setattr(nvtx.jax.profiler, "TraceAnnotation", Span)
    assert [nvtx.range_push("a"), nvtx.range_push("b"), nvtx.range_pop(), nvtx.range_pop(), nvtx.range_pop()] == [
        0, 1, 1, 0, -2,
    ]  # fmt: skip
    number = nvtx.range_start("c")
    with nvtx.range("d{}", 1):
        nvtx.mark("e")
    nvtx.range_end(number)
    begun = [name for what, name in seen if what == "begin"]
    assert begun == ["a", "b", "c", "d1", "e"] and [n for w, n in seen if w == "end"] == ["b", "a", "e", "d1", "c"]
