"""Layouts against torch's shapes, strides, offsets and errors; recipes against torch's memory."""

from __future__ import annotations

import copy
import gc
import pickle
import warnings

import jax
import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jaxtorch._core import layout as L
from jaxtorch._core import program, strides
from jaxtorch._core import recipe as R

chains = settings(max_examples=120, deadline=None)
# Not shrunk: every example compiles a program.
programs = settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])


def of(tensor) -> L.Layout:
    return L.layout(tuple(tensor.shape), tensor.stride(), tensor.storage_offset())


def outcome(f, *args):
    """What a call gives: layouts, or the type and text of what it raises."""
    try:
        result = f(*args)
    except (RuntimeError, IndexError, ValueError) as error:
        # torch appends its C++ stack to some texts
        return type(error).__name__, str(error).split("\nException raised from")[0]
    if isinstance(result, torch.Tensor):
        return of(result)
    if isinstance(result, (tuple, list)):
        return [of(x) if isinstance(x, torch.Tensor) else x for x in result]
    return result


# --- random views -------------------------------------------------------------------------------

SIZES = st.sampled_from([0, 1, 1, 2, 2, 3, 4, 5, 6])


@st.composite
def contiguous_shapes(draw, limit=200, sizes=SIZES):
    shape = []
    numel = 1
    for size in draw(st.lists(sizes, max_size=4)):
        if numel * size <= limit:
            shape.append(size)
            numel *= size
    return tuple(shape)


def draw_dim(draw, ndim):
    return draw(st.integers(-max(ndim, 1), max(ndim, 1) - 1) | st.integers(-ndim - 1, ndim))


def draw_factors(draw, numel):
    shape = []
    while numel > 1 and len(shape) < 4:
        size = draw(st.sampled_from([n for n in range(1, numel + 1) if numel % n == 0]))
        shape.append(size)
        numel //= size
    return [*shape, *([numel] if numel != 1 else [])]


def draw_view(draw, shape):
    """One view op on a tensor of `shape`: (its name, on torch, on layouts)."""
    ndim = len(shape)
    numel = int(np.prod(shape))
    name = draw(st.sampled_from(sorted(VIEWS)))
    dim = draw_dim(draw, ndim)
    size = shape[dim] if -ndim <= dim < ndim else 1
    return (name, *VIEWS[name](draw, shape, ndim, numel, dim, size))


def by_name(name, *args):
    return (lambda x: getattr(x, name)(*args)), (lambda x: getattr(L, name)(x, *args))


def _view(draw, shape, ndim, numel, dim, size):
    new = draw_factors(draw, numel) if numel else list(draw(st.permutations(shape)))
    if new and draw(st.booleans()):
        new[draw(st.integers(0, len(new) - 1))] = -1
    if draw(st.integers(0, 9)) == 0:
        new.append(draw(st.sampled_from([-2, -1, 0, 1, 2])))
    return (lambda x: x.view(new)), (lambda x: L.view(x, tuple(new)))


def _permute(draw, shape, ndim, numel, dim, size):
    dims = list(draw(st.permutations(range(ndim))))
    if dims and draw(st.integers(0, 9)) == 0:
        dims[0] = draw(st.integers(-ndim - 1, ndim))
    return by_name("permute", tuple(dims))


def _movedim(draw, shape, ndim, numel, dim, size):
    count = draw(st.integers(0, ndim))
    source = tuple(draw(st.permutations(range(ndim)))[:count])
    destination = tuple(draw(st.permutations(range(-ndim, 0)))[:count])
    return by_name("movedim", source, destination)


def _slice(draw, shape, ndim, numel, dim, size):
    bound = st.none() | st.integers(-size - 1, size + 2)
    step = draw(st.integers(0, 3) if draw(st.integers(0, 4)) == 0 else st.integers(1, 3))
    args = dim, draw(bound), draw(bound), step
    return (lambda x: torch.ops.aten.slice(x, *args)), (lambda x: L.slice(x, *args))


