"""What a run leaves changed in Python: such a run is not replayed, and none of it is dropped."""

import io
import logging
import os
import random
import sys
import time
from collections import defaultdict, deque

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import nn

from .scenes import Scenes, check, ones, training

scenes = Scenes()


def thrice(f, *args):
    return [f(*(args or (ones(1),))) for _ in range(4)]


@scenes(0, breaks="it changes l")
def a_list_of_an_enclosing_function(compile):
    l = []
    f = compile(lambda x: (l.append(1), x + len(l))[1])
    return [*thrice(f), l]


@scenes(0, breaks="it changes l")
def a_default(compile):
    def f(x, l=[]):  # noqa: B006
        l.append(3)
        return x + len(l)

    return thrice(compile(f))


@scenes(0, breaks="it changes d")
def a_number_in_a_dict_in_a_dict(compile):
    d = {"stats": {"n": 0}}

    def f(x):
        d["stats"]["n"] += 1
        return x * d["stats"]["n"]

    return [*thrice(compile(f)), d]


@scenes(0, breaks="it changes")
def other_containers(compile):
    queue, seen, meters = deque(maxlen=5), set(), defaultdict(list)

    def f(x):
        queue.append(1)
        seen.add(len(seen))
        meters["loss"].append(len(meters["loss"]))
        return x + len(queue) + 10 * len(seen) + 100 * len(meters["loss"])

    return [*thrice(compile(f)), list(queue), sorted(seen), dict(meters)]


@scenes(0, breaks="it changes n")
def a_variable_of_an_enclosing_function(compile):
    n = 0

    def f(x):
        nonlocal n
        n += 1
        return x * n

    return [*thrice(compile(f)), n]


@scenes(0, breaks="it changes HELD")
def a_global_tensor(compile):
    global HELD
    HELD = torch.zeros(2)

    def f(x):
        global HELD
        HELD = HELD + x
        return HELD * 2

    return [*thrice(compile(f), ones(2)), HELD]


@scenes(0, breaks="it changes")
def attributes_of_objects(compile):
    class Inner:
        def __init__(self):
            self.n = 0

        def tick(self):
            self.n += 1

    class Trainer:
        def __init__(self):
            self.inner, self.n, self.log = Inner(), 0, []

        def tick(self):
            self.n += 1
            self.log.append(self.n)
            self.inner.tick()

        def run(self, x):
            self.tick()
            return x * self.n + self.inner.n

    t = Trainer()
    return [*thrice(compile(t.run)), t.n, t.log, t.inner.n]


@scenes(0, breaks="it changes")
def an_object_that_is_called(compile):
    class K:
        n = 0

        def __call__(self, x):
            self.n += 1
            return x * self.n

    k = K()
    return [*thrice(compile(lambda x: k(x))), k.n]


@scenes(0, breaks="it changes")
def an_attribute_that_was_not_there(compile):
    class K:
        pass

    k = K()

    def f(x):
        k.n = getattr(k, "n", 0) + 1
        return x * k.n

    return [*thrice(compile(f)), k.n]


@scenes(0, breaks="it changes")
def a_meter_of_tensors(compile):
    class Meter:
        def __init__(self):
            self.total, self.items = 0, []

        def update(self, v):
            self.total = self.total + v
            self.items.append(1)

    meter = Meter()

    def f(x):
        y = x * 2
        meter.update(y.detach().sum())
        return y

    return [*thrice(compile(f)), meter.total, len(meter.items)]


@scenes(0, breaks="it changes")
def a_list_reached_through_a_call(compile):
    found = {"log": []}

    def log():
        return found["log"]

    def f(x):
        log().append(len(log()))
        return x + len(log())

    return [*thrice(compile(f)), found]


@scenes(0, breaks="the attribute calls of a module is set")
def an_attribute_of_a_module(compile):
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            return x * self.calls

    model = Counts()
    return [*thrice(compile(model)), model.calls]


@scenes(1)
def evaluation_in_between(compile):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))

    def evaluate(x):
        model.eval()
        y = model(x)
        model.train()
        return y

    evaluate = compile(evaluate)
    return [*[evaluate(ones(4, 2)) for _ in range(3)], model.training, model[2].training]


@scenes(1)
def evaluation_for_good(compile):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5))

    def evaluate(x):
        return model.eval()(x)

    evaluate = compile(evaluate)
    return [*[evaluate(ones(4, 2)) for _ in range(3)], model.training, model[1].training]


