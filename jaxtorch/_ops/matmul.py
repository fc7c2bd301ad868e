"""Matrix products: mm, matmul, their sums with a matrix, linear."""

from __future__ import annotations

from math import prod as size

from jax import numpy as jnp

from .._core import errors
from .._core import layout as layouts
from .._core.dispatch import Fact, dispatch, dispatch_dense
from .._core.dtypes import result_dtype
from .._core.layout import broadcast_shapes, pointwise_layout, wrap_dim
from .._core.spec import COPIED, composite, op, registry
from .precision import adjoint, conj, contract, product

OUT = "function method out"
INPLACE = "function method out inplace"
KINDS = "int half float complex"
#: what PyTorch says of out= with another dtype
EXACT = "Expected out tensor to have dtype {result.cpp}, but got {out.cpp} instead"


def _shown(shape) -> str:
    return "x".join(map(str, shape))


def _require_dtype(found, wanted) -> None:
    if found.dtype is not wanted.dtype:
        raise RuntimeError(f"expected scalar type {wanted.dtype.title} but found {found.dtype.title}")


def _check_sizes(mat1, mat2) -> None:
    if mat1[-1] != mat2[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({_shown(mat1)} and {_shown(mat2)})"
        )


# -- two matrices ---------------------------------------------------------------------------------
def _check_mm(self, mat2):
    if self.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    _check_sizes(self.shape, mat2.shape)
    _check_product_dtype(self, mat2)


def _check_product_dtype(self, other):
    if self.dtype is not other.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {self.dtype.cpp} != {other.dtype.cpp}"
        )


@op("mm(Tensor self, Tensor mat2)", forms=OUT, exact_out=EXACT, promote="same", check=_check_mm, opmath=False,
    kernel=f"addmm_impl_cpu_: {KINDS}",
    grad=lambda g, self, mat2: (product(g, adjoint(mat2)), product(adjoint(self), g)))  # fmt: skip
def mm(self, mat2):
    """The product of two matrices: (n, k) x (k, m) -> (n, m).

    Raises:
        RuntimeError: the sizes do not fit, or the dtypes differ.

    Example:
        >>> torch.mm(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]]))
        tensor([[11.]])
    """
    return product(self, mat2)


def _check_bmm(self, mat2):
    for name, x in (("batch1", self), ("batch2", mat2)):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    wanted = [self.shape[0], self.shape[2]]
    if list(mat2.shape[:2]) != wanted:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: {wanted} "
            f"but got: {list(mat2.shape[:2])}."
        )
    _require_dtype(mat2, self)


@op("bmm(Tensor self, Tensor mat2)", forms=OUT, exact_out=EXACT, promote="same", check=_check_bmm, opmath=False,
    kernel=f"bmm: {KINDS}",
    grad=lambda g, self, mat2: (product(g, adjoint(mat2)), product(adjoint(self), g)))  # fmt: skip
def bmm(self, mat2):
    """The products of two batches of matrices: (b, n, k) x (b, k, m) -> (b, n, m)."""
    return product(self, mat2)


# -- vectors --------------------------------------------------------------------------------------
_MV_OUT = (
    "addmv input tensors must have the same dtype, but got {out.title}, {result.title}, and {result.title}"
)


def _check_mv(self, vec):
    rows = self.shape[0] if self.ndim else 1
    _check_addmv(Fact((rows,), vec.dtype, None, 2), self, vec)


def _check_addmv(self, mat, vec, beta=None, alpha=None):
    if self.ndim > 1 or mat.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got {self.ndim}, {mat.ndim}, {vec.ndim}"
        )
    n = self.shape[0] if self.ndim else 1
    if mat.shape[1] != vec.shape[0] or n not in (1, mat.shape[0]):
        raise RuntimeError(
            f"size mismatch, got input ({n}), mat ({_shown(mat.shape)}), vec ({vec.shape[0]})"
        )
    if not (self.dtype is mat.dtype is vec.dtype):
        raise RuntimeError(
            f"addmv input tensors must have the same dtype, but got {self.dtype.title}, "
            f"{mat.dtype.title}, and {vec.dtype.title}"
        )