def _expand(draw, shape, ndim, numel, dim, size):
    sizes = [draw(st.sampled_from([2, 3])) if n == 1 and draw(st.booleans()) else n for n in shape]
    sizes = [-1 if draw(st.integers(0, 5)) == 0 else n for n in sizes]
    sizes = draw(st.lists(st.integers(1, 3), max_size=1)) + sizes
    if sizes and draw(st.integers(0, 9)) == 0:
        sizes[0] = draw(st.sampled_from([-1, 7]))
    return by_name("expand", tuple(sizes))


def _squeeze(draw, shape, ndim, numel, dim, size):
    dims = draw(st.none() | st.just(dim) | st.lists(st.integers(-ndim, ndim), max_size=2))
    args = () if dims is None else (tuple(dims) if isinstance(dims, list) else dims,)
    return by_name("squeeze", *args)


def _diagonal(draw, shape, ndim, numel, dim, size):
    return by_name("diagonal", draw(st.integers(-3, 3)), dim, draw_dim(draw, ndim))


def _as_strided(draw, shape, ndim, numel, dim, size):
    """Any layout that stays inside what the tensor at hand spans."""
    new = draw(st.lists(st.integers(1, 4), max_size=3))
    strides = draw(st.lists(st.integers(0, 7), min_size=len(new), max_size=len(new)))
    return (lambda x: _inside(x, new, strides)), (lambda x: L.as_strided(x, new, strides))


def _inside(x, size, stride):
    """`x.as_strided`, after dropping (in place) the dimensions that would leave the storage."""
    room = x.untyped_storage().nbytes() // x.element_size() - x.storage_offset()
    while size and sum((n - 1) * s for n, s in zip(size, stride)) >= room:
        size.pop(), stride.pop()
    if room <= 0:
        size[:], stride[:] = [0], [1]
    return x.as_strided(size, stride)


def _pick(name, function, arguments):
    def build(draw, shape, ndim, numel, dim, size):
        args = arguments(draw, dim, size)
        which = draw(st.integers(0, 7))

        def pick(pieces):
            return pieces[which % len(pieces)]

        def on_torch(x):
            pieces = getattr(x, name)(*args)
            return pick(pieces) if pieces else pieces

        def on_layout(x):
            pieces = function(x, *args)
            return pick(pieces) if pieces else pieces

        return on_torch, on_layout

    return build


def _sizes(draw, dim, size):
    if draw(st.integers(0, 6)) == 0:
        return [draw(st.integers(-1, 3)), size], dim
    cut = draw(st.integers(0, size))
    return [cut, size - cut], dim


VIEWS = {
    "view": _view,
    "permute": _permute,
    "movedim": _movedim,
    "slice": _slice,
    "expand": _expand,
    "squeeze": _squeeze,
    "diagonal": _diagonal,
    "transpose": lambda d, sh, n, k, dim, size: by_name("transpose", dim, draw_dim(d, n)),
    "t": lambda d, sh, n, k, dim, size: by_name("t"),
    "unsqueeze": lambda d, sh, n, k, dim, size: by_name("unsqueeze", dim),
    "select": lambda d, sh, n, k, dim, size: by_name(
        "select", dim, d(st.integers(-size - (size == 0), max(size - 1, 0)))
    ),
    "narrow": lambda d, sh, n, k, dim, size: by_name(
        "narrow", dim, d(st.integers(-size - 1, size + 1)), d(st.integers(-1, max(size, 1)))
    ),
    "unfold": lambda d, sh, n, k, dim, size: by_name(
        "unfold", dim, d(st.integers(-1, size + 1)), d(st.integers(0, 3))
    ),
    "unflatten": lambda d, sh, n, k, dim, size: by_name(
        "unflatten", dim, tuple(draw_factors(d, size) if d(st.booleans()) else [-1, 2])
    ),
    "split": _pick("split", L.split, lambda d, dim, size: (d(st.integers(-1, 4)), dim)),
    "split_sizes": _pick("split", L.split, _sizes),
    "chunk": _pick("chunk", L.chunk, lambda d, dim, size: (d(st.integers(0, 4)), dim)),
    "tensor_split": _pick(
        "tensor_split", L.tensor_split, lambda d, dim, size: (d(st.integers(0, 4)), dim)
    ),
    "tensor_cut": _pick(
        "tensor_split",
        L.tensor_split,
        lambda d, dim, size: (tuple(d(st.lists(st.integers(-3, 5), max_size=2))), dim),
    ),
    "unbind": _pick("unbind", L.unbind, lambda d, dim, size: (dim,)),
    "as_strided": _as_strided,
}


