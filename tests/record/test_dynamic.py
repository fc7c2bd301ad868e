"""Sizes that vary: few programs for many of them, and the results that PyTorch gives.

PyTorch, not the uncompiled function: that would compile every op for every size.
"""

from __future__ import annotations

import math
import os
from functools import partial

import jax
import numpy as np
import pytest
import torch as pytorch
from hypothesis import given, settings
from hypothesis import strategies as st

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import nn
from jaxtorch._record.dynamic.programs import _on_device, _resized
from jaxtorch._record.dynamic.sizes import Linear, at
from jaxtorch.compiler import assert_programs, assert_recordings, explain

from ..counting import compilations
from .test_random_programs import difference

#: Programs of the random test.
EXAMPLES = int(os.environ.get("JAXTORCH_FUZZ_STEPS", "8"))


def normal(seed: int, *shape, dtype=torch.float32):
    return torch.tensor(np.random.default_rng(seed).standard_normal(shape), dtype=dtype)


def classes(seed: int, *shape, of: int = 3):
    return torch.tensor(np.random.default_rng(seed).integers(0, of, shape))


def run(make, calls, dynamic, before=None, lib=torch):
    """(the compiled function, what it returned, the state it left)."""
    lib.manual_seed(0)
    f, state = make(lib)
    step = torch.compile(f, fullgraph=True, dynamic=dynamic) if lib is torch else f
    outs = []
    for args in calls:
        args = [lib.tensor(a.detach().numpy(), requires_grad=a.requires_grad) for a in args]
        if before is not None:
            before(*args)
        made = step(*args)
        outs.append((made, [a.grad for a in args]))
    return step, outs, {k: v.detach().clone() for k, v in (state.state_dict() if state else {}).items()}


def as_ours(made):
    """What PyTorch made, as jaxtorch makes it."""
    if isinstance(made, pytorch.Tensor):
        ours = torch.from_numpy(made.detach().numpy()).as_strided(made.shape, made.stride())
        return ours.requires_grad_(made.requires_grad)
    if isinstance(made, dict):
        return {k: as_ours(v) for k, v in made.items()}
    if isinstance(made, (list, tuple)):
        plain = type(made) in (list, tuple)  # or what an op returns, named by it
        kind = type(made) if plain else type(getattr(torch.ones(1), type(made).__name__)(0))
        return kind([as_ours(v) for v in made])
    return made


def compare(make, calls, programs: int | None, dynamic=True, before=None):
    """The compiled function gives what PyTorch gives, by so many programs. Returns it."""
    _, *expected = run(make, calls, None, lib=pytorch)
    step, *found = run(make, calls, dynamic, before)
    wrong = difference(found, as_ours(expected))
    assert wrong is None, wrong
    if programs is not None:
        assert_programs(step, programs)
    return step


def training(model, loss="cross_entropy", optimizer="SGD", **options):
    """A training step of what ``model(torch)`` makes; the loss is a function of `nn.functional` or a program."""

    def make(torch):
        m = model(torch)
        opt = getattr(torch.optim, optimizer)(m.parameters(), **{"lr": 1e-2, **options})
        by = getattr(torch.nn.functional, loss) if isinstance(loss, str) else partial(loss, torch)

        def step(x, y):
            opt.zero_grad()
            value = by(m(x), y)
            value.backward()
            opt.step()
            return value

        return step, m

    return make


SIZES = [8, 5, 7, 3, 12, 15, 16, 2, 9, 6, 11, 4, 10, 13, 14, 1, 30, 17, 23, 32]  # buckets 2, 4, 8, 16, 32


def test_an_mlp_over_twenty_batch_sizes():
    """Counted by XLA's own compilations too: a size whose bucket there is compiles no program."""

    def model(torch):
        nn = torch.nn
        return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))

    torch.compiler.reset()  # what other tests have compiled counts for nothing
    make = training(model, optimizer="AdamW")
    calls = [(normal(n, n, 4), classes(n, n)) for n in SIZES]
    step = compare(make, calls, None)
    assert_recordings(step, 20)
    assert len(step.programs()) <= 7, explain(step)  # that of the first size, of five buckets, perhaps of 1
    with torch.engine.eager():  # of which no program is counted
        step, *_ = run(make, calls[:2], True)
        others = [(x.clone(), y.clone()) for x, y in calls[2:4]]
        before = compilations()
        step(*others[0])
        assert compilations() == before
        step(*others[0])  # a size that was recorded is not recorded again
        assert_recordings(step, 3)
        step(*others[1])
        assert compilations() == before + 1  # a new bucket


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_that_ignores(reduction):
    def loss(torch, x, y):
        return torch.nn.functional.cross_entropy(x, y, ignore_index=1, reduction=reduction).sum()

    calls = [(normal(n, n, 4), classes(n, n)) for n in (8, 5, 7, 12, 6)]
    compare(training(lambda torch: torch.nn.Linear(4, 3), loss), calls, 3)


