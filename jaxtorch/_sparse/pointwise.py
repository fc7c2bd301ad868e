"""Operations on the values alone: those that keep zero, and conversions of dtype and device."""

from __future__ import annotations

from .._core.composed import values_of
from .._core.linked import linked
from .._core.tensor import Tensor
from .pattern import settled
from .tensor import COMPRESSED, COO, Coo, SparseTensor, become, rule, torch

# Those that PyTorch has of sparse tensors; the first spelling is the op's, the others its aliases.
_ZERO_PRESERVING = {
    "abs": ("absolute",), "asin": ("arcsin",), "asinh": ("arcsinh",), "atan": ("arctan",), "atanh": ("arctanh",),
    "ceil": (), "conj_physical": (), "deg2rad": (), "erf": (), "erfinv": (), "expm1": (), "floor": (), "frac": (),
    "isinf": (), "isnan": (), "isneginf": (), "isposinf": (), "log1p": (), "nan_to_num": (), "rad2deg": (),
    "round": (), "sgn": (), "sign": (), "signbit": (), "sin": (), "sinh": (), "sqrt": (),
    "tan": (), "tanh": (), "trunc": ("fix",), "angle": (),
}  # fmt: skip
_PREDICATES = {"isinf", "isnan", "isneginf", "isposinf", "signbit", "angle"}
_NOT_COO, _NOT_COMPRESSED = {"angle"}, {"nan_to_num"}


def _node(name: str) -> str:
    return "".join(part.title() for part in name.split("_")) + "Backward0"


def _declare(op: str, names: tuple) -> None:
    node = _node(op)

    def apply(self, *args, **kwargs):
        self = settled(self)
        return self._like(getattr(values_of(self, node), op)(*args, **kwargs), node)

    apply.__name__ = op
    for table, without in ((COO, _NOT_COO), (COMPRESSED, _NOT_COMPRESSED)):
        if op not in without:
            rule(*names, of=[table])(apply)
            if op not in _PREDICATES:
                for name in names:
                    table[name + "_"] = _in_place(apply, name + "_")


def _in_place(fn, name: str):
    def write(self, *args, **kwargs):
        if isinstance(self, Coo) and not self._coalesced:
            raise RuntimeError(f"{name} requires coalesced input")
        return become(self, fn(self, *args, **kwargs))

    return write


for _op, _names in _ZERO_PRESERVING.items():
    _declare(_op, (_op, *_names))


@rule("relu", inplace="relu")
def relu(input, inplace=False):
    """The values, 0 for those below."""
    of = settled(input)
    made = of._like(values_of(of, "ReluBackward0").relu(), "ReluBackward0")
    return become(input, made) if inplace else made


@rule("square", inplace="square", of=[COO])
def square(self):
    """The squares of the values."""
    return self.pow(2)


def _valuewise(t: SparseTensor, values: Tensor, name: str, adjoint):
    """A linear function of the values: ``adjoint`` is the same function of cotangents."""
    return linked(t._like(values, ""), name, (t, adjoint))


@rule("neg", "negative", inplace="neg negative")
def neg(self):
    """The values with their signs turned."""
    return _valuewise(self, -self._parts[-1].detach(), "NegBackward0", lambda g: -g)


@rule("positive")
def positive(self):
    """This tensor itself."""
    return self


@rule("conj", "resolve_conj", "resolve_neg")
def conj(self):
    """The complex conjugates; a real tensor is itself."""
    return self.conj_physical() if self.dtype.is_complex else self


@rule("clone")
def clone(self, *, memory_format=None):
    """A copy, with components of its own."""
    made = self._like(self._parts[-1].detach().clone(), "")
    made._parts = (*[p.clone() for p in self._parts[:-1]], made._parts[-1])
    return linked(made, "CloneBackward0", (self, lambda g: g))


@rule("detach")
def detach(self):
    """The same components outside the graph."""
    return self.detached()


# -- dtypes and devices ---------------------------------------------------------------------------
def convert(self, values: Tensor, copy: bool = False):
    """``self`` with converted values; itself if nothing is."""
    if values is self._parts[-1] and not copy:
        return self
    made = self._like(values.detach(), "")
    if values.device is not self.device:
        device = values.device
        made = self._like(values.detach(), "")
        made._parts = (*[p.to(device) for p in self._parts[:-1]], made._parts[-1])
    source, d = self.device, self.dtype
    return linked(made, "ToCopyBackward0", (self, lambda g: g.to(device=source, dtype=d)))


@rule("to")
def to(self, *args, **kwargs):
    """This tensor with another dtype or device."""
    if args and isinstance(args[0], SparseTensor):
        other, *args = args
        args = [other.device, other.dtype, *args]
    if not isinstance(self, SparseTensor):
        return self.to(*args, **kwargs)
    return convert(self, self._parts[-1].to(*args, **kwargs), kwargs.get("copy", False))


@rule("type_as")
def type_as(self, other):
    """This tensor in the dtype of another."""
    return self.to(dtype=other.dtype)


def _cast(name: str) -> None:
    def cast(self, *args, **kwargs):
        return convert(self, getattr(self._parts[-1], name)(*args, **kwargs))

    cast.__name__ = name
    rule(name)(cast)


for _name in ("float", "double", "half", "bfloat16", "int", "long", "short", "char", "byte", "bool", "cfloat",
              "cdouble", "cpu", "cuda"):  # fmt: skip
    _cast(_name)


@rule("any", of=[COO])
def any_(self):
    """Whether any element is not 0."""
    return torch["any"](self.coalesce()._values())
