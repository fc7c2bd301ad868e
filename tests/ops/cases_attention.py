"""Scaled dot-product attention."""

from __future__ import annotations

import numpy as np

from tests.ops.recipes import B, S, T, V, bad, op, source

SDPA = "nn.functional.scaled_dot_product_attention"
Q, K, X = T(2, 3, 5, 4), T(2, 3, 6, 4), T(2, 3, 6, 4)
WIDE = T(2, 3, 6, 7)
#: a query that may attend to no key, one that may to a single one
DEAD = V(np.array([[i >= 1 and j <= i for j in range(6)] for i in range(5)]), "bool", grad=False)
MINUS = V(np.where(np.tri(5, 6, -1), 0.5, -np.inf), "float32", grad=False)
HALVES = ("float16", "bfloat16", "float64", "int64", "complex64")
#: torch's fused kernel has no second derivative; jaxtorch has
FUSED = ("no_second",)
SAVED = "torch's parts save copies of what they are given, times the root of the scale"

CASES = [
    op(SDPA, S(Q, K, X), S(Q, K, X, is_causal=True), S(Q, K, X, DEAD), S(Q, K, X, MINUS), S(Q, K, X, scale=0.25),
        S(Q, K, X, DEAD, is_causal=True), S(Q, K, X, T(2, 1, 1, 6, grad=False)), S(Q, K, X, T(1, 6, grad=False)),
        S(T(2, 4, 5, 4), T(2, 2, 6, 4), T(2, 2, 6, 4), enable_gqa=True),
        S(T(2, 4, 5, 4), T(2, 2, 6, 4), T(2, 2, 6, 4), DEAD, is_causal=True, enable_gqa=True),
        S(T(2, 4, 5, 4), T(2, 2, 6, 4), T(2, 2, 6, 4), B(2, 4, 5, 6), enable_gqa=True),
        S(Q, K, X, scale=0.0), S(T(1, 1, 1, 4), T(1, 1, 1, 4), T(1, 1, 1, 4)), dtypes=HALVES, tags=FUSED,
        covers=("attend",)),
    # what is composed of several ops in torch has every derivative
    op(SDPA, S(Q, K, WIDE), S(T(3, 5, 4), T(3, 6, 4), T(3, 6, 4)), S(T(5, 4), T(6, 4), T(6, 7)),
        S(Q, K, X, T(5, 6)), S(Q, K, X, T(3, 1, 6)), S(Q, T(1, 3, 6, 4), T(2, 1, 6, 4)), S(Q, T(6, 4), T(3, 6, 4)),
        S(T(3, 5, 4), T(3, 6, 4), T(3, 6, 4), DEAD), S(Q, K, WIDE, is_causal=True),
        S(T(4, 5, 4), T(2, 6, 4), T(2, 6, 4), enable_gqa=True),
        S(T(2, 4, 5, 4), T(2, 2, 6, 4), T(2, 1, 6, 4), T(4, 5, 6), enable_gqa=True),
        S(Q, K, WIDE, MINUS), S(T(2, 3, 0, 4), K, X),
        S(Q, T(2, 3, 0, 4), T(2, 3, 0, 4)), S(T(1, 2, 3, 5, 4), T(1, 2, 3, 6, 4), T(1, 2, 3, 6, 4)),
        dtypes=HALVES, xfail={"saved": SAVED}),
    source("torch.manual_seed(5) and F.scaled_dot_product_attention(x, y, z, dropout_p=0.5)",
        {"x": Q, "y": K, "z": X}, checks=("forward", "grad", "dtype"), dtypes=("float16", "bfloat16", "float64")),
    source("torch.manual_seed(5) and F.scaled_dot_product_attention(x, y, z, dropout_p=0.3, enable_gqa=True)",
        {"x": T(2, 4, 5, 4), "y": T(2, 2, 6, 4), "z": T(2, 2, 6, 4)}, checks=("forward", "grad")),
    source("torch.manual_seed(5) and F.scaled_dot_product_attention(x, y, z, m, 0.3)",
        {"x": Q, "y": K, "z": WIDE, "m": DEAD}, checks=("forward", "grad")),
    source("F.scaled_dot_product_attention(x, y, z, None, 1.0)", {"x": Q, "y": K, "z": X}, checks=("forward", "grad")),
    source("F.scaled_dot_product_attention(x.transpose(1, 2), y.transpose(1, 2), z.transpose(1, 2))",
        {"x": T(2, 5, 3, 4), "y": T(2, 6, 3, 4), "z": T(2, 6, 3, 4)}, checks=("forward", "grad"), tags=FUSED),
    source("F.scaled_dot_product_attention(x.transpose(2, 3), y, z)", {"x": T(2, 3, 4, 5), "y": K, "z": X},
        checks=("forward", "grad")),
]  # fmt: skip

_CALL = "F.scaled_dot_product_attention"
REFUSALS = [
    bad(f"{_CALL}(x, y, z, None, 0.0, False, None)", x=Q, y=K, z=X),
    bad(f"{_CALL}(x, y)", x=Q, y=K),
    bad(f"{_CALL}(x, y, z, scale='a')", x=Q, y=K, z=X),
    bad(f"{_CALL}(x, y, z)", x=Q, y=T(2, 3, 6, 4, dtype="float64"), z=X),
    bad(f"{_CALL}(x, x, x)", x=T(4)),
    bad(f"{_CALL}(x, x, x)", x=T(2, 3, 5, 4, dtype="int64")),
    bad(f"{_CALL}(x, x, x)", x=T(2, 3, 5, 4, dtype="complex64")),
    bad(f"{_CALL}(x, y, z, m)", x=Q, y=K, z=X, m=T(5, 6, dtype="float64")),
    bad(f"{_CALL}(x, y, z, m)", x=Q, y=K, z=X, m=T(5, 6, dtype="int64")),
    bad(f"{_CALL}(x, y, z, m)", x=Q, y=K, z=X, m=T(4, 6)),
    bad(f"{_CALL}(x, y, z, m)", x=Q, y=K, z=X, m=T(6)),
    bad(f"{_CALL}(x, y, z, m)", x=Q, y=K, z=X, m=T(4, 2, 3, 5, 6)),
    bad(f"{_CALL}(x, y, z, m, is_causal=True)", x=Q, y=K, z=WIDE, m=T(5, 6)),
    bad(f"{_CALL}(x, y, z, dropout_p=1.5)", x=Q, y=K, z=X),
    bad(f"{_CALL}(x, y, z)", x=Q, y=T(2, 3, 6, 3), z=X),
    bad(f"{_CALL}(x, y, z)", x=T(5, 4), y=T(6, 3), z=T(6, 4)),
    bad(f"{_CALL}(x, y, z)", x=T(5, 4), y=T(6, 4), z=T(5, 4)),
    bad(f"{_CALL}(x, y, z)", x=Q, y=K, z=T(2, 3, 5, 7)),
    bad(f"{_CALL}(x, y, z)", x=Q, y=T(2, 2, 6, 4), z=X),
    bad(f"{_CALL}(x, y, z)", x=Q, y=K, z=T(2, 2, 6, 4)),
    bad(f"{_CALL}(x, y, z, enable_gqa=True)", x=Q, y=T(2, 2, 6, 4), z=T(2, 2, 6, 4)),
    bad(f"{_CALL}(x, x, x, enable_gqa=True)", x=T(5, 4)),
]
