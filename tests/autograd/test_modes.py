"""no_grad and its kin: blocks, decorators, generators, nesting, threads; inference tensors."""

from __future__ import annotations

import threading

from tests.compared import compared


def leaf(torch, *values):
    return torch.tensor(values, requires_grad=True)


@compared
def test_blocks(torch, see):
    x = leaf(torch, 1.0)
    on = torch.is_grad_enabled
    with torch.no_grad():
        see([on(), (x * 2).requires_grad, torch.tensor([1.0], requires_grad=True).requires_grad])
        with torch.enable_grad():
            see([on(), (x * 2).requires_grad])
        see(on())
    see(on())
    with torch.set_grad_enabled(False):
        see(on())
    with torch.set_grad_enabled(True):
        see(on())
    torch.set_grad_enabled(False)
    see(on())
    torch.set_grad_enabled(True)
    see(on())
    see(lambda: torch.no_grad().__enter__())
    torch.set_grad_enabled(True)


@compared
def test_exceptions_leave_the_mode(torch, see):
    def run(mode):
        with mode:
            raise ValueError("no")

    for mode in (torch.no_grad(), torch.inference_mode(), torch.set_grad_enabled(False)):
        see(lambda mode=mode: run(mode))
        see([torch.is_grad_enabled(), torch.is_inference_mode_enabled()])


@compared
def test_one_object_used_twice(torch, see):
    mode = torch.no_grad()
    for _ in range(2):
        with mode:
            see(torch.is_grad_enabled())
        see(torch.is_grad_enabled())


@compared
def test_decorators(torch, see):
    x = leaf(torch, 1.0)

    @torch.no_grad()
    def with_parentheses(x):
        "A function."
        return x * 2

    @torch.no_grad
    def without(x):
        return x * 2

    @torch.enable_grad()
    def enabled(x):
        return x * 2

    @torch.set_grad_enabled(False)
    def disabled(x):
        return x * 2

    @torch.inference_mode()
    def inference(x):
        return x * 2

    @torch.inference_mode
    def bare(x):
        return x * 2

    @torch.inference_mode(False)
    def not_inference(x):
        return x * 2

    see(torch.is_grad_enabled())
    see([f(x).requires_grad for f in (with_parentheses, without, enabled, disabled, inference)])
    see([inference(x).is_inference(), bare(x).is_inference(), not_inference(x).requires_grad])
    see([with_parentheses.__name__, with_parentheses.__doc__])
    with torch.no_grad():
        see([enabled(x).requires_grad, disabled(x).requires_grad])


@compared
def test_decorated_methods(torch, see):
    class Model:
        @torch.no_grad()
        def run(self, x):
            return x * 2

        @staticmethod
        @torch.no_grad()
        def static(x):
            return x * 2

        @classmethod
        @torch.no_grad()
        def of_class(cls, x):
            return x * 2

    x = leaf(torch, 1.0)
    see([f(x).requires_grad for f in (Model().run, Model.static, Model.of_class)])


@compared
def test_decorated_class(torch, see):
    def decorate(mode):
        @mode
        class Model:
            def __init__(self):
                self.on = torch.is_grad_enabled()

        return Model().on

    see(lambda: decorate(torch.no_grad()))


@compared
def test_recursion(torch, see):
    seen = []

    @torch.no_grad()
    def count(n):
        seen.append(torch.is_grad_enabled())
        with torch.enable_grad():
            if n:
                count(n - 1)
            seen.append(torch.is_grad_enabled())

    count(2)
    see(seen)
    see(torch.is_grad_enabled())


@compared
def test_generators(torch, see):
    @torch.no_grad()
    def numbers():
        got = yield torch.is_grad_enabled()
        while got is not None:
            got = yield [got, torch.is_grad_enabled()]
        return "done"

    def around():
        see((yield from numbers()))

    g = around()
    see(next(g))
    see(torch.is_grad_enabled())
    see(g.send(3))
    see(torch.is_grad_enabled())
    see(list(g))


@compared
def test_generators_thrown_into_and_closed(torch, see):
    @torch.no_grad()
    def generator():
        try:
            yield 1
        except ValueError:
            see(torch.is_grad_enabled())
            yield 2
        finally:
            see(torch.is_grad_enabled())

    g = generator()
    next(g)
    see(g.throw(ValueError("no")))
    g.close()
    see(torch.is_grad_enabled())

    @torch.no_grad()
    def raising():
        yield 1
        raise KeyError("x")

    g = raising()
    next(g)
    see(lambda: next(g))
    see(torch.is_grad_enabled())


@compared
def test_mode_changed_between_the_steps_of_a_generator(torch, see):
    @torch.enable_grad()
    def generator():
        for _ in range(2):
            yield torch.is_grad_enabled()

    g = generator()
    with torch.no_grad():
        see(next(g))
        see(torch.is_grad_enabled())
    see(next(g))


