"""The switches of autocast that are functions of the ``torch`` namespace."""

from __future__ import annotations

import warnings

from .._core import devices, dtypes, modes
from .._core.bind import make_callable
from .._core.casts import set_enabled, settings
from .._core.spec import CompositeSpec, Schema


def _switch(*overloads):
    """A public function of (schema, function) pairs, whose arguments are checked as an op's are."""
    specs = [CompositeSpec(Schema(schema), function) for schema, function in overloads]
    return make_callable(specs[0].name, specs, method=False)


def _kind(device_type: str) -> str:
    """The kind of device that a string names: "cuda" for "cuda:0"."""
    if not device_type:
        raise RuntimeError("Device string must not be empty")
    return devices.device(device_type).type


def _known(device_type: str) -> str:
    kind = _kind(device_type)
    if kind not in settings.dtypes:
        raise RuntimeError("unknown device type for autocast in get_autocast_dispatch_key_from_device_type")
    return kind


# -- by kind of device ----------------------------------------------------------------------------
def _is_available(device_type):
    return _kind(device_type) in settings.dtypes


def _is_enabled(device_type="cuda"):
    """Whether autocast is on for a kind of device (the GPU, unless it is named)."""
    return _known(device_type) in modes.state.autocast


def _set_enabled(device_type, enabled):
    """Switch autocast on or off for a kind of device (the GPU, unless it is named)."""
    set_enabled(_known(device_type), enabled)


def _get_dtype(device_type):
    """The dtype of autocast's lower precision on a kind of device."""
    kind = _kind(device_type)
    if kind not in settings.dtypes:
        raise RuntimeError("unsupported scalarType")
    return settings.dtypes[kind]


def _set_dtype(device_type, dtype):
    """Set the dtype of autocast's lower precision on a kind of device."""
    kind = _kind(device_type)
    if kind in settings.dtypes:
        settings.dtypes[kind] = dtype


is_autocast_available = _switch(("_is_autocast_available(str device_type)", _is_available))
is_autocast_enabled = _switch(
    ("is_autocast_enabled(str device_type)", _is_enabled), ("is_autocast_enabled()", _is_enabled)
)
set_autocast_enabled = _switch(
    ("set_autocast_enabled(str device_type, bool enabled)", _set_enabled),
    ("set_autocast_enabled(bool enabled)", lambda enabled: _set_enabled("cuda", enabled)),
)
get_autocast_dtype = _switch(("get_autocast_dtype(str device_type)", _get_dtype))
set_autocast_dtype = _switch(("set_autocast_dtype(str device_type, dtype dtype)", _set_dtype))


# -- the cast weights and the regions -------------------------------------------------------------
def _require_bool(enabled) -> None:
    if not isinstance(enabled, bool):
        raise TypeError(f"enabled must be a bool (got {type(enabled).__name__})")


def is_autocast_cache_enabled() -> bool:
    """Whether autocast keeps the casts of weights until the outermost region ends."""
    return settings.caches


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Let autocast keep the casts of weights, or not."""
    _require_bool(enabled)
    settings.caches = enabled


def clear_autocast_cache() -> None:
    """Forget the casts of weights."""
    settings.casts.clear()


def autocast_increment_nesting() -> int:
    """Count a region that is entered; returns how many there are."""
    settings.nesting += 1
    return settings.nesting


def autocast_decrement_nesting() -> int:
    """Count a region that is left; returns how many there are."""
    settings.nesting -= 1
    return settings.nesting


# -- names from before there was one function for all devices -------------------------------------
def _old(name: str, parameter: str, call: str, run):
    def old(*args):
        if len(args) != bool(parameter):
            raise TypeError(f"{name}() takes {'exactly one' if parameter else 'no'} argument ({len(args)} given)")
        if parameter == "enabled":
            _require_bool(*args)
        if parameter == "dtype" and not isinstance(args[0], dtypes.dtype):
            raise TypeError(f"dtype must be a torch.dtype (got {type(args[0]).__name__})")
        warnings.warn(
            f"torch.{name}({parameter}) is deprecated. Please use torch.{call} instead.", DeprecationWarning, 2
        )
        return run(*args)

    old.__name__ = old.__qualname__ = name
    old.__module__, old.__doc__ = "torch", f"``torch.{call}`` by a former name."
    return old


def _old_names() -> dict:
    found = []
    for kind, device in (("cpu", "cpu"), ("gpu", "cuda"), ("ipu", "ipu"), ("xla", "xla")):
        found.append(_old(f"get_autocast_{kind}_dtype", "", f"get_autocast_dtype('{device}')",
                          lambda d=device: _get_dtype(d)))  # fmt: skip
        found.append(_old(f"set_autocast_{kind}_dtype", "dtype", f"set_autocast_dtype('{device}', dtype)",
                          lambda dtype, d=device: _set_dtype(d, dtype)))  # fmt: skip
        if kind != "gpu":
            found.append(_old(f"is_autocast_{kind}_enabled", "", f"is_autocast_enabled('{device}')",
                              lambda d=device: _is_enabled(d)))  # fmt: skip
            found.append(_old(f"set_autocast_{kind}_enabled", "enabled", f"set_autocast_enabled('{device}', enabled)",
                              lambda on, d=device: _set_enabled(d, on)))  # fmt: skip
    return {f.__name__: f for f in found}


#: public name -> function
SWITCHES = {
    f.__name__: f
    for f in (
        is_autocast_enabled, set_autocast_enabled, get_autocast_dtype, set_autocast_dtype, is_autocast_cache_enabled,
        set_autocast_cache_enabled, clear_autocast_cache, autocast_increment_nesting, autocast_decrement_nesting,
    )
} | _old_names()  # fmt: skip
