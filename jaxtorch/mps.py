"""torch.mps, which programs ask for Apple's GPUs: XLA has none. As in PyTorch without them, what uses one raises."""

from __future__ import annotations


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def _refusing(kernel: str):
    def refused(*args, **kwargs):
        raise RuntimeError(f"Cannot execute {kernel}() without MPS backend.")

    refused.__doc__ = "Raise: there is no such device."
    return refused


empty_cache, synchronize = _refusing("emptyCache"), _refusing("deviceSynchronize")
manual_seed = seed = get_rng_state = set_rng_state = _refusing("getDefaultGenerator")
current_allocated_memory = _refusing("getCurrentAllocatedMemory")
driver_allocated_memory = _refusing("getDriverAllocatedMemory")
recommended_max_memory = _refusing("getRecommendedMaxMemory")
