"""Making nested tensors: from lists, from values and offsets, from parts of dense tensors."""

from __future__ import annotations

from typing import Any

from .._core import exchange, formats, modes
from .._core.tensor import Tensor
from .tensor import Jagged, Nested, jagged, offsets_of, strided, torch

_ONE_RAGGED = (
    "Cannot represent given tensor list as a nested tensor with the jagged layout. Note that the jagged layout only "
    "allows for a single ragged dimension. For example: (B, *, D_0, D_1, ..., D_N), with ragged * dim."
)
_LISTS = "Only lists (List[Tensor] and List[List...[Scalar]]) are accepted in nested_tensor"
_FIRST = "as_nested_tensor(): Expected first argument to be a tensor or a list / tuple of tensors "


def _is_jagged(layout) -> bool:
    if layout not in (None, formats.strided, formats.jagged):
        raise RuntimeError(f"Specified layout is unsupported for nested tensors: {layout}")
    return layout is formats.jagged


def _jagged_from(tensors: list[Tensor], dtype, device) -> Jagged:
    if not tensors:
        raise RuntimeError("Cannot construct a nested tensor from an empty tensor list")
    for what, same in (("dtype", lambda t: t.dtype), ("device", lambda t: t.device), ("dim", lambda t: t.dim())):
        if len(set(map(same, tensors))) > 1:
            where = "on the same device" if what == "device" else f"have the same {what}"
            verb = "be " if what == "device" else ""
            raise RuntimeError(f"When constructing a nested tensor, all tensors in list must {verb}{where}")
    if not tensors[0].ndim:
        raise RuntimeError("Cannot construct a nested tensor from a list of zero-dim tensors")
    differ = [d for d, sizes in enumerate(zip(*[t.shape for t in tensors], strict=True)) if len(set(sizes)) > 1]
    if len(differ) > 1:
        raise RuntimeError(_ONE_RAGGED)
    dim = differ[0] if differ else 0
    lengths = [t.shape[dim] for t in tensors]
    values = torch["cat"](tensors, dim).to(device=device, dtype=dtype)
    known = {"min": min(lengths), "max": max(lengths)}
    return jagged(values, offsets_of(lengths, values), None, dim + 1, seqlens=known,
                  node="NestedViewFromJaggedBackward0")  # fmt: skip


def _strided_from(tensors: list[Tensor], dtype, device):
    for i, t in enumerate(tensors):
        if t.ndim != tensors[0].ndim:
            raise RuntimeError(
                f"All Tensors given to nested_tensor must have the same dimension. Found dimension {t.ndim} for "
                f"Tensor at index {i} and dimension {tensors[0].ndim} for Tensor at index 0."
            )
    dtype = dtype or (tensors[0].dtype if tensors else None)
    flat = [t.to(device=device, dtype=dtype).reshape(-1) for t in tensors]
    values = torch["cat"](flat) if flat else torch["zeros"](0, dtype=dtype, device=device)
    sizes = tuple([tuple(t.shape) for t in tensors])
    return strided(values, sizes, "NestedTensorFromTensorListBackward0")


def nested_tensor(tensor_list, *, dtype=None, layout=None, device=None, requires_grad=False,
                  pin_memory=False) -> Any:  # fmt: skip
    """A nested tensor with a copy of the elements of several tensors, outside their graph.

    Args:
        tensor_list: tensors of one rank, or what makes tensors of one.
        layout: ``torch.jagged``: sizes may differ in one dim; ``torch.strided``, the default: in any.

    Returns:
        A leaf with values of its own.

    Raises:
        RuntimeError: ranks differ; or, of jagged ones, there are no tensors, or sizes differ in several dims.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nested.nested_tensor([torch.ones(2), torch.zeros(1)])
        nested_tensor([
          tensor([1., 1.]),
          tensor([0.])
        ])
    """
    is_jagged = _is_jagged(layout)
    if not is_jagged and not isinstance(tensor_list, list):
        raise TypeError(_LISTS)
    tensors = [t if isinstance(t, Tensor) else exchange.as_tensor(t) for t in tensor_list]
    with modes.holding("grad", False):
        made: Any = (_jagged_from if is_jagged else _strided_from)(tensors, dtype, device)
        made = made._like(made._parts[-1].clone())
        if pin_memory:
            made = made._like(made._parts[-1].pin_memory())
    if requires_grad and not (made.dtype.is_floating_point or made.dtype.is_complex):
        raise RuntimeError(
            "only Tensors of floating point dtype can require gradients" if is_jagged
            else "Only Tensors of floating point and complex dtype can require gradients"
        )  # fmt: skip
    return made.requires_grad_(requires_grad)


