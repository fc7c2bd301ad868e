"""Function: operations whose forward and backward the user writes."""

from __future__ import annotations

import functools
import inspect

import jax

from .._core import modes
from .._core.alias import View
from .._core.errors import FREED
from .._core.tape import Node, Saved, edge_of
from .._core.tensor import Tensor, wrap

_CUSTOM_VIEW = "custom"


class FunctionCtx(Node):
    """What a Function's forward and backward share; it is the result's ``grad_fn`` too."""

    _forward_cls: type
    _name = "Function"

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
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {tensors.index(t)} is of type {type(t).__name__}"
                )
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
            raise RuntimeError(FREED)
        out = []
        for s in self._saved:
            if isinstance(s, tuple):
                original, record = s
                record.check(self)
                out.append(original if record.unpack is None else record._unpacked())
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
        for t in self._to_save:
            if t is None:
                kept.append(None)
                continue
            number = next((i for i, o in enumerate(outputs) if o is t), None)
            if number is not None:
                edge = (None, number) if t._requires_grad else None
                kept.append(Saved(t, t._operand(), edge))
            else:
                kept.append((t, Saved(t, None, edge_of(t))))
        self._saved = tuple(kept)

    def apply(self, grads):
        if self.materialize_grads:
            grads = [_zeros(meta) if g is None else g for g, meta in zip(grads, self.outputs, strict=True)]
        cls = self._forward_cls
        backward = cls.backward if cls.backward is not Function.backward else cls.vjp
        if backward is Function.vjp:
            raise NotImplementedError(
                "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD."
            )
        outs = backward(self, *grads)
        if not isinstance(outs, tuple):
            outs = tuple(outs) if isinstance(outs, list) else (outs,)
        expected = self._argument_count
        if len(outs) > expected and all(o is None for o in outs[expected:]):
            outs = outs[:expected]
        if len(outs) != expected:
            raise RuntimeError(
                f"function {self._name} returned an incorrect number of gradients (expected {expected}, got {len(outs)})"
            )
        found = []
        for i, g in enumerate(outs):
            if i not in self._tensor_places:
                if g is not None:
                    raise RuntimeError(
                        f"function {self._name} returned a gradient different from None at position {i + 1}, "
                        "but the corresponding forward input was not a Variable"
                    )
                continue
            if g is not None and not isinstance(g, Tensor):
                raise TypeError(
                    f"expected Variable or None (got {type(g).__name__})"
                )
            edge = self.edges[len(found)]
            if g is not None and edge is not None:
                g = _validated(self._name, len(found), g, edge)
            found.append(g)
        return tuple(found)

    def release(self):
        if self._saved:
            self._saved = None


def _validated(name, i, g, edge):
    node, number = edge
    shape = node.outputs[number][0]
    if g._layout.shape != shape:
        from .._core.layout import broadcast_shapes

        try:
            fits = broadcast_shapes(shape, g._layout.shape) == g._layout.shape
        except RuntimeError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {name} returned an invalid gradient at index {i} - got {list(g.shape)} but "
                f"expected shape compatible with {list(shape)}"
            )
    return g


def _zeros(meta):
    from .._core.alias import _zeros as zeros

    return zeros(meta)