def test_batch_normalisation():
    def model(torch):
        nn = torch.nn
        inner = nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3)
        return nn.Sequential(nn.Linear(4, 8, bias=False), *inner, nn.Linear(8, 3))

    calls = [(normal(n, n, 4), classes(n, n)) for n in (8, 5, 7, 12, 6, 2)]
    compare(training(model), calls, 4)


def test_convolutions():
    def model(torch):
        nn = torch.nn
        return nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 2, groups=2),
            nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4, 3),
        )  # fmt: skip

    calls = [(normal(n, n, 2, 6, 6), classes(n, n)) for n in (8, 5, 7, 6)]
    compare(training(model), calls, 2)


def recurrent(torch, kind):
    nn = torch.nn

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            cell = getattr(nn, kind)(6, 8, batch_first=True)
            self.embedding, self.cell, self.out = nn.Embedding(10, 6), cell, nn.Linear(8, 10)

        def forward(self, x):
            return self.out(self.cell(self.embedding(x))[0])

    return Recurrent()


def by_token(torch, x, y):
    return torch.nn.functional.cross_entropy(x.reshape(-1, 10), y.reshape(-1))


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_recurrent_networks_over_sequence_lengths(kind):
    shapes = [(2, 9), (2, 5), (2, 7), (2, 6), (2, 8), (2, 12), (2, 10)]
    calls = [(classes(k, *s, of=10), classes(k + 1, *s, of=10)) for k, s in enumerate(shapes)]
    compare(training(partial(recurrent, kind=kind), by_token), calls, 3)


def attention(torch):
    nn = torch.nn

    class Attention(nn.Module):
        """A causal layer with learned positions."""

        def __init__(self):
            super().__init__()
            self.embedding, self.position = nn.Embedding(10, 8), nn.Embedding(32, 8)
            self.qkv, self.out, self.norm = nn.Linear(8, 24), nn.Linear(8, 10), nn.LayerNorm(8)

        def forward(self, x):
            b, n = x.shape
            h = self.embedding(x) + self.position(torch.arange(n))
            q, k, v = self.qkv(self.norm(h)).view(b, n, 3, 2, 4).permute(2, 0, 3, 1, 4)
            scores = q @ k.transpose(-2, -1) / 2
            scores = scores.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), float("-inf"))
            h = h + (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, n, 8)
            return self.out(h)

    return Attention()


def test_attention_over_batches_and_sequence_lengths():
    shapes = [(2, 9), (3, 5), (3, 7), (4, 6), (3, 8), (3, 12), (4, 15), (3, 11)]
    calls = [(classes(k, *s, of=10), classes(k + 1, *s, of=10)) for k, s in enumerate(shapes)]
    compare(training(attention, by_token), calls, 3)


def test_tokens_that_are_shifted():
    """The next token is the target: lengths n and n - 1."""

    def loss(torch, scores, x):
        return torch.nn.functional.cross_entropy(scores[:, :-1].reshape(-1, 10), x[:, 1:].reshape(-1))

    calls = [(x, x) for x in [classes(n, 2, n, of=10) for n in (9, 5, 7, 8, 6)]]
    compare(training(attention, loss), calls, 2)


def test_double_precision():
    calls = [(normal(n, n, 4, dtype=torch.float64), normal(n + 1, n, 3, dtype=torch.float64)) for n in (8, 5, 7, 6)]
    step = compare(training(lambda torch: torch.nn.Linear(4, 3).double(), "mse_loss", "Adam"), calls, 2)
    for args in calls:
        assert step(*args).dtype == torch.float64


