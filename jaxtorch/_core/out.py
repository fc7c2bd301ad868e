"""``out=``: what may be given, and how a result is written there."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

from . import alias, dtypes, modes, tape
from .dispatch import dispatch
from .errors import OUT_GRAD, OVERLAP, refused_cast
from .layout import contiguous
from .return_types import is_return_type, named
from .spec import OpSpec, OutRules, registry
from .tensor import Tensor

#: `OutRules.out_name` of functions that copy a finished result to ``out=``: autograd follows that
COPIED = "copy_"


def compute_in(spec, values: list, d: dtypes.dtype) -> None:
    """Make an op that `OutRules.computes_out` compute in the dtype of ``out=``."""
    at = spec.schema.by_name.get("dtype")
    if spec.out.computes_out == "wider":
        own = values[0]._dtype
        if own.category < 2 or dtypes.promote_types(own, d) is not d:
            return
    if at is None:
        values[0] = values[0].to(d)
        return
    if spec.out.computes_out is True and values[at] not in (None, d):
        raise RuntimeError(f"dtype {values[at].title} does not match dtype of out parameter ({d.title})")
    values[at] = values[at] or d


def check_out(name: str, spec, values, out) -> None:
    """What PyTorch refuses of ``out=`` before it looks at the operands' shapes."""
    if type(spec) is not OpSpec:
        return
    outs = out if isinstance(out, (tuple, list)) else (out,)
    tensors = _tensors_among(spec, values)
    refuses = not spec.out.refused_out and spec.out.out_name != COPIED
    if modes.state.grad and spec.differentiable and refuses and spec.promote != "compare":
        if any(isinstance(t, Tensor) and t.requires_grad for t in (*tensors, *outs)):
            raise RuntimeError(OUT_GRAD.format(name=spec.out.out_name or name))
    pointwise = spec.layout == "pointwise" and isinstance(out, Tensor)
    if pointwise or spec.out.apart and spec.out.apart_first:
        others = tensors[1:] if spec.out.apart_first == "others" else tensors
        for o in outs:
            if isinstance(o, Tensor):
                _check_apart(o, others, spec)


def _check_apart(out: Tensor, tensors: list, spec) -> None:
    """Refuse an ``out=`` whose elements share memory with each other or with operands."""
    if out._layout.overlapping:
        raise RuntimeError(OVERLAP)
    for t in tensors:
        if t._storage is out._storage:
            alias.check_overlap(out, t, spec, tensors, same=spec.out.apart != "always")


def _tensors_among(spec, values) -> list[Tensor]:
    found = []
    for i in spec.schema.operand_index:
        value = values[i]
        found += [v for v in (value if isinstance(value, (tuple, list)) else (value,)) if isinstance(v, Tensor)]
    return found


def write_of(name: str, spec, values, out, result):
    """`write_out` of what an op made of ``values``."""
    check = None
    if spec.out.apart and spec.out.apart_first is not True:
        check = partial(_check_apart, tensors=_tensors_among(spec, values), spec=spec)
    return write_out(name, out, result, spec.out, spec.differentiable, check)


def write_out(name: str, out, result, rules: OutRules = OutRules(), differentiable: bool = True, check=None):
    """Give ``result`` to ``out`` by PyTorch's rules, those of the op called ``name``, and return ``out``.

    ``check`` looks at each tensor that will be written, once it has its shape.
    """
    exact = rules.exact_out
    if isinstance(result, tuple):
        if isinstance(out, (tuple, list)) and len(out) != len(result):
            raise TypeError(f"expected tuple of {len(result)} elements but got {len(out)}")
        if not isinstance(out, (tuple, list)):
            raise TypeError(f"{name}(): argument 'out' must be tuple of Tensors, not {type(out).__name__}")
        pairs = list(zip(out, result, strict=True))
    else:
        pairs = [(out, result)]
    histories = []
    for o, r in pairs:
        if not isinstance(o, Tensor):
            raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(o).__name__}")
        followed = differentiable and rules.out_name != COPIED and r._dtype.category > 1
        followed = followed and modes.state.grad and (o.requires_grad or r.requires_grad)
        if followed and (not rules.refused_out or (o.requires_grad and o.is_leaf)):
            shown = rules.out_name or name
            raise RuntimeError(OUT_GRAD.format(name=f"aten::{shown}" if rules.refused_out else shown))
        histories.append(followed)
    for (o, r), followed in zip(pairs, histories, strict=True):
        if exact is not None and r._dtype is not o._dtype:
            text = exact(r._dtype, o._dtype) if callable(exact) else exact
            if text is not None:
                raise RuntimeError(text.format(result=r._dtype, out=o._dtype))  # pyright: ignore
        if not dtypes.can_cast(r._dtype, o._dtype):
            raise refused_cast(rules.cast_error, r._dtype, o._dtype)
        _write_result(name, o, r, rules, followed, check)
    if not isinstance(result, tuple):
        return out
    kind: Any = type(result)
    return named(f"{name}_out", kind.__match_args__)(out) if is_return_type(kind) else tuple(out)


def _write_result(name: str, out: Tensor, result: Tensor, rules: OutRules, followed: bool, check) -> None:
    if out._layout.shape != result._layout.shape:
        strides = rules.out_strides
        if strides == "result" or strides == "result where empty" and not out._layout.numel:
            resize_out(out, result._layout.shape, result._layout)
        else:
            (rules.resize_out or resize_out)(out, result._layout.shape)
    if check is not None:
        check(out)
    if rules.out_name == COPIED:
        out.copy_(result)
        return
    with modes.untaped():
        dispatch(registry["copy_.raw"], (out, result), (), out)
    if followed:
        sources = [] if result.grad_fn is None else result.grad_fn.edges
        node = tape.Underivable(f"aten::{name}", [e for e in (*sources, tape.edge_of(out)) if e is not None])
        node.add_output(out)
        alias.rebase(out, node)


def resize_out(out: Tensor, shape: tuple, layout=None) -> None:
    """Give ``out`` a shape (in a layout other than the contiguous one), with PyTorch's warning if it held
    something of another shape."""
    if out._layout.numel:
        warnings.warn(
            f"An output with one or more elements was resized since it had shape {list(out._layout.shape)}, "
            f"which does not match the required output shape {list(shape)}. This behavior is deprecated, "
            "and in a future PyTorch release outputs will not be resized unless they have zero elements. "
            "You can explicitly reuse an out tensor t by resizing it, inplace, to zero elements with "
            "t.resize_(0).",
            stacklevel=5,
        )
    resize_quietly(out, shape, layout)


def resize_quietly(out: Tensor, shape: tuple, layout=None) -> None:
    """Give ``out`` a shape without a word, as PyTorch's constructors of tensors do."""
    from .memory import resize

    resize(out, layout or contiguous(shape))
