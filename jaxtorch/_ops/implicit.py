"""Derivatives of gamma and Dirichlet samples in their parameters: ``-(d cdf / d alpha) / pdf``.

The regions and approximations are PyTorch's, whose values differ from the exact derivative by up to
some 1e-3 of it: Taylor series near the ends, a saddle point expansion for large parameters, and
rational functions fitted in between (Figurnov, Mohamed and Mnih 2018; Rice 1968).
"""

from __future__ import annotations

import numpy as np
from jax import numpy as jnp

from .._core.spec import op
from .families import missing, no_derivative
from .special import in_double, polygamma


def _series(count: int, start, step):
    """``start``'s terms and those that ``step(i, *state)`` makes of them, the first of each added up."""
    total, state = start
    for i in range(1, count + 1):
        term, state = step(i, *state)
        total = total + term
    return total


def _horner(coefficients, x):
    value = coefficients[-1]
    for c in coefficients[-2::-1]:
        value = c + x * value
    return value


def _no_nan(x):
    return jnp.where(jnp.isnan(x), 0.0, x)


# -- gamma ----------------------------------------------------------------------------------------
_GAMMA_UV = np.array([
    [[0.16009398, -0.094634809, 0.025146376, -0.0030648343], [1, 0.32668115, 0.10406089, 0.0014179084]],
    [[0.53487893, 0.1298071, 0.065735949, -0.0015649758], [0.16639465, 0.020070113, -0.0035938915, -0.00058392623]],
    [[0.040121004, -0.0065914022, -0.0026286047, -0.0013441777],
     [0.017050642, -0.0021309326, 0.00085092367, -1.5247877e-07]],
])  # fmt: skip


def _gamma_small(alpha, x):
    """By the Taylor series of the cdf in x."""
    inverse = 1 / alpha

    def step(i, numerator):
        numerator = numerator * -x / i
        one = numerator / (alpha + i)
        return jnp.stack([one, one / (alpha + i)]), (numerator,)

    first, second = _series(5, (jnp.stack([inverse, inverse * inverse]), (jnp.ones_like(x),)), step)
    power = x**alpha
    slope = (jnp.log(x) - polygamma(alpha, 0)) * power * first - power * second
    return _no_nan(-slope / (x ** (alpha - 1) * jnp.exp(-x)))


def _gamma_large(alpha, x):
    """By a saddle point expansion; near its singularity at x = alpha, by a polynomial."""
    numerator = (1 + 24 * alpha * (1 + 12 * alpha)) * (
        1440 * alpha**2 + 6 * x * (53 - 120 * x) - 65 * x * x / alpha + alpha * (107 + 3600 * x)
    )
    near = numerator / (1244160 * alpha**4)
    root, ratio = jnp.sqrt(8 * alpha), jnp.log(x / alpha)
    correction = (x - alpha - alpha * ratio) ** -1.5
    both = root / (alpha - x) + jnp.where(x < alpha, -correction, correction)
    term = ratio * both - jnp.sqrt(2 / alpha) * (alpha + x) / (alpha - x) ** 2
    stirling = 1 + 1 / (12 * alpha) * (1 + 1 / (24 * alpha))
    return jnp.where((0.9 * alpha <= x) & (x <= 1.1 * alpha), near, -stirling * x * term / root)


def _gamma_fitted(alpha, x):
    """By a rational function of two variables."""
    u, v = jnp.log(x / alpha), jnp.log(alpha)
    p, q = [_horner([_horner(_GAMMA_UV[:, part, i], u) for i in range(4)], v) for part in (0, 1)]
    return jnp.exp(p / q)


@in_double
def gamma_gradient(alpha, x):
    """The derivative of a standard gamma sample ``x`` in its shape parameter."""
    large = jnp.where(alpha > 8, _gamma_large(alpha, x), _gamma_fitted(alpha, x))
    return jnp.where(x < 0.8, _gamma_small(alpha, x), large)


@op("_standard_gamma_grad(Tensor self, Tensor output)", forms="function", promote="result", layout="pointwise",
    kernel="_standard_gamma_grad_cpu: float",
    grad=missing("the derivative for '_standard_gamma_grad' is not implemented."))  # fmt: skip
def _standard_gamma_grad(self, output):
    return gamma_gradient(self, output)


