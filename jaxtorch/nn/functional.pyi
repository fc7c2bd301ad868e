# Generated from the op tables by `make generate`; not to be edited.
from collections.abc import Sequence
from typing import Any, Literal, overload
from .._core.generator import Generator
from .._core.tensor import Tensor
from ..types import Number, _bool, _complex, _dtype, _float, _int, _size, _str

def _canonical_mask(
    mask: Tensor, mask_name: Any, other_type: Any, other_name: Any, target_type: Any, check_other: _bool = True,
) -> Tensor | None:
    """A mask of numbers to add: a bool mask, True where nothing may be attended to, becomes -inf there."""

def _check_key_padding_mask(key_padding_mask: Any, src_len: _int, bsz: _int) -> None: ...

def _in_projection(
    q: Any, k: Any, v: Any, w_q: Any, w_k: Any, w_v: Any, b_q: Any = None, b_k: Any = None, b_v: Any = None,
) -> tuple:
    """Queries, keys and values by a matrix each; those of keys and values may have other widths."""

def _in_projection_packed(q: Any, k: Any, v: Any, w: Any, b: Any = None) -> list:
    """Queries, keys and values by one matrix that holds the three projections, one above the other."""

def _mha_shape_check(
    query: Tensor, key: Tensor, value: _float, key_padding_mask: Any, attn_mask: Any, num_heads: _int,
) -> _bool:
    """Whether the query has a batch; asserts that the others go with it."""

def _none_or_dtype(input: Tensor) -> _dtype | None:
    """The dtype of a tensor; None of None."""

def adaptive_avg_pool1d(input: Tensor, output_size: _int | _size) -> Tensor:
    """Means of as many parts of the last 1 dim(s) as ``output_size`` says."""

def adaptive_avg_pool2d(input: Tensor, output_size: _int | _size) -> Tensor:
    """Means of as many parts of the last 2 dims as ``output_size`` says."""

def adaptive_avg_pool3d(input: Tensor, output_size: _int | _size) -> Tensor:
    """Means of as many parts of the last 3 dims as ``output_size`` says."""

@overload
def adaptive_max_pool1d(input: Tensor, output_size: _int | _size, return_indices: Literal[False] = False) -> Tensor:
    """Maxima of as many parts of the last 1 dim(s) as ``output_size`` says."""
