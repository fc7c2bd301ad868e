"""The collectives of one process: checked as of several, they copy what goes in to what comes out."""

from __future__ import annotations

import functools
import pickle
import warnings
from datetime import timedelta

from .._core.tensor import Tensor
from ..autograd.grad_mode import no_grad
from ._groups import GroupMember, ProcessGroup, ReduceOp, Work, default_group

__all__ = [
    "all_gather", "all_gather_coalesced", "all_gather_into_tensor", "all_gather_object", "all_gather_single",
    "all_reduce", "all_reduce_coalesced", "all_to_all", "all_to_all_single", "barrier", "broadcast",
    "broadcast_object_list", "gather", "gather_object", "monitored_barrier", "reduce", "reduce_scatter",
    "reduce_scatter_single", "reduce_scatter_tensor", "scatter", "scatter_object_list", "supports_complex",
]  # fmt: skip

_BITWISE = (ReduceOp.BAND, ReduceOp.BOR, ReduceOp.BXOR)
_NOT_COMPLEX = (*_BITWISE, ReduceOp.MAX, ReduceOp.MIN, ReduceOp.PRODUCT)


# -- checks ---------------------------------------------------------------------------------------
def _check_tensor(value, name: str) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(
            f"Invalid function argument. Expected parameter `{name}` of type torch.Tensor\n             but got "
            f"{type(value)} instead."
        )


def _check_tensors(value, name: str) -> None:
    begin = f"Invalid function argument. Expected parameter `{name}` of type List[torch.Tensor]\n             but got "
    if not isinstance(value, list):
        raise TypeError(f"{begin}{type(value)} instead.")
    if not all(isinstance(t, Tensor) for t in value):
        raise TypeError(f"{begin}{type(value)} with elements of type {[type(t) for t in value]}.")


def _check_dtypes(*values) -> None:
    tensors = [t for v in values for t in ([v] if isinstance(v, Tensor) else v or [])]
    for t in tensors:
        if t.dtype is not tensors[0].dtype:
            raise ValueError(
                f"Invalid usage of tensors with different dtypesFound {tensors[0].dtype} and  {t.dtype}"
            )


def supports_complex(reduceOp) -> bool:
    """Whether a reduction takes complex tensors."""
    return _op(reduceOp) not in _NOT_COMPLEX


def _op(op):
    return op.op if isinstance(op, ReduceOp) else op


def _check_reduction(op, *tensors: Tensor) -> None:
    found = _op(op)
    if not isinstance(found, ReduceOp.RedOpType) or found is ReduceOp.PREMUL_SUM:
        raise TypeError(f"incompatible function arguments: op must be a ReduceOp other than PREMUL_SUM, got {op!r}")
    for t in tensors:
        if t.is_complex() and not supports_complex(found):
            raise ValueError(f"all_reduce does not support {found} on complex tensors")
        if found in _BITWISE and t.is_floating_point():
            raise RuntimeError(f"Cannot use ReduceOp.{found.name} with non-integral dtype")


def _is_member(group: ProcessGroup | None, name: str, stacklevel: int = 3) -> bool:
    """Whether this process is in a group; a collective of one it is not in does nothing."""
    if group is not None and group == GroupMember.NON_GROUP_MEMBER:
        warnings.warn(
            f"Running {name} on global rank 0 which does not belong to the given group.", stacklevel=stacklevel
        )
        return False
    if group is None:
        default_group()
    return True


def _peer(absolute: int | None, within: int | None, default: int | None = None) -> int:
    """The process meant by a number in the default group, or in the group."""
    if absolute is not None and within is not None:
        raise ValueError("Can't specify both group_rank and global_rank")
    found = within if absolute is None else absolute
    if found is None:
        found = default
    if found is None:
        raise ValueError("Must specify global_rank or group_rank")
    return found


def _root(name: str, rank: int) -> None:
    if rank != 0:
        raise RuntimeError(f"ProcessGroupGloo::{name}: invalid root rank: {rank}")


def _same_size(name: str, expected: Tensor, found: Tensor) -> None:
    if expected.shape != found.shape:
        sizes = [str(tuple(t.shape)).replace(",)", ")") for t in (expected, found)]
        raise RuntimeError(
            f"ProcessGroupGloo::{name}: invalid tensor size at index 0 (expected {sizes[0]}, got {sizes[1]})"
        )


