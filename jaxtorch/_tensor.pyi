# Generated from the op tables by `make generate`; not to be edited.
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar, overload
from numpy import ndarray
from . import return_types
from ._core.formats import memory_format
from ._core.generator import Generator
from ._core.memory import TypedStorage, UntypedStorage
from ._core.tensor import Size
from .types import Device, Number, _bool, _complex, _dtype, _float, _int, _layout, _size, _str
from ._core.tensor import Tensor as Tensor

_T = TypeVar("_T")

class _TensorBase:
    @property
    def H(self) -> Tensor: ...

    @property
    def T(self) -> Tensor: ...

    def __abs__(self) -> Tensor:
        """The absolute value, of complex numbers the modulus."""

    def __add__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __and__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __array__(self, dtype: _dtype | None = None, copy: Any = None) -> Any: ...

    __array_priority__: Any

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: _bool = False) -> Any: ...

    def __contains__(self, element: Any) -> _bool:
        """Whether any element equals ``element`` (a number or a tensor)."""

    def __deepcopy__(self, memo: Any) -> Any: ...

    def __delitem__(self, index: Any) -> None: ...

    def __div__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __dlpack__(
        self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None,
    ) -> Any: ...

    def __dlpack_device__(self) -> Any: ...

    def __eq__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __floordiv__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __format__(self, spec: _str) -> _str: ...

    def __ge__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __getitem__(self, index: Any) -> Tensor:
        """``self[index]``: a view for integers, slices, None and ..., else a fresh tensor."""

    def __gt__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __iadd__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __iand__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __idiv__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __ifloordiv__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __ilshift__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __imod__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __imul__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __invert__(self) -> Tensor:
        """``~self``."""

    def __ior__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __ipow__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __irshift__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __isub__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __iter__(self) -> Iterator[Tensor]:
        """The rows, one after the other."""

    def __itruediv__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __ixor__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __le__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __lshift__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __lt__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __matmul__(self, other: Tensor) -> Tensor: ...

    def __mod__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __mul__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __ne__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __neg__(self) -> Tensor:
        """``-self``."""

    def __or__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __pos__(self) -> Tensor:
        """``self`` itself: what ``+x`` is."""

    def __pow__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __radd__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rand__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rdiv__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __reduce_ex__(self, protocol: Any) -> Any: ...

    def __repr__(self, *, tensor_contents: Any = None) -> _str: ...

    def __rfloordiv__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rlshift__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rmatmul__(self, other: Tensor) -> Tensor: ...

    def __rmod__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rmul__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __ror__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rpow__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rrshift__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rshift__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rsub__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rtruediv__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __rxor__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __setitem__(self, index: Any, value: Tensor | Number | _complex) -> None:
        """``self[index] = value``: broadcast into the place, which is written through every alias."""

    def __sub__(self, other: Tensor | Number | _complex) -> Tensor: ...

    __torch_function__: Any

    def __truediv__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def __xor__(self, other: Tensor | Number | _complex) -> Tensor: ...

    def _coalesced_(self, *args: Any, **kwargs: Any) -> Tensor:
        """Of sparse tensors only."""

    def _conj(self) -> Tensor: ...

    def _dimI(self, *args: Any, **kwargs: Any) -> _int:
        """Of sparse tensors only."""

    def _dimV(self, *args: Any, **kwargs: Any) -> _int:
        """Of sparse tensors only."""

    def _indices(self, *args: Any, **kwargs: Any) -> Tensor:
        """Of sparse tensors only."""

    @staticmethod
    def _make_subclass(subclass: type[_T], data: Tensor, require_grad: _bool = False) -> _T: ...

    def _neg_view(self) -> Tensor: ...

    def _nnz(self, *args: Any, **kwargs: Any) -> _int:
        """Of sparse tensors only."""

    def _values(self, *args: Any, **kwargs: Any) -> Tensor:
        """Of sparse tensors only."""

    def abs(self) -> Tensor:
        """The absolute value, of complex numbers the modulus."""

    def abs_(self) -> Tensor:
        """The absolute value, of complex numbers the modulus."""

    def absolute(self) -> Tensor:
        """The absolute value, of complex numbers the modulus."""

    def absolute_(self) -> Tensor:
        """The absolute value, of complex numbers the modulus."""

    def acos(self) -> Tensor:
        """The inverse of the cosine."""

    def acos_(self) -> Tensor:
        """The inverse of the cosine."""

    def acosh(self) -> Tensor:
        """The inverse hyperbolic cosine."""

    def acosh_(self) -> Tensor:
        """The inverse hyperbolic cosine."""

    def add(self, other: Tensor | Number | _complex, *, alpha: Number | _complex = 1) -> Tensor:
        """``self + alpha * other``, broadcast."""

    def add_(self, other: Tensor | Number | _complex, *, alpha: Number | _complex = 1) -> Tensor:
        """``self + alpha * other``, broadcast."""

    def addbmm(
        self, batch1: Tensor, batch2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
    ) -> Tensor:
        """``beta * self + alpha * bmm(batch1, batch2).sum(0)``, ``self`` broadcast to the sum."""

    def addbmm_(
        self, batch1: Tensor, batch2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
    ) -> Tensor:
        """``beta * self + alpha * bmm(batch1, batch2).sum(0)``, ``self`` broadcast to the sum."""

    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: Number | _complex = 1) -> Tensor:
        """``self + value * tensor1 / tensor2``, broadcast."""

    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: Number | _complex = 1) -> Tensor:
        """``self + value * tensor1 / tensor2``, broadcast."""

    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *, value: Number | _complex = 1) -> Tensor:
        """``self + value * tensor1 * tensor2``, broadcast."""

    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *, value: Number | _complex = 1) -> Tensor:
        """``self + value * tensor1 * tensor2``, broadcast."""

    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1) -> Tensor:
        """``beta * self + alpha * (mat1 @ mat2)``, ``self`` broadcast to the product."""

    def addmm_(
        self, mat1: Tensor, mat2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
    ) -> Tensor:
        """``beta * self + alpha * (mat1 @ mat2)``, ``self`` broadcast to the product."""

    def addmv(self, mat: Tensor, vec: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1) -> Tensor:
        """``beta * self + alpha * (mat @ vec)``, ``self`` broadcast to the product."""

    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1) -> Tensor:
        """``beta * self + alpha * (mat @ vec)``, ``self`` broadcast to the product."""

    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1) -> Tensor:
        """``beta * self + alpha * outer(vec1, vec2)``, ``self`` broadcast to the product."""

    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1) -> Tensor:
        """``beta * self + alpha * outer(vec1, vec2)``, ``self`` broadcast to the product."""

    def adjoint(self) -> Tensor:
        """The conjugate transposes of the matrices in the last two dimensions."""

    def all(self, dim: _int | _size | None = None, keepdim: _bool = False) -> Tensor:
        """Whether all elements are true (not zero), over ``dim`` (all dims by default)."""

    def allclose(self, other: Tensor, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: _bool = False) -> _bool:
        """Whether all elements are close as `isclose` says. Returns a Python bool."""

    def amax(self, dim: _int | _size = (), keepdim: _bool = False) -> Tensor:
        """The largest element over ``dim`` (all dims by default)."""

    def amin(self, dim: _int | _size = (), keepdim: _bool = False) -> Tensor:
        """The smallest element over ``dim`` (all dims by default)."""

    def aminmax(self, *, dim: _int | None = None, keepdim: _bool = False) -> return_types.aminmax:
        """The smallest and the largest element, over all or along ``dim``: a named tuple (min, max)."""

    def angle(self) -> Tensor:
        """The angle in radians: of real numbers 0 or pi."""

    def any(self, dim: _int | _size | None = None, keepdim: _bool = False) -> Tensor:
        """Whether any element is true (not zero), over ``dim`` (all dims by default)."""

    def apply_(self, callable: Callable) -> Tensor:
        """Replace each element by a Python function of it; slow, on the CPU alone."""

    def arccos(self) -> Tensor:
        """The inverse of the cosine."""

    def arccos_(self) -> Tensor:
        """The inverse of the cosine."""

    def arccosh(self) -> Tensor:
        """The inverse hyperbolic cosine."""

    def arccosh_(self) -> Tensor:
        """The inverse hyperbolic cosine."""

    def arcsin(self) -> Tensor:
        """The inverse of the sine."""

    def arcsin_(self) -> Tensor:
        """The inverse of the sine."""

    def arcsinh(self) -> Tensor:
        """The inverse hyperbolic sine."""

    def arcsinh_(self) -> Tensor:
        """The inverse hyperbolic sine."""

    def arctan(self) -> Tensor:
        """The inverse of the tangent."""

    def arctan2(self, other: Tensor) -> Tensor:
        """The angle of the point (``other``, ``self``) in (-pi, pi]."""

    def arctan2_(self, other: Tensor) -> Tensor:
        """The angle of the point (``other``, ``self``) in (-pi, pi]."""

    def arctan_(self) -> Tensor:
        """The inverse of the tangent."""

    def arctanh(self) -> Tensor:
        """The inverse hyperbolic tangent."""

    def arctanh_(self) -> Tensor:
        """The inverse hyperbolic tangent."""

    def argmax(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """The index of the first largest element, in the flattened tensor or along ``dim``."""

    def argmin(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """The index of the first smallest element, in the flattened tensor or along ``dim``."""

    @overload
    def argsort(self, dim: _int = -1, descending: _bool = False) -> Tensor:
        """The indices that sort along ``dim``, as int64."""
    @overload
    def argsort(self, *, stable: _bool, dim: _int = -1, descending: _bool = False) -> Tensor: ...

    def argwhere(self) -> Tensor:
        """The indices of the elements that are not zero, one row an element."""

    def as_strided(self, size: _int | _size, stride: _int | _size, storage_offset: _int | None = None) -> Tensor:
        """The storage of ``self`` seen with any sizes, strides and offset."""

    def as_strided_(self, size: _int | _size, stride: _int | _size, storage_offset: _int | None = None) -> Tensor:
        """The storage of ``self`` seen with any sizes, strides and offset."""

    def as_strided_scatter(
        self, src: Tensor, size: _int | _size, stride: _int | _size, storage_offset: _int | None = None,
    ) -> Tensor:
        """A copy of ``self`` with ``src`` in place of its view `as_strided`."""

    def as_subclass(self, cls: type[_T]) -> _T: ...

    def asin(self) -> Tensor:
        """The inverse of the sine."""

    def asin_(self) -> Tensor:
        """The inverse of the sine."""

    def asinh(self) -> Tensor:
        """The inverse hyperbolic sine."""

    def asinh_(self) -> Tensor:
        """The inverse hyperbolic sine."""

    def atan(self) -> Tensor:
        """The inverse of the tangent."""

    def atan2(self, other: Tensor) -> Tensor:
        """The angle of the point (``other``, ``self``) in (-pi, pi]."""

    def atan2_(self, other: Tensor) -> Tensor:
        """The angle of the point (``other``, ``self``) in (-pi, pi]."""

    def atan_(self) -> Tensor:
        """The inverse of the tangent."""

    def atanh(self) -> Tensor:
        """The inverse hyperbolic tangent."""

    def atanh_(self) -> Tensor:
        """The inverse hyperbolic tangent."""

    def backward(
        self, gradient: Any = None, retain_graph: _bool | None = None, create_graph: _bool = False, inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor to the ``.grad`` of the leaves it was computed from."""

    def baddbmm(
        self, batch1: Tensor, batch2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
    ) -> Tensor:
        """``beta * self + alpha * bmm(batch1, batch2)``, ``self`` broadcast to the product."""

    def baddbmm_(
        self, batch1: Tensor, batch2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
    ) -> Tensor:
        """``beta * self + alpha * bmm(batch1, batch2)``, ``self`` broadcast to the product."""

    @overload
    def bernoulli(self, *, generator: Generator | None = None) -> Tensor:
        """Ones with the probability given at each place of ``self``, else zeros."""
    @overload
    def bernoulli(self, p: Number | _complex, *, generator: Generator | None = None) -> Tensor: ...

    @overload
    def bernoulli_(self, p: Tensor, *, generator: Generator | None = None) -> Tensor:
        """Fill with ones of probability ``p``, else zeros. Returns self."""
    @overload
    def bernoulli_(self, p: Number | _complex = 0.5, *, generator: Generator | None = None) -> Tensor: ...

    def bfloat16(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.bfloat16: itself if it is already."""

    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """How often each of 0, 1, 2, ... occurs, or the sum of the ``weights`` where it does."""

    @overload
    def bitwise_and(self, other: Tensor) -> Tensor:
        """The bits set in both."""
    @overload
    def bitwise_and(self, other: Number | _complex) -> Tensor: ...

    @overload
    def bitwise_and_(self, other: Tensor) -> Tensor:
        """The bits set in both."""
    @overload
    def bitwise_and_(self, other: Number | _complex) -> Tensor: ...

    @overload
    def bitwise_left_shift(self, other: Tensor) -> Tensor:
        """``self << other``."""
    @overload
    def bitwise_left_shift(self, other: Number | _complex) -> Tensor: ...

    @overload
    def bitwise_left_shift_(self, other: Tensor) -> Tensor:
        """``self << other``."""
    @overload
    def bitwise_left_shift_(self, other: Number | _complex) -> Tensor: ...

    def bitwise_not(self) -> Tensor:
        """All bits inverted; of bools the negation."""

    def bitwise_not_(self) -> Tensor:
        """All bits inverted; of bools the negation."""

    @overload
    def bitwise_or(self, other: Tensor) -> Tensor:
        """The bits set in either."""
    @overload
    def bitwise_or(self, other: Number | _complex) -> Tensor: ...

    @overload
    def bitwise_or_(self, other: Tensor) -> Tensor:
        """The bits set in either."""
    @overload
    def bitwise_or_(self, other: Number | _complex) -> Tensor: ...

    @overload
    def bitwise_right_shift(self, other: Tensor) -> Tensor:
        """``self >> other``."""
    @overload
    def bitwise_right_shift(self, other: Number | _complex) -> Tensor: ...

    @overload
    def bitwise_right_shift_(self, other: Tensor) -> Tensor:
        """``self >> other``."""
    @overload
    def bitwise_right_shift_(self, other: Number | _complex) -> Tensor: ...

    @overload
    def bitwise_xor(self, other: Tensor) -> Tensor:
        """The bits set in one alone."""
    @overload
    def bitwise_xor(self, other: Number | _complex) -> Tensor: ...

    @overload
    def bitwise_xor_(self, other: Tensor) -> Tensor:
        """The bits set in one alone."""
    @overload
    def bitwise_xor_(self, other: Number | _complex) -> Tensor: ...

    def bmm(self, mat2: Tensor) -> Tensor:
        """The products of two batches of matrices: (b, n, k) x (b, k, m) -> (b, n, m)."""

    def bool(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.bool: itself if it is already."""

    @overload
    def broadcast_to(self, size: _int | _size) -> Tensor:
        """``self`` expanded to ``size``."""
    @overload
    def broadcast_to(self, *size: _int) -> Tensor: ...

    def byte(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.uint8: itself if it is already."""

    def cauchy_(
        self, median: Number | _complex = 0.0, sigma: Number | _complex = 1.0, *, generator: Generator | None = None,
    ) -> Tensor:
        """Fill with Cauchy numbers. Returns self."""

    def ccol_indices(self) -> Tensor:
        """Of sparse tensors only."""

    def cdouble(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.complex128: itself if it is already."""

    def ceil(self) -> Tensor:
        """The smallest whole number that is not less."""

    def ceil_(self) -> Tensor:
        """The smallest whole number that is not less."""

    def cfloat(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.complex64: itself if it is already."""

    def char(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.int8: itself if it is already."""

    def cholesky(self, upper: _bool = False) -> Tensor:
        """`linalg.cholesky` under its old name."""

    def cholesky_inverse(self, upper: _bool = False) -> Tensor:
        """The inverse of the matrix whose Cholesky factor is given."""

    def cholesky_solve(self, input2: Tensor, upper: _bool = False) -> Tensor:
        """The solution X of ``A X = self`` for the Cholesky factor ``input2`` of A."""

    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """At most ``chunks`` pieces of one size, rounded up."""

    @overload
    def clamp(self, min: Number | _complex | None = None, max: Number | _complex | None = None) -> Tensor:
        """``self`` where it lies between the bounds, else the bound it lies beyond."""
    @overload
    def clamp(self, min: Tensor | None = None, max: Tensor | None = None) -> Tensor: ...

    @overload
    def clamp_(self, min: Number | _complex | None = None, max: Number | _complex | None = None) -> Tensor:
        """``self`` where it lies between the bounds, else the bound it lies beyond."""
    @overload
    def clamp_(self, min: Tensor | None = None, max: Tensor | None = None) -> Tensor: ...

    @overload
    def clamp_max(self, max: Number | _complex) -> Tensor:
        """`clamp` with ``max`` alone."""
    @overload
    def clamp_max(self, max: Tensor) -> Tensor: ...

    @overload
    def clamp_max_(self, max: Number | _complex) -> Tensor:
        """`clamp` with ``max`` alone."""
    @overload
    def clamp_max_(self, max: Tensor) -> Tensor: ...

    @overload
    def clamp_min(self, min: Number | _complex) -> Tensor:
        """`clamp` with ``min`` alone."""
    @overload
    def clamp_min(self, min: Tensor) -> Tensor: ...

    @overload
    def clamp_min_(self, min: Number | _complex) -> Tensor:
        """`clamp` with ``min`` alone."""
    @overload
    def clamp_min_(self, min: Tensor) -> Tensor: ...

    @overload
    def clip(self, min: Number | _complex | None = None, max: Number | _complex | None = None) -> Tensor:
        """``self`` where it lies between the bounds, else the bound it lies beyond."""
    @overload
    def clip(self, min: Tensor | None = None, max: Tensor | None = None) -> Tensor: ...

    @overload
    def clip_(self, min: Number | _complex | None = None, max: Number | _complex | None = None) -> Tensor:
        """``self`` where it lies between the bounds, else the bound it lies beyond."""
    @overload
    def clip_(self, min: Tensor | None = None, max: Tensor | None = None) -> Tensor: ...

    def clone(self, *, memory_format: memory_format | None = None) -> Tensor:
        """A copy in memory of its own; dense strides are kept unless ``memory_format`` says else."""

    def coalesce(self) -> Tensor:
        """Of sparse tensors only."""

    def col_indices(self) -> Tensor:
        """Of sparse tensors only."""

    def combinations(self, r: _int = 2, with_replacement: _bool = False) -> Tensor:
        """All choices of ``r`` elements of a vector in their order, one a row."""

    def conj(self) -> Tensor:
        """The complex conjugate; real tensors are themselves."""

    def conj_physical(self) -> Tensor:
        """The complex conjugate in memory of its own; real tensors are themselves."""

    def conj_physical_(self) -> Tensor:
        """Conjugate in place. Returns self."""

    def const_data_ptr(self) -> _int:
        """`data_ptr`, of memory that is only read."""

    def contiguous(self, *, memory_format: memory_format | None = None) -> Tensor:
        """``self`` if its elements lie in order already, else a copy where they do."""

    def copy_(self, src: Tensor | Number | _complex, non_blocking: _bool = False) -> Tensor:
        """Overwrite ``self`` with ``src``, broadcast and cast to ``self``'s dtype. Returns self."""

    @overload
    def copysign(self, other: Tensor) -> Tensor:
        """The size of ``self`` with the sign of ``other``."""
    @overload
    def copysign(self, other: Number | _complex) -> Tensor: ...

    @overload
    def copysign_(self, other: Tensor) -> Tensor:
        """The size of ``self`` with the sign of ``other``."""
    @overload
    def copysign_(self, other: Number | _complex) -> Tensor: ...

    def corrcoef(self) -> Tensor:
        """The correlation coefficients of variables (rows) over observations (columns)."""

    def cos(self) -> Tensor:
        """The cosine."""

    def cos_(self) -> Tensor:
        """The cosine."""

    def cosh(self) -> Tensor:
        """The hyperbolic cosine."""

    def cosh_(self) -> Tensor:
        """The hyperbolic cosine."""

    @overload
    def count_nonzero(self, dim: _int | _size | None = None) -> Tensor:
        """The number of elements that are not zero, over ``dim`` (all dims by default), as int64."""
    @overload
    def count_nonzero(self, *dim: _int) -> Tensor: ...

    def cov(self, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
        """The covariance matrix of variables (rows) over observations (columns)."""

    def cpu(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` in host memory (itself if it is there)."""

    def cross(self, other: Tensor, dim: _int | None = None) -> Tensor:
        """`linalg.cross` along the first dim of size 3, unless ``dim`` is given."""

    def crow_indices(self) -> Tensor:
        """Of sparse tensors only."""

    def cuda(
        self, device: Device = None, non_blocking: _bool = False, memory_format: memory_format | None = None,
    ) -> Tensor:
        """``self`` on a GPU (itself if it is there)."""

    def cummax(self, dim: _int) -> return_types.cummax: ...

    def cummin(self, dim: _int) -> return_types.cummin: ...

    def cumprod(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """The product of the elements up to each along ``dim``; integers are multiplied as int64."""

    def cumprod_(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """The product of the elements up to each along ``dim``; integers are multiplied as int64."""

    def cumsum(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """The sum of the elements up to each along ``dim``; integers are added as int64."""

    def cumsum_(self, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
        """The sum of the elements up to each along ``dim``; integers are added as int64."""

    @property
    def data(self) -> Tensor: ...
    @data.setter
    def data(self, value: Tensor) -> None: ...

    def deg2rad(self) -> Tensor:
        """Degrees as radians."""

    def deg2rad_(self) -> Tensor:
        """Degrees as radians."""

    def dense_dim(self) -> _int:
        """How many dims are dense: all."""

    def dequantize(self) -> Tensor:
        """The numbers of a quantized tensor; of a plain one itself in float32."""

    def det(self) -> Tensor:
        """The determinants of square matrices."""

    def detach(self) -> Tensor:
        """The same memory outside the graph: a view that requires no gradient."""

    def detach_(self) -> Tensor:
        """Take this tensor itself out of the graph. Returns self."""

    def diag(self, diagonal: _int = 0) -> Tensor:
        """A matrix with the vector as a diagonal, or a copy of a matrix's diagonal."""

    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """Matrices in the dimensions ``dim1, dim2`` with the last dimension of ``self`` as a diagonal."""

    def diagflat(self, offset: _int = 0) -> Tensor:
        """A matrix with all elements of ``self`` along a diagonal."""

    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """The diagonal of two dimensions, as a new last dimension."""

    def diagonal_scatter(self, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """A copy of ``self`` with ``src`` in place of its view `diagonal`."""

    def diff(self, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
        """The ``n``-th differences of neighbours along ``dim`` (exclusive or of booleans)."""

    def digamma(self) -> Tensor:
        """The derivative of `lgamma`."""

    def digamma_(self) -> Tensor:
        """The derivative of `lgamma`."""

    def dim(self) -> _int:
        """The number of dimensions."""

    def dim_order(self, *, ambiguity_check: _bool = False) -> tuple[_int, ...]:
        """The dims from the largest stride to the smallest."""

    def dist(self, other: Tensor, p: Any = 2) -> Tensor:
        """The ``p``-norm of ``self - other``, broadcast."""

    @overload
    def div(self, other: Tensor | Number | _complex) -> Tensor:
        """``self / other``, broadcast."""
    @overload
    def div(self, other: Tensor | Number | _complex, *, rounding_mode: _str | None) -> Tensor: ...

    @overload
    def div_(self, other: Tensor | Number | _complex) -> Tensor:
        """``self / other``, broadcast."""
    @overload
    def div_(self, other: Tensor | Number | _complex, *, rounding_mode: _str | None) -> Tensor: ...

    @overload
    def divide(self, other: Tensor | Number | _complex) -> Tensor:
        """``self / other``, broadcast."""
    @overload
    def divide(self, other: Tensor | Number | _complex, *, rounding_mode: _str | None) -> Tensor: ...

    @overload
    def divide_(self, other: Tensor | Number | _complex) -> Tensor:
        """``self / other``, broadcast."""
    @overload
    def divide_(self, other: Tensor | Number | _complex, *, rounding_mode: _str | None) -> Tensor: ...

    def dot(self, tensor: Tensor) -> Tensor:
        """The sum of the products of two vectors' elements: 0-d. Complex vectors are not conjugated."""

    def double(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.float64: itself if it is already."""

    @overload
    def dsplit(self, sections: _int) -> tuple[Tensor, ...]:
        """Equal ``sections`` along dimension 2, or pieces cut at ``indices``."""
    @overload
    def dsplit(self, indices: _size) -> tuple[Tensor, ...]: ...
    @overload
    def dsplit(self, *indices: _int) -> tuple[Tensor, ...]: ...

    def eig(self, eigenvectors: _bool = False, *, e: Any = None, v: Any = None) -> Tensor:
        """Removed from PyTorch: raises what PyTorch raises."""

    def element_size(self) -> _int:
        """The bytes of one element."""

    @overload
    def eq(self, other: Tensor) -> Tensor:
        """``self == other``, broadcast, as bools."""
    @overload
    def eq(self, other: Number | _complex) -> Tensor: ...

    @overload
    def eq_(self, other: Tensor) -> Tensor:
        """``self == other``, broadcast, as bools."""
    @overload
    def eq_(self, other: Number | _complex) -> Tensor: ...

    def equal(self, other: Tensor) -> _bool:
        """Whether shapes and all elements are equal. Returns a Python bool."""

    def erf(self) -> Tensor:
        """The error function."""

    def erf_(self) -> Tensor:
        """The error function."""

    def erfc(self) -> Tensor:
        """``1 - erf(self)``."""

    def erfc_(self) -> Tensor:
        """``1 - erf(self)``."""

    def erfinv(self) -> Tensor:
        """The inverse of the error function."""

    def erfinv_(self) -> Tensor:
        """The inverse of the error function."""

    def exp(self) -> Tensor:
        """e to the power of ``self``."""

    def exp2(self) -> Tensor:
        """2 to the power of ``self``."""

    def exp2_(self) -> Tensor:
        """2 to the power of ``self``."""

    def exp_(self) -> Tensor:
        """e to the power of ``self``."""

    @overload
    def expand(self, size: _int | _size, *, implicit: _bool = False) -> Tensor:
        """Sizes of 1 repeated without copying; -1 keeps a size."""
    @overload
    def expand(self, *size: _int, implicit: _bool = False) -> Tensor: ...

    def expand_as(self, other: Tensor) -> Tensor:
        """``self`` expanded to the shape of ``other``."""

    def expm1(self) -> Tensor:
        """``exp(self) - 1``, accurate near zero."""

    def expm1_(self) -> Tensor:
        """``exp(self) - 1``, accurate near zero."""

    def exponential_(self, lambd: Number | _complex = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Fill with exponential numbers of parameter ``lambd``. Returns self."""

    @overload
    def fill_(self, value: Number | _complex) -> Tensor:
        """``self`` with every element replaced by ``value``."""
    @overload
    def fill_(self, value: Tensor) -> Tensor: ...

    def fill_diagonal_(self, fill_value: Number | _complex, wrap: _bool = False) -> Tensor:
        """Set the main diagonal; with ``wrap`` that of a tall matrix goes on below an empty row. Returns self."""

    def fix(self) -> Tensor:
        """The whole number next towards zero."""

    def fix_(self) -> Tensor:
        """The whole number next towards zero."""

    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """The dimensions ``start_dim..end_dim`` as one; ``self`` where that changes nothing."""

    @overload
    def flip(self, dims: _size) -> Tensor:
        """The elements in reverse order along each of ``dims``."""
    @overload
    def flip(self, *dims: _int) -> Tensor: ...

    def fliplr(self) -> Tensor:
        """The columns in reverse order."""

    def flipud(self) -> Tensor:
        """The rows in reverse order."""

    def float(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.float32: itself if it is already."""

    def float_power(self, exponent: Tensor | Number | _complex) -> Tensor:
        """``self`` to the power of ``exponent`` in double precision."""

    def float_power_(self, exponent: Tensor | Number | _complex) -> Tensor:
        """``self`` to the power of ``exponent``, in place; ``self`` has float64 or complex128."""

    def floor(self) -> Tensor:
        """The largest whole number that is not greater."""

    def floor_(self) -> Tensor:
        """The largest whole number that is not greater."""

    @overload
    def floor_divide(self, other: Tensor) -> Tensor:
        """``floor(self / other)``, broadcast."""
    @overload
    def floor_divide(self, other: Number | _complex) -> Tensor: ...

    @overload
    def floor_divide_(self, other: Tensor) -> Tensor:
        """``floor(self / other)``, broadcast."""
    @overload
    def floor_divide_(self, other: Number | _complex) -> Tensor: ...

    def fmax(self, other: Tensor) -> Tensor:
        """The larger one; a number rather than NaN."""

    def fmin(self, other: Tensor) -> Tensor:
        """The smaller one; a number rather than NaN."""

    @overload
    def fmod(self, other: Tensor) -> Tensor:
        """The remainder of ``self / other`` rounded to zero: it has the sign of ``self``."""
    @overload
    def fmod(self, other: Number | _complex) -> Tensor: ...

    @overload
    def fmod_(self, other: Tensor) -> Tensor:
        """The remainder of ``self / other`` rounded to zero: it has the sign of ``self``."""
    @overload
    def fmod_(self, other: Number | _complex) -> Tensor: ...

    def frac(self) -> Tensor:
        """What `trunc` cuts off."""

    def frac_(self) -> Tensor:
        """What `trunc` cuts off."""

    def frexp(self) -> return_types.frexp:
        """``self`` as ``mantissa * 2**exponent`` with the mantissa's size in [0.5, 1)."""

    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = False) -> Tensor:
        """``out[i][j][k] = self[i][index[i][j][k]][k]``, for ``dim`` 1."""

    def gcd(self, other: Tensor) -> Tensor:
        """The greatest common divisor of integers."""

    def gcd_(self, other: Tensor) -> Tensor:
        """The greatest common divisor of integers."""

    @overload
    def ge(self, other: Tensor) -> Tensor:
        """``self >= other``, broadcast, as bools."""
    @overload
    def ge(self, other: Number | _complex) -> Tensor: ...

    @overload
    def ge_(self, other: Tensor) -> Tensor:
        """``self >= other``, broadcast, as bools."""
    @overload
    def ge_(self, other: Number | _complex) -> Tensor: ...

    def geometric_(self, p: Number | _complex, *, generator: Generator | None = None) -> Tensor:
        """Fill with geometric numbers of parameter ``p``. Returns self."""

    def geqrf(self) -> return_types.geqrf:
        """The QR factorization as LAPACK keeps it: R above, the reflectors that make Q below the diagonal."""

    def ger(self, vec2: Tensor) -> Tensor:
        """The product of every element of one vector with every element of another: (n,), (m,) -> (n, m)."""

    def get_device(self) -> _int:
        """The index of the cuda device, -1 on the CPU."""

    @property
    def grad(self) -> Tensor | None: ...
    @grad.setter
    def grad(self, value: Tensor | None) -> None: ...
    @grad.deleter
    def grad(self) -> None: ...

    @property
    def grad_dtype(self) -> Tensor: ...
    @grad_dtype.setter
    def grad_dtype(self, value: Tensor) -> None: ...

    @overload
    def greater(self, other: Tensor) -> Tensor:
        """``self > other``, broadcast, as bools."""
    @overload
    def greater(self, other: Number | _complex) -> Tensor: ...

    @overload
    def greater_(self, other: Tensor) -> Tensor:
        """``self > other``, broadcast, as bools."""
    @overload
    def greater_(self, other: Number | _complex) -> Tensor: ...

    @overload
    def greater_equal(self, other: Tensor) -> Tensor:
        """``self >= other``, broadcast, as bools."""
    @overload
    def greater_equal(self, other: Number | _complex) -> Tensor: ...

    @overload
    def greater_equal_(self, other: Tensor) -> Tensor:
        """``self >= other``, broadcast, as bools."""
    @overload
    def greater_equal_(self, other: Number | _complex) -> Tensor: ...

    @overload
    def gt(self, other: Tensor) -> Tensor:
        """``self > other``, broadcast, as bools."""
    @overload
    def gt(self, other: Number | _complex) -> Tensor: ...

    @overload
    def gt_(self, other: Tensor) -> Tensor:
        """``self > other``, broadcast, as bools."""
    @overload
    def gt_(self, other: Number | _complex) -> Tensor: ...

    def half(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.float16: itself if it is already."""

    def hardshrink(self, lambd: Number | _complex = 0.5) -> Tensor:
        """``self``, zero between ``-lambd`` and ``lambd``."""

    @overload
    def hash_tensor(self, dim: _int | _size = (), *, keepdim: _bool = False, mode: _int = 0) -> Tensor:
        """The exclusive or of the elements' bits over ``dim`` (all dims by default), as uint64."""
    @overload
    def hash_tensor(self, *dim: _int, keepdim: _bool = False, mode: _int = 0) -> Tensor: ...

    def heaviside(self, values: Tensor) -> Tensor:
        """0 below zero, 1 above, ``values`` at zero."""

    def heaviside_(self, values: Tensor) -> Tensor:
        """0 below zero, 1 above, ``values`` at zero."""

    def histc(self, bins: _int = 100, min: Number | _complex = 0, max: Number | _complex = 0) -> Tensor:
        """How many elements fall in each of ``bins`` bins of equal width between ``min`` and ``max``."""

    @overload
    def histogram(
        self, bins: Tensor, *, weight: Tensor | None = None, density: _bool = False,
    ) -> return_types.histogram:
        """A histogram with given bin edges, or with ``bins`` bins of equal width over ``range``."""
    @overload
    def histogram(
        self, bins: _int = 100, *, range: Sequence[_float] | None = None, weight: Tensor | None = None,
        density: _bool = False,
    ) -> return_types.histogram: ...

    @overload
    def hsplit(self, sections: _int) -> tuple[Tensor, ...]:
        """Equal ``sections`` along dimension 0, or pieces cut at ``indices``."""
    @overload
    def hsplit(self, indices: _size) -> tuple[Tensor, ...]: ...
    @overload
    def hsplit(self, *indices: _int) -> tuple[Tensor, ...]: ...

    def hypot(self, other: Tensor) -> Tensor:
        """``sqrt(self**2 + other**2)`` without overflow."""

    def hypot_(self, other: Tensor) -> Tensor:
        """``sqrt(self**2 + other**2)`` without overflow."""

    def i0(self) -> Tensor:
        """The modified Bessel function of the first kind, order 0."""

    def i0_(self) -> Tensor:
        """The modified Bessel function of the first kind, order 0."""

    def igamma(self, other: Tensor) -> Tensor:
        """The regularized lower incomplete gamma function."""

    def igamma_(self, other: Tensor) -> Tensor:
        """The regularized lower incomplete gamma function."""

    def igammac(self, other: Tensor) -> Tensor:
        """The regularized upper incomplete gamma function."""

    def igammac_(self, other: Tensor) -> Tensor:
        """The regularized upper incomplete gamma function."""

    @property
    def imag(self) -> Tensor: ...
    @imag.setter
    def imag(self, value: Tensor) -> None: ...

    def index_add(self, dim: _int, index: Tensor, source: Tensor, *, alpha: Number | _complex = 1) -> Tensor:
        """``self`` with ``alpha * source`` added to the slices along ``dim`` that ``index`` names."""

    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *, alpha: Number | _complex = 1) -> Tensor:
        """``self`` with ``alpha * source`` added to the slices along ``dim`` that ``index`` names."""

    def index_copy(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """``self`` with the slices of ``source`` in the places along ``dim`` that ``index`` names."""

    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """``self`` with the slices of ``source`` in the places along ``dim`` that ``index`` names."""

    @overload
    def index_fill(self, dim: _int, index: Tensor, value: Tensor) -> Tensor:
        """``self`` with ``value`` in the slices along ``dim`` that ``index`` names."""
    @overload
    def index_fill(self, dim: _int, index: Tensor, value: Number | _complex) -> Tensor: ...

    @overload
    def index_fill_(self, dim: _int, index: Tensor, value: Tensor) -> Tensor:
        """``self`` with ``value`` in the slices along ``dim`` that ``index`` names."""
    @overload
    def index_fill_(self, dim: _int, index: Tensor, value: Number | _complex) -> Tensor: ...

    def index_put(self, indices: Tensor, values: Tensor, accumulate: _bool = False) -> Tensor:
        """A copy of ``self`` with ``values`` put (or added) at the places of a tuple of index tensors."""

    def index_put_(self, indices: Tensor, values: Tensor, accumulate: _bool = False) -> Tensor:
        """Put (or add) ``values`` at the places of a tuple of index tensors. Returns ``self``."""

    def index_reduce(
        self, dim: _int, index: Tensor, source: Tensor, reduce: _str, *, include_self: _bool = True,
    ) -> Tensor:
        """``source`` reduced (prod, mean, amax, amin) into the slices along ``dim`` that ``index`` names."""

    def index_reduce_(
        self, dim: _int, index: Tensor, source: Tensor, reduce: _str, *, include_self: _bool = True,
    ) -> Tensor:
        """``source`` reduced (prod, mean, amax, amin) into the slices along ``dim`` that ``index`` names."""

    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """The slices of ``self`` along ``dim`` that the vector ``index`` names."""

    def indices(self) -> Tensor:
        """Of sparse tensors only."""

    def inner(self, other: Tensor) -> Tensor:
        """The sum of products over the last dims; with a 0-d tensor, the plain product."""

    def int(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.int32: itself if it is already."""

    def int_repr(self) -> Tensor:
        """The integers of a quantized tensor."""

    def inverse(self) -> Tensor:
        """The inverses of square matrices."""

    def is_coalesced(self) -> _bool:
        """Of sparse tensors only."""

    def is_complex(self) -> _bool:
        """Whether the dtype is complex."""

    def is_conj(self) -> _bool:
        """Whether the tensor reads its memory conjugated."""

    def is_contiguous(self, memory_format: memory_format | None = None) -> _bool:
        """Whether the elements lie in memory in the order of ``memory_format``."""

    def is_distributed(self) -> _bool:
        """Whether this is spread over processes (never)."""

    def is_floating_point(self) -> _bool:
        """Whether the dtype is a floating point one."""

    @property
    def is_ipu(self) -> _bool: ...

    @property
    def is_maia(self) -> _bool: ...

    @property
    def is_meta(self) -> _bool: ...

    @property
    def is_mkldnn(self) -> _bool: ...

    @property
    def is_mps(self) -> _bool: ...

    @property
    def is_mtia(self) -> _bool: ...

    def is_neg(self) -> _bool:
        """Whether the tensor reads its memory negated, as ``x.conj().imag`` does."""

    @property
    def is_nested(self) -> _bool: ...

    def is_nonzero(self) -> _bool:
        """Whether the single element is not zero."""

    def is_pinned(self, device: Device = None) -> _bool:
        """Whether this is in page-locked memory (never: JAX copies to GPUs from any memory)."""

    @property
    def is_quantized(self) -> _bool: ...

    def is_same_size(self, other: Tensor) -> _bool:
        """Whether two tensors have one shape."""

    def is_set_to(self, tensor: Tensor) -> _bool:
        """Whether both are the same window of the same memory; never for conjugates, as in PyTorch."""

    def is_shared(self) -> _bool:
        """Whether processes that this tensor is sent to map its memory."""

    def is_signed(self) -> _bool:
        """Whether the dtype has negative values."""

    @property
    def is_sparse(self) -> _bool: ...

    @property
    def is_sparse_csr(self) -> _bool: ...

    @property
    def is_vulkan(self) -> _bool: ...

    @property
    def is_xla(self) -> _bool: ...

    @property
    def is_xpu(self) -> _bool: ...

    def isclose(self, other: Tensor, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: _bool = False) -> Tensor:
        """Whether ``|self - other| <= atol + rtol * |other|``, elementwise."""

    def isfinite(self) -> Tensor:
        """Whether it is neither infinite nor NaN."""

    def isinf(self) -> Tensor:
        """Whether it is infinite."""

    def isnan(self) -> Tensor:
        """Whether it is NaN."""

    def isneginf(self) -> Tensor:
        """Whether it is -inf."""

    def isposinf(self) -> Tensor:
        """Whether it is inf."""

    def isreal(self) -> Tensor:
        """Whether the imaginary part is zero."""

    def istft(
        self, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None,
        window: Tensor | None = None, center: _bool = True, normalized: _bool = False, onesided: _bool | None = None,
        length: _int | None = None, return_complex: _bool = False,
    ) -> Tensor:
        """The signal whose `stft` is nearest to ``self``: (..., time)."""

    def kron(self, other: Tensor) -> Tensor:
        """The Kronecker product: ``self`` with each element times ``other`` in its place."""

    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False) -> return_types.kthvalue:
        """The ``k``-th smallest element along ``dim`` (from 1) and its index."""

    @property
    def layout(self) -> Tensor: ...

    def lcm(self, other: Tensor) -> Tensor:
        """The least common multiple of integers."""

    def lcm_(self, other: Tensor) -> Tensor:
        """The least common multiple of integers."""

    def ldexp(self, other: Tensor) -> Tensor:
        """``self * 2**other``."""

    def ldexp_(self, other: Tensor) -> Tensor:
        """``self * 2**other``."""

    @overload
    def le(self, other: Tensor) -> Tensor:
        """``self <= other``, broadcast, as bools."""
    @overload
    def le(self, other: Number | _complex) -> Tensor: ...

    @overload
    def le_(self, other: Tensor) -> Tensor:
        """``self <= other``, broadcast, as bools."""
    @overload
    def le_(self, other: Number | _complex) -> Tensor: ...

    @overload
    def lerp(self, end: Tensor, weight: Number | _complex) -> Tensor:
        """``self + weight * (end - self)``, broadcast."""
    @overload
    def lerp(self, end: Tensor, weight: Tensor) -> Tensor: ...

    @overload
    def lerp_(self, end: Tensor, weight: Number | _complex) -> Tensor:
        """``self + weight * (end - self)``, broadcast."""
    @overload
    def lerp_(self, end: Tensor, weight: Tensor) -> Tensor: ...

    @overload
    def less(self, other: Tensor) -> Tensor:
        """``self < other``, broadcast, as bools."""
    @overload
    def less(self, other: Number | _complex) -> Tensor: ...

    @overload
    def less_(self, other: Tensor) -> Tensor:
        """``self < other``, broadcast, as bools."""
    @overload
    def less_(self, other: Number | _complex) -> Tensor: ...

    @overload
    def less_equal(self, other: Tensor) -> Tensor:
        """``self <= other``, broadcast, as bools."""
    @overload
    def less_equal(self, other: Number | _complex) -> Tensor: ...

    @overload
    def less_equal_(self, other: Tensor) -> Tensor:
        """``self <= other``, broadcast, as bools."""
    @overload
    def less_equal_(self, other: Number | _complex) -> Tensor: ...

    def lgamma(self) -> Tensor:
        """The logarithm of the absolute value of the gamma function."""

    def lgamma_(self) -> Tensor:
        """The logarithm of the absolute value of the gamma function."""

    def log(self) -> Tensor:
        """The natural logarithm."""

    def log10(self) -> Tensor:
        """The logarithm to base 10."""

    def log10_(self) -> Tensor:
        """The logarithm to base 10."""

    def log1p(self) -> Tensor:
        """``log(1 + self)``, accurate near zero."""

    def log1p_(self) -> Tensor:
        """``log(1 + self)``, accurate near zero."""

    def log2(self) -> Tensor:
        """The logarithm to base 2."""

    def log2_(self) -> Tensor:
        """The logarithm to base 2."""

    def log_(self) -> Tensor:
        """The natural logarithm."""

    def log_normal_(
        self, mean: Number | _complex = 1.0, std: Number | _complex = 2.0, *, generator: Generator | None = None,
    ) -> Tensor:
        """Fill with exponentials of normal numbers. Returns self."""

    def log_softmax(self, dim: _int, dtype: _dtype | None = None) -> Tensor:
        """``log(softmax(self, dim))``, without overflow."""

    def logaddexp(self, other: Tensor) -> Tensor:
        """``log(exp(self) + exp(other))`` without overflow."""

    def logaddexp2(self, other: Tensor) -> Tensor:
        """``log2(2**self + 2**other)`` without overflow."""

    def logcumsumexp(self, dim: _int) -> Tensor:
        """The logarithm of the cumulative sum of exponentials along ``dim``, without overflow."""

    def logdet(self) -> Tensor:
        """The logarithm of determinants: nan where one is negative, -inf where it is zero."""

    def logical_and(self, other: Tensor) -> Tensor:
        """Whether both are not zero."""

    def logical_and_(self, other: Tensor) -> Tensor:
        """Whether both are not zero."""

    def logical_not(self) -> Tensor:
        """Whether the element is zero."""

    def logical_not_(self) -> Tensor:
        """Whether the element is zero."""

    def logical_or(self, other: Tensor) -> Tensor:
        """Whether either is not zero."""

    def logical_or_(self, other: Tensor) -> Tensor:
        """Whether either is not zero."""

    def logical_xor(self, other: Tensor) -> Tensor:
        """Whether one alone is not zero."""

    def logical_xor_(self, other: Tensor) -> Tensor:
        """Whether one alone is not zero."""

    def logit(self, eps: Number | _complex | None = None) -> Tensor:
        """``log(self / (1 - self))``, of ``self`` clamped to [eps, 1 - eps] where eps is given."""

    def logit_(self, eps: Number | _complex | None = None) -> Tensor:
        """``log(self / (1 - self))``, of ``self`` clamped to [eps, 1 - eps] where eps is given."""

    def logsumexp(self, dim: _int | _size, keepdim: _bool = False) -> Tensor:
        """``log(sum(exp(self)))`` over ``dim``, without overflow."""

    def long(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.int64: itself if it is already."""

    def lstsq(self, A: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Removed from PyTorch: raises what PyTorch raises."""

    @overload
    def lt(self, other: Tensor) -> Tensor:
        """``self < other``, broadcast, as bools."""
    @overload
    def lt(self, other: Number | _complex) -> Tensor: ...

    @overload
    def lt_(self, other: Tensor) -> Tensor:
        """``self < other``, broadcast, as bools."""
    @overload
    def lt_(self, other: Number | _complex) -> Tensor: ...

    def lu(self, pivot: _bool = True, get_infos: _bool = False) -> Tensor:
        """`linalg.lu_factor` under its old name, without an error for singular matrices."""

    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
        """`linalg.lu_solve` under its old name, the right hand side first."""

    @property
    def mH(self) -> Tensor: ...

    @property
    def mT(self) -> Tensor: ...

    def map2_(self, x: Tensor, y: Tensor, callable: Callable) -> Tensor:
        """`map_` of two other tensors."""

    def map_(self, tensor: Tensor, callable: Callable) -> Tensor:
        """Replace each element by a Python function of it and of another tensor's; slow, on the CPU alone."""

    @overload
    def masked_fill(self, mask: Tensor, value: Tensor) -> Tensor:
        """``self`` with ``value`` wherever ``mask``, broadcast, is true."""
    @overload
    def masked_fill(self, mask: Tensor, value: Number | _complex) -> Tensor: ...

    @overload
    def masked_fill_(self, mask: Tensor, value: Tensor) -> Tensor:
        """Write ``value`` into ``self`` wherever ``mask`` is true. Returns ``self``."""
    @overload
    def masked_fill_(self, mask: Tensor, value: Number | _complex) -> Tensor: ...

    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """``self`` with the elements of ``source``, in order, wherever ``mask`` is true."""

    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor:
        """Write the elements of ``source``, in order, wherever ``mask`` is true. Returns ``self``."""

    def masked_select(self, mask: Tensor) -> Tensor:
        """The elements of ``self`` where ``mask`` is true, as a vector; both are broadcast."""

    def matmul(self, other: Tensor) -> Tensor:
        """The matrix product; a vector is a row on the left and a column on the right, batches broadcast."""

    def matrix_exp(self) -> Tensor:
        """The matrix exponential ``sum(A**k / k!)``."""

    def matrix_power(self, n: _int) -> Tensor:
        """The product of n copies of square matrices; of their inverses for negative n."""

    @overload
    def max(self) -> Tensor:
        """The largest element; or along ``dim`` with its index; or elementwise of two tensors."""
    @overload
    def max(self, other: Tensor) -> Tensor: ...
    @overload
    def max(self, dim: _int, keepdim: _bool = False) -> return_types.max: ...

    def maximum(self, other: Tensor) -> Tensor:
        """The larger one; NaN if either is."""

    @overload
    def mean(self, *, dtype: _dtype | None = None) -> Tensor:
        """The mean of all elements of a floating point or complex tensor (nan of none)."""
    @overload
    def mean(self, dim: _int | _size | None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor: ...

    @overload
    def median(self) -> Tensor:
        """The lower median of all elements, or along ``dim`` with its index; NaN if there is one."""
    @overload
    def median(self, dim: _int, keepdim: _bool = False) -> return_types.median: ...

    @overload
    def min(self) -> Tensor:
        """The smallest element; or along ``dim`` with its index; or elementwise of two tensors."""
    @overload
    def min(self, other: Tensor) -> Tensor: ...
    @overload
    def min(self, dim: _int, keepdim: _bool = False) -> return_types.min: ...

    def minimum(self, other: Tensor) -> Tensor:
        """The smaller one; NaN if either is."""

    def mm(self, mat2: Tensor) -> Tensor:
        """The product of two matrices: (n, k) x (k, m) -> (n, m)."""

    def mode(self, dim: _int = -1, keepdim: _bool = False) -> return_types.mode:
        """The most frequent element along ``dim`` (the smallest of several) and its last index."""

    def module_load(self, other: Tensor, assign: _bool = False) -> Tensor:
        """What a module takes for this parameter or buffer where ``other`` is loaded, if it exchanges tensors."""

    @overload
    def moveaxis(self, source: _int, destination: _int) -> Tensor:
        """Move the dimensions ``source`` to the places ``destination``; the others keep their order."""
    @overload
    def moveaxis(self, source: _size, destination: _size) -> Tensor: ...

    @overload
    def movedim(self, source: _int, destination: _int) -> Tensor:
        """Move the dimensions ``source`` to the places ``destination``; the others keep their order."""
    @overload
    def movedim(self, source: _size, destination: _size) -> Tensor: ...

    def msort(self) -> Tensor:
        """The rows of a tensor sorted along its first dim."""

    def mul(self, other: Tensor | Number | _complex) -> Tensor:
        """``self * other``, broadcast."""

    def mul_(self, other: Tensor | Number | _complex) -> Tensor:
        """``self * other``, broadcast."""

    def multinomial(
        self, num_samples: _int, replacement: _bool = False, *, generator: Generator | None = None,
    ) -> Tensor:
        """Indices drawn by the weights in each row of ``self``: int64."""

    def multiply(self, other: Tensor | Number | _complex) -> Tensor:
        """``self * other``, broadcast."""

    def multiply_(self, other: Tensor | Number | _complex) -> Tensor:
        """``self * other``, broadcast."""

    def mv(self, vec: Tensor) -> Tensor:
        """The product of a matrix and a vector: (n, k) x (k,) -> (n,)."""

    def mvlgamma(self, p: _int) -> Tensor:
        """The logarithm of the multivariate gamma function of dimension ``p``."""

    def mvlgamma_(self, p: _int) -> Tensor: ...

    @property
    def name(self) -> Tensor: ...

    def nan_to_num(
        self, nan: Number | _complex | None = None, posinf: Number | _complex | None = None,
        neginf: Number | _complex | None = None,
    ) -> Tensor:
        """``self`` with numbers in the place of NaN and the infinities."""

    def nan_to_num_(
        self, nan: Number | _complex | None = None, posinf: Number | _complex | None = None,
        neginf: Number | _complex | None = None,
    ) -> Tensor:
        """``self`` with numbers in the place of NaN and the infinities."""

    def nanmean(
        self, dim: _int | _size | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None,
    ) -> Tensor:
        """The mean over ``dim`` (all dims by default) of what is not NaN."""

    @overload
    def nanmedian(self) -> Tensor:
        """The lower median of all elements, or along ``dim`` with its index, NaN left out."""
    @overload
    def nanmedian(self, dim: _int, keepdim: _bool = False) -> return_types.nanmedian: ...

    @overload
    def nanquantile(
        self, q: Tensor, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear',
    ) -> Tensor: ...
    @overload
    def nanquantile(
        self, q: _float, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear',
    ) -> Tensor: ...

    def nansum(self, dim: _int | _size | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor:
        """The sum over ``dim`` (all dims by default), NaN counting as zero."""

    def narrow(self, dim: _int, start: Tensor | Number | _complex, length: _int) -> Tensor:
        """``length`` positions of a dimension from ``start`` (an int or a 0-dim integer tensor) on."""

    def narrow_copy(self, dim: _int, start: _int, length: _int, *, out: Tensor | None = None) -> Tensor:
        """The view `narrow` as a fresh tensor."""

    def ndimension(self) -> _int:
        """The number of dimensions."""

    @overload
    def ne(self, other: Tensor) -> Tensor:
        """``self != other``, broadcast, as bools."""
    @overload
    def ne(self, other: Number | _complex) -> Tensor: ...

    @overload
    def ne_(self, other: Tensor) -> Tensor:
        """``self != other``, broadcast, as bools."""
    @overload
    def ne_(self, other: Number | _complex) -> Tensor: ...

    def neg(self) -> Tensor:
        """``-self``."""

    def neg_(self) -> Tensor:
        """``-self``."""

    def negative(self) -> Tensor:
        """``-self``."""

    def negative_(self) -> Tensor:
        """``-self``."""

    def nelement(self) -> _int:
        """The number of elements."""

    def new(self, *args: Any, **kwargs: Any) -> Tensor:
        """A tensor of ``self``'s dtype and device: of a shape (``new(2, 3)``; zeros here), of data, or empty."""

    @overload
    def new_empty(
        self, size: _int | _size, *, dtype: _dtype | None = None, device: Device = None, requires_grad: _bool = False,
        layout: _layout | None = None, pin_memory: _bool | None = False,
    ) -> Tensor:
        """A tensor of shape ``size`` with ``self``'s dtype and device, filled with None."""
    @overload
    def new_empty(
        self, *size: _int, dtype: _dtype | None = None, device: Device = None, requires_grad: _bool = False,
        layout: _layout | None = None, pin_memory: _bool | None = False,
    ) -> Tensor: ...

    def new_empty_strided(
        self, size: _int | _size, stride: _int | _size, *, dtype: _dtype | None = None, device: Device = None,
        requires_grad: _bool = False, layout: _layout | None = None, pin_memory: _bool | None = False,
    ) -> Tensor:
        """A tensor of zeros with the strides asked for and ``self``'s dtype and device."""

    def new_full(
        self, size: _int | _size, fill_value: Number | _complex, *, dtype: _dtype | None = None, device: Device = None,
        requires_grad: _bool = False, layout: _layout | None = None, pin_memory: _bool | None = False,
    ) -> Tensor:
        """A tensor of shape ``size`` with ``self``'s dtype and device, filled with ``fill_value``."""

    @overload
    def new_ones(
        self, size: _int | _size, *, dtype: _dtype | None = None, device: Device = None, requires_grad: _bool = False,
        layout: _layout | None = None, pin_memory: _bool | None = False,
    ) -> Tensor:
        """A tensor of shape ``size`` with ``self``'s dtype and device, filled with 1."""
    @overload
    def new_ones(
        self, *size: _int, dtype: _dtype | None = None, device: Device = None, requires_grad: _bool = False,
        layout: _layout | None = None, pin_memory: _bool | None = False,
    ) -> Tensor: ...

    def new_tensor(
        self, data: Any, *, dtype: _dtype | None = None, device: Device = None, requires_grad: _bool = False,
        layout: _layout | None = None,
    ) -> Tensor:
        """A tensor holding a copy of ``data``, with ``self``'s dtype and device unless given."""

    @overload
    def new_zeros(
        self, size: _int | _size, *, dtype: _dtype | None = None, device: Device = None, requires_grad: _bool = False,
        layout: _layout | None = None, pin_memory: _bool | None = False,
    ) -> Tensor:
        """A tensor of shape ``size`` with ``self``'s dtype and device, filled with 0."""
    @overload
    def new_zeros(
        self, *size: _int, dtype: _dtype | None = None, device: Device = None, requires_grad: _bool = False,
        layout: _layout | None = None, pin_memory: _bool | None = False,
    ) -> Tensor: ...

    def nextafter(self, other: Tensor) -> Tensor:
        """The next number after ``self`` towards ``other``."""

    def nextafter_(self, other: Tensor) -> Tensor:
        """The next number after ``self`` towards ``other``."""

    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor: ...
    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...

    def nonzero_static(self, *, size: _int, fill_value: _int = -1) -> Tensor:
        """The indices of the first ``size`` elements that are not zero, ``fill_value`` where there are fewer."""

    def norm(
        self, p: Any = 'fro', dim: _int | _size | None = None, keepdim: _bool = False, out: Tensor | None = None,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The vector norm over ``dim`` (all dims by default); matrix norms for 'nuc' and 'fro'."""

    def normal_(
        self, mean: Number | _complex = 0.0, std: Number | _complex = 1.0, *, generator: Generator | None = None,
    ) -> Tensor:
        """Fill with normal numbers. Returns self."""

    @overload
    def not_equal(self, other: Tensor) -> Tensor:
        """``self != other``, broadcast, as bools."""
    @overload
    def not_equal(self, other: Number | _complex) -> Tensor: ...

    @overload
    def not_equal_(self, other: Tensor) -> Tensor:
        """``self != other``, broadcast, as bools."""
    @overload
    def not_equal_(self, other: Number | _complex) -> Tensor: ...

    def numel(self) -> _int:
        """The number of elements."""

    def numpy(self, *, force: _bool = False) -> ndarray:
        """This tensor's memory as an ndarray: shared both ways on the CPU."""

    def orgqr(self, input2: Tensor) -> Tensor: ...

    def ormqr(self, input2: Tensor, input3: Tensor, left: _bool = True, transpose: _bool = False) -> Tensor:
        """The product of the Q that `geqrf` gives (its adjoint with ``transpose``) and another matrix."""

    def outer(self, vec2: Tensor) -> Tensor:
        """The product of every element of one vector with every element of another: (n,), (m,) -> (n, m)."""

    @overload
    def permute(self, dims: _int | _size) -> Tensor:
        """Put the dimensions in the order ``dims``."""
    @overload
    def permute(self, *dims: _int) -> Tensor: ...

    def pin_memory(self, device: Device = None) -> Tensor:
        """This tensor for a fast copy to a GPU."""

    def pinverse(self, rcond: _float = 1e-15) -> Tensor:
        """`linalg.pinv` under its old name."""

    def polygamma(self, n: _int) -> Tensor:
        """The ``n``-th derivative of the digamma function."""

    def polygamma_(self, n: _int) -> Tensor:
        """The ``n``-th derivative of the digamma function."""

    def positive(self) -> Tensor:
        """``self`` itself: what ``+x`` is."""

    @overload
    def pow(self, exponent: Tensor) -> Tensor:
        """``self`` to the power of ``exponent``, broadcast."""
    @overload
    def pow(self, exponent: Number | _complex) -> Tensor: ...

    @overload
    def pow_(self, exponent: Tensor) -> Tensor:
        """``self`` to the power of ``exponent``, broadcast."""
    @overload
    def pow_(self, exponent: Number | _complex) -> Tensor: ...

    def prelu(self, weight: Tensor) -> Tensor:
        """``self`` where positive, ``weight * self`` elsewhere; one weight, or one a channel (dim 1)."""

    @overload
    def prod(self, *, dtype: _dtype | None = None) -> Tensor:
        """The product of all elements (1 of none)."""
    @overload
    def prod(self, dim: _int, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor: ...

    def put(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """``self``, seen as a vector, with ``source`` put (or added) at ``index``."""

    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """``self``, seen as a vector, with ``source`` put (or added) at ``index``."""

    def q_per_channel_axis(self) -> _int:
        """The dim of the scales of a quantized tensor."""

    def q_per_channel_scales(self) -> Tensor:
        """The scales of a quantized tensor."""

    def q_per_channel_zero_points(self) -> Tensor:
        """The integers that stand for 0 of a quantized tensor."""

    def q_scale(self) -> _float:
        """The scale of a quantized tensor."""

    def q_zero_point(self) -> _int:
        """The integer that stands for 0 of a quantized tensor."""

    def qr(self, some: _bool = True) -> return_types.qr:
        """`linalg.qr` under its old name."""

    def qscheme(self) -> Any:
        """How integers stand for numbers, of a quantized tensor."""

    @overload
    def quantile(
        self, q: Tensor, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear',
    ) -> Tensor: ...
    @overload
    def quantile(
        self, q: _float, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear',
    ) -> Tensor: ...

    def rad2deg(self) -> Tensor:
        """Radians as degrees."""

    def rad2deg_(self) -> Tensor:
        """Radians as degrees."""

    @overload
    def random_(self, from_: _int, to: _int | None, *, generator: Generator | None = None) -> Tensor:
        """Fill with whole numbers of [from, to). Returns self."""
    @overload
    def random_(self, to: _int, *, generator: Generator | None = None) -> Tensor: ...
    @overload
    def random_(self, *, generator: Generator | None = None) -> Tensor: ...

    def ravel(self) -> Tensor:
        """All elements in order, as one dimension."""

    @property
    def real(self) -> Tensor: ...
    @real.setter
    def real(self, value: Tensor) -> None: ...

    def reciprocal(self) -> Tensor:
        """``1 / self``."""

    def reciprocal_(self) -> Tensor:
        """``1 / self``."""

    def register_hook(self, hook: Any) -> Any:
        """Call ``hook(grad)`` when the gradient of this tensor is computed; what it returns replaces it."""

    def register_post_accumulate_grad_hook(self, hook: Any) -> Any:
        """Call ``hook(tensor)`` after this leaf's ``.grad`` was accumulated."""

    def relu(self) -> Tensor:
        """``max(self, 0)``."""

    def relu_(self) -> Tensor:
        """``max(self, 0)``."""

    @overload
    def remainder(self, other: Tensor) -> Tensor:
        """The remainder of ``self / other`` rounded down: it has the sign of ``other``."""
    @overload
    def remainder(self, other: Number | _complex) -> Tensor: ...

    @overload
    def remainder_(self, other: Tensor) -> Tensor:
        """The remainder of ``self / other`` rounded down: it has the sign of ``other``."""
    @overload
    def remainder_(self, other: Number | _complex) -> Tensor: ...

    def renorm(self, p: Any, dim: _int, maxnorm: Number | _complex) -> Tensor:
        """``self`` with every slice along ``dim`` scaled down to a ``p``-norm of at most ``maxnorm``."""

    def renorm_(self, p: Any, dim: _int, maxnorm: Number | _complex) -> Tensor:
        """``self`` with every slice along ``dim`` scaled down to a ``p``-norm of at most ``maxnorm``."""

    @overload
    def repeat(self, repeats: _int | _size) -> Tensor:
        """``self`` copied ``repeats`` times along each dimension; new dimensions come first."""
    @overload
    def repeat(self, *repeats: _int) -> Tensor: ...

    @overload
    def repeat_interleave(self, repeats: Tensor, dim: _int | None = None, *, output_size: _int | None = None) -> Tensor:
        """Each element (or position of ``dim``) ``repeats`` times in a row."""
    @overload
    def repeat_interleave(
        self, repeats: _int, dim: _int | None = None, *, output_size: _int | None = None,
    ) -> Tensor: ...

    def requires_grad_(self, requires_grad: _bool = True) -> Tensor:
        """Set whether autograd follows this leaf. Returns self."""

    @overload
    def reshape(self, shape: _int | _size) -> Tensor:
        """The same elements in the same order under another shape (one size may be -1)."""
    @overload
    def reshape(self, *shape: _int) -> Tensor: ...

    def reshape_as(self, other: Tensor) -> Tensor:
        """``self`` in the shape of ``other``."""

    @overload
    def resize_(self, size: _int | _size, *, memory_format: memory_format | None = None) -> Tensor:
        """Give ``self`` another shape; its memory grows where needed and keeps what it holds."""
    @overload
    def resize_(self, *size: _int, memory_format: memory_format | None = None) -> Tensor: ...

    def resize_as_(self, the_template: Tensor, *, memory_format: memory_format | None = None) -> Tensor:
        """Give ``self`` the shape of another tensor; its memory grows where needed."""

    def resize_as_sparse_(self, *args: Any, **kwargs: Any) -> Tensor:
        """Of sparse tensors only."""

    def resolve_conj(self) -> Tensor:
        """``self``, or a copy without the conj bit where it is set."""

    def resolve_neg(self) -> Tensor:
        """``self``, or a copy without the neg bit where it is set."""

    def retain_grad(self) -> None:
        """Keep ``.grad`` on this non-leaf tensor after backward."""

    @property
    def retains_grad(self) -> _bool: ...

    def roll(self, shifts: _int | _size, dims: _int | _size = ()) -> Tensor:
        """The elements moved along ``dims`` (or flattened) by ``shifts`` places, around the end."""

    def rot90(self, k: _int = 1, dims: _size = (0, 1)) -> Tensor:
        """The plane of ``dims`` turned by ``k`` quarters, from the first towards the second."""

    @overload
    def round(self) -> Tensor:
        """The nearest whole number, the even one of two."""
    @overload
    def round(self, *, decimals: _int) -> Tensor: ...

    @overload
    def round_(self) -> Tensor:
        """The nearest whole number, the even one of two."""
    @overload
    def round_(self, *, decimals: _int) -> Tensor: ...

    def row_indices(self) -> Tensor:
        """Of sparse tensors only."""

    def rsqrt(self) -> Tensor:
        """``1 / sqrt(self)``."""

    def rsqrt_(self) -> Tensor:
        """``1 / sqrt(self)``."""

    @overload
    def scatter(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """``self`` with ``self[i][index[i][j][k]][k] = src[i][j][k]`` (``dim`` 1); ``src`` may be a number."""
    @overload
    def scatter(self, dim: _int, index: Tensor, value: Number | _complex) -> Tensor: ...
    @overload
    def scatter(self, dim: _int, index: Tensor, src: Tensor, *, reduce: _str) -> Tensor: ...
    @overload
    def scatter(self, dim: _int, index: Tensor, value: Number | _complex, *, reduce: _str) -> Tensor: ...

    @overload
    def scatter_(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """``self`` with ``self[i][index[i][j][k]][k] = src[i][j][k]`` (``dim`` 1); ``src`` may be a number."""
    @overload
    def scatter_(self, dim: _int, index: Tensor, value: Number | _complex) -> Tensor: ...
    @overload
    def scatter_(self, dim: _int, index: Tensor, src: Tensor, *, reduce: _str) -> Tensor: ...
    @overload
    def scatter_(self, dim: _int, index: Tensor, value: Number | _complex, *, reduce: _str) -> Tensor: ...

    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """``self`` with ``self[i][index[i][j][k]][k] += src[i][j][k]``, for ``dim`` 1."""

    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """``self`` with ``self[i][index[i][j][k]][k] += src[i][j][k]``, for ``dim`` 1."""

    def scatter_reduce(
        self, dim: _int, index: Tensor, src: Tensor, reduce: _str, *, include_self: _bool = True,
    ) -> Tensor:
        """``src`` reduced (sum, prod, mean, amax, amin) into the places of ``self`` that ``index`` names."""

    def scatter_reduce_(
        self, dim: _int, index: Tensor, src: Tensor, reduce: _str, *, include_self: _bool = True,
    ) -> Tensor:
        """``src`` reduced (sum, prod, mean, amax, amin) into the places of ``self`` that ``index`` names."""

    def select(self, dim: _int, index: _int) -> Tensor:
        """One position of a dimension, which disappears."""

    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """A copy of ``self`` with ``src`` in place of its view `select`."""

    @overload
    def set_(self) -> Tensor:
        """Make ``self`` share the memory (and shape) of another tensor or storage; empty without one."""
    @overload
    def set_(self, source: Tensor) -> Tensor: ...
    @overload
    def set_(self, source: Tensor, storage_offset: _int, size: _size, stride: _size | None = None) -> Tensor: ...
    @overload
    def set_(self, source: Any) -> Tensor: ...
    @overload
    def set_(self, source: Any, storage_offset: _int, size: _size, stride: _size | None = None) -> Tensor: ...

    def sgn(self) -> Tensor:
        """`sign`; of complex numbers the number of modulus one with the same angle."""

    def sgn_(self) -> Tensor:
        """`sign`; of complex numbers the number of modulus one with the same angle."""

    def share_memory_(self) -> Tensor:
        """Move to memory that other processes map which this tensor is sent to: what one writes, all see. Returns
        self."""

    def short(self, memory_format: memory_format | None = None) -> Tensor:
        """``self`` as torch.int16: itself if it is already."""

    def sigmoid(self) -> Tensor:
        """``1 / (1 + exp(-self))``."""

    def sigmoid_(self) -> Tensor:
        """``1 / (1 + exp(-self))``."""

    def sign(self) -> Tensor:
        """-1, 0 or 1; 0 for NaN."""

    def sign_(self) -> Tensor:
        """-1, 0 or 1; 0 for NaN."""

    def signbit(self) -> Tensor:
        """Whether the sign bit is set: of -0.0 it is."""

    def sin(self) -> Tensor:
        """The sine."""

    def sin_(self) -> Tensor:
        """The sine."""

    def sinc(self) -> Tensor:
        """``sin(pi self) / (pi self)``, 1 at zero."""

    def sinc_(self) -> Tensor:
        """``sin(pi self) / (pi self)``, 1 at zero."""

    def sinh(self) -> Tensor:
        """The hyperbolic sine."""

    def sinh_(self) -> Tensor:
        """The hyperbolic sine."""

    @overload
    def size(self, dim: None = None) -> Size: ...
    @overload
    def size(self, dim: _int) -> _int: ...

    def slice_inverse(
        self, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1,
    ) -> Tensor:
        """The memory of ``self``, a slice of a tensor like ``src``, seen as that whole tensor: a view."""

    def slice_scatter(
        self, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1,
    ) -> Tensor:
        """A copy of ``self`` with ``src`` in place of its view `slice`."""

    def slogdet(self) -> return_types.slogdet:
        """The sign (of modulus 1) and the logarithm of the absolute value of determinants."""

    def smm(self, *args: Any, **kwargs: Any) -> Tensor:
        """Of sparse tensors only."""

    def softmax(self, dim: _int, dtype: _dtype | None = None) -> Tensor:
        """``exp(self) / sum(exp(self), dim)``: positive numbers with sum 1 along ``dim``."""

    def solve(self, A: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Removed from PyTorch: raises what PyTorch raises."""

    @overload
    def sort(self, dim: _int = -1, descending: _bool = False) -> return_types.sort:
        """The elements along ``dim`` in order, and where each was: a named tuple (values, indices)."""
    @overload
    def sort(self, *, stable: _bool | None, dim: _int = -1, descending: _bool = False) -> return_types.sort: ...

    def sparse_dim(self) -> _int:
        """How many dims are sparse: none."""

    def sparse_mask(self, mask: Tensor) -> Tensor:
        """The elements of this tensor where the sparse ``mask`` has values, as a tensor of its pattern."""

    def sparse_resize_(self, *args: Any, **kwargs: Any) -> Tensor:
        """Of sparse tensors only."""

    def sparse_resize_and_clear_(self, *args: Any, **kwargs: Any) -> Tensor:
        """Of sparse tensors only."""

    def split(self, split_size: Any, dim: _int = 0) -> tuple[Tensor, ...]:
        """Pieces of ``split_size`` (an int; the last may be smaller) or of the sizes listed."""

    def split_with_sizes(self, split_sizes: _size, dim: _int = 0) -> tuple[Tensor, ...]:
        """Pieces of the sizes listed."""

    def sqrt(self) -> Tensor:
        """The square root."""

    def sqrt_(self) -> Tensor:
        """The square root."""

    def square(self) -> Tensor:
        """``self * self``."""

    def square_(self) -> Tensor:
        """``self * self``."""

    @overload
    def squeeze(self) -> Tensor:
        """Without its dimensions of size 1: all of them, or those in ``dim``."""
    @overload
    def squeeze(self, dim: _int) -> Tensor: ...
    @overload
    def squeeze(self, dim: _size) -> Tensor: ...
    @overload
    def squeeze(self, *dim: _int) -> Tensor: ...

    @overload
    def squeeze_(self) -> Tensor:
        """Without its dimensions of size 1: all of them, or those in ``dim``."""
    @overload
    def squeeze_(self, dim: _int) -> Tensor: ...
    @overload
    def squeeze_(self, dim: _size) -> Tensor: ...
    @overload
    def squeeze_(self, *dim: _int) -> Tensor: ...

    def sspaddmm(self, *args: Any, **kwargs: Any) -> Tensor:
        """Of sparse tensors only."""

    @overload
    def std(
        self, dim: _int | _size | None = None, *, correction: Number | _complex | None = None, keepdim: _bool = False,
    ) -> Tensor:
        """The standard deviation over ``dim`` (all dims by default)."""
    @overload
    def std(self, *dim: _int, correction: Number | _complex | None = None, keepdim: _bool = False) -> Tensor: ...
    @overload
    def std(self, unbiased: _bool = True) -> Tensor: ...
    @overload
    def std(self, dim: _int | _size | None, unbiased: _bool = True, keepdim: _bool = False) -> Tensor: ...

    def stft(
        self, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None,
        window: Tensor | None = None, center: _bool = True, pad_mode: _str = 'reflect', normalized: _bool = False,
        onesided: _bool | None = None, return_complex: _bool | None = None, align_to_window: _bool | None = None,
    ) -> Tensor:
        """The short-time Fourier transform: (..., frequencies, frames)."""

    def storage(self) -> TypedStorage:
        """The memory this tensor is a view of, as a flat sequence of its dtype."""

    def storage_offset(self) -> _int:
        """The position of the first element in the storage, in elements."""

    @overload
    def stride(self, dim: None = None) -> tuple[_int, ...]: ...
    @overload
    def stride(self, dim: _int) -> _int: ...

    def sub(self, other: Tensor | Number | _complex, *, alpha: Number | _complex = 1) -> Tensor:
        """``self - alpha * other``, broadcast."""

    def sub_(self, other: Tensor | Number | _complex, *, alpha: Number | _complex = 1) -> Tensor:
        """``self - alpha * other``, broadcast."""

    def subtract(self, other: Tensor | Number | _complex, *, alpha: Number | _complex = 1) -> Tensor:
        """``self - alpha * other``, broadcast."""

    def subtract_(self, other: Tensor | Number | _complex, *, alpha: Number | _complex = 1) -> Tensor:
        """``self - alpha * other``, broadcast."""

    @overload
    def sum(self, *, dtype: _dtype | None = None) -> Tensor:
        """The sum of all elements."""
    @overload
    def sum(self, dim: _int | _size | None, keepdim: _bool = False, *, dtype: _dtype | None = None) -> Tensor: ...

    @overload
    def sum_to_size(self, size: _int | _size) -> Tensor:
        """The sum over the dims that broadcasting ``size`` to this shape would stretch."""
    @overload
    def sum_to_size(self, *size: _int) -> Tensor: ...

    def svd(self, some: _bool = True, compute_uv: _bool = True) -> return_types.svd:
        """`linalg.svd` under its old name, with V instead of Vh."""

    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """Swap two dimensions."""

    def swapaxes_(self, axis0: _int, axis1: _int) -> Tensor:
        """Swap two dimensions."""

    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """Swap two dimensions."""

    def swapdims_(self, dim0: _int, dim1: _int) -> Tensor:
        """Swap two dimensions."""

    def symeig(self, eigenvectors: _bool = False, upper: _bool = True, *, out: Tensor | None = None) -> Tensor:
        """Removed from PyTorch: raises what PyTorch raises."""

    def t(self) -> Tensor:
        """Transpose a matrix; vectors and scalars are themselves."""

    def t_(self) -> Tensor:
        """Transpose a matrix; vectors and scalars are themselves."""

    def take(self, index: Tensor) -> Tensor:
        """The elements of ``self``, seen as a vector, at ``index``."""

    def take_along_dim(self, indices: Tensor, dim: _int | None = None) -> Tensor:
        """`gather` with everything but ``dim`` broadcast (or of the flattened tensor)."""

    def tan(self) -> Tensor:
        """The tangent."""

    def tan_(self) -> Tensor:
        """The tangent."""

    def tanh(self) -> Tensor:
        """The hyperbolic tangent."""

    def tanh_(self) -> Tensor:
        """The hyperbolic tangent."""

    @overload
    def tensor_split(self, indices: _size, dim: _int = 0) -> tuple[Tensor, ...]:
        """Pieces cut at the ``indices``, or a number of ``sections`` whose sizes differ by at most 1."""
    @overload
    def tensor_split(self, tensor_indices_or_sections: Tensor, dim: _int = 0) -> tuple[Tensor, ...]: ...
    @overload
    def tensor_split(self, sections: _int, dim: _int = 0) -> tuple[Tensor, ...]: ...

    @overload
    def tile(self, dims: _int | _size) -> Tensor:
        """``self`` copied ``dims`` times along each dimension, the last ones where ``dims`` is shorter."""
    @overload
    def tile(self, *dims: _int) -> Tensor: ...

    @overload
    def to(
        self, dtype: _dtype, non_blocking: _bool = False, copy: _bool = False, *,
        memory_format: memory_format | None = None,
    ) -> Tensor: ...
    @overload
    def to(
        self, device: Device = None, dtype: _dtype | None = None, non_blocking: _bool = False, copy: _bool = False, *,
        memory_format: memory_format | None = None,
    ) -> Tensor: ...
    @overload
    def to(
        self, other: Tensor, non_blocking: _bool = False, copy: _bool = False, *,
        memory_format: memory_format | None = None,
    ) -> Tensor: ...

    def to_dense(self, dtype: _dtype | None = None, *, masked_grad: Any = None) -> Tensor:
        """This tensor itself, which is dense; converted if ``dtype`` is given."""

    def to_padded_tensor(self, padding: _int | _size, output_size: _int | _size | None = None) -> Tensor:
        """A dense tensor of the padded components: of nested tensors only."""

    def to_sparse(
        self, sparse_dim: Any = None, *, layout: _layout | None = None, blocksize: Any = None, dense_dim: Any = None,
    ) -> Tensor:
        """A sparse tensor of the same elements."""

    def to_sparse_bsc(self, blocksize: Any, dense_dim: Any = None) -> Tensor:
        """A sparse matrix of the same elements in blocks, compressed by columns."""

    def to_sparse_bsr(self, blocksize: Any, dense_dim: Any = None) -> Tensor:
        """A sparse matrix of the same elements in blocks, compressed by rows."""

    def to_sparse_coo(self) -> Tensor:
        """A sparse tensor of the same elements, by coordinates."""

    def to_sparse_csc(self, dense_dim: Any = None) -> Tensor:
        """A sparse matrix of the same elements, compressed by columns."""

    def to_sparse_csr(self, dense_dim: Any = None) -> Tensor:
        """A sparse matrix of the same elements, compressed by rows."""

    def topk(self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True) -> return_types.topk:
        """The ``k`` largest (or smallest) elements along ``dim``, in order: (values, indices)."""

    def trace(self) -> Tensor:
        """The sum of the diagonal of a matrix."""

    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """Swap two dimensions."""

    def transpose_(self, dim0: _int, dim1: _int) -> Tensor:
        """Swap two dimensions."""

    def triangular_solve(
        self, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False,
    ) -> return_types.triangular_solve:
        """`linalg.solve_triangular` under its old name: a named tuple with a copy of ``A``."""

    def tril(self, diagonal: _int = 0) -> Tensor:
        """The lower triangle of matrices, up to ``diagonal``; zeros elsewhere."""

    def tril_(self, diagonal: _int = 0) -> Tensor:
        """The lower triangle of matrices, up to ``diagonal``; zeros elsewhere."""

    def triu(self, diagonal: _int = 0) -> Tensor:
        """The upper triangle of matrices, from ``diagonal`` on; zeros elsewhere."""

    def triu_(self, diagonal: _int = 0) -> Tensor:
        """The upper triangle of matrices, from ``diagonal`` on; zeros elsewhere."""

    @overload
    def true_divide(self, other: Tensor | Number | _complex) -> Tensor:
        """``self / other``, broadcast."""
    @overload
    def true_divide(self, other: Tensor | Number | _complex, *, rounding_mode: _str | None) -> Tensor: ...

    @overload
    def true_divide_(self, other: Tensor | Number | _complex) -> Tensor:
        """``self / other``, broadcast."""
    @overload
    def true_divide_(self, other: Tensor | Number | _complex, *, rounding_mode: _str | None) -> Tensor: ...

    def trunc(self) -> Tensor:
        """The whole number next towards zero."""

    def trunc_(self) -> Tensor:
        """The whole number next towards zero."""

    @overload
    def type(self, dtype: None = None, non_blocking: _bool = False) -> _str: ...
    @overload
    def type(self, dtype: _str | _dtype | type, non_blocking: _bool = False) -> Tensor: ...

    def type_as(self, other: Tensor) -> Tensor:
        """``self`` with the dtype and device of ``other``."""

    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """Every position of a dimension, which disappears."""

    def unflatten(self, dim: _int, sizes: _size) -> Tensor:
        """One dimension as several of the given ``sizes`` (one may be -1)."""

    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """All windows of ``size`` positions, ``step`` apart; a window is a new last dimension."""

    def uniform_(
        self, from_: Number | _complex = 0.0, to: Number | _complex = 1.0, *, generator: Generator | None = None,
    ) -> Tensor:
        """Fill with uniform numbers in [from, to). Returns self."""

    def unique(
        self, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False,
        dim: _int | None = None,
    ) -> Tensor:
        """The distinct elements (or slices along ``dim``), in ascending order."""

    def unique_consecutive(
        self, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None,
    ) -> Tensor:
        """The elements (or slices along ``dim``) without those that repeat the one before."""

    def unsafe_chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]: ...

    def unsafe_split(self, split_size: _int, dim: _int = 0) -> tuple[Tensor, ...]: ...

    def unsafe_split_with_sizes(self, split_sizes: _size, dim: _int = 0) -> tuple[Tensor, ...]: ...

    def unsqueeze(self, dim: _int) -> Tensor:
        """A dimension of size 1 put before ``dim``."""

    def unsqueeze_(self, dim: _int) -> Tensor:
        """A dimension of size 1 put before ``dim``."""

    def untyped_storage(self) -> UntypedStorage:
        """The memory this tensor is a view of, as bytes."""

    def values(self) -> Tensor:
        """Of sparse tensors only."""

    @overload
    def var(
        self, dim: _int | _size | None = None, *, correction: Number | _complex | None = None, keepdim: _bool = False,
    ) -> Tensor:
        """The variance over ``dim`` (all dims by default)."""
    @overload
    def var(self, *dim: _int, correction: Number | _complex | None = None, keepdim: _bool = False) -> Tensor: ...
    @overload
    def var(self, unbiased: _bool = True) -> Tensor: ...
    @overload
    def var(self, dim: _int | _size | None, unbiased: _bool = True, keepdim: _bool = False) -> Tensor: ...

    def vdot(self, other: Tensor) -> Tensor:
        """As `dot`, with the first vector conjugated."""

    @overload
    def view(self, size: _int | _size) -> Tensor:
        """The same elements in the same order under another shape (one size may be -1) or dtype."""
    @overload
    def view(self, *size: _int) -> Tensor: ...
    @overload
    def view(self, dtype: _dtype) -> Tensor: ...

    def view_as(self, other: Tensor) -> Tensor:
        """``self`` viewed in the shape of ``other``."""

    @property
    def volatile(self) -> _bool: ...

    @overload
    def vsplit(self, sections: _int) -> tuple[Tensor, ...]:
        """Equal ``sections`` along dimension 1, or pieces cut at ``indices``."""
    @overload
    def vsplit(self, indices: _size) -> tuple[Tensor, ...]: ...
    @overload
    def vsplit(self, *indices: _int) -> tuple[Tensor, ...]: ...

    @overload
    def where(self, condition: Tensor, other: Tensor) -> Tensor:
        """``self`` where ``condition`` holds, else ``other``; broadcast."""
    @overload
    def where(self, condition: Tensor, other: Tensor | Number | _complex) -> Tensor: ...

    @overload
    def xlogy(self, other: Tensor) -> Tensor:
        """``self * log(other)``, 0 where ``self`` is."""
    @overload
    def xlogy(self, other: Number | _complex) -> Tensor: ...

    @overload
    def xlogy_(self, other: Tensor) -> Tensor:
        """``self * log(other)``, 0 where ``self`` is."""
    @overload
    def xlogy_(self, other: Number | _complex) -> Tensor: ...

    def zero_(self) -> Tensor:
        """``self`` with every element zero."""
