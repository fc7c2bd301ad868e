"""The processes that the programs run in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from . import snippet_server

ROOT = Path(__file__).parents[2]

# `torch` here puts PyTorch on both sides, which shows that the programs themselves are right.
SUBJECT = os.environ.get("JAXTORCH_TEST_SUBJECT", "jaxtorch")

# PyTorch on the other side has no GPU, so neither must jaxtorch. With one thread PyTorch adds in
# the same order on every machine, and two processes do not wait for each other's threads.
ENVIRONMENT = os.environ | {
    "OMP_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    "CUDA_VISIBLE_DEVICES": "",
    "PYTHONPATH": str(ROOT),
    "PYTHONIOENCODING": "utf-8",
}

LIMIT_SECONDS = 240.0


class LibraryProcess:
    """A process of one library, started at its first program, that runs one after another."""

    def __init__(self, library: str) -> None:
        self.library = library
        self.process: subprocess.Popen[str] | None = None

    def run(self, path: Path) -> dict:
        """What `snippet_server.run_snippet` says of the program at `path`."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, snippet_server.__file__, self.library],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=ENVIRONMENT,
                text=True,
                encoding="utf-8",
            )
        process = self.process
        assert process.stdin is not None and process.stdout is not None
        timer = threading.Timer(LIMIT_SECONDS, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps({"path": str(path)}) + "\n")
            process.stdin.flush()
            reply = process.stdout.readline()
        except BrokenPipeError:
            reply = ""
        finally:
            timer.cancel()
        if not reply:
            status = self.stop()
            pytest.fail(f"the {self.library} process ended with status {status} at {path.name}")
        return json.loads(reply)

    def stop(self) -> int | None:
        """End the process, and return its status; a later program starts another."""
        process, self.process = self.process, None
        if process is None:
            return None
        try:
            process.communicate()
        except BrokenPipeError:
            process.wait()
        return process.returncode
