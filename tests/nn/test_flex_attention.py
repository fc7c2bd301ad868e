"""torch.nn.attention.flex_attention: values, gradients, masks, texts and errors are PyTorch's."""

import functools
import importlib
import math
import pickle

import numpy as np
import pytest
import torch as real
import torch.nn.attention.flex_attention as theirs

import jaxtorch as ours
import jaxtorch.nn.attention.flex_attention as fa

from ..compared import compared
from ..oracle import to_numpy

DRAW = np.random.default_rng(0)
NUMBERS = {name: DRAW.standard_normal(400).astype(np.float32) for name in ("q", "k", "v", "bias", "g")}


@pytest.fixture(autouse=True)
def oracle(monkeypatch):
    """PyTorch's formula itself, on the CPU too, saying nothing of kernels."""
    monkeypatch.setattr(theirs, "_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG", True)
    monkeypatch.setattr(theirs, "_validate_device", lambda *args: None)
    monkeypatch.setattr(theirs, "_WARNINGS_SHOWN", {"flex_attention_performance"})
    monkeypatch.setattr(fa, "_warned", set())


def module(lib):
    return importlib.import_module(f"{lib.__name__}.nn.attention.flex_attention")


def made(lib, name, *shape, dtype="float32", **options):
    values = np.resize(NUMBERS[name], shape)
    return lib.tensor(values, dtype=getattr(lib, dtype), **options)


def qkv(lib, batch=2, heads=2, queries=5, keys=6, size=4, value_size=3, shared=None, batches=None, **options):
    shared, batches = shared or heads, batches or batch
    return (
        made(lib, "q", batch, heads, queries, size, **options),
        made(lib, "k", batches, shared, keys, size, **options),
        made(lib, "v", batches, shared, keys, value_size, **options),
    )


def causal(b, h, q, kv):
    return q >= kv


def never_first(b, h, q, kv):
    return (q > 0) & (kv < 3 + h + b)


# -- score_mod and mask_mod ------------------------------------------------------------------------
def relative(lib):
    return lambda score, b, h, q, kv: score + (q - kv)


def alibi(lib):
    slopes = lib.tensor([0.5, 0.25])
    return lambda score, b, h, q, kv: score - slopes[h] * (q - kv).abs()


def softcap(lib):
    return lambda score, b, h, q, kv: 20 * lib.tanh(score / 20)


def table(lib):
    bias = made(lib, "bias", 2, 5, 6)
    return lambda score, b, h, q, kv: score + bias[h, q, kv] * (b + 1)


def own_mask(lib):
    return lambda score, b, h, q, kv: lib.where(q >= kv, score, -math.inf)


def wide(lib):
    bias = made(lib, "bias", 5, dtype="float64")
    return lambda score, b, h, q, kv: score + bias[q]


def constant(lib):
    return lambda score, b, h, q, kv: lib.zeros(())


MODS = [relative, alibi, softcap, table, own_mask, wide, constant]


