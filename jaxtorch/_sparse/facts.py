"""What a sparse tensor tells of itself: components, ranks, kinds."""

from __future__ import annotations

from .._core.composed import values_of
from .._core.members import member
from .tensor import COMPRESSED, COO, Compressed, Coo, SparseTensor, alter, rule

_STARTS = {"crow_indices": True, "ccol_indices": False}
_PLACES = {"col_indices": True, "row_indices": False}


def _wrong(self, name: str, expected: str):
    title = f"Sparse{self._format.name.removeprefix('sparse_').title()}" if isinstance(self, Compressed) else "Sparse"
    return RuntimeError(f"{name} expected {expected} layout but got {title}")


@rule("indices")
def indices(self):
    """The coordinates, (sparse_dim, nnz), of a coalesced tensor."""
    if not isinstance(self, Coo):
        raise _wrong(self, "indices", "sparse coordinate tensor")
    if not self._coalesced:
        raise RuntimeError("Cannot get indices on an uncoalesced tensor, please call .coalesce() first")
    return self._parts[0].detach()


@rule("values")
def values(self):
    """The values, with this tensor's history; of coordinates only where they are coalesced."""
    if isinstance(self, Coo) and not self._coalesced:
        raise RuntimeError("Cannot get values on an uncoalesced tensor, please call .coalesce() first")
    return values_of(self).detach() if not self.requires_grad else values_of(self)


@rule("_indices")
def _indices(self):
    """The coordinates as they are stored."""
    if not isinstance(self, Coo):
        raise _wrong(self, "_indices", "sparse coordinate tensor")
    return self._parts[0].detach()


@rule("_values")
def _values(self):
    """The values as they are stored, outside the graph."""
    return self._parts[-1].detach()


@rule("_nnz")
def _nnz(self) -> int:
    """How many values (or blocks) are stored."""
    return self._parts[1].shape[-1] if isinstance(self, Compressed) else self._parts[0].shape[1]


@rule("is_coalesced")
def is_coalesced(self) -> bool:
    """Whether each coordinate is there once, in order."""
    if not isinstance(self, Coo):
        raise _wrong(self, "is_coalesced", "sparse coordinate tensor")
    return self._coalesced


@rule("coalesce", of=[COMPRESSED])
def _no_coalesce(self):
    raise _wrong(self, "coalesce", "sparse coordinate tensor")


@rule("_coalesced_", of=[COO])
def _coalesced_(self, coalesced: bool):
    """Declare whether each coordinate is there once, in order."""
    alter(self)
    self._coalesced = bool(coalesced)
    return self


def _indices_of_compressed(name: str, place: int, by_rows: bool) -> None:
    def get(self):
        if not isinstance(self, Compressed) or self._by_rows is not by_rows:
            raise _wrong(self, name, f"sparse {'row' if by_rows else 'column'} compressed tensor")
        return self._parts[place].detach()

    rule(name)(get)


for _name, _by_rows in _STARTS.items():
    _indices_of_compressed(_name, 0, _by_rows)
for _name, _by_rows in _PLACES.items():
    _indices_of_compressed(_name, 1, _by_rows)


@rule("sparse_dim", "_dimI")
def sparse_dim(self) -> int:
    """How many leading dims are sparse."""
    return self._parts[0].shape[0] if isinstance(self, Coo) else 2


@rule("dense_dim", "_dimV")
def dense_dim(self) -> int:
    """How many trailing dims are dense."""
    if isinstance(self, Coo):
        return self.dim() - self._parts[0].shape[0]
    return self._parts[2].dim() - self._parts[1].dim() - 2 * self._blocked


@rule("stride")
def stride(self, dim=None):
    """Zeros: there is no memory order."""
    return 0 if dim is not None else (0,) * self.dim()


@rule("storage_offset")
def storage_offset(self) -> int:
    """0: there is no memory."""
    return 0


@rule("is_contiguous")
def is_contiguous(self, memory_format=None) -> bool:
    """False: there is no memory order."""
    return False


@rule("is_conj", "is_neg", "is_pinned", "is_shared")
def _no(self, *_) -> bool:
    return False


def _type(self, dtype=None, non_blocking=False):
    """The name of the type, or this tensor converted to a dtype."""
    if dtype is not None:
        return self.to(dtype)
    if isinstance(self, Compressed):
        raise RuntimeError(f"Unimplemented backend {self._storage.owner}")
    where = "torch.cuda" if self.is_cuda else "torch"
    return f"{where}.sparse.{self.dtype.title}Tensor"


@rule("numpy", "__array__")
def numpy(self, *_, **__):
    """Refused, as PyTorch does."""
    title = "Sparse" if isinstance(self, Coo) else self._format.name.title().replace("_", "")
    raise TypeError(f"can't convert {title} layout tensor to numpy. Use Tensor.to_dense() first.")


@rule("contiguous")
def contiguous(self, memory_format=None):
    """Refused, as PyTorch does."""
    raise RuntimeError("unsupported memory format option Contiguous")


@rule("reshape", "flatten", of=[COO])
def _reshape(self, *_, **__):
    raise RuntimeError("reshape is not implemented for sparse tensors")


@rule("expand", "expand_as", "broadcast_to")
def _expand(self, *_, **__):
    raise RuntimeError("expand is unsupported for Sparse tensors")


# What dense tensors answer to the names that only sparse ones have.
def _not_dense(name: str):
    def refuse(self, *args, **kwargs):
        raise NotImplementedError(f"Could not run 'aten::{name}' with arguments from the 'CPU' backend.")

    refuse.__name__, refuse.__doc__ = name, "Of sparse tensors only."
    return refuse


SparseTensor.type = _type  # pyright: ignore[reportAttributeAccessIssue]
for _name in ("_indices", "_values", "_nnz", "_dimI", "_dimV", "_coalesced_", "sparse_resize_",
              "sparse_resize_and_clear_", "resize_as_sparse_", "smm", "sspaddmm"):  # fmt: skip
    member(_not_dense(_name))
