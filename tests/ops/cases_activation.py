"""Activations, softmax, normalisation and other elementwise members of nn.functional."""

from __future__ import annotations

from math import inf, nan

from tests.ops.recipes import WIDE_SWEEP, D, S, T, V, bad, op, source

X, CUBE = T(2, 3), T(2, 4, 2)
ENDS = V([nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 100.0, -100.0, 0.5, -0.5])
#: Where the pieces of piecewise functions meet.
CORNERS = V([0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 0.5, -0.5, 20.0])
F = "nn.functional."

LEVELS = V([nan, inf, -inf, 0.0, -1.0, 0.25, 0.26, 0.35, 0.45, 1e30, 25.15, 25.25])
TWO_ROWS = V([[-1.0, 0.0, 0.25, 0.05, 0.15], [1.0, 2.0, 300.0, 0.25, 0.35]])

PLAIN = (
    "relu", "relu6", "elu", "selu", "celu", "leaky_relu", "hardtanh", "hardsigmoid", "hardswish",
    "hardshrink",
    "softshrink", "tanhshrink", "softplus", "softsign", "logsigmoid", "gelu", "silu", "mish",
    "sigmoid", "tanh",
)  # fmt: skip
DEFECTS = {"gelu": {"out": "PyTorch's gelu does not write an out with gaps"}}
SOFT = ("softmax", "log_softmax", "softmin")

