"""Data types: PyTorch's dtype objects, their JAX counterparts and PyTorch's promotion rules."""

from __future__ import annotations

import math
from functools import cache

import ml_dtypes
import numpy as np


class dtype:  # noqa: N801 - the public name is torch.dtype
    """The type of a tensor's elements (``torch.float32``, ``torch.int64``, ...)."""

    __slots__ = (
        "name", "np", "itemsize", "category", "is_floating_point", "is_complex", "is_signed",
        "title",
    )  # fmt: skip

    def __init__(self, name: str, np_dtype, category: int, title: str, signed: bool = True):
        self.name = name
        self.np = np.dtype(np_dtype)
        self.itemsize = np.dtype(np_dtype).itemsize
        self.category = category  # 0 bool, 1 integer, 2 floating, 3 complex
        self.is_floating_point = category == 2
        self.is_complex = category == 3
        self.is_signed = signed
        self.title = title  # how C++ PyTorch spells it in messages: Float, Long, ...

    @property
    def cpp(self) -> str:
        """The C++ type, as some of PyTorch's messages spell it."""
        return _CPP[self.name]

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self):
        return (_by_name, (self.name,))

    def to_real(self) -> dtype:
        """The dtype of a complex number's parts; real dtypes are themselves."""
        return _REAL_OF.get(self, self)

    def to_complex(self) -> dtype:
        """The complex dtype whose parts have this dtype."""
        if self.is_complex:
            return self
        if self not in _COMPLEX_OF:
            raise RuntimeError(f"Unknown complex ScalarType for {self.title}")
        return _COMPLEX_OF[self]


dtype.__module__ = "torch"


_CPP = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int",
    "int32": "int", "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
    "float32": "float", "float64": "double", "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>", "complex32": "c10::complex<c10::Half>",
    "uint16": "short unsigned int", "uint32": "unsigned int", "uint64": "long unsigned int",
    "float8_e4m3fn": "c10::Float8_e4m3fn", "float8_e5m2": "c10::Float8_e5m2",
}  # fmt: skip


def _by_name(name: str) -> dtype:
    return BY_NAME[name]


bool_ = dtype("bool", np.bool_, 0, "Bool", signed=False)
uint8 = dtype("uint8", np.uint8, 1, "Byte", signed=False)
uint16 = dtype("uint16", np.uint16, 1, "UInt16", signed=False)
uint32 = dtype("uint32", np.uint32, 1, "UInt32", signed=False)
uint64 = dtype("uint64", np.uint64, 1, "UInt64", signed=False)
int8 = dtype("int8", np.int8, 1, "Char")
int16 = dtype("int16", np.int16, 1, "Short")
int32 = dtype("int32", np.int32, 1, "Int")
int64 = dtype("int64", np.int64, 1, "Long")
float16 = dtype("float16", np.float16, 2, "Half")
bfloat16 = dtype("bfloat16", ml_dtypes.bfloat16, 2, "BFloat16")
float32 = dtype("float32", np.float32, 2, "Float")
float64 = dtype("float64", np.float64, 2, "Double")
float8_e4m3fn = dtype("float8_e4m3fn", ml_dtypes.float8_e4m3fn, 2, "Float8_e4m3fn")
float8_e5m2 = dtype("float8_e5m2", ml_dtypes.float8_e5m2, 2, "Float8_e5m2")
complex64 = dtype("complex64", np.complex64, 3, "ComplexFloat")
complex128 = dtype("complex128", np.complex128, 3, "ComplexDouble")



class _Unsupported(dtype):
    """A dtype that PyTorch's promotion gives and that JAX has no arrays of."""

    __slots__ = ()

    def __init__(self, name: str, itemsize: int, category: int, title: str):
        super().__init__(name, np.void, category, title)
        self.itemsize = itemsize

    @property
    def np(self):
        raise NotImplementedError(f"{self.name} is not supported by jaxtorch")

    @np.setter
    def np(self, _):
        pass


complex32 = _Unsupported("complex32", 4, 3, "ComplexHalf")


class _Quantized(_Unsupported):
    """A dtype of quantized tensors, whose ``integers`` are of a plain one; no other tensor has it."""

    __slots__ = ("integers",)

    def __init__(self, name: str, title: str, integers: dtype):
        super().__init__(name, integers.itemsize, 1, title)
        self.integers = integers

    @property
    def np(self):
        raise NotImplementedError(
            f"torch.{self.name} is a dtype of quantized tensors alone, which torch.quantize_per_tensor and "
            "torch.quantize_per_channel make"
        )

    @np.setter
    def np(self, _):
        pass

    @property
    def is_signed(self):
        raise RuntimeError("isSignedType not supported for quantized types")

    @is_signed.setter
    def is_signed(self, _):
        pass


