"""Function: operations whose forward and backward the user writes."""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any

import jax
from jax.core import Tracer

from .._core import errors, modes
from .._core.alias import View, rebase, zeros_of
from .._core.layout import broadcast_shapes
from .._core.tape import Node, Saved, edge_of
from .._core.tensor import Tensor, wrap

_CHOOSE = (
    "You must implement either the backward or vjp method for your custom autograd.Function to use it "
    "with backward mode AD."
)


class FunctionCtx(Node):
    """What a Function's forward and backward share; it is the result's ``grad_fn`` too."""

    _forward_cls: type
    _name = "Function"
    accepts_absent = True

    def __init__(self, edges, needs):
        super().__init__(edges)
        self.needs_input_grad = needs
        self.materialize_grads = True
        self._to_save: tuple = ()
        self._saved: tuple | None = ()
        self._dirty: tuple = ()
        self._non_differentiable: tuple = ()
        self._tensor_places: tuple = ()
        self._argument_count = 0

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self._name} object at {hex(id(self))}>"

    def save_for_backward(self, *tensors) -> None:
        """Keep tensors for backward; read them there as ``ctx.saved_tensors``."""
        self._to_save = tensors

    def save_for_forward(self, *tensors) -> None:
        """Keep tensors for forward-mode differentiation."""
        self.saved_for_forward = tensors

    def mark_dirty(self, *tensors) -> None:
        """Declare the inputs that forward changed in place."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors) -> None:
        """Declare outputs that have no gradient."""
        self._non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True) or None for outputs that nothing used."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple:
        if self._saved is None:
            raise RuntimeError(errors.FREED)
        out = []
        for s in self._saved:
            if isinstance(s, tuple):
                original, record = s
                record.check(self)
                out.append(original if record.unpack is None else record.tensor(self))
            elif s is None:
                out.append(None)
            else:
                s.check(self)
                out.append(s.tensor(self))
        return tuple(out)

    saved_variables = saved_tensors

    def _keep(self, outputs) -> None:
        """Turn what forward asked to save into snapshots, outputs without a cycle."""
        kept: list = []
        for i, t in enumerate(self._to_save):
            if t is None:
                kept.append(None)
                continue
            if not isinstance(t, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}"
                )
            number = next((n for n, o in enumerate(outputs) if o is t), None)
            if number is not None:
                edge = (None, number) if t._requires_grad else None
                kept.append(Saved(t, t._operand(), edge))
            else:
                kept.append((t, Saved(t, None, edge_of(t))))
        self._saved = tuple(kept)

    def kept(self):
        return [e for s in self._saved or () if s is not None for e in (s if isinstance(s, tuple) else (s,))]

    def apply(self, grads):
        if self.materialize_grads:
            grads = [
                zeros_of(meta) if g is None and meta[1] is not None else g
                for g, meta in zip(grads, self.outputs, strict=True)
            ]
        outs = _backward_of(self._forward_cls)(self, *grads)
        if not isinstance(outs, tuple):
            outs = (outs,)
        expected = self._argument_count
        if len(outs) > expected and all(o is None for o in outs[expected:]):
            outs = outs[:expected]
        if len(outs) != expected:
            raise RuntimeError(
                f"function {self._name} returned an incorrect number of gradients (expected {expected}, "
                f"got {len(outs)})"
            )
        found = []
        for i, g in enumerate(outs):
            if i in self._tensor_places:
                if g is not None and not isinstance(g, Tensor):
                    raise RuntimeError(f"expected Variable or None (got {type(g).__name__})")
                edge = self.edges[len(found)]
                found.append(g if g is None or edge is None else self._validated(len(found), g, edge))
            elif g is not None:
                raise RuntimeError(
                    f"function {self._name} returned a gradient different than None at position {i + 1}, "
                    "but the corresponding forward input was not a Variable"
                )
        return tuple(found)

    def _validated(self, i: int, g: Tensor, edge) -> Tensor:
        node, number = edge
        shape = node.outputs[number][0]
        if g._layout.shape == shape:
            return g
        try:
            fits = broadcast_shapes(shape, g._layout.shape) == g._layout.shape
        except RuntimeError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {self._name} returned an invalid gradient at index {i} - got {list(g.shape)} but "
                f"expected shape compatible with {list(shape)}"
            )
        return g

    def release(self):
        if self._saved:
            self._saved = None


def _backward_of(cls):
    """The user's backward (or vjp) of a Function."""
    if cls.vjp is Function.vjp:
        return cls.backward
    if cls.backward is not Function.backward:
        raise RuntimeError(
            "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
            "implement one of them."
        )
    return cls.vjp


