"""torch.xpu, which programs ask for Intel's GPUs: there are none for XLA here.

As in PyTorch without them, questions are answered, what frees or seeds nothing does nothing, and the rest raises.
"""

from __future__ import annotations


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def empty_cache() -> None:
    """Nothing is held."""


def manual_seed(seed: int) -> None:
    """There is no generator to seed."""
    int(seed)


def manual_seed_all(seed: int) -> None:
    """There is no generator to seed."""
    int(seed)


def seed() -> None:
    """There is no generator to seed."""


def seed_all() -> None:
    """There is no generator to seed."""


def memory_allocated(device=None) -> int:
    """0."""
    return 0


memory_reserved = max_memory_allocated = max_memory_reserved = memory_allocated


def _refused(*args, **kwargs):
    """Raise: there is no such device."""
    raise AssertionError("Torch not compiled with XPU enabled")


init = current_device = set_device = synchronize = get_device_name = get_device_properties = _refused
get_device_capability = get_rng_state = initial_seed = current_stream = mem_get_info = _refused
