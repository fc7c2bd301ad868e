"""Regions of autocast: nesting, the cast weights, threads, decorators, switches, what they refuse."""

from __future__ import annotations

import threading
import warnings

import pytest

import jaxtorch
from tests.compared import compared


def weights(torch, *shape):
    return torch.full(shape, 0.3, requires_grad=True)


def history(torch, node):
    """The names of a graph's nodes."""
    if node is None:
        return None
    return [type(node).__name__, *[history(torch, n) for n, _ in node.next_functions]]


@compared
def test_nesting(torch, see):
    a = torch.ones(2, 2)
    settings = lambda: [torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu"), (a @ a).dtype]  # noqa: E731
    see(settings())
    with torch.autocast("cpu"):
        see(settings())
        with torch.autocast("cpu", dtype=torch.float16):
            see(settings())
            with torch.autocast("cpu", enabled=False):
                see(settings())
            with torch.autocast("cpu", enabled=False, dtype=torch.float32):
                see(settings())
        with torch.amp.autocast(device_type="cpu", cache_enabled=False):
            see([torch.is_autocast_cache_enabled(), settings()])
        see([torch.is_autocast_cache_enabled(), settings()])
    see(settings())


@compared
def test_exceptions_leave_the_region(torch, see):
    def run():
        with torch.autocast("cpu", dtype=torch.float16):
            raise ValueError("no")

    see(run)
    see([torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")])

    def refused():
        with torch.autocast("cpu", dtype=torch.float16):
            torch.mm(torch.ones(2, 2, dtype=torch.float64), torch.ones(2, 2))

    see(refused)
    see([torch.is_autocast_enabled("cpu"), (torch.ones(2, 2) @ torch.ones(2, 2)).dtype])


@compared
def test_decorators(torch, see):
    @torch.autocast("cpu", dtype=torch.bfloat16)
    def product(a, b=2):
        """doc"""
        return a @ a

    see([product.__name__, product.__doc__])
    see(product(torch.ones(2, 2)))
    see(torch.is_autocast_enabled("cpu"))

    class Model(torch.nn.Module):
        @torch.autocast(device_type="cpu")
        def forward(self, x):
            return torch.nn.functional.linear(x, torch.ones(3, 2)), x.softmax(0)

    see(Model()(torch.ones(2)))
    see(lambda: torch.autocast("cpu")(3))


def test_threads_have_regions_of_their_own():
    seen = []
    with jaxtorch.autocast("cpu", dtype=jaxtorch.float16):
        thread = threading.Thread(
            target=lambda: seen.append((jaxtorch.is_autocast_enabled("cpu"), jaxtorch.get_autocast_dtype("cpu")))
        )
        thread.start()
        thread.join()
        assert jaxtorch.is_autocast_enabled("cpu")
    assert seen == [(False, jaxtorch.bfloat16)]


# -- the graph and the cast weights ---------------------------------------------------------------
@compared
def test_casts_are_taped(torch, see):
    w, x = weights(torch, 3, 3), torch.ones(2, 3, requires_grad=True)
    bias = weights(torch, 3)
    with torch.autocast("cpu"):
        y = x @ w
        see([y, history(torch, y.grad_fn)])
        y = y.relu() @ w
        out = torch.nn.functional.linear(y, w, bias)
        see(out)
        loss = torch.nn.functional.mse_loss(out, torch.zeros(2, 3))
        see([loss, history(torch, loss.grad_fn.next_functions[0][0])[:1]])
    loss.backward()
    see.values([w.grad, x.grad, bias.grad])
    layer = torch.nn.Conv2d(1, 2, 3)
    torch.nn.init.constant_(layer.weight, 0.5)
    torch.nn.init.constant_(layer.bias, 0.25)
    with torch.autocast("cpu"):
        y = layer(torch.ones(1, 1, 4, 4))
    see([y, history(torch, y.grad_fn)])
    y.float().sum().backward()
    see.values([layer.weight.grad, layer.bias.grad])


@compared
def test_weights_are_cast_once(torch, see):
    w, x = weights(torch, 3, 3), torch.ones(2, 3)

    def same(a, b):
        return a.grad_fn.next_functions[1][0] is b.grad_fn.next_functions[1][0]

    with torch.autocast("cpu"):
        first = x @ w
        with torch.autocast("cpu"):
            see(same(first, x @ w))
        see(same(first, x @ w))
        torch.clear_autocast_cache()
        see(same(first, x @ w))
    with torch.autocast("cpu"):
        see(same(first, x @ w))
    with torch.autocast("cpu", cache_enabled=False):
        see(same(x @ w, x @ w))
    with torch.autocast("cpu"):  # what is cast without gradients has a history all the same
        with torch.no_grad():
            see((x @ w).requires_grad)
        see((x @ w).requires_grad)
    view = weights(torch, 2, 3, 3).detach()[0].requires_grad_()
    wide = w.detach().double().requires_grad_()
    inner = w * 1
    with torch.autocast("cpu"):
        for leaf in (view, inner):
            see(same(x @ leaf, x @ leaf))
        see((x.double() @ wide).dtype)
        with torch.inference_mode():
            see([(x @ w).is_inference(), (x @ w).requires_grad])
        see((x @ w).requires_grad)
    total = torch.zeros(())
    with torch.autocast("cpu"):
        for _ in range(3):
            total = total + (x @ w).sum()
    total.backward()
    see.values(w.grad)


def test_a_weight_written_in_the_region_is_cast_anew():
    w, x = weights(jaxtorch, 3, 3), jaxtorch.ones(2, 3)
    with jaxtorch.autocast("cpu"):
        before = x @ w
        with jaxtorch.no_grad():
            w.mul_(2)
        assert (x @ w).tolist() == (2 * before).tolist()
        with jaxtorch.autocast("cpu", dtype=jaxtorch.float16):
            assert (x @ w).dtype is jaxtorch.float16


@compared
def test_widest_of_what_is_given(torch, see):
    half, other, full, wide = (
        torch.ones(2, dtype=d) for d in (torch.float16, torch.bfloat16, torch.float32, torch.float64)
    )
    with torch.autocast("cpu", dtype=torch.float16):
        for tensors in ([half, full], [half, half], [half, wide], [full, wide], [half, half.int()]):
            see(lambda tensors=tensors: torch.cat(tensors))
            see(lambda tensors=tensors: torch.stack(tensors))
        see(lambda: torch.cat([half, other]))
        see(lambda: torch.cat([other, full]))
        see(lambda: torch.hstack([half, full]))
        see(lambda: torch.index_copy(half, 0, torch.tensor([0]), full[:1]))
        see(lambda: half.index_copy_(0, torch.tensor([0]), full[:1]))
        see(lambda: torch.ones(2, 2, dtype=torch.int64) @ torch.ones(2, 2))


@compared
def test_what_is_written_is_not_cast(torch, see):
    a, half = torch.ones(2, 2), torch.ones(2, 2, dtype=torch.bfloat16)
    with torch.autocast("cpu"):
        see(torch.mm(a, a, out=torch.zeros(2, 2)))
        see(torch.matmul(a, a, out=torch.zeros(2, 2)))
        see(torch.zeros(2, 2).addmm_(a, a))
        see(lambda: torch.zeros(2, 2).addmm_(a, half))
        see(torch.addmm(a, a, half))
        a = a @ half
        see(a)


@compared
def test_functions_made_of_others(torch, see):
    a, b = torch.ones(2, 2), torch.full((2, 2), 0.5)
    v = torch.ones(2)
    with torch.autocast("cpu"):
        see(torch.einsum("ij,jk->ik", a, b))
        see(torch.einsum("i,j->ij", v, v))
        see(torch.einsum("ij->i", a))
        see(torch.tensordot(a, b, 1))
        see(torch.tensordot(v, v, 1))
        see(torch.inner(a, b))
        see(torch.inner(v, v))
        see(torch.linalg.matrix_power(a, 2))
        see(torch.cov(torch.tensor([[0.0, 2.0, 1.0], [2.0, 0.0, 3.0]])))
        see(torch.nn.functional.pad(b.bfloat16()[None], (1, 1), mode="reflect"))
        see(torch.nn.functional.pad(b.bfloat16()[None, None, None], (1, 1, 1, 1, 0, 0), mode="replicate"))
        see(torch.view_as_complex(b.bfloat16()))


@compared
def test_recurrent_networks(torch, see):
    x = torch.ones(5, 2, 3) * 0.1
    for cls, options in (
        (torch.nn.LSTM, {}), (torch.nn.LSTM, {"proj_size": 2}), (torch.nn.LSTM, {"bidirectional": True}),
        (torch.nn.GRU, {"num_layers": 2}), (torch.nn.RNN, {"bidirectional": True}),
    ):  # fmt: skip
        torch.manual_seed(0)
        module = cls(3, 4, **options)
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, [5, 3])
        for inputs in (x, x.bfloat16(), packed):
            with torch.autocast("cpu"), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what oneDNN cannot do
                out, state = module(inputs)
            out = getattr(out, "data", out) if inputs is packed else out
            states = state if isinstance(state, tuple) else (state,)
            see([out.dtype, type(out.grad_fn).__name__, *[s.dtype for s in states]])
    for cls in (torch.nn.LSTMCell, torch.nn.GRUCell, torch.nn.RNNCell):
        module = cls(3, 4)
        with torch.autocast("cpu"):
            state = module(x[0])
        see([s.dtype for s in (state if isinstance(state, tuple) else (state,))])


@compared
def test_layers(torch, see):
    torch.manual_seed(0)
    x = torch.ones(2, 3, 8)
    layer = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.GELU(), torch.nn.LayerNorm(8), torch.nn.Dropout(0.5))
    with torch.autocast("cpu"):
        y = layer(x)
        see([y.dtype, y.softmax(-1).dtype, y.sum().dtype, (y + x).dtype])
        see(torch.nn.functional.cross_entropy(y[:, 0], torch.tensor([1, 2])).dtype)


@compared
def test_backward_of_a_backward(torch, see):
    w, x = weights(torch, 3, 3), torch.ones(2, 3)
    with torch.autocast("cpu"):
        loss = torch.nn.functional.mse_loss(x @ w, torch.zeros(2, 3))
    (g,) = torch.autograd.grad(loss, w, create_graph=True)
    g.pow(2).sum().backward()
    see.values([g, w.grad])


# -- custom functions, checkpoints ----------------------------------------------------------------
@compared
def test_custom_functions(torch, see):
    from_region = []

    def product(**options):
        class Product(torch.autograd.Function):
            @staticmethod
            @torch.amp.custom_fwd(device_type="cpu", **options)
            def forward(ctx, a, b, *rest):
                ctx.save_for_backward(a, b)
                from_region.append(["forward", torch.is_autocast_enabled("cpu"), a.dtype])
                return a @ b

            @staticmethod
            @torch.amp.custom_bwd(device_type="cpu")
            def backward(ctx, g):
                a, b = ctx.saved_tensors
                from_region.append(["backward", torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")])
                return g @ b.t(), a.t() @ g

        return Product.apply

    for options in ({}, {"cast_inputs": torch.float32}, {"cast_inputs": torch.float16}):
        run = product(**options)
        for dtype in (None, torch.float16):
            a, b = (torch.full((2, 2), 0.5, requires_grad=True) for _ in range(2))
            if dtype is None:
                y = run(a, b)
            else:
                with torch.autocast("cpu", dtype=dtype):
                    y = run(a, b)
            see(y.dtype)
            y.float().sum().backward()
            see.values([a.grad, b.grad])
    see(from_region)
    see(lambda: torch.amp.custom_fwd(device_type=3))
    see(lambda: torch.amp.custom_bwd(device_type=3))
    cast = torch.amp.autocast_mode._cast
    half = torch.ones(1, dtype=torch.float16)
    see(cast({"a": [half, (half.double(), 3)], "b": "text"}, "cpu", torch.float32))
    see(cast(half, "cuda", torch.float32))


@compared
def test_checkpoints(torch, see):
    checkpoint = torch.utils.checkpoint.checkpoint
    for reentrant in (True, False):
        w, x = weights(torch, 3, 3), torch.ones(2, 3, requires_grad=True)
        dtypes = []

        def block(x, w=w, dtypes=dtypes):
            y = x @ w
            dtypes.append(y.dtype)
            return y.relu()

        with torch.autocast("cpu"):
            y = checkpoint(block, x, use_reentrant=reentrant)
        y.float().sum().backward()
        see([dtypes, torch.is_autocast_enabled("cpu")])
        see.values([w.grad, x.grad])


# -- switches -------------------------------------------------------------------------------------
@compared
def test_switches(torch, see):
    for device in ("cpu", "cuda", "xpu", "hpu", "mps", "cpu:0", "meta", "nonsense", "", 3):
        see(lambda device=device: torch.amp.is_autocast_available(device))
        see(lambda device=device: torch.get_autocast_dtype(device))
        see(lambda device=device: torch.is_autocast_enabled(device))
    see(lambda: torch.is_autocast_enabled())
    see(lambda: torch.is_autocast_enabled("cpu", "x"))
    torch.set_autocast_enabled(True)
    see([torch.is_autocast_enabled(), torch.is_autocast_enabled("cpu")])
    torch.set_autocast_enabled(False)
    torch.set_autocast_enabled("cpu", True)
    see([torch.is_autocast_enabled(), torch.is_autocast_enabled("cpu"), (torch.ones(1, 1) @ torch.ones(1, 1)).dtype])
    torch.set_autocast_enabled(device_type="cpu", enabled=False)
    see(lambda: torch.set_autocast_enabled("cpu"))
    see(lambda: torch.set_autocast_enabled(3))
    see(lambda: torch.set_autocast_enabled("meta", True))
    torch.set_autocast_dtype("cpu", torch.float16)
    with torch.autocast("cpu"):
        see(torch.ones(1, 1) @ torch.ones(1, 1))
    torch.set_autocast_dtype("cpu", torch.bfloat16)
    see(lambda: torch.set_autocast_dtype("cpu", 3))
    see(lambda: torch.set_autocast_dtype("cpu"))
    see([torch.autocast_increment_nesting(), torch.autocast_decrement_nesting()])
    see(lambda: torch.set_autocast_cache_enabled(3))
    see([torch.set_autocast_cache_enabled(False), torch.is_autocast_cache_enabled()])
    torch.set_autocast_cache_enabled(True)


@compared
def test_former_names(torch, see):
    see(lambda: torch.get_autocast_cpu_dtype())
    see(lambda: torch.get_autocast_gpu_dtype())
    see(lambda: torch.set_autocast_cpu_dtype(torch.bfloat16))
    see(lambda: torch.set_autocast_cpu_dtype(3))
    see(lambda: torch.is_autocast_cpu_enabled())
    see(lambda: torch.set_autocast_cpu_enabled(False))
    see(lambda: torch.set_autocast_cpu_enabled(3))
    see(lambda: torch.is_autocast_xla_enabled())
    for make in (
        lambda: torch.cpu.amp.autocast(), lambda: torch.cuda.amp.autocast(), lambda: torch.cpu.amp.GradScaler(),
        lambda: torch.cuda.amp.GradScaler(), lambda: torch.cuda.amp.autocast_mode.autocast(enabled=False),
    ):  # fmt: skip
        see(lambda make=make: type(make()))
    with torch.cpu.amp.autocast(dtype=torch.float16):
        see(torch.ones(1, 1) @ torch.ones(1, 1))
    see(torch.cuda.amp.common.amp_definitely_not_available())

    class Old(torch.autograd.Function):
        @staticmethod
        @torch.cuda.amp.custom_fwd
        def forward(ctx, x):
            return x * 2

        @staticmethod
        @torch.cuda.amp.custom_bwd
        def backward(ctx, g):
            return g * 2

    see(Old.apply(torch.ones(1)))


@compared
def test_what_regions_refuse(torch, see):
    see(lambda: torch.autocast("cuda").__class__)
    see(lambda: torch.autocast("cuda", enabled=False).__class__)
    see(lambda: torch.autocast("cpu", dtype=torch.float32).__class__)
    see(lambda: torch.autocast("cpu", dtype=torch.int64, enabled=False).__class__)
    see(lambda: torch.autocast("hpu", dtype=torch.float32).__class__)
    for device in ("meta", "nonsense", 3, torch.device("cpu")):
        see(lambda device=device: torch.autocast(device))
    see(lambda: torch.autocast("meta", dtype=torch.float16))
    with torch.autocast("cpu", dtype=torch.float32):
        see(torch.ones(1, 1) @ torch.ones(1, 1))


def test_a_private_backend_is_refused():
    with pytest.raises(NotImplementedError, match="privateuseone"):
        jaxtorch.autocast("privateuseone")
