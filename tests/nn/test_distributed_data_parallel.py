"""DistributedDataParallel in a group of one process, and torch.nn.parallel on the CPU, against torch."""

from __future__ import annotations

import copy
import pickle
from importlib import import_module

import jaxtorch
from tests.compared import compared
from tests.distributed.test_groups import one_process


def wrapper(torch):
    return torch.nn.parallel.DistributedDataParallel


@compared
def test_a_training_script(torch, see):
    torch.manual_seed(0)
    data = torch.utils.data.TensorDataset(torch.randn(24, 5), torch.randint(0, 3, (24,)))
    with one_process(torch) as dist:
        nn = torch.nn
        model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
        ddp = wrapper(torch)(model, find_unused_parameters=True, gradient_as_bucket_view=True)
        optimizer = torch.optim.SGD(ddp.parameters(), lr=0.1, momentum=0.9)
        sampler = import_module(f"{torch.__name__}.utils.data.distributed").DistributedSampler(data, shuffle=True)
        loader = torch.utils.data.DataLoader(data, batch_size=8, sampler=sampler)
        for epoch in range(3):
            sampler.set_epoch(epoch)
            total = torch.zeros(1)
            for x, y in loader:
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(ddp(x), y)
                loss.backward()
                optimizer.step()
                total += loss.detach()
            dist.all_reduce(total, op=dist.ReduceOp.SUM)
            see(total / dist.get_world_size())
        if dist.get_rank() == 0:
            see(list(ddp.module.state_dict().values()))
        dist.barrier()
    see(ddp(torch.ones(2, 5)).detach())


@compared
def test_what_it_is(torch, see):
    see(lambda: wrapper(torch)(torch.nn.Linear(2, 2)))
    with one_process(torch) as dist:
        torch.manual_seed(1)
        inner = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
        ddp = wrapper(torch)(inner)
        see(repr(ddp))
        see(list(ddp.state_dict()))
        see([name for name, _ in ddp.named_parameters()])
        see([ddp.module is inner, ddp.device_ids, ddp.output_device, ddp.device, ddp.device_type, ddp.dim])
        see([ddp.broadcast_buffers, ddp.require_backward_grad_sync, ddp.static_graph, ddp.bucket_bytes_cap])
        see([ddp.find_unused_parameters, ddp.gradient_as_bucket_view, ddp.is_multi_device_module, type(ddp)])
        see(ddp.process_group is dist.group.WORLD)
        see(lambda: ddp.weight)
        with ddp.no_sync() as nothing:
            see([nothing, ddp.require_backward_grad_sync])
            ddp(torch.randn(6, 2)).pow(3).sum().backward()
        see(ddp.require_backward_grad_sync)
        ddp(torch.randn(6, 2)).pow(3).sum().backward()
        see([p.grad for p in ddp.parameters()])
        with ddp.join():
            see(ddp(torch.eye(2)))
        see([ddp.eval() is ddp, inner.training, ddp.to("cpu") is ddp])
        seen = []
        ddp.register_forward_hook(lambda m, args, out: seen.append(type(m).__name__))
        inner.register_forward_pre_hook(lambda m, args: seen.append(type(m).__name__))
        ddp(torch.ones(1, 2))
        see(seen)
        see(lambda: ddp.load_state_dict(inner.state_dict()))
        see(lambda: ddp.load_state_dict({f"module.{k}": v for k, v in inner.state_dict().items()}))
        see(lambda: ddp.register_comm_hook(None, 3))
        again = copy.deepcopy(wrapper(torch)(torch.nn.Linear(2, 1)))
        see(again)
        other = wrapper(torch)(torch.nn.Linear(2, 1), process_group=dist.new_group())
        see(lambda: pickle.dumps(other))


