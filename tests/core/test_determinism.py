"""Deterministic mode: memory that nothing has written, the switches, and how programs are then compiled."""

import pytest
import torch

import jaxtorch
from jaxtorch._core import devices, program
from tests.oracle import assert_same_trace, run_program

FACTORIES = [
    "torch.empty(2, 3, dtype=d)", "torch.empty_like(torch.zeros(2), dtype=d)",
    "torch.empty_strided((2, 2), (3, 1), dtype=d)",
    "torch.zeros(1).new_empty(2, dtype=d)", "torch.empty_permuted((2, 3), (1, 0), dtype=d)",
    "torch.empty(2, out=torch.empty(0, dtype=d), dtype=d)", "torch.ones(1, dtype=d).resize_(3)",
    "torch.zeros(2, 2).new_empty_strided((2, 2), (1, 2), dtype=d)",
]  # fmt: skip


@pytest.fixture
def deterministic():
    for lib in (torch, jaxtorch):
        lib.use_deterministic_algorithms(True)
    yield
    for lib in (torch, jaxtorch):
        lib.use_deterministic_algorithms(False)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "complex64", "int32", "uint8", "bool"])
def test_unwritten_memory(deterministic, dtype):
    def run(lib, trace):
        for text in FACTORIES:
            trace.observe(text, lambda text=text: eval(text, {"torch": lib, "d": getattr(lib, dtype)}))

    assert_same_trace(run_program(run, jaxtorch), run_program(run, torch), dtype)


def test_unwritten_memory_without_filling(deterministic):
    jaxtorch.utils.deterministic.fill_uninitialized_memory = False
    try:
        assert jaxtorch.empty(3).tolist() == [0, 0, 0]
    finally:
        jaxtorch.utils.deterministic.fill_uninitialized_memory = True


SWITCHES = ["torch.utils.deterministic.fill_uninitialized_memory", "torch.backends.cudnn.deterministic",
            "torch.backends.cudnn.allow_tf32"]  # fmt: skip


@pytest.mark.parametrize("path", SWITCHES)
def test_switches(path):
    def run(lib, trace):
        space = {"torch": lib}
        before = eval(path, space)
        trace.note("at first", before)
        for value in (not before, before):
            exec(f"{path} = {value}", space)
            trace.note(str(value), eval(path, space))
        trace.observe("no bool", lambda: exec(f"{path} = 3", space))

    # PyTorch's own test utilities, which other tests import, forbid setting its flags
    with getattr(torch.backends, "__allow_nonbracketed_mutation")():  # noqa: B009 - a name of two underscores
        assert_same_trace(run_program(run, jaxtorch), run_program(run, torch), path)


@pytest.mark.parametrize("path", ["deterministic", "backends.cudnn.deterministic"])
def test_programs_for_gpus(monkeypatch, path):
    """On a GPU (here the CPU, taken for one) new programs are compiled deterministic, and old ones are dropped."""
    monkeypatch.setattr(devices, "only_cpu", lambda: False)
    monkeypatch.setattr(program, "single_op_options", lambda: None)
    put = {
        "deterministic": jaxtorch.use_deterministic_algorithms,
        "backends.cudnn.deterministic": lambda value: setattr(jaxtorch.backends.cudnn, "deterministic", value),
    }[path]
    x = jaxtorch.arange(3.0)
    asked = []
    jit = program.jax.jit

    def noted(run, **kwargs):
        asked.append(kwargs.get("compiler_options"))
        return jit(run, **kwargs)

    monkeypatch.setattr(program.jax, "jit", noted)
    assert (x + x).tolist() == [0, 2, 4]
    asked.clear()
    put(True)
    try:
        assert (x + x).tolist() == [0, 2, 4]
        assert {"xla_gpu_deterministic_ops": True} in asked
    finally:
        put(False)
    asked.clear()
    assert (x + x).tolist() == [0, 2, 4]
    assert asked and all(options is None for options in asked)
