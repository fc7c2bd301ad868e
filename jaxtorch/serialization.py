"""Saving and loading: PyTorch's own file format, both ways.

A file is a zip archive: ``data.pkl`` refers to storages by number, ``data/0``, ``data/1``, ... hold
their bytes. Tensors that share memory share it again after loading.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import pickletools
import shutil
import struct
import sys
import tempfile
import warnings
import zipfile
from enum import Enum

import numpy as np

from ._compat import pickling
from ._compat.legacy import CPU_TYPES
from ._core import devices, dtypes
from ._core.kinds import typename
from ._core.layout import contiguous
from ._core.memory import LEGACY_STORAGES, TypedStorage, UntypedStorage
from ._core.storage import Storage, linear, put

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_ALIGNMENT = 64
_ADVICE = (
    " In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from "
    "`False` to `True`. Re-running `torch.load` with `weights_only` set to `False` will likely succeed, "
    "but it can result in arbitrary code execution. Do it only if you got the file from a trusted source."
)
_LEARN = (
    "\n\nCheck the documentation of torch.load to learn more about types accepted by default with "
    "weights_only https://pytorch.org/docs/stable/generated/torch.load.html."
)


# -- what is read and written --------------------------------------------------------------------
class SourceChangeWarning(Warning):
    """What PyTorch warns with of modules whose source has changed; named by filters of warnings, never given here."""


class LoadEndianness(Enum):
    """The order of the bytes of a number."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3


for _cls in (SourceChangeWarning, LoadEndianness):
    _cls.__module__ = "torch.serialization"

_ORDERS = {LoadEndianness.LITTLE: "little", LoadEndianness.BIG: "big"}
_fallback_order: list[LoadEndianness | None] = [None]


def get_default_load_endianness() -> LoadEndianness | None:
    """The order of bytes in files that do not tell it; None: this machine's."""
    return _fallback_order[0]


def set_default_load_endianness(endianness: LoadEndianness | None) -> None:
    """Set the order of bytes in files that do not tell it.

    Raises:
        TypeError: it is neither None nor a `LoadEndianness`.
    """
    if not isinstance(endianness, LoadEndianness) and endianness is not None:
        raise TypeError("Invalid argument type in function set_default_load_endianness")
    _fallback_order[0] = endianness


class skip_data:  # noqa: N801 - the public name
    """A context in which `save` writes zeros in the place of tensors' bytes, and `load` does not read them.

    Args:
        materialize_fake_tensors: accepted; there are no fake tensors.

    Differs from PyTorch: what is loaded is zeros, not what was there in memory.
    """

    entered = 0

    def __init__(self, materialize_fake_tensors: bool = False):
        self.materialize_fake_tensors = materialize_fake_tensors

    def __enter__(self) -> None:
        skip_data.entered += 1

    def __exit__(self, *error) -> None:
        skip_data.entered -= 1


# -- saving ---------------------------------------------------------------------------------------
def save(obj, f, pickle_module=pickle, pickle_protocol: int = 2, _use_new_zipfile_serialization: bool = True,
         _disable_byteorder_record: bool = False) -> None:  # fmt: skip
    """Save an object (tensors, state_dicts, modules, containers of them) to a file.

    Args:
        obj: what to save; tensors that share a storage go on sharing it when loaded.
        f: a path or an object with ``write``.
        pickle_protocol: of the part that is not tensor bytes.

    Raises:
        AttributeError: ``f`` is neither.
        RuntimeError: the folder does not exist.

    Example:
        >>> import io, jaxtorch as torch
        >>> buffer = io.BytesIO()
        >>> torch.save({"w": torch.ones(2)}, buffer)
        >>> _ = buffer.seek(0)
        >>> torch.load(buffer)
        {'w': tensor([1., 1.])}
    """
    if not _use_new_zipfile_serialization:
        raise NotImplementedError("torch.save(_use_new_zipfile_serialization=False): only the zip format is written")
    if pickle_module is not pickle:
        raise NotImplementedError("torch.save(pickle_module=...): the standard pickle only")
    if isinstance(f, (str, os.PathLike)):
        path = os.fspath(f)
        parent = os.path.dirname(path)
        if parent and not os.path.isdir(parent):
            raise RuntimeError(f"Parent directory {parent} does not exist.")
        name = os.path.splitext(os.path.basename(path))[0] or "archive"
        data, storages = pickling.dumps(obj, pickle_protocol)  # before the file is touched
        with open(path, "wb") as out:
            _write_archive(out, name, data, storages, not _disable_byteorder_record)
        return
    if not hasattr(f, "write"):
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute"
        )
    data, storages = pickling.dumps(obj, pickle_protocol)
    _write_archive(f, "archive", data, storages, not _disable_byteorder_record)


