"""What holds for every test: the device, the threads, and how long Hypothesis looks."""

import os

# Before jax or torch is imported. Both libraries on one device and one thread: sums are added
# in one order on every machine, and parallel workers do not fight over the cores.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import HealthCheck, settings  # noqa: E402

# No deadlines: the first example of a shape compiles. A failure prints the blob to repeat it.
settings.register_profile(
    "ci",
    deadline=None,
    print_blob=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("fuzz", settings.get_profile("ci"), max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
