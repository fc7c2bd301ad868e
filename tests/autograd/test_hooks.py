"""Hooks: on tensors, on nodes, after accumulation; what they may change and in what order they run."""

from __future__ import annotations

import gc
import weakref

from tests.compared import compared


def leaf(torch, *values):
    return torch.tensor(values, requires_grad=True)


@compared
def test_tensor_hook_sees_the_gradient(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * 3
    y.register_hook(see.values)
    x.register_hook(see.values)
    y.sum().backward()
    see(x.grad)


@compared
def test_hooks_replace_the_gradient(torch, see):
    x = leaf(torch, 1.0, 2.0)
    h = x * 3
    h.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: g + 1)
    h.sum().backward()
    see(x.grad)
    h = x * 3
    h.register_hook(lambda g: None)
    h.sum().backward()
    see(x.grad)


@compared
def test_hooks_chain_in_order(torch, see):
    x = leaf(torch, 1.0, 2.0)
    order = []
    h = x * 3
    h.register_hook(lambda g: order.append("a") or g * 2)
    h.register_hook(lambda g: order.append(("b", g.tolist())))
    h.register_hook(lambda g: order.append(("c", g.tolist())) or g + 1)
    h.sum().backward()
    see(order)
    see(x.grad)


@compared
def test_removed_hooks(torch, see):
    x = leaf(torch, 1.0)
    calls = []
    first = x.register_hook(lambda g: calls.append(1))
    second = x.register_hook(lambda g: calls.append(2))
    first.remove()
    (x * 2).sum().backward()
    see(calls)
    first.remove()
    second.remove()
    (x * 2).sum().backward()
    see(calls)
    with x.register_hook(lambda g: calls.append(3)):
        (x * 2).sum().backward()
    (x * 2).sum().backward()
    see(calls)
    see(type(first).__name__)


@compared
def test_hook_removed_while_it_runs(torch, see):
    x = leaf(torch, 1.0)
    calls, handles = [], []

    def once(g):
        calls.append("once")
        handles[0].remove()

    handles.append(x.register_hook(once))
    x.register_hook(lambda g: calls.append("always"))
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    see(calls)


@compared
def test_wrong_results_of_hooks(torch, see):
    x = leaf(torch, 1.0, 2.0)

    def text(g):
        return "a"

    def short(g):
        return g[:1]

    def wider(g):
        return g.double()

    for hook in (text, short, wider):
        h = x * 2
        h.register_hook(hook)
        see(lambda h=h: h.sum().backward())
    for hook in (text, short, wider):
        handle = x.register_hook(hook)
        see(lambda: (x * 2).sum().backward())
        handle.remove()
    see(x.grad)


@compared
def test_raising_hook(torch, see):
    x = leaf(torch, 1.0)

    def fail(g):
        raise ValueError("no")

    h = x * 2
    h.register_hook(fail)
    see(lambda: h.sum().backward())
    see(x.grad)


@compared
def test_where_hooks_are_refused(torch, see):
    see(lambda: torch.tensor([1.0]).register_hook(print))
    see(lambda: torch.tensor([1.0]).retain_grad())
    see(lambda: torch.tensor([1.0]).register_post_accumulate_grad_hook(print))
    x = leaf(torch, 1.0)
    see(lambda: (x * 2).register_post_accumulate_grad_hook(print))
    see(lambda: x.retain_grad())
    see(x.retains_grad)


