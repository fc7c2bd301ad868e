"""Process-wide settings with PyTorch's names, and questions about tensors and dtypes."""

from __future__ import annotations

import os
import sys
import warnings
from types import ModuleType
from typing import Any

from . import devices, dtypes, modes
from .dispatch import clear_plans, fact_of
from .errors import warn_once
from .tensor import Tensor


def set_default_dtype(d, /) -> None:
    """Set the dtype of tensors made from Python floats.

    Raises:
        TypeError: not a floating point dtype.
    """
    dtypes.set_default_dtype(d)
    clear_plans()


_FLOATING = "only floating-point types are supported as the default type"


def set_default_tensor_type(t, /) -> None:
    """Set the default dtype (and device) by a legacy type such as ``torch.DoubleTensor``."""
    from .._compat.legacy import CPU_TYPES, CUDA_TYPES, tensortype

    if isinstance(t, str):
        kind, _, name = t.rpartition(".")
        t = {"torch": CPU_TYPES, "torch.cuda": CUDA_TYPES}.get(kind, {}).get(name)
        if t is None:
            raise ModuleNotFoundError(f"No module named '{kind or name}'")
    warn_once(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives."
    )
    if not isinstance(t, tensortype):
        raise TypeError(f"invalid type object: {_FLOATING}")
    if not t.dtype.is_floating_point:
        raise TypeError(_FLOATING)
    set_default_dtype(t.dtype)
    set_default_device("cuda" if t.is_cuda else None)


_default_device: list = []


def set_default_device(device) -> None:
    """Set the device of tensors made without ``device=``; None is the CPU."""
    stack = modes.state.default_devices
    if _default_device:
        stack = stack[1:]
        _default_device.clear()
    if device is not None:
        found = devices.device(device)
        _default_device.append(found)
        stack = (found, *stack)
    modes.state.default_devices = stack


def get_default_device() -> devices.device:
    """The device of tensors made without ``device=``."""
    return devices.resolve(None)


def is_tensor(obj) -> bool:
    """Whether ``obj`` is a tensor."""
    return isinstance(obj, Tensor)


def is_storage(obj) -> bool:
    """Whether ``obj`` is a storage."""
    from .memory import TypedStorage, UntypedStorage

    return isinstance(obj, (TypedStorage, UntypedStorage))


def is_floating_point(input: Tensor) -> bool:
    """Whether ``input``'s dtype is floating point."""
    return input._dtype.is_floating_point


def is_complex(input: Tensor) -> bool:
    """Whether ``input``'s dtype is complex."""
    return input._dtype.is_complex


def is_nonzero(input: Tensor) -> bool:
    """Whether the single element of ``input`` is not zero."""
    if input._layout.numel != 1:
        what = "no values" if input._layout.numel == 0 else "more than one value"
        raise RuntimeError(f"Boolean value of Tensor with {what} is ambiguous")
    return bool(input)


def numel(input: Tensor) -> int:
    """The number of elements of ``input``."""
    return input._layout.numel


def result_type(tensor1, tensor2) -> dtypes.dtype:
    """The dtype an operation on the two (tensors or numbers) would have."""
    facts = [fact_of(tensor1), fact_of(tensor2)]
    return dtypes.result_dtype([(f.dtype, f.rank) for f in facts])


def get_num_threads() -> int:
    """The number of threads an operation may use: XLA's pool has one a core.

    Differs from PyTorch: set_num_threads does not resize XLA's pool.
    """
    return _threads[0] or os.cpu_count() or 1


_threads: list = [None]


def set_num_threads(n: int) -> None:
    """Remember how many threads were asked for.

    Differs from PyTorch: XLA sizes its own pool when the process starts; see get_num_threads.
    """
    if not isinstance(n, int):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(n).__name__}")
    if n <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    _threads[0] = n


_interop_threads: list = []


def get_num_interop_threads() -> int:
    """The number of threads for work between operations."""
    return _interop_threads[0] if _interop_threads else os.cpu_count() or 1


