"""Autocast: the dtype an op runs in is chosen by the op's name, on the CPU and on GPUs by another table.

What a policy does to a call is done once, when the call enters: its tensors are cast (taped, as any
``to`` is) and the op then runs with autocast off, whatever it is made of. An op without a policy runs
as it is; if it is made of others, they are asked one by one.

The names in the tables are those of PyTorch's functions. Where PyTorch makes an op of others that it
casts and jaxtorch has one op, that op is there too.
"""

from __future__ import annotations

import contextlib
import functools

from . import dtypes, modes
from .casts import cast, eligible, settings, tensors_in


# -- policies: (spec, values, static, kind of device) -> (values, static) -------------------------
def lower(spec, values, static, kind):
    """In the region's dtype."""
    return cast(values, settings.dtypes[kind], kind), static


def full(spec, values, static, kind):
    """In float32."""
    return cast(values, dtypes.float32, kind), static


def widest(spec, values, static, kind):
    """In float32 if one of the tensors is of it, else in the region's dtype."""
    d = low = settings.dtypes[kind]
    for x in tensors_in(values):
        if eligible(x, kind):
            if x._dtype is dtypes.float32 or d is dtypes.float32:
                d = dtypes.float32
            elif x._dtype is not low:
                raise RuntimeError("Unexpected floating ScalarType in at::autocast::prioritize")
    return cast(values, d, kind), static


def full_result(spec, values, static, kind):
    """With ``dtype=float32``, where the call names no dtype: the op casts by itself."""
    if not eligible(values[0], kind):
        return values, static
    into = values if static is None else static
    at = (spec.schema.by_name if static is None else _places(spec.schema.static_names))["dtype"]
    if into[at] is None:
        into = list(into)
        into[at] = dtypes.float32
    return (into, None) if static is None else (values, tuple(into))


@functools.cache
def _places(names: tuple) -> dict:
    return {name: i for i, name in enumerate(names)}


def as_it_is(spec, values, static, kind):
    """No cast, and none inside."""
    return values, static


def refused(spec, values, static, kind):
    raise RuntimeError(
        "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.\n"
        "Many models use a sigmoid layer right before the binary cross entropy layer.\n"
        "In this case, combine the two layers using torch.nn.functional.binary_cross_entropy_with_logits\n"
        "or torch.nn.BCEWithLogitsLoss.  binary_cross_entropy_with_logits and BCEWithLogits are\n"
        "safe to autocast."
    )


def _table(*rows) -> dict:
    return {name: policy for names, policy in rows for name in names.split()}


_PRODUCTS = """
    addbmm addmm baddbmm bmm conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d
    linalg_vecdot linear matmul mm prelu scaled_dot_product_attention
"""
_LOSSES = """
    binary_cross_entropy_with_logits cosine_embedding_loss hinge_embedding_loss huber_loss kl_div l1_loss
    margin_ranking_loss mse_loss multi_margin_loss multilabel_margin_loss nll_loss poisson_nll_loss
    smooth_l1_loss soft_margin_loss triplet_margin_loss
"""


# -- the table of the CPU -------------------------------------------------------------------------
def _padding(spec, values, static, kind):
    """Reflections of volumes are not on PyTorch's list; all other reflections and replications are."""
    pad, mode = static
    known = mode == "replicate" or mode == "reflect" and len(pad) < 6
    return (full if known else as_it_is)(spec, values, static, kind)


def _contraction(spec, values, static, kind):
    """Where all dims are summed over it is a dot product, which is not cast."""
    summed = len(static[0]) if static else 1
    whole = all(x.ndim == summed for x in values)
    return (as_it_is if whole else lower)(spec, values, static, kind)


def _sum_of_products(spec, values, static, kind):
    """What einsum sums over is summed by a product of matrices, which is cast; all else is not."""
    contracts = static[spec.schema.static_names.index("contracts")]
    return (lower if contracts else as_it_is)(spec, values, static, kind)


def _recurrent(spec, values, static, kind):
    """Elman networks and LSTMs in one dtype. What PyTorch runs as single steps keeps its states: there
    only products are cast."""
    facts = dict(zip(spec.schema.static_names, static, strict=True))
    if facts["mode"] == "gru" or facts["mode"] == "lstm" and (facts["packed"] or facts["projected"]):
        x, batch_sizes, states, weights, noise = values
        (x, weights), _ = lower(spec, (x, weights), None, kind)
        return (x, batch_sizes, states, weights, noise), static
    return lower(spec, values, static, kind)


