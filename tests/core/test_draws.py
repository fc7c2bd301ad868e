"""Every sampler against recorded vectors and against PyTorch in this process: bytes and state.

Equal means equal bytes of the result and equal 5056 bytes of the generator's state afterwards, or
the same exception with the same text.
"""

import json
import math
import pathlib
import warnings

import numpy as np
import pytest
import torch

from jaxtorch._core import box_muller, draws, dtypes, rejection
from jaxtorch._core.mt19937 import Engine

VECTORS = json.loads((pathlib.Path(__file__).parents[1] / "data/rng_vectors.json").read_text())
SEEDS = (0, 42, 1234)
FLOATS = ("float32", "float64", "float16", "bfloat16")
COMPLEX = ("complex64", "complex128")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8")
UNSIGNED = ("uint16", "uint32", "uint64")
INF, NAN = math.inf, math.nan


def joined(*arrays):
    return np.concatenate([np.ravel(a) for a in arrays])


def grouped(engine, dtype, picks, numel=16):
    return draws.normal(engine, numel, dtype)[picks]


def linear(engine, inputs, outputs):
    bound = math.sqrt(3.0) * (math.sqrt(2.0 / 6.0) / math.sqrt(inputs))
    weight = draws.uniform(engine, inputs * outputs, "float32", -bound, bound)
    bias_bound = 1 / math.sqrt(inputs)
    return weight, draws.uniform(engine, outputs, "float32", -bias_bound, bias_bound)


def shuffled_order(engine):
    draws.random(engine, 1, "int64")  # the loader's base seed
    return draws.randperm(Engine(int(draws.random(engine, 1, "int64")[0])), 10)


def cached_pair(e):
    first = draws.normal(e, 1, "float32")
    draws.uniform(e, 3, "float32")
    return joined(first, draws.normal(e, 32, "float32")[:2], draws.normal(e, 2, "float32"))


def default_generator(engine):
    return draws.uniform(Engine(), 4, "float32")


WEIGHTS = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
THIRD = np.full(12, 0.3)
F32 = np.float32
MIDDLE = [0, 1, 2, 8, 9, 10]

# One entry for each recorded vector, in their order.
MADE = [
    lambda e: draws.random(e, 2, "int64", -(2**63), None),
    lambda e: draws.uniform(e, 5, "float32"),
    lambda e: draws.uniform(e, 3, "float64"),
    lambda e: draws.uniform(e, 5, "float16"),
    lambda e: draws.uniform(e, 5, "bfloat16"),
    lambda e: draws.uniform(e, 5, "float32", -0.5, 2.5),
    lambda e: draws.normal(e, 5, "float32"),
    lambda e: draws.normal(e, 5, "float64"),
    lambda e: grouped(e, "float32", MIDDLE),
    lambda e: grouped(e, "float32", [*range(5), *range(15, 20)], 20),
    lambda e: grouped(e, "float64", MIDDLE),
    lambda e: grouped(e, "float16", slice(4)),
    lambda e: grouped(e, "bfloat16", slice(4)),
    cached_pair,
    lambda e: draws.normal(e, 16, "float32", 1.5, 2.0)[:4],
    lambda e: draws.normal(e, 20, "float32", contiguous=False).reshape(5, 4).T[0],
    lambda e: draws.random(e, 8, "int64", 0, 10),
    lambda e: draws.random(e, 3, "int64", 0, 2**28 - 1),
    lambda e: draws.random(e, 3, "int64", 0, 2**28),
    lambda e: draws.random(e, 3, "int64", -(2**40), 2**40),
    lambda e: draws.random(e, 2, "int64"),
    lambda e: draws.random(e, 3, "int32"),
    lambda e: draws.random(e, 5, "uint8"),
    lambda e: draws.random(e, 3, "float32"),
    lambda e: draws.randperm(e, 10),
    lambda e: draws.bernoulli(e, 12, "float32", 0.3),
    lambda e: draws.bernoulli_tensor(e, THIRD.astype(F32)),
    lambda e: draws.bernoulli_tensor(e, THIRD),
    lambda e: draws.dropout_noise(e, 10, "float32", 0.4),
    lambda e: draws.multinomial(e, WEIGHTS, 8, True),
    lambda e: draws.multinomial(e, WEIGHTS, 4),
    lambda e: draws.exponential(e, 4, "float32"),
    lambda e: draws.exponential(e, 2, "float64", 2.5),
    lambda e: draws.geometric(e, 6, "float32", 0.2),
    lambda e: draws.cauchy(e, 3, "float32"),
    lambda e: draws.log_normal(e, 3, "float32"),
    lambda e: rejection.poisson(e, F32([0.5, 3, 20, 100])),
    lambda e: rejection.standard_gamma(e, F32([0.5, 1, 5])),
    lambda e: rejection.dirichlet(e, F32([0.5, 1, 2])),
    lambda e: rejection.binomial(e, np.full(4, F32(20)), np.full(4, F32(0.3))),
    lambda e: joined(*(part[:4] for part in linear(e, 4, 3))),
    lambda e: (linear(e, 8, 16), linear(e, 16, 2)[0][:4])[1],
    shuffled_order,
    lambda e: draws.randperm(e, 8),
    default_generator,
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "make"), list(zip(VECTORS, MADE, strict=True)))
def test_recorded_vector(name, make, seed):
    want = VECTORS[name][str(seed)]
    engine = Engine(seed)
    got = make(engine)
    if got.dtype == dtypes.bfloat16.np:
        got = got.astype(F32)
    assert got.tobytes().hex() == want["hex"]
    assert engine.get_state()[8:12].view("<i4")[0] == want["left"]


