"""What the processes of the tests run: each imports jaxtorch alone."""

import os
import signal
import time

import jaxtorch as lib


def put(index, queue, t):
    queue.put((index, t * (index + 1)))


def fail(index):
    if index == 1:
        raise ValueError("the second one")
    time.sleep(60)


def leave(index, code):
    if index == 0:
        os._exit(code)


def end_itself(index):
    os.kill(os.getpid(), signal.SIGKILL)


def fill(index, rows, model, times):
    """Count in a row of its own, and write a parameter's."""
    for _ in range(times):
        rows[index] += 1
    with lib.no_grad():
        model.weight[index].fill_(index + 7)
    assert rows.is_shared() and model.weight.is_shared() and model.weight.requires_grad


def answer(pipe):
    t, p = pipe.recv()
    with lib.no_grad():
        t += 1
    pipe.send((t, p.grad is None, type(p).__name__, p.requires_grad, t.dtype, p.note))
    pipe.close()
