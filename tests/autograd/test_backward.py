"""backward() and grad(): every argument, what accumulates where, and what is refused."""

from __future__ import annotations

from tests.compared import compared


def leaf(torch, *values):
    return torch.tensor(values, requires_grad=True)


@compared
def test_scalar_root(torch, see):
    x = leaf(torch, 1.0, 2.0, 3.0)
    y = (x * x).sum()
    see(y)
    see(repr(y))
    see(lambda: y.backward())
    see(x.grad)
    see(repr(x.grad))
    see(lambda: y.backward())  # freed
    see(x.grad)


@compared
def test_freed_graph_names_what_to_do(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x.exp().sum()
    y.backward()
    see(lambda: torch.autograd.grad(y, x))
    z = (x + 1).sum()  # saves nothing: may run as often as wanted
    z.backward()
    see(lambda: z.backward())
    see(x.grad)


@compared
def test_retain_graph_accumulates(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = (x**3).sum()
    for _ in range(3):
        y.backward(retain_graph=True)
        see(x.grad)
    y.backward()
    see(x.grad)
    see(lambda: y.backward(retain_graph=True))


@compared
def test_create_graph(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = (x**3).sum()
    y.backward(create_graph=True)
    see(x.grad)
    g = x.grad
    x.grad = None
    g.sum().backward()
    see(x.grad)
    see(lambda: y.backward())  # create_graph kept the graph; the second backward freed it
    see(lambda: y.backward())


@compared
def test_non_scalar(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * 2
    see(lambda: y.backward())
    see(lambda: y.backward(torch.tensor([1.0, 10.0])))
    see(x.grad)
    y = x * 2
    see(lambda: y.backward(torch.tensor([1.0])))
    see(lambda: y.backward(torch.tensor(1.0)))
    see(lambda: y.backward([1.0, 2.0]))
    see(lambda: y.backward(torch.tensor([1.0, 2.0]).double()))
    see(x.grad)
    see(lambda: (x * 2).backward(torch.tensor([1, 2])))
    see(lambda: (x * 2).backward(gradient=None))
    one = x[:1] * 3
    see(one)
    see(lambda: one.backward())
    see(x.grad)


@compared
def test_zero_dim(torch, see):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    y.backward()
    see(x.grad)
    see(lambda: x.backward())  # a leaf is its own root
    see(x.grad)
    y = x * x
    see(lambda: y.backward(torch.tensor([1.0])))
    see(lambda: y.backward(torch.tensor(3.0)))
    see(x.grad)


@compared
def test_no_graph(torch, see):
    a = torch.tensor([1.0])
    see(lambda: a.backward())
    see(lambda: a.sum().backward())
    see(lambda: torch.autograd.grad(a.sum(), a))
    i = torch.tensor(3)
    see(lambda: i.backward())
    x = leaf(torch, 1.0)
    see(lambda: torch.autograd.backward([x.sum(), a.sum()]))
    see(lambda: torch.autograd.grad((x * 2).sum(), a))


@compared
def test_inputs(torch, see):
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    h = x * w
    y = (h * h).sum()
    y.backward(inputs=[x], retain_graph=True)
    see(x.grad)
    see(w.grad)
    y.backward(inputs=w, retain_graph=True)
    see(w.grad)
    see(x.grad)
    y.backward(inputs=(h,), retain_graph=True)
    see(lambda: h.grad)
    see(x.grad)
    see(lambda: y.backward(inputs=[]))
    see(lambda: y.backward(inputs=[torch.tensor([1.0])]))
    y.backward(inputs=[x, w])
    see(x.grad)
    see(w.grad)
    see(lambda: y.backward(inputs=[x]))


@compared
def test_inputs_not_in_the_graph(torch, see):
    x, other = leaf(torch, 1.0, 2.0), leaf(torch, 1.0)
    see(lambda: (x * 2).sum().backward(inputs=[other]))
    see(other.grad)
    see(x.grad)


@compared
def test_several_roots(torch, see):
    x = leaf(torch, 1.0, 2.0)
    a, b = (x * 2).sum(), x * 3
    see(lambda: torch.autograd.backward([a, b], [None, torch.tensor([1.0, 2.0])]))
    see(x.grad)
    a, b = (x * 2).sum(), x * 3
    see(lambda: torch.autograd.backward([a, b]))
    see(lambda: torch.autograd.backward([a, b], [torch.tensor(1.0)]))
    see(lambda: torch.autograd.backward([a, a], retain_graph=True))
    see(x.grad)
    see(lambda: torch.autograd.backward((a,), grad_tensors=(torch.tensor(2.0),)))
    see(x.grad)
    see(lambda: torch.autograd.backward([]))
    see(lambda: torch.autograd.backward(()))


@compared
def test_same_root_twice_with_shared_graph(torch, see):
    x = leaf(torch, 2.0)
    h = x.exp()
    a, b = h.sum(), (h * h).sum()
    torch.autograd.backward([a, b])
    see(x.grad)
    see(lambda: a.backward())


@compared
def test_old_spelling_grad_variables(torch, see):
    x = leaf(torch, 1.0, 2.0)
    see(lambda: torch.autograd.backward([x * 2], grad_variables=[torch.tensor([1.0, 1.0])]))
    see(x.grad)
    see(
        lambda: torch.autograd.backward(
            [x * 2], [torch.tensor([1.0, 1.0])], grad_variables=[torch.tensor([1.0, 1.0])]
        )
    )


@compared
def test_unused_branch(torch, see):
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    a, b = (x * w).split(1)
    a.sum().backward()
    see(x.grad)
    see(w.grad)
    x.grad = w.grad = None
    u = (x * 2).unbind(0)
    u[1].backward()
    see(x.grad)
    see(w.grad)


@compared
def test_grad_arguments(torch, see):
    x, w, unused = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0), leaf(torch, 5.0)
    y = (x * w).sum()
    grad = torch.autograd.grad
    see(grad(y, x, retain_graph=True))
    see(grad(y, [x, w], retain_graph=True))
    see(grad([y], (w, x), retain_graph=True))
    see(grad((y, y), (x,), retain_graph=True))
    see(grad(y, [x, x], retain_graph=True))
    see(lambda: grad(y, [x, unused], retain_graph=True))
    see(grad(y, [x, unused], allow_unused=True, retain_graph=True))
    see(grad(y, [x, unused], materialize_grads=True, retain_graph=True))
    see(
        lambda: grad(y, [x, unused], materialize_grads=True, allow_unused=False, retain_graph=True)
    )
    see(grad(y, [unused, unused], allow_unused=True, retain_graph=True))
    see(lambda: grad(y, [], retain_graph=True))
    see(lambda: grad([], x))
    see(lambda: grad(x * w, x))
    see(grad(x * w, x, torch.tensor([1.0, 2.0])))
    see(grad([x * w], [x], [torch.tensor([1.0, 2.0])]))
    see(lambda: grad(x * w, x, torch.tensor([1.0, 2.0, 3.0])))
    see(lambda: grad(x * w, x, [None]))
    see(lambda: grad([x * w, y], x, [torch.ones(2)]))
    see(grad(y, x))
    see(lambda: grad(y, x))
    see([x.grad, w.grad])


@compared
def test_grad_of_intermediates(torch, see):
    x = leaf(torch, 1.0, 2.0)
    h = x * 3
    k = h.exp()
    y = (k * h).sum()
    see(torch.autograd.grad(y, [h, k, x], retain_graph=True))
    see(torch.autograd.grad(y, [y], retain_graph=True))
    see(torch.autograd.grad(y, [k], retain_graph=True))
    see(torch.autograd.grad(k, [h], torch.ones(2), retain_graph=True))
    see(torch.autograd.grad(x, x, torch.tensor([2.0, 3.0])))
    see([x.grad])


@compared
def test_partial_walk_frees_only_what_ran(torch, see):
    x = leaf(torch, 1.0, 2.0)
    h = x.exp()
    y = h.sin().sum()
    torch.autograd.grad(y, h)
    see(lambda: torch.autograd.grad(h.sum(), x))  # exp's node had not run
    see(lambda: y.backward())


@compared
def test_second_and_third_order(torch, see):
    x = leaf(torch, 0.5, 2.0)
    y = (x.sin() * x**3).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    see(g)
    (gg,) = torch.autograd.grad(g.sum(), x, create_graph=True)
    see(gg)
    (ggg,) = torch.autograd.grad(gg.sum(), x, create_graph=True)
    see(ggg)
    see(torch.autograd.grad(ggg.sum(), x))


@compared
def test_second_order_of_several_ops(torch, see):
    x = torch.tensor([[0.5, 2.0], [1.5, -1.0]], requires_grad=True)
    w = torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
    for f in (
        lambda: torch.mm(x, w).tanh(),
        lambda: (x @ w).sigmoid(),
        lambda: torch.softmax(x * w, 1),
        lambda: (x / w).pow(2),
        lambda: x.logsumexp(0) * w.sum(1),
    ):
        gs = torch.autograd.grad(f().sum(), [x, w], create_graph=True)
        see.values(gs)
        see.values(torch.autograd.grad(sum((g * g).sum() for g in gs), [x, w]))


@compared
def test_gradient_penalty(torch, see):
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    out = (w * x).tanh().sum()
    (g,) = torch.autograd.grad(out, x, create_graph=True)
    loss = ((g.norm() - 1) ** 2).sum() + out
    loss.backward()
    see(w.grad)
    see(x.grad)


@compared
def test_grad_is_identity_and_accumulates_in_place(torch, see):
    x = leaf(torch, 1.0, 2.0)
    (x * 2).sum().backward()
    first, pointer = x.grad, x.grad.data_ptr()
    (x * 3).sum().backward()
    see(first is x.grad)
    see(pointer == x.grad.data_ptr())
    see(first)
    x.grad.zero_()
    see(first)
    (x * 3).sum().backward(create_graph=True)  # taped: a new tensor
    see(first is x.grad)
    see(x.grad)


@compared
def test_given_gradient_is_not_aliased(torch, see):
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 1.0, 2.0)
    g = torch.tensor([1.0, 2.0])
    (x + w).backward(g)
    see(x.grad is w.grad)
    x.grad.add_(10)
    see(w.grad)
    see(g)


@compared
def test_assigning_grad(torch, see):
    x = leaf(torch, 1.0, 2.0)
    see(x.grad)
    g = torch.tensor([5.0, 6.0])
    x.grad = g
    see(x.grad is g)
    (x * 2).sum().backward()
    see(g)
    see(x.grad is g)

    def assign(value):
        x.grad = value

    see(lambda: assign(torch.tensor([1.0])))
    see(lambda: assign(torch.tensor([1.0, 2.0]).double()))
    see(lambda: assign(torch.tensor([1, 2])))
    see(lambda: assign(x))
    see(lambda: assign([1.0, 2.0]))
    see(lambda: assign(3))
    del x.grad
    see(x.grad)
    plain = torch.tensor([1.0, 2.0])
    plain.grad = torch.tensor([0.0, 1.0])  # allowed without requires_grad
    see(plain.grad)


@compared
def test_grad_of_non_leaf_warns(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * 2
    see(lambda: y.grad)
    y.sum().backward()
    see(lambda: y.grad)
    see(lambda: (x * 2).detach().grad)


@compared
def test_gradient_layout_follows_the_variable(torch, see):
    x = torch.arange(6.0).reshape(2, 3).t().contiguous().t().requires_grad_()
    see(x)
    (x * 2).sum().backward()
    see(x.grad)
    w = torch.arange(6.0).reshape(2, 3).requires_grad_()
    (w.t() @ torch.ones(2, 1)).sum().backward()
    see(w.grad)
    e = torch.tensor([[1.0], [2.0]]).expand(2, 3).detach().requires_grad_()
    (e * 2).sum().backward()
    see(e.grad)


@compared
def test_dtypes_of_gradients(torch, see):
    x = leaf(torch, 1.0, 2.0)
    (x.double() * 2).sum().backward()
    see(x.grad)
    h = torch.tensor([1.0, 2.0], dtype=torch.float16, requires_grad=True)
    (h.float() * h).sum().backward()
    see(h.grad)
    b = torch.tensor([1.0, 2.0], dtype=torch.bfloat16, requires_grad=True)
    (b * b).sum().backward()
    see(b.grad)
    z = torch.tensor([1.0 + 2j, 3.0 - 1j], requires_grad=True)
    (z * z.conj()).real.sum().backward()
    see(z.grad)
    see(lambda: (z * z).sum().backward())
    see(lambda: z.abs().sum().backward())
    see(z.grad)
    (z * 2).sum().backward(torch.tensor(1.0 + 1j))
    see(z.grad)
    see(lambda: (z * 2).sum().backward(torch.tensor(1.0)))
    mixed = z * x
    mixed.abs().sum().backward()
    see(x.grad)


@compared
def test_tensors_that_cannot_require_grad(torch, see):
    see(lambda: torch.tensor([1, 2], requires_grad=True))
    see(lambda: torch.tensor([True], requires_grad=True))
    see(lambda: torch.tensor([1, 2]).requires_grad_())
    see(lambda: torch.zeros(2, dtype=torch.int64, requires_grad=True))
    see(lambda: torch.ones(2, dtype=torch.int32, requires_grad=True))
    see(lambda: torch.empty(2, dtype=torch.bool, requires_grad=True))
    see(lambda: torch.arange(3, requires_grad=True))
    see(lambda: torch.randint(3, (2,), requires_grad=True))
    see(torch.tensor([1, 2]).requires_grad_(False))

    def assign():
        torch.tensor([1, 2]).requires_grad = True

    see(assign)


@compared
def test_requires_grad_rules(torch, see):
    x = leaf(torch, 1.0)
    y = x * 2
    see([x.is_leaf, y.is_leaf, y.detach().is_leaf])

    def assign(t, value):
        t.requires_grad = value

    see(lambda: y.requires_grad_(False))
    see(lambda: assign(y, False))
    see(lambda: y.requires_grad_(True).requires_grad)
    see(lambda: assign(y, True))
    see(x.requires_grad_(False).requires_grad)
    see((x * 2).requires_grad)
    see(x.requires_grad_() is x)
    see(lambda: assign(x, None))
    see(lambda: x.requires_grad_("yes"))
    see(lambda: assign(x, 1))


@compared
def test_detach(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * x
    d = y.detach()
    see(d)
    see([d.requires_grad, d.is_leaf, d.data_ptr() == y.data_ptr(), d._is_view()])
    d.add_(1)
    see(y)
    see(lambda: y.sum().backward())  # mul saved x, not y
    see(x.grad)
    z = x.exp()
    e = z.detach()
    e.mul_(2)
    see(lambda: z.sum().backward())
    see(lambda: torch.detach(x))


@compared
def test_detach_in_place(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * x
    see(y.detach_())
    see(y.is_leaf)
    see(y.detach_() is y)
    v = (x * 2)[0]
    see(lambda: v.detach_())
    see(lambda: x.detach_())
    see(x.requires_grad)
    base = torch.arange(4.0)
    see(lambda: base[:2].detach_())


@compared
def test_data(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = (x * x).sum()
    version = x._version
    x.data.mul_(10)
    see(x)
    see(x._version == version)
    see(lambda: y.backward())  # not seen by the version check
    x.grad = None
    see([x.data.requires_grad, x.data.data_ptr() == x.data_ptr(), x.data._is_view()])
    x.data = torch.tensor([7.0, 8.0])
    see(x)
    (x * x).sum().backward()
    see(x.grad)

    def assign(value):
        x.data = value

    see(lambda: assign([1.0]))
    see(lambda: assign(torch.tensor([1, 2])))
    see(lambda: assign(torch.tensor([1.0, 2.0, 3.0])))
    see(x)
    see(lambda: assign(torch.tensor([1.0]).double()))
    see(x)


def test_what_is_saved_does_not_change():
    """PyTorch takes the new values here, silently; we keep those of the forward."""
    import jaxtorch as torch

    x = leaf(torch, 1.0, 2.0)
    y = (x * x).sum()
    x.data.mul_(10)
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]
    x = leaf(torch, 1.0, 2.0)
    y = (x * x).sum()
    x.data = torch.tensor([5.0, 6.0])
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


@compared
def test_optimizer_step_by_hand(torch, see):
    w = leaf(torch, 1.0, -2.0)
    for _ in range(3):
        loss = ((w * 3 - 1) ** 2).sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()
        see(w)
        see(w.is_leaf)


@compared
def test_leaf_written_in_place(torch, see):
    x = leaf(torch, 1.0, 2.0)
    see(lambda: x.add_(1))
    see(lambda: x[0].add_(1))
    see(lambda: x.zero_())
    see(lambda: x.copy_(torch.zeros(2)))

    def assign():
        x[0] = 1.0

    see(assign)
    see(x)


@compared
def test_sparse_use_of_many_outputs(torch, see):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    values, indices = x.max(1)
    see(values)
    see(indices)
    see(indices.requires_grad)
    values.sum().backward()
    see(x.grad)
    a, b, c = x.unbind(1)
    see([a.grad_fn.name(), a.output_nr, c.output_nr])
    (a * 2 + c).sum().backward()
    see(x.grad)


@compared
def test_broadcast_gradients(torch, see):
    a = torch.ones(3, 1, requires_grad=True)
    b = torch.ones(2, requires_grad=True)
    c = torch.tensor(2.0, requires_grad=True)
    (a * b + c).sum().backward()
    see([a.grad, b.grad, c.grad])


@compared
def test_is_grads_batched(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * x
    see(torch.autograd.grad(y, x, torch.eye(2), is_grads_batched=True, retain_graph=True))
    see(lambda: torch.autograd.grad(y, x, torch.ones(3, 4), is_grads_batched=True))


@compared
def test_names_of_backwards_in_taped_gradients(torch, see):
    x = leaf(torch, 1.0, 2.0)
    for f in (
        lambda: x * x,
        lambda: x.exp(),
        lambda: x.sin(),
        lambda: x**3,
        lambda: x / 2,
    ):
        (g,) = torch.autograd.grad(f().sum(), x, create_graph=True)
        see(g.requires_grad)
        see(g.detach())
