"""`swap_tensors`, `Tensor.module_load`, `torch.__future__`, `Tensor.grad_dtype`, `slice_inverse`, shuffled channels."""

import copy
import importlib
import weakref

import pytest
import torch as real

from ..compared import compared


@pytest.fixture(autouse=True)
def as_before():
    yield
    for lib in (real, importlib.import_module("jaxtorch")):
        future = importlib.import_module(lib.__name__ + ".__future__")
        future.set_swap_module_params_on_conversion(False)
        future.set_overwrite_module_params_on_conversion(False)


@compared
def test_swapped(torch, see):
    swap = torch.utils.swap_tensors
    a, b = torch.ones(2, requires_grad=True), torch.zeros(3)
    a.foo = 3
    swap(a, b)
    see([a, b, hasattr(a, "foo"), b.foo])
    p, q = torch.nn.Parameter(torch.ones(2)), torch.zeros(2)
    swap(p, q)
    see([p, q, type(p).__name__, type(q).__name__])


@compared
def test_swapped_between_forward_and_backward(torch, see):
    x, z = torch.ones(2, requires_grad=True), torch.nn.Parameter(torch.zeros(2))
    y = (x * 2).sum()
    torch.utils.swap_tensors(x, z)
    see(lambda: y.backward())
    see(x.grad)
    (x * 3).sum().backward()
    see(x.grad)


@compared
def test_what_is_held_is_not_swapped(torch, see):
    swap = torch.utils.swap_tensors
    saved = torch.ones(2, requires_grad=True)
    kept = (saved * saved).sum()
    see(lambda: swap(saved, torch.ones(2)))
    base = torch.ones(2)
    part = base[0:1]
    see(lambda: swap(base, torch.ones(3)))
    see(lambda: swap(part, torch.ones(3)))
    see([part.shape, kept.shape])
    seen = torch.ones(2)
    reference = weakref.ref(seen)
    see(lambda: swap(seen, torch.ones(3)))
    see(lambda: swap(torch.ones(3), seen))
    see(reference() is seen)


def filled(torch):
    module = torch.nn.Linear(2, 2)
    with torch.no_grad():
        module.weight.fill_(1), module.bias.fill_(2)
    return module, list(module.parameters())


@compared
def test_modules_that_swap(torch, see):
    future = importlib.import_module(torch.__name__ + ".__future__")
    see([future.get_swap_module_params_on_conversion(), future.get_overwrite_module_params_on_conversion()])
    future.set_swap_module_params_on_conversion(True)
    m, before = filled(torch)
    m(torch.ones(1, 2)).sum().backward()
    m.double()
    see([[p is q for p, q in zip(before, m.parameters(), strict=True)], m.weight, m.weight.grad])
    out = m(torch.ones(1, 2).double()).sum()
    see(lambda: str(m.float()))
    del out
    state = {name: torch.ones_like(v) for name, v in m.state_dict().items()}
    see(lambda: str(m.load_state_dict(state)))
    see([m.weight, [p is q for p, q in zip(before, m.parameters(), strict=True)]])
    see(lambda: str(m.load_state_dict({name: v * 2 for name, v in state.items()}, assign=True)))
    see([m.bias, [p is q for p, q in zip(before, m.parameters(), strict=True)]])

    class Bad(torch.nn.Parameter):
        def module_load(self, other, assign=False):
            return other

    m.weight = Bad(torch.ones(2, 2))
    see(lambda: str(m.load_state_dict(state)))


@compared
def test_modules_that_overwrite(torch, see):
    future = importlib.import_module(torch.__name__ + ".__future__")
    future.set_overwrite_module_params_on_conversion(True)
    m, before = filled(torch)
    m(torch.ones(1, 2)).sum().backward()
    m.double()
    see([[p is q for p, q in zip(before, m.parameters(), strict=True)], m.weight, m.weight.grad, before[0]])


@compared
def test_module_load(torch, see):
    x, y = torch.zeros(2, 3, requires_grad=True), torch.ones(2, 3)
    with torch.no_grad():
        made = x.module_load(y)
        see([made, x, made.data_ptr() == x.data_ptr(), x.module_load(y, assign=True).data_ptr() == y.data_ptr()])


@compared
def test_grad_dtype(torch, see):
    def leaf():
        return torch.ones(2, requires_grad=True)

    x = leaf()
    see([x.grad_dtype, torch.zeros(2, dtype=torch.int32).grad_dtype])
    n = x * 2
    x.grad_dtype = torch.float64  # after the graph was made
    n.sum().backward()
    see.values(x.grad)
    (x * 2).sum().backward()
    see.values(x.grad)
    see(x.grad_dtype)
    see(lambda: setattr(x, "grad_dtype", torch.float32))
    see(lambda: setattr(n, "grad_dtype", torch.float32))
    see(lambda: n.grad_dtype)
    see(lambda: setattr(x, "grad_dtype", 3))
    x.grad, x.grad_dtype = None, None
    see(x.grad_dtype)
    x.backward(torch.ones(2, dtype=torch.float64))
    see.values(x.grad)
    x.grad = None
    see([x.detach().grad_dtype, copy.deepcopy(x).grad_dtype])
    x = leaf()
    see(lambda: setattr(x, "grad", torch.zeros(2, dtype=torch.float64)))
    x.grad_dtype = torch.float16
    x.register_hook(lambda g: see(g.dtype))
    (x * 2).sum().backward()
    see.values(x.grad)
    x = leaf()
    x.grad_dtype = torch.float64
    see.values(torch.autograd.grad((x * x).sum(), x))
    x.data = torch.ones(2, dtype=torch.float16)
    see(x.grad_dtype)


@compared
def test_slice_inverse(torch, see):
    a = torch.arange(6.0)
    see(torch.slice_inverse(a[1:3], a, 0, 1, 3))
    see(a[1:3].slice_inverse(a, 0, 1, 3, 1).data_ptr() == a.data_ptr())
    see(lambda: torch.slice_inverse(a[1:3].clone(), a, 0, 1, 3))
    see(lambda: torch.slice_inverse(3))


@compared
def test_native_channel_shuffle(torch, see):
    x = torch.arange(24.0).reshape(1, 4, 2, 3)
    see(torch.native_channel_shuffle(x, 2))
    see(torch.channel_shuffle(x.to(memory_format=torch.channels_last), 2))
    see(torch.native_channel_shuffle(x.to(memory_format=torch.channels_last), 2))
    see(torch.native_channel_shuffle(x.half(), 2))
    for shape, groups in (((8,), 2), ((1, 4, 2), 3), ((1, 4, 2), 0)):
        see(lambda shape=shape, groups=groups: torch.native_channel_shuffle(torch.ones(shape), groups))
    out = torch.native_channel_shuffle(x.requires_grad_(), 2)
    see(type(out.grad_fn).__name__)
    see(lambda: out.sum().backward())
