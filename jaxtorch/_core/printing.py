"""The text of tensors, sizes and named results, character for character as PyTorch prints them.

Pure: NumPy in, `str` out. One pass: read the elements that will be shown, turn each into a
cell (a padded string), then nest the cells in brackets.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np


@dataclasses.dataclass
class PrintOptions:
    """What `set_printoptions` sets; one instance, `PRINT_OPTS`, holds for the process."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PRINT_OPTS = PrintOptions()

_PROFILES = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed, for the whole process.

    Args:
        precision: digits after the point of a floating-point element; 4 at first.
        threshold: a tensor of more elements than this is summarised; 1000 at first.
        edgeitems: elements shown at either end of a summarised dimension; 3 at first.
        linewidth: column past which no element starts; 80 at first.
        profile: "default", "short" or "full", applied before the options above; any other
            name changes nothing.
        sci_mode: True or False to force or forbid scientific notation; None, also when it
            is left out, to decide from the values.

    Differs from PyTorch: nothing.

    Example:
        >>> import jaxtorch as torch
        >>> torch.set_printoptions(precision=2, threshold=5, edgeitems=1)
        >>> torch.tensor([1.12345])
        tensor([1.12])
        >>> torch.arange(10)
        tensor([0,  ..., 9])
        >>> torch.set_printoptions(profile="default")
    """
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    settings = dict(_PROFILES.get(profile, {}))
    settings.update((name, value) for name, value in given.items() if value is not None)
    for name, value in settings.items():
        setattr(PRINT_OPTS, name, value)
    PRINT_OPTS.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """Give the print options as a fresh dictionary that `set_printoptions` takes as keywords.

    Differs from PyTorch: nothing.

    Example:
        >>> get_printoptions()["precision"]
        4
    """
    return dataclasses.asdict(PRINT_OPTS)


@contextlib.contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Set print options inside a `with` block and restore the earlier ones after it.

    Args:
        **options: as `set_printoptions` takes them.

    Differs from PyTorch: nothing.

    Example:
        >>> with printoptions(precision=1):
        ...     print(format_values(np.array([0.25, 1.0]), 0))
        [0.2, 1.0]
    """
    earlier = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**earlier)


def format_values(values: Any, indent: int) -> str:
    """Write the elements in nested brackets, summarised beyond `threshold` elements.

    Args:
        values: a NumPy array of any shape and dtype (those of ml_dtypes included), or any
            object with a `shape` whose `values[index]` gives one: `index` is `...` to show
            all, or one `np.ix_` tuple naming the few elements of a summary, so that a large
            array on a device is never fetched.
        indent: columns already taken on the first line; later lines start there.

    Returns: the text; "[]" for no elements, whatever the shape.

    Example:
        >>> print("x = " + format_values(np.array([[1.0, 2.5], [-0.0, np.nan]]), 4))
        x = [[1.0000, 2.5000],
             [-0.0000,    nan]]
    """
    shape = tuple(values.shape)
    if 0 in shape:
        return "[]"
    summarize = math.prod(shape) > PRINT_OPTS.threshold
    edge = PRINT_OPTS.edgeitems
    if summarize and shape and not edge:
        return "[...]"
    cut = [summarize and size > 2 * edge for size in shape]
    if any(cut):
        kept = [
            [*range(size)[:edge], *range(size)[-edge:]] if is_cut else range(size)
            for size, is_cut in zip(shape, cut, strict=True)
        ]
        shown = np.asarray(values[np.ix_(*kept)])
    else:
        shown = np.asarray(values[...])
    cells, width = _format_cells(shown.reshape(-1))
    if not shape:
        return cells[0]

    column = indent + len(shape)
    per_line = max(1, math.floor((PRINT_OPTS.linewidth - (column - 1)) / (width + 2)))
    blocks = []
    for row in _split(cells, shown.shape[-1], " ..." if cut[-1] else None):
        lines = (", ".join(row[i : i + per_line]) for i in range(0, len(row), per_line))
        blocks.append("[" + f",\n{' ' * column}".join(lines) + "]")
    for dim in reversed(range(len(shape) - 1)):
        separator = "," + "\n" * (len(shape) - 1 - dim) + " " * (indent + dim + 1)
        groups = _split(blocks, shown.shape[dim], "..." if cut[dim] else None)
        blocks = ["[" + separator.join(group) + "]" for group in groups]
    return blocks[0]