@overload
def adaptive_max_pool1d(
    input: Tensor, output_size: _int | _size, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

@overload
def adaptive_max_pool1d_with_indices(
    input: Tensor, output_size: _int | _size, return_indices: Literal[False] = False,
) -> Tensor:
    """(Maxima of as many parts of the last 1 dim(s) as ``output_size`` says, where they were)."""
@overload
def adaptive_max_pool1d_with_indices(
    input: Tensor, output_size: _int | _size, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

@overload
def adaptive_max_pool2d(input: Tensor, output_size: _int | _size, return_indices: Literal[False] = False) -> Tensor:
    """Maxima of as many parts of the last 2 dim(s) as ``output_size`` says."""
@overload
def adaptive_max_pool2d(
    input: Tensor, output_size: _int | _size, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

@overload
def adaptive_max_pool2d_with_indices(
    input: Tensor, output_size: _int | _size, return_indices: Literal[False] = False,
) -> Tensor:
    """(Maxima of as many parts of the last 2 dim(s) as ``output_size`` says, where they were)."""
@overload
def adaptive_max_pool2d_with_indices(
    input: Tensor, output_size: _int | _size, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

@overload
def adaptive_max_pool3d(input: Tensor, output_size: _int | _size, return_indices: Literal[False] = False) -> Tensor:
    """Maxima of as many parts of the last 3 dim(s) as ``output_size`` says."""
@overload
def adaptive_max_pool3d(
    input: Tensor, output_size: _int | _size, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

@overload
def adaptive_max_pool3d_with_indices(
    input: Tensor, output_size: _int | _size, return_indices: Literal[False] = False,
) -> Tensor:
    """(Maxima of as many parts of the last 3 dim(s) as ``output_size`` says, where they were)."""
@overload
def adaptive_max_pool3d_with_indices(
    input: Tensor, output_size: _int | _size, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

def affine_grid(theta: Tensor, size: _size, align_corners: _bool | None = None) -> Tensor:
    """The grid for `grid_sample` by which an image is mapped affinely."""

def alpha_dropout(input: Tensor, p: _float = 0.5, training: _bool = False, inplace: _bool = False) -> Tensor:
    """Dropout that keeps the mean and variance that `selu` gives (Klambauer et al., 2017)."""

def avg_pool1d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size = (), padding: _int | _size = 0,
    ceil_mode: _bool = False, count_include_pad: _bool = True,
) -> Tensor:
    """The mean of each window over the last 1 dim(s)."""

def avg_pool2d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size = (), padding: _int | _size = 0,
    ceil_mode: _bool = False, count_include_pad: _bool = True, divisor_override: _int | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """The mean of each window over the last 2 dim(s)."""

def avg_pool3d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size = (), padding: _int | _size = 0,
    ceil_mode: _bool = False, count_include_pad: _bool = True, divisor_override: _int | None = None, *,
    out: Tensor | None = None,
) -> Tensor:
    """The mean of each window over the last 3 dim(s)."""

def batch_norm(
    input: Tensor, running_mean: Tensor, running_var: Tensor, weight: Tensor | None = None, bias: Tensor | None = None,
    training: _bool = False, momentum: _float = 0.1, eps: _float = 1e-05,
) -> Tensor:
    """Channels (dim 1) brought to mean 0 and variance 1."""

def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """For each output ``o``: ``input1 @ weight[o] @ input2 + bias[o]``."""

def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: _bool | None = None,
    reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """``-target * log(input) - (1 - target) * log(1 - input)`` of probabilities."""

def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: _bool | None = None,
    reduce: _bool | None = None, reduction: _str = 'mean', pos_weight: Tensor | None = None,
) -> Tensor:
    """`binary_cross_entropy` of ``sigmoid(input)``, without overflow."""

def celu(input: Tensor, alpha: _float = 1.0, inplace: _bool = False) -> Tensor:
    """``input`` where positive, ``alpha * (exp(input / alpha) - 1)`` elsewhere."""

def celu_(input: Tensor, alpha: Number | _complex = 1) -> Tensor:
    """``self`` where positive, ``alpha * (exp(self / alpha) - 1)`` elsewhere."""

def channel_shuffle(input: Tensor, groups: _int) -> Tensor:
    """Channels dealt out, one of each group after the other."""

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

def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: _int = 0, size_average: _bool | None = None,
    reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """``1 - cos`` where the target is 1, ``max(0, cos - margin)`` where it is -1."""

def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = 1, eps: Number | _complex = 1e-08) -> Tensor:
    """The cosine of the angle between vectors along ``dim``: 1 for the same direction."""

def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: _bool | None = None,
    ignore_index: _int = -100, reduce: _bool | None = None, reduction: _str = 'mean', label_smoothing: _float = 0.0,
) -> Tensor:
    """`nll_loss` of ``log_softmax(input)``."""

def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Tensor | _size, target_lengths: Tensor | _size, blank: _int = 0,
    reduction: _str = 'mean', zero_infinity: _bool = False,
) -> Tensor:
    """Minus the log-probability of label sequences under unaligned predictions."""

def dropout(input: Tensor, p: _float = 0.5, training: _bool = True, inplace: _bool = False) -> Tensor:
    """While training, zeros at random with probability ``p``; the rest divided by ``1 - p``."""

def dropout1d(input: Tensor, p: _float = 0.5, training: _bool = True, inplace: _bool = False) -> Tensor:
    """Dropout of whole channels: (batch, channels, length) or (channels, length)."""

def dropout2d(input: Tensor, p: _float = 0.5, training: _bool = True, inplace: _bool = False) -> Tensor:
    """Dropout of whole channels: (batch, channels, height, width)."""

def dropout3d(input: Tensor, p: _float = 0.5, training: _bool = True, inplace: _bool = False) -> Tensor:
    """Dropout of whole channels: (batch, channels, depth, height, width), or without the batch."""

