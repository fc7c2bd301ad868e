"""Arguments: from a Python call to the values of a schema, with PyTorch's parser errors."""

from __future__ import annotations

import numpy as np

from . import devices, dtypes, formats
from .spec import REQUIRED, Param, Schema
from .symbol import Symbol
from .tensor import Size, Tensor

_NUMBERS = (int, float, complex, bool, np.number, np.bool_)


class Mismatch(TypeError):
    """A call that does not fit a schema."""


def _is_int(v) -> bool:
    return isinstance(v, (int, np.integer)) and not isinstance(v, bool)


def _as_int(v):
    if type(v) is int:
        return v
    if isinstance(v, np.integer):
        return int(v)
    if isinstance(v, Tensor) and v._layout.numel == 1 and v._dtype.category == 1:
        return v.item()
    if isinstance(v, bool) or (type(v) is Symbol and isinstance(v, int)):
        return int(v)
    raise Mismatch


def _as_ints(v):
    if type(v) is tuple and all(type(e) is int for e in v):
        return v
    if isinstance(v, (tuple, list)):
        return tuple(_as_int(e) for e in v)
    raise Mismatch


def _as_dims(v):
    return (v,) if type(v) is int else (_as_int(v),) if _is_int(v) else _as_ints(v)


def _as_float(v):
    if isinstance(v, Tensor) and v._layout.numel == 1 and not v._requires_grad:
        return float(v.item())
    if isinstance(v, (int, float, np.integer, np.floating)):
        return float(v)
    raise Mismatch


def _as_bool(v):
    if isinstance(v, (bool, np.bool_)):
        return bool(v)
    raise Mismatch


def _as_pinned(v):
    if _as_bool(v):
        devices.require_pinned()
    return bool(v)


def _as_str(v):
    if isinstance(v, str):
        return v
    raise Mismatch


def _as_dtype(v):
    if isinstance(v, dtypes.dtype):
        return v
    if isinstance(v, type) and v in _PYTHON_TYPES:
        return _PYTHON_TYPES[v]()
    raise Mismatch


_PYTHON_TYPES = {
    float: lambda: dtypes.float64,
    int: lambda: dtypes.int64,
    bool: lambda: dtypes.bool_,
    complex: lambda: dtypes.complex128,
}


def _as_tensor(v):
    if isinstance(v, Tensor):
        return v
    raise Mismatch


def _as_operand(v):
    if isinstance(v, (Tensor, *_NUMBERS)):
        return v
    raise Mismatch


def _as_scalar(v):
    if isinstance(v, _NUMBERS):
        return v
    if isinstance(v, Tensor) and not v._layout.shape and not v.requires_grad:
        return v
    raise Mismatch


def _as_tensors(v):
    if isinstance(v, (tuple, list)) and all(isinstance(e, Tensor) for e in v):
        return tuple(v)
    raise Mismatch


_CONVERT = {
    "Tensor": _as_tensor, "Operand": _as_operand, "Scalar": _as_scalar, "Number": _as_scalar,
    "Tensor[]": _as_tensors,
    "int": _as_int, "float": _as_float, "bool": _as_bool, "pinned": _as_pinned, "str": _as_str, "dtype": _as_dtype,
    "int[]": _as_ints, "dims": _as_dims, "size": _as_dims,
}  # fmt: skip

_SHOWN = {
    "Tensor": "Tensor", "Operand": "Tensor", "Scalar": "Number", "Number": "Number",
    "Tensor[]": "tuple of Tensors",
    "int": "int", "float": "float", "bool": "bool", "pinned": "bool", "str": "str", "dtype": "torch.dtype",
    "int[]": "tuple of ints", "dims": "tuple of ints", "size": "tuple of ints",
    "device": "torch.device", "generator": "torch.Generator",
}  # fmt: skip


# of kind `any`
_SHOWN_NAMED = {"layout": "torch.layout", "device": "torch.device", "memory_format": "torch.memory_format"}


# Of PyTorch's own classes, those that are not classes of Python.
_WRITTEN_IN_C = (dtypes.dtype, devices.device, formats.layout, formats.memory_format, Size)
MADE_AT_RUN_TIME = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def shown_type(v) -> str:
    """How PyTorch's messages name the type of an argument: one that is written in C with its module."""
    kind = type(v)
    if isinstance(v, _WRITTEN_IN_C):
        return f"torch.{kind.__name__}"
    if kind.__flags__ & MADE_AT_RUN_TIME or kind.__module__ == "builtins":
        return kind.__name__
    return f"{kind.__module__}.{kind.__name__}"


def _shown_name(p: Param) -> str:
    return "input" if p.name == "self" and p.kind in ("Tensor", "Operand") else p.name


