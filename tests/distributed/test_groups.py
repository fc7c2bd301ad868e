"""Groups of one process and their collectives, step by step against torch."""

from __future__ import annotations

import contextlib
import datetime
import os
import tempfile
import warnings
from importlib import import_module
from pathlib import Path

import pytest

import jaxtorch
from tests.compared import compared

NAMES = ("MASTER_ADDR", "MASTER_PORT", "RANK", "WORLD_SIZE", "LOCAL_RANK", "TORCHELASTIC_RUN_ID")


@contextlib.contextmanager
def environment(**values):
    """These variables of a launcher, and no others."""
    before = {name: os.environ.pop(name) for name in NAMES if name in os.environ}
    os.environ.update(values)
    try:
        yield
    finally:
        for name in NAMES:
            os.environ.pop(name, None)
        os.environ.update(before)


@contextlib.contextmanager
def one_process(torch, backend="gloo"):
    """torch.distributed with a default group, which meets in a file."""
    dist = torch.distributed
    with tempfile.TemporaryDirectory() as folder, environment():
        dist.init_process_group(backend, init_method=f"file://{Path(folder) / 'meeting'}", rank=0, world_size=1)
        try:
            yield dist
        finally:
            if dist.is_initialized():
                dist.destroy_process_group()


def error_of(call) -> list[str]:
    """The type and text of what a call raises; `compared` takes addresses out of such lists."""
    with pytest.raises(Exception) as caught:  # noqa: B017 - any: it is compared
        call()
    return [type(caught.value).__name__, str(caught.value)]


@compared
def test_without_a_group(torch, see):
    dist = torch.distributed
    with environment():
        see([dist.is_available(), dist.is_initialized(), dist.is_gloo_available(), dist.is_mpi_available()])
        see([dist.is_torchelastic_launched(), dist.is_backend_available("gloo"), dist.is_backend_available("x")])
        see([dist.group.WORLD, dist.GroupMember.WORLD, dist.get_default_backend_for_device("cpu")])
        for call in (
            dist.get_rank, dist.get_world_size, dist.get_backend, dist.get_backend_config, dist.barrier,
            dist.new_group, dist.destroy_process_group, lambda: dist.get_process_group_ranks(None),
            lambda: dist.all_reduce(torch.ones(2)), lambda: dist.broadcast(torch.ones(2), 0),
            dist.get_node_local_rank,
        ):  # fmt: skip
            see(lambda call=call: call())
        see(dist.get_node_local_rank(3))


@compared
def test_refused_meetings(torch, see):
    dist = torch.distributed
    start = dist.init_process_group
    steps = [{}, {"RANK": "0"}, {"WORLD_SIZE": "1"}, {"MASTER_ADDR": "localhost"}]
    given: dict = {}
    for more in steps:
        given.update(more)
        with environment(**given):
            see(lambda: start("gloo"))
    with environment(MASTER_ADDR="localhost", MASTER_PORT="1"):
        for options in (
            {"rank": 0}, {"world_size": 1}, {"init_method": "tcp://localhost"}, {"init_method": "tcp://localhost:1"},
            {"init_method": "file://", "rank": 0, "world_size": 1}, {"init_method": "file:///x", "rank": 0},
            {"init_method": "file:///x", "world_size": 1}, {"init_method": "no://x", "rank": 0, "world_size": 1},
            {"init_method": "tcp://localhost:1?rank=0", "rank": 0}, {"init_method": "env://", "store": 1},
            {"timeout": 3, "rank": 0, "world_size": 1}, {"rank": "0"}, {"world_size": 1.0},
            {"init_method": 3},
        ):  # fmt: skip
            see(lambda options=options: start("gloo", **options))
    with tempfile.TemporaryDirectory() as folder, environment():
        for backend in ("bogus", "mpi", "xccl", "a:b:c", "nccl"):
            url = f"file://{folder}/{backend.replace(':', '-')}"
            with warnings.catch_warnings():  # of mpi and nccl torch says more
                warnings.simplefilter("ignore")
                see(error_of(lambda url=url, backend=backend: start(backend, init_method=url, rank=0, world_size=1)))
    see(dist.is_initialized())


