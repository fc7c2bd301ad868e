"""The engine behind a CPU generator: MT19937 words, seeding, and PyTorch's 5056 state bytes.

NumPy's ``MT19937`` in its legacy seeding is the same engine as PyTorch's, twisting at the same
moment, so it does the work in C. What is added here is what NumPy lacks: the 64-bit seed that
PyTorch remembers, the cached second normal, and the layout of the saved state.
"""

from __future__ import annotations

import secrets
import struct
import threading

import numpy as np

DEFAULT_SEED = 67280421310721
"""The seed a generator has before anyone seeds it."""

WORDS = 624
STATE_BYTES = 5056

_LOW53 = np.uint64(2**53 - 1)
_SHIFT32 = np.uint64(32)
_HEADER = struct.Struct("<QiiQ")
_KEY = slice(24, 24 + 8 * WORDS)
_TRAILER = struct.Struct("<dddi4xfB3x")
_BULK = 8192
"""From this many words on, a bulk fill costs less than raw output plus a cast (measured)."""


def seed_to_bits(seed: int) -> int:
    """Return `seed` as the unsigned 64-bit number that PyTorch stores.

    Raises:
        RuntimeError: not an int.
        ValueError: outside [-2**63, 2**64).

    Example:
        >>> seed_to_bits(-1) == 2**64 - 1
        True
    """
    if isinstance(seed, np.integer):
        raise TypeError("an integer is required")
    if isinstance(seed, bool) or not isinstance(seed, int):
        kind = type(seed)
        name = f"numpy.{kind.__name__}" if isinstance(seed, np.generic) else kind.__name__
        raise RuntimeError(f"manual_seed expected a long, but got {name}")
    if not -(2**63) <= seed < 2**64:
        raise ValueError("Overflow when unpacking long long")
    return seed % 2**64


class _Unseeded(np.random.bit_generator.ISeedSequence):
    """Spares a bit generator the half millisecond of spreading entropy that `seed` overwrites."""

    def generate_state(self, n_words: int, dtype=np.uint32) -> np.ndarray:
        return np.zeros(n_words, dtype)


class _LiveState:
    """The C struct inside a bit generator, offered as an array that keeps its owner alive."""

    def __init__(self, bits: np.random.MT19937):
        self._bits = bits
        address = bits.ctypes.state_address
        self.__array_interface__ = {
            "shape": (WORDS + 1,),
            "typestr": np.dtype(np.uint32).str,
            "data": (address, False),
            "version": 3,
        }