def test_results_gradients_and_their_sizes():
    """Results that vary are cut; `.grad` of an argument too."""

    def make(torch):
        def f(x, y):
            z = (x * y[:, None]).cumsum(0)
            z.sin().sum().backward()
            return z, z.flip(0), y.sort(), {"max": z.argmax(0), "t": z.t(), "n": x.shape[0]}

        return f, None

    calls = [(normal(n, n, 4).requires_grad_(), normal(n + 1, n)) for n in (8, 5, 7, 6, 3)]
    compare(make, calls, 3)


def test_backward_outside():
    """A compiled forward: two programs a bucket."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    fast = torch.compile(model, dynamic=True)
    for n in (8, 5, 7, 6, 12):
        x = normal(n, n, 4)
        results = []
        for m in (fast, model):
            given = x.clone().requires_grad_()
            model.zero_grad()
            F.cross_entropy(m(given), classes(n, n)).backward()
            results.append([given.grad, *[p.grad for p in model.parameters()]])
        assert difference(*results) is None, difference(*results)
    assert_recordings(fast, 5)
    assert_programs(fast, 6)


def test_mark_dynamic():
    """Only the dimensions that are marked; how far they are padded can be told."""

    def make(torch):
        return (lambda x, w: (x @ w).relu().mean()), None

    calls = [(normal(n, n, 4), normal(1, 4, 3)) for n in (8, 5, 7, 6)]
    compare(make, calls, 4, dynamic=None)
    compare(make, calls, 4, dynamic=False, before=lambda x, w: torch._dynamo.mark_dynamic(x, 0))
    compare(make, calls, 4, before=lambda x, w: torch._dynamo.mark_static(x, 0))
    compare(make, calls, 2, dynamic=None, before=lambda x, w: torch._dynamo.mark_dynamic(x, 0))
    compare(make, calls, 2, dynamic=None, before=lambda x, w: torch._dynamo.maybe_mark_dynamic(x, -2))
    calls += [(normal(3, 3, 2), normal(1, 2, 3))]  # of the other dimension nothing was said
    compare(make, calls, 3, dynamic=None, before=lambda x, w: torch._dynamo.mark_dynamic(x, 0))
    calls = [(normal(n, n, 4), normal(1, 4, 3)) for n in (20, 3, 7, 12, 18)]
    step = compare(make, calls, 2, dynamic=None, before=lambda x, w: torch._dynamo.mark_dynamic(x, 0, min=20, max=20))
    assert "sizes up to 20" in explain(step)


def test_sizes_that_are_equal_by_chance():
    """A batch as wide as the features, or as long as another dimension that varies."""

    def make(torch):
        w = torch.tensor(normal(0, 8, 8).numpy())
        return (lambda x, y: ((x @ w).softmax(1).sum(0), y.sum(0) * x.shape[0], x.t() @ x)), None

    calls = [(normal(n, n, 8), normal(m, m, 3)) for n, m in [(8, 8), (5, 5), (7, 3), (3, 8), (8, 3), (6, 2), (2, 6)]]
    compare(make, calls, None)
    square = [(normal(n, n, 8), normal(n, n, 3)) for n in (8, 5, 8, 7)]
    compare(make, square, 2)


def test_memory_shared_with_numpy():
    f = torch.compile(lambda x: (x * 2).sum(1), dynamic=True)
    for n in (8, 5, 7, 6):
        a = np.arange(3 * n, dtype=np.float32).reshape(3, n)
        assert f(torch.from_numpy(a)).tolist() == (a * 2).sum(1).tolist()
    assert_programs(f, 2)


def test_views_as_arguments():
    data = normal(0, 40, 4)

    def f(x):
        return x.exp().mean(0)

    step = torch.compile(f, dynamic=True)
    for first, n in ((0, 8), (3, 5), (20, 7), (30, 10), (12, 6)):
        part = data[first : first + n]
        assert difference(step(part), f(part)) is None
    assert len(step.programs()) <= 3, explain(step)


def test_what_is_written_to_an_argument():
    def make(torch):
        def f(x, y):
            x.mul_(2).add_(y.sum(0))
            return (x,)

        return f, None

    compare(make, [(normal(n, n, 4), normal(n + 1, n, 4)) for n in (8, 5, 7, 6)], 2)


def test_padding_is_never_seen():
    """What zeros become, NaN and infinity, stays outside of what counts."""

    def make(torch):
        def f(x):
            z = x.abs().log() / x
            return z.sum(0), z.t() @ z, z.amax(), z.softmax(0), z.std(0), (1 / x).mean(), z.prod(0), (z > 9).any()

        return f, None

    compare(make, [(normal(n, n, 3) + 4,) for n in (8, 5, 7, 6, 3)], 3)


def test_an_index_out_of_range_is_an_error():
    step = torch.compile(lambda x, i: x[i].sum(), dynamic=True)
    for n in (8, 5, 7):
        step(normal(n, n, 2), classes(n, n))
    with pytest.raises(IndexError):  # 6 is within the padding
        step(normal(6, 6, 2), torch.tensor([0, 6, 1, 1, 1, 1]))


def test_sizes_zero_and_one():
    def make(torch):
        return (lambda x: (x.sum(0), x * 2, (x - x.sum(1, keepdim=True)).exp())), None

    compare(make, [(normal(n, n, 3),) for n in (8, 5, 0, 1, 7, 1, 0)], None)
    compare(make, [(normal(n, n, 3),) for n in (0, 1, 8, 1, 0, 5)], None)


def test_python_that_decides_by_a_size():
    def make(torch):
        return (lambda x: x.sum(0) if x.shape[0] > 6 else x.mean(0) * x.shape[0] ** 2), None

    # of each of two graphs the first size, and two buckets
    compare(make, [(normal(n, n, 3),) for n in (8, 5, 7, 6, 3, 9)], 6)


def test_what_has_no_rule_is_compiled_for_each_size():
    def make(torch):
        return (lambda x: (x.topk(2, 0)[0], torch.linalg.cholesky(x @ x.t() + torch.eye(x.shape[0])))), None

    step = compare(make, [(normal(n, n, 3),) for n in (8, 5, 7)], 3)
    assert "no program for several sizes" in explain(step)


def test_dimensions_that_are_merged_the_other_way():
    """Rows of a flattened batch that are no longer rows: each size has its program."""

    def make(torch):
        return (lambda x: x.reshape(6, -1).cumsum(0) if x.shape[0] % 2 == 0 else x.sum(0)), None

    compare(make, [(normal(n, n, 3),) for n in (8, 4, 6)], 3)


def test_sizes_as_numbers():
    """What Python makes of a size is taken from the recording of that size."""

    def make(torch):
        def f(x, w):
            n = x.shape[0]
            F = torch.nn.functional
            wide = F.pad(x.t(), (n, 1)), F.pad(w, (n, 0)), F.conv1d(w[None], torch.ones(1, 3, 2), padding=n)
            return x ** (n % 3 + 1), x.roll(n // 2, 0), w * n, w.sum() / n**2, torch.full((n, n), n), *wide

        return f, None

    compare(make, [(normal(n, n, 3), normal(0, 3, 5)) for n in (8, 5, 7, 6)], None)


def test_a_window_padded_by_the_size():
    def make(torch):
        return (lambda x, w: (torch.nn.functional.conv1d(w, torch.ones(1, 3, 2), padding=x.shape[0]), x.sum())), None

    compare(make, [(normal(n, n), normal(0, 1, 3, 5)) for n in (8, 5, 7)], 3)


def test_random_draws_are_those_of_the_size():
    def make(torch):
        return (lambda x: torch.nn.functional.dropout(x, 0.5) + torch.rand(x.shape[0], 1) + torch.randn_like(x)), None

    compare(make, [(normal(n, n, 3),) for n in (8, 5, 7, 6)], 2)


@pytest.mark.parametrize("axes", [(None, (Linear(((0, 2),)),)), ((Linear(((0, 1),)),), (3, Linear(((1, 1),), 1)))])
def test_padding_on_a_device_is_that_on_the_host(axes):
    """Where memory is not the host's, padding and cutting are small programs."""
    small, large = (3, 2), (4, 5)
    shape = [5 if a is None else math.prod([at(x, small) for x in a]) for a in axes]
    with jax.enable_x64(True):
        given = jax.numpy.asarray(np.random.default_rng(0).standard_normal(shape))
        padded = _resized(given, axes, small, large)
        split = [a or (5,) for a in axes]
        old, new = (tuple([at(x, sizes) for a in split for x in a]) for sizes in (small, large))
        assert (_on_device(given, old, new, padded.shape) == padded).all()
        assert (_resized(padded, axes, large, small) == given).all()
        assert (_on_device(padded, new, old, given.shape) == given).all()


