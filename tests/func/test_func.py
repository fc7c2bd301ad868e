"""torch.func gives what it gives in PyTorch."""

import warnings

import pytest
import torch as pytorch

import jaxtorch

with warnings.catch_warnings():  # PyTorch's own, when its forward mode is first used
    warnings.simplefilter("ignore")
    pytorch.func.jvp(pytorch.sin, (pytorch.ones(1),), (pytorch.ones(1),))

PROGRAMS = {
    "grad": "func.grad(lambda x: (x**3).sum())(x)",
    "grad of two arguments": "func.grad(lambda a, b: (a * b.exp()).sum(), argnums=(0, 1))(x, x + 1)",
    "grad with aux": "func.grad(lambda x: (x.sin().sum(), x + 1), has_aux=True)(x)",
    "grad of a dict": "func.grad(lambda p: (p['b'] * p['a']).sum())({'b': x, 'a': x + 2})",
    "grad three times": "func.grad(func.grad(func.grad(lambda x: x**5)))(x[0])",
    "grad_and_value": "func.grad_and_value(lambda x: x.abs().sum())(torch.tensor([0.0, -1.0]))",
    "grad of what is unused": "func.grad(lambda a, b: a.sum(), argnums=1)(x, x)",
    "vjp": "func.vjp(lambda x: (x.sin(), x.cos()), x)[1]((torch.ones(3), torch.ones(3)))",
    "vjp value": "func.vjp(lambda x: x * 2, x)[0]",
    "vjp of two": "func.vjp(lambda a, b: a @ b, X, x)[1](torch.ones(4))",
    "jvp": "func.jvp(lambda x: x.exp().sum(), (x,), (torch.ones(3),))",
    "jvp of two": "func.jvp(lambda a, b: (a * b, a + b), (x, x + 1), (torch.ones(3), x))",
    "jacrev": "func.jacrev(lambda x: x**2)(x)",
    "jacrev of two": "func.jacrev(lambda a, b: a @ b, argnums=(0, 1))(X, x)",
    "jacfwd": "func.jacfwd(lambda x: torch.stack([x.sum(), x.prod()]))(x)",
    "hessian": "func.hessian(lambda x: (x**3).sum() * x[0])(x)",
    "hessian by hand": "func.jacrev(func.grad(lambda x: (x**3).sum() * x[0]))(x)",
    "vmap": "func.vmap(torch.dot)(X, X + 1)",
    "vmap dims": "func.vmap(lambda a, b: a @ b, in_dims=(1, None), out_dims=-1)(X, X)",
    "vmap nested": "func.vmap(func.vmap(lambda a: a * 2 + 1))(X)",
    "vmap outer product": "func.vmap(lambda a: func.vmap(lambda b: a * b)(x))(x)",
    "vmap of a tree": "func.vmap(lambda t: {'z': t[0] + 1, 'a': t[1]})((X, X * 2))",
    "vmap by parts": "func.vmap(lambda a: a.cumsum(0), chunk_size=3)(X)",
    "vmap closed over": "func.vmap(lambda a: a * x)(X)",
    "gradients of examples": "func.vmap(func.grad(lambda w, a: (w * a).sin().sum()), in_dims=(None, 0))(x, X)",
    "abs at zero": "func.vmap(func.grad(lambda x: x.abs().sum()))(torch.tensor([[0.0, 1.0], [-1.0, 0.0]]))",
    "vmap of indexing": "func.vmap(lambda row, i: row[i])(X, torch.tensor([0, 2, 1, 0]))",
    "vmap of where": "func.vmap(lambda a: torch.where(a > 0, a, -a).max(dim=0))(X)[0]",
    "refuses: scalars": "func.vmap(lambda x: x)(torch.tensor(1.0))",
    "refuses: random": "func.vmap(torch.rand_like)(x)",
    "refuses: no inputs": "func.vmap(lambda: 1)()",
    "refuses: vectors": "func.grad(lambda x: x)(x)",
    "refuses: argnum": "func.grad(lambda x: x.sum(), argnums=2)(x)",
    "refuses: randomness": "func.vmap(lambda x: x, randomness='some')(x)",
    "refuses: chunk": "func.vmap(lambda x: x, chunk_size=0)(x)",
}


def run(lib, program):
    lib.manual_seed(0)
    x, X = lib.randn(3, dtype=lib.float64), lib.randn(4, 3, dtype=lib.float64)  # noqa: N806
    try:
        found = eval(program, {"torch": lib, "func": lib.func, "x": x, "X": X})
    except (RuntimeError, ValueError, TypeError) as e:
        return type(e).__name__, str(e).partition(". ")[0]
    return plain(found)


