"""einsum: the subscript notation for sums of products.

One operand is permuted and summed by views, as PyTorch does. Several are one op: what PyTorch's
chain of pairwise products leaves behind (strides, the name of the last node) is worked out once
per equation and layouts, without running it.
"""

from __future__ import annotations

from functools import lru_cache

from jax import numpy as jnp

from .._core import layout as layouts
from .._core.dispatch import dispatch
from .._core.layout import Layout, contiguous, pointwise_layout
from .._core.spec import function, op, registry
from .._core.tensor import Tensor
from .dims import refuse
from .precision import accumulator, dot_precision

ELLIPSIS = "..."
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


# -- reading equations ----------------------------------------------------------------------------
def _labels(text: str, start: int, where: str) -> list[str]:
    """The subscripts of one operand or of the output; ``start`` is their place in the equation."""
    found: list[str] = []
    i = 0
    while i < len(text):
        c = text[i]
        if c == ".":
            if ELLIPSIS in found:
                raise RuntimeError(f"einsum(): found '.' for {where} for which an ellipsis was already found")
            if text[i : i + 3] != ELLIPSIS:
                shown = " (...)" if where == "output" else ""
                raise RuntimeError(f"einsum(): found '.' for {where} that is not part of any ellipsis{shown}")
            found.append(ELLIPSIS)
            i += 3
            continue
        if c in _LETTERS:
            found.append(c)
        elif c != " ":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + i} in the equation string, "
                "subscripts must be in [a-zA-Z]"
            )
        i += 1
    return found


def _read(equation: str, count: int):
    """(subscripts of each operand, subscripts of the output or None)."""
    left, arrow, right = equation.partition("->")
    inputs, start = [], 0
    for i, part in enumerate(left.split(",")):
        inputs.append(_labels(part, start, f"operand {i}"))
        start += len(part) + 1
    if len(inputs) != count:
        fewer = "fewer" if count < len(inputs) else "more"
        raise RuntimeError(f"einsum(): {fewer} operands were provided than specified in the equation")
    if not arrow:
        return inputs, None
    output = _labels(right, len(left) + 2, "output")
    for i, label in enumerate(output):
        if label in output[:i]:
            raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        if label != ELLIPSIS and not any(label in labels for labels in inputs):
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any input operand"
            )
    return inputs, output


def _equation_of(args: tuple) -> tuple[str, tuple]:
    """(equation, operands) of ``einsum(x, [0, 1], y, [1, 2], [0, 2])``."""

    def text(subscripts) -> str:
        out = ""
        for s in subscripts:
            if s is Ellipsis:
                out += ELLIPSIS
            elif s >= 0 and s < 52:
                out += _LETTERS[s]
            else:
                raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
        return out

    equation = ",".join(text(s) for s in args[1::2][: len(args) // 2])
    if len(args) % 2:
        return f"{equation}->{text(args[-1])}", args[:-1:2]
    return equation, args[::2]


# -- planning -------------------------------------------------------------------------------------
class _Plan:
    """Dims are numbered: those of the output in its order, then those summed over."""

    __slots__ = ("subscripts", "kept", "diagonals", "orders", "node", "arrangement", "contracts")


@lru_cache(maxsize=1024)
def _plan(equation: str, operands: tuple[Layout, ...]) -> _Plan:
    inputs, output = _read(equation, len(operands))
    covered = [_covered(labels, l, i) for i, (labels, l) in enumerate(zip(inputs, operands, strict=True))]
    wide = max(covered)
    counts = {label: sum(labels.count(label) for labels in inputs) for labels in inputs for label in labels}
    if output is None:
        output = [ELLIPSIS] * any(ELLIPSIS in labels for labels in inputs)
        output += [c for c in _LETTERS if counts.get(c) == 1]
    numbers: dict = {}
    for label in output:
        for key in [(ELLIPSIS, k) for k in range(wide)] if label == ELLIPSIS else [label]:
            numbers[key] = len(numbers)
    made = _Plan()
    made.kept = len(numbers)
    # an ellipsis that the output leaves out is summed over, before the letters
    if ELLIPSIS not in output:
        for k in range(wide):
            numbers[ELLIPSIS, k] = len(numbers)
    for c in _LETTERS:
        if c in counts and c not in numbers:
            numbers[c] = len(numbers)
    made.subscripts, made.diagonals, made.orders = [], [], []
    sizes = [1] * len(numbers)
    aligned = []
    for i, (labels, l) in enumerate(zip(inputs, operands, strict=True)):
        ids = _numbered(labels, covered[i], wide, numbers)
        made.subscripts.append(tuple(ids))
        l, diagonals, order = _align(i, l, labels, ids, len(numbers), numbers)
        made.diagonals.append(diagonals)
        made.orders.append(order)
        aligned.append(l)
        _broadcast(sizes, l.shape, i, numbers)
    made.node, made.contracts, made.arrangement = "", False, None
    if len(operands) > 1:
        _simulate(made, aligned, sizes)
    return made


def _covered(labels, l: Layout, i: int) -> int:
    """How many dims of operand ``i`` its ellipsis stands for."""
    named = len(labels) - (ELLIPSIS in labels)
    if ELLIPSIS in labels:
        if named > l.ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) is more than the number "
                f"of dimensions ({l.ndim}) for operand {i}"
            )
        return l.ndim - named
    if named != l.ndim:
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({named}) does not match the number "
            f"of dimensions ({l.ndim}) for operand {i} and no ellipsis was given"
        )
    return 0


