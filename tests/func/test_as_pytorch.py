"""What transforms return and refuse, and the random numbers that a mapped function draws: PyTorch run beside."""

import pytest
import torch as pytorch

import jaxtorch
from tests.func.test_func import assert_same, plain

#: of x (2, 3), y (2, 3) of ones, r (3,)
DIMENSIONS = {
    "a float": "vmap(twice, in_dims=(0.5,))(x)",
    "text": "vmap(twice, in_dims='a')(x)",
    "none": "vmap(twice, in_dims=None)(x)",
    "nothing mapped": "vmap(twice, in_dims=(None,))(x)",
    "a list": "vmap(times, in_dims=[0, 0])(x, y)",
    "too few": "vmap(times, in_dims=(0,))(x, y)",
    "deeper": "vmap(times, in_dims=((0, 0), 0))(x, y)",
    "in a dict": "vmap(lambda d: d['a'] * 2, in_dims=({'a': 1},))({'a': x})",
    "another dict": "vmap(lambda d: d['a'], in_dims=({'b': 0},))({'a': x})",
    "out of range": "vmap(twice, in_dims=5)(x)",
    "negative": "vmap(twice, in_dims=-1)(x)",
    "below range": "vmap(twice, in_dims=-3)(x)",
    "a number mapped": "vmap(times)(x, 2)",
    "a number": "vmap(times, in_dims=(0, None))(x, 2)",
    "sizes": "vmap(times)(x, torch.ones(3, 3))",
    "sizes of dimensions": "vmap(times, in_dims=(0, 1))(x, y)",
    "out: text": "vmap(twice, out_dims='a')(x)",
    "out: a float": "vmap(twice, out_dims=0.5)(x)",
    "out: too many": "vmap(twice, out_dims=(0, 0))(x)",
    "out: too few": "vmap(lambda a: (a, a), out_dims=(0,))(x)",
    "out: each": "vmap(lambda a: (a, a), out_dims=(0, 1))(x)",
    "out: a single one": "vmap(twice, out_dims=(1,))(x)",
    "out: in a dict": "vmap(lambda a: {'a': a, 'b': a}, out_dims={'a': 0, 'b': 1})(x)",
    "out: out of range": "vmap(twice, out_dims=4)(x)",
    "out: negative": "vmap(twice, out_dims=-1)(x)",
    "out: below range": "vmap(twice, out_dims=-4)(x)",
    "out: none of a mapped one": "vmap(twice, out_dims=None)(x)",
    "out: none": "vmap(lambda a: torch.ones(2), out_dims=None)(x)",
    "out: chunks": "vmap(lambda a: (a, a * 2), out_dims=(0, 1), chunk_size=1)(x)",
    "out: a number": "vmap(lambda a: (a, 2.0))(x)",
    "out: nothing": "vmap(lambda a: None)(x)",
}
DERIVATIVES = {
    "jacfwd of a dict": "func.jacfwd(lambda d: d['a'] * d['b'].sin())({'a': r, 'b': r + 1})",
    "jacfwd to a dict": "func.jacfwd(lambda a, b: {'s': a * b, 't': a.sum()}, argnums=(0, 1))(r, r + 1)",
    "jacfwd aux": "func.jacfwd(lambda a: (a * a, a.sum()), has_aux=True)(r)",
    "jacfwd of numbers": "func.jacfwd(twice)(2.0)",
    "jacfwd, the same numbers": "func.jacfwd(lambda a: a * torch.rand(3), randomness='same')(r)",
    "jacfwd, different numbers": "func.jacfwd(lambda a: a * torch.rand(3), randomness='different')(r)",
    "jacfwd, no numbers": "func.jacfwd(lambda a: a * torch.rand(3))(r)",
    "jacfwd randomness": "func.jacfwd(twice, randomness='bad')(r)",
    "jacrev in chunks": "func.jacrev(lambda a: a * a, chunk_size=2)(r)",
    "jacrev of no chunks": "func.jacrev(twice, chunk_size=0)(r)",
    "jacrev of a number": "func.jacrev(lambda a: 2.0)(r)",
    "argnums: text": "func.jacfwd(times, argnums='a')(r, r)",
    "argnums: none": "func.jacrev(times, argnums=())(r, r)",
    "argnums: twice": "func.jacrev(times, argnums=(0, 0))(r, r)",
    "grad of ints": "func.grad(lambda a: a.sum())(torch.tensor([1, 2]))",
    "grad by a number": "func.grad(twice)(1.0)",
    "grad by a list of numbers": "func.grad(lambda a: a[0])([1.0])",
    "vjp by a number": "func.vjp(twice, 1.0)",
    "jacrev by a number": "func.jacrev(twice)(1.0)",
    "vjp of a number": "func.vjp(lambda a: 2.0, x)",
    "vjp without aux": "func.vjp(lambda a: a, x, has_aux=True)",
    "jvp: no tuple": "func.jvp(twice, x, (x,))",
    "jvp: no tuple of directions": "func.jvp(twice, (x,), x)",
    "jvp: structures": "func.jvp(twice, (x,), (x, x))",
    "jvp: shapes": "func.jvp(twice, (x,), (x[0],))",
    "jvp: numbers": "func.jvp(twice, (2.0,), (1.0,))",
    "jvp: nothing": "func.jvp(lambda: x, (), ())",
    "jvp without aux": "func.jvp(twice, (x,), (x,), has_aux=True)",
    "jvp of one that another needs not": "func.jvp(lambda a: (a * a, a.sum()), (r,), (r,))",
    "linearize": "(lambda found: (found[0], found[1](y), found[1](x)))(func.linearize(torch.sin, x))",
    "linearize of trees": "(lambda found: (found[0], found[1]({'a': y}, x)))"
    "(func.linearize(lambda d, b: {'s': d['a'] * b, 't': b.sum()}, {'a': x}, y))",
    "functional: a tuple of one": "torch.autograd.functional.vjp(lambda a: a**2, r, (r,))",
    "functional: tuples": "torch.autograd.functional.hvp(lambda a, b: (a**2 * b).sum(), (r, r), r)",
    "functional: two of one": "torch.autograd.functional.jvp(lambda a: a**2, r, (r, r))",
    "functional: no graph forward": "torch.autograd.functional.jacobian(torch.sin, r, create_graph=True, "
    "strategy='forward-mode', vectorize=True)",
    "jvp in grad": "func.grad(lambda a: func.jvp(lambda b: b**3, (a,), (r,))[1].sum())(r)",
    "jvp in jvp": "func.jvp(lambda a: func.jvp(lambda b: b**3, (a,), (r,))[1], (r,), (r + 1,))",
    "vjp in vjp": "func.vjp(lambda a: func.vjp(lambda b: b**3, a)[1](r)[0], r)[1](r + 1)",
    "linearize: structures": "func.linearize(torch.sin, x)[1](y, y)",
    "linearize: shapes": "func.linearize(torch.sin, x)[1](y[0])",
    "linearize: dtypes": "func.linearize(torch.sin, x)[1](y.float())",
    "linearize: mapped": "vmap(func.linearize(torch.sin, r)[1])(torch.eye(3, dtype=torch.float64))",
    "functionalize": "func.functionalize(lambda a: a.clone().add_(1).t(), remove='mutations_and_views')(x)",
    "functionalize: what": "func.functionalize(twice, remove='x')(x)",
    "debug_unwrap": "func.debug_unwrap(x)",
    "statistics of the batch": "func.replace_all_batch_norm_modules_(torch.nn.Sequential("
    "torch.nn.BatchNorm1d(3), torch.nn.ReLU())).double().eval()(x)",
}