def elu(input: Tensor, alpha: _float = 1.0, inplace: _bool = False) -> Tensor:
    """``input`` where positive, ``alpha * (exp(input) - 1)`` elsewhere."""

def elu_(
    input: Tensor, alpha: Number | _complex = 1, scale: Number | _complex = 1, input_scale: Number | _complex = 1,
) -> Tensor:
    """``self`` where positive, ``alpha * (exp(self) - 1)`` elsewhere."""

def embedding(
    input: Tensor, weight: Tensor, padding_idx: _int | None = None, max_norm: _float | None = None,
    norm_type: _float = 2.0, scale_grad_by_freq: _bool = False, sparse: _bool = False,
) -> Tensor:
    """The rows of ``weight`` at the indices ``input``."""

def embedding_bag(
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: _float | None = None, norm_type: _int = 2,
    scale_grad_by_freq: _bool = False, mode: _str = 'mean', sparse: _bool = False,
    per_sample_weights: Tensor | None = None, include_last_offset: _bool = False, padding_idx: _int | None = None,
) -> Tensor:
    """Sums, means or maxima of the rows of ``weight`` in each bag of indices."""

def feature_alpha_dropout(input: Tensor, p: _float = 0.5, training: _bool = False, inplace: _bool = False) -> Tensor:
    """`alpha_dropout` of whole channels."""

def fold(
    input: Tensor, output_size: _int | _size, kernel_size: _int | _size, dilation: _int | _size = 1,
    padding: _int | _size = 0, stride: _int | _size = 1,
) -> Tensor:
    """Columns added back into images where `unfold` takes them from."""

@overload
def fractional_max_pool2d(
    input: Tensor, kernel_size: _int | _size, output_size: _int | _size | None = None,
    output_ratio: _float | Sequence[_float] | None = None, return_indices: Literal[False] = False,
    _random_samples: Any = None,
) -> Tensor:
    """The largest value of each of windows at random places over the last 2 dims (Graham, 2014)."""
@overload
def fractional_max_pool2d(
    input: Tensor, kernel_size: _int | _size, output_size: _int | _size | None = None,
    output_ratio: _float | Sequence[_float] | None = None, *, return_indices: Literal[True],
    _random_samples: Any = None,
) -> tuple[Tensor, Tensor]: ...

@overload
def fractional_max_pool2d_with_indices(
    input: Tensor, kernel_size: _int | _size, output_size: _int | _size | None = None,
    output_ratio: _float | Sequence[_float] | None = None, return_indices: Literal[False] = False,
    _random_samples: Any = None,
) -> Tensor:
    """(`fractional_max_pool2d`, where in the plane of the input each value was)."""
@overload
def fractional_max_pool2d_with_indices(
    input: Tensor, kernel_size: _int | _size, output_size: _int | _size | None = None,
    output_ratio: _float | Sequence[_float] | None = None, *, return_indices: Literal[True],
    _random_samples: Any = None,
) -> tuple[Tensor, Tensor]: ...

@overload
def fractional_max_pool3d(
    input: Tensor, kernel_size: _int | _size, output_size: _int | _size | None = None,
    output_ratio: _float | Sequence[_float] | None = None, return_indices: Literal[False] = False,
    _random_samples: Any = None,
) -> Tensor:
    """The largest value of each of windows at random places over the last 3 dims (Graham, 2014)."""
@overload
def fractional_max_pool3d(
    input: Tensor, kernel_size: _int | _size, output_size: _int | _size | None = None,
    output_ratio: _float | Sequence[_float] | None = None, *, return_indices: Literal[True],
    _random_samples: Any = None,
) -> tuple[Tensor, Tensor]: ...

@overload
def fractional_max_pool3d_with_indices(
    input: Tensor, kernel_size: _int | _size, output_size: _int | _size | None = None,
    output_ratio: _float | Sequence[_float] | None = None, return_indices: Literal[False] = False,
    _random_samples: Any = None,
) -> Tensor:
    """(`fractional_max_pool3d`, where in the plane of the input each value was)."""
