"""Deferred execution: the same values, errors and effects, by few programs."""

from __future__ import annotations

import contextlib
import copy
import gc
import io
import logging
import os
import subprocess
import sys
import threading

import jax
import numpy as np
import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import engine, nn
from jaxtorch._core import modes
from jaxtorch._core.pending import Pending
from jaxtorch._record import segment as segments

from ..counting import compilations


@pytest.fixture
def segment(monkeypatch):
    """A fresh segment, in which the operations of the test wait."""
    found = segments.Segment()
    monkeypatch.setattr(segments._own, "segment", found, raising=False)
    previous, modes.state.segment = modes.state.segment, None
    with engine.deferred():
        yield found
    modes.state.segment = previous


def waits(t) -> bool:
    return type(t._storage.array) is Pending and t._storage.array.array is None


def test_nothing_runs_until_a_value_is_looked_at(segment):
    x = torch.ones(3)
    y = (x * 2 + 1).sum()
    assert waits(y) and y.shape == () and y.dtype is torch.float32
    assert y.item() == 9.0
    assert not waits(y) and segment.report.segments == 1


LOOKS = {
    "item": lambda t: t.sum().item(), "print": lambda t: str(t), "bool": lambda t: bool(t.sum() > 0),
    "numpy": lambda t: t.numpy().tolist(), "asarray": lambda t: np.asarray(t).tolist(), "tolist": lambda t: t.tolist(),
    "nonzero": lambda t: t.nonzero().tolist(), "mask": lambda t: t[t > 2].tolist(), "jax": lambda t: t.jax().tolist(),
    "dlpack": lambda t: np.from_dlpack(t).tolist(), "float": lambda t: float(t.sum()), "format": lambda t: f"{t.sum()}",
    "unique": lambda t: t.unique().tolist(), "iter": lambda t: [float(e) for e in t], "equal": lambda t: t.equal(t * 1),
    "in": lambda t: 3.0 in t, "repeat": lambda t: [0] * int(t.sum().long()), "copy": copy.deepcopy,
}  # fmt: skip


@pytest.mark.parametrize("name", LOOKS)
def test_looks(name, segment):
    look = LOOKS[name]
    with engine.eager():
        expected = look(torch.arange(4.0) * 2)
    found = look(torch.arange(4.0) * 2)
    assert found.tolist() == expected.tolist() if name == "copy" else found == expected


def test_saving_runs_what_is_saved(segment, tmp_path):
    torch.save(torch.ones(2) + 1, tmp_path / "t.pt")
    assert torch.load(tmp_path / "t.pt").tolist() == [2.0, 2.0]


def test_effects_come_in_the_order_of_the_program(segment):
    with contextlib.redirect_stdout(io.StringIO()) as text:
        x = torch.ones(2)
        x += 1
        print(x)
        x *= 3
        print("between")
        print(x)
    assert text.getvalue() == "tensor([2., 2.])\nbetween\ntensor([6., 6.])\n"


def test_memory_that_numpy_sees(segment):
    a = np.zeros(3, np.float32)
    x = torch.from_numpy(a)
    x += torch.ones(3) * 2
    assert a.tolist() == [2.0, 2.0, 2.0]
    a[0] = 7
    y = x * 1
    a[1] = 8
    assert y.tolist() == [7.0, 2.0, 2.0]
    shown = (torch.ones(2) + 1).numpy()
    assert shown.tolist() == [2.0, 2.0]


def test_views_see_what_is_written_later(segment):
    x = torch.zeros(2, 3)
    row, column = x[1], x[:, 0]
    x.add_(1)
    row.mul_(5)
    column[0] = 9
    assert x.tolist() == [[9, 1, 1], [5, 5, 5]]
    assert row.tolist() == [5, 5, 5] and column.tolist() == [9, 5]


