"""`vmap`: a function of one example becomes a function of a batch."""

from __future__ import annotations

import functools

import jax

from .._core import modes
from .._core.bind import namespaces
from .._core.generator import get_rng_state, set_rng_state
from .._core.tensor import Tensor
from .._record import pure
from .._record.trees import flatten, spread, text_of, unflatten

_RANDOM = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
    "'different' randomness flags on vmap or perform the randomness operation out of vmap"
)


def vmap(func, in_dims=0, out_dims=0, randomness: str = "error", *, chunk_size: int | None = None):
    """``func`` mapped over a dimension of its arguments.

    Args:
        func: tensors in (in any nested structure), tensors out.
        in_dims: the dimension to map over, an int for all arguments, or a structure like the arguments
            with None where an argument is not mapped.
        out_dims: where the dimension is put in the results.
        randomness: random numbers are an ``"error"``, the ``"same"`` for all examples, or ``"different"``: those of
            all examples are one draw, in order.
        chunk_size: how many examples run at once; None: all.

    Returns:
        A function; what it returns is fresh.

    Raises:
        ValueError: dimensions that do not fit the arguments, sizes that differ.
        RuntimeError: a value is read inside, or random numbers with ``randomness="error"``.

    Differs from PyTorch:
        draws whose parameters are mapped over (`bernoulli(x)`) are allowed with ``randomness="same"``, in-place
        draws into tensors that are not mapped over with ``"different"``.

    Example:
        >>> import jaxtorch as torch
        >>> x, y = torch.arange(6.0).reshape(3, 2), torch.ones(3, 2)
        >>> torch.func.vmap(torch.dot)(x, y)
        tensor([1., 5., 9.])
    """
    if randomness not in ("error", "same", "different"):
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
        )
    if chunk_size is not None and (type(chunk_size) is not int or chunk_size < 1):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def mapped(*args, **kwargs):
        leaves, dims, structure = _matched(in_dims, args, func)
        size = _size(leaves, dims)
        if chunk_size is not None and size > chunk_size:
            parts = []
            state = get_rng_state() if randomness == "same" else None
            for start in range(0, size, chunk_size):
                n = min(chunk_size, size - start)
                part = [x if d is None else x.narrow(d, start, n) for x, d in zip(leaves, dims, strict=True)]
                if randomness == "same":
                    set_rng_state(state)
                parts.append(_mapped(func, part, dims, structure, kwargs, out_dims, randomness, n))
            return _joined(parts, out_dims)
        return _mapped(func, leaves, dims, structure, kwargs, out_dims, randomness, size)

    return mapped


def _name(func) -> str:
    return getattr(func, "__name__", repr(func))


def _matched(in_dims, args, func):
    """The leaves of the arguments with their mapped dimensions."""
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially "
            f"nested) tuple matching the structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({_name(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap "
            "over a function with no inputs. The latter is unsupported."
        )
    leaves, structure = flatten(args)
    if isinstance(in_dims, int):
        dims = [in_dims] * len(leaves)
    else:
        try:
            dims = spread(in_dims, args)
        except ValueError:
            raise ValueError(
                f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure "
                f"of `inputs`. in_dims has structure {text_of(flatten(in_dims)[1])} but inputs has structure "
                f"{text_of(structure)}."
            ) from None
    for i, (x, d) in enumerate(zip(leaves, dims, strict=True)):
        if d is None:
            continue
        if not isinstance(d, int):
            raise ValueError(
                f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for an input but in_dim must "
                "be either an integer dimension or None."
            )
        if not isinstance(x, Tensor):
            raise ValueError(
                f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for an input but the input is "
                f"of type {type(x)}. We cannot vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -x.ndim <= d < x.ndim:
            raise ValueError(
                f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): Got in_dim={d} for some input, but that input "
                f"is a Tensor of dimensionality {x.ndim} so expected in_dim to satisfy -{x.ndim} <= in_dim < {x.ndim}."
            )
        dims[i] = d % x.ndim
    return leaves, dims, structure


