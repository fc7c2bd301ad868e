"""The graph from outside: nodes, edges, saved tensors, saved_tensors_hooks."""

from __future__ import annotations

from tests.compared import compared


def leaf(torch, *values):
    return torch.tensor(values, requires_grad=True)


def tree(node):
    """A graph as nested names."""
    if node is None:
        return None
    return [node.name(), [tree(n) for n, _ in node.next_functions]]


@compared
def test_names_and_edges(torch, see):
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    y = ((x * w + 1).exp() - x).sum()
    see(tree(y.grad_fn))
    see(tree((x @ w).grad_fn))
    see(tree(torch.cat([x, w]).grad_fn))
    see(tree(torch.stack([x, w.detach()]).grad_fn))
    see(tree((x * 2).grad_fn))
    see(tree((2 - x).grad_fn))
    see(tree((x / w).grad_fn))
    see(tree(x.view(1, 2).t().grad_fn))
    see(tree(x[0].grad_fn))
    see(tree(x[None, :1].grad_fn))
    see(tree(x.mean().grad_fn))
    see(tree(x.to(torch.float64).grad_fn))


@compared
def test_node_repr_and_type(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * 2
    see(repr(y.grad_fn))
    see(str(type(y.grad_fn)))
    see(type(y.grad_fn).__name__)
    see(y.grad_fn.name())
    see(repr(y.grad_fn.next_functions[0][0]))
    see(y.grad_fn is y.grad_fn)
    see(isinstance(y.grad_fn, torch.autograd.graph.Node))
    see([y.output_nr, x.output_nr])
    see(repr(y.grad_fn.next_functions))
    see(y.grad_fn.next_functions[0][0] is (x + 1).grad_fn.next_functions[0][0])


@compared
def test_metadata(torch, see):
    x = leaf(torch, 1.0)
    y = x * 2
    see(y.grad_fn.metadata)
    y.grad_fn.metadata["who"] = "me"
    see(y.grad_fn.metadata)
    see(y.grad_fn.metadata is y.grad_fn.metadata)
    a, b = x + 1, x + 2
    see(b.grad_fn._sequence_nr() - a.grad_fn._sequence_nr())


@compared
def test_accumulate_grad_variable(torch, see):
    x = leaf(torch, 1.0)
    node = (x * 2).grad_fn.next_functions[0][0]
    see(node.variable is x)
    see(node.next_functions)
    edge = torch.autograd.graph.get_gradient_edge(x)
    see([type(edge).__name__, edge.node is node, edge.output_nr])
    y = x.expand(2).unbind(0)[1]
    edge = torch.autograd.graph.get_gradient_edge(y)
    see([edge.node is y.grad_fn, edge.output_nr])
    see(lambda: torch.autograd.graph.get_gradient_edge(torch.tensor([1.0])))


@compared
def test_gradient_edges_as_inputs_and_outputs(torch, see):
    x = leaf(torch, 1.0, 2.0)
    h = x * 3
    y = (h * h).sum()
    edge = torch.autograd.graph.get_gradient_edge(h)
    see(torch.autograd.grad(y, edge, retain_graph=True))
    see(torch.autograd.grad(y, [edge, x], retain_graph=True))
    root = torch.autograd.graph.get_gradient_edge(y)
    see(torch.autograd.grad(root, x, retain_graph=True))
    see(torch.autograd.grad(edge, x, torch.tensor([1.0, 2.0]), retain_graph=True))
    see(lambda: torch.autograd.grad(edge, x, retain_graph=True))
    torch.autograd.backward(root, inputs=[x])
    see(x.grad)


@compared
def test_saved_tensors_of_nodes(torch, see):
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    node = (x * w).grad_fn
    see(node._saved_self)
    see(node._saved_other)
    see(node._saved_self is x)
    y = x.exp()
    see(y.grad_fn._saved_result)
    see(y.grad_fn._saved_result.grad_fn is y.grad_fn)
    p = x**3
    see([p.grad_fn._saved_self, p.grad_fn._saved_exponent])
    s = x.view(1, 2).sum(1)
    see([s.grad_fn._saved_dim, s.grad_fn._saved_keepdim, s.grad_fn._saved_self_sym_sizes])
    m = torch.softmax(x, 0)
    see([m.grad_fn._saved_dim, m.grad_fn._saved_result])
    c = x.clamp(1.5, 3)
    see([c.grad_fn._saved_min, c.grad_fn._saved_max, c.grad_fn._saved_self])
    see(lambda: (x * 2).grad_fn._saved_nothing)
    y.sum().backward()
    see(lambda: y.grad_fn._saved_result)
    (x * w).sum().backward()
    see(lambda: node._saved_self)
    z = (x * w)
    n = z.grad_fn
    z.sum().backward()
    see(lambda: n._saved_self)


@compared
def test_product_with_a_constant_saves_what_it_needs(torch, see):
    x = leaf(torch, 1.0, 2.0)
    c = torch.tensor([3.0, 4.0])
    node = (x * c).grad_fn
    see(node._saved_self)
    see(node._saved_other)
    node = (c * x).grad_fn
    see(node._saved_self)
    see(node._saved_other)
    see((x * 2).grad_fn._saved_other)


@compared
def test_saved_tensors_hooks(torch, see):
    x, w = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    log = []

    def pack(t):
        log.append(["pack", t.tolist()])
        return t.tolist()

    def unpack(values):
        log.append(["unpack", values])
        return torch.tensor(values)

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = x * w
        z = y.exp()
        v = z + 1
    see(sorted(log))  # of one operation's tensors, which is packed first is no promise
    v.sum().backward(retain_graph=True)
    see(sorted(log))
    see(x.grad)
    v.sum().backward()
    see(sorted(log))
    see(w.grad)


@compared
def test_saved_tensors_hooks_change_values(torch, see):
    x = leaf(torch, 1.0, 2.0)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t * 2, lambda t: t * 5):
        y = x * x
    y.sum().backward()
    see(x.grad)


