# Generated from the op tables by `make generate`; not to be edited.
from collections.abc import Sequence
from typing import Any, Literal, overload
from .types import Device, Number, _bool, _complex, _dtype, _float, _int, _layout, _size, _str
from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi
from . import autograd as autograd
from . import backends as backends
from . import cuda as cuda
from ._core.devices import device as device
from ._core.dtypes import can_cast as can_cast
from ._core.dtypes import dtype as dtype
from ._core.dtypes import finfo as finfo
from ._core.dtypes import get_default_dtype as get_default_dtype
from ._core.dtypes import iinfo as iinfo
from ._core.dtypes import promote_types as promote_types
from ._core.exchange import as_tensor as as_tensor
from ._core.exchange import asarray as asarray
from ._core.exchange import from_dlpack as from_dlpack
from ._core.exchange import from_jax as from_jax
from ._core.exchange import from_numpy as from_numpy
from ._core.exchange import frombuffer as frombuffer
from ._core.exchange import tensor as tensor
from ._core.exchange import to_dlpack as to_dlpack
from ._core.formats import channels_last as channels_last
from ._core.formats import channels_last_3d as channels_last_3d
from ._core.formats import contiguous_format as contiguous_format
from ._core.formats import jagged as jagged
from ._core.formats import layout as layout
from ._core.formats import memory_format as memory_format
from ._core.formats import per_channel_affine as per_channel_affine
from ._core.formats import per_channel_affine_float_qparams as per_channel_affine_float_qparams
from ._core.formats import per_channel_symmetric as per_channel_symmetric
from ._core.formats import per_tensor_affine as per_tensor_affine
from ._core.formats import per_tensor_symmetric as per_tensor_symmetric
from ._core.formats import preserve_format as preserve_format
from ._core.formats import qscheme as qscheme
from ._core.formats import sparse_bsc as sparse_bsc
from ._core.formats import sparse_bsr as sparse_bsr
from ._core.formats import sparse_coo as sparse_coo
from ._core.formats import sparse_csc as sparse_csc
from ._core.formats import sparse_csr as sparse_csr
from ._core.formats import strided as strided
from ._core.generator import Generator as Generator
from ._core.generator import default_generator as default_generator
from ._core.generator import get_rng_state as get_rng_state
from ._core.generator import initial_seed as initial_seed
from ._core.generator import manual_seed as manual_seed
from ._core.generator import seed as seed
from ._core.generator import set_rng_state as set_rng_state
from ._core.memory import TypedStorage as TypedStorage
from ._core.memory import UntypedStorage as UntypedStorage
from ._core.printing import set_printoptions as set_printoptions
from ._core.settings import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from ._core.settings import get_default_device as get_default_device
from ._core.settings import get_deterministic_debug_mode as get_deterministic_debug_mode
from ._core.settings import get_float32_matmul_precision as get_float32_matmul_precision
from ._core.settings import get_num_interop_threads as get_num_interop_threads
from ._core.settings import get_num_threads as get_num_threads
from ._core.settings import is_complex as is_complex
from ._core.settings import is_deterministic_algorithms_warn_only_enabled as is_deterministic_algorithms_warn_only_enabled
from ._core.settings import is_floating_point as is_floating_point
from ._core.settings import is_nonzero as is_nonzero
from ._core.settings import is_storage as is_storage
from ._core.settings import is_tensor as is_tensor
from ._core.settings import is_warn_always_enabled as is_warn_always_enabled
from ._core.settings import numel as numel
from ._core.settings import result_type as result_type
from ._core.settings import set_default_device as set_default_device
from ._core.settings import set_default_dtype as set_default_dtype
from ._core.settings import set_default_tensor_type as set_default_tensor_type
from ._core.settings import set_deterministic_debug_mode as set_deterministic_debug_mode
from ._core.settings import set_float32_matmul_precision as set_float32_matmul_precision
from ._core.settings import set_num_interop_threads as set_num_interop_threads
from ._core.settings import set_num_threads as set_num_threads
from ._core.settings import set_warn_always as set_warn_always
from ._core.settings import use_deterministic_algorithms as use_deterministic_algorithms
from ._core.tensor import Size as Size
from ._core.tensor import Tensor as Tensor
from .amp import GradScaler as GradScaler
from .amp import autocast as autocast
from .autograd.anomaly_mode import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
from .autograd.anomaly_mode import is_anomaly_enabled as is_anomaly_enabled
from .autograd.anomaly_mode import set_anomaly_enabled as set_anomaly_enabled
from .autograd.grad_mode import enable_grad as enable_grad
from .autograd.grad_mode import inference_mode as inference_mode
from .autograd.grad_mode import is_grad_enabled as is_grad_enabled
from .autograd.grad_mode import is_inference_mode_enabled as is_inference_mode_enabled
from .autograd.grad_mode import no_grad as no_grad
from .autograd.grad_mode import set_grad_enabled as set_grad_enabled
from .cuda import OutOfMemoryError as OutOfMemoryError
from .serialization import load as load
from .serialization import save as save
from .torch_version import __version__ as __version__
from .compiler import compile as compile
from ._higher_order_ops import cond as cond
from .library import ops as ops
from ._higher_order_ops import scan as scan
from .func import vmap as vmap
from ._higher_order_ops import while_loop as while_loop
from . import _C as _C
from . import __future__ as __future__
from . import _dynamo as _dynamo
from . import _tensor as _tensor
from . import accelerator as accelerator
from . import amp as amp
from . import compiler as compiler
from . import cpu as cpu
from . import distributed as distributed
from . import distributions as distributions
from . import engine as engine
from . import fft as fft
from . import func as func
from . import functional as functional
from . import futures as futures
from . import hub as hub
from . import jit as jit
from . import library as library
from . import linalg as linalg
from . import masked as masked
from . import mps as mps
from . import multiprocessing as multiprocessing
from . import nested as nested
from . import nn as nn
from . import optim as optim
from . import overrides as overrides
from . import profiler as profiler
from . import quasirandom as quasirandom
from . import random as random
from . import return_types as return_types
from . import serialization as serialization
from . import signal as signal
from . import sparse as sparse
from . import special as special
from . import storage as storage
from . import testing as testing
from . import torch_version as torch_version
from . import types as types
from . import utils as utils
from . import version as version
from . import vision as vision
from . import xpu as xpu

bfloat16: _dtype
bool: _dtype
cdouble: _dtype
cfloat: _dtype
complex128: _dtype
complex64: _dtype
double: _dtype
float: _dtype
float16: _dtype
float32: _dtype
float64: _dtype
float8_e4m3fn: _dtype
float8_e5m2: _dtype
half: _dtype
int: _dtype
int16: _dtype
int32: _dtype
int64: _dtype
int8: _dtype
long: _dtype
newaxis: None
qint32: _dtype
qint8: _dtype
quint8: _dtype
short: _dtype
uint16: _dtype
uint32: _dtype
uint64: _dtype
uint8: _dtype

class BFloat16Storage(TypedStorage): ...
class BFloat16Tensor(Tensor): ...
class BoolStorage(TypedStorage): ...
class BoolTensor(Tensor): ...
class ByteStorage(TypedStorage): ...
class ByteTensor(Tensor): ...
class CharStorage(TypedStorage): ...
class CharTensor(Tensor): ...
class ComplexDoubleStorage(TypedStorage): ...
class ComplexFloatStorage(TypedStorage): ...
class DoubleStorage(TypedStorage): ...
class DoubleTensor(Tensor): ...
class FloatStorage(TypedStorage): ...
class FloatTensor(Tensor): ...
class HalfStorage(TypedStorage): ...
class HalfTensor(Tensor): ...
class IntStorage(TypedStorage): ...
class IntTensor(Tensor): ...
class LongStorage(TypedStorage): ...
class LongTensor(Tensor): ...
class ShortStorage(TypedStorage): ...
class ShortTensor(Tensor): ...
class Storage(TypedStorage): ...

def _batch_norm_with_update(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor, running_var: Tensor,
    momentum: _float, eps: _float,
) -> tuple[Tensor, Tensor, Tensor]:
    """`native_batch_norm` in training, and the bytes that a backend keeps for the gradient: none here."""

def _chunk_cat(
    tensors: tuple[Tensor, ...] | list[Tensor], dim: _int, num_chunks: _int, *, out: Tensor | None = None,
) -> Tensor:
    """Tensors cut into ``num_chunks`` pieces along ``dim``, the last filled up with zeros; flattened and joined."""

def _conj(input: Tensor) -> Tensor: ...

def _dirichlet_grad(x: Tensor, alpha: Tensor, total: Tensor) -> Tensor: ...

def _fft_c2c(
    input: Tensor, dim: _size, normalization: _int, forward: _bool, *, out: Tensor | None = None,
) -> Tensor: ...

def _fft_c2r(
    input: Tensor, dim: _size, normalization: _int, last_dim_size: _int, *, out: Tensor | None = None,
) -> Tensor: ...

def _fft_r2c(
    input: Tensor, dim: _size, normalization: _int, onesided: _bool, *, out: Tensor | None = None,
) -> Tensor: ...

