"""Interleaved timing: every contender runs in every round, so drift of the machine cancels."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def interleave(contenders: dict[str, Callable], rounds: int = 40, target: float = 2e-3) -> dict[str, list[float]]:
    """Seconds a call of each contender, one figure a round.

    Args:
        contenders: by name; called without arguments.
        rounds: how often each is measured.
        target: seconds that one measurement should take; sets how many calls it averages.
    """
    calls = {}
    for name, run in contenders.items():
        for _ in range(5):
            run()
        start = time.perf_counter()
        for _ in range(5):
            run()
        calls[name] = max(1, int(target / max((time.perf_counter() - start) / 5, 1e-9)))
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            count = calls[name]
            start = time.perf_counter()
            for _ in range(count):
                run()
            times[name].append((time.perf_counter() - start) / count)
    return times


def ratio(times: dict[str, list[float]], a: str, b: str) -> float:
    """The median, over the rounds, of a's time over b's."""
    return statistics.median(x / y for x, y in zip(times[a], times[b], strict=True))


def median(values: list[float]) -> float:
    """The median in microseconds."""
    return statistics.median(values) * 1e6