def _only(tensors: list, text: str) -> Tensor:
    if len(tensors) != 1:
        raise RuntimeError(text.format(len(tensors)))
    return tensors[0]


def _done(async_op: bool, *written: Tensor) -> Work | None:
    return Work(list(written)) if async_op else None


def _write(out: Tensor, value: Tensor) -> None:
    with no_grad():
        out.copy_(value)


def _renamed(text: str):
    """Give a function's calls a FutureWarning."""

    def decorate(f):
        @functools.wraps(f)
        def call(*args, **kwargs):
            warnings.warn(text, FutureWarning, stacklevel=2)
            return f(*args, **kwargs)

        return call

    return decorate


def _single(old: str, new: str):
    return _renamed(f"`torch.distributed.{old}` is deprecated. Please use `torch.distributed.{new}` instead.")


def _leaving(name: str):
    return _renamed(
        f"`torch.distributed.{name}` will be deprecated. If you must use it, please revisit our documentation "
        "later at https://pytorch.org/docs/main/distributed.html#collective-functions"
    )


# -- what stays where it is -----------------------------------------------------------------------
def all_reduce(tensor, op=ReduceOp.SUM, group=None, async_op: bool = False) -> Work | None:
    """Reduce a tensor of every process, in place, for all: of one process it stays what it is.

    Args:
        tensor: of any dtype that the reduction takes.
        op: a `ReduceOp`.
        async_op: return a `Work` instead of waiting.

    Raises:
        RuntimeError: a bitwise reduction of floats.
    """
    _check_tensor(tensor, "tensor")
    if not _is_member(group, "all_reduce"):
        return None
    _check_reduction(op, tensor)
    return _done(async_op, tensor)


@_leaving("all_reduce_coalesced")
def all_reduce_coalesced(tensors, op=ReduceOp.SUM, group=None, async_op: bool = False) -> Work | None:
    """`all_reduce` of several tensors."""
    tensors = [tensors] if isinstance(tensors, Tensor) else tensors
    _check_tensors(tensors, "tensor")
    _check_dtypes(tensors)
    if not _is_member(group, "all_reduce_coalesced"):
        return None
    _check_reduction(op, *tensors)
    return _done(async_op, *tensors)


def reduce(tensor, dst: int | None = None, op=ReduceOp.SUM, group=None, async_op: bool = False,
           group_dst: int | None = None) -> Work | None:  # fmt: skip
    """Reduce a tensor of every process, in place, for the process ``dst``."""
    if not _is_member(group, "reduce"):
        return None
    rank = _peer(dst, group_dst)
    _check_tensor(tensor, "tensor")
    _root("reduce", rank)
    _check_reduction(op, tensor)
    return _done(async_op, tensor)


def broadcast(tensor, src: int | None = None, group=None, async_op: bool = False,
              group_src: int | None = None) -> Work | None:  # fmt: skip
    """Give the tensor of the process ``src`` to all, in place."""
    if not _is_member(group, "broadcast"):
        return None
    rank = _peer(src, group_src)
    _check_tensor(tensor, "tensor")
    _root("broadcast", rank)
    return _done(async_op, tensor)


def barrier(group=None, async_op: bool = False, device_ids=None, timeout: timedelta | None = None) -> Work | None:
    """Wait for all processes."""
    return _done(async_op) if _is_member(group, "barrier") else None


def monitored_barrier(group=None, timeout=None, wait_all_ranks: bool = False) -> None:
    """Wait for all processes, and tell which one failed."""
    _is_member(group, "monitored_barrier")


# -- what is copied -------------------------------------------------------------------------------
def all_gather(tensor_list, tensor, group=None, async_op: bool = False) -> Work | None:
    """Write the tensors of all processes to ``tensor_list``, one each, for all."""
    _check_tensors(tensor_list, "tensor_list")
    _check_tensor(tensor, "tensor")
    _check_dtypes(tensor_list, tensor)
    if not _is_member(group, "all_gather"):
        return None
    text = "ProcessGroupGloo::allgather: invalid output tensor list at index 0 (expected length 1, got {})"
    out = _only(tensor_list, text)
    _same_size("allgather", tensor, out)
    _write(out, tensor)
    return _done(async_op, out)