@compared
def test_threads_start_with_gradients(torch, see):
    found = []

    def run():
        found.append(torch.is_grad_enabled())
        with torch.no_grad():
            found.append(torch.is_grad_enabled())

    with torch.no_grad():
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        see(torch.is_grad_enabled())
    see(found)


@compared
def test_backward_in_threads(torch, see):
    xs = [leaf(torch, float(i), 2.0) for i in range(4)]
    shared = leaf(torch, 3.0, 4.0)

    def run(x):
        (x * shared).sum().backward(inputs=[x])

    threads = [threading.Thread(target=run, args=(x,)) for x in xs]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    see([x.grad for x in xs])


@compared
def test_no_grad_details(torch, see):
    x = leaf(torch, 1.0, 2.0)
    with torch.no_grad():
        y = x * 2
        v = x[0]
        see([y.requires_grad, y.grad_fn, v.requires_grad, v.is_leaf])
        x.add_(1)
        x[0] = 7.0
    see(x)
    see(lambda: v * 1)
    see(lambda: v.add_(1))
    see(lambda: v.requires_grad)
    y.requires_grad_()
    (y * 3).sum().backward()
    see(y.grad)
    see(x.grad)


@compared
def test_view_made_under_no_grad_is_written_later(torch, see):
    x = leaf(torch, 1.0, 2.0)
    h = x * 1
    with torch.no_grad():
        v = h[:1]
        a, b = h.split(1)
    see(lambda: v.mul_(2))
    see(lambda: a.mul_(2))
    h.mul_(2)
    see(lambda: v.grad_fn)
    see(lambda: b + 1)


@compared
def test_inference_mode(torch, see):
    x = leaf(torch, 1.0, 2.0)
    with torch.inference_mode():
        see([torch.is_grad_enabled(), torch.is_inference_mode_enabled()])
        y = x * 2
        see([y.is_inference(), y.requires_grad, y.is_leaf])
        y.add_(1)
        see(lambda: y._version)
        z = torch.ones(2)
        x.data.add_(1)
        with torch.inference_mode(False):
            see([torch.is_grad_enabled(), torch.is_inference_mode_enabled()])
            w = x * 2
        see([w.requires_grad, w.is_inference()])
    see(y)
    see(x.is_inference())
    see(lambda: y.clone().add_(1))
    see(lambda: z.requires_grad_())
    see(lambda: y._version)
    see(lambda: x * y)
    see(lambda: x + y)
    see(lambda: (y * 2).is_inference())
    see(lambda: y.clone().is_inference())
    see(lambda: y[0].is_inference())
    see(lambda: y.view(2, 1).is_inference())
    see(lambda: y.detach().is_inference())
    see(lambda: torch.ones(2).add_(y))
    see(lambda: y.sum().backward())
    see(lambda: y.add_(1))  # PyTorch raises after it has written


@compared
def test_inference_mode_and_normal_tensors(torch, see):
    n = torch.ones(2)
    x = leaf(torch, 1.0, 2.0)
    h = x * 1
    with torch.inference_mode():
        n.add_(1)
        v = n[:1]
        see([n.is_inference(), v.is_inference()])
        h.mul_(2)
        hv = h[:1]
        see(hv.requires_grad)
    see(n)
    see(lambda: v.add_(1))
    see(lambda: hv.add_(1))
    see(h)
    h.sum().backward()
    see(x.grad)


@compared
def test_inference_mode_false_by_default_changes_nothing(torch, see):
    with torch.no_grad():
        with torch.inference_mode(mode=False):
            see([torch.is_grad_enabled(), torch.is_inference_mode_enabled()])
        see([torch.is_grad_enabled(), torch.is_inference_mode_enabled()])


@compared
def test_names_and_types(torch, see):
    see(repr(torch.set_grad_enabled(True)))
    see([torch.no_grad.__name__, torch.autograd.no_grad is torch.no_grad])
    see(isinstance(torch.no_grad(), torch.no_grad))
    see(lambda: torch.set_grad_enabled())
    see(lambda: torch.set_grad_enabled("a"))
    see(torch.is_grad_enabled())
    torch.set_grad_enabled(True)


@compared
def test_grad_mode_does_not_leak_from_backward(torch, see):
    x = leaf(torch, 1.0)
    with torch.no_grad():
        with torch.enable_grad():
            y = (x * x).sum()
        y.backward()
        see(torch.is_grad_enabled())
    see(x.grad)
    see(torch.is_grad_enabled())

    def fail(g):
        raise ValueError("no")

    y = (x * x).sum()
    y.register_hook(fail)
    see(lambda: y.backward())
    see(torch.is_grad_enabled())