def run(lib, program: str):
    lib.manual_seed(0)
    x, y = lib.arange(6.0, dtype=lib.float64).reshape(2, 3), lib.ones(2, 3, dtype=lib.float64)
    names = {"torch": lib, "func": lib.func, "vmap": lib.vmap, "x": x, "y": y, "r": x[1] + 0}

    def twice(a):
        return a * 2

    def times(a, b):
        return a * b

    try:
        return plain(eval(program, {**names, "twice": twice, "times": times}))
    except (RuntimeError, ValueError, TypeError, IndexError, AttributeError) as e:
        return type(e).__name__, str(e).partition("\nException raised")[0]


@pytest.mark.filterwarnings("ignore:Attempted to insert a get_attr Node")
@pytest.mark.parametrize("name", [*DIMENSIONS, *DERIVATIVES])
def test_programs(name):
    program = (DIMENSIONS | DERIVATIVES)[name]
    assert_same(run(jaxtorch, program), run(pytorch, program))


#: how one (with a weight of ones, a bias of zeros) and tied (two modules of one weight) are called
CALLS = {
    "a name of no use": "call(one, {**own, 'foo': r}, (x,))",
    "a name of no use deeper": "call(one, {**own, '0.foo': r}, (x,))",
    "an attribute for the time being": "call(Scaled(), {'scale': r}, (r,)), hasattr(Scaled(), 'scale')",
    "no such module": "call(one, {'9.weight': r}, (x,))",
    "no module": "call(one, {'0.weight.x': r}, (x,))",
    "no tensor there": "call(one, {'0.in_features': r}, (x,))",
    "no tensor given": "call(one, {'0.weight': 3}, (x,))",
    "no name": "call(one, {'': r}, (x,))",
    "strict": "call(one, {'foo': r}, (x,), strict=True)",
    "a number": "call(one, 3, (x,))",
    "a list of numbers": "call(one, [3], (x,))",
    "two dicts of one name": "call(one, [own, own], (x,))",
    "tied": "call(tied, {'0.weight': torch.eye(3)}, (x,))",
    "tied, untied": "call(tied, {'0.weight': torch.eye(3)}, (x,), tie_weights=False)",
    "tied, two values": "call(tied, {'0.weight': torch.eye(3), '1.weight': torch.ones(3, 3)}, (x,))",
}


