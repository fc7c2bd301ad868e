"""Attention against torch: masks, ways of computing it, inference, and what it refuses."""

from __future__ import annotations

import copy
import importlib
from functools import partial

import numpy as np
import pytest
import torch

import jaxtorch
from tests.nn.programs import built, compare, drawn
from tests.oracle import (
    SELF_CHECK,
    Trace,
)  # fmt: skip


def padded(lib, *lengths: int, size: int = 4):
    """True past each length."""
    return lib.arange(size)[None, :] >= lib.tensor(lengths)[:, None]


# -- MultiheadAttention ---------------------------------------------------------------------------
#: arguments by name, made of a library; the queries are (4, 3, 8), the keys (5, 3, 8)
MASKS = {
    "padding": lambda lib: {"key_padding_mask": padded(lib, 2, 5, 3, size=5)},
    "nothing left": lambda lib: {"key_padding_mask": padded(lib, 2, 0, 3, size=5)},
    "padding by numbers": lambda lib: {"key_padding_mask": drawn(lib, 3, 5)},
    "causal": lambda lib: {"attn_mask": lib.ones(4, 5, dtype=lib.bool).triu(1)},
    "by heads": lambda lib: {"attn_mask": drawn(lib, 6, 4, 5)},
    "both": lambda lib: {
        "attn_mask": lib.ones(4, 5, dtype=lib.bool).triu(1),
        "key_padding_mask": padded(lib, 2, 5, 3, size=5),
    },
    "both, of two kinds": lambda lib: {
        "attn_mask": drawn(lib, 6, 4, 5),
        "key_padding_mask": padded(lib, 2, 5, 3, size=5),
    },
    "the hint": lambda lib: {"attn_mask": lib.ones(4, 5, dtype=lib.bool).triu(1), "is_causal": True},
    "heads apart": lambda lib: {"average_attn_weights": False},
}


@pytest.mark.parametrize("masks", MASKS)
@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize(
    "source", ["MultiheadAttention(8, 2)", "MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True)"]
)
def test_masks(source, weights, masks):
    def program(lib, trace: Trace):
        module = built(lib, source)
        q, k = drawn(lib, 4, 3, 8).requires_grad_(), drawn(lib, 5, 3, 8, seed=1).requires_grad_()
        made = MASKS[masks](lib)

        def run():
            return module(q, k, k, need_weights=weights, **made)

        result = trace.observe("result", run, warned=True)
        (result[0] ** 2).sum().backward()
        trace.note("gradients", [q.grad, k.grad, *[p.grad for p in module.parameters()]])

    compare(program)


