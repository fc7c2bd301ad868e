"""What holds for the tables of ops."""

import jax
import pytest

_ran = [0]


@pytest.fixture(autouse=True)
def bounded_memory():
    """Thousands of small programs would fill the machine: drop them now and then."""
    yield
    _ran[0] += 1
    if _ran[0] % 250 == 0:
        jax.clear_caches()