QUANTIZED = quint8, qint8, qint32 = (
    _Quantized("quint8", "QUInt8", uint8), _Quantized("qint8", "QInt8", int8), _Quantized("qint32", "QInt32", int32),
)  # fmt: skip
_Quantized.__module__, _Quantized.__name__, _Quantized.__qualname__ = "torch", "dtype", "dtype"

ALL = (
    bool_, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, bfloat16, float32,
    float64, float8_e4m3fn, float8_e5m2, complex64, complex128,
)  # fmt: skip
BY_NAME = {d.name: d for d in (*ALL, *QUANTIZED)}
# The kinds of dtype that a kernel takes or refuses together.
KINDS = {
    "bool": (bool_,), "int": (uint8, int8, int16, int32, int64), "uint": (uint16, uint32, uint64),
    "half": (float16, bfloat16), "float": (float32, float64), "complex": (complex64, complex128),
    "float8": (float8_e4m3fn, float8_e5m2),
}  # fmt: skip
BY_TITLE = {d.title: d for d in ALL}
_FROM_NP = {d.np: d for d in ALL}
_REAL_OF = {complex32: float16, complex64: float32, complex128: float64}
_COMPLEX_OF = {float32: complex64, float64: complex128, float16: complex32, bfloat16: complex64}

# Public spellings that are other names of the same object.
ALIASES = {
    "bool": bool_, "half": float16, "float": float32, "double": float64, "short": int16,
    "int": int32, "long": int64, "cfloat": complex64, "cdouble": complex128,
}  # fmt: skip
# The method spelling of each conversion: x.float(), x.long(), ...
CONVERSIONS = {
    "bool": bool_, "byte": uint8, "char": int8, "short": int16, "int": int32, "long": int64,
    "half": float16, "bfloat16": bfloat16, "float": float32, "double": float64,
    "cfloat": complex64, "cdouble": complex128,
}  # fmt: skip


def from_numpy(np_dtype) -> dtype:
    """The dtype that stores what ``np_dtype`` stores.

    Raises:
        TypeError: there is none (strings, objects, datetimes).
    """
    found = _FROM_NP.get(np_dtype) or _FROM_NP.get(np.dtype(np_dtype))
    if found is None:
        kind = "numpy.object_" if np.dtype(np_dtype) == object else f"numpy.{np.dtype(np_dtype).type.__name__}"
        raise TypeError(
            f"can't convert np.ndarray of type {kind}. The only supported types are: float64, "
            "float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, "
            "uint16, uint8, and bool."
        )
    return found


def lookup_numpy(np_dtype: np.dtype) -> dtype:
    """As `from_numpy` for the dtype of a JAX array: one dictionary access."""
    return _FROM_NP[np_dtype]


_LIMITS = {
    d: (int(np.iinfo(d.np).min), int(np.iinfo(d.np).max)) if d.category == 1
    else (float(ml_dtypes.finfo(d.np).min), float(ml_dtypes.finfo(d.np).max))
    for d in ALL if d.category in (1, 2)
}  # fmt: skip
BOUNDED = tuple(_LIMITS)
_C_TYPES = {
    "uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int64": "int64_t",
    "uint16": "uint16_t", "uint32": "uint32_t", "uint64": "uint64_t",
}  # fmt: skip


def holds(d: dtype, value) -> bool:
    """Whether PyTorch converts a Python number to ``d`` without calling it an overflow."""
    if d.is_complex:
        d = d.to_real()
        return all(holds(d, part) for part in (value.real, value.imag))
    if isinstance(value, complex) and d is not bool_:
        return value.imag == 0 and holds(d, value.real)
    if d is bool_ or value in (math.inf, -math.inf) and d.category == 2:
        return True
    if value != value:
        return d.category == 2
    low, high = _LIMITS[d]
    # negative numbers wrap into unsigned types, as in C
    return (-high if d.category == 1 and low == 0 else low) <= value <= high


def require_holds(d: dtype, value) -> None:
    """Raise PyTorch's error for a Python number that ``d`` has no value for."""
    if not holds(d, value):
        shown = _C_TYPES.get(d.name, d.cpp)
        raise RuntimeError(f"value cannot be converted to type {shown} without overflow")


_EXOTIC_UINTS = (uint16, uint32, uint64)
_FLOAT8 = (float8_e4m3fn, float8_e5m2)
_INT_RANK = {int8: 0, uint8: 0, int16: 1, int32: 2, int64: 3}
_FLOAT_RANK = {float16: 0, bfloat16: 0, float32: 1, float64: 2}