@compared
def test_nested_saved_tensors_hooks(torch, see):
    x = leaf(torch, 1.0, 2.0)
    hooks = torch.autograd.graph.saved_tensors_hooks

    def unpack(packed):
        see(packed[0])
        return packed[1]

    with hooks(lambda t: ("outer", t), unpack):
        a = x.exp()
        with hooks(lambda t: ("inner", t), unpack):
            b = x.sin()
        c = x.cos()
    (a + b + c).sum().backward()
    see(x.grad)


@compared
def test_wrong_results_of_saved_tensors_hooks(torch, see):
    x = leaf(torch, 1.0, 2.0)
    hooks = torch.autograd.graph.saved_tensors_hooks
    with hooks(lambda t: t, lambda p: "text"):
        y = x * x
    see(lambda: y.sum().backward())

    def fail(_):
        raise ValueError("no")

    with hooks(lambda t: t, fail):
        y = x * x
    see(lambda: y.sum().backward())

    def forward():
        with hooks(fail, lambda p: p):
            return x * x

    see(forward)
    see(lambda: (x * x).requires_grad)


@compared
def test_disabled_saved_tensors_hooks(torch, see):
    x = leaf(torch, 1.0, 2.0)
    hooks = torch.autograd.graph.saved_tensors_hooks

    def run():
        with torch.autograd.graph.disable_saved_tensors_hooks("not here"):
            with hooks(lambda t: t, lambda p: p):
                return x * x

    see(run)
    with hooks(lambda t: t, lambda p: p * 2):
        y = x * x
    y.sum().backward()
    see(x.grad)


@compared
def test_save_on_cpu(torch, see):
    x = leaf(torch, 1.0, 2.0)
    with torch.autograd.graph.save_on_cpu():
        y = (x * x).exp()
    y.sum().backward()
    see(x.grad)


@compared
def test_hooks_with_double_backward(torch, see):
    x = leaf(torch, 1.0, 2.0)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        y = x**3
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    see.values(g)
    see(torch.autograd.grad(g.sum(), x))


@compared
def test_hooks_on_a_single_saved_tensor(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x.exp()
    node = y.grad_fn
    node._raw_saved_result.register_hooks(lambda t: t * 10, lambda t: t)
    y.sum().backward()
    see(x.grad)


@compared
def test_graph_of_in_place(torch, see):
    x = leaf(torch, 1.0, 2.0)
    y = x * 2
    y.add_(1)
    see(tree(y.grad_fn))
    y[0] = 5.0
    see(tree(y.grad_fn))
    y[0:1].mul_(3)
    see(tree(y.grad_fn))
    y.sum().backward()
    see(x.grad)


@compared
def test_views_after_writes(torch, see):
    x = leaf(torch, 1.0, 2.0, 3.0)
    y = x * 2
    a, b = y[:2], y[1:]
    a.mul_(3)
    see(tree(b.grad_fn))
    see(tree(y.grad_fn))
    see(tree(a.grad_fn))
    b.sum().backward()
    see(x.grad)


@compared
def test_increment_version_and_unsafe(torch, see):
    x = leaf(torch, 1.0, 2.0)
    h = x * 1
    y = h * h
    torch.autograd.graph.increment_version(h)
    see(h._version)
    see(lambda: y.sum().backward())
    h = x * 1
    y = h * h
    version = h._version
    with torch.autograd._unsafe_preserve_version_counter(h):
        h.mul_(2)
    see(h._version == version)


@compared
def test_allow_mutation_on_saved_tensors(torch, see):
    x = leaf(torch, 1.0, 2.0)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        h = x * 1
        y = h.sin()
        h.mul_(10)
        y.sum().backward()
    see(x.grad)
