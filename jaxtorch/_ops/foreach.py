"""Ops over lists of tensors (``torch._foreach_add``, ...): one program for a whole list where one op does it.

Each is the op of one tensor, applied to the elements: a list of tensors or numbers is taken element by element,
anything else is the same for all.
"""

from __future__ import annotations

import functools

from .._core.bind import namespaces, run_spec, select
from .._core.each import dispatch_each
from .._core.spec import OpSpec
from .._core.tensor import Tensor

_torch = namespaces["torch"]

_UNARY = (
    "abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg reciprocal round "
    "rsqrt sigmoid sign sin sinh sqrt tan tanh trunc"
).split()
#: name -> the op of one tensor, and of numbers
_OTHERS = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "div", "pow": "pow", "lerp": "lerp", "addcmul": "addcmul",
    "addcdiv": "addcdiv", "clamp_max": "clamp_max", "clamp_min": "clamp_min", "maximum": "clamp_min",
    "minimum": "clamp_max",
}  # fmt: skip
#: the op of one tensor and others, where it is another one
_OF_TENSORS = {"clamp_max": "minimum", "clamp_min": "maximum", "maximum": "maximum", "minimum": "minimum"}

#: PyTorch's names of positional arguments
_PLACES = {
    "self": 0, "other": 1, "scalar": 1, "scalars": 1, "exponent": 1, "tensors1": 1, "tensor1": 1, "tensor2": 2,
    "weight": 2,
}  # fmt: skip
_PLACES_OF_THREE = {**_PLACES, "scalars": 3, "value": 3}


def _is_list(x) -> bool:
    return type(x) in (list, tuple)


def _rows(name: str, args: tuple, kwargs: dict) -> list[tuple[list, dict]]:
    """The arguments of each element."""
    lists = [x for x in (*args, *kwargs.values()) if _is_list(x)]
    tensors = next((x for x in lists if x and isinstance(x[0], Tensor)), None)
    if not args or tensors is None and not any(x == [] or x == () for x in args[:1]):
        kind = type(args[0]).__name__ if args else "nothing"
        raise TypeError(f"{name}(): argument 'self' (position 1) must be tuple of Tensors, not {kind}")
    if tensors is None:
        raise RuntimeError("Tensor list must have at least one tensor.")
    n = len(tensors)
    for x in lists:
        if len(x) == n:
            continue
        if x and isinstance(x[0], Tensor):
            raise RuntimeError(f"Tensor lists must have the same number of tensors, got {n} and {len(x)}")
        raise RuntimeError("Tensor list must have same number of elements as scalar list.")

    def of(x, i: int):
        return x[i] if _is_list(x) else x

    return [([of(x, i) for x in args], {k: of(x, i) for k, x in kwargs.items()}) for i in range(n)]


def _whole(specs, rows, inplace: bool):
    """The results of one program over all elements; None where they do not fit into one."""
    parsed = [select(specs, row, kwargs, 0) for row, kwargs in rows]
    spec = parsed[0][0]
    if type(spec) is not OpSpec or spec.schema.outputs or any(s is not spec for s, _ in parsed):
        return None
    schema, values = spec.schema, [v for _, v in parsed]
    static = tuple(values[0][i] for i in schema.static_index)
    if any(tuple(v[i] for i in schema.static_index) != static for v in values):
        return None
    columns = []
    for i in schema.operand_index:
        column = [v[i] for v in values]
        if all(isinstance(x, Tensor) for x in column) or i and all(type(x) in (int, float) for x in column):
            columns.append(column)
        elif all(x is column[0] or type(x) is type(column[0]) and x == column[0] for x in column):
            columns.append(column[0])
        else:
            return None
    if not _is_list(columns[0]):
        return None
    return dispatch_each(spec, columns, static, [columns[0]] if inplace else None) or ()


def _run(op: str, rows, inplace: bool) -> tuple:
    specs = _torch[op].declared[0]
    found = _whole(specs, rows, inplace)
    if found is not None:
        return tuple(found)
    results = []
    for row, kwargs in rows:
        spec, values = select(specs, row, kwargs, 0)
        results.append(run_spec(spec, values, values[0] if inplace else None))
    return tuple(results)


def _op_for(name: str, args: tuple) -> str:
    """The op of one tensor: some have another for numbers than for tensors."""
    others = args[1] if len(args) > 1 else None
    first = others[0] if _is_list(others) and others else others
    return _OF_TENSORS[name] if name in _OF_TENSORS and isinstance(first, Tensor) else _OTHERS.get(name, name)


def _function(name: str, inplace: bool):
    public = f"_foreach_{name}{'_' if inplace else ''}"
    places = _PLACES_OF_THREE if name in ("addcmul", "addcdiv") else _PLACES

    def call(*args, **kwargs):
        given = dict(enumerate(args))
        for key in places.keys() & kwargs.keys():
            given[places[key]] = kwargs.pop(key)
        if 3 in given:
            value = given.pop(3)
            kwargs["value"] = value.tolist() if isinstance(value, Tensor) and value.dim() else value
        given = tuple(given[i] for i in sorted(given))
        results = _run(_op_for(name, given), _rows(public, given, kwargs), inplace)
        return given[0] if inplace else results

    call.__name__ = call.__qualname__ = public
    call.__module__ = "torch"
    call.__doc__ = f"`{name}` of each tensor of a list{', in place' if inplace else ''}."
    return call


def _each(name: str, one, inplace: bool = False):
    """A function of lists that has no op of its own: ``one`` of each element."""
    public = f"_foreach_{name}"

    @functools.wraps(one)
    def call(self, *args, **kwargs):
        results = tuple([one(*row, **more) for row, more in _rows(public, (self, *args), kwargs)])
        return self if inplace else results

    call.__name__ = call.__qualname__ = public
    call.__module__ = "torch"
    call.__doc__ = f"`{name}` of each tensor of a list."
    _torch[public] = call


def bind() -> None:
    """Put the functions into the namespace, when the ops are there."""
    for name in (*_UNARY, *_OTHERS):
        for inplace in (False, True):
            function = _function(name, inplace)
            _torch[function.__name__] = function
    _each("norm", lambda x, ord=2, dtype=None: namespaces["linalg"]["vector_norm"](x, ord, dtype=dtype))
    _each("powsum", lambda x, ord=2, dtype=None: x.abs().pow(ord).sum(dtype=dtype))
    _each("max", lambda x: x.max())
    _each("mm", lambda x, y: x.mm(y))
    _each("clone", lambda x, *, memory_format=None: x.clone(memory_format=memory_format))
    _each("copy_", lambda x, src, non_blocking=False: x.copy_(src, non_blocking), inplace=True)
    _each("zero_", lambda x: x.zero_(), inplace=True)
