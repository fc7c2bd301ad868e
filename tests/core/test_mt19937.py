"""The engine against PyTorch's: words, seeds, all bytes of the state, exceptions."""

import copy
import pickle
import threading

import numpy as np
import pytest
import torch

from jaxtorch._core.mt19937 import DEFAULT_SEED, DoubleStream, Engine


def state_of(generator):
    return generator.get_state().numpy()


@pytest.mark.parametrize("seed", [0, 42, 2**32, 2**32 + 42, -1, -(2**63), 2**64 - 1, DEFAULT_SEED])
def test_words_and_state_bytes(seed):
    engine, generator = Engine(seed), torch.Generator().manual_seed(seed)
    assert (engine.get_state() == state_of(generator)).all()
    assert engine.initial_seed == generator.initial_seed()
    for count in (1, 5, 618, 1, 623, 624, 1247, 20000, 3):
        want = torch.empty(count, dtype=torch.int64).random_(0, 2**28 - 1, generator=generator)
        assert (engine.words32(count) % (2**28 - 1) == want.numpy()).all()
        assert (engine.get_state() == state_of(generator)).all()
    for count in (1, 3, 9000):
        want = torch.empty(count, dtype=torch.int64).random_(-(2**63), None, generator=generator)
        assert (engine.words64(count).view(np.int64) == want.numpy()).all()
        assert (engine.get_state() == state_of(generator)).all()


def test_an_unseeded_generator():
    assert (Engine().get_state() == state_of(torch.Generator())).all()
    engine = Engine()
    seeds = {engine.seed_from_entropy() for _ in range(4)}
    assert len(seeds) == 4 and engine.initial_seed in seeds


@pytest.mark.parametrize(
    "seed", [2**64, -(2**63) - 1, 3.9, True, None, "3", np.int64(5), np.float32(3)]
)
def test_seeds_refused(seed):
    with pytest.raises(Exception) as theirs:  # noqa: B017 - whichever PyTorch raises
        torch.Generator().manual_seed(seed)
    with pytest.raises(theirs.type) as ours:
        Engine().seed(seed)
    assert str(ours.value) == str(theirs.value)


def patched(field, value, dtype):
    state = Engine(7).get_state()
    state[field : field + np.dtype(dtype).itemsize].view(dtype)[0] = value
    return state


LEFT, SEEDED, NEXT, WORD, CACHED, VALID, FLOAT, FLOAT_VALID = 8, 12, 16, 24, 5024, 5040, 5048, 5052


@pytest.mark.parametrize(
    "state",
    [
        Engine(7).get_state(),
        patched(0, 99, "<u8"),
        patched(NEXT, 624, "<u8"),
        patched(NEXT, 300, "<u8"),
        patched(SEEDED, 256, "<i4"),
        patched(WORD, 2**40 + 7, "<u8"),
        patched(5016, 1.5, "<f8"),
        patched(CACHED, 1.5, "<f8"),
        patched(VALID, 2, "<i4"),
        patched(VALID + 4, 5, "<i4"),
        patched(FLOAT, 1.5, "<f4"),
        patched(FLOAT_VALID, 3, "u1"),
    ],
)
def test_states_accepted(state):
    engine, generator = Engine(), torch.Generator()
    engine.set_state(state)
    generator.set_state(torch.from_numpy(state))
    assert (engine.get_state() == state_of(generator)).all()
    assert engine.initial_seed == generator.initial_seed()
    want = torch.rand(700, dtype=torch.float64, generator=generator).numpy()
    assert (engine.doubles(700) == want).all()
    assert (engine.get_state() == state_of(generator)).all()


@pytest.mark.parametrize(
    "state",
    [
        patched(LEFT, 0, "<i4"),
        patched(LEFT, -1, "<i4"),
        patched(LEFT, 625, "<i4"),
        patched(NEXT, 625, "<u8"),
        patched(SEEDED, 0, "<i4"),
        Engine(7).get_state()[:-1],
        np.concatenate([Engine(7).get_state()] * 2),
        np.stack([Engine(7).get_state()] * 2, 1)[:, 0],
        Engine(7).get_state().astype(np.float32),
        Engine(7).get_state().view(np.int8),
    ],
)
def test_states_refused(state):
    engine = Engine(5)
    before = engine.get_state()
    with pytest.raises((TypeError, RuntimeError)) as theirs:
        torch.Generator().set_state(torch.from_numpy(state))
    with pytest.raises(theirs.type) as ours:
        engine.set_state(state)
    assert str(ours.value) == str(theirs.value)
    assert (engine.get_state() == before).all()


def test_a_contradictory_state_is_refused_by_name():
    with pytest.raises(NotImplementedError, match="left=300 and next=0"):
        Engine().set_state(patched(LEFT, 300, "<i4"))
    with pytest.raises(TypeError, match="expected a torch.ByteTensor, but got list"):
        Engine().set_state([1])


def test_copies_go_their_own_way():
    engine = Engine(11)
    engine.words32(1000)
    engine.cached_normal = 0.5
    twins = [engine.clone(), copy.copy(engine), copy.deepcopy(engine)]
    twins.append(pickle.loads(pickle.dumps(engine)))
    want = engine.clone().words32(900)
    for twin in twins:
        assert (twin.get_state() == engine.get_state()).all()
        assert (twin.words32(900) == want).all()
    assert (engine.words32(900) == want).all()


def test_state_words_are_the_running_engine():
    engine = Engine(4)
    words = engine.state_words
    saved = words.copy()
    first = engine.words32(1000)
    assert words[624] == 1000 - 624
    words[:] = saved
    assert (engine.words32(1000) == first).all()
    del engine
    assert words[624] == 1000 - 624


@pytest.mark.parametrize("count", [0, 1, 16, 17, 1000])
def test_uniforms_one_at_a_time(count):
    engine, generator = Engine(3), torch.Generator().manual_seed(3)
    with DoubleStream(engine) as uniform:
        got = [uniform() for _ in range(count)]
    want = torch.rand(count, dtype=torch.float64, generator=generator)
    assert got == want.tolist()
    assert (engine.get_state() == state_of(generator)).all()


def test_a_stream_gives_back_what_an_error_left_undrawn():
    engine, other = Engine(3), Engine(3)
    with pytest.raises(KeyError), DoubleStream(engine) as uniform:
        uniform()
        raise KeyError
    other.skip(2)
    assert (engine.get_state() == other.get_state()).all()
    assert engine.lock.acquire(blocking=False)


def test_threads_share_an_engine_whole_draws_at_a_time():
    engine = Engine(8)
    taken = []

    def work():
        with engine.lock:
            taken.append(np.concatenate([engine.words32(7) for _ in range(50)]))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    want = Engine(8).words32(1400).reshape(4, 350)
    assert {t.tobytes() for t in taken} == {w.tobytes() for w in want}
