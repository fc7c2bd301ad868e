"""Devices: ``torch.device`` objects and the JAX devices they stand for."""

from __future__ import annotations

import re
from functools import cache

import jax

from . import modes

_KNOWN = (
    "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, "
    "mps, meta, hpu, mtia, privateuseone"
)
_PATTERN = re.compile(r"([a-z_]+)(?::(0|[1-9]\d*))?")


class device:  # noqa: N801 - the public name is torch.device
    """Where a tensor's storage lives: ``device('cpu')``, ``device('cuda', 0)``, ``device(0)``.

    As a context manager it is the device of tensors created inside without ``device=``.
    """

    __slots__ = ("type", "index", "_entered")

    def __new__(cls, device=None, index: int | None = None, *, type: str | None = None):
        spec = type if device is None else device
        if isinstance(spec, cls):
            return spec
        if isinstance(spec, int) and not isinstance(spec, bool):
            if not cuda_devices():
                raise RuntimeError("Cannot access accelerator device when none is available.")
            return _make("cuda", spec)
        if not isinstance(spec, str):
            raise TypeError(
                f"device(): argument 'type' (position 1) must be str, not {spec.__class__.__name__}"
            )
        match = _PATTERN.fullmatch(spec)
        if match is None:
            raise RuntimeError(f"Invalid device string: '{spec}'")
        kind, number = match.groups()
        if kind not in _KNOWN.split(", "):
            raise RuntimeError(
                f"Expected one of {_KNOWN} device type at start of device string: {kind}"
            )
        if number is not None:
            if index is not None:
                raise RuntimeError(
                    f"type (string) must not include an index because index was passed explicitly: {spec}"
                )
            index = int(number)
        return _make(kind, index)

    def __repr__(self) -> str:
        tail = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{tail})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self):
        return _of_text, (str(self),)

    def __enter__(self):
        modes.state.default_devices = (*modes.state.default_devices, self)
        return self

    def __exit__(self, *_):
        modes.state.default_devices = modes.state.default_devices[:-1]


device.__module__ = "torch"


def _of_text(text: str) -> device:
    # pickles name this: the class says that it is torch's
    return device(text)


@cache
def _make(kind: str, index: int | None) -> device:
    self = object.__new__(device)
    self.type, self.index = kind, index
    return self


@cache
def cuda_devices() -> tuple:
    """The JAX devices that PyTorch would call cuda:0, cuda:1, ... (empty without a GPU)."""
    try:
        return tuple(jax.devices("gpu"))
    except RuntimeError:
        return ()


def require_accelerator() -> None:
    """Raise where there is no GPU, as functions do that speak of accelerators of any kind."""
    if not cuda_devices():
        raise RuntimeError("Cannot access accelerator device when none is available.")


def require_pinned() -> None:
    """Raise where there is no GPU, as factory functions do that are to make memory for a copy to one."""
    if not cuda_devices():
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is available on "
            "this system."
        )


@cache
def cpu_device():
    return jax.devices("cpu")[0]


@cache
def only_cpu() -> bool:
    """Whether arrays made without naming a device are on the CPU."""
    return jax.default_backend() == "cpu"


CPU = device("cpu")


def resolve(spec) -> device:
    """The full device (index included) that ``device=spec`` names; None is the default one.

    Raises:
        AssertionError: a cuda device where JAX sees no GPU, with PyTorch's text.
        NotImplementedError: a kind of device that jaxtorch does not provide.
    """
    if spec is None:
        stack = modes.state.default_devices
        if not stack:
            return CPU
        spec = stack[-1]
    if spec is CPU:
        return CPU
    found = device(spec)
    if found.type == "cpu":
        return CPU
    if found.type == "cuda":
        count = len(cuda_devices())
        if not count:
            raise AssertionError("Torch not compiled with CUDA enabled")
        if (found.index or 0) >= count:
            raise RuntimeError(
                "CUDA error: invalid device ordinal\nGPU device may be out of range, do you have enough GPUs?"
            )
        return _make("cuda", found.index or 0)
    raise NotImplementedError(
        f"device '{found}' is not supported by jaxtorch: use 'cpu' or 'cuda'"
    )


#: the index of the current GPU (torch.cuda.set_device)
current = [0]


def index_of(d) -> int:
    """The index of a GPU given as an int, a str, a device or None (the current one)."""
    if d is None:
        return current[0]
    if isinstance(d, int):
        return d
    found = device(d)
    if found.type != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {found}")
    return current[0] if found.index is None else found.index


def numbered(d) -> device:
    """A device; an int is the number of a GPU."""
    return device("cuda", d) if isinstance(d, int) else device(d)


@cache
def to_jax(where: device):
    """The JAX device behind a resolved device."""
    return cpu_device() if where.type == "cpu" else cuda_devices()[where.index or 0]


@cache
def from_jax(dev) -> device:
    """The device object for a JAX device."""
    if dev.platform == "cpu":
        return CPU
    return _make("cuda", cuda_devices().index(dev))
