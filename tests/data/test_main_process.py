"""Datasets, samplers, collation and loaders in the main process, step by step against torch."""

from __future__ import annotations

import collections
import warnings
from typing import NamedTuple

import numpy as np

from tests.compared import compared


def squares(torch, n: int = 6):
    class Squares(torch.utils.data.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, i):
            if not -n <= i < n:
                raise IndexError(i)
            return i * i

    return Squares()


def stream(torch, n: int = 5, sized: bool = False):
    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(n))

    if sized:
        Stream.__len__ = lambda self: n - 1
    return Stream()


@compared
def test_tensor_datasets(torch, see):
    data = torch.utils.data
    x, y = torch.arange(6.0).view(3, 2), torch.arange(3)
    d = data.TensorDataset(x, y)
    see([len(d), len(d.tensors)])
    see(d[1])
    see(d[-1])
    see(d[0:2])
    see(d[torch.tensor([2, 0])])
    see(d.__getitems__([0, 2]) if hasattr(d, "__getitems__") else None)
    see(lambda: d[3])
    see(lambda: data.TensorDataset(x, torch.arange(4)))
    d[0][0].add_(10)
    see(x)


@compared
def test_joined_and_cut_datasets(torch, see):
    data = torch.utils.data
    a, b = squares(torch, 3), squares(torch, 4)
    joined = data.ConcatDataset([a, b])
    see([len(joined), list(joined), joined[-1], joined.cumulative_sizes, len(joined.datasets)])
    see(lambda: joined[7])
    see(lambda: joined[-8])
    see(list(a + b))
    see(lambda: data.ConcatDataset([]))
    see(lambda: data.ConcatDataset([stream(torch)]))
    part = data.Subset(b, [3, 0, 0])
    see([len(part), list(part), part.indices, part.__getitems__([0, 1])])
    see(data.Subset(torch.arange(5) * 2, [3, 0])[[1, 0]])
    see(lambda: part[3])
    stacked = data.StackDataset(a, squares(torch, 3))
    see([len(stacked), stacked[2], stacked.__getitems__([0, 1])])
    named = data.StackDataset(x=a, y=squares(torch, 3))
    see([len(named), named[1]])
    see(lambda: data.StackDataset(a, b))
    see(lambda: data.StackDataset())
    see(lambda: data.StackDataset(a, y=b))
    see(list(data.ChainDataset([stream(torch, 2), stream(torch, 3)])))
    see(list(stream(torch, 2) + stream(torch, 1)))
    see(lambda: list(data.ChainDataset([a])))
    see(lambda: len(data.ChainDataset([stream(torch, sized=True)] * 2)))


@compared
def test_random_splits(torch, see):
    data = torch.utils.data
    for lengths in ([2, 3], [0.5, 0.5], [0.3, 0.3, 0.4], [5, 0]):
        g = torch.Generator().manual_seed(3)
        see([s.indices for s in data.random_split(range(5), lengths, generator=g)])
    torch.manual_seed(1)
    see([list(s) for s in data.random_split(squares(torch, 4), [1, 3])])
    see(lambda: data.random_split(range(5), [2, 2]))
    see(lambda: data.random_split(range(5), [0.5, 0.6]))
    see(lambda: data.random_split(range(5), [1.5, -0.5]))


@compared
def test_samplers(torch, see):
    data = torch.utils.data
    see([list(data.SequentialSampler(range(3))), len(data.SequentialSampler(range(3)))])
    torch.manual_seed(0)
    for options in ({}, {"replacement": True}, {"num_samples": 7}, {"replacement": True, "num_samples": 40}):
        s = data.RandomSampler(range(5), **options)
        see([list(s), list(s), len(s), s.num_samples])
    g = torch.Generator().manual_seed(4)
    see(list(data.RandomSampler(range(6), generator=g)) + list(data.SubsetRandomSampler([4, 2, 7], generator=g)))
    see(len(data.SubsetRandomSampler([4, 2])))
    for replacement in (True, False):
        s = data.WeightedRandomSampler([0.1, 0.0, 3.0, 1.0], 3, replacement)
        see([list(s), len(s)])
    s = data.BatchSampler(data.SequentialSampler(range(7)), 3, False)
    see([list(s), len(s)])
    s = data.BatchSampler(range(7), 3, True)
    see([list(s), len(s)])
    see(list(data.BatchSampler(range(3), 5, False)))
    see(torch.rand(1))
    for wrong in (
        lambda: data.RandomSampler(range(3), replacement=1),
        lambda: data.RandomSampler(range(3), num_samples=0),
        lambda: data.RandomSampler([]),
        lambda: data.BatchSampler(range(3), 0, False),
        lambda: data.BatchSampler(range(3), True, False),
        lambda: data.BatchSampler(range(3), 2, 1),
        lambda: data.WeightedRandomSampler([1.0], 0),
        lambda: data.WeightedRandomSampler([[1.0]], 1),
        lambda: data.WeightedRandomSampler([1.0], 1, None),
    ):
        see(wrong)