@compared
def test_what_a_group_says(torch, see):
    with one_process(torch) as dist:
        world = dist.group.WORLD
        see([dist.is_initialized(), dist.get_rank(), dist.get_world_size(), dist.get_backend(), world.name()])
        see([dist.get_backend_config(), world.rank(), world.size(), dist.get_process_group_ranks(world)])
        see([dist.GroupMember.WORLD is world, world.bound_device_id, world.group_desc, type(world)])
        see(lambda: dist.init_process_group("gloo"))
        see([dist.get_global_rank(world, 0), dist.get_group_rank(world, 0)])
        out = dist.GroupMember.NON_GROUP_MEMBER
        see([dist.get_rank(out), dist.get_world_size(out)])
        see(lambda: dist.all_reduce(torch.ones(1), group=out))
        other = dist.new_group([0])
        see([dist.get_rank(other), dist.get_world_size(other), dist.get_backend(other), other is world])
        see([dist.get_global_rank(other, 0), dist.get_group_rank(other, 0), dist.get_process_group_ranks(other)])
        see(error_of(lambda: dist.get_global_rank(other, 1)))
        see(error_of(lambda: dist.get_group_rank(other, 1)))
        see(lambda: dist.new_group([1]))
        see(lambda: dist.new_group([0, 1]))
        dist.destroy_process_group(other)
        see(dist.get_world_size(other))
        for ask in (dist.get_rank, dist.get_backend, dist.destroy_process_group):
            see(error_of(lambda ask=ask: ask(other)))
        dist.destroy_process_group()
        see([dist.is_initialized(), dist.group.WORLD])
    with one_process(torch, None) as dist:
        see([dist.get_backend(), dist.get_backend_config()])
    with one_process(torch, "cpu:gloo") as dist:
        see([dist.get_backend(), dist.get_backend_config()])
    see([dist.Backend.GLOO, dist.Backend("GLOO"), dist.Backend.backend_list])
    see(lambda: dist.Backend(3))


@compared
def test_reductions(torch, see):
    with one_process(torch) as dist:
        op = dist.ReduceOp
        see([str(op.SUM), repr(op.MAX), int(op.BXOR), str(op.RedOpType.AVG), list(op.RedOpType.__members__)])
        for dtype in (torch.float32, torch.int64, torch.bfloat16, torch.complex64, torch.bool):
            x = torch.tensor([3, 0, 1]).to(dtype)
            for name in ("SUM", "PRODUCT", "MIN", "MAX", "BAND", "BOR", "BXOR"):
                see(lambda x=x, name=name: dist.all_reduce(x, op=getattr(op, name)))
                see(x)
        x = torch.arange(4.0).requires_grad_()
        see(lambda: dist.all_reduce(x))
        see(x)
        see(lambda: dist.reduce(x, 0))
        see(lambda: dist.reduce(x, 1))
        see(lambda: dist.reduce(x))
        see(lambda: dist.broadcast(x, 0))
        see(lambda: dist.broadcast(x, group_src=0))
        see(lambda: dist.broadcast(x, 1))
        see(lambda: dist.broadcast(x, 0, group_src=0))
        see(lambda: dist.broadcast(x))
        see(lambda: dist.all_reduce([x]))
        see(lambda: dist.all_reduce_coalesced([x.detach()]))
        see(lambda: dist.all_reduce_coalesced([x, x.long()]))
        see([dist.barrier(), dist.monitored_barrier()])
        work = dist.all_reduce(x, async_op=True)
        see([work.wait(), work.is_completed(), type(work)])
        see([dist.barrier(async_op=True).wait(), dist.supports_complex(op.SUM), dist.supports_complex(op.MAX)])


