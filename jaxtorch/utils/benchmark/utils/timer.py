"""`Timer`: how long a piece of code takes."""

from __future__ import annotations

import ast
import enum
import gc
import itertools
import statistics
import sys
import textwrap
import timeit
from collections.abc import Callable, Iterable
from typing import Any

import jax

from ...._core import modes
from ...._core.tensor import Tensor
from ....nn.modules.module import Module
from .common import Measurement, TaskSpec

__all__ = ["Language", "Timer", "timer"]

timer = timeit.default_timer
_MOST_RUNS = 2**31 - 1

_SOURCE = """
def inner(_runs, _timer, _wait):
{setup}
    _last = None
    _wait(locals().values())
    _begin = _timer()
    for _run in _runs:
{stmt}
    _wait(locals().values())
    return _timer() - _begin
"""


class Language(enum.Enum):
    """What a statement is written in."""

    PYTHON = 0
    CPP = 1


def _plain(code: str) -> str:
    code = textwrap.dedent(code)
    return code.removeprefix("\n").rstrip()


def _keeping_value(stmt: str) -> str:
    """The code with the value of its last expression kept: it is waited for."""
    tree = ast.parse(stmt)
    if tree.body and isinstance(last := tree.body[-1], ast.Expr):
        tree.body[-1] = ast.Assign([ast.Name("_last", ast.Store())], last.value, lineno=last.lineno)
    return ast.unparse(tree) or "pass"


def _arrays(values: Iterable[Any]) -> Iterable[Any]:
    """The arrays under values: tensors, modules, and lists, tuples and dicts of them."""
    for value in values:
        if isinstance(value, Tensor):
            yield value._storage.array
        elif isinstance(value, jax.Array):
            yield value
        elif isinstance(value, Module):
            yield from _arrays(itertools.chain(value.parameters(), value.buffers()))
        elif type(value) in (list, tuple):
            yield from _arrays(value)
        elif type(value) is dict:
            yield from _arrays(value.values())


class Timer:
    """How long a statement takes.

    Args:
        stmt: the code.
        setup: code that runs before, and is not timed.
        timer: gives seconds.
        globals: names for both; ``torch`` is there.
        label, sub_label, description, env: what the task is called in texts and tables.
        num_threads: shown; XLA's threads are made once.
        language: Python.

    Raises:
        ValueError: ``stmt`` is no string, or the language is unknown.
        NotImplementedError: the language is C++.

    Differs from PyTorch:
        The time ends when what the names of ``stmt`` and ``globals`` hold (tensors, modules, lists of them) and the
        value of the last expression are computed: JAX returns before that. Compiling is part of the warm-up.

    Example:
        >>> import jaxtorch as torch
        >>> from jaxtorch.utils.benchmark import Timer
        >>> found = Timer("x + 1", globals={"x": torch.ones(2)}).timeit(10)
        >>> found.median > 0, found.number_per_run
        (True, 10)
    """

    def __init__(
        self, stmt: str = "pass", setup: str = "pass", global_setup: str = "", timer: Callable[[], float] = timer,
        globals: dict[str, Any] | None = None, label: str | None = None, sub_label: str | None = None,
        description: str | None = None, env: str | None = None, num_threads: int = 1,
        language: Language | str = Language.PYTHON,
    ):  # fmt: skip
        if not isinstance(stmt, str):
            raise ValueError("Currently only a `str` stmt is supported.")
        if language in (Language.CPP, "cpp", "c++"):
            raise NotImplementedError("torch.utils.benchmark.Timer(language='c++') is not supported by jaxtorch")
        if language not in (Language.PYTHON, "py", "python"):
            raise ValueError(f"Invalid language `{language}`.")
        if global_setup:
            raise ValueError(
                f"global_setup is C++ only, got `{global_setup}`. Most "
                "likely this code can simply be moved to `setup`."
            )
        stmt, setup = _plain(stmt), _plain(setup)
        self._task_spec = TaskSpec(stmt, setup, global_setup, label, sub_label, description, env, num_threads)
        self._clock = timer
        source = _SOURCE.format(
            setup=textwrap.indent(setup or "pass", " " * 4), stmt=textwrap.indent(_keeping_value(stmt), " " * 8)
        )
        self._globals = dict(globals or {})
        self._globals.setdefault("torch", sys.modules[__name__.partition(".")[0]])
        exec(compile(source, "<benchmark>", "exec"), self._globals)
        self._inner = self._globals.pop("inner")

    def _wait(self, values: Iterable[Any]) -> None:
        modes.flush()
        mine = [v for name, v in self._globals.items() if name != "__builtins__"]
        for array in _arrays(itertools.chain(values, mine)):
            wait = getattr(array, "block_until_ready", None)
            if wait is not None and not array.is_deleted():
                wait()

    def _timeit(self, number: int) -> float:
        collecting = gc.isenabled()
        gc.disable()
        try:
            seconds = self._inner(itertools.repeat(None, number), self._clock, self._wait)
        finally:
            if collecting:
                gc.enable()
        return max(seconds, 1e-9)

    def _measurement(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number, times, self._task_spec)

    def timeit(self, number: int = 1000000) -> Measurement:
        """Run the statement so often, after a hundredth of it to warm up."""
        self._timeit(max(number // 100, 2))
        return self._measurement(number, [self._timeit(number)])

    def repeat(self, repeat: int = -1, number: int = -1) -> None:
        """Not supported, as in PyTorch."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def autorange(self, callback=None) -> None:
        """Not supported, as in PyTorch."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def collect_callgrind(self, number: int = 100, **options: Any):
        """Not supported: XLA's programs are no code that Callgrind counts."""
        raise NotImplementedError("torch.utils.benchmark.Timer.collect_callgrind is not supported by jaxtorch")

    def _block(self, min_run_time: float) -> int:
        """How many runs a block takes, so that the clock and waiting cost little of it."""
        self._timeit(2)  # compiles
        overhead = statistics.median(self._timeit(0) for _ in range(5))
        number = 1
        while number * 10 <= _MOST_RUNS:
            taken = self._timeit(number)
            small = overhead / taken <= 1e-4 and taken >= min_run_time / 1000
            if small or taken > min_run_time:
                break
            number *= 10
        return number

    def _blocks(self, number, enough, min_run_time, max_run_time=None, callback=None) -> list[float]:
        times: list[float] = []
        while sum(times) < min_run_time or not enough(times):
            times.append(self._timeit(number))
            if callback:
                callback(number, times[-1])
            if max_run_time and sum(times) > max_run_time:
                break
        return times

    def blocked_autorange(
        self, callback: Callable[[int, float], Any] | None = None, min_run_time: float = 0.2
    ) -> Measurement:
        """Run blocks of the statement, of a fitting length, for at least so many seconds.

        Args:
            callback: called with the runs and the seconds of each block.
            min_run_time: seconds.
        """
        number = self._block(min_run_time)
        return self._measurement(number, self._blocks(number, lambda times: True, min_run_time, callback=callback))

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0,
        callback: Callable[[int, float], Any] | None = None,
    ) -> Measurement:  # fmt: skip
        """Run blocks until the range of their middle half is less than ``threshold`` of the median.

        Args:
            threshold: the range over the median.
            min_run_time, max_run_time: the least and the most seconds.
            callback: called with the runs and the seconds of each block.
        """
        number = self._block(0.05)

        def steady(times: list[float]) -> bool:
            return len(times) > 3 and self._measurement(number, times).meets_confidence(threshold)

        return self._measurement(number, self._blocks(number, steady, min_run_time, max_run_time, callback))
