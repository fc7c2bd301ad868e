"""Operations on each element: they run on the values."""

from __future__ import annotations

import itertools

from .._core import dtypes, exchange
from .._core.composed import values_of
from .._core.linked import followed
from .._core.tensor import Tensor
from .tensor import Jagged, Nested, refusal, rule

_UNARY = """
abs absolute acos arccos acosh arccosh angle asin arcsin asinh arcsinh atan arctan atanh arctanh bitwise_not ceil cos
cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 fix floor frac isfinite isinf isnan isneginf isposinf lgamma log
log10 log1p log2 logical_not logit nan_to_num neg negative rad2deg reciprocal relu round rsqrt sgn sigmoid sign signbit
sin sinc sinh sqrt square tan tanh trunc clamp clip clamp_min clamp_max celu elu gelu hardshrink hardsigmoid hardswish
hardtanh leaky_relu logsigmoid mish relu6 selu silu softplus softshrink softsign tanhshrink threshold dropout
alpha_dropout rrelu masked_fill fill zero
"""
_BINARY = """
add sub subtract mul multiply div divide true_divide floor_divide pow float_power remainder fmod atan2 arctan2 maximum
minimum fmax fmin eq ne not_equal lt less le less_equal gt greater ge greater_equal logical_and logical_or logical_xor
bitwise_and bitwise_or bitwise_xor copysign hypot xlogy ldexp lerp addcmul addcdiv where rsub
"""
_OPERATORS = """
add radd sub rsub mul rmul truediv rtruediv div rdiv floordiv rfloordiv pow rpow mod rmod eq ne lt le gt ge neg abs
invert and or xor rand ror rxor
"""
_IN_PLACE_OPERATORS = "iadd isub imul itruediv idiv ifloordiv ipow imod iand ior ixor"
_LIKE = "zeros_like ones_like empty_like full_like rand_like randn_like randint_like bernoulli"
_CASTS = "to float double half bfloat16 int long short char byte bool cpu cuda type_as clone"
#: the overload that PyTorch names in errors, where it is not ``Tensor``
_OVERLOADS = {"pow": "Tensor_Tensor", "where": "self", **dict.fromkeys(
    ("maximum", "minimum", "atan2", "fmax", "fmin", "hypot", "logical_and", "logical_or", "logical_xor"), "default",
)}  # fmt: skip
_SPELT = {"subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "truediv": "div",
          "mod": "remainder", "floordiv": "floor_divide"}  # fmt: skip


def _canonical(name: str) -> str:
    plain = name.strip("_")
    plain = plain[1:] if name.startswith("__") and plain[0] in "ri" and plain[1:] in _OPERATORS.split() else plain
    return _SPELT.get(plain, plain)


def _mismatch(name: str, a, b) -> RuntimeError:
    shapes = [tuple(x.shape) if isinstance(a, Nested) and isinstance(b, Nested) else x.shape for x in (a, b)]
    op = _canonical(name)
    return RuntimeError(
        f"cannot call binary pointwise function {op}.{_OVERLOADS.get(op, 'Tensor')} with inputs of shapes {shapes[0]} "
        f"and {shapes[1]}"
    )


def _beside(nested: Nested, x, name: str, order):
    """An operand as it meets the values of ``nested``."""
    if isinstance(x, Nested):
        if type(x) is not type(nested):
            raise RuntimeError("nested tensors of different layouts in one operation")
        if isinstance(nested, Jagged) and isinstance(x, Jagged):
            if x._ragged != nested._ragged or x._dim != nested._dim or x.ndim != nested.ndim:
                raise _mismatch(name, *order(nested, x))
        elif x._sizes != nested._sizes:  # pyright: ignore
            raise RuntimeError(f"{_canonical(name)} does not support broadcasting when given a NestedTensor")
        return values_of(x)
    if not isinstance(x, Tensor) or not x.ndim:
        return x
    if not isinstance(nested, Jagged):
        a, b = ("a nested self and non-nested", "a non-nested self and nested")[:: 1 if order(0, 1)[0] == 0 else -1]
        raise RuntimeError(f"Expected both self and other to be nested, but got {a if b else b} other")
    return _broadcast(nested, x, name, order)