def in_torch(dtype):
    return getattr(torch, dtype)


def as_numpy(tensor):
    flat = tensor.clone(memory_format=torch.contiguous_format).reshape(-1)
    raw = flat.view(torch.uint8).numpy() if flat.numel() else np.empty(0, np.uint8)
    return raw.view(dtypes.BY_NAME[str(tensor.dtype)[6:]].np).reshape(tensor.shape)


def outcome(draw, generator, state):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(from|to - 1) is out of bounds", UserWarning)
        try:
            result = draw(generator)
        except Exception as error:
            return type(error), str(error), state(generator)
    result = as_numpy(result) if isinstance(result, torch.Tensor) else result
    return result.dtype, result.tobytes(), state(generator)


def assert_same(ours, theirs, *label, seeds=SEEDS[:2]):
    for seed in seeds:
        got = outcome(ours, Engine(seed), lambda e: e.get_state().tobytes())
        generator = torch.Generator().manual_seed(seed)
        want = outcome(theirs, generator, lambda g: g.get_state().numpy().tobytes())
        assert got == want, (seed, *label)


def assert_fills(name, dtype, sizes, ours, theirs, *label):
    """Compare `ours(engine, n)` with `theirs(tensor, generator)` for tensors of several sizes."""
    for n in sizes:
        empty = torch.empty(n, dtype=in_torch(dtype))
        assert_same(
            lambda e, n=n: ours(e, n),
            lambda g, empty=empty: theirs(empty, g),
            name, dtype, n, *label,
        )  # fmt: skip


SIZES = (0, 1, 5, 15, 16, 17, 32, 40, 1001)


@pytest.mark.parametrize("dtype", (*FLOATS, *COMPLEX, "int64"))
def test_uniform(dtype):
    assert_fills(
        "rand", dtype, SIZES,
        lambda e, n: draws.uniform(e, n, dtype),
        lambda t, g: torch.rand(t.shape, dtype=t.dtype, generator=g),
    )  # fmt: skip
    for low, high in (
        (-0.0442, 0.0442), (2.5, 9.25), (0, 3), (-1e-30, 1e-30), (1000, 1000.001), (0.3, 0.7),
        (0, 0), (1, 0), (0.1, NAN), (-INF, 1), (-7e4, 7e4), (-3e38, 3e38),
    ):  # fmt: skip
        assert_fills(
            "uniform_", dtype, SIZES,
            lambda e, n, b=(low, high): draws.uniform(e, n, dtype, *b),
            lambda t, g, b=(low, high): t.uniform_(*b, generator=g),
            low, high,
        )  # fmt: skip


@pytest.mark.parametrize("dtype", (*FLOATS, *COMPLEX, "int64"))
def test_normal(dtype):
    assert_fills(
        "randn", dtype, SIZES,
        lambda e, n: draws.normal(e, n, dtype),
        lambda t, g: torch.randn(t.shape, dtype=t.dtype, generator=g),
    )  # fmt: skip
    for mean, std in (
        (0, 0.02), (1.5, 2.0), (3, 1), (-0.1, 0), (1e-25, 1e-20), (1e10, 3), (NAN, 1), (0, INF),
        (2.0, INF), (0, -1), (0, NAN),
    ):  # fmt: skip
        p = (mean, std)
        assert_fills(
            "normal_", dtype, SIZES,
            lambda e, n, p=p: draws.normal(e, n, dtype, *p),
            lambda t, g, p=p: t.normal_(*p, generator=g),
            *p,
        )  # fmt: skip
        assert_fills(
            "strided normal_", dtype, SIZES[2:],
            lambda e, n, p=p: draws.normal(e, n, dtype, *p, contiguous=False),
            lambda t, g, p=p: t.new_empty(2 * len(t))[::2].normal_(*p, generator=g),
            *p,
        )  # fmt: skip
        for ours, theirs in (
            (draws.log_normal, torch.Tensor.log_normal_),
            (draws.cauchy, torch.Tensor.cauchy_),
        ):
            assert_fills(
                theirs.__name__, dtype, SIZES,
                lambda e, n, p=p, f=ours: f(e, n, dtype, *p),
                lambda t, g, p=p, f=theirs: f(t, *p, generator=g),
                *p,
            )  # fmt: skip