@overload
def fractional_max_pool3d_with_indices(
    input: Tensor, kernel_size: _int | _size, output_size: _int | _size | None = None,
    output_ratio: _float | Sequence[_float] | None = None, *, return_indices: Literal[True],
    _random_samples: Any = None,
) -> tuple[Tensor, Tensor]: ...

def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor | _float, full: _bool = False, eps: _float = 1e-06,
    reduction: _str = 'mean',
) -> Tensor:
    """The negative logarithm of a normal density with mean ``input`` and variance ``var``."""

def gelu(input: Tensor, *, approximate: _str = 'none', out: Tensor | None = None) -> Tensor:
    """``self`` times the normal distribution function of ``self`` (Hendrycks and Gimpel, 2016)."""

def glu(input: Tensor, dim: _int = -1) -> Tensor:
    """The first half along ``dim`` times the sigmoid of the second."""

def grid_sample(
    input: Tensor, grid: Tensor, mode: _str = 'bilinear', padding_mode: _str = 'zeros',
    align_corners: _bool | None = None,
) -> Tensor:
    """``input`` at the places of ``grid``."""

def group_norm(
    input: Tensor, num_groups: _int, weight: Tensor | None = None, bias: Tensor | None = None, eps: _float = 1e-05,
) -> Tensor:
    """Each sample's groups of channels brought to mean 0 and variance 1."""

def gumbel_softmax(logits: Tensor, tau: _int = 1, hard: _bool = False, eps: _float = 1e-10, dim: _int = -1) -> Tensor:
    """A draw from the Gumbel-softmax distribution of ``logits`` (Jang et al., 2016)."""

def hardshrink(input: Tensor, lambd: Number | _complex = 0.5, *, out: Tensor | None = None) -> Tensor:
    """``self``, zero between ``-lambd`` and ``lambd``."""

def hardsigmoid(input: Tensor, inplace: _bool = False) -> Tensor:
    """The line through (-3, 0) and (3, 1), held between 0 and 1."""

def hardswish(input: Tensor, inplace: _bool = False) -> Tensor:
    """``self * hardsigmoid(self)``."""

def hardtanh(input: Tensor, min_val: _float = -1.0, max_val: _float = 1.0, inplace: _bool = False) -> Tensor:
    """``input`` held between ``min_val`` and ``max_val``."""

def hardtanh_(input: Tensor, min_val: Number | _complex = -1, max_val: Number | _complex = 1) -> Tensor:
    """``self`` held between ``min_val`` and ``max_val``."""

def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: _float = 1.0, size_average: _bool | None = None,
    reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """``input`` where the target is 1, ``max(0, margin - input)`` where it is -1."""

def huber_loss(
    input: Tensor, target: Tensor, reduction: _str = 'mean', delta: _float = 1.0, weight: Tensor | None = None,
) -> Tensor:
    """Half the squared difference, a line where it is above ``delta``."""

def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None, weight: Tensor | None = None,
    bias: Tensor | None = None, use_input_stats: _bool = True, momentum: _float = 0.1, eps: _float = 1e-05,
) -> Tensor:
    """`batch_norm` of each sample by itself."""

def interpolate(
    input: Tensor, size: _int | _size | None = None, scale_factor: _float | Sequence[_float] | None = None,
    mode: _str = 'nearest', align_corners: _bool | None = None, recompute_scale_factor: _bool | None = None,
    antialias: _bool = False,
) -> Tensor:
    """``input`` with other sizes in the dims after the second."""

def kl_div(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean', log_target: _bool = False,
) -> Tensor:
    """``target * (log(target) - input)``: ``input`` holds log-probabilities."""

def l1_loss(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean', weight: Tensor | None = None,
) -> Tensor:
    """The absolute difference of input and target: its mean, its sum, or each."""

def layer_norm(
    input: Tensor, normalized_shape: _int | _size, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: _float = 1e-05,
) -> Tensor:
    """Rows (the last dims, of ``normalized_shape``) brought to mean 0 and variance 1."""

