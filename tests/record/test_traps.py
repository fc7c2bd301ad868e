"""What a compiled function must not get wrong: state, aliases, guards, breaks."""

import warnings

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import nn
from jaxtorch.compiler import assert_recordings, explain, show

scale = 1.0


def sgd(lr=0.1):
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    return model, torch.optim.SGD(model.parameters(), lr=lr)


def step_of(model, opt):
    def step(x, y):
        opt.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        opt.step()
        return loss

    return step


def data(n=4):
    return torch.randn(n, 3), torch.randn(n, 2)


def uncompiled(match):
    return pytest.warns(UserWarning, match=match)


def test_a_global_is_looked_at():
    global scale

    @torch.compile
    def f(x):
        return x * scale

    x = torch.ones(2)
    assert f(x).tolist() == [1, 1]
    scale = 3.0
    try:
        assert f(x).tolist() == [3, 3]
        assert_recordings(f, 2)
    finally:
        scale = 1.0
    assert f(x).tolist() == [1, 1]
    assert_recordings(f, 2)
    assert "scale: 1.0 -> 3.0" in explain(f)


def test_new_numbers_compile_nothing():
    from jaxtorch._record import replay

    @torch.compile(fullgraph=True)
    def f(x, factor):
        return (x * factor + 1).sum()

    x = torch.ones(3)
    assert [f(x, n).item() for n in (0.25, 1.5)] == [3.75, 7.5]
    compiled = len(replay._programs)
    assert [f(x, n).item() for n in (2.5, 3.5, 0.125)] == [10.5, 13.5, 3.375]
    assert len(replay._programs) == compiled


def test_captured_memory_is_read_at_every_call():
    w = torch.ones(2)

    @torch.compile(fullgraph=True)
    def f(x):
        return x + w

    assert f(torch.zeros(2)).tolist() == [1, 1]
    w.mul_(4)
    assert f(torch.zeros(2)).tolist() == [4, 4]
    assert_recordings(f, 1)


def test_memory_shared_with_numpy():
    import numpy as np

    a = np.ones(2, np.float32)
    w = torch.from_numpy(a)

    @torch.compile(fullgraph=True)
    def f(x):
        w.add_(x)
        return w * 2

    assert f(torch.ones(2)).tolist() == [4, 4]
    a[:] = 10
    assert f(torch.ones(2)).tolist() == [22, 22]
    assert a.tolist() == [11, 11]
    assert w.tolist() == [11, 11]


def test_writes_reach_views_and_arguments():
    base = torch.zeros(4)
    view = base[1:3]

    @torch.compile(fullgraph=True)
    def f(x):
        view.add_(1)
        x[0] = 7
        return base.sum()

    x = torch.zeros(2)
    for n in (1, 2, 3):
        assert f(x).item() == 2 * n
        assert base.tolist() == [0, n, n, 0]
        assert x.tolist() == [7, 0]
        x.zero_()
    assert_recordings(f, 1)


def test_the_same_argument_twice_is_another_call():
    @torch.compile(fullgraph=True)
    def f(a, b):
        a.add_(1)
        return a + b

    x, y = torch.zeros(1), torch.zeros(1)
    assert f(x, y).item() == 1
    assert f(x, x).item() == 4
    assert f(x, x).item() == 6
    assert_recordings(f, 2)


def test_results_of_earlier_calls_stay_valid():
    w = torch.zeros(2)

    @torch.compile(fullgraph=True)
    def f():
        w.add_(1)
        return w * 10, w

    first, same = f()
    kept = w.clone()
    shown = w.detach().numpy().copy()
    for _ in range(3):
        f()
    assert first.tolist() == [10, 10]
    assert kept.tolist() == [1, 1]
    assert shown.tolist() == [1, 1]
    assert same is w
    assert w.tolist() == [4, 4]


def test_arrays_held_outside_are_not_given_away():
    model, opt = sgd()

    step = torch.compile(step_of(model, opt), fullgraph=True)
    step(*data())
    held = model.weight.jax()
    before = held.tolist()
    gradient = model.weight.grad
    values = gradient.tolist()
    for _ in range(3):
        step(*data())
    assert held.tolist() == before
    assert gradient.tolist() == values
    assert model.weight.grad is not gradient


