"""Checkpointing: both kinds give the gradients of the plain call, and refuse what differs."""

from __future__ import annotations

from importlib import import_module

from tests.compared import compared


def leaf(torch, *values):
    return torch.tensor(values, requires_grad=True)


def of(torch):
    return import_module(torch.__name__ + ".utils.checkpoint")


def counted(torch):
    """A function that counts how often it runs."""
    calls = []

    def f(x, w):
        calls.append(torch.is_grad_enabled())
        return (x * w).tanh() * x.exp()

    return f, calls


@compared
def test_both_kinds(torch, see):
    for reentrant in (True, False):
        f, calls = counted(torch)
        x, w = leaf(torch, 1.0, 2.0), leaf(torch, 0.5, -1.0)
        y = of(torch).checkpoint(f, x, w, use_reentrant=reentrant)
        see([calls, y.requires_grad])
        y.sum().backward()
        see(calls)
        see([x.grad, w.grad])
        see(lambda y=y: y.sum().backward())


@compared
def test_name_of_the_node(torch, see):
    f, _ = counted(torch)
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 0.5, -1.0)
    see(of(torch).checkpoint(f, x, w, use_reentrant=True))
    see(of(torch).checkpoint(f, x, w, use_reentrant=False))


@compared
def test_without_saying_which(torch, see):
    f, _ = counted(torch)
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 0.5, -1.0)
    see(lambda: of(torch).checkpoint(f, x, w))
    see(lambda: of(torch).checkpoint_sequential([torch.sin, torch.exp], 2, x))


@compared
def test_keywords(torch, see):
    def f(x, k=2, *, flag=False):
        return x.sin() * k if flag else x.exp()

    x = leaf(torch, 1.0, 2.0)
    checkpoint = of(torch).checkpoint
    y = checkpoint(f, x, k=5, flag=True, use_reentrant=False)
    y.sum().backward()
    see(x.grad)
    see(lambda: checkpoint(f, x, k=5, use_reentrant=True))
    see(lambda: checkpoint(f, x, use_reentrant=True, context_fn=lambda: None))
    see(lambda: checkpoint(f, x, use_reentrant=True, debug=True))
    see(lambda: checkpoint(f, x, use_reentrant=False, determinism_check="what"))


@compared
def test_dropout(torch, see):
    for reentrant in (True, False):
        for preserve in (True, False):
            torch.manual_seed(0)
            x = torch.ones(8, requires_grad=True)
            y = of(torch).checkpoint(
                lambda x: torch.nn.functional.dropout(x * 2, 0.5).exp(),
                x,
                use_reentrant=reentrant,
                preserve_rng_state=preserve,
            )
            see(y.detach())
            see(torch.rand(2))
            y.sum().backward()
            see(x.grad)
            see(torch.rand(2))


@compared
def test_nested(torch, see):
    checkpoint = of(torch).checkpoint
    for outer in (True, False):
        for inner in (True, False):
            count = []

            def low(x):
                count.append("low")  # noqa: B023
                return x.sin().exp()

            def high(x):
                count.append("high")  # noqa: B023
                return checkpoint(low, x * 2, use_reentrant=inner).tanh()  # noqa: B023

            x = leaf(torch, 1.0, 2.0)
            checkpoint(high, x, use_reentrant=outer).sum().backward()
            see(x.grad)
            see(count)


@compared
def test_inputs_that_need_nothing(torch, see):
    checkpoint = of(torch).checkpoint
    w = leaf(torch, 2.0, 3.0)

    def f(x):
        return (x * w).exp()

    plain = torch.tensor([1.0, 2.0])
    see(lambda: checkpoint(f, plain, use_reentrant=True).requires_grad)
    y = checkpoint(f, plain, use_reentrant=False)
    y.sum().backward()
    see(w.grad)
    w.grad = None
    x = leaf(torch, 1.0, 2.0)
    checkpoint(f, x, use_reentrant=True).sum().backward()
    see(w.grad)
    see(x.grad)


@compared
def test_several_and_other_outputs(torch, see):
    checkpoint = of(torch).checkpoint
    for reentrant in (True, False):
        x = leaf(torch, 1.0, 2.0)
        a, b, n = checkpoint(lambda x: (x.exp(), x.sin(), 3), x, use_reentrant=reentrant)
        see(n)
        (a + b).sum().backward()
        see(x.grad)
        x = leaf(torch, 1.0, 2.0)
        a, b = checkpoint(lambda x: (x.exp(), x.detach()), x, use_reentrant=reentrant)
        see(b.requires_grad)
        a.sum().backward()
        see(x.grad)


@compared
def test_other_arguments(torch, see):
    checkpoint = of(torch).checkpoint

    def f(x, k, name, other, flag=None):
        see([k, name, flag])
        return x.exp() * k + other[0]

    for reentrant in (True, False):
        x = leaf(torch, 1.0, 2.0)
        y = checkpoint(f, x, 3, "a", [torch.tensor(1.0)], None, use_reentrant=reentrant)
        y.sum().backward()
        see(x.grad)


@compared
def test_autograd_grad(torch, see):
    checkpoint = of(torch).checkpoint
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 0.5, -1.0)
    f, _ = counted(torch)
    y = checkpoint(f, x, w, use_reentrant=False)
    see.values(torch.autograd.grad(y.sum(), [x, w]))
    y = checkpoint(f, x, w, use_reentrant=True)
    see(lambda: torch.autograd.grad(y.sum(), [x, w]))
    y = checkpoint(f, x, w, use_reentrant=True)
    see(lambda: y.sum().backward(inputs=[x]))


@compared
def test_double_backward(torch, see):
    checkpoint = of(torch).checkpoint
    x = leaf(torch, 1.0, 2.0)
    y = checkpoint(lambda x: x.sin() * x, x, use_reentrant=False)
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    see.values(g)
    see.values(torch.autograd.grad(g.sum(), x))


@compared
def test_retain_graph(torch, see):
    checkpoint = of(torch).checkpoint
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 0.5, -1.0)
    f, calls = counted(torch)
    y = checkpoint(f, x, w, use_reentrant=False).sum()
    y.backward(retain_graph=True)
    y.backward()
    see(x.grad)
    see(calls)


def refusal(y):
    """How backward fails; what PyTorch adds of torch.compile does not concern us."""
    try:
        y.sum().backward()
    except RuntimeError as e:
        return [type(e).__name__, str(e).partition("\nIf this error occurs under torch.compile")[0]]
    return ["nothing"]


@compared
def test_determinism_errors(torch, see):
    checkpoint = of(torch).checkpoint
    x = leaf(torch, 1.0, 2.0)
    first = [True]

    def shapes(x):
        if first[0]:
            first[0] = False
            return x.exp()
        return torch.cat([x, x]).exp()

    y = checkpoint(shapes, x, use_reentrant=False)
    see(refusal(y))
    first[0] = True

    def dtypes(x):
        if first[0]:
            first[0] = False
            return x.exp()
        return x.double().exp()

    y = checkpoint(dtypes, x, use_reentrant=False)
    see(refusal(y))
    first[0] = True

    def fewer(x):
        if first[0]:
            first[0] = False
            return x.exp().sin()
        return x.exp()

    y = checkpoint(fewer, x, use_reentrant=False)
    see(refusal(y))
    first[0] = True

    def more(x):
        if first[0]:
            first[0] = False
            return x.exp()
        return x.exp().sin()

    y = checkpoint(more, x, use_reentrant=False)
    see(refusal(y))
    y = checkpoint(more, x, use_reentrant=False)
    first[0] = True
    y = checkpoint(more, x, use_reentrant=False, early_stop=False)
    see(refusal(y))
    first[0] = True
    y = checkpoint(shapes, x, use_reentrant=False, determinism_check="none")
    see(refusal(y)[0])


@compared
def test_early_stop(torch, see):
    module = of(torch)
    ran = []

    def f(x):
        y = x.exp()
        ran.append("exp")
        z = y.sum()
        ran.append("end")
        return z

    for stop in (True, False):
        x = leaf(torch, 1.0, 2.0)
        with module.set_checkpoint_early_stop(stop):
            y = module.checkpoint(f, x, use_reentrant=False)
        y.backward()
        see(ran)
        see(x.grad)
        ran.clear()


@compared
def test_context_fn(torch, see):
    import contextlib

    log = []

    @contextlib.contextmanager
    def note(name):
        log.append(["in", name])
        yield
        log.append(["out", name])

    x = leaf(torch, 1.0, 2.0)
    y = of(torch).checkpoint(
        lambda x: x.exp().sin(),
        x,
        use_reentrant=False,
        context_fn=lambda: (note("first"), note("second")),
    )
    see(log)
    y.sum().backward()
    see(log)


@compared
def test_under_no_grad(torch, see):
    checkpoint = of(torch).checkpoint
    x = leaf(torch, 1.0, 2.0)
    f, calls = counted(torch)
    with torch.no_grad():
        for reentrant in (True, False):
            see(checkpoint(f, x, x, use_reentrant=reentrant))
    see(calls)


@compared
def test_sequential(torch, see):
    functions = [torch.sin, torch.exp, lambda x: x * 2, torch.tanh, torch.cos]
    for reentrant in (True, False):
        for segments in (1, 2, 3, 5):
            x = leaf(torch, 1.0, 2.0)
            y = of(torch).checkpoint_sequential(functions, segments, x, use_reentrant=reentrant)
            y.sum().backward()
            see(x.grad)
    see(
        lambda: of(torch).checkpoint_sequential(
            functions, 2, leaf(torch, 1.0), use_reentrant=False, what=1
        )
    )


@compared
def test_module(torch, see):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    for reentrant in (True, False):
        net.zero_grad()
        x.grad = None
        of(torch).checkpoint(net, x, use_reentrant=reentrant).sum().backward()
        see([p.grad for p in net.parameters()])
        see(x.grad)
        y = of(torch).checkpoint_sequential(net, 2, x, use_reentrant=reentrant)
        y.sum().backward()
        see(x.grad)


@compared
def test_in_place_inside(torch, see):
    def f(x):
        y = x * 2
        y.exp_()
        return y * y

    for reentrant in (True, False):
        x = leaf(torch, 1.0, 2.0)
        of(torch).checkpoint(f, x, use_reentrant=reentrant).sum().backward()
        see(x.grad)


@compared
def test_exceptions_inside(torch, see):
    first = [True]

    def f(x):
        if first[0]:
            first[0] = False
            return x.exp()
        raise ValueError("no")

    x = leaf(torch, 1.0)
    y = of(torch).checkpoint(f, x, use_reentrant=False)
    see(lambda: y.sum().backward())
    see(lambda: of(torch).checkpoint(f, x, use_reentrant=False))
    see(lambda: of(torch).checkpoint(f, x, use_reentrant=True))
    see(torch.is_grad_enabled())
