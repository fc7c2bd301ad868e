"""Indices that are checked before the program of a step with much state: nothing is copied, nothing happens."""

import re

import jax
import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import nn

ROWS = 400


class Training:
    def __init__(self, compiled=True):
        torch.manual_seed(0)
        self.table, self.out = nn.Embedding(ROWS, 256), nn.Linear(256, 5)
        parameters = [*self.table.parameters(), *self.out.parameters()]
        self.opt = torch.optim.Adam(parameters, lr=0.01)
        self.step = torch.compile(self._step, fullgraph=True) if compiled else self._step

    def _step(self, i, target):
        self.opt.zero_grad()
        loss = F.cross_entropy(F.dropout(self.out(self.table(i + 0)), 0.3), target)
        loss.backward()
        self.opt.step()
        return loss

    def state(self):
        seen = [*self.table.parameters(), *self.out.parameters()]
        seen += [v for own in self.opt.state.values() for v in own.values()]
        grads = [p.grad.tolist() for p in seen if p.grad is not None]
        return [t.tolist() for t in seen], [t._version for t in seen], grads, torch.get_rng_state().tolist()


def batch(*wrong):
    i, target = torch.arange(6), torch.tensor([0, 1, 2, 3, 4, 0])
    if "index" in wrong:
        i[2] = ROWS
    if "target" in wrong:
        target[3] = 5
    return i, target


@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize("wrong", ["index", "target"])
def test_an_error_leaves_everything_as_it_was(wrong, at):
    mine, plain = Training(), Training(compiled=False)
    for _ in range(at):
        state = torch.get_rng_state()
        mine.step(*batch())
        torch.set_rng_state(state)
        plain.step(*batch())
    with pytest.raises(IndexError) as error:
        plain.step(*batch(wrong))
    before = mine.state() if at else None
    with pytest.raises(IndexError, match=re.escape(str(error.value))):
        mine.step(*batch(wrong))
    if at:
        assert mine.state() == before
    state = torch.get_rng_state()
    found = mine.step(*batch()).item()
    torch.set_rng_state(state)
    assert found == pytest.approx(plain.step(*batch()).item(), rel=1e-5)


def test_no_state_is_copied():
    mine = Training()
    for _ in range(3):
        mine.step(*batch())
    (recording,) = mine.step.all_recordings()
    assert recording.ahead is not None
    with jax.enable_x64(True):
        operands = [[jax.ShapeDtypeStruct(*recording.graph.avals[n]) for n in group] for group in recording.order]
        text = recording.program.lower(*operands).compile().as_text()
    assert not re.findall(rf"= f32\[{ROWS},256\]\S* copy\(%lists_0", text)


def test_indices_that_are_computed_are_checked_inside():
    table, seen = torch.zeros(ROWS, 256), torch.zeros(ROWS, 256)

    @torch.compile(fullgraph=True)
    def step(x):
        seen.add_(1)
        return F.embedding(x.long(), table)

    step(torch.ones(2))
    (recording,) = step.all_recordings()
    assert recording.ahead is None
    with pytest.raises(IndexError):
        step(torch.tensor([1.0, ROWS]))
    assert seen[0, 0].item() == 1
