"""`jaxtorch compare`: one script under PyTorch and under jaxtorch, side by side."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .alignment import Alignment, align

TORCH = "torch==2.13.0"
PASS, FAIL, CANNOT = 0, 1, 2


@dataclass(frozen=True)
class Outcome:
    """What one process did; `status` is None where it was stopped for taking too long."""

    status: int | None
    stdout: list[str]
    stderr: list[str]
    seconds: float

    @property
    def error(self) -> list[str]:
        """The last line of stderr, as a list, where the process failed."""
        written = [line for line in self.stderr if line.strip()]
        return written[-1:] if self.status else []

    @property
    def ending(self) -> str:
        if self.status is None:
            return f"stopped after {self.seconds:.0f} s"
        if self.status < 0:
            return f"signal {signal.Signals(-self.status).name}"
        return str(self.status)


def main(argv: Sequence[str]) -> int:
    """Compare the runs of the script that `argv` names; return 0, 1 or 2 (see --help)."""
    parser = argparse.ArgumentParser(
        prog="jaxtorch compare",
        usage="jaxtorch compare [-h] [--rtol R] [--atol A] [--timeout S] script.py [arguments ...]",
        description="Run a script under PyTorch and under `jaxtorch run`, in two processes, and "
        "compare exit statuses and printed text: words exactly, numbers within R times "
        "PyTorch's, plus A. Both read an empty standard input.",
        epilog="Exit status: 0 if they agree, 1 if not, 2 if they cannot be compared.",
        allow_abbrev=False,
    )
    parser.add_argument("--rtol", type=float, default=1e-4, help="default: 1e-4")
    parser.add_argument("--atol", type=float, default=0.0, help="default: 0")
    parser.add_argument("--timeout", type=float, help="seconds for each run (default: no limit)")
    parser.add_argument("script")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(argv)
    if not os.path.isfile(chosen.script):
        return _refuse(f"no such script: {chosen.script}")
    if importlib.util.find_spec("torch") is None:
        return _refuse(
            "PyTorch is not installed in this environment, and it is what the script is to be "
            f"compared with. To get it: pip install {TORCH}"
        )
    program = [chosen.script, *chosen.arguments]
    reference = execute([sys.executable, *program], chosen.timeout)
    candidate = execute([sys.executable, "-m", "jaxtorch", "run", *program], chosen.timeout)
    return report(reference, candidate, chosen.rtol, chosen.atol)


def _refuse(reason: str) -> int:
    print(f"jaxtorch compare: {reason}", file=sys.stderr)
    return CANNOT


def execute(command: Sequence[str], timeout: float | None = None) -> Outcome:
    """Run `command` to its end, or for `timeout` seconds and then stop it and its children."""
    group = os.name == "posix"
    # Files, not pipes: a child left behind by the script cannot keep us waiting.
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=group,
        )
        try:
            status: int | None = process.wait(timeout)
        except BaseException as error:
            if group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            status = None
        seconds = time.perf_counter() - start
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read().decode(errors="replace").splitlines())
    return Outcome(status, texts[0], texts[1], seconds)


def agree(reference: Outcome, candidate: Outcome, printed: Alignment, rtol: float) -> bool:
    """Whether both ended alike, printed the same and, where they failed, of the same error."""
    return (
        reference.status is not None
        and reference.status == candidate.status
        and printed.first is None
        and align(reference.error, candidate.error, rtol).first is None
    )


def report(reference: Outcome, candidate: Outcome, rtol: float, atol: float) -> int:
    """Print the table and the verdict; return the exit status."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    printed = align(reference.stdout, candidate.stdout, rtol, atol)
    outcomes = (reference, candidate)
    table = Table("", f"PyTorch {_torch_version()}", "jaxtorch")

    def row(title: str, *cells: str) -> None:
        table.add_row(title, *(Text(cell) for cell in cells))  # Text: brackets are no markup

    row("exit status", *(outcome.ending for outcome in outcomes))
    if reference.error or candidate.error:
        row("error", *("".join(outcome.error) for outcome in outcomes))
    row("lines printed", *(str(len(outcome.stdout)) for outcome in outcomes))
    if printed.first is not None:
        pair = (printed.first.reference, printed.first.candidate)
        shown = ("(no such line)" if line is None else line for line in pair)
        row(f"first difference,\nline {printed.first.line}", *shown)
    ratio = candidate.seconds / reference.seconds
    row(f"wall time (x{ratio:.2f})", *(f"{outcome.seconds:.2f} s" for outcome in outcomes))

    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    console.print(
        f"numbers aligned: {printed.numbers}; largest relative difference: {printed.largest:.2g} "
        f"(tolerance {rtol:g})"
    )
    if agree(reference, candidate, printed, rtol):
        alike = f" (both ended with exit status {reference.status})" if reference.status else ""
        console.print(f"PASS{alike}")
        return PASS
    console.print("FAIL")
    return FAIL


def _torch_version() -> str:
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return ""
