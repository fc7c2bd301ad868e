"""What a worker process knows of itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker: its number, how many there are, its seed and its copy of the dataset."""

    id: int
    num_workers: int
    seed: int
    dataset: object
    rng: object = None
    worker_method: str | None = "multiprocessing"


_current: list[WorkerInfo | None] = [None]


def get_worker_info() -> WorkerInfo | None:
    """The worker that this process is; None in the main process.

    Example:
        >>> get_worker_info() is None
        True
    """
    return _current[0]


def become(info: WorkerInfo) -> None:
    """Make this process the worker ``info``."""
    _current[0] = info