@cache
def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype both operands convert to by PyTorch's table.

    Raises:
        RuntimeError: a pair PyTorch refuses (wide unsigned integers, float8 kinds).
    """
    a, b = type1, type2
    for number, given in enumerate((a, b), 1):
        if not isinstance(given, dtype):
            raise TypeError(
                f"promote_types(): argument 'type{number}' (position {number}) must be torch.dtype, "
                f"not {type(given).__name__}"
            )
    if a is b:
        return a
    if a in _FLOAT8 or b in _FLOAT8:
        raise RuntimeError(
            f"Promotion for Float8 Types is not supported, attempted to promote {a.title} and {b.title}"
        )
    if a.category < b.category:
        a, b = b, a
    if a.category == 3:
        if complex32 in (a, b):
            other = b if a is complex32 else a
            if other.category < 2 or other is float16:
                return complex32
        wide = complex128 in (a, b) or b is float64
        return complex128 if wide else complex64
    if a.category == 2:
        if b.category != 2:
            return a
        if _FLOAT_RANK[a] == _FLOAT_RANK[b]:
            return float32  # half with bfloat16
        return a if _FLOAT_RANK[a] > _FLOAT_RANK[b] else b
    if b.category == 0:
        return a
    if a in _EXOTIC_UINTS or b in _EXOTIC_UINTS:
        raise RuntimeError(
            "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{type1.title} and {type2.title}"
        )
    if _INT_RANK[a] == _INT_RANK[b]:
        return int16  # uint8 with int8
    return a if _INT_RANK[a] > _INT_RANK[b] else b


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether PyTorch's in-place rule lets a ``from_`` result be stored as ``to``."""
    if from_.is_complex and not to.is_complex:
        return False
    if from_.is_floating_point and to.category < 2:
        return False
    return not (from_.category == 1 and to is bool_)


class _Default:
    """The process-wide default dtypes, changed by set_default_dtype."""

    float = float32
    complex = complex64


def get_default_dtype() -> dtype:
    """The dtype new floating point tensors get (`torch.float32` unless set)."""
    return _Default.float


def default_complex() -> dtype:
    return _Default.complex


def set_default_dtype(d: dtype) -> None:
    """Set the dtype that Python floats become.

    Raises:
        TypeError: ``d`` is not a floating point dtype.
    """
    if not isinstance(d, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _Default.float = d
    _Default.complex = {float64: complex128}.get(d, complex64)


def of_number(value) -> dtype:
    """The dtype a Python number stands for as a *wrapped number*."""
    t = type(value)
    if t is float:
        return _Default.float
    if t is bool or t is np.bool_:
        return bool_
    if t is int:
        return int64
    if t is complex:
        return _Default.complex
    if isinstance(value, (int, np.integer)):
        return int64
    if isinstance(value, (float, np.floating)):
        return _Default.float
    return _Default.complex


def combine_categories(higher: dtype | None, lower: dtype | None) -> dtype | None:
    """PyTorch's precedence of sized tensors over 0-dim tensors over Python numbers."""
    if higher is None:
        return lower
    if lower is None or higher.is_complex:
        return higher
    if higher.is_floating_point:
        return promote_types(higher, higher.to_complex()) if lower.is_complex else higher
    if higher is bool_ or lower.category > 1:
        return promote_types(higher, lower)
    return higher


def result_dtype(facts) -> dtype:
    """The dtype of an operation over ``facts``: (dtype, rank) pairs.

    ``rank`` is 2 for a tensor with dimensions, 1 for a 0-dim tensor, 0 for a Python number.
    """
    best: list[dtype | None] = [None, None, None]
    for d, rank in facts:
        current = best[rank]
        best[rank] = d if current is None else promote_types(current, d)
    wrapped, zero, sized = best
    if sized is not None and zero is None and wrapped is None:
        return sized
    out = combine_categories(sized, combine_categories(zero, wrapped))
    assert out is not None
    return out


class finfo:  # noqa: N801 - the public name is torch.finfo
    """The limits of a floating point dtype: ``bits eps max min tiny smallest_normal resolution``."""

    def __init__(self, type: dtype | None = None):
        d = get_default_dtype() if type is None else type
        if not isinstance(d, dtype) or d.category < 2:
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
                if isinstance(d, dtype)
                else f"finfo(): argument 'type' (position 1) must be torch.dtype, not {d.__class__.__name__}"
            )
        d = d.to_real()
        info = ml_dtypes.finfo(d.np)
        self.dtype = d.name
        self.bits = d.itemsize * 8
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.tiny)
        self.resolution = float(info.resolution)

    def __repr__(self) -> str:
        def g(v):
            return f"{v:g}"

        return (
            f"finfo(resolution={g(self.resolution)}, min={g(self.min)}, max={g(self.max)}, "
            f"eps={g(self.eps)}, smallest_normal={g(self.smallest_normal)}, tiny={g(self.tiny)}, "
            f"dtype={self.dtype})"
        )


class iinfo:  # noqa: N801 - the public name is torch.iinfo
    """The limits of an integer dtype: ``bits max min``."""

    def __init__(self, type: dtype):
        if type.category != 1:
            raise TypeError(
                "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'"
                if type.category > 1
                else f"{type!r} is not supported by torch.iinfo"
            )
        info = np.iinfo(type.np)
        self.dtype = type.name
        self.bits, self.max, self.min = info.bits, int(info.max), int(info.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


finfo.__module__ = iinfo.__module__ = "torch"
