"""``pin_memory=True`` where there is no GPU: factory functions refuse, each as PyTorch's does."""

import pytest
import torch

from ..oracle import assert_same_trace, module_under_test, run_program

LIB = module_under_test()
pytestmark = pytest.mark.skipif(LIB.cuda.is_available() or torch.cuda.is_available(), reason="there is a GPU")

CALLS = """
zeros(2) ones(2) empty(2) empty(0) full((2,), 1.0) rand(2) randn(2) randint(3, (2,)) randint(1, 3, (2,)) arange(3)
arange(1, 3) arange(1, 3, 2) eye(3) linspace(0, 1, 3) logspace(0, 1, 3) empty_strided((2,), (1,)) randperm(3)
hann_window(3) bartlett_window(3) kaiser_window(3) scalar_tensor(1.0) empty_permuted((2, 3), (0, 1)) range(0, 3)
normal(0.0, 1.0, (2,)) tril_indices(2, 2) triu_indices(2, 2) fft.fftfreq(3) fft.rfftfreq(3) tensor([1.0]) as_tensor([1])
zeros_like(a) ones_like(a) empty_like(a) full_like(a, 1) rand_like(a) randn_like(a) randint_like(a, 3)
a.new_zeros(2) a.new_ones(2) a.new_empty(2) a.new_full((2,), 1) a.new_empty_strided((2,), (1,)) a.new_tensor([1.0])
""".replace(") ", ")\n").split("\n")
CALLS = [call.strip() for call in CALLS if call.strip()]


@pytest.mark.parametrize("call", CALLS)
def test_refused(call):
    def program(lib, trace):
        def run(value):
            owner = "" if call.startswith("a.") else "lib."
            return eval(f"{owner}{call[:-1]}, pin_memory=value)", {"lib": lib, "a": a, "value": value})

        a = lib.zeros(2)
        trace.observe("True", lambda: run(True))
        if call.startswith(("zeros(", "tensor(", "a.new_zeros", "full_like")):
            trace.observe("3", lambda: run(3))
        for value in (False, None):
            found = trace.observe(repr(value), lambda value=value: run(value), noted=lambda t: type(t).__name__)
            if lib.is_tensor(found):
                trace.note("pinned", found.is_pinned())

    assert_same_trace(run_program(program, LIB), run_program(program, torch))