def run_chain(draw, tensor, length):
    """A random chain of views: the tensor it ends with, each step checked on layouts."""
    ours = of(tensor)
    for _ in range(length):
        name, on_torch, on_layout = draw_view(draw, tuple(tensor.shape))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                after = on_torch(tensor)
            except (RuntimeError, IndexError):
                after = None
            expected = outcome(on_torch, tensor)
        assert outcome(on_layout, ours) == expected, (name, ours)
        if isinstance(after, torch.Tensor) and after.numel() <= 300:
            tensor, ours = after, expected
    return tensor


@chains
@given(st.data(), contiguous_shapes())
def test_views_agree_with_torch(data, shape):
    run_chain(data.draw, torch.zeros(shape), 5)


@chains
@given(st.data(), contiguous_shapes())
def test_facts_and_reshape_agree_with_torch(data, shape):
    tensor = run_chain(data.draw, torch.zeros(shape), 4)
    l = of(tensor)
    assert l.numel == tensor.numel() and l.ndim == tensor.dim()
    assert l.is_contiguous == tensor.is_contiguous()
    assert l.dense == torch.ops.aten.is_non_overlapping_and_dense(tensor)
    if tensor.dim() == 4:
        expected = tensor.is_contiguous(memory_format=torch.channels_last)
        assert L.is_channels_last(l) == expected
    if tensor.numel():
        new = tuple(draw_factors(data.draw, tensor.numel()))
        aliases = tensor.reshape(new).untyped_storage().data_ptr() == (
            tensor.untyped_storage().data_ptr()
        )
        assert (L.try_view(l, new) is not None) == aliases
        flat = L.flatten(l, 0, -1)
        assert flat is None or flat is of(tensor.flatten())
    elif tensor.dim():
        assert L.flatten(l, 0, 0) is of(tensor.flatten(0, 0))
    try:
        tensor.add_(1)
        refused = False
    except RuntimeError as error:
        refused = "more than one element of the written-to tensor" in str(error)
    assert refused == l.overlapping


# --- results ------------------------------------------------------------------------------------


@chains
@given(st.data(), contiguous_shapes(sizes=st.sampled_from([0, 1, 2, 2, 3, 4])))
def test_pointwise_layout_agrees_with_torch(data, shape):
    operands = []
    for _ in range(data.draw(st.integers(1, 3))):
        operands.append(draw_operand(data.draw, shape))
    if len(operands) == 1:
        expected = operands[0].neg()
    elif len(operands) == 2:
        expected = operands[0] + operands[1]
    else:
        expected = torch.lerp(*operands)
    shapes = [tuple(x.shape) for x in operands]
    assert L.broadcast_shapes(*shapes) == tuple(expected.shape)
    ours = L.pointwise_layout(tuple(expected.shape), [of(x) for x in operands])
    assert ours is of(expected), [of(x) for x in operands]


def draw_operand(draw, shape):
    """A tensor that broadcasts to `shape`: permuted, sliced, expanded, or with sizes of 1."""
    kind = draw(st.sampled_from(["full", "full", "ones", "expanded", "short", "scalar"]))
    if kind == "scalar":
        return torch.zeros(())
    if kind == "short":
        shape = shape[draw(st.integers(0, len(shape))) :]
    sizes = list(shape)
    if kind in ("ones", "expanded"):
        sizes = [1 if draw(st.booleans()) else n for n in shape]
    order = draw(st.permutations(range(len(shape))))
    gaps = [draw(st.sampled_from([0, 0, 0, 1])) for _ in order]
    base = torch.zeros([sizes[d] + gap for d, gap in zip(order, gaps)])
    for d, gap in enumerate(gaps):
        base = base.narrow(d, 0, base.shape[d] - gap)
    x = base.permute([order.index(d) for d in range(len(shape))])
    return x.expand(shape) if kind == "expanded" else x


