"""A script, with no guard around its loops, that notes what loaders with workers do.

``python worker_program.py torch`` runs it under PyTorch, anything else under this package.
"""

import collections
import os
import random
import sys
import warnings
from enum import Enum
from typing import NamedTuple

import numpy as np

if sys.argv[1] != "torch":
    from jaxtorch._compat import alias_torch

    alias_torch.install()

import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info

warnings.simplefilter("ignore")
OFFSET = 100


class Colour(Enum):
    RED = 1
    BLUE = 2


class Sample(NamedTuple):
    x: torch.Tensor
    n: int


Pair = collections.namedtuple("Pair", ["a", "b"])


def shifted(i):
    return i + OFFSET


class Numbers(Dataset):
    """Samples of every kind, made by code of this very script."""

    scale = 2

    def __init__(self, n):
        self.n = n
        self.twice = lambda i: i * self.scale

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return {
            "array": np.full((2, 3), i, np.float32), "number": shifted(i), "float": i / 2, "text": f"item {i}",
            "tensor": torch.tensor([i, self.twice(i)]), "pair": Pair(i, [i, -i]),
            "sample": Sample(torch.ones(2) * i, i), "colour": Colour.RED.value, "bool": i % 2 == 0,
        }  # fmt: skip


class Randoms(Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        return torch.rand(2), random.random(), np.random.rand(), torch.initial_seed() % 1000


class Stream(IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        info = get_worker_info()
        if info is None:
            yield from range(self.n)
        else:
            yield from range(info.id, self.n, info.num_workers)


class Fails(Dataset):
    def __init__(self, kind):
        self.kind = kind

    def __len__(self):
        return 8

    def __getitem__(self, i):
        if i == 3:
            raise self.kind("a sample that cannot be had")
        return i


def shown(value):
    if isinstance(value, torch.Tensor):
        return str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return {k: shown(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value).__name__, [shown(v) for v in value]
    return value


def note(*values):
    print(*[shown(v) for v in values], flush=True)


# samples of every kind, in order, from one worker and from two
for workers in (0, 1, 2):
    for batch in DataLoader(Numbers(5), batch_size=2, num_workers=workers):
        note("numbers", workers, batch)

# orders and seeds: two passes of one loader, with a generator and without
for options in ({}, {"generator": torch.Generator().manual_seed(5)}):
    torch.manual_seed(3)
    loader = DataLoader(Numbers(7), batch_size=3, shuffle=True, num_workers=2, drop_last=True, **options)
    for _ in range(2):
        note("order", [b["number"] for b in loader])
    note("afterwards", torch.rand(2))

torch.manual_seed(7)
note("randoms", list(DataLoader(Randoms(), batch_size=2, num_workers=2)))

# persistent workers draw on where they were
torch.manual_seed(8)
loader = DataLoader(Randoms(), batch_size=3, num_workers=1, persistent_workers=True)
for _ in range(2):
    note("persistent", list(loader))
del loader

# streams: every worker has its part; the shorter ends first
note("stream", list(DataLoader(Stream(9), batch_size=2, num_workers=2)))
note("stream of samples", list(DataLoader(Stream(5), batch_size=None, num_workers=2)))
note("whole batches", list(DataLoader(Stream(9), batch_size=2, num_workers=2, drop_last=True)))
loader = DataLoader(Stream(4), num_workers=2, persistent_workers=True)
for _ in range(2):
    note("stream again", list(loader))
del loader

# functions of the program: a lambda, a closure, one that reads the worker's facts
seen = []


def closure(worker_id):
    seen.append(worker_id)
    get_worker_info().dataset.n = 3


note("lambda", list(DataLoader(Numbers(4), batch_size=2, num_workers=1, collate_fn=lambda b: len(b) + OFFSET)))
note("init", [b["number"] for b in DataLoader(Numbers(3), num_workers=2, worker_init_fn=closure)], seen)


def describe(batch):
    info = get_worker_info()
    return info.id, info.num_workers, info.seed - torch.initial_seed(), len(info.dataset), len(batch)


note("facts", list(DataLoader(Numbers(4), batch_size=2, num_workers=2, collate_fn=describe)))

# large batches, views, tensors of every dtype
big = TensorDataset(torch.arange(40000.0).view(200, 200), torch.arange(200), torch.arange(200).to(torch.bfloat16))
for x, y, z in DataLoader(big, batch_size=64, num_workers=2):
    note("big", tuple(x.shape), x[:, 0], y[-1], z[:3], x.sum())
note("rows", DataLoader(big, batch_size=None, num_workers=1, sampler=[3]).__iter__().__next__()[0][:3])
note("transposed", next(iter(DataLoader([torch.arange(6).view(2, 3).t()], num_workers=1))))
note("in place", [b.add_(1) for b in DataLoader([torch.zeros(2)] * 2, num_workers=1)])

# what goes wrong in a worker
for kind in (ValueError, KeyError, IndexError):
    try:
        for batch in DataLoader(Fails(kind), num_workers=2):
            note("before", batch)
    except Exception as error:
        lines = str(error).splitlines()
        note("error", type(error).__name__, lines[0], lines[1], lines[-1])


def broken(worker_id):
    raise RuntimeError("no worker today")


try:
    list(DataLoader(Numbers(2), num_workers=1, worker_init_fn=broken))
except RuntimeError as error:
    note("init error", str(error).splitlines()[0], str(error).splitlines()[-1])
try:
    list(DataLoader([torch.ones(2), torch.ones(3)], batch_size=2, num_workers=1))
except RuntimeError as error:
    note("stack error", str(error).splitlines()[-1])
try:
    list(DataLoader([torch.ones(2, requires_grad=True)], num_workers=1))
except RuntimeError as error:
    note("grad error", str(error).splitlines()[-1][:60])


class Slow(Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, i):
        import time

        time.sleep(30)


try:
    list(DataLoader(Slow(), num_workers=1, timeout=1))
except RuntimeError as error:
    note("timeout", str(error))
note("left early", next(iter(DataLoader(Numbers(50), num_workers=2)))["number"])
note("workers are gone", get_worker_info(), os.path.basename(__file__))