@pytest.mark.parametrize("dtype", ("float32", "float64", "bfloat16"))
def test_large_fills(dtype):
    n = 3 * box_muller.PIECE + 7
    T = in_torch(dtype)
    for ours, theirs in (
        (lambda e: draws.uniform(e, n, dtype, -0.1, 0.2),
         lambda g: torch.empty(n, dtype=T).uniform_(-0.1, 0.2, generator=g)),
        (lambda e: draws.normal(e, n, dtype, 0.1, 0.2),
         lambda g: torch.empty(n, dtype=T).normal_(0.1, 0.2, generator=g)),
        (lambda e: draws.normal(e, n, dtype, contiguous=False),
         lambda g: torch.empty(2 * n, dtype=T)[::2].normal_(generator=g)),
        (lambda e: draws.exponential(e, n, dtype),
         lambda g: torch.empty(n, dtype=T).exponential_(generator=g)),
    ):  # fmt: skip
        assert_same(ours, theirs, dtype, seeds=(7,))


def test_a_cached_normal_outlives_other_draws():
    engine, generator = Engine(3), torch.Generator().manual_seed(3)
    for n in (1, 3, 20, 2, 16, 5, 1, 7, 1):
        got = joined(draws.normal(engine, n, "float32"), draws.uniform(engine, 2, "float64"))
        want = joined(
            torch.randn(n, generator=generator).numpy(),
            torch.rand(2, dtype=torch.float64, generator=generator).numpy(),
        )
        assert got.tobytes() == want.tobytes()
        got, want = draws.log_normal(engine, n, "float32"), torch.empty(n)
        assert got.tobytes() == want.log_normal_(generator=generator).numpy().tobytes()
        assert (engine.get_state() == generator.get_state().numpy()).all()


@pytest.mark.parametrize("dtype", (*FLOATS, "int32"))
def test_exponential(dtype):
    for rate in (1.0, 2.5, 0.001, 1e30, 1e-30, 0.0, -1.0, INF, NAN):
        assert_fills(
            "exponential_", dtype, SIZES,
            lambda e, n, rate=rate: draws.exponential(e, n, dtype, rate),
            lambda t, g, rate=rate: t.exponential_(rate, generator=g),
            rate,
        )  # fmt: skip


@pytest.mark.parametrize("dtype", (*FLOATS, *INTEGERS, *UNSIGNED, "bool", "complex64"))
def test_geometric_and_bernoulli(dtype):
    for p in (0.2, 0.9, 1 / 3, 1e-4, 1e-9, 0.0, 1.0, -1.0, NAN):
        assert_fills(
            "geometric_", dtype, (0, 1, 200),
            lambda e, n, p=p: draws.geometric(e, n, dtype, p),
            lambda t, g, p=p: t.geometric_(p, generator=g),
            p,
        )  # fmt: skip
        assert_fills(
            "bernoulli_", dtype, (0, 1, 200),
            lambda e, n, p=p: draws.bernoulli(e, n, dtype, p),
            lambda t, g, p=p: t.bernoulli_(p, generator=g),
            p,
        )  # fmt: skip


@pytest.mark.parametrize("given", (*FLOATS, "int64"))
def test_bernoulli_of_a_tensor(given):
    values = np.random.RandomState(0).rand(7, 9)
    for table in (values, [0.5, 0.25, 1.5, 0.1], [0.5, NAN], [0.0, 1.0, -0.1]):
        p = torch.tensor(table).to(in_torch(given))
        for dtype in (*FLOATS, "int8", "int64", "bool"):
            assert_same(
                lambda e, p=p, d=dtype: draws.bernoulli_tensor(e, as_numpy(p), d),
                lambda g, p=p, d=dtype: torch.empty(p.shape, dtype=in_torch(d)).bernoulli_(
                    p, generator=g
                ),
                given, dtype,
            )  # fmt: skip
        assert_same(
            lambda e, p=p: draws.bernoulli_tensor(e, as_numpy(p)),
            lambda g, p=p: torch.bernoulli(p, generator=g),
            given,
        )


