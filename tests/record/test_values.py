"""Python values that decide what a compiled function does: each is looked at before a recording stands for a call."""

import dataclasses
import functools
import os
import types

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import nn

from .scenes import Scenes, check, leaf, ones, training

scenes = Scenes()
factor = 1.0


def scaled(x):
    return x * factor


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x):
        return self.layer(x) * factor


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * factor

    @staticmethod
    def backward(ctx, g):
        return g * 5 * factor


def with_factors(f, *args):
    """What ``f(*args)`` gives while the global is 1, 3 and 1."""
    global factor
    out = [f(*args)]
    factor = 3.0
    try:
        out.append(f(*args))
    finally:
        factor = 1.0
    return [*out, f(*args)]


@scenes(recordings=2)
def a_global(compile):
    return with_factors(compile(lambda x: scaled(x)), ones(2))


@scenes(recordings=2)
def a_global_in_the_forward_of_a_module(compile):
    torch.manual_seed(0)
    model = Net()
    return with_factors(compile(lambda x: model(x).detach()), ones(1, 3))


@scenes(recordings=2)
def a_global_in_a_compiled_module(compile):
    torch.manual_seed(0)
    return with_factors(compile(Net()), ones(1, 3))


@scenes(recordings=2)
def a_global_in_a_custom_function(compile):
    def f(x):
        y = Scale.apply(x)
        return y.detach(), torch.autograd.grad(y.sum(), x)

    return with_factors(compile(f), leaf())


@scenes(recordings=3)
def the_type_of_a_number(compile):
    k = 1
    f = compile(lambda x: x * k)
    out = []
    for k in (1, 1.0, True):  # noqa: B007
        out.append(f(ones(2, dtype=torch.int64)))
    return out


@scenes()
def the_sign_of_zero(compile):
    f = compile(lambda x, k: x * k)
    return [torch.signbit(f(ones(1), k)) for k in (0.0, -0.0, 0.0)]


@scenes(recordings=1)
def a_global_named_as_a_method(compile):
    global step
    f = compile(training()[2])
    out = []
    for step in range(4):  # noqa: B007
        out.append(f(ones(2, 3)))
    return out


@scenes(recordings=3)
def containers_in_containers(compile):
    d = {"a": {"scale": 2.0}, "l": [1.0, [2.0]]}
    f = compile(lambda x: x * d["a"]["scale"] + d["l"][1][0])
    out = [f(ones(2))]
    d["a"]["scale"] = 7.0
    out.append(f(ones(2)))
    d["l"][1][0] = 9.0
    return [*out, f(ones(2))]


@scenes(recordings=3)
def the_settings_of_a_module(compile):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.settings = types.SimpleNamespace(scale=2.0, inner=types.SimpleNamespace(shift=1.0))

        def forward(self, x):
            return x * self.settings.scale + self.settings.inner.shift

    model = Model()
    f = compile(model)
    out = [f(ones(2))]
    model.settings.scale = 5.0
    out.append(f(ones(2)))
    model.settings.inner.shift = 9.0
    return [*out, f(ones(2))]


@scenes(recordings=2)
def what_a_property_reads(compile):
    class K:
        def __init__(self):
            self._n = 1.0

        @property
        def n(self):
            return self._n

    k = K()
    f = compile(lambda x: x * k.n)
    out = [f(ones(1))]
    k._n = 4.0
    return [*out, f(ones(1))]


@scenes(recordings=2)
def an_attribute_of_a_class(compile):
    class K:
        n = 1.0

    k = K()
    of_object, of_class = compile(lambda x: x * k.n), compile(lambda x: x * K.n)
    out = [of_object(ones(1)), of_class(ones(1))]
    K.n = 4.0
    return [*out, of_object(ones(1)), of_class(ones(1))]


@scenes(recordings=2)
def an_attribute_that_is_deleted(compile):
    class K:
        n = 1.0

    k = K()
    k.n = 3.0
    f = compile(lambda x: x * k.n)
    out = [f(ones(1))]
    del k.n
    return [*out, f(ones(1))]


@scenes(recordings=2)
def an_object_with_slots(compile):
    class K:
        __slots__ = ("n",)

    k = K()
    k.n = 1.0
    f = compile(lambda x: x * k.n)
    out = [f(ones(1))]
    k.n = 4.0
    return [*out, f(ones(1))]


@scenes(recordings=2)
def an_attribute_named_by_a_text(compile):
    k = types.SimpleNamespace(n=1.0)
    f = compile(lambda x: x * getattr(k, "n"))  # noqa: B009
    out = [f(ones(1))]
    k.n = 4.0
    return [*out, f(ones(1))]


@scenes(recordings=2)
def an_attribute_of_a_function(compile):
    def f(x):
        return x * f.n

    f.n = 1.0
    g = compile(f)
    out = [g(ones(1))]
    f.n = 3.0
    return [*out, g(ones(1))]


@scenes(recordings=2)
def the_variable_of_an_enclosing_function_of_a_method(compile):
    k = 1.0

    class Model(nn.Module):
        def forward(self, x):
            return x * k

    f = compile(Model())
    out = [f(ones(1))]
    k = 3.0
    return [*out, f(ones(1))]


