"""Spellings of PyTorch's past: legacy constructors, `.type(...)`, defaults, storages and their warnings."""

from __future__ import annotations

import pytest

from tests.compared import compared

TYPES = (
    "FloatTensor", "DoubleTensor", "HalfTensor", "BFloat16Tensor", "ByteTensor", "CharTensor", "ShortTensor",
    "IntTensor", "LongTensor", "BoolTensor",
)  # fmt: skip


@compared
def test_constructors_of_each_type(torch, see):
    for name in TYPES:
        make = getattr(torch, name)
        see([str(make), make.__name__, make.__module__, str(make.dtype)])
        see(make())
        see(make([1, 0, 1]))
        see(make([[1, 0], [0, 1]]))
        see([make(2, 3).shape, make(2, 3).dtype, make(torch.Size([4])).shape, make(0).shape])
        see(make((1, 0)))
        for wrong in ((1.5,), ("x",), (None,), (2, "x"), ([1, "x"],), (-1,), ([[1], [1, 2]],)):
            see(lambda wrong=wrong, make=make: make(*wrong).shape)


@compared
def test_the_same_tensor_again(torch, see):
    t = torch.arange(3.0)
    see(torch.FloatTensor(t).data_ptr() == t.data_ptr())
    see(torch.Tensor(t).data_ptr() == t.data_ptr())
    for name in ("DoubleTensor", "LongTensor"):
        see(lambda name=name: getattr(torch, name)(t))
    x = torch.ones(2, requires_grad=True)
    see(torch.Tensor(x))
    see(lambda: torch.Tensor(torch.tensor([1, 2])))


@compared
def test_instances(torch, see):
    t = torch.ones(2)
    see([isinstance(t, getattr(torch, name)) for name in TYPES])
    see([isinstance(t.long(), getattr(torch, name)) for name in TYPES])
    see([isinstance(3, torch.FloatTensor), isinstance(torch.nn.Parameter(t), torch.FloatTensor)])
    see([isinstance(t, torch.Tensor), type(t) is torch.FloatTensor, issubclass(torch.FloatTensor, torch.Tensor)])
    see([torch.FloatTensor.is_cuda, torch.FloatTensor is torch.FloatTensor])


@compared
def test_the_type_of_a_tensor(torch, see):
    for name in ("float32", "float64", "float16", "bfloat16", "uint8", "int8", "int16", "int32", "int64", "bool",
                 "complex64", "complex128"):  # fmt: skip
        see(torch.zeros(1).to(getattr(torch, name)).type())
    t = torch.tensor([1.7, -2.2])
    for wanted in (torch.int32, "torch.LongTensor", torch.DoubleTensor, torch.float32, torch.FloatTensor, torch.Tensor):
        see(t.type(wanted))
        see(t.type(wanted) is t)
    for wrong in ("LongTensor", "torch.Nothing", int, 3, "int32", torch.nn.Module):
        see(lambda wrong=wrong: t.type(wrong))
    x = torch.ones(2, requires_grad=True)
    see(x.type(torch.float64))
    see(t.type_as(torch.zeros(1, dtype=torch.int16)))
    see(t.type(dtype=torch.float64, non_blocking=True))


@compared
def test_new(torch, see):
    t = torch.ones(2, dtype=torch.float64)
    see(t.new())
    see([t.new(3, 2).shape, t.new(3).dtype])
    see(t.new([1, 2]))
    see(t.new(torch.Size([2, 2])).shape)
    see(t.new_tensor([1, 2]))
    see(t.new_full((2,), 3))
    see([t.new_empty(2).dtype, t.new_zeros(1, 2, dtype=torch.int8)])


@compared
def test_default_dtype(torch, see):
    see(torch.get_default_dtype())
    try:
        for d in (torch.float64, torch.float16, torch.float32):
            torch.set_default_dtype(d)
            see(torch.get_default_dtype())
            see([torch.tensor(1.5).dtype, torch.tensor([1]).dtype, torch.zeros(1).dtype, torch.arange(2.0).dtype])
            see([(torch.tensor(1) / 2).dtype, torch.Tensor(1).dtype, torch.full((1,), 2.0).dtype])
            if d is not torch.float16:
                see(torch.tensor(1j).dtype)
            see([(torch.tensor(1) * 1.5).dtype, torch.linspace(0, 1, 2).dtype, torch.eye(1).dtype, torch.rand(1).dtype])
            see(torch.tensor([1.5]))
            see(repr(torch.tensor([1.5], dtype=torch.float32)))
            see(repr(torch.tensor([1.5], dtype=torch.float64)))
    finally:
        torch.set_default_dtype(torch.float32)
    for wrong in (torch.int32, torch.complex64, "float32", None, float):
        see(lambda wrong=wrong: torch.set_default_dtype(wrong))
    see(torch.get_default_dtype())


