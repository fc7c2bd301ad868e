"""Quantized tensors: integers, texts, views, files and refusals are PyTorch's."""

import copy
import io
import pickle

import numpy as np
import pytest
import torch

from ..oracle import SELF_CHECK, assert_same_trace, module_under_test, run_program

LIB = module_under_test()
VALUES = [[-1.0, 0.0, 0.26, 0.05], [1.0, 2.0, 300.0, 0.25]]


@pytest.fixture(autouse=True)
def quiet(recwarn):
    """PyTorch tells once that quantized tensors are deprecated."""
    yield
    assert all("quantized tensor creation" in str(w.message) or "TypedStorage" in str(w.message) for w in recwarn)


def one(lib, kind="quint8", scale=0.1, zero_point=10):
    return lib.quantize_per_tensor(lib.tensor(VALUES), scale, zero_point, getattr(lib, kind))


def channels(lib, floating=False, axis=0):
    zero_points = lib.tensor([0, 5, 1, 2][: 4 if axis else 2])
    scales = lib.tensor([0.1, 0.2, 0.3, 0.4][: 4 if axis else 2])
    zero_points = zero_points + 0.25 if floating else zero_points
    return lib.quantize_per_channel(lib.tensor(VALUES), scales, zero_points, axis, lib.qint8)


def compare(program):
    assert_same_trace(run_program(program, LIB), run_program(program, torch))


MADE = {
    "quint8": one,
    "qint8": lambda lib: one(lib, "qint8", 0.3, -7),
    "qint32": lambda lib: one(lib, "qint32"),
    "by tensors": lambda lib: one(lib, "quint8", lib.tensor(0.1), lib.tensor(3)),
    "channels": channels,
    "columns": lambda lib: channels(lib, axis=1),
    "floating": lambda lib: channels(lib, True),
    "empty": lambda lib: lib.quantize_per_tensor(lib.zeros(0), 0.1, 3, lib.quint8),
    "scalar": lambda lib: lib.quantize_per_tensor(lib.tensor(3.0), 0.1, 3, lib.quint8),
    "long": lambda lib: lib.quantize_per_tensor(lib.arange(2000.0), 0.1, 3, lib.quint8),
    "not finite": lambda lib: (
        lib.quantize_per_tensor(lib.tensor([float("nan"), float("inf"), -1e30]), 0.1, 3, lib.qint8)),
}  # fmt: skip
ASKED = (
    "int_repr", "dequantize", "q_scale", "q_zero_point", "qscheme", "q_per_channel_scales", "q_per_channel_zero_points",
    "q_per_channel_axis", "stride", "numel", "dim", "size", "element_size", "is_contiguous", "is_signed", "type",
    "is_floating_point", "tolist", "storage_offset",
)  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_what_they_tell(name):
    def program(lib, trace):
        q = MADE[name](lib)
        trace.observe("text", lambda: repr(q))
        for asked in ASKED:
            shown = str if asked == "qscheme" else lambda x: x
            trace.observe(asked, lambda: getattr(q, asked)(), noted=shown)  # noqa: B023
        facts = "dtype is_quantized layout shape ndim requires_grad is_sparse grad_fn nbytes device"
        trace.observe("facts", lambda: [str(getattr(q, f)) for f in facts.split()])

    compare(program)


DONE = {
    "row": lambda lib, q: q[0],
    "element": lambda lib, q: q[0, 1],
    "view": lambda lib, q: q.view(4, 2),
    "t": lambda lib, q: q.t(),
    "permute": lambda lib, q: q.permute(1, 0),
    "flatten": lambda lib, q: q.flatten(),
    "clone": lambda lib, q: q.clone(),
    "detach": lambda lib, q: q.detach(),
    "rows": lambda lib, q: list(q)[1],
    "to": lambda lib, q: q.to("cpu"),
    "written": lambda lib, q: q.clone().copy_(lib.full((2, 4), 0.7)),
    "taken over": lambda lib, q: q.clone().copy_(one(lib, scale=0.5)),
    "another dtype": lambda lib, q: q.clone().copy_(one(lib, "qint8")),
    "==": lambda lib, q: (q == q, q < 0.2, q.ne(lib.zeros(2, 4))),
    "equal": lambda lib, q: (lib.equal(q, q.clone()), lib.equal(q, one(lib, scale=0.2))),
    "numpy": lambda lib, q: q.numpy(),
    "float": lambda lib, q: q.float(),
    "to a dtype": lambda lib, q: q.to(lib.float32),
    "requires_grad_": lambda lib, q: q.requires_grad_(),
    "item": lambda lib, q: q.item(),
    "copied": lambda lib, q: (copy.copy(q), copy.deepcopy(q), pickle.loads(pickle.dumps(q))),
    "functions": lambda lib, q: (lib.dequantize(q), lib.int_repr(q), lib.dequantize([q, q])),
    "of no quantized tensor": lambda lib, q: (lib.dequantize(lib.ones(2).double())),
}


