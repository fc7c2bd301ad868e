"""The arithmetic beneath the samplers: fused multiply-adds, and Box-Muller for every argument."""

import math
from fractions import Fraction

import jax
import numpy as np
import pytest
import torch

from jaxtorch._core import box_muller, draws, rounding
from jaxtorch._core.mt19937 import Engine

STEP = 16
"""Every how-manieth of the 2**24 arguments is compared (1: all, some seconds; it was run)."""


def untempered(words):
    """Return the state words that come out of the engine as `words`."""
    y = words ^ (words >> np.uint32(18))
    y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
    z = y
    for _ in range(4):
        z = y ^ ((z << np.uint32(7)) & np.uint32(0x9D2C5680))
    x = z
    for _ in range(2):
        x = z ^ (x >> np.uint32(11))
    return x


def torch_normals(words):
    """Return what PyTorch makes of these words, (m, 16), by putting them into its engine."""
    block = 38  # groups in one block of 624 words, of which a saved state offers 623
    padded = np.zeros((-(-len(words) // block) * block, 16), np.uint32)
    padded[: len(words)] = words
    keys = untempered(padded.reshape(-1, 16 * block))
    state = Engine(0).get_state()
    state[8:12].view("<i4")[0], state[16:24].view("<u8")[0] = 624, 1
    engine_words = state[24:5016].view("<u8")
    out = np.empty(keys.shape, np.float32)
    generator = torch.Generator()
    for key, row in zip(keys, out, strict=True):
        engine_words[1 : 1 + key.size] = key
        generator.set_state(torch.from_numpy(state))
        torch.randn(key.size, generator=generator, out=torch.from_numpy(row))
    return out.reshape(-1, 16)[: len(words)]


def every_argument():
    """Words in which each half of a group goes through the arguments, the other one fixed."""
    arguments = np.arange(7 % STEP, 2**24, STEP, dtype=np.uint32)
    near = (np.arange(9, dtype=np.int64) * 2**21)[:, None] + np.arange(-64, 64)  # octant borders
    arguments = np.concatenate((arguments, near[(near >= 0) & (near < 2**24)].astype(np.uint32)))
    arguments = arguments[: arguments.size // 8 * 8].reshape(-1, 8)
    # A radius of exactly 1 shows the cosine and the sine as they are.
    one = np.full_like(arguments, 6601320)
    return np.concatenate((np.hstack((arguments, 0 * one)), np.hstack((one, arguments))))


def in_pieces(normals, words):
    flat = words.reshape(-1)
    parts = range(0, flat.size, box_muller.PIECE)
    return np.concatenate([normals(flat[i : i + box_muller.PIECE]) for i in parts])


def test_every_argument_by_numpy_and_compiled():
    words = every_argument()
    want = torch_normals(words)
    assert (want[len(want) // 2 :, :8] ** 2 + want[len(want) // 2 :, 8:] ** 2 < 1.000001).all()

    plain = box_muller.Normals32()
    plain.compile_after = math.inf
    compiled = box_muller.Normals32()
    compiled.compile_after = 0
    for normals in (plain, compiled):
        got = in_pieces(normals, words) + np.float32(0)
        assert got.tobytes() == want.tobytes()
    assert plain.compiled is None and compiled.compiled is not None


def test_compiling_comes_after_many_elements(monkeypatch):
    normals = box_muller.Normals32()
    monkeypatch.setattr(box_muller.Normals32, "compile_after", 2 * box_muller.PIECE)
    words = Engine(1).words32(box_muller.PIECE)
    first = normals(words)
    normals(words)
    assert normals.compiled is None
    assert (normals(words) == first).all()
    assert normals.compiled is not None


def test_drawing_while_jax_traces(monkeypatch):
    normals = box_muller.Normals32()
    normals.compile_after = 0
    monkeypatch.setattr(draws, "normals32", normals)
    count = box_muller.PIECE // 2

    @jax.jit
    def last(x):
        return x + draws.normal(Engine(0), count, "float32")[-1]

    want = torch.randn(count, generator=torch.Generator().manual_seed(0))[-1].item()
    assert last(np.float32(0)) == np.float32(want)
    with jax.disable_jit():
        assert last(np.float32(0)) == np.float32(want)
    assert normals.compiled is not None
    assert not jax.config.jax_enable_x64


def exact(values, factor, addend):
    return [Fraction(v) * Fraction(factor) + Fraction(addend) for v in values.tolist()]


def test_fma64_rounds_once():
    rand = np.random.RandomState(0)
    for factor, addend in ((0.02, 1.5), (1 / 3, -1e-5), (1e200, 1e190), (1e-170, 1.0), (3.0, 1e9)):
        values = np.concatenate((rand.randn(3000), [0.0, 1.0, -1.0, -addend / factor]))
        want = [float(f) for f in exact(values, factor, addend)]
        assert rounding.fma64(values, factor, addend).tolist() == want


def test_fma32_rounds_once():
    rand = np.random.RandomState(0)
    for factor, addend in ((0.02, 1.5), (1 / 3, -1e-5), (2.0**-30, 1.0), (3.0, 1e9), (1.0, 0.3)):
        factor, addend = float(np.float32(factor)), float(np.float32(addend))
        values = rand.randn(3000).astype(np.float32)
        # float64 of a float32 fraction shifted out of its 53 bits leaves a false tie
        values = np.concatenate((values, [np.float32(2.0**6 + 2.0**-17), np.float32(-(2.0**6))]))
        got = rounding.fma32(values, factor, addend)
        for value, result, true in zip(values, got, exact(values, factor, addend), strict=True):
            neighbours = (np.nextafter(result, -np.inf), np.nextafter(result, np.inf))
            miss = abs(Fraction(float(result)) - true)
            assert all(miss <= abs(Fraction(float(n)) - true) for n in neighbours), (value, factor)


def test_a_double_rounding_is_avoided():
    # 1 + 2**-24 is halfway between two float32 numbers; a little more or less decides, and float64
    # has no room for it.
    products = np.array([2.0**-24 + 2.0**-70, 2.0**-24, 2.0**-24 - 2.0**-70])
    assert np.float32(products + 1.0).tolist() == [1.0, 1.0, 1.0]
    got = rounding.add_in_float32(products, 1.0)
    assert got.tolist() == [1.0 + 2.0**-23, 1.0, 1.0]
    got = rounding.add_in_float32(products + 2.0**-23, 1.0)
    assert got.tolist() == [1.0 + 2.0**-22, 1.0 + 2.0**-22, 1.0 + 2.0**-23]


@pytest.mark.parametrize("name", ["log", "log1p", "sin", "cos", "tan", "exp"])
def test_elementary_functions_are_the_c_librarys(name):
    values = np.random.RandomState(0).rand(4, 5)
    got = getattr(rounding, name)(values)
    assert got.shape == (4, 5)
    assert got.ravel().tolist() == [getattr(math, name)(v) for v in values.ravel().tolist()]
    assert rounding.exp(np.array([1000.0])) == np.inf
    assert rounding.log(np.array([0.0])) == -np.inf