@compared
def test_hook_of_a_tensor_that_becomes_non_leaf(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * 2
    y.register_hook(see.values)
    y.mul_(5)  # the hook stays with the value it was registered on
    y.register_hook(see.values)
    y.sum().backward()
    see(x.grad)


@compared
def test_retain_grad(torch, see):
    x = leaf(torch, 1.0, 2.0)
    h = x * 3
    see(h.retains_grad)
    h.retain_grad()
    h.retain_grad()
    see(h.retains_grad)
    (h * h).sum().backward(retain_graph=True)
    see(h.grad)
    (h * h).sum().backward()
    see(h.grad)
    see(x.grad)


@compared
def test_retain_grad_sees_what_hooks_made(torch, see):
    x = leaf(torch, 1.0, 2.0)
    h = x * 3
    h.retain_grad()
    h.register_hook(lambda g: g * 10)
    h.sum().backward()
    see(h.grad)
    see(x.grad)


@compared
def test_retain_grad_then_in_place(torch, see):
    x = leaf(torch, 1.0, 2.0)
    h = x * 3
    h.retain_grad()
    h.add_(1)
    (h * h).sum().backward()
    see(h.grad)
    see(h.retains_grad)


@compared
def test_retained_root(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = (x * 2).sum()
    y.retain_grad()
    y.backward()
    see(y.grad)


@compared
def test_post_accumulate(torch, see):
    x = leaf(torch, 1.0, 2.0)
    handle = x.register_post_accumulate_grad_hook(lambda t: see([t is x, t.grad.clone()]))
    (x * 2).sum().backward()
    (x * 3 + x).sum().backward()
    handle.remove()
    (x * 2).sum().backward()
    see(x.grad)


@compared
def test_optimizer_in_backward(torch, see):
    x = leaf(torch, 1.0, 2.0)

    def step(t):
        with torch.no_grad():
            t.sub_(t.grad, alpha=0.1)
        t.grad = None

    x.register_post_accumulate_grad_hook(step)
    for _ in range(2):
        (x * x).sum().backward()
        see(x)
        see(x.grad)


@compared
def test_leaf_hook_order_with_post_accumulate(torch, see):
    x = leaf(torch, 1.0)
    order = []
    x.register_post_accumulate_grad_hook(lambda t: order.append("post"))
    x.register_hook(lambda g: order.append("hook"))
    (x * 2).sum().backward()
    see(order)


@compared
def test_hooks_with_autograd_grad(torch, see):
    x = leaf(torch, 1.0, 2.0)
    h = x * 3
    h.register_hook(lambda g: g * 2)
    x.register_hook(lambda g: g + 1)
    x.register_post_accumulate_grad_hook(lambda t: see("not called"))
    see.values(torch.autograd.grad(h.sum(), [x, h]))
    see(x.grad)


@compared
def test_hook_on_several_outputs(torch, see):
    x = torch.arange(4.0).requires_grad_()
    a, b = x.split(2)
    a.register_hook(lambda g: g * 10)
    b.register_hook(see.values)
    (a.sum() + (b * 2).sum()).backward()
    see(x.grad)
    a, b = (x * 1).split(2)
    b.register_hook(see.values)  # b gets no gradient
    a.sum().backward()
    see(x.grad)


@compared
def test_node_prehook(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * 3
    y.grad_fn.register_prehook(see.values)
    y.grad_fn.register_prehook(lambda gs: (gs[0] * 2,))
    y.sum().backward()
    see(x.grad)


@compared
def test_node_hook(torch, see):
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    y = x * w
    y.grad_fn.register_hook(lambda inputs, outputs: see.values(inputs + outputs))
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * 2, inputs[1]))
    y.sum().backward()
    see(x.grad)
    see(w.grad)


@compared
def test_node_hook_with_absent_gradients(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * torch.tensor([5.0, 6.0])
    y.grad_fn.register_hook(lambda inputs, outputs: see.values(inputs + outputs))
    y.sum().backward()
    see(x.grad)


@compared
def test_wrong_results_of_node_hooks(torch, see):
    x = leaf(torch, 1.0, 2.0)

    def count(inputs, outputs):
        return inputs + inputs

    def plain(inputs, outputs):
        return inputs[0] * 3

    def text(inputs, outputs):
        return "a"

    for hook in (count, plain, text):
        y = x * 2
        y.grad_fn.register_hook(hook)
        see(lambda y=y: y.sum().backward())
    see(x.grad)


@compared
def test_wrong_results_of_node_prehooks(torch, see):
    x = leaf(torch, 1.0, 2.0)

    def count(outputs):
        return outputs + outputs

    def plain(outputs):
        return outputs[0] * 3

    def text(outputs):
        return "a"

    for hook in (count, plain, text):
        y = x * 2
        y.grad_fn.register_prehook(hook)
        see(lambda y=y: y.sum().backward())
    see(x.grad)


@compared
def test_hooks_of_accumulate_grad(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    see(node.name())
    node.register_prehook(lambda gs: (gs[0] * 10,))
    node.register_hook(lambda inputs, outputs: see.values(inputs + outputs))
    y.sum().backward()
    see(x.grad)


@compared
def test_order_of_all_hooks(torch, see):
    x = leaf(torch, 1.0, 2.0)
    order = []
    y = x * 3
    y.grad_fn.register_prehook(lambda gs: order.append("node pre"))
    y.register_hook(lambda g: order.append("tensor"))
    y.retain_grad()
    y.grad_fn.register_hook(lambda i, o: order.append("node post"))
    node = y.grad_fn.next_functions[0][0]
    x.register_hook(lambda g: order.append("leaf"))
    node.register_prehook(lambda gs: order.append("accumulate pre"))
    node.register_hook(lambda i, o: order.append("accumulate post"))
    x.register_post_accumulate_grad_hook(lambda t: order.append("post accumulate"))
    y.sum().backward()
    see(order)


@compared
def test_hook_inside_a_taped_backward(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x**3
    y.register_hook(lambda g: g * x)  # the hook's own arithmetic is taped with create_graph
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    see.values(g)
    see(torch.autograd.grad(g.sum(), x))


@compared
def test_grad_mode_inside_hooks(torch, see):
    x = leaf(torch, 1.0)
    y = x * 2
    y.register_hook(lambda g: see(torch.is_grad_enabled()))
    y.sum().backward(retain_graph=True)
    torch.autograd.grad(y.sum(), x, create_graph=True)


@compared
def test_multi_grad_hook(torch, see):
    x, w = leaf(torch, 1.0), leaf(torch, 2.0)
    unused = leaf(torch, 3.0)
    hook = torch.autograd.graph.register_multi_grad_hook
    handle = hook([x, w, unused], see.values)
    hook([x, w], see.values, mode="any")
    (x * w).sum().backward(retain_graph=True)
    (x * w + unused).sum().backward()
    handle.remove()
    (x * w + unused).sum().backward()
    see(lambda: hook([x], print, mode="none"))


@compared
def test_backward_inside_a_hook(torch, see):
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    y = x * 2
    y.register_hook(lambda g: (w * w).sum().backward() if torch.is_grad_enabled() else None)

    def inner(g):
        with torch.enable_grad():
            (w * w).sum().backward()

    y.register_hook(inner)
    y.sum().backward()
    see([x.grad, w.grad])


@compared
def test_hooks_of_copies(torch, see):
    x = leaf(torch, 1.0, 2.0)
    x.register_hook(lambda g: g * 100)
    d = x.detach().requires_grad_()
    (d * 2).sum().backward()
    see(d.grad)
    v = x.view(2)
    v.sum().backward()
    see(x.grad)


@compared
def test_a_hook_keeps_nothing_alive(torch, see):
    class Held:
        pass

    held = Held()
    seen = weakref.ref(held)
    x = leaf(torch, 1.0)
    handle = x.register_hook(lambda g, held=held: None)
    del held
    see(seen() is not None)
    handle.remove()
    gc.collect()
    see(seen() is None)