def _bytes_of(storage: Storage) -> np.ndarray:
    flat = np.ascontiguousarray(np.asarray(linear(storage.read(), storage.layout)))
    return flat.reshape(-1).view(np.uint8)


def _write_archive(out, name: str, data: bytes, storages, byteorder: bool) -> None:
    digest = hashlib.sha1(data, usedforsecurity=False)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        _write_record(archive, f"{name}/data.pkl", data)
        _write_record(archive, f"{name}/.format_version", b"1")
        _write_record(archive, f"{name}/.storage_alignment", str(_ALIGNMENT).encode())
        if byteorder:
            _write_record(archive, f"{name}/byteorder", sys.byteorder.encode())
        for key, storage in enumerate(storages):
            values = np.zeros(storage.nbytes, np.uint8) if skip_data.entered else _bytes_of(storage)
            digest.update(values)
            _write_record(archive, f"{name}/data/{key}", memoryview(values))
        _write_record(archive, f"{name}/version", b"3\n")
        number = f"{int.from_bytes(digest.digest()[:16]):040d}"[-40:]
        _write_record(archive, f"{name}/.data/serialization_id", number.encode())


def _write_record(archive: zipfile.ZipFile, name: str, data) -> None:
    info = zipfile.ZipInfo(name)
    # PyTorch maps records straight from the file: their bytes begin at multiples of 64
    start = archive.start_dir + 30 + len(name.encode()) + 4
    padding = -start % _ALIGNMENT
    info.extra = struct.pack("<2sH", b"FB", padding) + b"Z" * padding
    archive.writestr(info, data)


# -- loading --------------------------------------------------------------------------------------
def load(f, map_location=None, pickle_module=None, *, weights_only: bool | None = None, mmap: bool | None = None,
         **pickle_load_args):  # fmt: skip
    """Load what `save`, here or in PyTorch, has written.

    Args:
        f: a path or a seekable file.
        map_location: a device for all storages, a dict from saved to wanted devices, or a function
            (storage, location) -> storage.
        weights_only: refuse (the default) everything but tensors, containers and numbers: nothing
            that the file names outside an allow-list is looked up or called.
        mmap: accepted; the file is read in full.

    Raises:
        pickle.UnpicklingError: the file names something that is not allowed.
        RuntimeError: the archive is damaged, or its tensors do not fit their storages.
        EOFError: the file is empty.
    """
    safe = True if weights_only is None else weights_only
    if safe and pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    if pickle_module is not None and pickle_module is not pickle:
        raise NotImplementedError("torch.load(pickle_module=...): the standard pickle only")
    if mmap and not isinstance(f, (str, os.PathLike)):
        raise ValueError("f must be a file path in order to use the mmap argument")
    encoding = pickle_load_args.pop("encoding", "utf-8")
    if pickle_load_args:
        raise TypeError(f"load() got an unexpected keyword argument '{next(iter(pickle_load_args))}'")
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return _load(file, map_location, safe, encoding)
    for needed in ("seek", "read", "tell"):
        if not hasattr(f, needed):
            raise AttributeError(
                f"'{type(f).__name__}' object has no attribute '{needed}'. You can only torch.load from a file "
                "that is seekable. Please pre-load the data into a buffer like io.BytesIO and try to load from "
                "it instead."
            )
    return _load(f, map_location, safe, encoding)


def _load(file, map_location, safe: bool, encoding: str):
    start = file.tell()
    head = file.read(4)
    file.seek(start)
    if not head:
        raise EOFError
    place = _placer(map_location)
    if head == b"PK\x03\x04":
        return _load_archive(file, place, safe, encoding)
    return _load_legacy(file, place, safe, encoding)