CASES = [
    op("_safe_softmax", S(T(2, 3), 1), S(V([[-float("inf"), -float("inf")], [1.0, -float("inf")]]), 1), S(T(), 0),
        checks=("forward", "grad", "dtype")),
    op("_softmax_backward_data", S(T(2, 3), T(2, 3), 1, D("float32")), checks=("forward", "layouts")),
    source("torch._softmax_backward_data(x, y, 0, x.dtype)", {"x": T(2, 3), "y": T(2, 3)}, checks=("forward", "grad")),
    source("torch.ops.aten.native_dropout_backward(x, y, 2.0)", {"x": T(2, 3), "y": V([[True, False, True]] * 2,
        "bool")}, checks=("forward", "grad"), covers=("native_dropout_backward",)),
    # Rounded to what quantized integers stand for: halves of a level are among the values.
    op("fake_quantize_per_tensor_affine", S(LEVELS, 0.1, 3, 0, 255), S(LEVELS, 0.1, 3, -8, 7), S(T(), 0.2, 0, 0, 3),
        S(T(0), 0.2, 0, 0, 3), S(LEVELS, V(0.1, grad=False), V(3, "int32"), 0, 255), S(LEVELS, V([0.1], grad=False),
        V([3], "int64"), 0, 9), checks=("forward", "grad", "layouts"), dtypes=("float16", "bfloat16", "int64")),
    op("fake_quantize_per_channel_affine", *[S(TWO_ROWS, V([0.1, 0.2], "float32", grad=False), z, 0, 0, 255) for z in (
        V([3, 4], "int32"), V([3.25, 4.0], "float32", grad=False), V([3.0, 4.0], "float16", grad=False))],
        S(T(2, 3, 2), V([0.1, 0.2, 0.3], "float32", grad=False), V([3, 4, 5], "int32"), 1, 0, 9), checks=("forward",
        "grad", "layouts"), dtypes=("float16", "bfloat16", "int64")),
    *[op(F + n, S(X), dtypes=WIDE_SWEEP, xfail=DEFECTS.get(n, {})) for n in PLAIN],
    # torch's float32 gelu of inf is nan on some CPUs, its float64 one nowhere
    *[op(F + n, S(ENDS), checks=("forward",), tags=("exact_zeros",)) for n in PLAIN if n != "gelu"],
    op(F + "gelu", S(ENDS), checks=("forward",), tags=("exact_zeros",), dtype="float64"),
    *[op(F + n, S(CORNERS), checks=("grad",), tags=("no_second",)) for n in PLAIN],
    op(F + "elu", S(X, 0.5), S(X, alpha=2.0)),
    op(F + "celu", S(X, 0.5)),
    op(F + "leaky_relu", S(X, 0.2), S(X, negative_slope=0.0)),
    op(F + "hardtanh", S(X, -0.5, 2.0), S(X, min_val=0.0, max_val=1.0)),
    op(F + "hardshrink", S(X, 1.0)),
    op(F + "softshrink", S(X, 1.0)),
    op(F + "softplus", S(X, 2.0, 1.0), S(X, beta=0.5, threshold=3)),
    op(F + "gelu", S(X, approximate="tanh")),
    op(F + "threshold", S(X, 0.5, 9.0), S(CORNERS, 0.0, 2.0)),
    op(F + "prelu", S(X, T(1)), S(X, T(3)), S(CUBE, T(4)), S(T(4), T(1))),
    op(F + "prelu", S(V([0.0, -0.0, 1.0, -1.0]), T(1)), checks=("forward", "grad"),
        tags=("no_second",)),
    op(F + "rrelu", S(X), S(X, 0.2, 0.2)),
    op(F + "glu", S(T(2, 4)), S(CUBE, 1)),
    op("rrelu", S(X), checks=("forward",), covers=("rrelu_sloped",)),
    source("(torch.manual_seed(3), F.rrelu(x, training=True))[1]", {"x": X},
        checks=("forward", "grad"), covers=("rrelu_with_noise",)),
    *[op(n, S(X), checks=("forward", "grad", "method", "inplace", "inplace_grad",
        "out")) for n in ("relu", "selu", "celu")],
    op("prelu", S(X, T(1)), checks=("forward", "method")),
    op("hardshrink", S(X), checks=("forward", "method", "out")),
    *[op(F + n, S(X, 1), S(CUBE, 1), S(X, dim=-1, dtype=D("float64")), S(X, 0), S(T(), 0), S(T(0,
        3), 1), dtypes=WIDE_SWEEP) for n in SOFT],
    *[op(F + n, S(V([[1e4, 0.0, -1e4], [inf, 0.0, 1.0], [-inf, -inf, -inf], [nan, 0.0, 1.0]]), 1),
        checks=("forward",)) for n in SOFT],
    *[op(F + n, S(X), S(T(3)), S(CUBE), checks=("forward",), tags=("warns",)) for n in SOFT],
    op("softmax", S(X, 1), S(X, dim=0), S(X, 1, D("float64")), S(T(2, 3, dtype="int64"), 1,
        dtype=D("float32"))),
    op("log_softmax", S(X, 1), S(X, dim=0), S(X, 1, D("float64"))),
    op("special.softmax", S(X, 1), checks=("forward", "grad")),
    op("special.log_softmax", S(X, 1), checks=("forward", "grad")),
    op(F + "normalize", S(X), S(X, 1.0, 0), S(X, p=inf, dim=1), S(V([[0.0, 0.0]])), S(X, eps=5.0)),
    op(F + "cosine_similarity", S(X, T(2, 3)), S(CUBE, T(4, 2), 2), S(X, T(2, 3), dim=0, eps=3.0)),
    op("cosine_similarity", S(X, T(2, 3)), checks=("forward",)),
    op(F + "pairwise_distance", S(X, T(2, 3)), S(X, T(2, 3), 1.0), S(X, T(2, 3), keepdim=True)),
    op("pairwise_distance", S(X, T(2, 3)), checks=("forward",), covers=("row_norm",)),
    op(F + "pdist", S(T(3, 2)), S(T(3, 2), 1.0), checks=("forward", "grad"), tags=("no_second",)),
    op(F + "layer_norm", S(X, (3,)), S(CUBE, (4, 2)), S(X, (3,), T(3), T(3)), S(X, [3], None, None,
        0.1), S(X, (3,), weight=T(3))),
    op("layer_norm", S(X, (3,)), checks=("forward",), covers=("layer_norm.raw",)),
    # the second derivative of torch's fused kernel is not that of the function (gradgradcheck says so)
    op("_weight_norm", S(CUBE, T(CUBE.shape[0], 1, 1)), S(CUBE, T(1, 1, CUBE.shape[2]), 2),
        checks=("forward", "grad"), tags=("no_second",)),
    op("_weight_norm", S(CUBE, T(1, CUBE.shape[1], 1), 1), S(X, T(), -1), checks=("forward", "grad")),
    op("norm_except_dim", S(CUBE), S(CUBE, 2, 1), S(CUBE, 1, 2), checks=("forward", "grad")),
    source("torch.norm_except_dim(x, 2, -1) * 2", {"x": CUBE}, checks=("forward", "grad")),
    op(F + "rms_norm", S(X, (3,)), S(X, (3,), T(3), 0.1), covers=("rms_norm.raw",)),
    op(F + "batch_norm", S(T(3, 4), None, None, training=True), S(T(3, 4), T(4, grad=False), T(4,
        lo=0.1, grad=False)), S(T(3, 2, 2), T(2, grad=False), T(2, lo=0.1, grad=False), T(2), T(2),
        True), checks=("forward", "grad", "layouts"), dtype="float64", covers=("batch_norm.train",
        "batch_norm.eval", "running_average")),
    op(F + "group_norm", S(T(2, 4, 2), 2), S(T(2, 4), 2, T(4), T(4)), checks=("forward", "grad",
        "layouts"), covers=("group_norm.raw",)),
    op(F + "instance_norm", S(T(2, 2, 3)), S(T(2, 2, 3), weight=T(2), bias=T(2)),
        checks=("forward", "grad")),
    op(F + "local_response_norm", S(T(2, 4, 3), 2), S(T(2, 4, 3), 3, 0.1, 0.5, 2.0),
        checks=("forward", "grad")),
    op(F + "dropout", S(X, 0.5, False), S(X, 0.0), S(X, 1.0), checks=("forward", "grad")),
    op(F + "pad", S(X, (1, 2)), S(X, (1, 0, 0, 1), value=2.5), S(X, (-1, 1)), S(CUBE, (1, 1),
        "reflect"), S(T(1, 2, 4), (1, 2), mode="replicate"), S(T(1, 2, 4), (2, 1),
        mode="circular"), S(T(1, 1, 3, 3), (1, 1, 1, 1), "reflect"), checks=("forward", "grad",
        "layouts", "dtype")),
    source("F.relu(x, inplace=True)", {"x": X}),
    source("F.logsigmoid(x)", {"x": X}, covers=("log_sigmoid",)),
    source("F.relu(x, True)", {"x": X}),
    source("F.relu_(x)", {"x": X}),
    source("x.relu()", {"x": X}),
    source("x.softmax(-1)", {"x": X}),
    source("x.log_softmax(dim=1)", {"x": X}),
    source("torch.relu(x).sum()", {"x": X}),
    source("torch.nn.functional.softmax(x, dim=1).sum(1)", {"x": X}),
    source("F.gumbel_softmax(x, hard=True).sum(1)", {"x": X}, checks=("forward",)),
]  # fmt: skip

