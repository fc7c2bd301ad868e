"""What holds for every test: the device, the threads, and how Hypothesis reports."""

import os
from pathlib import Path

# Before jax or torch is imported. Both libraries on one device and one thread: sums are added
# in one order on every machine, and parallel workers do not fight over the cores.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Programs compiled by one worker, or in an earlier run, are not compiled again.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parent.parent / ".xla_cache"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

from hypothesis import settings  # noqa: E402

# No deadlines: the first example of a shape compiles. A failure prints how to repeat it.
settings.register_profile("jaxtorch", deadline=None, print_blob=True)
settings.load_profile("jaxtorch")

