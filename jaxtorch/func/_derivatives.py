"""`grad`, `vjp`, `jvp` and Jacobians, on the tape: PyTorch's conventions, to any order."""

from __future__ import annotations

import functools
import itertools
import math

from .._core import modes, tape
from .._core.bind import namespaces
from .._core.tensor import Tensor
from .._record.trees import flatten, text_of, unflatten
from ..autograd import enable_grad
from ..autograd import grad as autograd_grad
from ._vmap import vmap

_torch = namespaces["torch"]


def _entered(tree):
    """The tensors of ``tree`` as differentiable ones of their own: aliases, tied to what they alias if
    that is differentiated further out."""
    leaves, structure = flatten(tree)
    made = []
    for x in leaves:
        if not isinstance(x, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
        if x._dtype.category < 2:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        made.append(x.view_as(x) if x.requires_grad else _leaf(x))
    return made, unflatten(structure, made)


_made = itertools.count()


def _leaf(x: Tensor) -> Tensor:
    """A differentiable leaf on the memory of ``x``, for a transform: it knows its turn among all of them."""
    leaf = x.detach().requires_grad_()
    leaf.__dict__["_turn"] = next(_made)
    return leaf


def _turn(x: Tensor) -> float:
    """The turn of a transform's leaf; of another tensor, before all."""
    return x.__dict__.get("_turn", -1)


def _left(tree, entered):
    """``tree`` without what ties it to this transform, and to those inside it, only: detached unless something
    further out is differentiated."""
    first = min([_turn(x) for x in entered if isinstance(x, Tensor) and _turn(x) >= 0], default=math.inf)
    leaves, structure = flatten(tree)
    return unflatten(structure, [_without(x, first) if isinstance(x, Tensor) else x for x in leaves])


def _without(x: Tensor, first: float) -> Tensor:
    if not x.requires_grad:
        return x
    if x._grad_fn is None:
        return x.detach() if _turn(x) >= first else x
    for node in tape.reachable(x.grad_fn):
        if isinstance(node, tape.AccumulateGrad) and _turn(node.variable) < first:
            return x
    return x.detach()


def _chosen(argnums, args):
    """(whether several arguments are chosen, their numbers)."""
    several = isinstance(argnums, tuple)
    if not several and not isinstance(argnums, int):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    numbers = argnums if several else (argnums,)
    if not numbers:
        raise RuntimeError("argnums must be non-empty")
    if len(set(numbers)) != len(numbers):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    for n in numbers:
        if type(n) is not int:
            raise RuntimeError(f"argnum must be int, got: {type(n)}")
        if not -len(args) <= n < len(args):
            raise RuntimeError(f"Got argnum={n}, but only {len(args)} positional inputs")
    return several, [n % len(args) for n in numbers]


def _partial(func, args, kwargs, numbers):
    """``func`` as a function of the arguments of those numbers alone."""

    def partial(*chosen):
        full = list(args)
        for n, x in zip(numbers, chosen, strict=True):
            full[n] = x
        return func(*full, **kwargs)

    return partial


def grad_and_value(func, argnums=0, has_aux: bool = False):
    """Like `grad`; the function returns (gradient, value), or (gradient, (value, aux))."""

    @functools.wraps(func)
    def run(*args, **kwargs):
        with enable_grad():
            several, numbers = _chosen(argnums, args)
            args = list(args)
            entered, structures = [], []
            for n in numbers:
                leaves, args[n] = _entered(args[n])
                structures.append((len(leaves), flatten(args[n])[1]))
                entered += leaves
            out = func(*args, **kwargs)
            aux = None
            if has_aux:
                if not (isinstance(out, tuple) and len(out) == 2):
                    raise RuntimeError(
                        "grad_and_value(f)(*args): output of function f should be a tuple: (output, aux) "
                        "if has_aux is True"
                    )
                out, aux = out
            if not isinstance(out, Tensor):
                raise RuntimeError(
                    f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(out)}"
                )
            if out.ndim:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                    f"{out.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            grads = _pulled(out, entered, None)
            found, at = [], 0
            for count, structure in structures:
                found.append(unflatten(structure, grads[at : at + count]))
                at += count
            result = tuple(found) if several else found[0]
            result, out, aux = (_left(x, entered) for x in (result, out, aux))
        return (result, (out, aux)) if has_aux else (result, out)

    return run