@compared
def test_its_arguments(torch, see):
    make = wrapper(torch)
    nn = torch.nn
    with one_process(torch):
        for options in (
            {"device_ids": [0]}, {"device_ids": [0, 1]}, {"output_device": 1}, {"device_ids": []},
            {"bucket_cap_mb": 1}, {"bucket_cap_mb_list": [1, 3]}, {"static_graph": True}, {"check_reduction": True},
            {"static_graph": True, "find_unused_parameters": True}, {"broadcast_buffers": False},
            {"broadcast_buffers": False, "forward_sync_buffers": True}, {"forward_sync_buffers": False},
            {"delay_all_reduce_named_params": []}, {"init_sync": False}, {"dim": 1}, {"nothing": 1},
        ):  # fmt: skip
            see(lambda options=options: vars_of(make(nn.Linear(2, 2), **options)))
        see(lambda: make(nn.ReLU()))
        see(lambda: make(nn.Linear(2, 2).requires_grad_(False)))
        see(lambda: make(nn.LazyLinear(2)))
        see(lambda: make(nn.Sequential(nn.Linear(2, 2), nn.SyncBatchNorm(2))))
        ignoring = nn.Linear(2, 2)
        make._set_params_and_buffers_to_ignore_for_model(ignoring, ["bias"])
        see(sorted(make(ignoring).parameters_to_ignore))


def vars_of(ddp):
    names = ("device_ids", "output_device", "bucket_bytes_cap", "static_graph", "broadcast_buffers", "dim",
             "find_unused_parameters", "forward_sync_buffers")  # fmt: skip
    return [getattr(ddp, name) for name in names]


@compared
def test_parts_of_data_parallel_on_the_cpu(torch, see):
    p = torch.nn.parallel
    x, m = torch.ones(3), torch.nn.Linear(3, 2)
    for call in (
        lambda: p.scatter(x, ["cpu"]), lambda: p.scatter({"a": 1, "b": [2]}, [0, 1]), lambda: p.scatter([], [0]),
        lambda: p.scatter((1, "a"), [0]), lambda: p.gather([x], "cpu"), lambda: p.gather([{"a": x}], "cpu"),
        lambda: p.gather([None], "cpu"), lambda: p.gather([{}, {"a": 1}], "cpu"), lambda: p.replicate(m, []),
        lambda: p.replicate(m, [0]), lambda: p.replicate(m, ["cpu"]), lambda: p.parallel_apply([m], [x]),
        lambda: p.parallel_apply([m], [x, x]), lambda: p.parallel_apply([m], [x], [{}, {}]),
        lambda: p.parallel_apply([m], [x], devices=["cpu"]), lambda: p.parallel_apply([m], [x], devices=[None, None]),
    ):  # fmt: skip
        see(call)


def test_a_compiled_step_over_it():
    torch = jaxtorch
    results = []
    for compiled in (False, True):
        torch.manual_seed(0)
        with one_process(torch):
            ddp = wrapper(torch)(torch.nn.Linear(4, 2))
            optimizer = torch.optim.Adam(ddp.parameters())

            def step(x, ddp=ddp, optimizer=optimizer):
                optimizer.zero_grad()
                loss = ddp(x).pow(2).mean()
                loss.backward()
                optimizer.step()
                return loss

            run = torch.compile(step, fullgraph=True) if compiled else step
            results.append([run(torch.ones(3, 4)).item() for _ in range(4)])
    eager, replayed = results
    assert all(abs(a - b) <= 1e-6 for a, b in zip(eager, replayed, strict=True)) and len(set(eager)) == 4


def test_a_hook_of_communication_is_refused_by_name():
    import pytest

    with one_process(jaxtorch):
        ddp = wrapper(jaxtorch)(jaxtorch.nn.Linear(2, 2))
        with pytest.raises(NotImplementedError, match="register_comm_hook"):
            ddp.register_comm_hook(None, print)
        for option in ("mixed_precision", "device_mesh"):
            with pytest.raises(NotImplementedError, match=option):
                wrapper(jaxtorch)(jaxtorch.nn.Linear(2, 2), **{option: object()})
