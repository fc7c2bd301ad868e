"""torch.__future__: how a module's conversion (`to`, `half`, ...) and `load_state_dict` put new values in place."""

from ._core.modes import Policy as _Policy

__all__ = [
    "get_overwrite_module_params_on_conversion", "get_swap_module_params_on_conversion",
    "set_overwrite_module_params_on_conversion", "set_swap_module_params_on_conversion",
]  # fmt: skip


def set_overwrite_module_params_on_conversion(value: bool) -> None:
    """Whether conversion makes new parameters, instead of giving those there are new memory."""
    _Policy.overwrite_parameters = value


def get_overwrite_module_params_on_conversion() -> bool:
    """What `set_overwrite_module_params_on_conversion` has set (false at first)."""
    return _Policy.overwrite_parameters


def set_swap_module_params_on_conversion(value: bool) -> None:
    """Whether conversion, and `load_state_dict` by `Tensor.module_load`, exchange tensors by `swap_tensors`."""
    _Policy.swap_parameters = value


def get_swap_module_params_on_conversion() -> bool:
    """What `set_swap_module_params_on_conversion` has set (false at first)."""
    return _Policy.swap_parameters