def as_nested_tensor(ts, dtype=None, device=None, layout=None) -> Any:
    """A nested tensor of several tensors, with their history.

    Args:
        ts: a list or tuple of tensors of one rank; a dense tensor, whose rows are the components; or a nested tensor.
        layout: as of `nested_tensor`.

    Returns:
        A nested tensor with values of its own; ``ts`` itself, if it is one already.

    Example:
        >>> import jaxtorch as torch
        >>> w = torch.ones(2, requires_grad=True)
        >>> torch.nested.as_nested_tensor([w, w[:1]]).values().sum().backward()
        >>> w.grad
        tensor([2., 1.])
    """
    is_jagged = _is_jagged(layout)
    if isinstance(ts, Nested):
        if layout is not ts.layout:
            raise RuntimeError("as_nested_tensor(): Converting between nested tensor layouts is not supported")
        return ts.to(device=device, dtype=dtype)
    if isinstance(ts, Tensor):
        if ts.dim() < 2:
            raise RuntimeError("as_nested_tensor(): Expected tensor argument to have dim() > 1")
        ts = ts.unbind(0)
    elif not isinstance(ts, (list, tuple)) or not all(isinstance(t, Tensor) for t in ts):
        raise TypeError(_FIRST)
    return (_jagged_from if is_jagged else _strided_from)(list(ts), dtype, device)


def nested_tensor_from_jagged(values, offsets=None, lengths=None, jagged_dim=None, min_seqlen=None,
                              max_seqlen=None) -> Jagged:  # fmt: skip
    """A jagged nested tensor on values that are there, with their history.

    Args:
        values: components one after the other.
        offsets: (B + 1): where each starts, and where the last ends; by default from ``lengths``.
        lengths: (B): beside ``offsets``, how much of each there is.
        jagged_dim: the dim of the nested tensor in which components differ; 1 by default.

    Returns:
        A view: values are not copied.

    Example:
        >>> import jaxtorch as torch
        >>> t = torch.nested.nested_tensor_from_jagged(torch.arange(3.0), torch.tensor([0, 2, 3]))
        >>> t.unbind()
        (tensor([0., 1.]), tensor([2.]))
    """
    if offsets is None:
        if lengths is None:
            raise RuntimeError("nested_tensor_from_jagged(): At least one of offsets or lengths is required.")
        offsets, lengths = torch["cat"]([lengths.new_zeros(1), lengths.cumsum(0)]), None
    for place, (name, given) in enumerate((("input", values), ("offsets", offsets)), 1):
        if not isinstance(given, Tensor):
            raise TypeError(
                f"_nested_view_from_jagged(): argument '{name}' (position {place}) must be Tensor, not "
                f"{type(given).__name__}"
            )
    known = {k: v for k, v in (("min", min_seqlen), ("max", max_seqlen)) if v is not None}
    return jagged(values, offsets, lengths, jagged_dim or 1, seqlens=known, node="NestedViewFromJaggedBackward0")


def narrow(tensor, dim, start, length, layout=formats.strided) -> Any:
    """A part of each row of a dense tensor.

    Args:
        tensor: (B, L, ...).
        dim: 1 of the jagged layout, which takes another part of each row; 0 of the strided one.
        start, length: numbers, or (jagged) tensors (B).

    Returns:
        A nested tensor; a jagged one is a view of ``tensor``, where that is contiguous.

    Example:
        >>> import jaxtorch as torch
        >>> t = torch.nested.narrow(torch.ones(2, 3), 1, 0, torch.tensor([1, 2]), layout=torch.jagged)
        >>> t.unbind()
        (tensor([1.]), tensor([1., 1.]))
    """
    if not _is_jagged(layout):
        if not (isinstance(start, int) and isinstance(length, int)):
            raise RuntimeError("start and length must be integers for the strided layout NT impl")
        if dim != 0:
            raise RuntimeError(f"narrow(): only dim=0 supported for nested tensors, but got: {dim}")
        return as_nested_tensor(tensor.narrow(0, start, length))
    if dim != 1:
        raise RuntimeError("jagged layout only supports dim=1")
    rows, each = tensor.shape[:2]
    numbers = torch["arange"](rows, device=tensor.device)
    starts, lengths = [x if isinstance(x, Tensor) else numbers * 0 + x for x in (start, length)]
    offsets = numbers * each + starts
    offsets = torch["cat"]([offsets, offsets[-1:] + lengths[-1:]])
    return jagged(tensor.flatten(0, 1), offsets, lengths, node="NestedViewFromJaggedBackward0")


def masked_select(tensor, mask) -> Jagged:
    """The elements of each row of a dense tensor where ``mask`` is True.

    Args:
        tensor: (B, ...).
        mask: bool, broadcasts with ``tensor``.

    Returns:
        A jagged nested tensor (B, j) with values of its own.

    Example:
        >>> import jaxtorch as torch
        >>> t = torch.arange(4.0).reshape(2, 2)
        >>> torch.nested.masked_select(t, t > 0).unbind()
        (tensor([1.]), tensor([2., 3.]))
    """
    values = tensor.masked_select(mask)
    counts: Any = mask.expand(tensor.shape).reshape(tensor.shape[0], -1).sum(-1).tolist()
    return jagged(values, offsets_of(counts, values), None, node="NestedViewFromJaggedBackward0")


def to_padded_tensor(input, padding, output_size=None) -> Tensor:
    """A dense tensor of the components, each padded to the greatest size.

    Args:
        padding: the number behind the elements of a component.
        output_size: the sizes to pad to.

    Returns:
        A fresh tensor (B, ...), with the history of ``input``.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nested.to_padded_tensor(torch.nested.nested_tensor([[1, 2], [3]]), 0)
        tensor([[1, 2],
                [3, 0]])
    """
    return input.to_padded_tensor(padding, output_size)
