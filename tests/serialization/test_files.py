"""save and load against torch's: both ways, every dtype, aliasing kept, nothing executed."""

import io
import os
import pickle
import random
import zipfile
from operator import attrgetter

import pytest
import torch

import jaxtorch

EXAMPLES = int(os.environ.get("JAXTORCH_FUZZ_EXAMPLES", "300"))
DTYPES = [
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64",
    "complex64", "complex128", "uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2",
]  # fmt: skip


def through(saver, loader, value, **kwargs):
    buffer = io.BytesIO()
    saver.save(value, buffer)
    buffer.seek(0)
    return loader.load(buffer, **kwargs)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("way", ["ours to torch", "torch to ours", "ours to ours"])
def test_every_dtype(dtype, way):
    source, target = {"o": jaxtorch, "t": torch}[way[0]], {"h": torch, "s": jaxtorch}[way[-1]]
    t = source.tensor([[0, 1, 2], [3, 4, 5]]).to(getattr(source, dtype))
    found = through(source, target, t)
    assert repr(found) == repr(t) and found.stride() == t.stride()


def views(t):
    x = t.arange(6.0).reshape(2, 3)
    return {"whole": x, "turned": x.t(), "row": x[1], "again": x}


@pytest.mark.parametrize("source, target", [(jaxtorch, torch), (torch, jaxtorch), (jaxtorch, jaxtorch)])
def test_what_shares_memory_shares_it_again(source, target):
    found = through(source, target, views(source))
    found["whole"].zero_()
    assert found["turned"].tolist() == [[0.0, 0.0]] * 3 and found["row"].tolist() == [0.0] * 3


@pytest.mark.parametrize("source, target", [(jaxtorch, torch), (torch, jaxtorch), (jaxtorch, jaxtorch)])
def test_conjugates_stay_views(source, target):
    x = source.tensor([1 + 2j, 3j])
    found = through(source, target, {"x": x, "conj": x.conj()})
    assert found["conj"].is_conj() and found["conj"].tolist() == [1 - 2j, -3j]
    found["x"].zero_()
    assert found["conj"].tolist() == [0, 0]
    negated = through(source, target, x.conj().imag)
    assert negated.is_neg() and negated.tolist() == [-2.0, -3.0]


@pytest.mark.parametrize("source, target", [(jaxtorch, torch), (torch, jaxtorch)])
def test_state_dicts(source, target):
    source.manual_seed(0)
    state = source.nn.Sequential(source.nn.Linear(3, 2), source.nn.Linear(2, 1)).state_dict()
    model = target.nn.Sequential(target.nn.Linear(3, 2), target.nn.Linear(2, 1))
    assert repr(model.load_state_dict(through(source, target, state))) == "<All keys matched successfully>"
    assert [p.tolist() for p in model.parameters()] == [p.tolist() for p in state.values()]


FUNCTIONS = [
    "add", "relu_", "sigmoid", "einsum", "Tensor.add", "nn.functional.gelu", "nn.functional.relu", "nn.functional.pad",
    "nn.functional.conv2d", "nn.functional.linear", "nn.functional.elu_", "linalg.det", "fft.fft", "special.i1",
]  # fmt: skip


@pytest.mark.parametrize("path", FUNCTIONS)
@pytest.mark.parametrize("source, target", [(torch, jaxtorch), (jaxtorch, torch), (jaxtorch, jaxtorch)])
def test_functions_are_found_under_pytorchs_names(source, target, path):
    found = through(source, target, [attrgetter(path)(source)], weights_only=False)
    assert found == [attrgetter(path)(target)]


@pytest.mark.parametrize("path", ["special.erf", "special.expit", "special.gammaln"])
def test_functions_of_two_names(path):
    """PyTorch has two functions where there is one here, that of the shorter name."""
    (found,) = through(torch, jaxtorch, [attrgetter(path)(torch)], weights_only=False)
    assert found is attrgetter(path)(jaxtorch)
    (back,) = through(jaxtorch, torch, [found], weights_only=False)
    assert back(torch.tensor(0.25)) == attrgetter(path)(torch)(torch.tensor(0.25))


def test_paths_and_map_location(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"x": torch.ones(2)}, path)
    for where in (None, "cpu", {"cpu": "cpu"}, jaxtorch.device("cpu"), lambda storage, location: storage):
        assert jaxtorch.load(path, map_location=where)["x"].tolist() == [1.0, 1.0]
    assert zipfile.ZipFile(path).namelist()[0] == "a/data.pkl"