@compared
def test_distributed_samplers(torch, see):
    from importlib import import_module

    make = import_module(f"{torch.__name__}.utils.data.distributed").DistributedSampler
    for n, replicas, options in (
        (10, 3, {}), (10, 3, {"drop_last": True}), (7, 2, {"shuffle": False}), (2, 4, {"shuffle": False}),
        (9, 2, {"seed": 5}),
    ):  # fmt: skip
        for rank in range(replicas):
            s = make(range(n), replicas, rank, **options)
            first = list(s)
            s.set_epoch(1)
            see([first, list(s), len(s)])
    see(lambda: make(range(3), 2, 2))
    see(lambda: make(range(3), 2, -1))


@compared
def test_rows_of_a_tensor_are_collated(torch, see):
    collate = torch.utils.data.default_collate
    x = torch.arange(24.0).view(6, 4)
    for batch in (
        [x[4], x[0], x[5]], [x[4, 1], x[0, 3]], [x[:, 2], x[:, 0]], [x[3:5], x[0:2]], [x[1, 1:3], x[2, 0:2]],
        [x[i : i + 1, 1:3] for i in (2, 0)], [x.view(-1)[i : i + 3] for i in (1, 4)], [x.t()[1], x.t()[0]],
        [x[2].unsqueeze(0), x[1].unsqueeze(0)], [x[4], x[4]], [x[1], torch.ones(4)], [x[1].double(), x[2].double()],
        [x.view(torch.int32)[1], x.view(torch.int32)[0]], [x[1:1], x[2:2]], [x[5]],
    ):  # fmt: skip
        see(lambda batch=batch: collate(batch))
    shared = np.arange(12).reshape(4, 3)
    rows = torch.from_numpy(shared)
    batch = collate([rows[3], rows[1]])
    shared[3] = -1
    see([batch, collate([rows[3], rows[1]])])
    batch.add_(1)
    see(rows)


class Point(NamedTuple):
    x: int
    y: float


Pair = collections.namedtuple("Pair", ["a", "b"])


@compared
def test_collation(torch, see):
    collate, convert = torch.utils.data.default_collate, torch.utils.data.default_convert
    with warnings.catch_warnings():  # of a prototype
        warnings.simplefilter("ignore")
        nested = torch.nested.nested_tensor([torch.ones(2)])
    for batch in (
        [1, 2], [1.5, 2.0], [True, False], ["a", "b"], [b"a", b"b"], [(1, 2.0), (3, 4.0)], [[1, "a"], [2, "b"]],
        [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3, 4]}], [Point(1, 2.0), Point(3, 4.0)], [Pair(1, "x"), Pair(2, "y")],
        [np.float32(1.0), np.float32(2.0)], [np.int64(3)], [np.arange(2), np.arange(2)],
        [np.zeros((2, 1), np.float16)] * 2, [np.array(3), np.array(4)],
        [torch.ones(2), torch.zeros(2)], [torch.tensor(1), torch.tensor(2)], [torch.ones(1, dtype=torch.bfloat16)] * 2,
        [collections.OrderedDict(k=1), collections.OrderedDict(k=2)], [None, None], [object, object], [],
        [[1, 2], [3]], [torch.ones(2), torch.ones(3)], [np.array(["a"]), np.array(["b"])], [{"a": 1}, {"b": 2}],
        [(1, (2, [3])), (4, (5, [6]))], [1 + 2j, 3j], torch.ones(2, 2), np.ones((2, 2)), "ab", {"a": 1}, None, 3,
        [np.ones(2, ">f4")] * 2, [np.ones(4)[::-1]] * 2, [np.ones((2, 3)).T] * 2, [np.float64(1), np.float32(2)],
        [np.True_, np.False_], [np.uint8(3)] * 2, [np.int64(1), 1], [1, 2.5], [True, 2], [2**63 - 1, -(2**63)],
        [collections.UserDict(a=1)] * 2, [collections.deque([1, 2])] * 2, [range(3)] * 2, [{1, 2}], [()] * 2, [{}] * 2,
        [torch.ones(2), np.ones(2, np.float32)][:1], [torch.ones(2, 0)] * 2, [torch.ones(3).to_sparse()] * 2,
        [nested] * 2, [torch.ones(2, dtype=torch.complex64).conj()] * 2,
    ):  # fmt: skip
        see(lambda batch=batch: collate(batch))
    for thing in (
        1, 2.5, "a", None, np.arange(2), np.float64(1), [1, np.arange(2)], (1, "a"), {"a": np.ones(1)},
        Point(1, np.ones(1)), torch.ones(1), np.array(["a"]), [],
    ):  # fmt: skip
        see(lambda thing=thing: convert(thing))