@chains
@given(st.data(), contiguous_shapes())
def test_like_layout_agrees_with_torch(data, shape):
    x = run_chain(data.draw, torch.zeros(shape), 3)
    assert L.like_layout(of(x)) is of(torch.empty_like(x)) is of(x.clone())


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 1, 4, 5), (2, 0, 4, 5), (2, 3, 1, 5)])
def test_channels_last(shape):
    x = torch.empty(shape, memory_format=torch.channels_last)
    assert L.channels_last(shape) is of(x)
    assert L.is_channels_last(of(x)) == x.is_contiguous(memory_format=torch.channels_last)
    deep = (*shape[:2], 2, *shape[2:])
    x = torch.empty(deep, memory_format=torch.channels_last_3d)
    assert L.channels_last_3d(deep) is of(x)
    assert L.is_channels_last_3d(of(x))
    assert not L.is_channels_last_3d(L.contiguous(shape))
    assert outcome(L.channels_last, (2, 3)) == outcome(
        lambda: torch.empty((2, 3), memory_format=torch.channels_last)
    )
    assert L.pointwise_layout(deep, [of(x), of(x)]) is of(x + x)


# --- interning ----------------------------------------------------------------------------------


def test_equal_layouts_are_one_object():
    l = L.layout((2, 3), (3, 1), 7)
    assert l is L.layout([np.int64(2), 3], [3, 1], np.int32(7)) is L.contiguous((2, 3)).at(7)
    assert l.form is L.contiguous((2, 3)) and l.form.form is l.form
    assert type(L.layout((np.int64(9),), (1,)).shape[0]) is int
    assert copy.deepcopy(l) is copy.copy(l) is pickle.loads(pickle.dumps(l)) is l
    with pytest.raises(AttributeError):
        l.offset = 3


def test_offsets_do_not_accumulate():
    x = L.contiguous((1_000_000, 2))
    kept = [L.select(x, 0, i) for i in range(10)]
    for i in range(30_000):
        L.select(x, 0, i)
    gc.collect()
    assert sum(type(key[0]) is L.Layout for key in list(strides._weak)) < 10_000
    assert all(L.select(x, 0, i) is l for i, l in enumerate(kept))


# --- errors and corner cases that random chains do not reach ------------------------------------