@_leaving("all_gather_coalesced")
def all_gather_coalesced(output_tensor_lists, input_tensor_list, group=None, async_op: bool = False) -> Work | None:
    """`all_gather` of several tensors."""
    if not _is_member(group, "all_gather_coalesced"):
        return None
    _check_tensors(input_tensor_list, "input_tensor_list")
    _check_dtypes(input_tensor_list)
    for outputs in output_tensor_lists:
        _check_tensors(outputs, "output_tensor_lists")
        _check_dtypes(outputs)
    for outputs, value in zip(output_tensor_lists, input_tensor_list):
        all_gather(outputs, value, group)
    return _done(async_op, *[t for outputs in output_tensor_lists for t in outputs])


def all_gather_single(output_tensor, input_tensor, group=None, async_op: bool = False) -> Work | None:
    """Write the tensors of all processes to one tensor, for all."""
    _check_tensor(input_tensor, "input_tensor")
    _check_tensor(output_tensor, "output_tensor")
    if not _is_member(group, "all_gather_single"):
        return None
    _check_dtypes(output_tensor, input_tensor)
    _same_size("allgather", input_tensor, output_tensor)
    _write(output_tensor, input_tensor)
    return _done(async_op, output_tensor)


all_gather_into_tensor = _single("all_gather_into_tensor", "all_gather_single")(all_gather_single)


def _the_listed(name: str, way: tuple[str, str], tensor, listed, rank: tuple, group) -> Tensor | None:
    """The tensor in the list of `gather` or `scatter`, which fits ``tensor``; None: this process is not in the group.

    ``way``: what PyTorch's texts call the process with the list, and the list.
    """
    end, direction = way
    _check_tensor(tensor, "tensor")
    if listed:
        _check_tensors(listed, f"{name}_list")
    _check_dtypes(tensor, listed)
    if not _is_member(group, name, stacklevel=4):
        return None
    found = _peer(*rank, 0)
    if found == 0 and not listed:
        raise ValueError(f"Argument ``{name}_list`` must be specified on {end} rank.")
    if found != 0 and listed:
        raise ValueError(f"Argument ``{name}_list`` must NOT be specified on non-{end} ranks.")
    _root(name, found)
    one = _only(
        listed,
        f"ProcessGroupGloo::{name}: Incorrect {direction} list size {{}}. {direction.title()} list size should be 1, "
        "same as size of the process group.",
    )
    _same_size(name, tensor, one)
    return one


def gather(tensor, gather_list=None, dst: int | None = None, group=None, async_op: bool = False,
           group_dst: int | None = None) -> Work | None:  # fmt: skip
    """Write the tensors of all processes to ``gather_list``, one each, for the process ``dst``."""
    out = _the_listed("gather", ("destination", "output"), tensor, gather_list, (dst, group_dst), group)
    if out is None:
        return None
    _write(out, tensor)
    return _done(async_op, out)


def scatter(tensor, scatter_list=None, src: int | None = None, group=None, async_op: bool = False,
            group_src: int | None = None) -> Work | None:  # fmt: skip
    """Deal the tensors in ``scatter_list`` of the process ``src`` to all."""
    value = _the_listed("scatter", ("source", "input"), tensor, scatter_list, (src, group_src), group)
    if value is None:
        return None
    _write(tensor, value)
    return _done(async_op, tensor)


def reduce_scatter(output, input_list, op=ReduceOp.SUM, group=None, async_op: bool = False) -> Work | None:
    """Reduce lists of tensors and deal the results."""
    _check_tensor(output, "output")
    _check_tensors(input_list, "input_list")
    _check_dtypes(output, input_list)
    if not _is_member(group, "reduce_scatter"):
        return None
    value = _only(input_list, "invalid input tensor list size, must be world size")
    return _reduced(output, value, op, async_op)


def reduce_scatter_single(output, input, op=ReduceOp.SUM, group=None, async_op: bool = False) -> Work | None:
    """Reduce tensors and deal parts of the result."""
    _check_tensor(output, "output")
    _check_tensor(input, "input")
    if not _is_member(group, "reduce_scatter_single"):
        return None
    _check_dtypes(output, input)
    return _reduced(output, input, op, async_op)


