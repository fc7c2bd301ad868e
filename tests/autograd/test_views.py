"""Views, writes through them and their histories: what random programs (tests/fuzz) found, in small."""

from __future__ import annotations

import pytest

from tests.compared import compared


def seen(see, *tensors):
    """Note what the writes to a family leave on each of its tensors."""
    for t in tensors:
        see(lambda t=t: (t._version, t.requires_grad, t.grad_fn and t.grad_fn.name()))


# -- counts of writes -----------------------------------------------------------------------------
@compared
def test_a_family_counts_writes_together_after_data_is_set(torch, see):
    x = torch.arange(4.0)
    view = x[1:]
    x.data = torch.ones(4)
    x.add_(1)
    see(view)
    seen(see, x, view)
    view.mul_(2)
    see(x)
    seen(see, x, view)


@compared
def test_set_counts_as_a_write_and_has_a_history(torch, see):
    leaf = torch.ones(3, requires_grad=True)
    y = leaf * 1
    view = y[1:]
    source = torch.arange(2.0)
    see(y.set_(source))
    seen(see, y, view, source)
    see(lambda: y.sum().backward())
    plain = torch.zeros(2)
    plain.set_(leaf * 2)
    seen(see, plain)
    with torch.no_grad():
        other = torch.zeros(2).set_(leaf)
    seen(see, other)
    see(lambda: leaf.set_(source))


@compared
def test_resize_keeps_the_offset(torch, see):
    x = torch.arange(3.0)
    view = x[1:]
    view.resize_(2, 1)
    see(view)
    see((view.storage_offset(), view.stride()))
    leaf = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        see(lambda: leaf.resize_(1))


# -- what is written --------------------------------------------------------------------------------
@compared
def test_memory_that_overlaps_itself_may_be_filled(torch, see):
    base = torch.ones(2, requires_grad=True) * 1
    wide = base.expand(3, 2)
    see(lambda: wide.add_(1))
    see(lambda: wide.fill_(torch.tensor(2.0)))
    see(wide.fill_(2))
    see(wide.zero_())
    see(base)
    see(lambda: base.sum().backward())


@compared
def test_setitem_at_its_corners(torch, see):
    def put(t, where, value):
        t[where] = value
        return t, t.grad_fn and t.grad_fn.name()

    leaf, scalar = torch.ones(3, requires_grad=True), torch.tensor(2.0)
    y = leaf * 1
    see(lambda: put(y, None, y))
    see(lambda: put(scalar.clone(), ..., 5))
    see(lambda: put((leaf * 1)[0], ..., 5))
    for where in (0, 1, -1, slice(1, None), (0,)):
        see(lambda where=where: scalar[where])
        see(lambda where=where: put(scalar, where, 1))
    for where in (torch.tensor([True, False]), torch.tensor([5]), [0]):
        see(lambda where=where: put(leaf[:2], where, torch.ones(7)))
        see(lambda where=where: put(torch.ones(0, 2), where, torch.ones(7)))
    see(lambda: put(torch.ones(2, 0), torch.tensor([9]), 1))
    see(lambda: put(torch.ones(3), torch.ones(3) > 0, torch.ones(0)))


@compared
def test_out_is_refused_in_order(torch, see):
    leaf, plain = torch.ones(2, 3, requires_grad=True), torch.ones(4)
    see(lambda: torch.add(leaf, plain, out=torch.empty(0)))
    see(lambda: torch.add(plain, plain[:3], out=leaf))
    see(lambda: torch.add(plain[1:], plain, out=plain[:3]))
    see(lambda: torch.mul(plain, plain[:3], out=torch.ones(1).expand(4)))


@compared
def test_masks_are_refused_in_order(torch, see):
    x, short = torch.zeros(2, 3), torch.tensor([True, False])
    for call in ("masked_fill", "masked_fill_"):
        see(lambda call=call: getattr(x, call)(short, 1))
        see(lambda call=call: getattr(x, call)(short, torch.ones(2)))
        see(lambda call=call: getattr(x, call)(torch.tensor([1, 2]), 1))
        see(lambda call=call: getattr(torch.ones(2), call)(torch.zeros(3, 2) > 0, 1))
    see(lambda: torch.ones(2, requires_grad=True).masked_fill_(x > 0, 1))


# -- histories ----------------------------------------------------------------------------------------
@compared
def test_nodes_of_views(torch, see):
    leaf = torch.ones(2, 3, requires_grad=True)
    y = leaf * 1
    for made in (
        y.reshape(6), y.t().reshape(3, 1, 2), y.expand(2, 2, 3).reshape(2, 2, 3, 1), y.t().reshape(6),
        y[0, 0].movedim(0, -1), y.movedim(0, 1), y[:, :0].chunk(2, 1)[0], y.chunk(2, 1)[1],
    ):  # fmt: skip
        see(made)
        see(made.grad_fn.name())
    see(lambda: torch.ones(1, 1, 1).t_())