def shown(value):
    if isinstance(value, (tuple, list)):
        return [shown(v) for v in value]
    return repr(value) if getattr(value, "is_quantized", False) else value


def test_what_they_can_do():
    def program(lib, trace):
        for name, do in DONE.items():
            trace.observe(name, lambda: do(lib, one(lib)), noted=shown)  # noqa: B023
        trace.observe("channels", lambda: [channels(lib).clone(), copy.deepcopy(channels(lib, True))], noted=shown)
        q = one(lib)
        row = q[1]
        row.copy_(lib.zeros(4))
        trace.observe("a view writes through", lambda: repr(q))

    compare(program)


REFUSED = {
    "byte": lambda lib: one(lib, "uint8"),
    "zero point": lambda lib: one(lib, zero_point=300),
    "low": lambda lib: one(lib, zero_point=-1),
    "double": lambda lib: lib.quantize_per_tensor(lib.ones(2).double(), 0.1, 1, lib.quint8),
    "int": lambda lib: lib.quantize_per_tensor(lib.ones(2).int(), 0.1, 1, lib.quint8),
    **{
        name: lambda lib, s=s, z=z, axis=axis: (
            lib.quantize_per_channel(lib.tensor(VALUES), s(lib), z(lib), axis, lib.qint8))
        for name, s, z, axis in [
            ("length", lambda lib: lib.ones(2), lambda lib: lib.zeros(2).int(), 1),
            ("numbers", lambda lib: lib.ones(2), lambda lib: lib.zeros(3).int(), 0),
            ("axis", lambda lib: lib.ones(2), lambda lib: lib.zeros(2).int(), 2),
        ]
    },
}  # fmt: skip


def test_what_is_refused():
    def program(lib, trace):
        for name, make in REFUSED.items():
            trace.observe(name, lambda: make(lib))  # noqa: B023

    compare(program)
    for lib in (LIB, torch):
        for run in (lambda q: q + q, lambda q: q.sum(), lambda q: q.exp(), lambda q: lib.sin(q)):  # noqa: B023
            with pytest.raises(NotImplementedError, match="Could not run 'aten::.* from the 'QuantizedCPU'"):
                run(one(lib))
        with pytest.raises(NotImplementedError, match="Could not run 'aten::int_repr' with arguments from the 'CPU'"):
            lib.ones(2).int_repr()


@pytest.mark.skipif(SELF_CHECK, reason="of jaxtorch's own limits")
def test_no_other_tensor_has_their_dtypes():
    for make in (lambda: LIB.zeros(2, dtype=LIB.qint8), lambda: LIB.tensor([1], dtype=LIB.quint8),
                 lambda: LIB.ones(2).to(LIB.qint32)):  # fmt: skip
        with pytest.raises(NotImplementedError, match="dtype of quantized tensors alone"):
            make()


@pytest.mark.parametrize("name", ["quint8", "qint8", "qint32", "channels", "floating"])
def test_files(name):
    for writer, reader in ((LIB, torch), (torch, LIB), (LIB, LIB)):
        file = io.BytesIO()
        writer.save({"q": MADE[name](writer), "row": one(writer)[1]}, file)
        file.seek(0)
        found = reader.load(file)
        assert repr(found["q"]) == repr(MADE[name](reader))
        assert repr(found["row"]) == repr(one(reader)[1])


def test_many_numbers():
    x = (np.random.default_rng(0).standard_normal(20001) * 10).astype(np.float32)

    def program(lib, trace):
        for kind in ("quint8", "qint8", "qint32"):
            for scale in (0.1, 0.037, 1 / 3):
                q = lib.quantize_per_tensor(lib.tensor(x), scale, 12, getattr(lib, kind))
                trace.observe(f"{kind} {scale}", lambda: (q.int_repr(), q.dequantize()))  # noqa: B023

    compare(program)


def test_inside_a_compiled_function():
    step = LIB.compile(lambda q, x: q.dequantize() + x)
    for _ in range(2):
        for q in (one(LIB), one(LIB, scale=0.5), channels(LIB)):
            assert step(q, 1.0).allclose(q.dequantize() + 1, atol=1e-6)


def test_a_tensor_that_a_compiled_function_names():
    q = one(LIB)
    step = LIB.compile(lambda x: q.dequantize() + x)
    for scale in (0.1, 0.1, 0.7, 0.7):
        q.copy_(one(LIB, scale=scale))
        assert step(1.0).allclose(one(LIB, scale=scale).dequantize() + 1, atol=1e-6)
