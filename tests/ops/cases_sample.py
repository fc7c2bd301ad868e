"""Random numbers under a seed: shapes, dtypes, exact values; the generator has its own tests."""

from __future__ import annotations

from tests.ops.recipes import Case, S, T, bad, op, source

#: Drawn twice after ``manual_seed(0)``: the second draw shows how much state the first used.
DRAWS = (
    "torch.rand(2, 3)", "torch.rand(3, dtype=torch.float64)", "torch.rand_like(x)",
    "torch.randn(2, 3)", "torch.randn(20)", "torch.randn(3, dtype=torch.complex64)",
    "torch.randn_like(x)", "torch.randint(10, (2, 3))", "torch.randint(-5, 5, (4,))",
    "torch.randint_like(x, 3)", "torch.randperm(6)",
    "torch.bernoulli(p)", "torch.normal(x, 2.0)", "torch.normal(0.0, 1.0, (2, 2))",
    "torch.normal(x, p)", "torch.multinomial(p, 2)",
    "torch.multinomial(p, 4, replacement=True)", "torch.poisson(p)", "x.clone().uniform_(-1, 2)",
    "x.clone().normal_(1, 3)", "x.clone().bernoulli_(0.3)",
    "x.clone().exponential_()", "x.clone().geometric_(0.4)", "x.clone().random_(7)",
    "x.clone().log_normal_()", "x.clone().cauchy_()",
    "torch.nn.functional.dropout(x, 0.5)", "torch.dropout(x, 0.3, True)",
    "torch.nn.functional.dropout1d(c, 0.5)", "torch.nn.functional.alpha_dropout(x, 0.5, True)",
    "torch.alpha_dropout(x, 0.5, True)", "torch.feature_dropout(c, 0.5, True)",
    "torch.feature_alpha_dropout(c, 0.5, True)", "torch.native_dropout(x, 0.5, True)",
    "torch.dropout_(x, 0.5, True)", "torch.alpha_dropout_(x, 0.5, True)",
    "torch.feature_dropout_(c, 0.5, True)", "torch.feature_alpha_dropout_(c, 0.5, True)",
    "torch.binomial(p.round() * 4, p)", "torch._standard_gamma(p)", "torch._sample_dirichlet(p)",
    "torch.nn.functional.rrelu(x, training=True)", "torch.nn.functional.gumbel_softmax(x)",
    "torch.rand(2, generator=torch.Generator().manual_seed(3))",
    *(f"torch.{name}, generator=torch.Generator().manual_seed(3))"
      for name in ("rand_like(x", "randn_like(x", "randint_like(x, 5", "randint_like(x, 2, 5")),
    "torch.empty(2, 3).t().uniform_()",
)  # fmt: skip


def _draw(text: str) -> Case:
    twice = f"(torch.manual_seed(0).initial_seed(), {text}, {text})"
    names = {"x": T(2, 3), "p": T(2, 3, lo=0.1, hi=0.9), "c": T(2, 3, 2)}
    return source(twice, names, checks=("forward",))


NAMES = (
    "rand", "rand_like", "randn", "randn_like", "randint", "randint_like", "randperm", "bernoulli",
    "normal", "multinomial", "poisson",
    "uniform_", "normal_", "bernoulli_", "exponential_", "geometric_", "random_", "log_normal_",
    "cauchy_", "dropout", "dropout1d",
    "alpha_dropout", "dropout_", "alpha_dropout_", "feature_dropout", "feature_dropout_",
    "feature_alpha_dropout", "feature_alpha_dropout_", "native_dropout", "binomial",
    "_standard_gamma", "_sample_dirichlet", "rrelu", "gumbel_softmax", "manual_seed", "uniform",
    "exponential",
    "geometric", "random", "log_normal", "cauchy",
)  # fmt: skip

CASES = [
    *[_draw(text) for text in DRAWS],
    source("torch.manual_seed(7).initial_seed()", covers=NAMES),
    op("_standard_gamma_grad", S(T(4, lo=0.5, grad=False), T(4, lo=0.1, grad=False)), checks=("forward",)),
    op("_dirichlet_grad", S(*[T(2, 3, lo=0.1, hi=0.9, grad=False)] * 3), checks=("forward",), dtype="float64"),
]

REFUSALS = [
    bad("torch.rand(-1)"),
    bad("torch.rand(2, dtype=torch.int64)"),
    bad("torch.randn(2, dtype=torch.int64)"),
    bad("torch.randint(0, (2,))"),
    bad("torch.randint(5, 2, (2,))"),
    bad("torch.randint(5)"),
    bad("torch.randperm(-1)"),
    bad("torch.bernoulli(x)", x=T(2, lo=2, hi=3)),
    bad("torch.bernoulli(x)", x=T(2, dtype="int64")),
    bad("torch.normal(x, -1.0)", x=T(2)),
    bad("torch.normal(0.0, 1.0)"),
    bad("torch.multinomial(x, 5)", x=T(3, lo=0.1)),
    bad("torch.multinomial(x, 1)", x=T(3, lo=-2, hi=-1)),
    bad("torch.multinomial(x, 0)", x=T(3, lo=0.1)),
    bad("x.uniform_(2, 1)", x=T(2)),
    bad("x.uniform_()", x=T(2, dtype="int64")),
    bad("x.normal_(0, -1)", x=T(2)),
    bad("x.exponential_(-1)", x=T(2)),
    bad("x.geometric_(0)", x=T(2)),
    bad("x.expand(3, 2).uniform_()", x=T(2)),
    bad("x.requires_grad_().uniform_()", x=T(2)),
    bad("torch.manual_seed('a')"),
    bad("torch.manual_seed(2**65)"),
]