@op("mv(Tensor self, Tensor vec)", forms=OUT, exact_out=_MV_OUT, promote="same", check=_check_mv, opmath=False,
    kernel=f"addmv_impl_cpu: {KINDS}",
    grad=lambda g, self, vec: (g[:, None] * conj(vec), contract(conj(self), g, ((0,), (0,)))))  # fmt: skip
def mv(self, vec):
    """The product of a matrix and a vector: (n, k) x (k,) -> (n,)."""
    return contract(self, vec, ((1,), (0,)))


_DOT_OUT = "result dtype {out.title} does not match input dtype {result.title}"


def _check_dot(self, other):
    if self.ndim != 1 or other.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {self.ndim}D and {other.ndim}D tensors")
    if self.dtype is not other.dtype:
        raise RuntimeError(
            "dot : expected both vectors to have same dtype, but found "
            f"{self.dtype.title} and {other.dtype.title}"
        )
    n, m = self.shape[0], other.shape[0]
    if n != m:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{n}] and src [{m}] to have the same number "
            f"of elements, but got {n} and {m} elements respectively"
        )


@op("dot(Tensor self, Tensor tensor)", forms=OUT, exact_out=_DOT_OUT, promote="same", check=_check_dot, opmath=False,
    kernel=f"dot: {KINDS}", grad=lambda g, self, tensor: (g * conj(tensor), g * conj(self)))  # fmt: skip
def dot(self, tensor):
    """The sum of the products of two vectors' elements: 0-d. Complex vectors are not conjugated.

    Raises:
        RuntimeError: not two vectors of one length and dtype.
    """
    return contract(self, tensor, ((0,), (0,)))


@op("vdot(Tensor self, Tensor other)", forms=OUT, exact_out=_DOT_OUT, promote="same", check=_check_dot, opmath=False,
    kernel=f"dot: {KINDS}",
    grad=lambda g, self, other: (conj(g) * other, g * self))  # fmt: skip
def vdot(self, other):
    """As `dot`, with the first vector conjugated."""
    return contract(conj(self), other, ((0,), (0,)))


# -- matmul ---------------------------------------------------------------------------------------
def _reshaped(x, *shape):
    return Fact(shape, x.dtype, None, 2)


def _check_row(self, other):
    """A vector times a matrix is mm of one row."""
    _check_mm(_reshaped(self, 1, *self.shape), other)


def _folded_shape(x, transpose: bool = False):
    """The shape of a batch of matrices folded into one, over its last dim (its last but one)."""
    *batch, n, k = x.shape
    if transpose:
        n, k = k, n
    return size(batch) * n, k


def _folds(self, other) -> bool:
    """Whether PyTorch folds the batch of the operand of more dims, which decides its errors."""
    batch, small = (self, other) if self.ndim >= other.ndim else (other, self)
    if batch.ndim < 3 or small.ndim > 2:
        return False
    if small.followed or 0 in batch.shape:
        return small.followed or self.ndim != 2
    order = [*range(batch.ndim - 2), *((-2, -1) if batch is self else (-1, -2))]
    shape, stride = ([x[d] for d in order] for x in (batch.shape, batch.layout.stride))
    return self.ndim != 2 and all(stride[d] == stride[d + 1] * shape[d + 1] for d in range(batch.ndim - 2))


def _check_vector(self, other):
    batch, vector = (self, other) if other.ndim == 1 else (other, self)
    if _folds(self, other):
        _check_mv(_reshaped(batch, *_folded_shape(batch, batch is other)), vector)
    elif other is vector:
        _check_batched(self, _reshaped(other, *other.shape, 1))
    else:
        _check_batched(_reshaped(self, 1, *self.shape), other)


def _check_folded(self, other):
    if _folds(self, other):
        _check_mm(_reshaped(self, *_folded_shape(self)), other)
    else:
        _check_batched(self, other)