@pytest.mark.parametrize("dtype", FLOATS)
def test_dropout_noise(dtype):
    def by_default_generator(generator, p, n):
        with torch.random.fork_rng():
            torch.set_rng_state(generator.get_state())
            noise = torch.nn.functional.dropout(torch.ones(n, dtype=in_torch(dtype)), p)
            generator.set_state(torch.get_rng_state())
        return noise

    for p in (0.5, 0.4, 0.1, 1 / 3, 0.7, 0.9):
        for n in (1, 40):
            assert_same(
                lambda e, p=p, n=n: draws.dropout_noise(e, n, dtype, p),
                lambda g, p=p, n=n: by_default_generator(g, p, n),
                p, n,
            )  # fmt: skip


LOWS = (-(2**63), -300, -5, 0, 1, 100, 255, 257, 2049, 70000)
HIGHS = (
    -(2**63), -4, 0, 1, 2, 10, 128, 129, 256, 257, 300, 2049, 2050, 5000, 65536, 70000, 2**24 + 1,
    2**24 + 3, 2**28 - 1, 2**28, 2**31, 2**33 + 3, 2**53 + 1, 2**60, 2**63 - 1, 2**63,
)  # fmt: skip


@pytest.mark.parametrize("dtype", (*FLOATS, *INTEGERS, *UNSIGNED, "bool", "complex64"))
def test_random_integers(dtype):
    assert_fills(
        "random_", dtype, (0, 1, 300),
        lambda e, n: draws.random(e, n, dtype),
        lambda t, g: t.random_(generator=g),
    )  # fmt: skip
    for low in LOWS:
        assert_fills(
            "random_(from, None)", dtype, (0, 60),
            lambda e, n, low=low: draws.random(e, n, dtype, low),
            lambda t, g, low=low: t.random_(low, None, generator=g),
            low,
        )  # fmt: skip
        for high in HIGHS:
            assert_same(
                lambda e, r=(low, high): draws.random(e, 60, dtype, *r),
                lambda g, r=(low, high): torch.empty(60, dtype=in_torch(dtype)).random_(
                    *r, generator=g
                ),
                dtype, low, high, seeds=(0,),
            )  # fmt: skip
    assert_same(
        lambda e: draws.random(e, 0, dtype, 3, 2),
        lambda g: torch.empty(0, dtype=in_torch(dtype)).random_(3, 2, generator=g),
    )


def test_random_warns_where_a_float_cannot_count():
    with pytest.warns(UserWarning) as ours:
        draws.random(Engine(0), 1, "bfloat16", -(2**30), 2**30)
    with pytest.warns(UserWarning) as theirs:
        torch.empty(1, dtype=torch.bfloat16).random_(-(2**30), 2**30)
    want = [str(w.message).partition(" (Triggered")[0] for w in theirs]
    assert [str(w.message) for w in ours] == want and len(want) == 2


@pytest.mark.parametrize("dtype", (*FLOATS, *INTEGERS, "bool", "uint16", "complex64"))
def test_randperm(dtype):
    for n in (-1, 0, 1, 2, 3, 10, 128, 129, 256, 257, 2049, 2050, 5000):
        assert_same(
            lambda e, n=n: draws.randperm(e, n, dtype),
            lambda g, n=n: torch.randperm(n, dtype=in_torch(dtype), generator=g),
            dtype, n,
        )  # fmt: skip


def test_randperm_of_many(monkeypatch):
    for n in (2**17 - 1, 2**17, 200001):
        assert_same(
            lambda e, n=n: draws.randperm(e, n),
            lambda g, n=n: torch.randperm(n, generator=g),
            n, seeds=(5,),
        )  # fmt: skip
    # Where PyTorch's numbers become 64 bits wide a tensor takes gigabytes: the rule, in small.
    monkeypatch.setattr(draws, "_PERMUTATION_LIMIT", 1000)
    order = []
    for i, word in enumerate(Engine(9).words64(1000).tolist()):
        order.append(i)
        j = word % (i + 1)
        order[i], order[j] = order[j], i
    assert draws.randperm(Engine(9), 1000).tolist() == order


def tables(*extra):
    rand = np.random.RandomState(1).rand
    return ([0.1, 0.2, 0.3, 0.4], [[0.1, 0.2, 0.3], [5, 0, 1]], rand(5, 30), rand(200), *extra)