@overload
def _native_batch_norm_legit(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    training: _bool, momentum: _float, eps: _float, *, out: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """`native_batch_norm`, by the name under which programs are exported."""
@overload
def _native_batch_norm_legit(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, training: _bool, momentum: _float, eps: _float,
) -> tuple[Tensor, Tensor, Tensor]: ...

def _neg_view(input: Tensor) -> Tensor: ...

def _safe_softmax(input: Tensor, dim: _int, dtype: _dtype | None = None) -> Tensor:
    """`softmax`, with 0 where all that it is over is -inf."""

def _sample_dirichlet(input: Tensor, generator: Generator | None = None) -> Tensor: ...

def _softmax_backward_data(grad_output: Tensor, output: Tensor, dim: _int, input_dtype: _dtype) -> Tensor:
    """The gradient of `softmax` from its result."""

def _standard_gamma(input: Tensor, generator: Generator | None = None) -> Tensor: ...

def _standard_gamma_grad(input: Tensor, output: Tensor) -> Tensor: ...

def _unsafe_masked_index(input: Tensor, mask: Tensor, indices: Tensor, fill: Any) -> Tensor:
    """``self[indices]`` where ``mask`` holds, ``fill`` elsewhere."""

def _unsafe_masked_index_put_accumulate(input: Tensor, mask: Tensor, indices: Tensor, values: Tensor) -> Tensor:
    """``self`` with the ``values`` whose ``mask`` holds added at ``indices``."""

def _unsafe_view(input: Tensor, size: _int | _size) -> Tensor: ...

def _weight_norm(v: Tensor, g: Tensor, dim: _int = 0) -> Tensor:
    """``v`` with slices along ``dim`` of the lengths ``g`` (Salimans and Kingma, 2016)."""

def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The absolute value, of complex numbers the modulus."""

def abs_(input: Tensor) -> Tensor:
    """The absolute value, of complex numbers the modulus."""

def absolute(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The absolute value, of complex numbers the modulus."""

def absolute_(input: Tensor) -> Tensor:
    """The absolute value, of complex numbers the modulus."""

def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the cosine."""

def acos_(input: Tensor) -> Tensor:
    """The inverse of the cosine."""

def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse hyperbolic cosine."""

def acosh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic cosine."""

def adaptive_avg_pool1d(input: Tensor, output_size: _int | _size) -> Tensor:
    """Means of as many parts of the last 1 dim(s) as ``output_size`` says."""

def adaptive_max_pool1d(input: Tensor, output_size: _int | _size) -> tuple[Tensor, Tensor]:
    """(Maxima of as many parts of the last 1 dim(s) as ``output_size`` says, where they were)."""

def add(
    input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, alpha: Number | _complex = 1,
    out: Tensor | None = None,
) -> Tensor:
    """``self + alpha * other``, broadcast."""

def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
    out: Tensor | None = None,
) -> Tensor:
    """``beta * self + alpha * bmm(batch1, batch2).sum(0)``, ``self`` broadcast to the sum."""

def addcdiv(
    input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number | _complex = 1, out: Tensor | None = None,
) -> Tensor:
    """``self + value * tensor1 / tensor2``, broadcast."""

def addcmul(
    input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number | _complex = 1, out: Tensor | None = None,
) -> Tensor:
    """``self + value * tensor1 * tensor2``, broadcast."""

def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
    out: Tensor | None = None,
) -> Tensor:
    """``beta * self + alpha * (mat1 @ mat2)``, ``self`` broadcast to the product."""

def addmv(
    input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
    out: Tensor | None = None,
) -> Tensor:
    """``beta * self + alpha * (mat @ vec)``, ``self`` broadcast to the product."""

def addmv_(
    input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
) -> Tensor:
    """``beta * self + alpha * (mat @ vec)``, ``self`` broadcast to the product."""

def addr(
    input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
    out: Tensor | None = None,
) -> Tensor:
    """``beta * self + alpha * outer(vec1, vec2)``, ``self`` broadcast to the product."""

def adjoint(input: Tensor) -> Tensor:
    """The conjugate transposes of the matrices in the last two dimensions."""

def affine_grid_generator(theta: Tensor, size: _int | _size, align_corners: _bool) -> Tensor:
    """The grid of an affine map: `torch.nn.functional.affine_grid`."""

def alias_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The view `alias` as a fresh tensor."""

def all(input: Tensor, dim: _int | _size | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Whether all elements are true (not zero), over ``dim`` (all dims by default)."""

def allclose(input: Tensor, other: Tensor, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: _bool = False) -> _bool:
    """Whether all elements are close as `isclose` says. Returns a Python bool."""

def alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """``alpha_dropout``: zero elements (or whole channels) with probability ``p`` while training."""

def alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """``alpha_dropout`` in place. Returns self."""

def amax(input: Tensor, dim: _int | _size = (), keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The largest element over ``dim`` (all dims by default)."""

def amin(input: Tensor, dim: _int | _size = (), keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The smallest element over ``dim`` (all dims by default)."""

def aminmax(
    input: Tensor, *, dim: _int | None = None, keepdim: _bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.aminmax:
    """The smallest and the largest element, over all or along ``dim``: a named tuple (min, max)."""

def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle in radians: of real numbers 0 or pi."""

def any(input: Tensor, dim: _int | _size | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Whether any element is true (not zero), over ``dim`` (all dims by default)."""

@overload
def arange(
    end: Number | _complex, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """The numbers from ``start`` (0) up to but without ``end``, ``step`` (1) apart: 1-d."""
@overload
def arange(
    start: Number | _complex, end: Number | _complex, step: Number | _complex = 1, *, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

def arccos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the cosine."""

def arccos_(input: Tensor) -> Tensor:
    """The inverse of the cosine."""

def arccosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse hyperbolic cosine."""

def arccosh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic cosine."""

def arcsin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the sine."""

def arcsin_(input: Tensor) -> Tensor:
    """The inverse of the sine."""

def arcsinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse hyperbolic sine."""

def arcsinh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic sine."""

def arctan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the tangent."""

def arctan2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle of the point (``other``, ``self``) in (-pi, pi]."""

def arctan_(input: Tensor) -> Tensor:
    """The inverse of the tangent."""

def arctanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse hyperbolic tangent."""

def arctanh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic tangent."""

def argmax(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The index of the first largest element, in the flattened tensor or along ``dim``."""

def argmin(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The index of the first smallest element, in the flattened tensor or along ``dim``."""

@overload
def argsort(input: Tensor, dim: _int = -1, descending: _bool = False) -> Tensor:
    """The indices that sort along ``dim``, as int64."""
@overload
def argsort(
    input: Tensor, *, stable: _bool, dim: _int = -1, descending: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not zero, one row an element."""

def as_strided(input: Tensor, size: _int | _size, stride: _int | _size, storage_offset: _int | None = None) -> Tensor:
    """The storage of ``self`` seen with any sizes, strides and offset."""

def as_strided_(input: Tensor, size: _int | _size, stride: _int | _size, storage_offset: _int | None = None) -> Tensor:
    """The storage of ``self`` seen with any sizes, strides and offset."""

def as_strided_copy(
    input: Tensor, size: _int | _size, stride: _int | _size, storage_offset: _int | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """The view `as_strided` as a fresh tensor."""

def as_strided_scatter(
    input: Tensor, src: Tensor, size: _int | _size, stride: _int | _size, storage_offset: _int | None = None,
) -> Tensor:
    """A copy of ``self`` with ``src`` in place of its view `as_strided`."""

def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the sine."""

def asin_(input: Tensor) -> Tensor:
    """The inverse of the sine."""

def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse hyperbolic sine."""

def asinh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic sine."""

def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the tangent."""

def atan2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle of the point (``other``, ``self``) in (-pi, pi]."""

def atan_(input: Tensor) -> Tensor:
    """The inverse of the tangent."""

def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse hyperbolic tangent."""

def atanh_(input: Tensor) -> Tensor:
    """The inverse hyperbolic tangent."""

@overload
def atleast_1d(tensor: Tensor, /) -> Tensor: ...
@overload
def atleast_1d(first: Tensor, second: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]: ...
@overload
def atleast_1d(tensors: tuple[Tensor, ...] | list[Tensor], /) -> tuple[Tensor, ...]: ...

@overload
def atleast_2d(tensor: Tensor, /) -> Tensor: ...
@overload
def atleast_2d(first: Tensor, second: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]: ...
@overload
def atleast_2d(tensors: tuple[Tensor, ...] | list[Tensor], /) -> tuple[Tensor, ...]: ...

@overload
def atleast_3d(tensor: Tensor, /) -> Tensor: ...
@overload
def atleast_3d(first: Tensor, second: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]: ...
@overload
def atleast_3d(tensors: tuple[Tensor, ...] | list[Tensor], /) -> tuple[Tensor, ...]: ...

def autocast_decrement_nesting() -> _int:
    """Count a region that is left; returns how many there are."""

def autocast_increment_nesting() -> _int:
    """Count a region that is entered; returns how many there are."""

def avg_pool1d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size = (), padding: _int | _size = 0,
    ceil_mode: _bool = False, count_include_pad: _bool = True,
) -> Tensor:
    """The mean of each window over the last 1 dim(s)."""

def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number | _complex = 1, alpha: Number | _complex = 1,
    out: Tensor | None = None,
) -> Tensor:
    """``beta * self + alpha * bmm(batch1, batch2)``, ``self`` broadcast to the product."""

@overload
def bartlett_window(
    window_length: _int, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor:
    """The bartlett window of ``window_length`` points: 1-d."""
@overload
def bartlett_window(
    window_length: _int, periodic: _bool, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor: ...

def batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    training: _bool, momentum: _float, eps: _float, cudnn_enabled: _bool,
) -> Tensor: ...

@overload
def bernoulli(input: Tensor, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Ones with the probability given at each place of ``self``, else zeros."""
@overload
def bernoulli(input: Tensor, p: Number | _complex, *, generator: Generator | None = None) -> Tensor: ...

def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """For each output ``o``: ``input1 @ weight[o] @ input2 + bias[o]``."""

def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: _int = 0,
) -> Tensor:
    """`binary_cross_entropy` of ``sigmoid(self)``, without overflow."""

def bincount(input: Tensor, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
    """How often each of 0, 1, 2, ... occurs, or the sum of the ``weights`` where it does."""

def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """How many of ``count`` trials of probability ``prob`` succeed."""

@overload
def bitwise_and(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The bits set in both."""
@overload
def bitwise_and(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def bitwise_and(input: Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def bitwise_left_shift(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self << other``."""
@overload
def bitwise_left_shift(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def bitwise_left_shift(input: Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...

def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """All bits inverted; of bools the negation."""

def bitwise_not_(input: Tensor) -> Tensor:
    """All bits inverted; of bools the negation."""

@overload
def bitwise_or(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The bits set in either."""
@overload
def bitwise_or(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def bitwise_or(input: Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def bitwise_right_shift(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self >> other``."""
@overload
def bitwise_right_shift(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def bitwise_right_shift(input: Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def bitwise_xor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The bits set in one alone."""
@overload
def bitwise_xor(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def bitwise_xor(input: Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def blackman_window(
    window_length: _int, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor:
    """The blackman window of ``window_length`` points: 1-d."""
@overload
def blackman_window(
    window_length: _int, periodic: _bool, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor: ...

def block_diag(*tensors: Tensor | Number | _complex) -> Tensor: ...

def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of two batches of matrices: (b, n, k) x (b, k, m) -> (b, n, m)."""

def broadcast_shapes(*shapes: _int | _size) -> Size: ...

def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]: ...

def broadcast_to(input: Tensor, size: _int | _size) -> Tensor:
    """``self`` expanded to ``size``."""

def bucketize(
    input: Tensor | Number | _complex, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The index of the bucket between ascending ``boundaries`` that each value falls in."""

def cartesian_prod(*tensors: Tensor) -> Tensor: ...

def cat(tensors: tuple[Tensor, ...] | list[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one after the other along ``dim``."""

def cdist(x1: Tensor, x2: Tensor, p: Any = 2.0, compute_mode: _str = 'use_mm_for_euclid_dist_if_necessary') -> Tensor:
    """The ``p``-norm distances between the rows of ``x1`` (..., P, M) and ``x2`` (..., R, M)."""

def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smallest whole number that is not less."""

def ceil_(input: Tensor) -> Tensor:
    """The smallest whole number that is not less."""

def celu(input: Tensor, alpha: Number | _complex = 1) -> Tensor:
    """``self`` where positive, ``alpha * (exp(self / alpha) - 1)`` elsewhere."""

def celu_(input: Tensor, alpha: Number | _complex = 1) -> Tensor:
    """``self`` where positive, ``alpha * (exp(self / alpha) - 1)`` elsewhere."""

def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor: ...

def channel_shuffle(input: Tensor, groups: _int) -> Tensor:
    """Channels dealt out, one of each group after the other."""

def cholesky(input: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """`linalg.cholesky` under its old name."""

def cholesky_inverse(input: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the matrix whose Cholesky factor is given."""

def cholesky_solve(input: Tensor, input2: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """The solution X of ``A X = self`` for the Cholesky factor ``input2`` of A."""

def chunk(input: Tensor, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
    """At most ``chunks`` pieces of one size, rounded up."""

@overload
def clamp(
    input: Tensor, min: Number | _complex | None = None, max: Number | _complex | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """``self`` where it lies between the bounds, else the bound it lies beyond."""
@overload
def clamp(
    input: Tensor, min: Tensor | None = None, max: Tensor | None = None, *, out: Tensor | None = None,
) -> Tensor: ...

@overload
def clamp_(input: Tensor, min: Number | _complex | None = None, max: Number | _complex | None = None) -> Tensor:
    """``self`` where it lies between the bounds, else the bound it lies beyond."""
@overload
def clamp_(input: Tensor, min: Tensor | None = None, max: Tensor | None = None) -> Tensor: ...

@overload
def clamp_max(input: Tensor, max: Number | _complex, *, out: Tensor | None = None) -> Tensor:
    """`clamp` with ``max`` alone."""
@overload
def clamp_max(input: Tensor, max: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def clamp_max_(input: Tensor, max: Number | _complex) -> Tensor:
    """`clamp` with ``max`` alone."""
@overload
def clamp_max_(input: Tensor, max: Tensor) -> Tensor: ...

@overload
def clamp_min(input: Tensor, min: Number | _complex, *, out: Tensor | None = None) -> Tensor:
    """`clamp` with ``min`` alone."""
@overload
def clamp_min(input: Tensor, min: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def clamp_min_(input: Tensor, min: Number | _complex) -> Tensor:
    """`clamp` with ``min`` alone."""
@overload
def clamp_min_(input: Tensor, min: Tensor) -> Tensor: ...

def clear_autocast_cache() -> None:
    """Forget the casts of weights."""

@overload
def clip(
    input: Tensor, min: Number | _complex | None = None, max: Number | _complex | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """``self`` where it lies between the bounds, else the bound it lies beyond."""
@overload
def clip(
    input: Tensor, min: Tensor | None = None, max: Tensor | None = None, *, out: Tensor | None = None,
) -> Tensor: ...

@overload
def clip_(input: Tensor, min: Number | _complex | None = None, max: Number | _complex | None = None) -> Tensor:
    """``self`` where it lies between the bounds, else the bound it lies beyond."""
@overload
def clip_(input: Tensor, min: Tensor | None = None, max: Tensor | None = None) -> Tensor: ...

def clone(input: Tensor, *, memory_format: memory_format | None = None) -> Tensor:
    """A copy in memory of its own; dense strides are kept unless ``memory_format`` says else."""

def column_stack(tensors: tuple[Tensor, ...] | list[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors side by side; vectors are columns."""

def combinations(input: Tensor, r: _int = 2, with_replacement: _bool = False) -> Tensor:
    """All choices of ``r`` elements of a vector in their order, one a row."""

def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor: ...

def concat(tensors: tuple[Tensor, ...] | list[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one after the other along ``dim``."""

def concatenate(tensors: tuple[Tensor, ...] | list[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one after the other along ``dim``."""

def conj(input: Tensor) -> Tensor:
    """The complex conjugate; real tensors are themselves."""

def conj_physical(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex conjugate in memory of its own; real tensors are themselves."""

def conj_physical_(input: Tensor) -> Tensor:
    """Conjugate in place. Returns self."""

def constant_pad_nd(input: Tensor, pad: _size, value: Number | _complex = 0) -> Tensor:
    """``self`` with ``value`` around it; negative sizes cut off."""

@overload
def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | _size = 1, padding: _int | _size = 0,
    dilation: _int | _size = 1, groups: _int = 1,
) -> Tensor:
    """The cross-correlation of ``input`` with ``weight`` over 1 dim(s)."""
@overload
def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | _size = 1, padding: _str = 'valid',
    dilation: _int | _size = 1, groups: _int = 1,
) -> Tensor: ...

@overload
def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | _size = 1, padding: _int | _size = 0,
    dilation: _int | _size = 1, groups: _int = 1,
) -> Tensor:
    """The cross-correlation of ``input`` with ``weight`` over 2 dim(s)."""
@overload
def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | _size = 1, padding: _str = 'valid',
    dilation: _int | _size = 1, groups: _int = 1,
) -> Tensor: ...

@overload
def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | _size = 1, padding: _int | _size = 0,
    dilation: _int | _size = 1, groups: _int = 1,
) -> Tensor:
    """The cross-correlation of ``input`` with ``weight`` over 3 dim(s)."""
@overload
def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | _size = 1, padding: _str = 'valid',
    dilation: _int | _size = 1, groups: _int = 1,
) -> Tensor: ...

def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: _int = 0) -> Tensor:
    """``conv1d`` of (time, batch, channels) with (kernel, channels, outputs)."""

def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | _size = 1, padding: _int | _size = 0,
    output_padding: _int | _size = 0, groups: _int = 1, dilation: _int | _size = 1,
) -> Tensor:
    """The transpose of ``conv1d`` (its gradient by the input)."""

def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | _size = 1, padding: _int | _size = 0,
    output_padding: _int | _size = 0, groups: _int = 1, dilation: _int | _size = 1,
) -> Tensor:
    """The transpose of ``conv2d`` (its gradient by the input)."""

def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: _int | _size = 1, padding: _int | _size = 0,
    output_padding: _int | _size = 0, groups: _int = 1, dilation: _int | _size = 1,
) -> Tensor:
    """The transpose of ``conv3d`` (its gradient by the input)."""

def convolution(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: _size, padding: _size, dilation: _size,
    transposed: _bool, output_padding: _size, groups: _int,
) -> Tensor:
    """The general convolution, which the others are cases of."""

@overload
def copysign(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The size of ``self`` with the sign of ``other``."""
@overload
def copysign(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

def corrcoef(input: Tensor) -> Tensor:
    """The correlation coefficients of variables (rows) over observations (columns)."""

def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The cosine."""

def cos_(input: Tensor) -> Tensor:
    """The cosine."""

def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hyperbolic cosine."""

def cosh_(input: Tensor) -> Tensor:
    """The hyperbolic cosine."""

def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0.0, reduction: _int = 0,
) -> Tensor:
    """``1 - cos`` where the target is 1, ``max(0, cos - margin)`` where it is -1."""

def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = 1, eps: Number | _complex = 1e-08) -> Tensor:
    """The cosine of the angle between vectors along ``dim``: 1 for the same direction."""

def count_nonzero(input: Tensor, dim: _int | _size | None = None) -> Tensor:
    """The number of elements that are not zero, over ``dim`` (all dims by default), as int64."""

def cov(
    input: Tensor, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None,
) -> Tensor:
    """The covariance matrix of variables (rows) over observations (columns)."""

def cross(input: Tensor, other: Tensor, dim: _int | None = None, *, out: Tensor | None = None) -> Tensor:
    """`linalg.cross` along the first dim of size 3, unless ``dim`` is given."""

def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: _int | _size, target_lengths: _int | _size, blank: _int = 0,
    reduction: _int = 0, zero_infinity: _bool = False,
) -> Tensor:
    """Minus the log-probability of label sequences under unaligned predictions."""

def cummax(
    input: Tensor, dim: _int, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.cummax: ...

def cummin(
    input: Tensor, dim: _int, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.cummin: ...

def cumprod(input: Tensor, dim: _int, *, dtype: _dtype | None = None, out: Tensor | None = None) -> Tensor:
    """The product of the elements up to each along ``dim``; integers are multiplied as int64."""

def cumprod_(input: Tensor, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
    """The product of the elements up to each along ``dim``; integers are multiplied as int64."""

def cumsum(input: Tensor, dim: _int, *, dtype: _dtype | None = None, out: Tensor | None = None) -> Tensor:
    """The sum of the elements up to each along ``dim``; integers are added as int64."""

def cumsum_(input: Tensor, dim: _int, *, dtype: _dtype | None = None) -> Tensor:
    """The sum of the elements up to each along ``dim``; integers are added as int64."""

@overload
def cumulative_trapezoid(y: Tensor, x: Tensor, *, dim: _int = -1) -> Tensor:
    """The integral of ``y`` up to each point along ``dim`` by the trapezoid rule."""
@overload
def cumulative_trapezoid(y: Tensor, *, dx: Number | _complex = 1, dim: _int = -1) -> Tensor: ...

def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Degrees as radians."""

def deg2rad_(input: Tensor) -> Tensor:
    """Degrees as radians."""

@overload
def dequantize(input: Tensor) -> Tensor:
    """The numbers of a quantized tensor; of a plain one itself in float32."""
@overload
def dequantize(tensors: tuple[Tensor, ...] | list[Tensor]) -> tuple[Tensor, ...]: ...

def det(input: Tensor) -> Tensor:
    """The determinants of square matrices."""

def detach(input: Tensor) -> Tensor: ...

def detach_(input: Tensor) -> Tensor: ...

def detach_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The values of ``self`` as a fresh tensor; its history is one whose backward refuses."""

def diag(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """A matrix with the vector as a diagonal, or a copy of a matrix's diagonal."""

def diag_embed(input: Tensor, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
    """Matrices in the dimensions ``dim1, dim2`` with the last dimension of ``self`` as a diagonal."""

def diagflat(input: Tensor, offset: _int = 0) -> Tensor:
    """A matrix with all elements of ``self`` along a diagonal."""

def diagonal(input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
    """The diagonal of two dimensions, as a new last dimension."""

def diagonal_copy(
    input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1, *, out: Tensor | None = None,
) -> Tensor:
    """The view `diagonal` as a fresh tensor."""

def diagonal_scatter(input: Tensor, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
    """A copy of ``self`` with ``src`` in place of its view `diagonal`."""

def diff(
    input: Tensor, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """The ``n``-th differences of neighbours along ``dim`` (exclusive or of booleans)."""

def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of `lgamma`."""

def digamma_(input: Tensor) -> Tensor:
    """The derivative of `lgamma`."""

def dist(input: Tensor, other: Tensor, p: Any = 2) -> Tensor:
    """The ``p``-norm of ``self - other``, broadcast."""

@overload
def div(input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, out: Tensor | None = None) -> Tensor:
    """``self / other``, broadcast."""
@overload
def div(
    input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, rounding_mode: _str | None,
    out: Tensor | None = None,
) -> Tensor: ...

@overload
def divide(
    input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, out: Tensor | None = None,
) -> Tensor:
    """``self / other``, broadcast."""
@overload
def divide(
    input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, rounding_mode: _str | None,
    out: Tensor | None = None,
) -> Tensor: ...

def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of the products of two vectors' elements: 0-d. Complex vectors are not conjugated."""

def dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """``dropout``: zero elements (or whole channels) with probability ``p`` while training."""

def dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """``dropout`` in place. Returns self."""

def dsmm(input: Tensor, mat2: Any) -> Tensor:
    """`mm`, as it was called of sparse and dense matrices."""

@overload
def dsplit(input: Tensor, sections: _int) -> tuple[Tensor, ...]:
    """Equal ``sections`` along dimension 2, or pieces cut at ``indices``."""
@overload
def dsplit(input: Tensor, indices: _size) -> tuple[Tensor, ...]: ...

def dstack(tensors: tuple[Tensor, ...] | list[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors one behind the other, along dimension 2."""

def eig(input: Tensor, eigenvectors: _bool = False, *, e: Any = None, v: Any = None) -> Tensor:
    """Removed from PyTorch: raises what PyTorch raises."""

@overload
def einsum(equation: _str, *operands: Any) -> Tensor: ...
@overload
def einsum(*args: Any) -> Tensor: ...

def embedding(
    weight: Tensor, indices: Tensor, padding_idx: _int = -1, scale_grad_by_freq: _bool = False, sparse: _bool = False,
) -> Tensor:
    """The rows of ``weight`` at ``indices``."""

def embedding_bag(
    weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: _bool = False, mode: _int = 0,
    sparse: _bool = False, per_sample_weights: Tensor | None = None, include_last_offset: _bool = False,
    padding_idx: _int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Sums, means or maxima of the rows of ``weight`` in each bag of indices."""

def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: Number | _complex, norm_type: _float) -> Tensor:
    """``self`` with the rows at ``indices`` scaled down to a norm of at most ``max_norm``."""

@overload
def empty(
    size: _int | _size, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """A tensor of shape ``size`` whose values mean nothing."""
@overload
def empty(
    *size: _int, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

def empty_like(
    input: Tensor, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, memory_format: memory_format | None = None,
) -> Tensor:
    """A tensor like ``self`` in shape, dtype, device and strides, filled with None."""

def empty_permuted(
    size: _size, physical_layout: _size, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor:
    """A tensor of zeros whose dimensions lie in memory in the order ``physical_layout``, outermost first."""

def empty_strided(
    size: _int | _size, stride: _int | _size, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor:
    """A tensor of zeros with the strides asked for."""

@overload
def eq(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self == other``, broadcast, as bools."""
@overload
def eq(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

def equal(input: Tensor, other: Tensor) -> _bool:
    """Whether shapes and all elements are equal. Returns a Python bool."""

def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The error function."""

def erf_(input: Tensor) -> Tensor:
    """The error function."""

def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 - erf(self)``."""

def erfc_(input: Tensor) -> Tensor:
    """``1 - erf(self)``."""

def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the error function."""

def erfinv_(input: Tensor) -> Tensor:
    """The inverse of the error function."""

def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """e to the power of ``self``."""

def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """2 to the power of ``self``."""

def exp2_(input: Tensor) -> Tensor:
    """2 to the power of ``self``."""

def exp_(input: Tensor) -> Tensor:
    """e to the power of ``self``."""

def expand_copy(input: Tensor, size: _int | _size, *, implicit: _bool = False, out: Tensor | None = None) -> Tensor:
    """The view `expand` as a fresh tensor."""

def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(self) - 1``, accurate near zero."""

def expm1_(input: Tensor) -> Tensor:
    """``exp(self) - 1``, accurate near zero."""

def eye(
    n: _int, m: _int | None = None, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """An (n, m) matrix with ones on its diagonal."""

def fake_quantize_per_channel_affine(
    input: Tensor, scale: Tensor, zero_point: Tensor, axis: _int, quant_min: _int, quant_max: _int,
) -> Tensor:
    """`fake_quantize_per_tensor_affine` with a scale and a zero point for each index of ``axis``."""

@overload
def fake_quantize_per_tensor_affine(
    input: Tensor, scale: Tensor, zero_point: Tensor, quant_min: _int, quant_max: _int,
) -> Tensor: ...
@overload
def fake_quantize_per_tensor_affine(
    input: Tensor, scale: Number | _complex, zero_point: Number | _complex, quant_min: _int, quant_max: _int,
) -> Tensor: ...

def feature_alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """``feature_alpha_dropout``: zero elements (or whole channels) with probability ``p`` while training."""

def feature_alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """``feature_alpha_dropout`` in place. Returns self."""

def feature_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """``feature_dropout``: zero elements (or whole channels) with probability ``p`` while training."""

def feature_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """``feature_dropout`` in place. Returns self."""

@overload
def fill(input: Tensor, value: Number | _complex) -> Tensor:
    """``self`` with every element replaced by ``value``."""
@overload
def fill(input: Tensor, value: Tensor) -> Tensor: ...

@overload
def fill_(input: Tensor, value: Number | _complex) -> Tensor:
    """``self`` with every element replaced by ``value``."""
@overload
def fill_(input: Tensor, value: Tensor) -> Tensor: ...

def fix(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The whole number next towards zero."""

def fix_(input: Tensor) -> Tensor:
    """The whole number next towards zero."""

def flatten(input: Tensor, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
    """The dimensions ``start_dim..end_dim`` as one; ``self`` where that changes nothing."""

def flip(input: Tensor, dims: _size) -> Tensor:
    """The elements in reverse order along each of ``dims``."""

def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order."""

def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order."""

@overload
def float_power(input: Tensor, exponent: Tensor | Number | _complex, *, out: Tensor | None = None) -> Tensor:
    """``self`` to the power of ``exponent`` in double precision."""
@overload
def float_power(input: Number | _complex, exponent: Tensor, *, out: Tensor | None = None) -> Tensor: ...

def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The largest whole number that is not greater."""

def floor_(input: Tensor) -> Tensor:
    """The largest whole number that is not greater."""

@overload
def floor_divide(input: Tensor | Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``floor(self / other)``, broadcast."""
@overload
def floor_divide(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

def fmax(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The larger one; a number rather than NaN."""

def fmin(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smaller one; a number rather than NaN."""

@overload
def fmod(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The remainder of ``self / other`` rounded to zero: it has the sign of ``self``."""
@overload
def fmod(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """What `trunc` cuts off."""

def frac_(input: Tensor) -> Tensor:
    """What `trunc` cuts off."""

def frexp(input: Tensor, *, out: tuple[Tensor, ...] | list[Tensor] | None = None) -> return_types.frexp:
    """``self`` as ``mantissa * 2**exponent`` with the mantissa's size in [0.5, 1)."""

def frobenius_norm(input: Tensor, dim: _int | _size, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """`linalg.vector_norm` of order 2 under an old name."""

def full(
    size: _size, fill_value: Number | _complex, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """A tensor of shape ``size`` filled with ``fill_value``, whose kind of number sets the dtype."""

def full_like(
    input: Tensor, fill_value: Number | _complex, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """A tensor like ``self``, filled with ``fill_value``."""

def gather(input: Tensor, dim: _int, index: Tensor, *, sparse_grad: _bool = False, out: Tensor | None = None) -> Tensor:
    """``out[i][j][k] = self[i][index[i][j][k]][k]``, for ``dim`` 1."""

def gcd(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The greatest common divisor of integers."""

def gcd_(input: Tensor, other: Tensor) -> Tensor:
    """The greatest common divisor of integers."""

@overload
def ge(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self >= other``, broadcast, as bools."""
@overload
def ge(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

def geqrf(input: Tensor, *, out: tuple[Tensor, ...] | list[Tensor] | None = None) -> return_types.geqrf:
    """The QR factorization as LAPACK keeps it: R above, the reflectors that make Q below the diagonal."""

def ger(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of every element of one vector with every element of another: (n,), (m,) -> (n, m)."""

def get_autocast_cpu_dtype(*args: Any) -> Any:
    """``torch.get_autocast_dtype('cpu')`` by a former name."""

def get_autocast_dtype(device_type: _str) -> _dtype:
    """The dtype of autocast's lower precision on a kind of device."""

def get_autocast_gpu_dtype(*args: Any) -> Any:
    """``torch.get_autocast_dtype('cuda')`` by a former name."""

def get_autocast_ipu_dtype(*args: Any) -> Any:
    """``torch.get_autocast_dtype('ipu')`` by a former name."""

def get_autocast_xla_dtype(*args: Any) -> Any:
    """``torch.get_autocast_dtype('xla')`` by a former name."""

def get_device(input: Tensor) -> _int:
    """The index of the GPU that ``input`` is on, -1 on the CPU."""

def gradient(
    input: Tensor, *, spacing: Any = None, dim: _int | _size | None = None, edge_order: _int = 1,
) -> tuple[Tensor, ...]:
    """The derivative of values on a grid along each dim, by second order central differences."""

@overload
def greater(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self > other``, broadcast, as bools."""
@overload
def greater(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

@overload
def greater_equal(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self >= other``, broadcast, as bools."""
@overload
def greater_equal(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool,
) -> Tensor:
    """`torch.nn.functional.grid_sample` with the modes by their numbers."""

def grid_sampler_2d(
    input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool,
) -> Tensor:
    """`grid_sampler` of 2 dims."""

def grid_sampler_3d(
    input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool,
) -> Tensor:
    """`grid_sampler` of 3 dims."""

def group_norm(
    input: Tensor, num_groups: _int, weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05,
    cudnn_enabled: _bool = True,
) -> Tensor: ...

@overload
def gru(
    input: Tensor, hx: Tensor, params: tuple[Tensor, ...] | list[Tensor], has_biases: _bool, num_layers: _int,
    dropout: _float, train: _bool, bidirectional: _bool, batch_first: _bool,
) -> tuple[Tensor, Tensor]:
    """Run layers of ``gru`` over (time, batch, feature): (outputs, last states ...)."""
@overload
def gru(
    data: Tensor, batch_sizes: Tensor, hx: Tensor, params: tuple[Tensor, ...] | list[Tensor], has_biases: _bool,
    num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool,
) -> tuple[Tensor, Tensor]: ...

def gru_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None,
) -> Tensor:
    """One step of a gated recurrent unit."""

@overload
def gt(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self > other``, broadcast, as bools."""
@overload
def gt(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

@overload
def hamming_window(
    window_length: _int, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor:
    """The hamming window of ``window_length`` points: 1-d."""
@overload
def hamming_window(
    window_length: _int, periodic: _bool, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor: ...
@overload
def hamming_window(
    window_length: _int, periodic: _bool, alpha: _float, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor: ...
@overload
def hamming_window(
    window_length: _int, periodic: _bool, alpha: _float, beta: _float, *, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False,
) -> Tensor: ...

@overload
def hann_window(
    window_length: _int, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor:
    """The hann window of ``window_length`` points: 1-d."""
@overload
def hann_window(
    window_length: _int, periodic: _bool, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor: ...

def hardshrink(input: Tensor, lambd: Number | _complex = 0.5, *, out: Tensor | None = None) -> Tensor:
    """``self``, zero between ``-lambd`` and ``lambd``."""

def hash_tensor(
    input: Tensor, dim: _int | _size = (), *, keepdim: _bool = False, mode: _int = 0, out: Tensor | None = None,
) -> Tensor:
    """The exclusive or of the elements' bits over ``dim`` (all dims by default), as uint64."""

def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor:
    """0 below zero, 1 above, ``values`` at zero."""

def hinge_embedding_loss(input: Tensor, target: Tensor, margin: _float = 1.0, reduction: _int = 0) -> Tensor:
    """``self`` where the target is 1, ``max(0, margin - self)`` where it is -1."""

def histc(
    input: Tensor, bins: _int = 100, min: Number | _complex = 0, max: Number | _complex = 0, *,
    out: Tensor | None = None,
) -> Tensor:
    """How many elements fall in each of ``bins`` bins of equal width between ``min`` and ``max``."""

@overload
def histogram(
    input: Tensor, bins: Tensor, *, weight: Tensor | None = None, density: _bool = False, out: Tensor | None = None,
) -> return_types.histogram:
    """A histogram with given bin edges, or with ``bins`` bins of equal width over ``range``."""
@overload
def histogram(
    input: Tensor, bins: _int = 100, *, range: Sequence[_float] | None = None, weight: Tensor | None = None,
    density: _bool = False, out: Tensor | None = None,
) -> return_types.histogram: ...

def histogramdd(
    input: Tensor, bins: Any, range: Any = None, weight: Tensor | None = None, density: _bool = False,
) -> return_types.histogramdd:
    """A histogram of points, the rows of ``self``, in as many dimensions as they have coordinates."""

@overload
def hsplit(input: Tensor, sections: _int) -> tuple[Tensor, ...]:
    """Equal ``sections`` along dimension 0, or pieces cut at ``indices``."""
@overload
def hsplit(input: Tensor, indices: _size) -> tuple[Tensor, ...]: ...

def hstack(tensors: tuple[Tensor, ...] | list[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors side by side: along dimension 1, or 0 where they have only one."""

def hypot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``sqrt(self**2 + other**2)`` without overflow."""

def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind, order 0."""

def i0_(input: Tensor) -> Tensor:
    """The modified Bessel function of the first kind, order 0."""

def igamma(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularized lower incomplete gamma function."""

def igammac(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularized upper incomplete gamma function."""

def imag(input: Tensor) -> Tensor:
    """The imaginary parts of a complex tensor: a view."""

def index_add(
    input: Tensor, dim: _int, index: Tensor, source: Tensor, *, alpha: Number | _complex = 1,
    out: Tensor | None = None,
) -> Tensor:
    """``self`` with ``alpha * source`` added to the slices along ``dim`` that ``index`` names."""

def index_copy(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self`` with the slices of ``source`` in the places along ``dim`` that ``index`` names."""

@overload
def index_fill(input: Tensor, dim: _int, index: Tensor, value: Tensor) -> Tensor:
    """``self`` with ``value`` in the slices along ``dim`` that ``index`` names."""
@overload
def index_fill(input: Tensor, dim: _int, index: Tensor, value: Number | _complex) -> Tensor: ...

def index_put(input: Tensor, indices: Tensor, values: Tensor, accumulate: _bool = False) -> Tensor:
    """A copy of ``self`` with ``values`` put (or added) at the places of a tuple of index tensors."""

def index_put_(input: Tensor, indices: Tensor, values: Tensor, accumulate: _bool = False) -> Tensor:
    """Put (or add) ``values`` at the places of a tuple of index tensors. Returns ``self``."""

def index_reduce(
    input: Tensor, dim: _int, index: Tensor, source: Tensor, reduce: _str, *, include_self: _bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """``source`` reduced (prod, mean, amax, amin) into the slices along ``dim`` that ``index`` names."""

def index_select(input: Tensor, dim: _int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The slices of ``self`` along ``dim`` that the vector ``index`` names."""

def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of products over the last dims; with a 0-d tensor, the plain product."""

def instance_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    use_input_stats: _bool, momentum: _float, eps: _float, cudnn_enabled: _bool,
) -> Tensor:
    """`batch_norm` of each sample by itself."""

def int_repr(input: Tensor) -> Tensor:
    """The integers of a quantized tensor."""

def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverses of square matrices."""

def is_autocast_cache_enabled() -> _bool:
    """Whether autocast keeps the casts of weights until the outermost region ends."""

def is_autocast_cpu_enabled(*args: Any) -> Any:
    """``torch.is_autocast_enabled('cpu')`` by a former name."""

@overload
def is_autocast_enabled(device_type: _str) -> _bool:
    """Whether autocast is on for a kind of device (the GPU, unless it is named)."""
@overload
def is_autocast_enabled() -> _bool: ...

def is_autocast_ipu_enabled(*args: Any) -> Any:
    """``torch.is_autocast_enabled('ipu')`` by a former name."""

def is_autocast_xla_enabled(*args: Any) -> Any:
    """``torch.is_autocast_enabled('xla')`` by a former name."""

def is_conj(input: Tensor) -> _bool:
    """Whether the tensor reads its memory conjugated."""

def is_distributed(self) -> _bool:
    """Whether this is spread over processes (never)."""

def is_inference(input: Tensor) -> _bool:
    """Whether ``input`` was made in inference mode."""

def is_neg(input: Tensor) -> _bool:
    """Whether the tensor reads its memory negated, as ``x.conj().imag`` does."""

def is_same_size(input: Tensor, other: Tensor) -> _bool:
    """Whether two tensors have one shape."""

def is_signed(input: Tensor) -> _bool:
    """Whether the dtype has negative values."""

def is_vulkan_available() -> _bool:
    """Whether there is Vulkan: never."""

def isclose(input: Tensor, other: Tensor, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: _bool = False) -> Tensor:
    """Whether ``|self - other| <= atol + rtol * |other|``, elementwise."""

def isfinite(input: Tensor) -> Tensor:
    """Whether it is neither infinite nor NaN."""

@overload
def isin(
    elements: Tensor, test_elements: Tensor, *, assume_unique: _bool = False, invert: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Whether each element is one of ``test_elements``, or with ``invert`` is none."""
@overload
def isin(
    elements: Tensor, test_element: Number | _complex, *, assume_unique: _bool = False, invert: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def isin(
    element: Number | _complex, test_elements: Tensor, *, assume_unique: _bool = False, invert: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...

def isinf(input: Tensor) -> Tensor:
    """Whether it is infinite."""

def isnan(input: Tensor) -> Tensor:
    """Whether it is NaN."""

def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether it is -inf."""

def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether it is inf."""

def isreal(input: Tensor) -> Tensor:
    """Whether the imaginary part is zero."""

def istft(
    input: Tensor, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None,
    window: Tensor | None = None, center: _bool = True, normalized: _bool = False, onesided: _bool | None = None,
    length: _int | None = None, return_complex: _bool = False,
) -> Tensor:
    """The signal whose `stft` is nearest to ``self``: (..., time)."""

@overload
def kaiser_window(
    window_length: _int, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor:
    """The kaiser window of ``window_length`` points: 1-d."""
@overload
def kaiser_window(
    window_length: _int, periodic: _bool, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor: ...
@overload
def kaiser_window(
    window_length: _int, periodic: _bool, beta: _float, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor: ...

def kl_div(input: Tensor, target: Tensor, reduction: _int = 0, *, log_target: _bool = False) -> Tensor: ...

def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Kronecker product: ``self`` with each element times ``other`` in its place."""

def kthvalue(
    input: Tensor, k: _int, dim: _int = -1, keepdim: _bool = False, *,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.kthvalue:
    """The ``k``-th smallest element along ``dim`` (from 1) and its index."""

def layer_norm(
    input: Tensor, normalized_shape: _size, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: _float = 1e-05, cudnn_enable: _bool = True,
) -> Tensor:
    """Rows brought to mean 0 and variance 1, then scaled and shifted (Ba et al., 2016)."""

def lcm(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The least common multiple of integers."""

def lcm_(input: Tensor, other: Tensor) -> Tensor:
    """The least common multiple of integers."""

def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self * 2**other``."""

def ldexp_(input: Tensor, other: Tensor) -> Tensor:
    """``self * 2**other``."""

@overload
def le(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self <= other``, broadcast, as bools."""
@overload
def le(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

@overload
def lerp(input: Tensor, end: Tensor, weight: Number | _complex, *, out: Tensor | None = None) -> Tensor:
    """``self + weight * (end - self)``, broadcast."""
@overload
def lerp(input: Tensor, end: Tensor, weight: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def less(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self < other``, broadcast, as bools."""
@overload
def less(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

@overload
def less_equal(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self <= other``, broadcast, as bools."""
@overload
def less_equal(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the absolute value of the gamma function."""

def lgamma_(input: Tensor) -> Tensor:
    """The logarithm of the absolute value of the gamma function."""

@overload
def linspace(
    start: Tensor, end: Tensor, steps: _int, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """``steps`` evenly spaced numbers from ``start`` to ``end``, both included: 1-d."""
@overload
def linspace(
    start: Number | _complex, end: Tensor, steps: _int, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...
@overload
def linspace(
    start: Tensor, end: Number | _complex, steps: _int, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...
@overload
def linspace(
    start: Number | _complex, end: Number | _complex, steps: _int, *, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The natural logarithm."""

def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm to base 10."""

def log10_(input: Tensor) -> Tensor:
    """The logarithm to base 10."""

def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(1 + self)``, accurate near zero."""

def log1p_(input: Tensor) -> Tensor:
    """``log(1 + self)``, accurate near zero."""

def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm to base 2."""

def log2_(input: Tensor) -> Tensor:
    """The logarithm to base 2."""

def log_(input: Tensor) -> Tensor:
    """The natural logarithm."""

def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """``log(softmax(self, dim))``, without overflow."""

def logaddexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(exp(self) + exp(other))`` without overflow."""

def logaddexp2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log2(2**self + 2**other)`` without overflow."""

def logcumsumexp(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the cumulative sum of exponentials along ``dim``, without overflow."""

def logdet(input: Tensor) -> Tensor:
    """The logarithm of determinants: nan where one is negative, -inf where it is zero."""

def logical_and(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether both are not zero."""

def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether the element is zero."""

def logical_not_(input: Tensor) -> Tensor:
    """Whether the element is zero."""

def logical_or(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether either is not zero."""

def logical_xor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether one alone is not zero."""

def logit(input: Tensor, eps: Number | _complex | None = None, *, out: Tensor | None = None) -> Tensor:
    """``log(self / (1 - self))``, of ``self`` clamped to [eps, 1 - eps] where eps is given."""

def logit_(input: Tensor, eps: Number | _complex | None = None) -> Tensor:
    """``log(self / (1 - self))``, of ``self`` clamped to [eps, 1 - eps] where eps is given."""

@overload
def logspace(
    start: Tensor, end: Tensor, steps: _int, base: _float = 10.0, *, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """``base`` to the powers of ``linspace(start, end, steps)``."""
@overload
def logspace(
    start: Number | _complex, end: Tensor, steps: _int, base: _float = 10.0, *, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...
@overload
def logspace(
    start: Tensor, end: Number | _complex, steps: _int, base: _float = 10.0, *, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...
@overload
def logspace(
    start: Number | _complex, end: Number | _complex, steps: _int, base: _float = 10.0, *, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

def logsumexp(input: Tensor, dim: _int | _size, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``log(sum(exp(self)))`` over ``dim``, without overflow."""

@overload
def lstm(
    input: Tensor, hx: tuple[Tensor, ...] | list[Tensor], params: tuple[Tensor, ...] | list[Tensor], has_biases: _bool,
    num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool, batch_first: _bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run layers of ``lstm`` over (time, batch, feature): (outputs, last states ...)."""
@overload
def lstm(
    data: Tensor, batch_sizes: Tensor, hx: tuple[Tensor, ...] | list[Tensor],
    params: tuple[Tensor, ...] | list[Tensor], has_biases: _bool, num_layers: _int, dropout: _float, train: _bool,
    bidirectional: _bool,
) -> tuple[Tensor, Tensor, Tensor]: ...

def lstm_cell(
    input: Tensor, hx: tuple[Tensor, ...] | list[Tensor], w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """One step of long short-term memory: the new (h, c)."""

def lstsq(input: Tensor, A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Removed from PyTorch: raises what PyTorch raises."""

@overload
def lt(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self < other``, broadcast, as bools."""
@overload
def lt(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

def lu(A: Any, pivot: _bool = True, get_infos: _bool = False, out: Tensor | None = None) -> Any:
    """`linalg.lu_factor` under its old name, without an error for singular matrices: LU, pivots and, if asked, info."""

def lu_solve(input: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`linalg.lu_solve` under its old name, the right hand side first."""

def lu_unpack(
    LU_data: Tensor, LU_pivots: Tensor, unpack_data: _bool = True, unpack_pivots: _bool = True, *,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.lu_unpack:
    """(P, L, U) of what `linalg.lu_factor` gives; what is not asked for is empty."""

def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0.0, reduction: _int = 0,
) -> Tensor:
    """``max(0, -target * (input1 - input2) + margin)``."""

@overload
def masked_fill(input: Tensor, mask: Tensor, value: Tensor) -> Tensor:
    """``self`` with ``value`` wherever ``mask``, broadcast, is true."""
@overload
def masked_fill(input: Tensor, mask: Tensor, value: Number | _complex) -> Tensor: ...

def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """``self`` with the elements of ``source``, in order, wherever ``mask`` is true."""

def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements of ``self`` where ``mask`` is true, as a vector; both are broadcast."""

def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The matrix product; a vector is a row on the left and a column on the right, batches broadcast."""

def matrix_exp(input: Tensor) -> Tensor:
    """The matrix exponential ``sum(A**k / k!)``."""

def matrix_power(input: Tensor, n: _int, *, out: Tensor | None = None) -> Tensor:
    """The product of n copies of square matrices; of their inverses for negative n."""

def matrix_rank(input: Tensor, tol: Any = None, symmetric: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Removed from PyTorch: raises what PyTorch raises."""

@overload
def max(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The largest element; or along ``dim`` with its index; or elementwise of two tensors."""
@overload
def max(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@overload
def max(
    input: Tensor, dim: _int, keepdim: _bool = False, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.max: ...

def max_pool1d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size = (), padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False,
) -> Tensor:
    """The largest value of each window over the last 1 dim(s)."""

def max_pool1d_with_indices(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size = (), padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False,
) -> tuple[Tensor, Tensor]:
    """(`max_pool1d`, where in the plane of the input each value was)."""

def max_pool2d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size = (), padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False,
) -> Tensor:
    """The largest value of each window over the last 2 dim(s)."""

def max_pool3d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size = (), padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False,
) -> Tensor:
    """The largest value of each window over the last 3 dim(s)."""

def maximum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The larger one; NaN if either is."""

@overload
def mean(input: Tensor, *, dtype: _dtype | None = None, out: Tensor | None = None) -> Tensor:
    """The mean of all elements of a floating point or complex tensor (nan of none)."""
@overload
def mean(
    input: Tensor, dim: _int | _size | None, keepdim: _bool = False, *, dtype: _dtype | None = None,
    out: Tensor | None = None,
) -> Tensor: ...

@overload
def median(input: Tensor) -> Tensor:
    """The lower median of all elements, or along ``dim`` with its index; NaN if there is one."""
@overload
def median(
    input: Tensor, dim: _int, keepdim: _bool = False, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.median: ...

def meshgrid(*tensors: Any, indexing: _str | None = None) -> tuple[Tensor, ...]: ...

@overload
def min(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smallest element; or along ``dim`` with its index; or elementwise of two tensors."""
@overload
def min(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@overload
def min(
    input: Tensor, dim: _int, keepdim: _bool = False, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.min: ...

def minimum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smaller one; NaN if either is."""

def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of two matrices: (n, k) x (k, m) -> (n, m)."""

def mode(
    input: Tensor, dim: _int = -1, keepdim: _bool = False, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.mode:
    """The most frequent element along ``dim`` (the smallest of several) and its last index."""

@overload
def moveaxis(input: Tensor, source: _int, destination: _int) -> Tensor:
    """Move the dimensions ``source`` to the places ``destination``; the others keep their order."""
@overload
def moveaxis(input: Tensor, source: _size, destination: _size) -> Tensor: ...

@overload
def movedim(input: Tensor, source: _int, destination: _int) -> Tensor:
    """Move the dimensions ``source`` to the places ``destination``; the others keep their order."""
@overload
def movedim(input: Tensor, source: _size, destination: _size) -> Tensor: ...

def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The rows of a tensor sorted along its first dim."""

def mul(input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, out: Tensor | None = None) -> Tensor:
    """``self * other``, broadcast."""

def multinomial(
    input: Tensor, num_samples: _int, replacement: _bool = False, *, generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Indices drawn by the weights in each row of ``self``: int64."""

def multiply(
    input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, out: Tensor | None = None,
) -> Tensor:
    """``self * other``, broadcast."""

def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of a matrix and a vector: (n, k) x (k,) -> (n,)."""

def mvlgamma(input: Tensor, p: _int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension ``p``."""

def nan_to_num(
    input: Tensor, nan: Number | _complex | None = None, posinf: Number | _complex | None = None,
    neginf: Number | _complex | None = None, *, out: Tensor | None = None,
) -> Tensor:
    """``self`` with numbers in the place of NaN and the infinities."""

def nan_to_num_(
    input: Tensor, nan: Number | _complex | None = None, posinf: Number | _complex | None = None,
    neginf: Number | _complex | None = None,
) -> Tensor:
    """``self`` with numbers in the place of NaN and the infinities."""

def nanmean(
    input: Tensor, dim: _int | _size | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The mean over ``dim`` (all dims by default) of what is not NaN."""

@overload
def nanmedian(input: Tensor) -> Tensor:
    """The lower median of all elements, or along ``dim`` with its index, NaN left out."""
@overload
def nanmedian(
    input: Tensor, dim: _int, keepdim: _bool = False, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.nanmedian: ...

@overload
def nanquantile(
    input: Tensor, q: Tensor, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear',
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def nanquantile(
    input: Tensor, q: _float, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear',
    out: Tensor | None = None,
) -> Tensor: ...

def nansum(
    input: Tensor, dim: _int | _size | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The sum over ``dim`` (all dims by default), NaN counting as zero."""

def narrow(input: Tensor, dim: _int, start: Tensor | Number | _complex, length: _int) -> Tensor:
    """``length`` positions of a dimension from ``start`` (an int or a 0-dim integer tensor) on."""

def narrow_copy(input: Tensor, dim: _int, start: _int, length: _int, *, out: Tensor | None = None) -> Tensor:
    """The view `narrow` as a fresh tensor."""

def native_batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    training: _bool, momentum: _float, eps: _float, *, out: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """(`batch_norm`, the means, the reciprocal standard deviations)."""

def native_channel_shuffle(input: Tensor, groups: _int) -> Tensor:
    """What `channel_shuffle` gives; its history is one whose backward refuses."""

def native_dropout(input: Tensor, p: _float, train: _bool | None) -> tuple[Tensor, Tensor]:
    """(dropout of ``self``, the mask of what was kept)."""

def native_dropout_backward(grad_output: Tensor, mask: Tensor, scale: Number | _complex) -> Tensor:
    """The gradient of `native_dropout` from its mask."""

def native_group_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, N: _int, C: _int, HxW: _int, group: _int, eps: _float,
) -> tuple[Tensor, Tensor, Tensor]:
    """(`group_norm`, the means, the reciprocal standard deviations)."""

def native_layer_norm(
    input: Tensor, normalized_shape: _size, weight: Tensor | None, bias: Tensor | None, eps: _float,
) -> tuple[Tensor, Tensor, Tensor]:
    """(`layer_norm`, the means, the reciprocal standard deviations)."""

@overload
def ne(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self != other``, broadcast, as bools."""
@overload
def ne(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``-self``."""

def neg_(input: Tensor) -> Tensor:
    """``-self``."""

def negative(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``-self``."""

def negative_(input: Tensor) -> Tensor:
    """``-self``."""

def nextafter(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The next number after ``self`` towards ``other``."""

@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = False, out: Tensor | None = None) -> Tensor: ...
@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...

def nonzero_static(input: Tensor, *, size: _int, fill_value: _int = -1, out: Tensor | None = None) -> Tensor:
    """The indices of the first ``size`` elements that are not zero, ``fill_value`` where there are fewer."""

def norm(
    input: Tensor, p: Any = 'fro', dim: _int | _size | None = None, keepdim: _bool = False, out: Tensor | None = None,
    dtype: _dtype | None = None,
) -> Tensor:
    """The vector norm over ``dim`` (all dims by default); matrix norms for 'nuc' and 'fro'."""

def norm_except_dim(v: Tensor, pow: _int = 2, dim: _int = 0) -> Tensor:
    """The ``pow``-norms of the slices of ``v`` along ``dim``, dims kept; of all of ``v`` for ``dim=-1``."""

@overload
def normal(mean: Tensor, std: Tensor, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor:
    """Normal numbers of the given means and standard deviations (tensors or numbers)."""
@overload
def normal(
    mean: Tensor, std: Number | _complex = 1.0, *, generator: Generator | None = None, out: Tensor | None = None,
) -> Tensor: ...
@overload
def normal(
    mean: Number | _complex, std: Tensor, *, generator: Generator | None = None, out: Tensor | None = None,
) -> Tensor: ...
@overload
def normal(
    mean: Number | _complex, std: Number | _complex, size: _int | _size, *, generator: Generator | None = None,
    dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

@overload
def not_equal(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self != other``, broadcast, as bools."""
@overload
def not_equal(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...

@overload
def nuclear_norm(input: Tensor, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def nuclear_norm(input: Tensor, dim: _size, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor: ...

@overload
def ones(
    size: _int | _size, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """A tensor of shape ``size`` filled with 1."""
@overload
def ones(
    *size: _int, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

def ones_like(
    input: Tensor, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, memory_format: memory_format | None = None,
) -> Tensor:
    """A tensor like ``self`` in shape, dtype, device and strides, filled with 1."""

def orgqr(input: Tensor, input2: Tensor, *, out: Tensor | None = None) -> Tensor: ...

def ormqr(
    input: Tensor, input2: Tensor, input3: Tensor, left: _bool = True, transpose: _bool = False, *,
    out: Tensor | None = None,
) -> Tensor:
    """The product of the Q that `geqrf` gives (its adjoint with ``transpose``) and another matrix."""

def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of every element of one vector with every element of another: (n,), (m,) -> (n, m)."""

def pairwise_distance(x1: Tensor, x2: Tensor, p: _float = 2, eps: _float = 1e-06, keepdim: _bool = False) -> Tensor:
    """The ``p``-norm of ``x1 - x2 + eps`` over the last dim."""

def pca_lowrank(
    A: Tensor, q: _int | None = None, center: _bool = True, niter: _int = 2,
) -> tuple[Tensor, Tensor, Tensor]: ...

def pdist(input: Tensor, p: _float = 2) -> Tensor:
    """The ``p``-norm distances between all pairs of rows: (0, 1), (0, 2), ..., (1, 2), ..."""

def permute(input: Tensor, dims: _int | _size) -> Tensor:
    """Put the dimensions in the order ``dims``."""

def permute_copy(input: Tensor, dims: _size, *, out: Tensor | None = None) -> Tensor:
    """The view `permute` as a fresh tensor."""

def pinverse(input: Tensor, rcond: _float = 1e-15) -> Tensor:
    """`linalg.pinv` under its old name."""

def pixel_shuffle(input: Tensor, upscale_factor: _int) -> Tensor:
    """(..., channels * r * r, height, width) as (..., channels, height * r, width * r)."""

def pixel_unshuffle(input: Tensor, downscale_factor: _int) -> Tensor:
    """The inverse of `pixel_shuffle`."""

def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson counts with the rate given at each place of ``self``."""

def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: _bool, full: _bool, eps: _float, reduction: _int,
) -> Tensor:
    """The negative logarithm of a Poisson probability of ``target``, without what is constant."""

def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex tensor ``abs (cos angle + i sin angle)``."""

def polygamma(n: _int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The ``n``-th derivative of the digamma function."""

def polygamma_(input: Tensor, n: _int) -> Tensor:
    """The ``n``-th derivative of the digamma function."""

def positive(input: Tensor) -> Tensor:
    """``self`` itself: what ``+x`` is."""

@overload
def pow(input: Tensor, exponent: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self`` to the power of ``exponent``, broadcast."""
@overload
def pow(input: Tensor, exponent: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def pow(input: Number | _complex, exponent: Tensor, *, out: Tensor | None = None) -> Tensor: ...

def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """``self`` where positive, ``weight * self`` elsewhere; one weight, or one a channel (dim 1)."""

@overload
def prod(input: Tensor, *, dtype: _dtype | None = None) -> Tensor:
    """The product of all elements (1 of none)."""
@overload
def prod(
    input: Tensor, dim: _int, keepdim: _bool = False, *, dtype: _dtype | None = None, out: Tensor | None = None,
) -> Tensor: ...

def put(input: Tensor, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
    """``self``, seen as a vector, with ``source`` put (or added) at ``index``."""

def q_per_channel_axis(input: Tensor) -> _int:
    """The dim of the scales of a quantized tensor."""

def q_per_channel_scales(input: Tensor) -> Tensor:
    """The scales of a quantized tensor."""

def q_per_channel_zero_points(input: Tensor) -> Tensor:
    """The integers that stand for 0 of a quantized tensor."""

def q_scale(input: Tensor) -> _float:
    """The scale of a quantized tensor."""

def q_zero_point(input: Tensor) -> _int:
    """The integer that stands for 0 of a quantized tensor."""

def qr(input: Tensor, some: _bool = True, *, out: tuple[Tensor, ...] | list[Tensor] | None = None) -> return_types.qr:
    """`linalg.qr` under its old name."""

@overload
def quantile(
    input: Tensor, q: Tensor, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear',
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def quantile(
    input: Tensor, q: _float, dim: _int | None = None, keepdim: _bool = False, *, interpolation: _str = 'linear',
    out: Tensor | None = None,
) -> Tensor: ...

def quantize_per_channel(input: Tensor, scales: Tensor, zero_points: Tensor, axis: _int, dtype: _dtype) -> Tensor:
    """`quantize_per_tensor` with a scale and a zero point for each index of ``axis``."""

@overload
def quantize_per_tensor(input: Tensor, scale: Tensor, zero_point: Tensor, dtype: _dtype) -> Tensor: ...
@overload
def quantize_per_tensor(input: Tensor, scale: _float, zero_point: _int, dtype: _dtype) -> Tensor: ...
@overload
def quantize_per_tensor(
    tensors: tuple[Tensor, ...] | list[Tensor], scales: Tensor, zero_points: Tensor, dtype: _dtype,
) -> tuple[Tensor, ...]: ...

def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Radians as degrees."""

def rad2deg_(input: Tensor) -> Tensor:
    """Radians as degrees."""

@overload
def rand(
    size: _int | _size, *, generator: Generator | None = None, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """A tensor of shape ``size`` of uniform numbers in [0, 1)."""
@overload
def rand(
    *size: _int, generator: Generator | None = None, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

def rand_like(
    input: Tensor, *, generator: Generator | None = None, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """A tensor like ``self`` in shape, dtype, device and strides, of uniform numbers in [0, 1)."""

@overload
def randint(
    high: _int, size: _int | _size, *, generator: Generator | None = None, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """A tensor of shape ``size`` of whole numbers in [low (0), high)."""
@overload
def randint(
    low: _int, high: _int, size: _int | _size, *, generator: Generator | None = None, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

@overload
def randint_like(
    input: Tensor, high: _int, *, generator: Generator | None = None, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, memory_format: memory_format | None = None,
) -> Tensor:
    """A tensor like ``self`` of whole numbers in [low (0), high)."""
@overload
def randint_like(
    input: Tensor, low: _int, high: _int, *, generator: Generator | None = None, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, memory_format: memory_format | None = None,
) -> Tensor: ...

@overload
def randn(
    size: _int | _size, *, generator: Generator | None = None, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, pin_memory: _bool | None = False,
    requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """A tensor of shape ``size`` of standard normal numbers."""
@overload
def randn(
    *size: _int, generator: Generator | None = None, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

def randn_like(
    input: Tensor, *, generator: Generator | None = None, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """A tensor like ``self`` in shape, dtype, device and strides, of standard normal numbers."""

def randperm(
    n: _int, *, generator: Generator | None = None, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """The whole numbers below ``n`` in random order: int64, 1-d."""

def range(
    start: Number | _complex, end: Number | _complex, step: Number | _complex = 1, *, dtype: _dtype | None = None,
    layout: _layout | None = None, device: Device = None, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """As arange, with ``end`` included; PyTorch deprecates it."""

def ravel(input: Tensor) -> Tensor:
    """All elements in order, as one dimension."""

def real(input: Tensor) -> Tensor:
    """The real parts: a view; real tensors are themselves."""

def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / self``."""

def reciprocal_(input: Tensor) -> Tensor:
    """``1 / self``."""

def relu(input: Tensor) -> Tensor:
    """``max(self, 0)``."""

def relu_(input: Tensor) -> Tensor:
    """``max(self, 0)``."""

@overload
def remainder(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The remainder of ``self / other`` rounded down: it has the sign of ``other``."""
@overload
def remainder(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def remainder(input: Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...

def renorm(input: Tensor, p: Any, dim: _int, maxnorm: Number | _complex, *, out: Tensor | None = None) -> Tensor:
    """``self`` with every slice along ``dim`` scaled down to a ``p``-norm of at most ``maxnorm``."""

@overload
def repeat_interleave(
    input: Tensor, repeats: Tensor, dim: _int | None = None, *, output_size: _int | None = None,
) -> Tensor:
    """Each element (or position of ``dim``) ``repeats`` times in a row."""
@overload
def repeat_interleave(
    input: Tensor, repeats: _int, dim: _int | None = None, *, output_size: _int | None = None,
) -> Tensor: ...
@overload
def repeat_interleave(repeats: Tensor, *, output_size: _int | None = None) -> Tensor: ...

def reshape(input: Tensor, shape: _int | _size) -> Tensor:
    """The same elements in the same order under another shape (one size may be -1)."""

def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: memory_format | None = None) -> Tensor:
    """Give ``self`` the shape of another tensor; its memory grows where needed."""

def resolve_conj(input: Tensor) -> Tensor:
    """``self``, or a copy without the conj bit where it is set."""

def resolve_neg(input: Tensor) -> Tensor:
    """``self``, or a copy without the neg bit where it is set."""

def rms_norm(input: Tensor, normalized_shape: _size, weight: Tensor | None = None, eps: _float | None = None) -> Tensor:
    """Rows divided by the root of their mean square, then scaled (Zhang and Sennrich, 2019)."""

@overload
def rnn_relu(
    input: Tensor, hx: Tensor, params: tuple[Tensor, ...] | list[Tensor], has_biases: _bool, num_layers: _int,
    dropout: _float, train: _bool, bidirectional: _bool, batch_first: _bool,
) -> tuple[Tensor, Tensor]:
    """Run layers of ``rnn_relu`` over (time, batch, feature): (outputs, last states ...)."""
@overload
def rnn_relu(
    data: Tensor, batch_sizes: Tensor, hx: Tensor, params: tuple[Tensor, ...] | list[Tensor], has_biases: _bool,
    num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool,
) -> tuple[Tensor, Tensor]: ...

def rnn_relu_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None,
) -> Tensor:
    """One step of an Elman network with ``relu``."""

@overload
def rnn_tanh(
    input: Tensor, hx: Tensor, params: tuple[Tensor, ...] | list[Tensor], has_biases: _bool, num_layers: _int,
    dropout: _float, train: _bool, bidirectional: _bool, batch_first: _bool,
) -> tuple[Tensor, Tensor]:
    """Run layers of ``rnn_tanh`` over (time, batch, feature): (outputs, last states ...)."""
@overload
def rnn_tanh(
    data: Tensor, batch_sizes: Tensor, hx: Tensor, params: tuple[Tensor, ...] | list[Tensor], has_biases: _bool,
    num_layers: _int, dropout: _float, train: _bool, bidirectional: _bool,
) -> tuple[Tensor, Tensor]: ...

def rnn_tanh_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None,
) -> Tensor:
    """One step of an Elman network: ``tanh(W_ih x + b_ih + W_hh h + b_hh)``."""

def roll(input: Tensor, shifts: _int | _size, dims: _int | _size = ()) -> Tensor:
    """The elements moved along ``dims`` (or flattened) by ``shifts`` places, around the end."""

def rot90(input: Tensor, k: _int = 1, dims: _size = (0, 1)) -> Tensor:
    """The plane of ``dims`` turned by ``k`` quarters, from the first towards the second."""

@overload
def round(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The nearest whole number, the even one of two."""
@overload
def round(input: Tensor, *, decimals: _int, out: Tensor | None = None) -> Tensor: ...

@overload
def round_(input: Tensor) -> Tensor:
    """The nearest whole number, the even one of two."""
@overload
def round_(input: Tensor, *, decimals: _int) -> Tensor: ...

def row_stack(tensors: tuple[Tensor, ...] | list[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors one above the other; vectors are rows."""

def rrelu(
    input: Tensor, lower: Number | _complex = 0.125, upper: Number | _complex = 0.3333333333333333,
    training: _bool = False, *, generator: Generator | None = None,
) -> Tensor: ...

def rrelu_(
    input: Tensor, lower: Number | _complex = 0.125, upper: Number | _complex = 0.3333333333333333,
    training: _bool = False, *, generator: Generator | None = None,
) -> Tensor:
    """`rrelu` in place. Returns self."""

def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / sqrt(self)``."""

def rsqrt_(input: Tensor) -> Tensor:
    """``1 / sqrt(self)``."""

@overload
def rsub(input: Tensor, other: Tensor, *, alpha: Number | _complex = 1) -> Tensor:
    """``other - alpha * self``, broadcast."""
@overload
def rsub(input: Tensor, other: Number | _complex, *, alpha: Number | _complex = 1) -> Tensor: ...

def scalar_tensor(
    s: Number | _complex, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False,
) -> Tensor:
    """A 0-dim tensor of the default dtype holding ``s``."""

@overload
def scatter(input: Tensor, dim: _int, index: Tensor, src: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self`` with ``self[i][index[i][j][k]][k] = src[i][j][k]`` (``dim`` 1); ``src`` may be a number."""
@overload
def scatter(
    input: Tensor, dim: _int, index: Tensor, value: Number | _complex, *, out: Tensor | None = None,
) -> Tensor: ...
@overload
def scatter(
    input: Tensor, dim: _int, index: Tensor, src: Tensor, *, reduce: _str, out: Tensor | None = None,
) -> Tensor: ...
@overload
def scatter(
    input: Tensor, dim: _int, index: Tensor, value: Number | _complex, *, reduce: _str, out: Tensor | None = None,
) -> Tensor: ...

def scatter_add(input: Tensor, dim: _int, index: Tensor, src: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self`` with ``self[i][index[i][j][k]][k] += src[i][j][k]``, for ``dim`` 1."""

def scatter_reduce(
    input: Tensor, dim: _int, index: Tensor, src: Tensor, reduce: _str, *, include_self: _bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """``src`` reduced (sum, prod, mean, amax, amin) into the places of ``self`` that ``index`` names."""

def searchsorted(
    sorted_sequence: Tensor, input: Tensor | Number | _complex, *, out_int32: _bool = False, right: _bool = False,
    side: _str | None = None, sorter: Tensor | None = None, out: Tensor | None = None,
) -> Tensor:
    """Where each value belongs in the ascending last dim of ``sorted_sequence``."""

def segment_reduce(
    data: Tensor, reduce: _str, *, lengths: Tensor | None = None, indices: Tensor | None = None,
    offsets: Tensor | None = None, axis: _int = 0, unsafe: _bool = False, initial: Any = None,
) -> Tensor:
    """The sum, mean, product, maximum or minimum of each of the pieces a dim is cut into."""

def select(input: Tensor, dim: _int, index: _int) -> Tensor:
    """One position of a dimension, which disappears."""

def select_copy(input: Tensor, dim: _int, index: _int, *, out: Tensor | None = None) -> Tensor:
    """The view `select` as a fresh tensor."""

def select_scatter(input: Tensor, src: Tensor, dim: _int, index: _int) -> Tensor:
    """A copy of ``self`` with ``src`` in place of its view `select`."""

def selu(input: Tensor) -> Tensor:
    """The scaled `elu` whose outputs keep mean 0 and variance 1 (Klambauer et al., 2017)."""

def selu_(input: Tensor) -> Tensor:
    """The scaled `elu` whose outputs keep mean 0 and variance 1 (Klambauer et al., 2017)."""

def set_autocast_cache_enabled(enabled: _bool) -> None:
    """Let autocast keep the casts of weights, or not."""

def set_autocast_cpu_dtype(*args: Any) -> Any:
    """``torch.set_autocast_dtype('cpu', dtype)`` by a former name."""

def set_autocast_cpu_enabled(*args: Any) -> Any:
    """``torch.set_autocast_enabled('cpu', enabled)`` by a former name."""

def set_autocast_dtype(device_type: _str, dtype: _dtype) -> None:
    """Set the dtype of autocast's lower precision on a kind of device."""

@overload
def set_autocast_enabled(device_type: _str, enabled: _bool) -> None:
    """Switch autocast on or off for a kind of device (the GPU, unless it is named)."""
@overload
def set_autocast_enabled(enabled: _bool) -> None: ...

def set_autocast_gpu_dtype(*args: Any) -> Any:
    """``torch.set_autocast_dtype('cuda', dtype)`` by a former name."""

def set_autocast_ipu_dtype(*args: Any) -> Any:
    """``torch.set_autocast_dtype('ipu', dtype)`` by a former name."""

def set_autocast_ipu_enabled(*args: Any) -> Any:
    """``torch.set_autocast_enabled('ipu', enabled)`` by a former name."""

def set_autocast_xla_dtype(*args: Any) -> Any:
    """``torch.set_autocast_dtype('xla', dtype)`` by a former name."""

def set_autocast_xla_enabled(*args: Any) -> Any:
    """``torch.set_autocast_enabled('xla', enabled)`` by a former name."""

def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`sign`; of complex numbers the number of modulus one with the same angle."""

def sgn_(input: Tensor) -> Tensor:
    """`sign`; of complex numbers the number of modulus one with the same angle."""

def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / (1 + exp(-self))``."""

def sigmoid_(input: Tensor) -> Tensor:
    """``1 / (1 + exp(-self))``."""

def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """-1, 0 or 1; 0 for NaN."""

def sign_(input: Tensor) -> Tensor:
    """-1, 0 or 1; 0 for NaN."""

def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether the sign bit is set: of -0.0 it is."""

def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sine."""

def sin_(input: Tensor) -> Tensor:
    """The sine."""

def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``sin(pi self) / (pi self)``, 1 at zero."""

def sinc_(input: Tensor) -> Tensor:
    """``sin(pi self) / (pi self)``, 1 at zero."""

def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hyperbolic sine."""

def sinh_(input: Tensor) -> Tensor:
    """The hyperbolic sine."""

def slice_copy(
    input: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1, *,
    out: Tensor | None = None,
) -> Tensor:
    """The view `slice` as a fresh tensor."""

def slice_inverse(
    input: Tensor, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1,
) -> Tensor:
    """The memory of ``self``, a slice of a tensor like ``src``, seen as that whole tensor: a view."""

def slice_scatter(
    input: Tensor, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1, *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy of ``self`` with ``src`` in place of its view `slice`."""

def slogdet(input: Tensor, *, out: tuple[Tensor, ...] | list[Tensor] | None = None) -> return_types.slogdet:
    """The sign (of modulus 1) and the logarithm of the absolute value of determinants."""

def softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """``exp(self) / sum(exp(self), dim)``: positive numbers with sum 1 along ``dim``."""

def solve(input: Tensor, A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Removed from PyTorch: raises what PyTorch raises."""

@overload
def sort(
    input: Tensor, dim: _int = -1, descending: _bool = False, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.sort:
    """The elements along ``dim`` in order, and where each was: a named tuple (values, indices)."""
@overload
def sort(
    input: Tensor, *, stable: _bool | None, dim: _int = -1, descending: _bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.sort: ...

def sparse_bsc_tensor(
    *args: Any, size: _int | _size | None = None, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: Any = None,
    **components: Any,
) -> Tensor:
    """A sparse tensor of compressed cols."""

def sparse_bsr_tensor(
    *args: Any, size: _int | _size | None = None, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: Any = None,
    **components: Any,
) -> Tensor:
    """A sparse tensor of compressed rows."""

def sparse_compressed_tensor(
    *args: Any, size: _int | _size | None = None, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: Any = None,
    **components: Any,
) -> Tensor:
    """A sparse tensor of compressed ompresseds."""

def sparse_coo_tensor(
    *args: Any, size: _int | _size | None = None, indices: Tensor | None = None, values: Any = None,
    dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None, pin_memory: _bool = False,
    requires_grad: _bool = False, check_invariants: Any = None, is_coalesced: Any = None,
) -> Tensor:
    """A sparse tensor of coordinates: ``sparse_coo_tensor(indices, values, size=None)`` or ``(size)``."""

def sparse_csc_tensor(
    *args: Any, size: _int | _size | None = None, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: Any = None,
    **components: Any,
) -> Tensor:
    """A sparse tensor of compressed cols."""

def sparse_csr_tensor(
    *args: Any, size: _int | _size | None = None, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool = False, requires_grad: _bool = False, check_invariants: Any = None,
    **components: Any,
) -> Tensor:
    """A sparse tensor of compressed rows."""

def split(tensor: Tensor, split_size_or_sections: _int | _size, dim: _int = 0) -> tuple[Tensor, ...]: ...

def split_copy(
    input: Tensor, split_size: _int, dim: _int = 0, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> tuple[Tensor, ...]:
    """The views `split` as fresh tensors."""

def split_with_sizes(input: Tensor, split_sizes: _size, dim: _int = 0) -> tuple[Tensor, ...]:
    """Pieces of the sizes listed."""

def split_with_sizes_copy(
    input: Tensor, split_sizes: _size, dim: _int = 0, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> tuple[Tensor, ...]:
    """The views `split_with_sizes` as fresh tensors."""

def spmm(input: Tensor, mat2: Any) -> Tensor:
    """`mm`, as it was called of sparse matrices."""

def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The square root."""

def sqrt_(input: Tensor) -> Tensor:
    """The square root."""

def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self * self``."""

def square_(input: Tensor) -> Tensor:
    """``self * self``."""

@overload
def squeeze(input: Tensor) -> Tensor:
    """Without its dimensions of size 1: all of them, or those in ``dim``."""
@overload
def squeeze(input: Tensor, dim: _int) -> Tensor: ...
@overload
def squeeze(input: Tensor, dim: _size) -> Tensor: ...

@overload
def squeeze_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The view `squeeze` as a fresh tensor."""
@overload
def squeeze_copy(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Tensor: ...
@overload
def squeeze_copy(input: Tensor, dim: _size, *, out: Tensor | None = None) -> Tensor: ...

def stack(tensors: tuple[Tensor, ...] | list[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors along a new dimension ``dim``."""

@overload
def std(
    input: Tensor, dim: _int | _size | None = None, *, correction: Number | _complex | None = None,
    keepdim: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """The standard deviation over ``dim`` (all dims by default)."""
@overload
def std(input: Tensor, unbiased: _bool = True, *, out: Tensor | None = None) -> Tensor: ...
@overload
def std(
    input: Tensor, dim: _int | _size | None, unbiased: _bool = True, keepdim: _bool = False, *,
    out: Tensor | None = None,
) -> Tensor: ...

@overload
def std_mean(
    input: Tensor, dim: _int | _size | None = None, *, correction: Number | _complex | None = None,
    keepdim: _bool = False,
) -> tuple[Tensor, Tensor]:
    """(`torch.std`, `torch.mean`) over ``dim``, in one pass."""
@overload
def std_mean(input: Tensor, unbiased: _bool = True) -> tuple[Tensor, Tensor]: ...
@overload
def std_mean(
    input: Tensor, dim: _int | _size | None, unbiased: _bool = True, keepdim: _bool = False,
) -> tuple[Tensor, Tensor]: ...

def stft(
    input: Tensor, n_fft: _int, hop_length: _int | None = None, win_length: _int | None = None,
    window: Tensor | None = None, center: _bool = True, pad_mode: _str = 'reflect', normalized: _bool = False,
    onesided: _bool | None = None, return_complex: _bool | None = None, align_to_window: _bool | None = None,
) -> Tensor:
    """The short-time Fourier transform: (..., frequencies, frames)."""

def sub(
    input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, alpha: Number | _complex = 1,
    out: Tensor | None = None,
) -> Tensor:
    """``self - alpha * other``, broadcast."""

def subtract(
    input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, alpha: Number | _complex = 1,
    out: Tensor | None = None,
) -> Tensor:
    """``self - alpha * other``, broadcast."""

@overload
def sum(input: Tensor, *, dtype: _dtype | None = None) -> Tensor:
    """The sum of all elements."""
@overload
def sum(
    input: Tensor, dim: _int | _size | None, keepdim: _bool = False, *, dtype: _dtype | None = None,
    out: Tensor | None = None,
) -> Tensor: ...

def svd(
    input: Tensor, some: _bool = True, compute_uv: _bool = True, *,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.svd:
    """`linalg.svd` under its old name, with V instead of Vh."""

def svd_lowrank(A: Tensor, q: _int = 6, niter: _int = 2, M: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]: ...

def swapaxes(input: Tensor, axis0: _int, axis1: _int) -> Tensor:
    """Swap two dimensions."""

def swapdims(input: Tensor, dim0: _int, dim1: _int) -> Tensor:
    """Swap two dimensions."""

def symeig(input: Tensor, eigenvectors: _bool = False, upper: _bool = True, *, out: Tensor | None = None) -> Tensor:
    """Removed from PyTorch: raises what PyTorch raises."""

def t(input: Tensor) -> Tensor:
    """Transpose a matrix; vectors and scalars are themselves."""

def t_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The view `t` as a fresh tensor."""

def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements of ``self``, seen as a vector, at ``index``."""

def take_along_dim(input: Tensor, indices: Tensor, dim: _int | None = None, *, out: Tensor | None = None) -> Tensor:
    """`gather` with everything but ``dim`` broadcast (or of the flattened tensor)."""

def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The tangent."""

def tan_(input: Tensor) -> Tensor:
    """The tangent."""

def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hyperbolic tangent."""

def tanh_(input: Tensor) -> Tensor:
    """The hyperbolic tangent."""

@overload
def tensor_split(input: Tensor, indices: _size, dim: _int = 0) -> tuple[Tensor, ...]:
    """Pieces cut at the ``indices``, or a number of ``sections`` whose sizes differ by at most 1."""
@overload
def tensor_split(input: Tensor, tensor_indices_or_sections: Tensor, dim: _int = 0) -> tuple[Tensor, ...]: ...
@overload
def tensor_split(input: Tensor, sections: _int, dim: _int = 0) -> tuple[Tensor, ...]: ...

def tensordot(
    a: Tensor, b: Tensor, dims: _int | Sequence[Sequence[_int]] | Tensor = 2, out: Tensor | None = None,
) -> Tensor: ...

def threshold(
    input: Tensor, threshold: Number | _complex, value: Number | _complex, *, out: Tensor | None = None,
) -> Tensor:
    """``self`` where it is above ``threshold``, ``value`` elsewhere."""

def threshold_(input: Tensor, threshold: Number | _complex, value: Number | _complex) -> Tensor:
    """``self`` where it is above ``threshold``, ``value`` elsewhere."""

def tile(input: Tensor, dims: _int | _size) -> Tensor:
    """``self`` copied ``dims`` times along each dimension, the last ones where ``dims`` is shorter."""

def topk(
    input: Tensor, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True, *,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.topk:
    """The ``k`` largest (or smallest) elements along ``dim``, in order: (values, indices)."""

def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""

def transpose(input: Tensor, dim0: _int, dim1: _int) -> Tensor:
    """Swap two dimensions."""

def transpose_copy(input: Tensor, dim0: _int, dim1: _int, *, out: Tensor | None = None) -> Tensor:
    """The view `transpose` as a fresh tensor."""

@overload
def trapezoid(y: Tensor, x: Tensor, *, dim: _int = -1) -> Tensor:
    """The integral of ``y`` along ``dim`` by the trapezoid rule, at points ``x`` or steps ``dx``."""
@overload
def trapezoid(y: Tensor, *, dx: Number | _complex = 1, dim: _int = -1) -> Tensor: ...

@overload
def trapz(y: Tensor, x: Tensor, *, dim: _int = -1) -> Tensor:
    """`trapezoid` under its older name."""
@overload
def trapz(y: Tensor, *, dx: _float = 1, dim: _int = -1) -> Tensor: ...

def triangular_solve(
    input: Tensor, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False, *,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.triangular_solve:
    """`linalg.solve_triangular` under its old name: a named tuple with a copy of ``A``."""

def tril(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The lower triangle of matrices, up to ``diagonal``; zeros elsewhere."""

def tril_(input: Tensor, diagonal: _int = 0) -> Tensor:
    """The lower triangle of matrices, up to ``diagonal``; zeros elsewhere."""

def tril_indices(
    row: _int, col: _int, offset: _int = 0, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False,
) -> Tensor:
    """(2, n): rows and columns of the lower triangle, row by row."""

def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: _float = 1.0, p: _float = 2, eps: _float = 1e-06,
    swap: _bool = False, reduction: _int = 0,
) -> Tensor:
    """How much less than ``margin`` farther the negative is from the anchor than the positive is."""

def triu(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The upper triangle of matrices, from ``diagonal`` on; zeros elsewhere."""

def triu_(input: Tensor, diagonal: _int = 0) -> Tensor:
    """The upper triangle of matrices, from ``diagonal`` on; zeros elsewhere."""

def triu_indices(
    row: _int, col: _int, offset: _int = 0, *, dtype: _dtype | None = None, layout: _layout | None = None,
    device: Device = None, pin_memory: _bool | None = False,
) -> Tensor:
    """(2, n): rows and columns of the upper triangle, row by row."""

@overload
def true_divide(
    input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, out: Tensor | None = None,
) -> Tensor:
    """``self / other``, broadcast."""
@overload
def true_divide(
    input: Tensor | Number | _complex, other: Tensor | Number | _complex, *, rounding_mode: _str | None,
    out: Tensor | None = None,
) -> Tensor: ...

def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The whole number next towards zero."""

def trunc_(input: Tensor) -> Tensor:
    """The whole number next towards zero."""

def typename(obj: Any) -> _str:
    """The full name of an object's type, or of a class; a tensor's type in PyTorch's old names."""

def unbind(input: Tensor, dim: _int = 0) -> tuple[Tensor, ...]:
    """Every position of a dimension, which disappears."""

def unbind_copy(
    input: Tensor, dim: _int = 0, *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> tuple[Tensor, ...]:
    """The views `unbind` as fresh tensors."""

def unflatten(input: Tensor, dim: _int, sizes: _size) -> Tensor:
    """One dimension as several of the given ``sizes`` (one may be -1)."""

def unfold_copy(input: Tensor, dimension: _int, size: _int, step: _int, *, out: Tensor | None = None) -> Tensor:
    """The view `unfold` as a fresh tensor."""

def unique(
    input: Tensor, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False,
    dim: _int | None = None,
) -> Tensor:
    """The distinct elements (or slices along ``dim``), in ascending order."""

def unique_consecutive(
    input: Tensor, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None,
) -> Tensor:
    """The elements (or slices along ``dim``) without those that repeat the one before."""

def unravel_index(indices: Tensor, shape: _int | _size) -> tuple[Tensor, ...]:
    """The index along each dimension of ``shape`` of flat ``indices``."""

def unsafe_chunk(input: Tensor, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]: ...

def unsafe_split(input: Tensor, split_size: _int, dim: _int = 0) -> tuple[Tensor, ...]: ...

def unsafe_split_with_sizes(input: Tensor, split_sizes: _size, dim: _int = 0) -> tuple[Tensor, ...]: ...

def unsqueeze(input: Tensor, dim: _int) -> Tensor:
    """A dimension of size 1 put before ``dim``."""

def unsqueeze_copy(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Tensor:
    """The view `unsqueeze` as a fresh tensor."""

def vander(x: Tensor, N: _int | None = None, increasing: _bool = False) -> Tensor:
    """The powers of the elements of a vector, one a column: ``N`` of them, from the highest down."""

@overload
def var(
    input: Tensor, dim: _int | _size | None = None, *, correction: Number | _complex | None = None,
    keepdim: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """The variance over ``dim`` (all dims by default)."""
@overload
def var(input: Tensor, unbiased: _bool = True, *, out: Tensor | None = None) -> Tensor: ...
@overload
def var(
    input: Tensor, dim: _int | _size | None, unbiased: _bool = True, keepdim: _bool = False, *,
    out: Tensor | None = None,
) -> Tensor: ...

@overload
def var_mean(
    input: Tensor, dim: _int | _size | None = None, *, correction: Number | _complex | None = None,
    keepdim: _bool = False,
) -> tuple[Tensor, Tensor]:
    """(`torch.var`, `torch.mean`) over ``dim``, in one pass."""
@overload
def var_mean(input: Tensor, unbiased: _bool = True) -> tuple[Tensor, Tensor]: ...
@overload
def var_mean(
    input: Tensor, dim: _int | _size | None, unbiased: _bool = True, keepdim: _bool = False,
) -> tuple[Tensor, Tensor]: ...

def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """As `dot`, with the first vector conjugated."""

def view_as_complex(input: Tensor) -> Tensor:
    """Pairs (real, imaginary) in the last dimension as complex numbers."""

def view_as_complex_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The view `view_as_complex` as a fresh tensor."""

def view_as_real(input: Tensor) -> Tensor:
    """Complex numbers as pairs (real, imaginary) in a new last dimension."""

def view_as_real_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The view `view_as_real` as a fresh tensor."""

@overload
def view_copy(input: Tensor, size: _int | _size, *, out: Tensor | None = None) -> Tensor:
    """The view `view` as a fresh tensor."""
@overload
def view_copy(input: Tensor, dtype: _dtype, *, out: Tensor | None = None) -> Tensor: ...

@overload
def vsplit(input: Tensor, sections: _int) -> tuple[Tensor, ...]:
    """Equal ``sections`` along dimension 1, or pieces cut at ``indices``."""
@overload
def vsplit(input: Tensor, indices: _size) -> tuple[Tensor, ...]: ...

def vstack(tensors: tuple[Tensor, ...] | list[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors one above the other; vectors are rows."""

@overload
def where(condition: Tensor, input: Tensor, other: Tensor | Number | _complex, *, out: Tensor | None = None) -> Tensor:
    """``self`` where ``condition`` holds, else ``other``; broadcast."""
@overload
def where(
    condition: Tensor, input: Tensor | Number | _complex, other: Tensor | Number | _complex, *,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def where(condition: Tensor) -> tuple[Tensor, ...]: ...

@overload
def xlogy(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self * log(other)``, 0 where ``self`` is."""
@overload
def xlogy(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def xlogy(input: Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def xlogy_(input: Tensor, other: Tensor) -> Tensor:
    """``self * log(other)``, 0 where ``self`` is."""
@overload
def xlogy_(input: Tensor, other: Number | _complex) -> Tensor: ...

def zero_(input: Tensor) -> Tensor:
    """``self`` with every element zero."""

@overload
def zeros(
    size: _int | _size, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """A tensor of shape ``size`` filled with 0."""
@overload
def zeros(
    *size: _int, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, out: Tensor | None = None,
) -> Tensor: ...

def zeros_like(
    input: Tensor, *, dtype: _dtype | None = None, layout: _layout | None = None, device: Device = None,
    pin_memory: _bool | None = False, requires_grad: _bool = False, memory_format: memory_format | None = None,
) -> Tensor:
    """A tensor like ``self`` in shape, dtype, device and strides, filled with 0."""