def _place_saved(layout, shape: tuple):
    """How PyTorch saves an operand that it reshapes: the shape of the view, or COPIED."""
    return COPIED if layouts.try_view(layout, shape) is None else shape


def _saved_by_bmm(x, lead: tuple, vector: tuple):
    """How the batched product saves an operand: expanded, its batch as one dim.

    ``vector``: the last dims of an operand that is a vector.
    """
    layout = x.layout if x.ndim > 1 else layouts.view(x.layout, vector)
    layout = layouts.expand(layout, (*lead, *layout.shape[-2:]))
    return _place_saved(layout, (size(lead), *layout.shape[-2:]))


def _saved_by_matmul(self, other) -> dict:
    """What PyTorch saves of the operands of a product with a batch, in the order it unpacks them."""
    if not _folds(self, other):
        lead = broadcast_shapes(self.shape[:-2], other.shape[:-2])
        return {
            "other": _saved_by_bmm(other, lead, (*other.shape, 1)),
            "self": _saved_by_bmm(self, lead, (1, *self.shape)),
        }
    if self.ndim == 1:
        batch = _place_saved(layouts.transpose(other.layout, -1, -2), _folded_shape(other, True))
        return {"other": batch, "self": None}
    batch = _place_saved(self.layout, _folded_shape(self))
    return {"self": batch, "other": None} if other.ndim == 1 else {"other": None, "self": batch}


def _check_batched(self, other):
    count = size(broadcast_shapes(self.shape[:-2], other.shape[:-2]))
    _check_bmm(_reshaped(self, count, *self.shape[-2:]), _reshaped(other, count, *other.shape[-2:]))


def _matmul(self, other):
    if self.ndim == 1:
        return contract(other, self, ((other.ndim - 2,), (0,)))
    if other.ndim == 1:
        return contract(self, other, ((self.ndim - 1,), (0,)))
    return product(self, other)


def _matmul_gradient(g, self, other):
    if self.ndim == 1 or other.ndim == 1:
        # a vector stands for a matrix of one row, or of one column
        a = self[None] if self.ndim == 1 else self
        b = other[:, None] if other.ndim == 1 else other
        ga, gb = _matmul_gradient(jnp.expand_dims(g, -2 if self.ndim == 1 else -1), a, b)
        return ga.reshape(self.shape), gb.reshape(other.shape)
    if other.ndim == 2:
        rows = tuple(range(self.ndim - 1))
        return product(g, adjoint(other)), contract(conj(self), g, (rows, rows))
    if self.ndim == 2:
        rest = (*range(other.ndim - 2), other.ndim - 1)
        return contract(g, conj(other), (rest, rest)), product(adjoint(self), g)
    return product(g, adjoint(other)), product(adjoint(self), g)


def _matmul_case(name: str, kernel: str, check, node="UnsafeViewBackward0", version: int = 0, views=_saved_by_matmul):
    op(f"matmul_{name}(Tensor self, Tensor other)", forms="", promote="same", opmath=False, check=check,
       saved_views=views, version=version, kernel=f"{kernel}: {KINDS}", node=node,
       grad=_matmul_gradient)(_matmul)  # fmt: skip
    return registry[f"matmul_{name}"]


_vector = _matmul_case("vector", "addmv_impl_cpu", _check_vector)
#: by the dims of both, three standing for more
_MATMUL = {
    (1, 1): registry["dot"],
    (2, 1): registry["mv"],
    (2, 2): registry["mm"],
    (1, 2): _matmul_case("row", "addmm_impl_cpu_", _check_row, "SqueezeBackward4", 1,
                         {"other": lambda *_: None, "self": lambda n, _: (1, *n)}),
    (1, 3): _vector,
    (3, 1): _vector,
    (3, 2): _matmul_case("folded", "addmm_impl_cpu_", _check_folded),
    (2, 3): _matmul_case("matrix_batch", "bmm", _check_batched),
    (3, 3): _matmul_case("batched", "bmm", _check_batched),
}  # fmt: skip


def _choose_product(operands):
    self, other = operands
    return _MATMUL[min(self.ndim, 3), min(other.ndim, 3)]


