"""What PyTorch's transforms need of programs, and these do without: kept for programs that ask for it."""

from __future__ import annotations

import functools

from .._core.tensor import Tensor
from ..nn import Module
from ..nn.modules.batchnorm import _BatchNorm

_REMOVE = ("mutations", "mutations_and_views")


def functionalize(func, *, remove: str = "mutations"):
    """``func`` without mutations: what runs are pure functions of arrays in any case, so it is ``func``.

    Args:
        remove: ``"mutations"`` or ``"mutations_and_views"``.

    Raises:
        RuntimeError: another ``remove``.
    """

    @functools.wraps(func)
    def run(*args, **kwargs):
        if remove not in _REMOVE:
            raise RuntimeError(
                f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options "
                "are:\n     remove='mutations': all inplace and out= operators will be removed from the program, and "
                "replaced with their out-of-place equivalents.\n     remove='mutations_and_views': In addition to the "
                "above, all aliasing operators {view} will be replaced with their non-aliasing counterparts, "
                "{view}_copy.\n"
            )
        return func(*args, **kwargs)

    return run


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """The tensor in a transform's wrapper: there are no wrappers, so ``tensor``."""
    return tensor


def replace_all_batch_norm_modules_(root: Module) -> Module:
    """Let every batch normalisation in ``root`` use the statistics of its batch alone. Returns ``root``."""
    for module in root.modules():
        if isinstance(module, _BatchNorm) and module.track_running_stats:
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root


__all__ = ["debug_unwrap", "functionalize", "replace_all_batch_norm_modules_"]