def leaky_relu(input: Tensor, negative_slope: _float = 0.01, inplace: _bool = False) -> Tensor:
    """``input`` where positive, ``negative_slope * input`` elsewhere."""

def leaky_relu_(input: Tensor, negative_slope: Number | _complex = 0.01) -> Tensor:
    """``self`` where positive, ``negative_slope * self`` elsewhere."""

def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``."""

def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Any = None, weight: Tensor | None = None,
    reduction: _str = 'mean', ignore_index: Any = None, label_smoothing: _float = 0.0, options: Any = None,
) -> Tensor:
    """`cross_entropy` of ``linear(input, linear_weight, linear_bias)``."""

def local_response_norm(
    input: Tensor, size: _int | _size, alpha: _float = 0.0001, beta: _float = 0.75, k: _float = 1.0,
) -> Tensor:
    """``input`` divided by ``(k + alpha * mean of squares) ** beta`` over ``size`` channels around."""

def log_softmax(input: Tensor, dim: Any = None, _stacklevel: _int = 3, dtype: _dtype | None = None) -> Tensor:
    """``log(softmax(input, dim))``, without overflow."""

def logsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(sigmoid(self))``, without overflow."""

def lp_pool1d(
    input: Tensor, norm_type: Any, kernel_size: _int | _size, stride: _int | _size | None = None,
    ceil_mode: _bool = False,
) -> Tensor:
    """The ``norm_type``-norm of each window over the last 1 dim(s)."""

def lp_pool2d(
    input: Tensor, norm_type: Any, kernel_size: _int | _size, stride: _int | _size | None = None,
    ceil_mode: _bool = False,
) -> Tensor:
    """The ``norm_type``-norm of each window over the last 2 dim(s)."""

def lp_pool3d(
    input: Tensor, norm_type: Any, kernel_size: _int | _size, stride: _int | _size | None = None,
    ceil_mode: _bool = False,
) -> Tensor:
    """The ``norm_type``-norm of each window over the last 3 dim(s)."""

def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: _int = 0, size_average: _bool | None = None,
    reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """``max(0, -target * (input1 - input2) + margin)``: the first should rank higher for target 1."""

@overload
def max_pool1d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, return_indices: Literal[False] = False,
) -> Tensor:
    """The largest value of each window over the last 1 dim(s)."""
@overload
def max_pool1d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

@overload
def max_pool1d_with_indices(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, return_indices: Literal[False] = False,
) -> Tensor:
    """(`max_pool1d`, where in the plane of the input each value was)."""
@overload
def max_pool1d_with_indices(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

@overload
def max_pool2d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, return_indices: Literal[False] = False,
) -> Tensor:
    """The largest value of each window over the last 2 dim(s)."""
@overload
def max_pool2d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

@overload
def max_pool2d_with_indices(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, return_indices: Literal[False] = False,
) -> Tensor:
    """(`max_pool2d`, where in the plane of the input each value was)."""
@overload
def max_pool2d_with_indices(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

@overload
def max_pool3d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, return_indices: Literal[False] = False,
) -> Tensor:
    """The largest value of each window over the last 3 dim(s)."""
@overload
def max_pool3d(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

@overload
def max_pool3d_with_indices(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, return_indices: Literal[False] = False,
) -> Tensor:
    """(`max_pool3d`, where in the plane of the input each value was)."""
@overload
def max_pool3d_with_indices(
    input: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None, padding: _int | _size = 0,
    dilation: _int | _size = 1, ceil_mode: _bool = False, *, return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...

def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None,
    padding: _int | _size = 0, output_size: _int | _size | None = None,
) -> Tensor:
    """Zeros with the values of ``max_pool1d`` put back where they were."""

def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None,
    padding: _int | _size = 0, output_size: _int | _size | None = None,
) -> Tensor:
    """Zeros with the values of ``max_pool2d`` put back where they were."""

def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: _int | _size, stride: _int | _size | None = None,
    padding: _int | _size = 0, output_size: _int | _size | None = None,
) -> Tensor:
    """Zeros with the values of ``max_pool3d`` put back where they were."""

