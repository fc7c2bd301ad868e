"""The normals of a contiguous fill: groups of 16 by the Box-Muller transform.

In float32 the logarithm, sine and cosine are the single-precision Cephes polynomials, of which all
2**24 arguments were compared with PyTorch's results; in float64 they are the C library's.
"""

from __future__ import annotations

import math

import numpy as np

from .rounding import cos, f4, f8, log, sin

i4 = np.int32
_i = np.array  # a 0-d array as a constant spares NumPy half the cost of a small call
_WORD24, _ONE24, _SHIFT23 = _i(2**24 - 1, np.uint32), _i(2**24, i4), _i(23, i4)
_SQRT_HALF, _FROM_SQRT_HALF = _i(0x3F3504F3, i4), _i(0x3F800000 - 0x3F3504F3, i4)
_BIAS, _MANTISSA = _i(127 + 24, i4), _i(0x7FFFFF, i4)
_ONE, _HALF, _MINUS_HALF, _MINUS_TWO = _i(1, f4), _i(0.5, f4), _i(-0.5, f4), _i(-2, f4)
_I1, _I2, _I30, _EIGHTH, _SHIFT22 = _i(1, i4), _i(2, i4), _i(30, i4), _i(2**21, i4), _i(22, i4)


def _float32_constants(*values: float) -> list[np.ndarray]:
    return [np.array(f4(value), f8) for value in values]


_LOG = _float32_constants(
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
_LN2_LOW, _LN2_HIGH = _i(-2.12194440e-4, f4), _float32_constants(0.693359375)[0]
_COS = _float32_constants(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_SIN = _float32_constants(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_TURN = _i(f4(2 * math.pi) * 2.0**-24, f4)
_HALF_PI = 2 * sum(_float32_constants(0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8))


def box_muller(words, xp):
    """Return standard normals, float32[m, 16], of uint32[m, 16] words; `xp` is numpy or jax.numpy.

    Cephes' logf and sincosf. What PyTorch fuses is computed in float64 and rounded to float32; over
    all 2**24 values of either uniform that rounding is never a double one, and for these arguments
    the octant may be taken from the word and the three steps of the reduction as one.
    """
    words = (words & _WORD24).view(i4)

    bits = (_ONE24 - words[:, :8]).astype(f4).view(i4) + _FROM_SQRT_HALF  # 1 - u, times 2**24
    exponent = (bits >> _SHIFT23) - _BIAS
    x = ((bits & _MANTISSA) + _SQRT_HALF).view(f4) - _ONE
    wide = x.astype(f8)
    y = (wide * _LOG[0] + _LOG[1]).astype(f4)
    for coefficient in _LOG[2:]:
        y = (y.astype(f8) * wide + coefficient).astype(f4)
    y, z = y * x, x * x
    y = (y.astype(f8) * z + exponent.astype(f4) * _LN2_LOW).astype(f4) - z * _HALF
    radius = xp.sqrt((exponent * _LN2_HIGH + (x + y)).astype(f4) * _MINUS_TWO)

    turn = words[:, 8:]
    quadrant = (turn + _EIGHTH) >> _SHIFT22
    x = (turn.astype(f4) * _TURN - quadrant * _HALF_PI).astype(f4)
    z = x * x
    wide = z.astype(f8)
    c = (wide * _COS[0] + _COS[1]).astype(f4)
    s = (wide * _SIN[0] + _SIN[1]).astype(f4)
    c = (c * wide + _COS[2]).astype(f4) * z
    s = (s * wide + _SIN[2]).astype(f4) * z
    c = (c * wide + z * _MINUS_HALF).astype(f4) + _ONE
    s = (s.astype(f8) * x + x).astype(f4)
    odd = (quadrant & _I1) != 0
    cosine = xp.where(odd, s, c).view(i4) ^ (((quadrant + _I1) & _I2) << _I30)
    sine = xp.where(odd, c, s).view(i4) ^ ((quadrant & _I2) << _I30)
    return xp.concatenate((radius * cosine.view(f4), radius * sine.view(f4)), 1)


def normal_pair(u1: float, u2: float) -> tuple[float, float]:
    """Return the two standard normals of a pair of double uniforms, as serial fills take them."""
    angle = 2.0 * math.pi * u1
    radius = math.sqrt(-2.0 * math.log1p(-u2))
    return radius * math.cos(angle), radius * math.sin(angle)


PIECE = 2**16
"""The most elements to transform at a time, but for the last group of a ragged fill."""


class Normals32:
    """`box_muller` by NumPy until its total cost would have paid for compiling it, then compiled.

    Measured on two busy cores: NumPy 48 ns an element in chunks that stay in cache; compiled 13 ns
    in whole pieces; tracing and compiling 0.4 s. They are even after some 2**23 elements, and
    padding to a whole piece pays from a quarter of one on.
    """

    compile_after = 2**23
    chunk = 2**13

    def __init__(self):
        self.compiled = None
        self.count = 0

    def __call__(self, words: np.ndarray) -> np.ndarray:
        """Return float32 normals of uint32 words: a multiple of 16, at most PIECE + 16."""
        size = words.size
        self.count += size
        if self.compiled is None and self.count > self.compile_after:
            self._compile()
        if self.compiled is not None and 4 * size >= PIECE:
            words = np.concatenate((words, np.zeros(PIECE + 16 - size, np.uint32)))
            return self.compiled(words.reshape(-1, 16)).reshape(-1)[:size]
        words = words.reshape(-1, 16)
        step = self.chunk // 16
        chunks = (words[start : start + step] for start in range(0, len(words), step))
        return np.concatenate([box_muller(chunk, np).reshape(-1) for chunk in chunks])

    def _compile(self) -> None:
        import jax

        try:
            cpu = jax.sharding.SingleDeviceSharding(jax.local_devices(backend="cpu")[0])
        except RuntimeError:  # JAX was told to use other platforms only
            self.compile_after = math.inf
            return
        words = jax.ShapeDtypeStruct((PIECE // 16 + 1, 16), np.uint32, sharding=cpu)
        with jax.enable_x64(True), jax.disable_jit(False), jax.numpy_dtype_promotion("standard"):
            program = jax.jit(lambda words: box_muller(words, jax.numpy)).lower(words).compile()

        def run(words: np.ndarray) -> np.ndarray:
            with jax.disable_jit(False):  # a program compiled ahead refuses to run without jit
                return np.asarray(program(words))

        self.compiled = run


normals32 = Normals32()


def normals64(uniforms: np.ndarray) -> np.ndarray:
    """Return standard normals of float64 uniforms, whose number is a multiple of 16."""
    groups = uniforms.reshape(-1, 2, 8)
    out = np.empty_like(groups)
    radius = np.sqrt(-2.0 * log(1.0 - groups[:, 0]))
    angle = (2.0 * math.pi) * groups[:, 1]
    np.multiply(radius, cos(angle), out[:, 0])
    np.multiply(radius, sin(angle), out[:, 1])
    return out.reshape(-1)
