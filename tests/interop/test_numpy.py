"""NumPy: memory shared both ways, through views, ops and after aliases die; conversions."""

from __future__ import annotations

import gc
from collections import Counter, OrderedDict

import numpy as np
import pytest
import torch as oracle

from tests.compared import compared, run
from tests.oracle import assert_same_trace, module_under_test

DTYPES = ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool",
          "complex64", "complex128"]  # fmt: skip


def arr(see, a):
    """Note an ndarray's facts."""
    see([a.tolist() if a.size else [], str(a.dtype), list(a.shape), list(a.strides) if a.size else []])


@compared
def test_from_numpy_shares(torch, see):
    a = np.arange(6.0).reshape(2, 3)
    t = torch.from_numpy(a)
    see(t)
    a[0, 0] = 10
    see(t)
    t[1, 2] = 20
    arr(see, a)
    t.mul_(2)
    arr(see, a)
    t += 1
    arr(see, a)
    a *= 3
    see(t)
    see(t.sum())
    np.add(a, 1, out=a)
    see(t)


@compared
def test_numpy_shares(torch, see):
    t = torch.arange(6.0).reshape(2, 3)
    a = t.numpy()
    arr(see, a)
    t.add_(1)
    arr(see, a)
    a[0] = 0
    see(t)
    b = t.numpy()
    b[1, 1] = 9
    arr(see, a)
    see(t)
    see(np.shares_memory(a, b))


@compared
def test_through_views(torch, see):
    a = np.arange(24.0).reshape(2, 3, 4)
    t = torch.from_numpy(a)
    views = [
        lambda t: t[0], lambda t: t[:, 1:], lambda t: t[..., ::2], lambda t: t.transpose(0, 2),
        lambda t: t.permute(2, 0, 1), lambda t: t.view(6, 4), lambda t: t.reshape(-1),
        lambda t: t.diagonal(dim1=1, dim2=2), lambda t: t.unfold(2, 2, 1), lambda t: t.select(1, 2),
        lambda t: t.narrow(2, 1, 2), lambda t: t.as_strided((2, 2), (12, 5), 1),
        lambda t: t.squeeze(), lambda t: t.unsqueeze(0), lambda t: t.expand(2, 3, 4),
        lambda t: t.split(2, 2)[1], lambda t: t.unbind(0)[1], lambda t: t.flatten(1),
        lambda t: t.detach(), lambda t: t.data, lambda t: t.movedim(0, 2), lambda t: t.T,
    ]  # fmt: skip
    for view in views:
        v = view(t)
        n = v.numpy()
        arr(see, n)
        a += 1
        see(v)
        arr(see, n)
        v.add_(100) if v.numel() and not v.stride() == (0,) and view is not views[8] else None
        arr(see, a)
        n[...] = n * 0 + 5
        see(t)
        a[...] = np.arange(24.0).reshape(2, 3, 4)


@compared
def test_strided_arrays(torch, see):
    a = np.arange(24.0).reshape(4, 6)
    for b in (a.T, a[::2], a[:, 1::2], a[1:, 2:], a[2], a[:, 3], a[1:1], np.broadcast_to(a[0], (3, 6)).copy()):
        t = torch.from_numpy(b)
        see(t)
        see([t.storage_offset(), t.is_contiguous()])
        if t.numel():
            t.add_(1)
            arr(see, a)
            b[...] = 0
            see(t)
    see(lambda: torch.from_numpy(a[::-1]))
    see(lambda: torch.from_numpy(a[:, ::-1]))


@compared
def test_shapes_without_elements_and_dims(torch, see):
    for shape in ((), (0,), (0, 3), (3, 0), (1,), (1, 1)):
        a = np.ones(shape)
        t = torch.from_numpy(a)
        see(t)
        arr(see, t.numpy())
        t.fill_(3)
        arr(see, a)
    arr(see, torch.tensor(2.5).numpy())
    arr(see, torch.zeros(0, 2).numpy())


@pytest.mark.parametrize("name", DTYPES)
def test_every_dtype(name):
    def program(torch, see):
        a = np.array([0, 1, 2, 3]).astype(name)
        t = torch.from_numpy(a)
        see(t)
        arr(see, t.numpy())
        t[1] = 0
        arr(see, a)
        a[2] = 1
        see(t)
        see(torch.tensor(a))
        see(torch.as_tensor(a))
        a[0] = 1
        see(torch.as_tensor(a))
        arr(see, t.clone().numpy())

    assert_same_trace(run(program, module_under_test()), run(program, oracle), name)