def tensor_text(
    values: Any,
    dtype_name: str,
    *,
    default_dtype_name: str = "float32",
    default_complex_name: str | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    grad_fn_name: str | None = None,
    class_name: str = "tensor",
    extra_suffixes: Sequence[str] = (),
    tensor_contents: str | None = None,
) -> str:
    """Write a tensor as `repr` does.

    Args:
        values: the elements, as `format_values` takes them; with `device="meta"` or
            `tensor_contents` only their `shape` is read.
        dtype_name: the dtype without "torch.", such as "float16".
        default_dtype_name: the default dtype, likewise.
        default_complex_name: the complex dtype that goes with it; None derives it.
        device: the device to name, such as "cuda:0"; None where PyTorch names none.
        requires_grad: whether the tensor requires a gradient.
        grad_fn_name: the class name of `grad_fn`, such as "MulBackward0", or None.
        class_name: "tensor" for Tensor and Parameter, a subclass's own name otherwise.
        extra_suffixes: further items, in order, after those of the gradient.
        tensor_contents: text to print in place of the elements.

    Returns: the text, such as "tensor([1., 2.], requires_grad=True)".

    Example:
        >>> tensor_text(np.array([1, 2], np.int32), "int32")
        'tensor([1, 2], dtype=torch.int32)'
    """
    if default_complex_name is None:
        default_complex_name = "complex128" if default_dtype_name == "float64" else "complex64"
    shape = tuple(values.shape)
    is_meta = device == "meta"
    is_empty = 0 in shape and not is_meta

    # Python's literals show these dtypes by themselves, but only where there is an element.
    implied = {default_dtype_name}
    if not (is_empty or is_meta):
        implied |= {default_complex_name, "int64", "bool"}
    names_size = is_meta or (len(shape) != 1 if is_empty else not PRINT_OPTS.edgeitems)

    suffixes = []
    if device is not None:
        suffixes.append(f"device='{device}'")
    if names_size:
        suffixes.append(f"size={shape}")
    if dtype_name not in implied:
        suffixes.append(f"dtype=torch.{dtype_name}")
    if grad_fn_name is not None:
        suffixes.append(f"grad_fn=<{grad_fn_name}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    suffixes.extend(extra_suffixes)

    prefix = class_name + "("
    if tensor_contents is None:
        tensor_contents = "..." if is_meta else format_values(values, len(prefix))
    return append_suffixes(prefix + tensor_contents, suffixes, len(prefix)) + ")"


def return_type_text(type_name: str, fields: Iterable[tuple[str, str]]) -> str:
    """Write a named result, such as that of `max(dim)`, as `repr` does.

    Args:
        type_name: its name inside `torch.return_types`, such as "max" or "linalg_svd".
        fields: each field's name and the text of its value, in order; the values' own
            indentation stays as if each stood alone.

    Example:
        >>> print(return_type_text("max", [("values", "tensor(1.)"), ("indices", "tensor(0)")]))
        torch.return_types.max(
        values=tensor(1.),
        indices=tensor(0))
    """
    body = ",\n".join(f"{name}={text}" for name, text in fields)
    return f"torch.return_types.{type_name}(\n{body})"


def size_text(shape: Iterable[int]) -> str:
    """Write a `torch.Size` as `repr` does.

    Example:
        >>> size_text((2, 3))
        'torch.Size([2, 3])'
    """
    return f"torch.Size([{', '.join(map(str, shape))}])"


def _split(items: list[str], size: int, ellipsis: str | None) -> Iterator[list[str]]:
    """Groups of `size` items, with an ellipsis in the middle where the dimension is cut."""
    for start in range(0, len(items), size):
        group = items[start : start + size]
        if ellipsis is not None:
            group.insert(size // 2, ellipsis)
        yield group


def append_suffixes(text: str, suffixes: Iterable[str], indent: int, newline: bool = False) -> str:
    """A tensor's text with what follows its elements, on lines of their own where one gets too long.

    Args:
        newline: whether the first suffix starts a line in any case.
    """
    # PyTorch counts the last line of the elements as two columns longer than it is.
    last_line = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if newline or last_line + len(suffix) + 2 > PRINT_OPTS.linewidth:
            newline = False
            text += ",\n" + " " * indent + suffix
            last_line = indent + len(suffix)
        else:
            text += ", " + suffix
            last_line += len(suffix) + 2
    return text


def _format_cells(flat: np.ndarray) -> tuple[list[str], int]:
    """One padded string an element, and the width that line wrapping reckons with."""
    kind = flat.dtype.kind
    if kind == "c":
        reals, real_width = _format_floats(_widen(flat.real))  # pyright: ignore[reportAttributeAccessIssue]
        imags, imag_width = _format_floats(_widen(flat.imag))  # pyright: ignore[reportAttributeAccessIssue]
        return list(map(_join_complex, reals, imags)), real_width + imag_width + 1
    if kind in "biu":
        texts = list(map(str, flat.tolist()))
        width = max(map(len, texts))
        return [text.rjust(width) for text in texts], width

    wide = _widen(flat)
    if flat.dtype.name == "float8_e8m0fnu":
        # It has neither zero nor infinity. PyTorch takes its least value, of all bits clear,
        # for zero and its nan for finite, both seen in the widths and the notation chosen.
        return _format_floats(wide, measured=wide != 2.0**-127)
    return _format_floats(wide)


def _widen(floats: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # a signalling nan warns
        return floats.astype(np.float64)


def _format_floats(values: np.ndarray, measured: np.ndarray | None = None) -> tuple[list[str], int]:
    """Cells of float64 values; notation and width come from the `measured` ones.

    Those are the finite nonzero ones: a lone -0, inf or nan may be wider than its column.
    """
    if measured is None:
        measured = np.isfinite(values) & (values != 0)
    ruling = values[measured]
    is_int, is_sci = True, False
    if ruling.size:
        magnitudes = np.abs(ruling)
        low, high = magnitudes.min(), magnitudes.max()
        is_int = bool((ruling == np.ceil(ruling)).all())
        is_sci = PRINT_OPTS.sci_mode
        if is_sci is None:
            with np.errstate(over="ignore"):
                is_sci = bool(high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4)

    if is_sci:
        form = f"{{:.{PRINT_OPTS.precision}e}}".format
    elif is_int:
        form = _format_whole
    else:
        form = f"{{:.{PRINT_OPTS.precision}f}}".format
    texts = list(map(form, values.tolist()))
    width = max(
        (len(text) for text, counts in zip(texts, measured.tolist(), strict=True) if counts),
        default=1,
    )
    return [text.rjust(width) for text in texts], width


def _format_whole(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"


def _join_complex(real: str, imag: str) -> str:
    imag = imag.lstrip()
    sign = "" if imag.startswith("-") else "+"
    return f"{real}{sign}{imag}j"
