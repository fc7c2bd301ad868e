"""torch.nn.utils.rnn against torch: packing, padding and back, with gradients and errors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.nn.programs import compare
from tests.oracle import (
    Trace,
    make_tensor,
    module_under_test,
    same_error,
)


def sequences(lib, lengths, *rest, grad=False):
    values = [
        np.arange(n * int(np.prod(rest)), dtype=np.float32).reshape(n, *rest) + 100 * i
        for i, n in enumerate(lengths)
    ]
    return [make_tensor(lib, v).requires_grad_(grad) for v in values]


@pytest.mark.parametrize("rest", [(), (2,), (2, 3)])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("side", ["right", "left"])
def test_pad_sequence(rest, batch_first, side):
    def program(lib, trace: Trace):
        seqs = sequences(lib, (3, 1, 4), *rest, grad=True)
        padded = lib.nn.utils.rnn.pad_sequence(seqs, batch_first, -1.5, side)
        trace.note("padded", padded)
        (padded * padded).sum().backward()
        trace.note("gradients", [s.grad for s in seqs])

    compare(program)


def test_pad_sequence_of_other_things():
    def program(lib, trace: Trace):
        pad = lib.nn.utils.rnn.pad_sequence
        trace.note("integers", pad([lib.tensor([1, 2]), lib.tensor([3])], padding_value=-1.0))
        trace.note("mixed", pad([lib.ones(2), lib.tensor([3])]))
        trace.note("mixed the other way", pad([lib.tensor([3]), lib.ones(2)]))
        trace.note("a tensor", pad(lib.arange(6.0).view(2, 3)))
        trace.note("a generator", pad(lib.ones(n) for n in (1, 2)))
        trace.note("empty ones", pad([lib.ones(0, 2), lib.ones(0, 2)]))
        trace.note("one empty", pad([lib.ones(0, 2), lib.ones(1, 2)], batch_first=True))
        trace.note("broadcast", pad([lib.ones(3, 2), lib.ones(2, 1)]))
        trace.note("bool", pad([lib.tensor([True]), lib.tensor([True, True])]))

    compare(program)


@pytest.mark.parametrize("rest", [(), (2,), (2, 3)])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(
    "lengths, enforce", [((4, 3, 1), True), ((2, 2), True), ((1, 4, 2), False), ((3,), False)]
)
def test_packing_and_back(rest, batch_first, lengths, enforce):
    def program(lib, trace: Trace):
        rnn = lib.nn.utils.rnn
        seqs = sequences(lib, lengths, *rest, grad=True)
        padded = rnn.pad_sequence(seqs, batch_first)
        packed = rnn.pack_padded_sequence(
            padded, list(lengths), batch_first, enforce_sorted=enforce
        )
        trace.note("packed", packed)
        trace.note("text", repr(packed))
        for options in ({}, {"batch_first": True, "padding_value": 2.5}, {"total_length": 6}):
            trace.note(f"back, {options}", rnn.pad_packed_sequence(packed, **options))
        back, _ = rnn.pad_packed_sequence(packed, batch_first)
        trace.note("as before", bool((back == padded).all()))
        (back * back).sum().backward()
        trace.note("gradients", [s.grad for s in seqs])
        trace.note("unpacked", rnn.unpack_sequence(packed))
        trace.note("from sequences", rnn.pack_sequence(seqs, enforce))

    compare(program)


def test_second_gradient_of_packing():
    def program(lib, trace: Trace):
        x = make_tensor(lib, np.arange(12, dtype=np.float32).reshape(3, 2, 2)).requires_grad_()
        packed = lib.nn.utils.rnn.pack_padded_sequence(x, [3, 1])
        back, _ = lib.nn.utils.rnn.pad_packed_sequence(packed)
        (g,) = lib.autograd.grad((back**3).sum(), x, create_graph=True)
        g.sum().backward()
        trace.note("gradient", x.grad)

    compare(program)


def test_lengths_of_every_kind():
    def program(lib, trace: Trace):
        rnn, x = lib.nn.utils.rnn, lib.arange(12.0).view(3, 2, 2)
        for what, lengths in (
            ("list", [3, 1]), ("tuple", (3, 1)), ("array", np.array([3, 1])),
            ("int64", lib.tensor([3, 1])), ("int32", lib.tensor([3, 1], dtype=lib.int32)),
            ("float", lib.tensor([3.9, 1.2])), ("floats", [3.9, 1.2]),
            ("shorter than the padding", [2, 1]),
        ):  # fmt: skip
            trace.observe(what, lambda n=lengths: rnn.pack_padded_sequence(x, n))

    compare(program)


@pytest.mark.parametrize(
    "source",
    [
        "pack_padded_sequence(x, [3, 0])", "pack_padded_sequence(x, [2, 3])",
        "pack_padded_sequence(x, [3, 2, 1])", "pack_padded_sequence(x, [3, 2], batch_first=True)",
        "pack_padded_sequence(x, [])", "pack_padded_sequence(torch.zeros(0, 2, 2), [1, 1])",
        "pack_padded_sequence(torch.zeros(3), [1, 1, 1])",
        "pack_padded_sequence(torch.tensor(1.0), [1])",
        "pack_padded_sequence(x, torch.tensor([[3, 1]]))", "pack_padded_sequence(x, [-1, -2])",
        "pack_padded_sequence(x, [0, 3], enforce_sorted=False)",
        "torch._pack_padded_sequence(x, torch.tensor([3, 2], dtype=torch.int32), False)",
        "pack_sequence([])", "pack_sequence([torch.zeros(2), torch.zeros(3)])",
        "pack_sequence([torch.zeros(3), torch.zeros(2, 1)])",
        "pack_sequence([torch.zeros(3), torch.zeros(0)])", "pad_sequence([])", "pad_sequence(3)",
        "pad_sequence([torch.zeros(2), 3])", "pad_sequence([torch.tensor(1.0)])",
        "pad_sequence([torch.zeros(2), torch.zeros(3)], padding_side='top')",
        "pad_sequence([torch.zeros(2, 2), torch.zeros(3, 3)])",
        "pad_sequence([torch.zeros(2, 3), torch.zeros(3, 1, 2)])",
        "pad_packed_sequence(pack_padded_sequence(x, [3, 2]), total_length=2)",
        "PackedSequence(torch.zeros(1))", "unpad_sequence(torch.zeros(2, 2), torch.tensor([1]))",
    ],
)  # fmt: skip
def test_refusals(source):
    def run(lib):
        rnn = lib.nn.utils.rnn
        eval(
            source,
            {f: getattr(rnn, f) for f in rnn.__all__}
            | {"torch": lib, "x": lib.arange(12.0).view(3, 2, 2)},
        )

    same_error(lambda: run(module_under_test()), lambda: run(torch))


def test_a_length_beyond_the_padding_is_refused():
    lib = module_under_test()
    if lib is torch:
        pytest.skip("torch packs fewer rows than it says")
    with pytest.raises(RuntimeError, match="at most 3"):
        lib.nn.utils.rnn.pack_padded_sequence(lib.zeros(3, 2), [5, 2])


def test_packed_sequence_converts():
    def program(lib, trace: Trace):
        packed = lib.nn.utils.rnn.pack_sequence([lib.ones(1), lib.zeros(3)], enforce_sorted=False)
        for name in ("double", "float", "half", "long", "int", "short", "char", "byte", "cpu"):
            other = getattr(packed, name)()
            trace.note(name, other)
            trace.note(f"{name}: same", other is packed)
        trace.note(
            "to", [packed.to(lib.float64).data.dtype is lib.float64, packed.to("cpu") is packed]
        )
        trace.note("facts", [packed.is_cuda, type(packed).__name__, packed._fields, len(packed)])
        data, batch_sizes, sorted_indices, unsorted_indices = packed
        trace.note("parts", [batch_sizes, sorted_indices, unsorted_indices])
        trace.note("built", lib.nn.utils.rnn.PackedSequence(data, batch_sizes, sorted_indices))
        trace.note("from a pair", lib.nn.utils.rnn.PackedSequence((data, batch_sizes)))
        trace.note("inverse", lib.nn.utils.rnn.invert_permutation(lib.tensor([2, 0, 1])))
        trace.note("inverse of none", lib.nn.utils.rnn.invert_permutation(None))

    compare(program)


def test_unpad_sequence():
    def program(lib, trace: Trace):
        rnn = lib.nn.utils.rnn
        trace.note(
            "batch first", rnn.unpad_sequence(lib.arange(6).view(2, 3), lib.tensor([3, 1]), True)
        )
        x = lib.arange(6).view(3, 2)
        trace.note("time first", rnn.unpad_sequence(x, lib.tensor([3, 1])))
        trace.note("the input is transposed", [tuple(x.shape), x.stride()])

    compare(program)
