"""What a call of a compiled step costs over the bare jitted program that it runs.

The step is that of a model of 150 parameters under Adam; the program is called with the same arrays, its results
given back to it. Interleaved rounds, medians; nothing is asserted. The target is 60 us.
"""

import jax
import pytest
from rich.console import Console
from rounds import interleave, median

import jaxtorch as torch


def contenders() -> dict:
    torch.manual_seed(0)
    model = torch.nn.Sequential(*[torch.nn.Linear(4, 4) for _ in range(75)])
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    x = torch.randn(8, 4)

    @torch.compile(fullgraph=True)
    def step():
        opt.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        opt.step()
        return loss

    for _ in range(3):
        loss = step()
    (recording,) = step.all_recordings()
    places = [recording.written.index(s) for s in recording.donated]
    provided = [a for p in recording.provided for a in p.make()]
    with jax.enable_x64(True):
        donated = [jax.numpy.array(s.array, copy=True) for s in recording.donated]
        kept = [s.array for s in recording.kept]
        replaced = [jax.numpy.array(p.grad.jax(), copy=True) for p in recording.gradients.owners]

    def bare():
        nonlocal donated, replaced
        with jax.enable_x64(True):
            outs = recording.program(donated + replaced, kept, [], provided, recording.large)
        new, replaced = recording.pick_written(outs), list(recording.pick_gradients(outs))
        donated = [new[k] for k in places]
        outs[0].block_until_ready()

    del loss
    return {"compiled": lambda: step().jax().block_until_ready(), "bare": bare}


@pytest.mark.bench
def test_overhead():
    times = interleave(contenders(), rounds=25)
    call, bare = median(times["compiled"]), median(times["bare"])
    Console(width=140).print(
        f"a step over 150 parameters: {call:,.0f} us a call, {bare:,.0f} us the bare program, "
        f"{call - bare:,.0f} us more"
    )