# -- any program ------------------------------------------------------------------------------------
PARTS = {
    "relu": lambda torch, x, y: x.relu(),
    "reciprocal": lambda torch, x, y: 1 / (x * x + 0.5),
    "center": lambda torch, x, y: x - x.mean(0),
    "softmax": lambda torch, x, y: x.softmax(0),
    "rows": lambda torch, x, y: x * y[:, None],
    "shift": lambda torch, x, y: torch.cat([x[1:], x[:1]]),
    "twice": lambda torch, x, y: torch.cat([x, x * 2])[: x.shape[0]],
    "flip": lambda torch, x, y: x.flip(0) * 0.5,
    "cumsum": lambda torch, x, y: x.cumsum(0) * 0.1,
    "product": lambda torch, x, y: x @ (x.t() @ x) * 0.01,
    "outer": lambda torch, x, y: (x @ x.t()).tanh() @ x * 0.1,
    "sort": lambda torch, x, y: x.sort(0)[0],
    "order": lambda torch, x, y: x[y.argsort()],
    "merge": lambda torch, x, y: x.reshape(-1).sin().view(x.shape),
    "transpose": lambda torch, x, y: x.t().contiguous().view(-1).cos().view(x.shape[1], x.shape[0]).t(),
    "pad": lambda torch, x, y: torch.nn.functional.pad(x, (0, 0, 1, 2))[2:-1],
    "roll": lambda torch, x, y: x.roll(2, 0),
    "where": lambda torch, x, y: torch.where(y[:, None] > 0, x, -x),
    "position": lambda torch, x, y: x + torch.arange(x.shape[0])[:, None] / x.shape[0],
    "last": lambda torch, x, y: x + x[-1],
    "largest": lambda torch, x, y: x - x.amax(0, keepdim=True),
    "gather": lambda torch, x, y: x.gather(0, x.argmax(0, keepdim=True).expand_as(x)),
    "scatter": lambda torch, x, y: torch.zeros_like(x).index_add(0, (y > 0).long(), x),
    "triangle": lambda torch, x, y: (x @ x.t()).tril().sum(1, keepdim=True) * 0.01 + x,
    "chunks": lambda torch, x, y: torch.stack(x.unbind(1)[::-1], 1),
    "normed": lambda torch, x, y: x / (x.norm(dim=0) + 1),
    "write": lambda torch, x, y: x.clone().index_fill_(0, torch.tensor([0]), 2.0),
    "slice": lambda torch, x, y: torch.cat([x[:1] * 2, x[1:]]),
    "set": lambda torch, x, y: _with_last(x),
    "var": lambda torch, x, y: x / (x.var(0) + 1),
}  # fmt: skip


