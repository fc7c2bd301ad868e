"""Copies of views: ``select_copy`` and its kin, what a view op gives in memory of its own."""

from __future__ import annotations

from math import prod

from .._core import layout as layouts
from .._core import recipe
from .._core.alias import rebase
from .._core.dispatch import dispatch
from .._core.formats import contiguous_format
from .._core.modes import state, untaped
from .._core.out import resize_quietly, write_out
from .._core.spec import OutRules, composite, op, registry, views
from .._core.tape import Underivable, edge_of
from .._core.tensor import Tensor, alias
from .dims import SAME_OUT
from .view import apply_view, reshaped


def _copying(key: str, params: str, forms: str = "function out", node: str | None = None, suffix: str = "") -> None:
    """``<view>_copy``: what the view op ``key`` gives, in memory of its own."""
    spec = views[key]
    name = spec.name + "_copy"
    overload = key[len(spec.name) :] + suffix

    def check(self, **static):
        spec.fn(layouts.contiguous(self.shape), *static.values())

    def copy(self, **static):
        source = layouts.contiguous(self.shape)
        found = spec.fn(source, *static.values())
        parts = [_read(self, source, l) for l in (found if spec.multi else [found])]
        return tuple(parts) if spec.multi else parts[0]

    copy.__name__ = name
    copy.__doc__ = f"The view `{spec.name}` as a fresh tensor."
    op(f"{name}{overload}(Tensor self{params})", forms=forms, opmath=False, check=check, exact_out=SAME_OUT,
       refused_out=True, node=node or spec.node + "_copy")(copy)  # fmt: skip


def _read(array, source, target):
    found = recipe.recipe(source, target)
    return array if found is None else recipe.read(found.plan, array, found.starts)


for _key, _params in {
    "alias": "", "transpose": ", int dim0, int dim1", "t": "", "permute": ", int[] dims",
    "select": ", int dim, int index", "unsqueeze": ", int dim", "squeeze": "", "squeeze.dim": ", int dim",
    "squeeze.dims": ", int[] dim", "expand": ", size size, *, bool implicit=False", "view": ", size size",
    "slice": ", int dim=0, int? start=None, int? end=None, int step=1",
    "unfold": ", int dimension, int size, int step",
    "diagonal": ", int offset=0, int dim1=0, int dim2=1",
}.items():  # fmt: skip
    _copying(_key, _params)
# those whose out= goes by rules of its own are composites of their values
_copying("narrow", ", int dim, int start, int length", "", "NarrowCopyBackward0", ".values")
for _key, _params in {
    "split": ", int split_size, int dim=0", "split_with_sizes": ", int[] split_sizes, int dim=0",
    "unbind": ", int dim=0",
}.items():  # fmt: skip
    _copying(_key, _params, "", None, ".values")


@composite("narrow_copy(Tensor self, int dim, int start, int length, *, Tensor? out=None)")
def narrow_copy(self, dim, start, length, *, out):
    """The view `narrow` as a fresh tensor."""
    if out is not None and self._dtype is not out._dtype:
        raise RuntimeError(
            "Expected self.dtype() == output.dtype() to be true, but got false.  (Could this error message be "
            "improved?  If so, please report an enhancement request to PyTorch.)"
        )
    if 0 < self.ndim <= dim:
        raise RuntimeError(
            "Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.  (Could this error "
            "message be improved?  If so, please report an enhancement request to PyTorch.)"
        )
    if self.ndim and length < 0:
        size = self.shape[layouts.wrap_dim(dim, self.ndim)]
        first = start + size if start < 0 else start
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({size}).")
    result = dispatch(registry["narrow_copy.values"], (self,), (dim, start, length))
    if out is None:
        return result
    shape = result._layout.shape
    if out._layout.shape == shape and not out._layout.is_contiguous:
        # PyTorch fills the memory in order, whatever the strides of ``out`` are
        target = alias(out, layouts.layout((prod(shape),), (1,), out._layout.offset))
        write_out("narrow_copy", target, reshaped(result, (-1,)))
        return out
    return write_out("narrow_copy", out, result, OutRules(resize_out=resize_quietly))


