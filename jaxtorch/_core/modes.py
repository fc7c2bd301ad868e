"""Thread-local modes: gradients on or off, inference, the recorder, autocast, default devices.

`state` is read on every dispatch, so it is one object with plain attributes; the context
managers that users see (`torch.no_grad`, ...) are in `autograd.grad_mode`.
"""

from __future__ import annotations

import contextlib
import threading
from operator import attrgetter
from typing import Any

_UNUSUAL = ("inference", "recorder", "saved_hooks", "anomaly", "function_modes", "autocast")
_unusual_of = attrgetter(*_UNUSUAL)


class _State(threading.local):
    grad = True  # operations are taped
    inference = False  # inference_mode
    recorder: Any = None  # a consumer that takes operations instead of running them (compile)
    segment: Any = None  # what operations are noted in that run later, together
    saved_hooks: tuple = ()  # (pack, unpack) pairs, innermost last
    mutation_allowed = False  # allow_mutation_on_saved_tensors
    saved_hooks_message = ""  # why saved_tensors_hooks are forbidden, where they are
    anomaly = False  # detect_anomaly: remember where each node was made
    anomaly_check_nan = True
    autocast: tuple = ()  # the kinds of device ("cpu", "cuda") for which autocast is on
    evaluating: Any = None  # under anomaly: the node whose backward is running
    default_devices: tuple = ()
    multithreading = True  # what set_multithreading_enabled has set
    function_modes: tuple = ()  # TorchFunctionMode instances, innermost last
    torch_function = True  # False inside DisableTorchFunction
    unusual = False  # any of _UNUSUAL is on: the hot path asks this alone

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name in _UNUSUAL:
            super().__setattr__("unusual", any(_unusual_of(self)))


state = _State()


#: Counts the changes of what programs are made of: modules' attributes, options of optimizers, tensors
#: that became other memory. A compiled step whose count has not moved need not look for them.
structure = [0]


#: The tables of what is registered for all modules: hooks, which any compiled step may run.
everywhere: list[dict] = []


def restructured() -> None:
    structure[0] += 1


@contextlib.contextmanager
def holding(name: str, value):
    """`state` with one of its modes at ``value``, for the time being."""
    previous = getattr(state, name)
    setattr(state, name, value)
    try:
        yield
    finally:
        setattr(state, name, previous)


def flush() -> None:
    """Run the operations of this thread that wait (`jaxtorch.engine`)."""
    if state.segment is not None:
        state.segment.flush()


@contextlib.contextmanager
def at_once():
    """What is done here is done op by op, after what waited."""
    flush()
    with holding("segment", None):
        yield


def untaped():
    """What is done here has no history."""
    return holding("grad", False)


def outside_recording():
    """What is done here is done at once, and is no part of a recording."""
    return holding("recorder", None)


class Policy:
    """Process-wide switches with PyTorch's names under torch.backends."""

    allow_tf32 = False  # torch.backends.cuda.matmul.allow_tf32
    precision = "high"  # what set_float32_matmul_precision named when it allowed TF32
    conv_tf32 = True  # torch.backends.cudnn.allow_tf32
    deterministic = False
    deterministic_warn_only = False
    cudnn_deterministic = False
    fill_uninitialized_memory = True  # in deterministic mode: torch.utils.deterministic
    warn_always = False  # also what is told once in a process
    # torch.__future__: how modules take converted and loaded values
    overwrite_parameters = swap_parameters = False
    # torch.backends.cuda's ways of computing attention
    flash_attention = math_attention = efficient_attention = cudnn_attention = True
    attention_order: tuple[int, ...] = (1, 2, 0, 3)  # by the numbers of torch.nn.attention.SDPBackend

    @classmethod
    def must_repeat(cls) -> bool:
        """Whether programs have to give the same bits every time."""
        return cls.deterministic or cls.cudnn_deterministic

    @classmethod
    def attention(cls) -> tuple:
        """All that decides how attention is computed."""
        ways = cls.flash_attention, cls.math_attention, cls.efficient_attention, cls.cudnn_attention
        return (*ways, cls.attention_order)
