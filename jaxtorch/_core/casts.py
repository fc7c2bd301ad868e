"""What autocast is set to in this thread, and the casts that it makes."""

from __future__ import annotations

import threading
from contextlib import contextmanager

from jax.core import Tracer

from . import dtypes, modes
from .spec import registry
from .tensor import Tensor

# -- the thread's settings ------------------------------------------------------------------------
_HALF = "cuda mtia xpu ipu privateuseone mps"
_BFLOAT = "cpu maia hpu xla"


class _Settings(threading.local):
    """What autocast is set to, beside `modes.state.autocast`, the kinds of device for which it is on."""

    def __init__(self):
        self.dtypes = {kind: dtypes.float16 for kind in _HALF.split()}
        self.dtypes.update((kind, dtypes.bfloat16) for kind in _BFLOAT.split())
        self.caches = True
        self.nesting = 0  # how many regions have been entered
        self.casts: dict = {}  # (id of a leaf, dtype) -> (leaf, its version, the leaf cast)


settings = _Settings()


def set_enabled(kind: str, on: bool) -> None:
    """Switch autocast for one kind of device."""
    was = modes.state.autocast
    if (kind in was) is not bool(on):
        modes.state.autocast = tuple(sorted([*was, kind])) if on else tuple([k for k in was if k != kind])


def key() -> tuple:
    """All that decides what autocast does."""
    chosen = settings.dtypes
    return modes.state.autocast, chosen["cpu"], chosen["cuda"], settings.caches  # no others have tables


@contextmanager
def fresh_casts():
    """What is cast here is not used elsewhere, nor the other way round."""
    previous, settings.casts = settings.casts, {}
    try:
        yield
    finally:
        settings.casts = previous


def restorer():
    """A function that gives a context in which autocast is set as it is now."""
    on, chosen, caches = modes.state.autocast, dict(settings.dtypes), settings.caches

    @contextmanager
    def restored():
        now = settings.dtypes, settings.caches
        settings.dtypes, settings.caches = dict(chosen), caches
        try:
            with modes.holding("autocast", on), fresh_casts():
                yield
        finally:
            settings.dtypes, settings.caches = now

    return restored


# -- casting --------------------------------------------------------------------------------------
def eligible(x, kind: str) -> bool:
    """Whether autocast casts ``x``: float tensors on that kind of device, but for float64."""
    return (
        isinstance(x, Tensor)
        and x._dtype.category == 2
        and x._dtype is not dtypes.float64
        and x._storage.device.type == kind
    )


def tensors_in(values):
    """The tensors among ``values`` and in lists of them."""
    for x in values:
        if isinstance(x, Tensor):
            yield x
        elif type(x) is list or type(x) is tuple:
            yield from tensors_in(x)


def cast(x, d: dtypes.dtype, kind: str):
    """``x`` (a tensor, a list of tensors, anything else) with what autocast casts in dtype ``d``.

    Leaves that require grad (weights) are cast once in the outermost region.
    """
    if type(x) is list or type(x) is tuple:
        return type(x)([cast(e, d, kind) for e in x])
    if not eligible(x, kind) or x._dtype is d:
        return x
    leaf = x._requires_grad and x._grad_fn is None and x._view is None and x._dtype is dtypes.float32
    if not (leaf and settings.caches and d is settings.dtypes[kind]) or modes.state.inference:
        return _converted(x, d)
    found = settings.casts.get((id(x), d))
    if found is None or found[1] != x._version:
        with modes.holding("grad", True):
            made = _converted(x, d)
        if isinstance(made._storage.array, Tracer):
            return made  # of a JAX transform, which the region may outlive
        found = settings.casts[id(x), d] = x, x._version, made
    return found[2]


def _converted(x: Tensor, d: dtypes.dtype) -> Tensor:
    from .dispatch import dispatch

    return dispatch(registry["_to_copy"], (x,), (d, None))
