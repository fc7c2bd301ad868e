"""How many programs XLA has compiled in this process."""

import jax

_compiled = [0]


def _count(event: str, *_, fun_name: str = "", **__) -> None:
    # what brings arrays in is compiled once they come often, whichever test that happens in
    _compiled[0] += event.endswith("backend_compile_duration") and "_copy_in" not in fun_name


jax.monitoring.register_event_duration_secs_listener(_count)  # never taken back: that would clear everybody's


def compilations() -> int:
    """The number of programs so far; those found in a cache on disk count too."""
    return _compiled[0]