def set_num_interop_threads(n: int) -> None:
    """Remember how many threads for work between operations were asked for: once in a process.

    Raises:
        RuntimeError: for a second time, or no positive int.

    Differs from PyTorch: XLA sizes its own pools when the process starts, so operations may have run before.
    """
    if not isinstance(n, int):
        raise RuntimeError(f"set_num_interop_threads expects an int, but got {type(n).__name__}")
    if n <= 0:
        raise RuntimeError("set_num_interop_threads expects a positive integer")
    if _interop_threads:
        raise RuntimeError(
            "Error: cannot set number of interop threads after parallel work has started or set_num_interop_threads "
            "called"
        )
    _interop_threads.append(n)


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for deterministic algorithms: on the CPU all are, on GPUs programs are compiled anew.

    Memory that nothing has written (`empty`, `resize_`) holds nan, or an integer dtype's largest number, from then on;
    see `torch.utils.deterministic`.

    Differs from PyTorch: nothing raises for want of a deterministic algorithm (`put_`, `max_unpool2d`): there is one.
    """
    set_policy("deterministic", bool(mode))
    modes.Policy.deterministic_warn_only = bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """Whether deterministic algorithms were asked for."""
    return modes.Policy.deterministic


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether only a warning is wanted where an algorithm is not deterministic."""
    return modes.Policy.deterministic_warn_only


_DEBUG_MODES = ("default", "warn", "error")


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Ask for deterministic algorithms by a level: 0 ("default"), 1 ("warn") or 2 ("error").

    Raises:
        RuntimeError: there is no such level.
        TypeError: it is neither an int nor a str.
    """
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if isinstance(debug_mode, str):
        if debug_mode not in _DEBUG_MODES:
            raise RuntimeError(
                f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got {debug_mode}"
            )
        debug_mode = _DEBUG_MODES.index(debug_mode)
    if not 0 <= debug_mode < len(_DEBUG_MODES):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    use_deterministic_algorithms(debug_mode > 0, warn_only=debug_mode == 1)


def get_deterministic_debug_mode() -> int:
    """The level of `set_deterministic_debug_mode`."""
    if not modes.Policy.deterministic:
        return 0
    return 1 if modes.Policy.deterministic_warn_only else 2


def set_warn_always(b: bool, /) -> None:
    """Whether warnings that are told once in a process are told each time."""
    if not isinstance(b, bool):
        raise RuntimeError(f"setWarnOnlyOnce expects a bool, but got {type(b).__name__}")
    modes.Policy.warn_always = b


def is_warn_always_enabled() -> bool:
    """What set_warn_always has set (false at first)."""
    return modes.Policy.warn_always


def set_float32_matmul_precision(precision: str) -> None:
    """``"highest"``: fp32 products in fp32; ``"high"``, ``"medium"``: TF32 allowed on GPUs; else only a warning."""
    if precision not in ("highest", "high", "medium"):
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the currentsetFloat32MatmulPrecision call has "
            "no effect.",
            stacklevel=2,
        )
        return
    modes.Policy.precision = precision
    set_policy("allow_tf32", precision != "highest")


def get_float32_matmul_precision() -> str:
    """What set_float32_matmul_precision was given (``"highest"`` at first)."""
    return modes.Policy.precision if modes.Policy.allow_tf32 else "highest"


def set_policy(name: str, value: bool) -> None:
    """Set what programs depend on; programs for GPUs, compiled under another policy, are dropped."""
    from .spec import every_op

    if getattr(modes.Policy, name) == value:
        return
    setattr(modes.Policy, name, value)
    if devices.only_cpu():
        return
    clear_plans()
    for spec in every_op():
        spec.executables.clear()


def switch(name: str, subject: str) -> Any:
    """A field of `modes.Policy` as a property of a module (see `with_switches`); ``subject`` begins its error."""

    def put(module: Any, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError(f"{subject} a bool, but got {type(value).__name__}")
        set_policy(name, value)

    return property(lambda module: getattr(modes.Policy, name), put)


def with_switches(module: str, **switches: Any) -> None:
    """Let attributes of a module, which programs assign to, be properties."""
    sys.modules[module].__class__ = type("Settings", (ModuleType,), switches)
