"""Every Layout -> Layout rule: what views do to shape, stride and offset.

Rules are worked out once per form (the layout without its offset) and cached; offsets are added
afterwards, so a loop over `x[i]` never fills a cache. Dimension numbers, sizes and errors are
PyTorch's. The layouts themselves come from `strides` and are offered here too.
"""

from __future__ import annotations

from functools import lru_cache

from .strides import (
    Layout,
    channels_last,
    channels_last_3d,
    column_major,
    contiguous,
    contiguous_strides,
    is_channels_last,
    is_channels_last_3d,
    iterated_layout,
    layout,
    like_layout,
    pointwise_layout,
    required_size,
)

__all__ = [
    "Layout",
    "as_strided",
    "broadcast_shapes",
    "channels_last",
    "channels_last_3d",
    "chunk",
    "column_major",
    "contiguous",
    "contiguous_strides",
    "diagonal",
    "expand",
    "flatten",
    "flatten_shape",
    "infer_size",
    "is_channels_last",
    "is_channels_last_3d",
    "iterated_layout",
    "layout",
    "like_layout",
    "movedim",
    "narrow",
    "permute",
    "pointwise_layout",
    "required_size",
    "select",
    "slice",
    "split",
    "squeeze",
    "t",
    "tensor_split",
    "transpose",
    "try_view",
    "unbind",
    "unflatten",
    "unfold",
    "unsqueeze",
    "view",
    "view_as_complex",
    "view_as_real",
    "view_dtype",
    "wrap_dim",
]


# --- dimension numbers and sizes ----------------------------------------------------------------


def wrap_dim(dim: int, ndim: int, wrap_scalar: bool = True) -> int:
    """`dim` counted from the front; 0-dim tensors count as 1-dim unless `wrap_scalar` is False."""
    if 0 <= dim < ndim:
        return dim
    if ndim == 0:
        if not wrap_scalar:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        ndim = 1
    if not -ndim <= dim < ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], "
            f"but got {dim})"
        )
    return dim + ndim if dim < 0 else dim


def _listed(values):
    return str(list(values))


