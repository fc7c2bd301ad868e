"""What tensors answer when asked for kinds of tensors that they are not."""

import pytest
import torch

from ..oracle import assert_same_trace, module_under_test, run_program

PROPERTIES = [
    "is_sparse", "is_sparse_csr", "is_mkldnn", "is_quantized", "is_nested", "is_meta", "is_ipu", "is_maia", "is_mps",
    "is_mtia", "is_vulkan", "is_xla", "is_xpu", "name", "volatile",
]  # fmt: skip
METHODS = [
    "is_coalesced", "coalesce", "indices", "values", "crow_indices", "col_indices", "ccol_indices", "row_indices",
    "sparse_dim", "dense_dim", "to_dense", "dequantize", "is_distributed", "is_pinned", "pin_memory",
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "int32", "float16"])
def test_kinds(dtype):
    def program(lib, trace):
        x = lib.ones(2, 3, dtype=getattr(lib, dtype))
        for name in PROPERTIES:
            trace.observe(name, lambda name=name: getattr(x, name), warned=True)
        for name in METHODS:
            trace.observe(name, lambda name=name: getattr(x, name)())
        trace.note("itself", x.to_dense() is x)
        trace.note("as double", x.to_dense(lib.float64))
        trace.note("functions", [lib.is_distributed(x), lib.is_vulkan_available()])

    assert_same_trace(run_program(program, module_under_test()), run_program(program, torch))