# -- Dirichlet ------------------------------------------------------------------------------------
# powers of log x, powers of log(alpha / x), coefficients of log(total x / alpha): numerator, denominator
_DIRICHLET_UAB = np.array([
    [[[1.003668233, -0.01061107488, -0.0657888334, 0.01201642863],
      [0.6336835991, -0.3557432599, 0.05486251648, -0.001465281033],
      [-0.03276231906, 0.004474107445, 0.002429354597, -0.0001557569013]],
     [[0.221950385, -0.3187676331, 0.01799915743, 0.01074823814],
      [-0.2951249643, 0.06219954479, 0.01535556598, 0.001550077057],
      [0.02155310298, 0.004170831599, 0.001292462449, 6.976601077e-05]],
     [[-0.05980841433, 0.008441916499, 0.01085618172, 0.002319392565],
      [0.02911413504, 0.01400243777, -0.002721828457, 0.000751041181],
      [0.005900514878, -0.001936558688, -9.495446725e-06, 5.385558597e-05]]],
    [[[1, -0.02924021934, -0.04438342661, 0.007285809825],
      [0.6357567472, -0.3473456711, 0.05454656494, -0.002407477521],
      [-0.03301322327, 0.004845219414, 0.00231480583, -0.0002307248149]],
     [[0.5925320577, -0.1757678135, 0.01505928619, 0.000564515273],
      [0.1014815858, -0.06589186703, 0.01272886114, -0.0007316646956],
      [-0.007258481865, 0.001096195486, 0.0003934994223, -4.12701925e-05]],
     [[0.06469649321, -0.0236701437, 0.002902096474, -5.896963079e-05],
      [0.001925008108, -0.002869809258, 0.0008000589141, -6.063713228e-05],
      [-0.0003477407336, 6.959756487e-05, 1.097287507e-05, -1.650964693e-06]]],
])  # fmt: skip


def _beta_near_0(x, alpha, beta):
    """Of Beta(alpha, beta) in alpha, for x near 0."""
    factor = polygamma(alpha, 0) - polygamma(alpha + beta, 0) - jnp.log(x)

    def step(i, numerator):
        numerator = numerator * (i - beta) * x / i
        return numerator / (alpha + i) * (factor + 1 / (alpha + i)), (numerator,)

    series = _series(10, ((factor + 1 / alpha) / alpha, (jnp.ones_like(x),)), step)
    return _no_nan(x * (1 - x) ** -beta * series)


def _beta_other_near_0(x, alpha, beta):
    """Of Beta(alpha, beta) in beta, for x near 0."""
    factor = polygamma(alpha + beta, 0) - polygamma(beta, 0)

    def step(i, numerator, betas, slope):
        numerator = numerator * -x / i
        slope = slope * (beta - i) + betas
        betas = betas * (beta - i)
        return numerator / (alpha + i) * (slope + factor * betas), (numerator, betas, slope)

    one = jnp.ones_like(x)
    series = _series(8, (factor / alpha, (one, one, jnp.zeros_like(x))), step)
    return _no_nan(-((1 - x) ** (1 - beta)) * series)


def _stirling(n):
    return 1 + 1 / (12 * n) + 1 / (288 * n * n)


def _beta_large(x, alpha, beta):
    """Of Beta(alpha, beta) in alpha, for large parameters; near the mean, by a polynomial."""
    total = alpha + beta
    mean, deviation = alpha / total, jnp.sqrt(alpha * beta / (total + 1)) / total
    polynomial = _horner(
        [
            47 * x * beta**4,
            (43 + 20 * (16 + 27 * beta) * x) * beta**3,
            3 * (59 + 180 * beta - 90 * x) * beta**2,
            (453 + 1620 * beta * (1 - x) - 455 * x) * beta,
            8 * (1 - x) * (135 * beta - 11),
        ],
        alpha,
    )
    scale = (1 + 12 * alpha) * (1 + 12 * beta) / (total * total)
    near = scale / (1 - x) * polynomial / (12960 * alpha**3 * beta**2 * (1 + 12 * total))
    ratio = jnp.log(alpha / (total * x))
    offset = alpha * (x - 1) + beta * x
    first = 2 * alpha**2 * (x - 1) + alpha * beta * (x - 1) - x * beta**2
    first = first / (jnp.sqrt(2 * alpha / beta) * total**1.5 * offset * offset)
    power = (beta * jnp.log(beta / (total * (1 - x))) + alpha * ratio) ** -1.5
    second = 0.5 * ratio * (jnp.sqrt(8 * alpha * beta / total) / offset + jnp.where(x < mean, power, -power))
    stirling = _stirling(alpha) * _stirling(beta) / _stirling(total)
    far = stirling * -x / jnp.sqrt(2 * alpha * beta / total) * (first + second)
    return jnp.where((mean - 0.1 * deviation <= x) & (x <= mean + 0.1 * deviation), near, far)


def _beta_fitted(x, alpha, total):
    """By an analytic approximation, corrected by a rational function of three variables."""
    u = jnp.log(x)
    a = jnp.log(alpha) - u
    b = jnp.log(total) - a
    p, q = [_horner([_horner([_horner(c, b) for c in row], a) for row in table], u) for table in _DIRICHLET_UAB]
    return p / q * (x * (polygamma(total, 0) - polygamma(alpha, 0)) / (total - alpha))


@op("_dirichlet_grad(Tensor x, Tensor alpha, Tensor total)", forms="function", promote="result", layout="pointwise",
    kernel="_dirichlet_grad_cpu: float", **no_derivative("_dirichlet_grad"))  # fmt: skip
@in_double
def _dirichlet_grad(x, alpha, total):
    beta, boundary = total - alpha, total * x * (1 - x)
    found = jnp.where((alpha > 6) & (beta > 6), _beta_large(x, alpha, beta), _beta_fitted(x, alpha, total))
    found = jnp.where((x >= 0.5) & (boundary < 0.75), -_beta_other_near_0(1 - x, beta, alpha), found)
    return jnp.where((x <= 0.5) & (boundary < 2.5), _beta_near_0(x, alpha, beta), found)
