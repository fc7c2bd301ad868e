"""Convolutions, their transposes, and the blocks that they multiply."""

from __future__ import annotations

from math import prod as size

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.dispatch import dispatch
from .._core.layout import channels_last, contiguous
from .._core.spec import composite, op, registry
from .correlation import correlate, correlate_parts
from .dims import refuse
from .normalization import image_order
from .precision import convolution_precision


def _shown(shape) -> str:
    return f"({' x '.join(map(str, shape))})"


def _many(name: str, value, n: int) -> tuple[int, ...]:
    """An int for every dim, from one or as many."""
    value = (value,) if isinstance(value, int) else tuple(value)
    if len(value) == 1:
        return value * n
    if len(value) != n:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {n} values to match the convolution "
            f"dimensions, but got {name}={list(value)}"
        )
    return value


# -- the op ---------------------------------------------------------------------------------------
def _by_blocks(shape: tuple, weight, groups: int) -> bool:
    """Whether PyTorch's library of blocked kernels takes a dilated convolution; it has its own words for errors."""
    if weight.dtype is dtypes.bfloat16:
        return True
    large = groups > 1 or all(n > 3 for n in weight.shape[-2:]) or shape[0] > 1 or size(shape[:4]) > 20480
    return weight.dtype is dtypes.float32 and large