def mish(input: Tensor, inplace: _bool = False) -> Tensor:
    """``self * tanh(softplus(self))``."""

def mse_loss(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean', weight: Tensor | None = None,
) -> Tensor:
    """The squared difference of input and target: its mean, its sum, or each."""

def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: Any, num_heads: Any, in_proj_weight: Any,
    in_proj_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: Any, dropout_p: Any, out_proj_weight: Any,
    out_proj_bias: Any, training: _bool = True, key_padding_mask: Any = None, need_weights: _bool = True,
    attn_mask: Any = None, use_separate_proj_weight: _bool = False, q_proj_weight: Any = None,
    k_proj_weight: Any = None, v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None,
    average_attn_weights: _bool = True, is_causal: _bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention of ``num_heads`` heads with its projections (Vaswani et al., 2017)."""

def multi_margin_loss(
    input: Tensor, target: Tensor, p: _int = 1, margin: _float = 1.0, weight: Tensor | None = None,
    size_average: _bool | None = None, reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """For each other class, how much less than ``margin`` the target's score is above its score."""

def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean',
) -> Tensor:
    """For each pair of a target class and another, how much less than 1 their scores differ."""

def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: _bool | None = None,
    reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """The mean over classes of `binary_cross_entropy_with_logits`, for each row."""

def native_channel_shuffle(input: Tensor, groups: _int) -> Tensor:
    """Channels dealt out, one of each group after the other."""

def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: _bool | None = None,
    ignore_index: _int = -100, reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """Minus the log-probability that ``input`` gives each target's class."""

def normalize(input: Tensor, p: _float = 2.0, dim: _int = 1, eps: _float = 1e-12, out: Tensor | None = None) -> Tensor:
    """``input`` divided by its ``p``-norm along ``dim`` (by ``eps`` at least)."""

def one_hot(input: Tensor, num_classes: _int = -1) -> Tensor:
    """A new last dim with a 1 at each value's place and 0 elsewhere."""

def pad(input: Tensor, pad: _size, mode: _str = 'constant', value: _float | None = None) -> Tensor:
    """``input`` with something around it."""

def pairwise_distance(x1: Tensor, x2: Tensor, p: _float = 2, eps: _float = 1e-06, keepdim: _bool = False) -> Tensor:
    """The ``p``-norm of ``x1 - x2 + eps`` over the last dim."""

def pdist(input: Tensor, p: _float = 2) -> Tensor:
    """The ``p``-norm distances between all pairs of rows: (0, 1), (0, 2), ..., (1, 2), ..."""

def pixel_shuffle(input: Tensor, upscale_factor: _int) -> Tensor:
    """(..., channels * r * r, height, width) as (..., channels, height * r, width * r)."""

def pixel_unshuffle(input: Tensor, downscale_factor: _int) -> Tensor:
    """The inverse of `pixel_shuffle`."""

def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: _bool = True, full: _bool = False, size_average: _bool | None = None,
    eps: _float = 1e-08, reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """The negative logarithm of a Poisson probability of ``target``."""

def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """``self`` where positive, ``weight * self`` elsewhere; one weight, or one a channel (dim 1)."""

def relu(input: Tensor, inplace: _bool = False) -> Tensor:
    """``max(self, 0)``."""

def relu6(input: Tensor, inplace: _bool = False) -> Tensor:
    """``self`` held between 0 and 6."""

def relu_(input: Tensor) -> Tensor:
    """``max(self, 0)``."""

def rms_norm(input: Tensor, normalized_shape: _int | _size, weight: Tensor | None = None, eps: Any = None) -> Tensor:
    """Rows (the last dims, of ``normalized_shape``) divided by the root of their mean square."""

def rrelu(
    input: Tensor, lower: _float = 0.125, upper: _float = 0.3333333333333333, training: _bool = False,
    inplace: _bool = False,
) -> Tensor: ...

def rrelu_(
    input: Tensor, lower: Number | _complex = 0.125, upper: Number | _complex = 0.3333333333333333,
    training: _bool = False, *, generator: Generator | None = None,
) -> Tensor:
    """`rrelu` in place. Returns self."""