@pytest.mark.parametrize("dtype", (*FLOATS, "int64"))
def test_multinomial(dtype):
    faulty = (
        [0.0, 0.0], [-1.0, 2.0], [NAN, 2.0], [INF, 2.0], [2.0, INF], [1.0, NAN], [INF, NAN], [],
        [[1.0, 2.0], [0.0, 0.0]], [[1.0, 2.0], [-1.0, 3.0]], [[]], 1.0, [[[1.0]]],
    )  # fmt: skip
    for table in tables(*faulty):
        weights = torch.tensor(np.array(table)).to(in_torch(dtype))
        for k in (0, 1, 2, 4):
            for replacement in (True, False):
                assert_same(
                    lambda e, w=weights, a=(k, replacement): draws.multinomial(e, as_numpy(w), *a),
                    lambda g, w=weights, a=(k, replacement): torch.multinomial(w, *a, generator=g),
                    dtype, table, k, replacement,
                )  # fmt: skip
    columns = torch.tensor(uniforms(8, 6)).to(in_torch(dtype)).t()
    if columns.is_floating_point():
        for k, replacement in ((1, False), (4, False), (5, True)):
            assert_same(
                lambda e, k=k, r=replacement: draws.multinomial(e, as_numpy(columns), k, r, True),
                lambda g, k=k, r=replacement: torch.multinomial(columns, k, r, generator=g),
            )


def test_multinomial_limits_its_categories():
    weights = np.broadcast_to(np.float32(1), (2**24 + 1,))
    assert_same(
        lambda e: draws.multinomial(e, weights, 1),
        lambda g: torch.multinomial(torch.ones(1).expand(2**24 + 1), 1, generator=g),
        seeds=(0,),
    )


def assert_samples(ours, theirs, dtype, *tables_of_arguments):
    for arguments in tables_of_arguments:
        tensors = [torch.tensor(np.array(a, np.float64)).to(in_torch(dtype)) for a in arguments]
        assert_same(
            lambda e, t=tensors: ours(e, *map(as_numpy, t)),
            lambda g, t=tensors: theirs(*t, generator=g),
            dtype, arguments,
        )  # fmt: skip


def uniforms(*shape):
    return np.random.RandomState(2).rand(*shape)


@pytest.mark.parametrize("dtype", (*FLOATS, "int64"))
def test_poisson(dtype):
    assert_samples(
        rejection.poisson, torch.poisson, dtype,
        ([0.5, 3, 20, 100],), (uniforms(200),), (uniforms(12, 12) * 50,), (uniforms(200) * 2000,),
        ([1e5, 1e7, 1e9, 1e12],), ([9.99, 10, 10.01] * 20,), ([0.0] * 5,), ([1.0, -1.0],),
        ([3.0, NAN],), ([1e30] * 3,), ([INF] * 3,), ([],),
    )  # fmt: skip


@pytest.mark.parametrize("dtype", (*FLOATS, "int64"))
def test_gamma_and_dirichlet(dtype):
    assert_samples(
        rejection.standard_gamma, torch._standard_gamma, dtype,
        ([0.5, 1, 5],), (uniforms(200),), (uniforms(12, 12) * 50,), ([1e-3] * 30,),
        ([1e-30, 1e-8, 1e-5] * 9,), ([0.0, 1.0],), ([1e6] * 9,), ([1e20],), ([],),
    )  # fmt: skip
    assert_samples(
        rejection.dirichlet, torch._sample_dirichlet, dtype,
        ([0.5, 1, 2],), (uniforms(50, 5),), (uniforms(4, 3, 7) * 5,), ([1e-3] * 3,),
        ([[1e-6, 1e-6]] * 9,), *((uniforms(2, m),) for m in (1, 2, 3, 4, 16, 17, 63, 300)),
    )  # fmt: skip


@pytest.mark.parametrize("dtype", (*FLOATS, "int64"))
def test_binomial(dtype):
    assert_samples(
        rejection.binomial, torch.binomial, dtype,
        ([20.0] * 50, [0.3] * 50), ((uniforms(200) * 30).round(), uniforms(200)),
        ((uniforms(200) * 3000).round(), uniforms(200)), ([3e7] * 20, [0.8] * 20),
        ([1e9] * 9, [0.1] * 9), ([5.0, 5.0, -1.0], [NAN, 2.0, 0.5]), ([0.0, 7.0], [0.5, 0.0]),
        ([10.5] * 30, [0.4] * 30), ([1e5] * 30, [1e-3] * 30),
    )  # fmt: skip


def test_dirichlet_adds_in_the_order_of_torch():
    for n in (1, 5, 31, 64, 255, 257, 1000, 4097, 8192, 30000):
        values = uniforms(2, n) * 10.0 ** (16 * uniforms(2, n) - 8)
        assert (rejection._sum_last(values) == torch.from_numpy(values).sum(-1).numpy()).all(), n