def _size(leaves, dims) -> int:
    sizes = [x.shape[d] for x, d in zip(leaves, dims, strict=True) if d is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(s != sizes[0] for s in sizes):
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the "
            "mapped dimension"
        )
    return sizes[0]


def _mapped(func, leaves, dims, structure, kwargs, out_dims, randomness, size):
    places = [i for i, x in enumerate(leaves) if isinstance(x, Tensor)]
    tensors = [leaves[i] for i in places]
    facts = []
    for i in places:
        x, d = leaves[i], dims[i]
        shape = x._layout.shape if d is None else (*x._layout.shape[:d], *x._layout.shape[d + 1 :])
        facts.append((shape, x._dtype, x._storage.device, modes.state.grad and x.requires_grad))

    def one(*parts):
        full = list(leaves)
        for i, part in zip(places, parts, strict=True):
            full[i] = part
        result = func(*unflatten(structure, full), **kwargs)
        for x in flatten(result)[0]:
            if not isinstance(x, Tensor):
                raise ValueError(
                    f"vmap({_name(func)}, ...): `{_name(func)}` must only return Tensors, got type {type(x)}. Did you "
                    "mean to set out_dims= to None for output?"
                )
        return result

    recorded = pure.Pure("vmap", one, facts, size if randomness == "different" else None)
    if recorded.draws and randomness == "error":
        raise RuntimeError(_RANDOM)
    outs = _out_dims(out_dims, recorded, func)
    axes = [dims[i] for i in places]

    def combine(function):
        def batched(outside, *operands):
            mapped = jax.vmap(function, (*recorded.axes, *axes), tuple(outs))
            return mapped(*outside, *operands)

        return batched

    try:
        results = pure.run("vmap", (tuple(axes), tuple(outs), tuple(recorded.axes)), [recorded], combine, tensors)
    except ValueError as e:
        if "got axis spec None but output was batched" not in str(e):
            raise
        raise ValueError(
            f"vmap({_name(func)}, ...): `{_name(func)}` can not return a BatchedTensor when out_dim is None"
        ) from None
    return unflatten(recorded.structure, results)


def _out_dims(out_dims, recorded, func) -> list:
    where = f"vmap({_name(func)}, ..., out_dims={out_dims})"
    if not all(d is None or isinstance(d, int) for d in flatten(out_dims)[0]):
        raise ValueError(
            f"{where}: `out_dims` must be an int, None or a python collection of ints representing where in the "
            "outputs the vmapped dimension should appear."
        )
    places = unflatten(recorded.structure, range(len(recorded.outputs)))
    prefix = out_dims
    if isinstance(out_dims, tuple) and len(out_dims) == 1 and type(places) is int:
        (prefix,) = out_dims
    try:
        dims = spread(prefix, places)
    except ValueError:
        raise ValueError(
            f"{where}(<inputs>): out_dims is not compatible with the structure of `outputs`. out_dims has structure "
            f"{text_of(flatten(out_dims)[1])} but outputs has structure {text_of(recorded.structure)}."
        ) from None
    return [_placed(d, len(shape)) for d, (shape, *_) in zip(dims, recorded.facts, strict=True)]


def _placed(d: int | None, ndim: int) -> int | None:
    if d is not None and not -ndim - 1 <= d <= ndim:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim - 1}, {ndim}], but got {d})")
    return d if d is None or d >= 0 else d + ndim + 1


def _joined(parts, out_dims):
    cat = namespaces["torch"]["cat"]
    leaves = [flatten(p)[0] for p in parts]
    dims = spread(out_dims, parts[0])
    joined = [
        same[0] if d is None else cat(list(same), d) for same, d in zip(zip(*leaves, strict=True), dims, strict=True)
    ]
    return unflatten(flatten(parts[0])[1], joined)