@pytest.mark.parametrize("name", CALLS)
def test_functional_call(name):
    def called(lib):
        class Scaled(lib.nn.Module):
            def forward(self, x):
                return x * self.scale

        one = lib.nn.Sequential(lib.nn.Linear(3, 3))
        tied = lib.nn.Sequential(lib.nn.Linear(3, 3, bias=False), lib.nn.Linear(3, 3, bias=False))
        for module in (one, tied):
            for p in module.parameters():
                p.data.fill_(float(p.ndim - 1))
        tied[1].weight = tied[0].weight
        names = {"torch": lib, "call": lib.func.functional_call, "one": one, "tied": tied, "Scaled": Scaled,
                 "own": dict(one.named_parameters()), "x": lib.arange(6.0).reshape(2, 3), "r": lib.ones(3)}  # fmt: skip
        try:
            return plain(eval(CALLS[name], names)), sorted(one[0].__dict__["_parameters"]), "foo" in vars(one)
        except (RuntimeError, ValueError, TypeError, AttributeError, KeyError) as e:
            return type(e).__name__, str(e)

    assert_same(called(jaxtorch), called(pytorch))


#: of an example a (4,) of three
DRAWS = {
    "rand": "torch.rand(4)",
    "two": "torch.rand(2), torch.randn(20)",
    "like": "torch.randn_like(a)",
    "like, from outside": "torch.rand_like(torch.zeros(4))",
    "integers": "torch.randint(0, 10, (4,))",
    "permutations": "torch.randperm(4)",
    "normal": "torch.normal(0.0, 2.0, (4,))",
    "dropout": "F.dropout(a + 1, 0.5)",
    "alpha dropout": "F.alpha_dropout(a + 1, 0.5, True)",
    "in place": "a.clone().uniform_()",
    "exponential": "(a * 1).exponential_()",
    "chances of all": "torch.bernoulli(torch.full((4,), 0.5))",
    "mapped twice": "vmap(lambda b: torch.rand(2) + b, randomness='different')(a)",
    "mapped twice, the same": "vmap(lambda b: torch.rand(2) + b, randomness='same')(a)",
}


def drawn(lib, draw: str, **how):
    lib.manual_seed(0)
    x = lib.zeros(3, 4)
    f = eval(f"lambda a: ({draw})", {"torch": lib, "F": lib.nn.functional, "vmap": lib.vmap})
    try:
        found = lib.vmap(f, **how)(x)
    except RuntimeError as e:
        return str(e)
    found = found if isinstance(found, tuple) else (found,)
    return [(list(t.shape), t.tolist()) for t in found], lib.rand(2).tolist()


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("how", ["same", "different", "error"])
def test_draws(draw, how):
    expected, found = [drawn(lib, DRAWS[draw], randomness=how) for lib in (pytorch, jaxtorch)]
    if how == "error":
        assert "randomness error mode" in found
    assert_close(found, expected)


def assert_close(a, b):
    if isinstance(a, float):
        assert a == pytest.approx(b, rel=1e-6)
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for p, q in zip(a, b, strict=True):
            assert_close(p, q)
    else:
        assert a == b


@pytest.mark.parametrize("how", ["same", "different"])
def test_draws_in_chunks(how):
    expected, found = [drawn(lib, "torch.rand(3)", randomness=how, chunk_size=2) for lib in (pytorch, jaxtorch)]
    assert_close(found, expected)


@pytest.mark.parametrize("draw", ["chances", "normal_of"])
def test_draws_of_parameters_that_are_mapped(draw):
    program = {"chances": "torch.bernoulli(a + 0.5)", "normal_of": "torch.normal(a, 1.0)"}[draw]
    expected, found = [drawn(lib, program, randomness="different") for lib in (pytorch, jaxtorch)]
    assert_close(found, expected)


def test_draws_are_made_anew_in_compiled_functions():
    def f(x):
        return jaxtorch.vmap(lambda a: a + jaxtorch.nn.functional.dropout(a + 1, 0.5), randomness="different")(x)

    fast, x = jaxtorch.compile(f, fullgraph=True), jaxtorch.zeros(3, 4)
    jaxtorch.manual_seed(0)
    expected = [f(x).tolist() for _ in range(3)]
    jaxtorch.manual_seed(0)
    assert [fast(x).tolist() for _ in range(3)] == expected
    assert expected[0] != expected[1]
    jaxtorch.compiler.assert_recordings(fast, 1)


def test_gradients_flow_through_draws():
    def program(lib):
        lib.manual_seed(0)
        x = lib.ones(3, 4, requires_grad=True)
        lib.vmap(lambda a: (lib.nn.functional.dropout(a, 0.5) ** 2).sum(), randomness="different")(x).sum().backward()
        return x.grad.tolist()

    assert program(jaxtorch) == program(pytorch)


def test_linearize_in_grad():
    func, r = jaxtorch.func, jaxtorch.arange(3.0)  # PyTorch's returns memory that was never written
    found = func.grad(lambda a: func.linearize(lambda b: b**3, a)[1](r).sum())(r)
    assert (found.requires_grad, found.tolist()) == (False, [0, 6, 24])
