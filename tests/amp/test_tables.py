"""The tables of autocast: what each op gives in a region, against torch on the CPU and on a GPU that is not there."""

from __future__ import annotations

import warnings
from functools import cache

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

import jaxtorch
from jaxtorch._core import autocast, spec
from jaxtorch._core.casts import settings
from tests.ops.recipes import Case, build, tensors_in
from tests.ops.tables import cases
from tests.oracle import TensorFacts, Trace, assert_same_trace, dtype_name, is_tensor, run_program

#: names of the tables -> the case that stands for them, where it has another name
ELSEWHERE = {
    "cross_entropy_loss": "nn.functional.cross_entropy",
    "edge_pad": "nn.functional.pad#1",
    "grid_sampler": "nn.functional.grid_sample",
    "inner_last": "inner",
    "lu": "torch.lu(x)",
    "max_unpool2d": "F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2)",
    "max_unpool3d": "F.max_unpool3d(*F.max_pool3d(x, 2, return_indices=True), 2)",
    "multi_dot": "linalg.multi_dot",
    "recurrent": "lstm",
    "row_norm": "nn.functional.pairwise_distance",
    "sum_of_products": "einsum",
    "tensordot_dims": "tensordot",
    "upsample": "nn.functional.interpolate",
}
#: what PyTorch casts and jaxtorch does not have, or has as a part of something else -> what
PARTS = {
    "_addmm_activation": "a private op",
    "_convolution": "conv1d and its kin",
    "_grid_sampler_2d_cpu_fallback": "grid_sampler",
    "_lu_with_info": "lu",
    "_native_multi_head_attention": "a private op",
    "_scaled_dot_product_flash_attention": "scaled_dot_product_attention",
    "_thnn_fused_gru_cell": "recurrent",
    "_thnn_fused_lstm_cell": "recurrent",
    "cudnn_convolution": "conv1d and its kin",
    "cudnn_convolution_transpose": "conv_transpose1d and its kin",
    "grid_sampler_2d": "grid_sampler",
    "grid_sampler_3d": "grid_sampler",
    "mkldnn_rnn_layer": "recurrent",
    "multilabel_margin_loss_forward": "multilabel_margin_loss",
    "nll_loss2d": "nll_loss",
    "norm": "linalg_vector_norm: torch.norm calls it",
    "reflection_pad1d": "edge_pad",
    "reflection_pad2d": "edge_pad",
    "replication_pad1d": "edge_pad",
    "replication_pad2d": "edge_pad",
    "replication_pad3d": "edge_pad",
}
UPSAMPLING = ("upsample_", "_upsample_")


@pytest.mark.parametrize("key, table", [("AutocastCPU", autocast.CPU), ("AutocastCUDA", autocast.CUDA)])
def test_every_op_that_torch_casts_is_in_the_table(key, table):
    registered = torch._C._dispatch_has_kernel_for_dispatch_key
    every = [name for name in torch._C._dispatch_get_all_op_names() if name.startswith("aten::")]
    names = {name[6:].partition(".")[0] for name in every if registered(name, key)}
    assert len(names) > 90
    missing = {n for n in names - table.keys() - PARTS.keys() if not n.startswith(UPSAMPLING)}
    assert not missing


# -- cases ----------------------------------------------------------------------------------------
@cache
def _by_name() -> dict[str, Case]:
    found = {}
    for case in cases():
        if case.tensors is None:
            found.setdefault(case.fn.removeprefix("nn.functional.").replace(".", "_"), case)
        found.setdefault(case.id, case)
    return found


def _declared() -> set[str]:
    tables = spec.registry, spec.composites, spec.views, spec.functions
    return {name.partition(".")[0] for table in tables for name in table}


def named_cases(table: dict) -> list:
    """A case for each op of a table that jaxtorch has."""
    found = _by_name()
    return [pytest.param(found[ELSEWHERE.get(name, name)], id=name) for name in table if name in _declared()]


# -- the CPU --------------------------------------------------------------------------------------
#: what is rounded in another order inside
ROUNDED = {"lstm"}


def facts(value):
    """All that is compared of a result whose values are rounded in another order."""
    return [(t.dtype, t.shape, t.stride(), t.requires_grad, TensorFacts.of(t).grad_fn) for t in tensors_in(value)]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("case", named_cases(autocast.CPU))
def test_op_on_the_cpu(case, dtype):
    if case.fn == "lstm" and dtype == "float16":
        pytest.skip("torch has no such kernel for gradients")

    def program(lib, trace: Trace):
        for inputs in ("float32", dtype):
            call = build(case, lib, inputs, grad="leaf")
            with lib.autocast("cpu", dtype=getattr(lib, dtype)):
                trace.observe(inputs, call, noted=facts if case.fn in ROUNDED else lambda result: result)

    def wide(lib, trace: Trace):
        for inputs in ("float32", dtype):
            trace.observe(inputs, build(case, lib, "float64", rounded_to=dtype, grad="leaf"))

    expected = run_program(program, torch)
    assert_same_trace(run_program(program, jaxtorch), expected, case.id, wide=run_program(wide, torch))


# -- GPUs -----------------------------------------------------------------------------------------
@pytest.fixture
def gpu_rules():
    """The CPU takes the table and the dtype of GPUs."""
    cpu, chosen = autocast.TABLES["cpu"], settings.dtypes["cpu"]
    autocast.TABLES["cpu"], settings.dtypes["cpu"] = autocast.CUDA, jaxtorch.float16
    yield
    autocast.TABLES["cpu"], settings.dtypes["cpu"] = cpu, chosen


def _mapped(value, function):
    if is_tensor(value):
        return function(value)
    if type(value) in (list, tuple):
        return type(value)([_mapped(v, function) for v in value])
    if isinstance(value, dict):
        return {k: _mapped(v, function) for k, v in value.items()}
    return value


def _on_torch(case, inputs: str):
    """The dtypes of torch's results for tensors on a GPU that hold nothing, or its exception."""
    call = build(case, torch, inputs)
    torch.set_autocast_enabled("cuda", True)
    try:
        with FakeTensorMode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in ("args", "kwargs"):
                setattr(call, name, _mapped(getattr(call, name), lambda t: torch.empty_strided(
                    tuple(t.shape), t.stride(), dtype=t.dtype, device="cuda")))  # fmt: skip
            return [dtype_name(t.dtype) for t in tensors_in(call())]
    except Exception as error:
        return error
    finally:
        torch.set_autocast_enabled("cuda", False)


#: what torch runs as one kernel of cuDNN's or its own, which it does not have here -> how many results
KERNELS = {"lstm": 3, "gru_cell": 1}
#: ... and gives in the widest dtype of its operands
WIDE_KERNELS = {"nn.functional.grid_sample"}


@pytest.mark.parametrize("inputs", ["float32", "float16"])
@pytest.mark.parametrize("case", named_cases(autocast.CUDA))
def test_op_on_a_gpu(case, inputs, gpu_rules):
    if case.fn in WIDE_KERNELS:
        expected = [inputs]
    else:
        expected = ["float16"] * KERNELS[case.fn] if case.fn in KERNELS else _on_torch(case, inputs)
    call = build(case, jaxtorch, inputs)
    with jaxtorch.autocast("cpu", dtype=jaxtorch.float16), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if isinstance(expected, Exception):
            with pytest.raises(type(expected)) as raised:
                call()
            assert str(raised.value) == str(expected)
        else:
            assert [dtype_name(t.dtype) for t in tensors_in(call())] == expected
