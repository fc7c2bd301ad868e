"""Storage: the one mutable cell. It holds an immutable array, or memory shared with NumPy.

A device-owned storage keeps a `jax.Array` whose dimensions follow its *native* layout (a dense
layout: any order of dimensions in memory). A storage that NumPy also sees keeps the ndarray as
the truth for as long as anybody else can reach that memory; every read then takes a snapshot.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from . import devices, dtypes, modes
from .layout import Layout, contiguous
from .pending import Pending

_addresses = itertools.count(1)


class Counter:
    """The writes to a family of tensors, where a storage's own count is not theirs."""

    __slots__ = ("version",)

    def __init__(self, version: int = 0):
        self.version = version


class Storage:
    """A block of elements of one dtype, in one memory order, on one device.

    ``array``: the value (None while host-shared). ``layout``: the native layout of ``array``.
    ``version``: counts the writes, for autograd's checks.
    """

    version = 0
    host: HostBuffer | None = None
    resizable = True
    watched = False  # whether a compiled step relies on facts of tensors that are this memory
    hold: Any = None  # what keeps the value for a compiled step, until it is looked at
    _address = None

    def __init__(self, array, layout: Layout, dtype: dtypes.dtype, device: devices.device):
        self.array = array
        self.layout = layout
        self.dtype = dtype
        self.device = device
        if type(array) is Pending:
            array.recorder.holds(self)

    @property
    def numel(self) -> int:
        return self.layout.numel

    @property
    def nbytes(self) -> int:
        return self.layout.numel * self.dtype.itemsize

    def address(self) -> int:
        """A number that stands for where the memory begins: equal for all views of it."""
        if self.host is not None:
            return self.host.flat.ctypes.data
        if self._address is None:
            self._address = next(_addresses) << 36
        return self._address

    # -- reading and writing -----------------------------------------------------------------
    def read(self):
        """The value as an array that no later write can change, in native order."""
        array = self.array
        if array is not None:
            return array.now() if type(array) is Pending else array
        host = self.host
        array = put(host.flat.copy(), self.device)  # the native layout of shared memory is flat
        # (inside a JAX trace it is a tracer, which must not outlive the trace)
        if not host.shared() and not isinstance(array, Tracer):
            self.array, self.host = array, None
        return array

    def cut(self, layout: Layout):
        """A copy of a view of shared memory: of the view alone, however large the memory is."""
        flat = self.host.flat
        if not layout.numel:
            return put(np.empty(layout.shape, flat.dtype), self.device)
        view = _seen(flat, layout).copy()
        if layout.flipped:
            view = view.conj() if view.dtype.kind == "c" else -view
        return put(view, self.device)

    def write(self, array, place: Layout | None = None) -> None:
        """Replace the value; ``array`` has the native layout's shape. The caller bumps versions.

        ``place``: where it differs: of shared memory, others may write the rest meanwhile.
        """
        if type(array) is Pending:
            if array.recorder.holds(self):
                self.array = array
                return
            array = array.now()
        if self.host is None:
            self.array = array
            return
        if not self.host.shared():
            self.array, self.host = array, None
            return
        flat = np.asarray(array).reshape(-1)
        if place is None or place.numel == flat.size:
            np.copyto(self.host.flat, flat)
        elif place.numel:
            np.copyto(_seen(self.host.flat, place), _seen(flat, place))

    def replace(self, array, layout: Layout, dtype: dtypes.dtype) -> None:
        """Become another block of memory (set_, resize_): every alias sees it."""
        self.array, self.layout, self.dtype, self.host = array, layout, dtype, None
        self._address = None
        modes.restructured()

    def part(self) -> Counter:
        """The count of writes, for a tensor that leaves for other memory: it stays in the family."""
        version = self.version
        self.__class__ = _Left  # pyright: ignore[reportAttributeAccessIssue]
        self.__dict__.pop("version", None)
        self.counter = Counter(version)
        return self.counter

    def __reduce__(self):
        flat = np.asarray(linear(self.read(), self.layout))
        return _restored, (flat, self.dtype, str(self.device))

    # -- sharing with NumPy ------------------------------------------------------------------
    def expose(self) -> np.ndarray:
        """The memory as a flat, writable ndarray that stays shared both ways."""
        if type(self.array) is Pending:
            self.array.now()
        if self.host is None:
            flat = np.array(linear(self.array, self.layout), copy=True)  # its own base: owns the memory
            self.host, self.array = HostBuffer(flat, flat), None
            self.layout = contiguous((flat.size,))
            if self.watched:
                modes.restructured()
        return self.host.flat

    def move_to(self, flat: np.ndarray, owner) -> None:
        """Keep the values in other host memory from now on: ``flat``, a 1-d view of ``owner``'s."""
        np.copyto(flat, self.expose())
        self.host, self.resizable = HostBuffer(flat, owner), False

    @staticmethod
    def over(flat: np.ndarray, owner) -> Storage:
        """A storage over existing host memory: ``flat`` is a 1-d view of ``owner``'s memory."""
        self = Storage(None, contiguous((flat.size,)), dtypes.from_numpy(flat.dtype), devices.CPU)
        self.host = HostBuffer(flat, owner)
        self.resizable = False
        return self