def _with_last(x):
    z = x.clone()
    z[-1] = 0.5
    z[: x.shape[0] // 2] *= 2
    return z


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(sorted(PARTS)), min_size=1, max_size=4), st.permutations([8, 5, 7, 12]))
def test_random_programs_over_sizes(names, sizes):
    numbers = normal(0, 3, 3).numpy()

    def make(torch):
        w = torch.tensor(numbers, requires_grad=True)

        def f(x, y):
            w.grad = None
            z = x @ w
            for name in names:
                z = PARTS[name](torch, z, y)
            (z.square().mean() + z[0].sum()).backward()
            return z.detach(), w.grad, x.grad

        return f, None

    calls = [(normal(n, n, 3).requires_grad_(), normal(n + 1, n)) for n in sizes]
    compare(make, calls, None)


#: Half of a size is no multiple of it: sizes two apart share a program, others have their own.
APART = ("set",)


@pytest.mark.parametrize("name", sorted(PARTS))
def test_parts(name):
    def make(torch):
        def f(x, y):
            z = PARTS[name](torch, x, y)
            (z.square().mean() + z[0].sum()).backward()
            return (z.detach(),)

        return f, None

    calls = [(normal(n, n, 3).requires_grad_(), normal(n + 1, n)) for n in (8, 5, 7, 6)]
    compare(make, calls, 4 if name in APART else 2)
