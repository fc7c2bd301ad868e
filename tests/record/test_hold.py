"""Values that a recording keeps between its runs: whoever looks finds them in their places."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch._record.hold import Held


class Training:
    def __init__(self, compiled=True, shared=False):
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4), nn.Linear(4, 1))
        self.opt = torch.optim.Adam(self.model.parameters(), lr=0.1)
        self.x = torch.randn(5, 3)
        self.step = torch.compile(self._step, fullgraph=True) if compiled else self._step

    def _step(self):
        self.opt.zero_grad()
        loss = self.model(self.x).square().mean()
        loss.backward()
        self.opt.step()
        return loss

    def held(self):
        return type(self.model[0].weight._storage) is Held

    def state(self):
        own = [p.detach().clone() for p in self.model.parameters()] + [b.clone() for b in self.model.buffers()]
        own += [p.grad.clone() for p in self.model.parameters()]
        return own + [v.clone() for s in self.opt.state.values() for v in s.values()]


def both(n=4):
    """A compiled training whose values are held, and an uncompiled one."""
    mine, plain = Training(), Training(compiled=False)
    for _ in range(n):
        mine.step()
        plain.step()
    assert mine.held()
    return mine, plain


def assert_same(mine, plain):
    for a, b in zip(mine.state(), plain.state(), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)


LOOKS = {
    "value": lambda t: t.model[0].weight.sum().item(),
    "host": lambda t: t.model[0].weight.detach().numpy().sum(),
    "gradient": lambda t: t.model[0].weight.grad.sum().item(),
    "gradient on the host": lambda t: t.model[0].weight.grad.numpy().sum(),
    "version": lambda t: t.model[0].weight._version,
    "state": lambda t: next(iter(t.opt.state.values()))["step"].item(),
    "state_dict": lambda t: t.model.state_dict()["1.running_mean"].sum().item(),
    "evaluation": lambda t: t.model.eval()(t.x).sum().item() + (t.model.train() and 0),
    "deepcopy": lambda t: copy.deepcopy(t.model)[2].bias.sum().item(),
    "pickle": lambda t: pickle.loads(pickle.dumps(t.model[0].weight)).sum().item(),
    "in place": lambda t: t.model[0].weight.data.mul_(0.5).sum().item(),
    "gradient in place": lambda t: t.model[0].weight.grad.zero_().sum().item(),
    "gradient gone": lambda t: t.opt.zero_grad(),
}


@pytest.mark.parametrize("look", LOOKS)
def test_who_looks_finds(look):
    mine, plain = both()
    for _ in range(3):
        found, expected = LOOKS[look](mine), LOOKS[look](plain)
        assert (found is None) == (expected is None)
        assert found is None or found == pytest.approx(expected, rel=1e-4, abs=1e-6)
        mine.step(), plain.step()
    assert len(mine.step.all_recordings()) <= 1 + ("host" in look)  # memory shared with NumPy is laid out anew
    assert_same(mine, plain)


def test_versions_count_every_write():
    mine, plain = both(6)
    assert [p._version for p in mine.model.parameters()] == [p._version for p in plain.model.parameters()]


def test_a_graph_made_before_is_refused():
    mine, _ = both()
    loss = mine.model(mine.x).sum()
    mine.step(), mine.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_what_is_kept_of_a_step_stays():
    mine, _ = both()
    gradient, alias = mine.model[0].weight.grad, mine.model[0].weight.grad.detach()
    before, loss = gradient.tolist(), mine.step()
    value = loss.item()
    mine.step(), mine.step()
    assert gradient.tolist() == before == alias.tolist()
    assert loss.item() == value
    assert mine.model[0].weight.grad is not gradient


def test_a_result_that_is_written_too_stays():
    kept = torch.zeros(3)

    @torch.compile(fullgraph=True)
    def step(x):
        kept.mul_(0.5).add_(x)
        return kept.clone()

    results = [step(torch.ones(3)) for _ in range(5)]
    assert [r[0].item() for r in results] == [1, 1.5, 1.75, 1.875, 1.9375]


def test_an_argument_that_is_written_stays():
    kept = torch.zeros(3)

    @torch.compile(fullgraph=True)
    def step(x):
        y = kept + 1
        kept.copy_(x)
        return y

    xs = [torch.full((3,), float(i)) for i in range(5)]
    assert [step(x)[0].item() for x in xs] == [1, 1, 2, 3, 4]
    assert [x[0].item() for x in xs] == [0, 1, 2, 3, 4]


def test_two_steps_take_turns():
    mine, plain = both()
    other = torch.compile(mine._step)
    for _ in range(3):
        mine.step(), other(), plain.step(), plain.step()
    assert_same(mine, plain)


def test_nothing_outlives_its_user():
    mine, _ = both()
    storage = weakref.ref(mine.model[0].weight._storage)
    mine.step()
    gc.collect()
    gc.disable()
    try:
        mine.step.history.clear()
        mine.step.recordings.clear()
        assert not mine.held()
        weight = mine.model[0].weight
        mine.opt = mine.model = mine.step = None
        gc.collect()
        assert storage() is weight._storage
        assert weight.isfinite().all()
    finally:
        gc.enable()


def test_an_exception_in_the_program_leaves_what_was_held():
    weight, kept = torch.zeros(4, 2), torch.zeros(())

    @torch.compile
    def step(i):
        kept.add_(1)
        return torch.nn.functional.embedding(i, weight)

    for _ in range(4):
        step(torch.tensor([1]))
    with pytest.raises(IndexError):
        step(torch.tensor([7]))
    assert kept.item() == 4
    step(torch.tensor([1]))
    assert kept.item() == 5


def test_state_replaced_in_place_is_seen():
    mine, plain = both()
    for t in (mine, plain):
        own = t.opt.state[t.model[2].weight]
        own["exp_avg"] = torch.zeros_like(own["exp_avg"])
        t.step(), t.step()
    assert_same(mine, plain)
    assert len(mine.step.all_recordings()) == 2


def test_a_gradient_taken_before_it_is_held():
    mine, _ = both()
    mine.opt.zero_grad()
    mine.step()
    taken = mine.model[2].weight.grad
    before = taken.tolist()
    mine.step(), mine.step()
    assert taken.tolist() == before != mine.model[2].weight.grad.tolist()


def test_state_dict_and_back():
    mine, plain = both()
    for t in (mine, plain):
        saved = copy.deepcopy(t.opt.state_dict())
        t.step()
        t.opt.load_state_dict(saved)
        t.step()
    assert_same(mine, plain)