def plain(found):
    if isinstance(found, (pytorch.Tensor, jaxtorch.Tensor)):
        return str(found.dtype), list(found.shape), found.requires_grad, found.detach().tolist()
    if isinstance(found, dict):
        return [(k, plain(v)) for k, v in found.items()]
    return [plain(v) for v in found]


def assert_same(a, b):
    if isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for p, q in zip(a, b, strict=True):
            assert_same(p, q)
    elif isinstance(a, float):
        assert a == pytest.approx(b, rel=1e-9, abs=1e-12)
    else:
        assert a == b


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs(program):
    assert_same(run(jaxtorch, PROGRAMS[program]), run(pytorch, PROGRAMS[program]))


def test_gradients_flow_through_vmap():
    for lib in (pytorch, jaxtorch):
        lib.manual_seed(0)
        model = lib.nn.Linear(3, 2)
        x = lib.randn(4, 3, requires_grad=True)
        y = lib.func.vmap(lambda row, model=model: (model(row) ** 2).sum())(x)
        (g,) = lib.autograd.grad(y.sum(), x, create_graph=True)
        (g**2).sum().backward()
        found = [y.tolist(), g.tolist(), x.grad.tolist(), model.weight.grad.tolist()]
        if lib is pytorch:
            expected = found
    for a, b in zip(found, expected, strict=True):
        assert pytorch.allclose(pytorch.tensor(a), pytorch.tensor(b), rtol=1e-5)


def test_ensembles():
    shapes = []
    for lib in (pytorch, jaxtorch):
        lib.manual_seed(0)
        models = [lib.nn.Linear(3, 2) for _ in range(3)]
        params, buffers = lib.func.stack_module_state(models)
        x = lib.randn(5, 3)

        def call(p, b, x, lib=lib, models=models):
            return lib.func.functional_call(models[0], (p, b), (x,))

        out = lib.func.vmap(call, in_dims=(0, 0, None))(params, buffers, x)
        shapes.append(([(k, list(v.shape), v.requires_grad) for k, v in params.items()], out.detach()))
    assert shapes[0][0] == shapes[1][0]
    assert pytorch.allclose(shapes[0][1], pytorch.tensor(shapes[1][1].tolist()), rtol=1e-5)


def test_pulling_makes_a_graph_if_asked_to():
    seen = []
    for lib in (pytorch, jaxtorch):
        w = lib.tensor([2.0], requires_grad=True)
        _, pull = lib.func.vjp(lambda x, w=w: w * x * x, lib.tensor([3.0]))
        with lib.no_grad():
            (silent,) = pull(lib.ones(1))
            (asked,) = pull(lib.ones(1), create_graph=True)
        (usual,) = pull(lib.ones(1))
        (refused,) = pull(lib.ones(1), create_graph=False)
        seen.append([(g.item(), g.requires_grad) for g in (silent, asked, usual, refused)])
    assert seen[0] == seen[1]


@pytest.mark.parametrize("case", ["independent", "closure", "number", "integer", "chunk"])
def test_refusals(case):
    texts = []
    for lib in (pytorch, jaxtorch):
        x, w = lib.ones(2), lib.ones(2, requires_grad=True)
        calls = {
            "independent": lambda x=x, lib=lib: lib.func.jvp(lambda x: lib.ones(2), (x,), (x,), strict=True),
            "closure": lambda x=x, w=w, lib=lib: lib.func.jvp(lambda x: w * 2, (x,), (x,), strict=True),
            "number": lambda x=x, lib=lib: lib.func.jvp(lambda x: (x, 3), (x,), (x,)),
            "integer": lambda x=x, lib=lib: lib.func.vjp(lambda x: x.long(), x),
            "chunk": lambda lib=lib: lib.func.jacrev(lib.sin, chunk_size=0),
        }
        with pytest.raises((RuntimeError, ValueError)) as caught:
            calls[case]()
        texts.append((caught.type, str(caught.value)))
    assert texts[0] == texts[1]


def test_inside_compile():
    @jaxtorch.compile(fullgraph=True)
    def f(w, x):
        return jaxtorch.func.vmap(jaxtorch.func.grad(lambda w, row: (w * row).sin().sum()), in_dims=(None, 0))(w, x)

    w = jaxtorch.tensor([1.0, 2.0])
    for n in (1.0, 2.0):
        x = jaxtorch.full((3, 2), n)
        expected = (x * (w * x).cos()).tolist()
        for row, wanted in zip(f(w, x).tolist(), expected, strict=True):
            assert row == pytest.approx(wanted, rel=1e-5)
    jaxtorch.compiler.assert_recordings(f, 1)


def test_values_read_inside_name_the_transform():
    with pytest.raises(RuntimeError, match=r"test_func.py:\d+: a value is read, which vmap cannot do"):
        jaxtorch.func.vmap(lambda x: x * x.item())(jaxtorch.ones(3))