def _numbered(labels, covered: int, wide: int, numbers: dict) -> list[int]:
    ids = []
    for label in labels:
        if label == ELLIPSIS:
            ids += [numbers[ELLIPSIS, k] for k in range(wide - covered, wide)]
        else:
            ids.append(numbers[label])
    return ids


def _align(i: int, l: Layout, labels, ids, count: int, numbers: dict):
    """(layout with every dim in its place, diagonals to take first, permutation)."""
    places = [-1] * count
    diagonals = []
    j = 0
    for number in ids:
        first = places[number]
        if first < 0:
            places[number] = j
            j += 1
            continue
        if l.shape[j] != l.shape[first]:
            label = next(c for c, n in numbers.items() if n == number)
            raise RuntimeError(
                f"einsum(): subscript {label} is repeated for operand {i} but the sizes don't match, "
                f"{l.shape[j]} != {l.shape[first]}"
            )
        l = layouts.movedim(layouts.diagonal(l, 0, first, j), -1, first)
        diagonals.append((first, j))
    for number in range(count):
        if places[number] < 0:
            l = layouts.unsqueeze(l, -1)
            places[number] = j
            j += 1
    return layouts.permute(l, tuple(places)), tuple(diagonals), tuple(places)


def _broadcast(sizes: list, shape, i: int, numbers: dict) -> None:
    for number, s in enumerate(shape):
        if s == 1 or s == sizes[number]:
            continue
        if sizes[number] != 1:
            label = next(c for c, n in numbers.items() if n == number)
            if isinstance(label, tuple):
                raise RuntimeError(
                    f"einsum(): dimension {label[1]} covered by ellipsis in operand {i}has size {s} which "
                    f"does not broadcast with previously seen ellipsis with size {sizes[number]} for the "
                    "respective dimension"
                )
            raise RuntimeError(
                f"einsum(): subscript {label} has size {s} for operand {i} which does not broadcast "
                f"with previously seen size {sizes[number]}"
            )
        sizes[number] = s


def _simulate(made: _Plan, aligned: list, sizes: list) -> None:
    """The strides and the last node's name that products pair by pair, from the left, end with."""
    left = {n: sum(l.shape[n] != 1 for l in aligned) for n in range(made.kept, len(sizes))}
    a = aligned[0]
    for b in aligned[1:]:
        summed = []
        for n in left:
            here, there = a.shape[n] != 1, b.shape[n] != 1
            if here and there:
                left[n] -= 1
                if left[n] == 1:
                    summed.append(n)
                    left[n] = 0
            elif left[n] == 1 and (here or there):
                left[n] = 0
                if here:
                    a = _without(a, n)
                else:
                    b = _without(b, n)
        if summed:
            made.contracts = True
            a, made.node = _contracted(a, b, summed), "PermuteBackward0"
        else:
            shape = tuple(max(s, t) if s and t else 0 for s, t in zip(a.shape, b.shape, strict=True))
            a, made.node = pointwise_layout(shape, (a, b)), "MulBackward0"
    if made.kept < len(sizes):
        a, made.node = layouts.view(a, a.shape[: made.kept]), "ViewBackward0"
    made.arrangement = a


