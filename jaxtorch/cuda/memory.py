"""torch.cuda's memory, as XLA's allocator counts it."""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict

from .._core import devices
from ._current import gpu, require_function

# PyTorch's count -> XLA's
_COUNTS = {
    "allocated_bytes.all.current": "bytes_in_use",
    "allocated_bytes.all.peak": "peak_bytes_in_use",
    "reserved_bytes.all.current": "pool_bytes",
    "reserved_bytes.all.peak": "peak_pool_bytes",
    "num_alloc_retries": None,
    "allocation.all.allocated": "num_allocs",
}


def memory_stats(device=None) -> OrderedDict:
    """PyTorch's counts that XLA keeps too; empty without a GPU."""
    if not devices.cuda_devices():
        return OrderedDict()
    found = gpu(device).memory_stats() or {}
    return OrderedDict((ours, int(found[theirs])) for ours, theirs in _COUNTS.items() if theirs in found)


def memory_allocated(device=None) -> int:
    """Bytes in use on a GPU; 0 without one."""
    return memory_stats(device).get("allocated_bytes.all.current", 0)


def max_memory_allocated(device=None) -> int:
    """The most bytes that were in use on a GPU since the process began; 0 without one."""
    return memory_stats(device).get("allocated_bytes.all.peak", 0)


def memory_reserved(device=None) -> int:
    """Bytes that XLA's allocator has taken of a GPU; 0 without one."""
    return memory_stats(device).get("reserved_bytes.all.current", 0)


def max_memory_reserved(device=None) -> int:
    """The most bytes that XLA's allocator had taken of a GPU; 0 without one."""
    return memory_stats(device).get("reserved_bytes.all.peak", 0)


def mem_get_info(device=None) -> tuple[int, int]:
    """(free, total) bytes of what XLA may use of a GPU."""
    found = gpu(device).memory_stats() or {}
    total = int(found.get("bytes_limit", 0))
    return total - int(found.get("bytes_in_use", 0)), total


def reset_peak_memory_stats(device=None) -> None:
    """Begin the peaks anew: XLA cannot, and a warning says so.

    Raises:
        AttributeError: there is no GPU, as in PyTorch.
    """
    require_function("_cuda_resetPeakMemoryStats")
    warnings.warn("XLA keeps its peaks of memory since the process began; they are not reset", stacklevel=2)


def reset_accumulated_memory_stats(device=None) -> None:
    """Begin the sums anew: XLA cannot, and a warning says so.

    Raises:
        AttributeError: there is no GPU, as in PyTorch.
    """
    require_function("_cuda_resetAccumulatedMemoryStats")
    warnings.warn("XLA keeps its counts of memory since the process began; they are not reset", stacklevel=2)


def _former(name: str, fn, text: str):
    """``fn`` under a former name, with a warning."""

    @functools.wraps(fn)
    def call(device=None):
        warnings.warn(text, FutureWarning, stacklevel=2)
        return fn(device)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The former `{fn.__name__}`."
    return call


def _renamed(name: str, fn):
    return _former(name, fn, f"`torch.cuda.{name}` has been renamed to `torch.cuda.{fn.__name__}`")


def _of_all(name: str):
    return _former(
        name,
        reset_peak_memory_stats,
        f"torch.cuda.{name} now calls torch.cuda.reset_peak_memory_stats, which resets /all/ peak memory stats.",
    )


memory_cached = _renamed("memory_cached", memory_reserved)
max_memory_cached = _renamed("max_memory_cached", max_memory_reserved)
reset_max_memory_allocated = _of_all("reset_max_memory_allocated")
reset_max_memory_cached = _of_all("reset_max_memory_cached")


_ROWS = (("Allocated memory", "allocated_bytes"), ("GPU reserved memory", "reserved_bytes"))


def _shown(count: int | None) -> str:
    """A number of bytes in the largest unit that keeps four digits of it."""
    if count is None:
        return ""
    unit = 0
    while unit < 4 and count >= 10 * 1024:
        count, unit = count // 1024, unit + 1
    return f"{count:7d} {('B  ', 'KiB', 'MiB', 'GiB', 'TiB')[unit]}"


def memory_summary(device=None, abbreviated: bool = False) -> str:
    """A table of what XLA's allocator counts on a GPU.

    Args:
        device: the GPU; None: the current one.
        abbreviated: accepted; there are few rows.

    Raises:
        KeyError: there is no GPU, as in PyTorch.

    Differs from PyTorch: the rows are those of the counts that XLA keeps.
    """
    stats = memory_stats(device)
    if not stats:
        raise KeyError("allocated_bytes.all.current")
    line = "|" + "=" * 53 + "|"
    rows = [line, f"| {f'XLA memory summary, device {gpu(device).id}':^51} |", line]
    rows += [f"| {'Metric':^21} | {'Cur Usage':^12} | {'Peak Usage':^12} |", "|" + "-" * 53 + "|"]
    for title, key in _ROWS:
        current, peak = (_shown(stats.get(f"{key}.all.{kind}")) for kind in ("current", "peak"))
        rows.append(f"| {title:<21} | {current:>12} | {peak:>12} |")
    return "\n".join([*rows, line, ""])
