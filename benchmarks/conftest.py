"""Benchmarks print ratios; none asserts a time. Run by `make bench`."""

import os

# Every library has all cores. PyTorch's threads must not spin between their turns: XLA would wait for them.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