MATRIX = torch.zeros(4, 6)
CASES = {
    "view_two_unknown": (lambda x: x.view(-1, -1), lambda l: L.view(l, (-1, -1))),
    "view_size": (lambda x: x.view(2, 3), lambda l: L.view(l, (2, 3))),
    "view_empty_shape": (lambda x: x.view(()), lambda l: L.view(l, ())),
    "view_spans": (lambda x: x.t().view(24), lambda l: L.view(L.t(l), (24,))),
    "view_ambiguous": (
        lambda x: x[:0].view(0, -1),
        lambda l: L.view(L.slice(l, 0, 0, 0), (0, -1)),
    ),
    "transpose": (lambda x: x.transpose(2, 0), lambda l: L.transpose(l, 2, 0)),
    "permute_count": (lambda x: x.permute(0), lambda l: L.permute(l, (0,))),
    "permute_repeated": (lambda x: x.permute(1, -1), lambda l: L.permute(l, (1, -1))),
    "t": (lambda x: x.view(2, 2, 6).t(), lambda l: L.t(L.view(l, (2, 2, 6)))),
    "movedim_count": (lambda x: x.movedim((0, 1), (1,)), lambda l: L.movedim(l, (0, 1), (1,))),
    "movedim_source": (
        lambda x: x.movedim((0, -2), (0, 1)),
        lambda l: L.movedim(l, (0, -2), (0, 1)),
    ),
    "movedim_destination": (
        lambda x: x.movedim((0, 1), (1, 1)),
        lambda l: L.movedim(l, (0, 1), (1, 1)),
    ),
    "movedim_int": (lambda x: x.movedim(0, -1), lambda l: L.movedim(l, 0, -1)),
    "select": (lambda x: x.select(-1, 9), lambda l: L.select(l, -1, 9)),
    "select_0d": (lambda x: x[0, 0].select(0, 0), lambda l: L.select(L.contiguous(()), 0, 0)),
    "narrow_end": (lambda x: x.narrow(0, 3, 2), lambda l: L.narrow(l, 0, 3, 2)),
    "narrow_start": (lambda x: x.narrow(0, -5, 1), lambda l: L.narrow(l, 0, -5, 1)),
    "narrow_length": (lambda x: x.narrow(0, 0, -1), lambda l: L.narrow(l, 0, 0, -1)),
    "expand_count": (lambda x: x.expand(4), lambda l: L.expand(l, (4,))),
    "expand_size": (lambda x: x.expand(5, 6), lambda l: L.expand(l, (5, 6))),
    "expand_leading": (lambda x: x.expand(-1, 4, 6), lambda l: L.expand(l, (-1, 4, 6))),
    "expand_negative": (lambda x: x.expand(-2, 4, 6), lambda l: L.expand(l, (-2, 4, 6))),
    "squeeze_repeated": (lambda x: x.squeeze((0, -2)), lambda l: L.squeeze(l, (0, -2))),
    "diagonal": (lambda x: x.diagonal(0, 0, -2), lambda l: L.diagonal(l, 0, 0, -2)),
    "as_strided_count": (
        lambda x: x.as_strided((2, 3), (1,)),
        lambda l: L.as_strided(l, (2, 3), (1,)),
    ),
    "as_strided_stride": (
        lambda x: x.as_strided((2,), (-1,)),
        lambda l: L.as_strided(l, (2,), (-1,)),
    ),
    "as_strided_size": (
        lambda x: x.as_strided((-2,), (1,)),
        lambda l: L.as_strided(l, (-2,), (1,)),
    ),
    "as_strided_offset": (
        lambda x: x.as_strided((2,), (1,), -1),
        lambda l: L.as_strided(l, (2,), (1,), -1),
    ),
    "split_0": (lambda x: x.split(0), lambda l: L.split(l, 0)),
    "split_sum": (lambda x: x.split([1, 2], -1), lambda l: L.split(l, [1, 2], -1)),
    "split_negative": (lambda x: x.split([5, -1]), lambda l: L.split(l, [5, -1])),
    "chunk_0": (lambda x: x.chunk(0), lambda l: L.chunk(l, 0)),
    "tensor_split_0": (lambda x: x.tensor_split(0), lambda l: L.tensor_split(l, 0)),
    "unbind": (lambda x: list(x.unbind(1)), lambda l: L.unbind(l, 1)),
    "unbind_0d": (lambda x: x[0, 0].unbind(), lambda l: L.unbind(L.contiguous(()))),
    "flatten_order": (lambda x: x.flatten(1, 0), lambda l: L.flatten(l, 1, 0)),
    "unflatten_size": (lambda x: x.unflatten(0, (3, -1)), lambda l: L.unflatten(l, 0, (3, -1))),
    "unflatten_unknown": (
        lambda x: x.unflatten(0, (-1, -1)),
        lambda l: L.unflatten(l, 0, (-1, -1)),
    ),
    "unflatten_none": (lambda x: x.unflatten(0, ()), lambda l: L.unflatten(l, 0, ())),
    "unflatten_0d": (
        lambda x: x[0, 0].unflatten(0, (1,)),
        lambda l: L.unflatten(L.contiguous(()), 0, (1,)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_corner_cases_agree_with_torch(name):
    on_torch, on_layout = CASES[name]
    assert outcome(on_layout, of(MATRIX)) == outcome(on_torch, MATRIX)


@pytest.mark.parametrize(
    "a, b", [((2,), (3,)), ((5, 2, 3), (4, 3)), ((4, 3), (5, 2, 3)), ((0,), (2,))]
)
def test_broadcast_errors(a, b):
    assert outcome(L.broadcast_shapes, a, b) == outcome(torch.add, torch.zeros(a), torch.zeros(b))


def test_required_size():
    assert L.required_size(L.layout((2, 3), (4, 2), 5)) == 5 + 4 + 4 + 1
    assert L.required_size(L.layout((0, 3), (4, 2), 5)) == 0
    assert L.required_size(L.contiguous(())) == 1


STRIDED = st.tuples(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0, 1, 2, 3, 4, 6, 8])), max_size=3),
    st.sampled_from([1, 2, 4]),
    st.sampled_from([1, 1, 2, 3]),
    st.sampled_from([0, 1, 2, 4]),
)