REFUSED = {
    "four dims": "m(q[None], q, q)",
    "a key without batch": "m(q, q[:, 0], q[:, 0])",
    "a query without batch": "m(q[:, 0], q, q)",
    "the width": "m(q[..., :6], q, q)",
    "lengths of keys and values": "m(q, q, q[:2])",
    "a hint alone": "m(q, q, q, is_causal=True)",
    "the mask's shape": "m(q, q, q, attn_mask=torch.zeros(3, 4))",
    "the mask's shape by heads": "m(q, q, q, attn_mask=torch.zeros(5, 4, 4))",
    "the mask's dims": "m(q, q, q, attn_mask=torch.zeros(4))",
    "the mask's dtype": "m(q, q, q, attn_mask=torch.zeros(4, 4, dtype=torch.int64))",
    "padding's dims": "m(q, q, q, key_padding_mask=torch.zeros(4))",
    "padding's batch": "m(q, q, q, key_padding_mask=torch.zeros(2, 4))",
    "padding's length": "m(q, q, q, key_padding_mask=torch.zeros(3, 3))",
    "padding's dtype": "m(q, q, q, key_padding_mask=torch.zeros(3, 4, dtype=torch.int64))",
    "heads": "torch.nn.MultiheadAttention(8, 3)",
    "no width": "torch.nn.MultiheadAttention(0, 3)",
    "an activation": "torch.nn.TransformerEncoderLayer(8, 2, activation='tanh')",
    "batches": "torch.nn.Transformer(8, 2, 1, 1, 5)(q, q[:, :2])",
    "features": "torch.nn.Transformer(8, 2, 1, 1, 5)(q[..., :4], q)",
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_refusals(what):
    def program(lib, trace: Trace):
        names = {"torch": lib, "q": drawn(lib, 4, 3, 8), "m": built(lib, "MultiheadAttention(8, 2)")}
        trace.observe(what, lambda: eval(REFUSED[what], names))

    compare(program)


def test_static_keys_and_separate_weights():
    def program(lib, trace: Trace):
        forward = lib.nn.functional.multi_head_attention_forward
        q, w, b, out = drawn(lib, 4, 3, 8), drawn(lib, 24, 8, seed=1), drawn(lib, 24, seed=2), drawn(lib, 8, 8, seed=3)
        static = drawn(lib, 6, 5, 4, seed=4)
        separate = {"use_separate_proj_weight": True, "q_proj_weight": w[:8], "k_proj_weight": w[8:16]}

        def call(packed, **kwargs):
            return forward(q, q, q, 8, 2, packed, b, None, None, False, 0.5, out, None, **{"training": False, **kwargs})

        trace.note("static", call(w, static_k=static, static_v=static))
        trace.note("separate", call(None, v_proj_weight=w[16:], **separate))
        trace.observe("no values' weight", lambda: call(None, **separate))
        trace.observe("no weight", lambda: call(None))
        trace.observe("static rows", lambda: call(w, static_k=static[:3], static_v=static))
        trace.observe("static width", lambda: call(w, static_k=static, static_v=static[..., :2]))
        trace.observe("heads", lambda: forward(q, q, q, 8, 3, w, b, None, None, False, 0.0, out, None))

    compare(program)


# -- inference and padding ------------------------------------------------------------------------
PADDINGS = {
    "at the end": lambda lib: padded(lib, 2, 4, 3),
    "a whole sequence": lambda lib: padded(lib, 2, 0, 3),
    "at the beginning": lambda lib: ~padded(lib, 2, 0, 0),
    "by numbers": lambda lib: lib.zeros(3, 4).masked_fill(padded(lib, 2, 4, 3), -np.inf),
}


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_padded_inference(padding, grad):
    """In inference the encoder gives zeros where it is padded."""

    def program(lib, trace: Trace):
        layer = built(lib, "TransformerEncoderLayer(8, 2, 5, batch_first=True)")
        x, mask = drawn(lib, 3, 4, 8), PADDINGS[padding](lib)
        dead = padding == "a whole sequence"  # of which torch makes NaN, but where it nests
        for facts in ({}, {"norm": lib.nn.LayerNorm(8)}, *([] if dead else [{"enable_nested_tensor": False}])):
            model = lib.nn.TransformerEncoder(layer, 2, **facts).eval()
            with lib.set_grad_enabled(grad):
                trace.note(f"{list(facts)}", model(x, src_key_padding_mask=mask))
        attention = layer.self_attn.eval()
        with lib.set_grad_enabled(grad):
            for weights in (True,) if dead else (True, False):
                trace.note("attention", attention(x, x, x, key_padding_mask=mask, need_weights=weights))
            trace.note("without a mask", attention(x, x, x)[0])
            trace.note("one by one", layer.eval()(x[0]))

    compare(program)


def test_masks_of_transformers():
    def program(lib, trace: Trace):
        model = built(lib, "Transformer(8, 2, 2, 2, 5, 0.0, batch_first=True)")
        src, tgt = drawn(lib, 3, 4, 8), drawn(lib, 3, 5, 8, seed=1)
        causal = lib.nn.Transformer.generate_square_subsequent_mask(5)
        trace.note("mask", [causal, model.generate_square_subsequent_mask(2, dtype=lib.float64)])
        padding = padded(lib, 2, 4, 3)
        for hint in (None, True):
            out = model(
                src, tgt, tgt_mask=causal, src_key_padding_mask=padding, memory_key_padding_mask=padding,
                tgt_is_causal=hint,
            )  # fmt: skip
            out.sum().backward()
            trace.note(f"hint {hint}", [out, *[p.grad for p in model.parameters()]])

    compare(program)


SETTINGS = [
    "batch_first=False", "norm_first=True, batch_first=True", "batch_first=True, activation=torch.tanh",
    "batch_first=True, bias=False", "batch_first=True", "batch_first=True, activation=nn.ReLU()",
]  # fmt: skip


@pytest.mark.parametrize("settings", [*SETTINGS, None])
def test_encoders_tell_why_they_do_not_nest(settings):
    def program(lib, trace: Trace):
        layer = lib.nn.Linear(3, 3) if settings is None else built(lib, f"TransformerEncoderLayer(6, 3, 5, {settings})")
        made = trace.observe("made", lambda: lib.nn.TransformerEncoder(layer, 2), warned=True, noted=repr)
        trace.note("facts", [made.use_nested_tensor, getattr(layer, "activation_relu_or_gelu", None)])
        trace.note("copies", [made.layers[0] is layer, made.layers[0] is made.layers[1]])

    compare(program)


def test_copies_and_states():
    def program(lib, trace: Trace):
        model = built(lib, "TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 5, activation='gelu'), 1)").eval()
        other = copy.deepcopy(model)
        x = drawn(lib, 4, 3, 8)
        trace.note("copy", other(x, x))
        del other.layers[0].activation
        other.layers[0].__setstate__(other.layers[0].__dict__)
        trace.note("of a state without activation", other(x, x))
        other.load_state_dict(model.state_dict())
        trace.note("keys", list(model.state_dict()))

    compare(program)


@pytest.mark.skipif(SELF_CHECK, reason="compiles")
@pytest.mark.parametrize(
    "source", ["TransformerEncoderLayer(8, 2, 5, batch_first=True)", "MultiheadAttention(8, 2, dropout=0.3)"]
)
def test_compiled_is_as_uncompiled(source):
    def step(compiled: bool) -> list:
        lib = jaxtorch
        module = built(lib, source)
        optimizer = lib.optim.SGD(module.parameters(), lr=0.1)

        def train(x):
            optimizer.zero_grad()
            out = module(x, x, x)[0] if "Multi" in source else module(x)
            loss = (out**2).sum()
            loss.backward()
            optimizer.step()
            return loss

        run = lib.compile(train, fullgraph=True) if compiled else train
        losses = [run(drawn(lib, 3, 4, 8)).item() for _ in range(3)]
        return [*losses, *[p.detach().numpy() for p in module.parameters()]]

    for ours, plain in zip(step(True), step(False), strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-5, atol=1e-5)


# -- the ways of computing it ---------------------------------------------------------------------
def ways(lib):
    name = "torch" if lib is torch else "jaxtorch"
    importlib.import_module(f"{name}.nn.attention.bias")
    return lib.nn.attention


def test_kernels_by_name():
    def program(lib, trace: Trace):
        attention, F, cuda = ways(lib), lib.nn.functional, lib.backends.cuda
        backends = attention.SDPBackend
        q = drawn(lib, 1, 2, 3, 4).requires_grad_()
        switches = [getattr(cuda, f"{name}_sdp_enabled") for name in ("flash", "mem_efficient", "math", "cudnn")]
        trace.note("members", [(b.name, b.value, int(b), repr(b), str(b)) for b in list(backends.__members__.values())])

        def run(x=q):
            return F.scaled_dot_product_attention(x, x, x)

        for wanted in (backends.MATH, [backends.FLASH_ATTENTION, backends.MATH], backends.EFFICIENT_ATTENTION, []):
            with attention.sdpa_kernel(wanted):
                trace.note("switches", [f() for f in switches])
                trace.observe(f"{wanted}", run)
        with attention.sdpa_kernel(backends.FLASH_ATTENTION):
            trace.note("flash", run())
        trace.note("switches afterwards", [f() for f in switches])
        for refused in ("math", None):
            trace.observe("refused", lambda refused=refused: attention.sdpa_kernel(refused).__enter__())
        cuda.enable_math_sdp(False)
        trace.note("off", cuda.math_sdp_enabled())
        cuda.enable_math_sdp(True)
        trace.observe("former name", lambda: cuda.sdp_kernel(enable_flash=False).__enter__(), warned=True, noted=type)
        cuda.enable_flash_sdp(True)

    compare(program)


def test_second_derivatives():
    """Whichever way it is computed; torch's formula has them."""

    def program(lib, trace: Trace):
        attention, F = ways(lib), lib.nn.functional
        q, k, v = (drawn(lib, 2, 3, n, 4, seed=n).double().requires_grad_() for n in (4, 5, 5))
        mask = lib.ones(4, 5, dtype=lib.bool).tril(-1)
        for masked in (None, mask):
            kernels = [attention.SDPBackend.MATH]
            if lib is not torch:
                kernels.append(attention.SDPBackend.FLASH_ATTENTION)
            for kernel in kernels:
                with attention.sdpa_kernel(kernel):
                    out = F.scaled_dot_product_attention(q, k, v, masked)
                    grads = lib.autograd.grad((out**2).sum(), (q, k, v), create_graph=True)
                    total = sum((g**3).sum() for g in grads)
                    second = lib.autograd.grad(total, (q, k, v))
                if kernel is kernels[0]:
                    trace.note("second", [np.round(g.numpy(), 9) + 0.0 for g in second])
                    first = second
                else:
                    for a, b in zip(first, second, strict=True):
                        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-9)

    compare(program)


