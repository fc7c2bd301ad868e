"""Every file in examples/ runs unedited under `jaxtorch run`, and prints what PyTorch prints.

Each test is a process of its own and shares nothing with the others, so they may run at once.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .comparison import Closeness, assert_same_text
from .library_process import ENVIRONMENT, LIMIT_SECONDS, SUBJECT, LibraryProcess
from .test_seeds import CLOSENESS, EXAMPLES
from .tutorials import CODE_BLOCKS

LAUNCHERS = {"torch": [], "jaxtorch": ["-m", "jaxtorch", "run"]}

# The closeness of the snippet that an example is the whole program of.
EXAMPLE_CLOSENESS = {
    block.example: CLOSENESS[f"{block.tutorial}_{block.snippet}"]
    for block in CODE_BLOCKS
    if f"{block.tutorial}_{block.snippet}" in CLOSENESS
}
# Prints means of losses to four digits, after steps whose sums another order rounds otherwise.
EXAMPLE_CLOSENESS["loader_throughput"] = Closeness(relative=1e-4)
# Programs that no tutorial has.
OWN = {"datasets_and_loaders", "saving_tensors", "loader_throughput"}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_example(path: Path, tmp_path: Path, reference: LibraryProcess) -> None:
    expected = reference.run(path)
    assert expected["error"] is None
    assert expected["stdout"]
    done = subprocess.run(
        [sys.executable, *LAUNCHERS[SUBJECT], str(path)],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LIMIT_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    assert_same_text(done.stdout, expected["stdout"], EXAMPLE_CLOSENESS.get(path.stem))
    assert not any(tmp_path.iterdir()), "the program left files behind"


def test_every_example_is_of_a_tutorial() -> None:
    named = {block.example for block in CODE_BLOCKS} | OWN
    assert {path.stem for path in EXAMPLES.glob("*.py")} == named
