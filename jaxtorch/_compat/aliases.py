"""Aliases: public names that are other names of one op. Data only.

``{alias: op}``: a plain name stands for the function, the method and the in-place forms the op
has; ``"special.expit"`` for the one function in that namespace.
"""

from __future__ import annotations

ALIASES = {
    # pointwise
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "clip": "clamp",
    "divide": "div",
    "fix": "trunc",
    "greater": "gt",
    "greater_equal": "ge",
    "less": "lt",
    "less_equal": "le",
    "multiply": "mul",
    "negative": "neg",
    "not_equal": "ne",
    "subtract": "sub",
    "true_divide": "div",
    # joining
    "concat": "cat",
    "concatenate": "cat",
    # linear algebra
    "ger": "outer",
    "matrix_exp": "linalg.matrix_exp",
    # special functions
    "special.digamma": "digamma",
    "special.log_softmax": "log_softmax",
    "special.softmax": "softmax",
    "special.erf": "erf",
    "special.erfc": "erfc",
    "special.erfinv": "erfinv",
    "special.exp2": "exp2",
    "special.expit": "sigmoid",
    "special.expm1": "expm1",
    "special.gammainc": "igamma",
    "special.gammaincc": "igammac",
    "special.gammaln": "lgamma",
    "special.i0": "i0",
    "special.log1p": "log1p",
    "special.logsumexp": "logsumexp",
    "special.logit": "logit",
    "special.multigammaln": "mvlgamma",
    "special.polygamma": "polygamma",
    "special.psi": "digamma",
    "special.sinc": "sinc",
    "special.xlogy": "xlogy",
}
