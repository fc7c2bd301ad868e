"""torch.serialization beside save and load: skipped data, byte orders, places, what a file names."""

import importlib
import io
import os
import types
import zipfile

import numpy as np
import pytest
import torch as real

import jaxtorch

from ..compared import compared

NO_GPU = not jaxtorch.cuda.is_available() and not real.cuda.is_available()


def module(torch):
    return importlib.import_module(torch.__name__ + ".serialization")


def saved(torch, obj):
    file = io.BytesIO()
    torch.save(obj, file)
    file.seek(0)
    return file


@compared
def test_skipped_data(torch, see):
    x, s = torch.arange(4.0), module(torch)
    with s.skip_data():
        file = saved(torch, {"x": x, "half": x[:2].half()})
    see(len(file.getvalue()) == len(saved(torch, {"x": x, "half": x[:2].half()}).getvalue()))
    see(torch.load(file))
    with s.skip_data(materialize_fake_tensors=True):
        see(torch.load(saved(torch, x)).shape)
    see(torch.load(saved(torch, x)))


@compared
def test_default_byte_order(torch, see):
    s = module(torch)
    see(s.get_default_load_endianness())
    see(lambda: s.set_default_load_endianness("little"))
    unmarked = io.BytesIO()
    with zipfile.ZipFile(saved(torch, torch.arange(4.0))) as archive, zipfile.ZipFile(unmarked, "w") as out:
        for name in archive.namelist():
            if not name.endswith("byteorder"):
                data = archive.read(name)
                out.writestr(name, np.frombuffer(data, ">f4").astype("<f4").tobytes() if "/data/" in name else data)
    try:
        for order in (s.LoadEndianness.BIG, s.LoadEndianness.LITTLE, s.LoadEndianness.NATIVE, None):
            s.set_default_load_endianness(order)
            unmarked.seek(0)
            see([str(s.get_default_load_endianness()), torch.load(unmarked)])
            see(torch.load(saved(torch, torch.arange(4.0))))
    finally:
        s.set_default_load_endianness(None)
    see([[e.name, e.value] for e in s.LoadEndianness])


@pytest.mark.skipif(not NO_GPU, reason="there is a GPU")
def test_places():
    def program(torch, see):
        s, x = module(torch), torch.arange(4.0)
        see([s.location_tag(x.untyped_storage()), s.default_restore_location(x.untyped_storage(), "cpu").nbytes()])
        see(lambda: s.default_restore_location(x.untyped_storage(), "cuda:0"))
        see(lambda: s.default_restore_location(x.untyped_storage(), "nowhere"))
        see(lambda: s.validate_cuda_device("cuda:0"))
        see(torch.load(saved(torch, x), map_location=s.default_restore_location))

    compared(program)()


@compared
def test_versions_and_folders(torch, see):
    s, owner = module(torch), types.ModuleType("owner")
    owner.__version__ = "1.2.3"
    see([s.check_module_version_greater_or_equal(owner, wanted) for wanted in ((1, 2), (1, 3), (1, 2, 3), (0,))])
    owner.__version__ = "a"
    see(lambda: s.check_module_version_greater_or_equal(owner, (1, 3)))
    see(lambda: s.check_module_version_greater_or_equal(owner, (1, 3), error_if_malformed=False))
    with s.mkdtemp() as folder:
        see(os.path.isdir(folder))
    see(os.path.isdir(folder))
    see(s.normalize_storage_type(torch.FloatStorage) is torch.FloatStorage)
    see(issubclass(s.SourceChangeWarning, Warning))


@compared
def test_names_in_files(torch, see):
    s = module(torch)
    see(s.get_unsafe_globals_in_checkpoint(saved(torch, {"x": torch.ones(2), "c": 1 + 2j})))
    named = saved(torch, {"x": types.SimpleNamespace(a=1)})
    see(s.get_unsafe_globals_in_checkpoint(named))
    named.seek(0)
    with s.safe_globals([types.SimpleNamespace]):
        see(s.get_unsafe_globals_in_checkpoint(named))
    see(lambda: s.get_unsafe_globals_in_checkpoint(io.BytesIO(b"abc")))
    see(torch.load(saved(torch, 1 + 2j)))


@compared
def test_storages_of_buffers(torch, see):
    see(torch.ByteStorage.from_buffer(b"abcd").tolist())
    see(torch.ByteStorage.from_buffer(b"abcd", "little", 1, 2).tolist())
    see(torch.ByteStorage.from_buffer(bytearray(b"abcd"), byte_order="native", offset=1, count=2).tolist())
    see(torch.BoolStorage.from_buffer(b"\0\1\2", "big").tolist())
    for order in ("little", "big", "native"):
        see(torch.FloatStorage.from_buffer(b"abcdefgh", order).tolist())
        see(torch.LongStorage.from_buffer(b"abcdefgh", order).tolist())
        see(torch.UntypedStorage.from_buffer(b"abcdefgh", dtype=torch.float32, byte_order=order).tolist())
    see(torch.ByteStorage.from_buffer(b"").tolist())
    see(lambda: torch.FloatStorage.from_buffer(b"abcdefgh"))
    see(lambda: torch.ShortStorage.from_buffer(b"abc", "native"))
    see(lambda: torch.ByteStorage.from_buffer(b"abcd", offset=9))
    see(lambda: torch.ByteStorage.from_buffer(b"abcd", count=9))
    see(lambda: torch.UntypedStorage.from_buffer(b"abcd"))
    see(lambda: torch.UntypedStorage.from_buffer(3, dtype=torch.uint8))
