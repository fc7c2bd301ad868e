"""Profiling: what ran and how long it took (`torch.profiler`).

    with torch.profiler.profile() as p:
        step()
    print(p.key_averages().table(sort_by="cpu_time_total", row_limit=10))
    p.export_chrome_trace("trace.json")
"""

from . import profiler
from .profiler import *  # noqa: F403

__all__ = profiler.__all__