def _check_matmul(self, other, name="matmul"):
    if not self.ndim or not other.ndim:
        raise RuntimeError(
            f"both arguments to {name} need to be at least 1D, but they are {self.ndim}D and {other.ndim}D"
        )
    _choose_product((self, other)).check(self, other)


@op("matmul_plain(Tensor self, Tensor other)", forms="", promote="same", opmath=False, check=_check_matmul,
    specialize=_choose_product)  # fmt: skip
def matmul_plain(self, other):
    return _matmul(self, other)


_product_of = registry["matmul_plain"]


@composite("matmul(Tensor self, Tensor other)", forms="function method out linalg", exact_out=EXACT)
def matmul(self, other):
    """The matrix product; a vector is a row on the left and a column on the right, batches broadcast.

    Args:
        self: (..., n, k) or (k,).
        other: (..., k, m) or (k,), of the same dtype.

    Returns:
        A fresh (..., n, m), without the dim of a vector.

    Raises:
        RuntimeError: the sizes do not fit, or the dtypes differ.

    Differs from PyTorch:
        one node in the graph where PyTorch has two or three; its name is that of the last.

    Example:
        >>> torch.matmul(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    n, m = self.ndim, other.ndim
    if n == m == 3:  # a matrix that wants a gradient beside a batch: no batch of one is made
        if self.shape[0] == 1 != other.shape[0] and self.requires_grad:
            self, n = self.squeeze(0), 2
        elif other.shape[0] == 1 != self.shape[0] and other.requires_grad:
            other = other.squeeze(0)
    if n == 2 < m and self.requires_grad:
        return dispatch(_product_of, (other.mT, self.t())).mT.contiguous()
    return dispatch_dense(_product_of, (self, other))


# -- products added to a matrix -------------------------------------------------------------------
def _require_same(x, mat2, name: str = "self") -> None:
    if x.dtype is not mat2.dtype:
        raise RuntimeError(errors.FACTORS.format(name=name, a=x.dtype, b=mat2.dtype))


def _expand(x, shape):
    layouts.expand(x.layout, shape)


def _add(self, out, beta, alpha):
    """``beta * self + alpha * out``; what is in ``self`` does not matter where beta is 0."""
    kept = jnp.where(beta == 0, jnp.zeros((), self.dtype), beta * self)
    return (jnp.broadcast_to(kept, out.shape) + alpha * out).astype(self.dtype)


def _added_gradients(g, beta, alpha, ga, gb):
    return g * conj(beta), ga * conj(alpha), gb * conj(alpha)


def _check_addmm(self, mat1, mat2, beta=None, alpha=None):
    _require_same(self, mat2)
    _require_same(mat1, mat2, "mat1")
    for name, x in (("mat1", mat1), ("mat2", mat2)):
        if x.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {x.ndim}-D tensor")
    _check_sizes(mat1.shape, mat2.shape)
    _expand(self, (mat1.shape[0], mat2.shape[1]))


@op("addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1)", forms=INPLACE, exact_out=EXACT,
    promote="same", check=_check_addmm, opmath="scalars", kernel=f"addmm_impl_cpu_: {KINDS}",
    grad=lambda g, mat1, mat2, beta, alpha: _added_gradients(
        g, beta, alpha, product(g, adjoint(mat2)), product(adjoint(mat1), g)))  # fmt: skip
def addmm(self, mat1, mat2, beta, alpha):
    """``beta * self + alpha * (mat1 @ mat2)``, ``self`` broadcast to the product."""
    return _add(self, product(mat1, mat2, wide=True), beta, alpha)


def _check_baddbmm(self, batch1, batch2, beta=None, alpha=None):
    for x in (batch1, batch2):
        wrap_dim(2, x.ndim)
    _expand(self, (batch1.shape[0], batch1.shape[1], batch2.shape[2]))
    if self.dtype is not batch1.dtype:
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {self.dtype.cpp}, "
            f"batch1: {batch1.dtype.cpp}, batch2: {batch2.dtype.cpp}"
        )
    _check_bmm(batch1, batch2)


@op("baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1)",
    forms=INPLACE, exact_out=EXACT, promote="same", check=_check_baddbmm, opmath="scalars", kernel=f"baddbmm: {KINDS}",
    grad=lambda g, batch1, batch2, beta, alpha: _added_gradients(
        g, beta, alpha, product(g, adjoint(batch2)), product(adjoint(batch1), g)))  # fmt: skip
def baddbmm(self, batch1, batch2, beta, alpha):
    """``beta * self + alpha * bmm(batch1, batch2)``, ``self`` broadcast to the product."""
    return _add(self, product(batch1, batch2, wide=True), beta, alpha)


def _check_addbmm(self, batch1, batch2, beta=None, alpha=None):
    for x in (batch1, batch2):
        wrap_dim(2, x.ndim)
    _expand(self, (batch1.shape[1], batch2.shape[2]))
    for name, x in (("batch1", batch1), ("batch2", batch2)):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    if batch1.shape[0] != batch2.shape[0]:
        raise RuntimeError(
            "batch1 and batch2 must have same number of batches, got "
            f"{batch1.shape[0]} and {batch2.shape[0]}"
        )
    if batch1.shape[2] != batch2.shape[1]:
        raise RuntimeError(
            f"Incompatible matrix sizes for bmm ({_shown(batch1.shape[1:])} and {_shown(batch2.shape[1:])})"
        )
    _require_same(self, batch2)
    _require_same(self, batch2)
    _require_same(batch1, batch2, "mat1")


def _addbmm_gradient(g, batch1, batch2, beta, alpha):
    many = jnp.broadcast_to(g, (batch1.shape[0], *g.shape))
    return _added_gradients(g, beta, alpha, product(many, adjoint(batch2)), product(adjoint(batch1), many))


@op("addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1)", forms=INPLACE,
    promote="same", check=_check_addbmm, opmath=False, kernel=f"addmm_impl_cpu_: {KINDS}",
    grad=_addbmm_gradient)  # fmt: skip
def addbmm(self, batch1, batch2, beta, alpha):
    """``beta * self + alpha * bmm(batch1, batch2).sum(0)``, ``self`` broadcast to the sum."""
    return _add(self, contract(batch1, batch2, ((0, 2), (0, 1)), wide=True), beta, alpha)


def _addmv_gradient(g, mat, vec, beta, alpha):
    return _added_gradients(g, beta, alpha, g[:, None] * conj(vec), contract(conj(mat), g, ((0,), (0,))))


@op("addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1)",
    forms=f"{INPLACE} function_", exact_out=EXACT,
    promote="same", check=_check_addmv, opmath=False, kernel=f"addmv_impl_cpu: {KINDS}",
    grad=_addmv_gradient)  # fmt: skip
def addmv(self, mat, vec, beta, alpha):
    """``beta * self + alpha * (mat @ vec)``, ``self`` broadcast to the product."""
    return _add(self, contract(mat, vec, ((1,), (0,)), wide=True), beta, alpha)


def _check_addr(self, vec1, vec2, beta, alpha):
    for name, x in (("vec1", vec1), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {x.ndim}-D")
    _expand(self, (vec1.shape[0], vec2.shape[0]))
    common = result_dtype([(x.dtype, x.rank) for x in (self, vec1, vec2)])
    for name, x in (("beta", beta), ("alpha", alpha)):
        if common.category < 2 and x.dtype.category > 1:
            raise RuntimeError(
                f"For integral input tensors, argument {name} must not be a floating point number."
            )


def _addr_gradient(g, vec1, vec2, beta, alpha):
    return _added_gradients(
        g, beta, alpha, contract(g, conj(vec2), ((1,), (0,))), contract(conj(vec1), g, ((0,), (0,)))
    )


def _addr_layout(operands):
    self, vec1, vec2 = operands
    shape = (vec1.shape[0], vec2.shape[0])
    return pointwise_layout(shape, (layouts.expand(self, shape), layouts.unsqueeze(vec1, 1), vec2))


@op("addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1)", forms=INPLACE,
    promote="result", layout=_addr_layout, check=_check_addr, grad=_addr_gradient)  # fmt: skip
def addr(self, vec1, vec2, beta, alpha):
    """``beta * self + alpha * outer(vec1, vec2)``, ``self`` broadcast to the product."""
    if self.dtype.kind == "b":
        return (self & beta) | (vec1[:, None] & vec2 & alpha)
    return _add(self, vec1[:, None] * vec2, beta, alpha)


# -- products of every element with every other ---------------------------------------------------
def _check_outer(self, vec2):
    for name, x in (("self", self), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")


@op("outer(Tensor self, Tensor vec2)", forms=OUT, promote="result", check=_check_outer, node="MulBackward0",
    out_name="mul", saved_views={"vec2": lambda *_: None, "self": lambda n, _: (*n, 1)},
    grad=lambda g, self, vec2: ((g * conj(vec2)).sum(1), (g * conj(self)[:, None]).sum(0)))  # fmt: skip
def outer(self, vec2):
    """The product of every element of one vector with every element of another: (n,), (m,) -> (n, m).

    Example:
        >>> torch.outer(torch.tensor([1, 2]), torch.tensor([3, 4]))
        tensor([[3, 4],
                [6, 8]])
    """
    return self[:, None] * vec2 if self.dtype.kind != "b" else self[:, None] & vec2


def _kron_layout(operands):
    # PyTorch multiplies views with dims of 1 in between, then views the product
    a, b = operands
    n = max(a.ndim, b.ndim)
    pairs = [
        list(zip((1,) * (n - l.ndim) + l.shape, (1,) * n, strict=True)) for l in (a, b)
    ]
    first = layouts.view(a, tuple(s for pair in pairs[0] for s in pair))
    second = layouts.view(b, tuple(s for pair in pairs[1] for s in pair[::-1]))
    shape = broadcast_shapes(first.shape, second.shape)
    spread = pointwise_layout(shape, (first, second))
    return layouts.view(spread, tuple(shape[d] * shape[d + 1] for d in range(0, 2 * n, 2)))


@op("kron(Tensor self, Tensor other)", forms=OUT, promote="result", layout=_kron_layout, out_name="mul",
    node="UnsafeViewBackward0")  # fmt: skip
def kron(self, other):
    """The Kronecker product: ``self`` with each element times ``other`` in its place."""
    if self.dtype.kind == "b":
        return jnp.kron(self.astype(jnp.uint8), other.astype(jnp.uint8)).astype(bool)
    return jnp.kron(self, other)


# -- linear ---------------------------------------------------------------------------------------
def _turned(weight):
    return Fact(weight.shape[::-1], weight.dtype, layouts.t(weight.layout), 2)


def _check_linear(input, weight):
    _check_matmul(input, _turned(weight), "linear")


def _linear(input, weight, wide=False):
    return contract(input, weight, ((input.ndim - 1,), (weight.ndim - 1,)), wide=wide)


def _linear_gradient(g, input, weight):
    rows = tuple(range(input.ndim - 1))
    if weight.ndim == 1:
        return g[..., None] * conj(weight), contract(conj(input), g, (rows, rows))
    return contract(g, conj(weight), ((g.ndim - 1,), (0,))), contract(g, conj(input), (rows, rows))


def _as_rows(input, weight):
    """The matrix that PyTorch makes of an input that is none."""
    return None if len(input) == 2 or len(weight) == 1 else (size(input[:-1]), input[-1])


def _linear_case(name: str, node: str):
    views = {"weight": lambda _, weight: weight[::-1], "input": _as_rows}
    op(f"linear_{name}(Tensor input, Tensor weight)", forms="", promote="same", opmath=False,
       saved_views=views if name in ("folded", "row", "mm") else None, node=node,
       version=int(name == "row"), grad=_linear_gradient)(_linear)  # fmt: skip
    return registry[f"linear_{name}"]


_LINEAR = {
    (1, 1): _linear_case("dot", "DotBackward0"),
    (2, 1): _linear_case("mv", "MvBackward0"),
    (3, 1): _linear_case("folded", "UnsafeViewBackward0"),
    (1, 2): _linear_case("row", "SqueezeBackward4"),
    (2, 2): _linear_case("mm", "MmBackward0"),
    (3, 2): registry["linear_folded"],
}


@op("linear_plain(Tensor input, Tensor weight)", forms="", promote="same", opmath=False, check=_check_linear,
    specialize=lambda operands: _LINEAR[min(operands[0].ndim, 3), operands[1].ndim])  # fmt: skip
def linear_plain(input, weight):
    return _linear(input, weight)


def _check_linear_bias(bias, input, weight):
    if not input.ndim or not weight.ndim or _is_added(input, weight):
        _check_linear(input, weight)
        layouts.broadcast_shapes(bias.shape, (*input.shape[:-1], *weight.shape[:-1]))
        _check_product_dtype(input, bias)
        return
    flat = Fact((size(input.shape[:-1]), input.shape[-1]), input.dtype, None, 2)
    _check_addmm(bias, flat, _turned(weight))


def _is_added(input, weight) -> bool:
    """Whether PyTorch adds the bias after the product: no view of the input is a matrix."""
    layout = getattr(input, "_layout", None) or input.layout
    return weight.ndim == input.ndim == 1 or input.ndim > 2 and not layout.is_contiguous


# The bias comes first, as in addmm: so do its gradient and its edge in the graph.
_BIASED = "(Tensor bias, Tensor input, Tensor weight)"


_BIASED_VIEWS = {
    "input": lambda _, input, weight: _as_rows(input, weight),
    "weight": lambda _, input, weight: weight[::-1] if len(weight) == 2 else None,
}


def _linear_bias(bias, input, weight):
    return (_linear(input, weight, wide=True) + bias).astype(input.dtype)


def _linear_bias_case(name: str, node: str):
    op(f"linear_{name}{_BIASED}", forms="", promote="same", opmath=False, node=node,
       saved_views=_BIASED_VIEWS, version=int(name == "added"),
       grad=lambda g, input, weight: (g, *_linear_gradient(g, input, weight)))(_linear_bias)  # fmt: skip
    return registry[f"linear_{name}"]


_viewed = _linear_bias_case("viewed", "ViewBackward0")
_added = _linear_bias_case("added", "AddBackward0")


def _choose_linear(operands):
    _, input, weight = operands
    if _is_added(input, weight):
        return _added
    return None if input.ndim == 2 else _viewed


@op(f"linear_bias{_BIASED}", forms="", promote="same", opmath=False, check=_check_linear_bias,
    kernel=f"addmm_impl_cpu_: {KINDS}", node="AddmmBackward0", specialize=_choose_linear,
    saved_views=_BIASED_VIEWS,
    grad=lambda g, input, weight: (g, *_linear_gradient(g, input, weight)))  # fmt: skip
def linear_bias(bias, input, weight):
    return _linear_bias(bias, input, weight)


_plain, _bias = registry["linear_plain"], registry["linear_bias"]


@composite("linear(Tensor input, Tensor weight, Tensor? bias=None)", forms="nn out", exact_out=EXACT)
def linear(input, weight, bias):
    """``input @ weight.T + bias``.

    Args:
        input: (..., in_features).
        weight: (out_features, in_features) or (in_features,).
        bias: (out_features,), or anything that broadcasts to the result.

    Returns:
        A fresh (..., out_features).

    Raises:
        RuntimeError: the sizes do not fit, or the dtypes differ.

    Differs from PyTorch:
        one node in the graph, named as the last of PyTorch's; with more than two dims the result
        is no view.

    Example:
        >>> torch.nn.functional.linear(torch.tensor([1.0, 2.0]), torch.tensor([[3.0, 4.0]]))
        tensor([11.])
    """
    if bias is None:
        return dispatch(_plain, (input, weight))
    return dispatch(_bias, (bias, input, weight))