def _load_archive(file, place, safe: bool, encoding: str):
    try:
        archive = zipfile.ZipFile(file)
        records = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, struct.error) as e:
        raise RuntimeError(
            "PytorchStreamReader failed reading zip archive: failed finding central directory. This is an "
            "internal miniz error. If you are seeing this error, there is a high likelihood that your "
            "checkpoint file is corrupted. This can happen if the checkpoint was not saved properly, was "
            "transferred incorrectly, or the file was modified after saving."
        ) from e
    root = records[0].partition("/")[0] if records else ""

    def read(name: str) -> bytes:
        try:
            return archive.read(f"{root}/{name}")
        except KeyError:
            raise RuntimeError(f"PytorchStreamReader failed locating file {name}: file not found") from None
        except (
            zipfile.BadZipFile, OSError, ValueError, struct.error, EOFError, NotImplementedError, RuntimeError
        ) as e:  # fmt: skip
            raise RuntimeError(f"PytorchStreamReader failed reading file {name}: file read failed") from e

    if f"{root}/constants.pkl" in records:
        raise NotImplementedError("torch.load of a TorchScript archive")
    if f"{root}/byteorder" in records:
        order = read("byteorder").decode("latin1")
    else:
        order = _ORDERS.get(_fallback_order[0], sys.byteorder)
    swapped = order != sys.byteorder
    made: dict[str, Storage] = {}

    def load_storage(saved_id):
        marker, key, location, count = _checked_id(saved_id)
        d = pickling.storage_kind(marker)
        storage = made.get(key)
        if storage is None:
            stored = d or dtypes.uint8
            raw = bytes(count * stored.itemsize) if skip_data.entered else read(f"data/{key}")
            if len(raw) != count * stored.itemsize:
                raise RuntimeError(
                    f"record size ({len(raw)} bytes) does not match expected size ({count * stored.itemsize} "
                    f"bytes = {count * stored.itemsize} elements * 1 bytes/element) for dtype Byte"
                )
            storage = made[key] = _storage_from(raw, stored, swapped, location, place)
        return UntypedStorage(storage) if d is None else TypedStorage(storage, d)

    return _unpickle(io.BytesIO(read("data.pkl")), load_storage, safe, encoding)


def _checked_id(saved_id):
    if not isinstance(saved_id, tuple) or len(saved_id) < 5 or saved_id[0] != "storage":
        raise pickle.UnpicklingError(f"a persistent id that is no storage: {saved_id!r}")
    _, marker, key, location, count = saved_id[:5]
    if not isinstance(count, int) or count < 0:
        raise pickle.UnpicklingError(f"a storage of {count!r} elements")
    return marker, str(key), location, count


def _storage_from(raw, d: dtypes.dtype, swapped: bool, location, place) -> Storage:
    stored = np.dtype(np.uint8) if d is dtypes.bool_ else d.np
    values = np.frombuffer(raw, stored)
    if swapped:
        values = values.byteswap()
    if d is dtypes.bool_:
        values = values != 0
    storage = Storage(None, contiguous(values.shape), d, devices.CPU)
    return _fill(storage, values, location, place)


def _fill(storage: Storage, values: np.ndarray, location, place) -> Storage:
    """Put a storage's values where ``map_location`` wants them."""
    where = place(location, storage, values)
    storage.device = where
    storage.array = put(values, where)
    return storage


def _unpickle(file, load_storage, safe: bool, encoding: str):
    if not safe:
        return pickling.TrustingReader(file, load_storage, encoding).load()
    try:
        return pickling.SafeReader(file, load_storage, dict(_safe_globals)).load()
    except pickling.Blocked as e:
        raise pickle.UnpicklingError(f"Weights only load failed.{_ADVICE}\n\n\n{e}{_LEARN}") from None
    except pickle.UnpicklingError as e:
        raise pickle.UnpicklingError(
            "Weights only load failed. This file can still be loaded, to do so you have two options, "
            "\033[1mdo those steps only if you trust the source of the checkpoint\033[0m. \n"
            f"\t(1){_ADVICE}\n"
            "\t(2) Alternatively, to load with `weights_only=True` please check the recommended steps in the "
            f"following error message.\n\tWeightsUnpickler error: {e}{_LEARN}"
        ) from None
    except (IndexError, KeyError, AttributeError, TypeError, ValueError, struct.error, UnicodeDecodeError) as e:
        # a damaged pickle trips the interpreter anywhere
        raise pickle.UnpicklingError(f"Weights only load failed. The data is damaged: {type(e).__name__}: {e}") from e


