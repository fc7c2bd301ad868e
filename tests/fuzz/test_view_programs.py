"""Random programs of views and writes: jaxtorch must do, line by line, what torch does.

``JAXTORCH_FUZZ_EXAMPLES`` says how many programs; ``make fuzz`` runs 20,000.
"""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from tests.fuzz.machine import Divergence, run_program
from tests.fuzz.programs import KINDS, WEIGHTS
from tests.oracle import module_under_test

EXAMPLES = int(os.environ.get("JAXTORCH_FUZZ_EXAMPLES", "200"))
#: Programs to one test, so that workers share them.
CHUNK = 50
#: Tests after which a process drops its compiled code, which would otherwise fill the memory.
KEPT_CHUNKS = 20
_chunks_run = 0

_choice = st.integers(0, 11)
_kinds = st.sampled_from(["rest"] + [name for name in KINDS for _ in range(WEIGHTS[name])])
_steps = st.tuples(_kinds, _choice, _choice, _choice, _choice)
PROGRAMS = st.tuples(_choice, st.lists(_steps, min_size=8, max_size=16))
QUIET = {
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
    "report_multiple_bugs": False,
    "phases": [Phase.generate, Phase.shrink],
}


@pytest.mark.fuzz
@pytest.mark.parametrize("chunk", range(-(-EXAMPLES // CHUNK)))
def test_view_programs(chunk):
    lib = module_under_test()

    @settings(max_examples=min(CHUNK, EXAMPLES - chunk * CHUNK), **QUIET)
    @seed(chunk)
    @given(PROGRAMS)
    def run(program):
        run_program(program, lib)

    global _chunks_run
    _chunks_run += 1
    if _chunks_run % KEPT_CHUNKS == 0 and "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
    run()


#: A defect planted in the second library's side of each line, and what it stands for.
DEFECTS = {
    "a view that copies": lambda line: line.replace(".T", ".T.clone()"),
    "a write that forgets history": lambda line: line.replace(".mul_(", ".data.mul_("),
    "a write to a copy": lambda line: line.replace(".add_(", ".clone().add_("),
    "setitem at the wrong place": lambda line: line.replace("[0] =", "[-1] ="),
    "numpy that copies": lambda line: line.replace(".numpy()", ".numpy().copy()"),
    "a lost gradient": lambda line: line.replace(".tanh()", ".detach().tanh()"),
    "an accepted error": lambda line: (
        line if ".view(" not in line else line.replace(".view(", ".reshape(")
    ),
    "grad mode ignored": lambda line: line.replace("with torch.no_grad():", "if True:"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(defect):
    import torch

    def diverges(program):
        try:
            run_program(program, torch, DEFECTS[defect])
        except Divergence:
            return True
        return False

    options = settings(max_examples=2000, **{**QUIET, "phases": [Phase.generate]})
    try:
        find(PROGRAMS, diverges, settings=options)
    except NoSuchExample:
        pytest.fail(f"2,000 programs did not notice {defect}")
