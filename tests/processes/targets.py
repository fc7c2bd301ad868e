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


def answer(pipe):
    t, p = pipe.recv()
    with lib.no_grad():
        t += 1
    pipe.send((t, p.grad is None, type(p).__name__, p.requires_grad, t.dtype, p.note))
    pipe.close()