def _broadcast(nested: Jagged, x: Tensor, name: str, order) -> Tensor:
    """A dense operand as it meets jagged values."""
    if x.ndim > nested.ndim:
        raise NotImplementedError("NYI: broadcasting NT with T with larger dim")
    ones = len(list(itertools.takewhile(lambda n: n == 1, x.shape)))
    inner = x.reshape(x.shape[ones:])
    if inner.ndim + 1 + nested._dim <= nested.ndim:
        return inner
    if x.ndim == nested.ndim and x.shape[0] == len(nested) and nested._lengths is None:
        lengths, width = nested._runs()[1], x.shape[nested._dim]
        if width in (1, max(lengths)):  # what stands at the elements of each component, without padding
            places = [i * width + (k if width > 1 else 0) for i, n in enumerate(lengths) for k in range(n)]
            rows = x.movedim(nested._dim, 1).flatten(0, 1)
            index = exchange.tensor(places, dtype=dtypes.int64, device=x.device)
            return rows.index_select(0, index).movedim(0, nested._dim - 1)
    raise _mismatch(name, *order(nested, x))


def _tensors(args, kwargs) -> list:
    return [x for x in (*args, *kwargs.values()) if isinstance(x, Tensor)]


def _on_values(nested: Nested, name: str, args, kwargs) -> tuple[list, dict]:
    """The arguments as they meet the values of ``nested``."""
    place = next(i for i, a in enumerate((*args, *kwargs.values())) if a is nested)

    def taken(i, x):
        return values_of(x) if x is nested else _beside(nested, x, name, lambda a, b: (a, b) if place < i else (b, a))

    found = [taken(i, x) for i, x in enumerate((*args, *kwargs.values()))]
    return found[: len(args)], dict(zip(kwargs, found[len(args) :], strict=True))


def pointwise(func, *args, **kwargs):
    """What ``func`` gives for the values."""
    if kwargs.get("inplace"):
        return write(func, *args, **kwargs)
    nested = next(x for x in _tensors(args, kwargs) if isinstance(x, Nested))
    on, by = _on_values(nested, func.__name__, args, kwargs)
    found = func(*on, **by)
    if not isinstance(found, Tensor):  # `where` of a condition alone
        raise refusal(func.__name__, *args)
    return nested._like(found)


def write(func, *args, **kwargs):
    """Let ``func`` write the values of its first argument."""
    nested = args[0]
    if not isinstance(nested, Nested):
        raise refusal(func.__name__, *args)
    if followed(nested) and nested._grad_fn is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    if any(followed(x) for x in _tensors(args, kwargs)):
        raise NotImplementedError(f"{func.__name__}: nested tensors that require grad are not written in place")
    args, kwargs = _on_values(nested, func.__name__, args, kwargs)
    func(*args, **kwargs)
    nested._count_write()
    return nested


def creation(func, self, *args, requires_grad=False, **kwargs):
    """A nested tensor of the structure of another one."""
    if kwargs.pop("layout", self.layout) is not self.layout:
        raise NotImplementedError(f"{func.__name__}(layout=) of nested tensors")
    return self._like(func(self._parts[-1].detach(), *args, **kwargs)).requires_grad_(requires_grad)


def cast(func, self, *args, **kwargs):
    """This tensor with another dtype or on another device: itself, if it is so already."""
    if not isinstance(self, Nested):
        return func(self, *[a._parts[-1] if isinstance(a, Nested) else a for a in args], **kwargs)
    args = [a._parts[-1] if isinstance(a, Nested) else a for a in args]
    values = values_of(self)
    found = func(values, *args, **kwargs)
    return self if found is values else self._like(found)


rule(*_UNARY.split(), *_BINARY.split(), *[f"__{n}__" for n in _OPERATORS.split()])(pointwise)
rule(*[f"{n}_" for n in (*_UNARY.split(), *_BINARY.split())], *[f"__{n}__" for n in _IN_PLACE_OPERATORS.split()],
     "copy_")(write)  # fmt: skip
rule(*_LIKE.split())(creation)
rule(*_CASTS.split())(cast)
