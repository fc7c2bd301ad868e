"""Random sampling: PyTorch's numbers for PyTorch's seeds.

Draws are made on the host by `_core.draws` in the order of the tensor's memory, then laid out.
"""

from __future__ import annotations

import math

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import devices, draws, dtypes, generator, modes, rejection
from .._core.dispatch import dispatch
from .._core.errors import OVERLAP
from .._core.formats import arrange, check_strided
from .._core.generator import values_of
from .._core.layout import Layout, broadcast_shapes, contiguous
from .._core.members import as_leaf
from .._core.spec import composite, op, registry
from .._core.storage import put
from .._core.tensor import Tensor, wrap, wrap_as
from .families import no_derivative
from .implicit import gamma_gradient

_FACTORY = (
    "any generator=None, dtype? dtype=None, any layout=None, any device=None, "
    "pinned? pin_memory=False, bool requires_grad=False"
)
_LIKE = (
    "any generator=None, dtype? dtype=None, any layout=None, any device=None, pinned? pin_memory=False, "
    "bool requires_grad=False, any memory_format=None"
)


# A drawn value is a constant to autograd; what it overwrites gets no gradient.
@op("drawn(Tensor self, Tensor value, str node)", forms="", node=lambda node: node, layout="pointwise",
    grad=lambda g: (jnp.zeros_like(g), None))  # fmt: skip
def drawn(self, value, *, node):
    return value


@op("drawn_from(Tensor parameter, Tensor value, str node)", forms="", node=lambda node: node,
    layout=lambda layouts, node: layouts[1], grad=lambda g, parameter: (jnp.zeros_like(parameter), None))  # fmt: skip
def drawn_from(parameter, value, *, node):
    return value


@op("is_below(Tensor probability, Tensor uniform, any dtype)", forms="", promote="none", opmath=False,
    differentiable=False, bounds=lambda probability, *_, **__: ~jnp.all((probability >= 0) & (probability <= 1)),
    bounds_error=lambda *_, **__: RuntimeError(draws.NO_PROBABILITY))  # fmt: skip
def is_below(probability, uniform, *, dtype):
    return (uniform < probability.astype(uniform.dtype)).astype(dtype.np)


def _below(p: Tensor, d: dtypes.dtype, gen) -> Tensor:
    """What `bernoulli` draws where the probabilities ``p`` are known to a program alone."""
    draws.require_bernoulli(d, p._dtype)
    kind = dtypes.float64 if p._dtype is dtypes.float64 else dtypes.float32
    order = contiguous(p._layout.shape)
    uniform = drawn_tensor(gen, p._storage.device, lambda e, n: draws.uniform(e, n, kind), order)
    return dispatch(registry["is_below"], (p, uniform), (d,))


def laid_out(values: np.ndarray, layout: Layout) -> np.ndarray:
    """Values in memory order as an array in the order of a dense or sparse layout's indices."""
    if layout.is_contiguous:
        return values.reshape(layout.shape)
    shape, stride = layout.shape, layout.stride
    order = sorted(range(len(shape)), key=lambda d: (-stride[d], d))
    inverse = [order.index(d) for d in range(len(shape))]
    return values.reshape([shape[d] for d in order]).transpose(inverse)


def drawn_tensor(gen, where, draw, order: Layout | None = None, layout: Layout | None = None) -> Tensor:
    """A fresh tensor of random numbers.

    In a compiled function the draw is made anew for every call, from the generator as it then is. In one that
    is mapped over examples with numbers of their own, those for all examples are one draw.

    Args:
        draw: ``draw(engine)`` gives the values; where there is an ``order``, ``draw(engine, count)`` gives so many,
            in the order of such a layout's memory.
        layout: of the tensor; None: contiguous.
    """

    def make(examples: tuple = ()):
        engine, rows = generator.of(gen, where), math.prod(examples)
        if order is not None:
            flat = draw(engine, rows * order.numel).reshape(rows, order.numel)
            values = [laid_out(row, order) for row in flat]
        else:
            values = [draw(engine) for _ in range(rows)]
        if not examples:
            return put(values[0], where)
        return put(np.stack(values).reshape(*examples, *values[0].shape), where)

    recorder = modes.state.recorder
    array = make() if recorder is None else recorder.draw(generator.of, gen, where, make)
    if layout is None:
        return wrap(array, where)
    return wrap_as(array, layout, dtypes.lookup_numpy(array.dtype), where)