@compared
def test_copies(torch, see):
    with one_process(torch) as dist:
        x, wide, whole = torch.arange(3.0), torch.zeros(4), torch.zeros(3, dtype=torch.int64)
        for make in (
            lambda out: dist.all_gather([out], x), lambda out: dist.gather(x, [out]),
            lambda out: dist.scatter(out, [x]), lambda out: dist.reduce_scatter(out, [x]),
            lambda out: dist.reduce_scatter_single(out, x), lambda out: dist.reduce_scatter_tensor(out, x),
            lambda out: dist.all_gather_single(out, x), lambda out: dist.all_gather_into_tensor(out, x),
            lambda out: dist.all_to_all([out], [x]), lambda out: dist.all_to_all_single(out, x),
            lambda out: dist.all_to_all_single(out, x, [3], [3]), lambda out: dist.all_gather_coalesced([[out]], [x]),
            lambda out: dist.all_gather([out], x, async_op=True).wait(),
        ):  # fmt: skip
            out = torch.zeros(3)
            see(lambda make=make, out=out: make(out))
            see(out)
            part = torch.zeros(5)
            make(part[1:4])
            see(part)
        for call in (
            lambda: dist.all_gather([wide], x), lambda: dist.all_gather([wide, wide], x),
            lambda: dist.all_gather(wide, x), lambda: dist.all_gather([x, 3], x), lambda: dist.all_gather([whole], x),
            lambda: dist.gather(x, [wide]), lambda: dist.gather(x), lambda: dist.gather(x, [x], dst=1),
            lambda: dist.gather(x, [x, x]), lambda: dist.gather(x, [whole]), lambda: dist.scatter(wide, [x]),
            lambda: dist.scatter(x), lambda: dist.scatter(x, [x], src=1), lambda: dist.scatter(x, [x, x]),
            lambda: dist.all_to_all([wide], [x]), lambda: dist.all_to_all([x, x], [x, x]),
            lambda: dist.all_to_all_single(x, x, [2], [3]), lambda: dist.all_gather_into_tensor(wide, x),
            lambda: dist.reduce_scatter(x, [x, x]),
        ):  # fmt: skip
            see(call)


@compared
def test_objects(torch, see):
    with one_process(torch) as dist:
        thing = {"a": [1, 2]}
        held = [None]
        dist.all_gather_object(held, thing)
        see([held, held[0] is thing])
        dist.gather_object(thing, held, 0)
        see([held, held[0] is thing])
        dist.scatter_object_list(held, [(1, "b")], 0)
        see(held)
        dist.broadcast_object_list(held, 0)
        see(held)
        see(lambda: dist.gather_object(1, None))
        see(lambda: dist.scatter_object_list([], [1]))
        see(lambda: dist.scatter_object_list([None], None))
        see(lambda: dist.broadcast_object_list([1], 1))


@compared
def test_samplers_ask_the_group(torch, see):
    sampler = import_module(f"{torch.__name__}.utils.data.distributed").DistributedSampler
    see(lambda: sampler(range(4)))
    with one_process(torch):
        s = sampler(range(5), seed=3)
        see([list(s), len(s), s.rank, s.num_replicas])


def test_several_processes_are_refused_by_name():
    dist = jaxtorch.distributed
    with environment(MASTER_ADDR="localhost", MASTER_PORT="1", RANK="0", WORLD_SIZE="2"):
        with pytest.raises(NotImplementedError, match=r"init_process_group\(world_size=2\)"):
            dist.init_process_group("gloo")
    with pytest.raises(NotImplementedError, match="store"):
        dist.init_process_group("gloo", store=object(), rank=0, world_size=1)
    with pytest.raises(ValueError, match=r"rank=1"):
        dist.init_process_group("gloo", init_method="tcp://localhost:1", rank=1, world_size=1)
    assert not dist.is_initialized()


def test_a_timeout_and_a_device_are_kept():
    dist = jaxtorch.distributed
    dist.init_process_group("gloo", "tcp://localhost:1?rank=0&world_size=1", datetime.timedelta(seconds=9),
                            device_id=jaxtorch.device("cpu"))  # fmt: skip
    assert dist.group.WORLD.bound_device_id == jaxtorch.device("cpu")
    dist.destroy_process_group()


def test_the_other_path():
    from jaxtorch.distributed import distributed_c10d

    assert distributed_c10d.all_reduce is jaxtorch.distributed.all_reduce
    assert set(distributed_c10d.__all__) == set(jaxtorch.distributed.__all__)
