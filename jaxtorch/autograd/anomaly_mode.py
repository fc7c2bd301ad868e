"""Finding the operation whose gradient went wrong."""

from __future__ import annotations

import warnings

from .._core import modes


class detect_anomaly:  # noqa: N801
    """Inside, each node remembers where it was made; backward says so if it fails or gives nan."""

    def __init__(self, check_nan: bool = True):
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime "
            "and should only be enabled for debugging.",
            stacklevel=2,
        )

    def __enter__(self):
        state = modes.state
        self.previous = (state.anomaly, state.anomaly_check_nan)
        state.anomaly, state.anomaly_check_nan = True, self.check_nan

    def __exit__(self, *_):
        modes.state.anomaly, modes.state.anomaly_check_nan = self.previous


class set_detect_anomaly:  # noqa: N801
    """Set anomaly detection on or off, for a block or from now on."""

    def __init__(self, mode: bool, check_nan: bool = True):
        state = modes.state
        self.previous = (state.anomaly, state.anomaly_check_nan)
        state.anomaly, state.anomaly_check_nan = bool(mode), check_nan

    def __enter__(self):
        return None

    def __exit__(self, *_):
        modes.state.anomaly, modes.state.anomaly_check_nan = self.previous


def is_anomaly_enabled() -> bool:
    """Whether anomaly detection is on."""
    return modes.state.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly detection looks for nan."""
    return modes.state.anomaly_check_nan


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Set anomaly detection on or off, from now on.

    Args:
        check_nan: whether it looks for nan.

    Raises:
        TypeError: they are no bools.
    """
    for place, (name, value) in enumerate((("enabled", enabled), ("check_nan", check_nan)), 1):
        if not isinstance(value, bool):
            raise TypeError(
                f"set_anomaly_enabled(): argument '{name}' (position {place}) must be bool, not {type(value).__name__}"
            )
    modes.state.anomaly, modes.state.anomaly_check_nan = enabled, check_nan