@compared
def test_what_cannot_be_shared(torch, see):
    see(lambda: torch.from_numpy([1, 2]))
    see(lambda: torch.from_numpy(3))
    see(lambda: torch.from_numpy(np.float64(3)))
    see(lambda: torch.from_numpy(np.array(["a"])))
    see(lambda: torch.from_numpy(np.array([None])))
    see(lambda: torch.from_numpy(np.arange(3).astype(">i4")))
    see(lambda: torch.from_numpy(np.zeros(3, "f4,f4")["f1"]))
    see(lambda: torch.from_numpy(np.array([1, 2], "datetime64[s]")))
    packed = np.zeros(3, np.dtype([("a", "i1"), ("b", "f4")]))["b"]
    see(lambda: torch.from_numpy(packed))
    x = torch.ones(2, requires_grad=True)
    see(lambda: x.numpy())
    see(lambda: (x * 2).numpy())
    see(lambda: np.asarray(x))
    see(lambda: x.detach().numpy().tolist())
    see(lambda: x.numpy(force=True).tolist())
    see(lambda: torch.ones(2, dtype=torch.bfloat16).numpy())
    with torch.no_grad():
        see(lambda: x.numpy().tolist())


@compared
def test_read_only_arrays(torch, see):
    a = np.arange(3.0)
    a.flags.writeable = False
    see(lambda: torch.from_numpy(a))
    see(lambda: torch.as_tensor(a))
    see(lambda: torch.tensor(a))
    see(lambda: torch.from_numpy(np.broadcast_to(np.float32(2), (2, 2))))


@compared
def test_after_an_alias_dies(torch, see):
    a = np.arange(4.0)
    t = torch.from_numpy(a)
    v = t[1:]
    del a
    gc.collect()
    see(v)
    v.add_(1)
    see(t)
    b = t.numpy()
    del t
    gc.collect()
    v.mul_(2)
    arr(see, b)
    del v
    gc.collect()
    b += 1
    arr(see, b)
    t = torch.arange(3.0)
    n = t.numpy()
    m = n[1:]
    del n
    gc.collect()
    m += 5
    see(t)
    del m
    gc.collect()
    t.add_(1)
    see(t)
    arr(see, t.numpy())


@compared
def test_gradients_and_sharing(torch, see):
    a = np.array([1.0, 2.0], np.float32)
    x = torch.from_numpy(a).requires_grad_()
    y = (x * x).sum()
    y.backward()
    see(x.grad)
    g = x.grad.numpy()
    (x * 2).sum().backward()
    arr(see, g)
    with torch.no_grad():
        x -= x.grad
    arr(see, a)
    d = x.detach().numpy()
    d[0] = 7
    see(x)


@compared
def test_versions_and_saved_values(torch, see):
    t = torch.ones(3)
    a = t.numpy()
    a += 1  # PyTorch cannot see it either
    see(t._version)
    t.add_(1)
    see(t._version)


@compared
def test_array_protocol(torch, see):
    t = torch.tensor([[1.0, 4.0], [9.0, 16.0]])
    arr(see, np.asarray(t))
    see(np.shares_memory(np.asarray(t), t.numpy()))
    arr(see, np.array(t))
    see(np.shares_memory(np.array(t), t.numpy()))
    arr(see, np.asarray(t, dtype=np.float64))
    arr(see, np.asarray(t, dtype="int32"))
    arr(see, np.asarray([torch.tensor(1.0), torch.tensor(2.0)]))
    arr(see, np.stack([t, t]))
    arr(see, np.concatenate([t, t]))
    arr(see, t.__array__())
    arr(see, t.__array__(np.float64))
    see(float(np.sum(t.numpy())))
    see(np.isscalar(t.sum().item()))
    see(t.numpy().dtype == np.float32)


@compared
def test_ufuncs_give_tensors(torch, see):
    t = torch.tensor([1.0, 4.0])
    see(lambda: np.sqrt(t))
    see(lambda: np.sin(t))
    see(lambda: np.add(t, 1))
    see(lambda: np.add(t, np.array([1.0, 2.0], np.float32)))
    see(lambda: np.isnan(t))
    see(lambda: np.greater(t, 2))
    see(lambda: np.exp(torch.tensor(0.0)))
    see(lambda: np.abs(torch.tensor([-1, 2])))


@compared
def test_operators_with_arrays(torch, see):
    t, a = torch.tensor([1.0, 2.0]), np.array([10.0, 20.0], np.float32)
    see(lambda: t + torch.from_numpy(a))
    see(lambda: t * np.float32(3))
    see(lambda: t * np.float64(3))
    see(lambda: t + np.int64(3))
    see(lambda: torch.tensor([1, 2]) + np.float64(0.5))
    see(lambda: torch.tensor([1, 2]) * np.int32(3))
    see(lambda: t > np.float32(1.5))
    see(lambda: t[np.array([1])])
    see(lambda: t[np.int64(1)])
    see(lambda: t[np.array([True, False])])
    see(lambda: torch.zeros(np.int64(2), np.int32(3)))
    see(lambda: t.view(np.int64(2), 1))
    see(lambda: t.sum(np.int64(0)))

    def assign():
        t[np.int64(0)] = np.float64(7.0)
        t[1:] = torch.from_numpy(a[:1])
        return t

    see(assign)