def _fill(t: Tensor, gen, draw, node: str) -> Tensor:
    """Overwrite ``t`` with ``draw(engine, numel, dtype, contiguous)``, in memory order.

    A compiled function keeps ``draw``, which therefore must not hold ``t``.
    """
    layout, d = t._layout, t._dtype
    if layout.overlapping:
        raise RuntimeError(OVERLAP)
    value = drawn_tensor(gen, t._storage.device, lambda e, n: draw(e, n, d, layout.is_contiguous), layout)
    return dispatch(registry["drawn"], (t, value), (node,), t)


def _number(x) -> float:
    return x.item() if isinstance(x, Tensor) else x


# -- in place -------------------------------------------------------------------------------------
@composite("uniform_(Tensor self, Scalar from=0.0, Scalar to=1.0, *, any generator=None)", forms="method")
def uniform_(self, from_, to, *, generator):
    """Fill with uniform numbers in [from, to). Returns self."""
    low, high = _number(from_), _number(to)
    return _fill(self, generator, lambda e, n, d, c: draws.uniform(e, n, d, low, high), "UniformBackward0")


@composite("normal_(Tensor self, Scalar mean=0.0, Scalar std=1.0, *, any generator=None)", forms="method")
def normal_(self, mean, std, *, generator):
    """Fill with normal numbers. Returns self."""
    mean, std = _number(mean), _number(std)
    return _fill(self, generator, lambda e, n, d, c: draws.normal(e, n, d, mean, std, c), "NormalBackward0")


@composite("random_.range(Tensor self, int from, int? to, *, any generator=None)", forms="method")
def random_range(self, from_, to, *, generator):
    """Fill with whole numbers of [from, to). Returns self."""
    return _fill(self, generator, lambda e, n, d, c: draws.random(e, n, d, from_, to), "RandomBackward0")


@composite("random_.to(Tensor self, int to, *, any generator=None)", forms="method")
def random_to(self, to, *, generator):
    return _fill(self, generator, lambda e, n, d, c: draws.random(e, n, d, 0, to), "RandomBackward1")


@composite("random_(Tensor self, *, any generator=None)", forms="method")
def random_(self, *, generator):
    return _fill(self, generator, lambda e, n, d, c: draws.random(e, n, d), "RandomBackward2")


@composite("bernoulli_.tensor(Tensor self, Tensor p, *, any generator=None)", forms="method")
def bernoulli_tensor_(self, p, *, generator):
    """Fill with ones of probability ``p``, else zeros. Returns self."""
    if broadcast_shapes(p._layout.shape, self._layout.shape) != self._layout.shape:
        raise RuntimeError(
            f"output with shape {list(self.shape)} doesn't match the broadcast shape "
            f"{list(broadcast_shapes(p._layout.shape, self._layout.shape))}"
        )
    if modes.state.recorder is not None:
        with modes.untaped():
            value = _below(p.expand(self._layout.shape), self._dtype, generator)
        return dispatch(registry["drawn"], (self, value), ("BernoulliBackward1",), self)
    chances = np.broadcast_to(values_of(p), self._layout.shape)
    return _fill(
        self,
        generator,
        lambda e, n, d, c: draws.bernoulli_tensor(e, chances, d).reshape(-1),
        "BernoulliBackward1",
    )


@composite("bernoulli_(Tensor self, Scalar p=0.5, *, any generator=None)", forms="method")
def bernoulli_(self, p, *, generator):
    p = _number(p)
    return _fill(self, generator, lambda e, n, d, c: draws.bernoulli(e, n, d, p), "BernoulliBackward2")


def _one_parameter(name: str, draw, default: str, node: str) -> None:
    parameter = default.split("=")[0].split()[-1]

    def fill(self, value, *, generator):
        value = _number(value)
        return _fill(self, generator, lambda e, n, d, c: draw(e, n, d, value), node)

    fill.__doc__ = f"Fill with {name.rstrip('_')} numbers of parameter ``{parameter}``. Returns self."
    composite(f"{name}(Tensor self, {default}, *, any generator=None)", forms="method")(fill)


_one_parameter("exponential_", draws.exponential, "Scalar lambd=1.0", "ExponentialBackward0")
_one_parameter("geometric_", draws.geometric, "Scalar p", "GeometricBackward0")