@scenes(0, breaks="the attribute hidden of a module is set")
def a_hidden_state(compile):
    class Carries(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.hidden = nn.RNNCell(2, 3), None

        def forward(self, x):
            hidden = torch.zeros(x.shape[0], 3) if self.hidden is None else self.hidden.detach()
            self.hidden = self.cell(x, hidden)
            return self.hidden

    torch.manual_seed(0)
    return thrice(compile(Carries()), ones(1, 2))


@scenes(1)
def a_buffer_that_is_counted_up(compile):
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("n", torch.zeros((), dtype=torch.int64))
            self.register_buffer("seen", torch.zeros(3, dtype=torch.int32))

        def forward(self, x):
            self.n += 1
            self.seen[self.n % 3] = self.n
            self.seen[self.n % 3, None] = self.n.double()
            return x * self.n

    model = Counts()
    return [*thrice(compile(model)), model.n, model.seen]


@scenes(0, breaks="a value is read")
def a_place_that_a_tensor_names_is_a_view(compile):
    h = torch.zeros(3)

    def f(i):
        row = h[i]
        row += 1
        return h * 2

    f = compile(f)
    return [f(torch.tensor(i)) for i in (0, 1, 1)]


@scenes(2)
def a_cache_is_filled_once(compile):
    class Positions(nn.Module):
        def __init__(self):
            super().__init__()
            self.cache = {}

        def forward(self, x):
            n = x.shape[-1]
            if n not in self.cache:
                self.cache[n] = torch.arange(float(n))
            return x * self.cache[n]

    model = Positions()
    f = compile(model)
    return [*thrice(f, ones(3)), *thrice(f, ones(5)), len(model.cache)]


@scenes(0, breaks="it changes b")
def a_dict_that_is_given(compile):
    def f(b):
        y = b.pop("y")
        b["z"] = y * 2
        return b["x"] + y

    f, out = compile(f), []
    for i in range(3):
        b = {"x": ones(1) * i, "y": ones(1)}
        out += [f(b), sorted(b)]
    return out


@scenes(0, breaks="it changes b")
def a_list_that_is_given(compile):
    def f(b):
        b.append(b[0] + 1)
        return b[0]

    f, out = compile(f), []
    for i in range(3):
        b = [ones(1) * i]
        out += [f(b), b]
    return out


@scenes(0, breaks="it changes a mode")
def a_mode(compile):
    def f(x):
        torch.set_grad_enabled(False)
        return x + 1

    f, out = compile(f), []
    for _ in range(3):
        f(ones(1))
        out.append(torch.is_grad_enabled())
        torch.set_grad_enabled(True)
    return out


@scenes(0, breaks="an iterator")
def an_iterator(compile):
    batches = iter([torch.tensor([float(i)]) for i in range(5)])
    f = compile(lambda: next(batches) * 2)
    return [f() for _ in range(4)]


@scenes(0, breaks="random numbers are drawn")
def the_random_numbers_of_python(compile):
    random.seed(0)
    return thrice(compile(lambda x: x * random.uniform(0, 1)))


@scenes(0, breaks="random state")
def the_random_numbers_of_numpy(compile):
    np.random.seed(0)
    return thrice(compile(lambda x: x * float(np.random.rand())))


@scenes(1)
def a_random_generator_made_inside(compile):
    return thrice(compile(lambda x: x * random.Random(3).random()))


@scenes(0, breaks="the time is read")
def the_time(compile):
    f = compile(lambda x: x * time.perf_counter())
    times = [f(ones(1, dtype=torch.float64)).item() for _ in range(3)]
    return [len(set(times))]


@scenes(0, breaks="random numbers are read")
def the_random_numbers_of_the_system(compile):
    f = compile(lambda x: x + int.from_bytes(os.urandom(2), "big"))
    return [len({f(ones(1)).item() for _ in range(5)}) > 1]


@scenes(0, breaks="printed")
def printing(compile):
    out, before = io.StringIO(), sys.stderr
    sys.stderr = out
    try:
        thrice(compile(lambda x: (print("a", file=sys.stderr), x + 1)[1]))
    finally:
        sys.stderr = before
    return [out.getvalue().count("a\n")]


@scenes(0, breaks="test_effects.py")
def logging_a_line(compile):
    logger, stream = logging.getLogger("scene"), io.StringIO()
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    logger.setLevel("INFO")
    logger.propagate = False

    def f(x):
        logger.info("hello")
        return x + 1

    thrice(compile(f))
    logger.removeHandler(handler)
    return [stream.getvalue().count("hello")]


@scenes(0, breaks="a file is")
def a_file(compile, tmp="/dev/null"):
    def f(x):
        with open(tmp, "w") as file:
            return x + file.write("x")

    return thrice(compile(f))


@scenes(1)
def text_that_is_put_together(compile):
    def f(x):
        text = io.StringIO()
        text.write("abc")
        return x * len(text.getvalue())

    return thrice(compile(f))


@pytest.mark.parametrize(("scene", "recordings", "breaks"), scenes.found)
def test_effects(scene, recordings, breaks):
    check(scene, recordings, breaks)


def test_an_exception_takes_everything_back():
    _, opt, step = training()
    fail = [False]

    @torch.compile
    def f(x):
        loss = step(torch.dropout(x, 0.5, True))
        if fail[0]:
            raise KeyError("in the middle")
        return loss

    f(ones(2, 3))
    before = [p.tolist() for p in opt.param_groups[0]["params"]], torch.get_rng_state().tolist()
    fail[0] = True
    with pytest.raises(KeyError):
        f(ones(2, 3))
    assert before == ([p.tolist() for p in opt.param_groups[0]["params"]], torch.get_rng_state().tolist())


@pytest.mark.parametrize("at", [0, 2])
def test_an_index_out_of_range_takes_everything_back(at):
    torch.manual_seed(0)
    table = nn.Embedding(4, 2)
    opt = torch.optim.Adam(table.parameters(), lr=0.1)

    @torch.compile(fullgraph=True)
    def step(i):
        opt.zero_grad()
        torch.dropout(table(i), 0.5, True).square().sum().backward()
        opt.step()

    for _ in range(at):
        step(torch.tensor([0, 1]))
    seen = [*table.parameters(), *[s for own in opt.state.values() for s in own.values()]]
    before = [t.tolist() for t in seen], [t._version for t in seen], torch.get_rng_state().tolist()
    with pytest.raises(IndexError, match="index out of range in self"):
        step(torch.tensor([0, 9]))
    assert before == ([t.tolist() for t in seen], [t._version for t in seen], torch.get_rng_state().tolist())
    step(torch.tensor([0, 1]))
    assert table.weight.tolist() != before[0][0]