CPU = _table(
    (_PRODUCTS, lower),
    (_LOSSES, full),
    (
        """
        adaptive_avg_pool3d adaptive_max_pool3d avg_pool3d binary_cross_entropy cdist cholesky cholesky_inverse
        cholesky_solve cross_entropy_loss ctc_loss fake_quantize_per_tensor_affine fft_fft fft_fft2 fft_fftn
        fft_hfft fft_ifft fft_ifft2 fft_ifftn fft_ihfft fft_irfft fft_irfft2 fft_irfftn fft_rfft fft_rfft2
        fft_rfftn fractional_max_pool2d fractional_max_pool3d geqrf grid_sampler inverse linalg_cholesky
        linalg_cholesky_ex linalg_cond linalg_eig linalg_eigh linalg_eigvals linalg_eigvalsh
        linalg_householder_product linalg_inv linalg_inv_ex linalg_lstsq linalg_matrix_rank linalg_qr
        linalg_solve linalg_svd linalg_svdvals linalg_tensorinv linalg_tensorsolve lu_solve max_pool3d
        max_unpool2d max_unpool3d nanquantile orgqr ormqr pinverse polar prod qr quantile stft svd trace
        triangular_solve view_as_complex
        """,
        full,
    ),
    ("cat index_copy stack", widest),
    ("inner_last tensordot_dims", _contraction),
    ("multi_dot", lower),
    ("lu", full),
    ("edge_pad", _padding),
    ("recurrent", _recurrent),
    ("sum_of_products", _sum_of_products),
)

# -- the table of GPUs ----------------------------------------------------------------------------
CUDA = _table(
    (_PRODUCTS, lower),
    (
        """
        addmv addr chain_matmul convolution einsum gru_cell linalg_multi_dot lstm_cell mv rnn_relu_cell
        rnn_tanh_cell
        """,
        lower,
    ),
    (_LOSSES, full),
    (
        """
        acos asin cdist cosh cosine_similarity dist erfinv exp expm1 frobenius_norm group_norm layer_norm log
        log10 log1p log2 logsumexp native_layer_norm nuclear_norm pdist pow reciprocal renorm rms_norm rsqrt
        sinh softplus tan
        """,
        full,
    ),
    (
        "cumprod cumsum linalg_matrix_norm linalg_vector_norm log_softmax prod softmax sum",
        full_result,
    ),
    ("addcdiv addcmul atan2 bilinear cross dot grid_sampler index_put scatter_add tensordot vdot", widest),
    ("binary_cross_entropy", refused),
    ("inner_last", widest),
    ("native_group_norm", as_it_is),
    ("recurrent", lower),
    ("row_norm square upsample", full),
)


# -- calls ----------------------------------------------------------------------------------------
TABLES = {"cpu": CPU, "cuda": CUDA}
_AS_IS = contextlib.nullcontext()


def off():
    """A context without autocast."""
    return modes.holding("autocast", ()) if modes.state.autocast else _AS_IS


def entering(spec, values, static: tuple | None = None):
    """(values, static) with which a call runs, autocast off; None where its op has no policy.

    ``values`` are the operands of an op, or without ``static`` all arguments of a function.
    """
    on = modes.state.autocast
    found = [kind for kind in on if spec.name in TABLES.get(kind, ())]
    if not found:
        return None
    kinds = {x._storage.device.type for x in tensors_in(values)}
    for kind in ("cuda", "cpu"):
        if kind in kinds and kind in on:
            policy = TABLES[kind].get(spec.name)
            return None if policy is None else policy(spec, values, static, kind)
    return None


class _Named:
    """Stands for the spec of a function that has none."""

    def __init__(self, name: str):
        self.name = name


def entered(function, name: str):
    """A function of tensors whose arguments no schema declares, open to autocast by its name."""
    if not any(name in table for table in TABLES.values()):
        return function
    spec = _Named(name)

    @functools.wraps(function)
    def run(*args, **kwargs):
        if not modes.state.autocast:
            return function(*args, **kwargs)
        found = args, None
        if kwargs.get("out") is None:
            found = entering(spec, args)
            if found is None:
                return function(*args, **kwargs)
        with off():
            return function(*found[0], **kwargs)

    return run