def _check_convolution(input, weight, bias, *, stride, pads, dilation, transposed, output_padding, groups, node):
    batched = input.shape if node != "SqueezeBackward1" else (1, *input.shape)
    if any(low < 0 for low, _ in pads):
        raise RuntimeError("negative padding is not supported")
    if any(p < 0 for p in output_padding):
        raise RuntimeError("negative output_padding is not supported")
    for name, values in (("stride", stride), ("dilation", dilation), ("groups", (groups,))):
        if any(v <= 0 for v in values):
            if name == "dilation" and (min(values) < 0 or not _by_blocks(batched, weight, groups)):
                planes = [1, *values] if len(values) == 1 else list(values)
                shown = f", but got {planes}" if min(values) == 0 else ""
                raise RuntimeError(f"dilation should be greater than zero{shown}")
            raise RuntimeError(f"non-positive {name} is not supported")
    shape, n = weight.shape, weight.ndim
    _check_rank(n)
    if len(batched) != n:
        raise RuntimeError(
            f"Expected {n}-dimensional input for {n}-dimensional weight {list(shape)}, but got "
            f"{len(batched)}-dimensional input of size {list(batched)} instead"
        )
    if shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight "
            f"of size {list(shape)} instead"
        )
    if shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got "
            f"weight of size [{list(shape)}] instead"
        )
    given = f"Given transposed=1, weight of size {list(shape)}" if transposed else None
    wanted = shape[0] if transposed else shape[1] * groups
    if batched[1] != wanted:
        raise RuntimeError(
            f"{given or f'Given groups={groups}, weight of size {list(shape)}'}, expected "
            f"input{list(batched)} to have {wanted} channels, but got {batched[1]} channels instead"
        )
    outputs = shape[1] * groups if transposed else shape[0]
    if bias is not None and bias.shape != (outputs,):
        raise RuntimeError(
            f"{given or f'Given weight of size {list(shape)}'}, expected bias to be 1-dimensional with "
            f"{outputs} elements, but got bias of size {list(bias.shape)} instead"
        )
    _check_types(input, weight, bias, transposed, batched, groups)
    if transposed:
        _check_kernel(shape[2:])
        _check_transposed(batched, shape, stride, pads, dilation, output_padding)
        return
    padded = [s + low + high for s, (low, high) in zip(batched[2:], pads, strict=True)]
    kernel = [d * (k - 1) + 1 for d, k in zip(dilation, shape[2:], strict=True)]
    if any(p < k for p, k in zip(padded, kernel, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: {_shown(padded)}. Kernel size: {_shown(kernel)}. "
            "Kernel size can't be greater than actual input size"
        )
    _check_kernel(shape[2:])


def _check_kernel(sizes) -> None:
    if 0 in sizes:
        height, width = (1, *sizes)[-2:]
        shown = f" kernel_height: {height} kernel_width: {width}"
        if len(sizes) == 3:
            shown = f": {' x '.join(map(str, sizes))} (TxHxW)"
        raise RuntimeError(f"kernel size should be greater than zero, but got{shown}")


def _check_rank(of_weight: int) -> None:
    if of_weight < 3:
        raise RuntimeError("weight should have at least three dimensions")


def _check_types(input, weight, bias, transposed, batched, groups) -> None:
    if bias is not None and bias.dtype is not input.dtype and not transposed:
        raise RuntimeError(
            f"Input type ({input.dtype.cpp}) and bias type ({bias.dtype.cpp}) should be the same"
        )
    if input.dtype.category == 0:
        raise refuse(f"slow_conv{max(weight.ndim - 2, 2)}d_cpu", input.dtype)
    if input.dtype is weight.dtype:
        return
    told = f"Input type ({_kind(input.dtype)}) and weight type ({_kind(weight.dtype)}) should be the same"
    if input.dtype.is_complex:
        raise RuntimeError(told)
    if _is_for_onednn(input.dtype, batched, weight.shape, groups):
        raise RuntimeError(told + " or input should be a MKLDNN tensor and weight is a dense tensor")
    raise RuntimeError(f"expected scalar type {input.dtype.title} but found {weight.dtype.title}")


def _is_for_onednn(dtype, batched, weight, groups: int) -> bool:
    """Whether PyTorch on a CPU leaves the convolution to oneDNN, which has words of its own."""
    if dtype is not dtypes.float32:
        return dtype in (dtypes.float16, dtypes.bfloat16)
    large = len(weight) > 3 and min(weight[-2:]) > 3
    return groups > 1 or large or batched[0] > 1 or size(batched[:4]) > 20480


def _kind(dtype) -> str:
    """The kind of a CPU tensor, as PyTorch's C++ prints it."""
    if dtype is dtypes.bfloat16 or dtype.is_complex:
        return f"CPU{dtype.title}Type"
    return f"torch.{dtype.title}Tensor"


def _check_transposed(batched, shape, stride, pads, dilation, output_padding) -> None:
    if any(p >= s and p >= d for p, s, d in zip(output_padding, stride, dilation, strict=True)):
        names = ["depth", "height", "width"][-len(stride) :]
        told = [
            f"{what}_{name}: {v}"
            for what, values in (("output_padding", output_padding), ("stride", stride), ("dilation", dilation))
            for name, v in zip(names, values, strict=True)
        ]
        raise RuntimeError(
            "output padding must be smaller than either stride or dilation, but got " + " ".join(told)
        )
    out = [
        (s - 1) * st - 2 * low + d * (k - 1) + extra + 1
        for s, st, (low, _), d, k, extra in zip(batched[2:], stride, pads, dilation, shape[2:], output_padding)
    ]
    if any(o < 1 for o in out):
        raise RuntimeError(
            f"Given input size per channel: {_shown(batched[2:])}. Calculated output size per channel: "
            f"{_shown(out)}. Output size is too small"
        )


def _result_order(layouts, *, node, **_):
    orders = [image_order(l) for l in layouts[:2]]
    if node == "SqueezeBackward1" or channels_last not in orders:
        return (orders[0] if node != "SqueezeBackward1" else contiguous,)
    return (channels_last,)


def _transposed_kernel(weight, groups: int):
    """The kernel with inputs and outputs exchanged, turned around."""
    inputs, outputs, *kernel = weight.shape
    split = weight.reshape(groups, inputs // groups, outputs, *kernel)
    turned = jnp.swapaxes(split, 1, 2).reshape(groups * outputs, inputs // groups, *kernel)
    return lax.rev(turned, tuple(range(2, turned.ndim)))


@op("convolve(Tensor input, Tensor weight, Tensor? bias, int[] stride, any pads, int[] dilation, bool transposed, "
    "int[] output_padding, int groups, str node)", forms="", layout=_result_order, check=_check_convolution,
    node=lambda node, **_: node)  # fmt: skip
def convolve(input, weight, bias, *, stride, pads, dilation, transposed, output_padding, groups, node):
    x = input if node != "SqueezeBackward1" else input[None]
    extent = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:], strict=True)]
    expansion = (1,) * len(stride)
    if transposed:
        weight = _transposed_kernel(weight, groups)
        pads = [
            (e - low, e - high + extra)
            for e, (low, high), extra in zip(extent, pads, output_padding, strict=True)
        ]
        stride, expansion = expansion, stride
    if groups == 1 and not transposed:
        out = correlate(x, weight, stride, pads, dilation)
    else:
        out = correlate_parts(x, weight, stride, pads, dilation, expansion, groups)
    if bias is not None:
        out = out + bias.astype(out.dtype).reshape((1, -1) + (1,) * len(stride))
    out = out.astype(x.dtype)
    return out if node != "SqueezeBackward1" else out[0]