def _seen(flat: np.ndarray, layout: Layout) -> np.ndarray:
    """A view of memory in a layout."""
    strides = [step * flat.itemsize for step in layout.stride]
    return np.ndarray(layout.shape, flat.dtype, flat, layout.offset * flat.itemsize, strides)


class _Left(Storage):
    """A storage that a tensor has left: with the tensors that stayed it shares a count of writes."""

    counter: Counter

    @property
    def version(self) -> int:
        return self.counter.version

    @version.setter
    def version(self, version: int) -> None:
        self.counter.version = version

    def part(self) -> Counter:
        return self.counter


def _restored(flat: np.ndarray, d: dtypes.dtype, device: str) -> Storage:
    where = devices.resolve(device)
    return Storage(put(flat, where), contiguous(flat.shape), d, where)


class HostBuffer:
    """Host memory that a storage shares with NumPy."""

    __slots__ = ("flat", "owner")

    def __init__(self, flat: np.ndarray, owner):
        self.flat = flat
        self.owner = owner  # the object at the end of the .base chain: all aliases hold it

    def shared(self) -> bool:
        """Whether anything outside the storage can still reach the memory."""
        if self.owner is self.flat:  # held by: the two slots, and getrefcount's argument
            return sys.getrefcount(self.flat) > 3
        # held by: the slot, flat.base, and getrefcount's argument
        return not isinstance(self.owner, np.ndarray) or sys.getrefcount(self.owner) > 3


def linear(array, layout: Layout):
    """``array`` as one dimension in memory order."""
    if not layout.is_contiguous:
        order = sorted(range(len(layout.shape)), key=lambda d: (-layout.stride[d], layout.shape[d] != 1, d))
        array = array.transpose(order)
    return array.reshape(-1)


@jax.jit
def _copy_in(x):
    return x


#: How often arrays of a kind come in before a program does it.
_OFTEN = 8
_came_in: dict[tuple, int] = {}

#: Set in the worker processes of data loaders: arrays made there stay NumPy's, and JAX is not started
#: by tensors being made, cut and copied. Programs take such arrays as they are.
keep_on_host = [False]


def put(values: np.ndarray, device: devices.device):
    """``values`` as an array on ``device``. The ndarray must not be written afterwards."""
    if keep_on_host[0]:
        return values
    array = _put(values, device)
    if modes.state.unusual and modes.state.recorder is not None:
        modes.state.recorder.constant(array)
    return array


def _put(values: np.ndarray, device: devices.device):
    if device is devices.CPU and devices.only_cpu():
        # One jitted identity costs a fifth of device_put (measured 13 us against 57), and 16 ms to compile.
        kind = values.shape, values.dtype
        count = _came_in.get(kind, 0)
        prev = jax.enable_x64.swap_local(True)
        try:
            if count >= _OFTEN:
                return _copy_in(values)
            if len(_came_in) >= 4096:
                _came_in.clear()
            _came_in[kind] = count + 1
            return jax.device_put(values, may_alias=False)
        finally:
            jax.enable_x64.set_local(prev)
    with jax.enable_x64(True):
        return jax.device_put(values, devices.to_jax(device))
