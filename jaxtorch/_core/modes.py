"""Thread-local modes: gradients on or off, inference, the recorder, default devices.

`state` is read on every dispatch, so it is one object with plain attributes; the context
managers that users see (`torch.no_grad`, ...) are in `autograd.grad_mode`.
"""

from __future__ import annotations

import threading


class _State(threading.local):
    grad = True  # operations are taped
    inference = False  # inference_mode
    recorder = None  # a consumer that takes operations instead of running them (compile)
    saved_hooks: tuple = ()  # (pack, unpack) pairs, innermost last
    anomaly = False  # detect_anomaly: remember where each node was made
    anomaly_check_nan = True
    default_devices: tuple = ()
    function_modes: tuple = ()  # TorchFunctionMode instances, innermost last
    torch_function = True  # False inside DisableTorchFunction


state = _State()


class Policy:
    """Process-wide switches with PyTorch's names under torch.backends."""

    allow_tf32 = False  # torch.backends.cuda.matmul.allow_tf32
    deterministic = False
    deterministic_warn_only = False