def _load_legacy(file, place, safe: bool, encoding: str):
    """The format of PyTorch before 1.6: pickles, then the bytes of the storages one after another."""

    def refuse(saved_id):
        raise pickle.UnpicklingError("a storage before its time")

    def header():
        return _unpickle(file, refuse, safe, encoding)

    try:
        magic = header()
    except pickle.UnpicklingError:
        raise
    except EOFError:
        raise
    if magic != _MAGIC:
        raise RuntimeError("Invalid magic number; corrupt file?")
    version = header()
    if version != _PROTOCOL:
        raise RuntimeError(f"Invalid protocol version: {version}")
    little = header().get("little_endian", True)
    made: dict[str, tuple[Storage, object]] = {}

    def load_storage(saved_id):
        marker, key, location, count = _checked_id(saved_id)
        d = pickling.storage_kind(marker)
        stored = d or dtypes.uint8
        if key not in made:
            made[key] = (Storage(None, contiguous((count,)), stored, devices.CPU), location)
        storage = made[key][0]
        return UntypedStorage(storage) if d is None else TypedStorage(storage, d)

    result = _unpickle(file, load_storage, safe, encoding)
    order = header()
    for key in order:
        storage, location = made[str(key)]
        (count,) = struct.unpack("<q", _exactly(file, 8))
        if count != storage.numel:
            raise RuntimeError(f"a storage of {count} elements where {storage.numel} were announced")
        raw = _exactly(file, storage.nbytes)
        d = storage.dtype
        values = np.frombuffer(raw, np.uint8 if d is dtypes.bool_ else d.np)
        if little != (sys.byteorder == "little"):
            values = values.byteswap()
        _fill(storage, values != 0 if d is dtypes.bool_ else values, location, place)
    return result