REFUSALS = [
    *[bad(f"torch.fake_quantize_per_tensor_affine(x, {rest})", x=X) for rest in ("0.1, 3, 10, 5", "0.1, 300, 0, 255",
        "torch.ones(2), torch.ones(1), 0, 1", "torch.ones(1), torch.ones(2), 0, 1")],
    *[bad(f"torch.fake_quantize_per_channel_affine(x, {rest})", x=X, s=V([0.1, 0.2]), z=V([3, 4], "int32")) for rest in
        ("s, z.long(), 0, 0, 255", "s.double(), z, 0, 0, 255", "s, z, 1, 0, 255", "s, z, 2, 0, 255", "s, z, -2, 0, 255",
        "s, z[:1], 0, 0, 255", "s[None], z, 0, 0, 255", "s, z[None], 0, 0, 255", "s, z, 0, 9, 5", "s, z + 300, 0, 0, 9",
        "s.requires_grad_(), z, 0, 0, 255")],
    bad("F.rrelu(x, 0.5, 0.2)", x=T(3)),
    bad("F.rrelu(x, float('nan'), 0.2)", x=T(3)),
    bad("F.softmax(x, 2)", x=X),
    bad("F.softmax(x, dim=1)", x=T(2, 3, dtype="int64")),
    bad("F.log_softmax(x, -3)", x=X),
    bad("torch.softmax(x)", x=X),
    bad("x.softmax()", x=X),
    bad("F.relu(x)", x=T(2, dtype="bool")),
    bad("F.relu(x)", x=T(2, dtype="complex64")),
    bad("F.relu(2.0)"),
    bad("F.relu(x.requires_grad_(), inplace=True)", x=X),
    bad("F.elu(x)", x=T(2, dtype="int64")),
    bad("F.gelu(x)", x=T(2, dtype="int64")),
    bad("F.gelu(x, approximate='no')", x=X),
    bad("F.glu(x)", x=X),
    bad("F.glu(x)", x=T()),
    bad("F.prelu(x, w)", x=X, w=T(2)),
    bad("F.prelu(x, w)", x=X, w=T(1, 1, 1)),
    bad("F.hardtanh(x, 1.0, -1.0)", x=X),
    bad("F.softshrink(x, -1.0)", x=X),
    bad("F.layer_norm(x, (2,))", x=X),
    bad("F.layer_norm(x, ())", x=X),
    # the first parameter says whether types are mixed
    *(bad(f"F.layer_norm({x}, (3,), {w}, {b})", x=X, w=T(3))
      for x, w, b in (("x.double()", "w", "w"), ("x", "w.half()", "w"), ("x", "w", "w.double()"),
                      ("x", "None", "w.double()"), ("x.half()", "w", "w.half()"), ("x.half()", "w.double()", "w"))),
    *(bad(f"F.batch_norm({x}, {m}, {m}, {w}, {w}, training={t})", x=X, m=T(3), w=T(3))
      for x, m, w in (("x.double()", "m", "w"), ("x.double()", "m", "None"), ("x.double()", "m", "w.double()"),
                      ("x.double()", "m.double()", "w"), ("x.half()", "m", "w.half()"), ("x", "m.half()", "w.half()"))
      for t in (True, False)),
    *(bad(f"F.group_norm({x}, 3, {w}, {b})", x=X, w=T(3))
      for x, w, b in (("x.double()", "w", "w"), ("x", "w", "w.double()"), ("x.double()", "None", "w"))),
    bad("F.layer_norm(x, (3,), w)", x=X, w=T(2)),
    bad("F.batch_norm(x, m, m)", x=X, m=T(2)),
    bad("F.batch_norm(x, None, None)", x=X),
    bad("F.batch_norm(x, None, None, training=True)", x=T(1, 3)),
    bad("F.group_norm(x, 2)", x=X),
    bad("F.dropout(x, 1.5)", x=X),
    bad("F.dropout(x, -0.1)", x=X),
    bad("F.normalize(x, dim=4)", x=X),
    bad("F.cosine_similarity(x, y)", x=X, y=T(2, 4)),
    bad("F.pad(x, (1,))", x=X),
    bad("F.pad(x, (1, 1, 1, 1, 1, 1))", x=X),
    bad("F.pad(x, (-2, -2))", x=X),
    bad("F.pad(x, (5, 5), 'reflect')", x=T(1, 1, 3)),
    bad("F.pad(x, (1, 1), 'no')", x=X),
    bad("F.pad(x, (1, 1), 'reflect', value=1.0)", x=T(1, 1, 3)),
    bad("torch.celu(x, alpha=0.0)", x=X),
    bad("F.threshold(x)", x=X),
    bad("F.logsigmoid(x)", x=T(2, dtype="int64")),
]  # fmt: skip