@pytest.mark.parametrize("mod", MODS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_score_mods(mod, dtype):
    def program(torch, see):
        q, k, v = qkv(torch, dtype=dtype)
        see(module(torch).flex_attention(q, k, v, mod(torch)))
        see(lambda: module(torch).flex_attention(q, k, v, mod(torch), return_lse=True))
        mask = module(torch).create_block_mask(never_first, 2, 2, 5, 6, device="cpu", BLOCK_SIZE=2)
        see(module(torch).flex_attention(q, k, v, mod(torch), mask, scale=0.3))
        aux = module(torch).AuxRequest(lse=True)
        see(module(torch).flex_attention(q, k, v, mod(torch), mask, return_aux=aux))

    compared(program)()


@compared
def test_heads_and_batches(torch, see):
    flex = module(torch)
    see(flex.flex_attention(*qkv(torch, heads=4, shared=2), enable_gqa=True))
    documents = torch.tensor([0, 0, 1, 1, 2])
    mask = flex.create_block_mask(lambda b, h, q, kv: documents[q] == documents[kv], 2, None, 5, 5, device="cpu")
    see(flex.flex_attention(*qkv(torch, batches=1, keys=5), block_mask=mask))
    see(flex.flex_attention(*qkv(torch), return_aux=flex.AuxRequest()))
    see(lambda: flex.flex_attention(*qkv(torch), return_lse=True))
    see(lambda: flex.flex_attention(*qkv(torch), return_lse=True))
    q, k, v = qkv(torch)
    see(flex.flex_attention(q.half(), k.half(), v))
    see(flex.flex_attention(q, k.half(), v.half()))


@pytest.mark.parametrize("order", [(0, 2, 1, 3), (3, 1, 2, 0), (1, 0, 2, 3), (0, 1, 3, 2)])
def test_order_in_memory(order):
    def program(torch, see):
        q, k, v = qkv(torch)
        back = [order.index(i) for i in range(4)]
        see(module(torch).flex_attention(q.permute(order).contiguous().permute(back), k, v))
        see(module(torch).flex_attention(q[:1].expand(2, -1, -1, -1), k, v))

    compared(program)()


@compared
def test_autocast(torch, see):
    def mod(score, b, h, q, kv):
        return score + b

    with torch.autocast("cpu", torch.bfloat16):
        see(module(torch).flex_attention(*qkv(torch), mod, return_aux=module(torch).AuxRequest(lse=True)))
        see(module(torch).flex_attention(*qkv(torch, dtype="float64"), mod))


def test_largest_scores():
    """PyTorch has them on GPUs: (B, H, L), of what the softmax takes."""
    q, k, v = qkv(ours)
    mask = fa.create_block_mask(never_first, 2, 2, 5, 6, device="cpu")
    _, aux = fa.flex_attention(q, k, v, relative(ours), mask, return_aux=fa.AuxRequest(max_scores=True))
    scores = q @ k.mT / 2 + (ours.arange(5)[:, None] - ours.arange(6))
    expected = scores.masked_fill(~fa.create_mask(never_first, 2, 2, 5, 6, "cpu"), -math.inf).amax(-1)
    assert aux.lse is None and np.allclose(aux.max_scores, expected, rtol=1e-5)
    assert (aux.max_scores[:, :, 0] == -math.inf).all()


# -- gradients ---------------------------------------------------------------------------------------
def root_of_distance(lib, weight):
    # infinite derivatives where the mask hides the value: at scores of 0
    return lambda score, b, h, q, kv: score + weight[h] * lib.sqrt((kv - q).clamp(min=0) * weight[0] ** 2)


def gathered(lib, weight):
    return lambda score, b, h, q, kv: score * weight[(q - kv).abs()] + weight[h] ** 2


def nothing(lib, weight):
    return None


@pytest.mark.parametrize("mod", [gathered, nothing, root_of_distance])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_gradients(mod, masked, dtype, monkeypatch):
    monkeypatch.setattr(theirs, "_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG", False)
    if mod is root_of_distance and (dtype != "float32" or not masked):
        pytest.skip("one case of it")

    def gradients(torch):
        flex = module(torch)
        q, k, v = qkv(torch, heads=4, shared=2, keys=5, dtype=dtype, requires_grad=True)
        weight = made(torch, "bias", 6, requires_grad=True)
        mask = flex.create_block_mask(never_first, 2, 4, 5, 5, device="cpu") if masked else None
        out, aux = flex.flex_attention(
            q, k, v, mod(torch, weight), mask, enable_gqa=True, return_aux=flex.AuxRequest(lse=True)
        )
        finite = aux.lse[:, :, 1:] if masked else aux.lse
        loss = (out * made(torch, "g", *out.shape)).sum() + (finite * made(torch, "g", *finite.shape)).sum()
        loss.backward()
        return [x.grad for x in (q, k, v, weight) if x.grad is not None]

    found, expected = gradients(ours), gradients(real)
    tolerance = 3e-2 if dtype == "bfloat16" else 2e-5
    assert len(found) == len(expected)
    for got, want in zip(found, expected, strict=True):
        assert str(got.dtype).endswith(str(want.dtype)) and got.shape == want.shape
        assert np.allclose(to_numpy(got), to_numpy(want), rtol=tolerance, atol=tolerance, equal_nan=True)


def test_gradients_of_gradients():
    q, k, v = (x.double().requires_grad_() for x in qkv(ours, batch=1, queries=3, keys=3, size=2))
    weight = made(ours, "bias", 3, dtype="float64", requires_grad=True)
    mask = fa.create_block_mask(causal, None, None, 3, 3, device="cpu")

    def run(q, k, v, weight):
        return fa.flex_attention(q, k, v, lambda s, b, h, i, j: s * weight[(i - j).abs()], mask)

    assert ours.autograd.gradcheck(run, (q, k, v, weight))
    assert ours.autograd.gradgradcheck(run, (q, k, v, weight))


def test_backward_wants_blocks_of_queries():
    def program(torch, see):
        flex = module(torch)
        blocks = torch.ones(1, 1, 1, dtype=torch.int32), torch.zeros(1, 1, 1, 1, dtype=torch.int32)
        mask = flex.BlockMask.from_kv_blocks(*blocks, seq_lengths=(5, 6), compute_q_blocks=False)
        see(lambda: flex.flex_attention(*qkv(torch, requires_grad=True), block_mask=mask))
        with torch.no_grad():
            see(flex.flex_attention(*qkv(torch, requires_grad=True), block_mask=mask))

    compared(program)()


# -- compiled ----------------------------------------------------------------------------------------
def test_compiled_step():
    """A compiled step gives what the same step gives uncompiled, with new values of what the function reads."""
    mask = fa.create_block_mask(causal, None, None, 5, 5, device="cpu")

    def train(compiled):
        q, k, v = qkv(ours, keys=5, requires_grad=True)
        weight = made(ours, "bias", 6, requires_grad=True)
        optimizer = ours.optim.SGD([q, k, v, weight], lr=0.1)

        def step(x):
            optimizer.zero_grad()
            mod = lambda score, b, h, i, j: score + weight[(i - j).abs()] * x  # noqa: E731
            loss = fa.flex_attention(q, k, v, mod, mask).square().sum()
            loss.backward()
            optimizer.step()
            return loss

        run = ours.compile(step, fullgraph=True) if compiled else step
        return [run(ours.tensor(float(i))).item() for i in range(4)], weight.detach()

    (losses, weight), (expected, other) = train(True), train(False)
    assert np.allclose(losses, expected, rtol=1e-5) and np.allclose(weight, other, rtol=1e-4, atol=1e-6)


def test_compiled_directly():
    flex = ours.compile(fa.flex_attention)
    q, k, v = qkv(ours, keys=5)
    for size in (3, 2):
        def near(b, h, q, kv, size=size):
            return (q - kv).abs() < size

        mask = fa.create_block_mask(near, None, None, 5, 5, device="cpu")
        for mod in (relative(ours), alibi(ours)):
            expected = fa.flex_attention(q, k, v, mod, mask)
            assert np.allclose(flex(q, k, v, mod, mask), expected, rtol=1e-5, atol=1e-6)
            assert np.allclose(flex(q, k, v, score_mod=mod, block_mask=mask), expected, rtol=1e-5, atol=1e-6)


def test_what_a_recording_relies_on():
    """Numbers as arguments, globals and attributes of modules that the functions read, a mask's own function."""
    q, k, v = qkv(ours, keys=5)

    def within(n):
        return lambda b, h, i, j: (i - j).abs() < n

    @ours.compile
    def masked(q, n):
        mask = fa.create_block_mask(within(n), None, None, 5, 5, device="cpu", BLOCK_SIZE=2)
        return fa.flex_attention(q, k, v, block_mask=mask), mask.kv_num_blocks + mask.full_kv_num_blocks

    for n in (1, 2, 3, 1):
        mask = fa.create_block_mask(within(n), None, None, 5, 5, device="cpu", BLOCK_SIZE=2)
        out, blocks = masked(q, n)
        assert np.allclose(out, fa.flex_attention(q, k, v, block_mask=mask), rtol=1e-5, atol=1e-6)
        assert (blocks == mask.kv_num_blocks + mask.full_kv_num_blocks).all()

    class Attention(ours.nn.Module):
        def __init__(self):
            super().__init__()
            self.bias, self.width = ours.nn.Parameter(made(ours, "bias", 2, 5, 5)), 2

        def forward(self, q, mask):
            def mod(score, b, h, i, j):
                return ours.where(i - j < self.width, score + self.bias[h, i, j], -math.inf)

            return fa.flex_attention(q, k, v, mod, mask)

    module, mask = Attention(), fa.create_block_mask(causal, None, None, 5, 5, device="cpu")
    compiled = ours.compile(module)
    for change in (lambda: None, lambda: None, lambda: setattr(module, "width", 4),
                   lambda: setattr(mask, "mask_mod", within(2)), lambda: module.bias.data.mul_(2)):  # fmt: skip
        change()
        found = []
        for run in (compiled, module):
            module.zero_grad()
            out = run(q, mask)
            out.sum().backward()
            found.append((out.detach(), module.bias.grad.clone()))
        for got, want in zip(*found, strict=True):
            assert np.allclose(got, want, rtol=1e-5, atol=1e-6)


# -- masks -------------------------------------------------------------------------------------------
def facts(mask):
    names = [
        "kv_num_blocks", "kv_indices", "full_kv_num_blocks", "full_kv_indices", "q_num_blocks", "q_indices",
        "full_q_num_blocks", "full_q_indices", "dq_write_order", "dq_write_order_full", "dq_kv_order",
        "dq_kv_order_spt", "seq_lengths", "BLOCK_SIZE", "shape",
    ]  # fmt: skip
    found = [getattr(mask, name) for name in names]
    return [*found, mask.numel(), mask.sparsity(), mask.to_dense(), str(mask), repr(mask)]


MASKS = {
    "causal": (causal, None, None, 8, 8, {}),
    "of heads": (never_first, 2, 3, 10, 7, {}),
    "rectangle": (causal, 2, 1, 9, 13, {"BLOCK_SIZE": (4, 2)}),
    "together": (causal, 1, 2, 9, 13, {"separate_full_blocks": False}),
    "orders": (never_first, 2, 2, 8, 9, {"compute_dq_write_order": True}),
    "ascending": (causal, 1, 1, 8, 8, {"compute_dq_write_order": True, "dq_kv_order": False}),
    "together, orders": (causal, 1, 1, 8, 8, {"compute_dq_write_order": True, "separate_full_blocks": False}),
    "large": (causal, 3, 2, 70, 50, {}),
}


@pytest.mark.parametrize("name", MASKS)
def test_block_masks(name):
    fn, *sizes, options = MASKS[name]

    def program(torch, see):
        mask = module(torch).create_block_mask(fn, *sizes, device="cpu", **{"BLOCK_SIZE": 2, **options})
        see(facts(mask))
        see(mask.to_string(3, limit=1))
        see(mask.to_string((2, 3)))
        see(mask.to_string(-1))
        see(facts(mask.to("cpu")))
        see([x if not callable(x) else x.__name__ for x in mask.as_tuple()])
        see(mask.as_tuple(False)[:-1])
        see(facts(mask._adjust(5, 6)))
        for index in (0, -1, (0, 0), (slice(None), -1), (slice(0, 1), 0, slice(1, 3)), 5,
                      (0, 0, torch.tensor([1, 0], dtype=torch.int32))):  # fmt: skip
            see(lambda index=index: facts(mask[index]))
        see(lambda: mask[0, 0, 0, 0])

    compared(program)()


@compared
def test_blocks_by_hand(torch, see):
    flex = module(torch)
    counts = torch.tensor([[[1, 2, 0]]], dtype=torch.int32)
    places = torch.tensor([[[[2, 0, 0], [0, 1, 7], [9, 9, 9]]]], dtype=torch.int32)
    mask = flex.BlockMask.from_kv_blocks(counts, places, BLOCK_SIZE=4)
    see(facts(mask))
    see(facts(flex.BlockMask.from_kv_blocks(counts, places, counts, places, seq_lengths=(11, 10))))
    see(facts(flex.BlockMask.from_kv_blocks(counts, places, compute_q_blocks=False)))
    see(facts(flex.BlockMask.from_kv_blocks(counts, places, dq_kv_order=True)))
    see(lambda: flex.BlockMask.from_kv_blocks(counts, places, counts))
    see(lambda: flex.BlockMask.from_kv_blocks(counts, places[0, 0, 0]))
    see(lambda: flex.BlockMask.from_kv_blocks(counts, places, dq_kv_order="x"))
    see(lambda: flex.BlockMask.from_kv_blocks(counts, places, dq_write_order_full=counts))
    see(lambda: flex.BlockMask.from_kv_blocks(counts, places, dq_kv_order=counts)[0])
    see(lambda: flex.BlockMask.from_kv_blocks(counts, places, dq_kv_order=counts)._adjust(2, 2))
    see(lambda: flex.BlockMask((1, 1), counts, places, None, None, counts, places, counts, None))
    see(flex.noop_mask(*torch.zeros(4, dtype=torch.int64)))


@compared
def test_masks_of_functions(torch, see):
    flex = module(torch)

    def even(b, h, q, kv):
        return (q + kv + h) % 2 == 0

    for fn in (flex.or_masks(causal, even), flex.and_masks(causal, even), flex.or_masks(), flex.and_masks(),
               flex.noop_mask, functools.partial(lambda n, b, h, q, kv: q > n, 2)):  # fmt: skip
        see.values(flex.create_mask(fn, 2, None, 3, 4, device="cpu"))  # PyTorch's have strides of 0
    see(flex.create_mask(own_mask(torch), None, 2, 3, 4, device="cpu"))
    see(flex.create_mask(relative(torch), None, 2, 3, 4, device="cpu"))
    see([flex.or_masks(causal).__name__, flex.and_masks(causal).__name__])
    see(lambda: flex.or_masks(causal, 3))
    see(lambda: flex.create_mask(lambda a: a, 1, 1, 2, 2, device="cpu"))
    see(lambda: flex.create_block_mask(lambda b, h, q, kv: q, 1, 1, 2, 2, device="cpu"))
    see(lambda: flex.create_block_mask(causal, 1, 1, 2, 2, device="cpu", dq_kv_order=3))
    see([flex.AuxRequest(), flex.AuxRequest(True), flex.AuxOutput()])


def test_a_mask_is_no_score():
    with pytest.raises(AssertionError, match="create-block_mask requires a mask_mod function! Got"):
        fa.create_block_mask(relative(ours), 1, 1, 2, 2, device="cpu")


def test_pickled():
    mask = fa.create_block_mask(causal, 1, 2, 8, 8, device="cpu", BLOCK_SIZE=4)
    again = pickle.loads(pickle.dumps(mask))
    assert type(again) is fa.BlockMask and repr(again) == repr(mask) and again.mask_mod is causal


# -- errors ------------------------------------------------------------------------------------------
@compared
def test_refused(torch, see):
    flex = module(torch)
    q, k, v = qkv(torch)
    run = flex.flex_attention
    see(lambda: run(q[0], k, v))
    see(lambda: run(q[0, 0, 0], k, v))
    see(lambda: run(q[..., :2], k, v))
    see(lambda: run(q, k[:, :1], v[:, :1]))
    see(lambda: run(q[:, :1], k, v, enable_gqa=True))
    see(lambda: run(q, k[:1], v[:1]))
    mask = flex.create_block_mask(causal, 1, 1, 5, 6, device="cpu")
    see(lambda: run(q, k[:1], v[:1], block_mask=mask))
    see(lambda: run(q[:, :, :3], k, v, block_mask=mask))
    see(lambda: run(q, k[:, :, :3], v[:, :, :3], block_mask=mask))
    small = flex.create_block_mask(causal, 1, 1, 4, 6, device="cpu")
    see(lambda: run(q, k, v, block_mask=small))
    see(lambda: run(q, k, v, block_mask=mask[0]))
    see(lambda: mask[0].mask_mod(*torch.zeros(4)))
    see(lambda: run(q, k, v, return_lse=True, return_aux=flex.AuxRequest()))
    see(lambda: run(q, k, v, kernel_options={"BACKEND": "FLASH", "FORCE_USE_FLEX_ATTENTION": True}))
    see(lambda: run(q, k, v, kernel_options={"BACKEND": "x"}))
    see(lambda: run(q, k, v, kernel_options={"OUTPUT_MAX": True}))
    options = {"BACKEND": "FLASH"}
    see(lambda: run(q, k, v, kernel_options=options, return_aux=flex.AuxRequest(max_scores=True)))
    see(run(q, k, v, kernel_options={"BLOCK_M": 16, "BACKEND": "TRITON"}))


def test_functions_that_cannot_be_mapped():
    q, k, v = qkv(ours)
    with pytest.raises(ValueError, match="must only return Tensors, got type <class 'float'>"):
        fa.flex_attention(q, k, v, lambda score, b, h, i, j: 1.0)
    with pytest.raises(RuntimeError, match="draws random numbers"):
        fa.flex_attention(q, k, v, lambda score, b, h, i, j: score + ours.rand(()))
    with pytest.raises(RuntimeError):
        fa.flex_attention(q, k, v, lambda score, b, h, i, j: score if i > j else -score)
