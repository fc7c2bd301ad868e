"""Generators: PyTorch's random streams, one engine an object.

The engine's words are also a `Storage` (`Generator.storage`): the memory of the running engine
itself, so that a program which draws by itself takes them in and writes them back as it does any
other state.
"""

from __future__ import annotations

import numpy as np
from jax.extend.core import unsafe_am_i_under_a_jit_DO_NOT_USE  # pyright: ignore[reportPrivateImportUsage]

from . import devices, modes
from .mt19937 import Engine
from .storage import Storage, put
from .tensor import Tensor, wrap


class Generator:
    """A stream of random numbers: equal to PyTorch's CPU generator with the same seed.

    Args:
        device: whose tensors it fills.

    Differs from PyTorch: on a GPU the numbers are those of the CPU stream, not CUDA's.

    Example:
        >>> import jaxtorch as torch
        >>> g = torch.Generator().manual_seed(0)
        >>> torch.rand(2, generator=g)
        tensor([0.4963, 0.7682])
    """

    __slots__ = ("engine", "device", "_storage", "__weakref__")

    def __init__(self, device="cpu"):
        self.device = devices.resolve(device)
        self.engine = Engine()
        self._storage = None
        if modes.state.recorder is not None:
            fresh = self.engine.get_state()
            _steer(self.engine, lambda: self.engine.set_state(fresh))

    @property
    def storage(self) -> Storage:
        """The engine's 624 words and its position, uint32[625]: live memory, not a copy."""
        if self._storage is None:
            words = self.engine.state_words
            self._storage = Storage.over(words, self.engine)  # the owner is no ndarray: always shared
        return self._storage

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of ``seed``. Returns self."""
        _steer(self.engine, lambda: self.engine.seed(seed))
        return self

    def seed(self) -> int:
        """Start a stream of a seed from the operating system, which is returned."""
        _settle()
        return self.engine.seed_from_entropy()

    def initial_seed(self) -> int:
        """The seed the stream began with."""
        if modes.state.recorder is not None:
            modes.state.recorder.guard("the seed of a generator", lambda: self.engine.initial_seed)
        return self.engine.initial_seed

    def get_state(self) -> Tensor:
        """The state as PyTorch's 5056 bytes: a fresh uint8 tensor."""

        def look():
            return put(self.engine.get_state(), devices.CPU)

        recorder = modes.state.recorder
        return wrap(look() if recorder is None else recorder.provide(lambda: [look()])[0], devices.CPU)

    def set_state(self, new_state: Tensor) -> Generator:
        """Continue from a state that get_state gave, here or in PyTorch. Returns self."""
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        _settle()
        self.engine.set_state(np.ascontiguousarray(new_state._host()))
        return self

    def clone_state(self) -> Generator:
        """Another generator that continues exactly as this one would."""
        _settle("is copied")
        twin = Generator(self.device)
        twin.engine = self.engine.clone()
        return twin

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {hex(id(self))}>"

    def __reduce__(self):
        return _restore, (str(self.device), self.engine.get_state())

    def __deepcopy__(self, memo):
        return self.clone_state()


Generator.__module__ = "torch"


def _settle(what: str = "is seeded") -> None:
    """What a compiled step cannot do with a generator again at every call."""
    if modes.state.recorder is not None:
        modes.state.recorder.settle(f"a random generator {what}")


def _steer(engine: Engine, move) -> None:
    """``move()`` an engine; in a compiled step, at every call in its turn among the draws."""
    if modes.state.recorder is not None:
        modes.state.recorder.draws_from(engine)
        modes.state.recorder.repeat(move)
    move()


def _restore(device, state) -> Generator:
    made = Generator(device)
    made.engine.set_state(state)
    return made


def _default() -> Generator:
    made = Generator()
    made.seed()
    return made


default_generator = _default()
_of_devices: dict = {devices.CPU: default_generator}
_last_seed: list = [None]


def refuse_inside_jit() -> None:
    """Raise inside `jax.jit`, where drawn numbers would be constants of the program."""
    if unsafe_am_i_under_a_jit_DO_NOT_USE():
        raise NotImplementedError(
            "drawing random numbers inside jax.jit would give the same numbers on every call: draw outside "
            "and pass the tensor in, or compile with jaxtorch.compile"
        )


def values_of(t: Tensor) -> np.ndarray:
    """The values of a tensor that a draw depends on."""
    refuse_inside_jit()
    return t._host()


def of(generator: Generator | None, device: devices.device) -> Engine:
    """The engine that a draw on ``device`` uses.

    Raises:
        NotImplementedError: inside `jax.jit`.
    """
    refuse_inside_jit()
    if modes.state.recorder is not None:
        modes.state.recorder.settle("random numbers are drawn that depend on values")
    if generator is not None:
        if not isinstance(generator, Generator):
            raise TypeError(f"expected a torch.Generator, but got {type(generator).__name__}")
        if generator.device.type != device.type:
            raise RuntimeError(
                f"Expected a '{device.type}' device type for generator but found '{generator.device.type}'"
            )
        return generator.engine
    return default_of(device).engine


def default_of(device: devices.device) -> Generator:
    """The generator of a device that draws take which name none; `manual_seed` has seeded it."""
    found = _of_devices.get(device)
    if found is None:
        found = _of_devices[device] = Generator(device)
        if _last_seed[0] is None:
            found.seed()
        else:
            found.manual_seed(_last_seed[0])
    return found


def snapshot(gpus=None) -> dict:
    """The states of the default generators, to `restore` later; in a compiled step, those of every call.

    Args:
        gpus: the devices beside the CPU; None: all.
    """
    states = {}

    def take():
        chosen = [g for d, g in _of_devices.items() if d is devices.CPU or gpus is None or d in gpus]
        states.update((g, g.engine.get_state()) for g in chosen)

    take()
    if modes.state.recorder is not None:
        modes.state.recorder.repeat(take)
    return states


def restore(states: dict) -> None:
    """Put the default generators back into the states of a snapshot."""
    for g in states:
        _steer(g.engine, lambda g=g: g.engine.set_state(states[g]))


def manual_seed(seed) -> Generator:
    """Seed the default generators (of the CPU and of every GPU) and return the CPU's.

    Raises:
        ValueError: outside [-2**63, 2**64).
    """
    seed = int(seed)
    default_generator.manual_seed(seed)
    _steer(default_generator.engine, lambda: _last_seed.__setitem__(0, seed))
    for g in _of_devices.values():
        g.manual_seed(seed)
    return default_generator


def seed() -> int:
    """Seed the default generators from the operating system; the 64-bit seed is returned."""
    value = default_generator.seed()
    _last_seed[0] = value
    for g in _of_devices.values():
        if g is not default_generator:
            g.manual_seed(value)
    return value


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default generator: uint8, 5056 elements."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Put the default generator into a state."""
    default_generator.set_state(new_state)