def test_a_short_last_batch_and_a_scheduler():
    model, opt = sgd()
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 30)

    step = torch.compile(step_of(model, opt), fullgraph=True)
    @torch.compile(fullgraph=True)
    def evaluate(x, y):
        with torch.no_grad():
            return F.mse_loss(model(x), y)

    for i in range(30):
        step(*data(4 if i % 5 else 2))
        schedule.step()
        if i % 10 == 0:
            model.eval()
            evaluate(*data())
            model.train()
    assert_recordings(step, 2)
    assert_recordings(evaluate, 1)


def test_freezing_and_replacing():
    model, opt = sgd()

    @torch.compile
    def step(x, y):
        opt.zero_grad()
        F.mse_loss(model(x), y).backward()
        opt.step()

    step(*data())
    model.weight.requires_grad_(False)
    frozen = model.weight.tolist()
    step(*data())
    assert model.weight.tolist() == frozen
    assert model.weight.grad is None
    model.weight.data = torch.ones(2, 3)
    bias = model.bias.tolist()
    step(*data())
    assert model.weight.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert model.bias.tolist() != bias
    assert_recordings(step, 3)


def test_a_module_swapped():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())

    @torch.compile
    def f(x):
        with torch.no_grad():
            return model(x)

    x = torch.randn(3, 2)
    f(x)
    model[1] = nn.Tanh()
    assert f(x).tolist() == model(x).tolist()
    assert_recordings(f, 2)


def test_two_steps_share_a_model():
    model, opt = sgd()

    one = step_of(model, opt)
    first, second = torch.compile(one, fullgraph=True), torch.compile(one, fullgraph=True)
    plain = step_of(*sgd())
    torch.manual_seed(1)
    batches = [data() for _ in range(4)]
    found = [(first if i % 2 else second)(*b).item() for i, b in enumerate(batches)]
    assert found == pytest.approx([plain(*b).item() for b in batches])


@pytest.mark.parametrize("read", ["item", "bool", "numpy", "print"])
def test_reading_a_value(read, capsys):
    def look(t):
        {
            "item": lambda: t.item(), "bool": lambda: bool(t > 0),
            "numpy": lambda: t.numpy(), "print": lambda: print(t),
        }[read]()  # fmt: skip

    def f(x):
        y = x.sum()
        look(y)
        x.add_(1)
        return y * 2

    compiled = torch.compile(f)
    x = torch.ones(2)
    with uncompiled(r"test_traps.py:\d+"):
        assert compiled(x).item() == 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled(x).item() == 8
    assert x.tolist() == [3, 3]
    with pytest.raises(RuntimeError, match=r"test_traps.py:\d+: a value is read.*fullgraph"):
        torch.compile(f, fullgraph=True)(x)
    assert x.tolist() == [3, 3]


def test_printing(capsys):
    @torch.compile
    def f(x):
        print("called")
        return x + 1

    with uncompiled("printed"):
        assert [f(torch.zeros(1)).item() for _ in range(3)] == [1, 1, 1]
    assert capsys.readouterr().out == "called\n" * 3


def test_seeding_inside():
    def f():
        first = torch.rand(1)
        torch.manual_seed(3)
        with torch.random.fork_rng():
            inner = torch.rand(1), torch.rand(1, generator=torch.Generator())
        return first, *inner, torch.rand(2), torch.get_rng_state()

    def run(f):
        torch.manual_seed(0)
        return [t.tolist() for _ in range(3) for t in (*f(), torch.rand(1))]

    compiled = torch.compile(f, fullgraph=True)
    assert run(compiled) == run(f)
    assert_recordings(compiled, 1)


def test_dropout_draws_what_it_draws_uncompiled():
    def f(x):
        return F.dropout(x, 0.5)

    compiled = torch.compile(f, fullgraph=True)
    x = torch.ones(20)
    torch.manual_seed(3)
    expected = [f(x).tolist() for _ in range(4)]
    torch.manual_seed(3)
    assert [compiled(x).tolist() for _ in range(4)] == expected
    assert expected[0] != expected[1]
    assert_recordings(compiled, 1)