@chains
@given(STRIDED)
def test_dtype_views_agree_with_torch(case):
    dims, last, stride, offset = case
    shape = [n for n, _ in dims] + [last]
    strides = [s for _, s in dims] + [stride]
    x = torch.zeros(200, dtype=torch.float32).as_strided(shape, strides, offset)
    l = of(x)
    assert outcome(L.view_as_complex, l) == outcome(torch.view_as_complex, x)
    z = torch.zeros(200, dtype=torch.complex64).as_strided(shape, strides, offset)
    assert outcome(L.view_as_real, l) == outcome(torch.view_as_real, z)
    for dtype, name in [(torch.float64, "Double"), (torch.int16, "Short"), (torch.int32, "Int")]:
        ours = outcome(L.view_dtype, l, 4, dtype.itemsize, "Float", name)
        assert ours == outcome(lambda x, d: x.view(d), x, dtype)
    scalar = torch.zeros(())
    assert outcome(L.view_dtype, of(scalar), 4, 8) == outcome(lambda: scalar.view(torch.float64))


# --- recipes ------------------------------------------------------------------------------------


@st.composite
def natives(draw):
    """A dense layout at offset 0, in any order of dimensions."""
    shape = tuple(draw(st.lists(st.sampled_from([6, 4, 3, 2, 5, 1]), min_size=1, max_size=4)))
    order = draw(st.permutations(range(len(shape))))
    return L.permute(L.contiguous(shape), tuple(order))


def strided(memory, l):
    """A NumPy view of 1-d memory under a layout."""
    step = memory.itemsize
    return np.lib.stride_tricks.as_strided(
        memory[l.offset :], l.shape, [s * step for s in l.stride], writeable=True
    )


def quick_jit(f):
    """jax.jit for programs that run once: compiling is what costs."""
    quick = {"xla_backend_optimization_level": 0, **(program.single_op_options() or {})}
    return jax.jit(f, compiler_options=quick)


def compiled(recipe):
    """read, write and accumulate of a recipe as one program with traced starts."""

    def run(array, starts, value, addend):
        read = R.read(recipe.plan, array, starts)
        written = R.write(recipe.plan, array, starts, value)
        return read, written, R.accumulate(recipe.plan, array, starts, addend)

    return quick_jit(run)


def check_recipe(native, l):
    """Reads, writes and accumulates through `l` and compares with strided memory."""
    found = R.recipe(native, l)
    memory = np.arange(1, native.numel + 1, dtype=np.float32)
    if found is None:
        assert l.shape == native.shape
        assert (strided(memory, l) == strided(memory, native)).all()
        return None
    array = strided(memory, native).copy()
    value = np.asarray(-np.arange(1, l.numel + 1, dtype=np.float32).reshape(l.shape))
    read, written, added = compiled(found)(array, found.starts, value, value)
    np.testing.assert_array_equal(read, strided(memory, l))
    expected = memory.copy()
    np.add.at(expected, strided(np.arange(native.numel), l), value)
    np.testing.assert_array_equal(added, strided(expected, native))
    if l.overlapping or type(found.plan.core) is R._Gather:
        # Some element that maps to the position wins; positions outside keep their value.
        back = np.empty_like(memory)
        strided(back, native)[...] = written
        places = strided(np.arange(native.numel), l)
        for position in range(native.numel):
            candidates = value[places == position]
            assert back[position] in (candidates if candidates.size else [memory[position]])
    else:
        base = torch.from_numpy(memory.copy())
        base.as_strided(l.shape, l.stride, l.offset).copy_(torch.from_numpy(value))
        np.testing.assert_array_equal(written, strided(base.numpy(), native))
    return found


@programs
@given(st.data(), natives())
def test_recipes_agree_with_memory(data, native):
    base = torch.zeros(native.numel).as_strided(native.shape, native.stride)
    check_recipe(native, of(run_chain(data.draw, base, data.draw(st.integers(1, 4)))))