@composite("cauchy_(Tensor self, Scalar median=0.0, Scalar sigma=1.0, *, any generator=None)", forms="method")
def cauchy_(self, median, sigma, *, generator):
    """Fill with Cauchy numbers. Returns self."""
    median, sigma = _number(median), _number(sigma)
    return _fill(self, generator, lambda e, n, d, c: draws.cauchy(e, n, d, median, sigma), "CauchyBackward0")


@composite("log_normal_(Tensor self, Scalar mean=1.0, Scalar std=2.0, *, any generator=None)", forms="method")
def log_normal_(self, mean, std, *, generator):
    """Fill with exponentials of normal numbers. Returns self."""
    mean, std = _number(mean), _number(std)
    return _fill(self, generator, lambda e, n, d, c: draws.log_normal(e, n, d, mean, std), "LogNormalBackward0")


# -- fresh tensors --------------------------------------------------------------------------------
def _make(size, draw, d, device, gen, requires_grad, layout: Layout | None = None) -> Tensor:
    for s in size:
        if s < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {s}: {list(size)}")
    where = devices.resolve(device)
    layout = layout or contiguous(tuple(size))
    out = drawn_tensor(gen, where, lambda e, n: draw(e, n, d, layout.is_contiguous), layout, layout)
    return as_leaf(out, requires_grad)


def _fresh(name: str, draw, doc: str) -> None:
    """``name(size)`` and ``name_like(input)``."""

    def make(size, *, generator, dtype, layout, device, pin_memory, requires_grad):
        check_strided(layout)
        return _make(size, draw, dtype or dtypes.get_default_dtype(), device, generator, requires_grad)

    make.__doc__ = f"A tensor of shape ``size`` of {doc}."
    composite(f"{name}(size size, *, {_FACTORY})", forms="function out")(make)

    def like(self, *, generator, dtype, layout, device, pin_memory, requires_grad, memory_format):
        check_strided(layout)
        return _make(
            self._layout.shape, draw, dtype or self._dtype, self.device if device is None else device,
            generator, requires_grad, arrange(self._layout, memory_format),
        )  # fmt: skip

    like.__doc__ = f"A tensor like ``self`` in shape, dtype, device and strides, of {doc}."
    composite(f"{name}_like(Tensor self, *, {_LIKE})", forms="function")(like)


_fresh("rand", lambda e, n, d, c: draws.uniform(e, n, d), "uniform numbers in [0, 1)")
_fresh("randn", lambda e, n, d, c: draws.normal(e, n, d, contiguous=c), "standard normal numbers")


def _integers(low: int, high: int):
    return lambda e, n, d, c: draws.random(e, n, d, low, high)


@composite(f"randint(int high, size size, *, {_FACTORY})", forms="function out")
def randint(high, size, *, generator, dtype, layout, device, pin_memory, requires_grad):
    """A tensor of shape ``size`` of whole numbers in [low (0), high)."""
    check_strided(layout)
    return _make(size, _integers(0, high), dtype or dtypes.int64, device, generator, requires_grad)


@composite(f"randint.low(int low, int high, size size, *, {_FACTORY})", forms="function out")
def randint_low(low, high, size, *, generator, dtype, layout, device, pin_memory, requires_grad):
    check_strided(layout)
    return _make(size, _integers(low, high), dtype or dtypes.int64, device, generator, requires_grad)


@composite(f"randint_like(Tensor self, int high, *, {_LIKE})", forms="function")
def randint_like(self, high, *, generator, dtype, layout, device, pin_memory, requires_grad, memory_format):
    """A tensor like ``self`` of whole numbers in [low (0), high)."""
    return _make(
        self._layout.shape, _integers(0, high), dtype or self._dtype, device or self.device, generator,
        requires_grad, arrange(self._layout, memory_format),
    )  # fmt: skip


@composite(f"randint_like.low(Tensor self, int low, int high, *, {_LIKE})", forms="function")
def randint_like_low(self, low, high, *, generator, dtype, layout, device, pin_memory, requires_grad, memory_format):
    return _make(
        self._layout.shape, _integers(low, high), dtype or self._dtype, device or self.device, generator,
        requires_grad, arrange(self._layout, memory_format),
    )  # fmt: skip


