"""__torch_function__: overriding classes, subclasses that stay themselves, and modes."""

from __future__ import annotations

from tests.compared import compared


def name_of(func):
    return getattr(func, "__name__", str(func))


@compared
def test_a_class_of_its_own(torch, see):
    class Meters:
        def __init__(self, value):
            self.value = value

        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            see([name_of(func), sorted(t.__name__ for t in types), len(args), sorted(kwargs or {})])
            if func is torch.mean:
                return Meters(sum(args[0].value) / 3)
            return NotImplemented

    m = Meters([1.0, 2.0, 3.0])
    see(torch.mean(m).value)
    see(lambda: torch.add(m, 1))
    see(lambda: torch.sum(m, dim=0))
    see(lambda: torch.tensor([1.0]) + m)
    see(lambda: torch.stack([torch.ones(1), m]))
    see(lambda: torch.nn.functional.relu(m))


@compared
def test_subclasses_stay_themselves(torch, see):
    class Special(torch.Tensor):
        pass

    t = torch.tensor([1.0, 4.0]).as_subclass(Special)
    kind = lambda x: type(x).__name__  # noqa: E731
    see([kind(t + 1), kind(1 + t), kind(t.sum()), kind(torch.sqrt(t)), kind(t[0]), kind(t.view(2, 1))])
    see([kind(torch.ones(2) + t), kind(t + torch.ones(2)), kind(t.max(0)[0]), kind(t.clone())])
    see([kind(t.detach()), kind(t.data), kind(t.double()), kind(t.to(torch.float64)), kind(t > 2)])
    see([kind(x) for x in t.split(1)])
    see([kind(x) for x in t.unbind()])
    see([kind(torch.cat([t, t])), kind(torch.stack([t])), kind(torch.zeros_like(t)), kind(t.new_ones(2))])
    see([kind(t.shape), kind(t.tolist()), kind(t.size()), kind(t[0].item()), kind(t.numpy())])
    see([kind(t.add_(1)), kind(t.mul_(2)), kind(t.t()), kind(t.T), kind(t.requires_grad_())])
    see(repr(t))
    y = (t * 2).sum()
    see(kind(y))
    y.backward()
    see([kind(t.grad), t.grad.tolist()])
    see(kind(torch.nn.functional.relu(t)))
    see(kind(torch.nn.Linear(2, 1)(t)))
    see(isinstance(t, torch.Tensor))


@compared
def test_two_subclasses(torch, see):
    class A(torch.Tensor):
        pass

    class B(A):
        pass

    class C(torch.Tensor):
        pass

    a, b, c = (torch.ones(1).as_subclass(k) for k in (A, B, C))
    kind = lambda x: type(x).__name__  # noqa: E731
    see([kind(a + b), kind(b + a)])
    see(lambda: kind(a + c))


@compared
def test_overriding_subclass(torch, see):
    log = []

    class Logged(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            log.append(name_of(func))
            return super().__torch_function__(func, types, args, kwargs or {})

    t = torch.tensor([1.0, 2.0]).as_subclass(Logged)
    log.clear()
    y = torch.exp(t) * 2
    see(type(y).__name__)
    y.sum()
    y.add_(1)
    torch.cat([y, t])
    y[0]
    y.view(1, 2)
    y.to(torch.float64)
    see([n for n in log if not n.startswith("__")])
    log.clear()
    y.shape  # noqa: B018
    y.dtype  # noqa: B018
    y.grad  # noqa: B018
    y.requires_grad  # noqa: B018
    see(len(log) >= 0)


@compared
def test_wrapping(torch, see):
    class Wrapper:
        def __init__(self, data):
            self.data = data

        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            unwrap = lambda x: x.data if isinstance(x, Wrapper) else x  # noqa: E731
            return Wrapper(func(*map(unwrap, args), **(kwargs or {})))

    w = Wrapper(torch.tensor([1.0, 4.0]))
    see(torch.sqrt(w).data)
    see(torch.add(w, 1, alpha=2).data)
    see(torch.add(torch.ones(2), w).data)
    see((torch.ones(2) * w).data)
    see(torch.sum(w, dim=0, keepdim=True).data)
    see(torch.nn.functional.softmax(w, dim=0).data)
    see(torch.where(torch.tensor([True, False]), w, 0.0).data)


@compared
def test_disabled(torch, see):
    class Plain(torch.Tensor):
        __torch_function__ = torch._C._disabled_torch_function_impl

    t = torch.ones(2).as_subclass(Plain)
    see([type(t + 1).__name__, type(t.clone()).__name__, type(t).__name__])
    p = torch.nn.Parameter(torch.ones(2))
    see([type(p + 1).__name__, type(p.clone()).__name__, type(p.detach()).__name__, type(p.data).__name__])


@compared
def test_modes(torch, see):
    log = []

    class Log(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            log.append(name_of(func))
            return func(*args, **(kwargs or {}))

    class Double(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            return out * 2 if func is torch.add else out

    x = torch.ones(2)
    with Log():
        y = torch.add(x, 1)
        torch.exp(y)
        y.sum()
        torch.zeros(2)
    see(log)
    log.clear()
    with Double(), Log():
        see(torch.add(x, 1))
    with Log(), Double():
        log.clear()
        torch.add(x, 1)
    see(log)
    log.clear()
    torch.add(x, 1)
    see(log)

    class Refuse(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            raise ValueError(name_of(func))

    def run():
        with Refuse():
            torch.add(x, 1)

    see(run)
    see(torch.add(x, 1))


@compared
def test_questions(torch, see):
    class Has:
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return "taken"

    overrides = torch.overrides
    see([overrides.is_tensor_like(x) for x in (torch.ones(1), Has(), 3, [torch.ones(1)])])
    see([overrides.has_torch_function((x,)) for x in (torch.ones(1), Has(), 3)])
    see(overrides.handle_torch_function(torch.add, (Has(),), Has(), 1))
    see(lambda: overrides.handle_torch_function(torch.add, (torch.ones(1),), torch.ones(1), 1))

    def mine(x, k=2):
        if overrides.has_torch_function((x,)):
            return overrides.handle_torch_function(mine, (x,), x, k=k)
        return k

    see([mine(Has()), mine(3)])


@compared
def test_as_subclass(torch, see):
    class Special(torch.Tensor):
        pass

    t = torch.arange(3.0)
    s = t.as_subclass(Special)
    s.add_(1)
    see(t)
    see([type(s).__name__, type(s.as_subclass(torch.Tensor)).__name__])
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).as_subclass(Special)
    see([y.requires_grad, y.grad_fn is not None])
    y.sum().backward()
    see(x.grad)
    see(lambda: t.as_subclass(int))
    see(lambda: torch.Tensor._make_subclass(Special, t, True).requires_grad)


@compared
def test_constructors_of_subclasses(torch, see):
    class Tagged(torch.Tensor):
        def __new__(cls, data, tag):
            self = torch.as_tensor(data).as_subclass(cls)
            self.tag = tag
            return self

    t = Tagged([1.0, 2.0], "x")
    see([type(t).__name__, t.tag, (t + 1).tolist()])
    see(hasattr(t + 1, "tag"))

    class Plain(torch.Tensor):
        pass

    see(type(Plain([1.0, 2.0])).__name__)
    see(Plain(2, 3).shape)