@compared
def test_a_broken_history_is_refused_first(torch, see):
    y = torch.ones(4, requires_grad=True) * 1
    with torch.no_grad():
        view = y[1:]
    y.mul_(2)
    see(lambda: view * torch.ones(7))
    see(lambda: view.reshape(5))
    see(lambda: y.add_(view))
    see(lambda: view > 0)
    see(lambda: torch.ones(3).add_(view))


@compared
def test_which_tensor_a_version_error_names(torch, see):
    leaf = torch.ones(2, 2, requires_grad=True)
    a = leaf.exp()
    b = a * 1
    a.mul_(2)
    see(lambda: b.sum().backward())
    a, b = leaf * 1, leaf * 3
    c = a[0] * b[:, :1]
    a.add_(1), b.add_(1)
    see(lambda: c.sum().backward())
    first, second = (leaf * 1).unsafe_chunk(2)
    c = second * second
    second.detach().add_(1)
    see(lambda: c.sum().backward())
    batch = leaf.expand(3, 2, 2) * 1
    c = batch @ batch
    batch.add_(1)
    see(lambda: c.sum().backward())
    a = leaf * 1
    c = a * a
    a.detach_()
    see(lambda: c.sum().backward())


@compared
def test_a_freed_graph_is_refused(torch, see):
    y = torch.ones(2, requires_grad=True) / 2
    y.sum().backward()
    see(lambda: (y + 1).sum().backward())


@compared
def test_a_gradient_that_does_not_fit(torch, see):
    leaf = torch.ones(2, 2, requires_grad=True)
    y = (leaf * 1).view(4)
    y.data = torch.ones(2, 2)
    see(lambda: (y * 2).sum().backward())
    y = leaf * 2
    leaf.data = torch.ones(3)
    see(lambda: (y.sum() + leaf.sum()).backward())


@pytest.mark.parametrize("op", ["clamp", "max", "amax", "median", "maximum", "abs", "relu", "tanh"])
def test_which_gradients_have_gradients(op):
    @compared
    def program(torch, see):
        x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
        args = {"clamp": (-1, 2), "maximum": (torch.zeros(3),), "amax": (0,)}.get(op, ())
        (g,) = torch.autograd.grad(getattr(torch, op)(x, *args).sum(), x, create_graph=True)
        see(g.requires_grad)

    program()


# -- strides --------------------------------------------------------------------------------------------
@compared
def test_strides_beside_numbers_and_of_nothing(torch, see):
    for x in (
        torch.zeros(0, 2).T, torch.zeros(2, 0, 3).transpose(0, 2), torch.zeros(3, 1).T,
        torch.zeros(6).as_strided((2, 1, 3), (3, 1, 1)), torch.zeros(4).as_strided((1, 4), (1, 1)),
    ):  # fmt: skip
        for made in (x * 2, 1 - x, x / 2, x > 0, x % 2, x**2, x.clamp(-1, 2), torch.where(x > 0, x, 2.0)):
            see(made.stride())
    for shape in ((0,), (2, 0), (3, 0, 2)):
        array = torch.zeros(shape).numpy()
        see(array.strides)
        see(torch.tensor(array).stride())
        see(torch.from_numpy(array).stride())
    see((torch.ones(2) @ torch.ones(2, 3))._version)


@compared
def test_products_that_do_not_fit(torch, see):
    matrix, batch = torch.ones(2, 4), torch.ones(3, 2, 2)
    for a, b in ((matrix, batch), (batch, matrix.T), (torch.ones(3), batch), (batch.mT, torch.ones(3))):
        see(lambda a=a, b=b: a @ b)
        see(lambda a=a, b=b: a.clone().requires_grad_() @ b)
        see(lambda a=a, b=b: a @ b.clone().requires_grad_())


@compared
def test_what_counts_as_a_write(torch, see):
    x = torch.zeros(2, 3)
    x.resize_(2, 3)
    seen(see, x)
    x.resize_(6)
    seen(see, x)
    x[1:] = x[0]
    seen(see, x)
    see(x.fill_(x[2]))
    seen(see, x)


# -- what longer programs found ---------------------------------------------------------------------
@compared
def test_a_wrong_count_is_told_before_a_wrong_dtype(torch, see):
    x = torch.zeros(3)
    for count in (2, 3, 4):
        see(lambda count=count: x.__setitem__(x == 0, torch.ones(count, dtype=torch.float64)))


@compared
def test_masks_keep_the_memory_order(torch, see):
    base = torch.arange(24.0).reshape(2, 3, 4)
    for dims in ((0, 2, 1), (2, 0, 1), (1, 0, 2)):
        x = base.permute(dims)
        for where in (torch.arange(x.shape[0]) != 1, (slice(None), torch.arange(x.shape[1]) > 0), x > 30):
            see(x[where].stride())


@compared
def test_a_mask_without_true_elements_says_nothing_of_later_ones(torch, see):
    leaf = torch.tensor([[1.0, -2.0], [3.0, 4.0]], requires_grad=True)
    for low in (9, 0):
        (g,) = torch.autograd.grad((leaf[leaf > low] * 2).sum(), leaf, allow_unused=True)
        see(g)