def test_named_masks():
    def program(lib, trace: Trace):
        bias, F = ways(lib).bias, lib.nn.functional
        q, k = drawn(lib, 1, 2, 3, 4), drawn(lib, 1, 2, 5, 4, seed=1)
        for make in (bias.causal_upper_left, bias.causal_lower_right):
            for keys in (k, q):
                mask = make(3, keys.shape[2])
                trace.note("text", [repr(mask), mask.variant.name, mask.seq_len_q, mask.seq_len_kv])
                trace.note("result", F.scaled_dot_product_attention(q, keys, keys, mask))
                trace.note("by name", F.scaled_dot_product_attention(q, keys, keys, attn_mask=mask))
                run = partial(F.scaled_dot_product_attention, q, q, q, mask, is_causal=True)
                trace.observe("and causal", run)
            trace.observe("sizes", partial(make, 3))

    compare(program)


# -- cuDNN's kernel -------------------------------------------------------------------------------
def attended(lib, mask: str, causal: bool, grouped: bool, computed: str = "bfloat16"):
    """Attention of numbers that are bfloat16's, and its gradients."""
    kind = getattr(lib, computed)
    heads = 2 if grouped else 4
    operands = [drawn(lib, 2, n, length, 8).to(lib.bfloat16) for n, length in ((4, 4), (heads, 6), (heads, 6))]
    operands = [x.to(kind).detach().requires_grad_() for x in operands]
    given = {
        "none": None, "bools": drawn(lib, 4, 6) > -0.5, "numbers": drawn(lib, 2, 1, 4, 6).to(lib.bfloat16).to(kind),
        "a row": drawn(lib, 1, 6) > -0.5,
    }[mask]  # fmt: skip
    out = lib.nn.functional.scaled_dot_product_attention(
        *operands, given, is_causal=causal, enable_gqa=grouped, scale=0.3
    )
    out.backward(drawn(lib, *out.shape).to(lib.bfloat16).to(kind))
    return [x.detach().double() for x in (out, *[x.grad for x in operands])], out


@pytest.mark.skipif(SELF_CHECK, reason="PyTorch chooses by its own rules")
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize(
    "mask, causal", [("none", False), ("none", True), ("bools", False), ("numbers", False), ("a row", False)]
)
def test_the_kernel_for_gpus(monkeypatch, mask, causal, grouped, compiled):
    """As on a GPU, with the kernel's reference (the same function of JAX's) in its place: no CPU has the kernel."""
    ours = importlib.import_module("jaxtorch._ops.attention")
    monkeypatch.setattr(ours, "_has_kernel", lambda device: True)
    monkeypatch.setattr(ours, "_KERNEL", "xla")
    wanted, _ = attended(torch, mask, causal, grouped, "float64")
    run = partial(attended, jaxtorch, mask, causal, grouped)
    found, out = (jaxtorch.compile(run) if compiled else run)()
    assert "CudnnAttention" in str(out.grad_fn) or compiled
    for a, b in zip(found, wanted, strict=True):
        # weights, their cotangents and the result are rounded to eight bits
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=0, atol=3 * 2**-8 * float(b.abs().max()))


def test_no_kernel_on_a_cpu():
    ours = importlib.import_module("jaxtorch._ops.attention")
    assert not ours._has_kernel(jaxtorch.device("cpu"))