def _exactly(file, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise RuntimeError(f"unexpected EOF, expected {count - len(data)} more bytes. The file might be corrupted.")
    return data


def _placer(map_location):
    """A function (location, storage, values) -> device, from what the user gave as map_location."""

    def device_of(location) -> devices.device:
        wanted = devices.device(location)
        if wanted.type == "cuda" and not devices.cuda_devices():
            raise RuntimeError(
                "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If "
                "you are running on a CPU-only machine, please use torch.load with "
                "map_location=torch.device('cpu') to map your storages to the CPU."
            )
        return devices.resolve(wanted)

    if map_location is None:
        return lambda location, storage, values: device_of(location)
    if isinstance(map_location, dict):
        return lambda location, storage, values: device_of(map_location.get(location, location))
    if isinstance(map_location, (str, int, devices.device)):
        return lambda location, storage, values: device_of(map_location)
    if not callable(map_location):
        raise TypeError(f"map_location cannot be a {type(map_location).__name__}")

    def ask(location, storage, values):
        storage.array = put(values, devices.CPU)
        result = map_location(UntypedStorage(storage), location)
        return device_of(location) if result is None else result.device  # pyright: ignore[reportAttributeAccessIssue]

    return ask


# -- places ---------------------------------------------------------------------------------------
def validate_cuda_device(location) -> int:
    """The index of the GPU that a location names.

    Raises:
        RuntimeError: there is no such GPU.
    """
    index, count = devices.device(location).index or 0, len(devices.cuda_devices())
    if not count:
        raise RuntimeError(
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are "
            "running on a CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map your "
            "storages to the CPU."
        )
    if index >= count:
        raise RuntimeError(
            f"Attempting to deserialize object on CUDA device {index} but torch.cuda.device_count() is {count}. Please "
            "use torch.load with map_location to map your storages to an existing device."
        )
    return index


def location_tag(storage) -> str:
    """What `save` writes of where a storage is: ``"cpu"``, ``"cuda:0"``."""
    return str(storage.device)


def default_restore_location(storage, location: str):
    """A loaded storage in the place where it was saved.

    Args:
        storage: on the CPU.
        location: as `location_tag` gives it.

    Returns:
        The storage itself, or a copy on a GPU.

    Raises:
        RuntimeError: there is no such GPU, or such a place at all.
    """
    if location == "cpu":
        return storage
    if location.startswith("cuda"):
        d = storage.dtype if isinstance(storage, TypedStorage) else None
        where = devices.resolve(f"cuda:{validate_cuda_device(location)}")
        held = storage._storage
        moved = Storage(put(np.asarray(held.read()), where), held.layout, held.dtype, where)
        return UntypedStorage(moved) if d is None else TypedStorage(moved, d)
    raise RuntimeError(
        f"don't know how to restore data location of {typename(storage)} (tagged with {location})"
    )


# -- small things that libraries take from here -----------------------------------------------------
@contextlib.contextmanager
def mkdtemp():
    """A new folder for a block, removed after it."""
    path = tempfile.mkdtemp()
    try:
        yield path
    finally:
        shutil.rmtree(path)


def normalize_storage_type(storage_type: type) -> type:
    """The legacy storage class of this library that has the name of another."""
    return LEGACY_STORAGES[storage_type.__name__]


def storage_to_tensor_type(storage) -> type:
    """The legacy tensor class of a legacy storage: ``torch.FloatTensor`` of a ``FloatStorage``."""
    return CPU_TYPES[type(storage).__name__.replace("Storage", "Tensor")]


def check_module_version_greater_or_equal(module, req_version_tuple: tuple, error_if_malformed: bool = True) -> bool:
    """Whether the version of a module is at least the given one.

    Args:
        module: has ``__version__``.
        req_version_tuple: ``(1, 2)`` of version 1.2.
        error_if_malformed: raise where the version is of another form; else warn and say yes.

    Raises:
        RuntimeError: the version is of another form.
    """
    try:
        found = module.__version__.split(".")
        return tuple(type(wanted)(found[i]) for i, wanted in enumerate(req_version_tuple)) >= req_version_tuple
    except Exception as e:  # noqa: BLE001 - whatever a version may be
        message = (
            f"'{module.__name__}' module version string is malformed '{module.__version__}' and cannot be compared "
            f"with tuple {req_version_tuple}"
        )
        if error_if_malformed:
            raise RuntimeError(message) from e
        warnings.warn(message + ", but continuing assuming that requirement is met", stacklevel=2)
        return True


# -- what may be named ----------------------------------------------------------------------------
_safe_globals: dict[tuple[str, str], object] = {}


def _named(item) -> tuple[tuple[str, str], object]:
    if isinstance(item, tuple):
        item, path = item
        module, _, name = path.rpartition(".")
        return (module, name), item
    return (item.__module__, item.__qualname__), item


def add_safe_globals(safe_globals: list) -> None:
    """Let files loaded with weights_only name these classes and functions."""
    _safe_globals.update(_named(item) for item in safe_globals)


def get_safe_globals() -> list:
    """What add_safe_globals has added."""
    return list(_safe_globals.values())


def clear_safe_globals() -> None:
    """Take back all that add_safe_globals has added."""
    _safe_globals.clear()


@contextlib.contextmanager
def safe_globals(safe_globals: list):
    """As add_safe_globals, inside a block."""
    held = dict(_safe_globals)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _safe_globals.clear()
        _safe_globals.update(held)


def get_unsafe_globals_in_checkpoint(f) -> list[str]:
    """What a saved file names that ``weights_only`` does not allow: ``"module.name"`` each; nothing is called.

    Args:
        f: a path or a seekable file.

    Raises:
        ValueError: it is no archive of `save`.
    """
    with open(f, "rb") if isinstance(f, (str, os.PathLike)) else contextlib.nullcontext(f) as file:
        start = file.tell()
        if file.read(4) != b"PK\x03\x04":
            raise ValueError("Expected input to be a checkpoint returned by torch.save")
        file.seek(start)
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            root = names[0].partition("/")[0]
            if f"{root}/constants.pkl" in names:
                raise ValueError(
                    "Expected input to be a checkpoint returned by torch.save but got a torchscript checkpoint"
                )
            data = archive.read(f"{root}/data.pkl")
        file.seek(start)
    allowed = {".".join(key) for key in pickling.SafeReader(io.BytesIO(), None, dict(_safe_globals)).allowed}
    return sorted(_names_in(data) - allowed)


def _names_in(data: bytes) -> set[str]:
    """All that a pickle of protocol 2 takes from modules; of later ones, the names it is about to join."""
    found, texts = set(), []
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name == "GLOBAL":
            found.add(argument.replace(" ", "."))
        elif opcode.name == "STACK_GLOBAL":
            found.add(".".join(texts[-2:]))
        elif isinstance(argument, str):
            texts.append(argument)
    return found
