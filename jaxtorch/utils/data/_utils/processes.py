"""Starting worker processes, hearing from them and ending them."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
import time
import weakref

from . import transport
from .worker import MP_STATUS_CHECK_INTERVAL, worker_loop

_starting = threading.Lock()


def context_for(asked):
    """The multiprocessing context that workers are started in: never one that forks this process.

    A forked child would inherit JAX's locks without the threads that hold them. The fork server is
    started afresh and imports what workers need once for all of them.
    """
    methods = multiprocessing.get_all_start_methods()
    if asked is not None and asked.get_start_method() in ("spawn", "forkserver"):
        found = asked
    else:
        found = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if found.get_start_method() == "forkserver":
        _preload()
    return found


def _preload() -> None:
    """Have the fork server import the package, unless the program said what it shall import."""
    from multiprocessing import forkserver

    server = forkserver._forkserver
    if getattr(server, "_preload_modules", None) == ["__main__"]:
        server.set_forkserver_preload([worker_loop.__module__])


@contextlib.contextmanager
def _main_untold():
    """Keep multiprocessing from running the program's main module in a new process.

    What a worker needs of it travels by value (see `by_value`), so that a program needs no
    ``if __name__ == "__main__"`` around its loops.
    """
    main = sys.modules["__main__"]
    missing = object()
    file, spec = getattr(main, "__file__", missing), getattr(main, "__spec__", None)
    with _starting:
        main.__spec__ = None
        if file is not missing:
            del main.__file__
        try:
            yield
        finally:
            main.__spec__ = spec
            if file is not missing:
                main.__file__ = file  # pyright: ignore[reportAttributeAccessIssue]


class Workers:
    """The worker processes of one iterator."""

    def __init__(self, context, job: dict, count: int):
        self.shelf = transport.Shelf()
        self.processes: list = []
        self.tasks: list = []
        self.results: list = []
        # called when the iterator is done or dropped, and at the latest when the program ends
        self.close = weakref.finalize(self, _end, self.tasks, self.results, self.processes, self.shelf)
        try:
            payload = transport.pack(job, self.shelf, once=False)
            for worker_id in range(count):
                self._start(context, payload, worker_id)
        except BaseException:
            self.close()
            raise

    def _start(self, context, payload: bytes, worker_id: int) -> None:
        task_in, task_out = context.Pipe(duplex=False)
        result_in, result_out = context.Pipe(duplex=False)
        args = (payload, worker_id, self.shelf.folder, task_in, result_out)
        process = context.Process(target=worker_loop, args=args, daemon=True)
        with _main_untold():
            process.start()
        # a pipe tells its reader that the writer is gone once no other process holds the writing end
        task_in.close()
        result_out.close()
        self.processes.append(process)
        self.tasks.append(task_out)
        self.results.append(result_in)

    def send(self, worker_id: int, task) -> None:
        """Give a worker something to do."""
        with contextlib.suppress(OSError):  # a worker that is gone is noticed when it is waited for
            self.tasks[worker_id].send(task)

    def receive(self, timeout: float | None, alive: list[bool]):
        """The next (number, data) that any worker sends; None when the time is over.

        Raises:
            RuntimeError: a worker that should live has ended.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            open_ones = [r for r in self.results if not r.closed]
            ready = multiprocessing.connection.wait(open_ones, left)
            if not ready:
                return None
            lost = []
            for connection in ready:
                try:
                    return transport.unpack(connection.recv_bytes())  # pyright: ignore[reportAttributeAccessIssue]
                except (EOFError, ConnectionResetError):
                    lost.append(self.results.index(connection))
            for worker_id in lost:  # only when nobody else has sent anything
                self._lost(worker_id, alive)

    def _lost(self, worker_id: int, alive: list[bool]) -> None:
        self.results[worker_id].close()
        if not alive[worker_id]:
            return
        process = self.processes[worker_id]
        process.join(MP_STATUS_CHECK_INTERVAL)
        cause = _cause_of_death(process)
        raise RuntimeError(f"DataLoader worker (pid(s) {process.pid}) exited unexpectedly") from cause

    def finish(self, worker_id: int) -> None:
        """Let one worker end."""
        self.tasks[worker_id].close()


def _cause_of_death(process) -> RuntimeError | None:
    """What ended a worker, if it was a signal or an exit of its own with a code."""
    code = process.exitcode
    if not code:
        return None
    if code > 0:
        return RuntimeError(
            f"DataLoader worker (pid {process.pid}) exited unexpectedly with exit code {code}. Details are lost due to "
            "multiprocessing. Rerunning with num_workers=0 may give better error trace."
        )
    text = f"DataLoader worker (pid {process.pid}) is killed by signal: {signal.strsignal(-code)}. "
    if -code == signal.SIGBUS:
        text += (
            "It is possible that dataloader's workers are out of shared memory. Please try to raise your shared "
            "memory limit."
        )
    return RuntimeError(text)


def _end(tasks: list, results: list, processes: list, shelf: transport.Shelf) -> None:
    """End workers, by force if they do not end by themselves, and free what they hold."""
    for connection in (*tasks, *results):
        connection.close()
    deadline = time.monotonic() + MP_STATUS_CHECK_INTERVAL
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.terminate()
            process.join(MP_STATUS_CHECK_INTERVAL)
    shelf.close()


def cpu_count() -> int | None:
    """How many CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()
