"""torch.overrides: which functions can be overridden, and their names."""

import importlib
import inspect

import jaxtorch

from ..compared import compared


@compared
def test_names(torch, see):
    o = importlib.import_module(torch.__name__ + ".overrides")
    functions = [
        torch.add, torch.Tensor.add, torch.Tensor.add_, torch.split, torch.nn.functional.relu, torch.relu, torch.abs,
        torch.linalg.norm, torch.ops.aten.mm.default, torch.ops.aten.mm, len, torch.Tensor.__add__, torch.special.erf,
        torch.nn.init.ones_, torch.manual_seed, torch.zeros, torch.nn.functional.conv2d, torch.fft.fft, torch.einsum,
        torch.tensor, torch.save, torch.Tensor.size,
    ]  # fmt: skip
    for f in functions:
        see([o.resolve_name(f), o.is_tensor_method_or_property(f) if hasattr(f, "__name__") else None])
        see(f in o.get_testing_overrides())
    for f in (torch.manual_seed, torch.zeros, torch.is_tensor, torch.tensor, torch.save):
        see(f in o.get_ignored_functions())
    see(o.get_testing_overrides()[torch.add](1, 2))


@compared
def test_wrapped(torch, see):
    o = importlib.import_module(torch.__name__ + ".overrides")

    class Like:
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return func.__name__, len(types), len(args), list(kwargs)

    @o.wrap_torch_function(lambda a: (a,))
    def function(a):
        """What it says."""
        return a + 0

    see([function(Like()), function(a=Like()), function(torch.ones(1)), function.__name__, function.__doc__])
    see([o.is_tensor_like(Like()), o.is_tensor_like(3)])


def test_every_function_listed_asks():
    """Each function that is said to be overridable is, with the stand-in's signature."""
    calls = []

    class Like(jaxtorch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            calls.append(func)
            return -1

    x = jaxtorch.ones(2).as_subclass(Like)
    stand_ins = jaxtorch.overrides.get_testing_overrides()
    assert len(stand_ins) > 1000
    unasked = []
    for space, functions in jaxtorch.overrides.get_overridable_functions().items():
        for function in functions:
            required = [
                p for p in inspect.signature(stand_ins[function]).parameters.values()
                if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
            ]  # fmt: skip
            calls.clear()
            try:
                function(*[x for _ in required or (0,)])
            except Exception:  # arguments of other types: it did not come to asking
                continue
            if not calls:
                unasked.append((space, function))
    assert not unasked


def test_properties_by_name():
    seen = []

    class Like(jaxtorch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            seen.append((jaxtorch.overrides.resolve_name(func), jaxtorch.overrides.is_tensor_method_or_property(func)))
            return super().__torch_function__(func, types, args, kwargs)

    _ = jaxtorch.ones(2, 2).as_subclass(Like).T
    assert seen == [("torch.Tensor.T.__get__", True)]