@composite(f"randperm(int n, *, {_FACTORY})", forms="function out")
def randperm(n, *, generator, dtype, layout, device, pin_memory, requires_grad):
    """The whole numbers below ``n`` in random order: int64, 1-d."""
    check_strided(layout)

    def draw(engine, count, d, _):
        return np.concatenate([draws.randperm(engine, n, d) for _ in range(count // n if n else 1)])

    out = _make((n,), draw, dtype or dtypes.int64, device, generator, False)
    return as_leaf(out, requires_grad)


@composite("bernoulli(Tensor self, *, any generator=None)", forms="function method out")
def bernoulli(self, *, generator):
    """Ones with the probability given at each place of ``self``, else zeros."""
    if modes.state.recorder is not None:
        with modes.untaped():
            value = _below(self, self._dtype, generator)
        return dispatch(registry["drawn_from"], (self, value), ("BernoulliBackward0",))
    chances = values_of(self)
    return _from(self, generator, lambda e: draws.bernoulli_tensor(e, chances), "BernoulliBackward0")


@composite("bernoulli.p(Tensor self, Scalar p, *, any generator=None)", forms="function method")
def bernoulli_p(self, p, *, generator):
    return self.clone().bernoulli_(p, generator=generator)


def _from(parameter: Tensor, gen, draw, node: str) -> Tensor:
    """A tensor drawn with a tensor of parameters; autograd sees a zero gradient."""
    value = drawn_tensor(gen, parameter._storage.device, draw)
    return dispatch(registry["drawn_from"], (parameter, value), (node,))


@composite("poisson(Tensor self, any generator=None)", forms="function")
def poisson(self, generator):
    """Poisson counts with the rate given at each place of ``self``."""
    rates = values_of(self)
    return _from(self, generator, lambda e: rejection.poisson(e, rates), "PoissonBackward0")


@composite("binomial(Tensor count, Tensor prob, any generator=None)", forms="function")
def binomial(count, prob, generator):
    """How many of ``count`` trials of probability ``prob`` succeed."""
    counts, chances = values_of(count), values_of(prob)
    return _from(prob, generator, lambda e: rejection.binomial(e, counts, chances), "BinomialBackward0")


@composite("_sample_dirichlet(Tensor self, any generator=None)", forms="function")
def _sample_dirichlet(self, generator):
    weights = values_of(self)
    value = drawn_tensor(generator, self.device, lambda e: rejection.dirichlet(e, weights))
    return dispatch(registry["dirichlet_sample"], (self, value))


@op("dirichlet_sample(Tensor alpha, Tensor value)", forms="", **no_derivative("_sample_dirichlet"))
def dirichlet_sample(alpha, value):
    return value


@composite("_standard_gamma(Tensor self, any generator=None)", forms="function")
def _standard_gamma(self, generator):
    shapes = values_of(self)
    value = drawn_tensor(generator, self.device, lambda e: rejection.standard_gamma(e, shapes))
    return dispatch(registry["gamma_sample"], (self, value))


@op("gamma_sample(Tensor alpha, Tensor value)", forms="", node="StandardGammaBackward0", once=True,
    grad=lambda g, alpha, result: (g * gamma_gradient(alpha, result), None))  # fmt: skip
def gamma_sample(alpha, value):
    return value


def _long_out(result, out):
    return f"multinomial expects Long tensor out, got: {out.title}"


@composite("multinomial(Tensor self, int num_samples, bool replacement=False, *, any generator=None)",
           forms="function method out", exact_out=_long_out)  # fmt: skip
def multinomial(self, num_samples, replacement, *, generator):
    """Indices drawn by the weights in each row of ``self``: int64."""
    transposed = self.ndim == 2 and not self._layout.is_contiguous and self._layout.stride[0] < self._layout.stride[1]
    if modes.state.recorder is not None and self._layout.numel and not transposed:
        draws.require_multinomial(self, self._dtype, num_samples, replacement)
        with modes.untaped():
            return _chosen(self, num_samples, replacement and num_samples > 1, generator)
    weights = values_of(self)
    return drawn_tensor(
        generator, self.device, lambda e: draws.multinomial(e, weights, num_samples, replacement, transposed)
    )


def _chosen(weights: Tensor, count: int, replacement: bool, gen) -> Tensor:
    """What `multinomial` draws where the weights are known to a program alone."""
    d, shape = weights._dtype, weights._layout.shape
    if replacement:
        shape = (*shape[:-1], count)
        kind, draw = "chosen_by_share", lambda e, n: e.doubles(n)
    else:
        kind, draw = "chosen_by_race", lambda e, n: draws.exponential(e, n, d)
    noise = drawn_tensor(gen, weights._storage.device, draw, contiguous(shape))
    return dispatch(registry[kind], (weights, noise), () if replacement else (count,))


def _multinomial_error(weights, noise, **static) -> Exception:
    try:
        draws.refuse_weights(np.atleast_2d(values_of(weights)), "count" in static)
    except RuntimeError as error:
        return error
    raise AssertionError("weights that were refused are in order")


_CHOICE = {
    "forms": "", "promote": "none", "opmath": False, "differentiable": False, "bounds_values": True,
    "bounds": lambda weights, *_, **__: ~jnp.all(
        (weights >= 0) & jnp.isfinite(weights) & jnp.any(weights > 0, -1, keepdims=True)
    ),
    "bounds_error": _multinomial_error,
}  # fmt: skip


@op("chosen_by_race(Tensor weights, Tensor noise, int count)", **_CHOICE)
def chosen_by_race(weights, noise, *, count):
    wide = jnp.promote_types(weights.dtype, jnp.float32)
    scores = (weights.astype(wide) / noise.astype(wide)).astype(weights.dtype).astype(wide)
    if count == 1:
        return jnp.argmax(scores, -1, keepdims=True)
    keys = jnp.where(jnp.isnan(scores), -jnp.inf, -scores)
    return jnp.argsort(keys, -1, stable=True)[..., :count]


@op("chosen_by_share(Tensor weights, Tensor noise)", **_CHOICE)
def chosen_by_share(weights, noise):
    wide = weights.astype(jnp.promote_types(weights.dtype, jnp.float32))
    # one after another, as PyTorch adds: other orders round otherwise
    step = jnp.moveaxis(wide, -1, 0)
    _, cumulated = lax.scan(lambda total, w: (total + w,) * 2, jnp.zeros_like(step[0]), step)
    cumulated = jnp.moveaxis(cumulated / cumulated[-1], 0, -1).at[..., -1].set(1).astype(jnp.float64)
    search = jnp.vectorize(lambda c, u: jnp.searchsorted(c, u), signature="(n),(m)->(m)")
    return search(cumulated, noise).astype(jnp.int64)


# -- normal(mean, std) ----------------------------------------------------------------------------
def _shaped(mean, std):
    return broadcast_shapes(*[t._layout.shape for t in (mean, std) if isinstance(t, Tensor)])


@op("spread(Tensor self, Operand mean, Operand std)", forms="", promote="none", opmath=False, differentiable=False,
    bounds=lambda self, mean, std: ~jnp.all(std >= 0),
    bounds_error=lambda *_, **__: RuntimeError("normal expects all elements of std >= 0.0"))  # fmt: skip
def spread(self, mean, std):
    return self * std.astype(self.dtype) + mean.astype(self.dtype)


def _normal_of(mean, std, gen, node: str) -> Tensor:
    given = [t for t in (mean, std) if isinstance(t, Tensor)]
    if isinstance(std, Tensor):
        if std._dtype.is_complex:
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if modes.state.recorder is None and std._layout.numel and not (values_of(std) >= 0).all():
            raise RuntimeError("normal expects all elements of std >= 0.0")
    elif std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    shape, d, where = _shaped(mean, std), given[0]._dtype, given[0]._storage.device
    scale = 1.0 if isinstance(std, Tensor) else std
    if modes.state.recorder is not None:
        value = drawn_tensor(gen, where, lambda e, n: draws.normal(e, n, d, 0.0, scale), contiguous(shape))
        with modes.untaped():
            value = dispatch(registry["spread"], (value, mean, std if isinstance(std, Tensor) else 1.0))
        return dispatch(registry["drawn_from"], (given[0], value), (node,))
    spread = values_of(std) if isinstance(std, Tensor) else None
    offset = values_of(mean) if isinstance(mean, Tensor) else d.np.type(mean)

    def draw(engine):
        out = draws.normal(engine, contiguous(shape).numel, d, 0.0, scale).reshape(shape)
        # each step rounds on its own, as PyTorch's mul_ and add_ do
        if spread is not None:
            out = (out * spread).astype(d.np)
        return (out + offset).astype(d.np)

    source = given[0]
    return dispatch(registry["drawn_from"], (source, drawn_tensor(gen, where, draw)), (node,))


@composite("normal(Tensor mean, Tensor std, *, any generator=None)", forms="function out")
def normal(mean, std, *, generator):
    """Normal numbers of the given means and standard deviations (tensors or numbers)."""
    return _normal_of(mean, std, generator, "NormalBackward3")


@composite("normal.mean(Tensor mean, Scalar std=1.0, *, any generator=None)", forms="function out")
def normal_mean(mean, std, *, generator):
    return _normal_of(mean, _number(std), generator, "NormalBackward1")


@composite("normal.std(Scalar mean, Tensor std, *, any generator=None)", forms="function out")
def normal_std(mean, std, *, generator):
    return _normal_of(_number(mean), std, generator, "NormalBackward2")


@composite(f"normal.size(Scalar mean, Scalar std, size size, *, {_FACTORY})", forms="function out")
def normal_size(mean, std, size, *, generator, dtype, layout, device, pin_memory, requires_grad):
    check_strided(layout)
    mean, std = _number(mean), _number(std)
    return _make(
        size, lambda e, n, d, c: draws.normal(e, n, d, mean, std, c), dtype or dtypes.get_default_dtype(), device,
        generator, requires_grad,
    )  # fmt: skip


# -- dropout --------------------------------------------------------------------------------------
_SELU_ALPHA = 1.7580993408473766


def dropout_noise(layout: Layout, where, d: dtypes.dtype, p: float) -> Tensor:
    """What dropout multiplies by: zeros with probability ``p``, ``1 / (1 - p)`` elsewhere."""
    return drawn_tensor(None, where, lambda e, n: draws.dropout_noise(e, n, d, p), layout, layout)


def _dropout(x: Tensor, p: float, train: bool, *, inplace=False, feature=False, alpha=False) -> Tensor:
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
    if p == 0 or not train or not x._layout.numel:
        return x
    if p == 1:
        return x.mul_(0) if inplace else x * x.new_zeros(())
    if feature:
        if x.ndim < 2:
            raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
        layout = contiguous((*x._layout.shape[:2], *[1] * (x.ndim - 2)))
    else:
        layout = arrange(x._layout, None)
    where, d = x._storage.device, x._dtype
    if not alpha:
        noise = dropout_noise(layout, where, d, p)
        return x.mul_(noise) if inplace else x * noise
    kept = drawn_tensor(None, where, lambda e, n: draws.bernoulli(e, n, d, 1 - p), layout, layout)
    a = 1.0 / np.sqrt((_SELU_ALPHA * _SELU_ALPHA * p + 1) * (1 - p))
    shift = (kept - 1) * float(_SELU_ALPHA * a) + float(_SELU_ALPHA * a * p)
    factor = kept * float(a)
    return x.mul_(factor).add_(shift) if inplace else (x * factor).add_(shift)


def _dropout_family(name: str, **kind) -> None:
    def function(self, p, train):
        return _dropout(self, p, train, **kind)

    function.__doc__ = f"``{name}``: zero elements (or whole channels) with probability ``p`` while training."
    composite(f"{name}(Tensor self, float p, bool train)", forms="function")(function)

    def written(self, p, train):
        return _dropout(self, p, train, inplace=True, **kind)

    written.__doc__ = f"``{name}`` in place. Returns self."
    composite(f"{name}_(Tensor self, float p, bool train)", forms="function")(written)


_dropout_family("dropout")
_dropout_family("feature_dropout", feature=True)
_dropout_family("alpha_dropout", alpha=True)
_dropout_family("feature_alpha_dropout", feature=True, alpha=True)


@composite("native_dropout(Tensor self, float p, bool? train)", forms="function")
def native_dropout(self, p, train) -> tuple[Tensor, Tensor]:
    """(dropout of ``self``, the mask of what was kept)."""
    if train is False or not self._layout.numel:
        return self.clone(), self.new_ones(self._layout.shape, dtype=dtypes.bool_)
    layout = arrange(self._layout, None)
    mask = drawn_tensor(None, self.device, lambda e, n: draws.bernoulli(e, n, dtypes.bool_, 1 - p), layout, layout)
    return self * mask * (0.0 if p == 1 else 1.0 / (1.0 - p)), mask