def _write_pieces(name: str, out, pieces):
    if len(out) != len(pieces):
        raise RuntimeError(f"{name} expected an out= argument of size {len(pieces)}, got size {len(out)}")
    for o, piece in zip(out, pieces, strict=True):
        if o._layout.shape != piece._layout.shape:
            o._count_write()  # resizing counts by itself here
        write_out(name.removesuffix("_int_out"), o, piece.detach(), OutRules(exact_out=SAME_OUT))


@composite("unbind_copy(Tensor self, int dim=0, *, Tensor[]? out=None)", forms="function")
def unbind_copy(self, dim, *, out) -> tuple[Tensor, ...]:
    """The views `unbind` as fresh tensors."""
    pieces = dispatch(registry["unbind_copy.values"], (self,), (dim,))
    return pieces if out is None else _write_pieces("unbind_copy_int_out", out, pieces)


@composite("split_copy(Tensor self, int split_size, int dim=0, *, Tensor[]? out=None)", forms="function")
def split_copy(self, split_size, dim, *, out) -> tuple[Tensor, ...]:
    """The views `split` as fresh tensors."""
    pieces = dispatch(registry["split_copy.values"], (self,), (split_size, dim))
    if out is None:
        return pieces
    if len(out) != len(pieces):
        raise RuntimeError(
            f"split_copy_Tensor_out() expected an out= argument of size {len(pieces)}, got size {len(out)}"
        )
    with untaped():
        for o, piece in zip(out, pieces, strict=True):
            o.copy_(piece)


@composite("split_with_sizes_copy(Tensor self, int[] split_sizes, int dim=0, *, Tensor[]? out=None)", forms="function")
def split_with_sizes_copy(self, split_sizes, dim, *, out) -> tuple[Tensor, ...]:
    """The views `split_with_sizes` as fresh tensors."""
    pieces = dispatch(registry["split_with_sizes_copy.values"], (self,), (split_sizes, dim))
    if out is None:
        return pieces
    with untaped():
        return _write_pieces("split_with_sizes_copy_out", out, pieces)


def _copied(view: Tensor, node: str) -> Tensor:
    """A copy of a view that depends on more than the values of its source."""
    return dispatch(registry[f"clone.{node}"], (view,))


for _node in ("AsStrided", "ViewAsReal", "ViewAsComplex"):
    op(f"clone.{_node}(Tensor self)", forms="", opmath=False, node=f"{_node}Backward0_copy", grad=lambda g: g)(
        lambda self: self
    )


@composite("as_strided_copy(Tensor self, size size, size stride, int? storage_offset=None)", forms="function out",
           exact_out=SAME_OUT, refused_out=True)  # fmt: skip
def as_strided_copy(self, size, stride, storage_offset):
    """The view `as_strided` as a fresh tensor."""
    return _copied(apply_view("as_strided", self, size, stride, storage_offset), "AsStrided")


@composite("view_as_real_copy(Tensor self)", forms="function out", exact_out=SAME_OUT, refused_out=True)
def view_as_real_copy(self):
    """The view `view_as_real` as a fresh tensor."""
    return _copied(apply_view("view_as_real", self), "ViewAsReal")


@composite("view_as_complex_copy(Tensor self)", forms="function out", exact_out=SAME_OUT, refused_out=True)
def view_as_complex_copy(self):
    """The view `view_as_complex` as a fresh tensor."""
    return _copied(apply_view("view_as_complex", self), "ViewAsComplex")


@composite("view_copy.dtype(Tensor self, dtype dtype)", forms="function out", exact_out=SAME_OUT, refused_out=True)
def view_copy_dtype(self, dtype):
    return self.view(dtype).clone(memory_format=contiguous_format)


@composite("detach_copy(Tensor self)", forms="function out", exact_out=SAME_OUT, refused_out=True)
def detach_copy(self):
    """The values of ``self`` as a fresh tensor; its history is one whose backward refuses."""
    out = self.detach().clone()
    if state.grad and self.requires_grad:
        node = Underivable("aten::detach_copy", (edge_of(self),))
        node.add_output(out)
        rebase(out, node)
    return out