def views_of(shape):
    """(name, layout, what its core must be) of usual views of a contiguous (4, 6) or (6, 4)."""
    x = L.contiguous(shape)
    none, block, nested, gather = None, R._Block, R._Nested, R._Gather
    return {
        "transposed": (L.t(x), none),
        "flat": (L.view(x, (24,)), none),
        "cut": (L.view(x, (2, 2, 3, 2)), none),
        "cut_transposed": (L.transpose(L.view(x, (2, 2, 3, 2)), 1, 2), none),
        "row": (L.select(x, 0, 2), block),
        "column": (L.select(x, 1, 3), block),
        "element": (L.select(L.select(x, 0, 2), 0, 1), block),
        "rows": (L.slice(x, 0, 1, 3), block),
        "columns": (L.slice(x, 1, 1, 3), block),
        "stepped": (L.slice(L.slice(x, 0, 1, None, 2), 1, 0, None, 3), block),
        "slice_of_transposed": (L.slice(L.t(x), 0, 1, 3), block),
        "chunk": (L.chunk(x, 2, 1)[1], block),
        "expanded_row": (L.expand(L.select(x, 0, 1), (5, shape[1])), block),
        "flat_rows": (L.view(L.slice(x, 0, 1, 3), (2 * shape[1],)), block),
        "misaligned": (L.slice(L.view(x, (24,)), 0, 5, 17), block),
        "diagonal": (L.diagonal(x, 1), block),
        "diagonals": (L.diagonal(L.view(x, (2, 2, 6)), 0, 0, 1), block),
        "part_of_misaligned": (L.layout((3, 2), (5, 1), 4), nested),
        "padded_rows": (L.layout((2, 2, 2), (11, 4, 1), 3), nested),
        "windows": (L.unfold(x, 1, 3, 1), gather),
        "interleaved": (L.layout((3, 3), (3, 2), 1), gather),
    }


@pytest.mark.parametrize("name", views_of((4, 6)))
@pytest.mark.parametrize("order", ["row-major", "transposed"])
def test_usual_views_use_simple_plans(name, order):
    native = L.contiguous((4, 6)) if order == "row-major" else L.layout((6, 4), (1, 6))
    l, core = views_of((4, 6))[name]
    found = check_recipe(native, l)
    if order == "transposed" and name == "transposed":
        assert found is None
        return
    assert (None if found.plan.core is None else type(found.plan.core)) is core
    if order == "transposed" and name == "flat":
        assert [step[0] for step in found.plan.post] == ["transpose", "reshape"]


def test_direct_transpose_of_a_column_major_array():
    found = R.recipe(L.layout((3, 2), (1, 3)), L.contiguous((2, 3)))
    assert (found.plan.pre, found.plan.core, found.starts) == ((), None, ())
    assert found.plan.post == (("transpose", (1, 0), (1, 0)),)


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)])
def test_empty_layouts(shape):
    native = L.contiguous((4, 6))
    array = np.ones((4, 6), np.int32)
    found = R.recipe(native, L.layout(shape, (3, 1), 24))
    value = np.zeros(shape, np.int32)
    assert R.read(found.plan, array, found.starts).shape == shape
    assert R.write(found.plan, array, found.starts, value) is array
    assert R.accumulate(found.plan, array, found.starts, value) is array
    assert R.recipe(L.contiguous((0, 3)), L.contiguous((0, 3))) is None


def test_offsets_share_one_plan_and_one_program():
    native = L.contiguous((100, 8))
    array = np.arange(800, dtype=np.float32).reshape(100, 8)
    for take in (
        lambda i: L.select(native, 0, i),
        lambda i: L.slice(native, 0, i, i + 3),
        lambda i: L.slice(L.slice(native, 0, i, i + 5, 2), 1, i % 5, i % 5 + 3),
        lambda i: L.slice(L.view(native, (800,)), 0, 3 + 8 * i, 23 + 8 * i),
        lambda i: L.unfold(L.select(native, 0, i), 0, 3, 1),
    ):
        plans = set()
        read = jax.jit(lambda *args: R.read(*args), static_argnums=0)
        for i in (0, 7, 50, 95):
            found = R.recipe(native, take(i))
            plans.add(found.plan)
            value = read(found.plan, array, np.array(found.starts, np.int32))
            np.testing.assert_array_equal(value, strided(array.reshape(-1), take(i)))
        assert len(plans) == 1 and read._cache_size() == 1