@compared
def test_collation_of_kinds_of_the_program(torch, see):
    from importlib import import_module

    module = import_module(f"{torch.__name__}.utils.data._utils.collate")

    class Odd:
        def __init__(self, n):
            self.n = n

    def joined(batch, *, collate_fn_map=None):
        return sum(o.n for o in batch)

    see(module.collate([Odd(1), Odd(2)], collate_fn_map={Odd: joined}))
    table = {**module.default_collate_fn_map, Odd: joined}
    see(module.collate([(Odd(1), 2), (Odd(2), 3)], collate_fn_map=table))
    see(lambda: module.collate([Odd(1)], collate_fn_map={}))


@compared
def test_loaders(torch, see):
    make = torch.utils.data.DataLoader
    d = squares(torch, 7)
    for options in (
        {}, {"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": None}, {"sampler": [3, 1]},
        {"batch_sampler": [[0, 1], [5]]}, {"batch_size": 2, "collate_fn": list}, {"batch_size": 2, "collate_fn": sum},
        {"shuffle": True, "batch_size": 3}, {"shuffle": True, "generator": torch.Generator().manual_seed(2)},
        {"batch_size": 4, "pin_memory": False, "timeout": 0}, {"in_order": True},
    ):  # fmt: skip
        torch.manual_seed(0)
        loader = make(d, **options)
        see([len(loader), list(loader), list(loader), loader.batch_size, loader.drop_last, loader.num_workers])
        see(torch.rand(1))
    see([type(loader.sampler).__name__, type(loader.batch_sampler).__name__, loader.dataset is d])
    for source in (range(5), [1.0, 2.0], "abc", np.arange(6).reshape(3, 2), torch.arange(4)):
        see(list(make(source, batch_size=2)))
    for options in ({}, {"batch_size": 2}, {"batch_size": 2, "drop_last": True}, {"batch_size": None}):
        see(list(make(stream(torch), **options)))
    see(lambda: len(make(stream(torch))))
    see(len(make(stream(torch, sized=True), batch_size=3)))
    see(lambda: list(make(stream(torch, sized=True))))


@compared
def test_refused_loaders(torch, see):
    make = torch.utils.data.DataLoader
    d = squares(torch)
    for options in (
        {"shuffle": True, "sampler": [0]}, {"batch_size": 2, "batch_sampler": [[0]]}, {"batch_size": 0},
        {"batch_size": -1}, {"batch_size": None, "drop_last": True}, {"batch_size": None, "shuffle": True},
        {"num_workers": -1}, {"timeout": -1}, {"timeout": 3}, {"prefetch_factor": 2}, {"persistent_workers": True},
        {"shuffle": "yes"}, {"batch_sampler": [[0]], "drop_last": True}, {"nothing": 1}, {"worker_init_fn": 3},
        {"num_workers": 1, "prefetch_factor": -1}, {"multiprocessing_context": "fork"},
    ):  # fmt: skip
        see(lambda options=options: make(d, **options) and "made")
    for options in ({"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]}, {"shuffle": False}):
        see(lambda options=options: make(stream(torch), **options) and "made")
    loader = make(d, batch_size=2)
    for name in ("batch_size", "sampler", "drop_last", "dataset", "batch_sampler", "persistent_workers"):
        see(lambda name=name: setattr(loader, name, 1))
    see(lambda: list(make(RaisesAt(2), batch_size=2)))
    see(torch.utils.data.get_worker_info())


class RaisesAt:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return 4

    def __getitem__(self, i):
        if i == self.n:
            raise KeyError("no such sample")
        return i


@compared
def test_samples_fetched_together(torch, see):
    class Together(torch.utils.data.Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, i):
            raise AssertionError("one by one")

        def __getitems__(self, indices):
            return [i * 10 for i in indices]

    see(list(torch.utils.data.DataLoader(Together(), batch_size=2)))


@compared
def test_base_classes(torch, see):
    data = torch.utils.data
    see(lambda: data.Dataset()[0])
    see(lambda: len(data.Dataset()))
    see(lambda: iter(data.IterableDataset()))
    see(lambda: iter(data.Sampler()))
    see(str(data.Dataset[int]))
    see([issubclass(data.IterableDataset, data.Dataset), isinstance(data.Subset(range(1), [0]), data.Dataset)])
