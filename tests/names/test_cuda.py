"""`torch.cuda` where there is no GPU: values, refusals and warnings are PyTorch's."""

import pytest
import torch

from ..oracle import assert_same_trace, module_under_test, run_program

LIB = module_under_test()
pytestmark = pytest.mark.skipif(LIB.cuda.is_available() or torch.cuda.is_available(), reason="there is a GPU")

CALLS = {
    name: lambda cuda, lib, name=name: getattr(cuda, name)()
    for name in (
        "is_available", "device_count", "current_device", "is_initialized", "init", "get_device_name",
        "get_device_capability", "get_device_properties", "synchronize", "empty_cache", "current_stream",
        "default_stream", "ipc_collect", "memory_allocated", "max_memory_allocated", "memory_reserved",
        "max_memory_reserved", "memory_cached", "max_memory_cached", "memory_stats", "reset_peak_memory_stats",
        "reset_max_memory_allocated", "reset_max_memory_cached", "reset_accumulated_memory_stats", "mem_get_info",
        "get_arch_list", "get_gencode_flags", "get_rng_state", "get_rng_state_all", "initial_seed", "Stream", "Event",
        "is_bf16_supported", "is_tf32_supported", "is_current_stream_capturing",
    )
}  # fmt: skip
CALLS |= {
    "set_device": lambda cuda, lib: cuda.set_device(0),
    "set_device, none": lambda cuda, lib: cuda.set_device(-1),
    "set_device, of the CPU": lambda cuda, lib: cuda.set_device("cpu"),
    "manual_seed": lambda cuda, lib: cuda.manual_seed(0),
    "set_rng_state": lambda cuda, lib: cuda.set_rng_state(lib.get_rng_state()),
    "set_rng_state_all": lambda cuda, lib: cuda.set_rng_state_all([]),
    "peers": lambda cuda, lib: cuda.can_device_access_peer(0, 1),
    "device": lambda cuda, lib: entered(cuda.device(0)),
    "device, by name": lambda cuda, lib: entered(cuda.device("cuda:0")),
    "device, none": lambda cuda, lib: entered(cuda.device(-1)),
    "device_of": lambda cuda, lib: entered(cuda.device_of(lib.ones(1))),
    "stream": lambda cuda, lib: entered(cuda.stream(None)),
    "set_stream": lambda cuda, lib: cuda.set_stream(None),
    "no memory": lambda cuda, lib: (cuda.OutOfMemoryError is lib.OutOfMemoryError, cuda.OutOfMemoryError.__bases__),
}


def entered(context) -> bool:
    with context:
        return True


@pytest.mark.parametrize("name", CALLS)
def test_without_a_gpu(name):
    def program(lib, trace):
        trace.observe(name, lambda: CALLS[name](lib.cuda, lib), warned=True)

    assert_same_trace(run_program(program, LIB), run_program(program, torch))
