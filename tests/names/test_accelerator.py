"""`torch.accelerator` where there is no GPU."""

import pytest
import torch

from ..oracle import assert_same_trace, module_under_test, run_program

LIB = module_under_test()
pytestmark = pytest.mark.skipif(LIB.cuda.is_available() or torch.cuda.is_available(), reason="there is a GPU")
NAMES = [
    "is_available", "device_count", "current_accelerator", "current_device_index", "current_device_idx",
    "get_device_capability", "current_stream", "synchronize", "empty_cache", "memory_stats", "memory_allocated",
    "max_memory_allocated", "memory_reserved", "max_memory_reserved", "reset_peak_memory_stats",
    "reset_accumulated_memory_stats", "get_memory_info",
]  # fmt: skip


def entered(context) -> bool:
    with context:
        return True


def test_without_a_gpu():
    def program(lib, trace):
        module = lib.accelerator
        for name in NAMES:
            trace.observe(name, lambda name=name: getattr(module, name)(), warned=True)
        trace.observe("available", lambda: module.current_accelerator(check_available=True))
        trace.observe("set_device_index", lambda: module.set_device_index(0))
        trace.observe("set_device_idx", lambda: module.set_device_idx(0), warned=True)
        trace.observe("device_index", lambda: entered(module.device_index(0)))
        trace.observe("device_index(None)", lambda: entered(module.device_index(None)))

    assert_same_trace(run_program(program, LIB), run_program(program, torch))