def infer_size(shape, numel: int) -> tuple[int, ...]:
    """`shape` with its -1 replaced so that it holds `numel` elements."""
    inferred = None
    known = 1
    for d, size in enumerate(shape):
        if size == -1:
            if inferred is not None:
                raise RuntimeError("only one dimension can be inferred")
            inferred = d
        elif size < 0:
            raise RuntimeError(
                f"invalid shape dimension {size} at index {d} of shape {_listed(shape)}"
            )
        else:
            known *= size
    if inferred is None:
        if known == numel:
            return tuple(shape)
    elif known == 0:
        if numel == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {_listed(shape)} because the "
                "unspecified dimension size -1 can be any value and is ambiguous"
            )
    elif numel % known == 0:
        return (*shape[:inferred], numel // known, *shape[inferred + 1 :])
    raise RuntimeError(f"shape '{_listed(shape)}' is invalid for input of size {numel}")


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape of operands, sizes of 1 stretched."""
    if not shapes:
        return ()
    result = shapes[0]
    for shape in shapes:
        if shape != result:
            result = _broadcast_pair(result, shape)
    return result


@lru_cache(8192)
def _broadcast_pair(a, b):
    ndim = max(len(a), len(b))
    wide_a = (1,) * (ndim - len(a)) + a
    wide_b = (1,) * (ndim - len(b)) + b
    # Reported from the last dimension, where PyTorch starts comparing.
    for d in range(ndim - 1, -1, -1):
        if wide_a[d] != wide_b[d] and wide_a[d] != 1 and wide_b[d] != 1:
            raise RuntimeError(
                f"The size of tensor a ({wide_a[d]}) must match the size of tensor b "
                f"({wide_b[d]}) at non-singleton dimension {d}"
            )
    return tuple(n if m == 1 else m for m, n in zip(wide_a, wide_b))


# --- views --------------------------------------------------------------------------------------

_VIEW_REFUSED = (
    "view size is not compatible with input tensor's size and stride (at least one dimension "
    "spans across two contiguous subspaces). Use .reshape(...) instead."
)


@lru_cache(8192)
def _view_form(form, shape):
    shape = infer_size(shape, form.numel)
    if form.numel == 0:
        return form if shape == form.shape else contiguous(shape)
    # Walk both shapes from the inside; a run of old dimensions laid out without gaps is one
    # block, and the new sizes must cut it evenly.
    stride = [0] * len(shape)
    new = len(shape) - 1
    base = form.stride[-1] if form.shape else 1
    block = 1
    cut = 1
    for old in range(form.ndim - 1, -1, -1):
        block *= form.shape[old]
        ends = old == 0 or (
            form.shape[old - 1] != 1 and form.stride[old - 1] != block * base
        )
        if not ends:
            continue
        while new >= 0 and (cut < block or shape[new] == 1):
            stride[new] = cut * base
            cut *= shape[new]
            new -= 1
        if cut != block:
            return None
        if old > 0:
            base = form.stride[old - 1]
            block = cut = 1
    while new >= 0:
        # Only a 0-dim source leaves sizes over, all of them 1.
        stride[new] = 1
        new -= 1
    return layout(shape, tuple(stride))


def try_view(l: Layout, shape: tuple[int, ...]) -> Layout | None:
    """`view`, or None where the elements must be copied first (as `reshape` does)."""
    form = _view_form(l.form, shape)
    return form.at(l.offset) if form is not None and l.offset else form


def view(l: Layout, shape: tuple[int, ...]) -> Layout:
    """The same elements in the same order under another shape, one size may be -1."""
    form = _view_form(l.form, shape)
    if form is None:
        raise RuntimeError(_VIEW_REFUSED)
    return form.at(l.offset) if l.offset else form


@lru_cache(8192)
def _permute_form(form, dims):
    if len(dims) != form.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the "
            f"length of the desired ordering of dimensions i.e. input.dim() = {form.ndim} is not "
            f"equal to len(dims) = {len(dims)}"
        )
    order = []
    for dim in dims:
        dim = wrap_dim(dim, form.ndim)
        if dim in order:
            raise RuntimeError("permute(): duplicate dims are not allowed.")
        order.append(dim)
    return _ordered(form, order)


def _ordered(form, order):
    return layout(tuple([form.shape[d] for d in order]), tuple([form.stride[d] for d in order]))


def permute(l: Layout, dims: tuple[int, ...]) -> Layout:
    """Dimensions in the order `dims`."""
    return _permute_form(l.form, dims).at(l.offset)


@lru_cache(8192)
def _transpose_form(form, dim0, dim1):
    dim0 = wrap_dim(dim0, form.ndim)
    dim1 = wrap_dim(dim1, form.ndim)
    if dim0 == dim1:
        return form
    order = list(range(form.ndim))
    order[dim0], order[dim1] = dim1, dim0
    return _ordered(form, order)


def transpose(l: Layout, dim0: int, dim1: int) -> Layout:
    """Two dimensions exchanged."""
    return _transpose_form(l.form, dim0, dim1).at(l.offset)


def t(l: Layout) -> Layout:
    """The transpose of a matrix; 0-dim and 1-dim layouts as they are."""
    if l.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {l.ndim}D")
    return transpose(l, 0, 1) if l.ndim == 2 else l


@lru_cache(8192)
def _movedim_form(form, source, destination):
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({_listed(source)} dims) should "
            "contain the same number of dims as destination "
            f"({_listed(destination)} dims)"
        )
    froms = [wrap_dim(dim, form.ndim) for dim in source]
    tos = [wrap_dim(dim, form.ndim) for dim in destination]
    for name, given, dims in (("source", source, froms), ("destination", destination, tos)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({_listed(given)})")
    if form.ndim == 0:
        return form
    placed = dict(zip(tos, froms))
    rest = iter([d for d in range(form.ndim) if d not in froms])
    return _ordered(form, [placed[d] if d in placed else next(rest) for d in range(form.ndim)])


def movedim(l: Layout, source, destination) -> Layout:
    """Dimensions `source` (int or tuple) moved to the places `destination`, the rest in order."""
    source = (source,) if isinstance(source, int) else source
    destination = (destination,) if isinstance(destination, int) else destination
    return _movedim_form(l.form, source, destination).at(l.offset)


@lru_cache(8192)
def _without(form, dim):
    shape, stride = form.shape, form.stride
    return layout(shape[:dim] + shape[dim + 1 :], stride[:dim] + stride[dim + 1 :])


def select(l: Layout, dim: int, index: int) -> Layout:
    """Position `index` of a dimension, which goes away."""
    if l.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = wrap_dim(dim, l.ndim)
    size = l.shape[dim]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {_listed(l.shape)} "
            f"at dimension {dim}"
        )
    if index < 0:
        index += size
    return _without(l.form, dim).at(l.offset + index * l.stride[dim])


@lru_cache(8192)
def _resized(form, dim, size, step):
    shape, stride = form.shape, form.stride
    return layout(
        shape[:dim] + (size,) + shape[dim + 1 :],
        stride[:dim] + (stride[dim] * step,) + stride[dim + 1 :],
    )


def slice(l: Layout, dim: int = 0, start: int | None = None, end: int | None = None,
          step: int = 1) -> Layout:  # fmt: skip
    """Positions `start:end:step` of a dimension, ends clamped as Python does; step > 0."""
    if l.ndim == 0:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    dim = wrap_dim(dim, l.ndim)
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    size = l.shape[dim]
    if start is None:
        start = 0
    elif start < 0:
        start = max(start + size, 0)
    elif start > size:
        start = size
    if end is None or end > size:
        end = size
    elif end < 0:
        end += size
    if end < start:
        end = start
    length = (end - start + step - 1) // step
    return _resized(l.form, dim, length, step).at(l.offset + start * l.stride[dim])


def narrow(l: Layout, dim: int, start: int, length: int) -> Layout:
    """`length` positions of a dimension from `start` on."""
    if l.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    dim = wrap_dim(dim, l.ndim)
    size = l.shape[dim]
    if not -size <= start <= size:
        raise IndexError(
            f"start out of range (expected to be in range of [{-size}, {size}], but got {start})"
        )
    if start < 0:
        start += size
    if start + length > size:
        raise RuntimeError(
            f"start ({start}) + length ({length}) exceeds dimension size ({size})."
        )
    return _resized(l.form, dim, length, 1).at(l.offset + start * l.stride[dim])


@lru_cache(8192)
def _expand_form(form, sizes, kind):
    if len(sizes) < form.ndim:
        raise RuntimeError(
            f"expand({kind}{{{_listed(form.shape)}}}, size={_listed(sizes)}): the number of sizes "
            f"provided ({len(sizes)}) must be greater or equal to the number of dimensions in the "
            f"tensor ({form.ndim})"
        )
    shape = list(sizes)
    stride = [0] * len(sizes)
    added = len(sizes) - form.ndim
    # A 0-dim source gets stride 0 everywhere, whatever the sizes.
    for d in range(len(sizes) - 1, -1, -1) if form.ndim else ():
        if d >= added:
            size, step = form.shape[d - added], form.stride[d - added]
        else:
            size, step = 1, shape[d + 1] * stride[d + 1]
        if sizes[d] == -1:
            if d < added:
                raise RuntimeError(
                    "The expanded size of the tensor (-1) isn't allowed in a leading, "
                    f"non-existing dimension {d}"
                )
            shape[d] = size
        elif sizes[d] != size:
            if size != 1:
                raise RuntimeError(
                    f"The expanded size of the tensor ({sizes[d]}) must match the existing size "
                    f"({size}) at non-singleton dimension {d}.  Target sizes: {_listed(sizes)}.  "
                    f"Tensor sizes: {_listed(form.shape)}"
                )
            step = 0
        stride[d] = step
    if any(size < 0 for size in shape):
        raise RuntimeError("numel: integer multiplication overflow")
    return layout(tuple(shape), tuple(stride))


def expand(l: Layout, sizes: tuple[int, ...], kind: str = "torch.FloatTensor") -> Layout:
    """Sizes of 1 stretched by stride 0, -1 keeping a size; `kind` is the type in the message."""
    return _expand_form(l.form, sizes, kind).at(l.offset)


@lru_cache(8192)
def _squeeze_form(form, dim):
    if dim is None:
        drop = set(range(form.ndim))
    elif isinstance(dim, int):
        drop = {wrap_dim(dim, form.ndim)}
    else:
        drop = set()
        for d in dim:
            d = wrap_dim(d, form.ndim)
            if d in drop:
                raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
            drop.add(d)
    return _ordered(form, [d for d in range(form.ndim) if d not in drop or form.shape[d] != 1])


def squeeze(l: Layout, dim: int | tuple[int, ...] | None = None) -> Layout:
    """Without the dimensions of size 1 (all, or those named)."""
    return _squeeze_form(l.form, dim).at(l.offset)


@lru_cache(8192)
def _unsqueeze_form(form, dim):
    dim = wrap_dim(dim, form.ndim + 1)
    shape, stride = form.shape, form.stride
    step = shape[dim] * stride[dim] if dim < form.ndim else 1
    return layout(shape[:dim] + (1,) + shape[dim:], stride[:dim] + (step,) + stride[dim:])


def unsqueeze(l: Layout, dim: int) -> Layout:
    """With a dimension of size 1 put before `dim`."""
    return _unsqueeze_form(l.form, dim).at(l.offset)


@lru_cache(8192)
def _unfold_form(form, dim, size, step):
    dim = wrap_dim(dim, form.ndim)
    limit = form.shape[dim] if form.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > limit:
        raise RuntimeError(
            f"maximum size for tensor at dimension {dim} is {limit} but size is {size}"
        )
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if form.ndim == 0:
        return layout((size,), (1,))
    windows = _resized(form, dim, (limit - size) // step + 1, step)
    return layout((*windows.shape, size), (*windows.stride, form.stride[dim]))


def unfold(l: Layout, dim: int, size: int, step: int) -> Layout:
    """All windows of `size` positions, `step` apart, the window as a new last dimension."""
    return _unfold_form(l.form, dim, size, step).at(l.offset)


@lru_cache(8192)
def _diagonal_form(form, offset, dim1, dim2):
    first = wrap_dim(dim1, form.ndim)
    second = wrap_dim(dim2, form.ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    rows, columns = form.shape[first], form.shape[second]
    length = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    rest = [d for d in range(form.ndim) if d != first and d != second]
    kept = _ordered(form, rest)
    start = 0
    if length:
        start = offset * form.stride[second] if offset >= 0 else -offset * form.stride[first]
    step = form.stride[first] + form.stride[second]
    return layout((*kept.shape, length), (*kept.stride, step)), start


def diagonal(l: Layout, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Layout:
    """The diagonal of two dimensions as a new last one."""
    form, start = _diagonal_form(l.form, offset, dim1, dim2)
    return form.at(l.offset + start)


def as_strided(l: Layout, size, stride, storage_offset: int | None = None) -> Layout:
    """Any layout of the same storage; the caller checks `required_size` against the storage."""
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(step < 0 for step in stride):
        raise RuntimeError(
            "as_strided: Negative strides are not supported at the moment, "
            f"got strides: {_listed(stride)}"
        )
    if any(n < 0 for n in size):
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={_listed(size)} and "
            f"strides={_listed(stride)}"
        )
    offset = l.offset if storage_offset is None else storage_offset
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    return layout(tuple(size), tuple(stride), offset)


def unbind(l: Layout, dim: int = 0) -> list[Layout]:
    """Every position of a dimension."""
    dim = wrap_dim(dim, l.ndim)
    if l.ndim == 0:
        dim = wrap_dim(dim, 0, wrap_scalar=False)
    form, step = _without(l.form, dim), l.stride[dim]
    return [form.at(l.offset + i * step) for i in range(l.shape[dim])]


def _pieces(l, dim, lengths):
    pieces = []
    start = 0
    for length in lengths:
        pieces.append(_resized(l.form, dim, length, 1).at(l.offset + start * l.stride[dim]))
        start += length
    return pieces


def split(l: Layout, split_size_or_sections, dim: int = 0) -> list[Layout]:
    """Pieces of one size (int; the last may be smaller), or of the sizes listed."""
    if l.ndim == 0:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    sizes = split_size_or_sections
    if isinstance(sizes, int):
        if sizes < 0:
            raise RuntimeError(
                f"split expects split_size be non-negative, but got split_size={sizes}"
            )
        dim = wrap_dim(dim, l.ndim)
        return _pieces(l, dim, _even_lengths(l.shape[dim], sizes))
    given, dim = dim, wrap_dim(dim, l.ndim)
    if any(size < 0 for size in sizes):
        raise RuntimeError(
            "split_with_sizes expects split_sizes have only non-negative entries, but got "
            f"split_sizes={_listed(sizes)}"
        )
    if sum(sizes) != l.shape[dim]:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {l.shape[dim]} (input "
            f"tensor's size at dimension {given}), but got split_sizes={_listed(sizes)}"
        )
    return _pieces(l, dim, sizes)


def _even_lengths(total, size):
    if size == 0:
        if total:
            raise RuntimeError(
                "split_size can only be 0 if dimension size is 0, but got dimension size of "
                f"{total}"
            )
        return [0]
    count = max((total + size - 1) // size, 1)
    return [size] * (count - 1) + [total - size * (count - 1)]


def chunk(l: Layout, chunks: int, dim: int = 0) -> list[Layout]:
    """At most `chunks` pieces of one size, rounded up."""
    if l.ndim == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    dim = wrap_dim(dim, l.ndim)
    total = l.shape[dim]
    if total == 0:
        return _pieces(l, dim, [0] * chunks)
    return _pieces(l, dim, _even_lengths(total, (total + chunks - 1) // chunks))


def tensor_split(l: Layout, indices_or_sections, dim: int = 0) -> list[Layout]:
    """Exactly `sections` pieces, the first ones larger by 1, or pieces cut at the indices."""
    if l.ndim == 0:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    dim = wrap_dim(dim, l.ndim)
    total = l.shape[dim]
    if isinstance(indices_or_sections, int):
        sections = indices_or_sections
        if sections <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {sections}")
        small, larger = divmod(total, sections)
        return _pieces(l, dim, [small + 1] * larger + [small] * (sections - larger))
    bounds = (0, *indices_or_sections, total)
    return [slice(l, dim, start, end) for start, end in zip(bounds, bounds[1:])]


def flatten_shape(shape: tuple[int, ...], start_dim: int = 0, end_dim: int = -1):
    """The shape `flatten` gives."""
    start = wrap_dim(start_dim, len(shape))
    end = wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return (1,)
    merged = 1
    for size in shape[start : end + 1]:
        merged *= size
    return (*shape[:start], merged, *shape[end + 1 :])


def flatten(l: Layout, start_dim: int = 0, end_dim: int = -1) -> Layout | None:
    """Dimensions start..end as one, or None where the elements must be copied first."""
    shape = flatten_shape(l.shape, start_dim, end_dim)
    return l if shape == l.shape else try_view(l, shape)


def unflatten(l: Layout, dim: int, sizes: tuple[int, ...]) -> Layout:
    """One dimension as several, one of the sizes may be -1."""
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    prefix = "unflatten got an unexpected error:\n"
    dim = wrap_dim(dim, l.ndim)
    if l.ndim == 0:
        raise RuntimeError(f"{prefix}Dimension specified as 0 but tensor has no dimensions")
    try:
        inner = infer_size(sizes, l.shape[dim])
    except RuntimeError as error:
        if not str(error).startswith("shape '"):
            raise RuntimeError(prefix + str(error)) from None
        raise RuntimeError(
            f"unflatten: Provided sizes {_listed(sizes)} don't multiply up to the size of dim "
            f"{dim} ({l.shape[dim]}) in the input tensor"
        ) from None
    return view(l, l.shape[:dim] + tuple(inner) + l.shape[dim + 1 :])


# --- views under another dtype ------------------------------------------------------------------


def view_as_real(l: Layout) -> Layout:
    """A complex layout in units of its real parts, with a last dimension of 2."""
    stride = tuple([2 * step for step in l.stride])
    return layout((*l.shape, 2), (*stride, 1), 2 * l.offset)


def view_as_complex(l: Layout) -> Layout:
    """A real layout with a last dimension of 2 in units of complex numbers."""
    if l.ndim == 0:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if l.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if l.stride[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(step % 2 and size != 1 for size, step in zip(l.shape[:-1], l.stride)):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if l.offset % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    return layout(l.shape[:-1], tuple([step // 2 for step in l.stride[:-1]]), l.offset // 2)


def view_dtype(l: Layout, old_itemsize: int, new_itemsize: int, old_name: str = "Float",
               new_name: str = "Double") -> Layout:  # fmt: skip
    """`l` in units of another dtype; the names ("Float", "Half") are for the messages."""
    if old_itemsize == new_itemsize:
        return l
    task = f"to view {old_name} as {new_name} (different element sizes)"
    if l.ndim == 0:
        raise RuntimeError(f"self.dim() cannot be 0 {task}")
    grows = new_itemsize > old_itemsize
    ratio = new_itemsize // old_itemsize if grows else old_itemsize // new_itemsize
    checks = [("size(-1)", l.shape[-1]), ("storage_offset()", l.offset), ("stride(-1)", None)]
    checks += [(f"stride({d})", step) for d, step in enumerate(l.stride[:-1])]
    for name, value in checks:
        if value is None:
            if l.stride[-1] != 1:
                raise RuntimeError(f"self.stride(-1) must be 1 {task}, but got {l.stride[-1]}")
        elif grows and value % ratio:
            raise RuntimeError(f"self.{name} must be divisible by {ratio} {task}, but got {value}")
    scale = (lambda n: n // ratio) if grows else (lambda n: n * ratio)
    return layout(
        (*l.shape[:-1], scale(l.shape[-1])),
        (*map(scale, l.stride[:-1]), 1),
        scale(l.offset),
    )
