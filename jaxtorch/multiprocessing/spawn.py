"""Starting processes that run one function, and hearing of their failures."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

__all__ = [
    "ProcessContext", "ProcessException", "ProcessExitedException", "ProcessRaisedException", "SpawnContext", "spawn",
    "start_processes",
]  # fmt: skip

log = logging.getLogger(__name__)
_PATIENCE = 30.0  # seconds a process has to end when told to
_PR_SET_PDEATHSIG = 1


class ProcessException(Exception):
    """A process failed: its number, and its id."""

    def __init__(self, msg: str, error_index: int, error_pid: int):
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid = msg, error_index, error_pid

    def __reduce__(self):
        # by function: the classes carry PyTorch's module name, which pickle finds under the alias only
        return _remade, (type(self).__name__, (self.msg, self.error_index, self.error_pid, *self._how()))

    def _how(self) -> tuple:
        return ()


class ProcessRaisedException(ProcessException):
    """A process ended with an exception; the text has its traceback."""


class ProcessExitedException(ProcessException):
    """A process ended by a signal or with an exit code."""

    def __init__(self, msg: str, error_index: int, error_pid: int, exit_code: int, signal_name: str | None = None):
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name

    def _how(self) -> tuple:
        return self.exit_code, self.signal_name


def _remade(name: str, facts: tuple) -> ProcessException:
    return globals()[name](*facts)


for _exception in (ProcessException, ProcessRaisedException, ProcessExitedException):
    _exception.__module__ = "torch.multiprocessing.spawn"


def _end_with_parent() -> None:
    """Have the system interrupt this process when its parent is gone (Linux)."""
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _run(fn: Callable, index: int, args: tuple, error_file: str) -> None:
    """What a process does; the traceback of an exception goes to a file."""
    _end_with_parent()
    try:
        fn(index, *args)
    except KeyboardInterrupt:
        pass  # the parent said so
    except Exception:
        with open(error_file, "wb") as f:
            pickle.dump(traceback.format_exc(), f)
        sys.exit(1)


class ProcessContext:
    """Processes that run together: when one fails, the others are ended."""

    def __init__(self, processes: list, error_files: list[str]):
        self.processes, self.error_files = processes, error_files
        self.sentinels = {process.sentinel: index for index, process in enumerate(processes)}

    def pids(self) -> list[int]:
        """The processes' ids."""
        return [int(process.pid) for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait until a process has ended.

        Args:
            timeout: seconds to wait; None: as long as it takes.
            grace_period: seconds the others may go on when one fails, and have to end when told to.

        Returns:
            Whether all have ended.

        Raises:
            ProcessRaisedException: one ended with an exception.
            ProcessExitedException: one ended by a signal or with an exit code other than 0.
        """
        if not self.sentinels:
            return True
        for sentinel in multiprocessing.connection.wait(self.sentinels.keys(), timeout=timeout):
            index = self.sentinels.pop(sentinel)  # pyright: ignore[reportArgumentType]
            self.processes[index].join()
            if self.processes[index].exitcode != 0:
                self._end(grace_period)
                raise self._failure(index)
        return not self.sentinels

    def _wait(self, seconds: float) -> None:
        """Wait for all, together no longer than this."""
        end = time.monotonic() + seconds
        for process in self.processes:
            process.join(max(0, end - time.monotonic()))

    def _end(self, grace_period: float | None) -> None:
        if grace_period is not None:
            self._wait(grace_period)
        for process in self.processes:
            if process.is_alive():
                log.warning("Terminating process %s via signal SIGTERM", process.pid)
                process.terminate()
        self._wait(_PATIENCE if grace_period is None else grace_period)
        for process in self.processes:
            if process.is_alive():
                log.warning("Unable to shutdown process %s via SIGTERM , forcefully exiting via SIGKILL", process.pid)
                process.kill()
            process.join()

    def _failure(self, index: int) -> ProcessException:
        """The exception that says how a process failed."""
        process, path = self.processes[index], self.error_files[index]
        if os.access(path, os.R_OK):
            with open(path, "rb") as f:
                trace = pickle.load(f)
            os.unlink(path)
            text = f"\n\n-- Process {index:d} terminated with the following error:\n{trace}"
            return ProcessRaisedException(text, index, process.pid)
        code, name = process.exitcode, None
        if code < 0:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                name = f"<Unknown signal {-code}>"
        how = f"exit code {code:d}" if name is None else f"signal {name}"
        return ProcessExitedException(f"process {index:d} terminated with {how}", index, process.pid, code, name)


class SpawnContext(ProcessContext):
    """The former name of `ProcessContext`."""

    def __init__(self, processes: list, error_files: list[str]):
        warnings.warn("SpawnContext is renamed to ProcessContext since 1.4 release.", stacklevel=2)
        super().__init__(processes, error_files)


def start_processes(fn: Callable, args: tuple = (), nprocs: int = 1, join: bool = True, daemon: bool = False,
                    start_method: str = "spawn") -> ProcessContext | None:  # fmt: skip
    """Run ``fn(i, *args)`` in processes 0 to ``nprocs - 1``.

    Args:
        fn: a function that new processes can import.
        args: what follows the process's number.
        nprocs: how many.
        join: whether to wait until all have ended.
        daemon: whether they end with this process.
        start_method: "spawn", "forkserver" or "fork".

    Returns:
        None, or the `ProcessContext` to wait on.
    """
    context: Any = multiprocessing.get_context(start_method)
    processes, files = [], []
    for index in range(nprocs):
        # a name nobody else has: the file is there only where the process has failed
        handle, path = tempfile.mkstemp(prefix="pytorch-errorfile-", suffix=".pickle")
        os.close(handle)
        os.unlink(path)
        process = context.Process(target=_run, args=(fn, index, args, path), daemon=daemon)
        process.start()
        processes.append(process)
        files.append(path)
    started = ProcessContext(processes, files)
    if not join:
        return started
    while not started.join():
        pass
    return None


def spawn(fn: Callable, args: tuple = (), nprocs: int = 1, join: bool = True, daemon: bool = False,
          start_method: str = "spawn") -> ProcessContext | None:  # fmt: skip
    """`start_processes` by "spawn".

    Raises:
        ProcessRaisedException: a process ended with an exception; the others were ended.
        ProcessExitedException: a process ended by a signal or with an exit code other than 0.
    """
    if start_method != "spawn":
        warnings.warn(
            f"This method only supports start_method=spawn (got: {start_method}).\n"
            "To use a different start_method use:\n\t\t torch.multiprocessing.start_processes(...)",
            FutureWarning,
            stacklevel=2,
        )
    return start_processes(fn, args, nprocs, join, daemon)
