"""`torch.multiprocessing`: processes, their failures, and tensors on the way between them."""

import pickle
import warnings
from multiprocessing.reduction import ForkingPickler

import pytest
import torch
import torch.multiprocessing

import jaxtorch
import jaxtorch.multiprocessing as mp

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