def parse(schema: Schema, args: tuple, kwargs: dict, offset: int = 0) -> list:
    """The values of every parameter, in schema order.

    ``offset`` is 1 for methods: PyTorch does not count ``self`` as an argument there.

    Raises:
        TypeError: PyTorch's text for missing, unexpected or wrongly typed arguments.
    """
    params = schema.params
    n = len(args)
    # x.view(2, 3), x.permute(0, 1), torch.zeros(2, 3): a sole list may be given as several ints
    loose = schema.varargs and schema.positional - offset == 1 and n > offset
    if loose and all(_is_index(a) for a in args[offset:]):
        args = (*args[:offset], tuple(args[offset:]))
        n = offset + 1
    elif n > schema.positional:
        takes, given = schema.positional - offset, n - offset
        least = schema.required - offset
        most = f"{takes} positional argument{'' if takes == 1 else 's'}"
        if least < takes:
            most = f"from {least} to {takes} positional arguments"
        raise Mismatch(
            f"{schema.name}() takes {most} but {given} {'was' if given == 1 else 'were'} given"
        )
    values = [*args, *schema.defaults[n:]]
    for name, v in kwargs.items():
        i = schema.by_name.get(name)
        if i is None:
            i = _KEYWORDS.get(name) and schema.by_name.get(_KEYWORDS[name])
        if i is None:
            raise Mismatch(f"{schema.name}() got an unexpected keyword argument '{name}'")
        if i < n:
            raise Mismatch(f"{schema.name}() got multiple values for argument '{name}'")
        values[i] = v
    for p in params:
        v = values[p.index]
        if v is REQUIRED:
            missing = [_shown_name(q) for q in params if values[q.index] is REQUIRED]
            names = ", ".join(f'"{m}"' for m in missing)
            raise Mismatch(
                f"{schema.name}() missing {len(missing)} required positional arguments: {names}"
            )
        convert = _CONVERT.get(p.kind)
        if v is None and (p.optional or p.default is None):
            continue
        if convert is None or v is p.default:
            continue
        try:
            values[p.index] = convert(v)
        except Mismatch:
            if p.kind == "Tensor[]" and isinstance(v, (tuple, list)):
                i, e = next((i, e) for i, e in enumerate(v) if not isinstance(e, Tensor))
                raise Mismatch(
                    f"expected Tensor as element {i} in argument {p.index - offset}, but got {shown_type(e)}"
                ) from None
            where = f" (position {p.index + 1 - offset})" if p.index < n else ""
            raise Mismatch(
                f"{schema.name}(): argument '{_shown_name(p)}'{where} must be {_SHOWN[p.kind]}, not {shown_type(v)}"
            ) from None
    return values


# NumPy's spellings, which PyTorch's parser takes too.
_KEYWORDS = {"axis": "dim", "keepdims": "keepdim", "x": "self", "x1": "self", "x2": "other", "axes": "dim"}


def _is_index(v) -> bool:
    return _is_int(v) or (isinstance(v, Tensor) and v._dtype.category == 1)


def signature_text(schema: Schema, out: bool, offset: int = 0) -> str:
    """What PyTorch's errors show for one overload, without the ``offset`` first parameters."""
    parts, star = [], False
    for p in schema.params[offset:]:
        if p.kw_only and not star:
            parts.append("*")
            star = True
        text = f"{_SHOWN.get(p.kind) or _SHOWN_NAMED.get(p.name, p.kind)} {_shown_name(p)}"
        if not p.required:
            text += f" = {p.default}"
        parts.append(text)
    if out:
        if not star:
            parts.append("*")
        parts.append("Tensor out = None")
    return f"({', '.join(parts)})"


def no_overload(name: str, specs, args, kwargs, offset: int = 0) -> TypeError:
    """PyTorch's error for a call that fits none of an op's overloads (of methods with ``offset`` 1)."""
    got = ", ".join(shown_type(a) for a in args)
    if kwargs:
        # as PyTorch's parser lists them: the last first, a comma after a lone group
        named = ", ".join(f"{k}={shown_type(v)}" for k, v in reversed(kwargs.items()))
        got = f"{got}, {named}" if got else f"{named}, "
    lines = [signature_text(s.schema, "out" in s.forms and not offset, offset) for s in specs if not s.hidden]
    told = f"{name}() received an invalid combination of arguments - got ({got}), but expected "
    if len(lines) == 1:
        return TypeError(told + lines[0])
    return TypeError(told + "one of:\n" + "\n".join(f" * {line}" for line in lines) + "\n")


def described(v) -> str:
    if isinstance(v, tuple):
        return f"tuple of ({', '.join(shown_type(e) for e in v)})" if v else "tuple of ()"
    if isinstance(v, list):
        return f"list of [{', '.join(shown_type(e) for e in v)}]" if v else "list of []"
    return shown_type(v)
