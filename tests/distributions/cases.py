"""Every distribution, once: how to make it in either library, and a value to score.

A maker takes the library and ``t``, which makes tensors of the dtype under test. Shapes are shared as far
as possible, as every new one compiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch as real

import jaxtorch

LIBRARIES = {"torch": real, "jaxtorch": jaxtorch}

A, B, P, L = [0.5, 1.5, 3.0], [2.0, 0.7, 1.2], [0.2, 0.5, 0.9], [-1.0, 0.3, 2.0]
ROWS = [[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]
LOGIT_ROWS = [[0.3, -1.0, 2.0], [0.0, 0.5, -0.5]]
TRIL = [[1.2, 0.0], [0.4, 0.8]]
COV = [[1.44, 0.48], [0.48, 0.8]]
PAIRS = [[0.3, -0.7], [1.0, 0.2], [-2.0, 0.5]]


@dataclass
class Case:
    """A distribution: ``make(lib.distributions, t)``, and a value to score."""

    name: str
    make: Any
    value: Any

    def build(self, lib: Any, dtype: str = "float64", requires_grad: bool = False):
        """(distribution, the tensors it was made of)."""
        made = []

        def t(values, grad=True):
            x = lib.tensor(values, dtype=getattr(lib, dtype))
            if requires_grad and grad:
                x.requires_grad_()
            made.append(x)
            return x

        return self.make(lib.distributions, t), made

    def score(self, lib: Any, dtype: str = "float64"):
        return lib.tensor(self.value, dtype=getattr(lib, dtype))


def _c(name, make, value):
    return Case(name, make, value)


UNIT = [0.2, 0.5, 0.7]
POSITIVE = [0.3, 1.0, 2.5]
COUNTS = [0.0, 1.0, 2.0]
SIMPLEX = [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]
ONE_HOT = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
SPD = [[2.0, 0.3], [0.3, 1.0]]

CASES = [
    _c("Bernoulli", lambda D, t: D.Bernoulli(t(P)), [0.0, 1.0, 1.0]),
    _c("Bernoulli-logits", lambda D, t: D.Bernoulli(logits=t(L)), [0.0, 1.0, 1.0]),
    _c("Beta", lambda D, t: D.Beta(t(A), t(B)), UNIT),
    _c("Binomial", lambda D, t: D.Binomial(5, t(P)), COUNTS),
    _c("Binomial-logits", lambda D, t: D.Binomial(t([5.0, 3.0, 20.0], False), logits=t(L)), COUNTS),
    _c("Categorical", lambda D, t: D.Categorical(t(ROWS)), [0.0, 2.0]),
    _c("Categorical-logits", lambda D, t: D.Categorical(logits=t(LOGIT_ROWS)), [0.0, 2.0]),
    _c("Categorical-one", lambda D, t: D.Categorical(t([0.2, 0.3, 0.5])), [0.0, 2.0]),
    _c("Cauchy", lambda D, t: D.Cauchy(t(L), t(A)), L),
    _c("Chi2", lambda D, t: D.Chi2(t(A)), POSITIVE),
    _c("ContinuousBernoulli", lambda D, t: D.ContinuousBernoulli(t(P)), UNIT),
    _c("ContinuousBernoulli-logits", lambda D, t: D.ContinuousBernoulli(logits=t(L)), UNIT),
    _c("Dirichlet", lambda D, t: D.Dirichlet(t([A, B])), SIMPLEX),
    _c("Exponential", lambda D, t: D.Exponential(t(A)), POSITIVE),
    _c("FisherSnedecor", lambda D, t: D.FisherSnedecor(t([3.0, 5.0, 1.5]), t([5.0, 3.0, 4.5])), POSITIVE),
    _c("Gamma", lambda D, t: D.Gamma(t(A), t(B)), POSITIVE),
    _c("GeneralizedPareto", lambda D, t: D.GeneralizedPareto(t(UNIT), t(A), t([-0.2, 0.0, 0.3])), [0.4, 0.7, 2.5]),
    _c("Geometric", lambda D, t: D.Geometric(t(P)), COUNTS),
    _c("Geometric-logits", lambda D, t: D.Geometric(logits=t(L)), COUNTS),
    _c("Gumbel", lambda D, t: D.Gumbel(t(L), t(A)), L),
    _c("HalfCauchy", lambda D, t: D.HalfCauchy(t(A)), POSITIVE),
    _c("HalfNormal", lambda D, t: D.HalfNormal(t(A)), POSITIVE),
    _c("Independent", lambda D, t: D.Independent(D.Normal(t(L), t(A)), 1), L),
    _c("InverseGamma", lambda D, t: D.InverseGamma(t([0.5, 1.5, 3.0]), t(B)), POSITIVE),
    _c("Kumaraswamy", lambda D, t: D.Kumaraswamy(t([0.5, 1.5, 3.0]), t([2.0, 1.7, 1.2])), UNIT),
    _c("LKJCholesky", lambda D, t: D.LKJCholesky(3, t([0.5, 2.0])),
       [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.6, 0.8]]),
    _c("Laplace", lambda D, t: D.Laplace(t(L), t(A)), [0.2, 0.1, 2.0]),
    _c("LogNormal", lambda D, t: D.LogNormal(t(L), t(A)), POSITIVE),
    _c("LogisticNormal", lambda D, t: D.LogisticNormal(t(PAIRS), t([0.5, 1.5])),
       [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]]),
    _c("LowRankMultivariateNormal",
       lambda D, t: D.LowRankMultivariateNormal(t(PAIRS), t([[0.5], [1.0]]), t([1.5, 0.8])), PAIRS),
    _c("MixtureSameFamily",
       lambda D, t: D.MixtureSameFamily(D.Categorical(t([0.2, 0.3, 0.5])), D.Normal(t(L), t(A))), [0.1, 0.4, 1.0]),
    _c("MixtureSameFamily-vectors",
       lambda D, t: D.MixtureSameFamily(D.Categorical(t([0.2, 0.3, 0.5])),
                                        D.Independent(D.Normal(t(PAIRS), t([0.5, 1.5])), 1)), PAIRS),
    _c("Multinomial", lambda D, t: D.Multinomial(4, t(ROWS)), [[1.0, 2.0, 1.0], [4.0, 0.0, 0.0]]),
    _c("Multinomial-logits", lambda D, t: D.Multinomial(4, logits=t(LOGIT_ROWS)), [[1.0, 2.0, 1.0], [4.0, 0.0, 0.0]]),
    _c("MultivariateNormal", lambda D, t: D.MultivariateNormal(t(PAIRS), t(COV)), PAIRS),
    _c("MultivariateNormal-tril",
       lambda D, t: D.MultivariateNormal(t([0.5, -0.5]), scale_tril=t([TRIL, [[2.0, 0.0], [0.3, 1.0]], TRIL])),
       PAIRS),
    _c("MultivariateNormal-precision", lambda D, t: D.MultivariateNormal(t(PAIRS), precision_matrix=t(COV)), PAIRS),
    _c("NegativeBinomial", lambda D, t: D.NegativeBinomial(t([3.0, 5.0, 0.5]), t(P)), COUNTS),
    _c("NegativeBinomial-logits", lambda D, t: D.NegativeBinomial(3, logits=t(L)), COUNTS),
    _c("Normal", lambda D, t: D.Normal(t(L), t(A)), [0.2, 0.1, 2.5]),
    _c("Normal-broadcast", lambda D, t: D.Normal(t([[0.0], [1.0]]), t(A)), L),
    _c("Normal-numbers", lambda D, t: D.Normal(0.5, t(2.0)), L),
    _c("OneHotCategorical", lambda D, t: D.OneHotCategorical(t(ROWS)), ONE_HOT),
    _c("OneHotCategoricalStraightThrough",
       lambda D, t: D.OneHotCategoricalStraightThrough(logits=t(LOGIT_ROWS)), ONE_HOT),
    _c("Pareto", lambda D, t: D.Pareto(t(A), t([0.5, 1.5, 3.0])), [0.6, 1.7, 4.0]),
    _c("Poisson", lambda D, t: D.Poisson(t([0.5, 3.0, 20.0])), COUNTS),
    _c("RelaxedBernoulli", lambda D, t: D.RelaxedBernoulli(t([0.7]), t(P)), UNIT),
    _c("RelaxedBernoulli-logits", lambda D, t: D.RelaxedBernoulli(t([0.7]), logits=t(L)), UNIT),
    _c("RelaxedOneHotCategorical", lambda D, t: D.RelaxedOneHotCategorical(t([0.7]), t(ROWS)), SIMPLEX),
    _c("StudentT", lambda D, t: D.StudentT(t([0.5, 1.5, 3.0]), t(L), t(A)), L),
    _c("TransformedDistribution",
       lambda D, t: D.TransformedDistribution(D.Normal(t(L), t(A)),
                                              [D.AffineTransform(0.5, -2.0), D.SigmoidTransform()]),
       UNIT),
    _c("Uniform", lambda D, t: D.Uniform(t(L), t([1.0, 1.0, 3.0])), [-0.5, 0.5, 2.5]),
    _c("VonMises", lambda D, t: D.VonMises(t(L), t([0.5, 1.5, 5.0])), L),
    _c("Weibull", lambda D, t: D.Weibull(t(A), t(B)), POSITIVE),
    _c("Wishart", lambda D, t: D.Wishart(t(4.0), t(COV)), SPD),
    _c("Wishart-batch", lambda D, t: D.Wishart(t([3.0, 4.0]), scale_tril=t(TRIL)), SPD),
    _c("Wishart-precision", lambda D, t: D.Wishart(5.0, precision_matrix=t(COV)), SPD),
]  # fmt: skip
BY_NAME = {case.name: case for case in CASES}