reduce_scatter_tensor = _single("reduce_scatter_tensor", "reduce_scatter_single")(reduce_scatter_single)


def _reduced(output: Tensor, value: Tensor, op, async_op: bool) -> Work | None:
    _check_reduction(op, value)
    _same_size("reduce_scatter", output, value)
    _write(output, value)
    return _done(async_op, output)


def all_to_all(output_tensor_list, input_tensor_list, group=None, async_op: bool = False) -> Work | None:
    """Each process deals its list of tensors to all."""
    if not _is_member(group, "all_to_all"):
        return None
    _check_tensors(output_tensor_list, "output_tensor_list")
    _check_tensors(input_tensor_list, "input_tensor_list")
    _check_dtypes(output_tensor_list, input_tensor_list)
    text = "ProcessGroupGloo::alltoall: %s tensor list size {} does not match world size 1"
    value, out = _only(input_tensor_list, text % "input"), _only(output_tensor_list, text % "output")
    if out.numel() != value.numel():
        raise RuntimeError("ProcessGroupGloo::alltoall: input and output tensors must have the same size")
    _write(out, value.reshape(out.shape))
    return _done(async_op, out)


def all_to_all_single(output, input, output_split_sizes=None, input_split_sizes=None, group=None,
                      async_op: bool = False) -> Work | None:  # fmt: skip
    """Each process deals parts of its tensor to all."""
    if not _is_member(group, "all_to_all_single"):
        return None
    _check_tensor(output, "output")
    _check_tensor(input, "input")
    _check_dtypes(output, input)
    for sizes, t in ((output_split_sizes, output), (input_split_sizes, input)):
        if sizes and len(sizes) != 1:
            raise RuntimeError("Number of tensor splits not equal to group size")
        if sizes and sizes[0] != t.size(0):
            raise RuntimeError("Split sizes doesn't match total dim 0 size")
    if output.numel() != input.numel():
        raise RuntimeError("all_to_all_single: the output has not as many elements as the input")
    _write(output, input.reshape(output.shape))
    return _done(async_op, output)


# -- objects --------------------------------------------------------------------------------------
def _sent(obj):
    """An object as another process would get it."""
    return pickle.loads(pickle.dumps(obj))


def all_gather_object(object_list, obj, group=None) -> None:
    """Put copies of all processes' objects into a list, for all."""
    if _is_member(group, "all_gather_object"):
        object_list[0] = _sent(obj)


def gather_object(obj, object_gather_list=None, dst: int | None = None, group=None,
                  group_dst: int | None = None) -> None:  # fmt: skip
    """Put copies of all processes' objects into a list, for the process ``dst``."""
    rank = _peer(dst, group_dst, 0)
    if not _is_member(group, "gather_object"):
        return
    if rank == 0 and not object_gather_list:
        raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
    if rank != 0 and object_gather_list:
        raise ValueError("Argument ``gather_list`` must NOT be specified on non-destination ranks.")
    _root("gather", rank)
    object_gather_list[0] = _sent(obj)


def broadcast_object_list(object_list, src: int | None = None, group=None, device=None,
                          group_src: int | None = None) -> None:  # fmt: skip
    """Give the objects of the process ``src`` to all: they must be such as pickle takes."""
    rank = _peer(src, group_src, 0)
    if _is_member(group, "broadcast_object_list"):
        _root("broadcast", rank)
        pickle.dumps(object_list)


def scatter_object_list(scatter_object_output_list, scatter_object_input_list=None, src: int | None = None,
                        group=None, group_src: int | None = None) -> None:  # fmt: skip
    """Deal copies of the objects of the process ``src`` to all."""
    rank = _peer(src, group_src, 0)
    if not _is_member(group, "scatter_object_list"):
        return
    if not isinstance(scatter_object_output_list, list) or not scatter_object_output_list:
        raise ValueError("Expected argument scatter_object_output_list to be a list of size at least 1.")
    if rank == 0 and scatter_object_input_list is None:
        raise ValueError("source rank must provide non-None scatter_object_input_list")
    _root("broadcast", rank)
    scatter_object_output_list[0] = _sent(scatter_object_input_list[0])
