"""torch.futures: a value that some thread sets, and what is to be done with it then."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Future", "collect_all", "wait_all"]

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Future(Generic[T]):
    """A value to come.

    Args:
        devices: not supported; values on any device are waited for where they are read.

    Example:
        >>> import jaxtorch as torch
        >>> future = torch.futures.Future()
        >>> doubled = future.then(lambda f: f.value() * 2)
        >>> future.set_result(3)
        >>> doubled.wait()
        6
    """

    def __init__(self, *, devices=None):
        if devices is not None:
            raise NotImplementedError("Future(devices=...)")
        self._changed = threading.Condition()
        self._done = False
        self._result = None
        self._error: Exception | None = None
        self._callbacks: list[Callable] = []

    def done(self) -> bool:
        """Whether there is a value, or an exception in its place."""
        return self._done

    def wait(self) -> T:
        """Wait for the value and return it, or raise the exception."""
        with self._changed:
            self._changed.wait_for(self.done)
        return self.value()

    def value(self) -> T:
        """The value, which must be there.

        Raises:
            RuntimeError: it is not.
        """
        if not self._done:
            raise RuntimeError("value() of a Future that is not completed: use wait()")
        if self._error is not None:
            raise self._error
        return self._result  # pyright: ignore[reportReturnType]

    def then(self, callback: Callable) -> Future:
        """The Future of ``callback(self)``, which is called once this one is completed."""
        after: Future = Future()

        def run(_):
            try:
                after._complete(callback(self))
            except Exception as error:  # noqa: BLE001 - whoever waits raises it
                after._complete(None, _failed(error))

        self._add(run)
        return after

    def add_done_callback(self, callback: Callable) -> None:
        """Call ``callback(self)`` once this is completed; what it raises is logged."""

        def run(_):
            try:
                callback(self)
            except Exception as error:  # noqa: BLE001
                _log.error("%s", _failed(error))

        self._add(run)

    def _add(self, run: Callable) -> None:
        with self._changed:
            if not self._done:
                self._callbacks.append(run)
                return
        run(self)

    def set_result(self, result: T) -> None:
        """Complete with a value.

        Raises:
            RuntimeError: it is completed.
        """
        self._complete(result)

    def set_exception(self, result: Exception) -> None:
        """Complete with an exception, which `wait` and `value` raise."""
        if not isinstance(result, Exception):
            raise AssertionError(f"{result} is of type {type(result)}, not an Exception.")
        self._complete(None, result)

    def _complete(self, result, error: Exception | None = None) -> None:
        with self._changed:
            if self._done:
                raise RuntimeError(
                    "Attempting to mark a completed Future as complete again. Note that a Future can only be marked "
                    "completed once."
                )
            self._result, self._error, self._done = result, error, True
            callbacks, self._callbacks = self._callbacks, []
            self._changed.notify_all()
        for run in callbacks:
            run(self)


Future.__module__ = "torch.futures"


def _failed(error: Exception) -> RuntimeError:
    return RuntimeError(f"Got the following error when running the callback: {type(error).__name__}: {error}")


def collect_all(futures: list[Future]) -> Future[list[Future]]:
    """The Future of all of ``futures``, completed when they are."""
    for f in futures:
        if not isinstance(f, Future):
            raise TypeError(f"collect_all(): expected a sequence of Futures, got {type(f).__name__} in it")
    found: Future = Future()
    lock, left = threading.Lock(), [len(futures)]

    def arrived(_):
        with lock:
            left[0] -= 1
            last = left[0] == 0
        if last:
            failed = [f._error for f in futures if f._error is not None]
            found._complete(list(futures), failed[0] if failed else None)

    if not futures:
        found.set_result([])
    for f in futures:
        f._add(arrived)
    return found


def wait_all(futures: list[Future]) -> list:
    """Wait for all of ``futures`` and return their values; the first exception among them is raised."""
    return [f.wait() for f in collect_all(futures).wait()]