class FunctionMeta(type):
    """Gives each Function the class of its nodes, named after it."""

    def __init__(cls, name, bases, attrs):
        super().__init__(name, bases, attrs)
        facts = {"_forward_cls": cls, "_name": f"{name}Backward", "__module__": "torch.autograd.function"}
        cls._backward_cls = type(f"{name}Backward", (FunctionCtx,), facts)


class Function(metaclass=FunctionMeta):
    """A custom operation: subclass it with static ``forward`` and ``backward`` and call ``apply``.

    Example:
        >>> import jaxtorch as torch
        >>> class Square(torch.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         (x,) = ctx.saved_tensors
        ...         return 2 * x * g
        >>> x = torch.tensor(3.0, requires_grad=True)
        >>> Square.apply(x).backward()
        >>> x.grad
        tensor(6.)
    """

    generate_vmap_rule = False

    def __init__(self, *args, **kwargs):
        warnings.warn(
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all static, so "
            "you should invoke them on the class itself. Instantiating an autograd function will raise an "
            "error in a future version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args, **kwargs):
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style "
            "autograd function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args, **kwargs):
        """Compute the result; with a first parameter ``ctx`` unless ``setup_context`` is defined."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Save for backward, in Functions whose forward takes no ``ctx``."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        """The gradients of forward's inputs, None where there is none."""
        raise NotImplementedError(_CHOOSE)

    vjp = backward

    @staticmethod
    def jvp(ctx, *grad_inputs):
        """The forward-mode derivative."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info, in_dims, *args):
        """The rule under vmap; JAX batches forward and backward themselves where it is not given."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
            "generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args, **kwargs):
        """Run the operation and tape it."""
        args = _bound(cls, args, kwargs)
        places = tuple(i for i, a in enumerate(args) if isinstance(a, Tensor))
        needs = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        taped = modes.state.grad and any(needs)
        traced = any(isinstance(args[i]._value(), Tracer) for i in places)
        if traced and not taped:
            return traced_call(cls, args, places)
        edges = tuple(edge_of(args[i]) if taped else None for i in places)
        ctx = cls._backward_cls(edges, needs)
        ctx._tensor_places, ctx._argument_count = places, len(args)
        given = args
        if traced:  # forward runs on copies: what it writes reaches the arguments through the trace
            given = [wrap(a._value(), a.device) if isinstance(a, Tensor) else a for a in args]
        output = _run_forward(cls, ctx, given)
        if traced:
            output = _traced_beside(cls, ctx, args, given, places, output)
        outs = output if isinstance(output, tuple) else (output,)
        outs = _connect(ctx, args, outs, taped)
        if taped:
            ctx._keep(outs)
        # outputs lead to the context: it must not lead back to them
        ctx._to_save = ctx._dirty = ctx._non_differentiable = ()
        return outs if isinstance(output, tuple) else outs[0]


def _bound(cls, args, kwargs):
    """The arguments in the order of forward's parameters."""
    own_context = cls.setup_context is Function.setup_context
    if own_context and not kwargs:
        return args
    skip = (None,) if own_context else ()
    try:
        bound = inspect.signature(cls.forward).bind(*skip, *args, **kwargs)
    except TypeError as e:
        raise TypeError(f"forward() {e}" if own_context else str(e)) from None
    if not own_context:
        bound.apply_defaults()
    return bound.args[len(skip) :]


def _run_forward(cls, ctx, args):
    previous, modes.state.grad = modes.state.grad, False
    try:
        if cls.setup_context is not Function.setup_context:
            output = cls.forward(*args)
            cls.setup_context(ctx, tuple(args), output)
            return output
        return cls.forward(ctx, *args)
    finally:
        modes.state.grad = previous


def _connect(ctx, args, outs, taped: bool):
    """Hang the node on the outputs, by PyTorch's rules for inputs that come out again."""
    for t in ctx._dirty:
        if not any(o is t for o in outs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. "
                "The inputs that are modified inplace must all be outputs of the Function."
            )
    connected = []
    differentiable = 0
    for number, o in enumerate(outs):
        if not isinstance(o, Tensor):
            connected.append(o)
            ctx.outputs.append(((), None, None))
            continue
        dirty = any(o is t for t in ctx._dirty)
        is_input = any(o is a for a in args)
        plain = any(o is t for t in ctx._non_differentiable) or o._dtype.category < 2
        if dirty:
            o._count_write()
            if o._view is not None and len(outs) > 1:
                raise RuntimeError(errors.DIRTY_VIEW)
            if not is_input:
                warnings.warn(
                    "Only input Tensors should be given to ctx.mark_dirty(). If a Tensor is not an input, "
                    "there is no need to pass it to mark_dirty().",
                    stacklevel=4,
                )
        elif is_input:
            source, o = o, o.detach()  # an input returned as it is comes out as a view of itself
            if taped and not plain:
                o._view = View(source, o._writes, "custom")
        elif o._view is not None and taped:
            o._view.creation = "custom"
        ctx.add_output(o)
        connected.append(o)
        if not taped or plain:
            if plain and o._requires_grad and not is_input:
                o._requires_grad, o._grad_fn = False, None
            continue
        differentiable += 1
        if dirty and o._requires_grad and o._grad_fn is None:
            raise RuntimeError(errors.LEAF_WRITTEN)
        if dirty and o._view is not None:
            rebase(o, ctx)
        else:
            o._grad_fn, o._output_nr, o._requires_grad = ctx, number, True
            if o._view is not None:
                o._view.version = o._writes
    if differentiable > 1:
        for o in connected:
            if isinstance(o, Tensor) and o._view is not None:
                o._view.creation = "multi"
    return tuple(connected)


# -- inside a JAX trace ---------------------------------------------------------------------------
def traced_call(cls, args, places):
    """The operation as a `jax.custom_vjp`, so that JAX's transforms honour the user's backward."""
    known: dict = {}  # what the latest run of forward knew beside arrays

    def run(values):
        full = list(args)
        for i, v in zip(places, values, strict=True):
            full[i] = wrap(v, args[i].device)
        ctx = cls._backward_cls(
            (None,) * len(places), tuple(i in places and args[i]._dtype.category > 1 for i in range(len(args)))
        )
        ctx._tensor_places, ctx._argument_count = places, len(args)
        known["fields"] = set(ctx.__dict__)
        output = _run_forward(cls, ctx, full)
        outs = output if isinstance(output, tuple) else (output,)
        known["many"] = isinstance(output, tuple)
        known["others"] = [None if isinstance(o, Tensor) else (o,) for o in outs]
        known["written"] = [
            next((i for i in places if full[i] is o and any(o is t for t in ctx._dirty)), None) for o in outs
        ]
        known["facts"] = [
            (o._layout.shape, o._dtype, o.device) if isinstance(o, Tensor) else ((), None, None) for o in outs
        ]
        return ctx, tuple(o._value() for o in outs if isinstance(o, Tensor))

    def forward(*values):
        ctx, arrays = run(values)
        # tensors kept as attributes are residuals as much as those of save_for_backward
        kept = {k: v for k, v in ctx.__dict__.items() if k not in known["fields"]}
        leaves, known["tree"] = jax.tree_util.tree_flatten((ctx._to_save, kept))
        known["plain"] = [None if isinstance(x, jax.Array) else (x,) for x in leaves]
        known["context"] = ctx
        return arrays, tuple(x for x in leaves if isinstance(x, jax.Array))

    def backward(residuals, cotangents):
        ctx = known["context"]
        arrays = iter(residuals)
        leaves = [next(arrays) if p is None else p[0] for p in known["plain"]]
        saved, kept = jax.tree_util.tree_unflatten(known["tree"], leaves)
        ctx.__dict__.update(kept)
        ctx._saved = tuple(None if t is None else (t, _Unversioned) for t in saved)
        ctx.outputs = known["facts"]
        arrived = iter(cotangents)
        gs = [None if d is None else _cotangent(next(arrived), device) for _, d, device in ctx.outputs]
        previous, modes.state.grad = modes.state.grad, False
        try:
            found = FunctionCtx.apply(ctx, gs)
        finally:
            modes.state.grad = previous
        return tuple(
            _residual_gradient(g, args[i]) if args[i]._dtype.category > 1 else None
            for i, g in zip(places, found, strict=True)
        )

    function = jax.custom_vjp(lambda *values: run(values)[1])
    function.defvjp(forward, backward)
    with jax.enable_x64(True):
        arrays = iter(function(*[args[i]._value() for i in places]))
    outs = []
    for other, written in zip(known["others"], known["written"], strict=True):
        o = other[0] if other is not None else wrap(next(arrays), args[places[0]].device)
        if written is not None:
            args[written].data.copy_(o)
            o = args[written]
        outs.append(o)
    return tuple(outs) if known["many"] else outs[0]


def _cotangent(g, device):
    """A JAX cotangent as PyTorch has it: conjugated, None for what has no tangent."""
    if g.dtype == jax.dtypes.float0:
        return None
    return wrap(g.conj() if g.dtype.kind == "c" else g, device)


def _residual_gradient(g: Tensor | None, t: Tensor):
    """What backward gave for ``t`` as JAX wants it."""
    if g is None:
        return jax.numpy.zeros(t.shape, t._dtype.np)
    value: Any = g.sum_to_size(t.shape).to(t._dtype)._value()
    return value.conj() if value.dtype.kind == "c" else value


def _traced_beside(cls, ctx, args, given, places, output):
    """The outputs of a Function that both the tape and JAX follow.

    The tape's context is that of the forward on ``given``, copies of ``args``; the values are those
    of the `jax.custom_vjp`.
    """
    traced = traced_call(cls, args, places)
    pairs = zip(*[o if isinstance(o, tuple) else (o,) for o in (output, traced)], strict=True)
    real = {id(g): a for g, a in zip(given, args, strict=True)} | {id(o): t for o, t in pairs}
    for field in ("_dirty", "_non_differentiable", "_to_save"):
        setattr(ctx, field, tuple(real.get(id(t), t) for t in getattr(ctx, field)))
    return traced


class _Unversioned:
    """Stands where a Saved record would: inside a trace nothing can be written behind our back."""

    unpack = None

    @staticmethod
    def check(node):
        return None


def once_differentiable(backward):
    """Mark a backward that cannot itself be differentiated."""

    @functools.wraps(backward)
    def wrapped(ctx, *grads):
        taped = modes.state.grad
        previous, modes.state.grad = modes.state.grad, False
        try:
            outs = backward(ctx, *grads)
        finally:
            modes.state.grad = previous
        if not taped or not any(isinstance(g, Tensor) and g.requires_grad for g in grads):
            return outs
        many = outs if isinstance(outs, tuple) else (outs,)
        node = _Refuse(tuple(edge_of(g) for g in grads if isinstance(g, Tensor)))
        marked = []
        for o in many:
            if isinstance(o, Tensor):
                o = o.detach()
                o._grad_fn, o._output_nr, o._requires_grad = node, node.add_output(o), True
            marked.append(o)
        return tuple(marked) if isinstance(outs, tuple) else marked[0]

    return wrapped


class _Refuse(Node):
    _name = "torch::autograd::Error"
    accepts_absent = True

    def apply(self, grads):
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


# PyTorch's name for the context in type annotations
BackwardCFunction = FunctionCtx


class InplaceFunction(Function):
    """A Function that may work in place (a spelling of PyTorch's past)."""

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace
