"""autograd.Function: everything its two halves may do, and what they are refused."""

from __future__ import annotations

from tests.compared import compared


def leaf(torch, *values):
    return torch.tensor(values, requires_grad=True)


def square(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    return Square


@compared
def test_basic(torch, see):
    Square = square(torch)
    x = leaf(torch, 1.0, 2.0)
    y = Square.apply(x)
    see(y)
    see(repr(y))
    see([y.grad_fn.name(), type(y.grad_fn).__name__, str(type(y.grad_fn))])
    see(repr(y.grad_fn))
    see(y.grad_fn.next_functions[0][0].name())
    see([y.is_leaf, y._version, y.output_nr])
    y.sum().backward()
    see(x.grad)
    see(lambda: y.sum().backward())
    see(lambda: y.grad_fn.saved_tensors)


@compared
def test_grad_mode_inside(torch, see):
    class Probe(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            see([torch.is_grad_enabled(), x.requires_grad, (x * 2).requires_grad])
            return x * 2

        @staticmethod
        def backward(ctx, g):
            see([torch.is_grad_enabled(), g.requires_grad])
            return g * 2

    x = leaf(torch, 1.0)
    y = Probe.apply(x)
    y.sum().backward(retain_graph=True)
    torch.autograd.grad(y.sum(), x, create_graph=True)
    with torch.no_grad():
        see(Probe.apply(x))
    see(Probe.apply(torch.tensor([1.0])))


@compared
def test_needs_input_grad(torch, see):
    class Mul(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, k, b, c):
            see(ctx.needs_input_grad)
            ctx.save_for_backward(a, b)
            return a * b * k

        @staticmethod
        def backward(ctx, g):
            see(ctx.needs_input_grad)
            a, b = ctx.saved_tensors
            return (
                g * b if ctx.needs_input_grad[0] else None,
                None,
                g * a if ctx.needs_input_grad[2] else None,
                None,
            )

    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    Mul.apply(x, 2, w, "text").sum().backward()
    see([x.grad, w.grad])
    Mul.apply(x, 2, w.detach(), None).sum().backward()
    see([x.grad, w.grad])


@compared
def test_saves_inputs_outputs_and_intermediates(torch, see):
    class Save(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            middle = x + 1
            ctx.save_for_backward(x, y, middle, None)
            ctx.scale = 3
            return y

        @staticmethod
        def backward(ctx, g):
            x, y, middle, nothing = ctx.saved_tensors
            see.values([x, y, middle])
            see([nothing, ctx.scale, x.requires_grad, y.requires_grad, middle.requires_grad])
            see([y.grad_fn is ctx, x.is_leaf])
            return g * y * ctx.scale

    x = leaf(torch, 1.0, 2.0)
    y = Save.apply(x)
    see(y.grad_fn.saved_tensors[0] is x)
    y.sum().backward()
    see(x.grad)


@compared
def test_what_save_for_backward_refuses(torch, see):
    class Save(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, other):
            ctx.save_for_backward(x, other)
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g, None

    x = leaf(torch, 1.0)
    see(lambda: Save.apply(x, 3))
    see(lambda: Save.apply(x, "a"))
    see(lambda: Save.apply(x, [x]))
    see(lambda: Save.apply(x, None))


@compared
def test_version_checks_of_saved_tensors(torch, see):
    Square = square(torch)
    x = leaf(torch, 1.0, 2.0)
    h = x * 1
    y = Square.apply(h)
    h.add_(1)
    see(lambda: y.sum().backward())
    y = Square.apply(x)
    with torch.no_grad():
        x.add_(1)
    see(lambda: y.sum().backward())


@compared
def test_multiple_outputs(torch, see):
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 3, 7, "text"

        @staticmethod
        def backward(ctx, a, b, *rest):
            see.values([a, b])
            see(list(rest))
            return a * 2 + b * 3

    x = leaf(torch, 1.0, 2.0)
    a, b, seven, text = Two.apply(x)
    see([seven, text, a.output_nr, b.output_nr, a.grad_fn is b.grad_fn])
    (a.sum() + b.sum()).backward()
    see(x.grad)
    a, b, _, _ = Two.apply(x)
    b.sum().backward()
    see(x.grad)
    see(type(Two.apply(x)).__name__)


@compared
def test_list_and_single_tuple_outputs(torch, see):
    class Listed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return [x * 2, x * 3]

        @staticmethod
        def backward(ctx, *g):
            return g[0]

    class One(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return (x * 2,)

        @staticmethod
        def backward(ctx, g):
            return (g * 2,)

    class Nothing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return None

        @staticmethod
        def backward(ctx, g):
            return None

    x = leaf(torch, 1.0, 2.0)
    see(lambda: Listed.apply(x)[0].requires_grad)
    out = One.apply(x)
    see(out)
    out[0].sum().backward()
    see(x.grad)
    see(lambda: Nothing.apply(x))


@compared
def test_set_materialize_grads(torch, see):
    def make(value):
        class Two(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                if value is not None:
                    ctx.set_materialize_grads(value)
                return x * 2, x * 3

            @staticmethod
            def backward(ctx, a, b):
                see([a is None, b is None])
                see.values([a, b])
                return b * 3

        return Two

    for value in (None, True, False):
        x = leaf(torch, 1.0, 2.0)
        make(value).apply(x)[1].sum().backward()
        see(x.grad)


@compared
def test_backward_with_no_gradient_at_all(torch, see):
    class Upper(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return None

    class Lower(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            see.values(g)
            return g + 5

    x = leaf(torch, 1.0, 2.0)
    Upper.apply(Lower.apply(x)).sum().backward()
    see(x.grad)


@compared
def test_none_gradients(torch, see):
    class First(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, g):
            return g, None

    x, w = leaf(torch, 1.0), leaf(torch, 2.0)
    First.apply(x, w).sum().backward()
    see([x.grad, w.grad])
    see(lambda: torch.autograd.grad(First.apply(x, w).sum(), w))
    see(torch.autograd.grad(First.apply(x, w).sum(), w, allow_unused=True))


@compared
def test_wrong_counts_and_kinds(torch, see):
    def make(result):
        class Wrong(torch.autograd.Function):
            @staticmethod
            def forward(ctx, a, b, k):
                return a + b

            @staticmethod
            def backward(ctx, g):
                return result(g)

        return Wrong

    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    for result in (
        lambda g: g,
        lambda g: (g, g),
        lambda g: (g, g, g),
        lambda g: (g, g, None),
        lambda g: (g, g, None, None),
        lambda g: (g, g, None, None, None),
        lambda g: (g, g, None, g),
        lambda g: (g, 3, None),
        lambda g: (g, "a", None),
        lambda g: [g, g, None],
        lambda g: (g.sum(), g, None),
        lambda g: (g[:1], g, None),
        lambda g: (torch.ones(3), g, None),
        lambda g: (torch.ones(4, 2), g, None),
        lambda g: (torch.ones(2, 2), g, None),
        lambda g: (g.double(), g, None),
        lambda g: (g.long(), g, None),
        lambda g: None,
    ):
        x.grad = w.grad = None
        see(lambda result=result: make(result).apply(x, w, 5).sum().backward())
        see([x.grad, w.grad])


@compared
def test_mark_dirty(torch, see):
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = leaf(torch, 1.0, 2.0)
    h = x * 1
    y = Twice.apply(h)
    see([y is h, h._version, type(h.grad_fn).__name__])
    see(y)
    y.sum().backward()
    see(x.grad)
    see(lambda: Twice.apply(x))
    base = x * 1
    v = base[:1]
    Twice.apply(v)
    see(base)
    see(v)
    base.sum().backward()
    see(x.grad)
    plain = torch.tensor([1.0])
    see(Twice.apply(plain) is plain)


@compared
def test_mark_dirty_not_returned(torch, see):
    class Lost(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            return g

    x = leaf(torch, 1.0, 2.0)
    see(lambda: Lost.apply(x * 1))


@compared
def test_mark_non_differentiable(torch, see):
    class Sort(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, order = x.sort()
            weights = x * 0 + 1
            ctx.mark_non_differentiable(order, weights)
            ctx.save_for_backward(order)
            return values, order, weights

        @staticmethod
        def backward(ctx, g, order_g, weights_g):
            see.values([order_g, weights_g])
            (order,) = ctx.saved_tensors
            return torch.zeros(3).index_add(0, order, g)

    x = leaf(torch, 3.0, 1.0, 2.0)
    values, order, weights = Sort.apply(x)
    see([values.requires_grad, order.requires_grad, weights.requires_grad])
    see(weights.grad_fn)
    (values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    see(x.grad)


@compared
def test_returning_an_input(torch, see):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 10

    x = leaf(torch, 1.0, 2.0)
    y = Same.apply(x)
    see([y is x, y.data_ptr() == x.data_ptr(), y._is_view(), type(y.grad_fn).__name__])
    (y * 2).sum().backward()
    see(x.grad)
    see(lambda: Same.apply(x * 1).add_(1))
    plain = torch.tensor([1.0])
    z = Same.apply(plain)
    see([z is plain, z.requires_grad])
    with torch.no_grad():
        z = Same.apply(x)
    see([z is x, z.requires_grad, z.is_leaf])


@compared
def test_returning_a_view(torch, see):
    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x[:2]

        @staticmethod
        def backward(ctx, g):
            return torch.cat([g, torch.zeros(2)])

    x = leaf(torch, 1.0, 2.0, 3.0, 4.0)
    h = x * 1
    y = Half.apply(h)
    see([y._is_view(), y.data_ptr() == h.data_ptr()])
    see(y)
    y.sum().backward()
    see(x.grad)
    y = Half.apply(x * 1)
    see(lambda: y.add_(1))

    class Split(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x[:2], x[2:]

        @staticmethod
        def backward(ctx, a, b):
            return torch.cat([a, b])

    a, b = Split.apply(x * 1)
    see(lambda: a.add_(1))


@compared
def test_returning_something_older(torch, see):
    held = torch.tensor([5.0, 6.0])
    graph = leaf(torch, 7.0) * 2

    class Held(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, which):
            return held if which == "held" else graph

        @staticmethod
        def backward(ctx, g):
            return g, None

    x = leaf(torch, 1.0, 2.0)
    y = Held.apply(x, "held")
    see([y is held, held.requires_grad])
    see(y)


@compared
def test_setup_context(torch, see):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(x, k):
            return x * k

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, k = inputs
            see([k, type(inputs).__name__])
            see.values(output)
            ctx.save_for_backward(x, output)
            ctx.k = k

        @staticmethod
        def backward(ctx, g):
            see.values(ctx.saved_tensors)
            return g * ctx.k, None

    x = leaf(torch, 1.0, 2.0)
    Scale.apply(x, 3).sum().backward()
    see(x.grad)


@compared
def test_missing_halves(torch, see):
    class Neither(torch.autograd.Function):
        pass

    class NoBackward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    class NotStatic(torch.autograd.Function):
        def forward(self, x):
            return x * 2

    x = leaf(torch, 1.0)
    see(lambda: Neither.apply(x))
    y = NoBackward.apply(x)
    see(y)
    see(lambda: y.sum().backward())
    see(lambda: NotStatic.apply(x))
    see(lambda: square(torch)()(x))


@compared
def test_vjp_instead_of_backward(torch, see):
    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 0.5

        @staticmethod
        def vjp(ctx, g):
            return g * 0.5

    class Both(Half):
        @staticmethod
        def backward(ctx, g):
            return g

    x = leaf(torch, 1.0)
    Half.apply(x).sum().backward()
    see(x.grad)
    see(lambda: Both.apply(x).sum().backward())


@compared
def test_once_differentiable(torch, see):
    from importlib import import_module

    function = import_module(torch.__name__ + ".autograd.function")

    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @function.once_differentiable
        def backward(ctx, g):
            see(torch.is_grad_enabled())
            (x,) = ctx.saved_tensors
            return 3 * x * x * g

    x = leaf(torch, 1.0, 2.0)
    (g,) = torch.autograd.grad(Once.apply(x).sum(), x, create_graph=True)
    see([g.requires_grad, g.tolist()])
    w = leaf(torch, 1.0, 1.0)
    (g,) = torch.autograd.grad((Once.apply(x) * w).sum(), x, create_graph=True)
    see([g.requires_grad, g.tolist()])
    see(lambda: g.sum().backward())


@compared
def test_double_backward(torch, see):
    Square = square(torch)
    x = leaf(torch, 1.0, 2.0)
    y = (Square.apply(x) * x).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    see.values(g)
    (gg,) = torch.autograd.grad(g.sum(), x, create_graph=True)
    see.values(gg)
    see.values(torch.autograd.grad(gg.sum(), x))


@compared
def test_double_backward_through_a_saved_output(torch, see):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, g):
            (y,) = ctx.saved_tensors
            return g * y

    x = leaf(torch, 1.0, 2.0)
    (g,) = torch.autograd.grad(Exp.apply(x).sum(), x, create_graph=True)
    see.values(g)
    (gg,) = torch.autograd.grad((g * x).sum(), x, create_graph=True)
    see.values(gg)
    see.values(torch.autograd.grad(gg.sum(), x))


@compared
def test_functions_inside_functions(torch, see):
    Square = square(torch)

    class Outer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            with torch.enable_grad():
                inner = x.detach().requires_grad_()
                y = Square.apply(inner) + inner
            ctx.save_for_backward(inner, y)
            ctx.graph = (inner, y)
            return y.detach()

        @staticmethod
        def backward(ctx, g):
            inner, y = ctx.graph
            with torch.enable_grad():
                return torch.autograd.grad(y, inner, g)[0]

    x = leaf(torch, 1.0, 2.0)
    Outer.apply(x).sum().backward()
    see(x.grad)


@compared
def test_no_tensor_arguments(torch, see):
    class Make(torch.autograd.Function):
        @staticmethod
        def forward(ctx, k):
            return torch.full((2,), float(k))

        @staticmethod
        def backward(ctx, g):
            return None

    see(Make.apply(3))


@compared
def test_tensors_inside_containers_are_not_seen(torch, see):
    class Sum(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, others):
            return x + others[0]

        @staticmethod
        def backward(ctx, g):
            return g, None

    x, w = leaf(torch, 1.0), leaf(torch, 2.0)
    Sum.apply(x, [w]).sum().backward()
    see([x.grad, w.grad])
    y = Sum.apply(torch.tensor([1.0]), [w])
    see(y.requires_grad)


@compared
def test_keyword_arguments(torch, see):
    Square = square(torch)
    x = leaf(torch, 1.0)
    see(lambda: Square.apply(x=x))
    see(lambda: Square.apply(x, k=3))
    see(lambda: Square.apply())

    class Default(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, k=2):
            ctx.k = k
            return x * k

        @staticmethod
        def backward(ctx, g):
            return g * ctx.k, None

    see(lambda: Default.apply(x))
    see(lambda: Default.apply(x).sum().backward())
    see(x.grad)
    see(lambda: Default.apply(x, 5).sum().backward())
    see(x.grad)


@compared
def test_integer_and_complex_tensors(torch, see):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, i):
            see(ctx.needs_input_grad)
            ctx.save_for_backward(i)
            return x * i, i + 1

        @staticmethod
        def backward(ctx, g, gi):
            see.values(gi)
            (i,) = ctx.saved_tensors
            return g * i, None

    x = leaf(torch, 1.0, 2.0)
    a, b = Scale.apply(x, torch.tensor([3, 4]))
    see([a.requires_grad, b.requires_grad])
    a.sum().backward()
    see(x.grad)
    z = torch.tensor([1.0 + 1j], requires_grad=True)
    a, _ = Scale.apply(z, torch.tensor([2]))
    a.abs().sum().backward()
    see(z.grad)


@compared
def test_context_attributes(torch, see):
    class Probe(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            see([isinstance(ctx, torch.autograd.function.FunctionCtx), ctx.name()])
            see(lambda: ctx.saved_tensors)
            ctx.anything = [1, 2]
            ctx.set_materialize_grads(True)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            see([ctx.anything, ctx.needs_input_grad])
            see(lambda: ctx.saved_tensors)
            return g

    x = leaf(torch, 1.0)
    y = Probe.apply(x)
    see(y.grad_fn.anything)
    y.sum().backward()


@compared
def test_saved_tensors_may_be_read_again(torch, see):
    Square = square(torch)
    x = leaf(torch, 1.0, 2.0)
    y = Square.apply(x)
    see.values(y.grad_fn.saved_tensors)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    see(x.grad)
    see(lambda: y.sum().backward())


@compared
def test_nothing_saved_may_run_again(torch, see):
    class Neg(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return -x

        @staticmethod
        def backward(ctx, g):
            return -g

    x = leaf(torch, 1.0)
    y = Neg.apply(x)
    y.backward(retain_graph=False)
    see(lambda: y.backward())
    see(x.grad)


@compared
def test_raising_backward(torch, see):
    class Fail(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            raise ArithmeticError("no")

    x = leaf(torch, 1.0)
    see(lambda: Fail.apply(x).sum().backward())

    class FailForward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            raise ArithmeticError("no")

        @staticmethod
        def backward(ctx, g):
            return g

    see(lambda: FailForward.apply(x))
    see(torch.is_grad_enabled())


@compared
def test_hooks_on_functions(torch, see):
    Square = square(torch)
    x = leaf(torch, 1.0, 2.0)
    y = Square.apply(x)
    y.grad_fn.register_hook(lambda i, o: see.values(i + o))
    y.grad_fn.register_prehook(see.values)
    y.register_hook(lambda g: g * 2)
    y.sum().backward()
    see(x.grad)
    y = Square.apply(x)
    y.retain_grad()
    y.sum().backward()
    see(y.grad)


@compared
def test_saved_tensors_hooks_apply(torch, see):
    Square = square(torch)
    x = leaf(torch, 1.0, 2.0)
    log = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: log.append("pack") or t * 2, lambda t: log.append("unpack") or t
    ):
        y = Square.apply(x)
    y.sum().backward()
    see(x.grad)
    see(sorted(log))


@compared
def test_straight_through(torch, see):
    class Round(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.round()

        @staticmethod
        def backward(ctx, g):
            return g.clamp(-1, 1)

    x = leaf(torch, 0.4, 1.6)
    (Round.apply(x) * torch.tensor([5.0, -0.5])).sum().backward()
    see(x.grad)


@compared
def test_broadcast_gradient_is_summed(torch, see):
    class Add(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, g):
            return g, g

    a = torch.ones(2, 3, requires_grad=True)
    b = torch.ones(3, requires_grad=True)
    Add.apply(a, b).sum().backward()
    see([a.grad, b.grad])


@compared
def test_inheritance(torch, see):
    class Base(torch.autograd.Function):
        k = 1

        @classmethod
        def scale(cls):
            return cls.k

        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    class Derived(Base):
        @staticmethod
        def backward(ctx, g):
            return g * 100

    x = leaf(torch, 1.0)
    y = Derived.apply(x)
    see(type(y.grad_fn).__name__)
    y.backward()
    see(x.grad)


@compared
def test_legacy_style_and_calls(torch, see):
    class Old(torch.autograd.Function):
        def __init__(self, k):
            self.k = k

        def forward(self, x):
            return x * self.k

    see(lambda: Old(3)(leaf(torch, 1.0)))
    see(lambda: torch.autograd.Function.apply(leaf(torch, 1.0)))


@compared
def test_inplace_function_and_nested(torch, see):
    from importlib import import_module

    function = import_module(torch.__name__ + ".autograd.function")
    see([function.InplaceFunction.__name__, function.Function is torch.autograd.Function])


@compared
def test_functions_and_in_place_on_outputs(torch, see):
    Square = square(torch)
    x = leaf(torch, 1.0, 2.0)
    y = Square.apply(x)
    y.add_(1)
    see(y)
    y.sum().backward()
    see(x.grad)
    a, b = Square.apply(x), Square.apply(x)
    a += b
    a.sum().backward()
    see(x.grad)
