"""Loaders with worker processes, in programs of their own, against torch's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.oracle import module_under_test

lib = module_under_test()
pytestmark = pytest.mark.skipif(lib is torch, reason="programs of their own")

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True,
        timeout=240, **options,
    )  # fmt: skip


def lines_of(which):
    done = run(HERE / "worker_program.py", which)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), done.stderr


def test_a_program_without_a_guard():
    (got, errors), (want, _) = lines_of("this"), lines_of("torch")
    for line, expected in zip(got, want, strict=False):
        assert line == expected
    assert len(got) == len(want)
    assert errors == ""  # no leaked memory, no complaint of a process


PLAIN = """
import os, re, sys, time
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset
"""
PRELUDE = "from jaxtorch._compat import alias_torch\nalias_torch.install()" + PLAIN
#: the same program under this package and under PyTorch
BOTH = pytest.mark.parametrize("prelude", [PRELUDE, PLAIN], ids=["this", "torch"])

LEAN = PRELUDE + """
class Items(Dataset):
    def __len__(self):
        return 4
    def __getitem__(self, i):
        from jax._src import xla_bridge
        x = torch.tensor([float(i)]), torch.zeros(3), torch.randn(2), torch.from_numpy(__import__("numpy").ones(2))
        y = data[i][0][2:].clone() if i < 0 else data[i][0][2:]
        return *x, y, xla_bridge.backends_are_initialized()
data = TensorDataset(torch.arange(40.0).view(4, 10))
for batch in DataLoader(Items(), batch_size=2, num_workers=1):
    assert not batch[-1].any(), "a worker started JAX"
    assert batch[4].tolist()[0][0] % 10 == 2
print("lean")
"""

COMPUTES = PRELUDE + """
class Items(Dataset):
    def __len__(self):
        return 4
    def __getitem__(self, i):
        import jax
        x = (data[i][0] * 2 + 1).sum()
        assert jax.default_backend() == "cpu" and torch.get_num_threads() == 1
        data[i][0].add_(1)  # private to the worker
        return x, data[i][0]
data = TensorDataset(torch.arange(40.0).view(4, 10))
for x, row in DataLoader(Items(), num_workers=2):
    k = int(row[0, 0]) // 10
    assert x.tolist() == [2.0 * sum(range(10 * k, 10 * k + 10)) + 10] and row[0, 0] == 10 * k + 1
assert data[0][0].tolist() == list(range(10))
print("computes")
"""

ENDS = """
class Items(Dataset):
    def __init__(self, end):
        self.end = end
    def __len__(self):
        return 6
    def __getitem__(self, i):
        if i == 3:
            self.end()
        return i
def killed():
    os.kill(os.getpid(), 9)
def terminated():
    os.kill(os.getpid(), 15)
def left():
    os._exit(7)
for end in (killed, terminated, left):
    began = time.time()
    try:
        for batch in DataLoader(Items(end), num_workers=2):
            pass
    except RuntimeError as error:
        cause = error.__cause__ or error  # PyTorch's signal handler may raise it anywhere, by itself
        texts = [re.sub("[0-9]+", "N", str(e)) for e in (cause, error)]
        print(*texts, time.time() - began < 30, sep="|")
"""

STDIN = PRELUDE + """
def collate(batch):
    return [b * FACTOR for b in batch]
FACTOR = 3
print(list(DataLoader(range(4), batch_size=2, num_workers=1, collate_fn=collate)))
"""

UNPICKLABLE = PRELUDE + """
import threading
class Items(Dataset):
    def __init__(self):
        self.lock = threading.Lock()
    def __len__(self):
        return 1
    def __getitem__(self, i):
        return i
try:
    list(DataLoader(Items(), num_workers=1))
except TypeError as error:
    print(error, *getattr(error, "__notes__", ()))
"""


@pytest.mark.parametrize(
    "program, expected",
    [
        pytest.param(LEAN, "lean", id="tensors are made and cut without JAX"),
        pytest.param(COMPUTES, "computes", id="operations run on the CPU"),
        pytest.param(STDIN, "[[0, 3], [6, 9]]", id="a program that is no file"),
        pytest.param(UNPICKLABLE, "cannot pickle '_thread.lock' object", id="a dataset that cannot travel"),
    ],
)
def test_programs(program, expected):
    done = run("-c", program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(expected), done.stdout
    assert done.stderr == ""


@BOTH
def test_workers_that_end_early(prelude):
    done = run("-c", prelude + ENDS)
    found = [line.split("|") for line in done.stdout.splitlines()]
    assert [(cause, soon) for cause, _, soon in found] == [
        ("DataLoader worker (pid N) is killed by signal: Killed. ", "True"),
        ("DataLoader worker (pid N) is killed by signal: Terminated. ", "True"),
        ("DataLoader worker (pid N) exited unexpectedly with exit code N. Details are lost due to multiprocessing. "
         "Rerunning with num_workers=N may give better error trace.", "True"),
    ], done.stderr  # fmt: skip
    outer = {"DataLoader worker (pid(s) N) exited unexpectedly"}
    assert {error for cause, error, _ in found if error != cause} in (outer, set() if prelude is PLAIN else outer)


@BOTH
def test_start_methods(prelude):
    program = prelude + """
import multiprocessing
if __name__ == "__main__":
    for method in ("fork", "forkserver", "spawn"):
        for asked in (method, multiprocessing.get_context(method)):
            loader = DataLoader(range(4), batch_size=2, num_workers=1, multiprocessing_context=asked)
            print(method, [b.tolist() for b in loader])
    for wrong in ("nothing", 3):
        try:
            DataLoader(range(4), num_workers=1, multiprocessing_context=wrong)
        except (ValueError, TypeError) as error:
            print(type(error).__name__, error)
"""
    done = run("-c", program)
    methods = ("fork", "fork", "forkserver", "forkserver", "spawn", "spawn")
    assert done.stdout.splitlines() == [
        *[f"{m} [[0, 1], [2, 3]]" for m in methods],
        "ValueError multiprocessing_context option should specify a valid start method in "
        "['fork', 'spawn', 'forkserver'], but got multiprocessing_context='nothing'",
        "TypeError multiprocessing_context option should be a valid context object or a string specifying the start "
        "method, but got multiprocessing_context=3",
    ], done.stderr


@BOTH
def test_an_interrupt_ends_everything(prelude):
    program = prelude + """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests may ignore it
class Items(Dataset):
    def __len__(self):
        return 10**6
    def __getitem__(self, i):
        time.sleep(0.01)
        return os.getpid()
for batch in DataLoader(Items(), num_workers=2):
    print(int(batch), flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    workers = {int(process.stdout.readline()) for _ in range(8)}
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0 and "KeyboardInterrupt" in errors
    deadline = time.monotonic() + 20
    while any(_alive(pid) for pid in workers):
        assert time.monotonic() < deadline, "a worker outlives its loader"
        time.sleep(0.1)


@BOTH
def test_workers_end_with_a_killed_program(prelude):
    program = prelude + """
class Items(Dataset):
    def __len__(self):
        return 10**6
    def __getitem__(self, i):
        return os.getpid()
for batch in DataLoader(Items(), num_workers=2):
    print(int(batch), flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    )
    workers = {int(process.stdout.readline()) for _ in range(8)}
    process.kill()
    process.wait(20)
    deadline = time.monotonic() + 20
    while any(_alive(pid) for pid in workers):
        assert time.monotonic() < deadline, "a worker outlives its program"
        time.sleep(0.1)
    process.stdout.close()


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
