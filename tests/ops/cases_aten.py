"""Ops that have ATen's name alone (`torch.ops.aten`), and those that make and read quantized tensors."""

from __future__ import annotations

from tests.ops.recipes import T, V, bad, source

IMAGE = T(1, 2, 4, 4, grad=False)
SCALES, ZEROS = V([0.1, 0.5], "float64", grad=False), V([0, 3], "int64", grad=False)
#: of a quantized tensor: what its numbers are, and what reads it
TENSOR = "torch.quantize_per_tensor(x, 0.1, 3, torch.quint8)"
CHANNEL = "torch.quantize_per_channel(x, s, z, 0, torch.qint8)"
FORWARD = {"checks": ("forward",)}

CASES = [
    source("torch.ops.aten._softmax(x, 1, False)", {"x": T(2, 3)}, checks=("forward", "grad"), covers=("_softmax",)),
    source("torch.ops.aten._log_softmax(x, 1, False)", {"x": T(2, 3)}, checks=("forward", "grad"),
        covers=("_log_softmax",)),
    source("torch.ops.aten.lift_fresh(x)", {"x": T(2, 3)}, covers=("lift_fresh",), **FORWARD),
    source("torch.ops.aten._local_scalar_dense(x)", {"x": T()}, covers=("_local_scalar_dense",), **FORWARD),
    source("(torch.ops.aten.sym_size.int(x, 1), torch.ops.aten.sym_stride.int(x, 0), torch.ops.aten.sym_numel(x), "
        "torch.ops.aten.sym_storage_offset(x[1:]))", {"x": T(2, 3)},
        covers=("sym_size", "sym_stride", "sym_numel", "sym_storage_offset"), **FORWARD),
    source("torch.ops.aten.max_pool2d_with_indices_backward(g, x, [2, 2], [2, 2], [0, 0], [1, 1], False, "
        "torch.nn.functional.max_pool2d(x, 2, return_indices=True)[1])", {"x": IMAGE, "g": T(1, 2, 2, 2, grad=False)},
        covers=("max_pool2d_with_indices_backward",), **FORWARD),
    # -- quantized
    source(f"{TENSOR}.dequantize()", {"x": T(2, 3, grad=False)}, covers=("quantize_per_tensor", "dequantize"),
        **FORWARD),
    source("torch.quantize_per_tensor(x, torch.tensor(0.1), torch.tensor(3), torch.quint8).dequantize()",
        {"x": T(2, 3, grad=False)}, **FORWARD),
    source("[q.dequantize() for q in torch.quantize_per_tensor([x, y], s, z, torch.qint8)]",
        {"x": T(2, 3, grad=False), "y": T(4, grad=False), "s": SCALES, "z": ZEROS}, **FORWARD),
    source(f"torch.dequantize([{TENSOR}, {TENSOR}])", {"x": T(2, 3, grad=False)}, **FORWARD),
    source(f"{CHANNEL}.dequantize()", {"x": T(2, 3, grad=False), "s": SCALES, "z": ZEROS},
        covers=("quantize_per_channel",), **FORWARD),
    source(f"({TENSOR}.int_repr(), {TENSOR}.q_scale(), {TENSOR}.q_zero_point(), str({TENSOR}.qscheme()))",
        {"x": T(2, 3, grad=False)}, covers=("int_repr", "q_scale", "q_zero_point", "qscheme"), **FORWARD),
    source(f"({CHANNEL}.q_per_channel_scales(), {CHANNEL}.q_per_channel_zero_points(), {CHANNEL}.q_per_channel_axis())",
        {"x": T(2, 3, grad=False), "s": SCALES, "z": ZEROS},
        covers=("q_per_channel_scales", "q_per_channel_zero_points", "q_per_channel_axis"), **FORWARD),
]  # fmt: skip

REFUSALS = [
    bad("torch.quantize_per_tensor(x, 0.1, 3, torch.float32)", x=T(2)),
    bad("torch.ops.aten.no_such_op(x)", x=T(2)),
]