def _with_aux(what: str, out, has_aux: bool):
    """(the result of a function, what it returns beside)."""
    if not has_aux:
        return out, None
    if not (isinstance(out, tuple) and len(out) == 2):
        raise RuntimeError(f"{what}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return out


def _pulled(out, entered, cotangents, retain: bool = True, create: bool = True) -> list:
    """The gradients of ``out`` at the entered tensors: zeros where it does not depend on one."""
    outs = [out] if isinstance(out, Tensor) else out
    chosen = [x for x in entered if isinstance(x, Tensor) and x.requires_grad]
    live = [
        (o, None if cotangents is None else c)
        for o, c in zip(outs, cotangents or outs, strict=True)
        if o.requires_grad
    ]
    if live and chosen:
        given = None if cotangents is None else [c for _, c in live]
        grads = iter(autograd_grad([o for o, _ in live], chosen, given, retain, create, allow_unused=True))
    else:
        grads = iter([None] * len(chosen))
    found = []
    for x in entered:
        g = next(grads) if isinstance(x, Tensor) and x.requires_grad else None
        found.append(_torch["zeros_like"](x) if g is None and isinstance(x, Tensor) else g)
    return found


def _depends(out: Tensor, entered) -> bool:
    """Whether ``out`` was computed from one of the entered tensors."""
    if any(out is x for x in entered):
        return True
    own = {tape.edge_of(x)[0] for x in entered if isinstance(x, Tensor) and x.requires_grad}
    return out.grad_fn is not None and not own.isdisjoint(tape.reachable(out.grad_fn))


def grad(func, argnums=0, has_aux: bool = False):
    """The gradient of a function that returns a 0-dim tensor.

    Args:
        func: tensors in, a 0-dim tensor out.
        argnums: the number of the argument (or a tuple of them) to differentiate.
        has_aux: ``func`` returns (value, anything), and the new function (gradient, anything).

    Returns:
        A function of the same arguments; gradients are shaped as the arguments.

    Raises:
        RuntimeError: the result is not a 0-dim tensor.

    Example:
        >>> import jaxtorch as torch
        >>> torch.func.grad(torch.func.grad(torch.sin))(torch.tensor(0.5))
        tensor(-0.4794)
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def run(*args, **kwargs):
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return run


def vjp(func, *primals, has_aux: bool = False):
    """(``func(*primals)``, a function from cotangents of the result to cotangents of ``primals``).

    Args:
        func: tensors in, tensors out, in any nested structures.
        primals: its arguments.
        has_aux: ``func`` returns (result, anything): that is returned third.

    Returns:
        The value and the pulling function.

    Example:
        >>> import jaxtorch as torch
        >>> value, pull = torch.func.vjp(torch.square, torch.tensor([1.0, 2.0]))
        >>> pull(torch.ones(2))
        (tensor([2., 4.]),)
    """
    with enable_grad():
        entered, args = _entered(primals)
        out = func(*args)
        out, aux = _with_aux("vjp(f, *primals)", out, has_aux)
        outs, structure = flatten(out)
        for o in outs:
            if not isinstance(o, Tensor):
                raise RuntimeError(
                    f"vjp(f, *primals): expected f(*primals) to return only tensors, got unsupported type {type(o)}"
                )
            if o._dtype.category < 2:
                raise RuntimeError(
                    "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with "
                    f"dtype {o.dtype}"
                )

    def pull(*cotangents, retain_graph: bool = True, create_graph: bool | None = None):
        given = cotangents[0] if len(cotangents) == 1 and not isinstance(out, tuple) else cotangents
        given, found = flatten(given)
        if found != structure:
            given = flatten(cotangents[0])[0] if len(cotangents) == 1 else given
        if len(given) != len(outs):
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs "
                "to the function. "
                f"cotangents: {found}, primal output: {structure}"
            )
        create = modes.state.grad if create_graph is None else create_graph
        with enable_grad():
            grads = _pulled(outs, entered, given, retain_graph, create)
            return _left(unflatten(flatten(primals)[1], grads), entered)

    value = _left(out, entered)
    return (value, pull, _left(aux, entered)) if has_aux else (value, pull)


def jvp(func, primals, tangents, *, strict: bool = False, has_aux: bool = False):
    """(``func(*primals)``, its derivative along ``tangents``).

    Args:
        func: tensors in, tensors out.
        primals: a tuple of arguments.
        tangents: a tuple of directions, shaped as ``primals``.
        strict: raise where the result does not depend on an argument.
        has_aux: ``func`` returns (result, anything): that is returned third.

    Returns:
        The value and the derivative, in the structure of the result.

    Example:
        >>> import jaxtorch as torch
        >>> torch.func.jvp(torch.sin, (torch.tensor(0.0),), (torch.tensor(2.0),))
        (tensor(0.), tensor(2.))
    """
    if not isinstance(primals, tuple):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    given, structure = flatten(tangents)
    leaves, wanted = flatten(primals)
    if structure != wanted:
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure. For example, "
            "if primals is a tuple of 3 tensors, tangents also must be. Got primals with structure "
            f"{text_of(wanted)} and tangents with structure {text_of(structure)}"
        )
    for kind, found in (("primals", leaves), ("tangents", given)):
        for x in found:
            if not isinstance(x, Tensor):
                raise RuntimeError(
                    f"jvp(f, primals, tangents): Expected {kind} to only contain Tensors, got {type(x)}"
                )
        if not found:
            raise RuntimeError(f"jvp(f, primals, tangents): Expected {kind} to contain at least one Tensor.")
    for x, t in zip(leaves, given, strict=True):
        if x.shape != t.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this "
                f"is not supported. Tensor is of size {list(x.shape)} while the given forward gradient is of size "
                f"{list(t.shape)}."
            )
    with enable_grad():
        entered, args = _entered(primals)
        out = func(*args)
        out, aux = _with_aux("jvp(f, primals, tangents)", out, has_aux)
        outs, structure = flatten(out)
        for o in outs:
            if not isinstance(o, Tensor):
                raise RuntimeError(
                    "jvp(f, primals, tangents): expected f(*primals) to return only tensors, got unsupported type "
                    f"{type(o)}"
                )
        if strict and not all(_depends(o, entered) for o in outs):
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is "
                "not allowed with strict=True."
            )
        found = unflatten(structure, _pushing(outs, entered)(given))
        value = _left(out, entered)
    return (value, found, _left(aux, entered)) if has_aux else (value, found)


def _pushing(outs: list, entered: list):
    """The function from directions of the entered tensors to derivatives of ``outs``: what is pulled back is
    linear in the cotangent, and its derivative by that is this function."""
    seeds = [_leaf(_torch["zeros_like"](o)) for o in outs]
    pulled = _pulled(outs, entered, seeds)

    def push(directions) -> list:
        return [_left(d, [*entered, *seeds]) for d in _pulled(pulled, seeds, directions)]

    return push


def linearize(func, *primals):
    """(``func(*primals)``, a function from directions to its derivatives there).

    The function runs once, whatever the number of directions.

    Args:
        func: tensors in, tensors out, in any nested structures.
        primals: its arguments.

    Returns:
        The value, and a function of directions, shaped as ``primals``.

    Raises:
        RuntimeError: directions of other structures, shapes or dtypes.

    Example:
        >>> import jaxtorch as torch
        >>> value, push = torch.func.linearize(torch.square, torch.tensor([1.0, 2.0]))
        >>> push(torch.ones(2))
        tensor([2., 4.])
    """
    with enable_grad():
        entered, args = _entered(primals)
        out = func(*args)
        leaves, structure = flatten(out)
        outs = [o for o in leaves if isinstance(o, Tensor)]
        pushing = _pushing(outs, entered)
    inputs, wanted = flatten(primals)

    def push(*tangents):
        given, found = flatten(tangents)
        if found != wanted:
            raise RuntimeError(
                f"Expected the tangents {text_of(found)} to have the same argspec as the primals {text_of(wanted)}"
            )
        for i, (t, x) in enumerate(zip(given, inputs, strict=True)):
            for fact in ("shape", "dtype"):
                if getattr(t, fact) != getattr(x, fact):
                    raise RuntimeError(
                        f"tangent:{i} with {fact} {getattr(t, fact)} in flattened pytree doesn't match the {fact} "
                        f"{getattr(x, fact)} of the corresponding primal."
                    )
        with enable_grad():
            derivatives = iter(pushing(given))
            return unflatten(structure, [next(derivatives) if isinstance(o, Tensor) else o for o in leaves])

    return _left(out, entered), push


def _flat_eye(x: Tensor):
    """The directions of one tensor: (numel, *shape)."""
    return _torch["eye"](x.numel(), dtype=x.dtype, device=x.device).reshape(x.numel(), *x.shape)


def jacrev(func, argnums=0, *, has_aux: bool = False, chunk_size: int | None = None):
    """The Jacobian, row by row: one pull-back for each element of the result, mapped.

    Args:
        func: tensors in, tensors out.
        argnums: the argument (or a tuple of them) to differentiate.
        has_aux: ``func`` returns (result, anything).
        chunk_size: how many rows at once.

    Returns:
        A function; its result is of shape (*result, *argument), in the structures of both.

    Example:
        >>> import jaxtorch as torch
        >>> torch.func.jacrev(torch.sin)(torch.zeros(2))
        tensor([[1., 0.],
                [0., 1.]])
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def run(*args, **kwargs):
        several, numbers = _chosen(argnums, args)

        found = vjp(_partial(func, args, kwargs, numbers), *[args[n] for n in numbers], has_aux=has_aux)
        out, pull = found[:2]
        outs, structure = flatten(out)
        rows = []
        for i, o in enumerate(outs):

            def row(direction, i=i):
                given = [direction if j == i else _torch["zeros_like"](other) for j, other in enumerate(outs)]
                cotangents = unflatten(structure, given)
                return pull(*cotangents) if isinstance(out, tuple) else pull(cotangents)

            jacobian = vmap(row, chunk_size=chunk_size)(_flat_eye(o))
            leaves, inner = flatten(jacobian)
            shaped = unflatten(inner, [g.reshape(*o.shape, *g.shape[1:]) for g in leaves])
            rows.append(shaped if several else shaped[0])
        result = unflatten(structure, rows)
        return (result, found[2]) if has_aux else result  # pyright: ignore[reportGeneralTypeIssues]

    return run


def jacfwd(func, argnums=0, has_aux: bool = False, *, randomness: str = "error"):
    """The Jacobian, column by column: one derivative for each element of the argument, mapped.

    Args, Returns: as `jacrev`.

    Example:
        >>> import jaxtorch as torch
        >>> torch.func.jacfwd(torch.sin)(torch.zeros(2))
        tensor([[1., 0.],
                [0., 1.]])
    """

    @functools.wraps(func)
    def run(*args, **kwargs):
        several, numbers = _chosen(argnums, args)
        chosen = tuple([args[n] for n in numbers]) if several else args[numbers[0]]
        inputs, inner = flatten(chosen)
        columns, structure = [], None  # for each input, its columns of each result's Jacobian

        def partial(*leaves):
            parts = unflatten(inner, leaves)
            return _partial(func, args, kwargs, numbers)(*(parts if several else (parts,)))

        for i, x in enumerate(inputs):

            def column(direction, i=i):
                given = [direction if j == i else _torch["zeros_like"](other) for j, other in enumerate(inputs)]
                return jvp(partial, tuple(inputs), tuple(given), has_aux=has_aux)[1]

            jacobian = vmap(column, out_dims=-1, randomness=randomness)(_flat_eye(x))
            leaves, structure = flatten(jacobian)
            columns.append([g.reshape(*g.shape[:-1], *x.shape) for g in leaves])
        joined = [unflatten(inner, parts) for parts in zip(*columns, strict=True)]
        result = unflatten(structure, joined)
        return (result, func(*args, **kwargs)[1]) if has_aux else result

    return run


def hessian(func, argnums=0):
    """The Hessian of a function that returns a 0-dim tensor: `jacfwd` of `jacrev`.

    Example:
        >>> import jaxtorch as torch
        >>> torch.func.hessian(lambda x: (x * x).sum())(torch.zeros(2))
        tensor([[2., 0.],
                [0., 2.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)

