"""`torch.multiprocessing`: processes, their failures, and tensors on the way between them."""

import copy
import pickle
import warnings
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
import torch
import torch.multiprocessing

import jaxtorch
import jaxtorch.multiprocessing as mp

from ..compared import compared
from . import targets


def test_spawn_and_tensors_in_a_queue():
    queue = mp.get_context("spawn").SimpleQueue()
    assert mp.spawn(targets.put, (queue, jaxtorch.arange(3)), nprocs=2) is None
    found = dict(queue.get() for _ in range(2))
    assert {index: t.tolist() for index, t in found.items()} == {0: [0, 1, 2], 1: [0, 2, 4]}


def test_a_process_that_raises():
    with pytest.raises(mp.ProcessRaisedException) as raised:
        mp.spawn(targets.fail, nprocs=2)
    text = str(raised.value)
    assert text.startswith("\n\n-- Process 1 terminated with the following error:\nTraceback (most recent call last):")
    assert text.endswith("ValueError: the second one\n") and raised.value.error_index == 1
    again = pickle.loads(pickle.dumps(raised.value))
    assert type(again) is type(raised.value) and vars(again) == vars(raised.value)


def test_processes_that_exit():
    context = mp.spawn(targets.leave, (3,), nprocs=1, join=False)
    assert len(context.pids()) == 1
    with pytest.raises(mp.ProcessExitedException, match="process 0 terminated with exit code 3") as raised:
        while not context.join():
            pass
    assert (raised.value.exit_code, raised.value.signal_name, raised.value.error_pid) == (3, None, context.pids()[0])
    with pytest.raises(mp.ProcessExitedException, match="process 0 terminated with signal SIGKILL") as raised:
        mp.start_processes(targets.end_itself, start_method="spawn")
    assert (raised.value.exit_code, raised.value.signal_name) == (-9, "SIGKILL")


def test_tensors_in_a_pipe_are_copies():
    ours, theirs = mp.Pipe()
    t, p = jaxtorch.ones(2, dtype=jaxtorch.bfloat16), jaxtorch.nn.Parameter(jaxtorch.ones(2, 3).t())
    p.note = "kept"
    process = mp.get_context("spawn").Process(target=targets.answer, args=(theirs,))
    process.start()
    ours.send((t, p))
    back, *facts = ours.recv()
    process.join()
    assert back.tolist() == [2.0, 2.0] and t.tolist() == [1.0, 1.0]
    assert facts == [True, "Parameter", True, jaxtorch.bfloat16, "kept"]


@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_tensors_travel(shape):
    t = jaxtorch.randn(shape, dtype=jaxtorch.float64, requires_grad=True)
    back = pickle.loads(ForkingPickler.dumps(t))
    assert back.shape == t.shape and back.tolist() == t.tolist() and back.requires_grad and back.is_leaf


def test_what_has_a_history_does_not_travel():
    texts = []
    for lib in (jaxtorch, torch):
        with pytest.raises(RuntimeError) as raised:
            ForkingPickler.dumps(lib.ones(2, requires_grad=True) * 2)
        texts.append(str(raised.value))
    assert texts[0] == texts[1]


def test_sharing_strategies():
    before = mp.get_sharing_strategy()
    assert before == torch.multiprocessing.get_sharing_strategy()
    assert mp.get_all_sharing_strategies() == torch.multiprocessing.get_all_sharing_strategies()
    mp.set_sharing_strategy("file_system")
    assert mp.get_sharing_strategy() == "file_system"
    mp.set_sharing_strategy(before)
    with pytest.raises(AssertionError, match="invalid sharing strategy 'none'"):
        mp.set_sharing_strategy("none")


def test_the_names_of_multiprocessing():
    lacking = set(torch.multiprocessing.__all__) - set(dir(mp))
    assert not lacking


def test_spawn_warns_of_other_methods():
    texts = []
    for lib in (jaxtorch, torch):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            lib.multiprocessing.spawn(None, nprocs=0, start_method="fork")
        texts.append([(w.category, str(w.message)) for w in caught])
    assert texts[0] == texts[1]


def test_shared_memory():
    rows, model = jaxtorch.zeros(2, 3).share_memory_(), jaxtorch.nn.Linear(2, 2).share_memory()
    bias = model.bias.tolist()
    mp.spawn(targets.fill, (rows, model, 300), nprocs=2)
    assert rows.tolist() == [[300.0] * 3] * 2
    assert model.weight.tolist() == [[7, 7], [8, 8]] and model.bias.tolist() == bias
    optimizer = jaxtorch.optim.SGD(model.parameters(), lr=0.5)
    model.weight.sum().backward()
    optimizer.step()
    assert model.weight.tolist() == [[6.5, 6.5], [7.5, 7.5]] and model.weight.is_shared()


def test_shared_memory_goes_on_when_its_maker_lets_go():
    queue = mp.get_context("spawn").SimpleQueue()
    queue.put(jaxtorch.arange(4.0).share_memory_()[1:3])
    found = queue.get()
    assert found.is_shared() and found.tolist() == [1, 2] and found.storage_offset() == 1


@compared
def test_tensors_in_shared_memory(torch, see):
    t = torch.arange(6.0).reshape(2, 3)
    see([t.is_shared(), t.share_memory_() is t, t.is_shared()])
    see([t[0].is_shared(), t.t().is_shared(), (t + 1).is_shared()])
    t[0].add_(5)
    see([t, t._version, t.untyped_storage().is_shared()])
    t.numpy()[0, 0] = -1
    see([t, t.clone().is_shared(), copy.deepcopy(t).is_shared()])
    see(torch.empty(0).share_memory_().is_shared())
    x = torch.ones(2, requires_grad=True)
    see([x.share_memory_().is_shared(), x.is_leaf, x._version])
    see([torch.tensor([1.5], dtype=torch.bfloat16).share_memory_(), torch.tensor([True]).share_memory_()])
    y = torch.from_numpy(np.ones(3))
    see([y.is_shared(), y.share_memory_().is_shared(), y])
    base = torch.arange(4.0)
    base[1:3].share_memory_().zero_()
    see([base, base.is_shared()])
    see(torch.compile(lambda t: t * 2)(t))
