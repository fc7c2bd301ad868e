"""Benchmarks print ratios; none asserts a time. Run by `make bench`."""

import os

# One thread each: the libraries are compared, not their thread pools on a shared machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
