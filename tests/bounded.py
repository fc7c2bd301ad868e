"""Memory of a test process that compiles thousands of programs."""

import importlib

import jax
import pytest

_ran = [0]


@pytest.fixture(autouse=True)
def bounded_memory():
    """Thousands of programs are more than a process may map: drop them now and then."""
    yield
    _ran[0] += 1
    if _ran[0] % 250 == 0:
        importlib.import_module("jaxtorch").compiler.reset()
        jax.clear_caches()