def test_random_tensors_inside():
    def f(n):
        return torch.randn(n), torch.rand(2, n), torch.randint(0, 9, (n,)), torch.randperm(n)

    compiled = torch.compile(f, fullgraph=True)
    torch.manual_seed(3)
    expected = [[t.tolist() for t in f(4)] for _ in range(3)]
    torch.manual_seed(3)
    assert [[t.tolist() for t in compiled(4)] for _ in range(3)] == expected
    assert_recordings(compiled, 1)


def test_gradients_accumulate():
    model, _ = sgd()

    def add(x, y):
        F.mse_loss(model(x), y).backward()

    compiled = torch.compile(add)
    torch.manual_seed(1)
    batches = [data() for _ in range(4)]
    for b in batches:
        compiled(*b)
    found = model.weight.grad.tolist()
    model.zero_grad()
    for b in batches:
        add(*b)
    assert torch.allclose(torch.tensor(found), model.weight.grad)
    assert_recordings(compiled, 2)


def test_under_no_grad_it_is_another_recording():
    w = torch.ones(2, requires_grad=True)

    @torch.compile
    def f(x):
        return x * w

    assert f(torch.ones(2)).requires_grad
    with torch.no_grad():
        assert not f(torch.ones(2)).requires_grad
    assert_recordings(f, 2)


def test_indices_out_of_range():
    table = torch.arange(5.0)

    @torch.compile(fullgraph=True)
    def f(i):
        return table[i]

    assert f(torch.tensor([1, 2])).tolist() == [1, 2]
    with pytest.raises(IndexError, match="index 9 is out of bounds"):
        f(torch.tensor([1, 9]))
    assert f(torch.tensor([4, 0])).tolist() == [4, 0]


def test_forward_compiled_backward_outside():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    compiled = torch.compile(model, fullgraph=True)
    for _ in range(3):
        x = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
        expected = torch.autograd.grad(model(x).pow(2).sum(), [x, *model.parameters()])
        found = torch.autograd.grad(compiled(x).pow(2).sum(), [x, *model.parameters()])
        for a, b in zip(found, expected, strict=True):
            assert torch.allclose(a, b)
        for f in (compiled, model):
            (g,) = torch.autograd.grad(f(x).pow(3).sum(), x, create_graph=True)
            twice = torch.autograd.grad(g.pow(2).sum(), [x, *model.parameters()])
            expected, found = found, twice
        for a, b in zip(found, expected, strict=True):
            assert torch.allclose(a, b)
    assert_recordings(compiled, 1)
    y = compiled(x)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_a_parameter_written_between_forward_and_backward():
    model, _ = sgd()
    y = torch.compile(model)(torch.ones(1, 3, requires_grad=True))
    with torch.no_grad():
        model.weight.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_one_compiled_function_calls_another():
    @torch.compile
    def inner(x):
        return x * 2

    @torch.compile(fullgraph=True)
    def outer(x):
        return inner(x) + 1

    assert outer(torch.ones(1)).item() == 3
    assert outer(torch.ones(1)).item() == 3
    assert_recordings(inner, 0)


def test_structures_in_and_out():
    @torch.compile(fullgraph=True)
    def f(batch, *, flag):
        return {"sum": batch["a"] + batch["b"][0], "n": 3, "none": None, "list": [batch["a"]]} if flag else batch["a"]

    a, b = torch.ones(1), torch.ones(1)
    for _ in range(2):
        out = f({"a": a, "b": (b,)}, flag=True)
        assert out["sum"].item() == 2
        assert out["n"] == 3
        assert out["none"] is None
        assert out["list"][0].data_ptr() == a.data_ptr()
    assert f({"a": a, "b": (b,)}, flag=False).item() == 1


def test_show(capsys):
    @torch.compile
    def f(x):
        return x.exp() + 1

    f(torch.ones(2))
    text = show(f)
    assert "exp(" in text
    assert "float32[2]" in text
    assert "test_traps.py" in text


def test_what_it_refuses():
    with pytest.raises(RuntimeError, match="Unrecognized mode=fast"):
        torch.compile(len, mode="fast")
    with pytest.raises(RuntimeError, match="Invalid backend: 'tvm'"):
        torch.compile(len, backend="tvm")
    with pytest.raises(NotImplementedError, match="options"):
        torch.compile(len, options={"triton.cudagraphs": True})
    with pytest.raises(NotImplementedError, match="backend=<function>"):
        torch.compile(len, backend=lambda gm, inputs: gm)