def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: _float = 0.0,
    is_causal: _bool = False, *, scale: _float | None = None, enable_gqa: _bool = False,
) -> Tensor:
    """``softmax(query @ key^T * scale + attn_mask) @ value`` (Vaswani et al., 2017)."""

def selu(input: Tensor, inplace: _bool = False) -> Tensor:
    """The scaled `elu` whose outputs keep mean 0 and variance 1 (Klambauer et al., 2017)."""

def selu_(input: Tensor) -> Tensor:
    """The scaled `elu` whose outputs keep mean 0 and variance 1 (Klambauer et al., 2017)."""

def sigmoid(input: Tensor) -> Tensor:
    """``1 / (1 + exp(-input))``."""

def silu(input: Tensor, inplace: _bool = False) -> Tensor:
    """``self * sigmoid(self)``."""

def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean', beta: _float = 1.0,
) -> Tensor:
    """The absolute difference, squared (over ``2 beta``) where it is below ``beta``."""

def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: _bool | None = None, reduce: _bool | None = None,
    reduction: _str = 'mean',
) -> Tensor:
    """``log(1 + exp(-target * input))`` for targets 1 and -1."""

def softmax(input: Tensor, dim: Any = None, _stacklevel: _int = 3, dtype: _dtype | None = None) -> Tensor:
    """``exp(input) / sum(exp(input), dim)``: positive numbers with sum 1 along ``dim``."""

def softmin(input: Tensor, dim: Any = None, _stacklevel: _int = 3, dtype: _dtype | None = None) -> Tensor:
    """The softmax of ``-input``."""

def softplus(
    input: Tensor, beta: Number | _complex = 1, threshold: Number | _complex = 20, *, out: Tensor | None = None,
) -> Tensor:
    """``log(1 + exp(beta * self)) / beta``; ``self`` itself where ``beta * self > threshold``."""

def softshrink(input: Tensor, lambd: Number | _complex = 0.5, *, out: Tensor | None = None) -> Tensor:
    """``self`` drawn towards zero by ``lambd``."""

def softsign(input: Tensor) -> Tensor:
    """``input / (1 + abs(input))``."""

def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent."""

def tanhshrink(input: Tensor) -> Tensor:
    """``input - tanh(input)``."""

def threshold(input: Tensor, threshold: _float, value: _float, inplace: _bool = False) -> Tensor:
    """``input`` where it is above ``threshold``, ``value`` elsewhere."""

def threshold_(input: Tensor, threshold: Number | _complex, value: Number | _complex) -> Tensor:
    """``self`` where it is above ``threshold``, ``value`` elsewhere."""

def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: _float = 1.0, p: _int = 2, eps: _float = 1e-06,
    swap: _bool = False, size_average: _bool | None = None, reduce: _bool | None = None, reduction: _str = 'mean',
) -> Tensor:
    """How much less than ``margin`` farther the negative is from the anchor than the positive is."""

def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *, distance_function: Any = None, margin: _float = 1.0,
    swap: _bool = False, reduction: _str = 'mean',
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own."""

def unfold(
    input: Tensor, kernel_size: _int | _size, dilation: _int | _size = 1, padding: _int | _size = 0,
    stride: _int | _size = 1,
) -> Tensor:
    """The blocks of images under a sliding window, as columns."""

def upsample(
    input: Tensor, size: _int | _size | None = None, scale_factor: _float | Sequence[_float] | None = None,
    mode: _str = 'nearest', align_corners: _bool | None = None,
) -> Tensor:
    """The old name of `interpolate`."""

def upsample_bilinear(
    input: Tensor, size: _int | _size | None = None, scale_factor: _float | Sequence[_float] | None = None,
) -> Tensor:
    """The old name of `interpolate` with ``mode="bilinear"`` and aligned corners."""

def upsample_nearest(
    input: Tensor, size: _int | _size | None = None, scale_factor: _float | Sequence[_float] | None = None,
) -> Tensor:
    """The old name of `interpolate` with ``mode="nearest"``."""