def test_the_older_format():
    buffer = io.BytesIO()
    torch.save(views(torch), buffer, _use_new_zipfile_serialization=False)
    buffer.seek(0)
    found = jaxtorch.load(buffer)
    found["whole"].zero_()
    assert found["row"].tolist() == [0.0] * 3


def archive(data: bytes) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("archive/data.pkl", data)
        z.writestr("archive/version", b"3\n")
    out.seek(0)
    return out


class Call:
    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


HOSTILE = {
    "a system call": pickle.dumps(Call(os.system, "touch executed"), 2),
    "eval": pickle.dumps(Call(eval, "open('executed', 'w')"), 2),
    "a nested call": pickle.dumps({"a": [Call(os.mkdir, "executed")]}, 2),
    "a newer protocol": pickle.dumps(Call(os.system, "touch executed"), 4),
    "an old instance": b"(S'touch executed'\nios\nsystem\n.",
    "an object": b"(cos\nsystem\nS'touch executed'\no.",
    "attributes of a class": b"\x80\x02ctorch\nTensor\nN}X\x08\x00\x00\x00__repr__K\x01s\x86b.",
    "a call of a dtype": b"\x80\x02ctorch\nfloat32\n)R.",
    "a storage that is none": b"\x80\x02X\x03\x00\x00\x00fooQ.",
    "getattr through builtins": b"\x80\x02c__builtin__\ngetattr\nK\x01X\x01\x00\x00\x00a\x86R.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pickles_are_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pickle.UnpicklingError):
        jaxtorch.load(archive(HOSTILE[name]))
    with pytest.raises(pickle.UnpicklingError):
        jaxtorch.load(io.BytesIO(HOSTILE[name]))
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    "size, stride, offset", [((10,), (1,), 0), ((2,), (1,), 5), ((2,), (-1,), 1), ((2, 2), (1,), 0), ((-1,), (1,), 0)]
)
def test_views_beyond_their_storage_are_refused(size, stride, offset):
    from jaxtorch._compat import pickling

    t = jaxtorch.ones(6)
    data, _ = pickling.dumps(t)
    with pytest.raises(RuntimeError):
        pickling._rebuild(t._storage, t._dtype, offset, size, stride, False)
    assert data.startswith(b"\x80\x02")


def test_a_module_needs_trust():
    buffer = io.BytesIO()
    jaxtorch.save(jaxtorch.nn.Linear(2, 3), buffer)
    buffer.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="torch.nn.modules.linear.Linear"):
        jaxtorch.load(buffer)
    buffer.seek(0)
    assert repr(jaxtorch.load(buffer, weights_only=False)) == "Linear(in_features=2, out_features=3, bias=True)"


def test_damaged_files_raise_what_is_documented():
    """Flipped, cut and grown bytes: an error of a documented kind, or a tensor."""
    buffer = io.BytesIO()
    torch.save({"x": torch.arange(6.0).reshape(2, 3).t(), "y": [1, "a", (2.5, None)]}, buffer)
    whole = buffer.getvalue()
    rng = random.Random(0)
    for _ in range(EXAMPLES):
        damaged = bytearray(whole)
        kind = rng.randrange(3)
        if kind == 0:
            for _ in range(rng.randint(1, 4)):
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del damaged[rng.randrange(len(damaged)) :]
        else:
            at = rng.randrange(len(damaged))
            damaged[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 8)))
        try:
            jaxtorch.load(io.BytesIO(bytes(damaged)))
        except (pickle.UnpicklingError, RuntimeError, EOFError, NotImplementedError):
            pass


@pytest.mark.parametrize(
    "program",
    [
        lambda t: t.load("does-not-exist.pt"),
        lambda t: t.load(3),
        lambda t: t.load(io.BytesIO(b"")),
        lambda t: t.save(t.ones(1), "no-such-folder/a.pt"),
        lambda t: t.load(io.BytesIO(b"PK\x03\x04" + b"x" * 100)),
    ],
)
def test_errors(program):
    with pytest.raises(Exception) as expected:
        program(torch)
    with pytest.raises(type(expected.value)) as found:
        program(jaxtorch)
    assert str(found.value) == str(expected.value)