@compared
def test_a_tensor_over_other_memory_has_a_new_end_of_its_graph(torch, see):
    leaf = torch.ones(3, requires_grad=True)
    y = leaf * 2
    with torch.no_grad():
        leaf.set_(torch.zeros(3))
    see(torch.autograd.grad(y.sum(), leaf, allow_unused=True))
    y = leaf * 2
    leaf.detach_()
    see(lambda: y.sum().backward())
    see(leaf.grad)
    inside = torch.ones(3, requires_grad=True)
    y = inside * 2
    inside.requires_grad_(False).mul_(torch.ones(3, requires_grad=True))
    see(lambda: y.sum().backward())


@compared
def test_which_tensor_a_version_error_names_when_it_is_gone(torch, see):
    leaf = torch.ones(3, requires_grad=True)
    x = leaf * 1
    y = x * x
    x.sub_(leaf)
    del x
    see(lambda: y.sum().backward())
    x = leaf.tanh()
    with torch.no_grad():
        x.unsqueeze_(-1)
    see(lambda: x.sum().backward())


@compared
def test_a_view_that_its_base_left(torch, see):
    for start, stop, where in ((0, 6, slice(None)), (2, 8, slice(None)), (2, 8, slice(3, 4)), (0, 3, slice(0, 6))):
        leaf = torch.arange(6.0).requires_grad_()
        base = leaf * 1
        view = base.view(2, 3)
        base.data = torch.zeros(8)[start:stop]
        view.view(6)[where] = 2
        see(lambda base=base, leaf=leaf: torch.autograd.grad(base.sum(), leaf, retain_graph=True))
    base.data = torch.zeros(1).expand(6)
    view[0] = 3
    see(lambda: torch.autograd.grad(base.sum(), leaf))


@compared
def test_a_leaf_of_another_shape_takes_its_gradient_in_it(torch, see):
    leaf = torch.ones(2, 3, requires_grad=True)
    for change in (lambda t: t.unsqueeze_(0), lambda t: t.unsqueeze_(1), lambda t: t.t_()):
        with torch.no_grad():
            x = leaf.clone().requires_grad_()
        y = x[:, torch.tensor([0, 1])] * 2
        with torch.no_grad():
            change(x)
        see(lambda y=y: y.sum().backward())
        see(x.grad)


@compared
def test_a_broken_history_and_other_errors(torch, see):
    y = torch.ones(2, 3, requires_grad=True) * 1
    with torch.no_grad():
        view = y[...]
    rows = y.unbind(0)
    scalar = y.flatten().unbind(0)[0]
    y.mul_(2)
    for call in (
        lambda: view.movedim(1, 5), lambda: view.narrow(0, 0, 9), lambda: view.flatten(1, 0),
        lambda: view[torch.tensor([True])], lambda: torch.cat([view, torch.ones(7)]),
        lambda: torch.stack([torch.ones(7), rows[0]]), lambda: scalar[::2], lambda: scalar.__setitem__(slice(2), 1),
        lambda: view.requires_grad_(False) is view, lambda: rows[0].requires_grad_(False), lambda: view.retain_grad(),
    ):  # fmt: skip
        see(call)


@compared
def test_what_products_of_batches_save(torch, see):
    for a, b in (
        ((2, 2), (3, 2, 2)), ((3, 2, 2), (2, 2)), ((1, 2, 2), (3, 2, 2)), ((3, 2, 2), (1, 2, 2)), ((2,), (3, 2, 2)),
        ((3, 2, 2), (2,)), ((3, 1, 2, 2), (3, 2, 2)), ((2, 2), (3, 2, 1)),
    ):  # fmt: skip
        for first, second in ((True, False), (False, True), (True, True)):
            for written in ("x", "y", "xy"):
                x = torch.ones(a, requires_grad=first) * 1
                y = torch.ones(b, requires_grad=second) * 1
                product = x @ y
                for name in written:
                    {"x": x, "y": y}[name].mul_(2)
                see(lambda product=product: product.sum().backward())


@compared
def test_a_difference_of_bools_is_refused_before_an_overlap(torch, see):
    for base in (torch.ones(2, 2) > 0, torch.ones(2, 2)):
        turned = base.t()
        see(lambda base=base, turned=turned: torch.sub(turned, turned, out=base))
        see(lambda base=base, turned=turned: base.sub_(turned))
        see(lambda base=base: base.view(4)[:3].sub_(base.view(4)[1:]))


@compared
def test_a_view_of_memory_that_overlaps_itself(torch, see):
    for size, stride in (((2, 2), (1, 1)), ((2, 3), (0, 1)), ((3, 2), (2, 2)), ((2, 2), (2, 1))):
        leaf = torch.arange(8.0).requires_grad_()
        outer = leaf.as_strided(size, stride)
        inner = outer.as_strided((2, 2), (1, 1))
        (g,) = torch.autograd.grad((inner * inner).sum(), leaf)
        see(g)


@compared
def test_data_of_what_requires_gradients_is_of_floats(torch, see):
    leaf = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        unfollowed = leaf[:1]
    for x in (leaf, leaf * 1, (leaf * 1)[:1], unfollowed, leaf.detach()):
        see(lambda x=x: setattr(x, "data", torch.tensor([1, 2])))
