"""When operations run: one by one as they are asked for, or together when a value is looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ._core import modes
from ._record.segment import of_thread

__all__ = ["deferred", "eager", "flush", "report"]


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Let the operations of this thread wait, and run many of them as one program.

    Work is done when a value is looked at (``item``, ``print``, ``numpy``, ``if t:``, saving), after each
    optimizer's step, and at the end of the block. Results, errors and the order of effects are those of
    running op by op. `JAXTORCH_DEFERRED=1` in the environment does the same for the main thread of a program.

    Where tensors are large or operations many, this takes 0.2 to 0.75 of the time; steps of a few small
    operations gain nothing (docs/performance.md). `torch.compile` is faster still.

    Returns:
        A context manager.

    Differs from PyTorch: it has no such mode.

    Example:
        >>> import jaxtorch as torch
        >>> with torch.engine.deferred():
        ...     x = torch.ones(3)
        ...     y = (x * 2 + 1).sum()
        ...     print(y)
        tensor(9.)
    """
    if modes.state.segment is not None:
        yield
        return
    segment = of_thread()
    with modes.holding("segment", segment):
        try:
            yield
        finally:
            segment.flush()


@contextlib.contextmanager
def eager() -> Iterator[None]:
    """Run the operations of this thread one by one, as they are asked for, also inside of `deferred`.

    Returns:
        A context manager.

    Differs from PyTorch: it has no such mode.

    Example:
        >>> import jaxtorch as torch
        >>> with torch.engine.deferred(), torch.engine.eager():
        ...     print(torch.ones(2) + 1)
        tensor([2., 2.])
    """
    with modes.at_once():
        yield


def flush() -> None:
    """Run what waits in this thread; values may still be computed when this returns.

    Example:
        >>> import jaxtorch as torch
        >>> with torch.engine.deferred():
        ...     y = torch.ones(2) + 1
        ...     torch.engine.flush()
    """
    modes.flush()


def report() -> str:
    """What has become of the operations that waited in this thread.

    Returns:
        A text of a few lines: segments and how many of them were new, how many ran as one program and how
        many op by op, and the seconds that compiling took.

    Example:
        >>> import jaxtorch as torch
        >>> with torch.engine.deferred():
        ...     y = torch.ones(2) + 1
        >>> "segments" in torch.engine.report()
        True
    """
    return str(of_thread().report)