@compared
def test_numbers_and_sequences_of_arrays(torch, see):
    see(torch.tensor(np.float64(1.5)))
    see(torch.tensor(np.int32(3)))
    see(torch.tensor(np.bool_(True)))
    see(torch.tensor([np.float32(1), np.float32(2)]))
    see(torch.tensor([np.int16(1), 2]))
    see(torch.tensor([1, np.float64(2.5)]))
    see(torch.tensor(np.array(5)))
    see(torch.as_tensor(np.array(5)))
    see(torch.as_tensor([1.0, 2]))
    see(torch.tensor(np.array([[1, 2], [3, 4]], order="F")))
    see(torch.as_tensor(np.asfortranarray(np.ones((2, 3)))))
    see(lambda: torch.tensor(np.arange(4)[::-1]))
    see(lambda: torch.as_tensor(np.arange(4)[::-1]))
    see(lambda: torch.tensor(np.array([1, 2], np.uint64)))
    see(lambda: torch.tensor(np.array([1, 2], np.uint16)))


def test_lists_of_arrays_are_slow():
    """PyTorch says so once a process, and then twice."""
    import jaxtorch as torch

    torch.set_warn_always(True)
    with pytest.warns(UserWarning, match="Creating a tensor from a list of numpy.ndarrays is extremely slow"):
        t = torch.tensor([np.array([1, 2]), np.array([3, 4])])
    assert t.tolist() == [[1, 2], [3, 4]]


@compared
def test_asarray(torch, see):
    a = np.arange(3.0)
    t = torch.asarray(a)
    a[0] = 9
    see(t)
    see(torch.asarray(a, copy=True).data_ptr() == t.data_ptr())
    see(torch.asarray(a, dtype=torch.float32))
    x = torch.ones(2, requires_grad=True)
    see(torch.asarray(x) is x)
    see(lambda: torch.asarray(x * 2))
    see(lambda: torch.asarray(x * 2, requires_grad=True))
    see(lambda: torch.asarray([1, 2], requires_grad=True))
    see(lambda: torch.asarray([1.0, 2], requires_grad=True))
    see(lambda: torch.asarray(a, dtype=torch.float32, copy=False))
    see(lambda: torch.asarray([1, 2], copy=False))
    see(torch.asarray(3))


@compared
def test_conversions_to_python(torch, see):
    t = torch.tensor([[1.5, 2.0]])
    see(t.tolist())
    see([float(t[0, 0]), int(t[0, 1]), bool(t[0, 0]), t[0, 0].item()])
    see(lambda: float(t))
    see(lambda: int(t))
    see(lambda: bool(t))
    see(lambda: t.item())
    see(lambda: torch.zeros(0).item())
    see(lambda: bool(torch.zeros(0)))
    see(lambda: [10, 20, 30][torch.tensor(1)])
    see(lambda: [10, 20, 30][torch.tensor(1.0)])
    see(lambda: range(torch.tensor(3)))
    see(lambda: complex(torch.tensor(1.0 + 2j)))
    see(lambda: float(torch.tensor(1.0 + 2j)))
    see(torch.tensor([True, False]).tolist())
    see(torch.tensor(3).tolist())
    see(torch.tensor([1 + 2j]).tolist())
    see([len(t), list(map(float, t[0]))])
    see(lambda: len(torch.tensor(1)))
    see(lambda: list(torch.tensor(1)))
    see(f"{torch.tensor(1.5):.3f} {torch.tensor(3)} {torch.tensor([1.5])}")
    see(lambda: f"{torch.tensor([1.5]):.3f}")
    see(1.0 in torch.tensor([1.0, 2.0]))
    see(lambda: "a" in torch.tensor([1.0]))
    see(hash(t) == hash(t))
    see(lambda: torch.tensor(2.0).__index__())
    see(lambda: torch.ones(2, dtype=torch.bfloat16).tolist())


@compared
def test_dlpack_with_numpy(torch, see):
    t = torch.arange(6.0).reshape(2, 3)
    a = np.from_dlpack(t)
    arr(see, a)
    t.add_(1)
    arr(see, a)
    b = np.arange(4.0)
    u = torch.from_dlpack(b)
    see(u)
    u.mul_(2)
    arr(see, b)
    b[0] = 9
    see(u)
    arr(see, np.from_dlpack(t.t()))
    see([int(n) for n in t.__dlpack_device__()])
    see(repr(t.__dlpack_device__()))
    see(lambda: torch.ones(2, requires_grad=True).__dlpack__())
    see(lambda: torch.from_dlpack(3))
    v = torch.from_dlpack(t)
    v.zero_()
    see(t)


@compared
def test_numbers_written_and_types_named(torch, see):
    for value in (np.float32(2), np.float64(2), np.int64(2), np.uint8(2), np.bool_(True), np.float16(2),
                  np.complex64(2), np.complex128(2), np.ones(2), OrderedDict(), Counter(), torch.float32,
                  torch.device("cpu"), torch.Size([1]), torch.strided):  # fmt: skip
        for t in (torch.ones(2), torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.bool)):
            with np.errstate(all="ignore"):
                see(lambda t=t, value=value: t.__setitem__(0, value))
            see(t)
        if not isinstance(value, np.generic):
            see(lambda value=value: torch.abs(value))
            see(lambda value=value: torch.cat([value]))
