"""Remembered calls: the parse of one call serves all that are like it.

Parsing arguments costs as much as running a small op. Two calls with tensors and floats in the same
places and with all other arguments equal parse alike, so the first one's parse is kept: which
overload it is, its statics, and where each operand comes from.
"""

from __future__ import annotations

from . import alias, dtypes
from .arguments import _KEYWORDS
from .dispatch import dispatch
from .spec import OpSpec, ViewSpec
from .tensor import Size, Tensor

LIMIT = 512  # calls remembered for one function
_VALUES = {int, bool, str, type(None), dtypes.dtype}
_SEQUENCES = {tuple, list, Size}
_TENSOR_KINDS = ("Tensor", "Operand")
_FLOAT_KINDS = ("Scalar", "Operand", "Number")


def key_of(args: tuple, kwargs: dict, plain: set):
    """All that the parse of a call depends on, or None where it may depend on more.

    ``plain`` are the classes of tensors that leave calls alone.
    """
    key: list = []
    for a in args:
        kind = type(a)
        if kind in plain:
            key.append(Tensor)
        elif kind in _VALUES:
            key += (kind, a)
        elif kind is float:
            key.append(float)
        elif kind in _SEQUENCES:
            for e in a:
                if type(e) is not int:
                    return None
            key += (kind, tuple(a))
        else:
            return None
    for name, a in kwargs.items():
        kind = type(a)
        if kind in plain:
            key += (name, Tensor)
        elif kind in _VALUES:
            key += (name, kind, a)
        elif kind is float:
            key += (name, float)
        elif kind in _SEQUENCES:
            for e in a:
                if type(e) is not int:
                    return None
            key += (name, kind, tuple(a))
        else:
            return None
    return tuple(key)


def _sources(spec, specs, values, args, kwargs):
    """(parameter, position, keyword) of each tensor and float, or None where the parse looked
    at more of one than its class."""
    schema = spec.schema
    earlier = specs[: specs.index(spec)]
    found = []
    for where, a in [*enumerate(args), *kwargs.items()]:
        if not isinstance(a, (Tensor, float)):
            continue
        kinds = _TENSOR_KINDS if isinstance(a, Tensor) else _FLOAT_KINDS
        for s in (spec, *earlier):
            p = _parameter(s.schema, where)
            if s is spec and (p is None or values[p.index] is not a):
                return None
            if p is not None and p.kind not in kinds:
                return None
        at = _parameter(schema, where).index
        found.append((at, where, None) if isinstance(where, int) else (at, None, where))
    return found


def _parameter(schema, where):
    if isinstance(where, int):
        return schema.params[where] if where < schema.positional else None
    index = schema.by_name.get(where, schema.by_name.get(_KEYWORDS.get(where)))
    return None if index is None else schema.params[index]


def remembered(spec, specs, values, args, kwargs, inplace: bool, run_spec, named):
    """A function of (args, kwargs) that runs ``spec`` as the call parsed to ``values`` did.

    None where other calls of the same key may parse differently.
    """
    sources = _sources(spec, specs, values, args, kwargs)
    values = list(values)
    if sources is None or any(type(v) is list for v in values):
        return None  # a list may change under us
    for at, _, _ in sources:
        values[at] = None  # a remembered call keeps no tensor alive

    def fill(args, kwargs):
        filled = values.copy()
        for at, i, name in sources:
            filled[at] = args[i] if name is None else kwargs[name]
        return filled

    if type(spec) is OpSpec:
        schema = spec.schema
        static = tuple([values[i] for i in schema.static_index])
        if schema.operand_index == [0] and sources == [(0, 0, None)]:

            def run(args, kwargs):
                x = args[0]
                result = dispatch(spec, (x,), static, x if inplace else None)
                return result if named is None or type(result) is not tuple else named(result)

            return run
        operands = schema.operand_index

        def run(args, kwargs):
            filled = fill(args, kwargs)
            dest = filled[0] if inplace else None
            result = dispatch(spec, [filled[i] for i in operands], static, dest)
            return result if named is None or type(result) is not tuple else named(result)

        return run
    # views as another dtype take the long way: autocast may cast before
    if type(spec) is ViewSpec and spec.dtype is None and not inplace and sources == [(0, 0, None)]:
        rest = tuple(values[1:])
        return lambda args, kwargs: alias.view(spec, args[0], rest)

    def run(args, kwargs):
        filled = fill(args, kwargs)
        return run_spec(spec, filled, filled[0] if inplace else None)

    return run