class Engine:
    """A stream of 32-bit words, equal to that of a PyTorch CPU generator with the same seed.

    Attributes:
        state_words: writable uint32[625] view of the running engine, without a copy: the 624 words
            of the present block, then `pos` (1 to 624: the next word to hand out; 624: the block is
            spent and the next draw twists it). A program that draws by itself takes this array in
            and writes the advanced one back, with `pos` kept in that range.
        cached_normal: the second half of the last pair of serial normals, or None.
        lock: held by every sampler for the length of one draw.

    Differs from PyTorch: a saved state whose `left` and `next` contradict each other is refused.

    Example:
        >>> hex(Engine(0).words32(1)[0])
        '0x8c7f0aac'
    """

    __slots__ = (
        "__weakref__", "_bits", "_float_normal", "_initial_seed", "_legacy", "_spent",
        "cached_normal", "lock", "state_words",
    )  # fmt: skip

    def __init__(self, seed: int = DEFAULT_SEED):
        self._bits = np.random.MT19937(_Unseeded())
        self._legacy = np.random.RandomState(self._bits)
        self.state_words = np.asarray(_LiveState(self._bits))
        self.lock = threading.RLock()
        self.seed(seed)

    @property
    def initial_seed(self) -> int:
        """The 64-bit seed last given, drawn or loaded."""
        return self._initial_seed

    def seed(self, seed: int) -> None:
        """Start again from `seed`, of which the low 32 bits count, forgetting the cached normal.

        Raises:
            RuntimeError, ValueError: as `seed_to_bits`.
        """
        bits = seed_to_bits(seed)
        with self.lock:
            self._legacy.seed(bits & 0xFFFFFFFF)
            self._initial_seed = bits
            self.cached_normal: float | None = None
            self._float_normal = (0.0, 0)
            self._note_spent(0)

    def seed_from_entropy(self) -> int:
        """Start again from a seed given by the operating system, and return it."""
        seed = secrets.randbits(64)
        self.seed(seed)
        return seed

    def words32(self, count: int) -> np.ndarray:
        """Return the next `count` words, uint32."""
        if count < _BULK:
            return self._bits.random_raw(count).astype(np.uint32)
        return self._legacy.randint(0, 2**32, count, dtype=np.uint32)

    def words64(self, count: int) -> np.ndarray:
        """Return `count` numbers of 64 bits, each the next word shifted left and the one after."""
        if 2 * count < _BULK:
            raw = self._bits.random_raw(2 * count)
            return (raw[::2] << _SHIFT32) | raw[1::2]
        pairs = self.words32(2 * count).reshape(count, 2)
        high = pairs[:, 0].astype(np.uint64)
        high <<= _SHIFT32
        high |= pairs[:, 1]
        return high

    def words53(self, count: int) -> np.ndarray:
        """Return the low 53 bits of `count` 64-bit draws, uint64: double uniforms times 2**53."""
        words = self.words64(count)
        words &= _LOW53
        return words

    def doubles(self, count: int) -> np.ndarray:
        """Return `count` float64 uniforms in [0, 1), two words each."""
        return self.words53(count) * 2.0**-53

    def skip(self, count: int) -> None:
        """Discard `count` words."""
        if count:
            self._bits.random_raw(count, output=False)

    def _note_spent(self, position: int) -> None:
        # A fresh engine and one whose block has just been used up differ in nothing but the
        # position they report. The first words tell whether the block is still the one noted.
        self._spent = (position, *self.state_words[:2].tolist())

    def get_state(self) -> np.ndarray:
        """Return the state as PyTorch's `Generator.get_state` does: a fresh uint8[5056]."""
        with self.lock:
            position = pos = int(self.state_words[WORDS])
            if pos == WORDS and tuple(self.state_words[:2].tolist()) == self._spent[1:]:
                position = self._spent[0]
            state = np.zeros(STATE_BYTES, np.uint8)
            _HEADER.pack_into(state, 0, self._initial_seed, WORDS + 1 - pos, 1, position)
            state[_KEY].view("<u8")[:] = self.state_words[:WORDS]
            cached = self.cached_normal
            _TRAILER.pack_into(
                state, _KEY.stop, 0.0, cached or 0.0, 0.0, cached is not None, *self._float_normal
            )
            return state

    def set_state(self, state: np.ndarray) -> None:
        """Continue from bytes that `get_state`, here or in PyTorch, returned.

        Args:
            state: uint8, contiguous, 5056 elements, any shape.

        Raises:
            TypeError: not an array of bytes.
            RuntimeError: wrong size, not contiguous, or not a valid engine.
            NotImplementedError: `left` and `next` contradict each other (PyTorch would read on).
        """
        if not isinstance(state, np.ndarray):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(state).__name__}")
        if state.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        if not state.flags.c_contiguous:
            raise RuntimeError("RNG state must be contiguous")
        if state.size != STATE_BYTES:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE_BYTES} "
                f"but found the input RNG state size to be {state.size}"
            )
        data = state.tobytes()
        seed, left, seeded, position = _HEADER.unpack_from(data)
        if not seeded or not 0 < left <= WORDS or position > WORDS:
            raise RuntimeError("Invalid mt19937 state")
        if left != 1 and left + position != WORDS + 1:
            raise NotImplementedError(
                f"set_state: an engine with left={left} and next={position} is not supported; "
                f"they add up to {WORDS + 1} in a state that get_state returned"
            )
        _, cached, _, valid, float_normal, float_valid = _TRAILER.unpack_from(data, _KEY.stop)
        with self.lock:
            self.state_words[:WORDS] = np.frombuffer(data, "<u8")[3 : 3 + WORDS]
            self.state_words[WORDS] = WORDS + 1 - left
            self._initial_seed = seed
            self.cached_normal = cached if valid else None
            self._float_normal = (float_normal, 1) if float_valid else (0.0, 0)
            self._note_spent(position)

    def clone(self) -> Engine:
        """Return an independent engine that continues exactly as this one would."""
        twin = Engine()
        with self.lock:
            twin.state_words[:] = self.state_words
            twin._initial_seed = self._initial_seed
            twin.cached_normal = self.cached_normal
            twin._float_normal = self._float_normal
            twin._spent = self._spent
        return twin

    def __copy__(self) -> Engine:
        return self.clone()

    def __deepcopy__(self, memo) -> Engine:
        return self.clone()

    def __reduce__(self):
        return _restore, (self.get_state(),)


def _restore(state: np.ndarray) -> Engine:
    engine = Engine()
    engine.set_state(state)
    return engine


class DoubleStream:
    """Double uniforms one at a time, for samplers whose number of draws depends on the data.

    Uniforms are drawn ahead in blocks; on leaving the `with` block the engine stands just behind
    the last one taken.

    Example:
        >>> engine = Engine(0)
        >>> with DoubleStream(engine) as uniform:
        ...     first, second = uniform(), uniform()
        >>> engine.get_state()[8:12].view("<i4")[0]  # 625 - 4 words
        np.int32(621)
    """

    __slots__ = ("_block", "_engine", "_start", "_used")

    def __init__(self, engine: Engine):
        self._engine = engine

    def __enter__(self) -> DoubleStream:
        self._engine.lock.acquire()
        self._block: list[float] = []
        self._used = 0
        self._start = None
        return self

    def __call__(self) -> float:
        used = self._used
        if used == len(self._block):
            self._start = self._engine.state_words.copy()
            self._block = self._engine.doubles(min(max(16, 4 * used), 4096)).tolist()
            used = 0
        self._used = used + 1
        return self._block[used]

    def __exit__(self, *exc_info) -> None:
        engine = self._engine
        try:
            if self._used < len(self._block):
                engine.state_words[:] = self._start
                engine.skip(2 * self._used)
        finally:
            engine.lock.release()