@scenes(recordings=2)
def the_variable_of_an_inner_function(compile):
    k = 2.0

    def outer(x):
        def inner(y):
            return y * k

        return inner(x) + 1

    f = compile(outer)
    out = [f(ones(1))]
    k = 7.0
    return [*out, f(ones(1))]


@scenes(recordings=3)
def decorators(compile):
    k = [2.0, 1.0]

    def decorate(f):
        @functools.wraps(f)
        def wrapper(x):
            return f(x) * k[0]

        return wrapper

    @torch.no_grad()
    @decorate
    def f(x):
        return x + k[1]

    g = compile(f)
    out = [g(ones(1))]
    k[0] = 7.0
    out.append(g(ones(1)))
    k[1] = 8.0
    return [*out, g(ones(1))]


@scenes(recordings=2)
def what_a_partial_holds(compile):
    sizes = [2.0]
    g = functools.partial(lambda l, x: x * l[0], sizes)
    f = compile(lambda x: g(x))
    out = [f(ones(1))]
    sizes[0] = 5.0
    return [*out, f(ones(1))]


@scenes(recordings=2)
def what_a_generator_reads(compile):
    n = [3]

    def numbers():
        yield from range(n[0])

    f = compile(lambda x: sum(x * i for i in numbers()))
    out = [f(ones(1))]
    n[0] = 5
    return [*out, f(ones(1))]


@scenes(recordings=3)
def methods_put_in_the_place_of_others(compile):
    class Model(nn.Module):
        def forward(self, x):
            return self.act(x)

        def act(self, x):
            return x * 2

    model = Model()
    f = compile(model)
    out = [f(ones(1))]
    Model.act = lambda self, x: x * 5
    out.append(f(ones(1)))
    model.act = lambda x: x * 9
    return [*out, f(ones(1))]


@scenes(recordings=2)
def a_function_of_this_package_put_in_the_place_of_another(compile):
    import jaxtorch.nn.functional as F

    f = compile(lambda x: F.relu(x))
    out, before = [f(-ones(1))], F.relu
    try:
        F.relu = lambda x: x * 4
        out.append(f(-ones(1)))
    finally:
        F.relu = before
    return out


@scenes(recordings=2)
def the_environment(compile):
    os.environ["JAXTORCH_SCENE"] = "1"
    f = compile(lambda x: x * float(os.environ["JAXTORCH_SCENE"]))
    out = [f(ones(1))]
    os.environ["JAXTORCH_SCENE"] = "5"
    out.append(f(ones(1)))
    del os.environ["JAXTORCH_SCENE"]
    return out


@scenes(recordings=2)
def the_default_dtype(compile):
    f = compile(lambda x: torch.ones(2) * x.to(torch.int64).sum())
    out = [f(ones(1))]
    torch.set_default_dtype(torch.float64)
    try:
        return [*out, f(ones(1, dtype=torch.float32))]
    finally:
        torch.set_default_dtype(torch.float32)


@scenes(recordings=2)
def numpy_values(compile):
    a = np.zeros(2, np.float32)
    f = compile(lambda x: x + torch.tensor(a) + float(a[0]) + torch.from_numpy(a))
    out = [f(ones(2))]
    a[:] = 5
    return [*out, f(ones(2))]


@scenes(recordings=4)
def defaults_and_keywords(compile):
    def g(x, scale=2, *, shift=1):
        return x * scale + shift

    f = compile(g)
    return [f(ones(1)), f(ones(1), 3), f(x=ones(1), shift=5), f(ones(1), scale=3)]


@scenes(recordings=3)
def an_object_as_argument(compile):
    f = compile(lambda b: b.x * 2)
    return [f(Held(ones(1) * i)) for i in range(3)]


class Held:
    def __init__(self, x):
        self.x = x


@scenes()
def a_random_generator_as_argument(compile):
    f = compile(lambda g: torch.rand(2, generator=g))
    g, h = torch.Generator().manual_seed(1), torch.Generator().manual_seed(1)
    return [f(g), f(g), f(h), f(h)]


@scenes()
def what_was_made_of_numbers_may_be_read(compile):
    def g(x):
        t = torch.tensor([1, 2, 3])
        return x * sum(t.tolist()) + x[t[0]]

    f = compile(g)
    return [f(ones(2)) for _ in range(2)]


@scenes(recordings=1)
def forgetting_all(compile):
    f = compile(training()[2])
    out = [f(ones(2, 3)), f(ones(2, 3))]
    torch.compiler.reset()
    return [*out, f(ones(2, 3)), f(ones(2, 3))]


@pytest.mark.parametrize(("scene", "recordings", "breaks"), scenes.found)
def test_values(scene, recordings, breaks):
    check(scene, recordings, breaks)


@dataclasses.dataclass
class Batch:
    x: object


@pytest.mark.parametrize(
    ("argument", "why"), [(Batch(1), "cannot be compared"), (np.ones(2, np.float32), "is a NumPy array")]
)
def test_arguments_that_cannot_be_told_apart(argument, why):
    f = torch.compile(lambda b: torch.ones(1) * getattr(b, "x", 2))
    with pytest.warns(UserWarning, match=why):
        assert f(argument).item() in (1, 2)
    with pytest.raises(RuntimeError, match=why):
        torch.compile(lambda b: b, fullgraph=True)(argument)