@compared
def test_default_tensor_type(torch, see):
    try:
        for kind in ("torch.DoubleTensor", torch.HalfTensor, torch.FloatTensor):
            torch.set_default_tensor_type(kind)
            see([torch.get_default_dtype(), torch.Tensor(1).dtype, torch.tensor(1.0).dtype])
        for wrong in (torch.LongTensor, "torch.IntTensor", "nothing", 3):
            see(lambda wrong=wrong: torch.set_default_tensor_type(wrong))
    finally:
        torch.set_default_tensor_type(torch.FloatTensor)


@compared
def test_default_device(torch, see):
    see(torch.get_default_device())
    try:
        torch.set_default_device("cpu")
        see([torch.get_default_device(), torch.zeros(1).device, torch.tensor(1).device])
        torch.set_default_device(None)
        see(torch.get_default_device())
        see(lambda: torch.set_default_device("nowhere"))
    finally:
        torch.set_default_device(None)
    with torch.device("cpu") as d:
        see([str(d), torch.ones(1).device])
    see(torch.get_default_device())


@compared
def test_typed_storages(torch, see):
    t = torch.arange(4.0)
    s = t.storage()
    see([len(s), s.size(), s.nbytes(), s.element_size(), s[1], s.tolist(), str(s.dtype), str(s.device), s.is_cuda])
    see([s.type(), s.pickle_storage_type(), s.data_ptr() == t.data_ptr(), s.untyped().nbytes(), type(s).__name__])
    see(repr(s))
    see(torch.FloatTensor(s).data_ptr() == t.data_ptr())
    s[1] = 7
    see(t)
    s.fill_(2)
    see(t)
    c = s.clone()
    c[0] = 9
    see(t)
    see([repr(s.double()), repr(s.long()), repr(s.bool()), s.cpu() is s])
    s.copy_(c)
    see(t)
    s.resize_(6)
    see([len(s), t.shape])
    for name in ("FloatStorage", "LongStorage", "BoolStorage"):
        make = getattr(torch, name)
        see([repr(make([1, 0])), len(make(3)), len(make()), str(make.dtype), torch.is_storage(make(1))])
    see(lambda: s[0:2])
    see(torch.tensor([]).set_(torch.FloatStorage([1.0, 2.0])))


def told(torch, calls):
    """The warnings of each call, in a program where nothing was told yet."""
    import warnings

    out = []
    for call in calls:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                call(torch)
            except RuntimeError:
                pass
        out.append([(w.category.__name__, str(w.message).split(" (Triggered")[0]) for w in caught])
    return out


DEPRECATED = {
    "stft": [
        lambda torch: torch.stft(torch.ones(32), 8, return_complex=True),
        lambda torch: torch.stft(torch.ones(32), 8, window=torch.ones(8), return_complex=False),
        lambda torch: torch.stft(torch.ones(32), 8),
        lambda torch: torch.stft(torch.ones(32), 8, return_complex=False),
    ],
    "istft": [
        lambda torch: torch.istft(torch.ones(5, 17, dtype=torch.complex64), 8, window=torch.ones(8)),
        lambda torch: torch.istft(torch.ones(5, 17, dtype=torch.complex64), 8),
        lambda torch: torch.istft(torch.ones(5, 17, dtype=torch.complex64), 8),
    ],
    "storages": [lambda torch: torch.ones(2).storage(), lambda torch: torch.FloatStorage(2)],
    "transposes": [lambda torch: torch.ones(2).T, lambda torch: torch.ones(1, 2, 3).T, lambda torch: torch.ones(()).mT],
}
PROGRAM = """
import json, sys
if sys.argv[1] == "this":
    import jaxtorch as torch
else:
    import torch
from tests.interop.test_legacy import DEPRECATED, told
print(json.dumps({name: told(torch, calls) for name, calls in DEPRECATED.items()}))
"""


@pytest.fixture(scope="module")
def warned():
    """What each library tells, each in a process that has told nothing yet."""
    import json
    import subprocess
    import sys

    return [
        json.loads(subprocess.run([sys.executable, "-c", PROGRAM, which], capture_output=True, check=True).stdout)
        for which in ("this", "torch")
    ]


@pytest.mark.parametrize("name", DEPRECATED)
def test_told_once(warned, name):
    ours, theirs = warned
    assert theirs[name] and any(theirs[name])
    assert ours[name] == theirs[name]