def _without(l: Layout, n: int) -> Layout:
    return contiguous(tuple(1 if d == n else s for d, s in enumerate(l.shape)))


def _contracted(a: Layout, b: Layout, summed: list) -> Layout:
    """The layout of a batched product whose dims are put back in order."""
    both, first, second = [], [], []
    for d, (s, t) in enumerate(zip(a.shape, b.shape, strict=True)):
        if d not in summed:
            (both if s > 1 and t > 1 else first if s > 1 else second).append(d)
    if first and second and second[-1] < first[0]:
        first, second = second, first
    order = [*both, *first, *summed, *second]
    shape = tuple(1 if d in summed else max(a.shape[d], b.shape[d]) for d in order)
    if 0 in a.shape or 0 in b.shape:
        shape = tuple(1 if d in summed else min(a.shape[d], b.shape[d]) or s for d, s in zip(order, shape, strict=True))
    return layouts.permute(contiguous(shape), tuple(order.index(d) for d in range(len(order))))


# -- running --------------------------------------------------------------------------------------
def _check_products(operands, *, subscripts, output, node, contracts, arrangement):
    if not contracts:
        return
    first = operands[0].dtype
    for x in operands[1:]:
        if x.dtype is not first:
            raise RuntimeError(f"expected scalar type {first.title} but found {x.dtype.title}")
    if first.category == 0:
        raise refuse("bmm", first)


@op("sum_of_products(Tensor[] operands, any subscripts, any output, str node, bool contracts, any arrangement)",
    forms="", promote="result", opmath=False, check=_check_products,
    node=lambda node, **_: node,
    layout=lambda layouts, *, arrangement, **_: arrangement)  # fmt: skip
def sum_of_products(operands, *, subscripts, output, node, contracts, arrangement):
    largest: dict[int, int] = {}
    for x, ids in zip(operands, subscripts, strict=True):
        for n, s in zip(ids, x.shape, strict=True):
            largest[n] = s if largest.get(n, 1) == 1 else largest[n]
    args = []
    for x, ids in zip(operands, subscripts, strict=True):
        # sizes of 1 broadcast: they have no part in the sum
        gone = [d for d, (n, s) in enumerate(zip(ids, x.shape, strict=True)) if s == 1 != largest[n]]
        args += [jnp.squeeze(x, tuple(gone)), [n for d, n in enumerate(ids) if d not in gone]]
    dtype = operands[0].dtype
    if dtype.kind == "b":
        args[::2] = [x.astype(jnp.uint8) for x in args[::2]]
    out = jnp.einsum(
        *args, list(output), precision=dot_precision(), preferred_element_type=accumulator(args[0].dtype)
    )
    return out.astype(dtype)


_products = registry["sum_of_products"]


@function("einsum")
def einsum(*args):
    """The sum of products that an equation of subscripts says: ``einsum("ij,jk->ik", a, b)``.

    Args:
        args: an equation and operands, or operands each followed by its list of subscripts, and
            the output's list last.

    Returns:
        Fresh, but for one operand of which nothing is summed: a view of it.

    Raises:
        RuntimeError: the subscripts do not fit the operands.

    Differs from PyTorch:
        one node in the graph, named as the last of PyTorch's.

    Example:
        >>> torch.einsum("ij,j->i", torch.tensor([[1.0, 2.0]]), torch.tensor([3.0, 4.0]))
        tensor([11.])
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, "
            "or at least one operand and its subscripts list"
        )
    if isinstance(args[0], Tensor):
        equation, operands = _equation_of(args)
    else:
        equation, operands = args[0], args[1:]
        if not isinstance(equation, str):
            raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {type(equation).__name__}")
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    for i, x in enumerate(operands):
        if not isinstance(x, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(x).__name__}")
    plan = _plan(equation, tuple([x._layout.form for x in operands]))
    if len(operands) == 1:
        x = operands[0]
        for first, second in plan.diagonals[0]:
            x = x.diagonal(0, first, second).movedim(-1, first)
        x = x.permute(plan.orders[0])
        return x.sum(tuple(range(plan.kept, x.ndim))) if plan.kept < x.ndim else x
    statics = (tuple(plan.subscripts), tuple(range(plan.kept)), plan.node, plan.contracts, plan.arrangement)
    return dispatch(_products, (operands,), statics)