_convolve = registry["convolve"]


def _node(input, unbatched: bool) -> str:
    if unbatched:
        return "SqueezeBackward1"
    return "AddBackward0" if input.is_complex() else "ConvolutionBackward0"


def _run(input, weight, bias, stride, pads, dilation, transposed, output_padding, groups, unbatched=False):
    statics = (stride, pads, dilation, transposed, output_padding, groups, _node(input, unbatched))
    return dispatch(_convolve, (input, weight, bias), statics)


@composite("convolution(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, "
           "bool transposed, int[] output_padding, int groups)", forms="function")  # fmt: skip
def convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    """The general convolution, which the others are cases of."""
    n = weight.ndim - 2
    padding = _many("padding", padding, n)
    return _run(
        input, weight, bias, _many("stride", stride, n), tuple((p, p) for p in padding),
        _many("dilation", dilation, n), transposed, _many("output_padding", output_padding, n), groups,
    )  # fmt: skip


# -- conv1d and its kin ---------------------------------------------------------------------------
def _unbatched(name: str, input, dims: int) -> bool:
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of "
            f"size: {list(input.shape)}"
        )
    return input.ndim == dims + 1


def _same_pads(weight, stride, dilation):
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(dilation, weight.shape[2:], strict=True)]
    return tuple((t // 2, t - t // 2) for t in total)


def _convolution_family(dims: int) -> None:
    name = f"conv{dims}d"
    shape = f"(batch, channels{', size' * dims})"
    docs = f"""The cross-correlation of ``input`` with ``weight`` over {dims} dim(s).

    Args:
        input: {shape}, or without the batch.
        weight: (outputs, channels / groups{", kernel" * dims}).
        bias: (outputs,).
        stride, dilation: steps of the kernel and within it.
        padding: zeros on both sides, or ``"valid"`` (none) or ``"same"`` (as many as keep the size).
        groups: how many parts the channels are split into, each convolved by itself.
    """

    def run(input, weight, bias, stride, padding, dilation, groups):
        unbatched = _unbatched(name, input, dims)
        stride, dilation = (_expanded(v, dims) for v in (stride, dilation))
        _check_rank(weight.ndim)
        if padding == "same" and weight.ndim != dims + 2:
            size = [1, *input.shape] if unbatched else list(input.shape)
            raise RuntimeError(
                f"Expected {weight.ndim}-dimensional input for {weight.ndim}-dimensional weight"
                f"{list(weight.shape)}, but got {len(size)}-dimensional input of size {size} instead"
            )
        n = weight.ndim - 2
        stride, dilation = _many("stride", stride, n), _many("dilation", dilation, n)
        if padding == "same":
            pads = _same_pads(weight, stride, dilation)
        elif padding == "valid":
            pads = ((0, 0),) * n
        elif isinstance(padding, str):
            raise RuntimeError(f"Invalid padding string: '{padding}'")
        else:
            pads = tuple((p, p) for p in _many("padding", _expanded(padding, dims), n))
        return _run(input, weight, bias, stride, pads, dilation, False, (0,) * n, groups, unbatched)

    run.__doc__ = docs
    for key, kind in (("", "dims padding=0"), (".padding", "str padding='valid'")):
        composite(f"{name}{key}(Tensor input, Tensor weight, Tensor? bias=None, dims stride=1, {kind}, "
                  "dims dilation=1, int groups=1)", forms="function nn")(run)  # fmt: skip

    def run_transposed(input, weight, bias, stride, padding, output_padding, groups, dilation):
        unbatched = _unbatched(transposed, input, dims)
        n = weight.ndim - 2
        padding = _many("padding", _expanded(padding, dims), n)
        return _run(
            input, weight, bias, _many("stride", _expanded(stride, dims), n), tuple((p, p) for p in padding),
            _many("dilation", _expanded(dilation, dims), n), True,
            _many("output_padding", _expanded(output_padding, dims), n), groups, unbatched,
        )  # fmt: skip

    transposed = f"conv_transpose{dims}d"
    run_transposed.__doc__ = f"""The transpose of ``conv{dims}d`` (its gradient by the input).

    Args:
        input: {shape}, or without the batch.
        weight: (channels, outputs / groups{", kernel" * dims}).
        output_padding: sizes added to one side of the result.
    """
    composite(f"{transposed}(Tensor input, Tensor weight, Tensor? bias=None, dims stride=1, dims padding=0, "
              "dims output_padding=0, int groups=1, dims dilation=1)",
              forms="function nn")(run_transposed)  # fmt: skip


def _expanded(value, dims: int):
    return (value,) * dims if isinstance(value, int) else value * dims if len(value) == 1 else value


for _dims in (1, 2, 3):
    _convolution_family(_dims)


def _check_tbc(self, weight, bias, *, pad):
    if self.ndim != 3 or weight.ndim != 3 or bias.ndim != 1:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if self.shape[2] != weight.shape[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")


@op("conv_tbc(Tensor self, Tensor weight, Tensor bias, int pad=0)", forms="function nn", check=_check_tbc)
def conv_tbc(self, weight, bias, *, pad):
    """``conv1d`` of (time, batch, channels) with (kernel, channels, outputs)."""
    out = lax.conv_general_dilated(
        self, weight, (1,), [(pad, pad)], dimension_numbers=("WNC", "WIO", "WNC"), precision=convolution_precision()
    )
    return out + bias


# -- blocks ---------------------------------------------------------------------------------------
def _blocks(sizes, kernel_size, dilation, padding, stride):
    """How many blocks fit into each spatial dim."""
    return tuple(
        (s + 2 * p - d * (k - 1) - 1) // st + 1
        for s, k, d, p, st in zip(sizes, kernel_size, dilation, padding, stride, strict=True)
    )


def _check_unfold(self, *, kernel_size, dilation, padding, stride):
    if self.ndim not in (3, 4) or 0 in self.shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions "
            f"for input, but got: {list(self.shape)}"
        )
    counts = _blocks(self.shape[-2:], kernel_size, dilation, padding, stride)
    if min(counts) < 1:
        raise RuntimeError(
            f"Given input with spatial size {_tuple(self.shape[-2:])}, kernel_size={_tuple(kernel_size)}, "
            f"dilation={_tuple(dilation)}, padding={_tuple(padding)}, calculated shape of the array of sliding "
            f"blocks as {_tuple(counts)}, but its components must be at least one."
        )
    if self.dtype.category == 1:
        raise refuse("im2col_out_cpu", self.dtype)


def _tuple(values) -> str:
    return f"({', '.join(map(str, values))})"


def _windows(x, counts, kernel_size, dilation, stride):
    """For each place in the kernel, the array of what it meets: slices with steps."""
    lead = x.ndim - 2
    for i in range(kernel_size[0]):
        for j in range(kernel_size[1]):
            start = (i * dilation[0], j * dilation[1])
            limit = [s + (n - 1) * st + 1 for s, n, st in zip(start, counts, stride, strict=True)]
            yield lax.slice(x, (0,) * lead + start, (*x.shape[:lead], *limit), (1,) * lead + tuple(stride))


@op("im2col(Tensor self, int[] kernel_size, int[] dilation, int[] padding, int[] stride)", forms="nn",
    check=_check_unfold)  # fmt: skip
def im2col(self, *, kernel_size, dilation, padding, stride):
    """The blocks of images under a sliding window, as columns: (batch, channels * kernel, blocks)."""
    counts = _blocks(self.shape[-2:], kernel_size, dilation, padding, stride)
    lead = self.ndim - 2
    x = jnp.pad(self, ((0, 0),) * lead + tuple((p, p) for p in padding))
    blocks = jnp.stack(list(_windows(x, counts, kernel_size, dilation, stride)), lead)
    return blocks.reshape(*self.shape[: lead - 1], self.shape[lead - 1] * size(kernel_size), size(counts))


def _check_fold(self, *, output_size, kernel_size, dilation, padding, stride):
    if self.ndim not in (2, 3) or 0 in self.shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
            f"dimensions for input, but got: {list(self.shape)}"
        )
    rows, columns = self.shape[-2:]
    d = self.ndim - 2
    if rows % size(kernel_size):
        raise RuntimeError(
            f"Expected size of input's dimension {d} to be divisible by the product of kernel_size, but got "
            f"input.size({d})={rows} and kernel_size={_tuple(kernel_size)}."
        )
    counts = _blocks(output_size, kernel_size, dilation, padding, stride)
    if size(counts) != columns:
        raise RuntimeError(
            f"Given output_size={_tuple(output_size)}, kernel_size={_tuple(kernel_size)}, "
            f"dilation={_tuple(dilation)}, padding={_tuple(padding)}, stride={_tuple(stride)}, expected size of "
            f"input's dimension {d + 1} to match the calculated number of sliding blocks {counts[0]} * "
            f"{counts[1]} = {size(counts)}, but got input.size({d + 1})={columns}."
        )
    if self.dtype.category < 2:
        raise refuse("col2im_out_cpu", self.dtype)


@op("col2im(Tensor self, int[] output_size, int[] kernel_size, int[] dilation, int[] padding, int[] stride)",
    forms="nn", check=_check_fold)  # fmt: skip
def col2im(self, *, output_size, kernel_size, dilation, padding, stride):
    """Columns added back into images where `im2col` takes them from."""
    counts = _blocks(output_size, kernel_size, dilation, padding, stride)
    lead = self.shape[:-2]
    blocks = self.reshape(*lead, -1, *kernel_size, *counts)
    padded = [o + 2 * p for o, p in zip(output_size, padding, strict=True)]
    zero = jnp.zeros((), self.dtype)
    out = jnp.zeros((*blocks.shape[: len(lead) + 1], *padded), self.dtype)
    for i in range(kernel_size[0]):
        for j in range(kernel_size[1]):
            part = blocks[..., i, j, :, :]
            edges = [(0, 0, 0)] * (part.ndim - 2)
            for start, n, st, whole in zip(
                (i * dilation[0], j * dilation[1]), counts, stride, padded, strict=True
            ):
                edges.append((start, whole - start - (n - 1) * st - 1, st - 1))
            out = out + lax.pad(part, zero, edges)
    cut = [slice(p, p + o) for p, o in zip(padding, output_size, strict=True)]
    return out[(..., *cut)]
