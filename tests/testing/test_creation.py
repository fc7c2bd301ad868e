"""`torch.testing.make_tensor`: PyTorch's numbers, layouts and refusals."""

import pytest
import torch

from ..oracle import assert_same_trace, module_under_test, run_program

DTYPES = ["bool", "uint8", "int8", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64"]
OPTIONS = {
    "default": {},
    "interval": {"low": 1, "high": 7.5},
    "wide": {"low": -1e300, "high": 1e300},
    "noncontiguous": {"noncontiguous": True},
    "no zero": {"low": 0, "high": 3, "exclude_zero": True},
    "equal bounds": {"low": 1, "high": 1},
    "turned bounds": {"low": 3, "high": 1},
    "nan": {"low": float("nan")},
    "outside": {"low": 10**400, "high": 10**401},
    "channels last": {"memory_format": "channels_last"},
    "both": {"memory_format": "channels_last", "noncontiguous": True},
    "requires grad": {"requires_grad": True},
}


@pytest.mark.parametrize("dtype", DTYPES)
def test_make_tensor(dtype):
    def program(lib, trace):
        make = lib.testing.make_tensor
        for name, options in OPTIONS.items():
            options = dict(options, dtype=getattr(lib, dtype), device="cpu")
            if "memory_format" in options:
                options["memory_format"] = getattr(lib, options["memory_format"])
            shape = (2, 3, 1, 2) if "memory_format" in options else (3, 4)
            lib.manual_seed(3)
            trace.observe(name, lambda shape=shape, options=options: make(shape, **options), warned=True)
        trace.observe("sizes", lambda: lib.testing.make_tensor(0, 2, dtype=getattr(lib, dtype), device="cpu"))
        trace.observe("float8", lambda: lib.testing.make_tensor(3, dtype=lib.float8_e4m3fn, device="cpu"))

    assert_same_trace(run_program(program, module_under_test()), run_program(program, torch))
