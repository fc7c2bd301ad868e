"""torch.layout, torch.memory_format and torch.qscheme objects."""

from __future__ import annotations

from . import layout as layouts


class _Named:
    """A constant of the public namespace, known by its name."""

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self):
        return _by_name, (self.name,)


class memory_format(_Named):  # noqa: N801 - the public name is torch.memory_format
    """An order of dimensions in memory."""


class layout(_Named):  # noqa: N801 - the public name is torch.layout
    """How elements are stored."""


class qscheme(_Named):  # noqa: N801 - the public name is torch.qscheme
    """How the integers of a quantized tensor stand for numbers."""


qscheme.__module__ = memory_format.__module__ = layout.__module__ = "torch"


def _by_name(name: str):
    return globals()[name]


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
strided = layout("strided")
sparse_coo = layout("sparse_coo")
sparse_csr = layout("sparse_csr")
sparse_csc = layout("sparse_csc")
sparse_bsr = layout("sparse_bsr")
sparse_bsc = layout("sparse_bsc")
jagged = layout("jagged")
per_tensor_affine = qscheme("per_tensor_affine")
per_channel_affine = qscheme("per_channel_affine")
per_tensor_symmetric = qscheme("per_tensor_symmetric")
per_channel_symmetric = qscheme("per_channel_symmetric")
per_channel_affine_float_qparams = qscheme("per_channel_affine_float_qparams")
SCHEMES = (
    per_tensor_affine, per_channel_affine, per_tensor_symmetric, per_channel_symmetric,
    per_channel_affine_float_qparams,
)  # fmt: skip
SPARSE = (sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc)


def arrange(source: layouts.Layout, wanted: memory_format | None, shape: tuple | None = None) -> layouts.Layout:
    """The dense layout of a result of ``source``'s shape under a memory format."""
    shape = source.shape if shape is None else shape
    if wanted is None or wanted is preserve_format:
        return layouts.like_layout(source) if shape == source.shape else layouts.contiguous(shape)
    if wanted is contiguous_format:
        return layouts.contiguous(shape)
    rank = 4 if wanted is channels_last else 5
    if len(shape) != rank:
        raise RuntimeError(f"required rank {rank} tensor to use {wanted.name} format")
    return layouts.channels_last(shape) if rank == 4 else layouts.channels_last_3d(shape)


def check_strided(wanted) -> None:
    """Refuse layouts other than strided."""
    if wanted is not None and wanted is not strided:
        raise NotImplementedError(f"layout={wanted!r} is not supported here: what is made is strided")