class FunctionMeta(type):
    """Gives each Function the class of its nodes, named after it."""

    def __init__(cls, name, bases, attrs):
        super().__init__(name, bases, attrs)
        cls._backward_cls = type(f"{name}Backward", (FunctionCtx,), {"_forward_cls": cls, "_name": f"{name}Backward"})


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
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx, *grad_inputs):
        """The forward-mode derivative."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @classmethod
    def apply(cls, *args, **kwargs):
        """Run the operation and tape it."""
        args = _bound(cls, args, kwargs)
        places = tuple(i for i, a in enumerate(args) if isinstance(a, Tensor))
        needs = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        taped = modes.state.grad and any(needs)
        if not taped and any(isinstance(args[i]._value(), jax.core.Tracer) for i in places):
            return _traced(cls, args, places)
        edges = tuple(edge_of(args[i]) if taped else None for i in places)
        ctx = cls._backward_cls(edges, needs)
        ctx._tensor_places, ctx._argument_count = places, len(args)
        output = _run_forward(cls, ctx, args)
        outs = output if isinstance(output, tuple) else (output,)
        outs = _connect(ctx, args, outs, taped)
        if taped:
            ctx._keep(outs)
        return outs if isinstance(output, tuple) else outs[0]


def _bound(cls, args, kwargs):
    if not kwargs:
        return args
    signature = inspect.signature(cls.forward)
    skip = () if cls.setup_context is not Function.setup_context else (None,)
    bound = signature.bind(*skip, *args, **kwargs)
    bound.apply_defaults()
    return bound.args[len(skip) :]


def _run_forward(cls, ctx, args):
    previous, modes.state.grad = modes.state.grad, False
    try:
        if cls.setup_context is not Function.setup_context:
            output = cls.forward(*args)
            cls.setup_context(ctx, args, output)
            return output
        return cls.forward(ctx, *args)
    finally:
        modes.state.grad = previous


def _connect(ctx, args, outs, taped: bool):
    """Hang the node on the outputs, by PyTorch's rules for inputs that come out again."""
    connected = []
    for t in ctx._dirty:
        if not any(o is t for o in outs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. "
                "The inputs that are modified inplace must all be outputs of the Function."
            )
    for number, o in enumerate(outs):
        if not isinstance(o, Tensor):
            connected.append(o)
            ctx.outputs.append(((), None, None))
            continue
        dirty = any(o is t for t in ctx._dirty)
        is_input = any(o is a for a in args)
        plain = any(o is t for t in ctx._non_differentiable) or o._dtype.category < 2
        if is_input and not dirty:
            o = o.detach()  # an input returned as it is comes out as a view of itself
            if taped and not plain:
                o._view = View(o, o._writes, f"{_CUSTOM_VIEW} {ctx._name}", f"{number} {ctx._name}")
        ctx.add_output(o)
        if not taped or plain:
            if plain and o._requires_grad and not is_input:
                o._requires_grad, o._grad_fn = False, None
            connected.append(o)
            continue
        if dirty and o._view is not None:
            from .._core.alias import rebase

            rebase(o, ctx)
        else:
            if dirty and o._requires_grad and o._grad_fn is None:
                from .._core.errors import LEAF

                raise RuntimeError(LEAF)
            o._grad_fn, o._output_nr, o._requires_grad = ctx, number, True
        connected.append(o)
    return tuple(connected)


def _traced(cls, args, places):
    """Inside a JAX trace the operation is a `jax.custom_vjp`, so JAX's transforms honour backward."""
    contexts: list = []
    shape_of_output: list = []

    def run(values):
        full = list(args)
        for i, v in zip(places, values, strict=True):
            full[i] = wrap(v, args[i].device)
        ctx = cls._backward_cls((None,) * len(places), tuple(i in places for i in range(len(args))))
        ctx._tensor_places, ctx._argument_count = places, len(args)
        output = _run_forward(cls, ctx, full)
        outs = output if isinstance(output, tuple) else (output,)
        shape_of_output[:] = [isinstance(output, tuple)]
        return ctx, tuple(o._value() for o in outs), outs

    @jax.custom_vjp
    def function(*values):
        return run(values)[1]

    def forward(*values):
        ctx, arrays, outs = run(values)
        contexts.append((ctx, outs))
        return arrays, tuple(None if t is None else t._value() for t in ctx._to_save)

    def backward(saved, cotangents):
        ctx, outs = contexts[-1]
        device = args[places[0]].device
        tensors = [None if s is None else wrap(s, device) for s in saved]
        ctx._saved = tuple(None if t is None else (t, _Unversioned) for t in tensors)
        ctx.outputs = [(o._layout.shape, o._dtype, device) for o in outs]
        gs = [wrap(g, device) for g in cotangents]
        previous, modes.state.grad = modes.state.grad, False
        try:
            found = FunctionCtx.apply(ctx, gs)
        finally:
            modes.state.grad = previous
        return tuple(
            jax.numpy.zeros(args[i].shape, args[i].dtype.np) if g is None else g._value()
            for i, g in zip(places, found, strict=True)
        )

    function.defvjp(forward, backward)
    arrays = function(*[args[i]._value() for i in places])
    outs = tuple(wrap(a, args[places[0]].device) for a in arrays)
    return outs if shape_of_output[0] else outs[0]


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
                node.add_output(o)
                o._grad_fn, o._output_nr, o._requires_grad = node, len(node.outputs) - 1, True
            marked.append(o)
        return tuple(marked) if isinstance(outs, tuple) else marked[0]

    return wrapped


class _Refuse(Node):
    _name = "torch::autograd::Error"

    def apply(self, grads):
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


# PyTorch's name for the context in type annotations
BackwardCFunction = FunctionCtx


class InplaceFunction(Function):
    """A Function that may work in place (a spelling of PyTorch's past)."""

    def __init__(self, inplace: bool = False):
        super().__init__()