def loop(n: int, read_each: bool, optimizer=torch.optim.SGD, **options):
    """(losses, parameters) of a small training run."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 3))
    opt = optimizer(model.parameters(), lr=0.1, **options)
    x, y = torch.randn(6, 4), torch.randint(0, 3, (6,))
    losses = []
    for _ in range(n):
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        losses.append(loss.item() if read_each else loss.detach())
    return [float(v) for v in losses], [p.tolist() for p in model.parameters()]


@pytest.mark.parametrize("read_each", [True, False])
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW])
def test_a_training_loop(segment, read_each, optimizer):
    found = loop(6, read_each, optimizer)
    with engine.eager():
        expected = loop(6, read_each, optimizer)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-5)
    for a, b in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_a_loop_that_repeats_compiles_nothing_more(segment):
    loop(12, True)
    programs, compiled = segment.report.programs, compilations()
    loop(12, True)
    assert (segment.report.programs, compilations()) == (programs, compiled)
    assert segment.report.programs <= 4


def test_a_loop_that_steps_by_hand(segment):
    """Without an optimizer each backward ends a segment."""
    w = torch.ones(3, requires_grad=True)
    for _ in range(10):
        ((w * w).sum() + 1).backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad = None
    report = segment.report
    assert report.segments == 9 and report.programs <= 4
    np.testing.assert_allclose(w.tolist(), [0.8**10] * 3, rtol=1e-5)


def test_a_loop_with_no_mark_at_all(segment):
    """It is cut for its length once, and then where it begins again."""
    total = torch.zeros(4)
    for _ in range(700):
        y = torch.full((4,), 0.5)
        for _ in range(9):
            y = y * 2 - y
        total = total + y
    assert total.tolist() == [350.0] * 4
    report = segment.report
    assert report.segments > 10 and report.programs <= 12  # it may begin with what is in it often


def test_values_that_nobody_has_are_not_made(segment):
    x = torch.ones(5)
    y = (x + 1) * 2
    z = y - 1
    del y
    assert z.tolist() == [3.0] * 5
    (program,) = next(p for p in _places(segment) if p.programs).programs
    assert len(program.results) == 1


def _places(segment):
    stack = [segment.start]
    while stack:
        place = stack.pop()
        yield place
        stack.extend(place.after.values())


def test_a_new_number_compiles_nothing(segment):
    x = torch.ones(3)
    (x * 0.123).tolist()
    before = compilations()
    for k in range(5):
        assert (x * (0.3 + k)).tolist() == pytest.approx([0.3 + k] * 3)
    assert compilations() == before


def test_two_equal_numbers_are_two(segment):
    def f(a, b):
        return (torch.ones(2) * a + torch.ones(2) * b).tolist()

    assert f(0.7, 0.7) == pytest.approx([1.4, 1.4])
    before = compilations()
    assert f(0.7, 0.2) == pytest.approx([0.9, 0.9])
    assert compilations() == before


def test_shapes_and_dtypes_are_refused_at_the_line(segment):
    x = torch.ones(2, 3)
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
        x @ x
    with pytest.raises(RuntimeError, match="does not require grad"):
        (x * 2).sum().backward()


@pytest.mark.parametrize("late", [False, True])
def test_indices_are_refused_at_the_line(segment, late):
    table, i = torch.ones(3, 2), torch.tensor([0, 5])
    if late:
        i = i * 2 - i
    with pytest.raises(IndexError):
        F.embedding(i, table)
    assert (table + 1).tolist() == [[2.0, 2.0]] * 3


def test_indices_that_are_there_end_no_segment(segment):
    table, i = torch.ones(3, 2) * 2, torch.tensor([0, 2])
    y = F.embedding(i, table)
    assert waits(y) and waits(table)


def test_arrays_that_the_user_holds_stay(segment):
    w = torch.ones(4)
    kept = w.jax()
    for _ in range(4):
        w.mul_(2)
        engine.flush()
        held = w.detach().jax()
    assert kept.tolist() == [1.0] * 4 and held.tolist() == [16.0] * 4


def test_inside_a_transform_of_jax(segment):
    scale = torch.ones(2) * 3  # waits

    def f(x):
        return (torch.from_jax(x) * scale).sum().jax()

    assert jax.grad(f)(np.ones(2, np.float32)).tolist() == [3.0, 3.0]
    scale = torch.ones(2) * 4
    assert jax.jit(f)(np.ones(2, np.float32)) == 8.0
    assert scale.tolist() == [4.0, 4.0]


def test_compiled_functions(segment):
    w = torch.ones(3) * 2

    @torch.compile(fullgraph=True)
    def step(x):
        w.add_(x)
        return w * 2

    for k in range(1, 4):
        assert step(torch.ones(3) + 0).tolist() == [2 * (2 + k)] * 3
    w.mul_(2)
    assert step(torch.ones(3)).tolist() == [22.0] * 3


def test_threads_have_their_own(segment):
    x = torch.ones(1000) * 2
    found = {}

    def work(k):
        found[k] = (float((x * k).sum()), modes.state.segment)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    y = x + 1
    for t in threads:
        t.join()
    assert {k: v for k, (v, _) in found.items()} == {k: 2000.0 * k for k in range(4)}
    assert all(s is None for _, s in found.values())
    assert float(y.sum()) == 3000.0


def test_a_thread_reads_while_another_asks(segment):
    shared, wrong = [torch.zeros(4)], []

    def read():
        for _ in range(200):
            values = shared[0].tolist()
            if len(set(values)) != 1:
                wrong.append(values)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for t in threads:
        t.start()
    for _ in range(200):
        shared[0] = shared[0] + 1
    for t in threads:
        t.join()
    assert not wrong and shared[0].tolist() == [200.0] * 4


def test_an_interrupt_between_a_run_and_its_results(segment, monkeypatch):
    w = torch.ones(3)
    w.add_(1)
    deliver, calls = segments.Segment._deliver, []

    def interrupted(self):
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        deliver(self)

    monkeypatch.setattr(segments.Segment, "_deliver", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.flush()
    assert w.tolist() == [2.0] * 3 and len(calls) == 2


def test_a_run_that_fails_can_be_asked_for_again(segment, monkeypatch):
    x = torch.ones(3) * 5
    program, failed = segments.Segment._program, []

    def once(self, *args):
        if not failed:
            failed.append(1)
            raise MemoryError
        return program(self, *args)

    monkeypatch.setattr(segments.Segment, "_program", once)
    with pytest.raises(MemoryError):
        engine.flush()
    assert x.tolist() == [5.0] * 3


def test_segments_that_keep_being_new_run_op_by_op(segment, caplog):
    """Compiling them is bounded by a share of the time; operations that have programs of their own use these."""
    with caplog.at_level(logging.INFO, "jaxtorch.engine"):
        for n in range(120):
            y = torch.ones(4)
            for _ in range(n % 60 + 40):
                y = y * 0.5 + 1
            engine.flush()
    report = segment.report
    assert report.programs <= 6 and report.refused > 30
    assert [r.message for r in caplog.records] == [
        "compiling segments has had its share of the time: they run op by op for now"
    ]
    assert "120 segments of" in engine.report()


def test_segments_that_are_new_in_every_operation_are_compiled(segment):
    """One program costs less than one for each operation."""
    for n in range(3, 8):
        (torch.ones(n).exp() * torch.ones(n).sin() + torch.ones(n).cos()).tolist()
    assert segment.report.programs == segment.report.segments == 5


def test_nothing_grows_in_a_loop(segment):
    def step():
        x = torch.ones(4)
        return (x * 2 + 1).sum().item()

    for _ in range(5):
        step()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(100):
        step()
    gc.collect()
    assert len(gc.get_objects()) - before < 50


def test_blocks_may_be_nested(segment):
    with engine.deferred():
        x = torch.ones(2) + 1
        assert waits(x)
        with engine.eager():
            assert not waits(x)
            assert not waits(x + 1)
        assert waits(x + 1)


def test_hooks_and_saved_tensors(segment):
    seen = []
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: seen.append(g.tolist()))
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t * 1, lambda t: t):
        z = (y * y).sum()
    z.backward()
    assert seen == [[4.0] * 3] and x.grad.tolist() == [8.0] * 3


PROGRAM = """
import jaxtorch as torch
from jaxtorch._core import modes
x = torch.ones(3) * 2
print(type(x._storage.array).__name__, modes.state.segment is not None)
print(x)
"""


def test_the_environment_says_so():
    for value, expected in (("1", "Pending True"), ("0", "ArrayImpl False")):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env={**os.environ, "JAXTORCH_DEFERRED": value}, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        assert done.stdout.split("\n")[:2] == [expected, "tensor([2., 2., 2.])"], done.stderr


def workers():
    """A loader whose dataset waits when its workers are started."""
    data = torch.utils.data.TensorDataset(torch.arange(8.0) * 2)
    return sorted(float(v) for (b,) in torch.utils.data.DataLoader(data, 2, num_workers=2) for v in b)


def test_workers_of_loaders(segment):
    assert workers() == [2.0 * k for k in range(8)]