def test_equal_plans_of_different_layouts_are_one_object():
    a = R.recipe(L.contiguous((5, 4)), L.layout((4,), (1,), 4))
    b = R.recipe(L.layout((5, 4), (4, 1)), L.layout((4,), (1,), 8))
    c = R.recipe(L.layout((4, 5), (1, 4)), L.layout((4,), (1,), 8))
    assert a.plan is b.plan and a.plan is not c.plan
    assert (a.starts, b.starts) == ((1,), (2,))


@pytest.mark.parametrize(
    "kind, name, x64",
    [
        ("complex64", "stepped", False),
        ("bool", "stepped", True),
        ("bool", "part_of_misaligned", False),
        ("bfloat16", "part_of_misaligned", True),
        ("bool", "windows", True),
        ("bfloat16", "windows", False),
        ("int64", "windows", True),
        ("bfloat16", "expanded_row", False),
    ],
)
def test_dtypes_and_x64(kind, name, x64):
    native = L.contiguous((4, 6))
    l = views_of((4, 6))[name][0]
    found = R.recipe(native, l)
    @quick_jit
    def run(array):
        read = R.read(found.plan, array, found.starts)
        same = R.write(found.plan, array, found.starts, read)
        if kind == "bool":
            return read, same
        return read, same, R.accumulate(found.plan, array, found.starts, read * 0)

    with jax.enable_x64(x64):
        memory = np.array(np.arange(24) % 3, jax.numpy.dtype(kind))
        array = memory.reshape(4, 6)
        read, *unchanged = run(array)
        np.testing.assert_array_equal(read, strided(memory, l))
        for result in (read, *unchanged):
            assert result.dtype == array.dtype
        for result in unchanged:
            np.testing.assert_array_equal(result, array)


def test_accumulate_is_the_adjoint_of_read():
    names = ("stepped", "windows", "expanded_row", "padded_rows", "transposed")
    recipes = [R.recipe(L.contiguous((4, 6)), views_of((4, 6))[name][0]) for name in names]

    @quick_jit
    def both(array):
        pairs = []
        for plan, starts in recipes:
            value, back = jax.vjp(lambda a, p=plan, s=starts: R.read(p, a, s), array)
            weights = np.arange(value.size, dtype=np.float32).reshape(value.shape)
            pairs.append((back(weights)[0], R.accumulate(plan, array * 0, starts, weights)))
        return pairs

    for expected, ours in both(np.ones((4, 6), np.float32)):
        np.testing.assert_array_equal(ours, expected)


def test_recipe_refuses_what_lies_outside():
    with pytest.raises(ValueError, match="reaches past the 24 elements"):
        R.recipe(L.contiguous((4, 6)), L.layout((4,), (1,), 21))
    found = R.recipe(L.contiguous((4, 6)), L.layout((4,), (1,), 6))
    with pytest.raises(ValueError, match=r"expected a value of shape \(4,\)"):
        R.write(found.plan, np.zeros((4, 6)), found.starts, np.zeros(3))


def test_storages_past_int32():
    native = L.contiguous((2**16, 2**16))
    with pytest.raises(NotImplementedError, match="overlapping or interleaved view"):
        R.recipe(native, L.layout((3, 3), (2, 1)))
    flat = R.recipe(L.contiguous((2**32,)), L.layout((5,), (1,), 2**31 + 7))
    shape = jax.ShapeDtypeStruct((2**32,), np.int8)
    with jax.enable_x64(True):
        text = str(jax.make_jaxpr(lambda a, i: R.read(flat.plan, a, i))(shape, flat.starts))
    assert "i64" in text and "dynamic_slice" in text
    with pytest.raises(NotImplementedError, match="enable_x64"):
        jax.eval_shape(lambda a: R.read(flat.plan, a, flat.starts), shape)
