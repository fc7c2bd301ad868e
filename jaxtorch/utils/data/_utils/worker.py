"""The worker process of a loader: its loop, and how it tells what went wrong."""

from __future__ import annotations

import os
import queue
import random
import signal
import sys
import threading
import traceback
from dataclasses import dataclass

import jax
import numpy as np

from ...._core import settings, storage
from ...._core.generator import manual_seed
from . import transport
from .fetch import _IterableDatasetFetcher, _MapDatasetFetcher
from .info import WorkerInfo, become, get_worker_info

__all__ = ["MP_STATUS_CHECK_INTERVAL", "ExceptionWrapper", "WorkerInfo", "get_worker_info"]

MP_STATUS_CHECK_INTERVAL = 5.0
"""Seconds a worker is given to end by itself."""


class KeyErrorMessage(str):
    """A text that is its own repr: KeyError shows the repr of what it is given."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ExceptionWrapper:
    """An exception of another process: its type and the text of its traceback."""

    def __init__(self, exc_info=None, where: str = "in background"):
        exc_info = sys.exc_info() if exc_info is None else exc_info
        self.exc_type = exc_info[0]
        self.exc_msg = "".join(traceback.format_exception(*exc_info))
        self.where = where

    def reraise(self):
        """Raise an exception of the same type with the original traceback as its text."""
        text = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            text = KeyErrorMessage(text)
        elif getattr(self.exc_type, "message", None):
            raise self.exc_type(message=text)
        try:
            exception = self.exc_type(text)
        except Exception:  # noqa: BLE001 - a type whose constructor wants something else
            raise RuntimeError(text) from None
        raise exception


@dataclass(frozen=True)
class _IterableDatasetStopIteration:
    """Sent in place of a batch: the worker's copy of the stream has ended."""

    worker_id: int


@dataclass(frozen=True)
class _ResumeIteration:
    """Sent to a persistent worker, and back by it, where an epoch begins."""

    seed: int | None = None


def _seed_everything(base_seed: int, worker_id: int) -> int:
    """Seed Python's, PyTorch's and NumPy's generators as PyTorch does."""
    seed = base_seed + worker_id
    random.seed(seed)
    manual_seed(seed)
    words = [worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    np.random.seed(np.random.SeedSequence(words).generate_state(4))
    return seed


def _use_one_cpu() -> None:
    """Keep JAX, should the dataset's code start it, to one thread of the CPU.

    This process was made for the worker alone, so its settings are the worker's to choose.
    """
    os.environ["NPROC"] = "1"  # the size of XLA's thread pools
    jax.config.update("jax_platforms", "cpu")
    settings.set_num_threads(1)


def _tasks_of(connection) -> queue.SimpleQueue:
    """What the loader sends, read as it comes, so that the loader never waits to send; None at its end."""
    tasks: queue.SimpleQueue = queue.SimpleQueue()

    def read():
        try:
            while True:
                tasks.put(connection.recv())
        except (EOFError, OSError):  # the loader closed its end, or is gone
            tasks.put(None)

    threading.Thread(target=read, daemon=True).start()
    return tasks


def worker_loop(payload: bytes, worker_id: int, folder: str, tasks, results) -> None:
    """Answer each (number, indices) from ``tasks`` with a (number, batch) in ``results``.

    Args:
        payload: the packed job: dataset, functions and options.
        folder: of the shelf on which large arrays lie.
        tasks, results: connections.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the loader's process is interrupted and ends this one
    _use_one_cpu()
    storage.keep_on_host[0] = True
    shelf = transport.Shelf(folder)
    where = f"in DataLoader worker process {worker_id}"
    failed, ended = None, False
    job = fetcher = None
    try:
        job = transport.unpack(payload)
        seed = _seed_everything(job["base_seed"], worker_id)
        become(WorkerInfo(worker_id, job["num_workers"], seed, job["dataset"]))
        if job["worker_init_fn"] is not None:
            job["worker_init_fn"](worker_id)
        fetcher = make_fetcher(job)
    except Exception:  # noqa: BLE001 - whatever it is, the loader raises it
        failed = ExceptionWrapper(where=where)
    incoming = _tasks_of(tasks)
    while True:
        task = incoming.get()
        if task is None:
            return
        if isinstance(task, _ResumeIteration):
            number, data, ended = task, None, False
            if failed is None:
                fetcher = make_fetcher(job)
        elif ended:
            continue
        else:
            number, index = task
            data = failed
            if failed is None:
                try:
                    data = fetcher.fetch(index)
                except Exception as e:  # noqa: BLE001
                    if isinstance(e, StopIteration) and job["iterable"]:
                        data, ended = _IterableDatasetStopIteration(worker_id), True
                    else:
                        data = ExceptionWrapper(where=where)
        try:
            packed = transport.pack((number, data), shelf)
        except Exception:  # noqa: BLE001 - a batch that cannot travel
            packed = transport.pack((number, ExceptionWrapper(where=where)), shelf)
        try:
            results.send_bytes(packed)
        except OSError:  # nobody waits for it any more
            return


def make_fetcher(job: dict):
    """The fetcher of a job's dataset."""
    kind = _IterableDatasetFetcher if job["iterable"] else _MapDatasetFetcher
    return kind(job["dataset"], job["auto_collation"], job["collate_fn"], job["drop_last"])
