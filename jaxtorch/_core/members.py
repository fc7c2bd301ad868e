"""The members of Tensor that belong to autograd and to the layout: not ops, so bound by hand."""

from __future__ import annotations

import functools
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Mapping

from . import dtypes, engine, errors, modes
from . import layout as layouts
from .bind import PLAIN, overridden
from .formats import strided
from .storage import Counter
from .tape import RemovableHandle, edge_of, put_hook
from .tensor import Size, Tensor, alias


def overriding(fn):
    """A function of a tensor, open to ``__torch_function__``."""

    @functools.wraps(fn)
    def call(self, *args, **kwargs):
        if self.__class__ not in PLAIN or modes.state.function_modes:
            taken, result = overridden(call, (self, *args), kwargs)
            if taken:
                return result
        return fn(self, *args, **kwargs)

    call.__module__ = "torch"
    call.__dict__["overridable"] = True  # as `torch.overrides` tells
    return call


def member(fn):
    """Attach a function to Tensor under its own name."""
    fn.__qualname__ = f"Tensor.{fn.__name__}"
    call = overriding(fn)
    setattr(Tensor, fn.__name__, call)
    return call


def attribute(fn):
    """Attach a function to Tensor as a read-only property."""
    fn.__qualname__ = f"Tensor.{fn.__name__}"
    get = overriding(fn)
    get.__name__ = "__get__"  # what PyTorch hands to ``__torch_function__`` for a property
    setattr(Tensor, fn.__name__, property(get))
    return fn


# -- layout ---------------------------------------------------------------------------------------
@member
def size(self, dim: int | None = None):
    """The shape, or the size of one dimension."""
    if dim is None:
        return Size(self._layout.shape)
    return self._layout.shape[layouts.wrap_dim(dim, self.ndim, wrap_scalar=False)]


@member
def stride(self, dim: int | None = None):
    """The strides in elements, or the stride of one dimension."""
    if dim is None:
        return self._layout.stride
    return self._layout.stride[layouts.wrap_dim(dim, self.ndim, wrap_scalar=False)]


@member
def storage_offset(self) -> int:
    """The position of the first element in the storage, in elements."""
    return self._layout.offset


@member
def dim(self) -> int:
    """The number of dimensions."""
    return len(self._layout.shape)


@attribute
def layout(self):
    """How the elements are stored: always ``torch.strided``."""
    return strided


@member
def numel(self) -> int:
    """The number of elements."""
    return self._layout.numel


@member
def element_size(self) -> int:
    """The bytes of one element."""
    return self._dtype.itemsize


@member
def is_contiguous(self, memory_format=None) -> bool:
    """Whether the elements lie in memory in the order of ``memory_format``."""
    name = getattr(memory_format, "name", "contiguous_format")
    if name == "contiguous_format":
        return self._layout.is_contiguous
    if name == "channels_last":
        return layouts.is_channels_last(self._layout)
    if name == "channels_last_3d":
        return layouts.is_channels_last_3d(self._layout)
    raise RuntimeError("preserve memory format is unsupported by the contiguous operator")


for _alias, _name in {"ndimension": "dim", "nelement": "numel"}.items():
    setattr(Tensor, _alias, getattr(Tensor, _name))


@member
def is_floating_point(self) -> bool:
    """Whether the dtype is a floating point one."""
    return self._dtype.is_floating_point


@member
def is_complex(self) -> bool:
    """Whether the dtype is complex."""
    return self._dtype.is_complex


@member
def is_signed(self) -> bool:
    """Whether the dtype has negative values."""
    return self._dtype.is_signed


@member
def is_same_size(self, other) -> bool:
    """Whether two tensors have one shape."""
    return self._layout.shape == other._layout.shape


@member
def get_device(self) -> int:
    """The index of the cuda device, -1 on the CPU."""
    index = self._storage.device.index
    return -1 if self._storage.device.type == "cpu" else (index or 0)


# -- autograd -------------------------------------------------------------------------------------
def show_gradient(t: Tensor) -> None:
    """Tell a compiled step that the gradient it left in ``t.grad`` is somebody else's too, or there no more."""
    g = t._grad
    if g is not None and g._storage.hold is not None:
        g._storage.hold.shown = True


def _grad(self):
    if self._grad is None and not self._retains_grad and self._grad_fn is not None:
        warnings.warn(
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
            "attribute won't be populated during autograd.backward(). If you indeed want the .grad "
            "field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. "
            "If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor "
            "instead. See github.com/pytorch/pytorch/pull/30531 for more information.",
            stacklevel=2,
        )
    if modes.state.unusual and modes.state.recorder is not None:
        modes.state.recorder.reads_gradient(self)
    show_gradient(self)
    return self._grad


def _set_grad(self, value):
    if modes.state.unusual and modes.state.recorder is not None:
        modes.state.recorder.sets_gradient(self)
    show_gradient(self)
    if value is None:
        self._grad = None
        return
    if not isinstance(value, Tensor):
        raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}")
    if value is self:
        raise RuntimeError("can't assign Variable as its own grad")
    wanted = self._dtype if self._grad_dtype is ... else self._grad_dtype
    if wanted is not None and value._dtype is not wanted:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{value._dtype.cpp}' to a tensor with grad_dtype "
            f"'{wanted.title}'. The gradient must match the tensor's grad_dtype (defaults to the "
            "tensor's dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or "
            "None to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and "
            "its gradient may break downstream systems that assume they match."
        )
    if value._storage.device is not self._storage.device:
        raise RuntimeError(
            f"attempting to assign a gradient with device type '{value.device.type}' to a tensor with device "
            f"type '{self.device.type}'. Please ensure that the gradient and the tensor are on the same device"
        )
    if value._layout.shape != self._layout.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size "
            f"'{list(self.shape)}'. Please ensure that the gradient and the tensor are the same size"
        )
    self._grad = value


def _delete_grad(self):
    _set_grad(self, None)


def _grad_dtype(self):
    """The dtype that gradients are cast to at this leaf: its own, unless another was set; None: they are not cast.

    Example:
        >>> import jaxtorch as torch
        >>> x = torch.ones(2, requires_grad=True)
        >>> x.grad_dtype = torch.float64
        >>> (x * 2).sum().backward()
        >>> x.grad
        tensor([2., 2.], dtype=torch.float64)
    """
    if self._grad_fn is not None:
        raise RuntimeError("grad_dtype can only be accessed on leaf tensors.")
    return self._dtype if self._grad_dtype is ... else self._grad_dtype


def _set_grad_dtype(self, value):
    if self._grad_fn is not None:
        _grad(self)  # PyTorch looks at it first, and warns
        raise RuntimeError("grad_dtype can only be set on leaf tensors.")
    if value is not None and not isinstance(value, dtypes.dtype):
        raise RuntimeError(f"grad_dtype must be a torch.dtype or None, but got {type(value).__name__}")
    if value is not None and self._grad is not None and self._grad._dtype is not value:
        raise RuntimeError(
            f"Cannot set grad_dtype to '{value.title}' because there is already a gradient with dtype "
            f"'{self._grad._dtype.cpp}'. Please clear the gradient (.grad = None) before changing grad_dtype, or "
            "ensure the new grad_dtype matches the existing gradient's dtype."
        )
    if modes.state.recorder is not None:
        modes.state.recorder.settle("the dtype of a gradient is set")
    self._grad_dtype = value
    node = None if self._accumulator is None else self._accumulator()
    if node is not None:
        node.outputs = [(node.outputs[0][0], value, node.outputs[0][2])]
    modes.restructured()


Tensor.grad_dtype = property(_grad_dtype, _set_grad_dtype)  # pyright: ignore[reportAttributeAccessIssue]
Tensor.grad = property(_grad, _set_grad, _delete_grad)  # pyright: ignore[reportAttributeAccessIssue]


@member
def requires_grad_(self, requires_grad: bool = True) -> Tensor:
    """Set whether autograd follows this leaf. Returns self."""
    if not isinstance(requires_grad, bool):
        raise TypeError(
            "requires_grad_(): argument 'requires_grad' (position 1) must be bool, not "
            f"{type(requires_grad).__name__}"
        )
    if requires_grad and self._inference and not modes.state.inference:
        raise RuntimeError(errors.REQUIRES_GRAD_INFERENCE)
    if self._grad_fn is not None:  # as PyTorch: whatever was written to the base since a view was made
        if not requires_grad:
            raise RuntimeError(errors.LEAVES_ONLY + errors.USE_DETACH)
        return self
    if requires_grad and self._dtype.category < 2:
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    if self._requires_grad is not requires_grad:
        if modes.state.recorder is not None:
            modes.state.recorder.alters(self, "requires_grad")
        modes.restructured()
    self._requires_grad = requires_grad
    return self


def as_leaf(fresh: Tensor, requires_grad: bool) -> Tensor:
    """A fresh tensor, followed by autograd if ``requires_grad``."""
    if requires_grad:
        if fresh._dtype.category < 2:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        fresh._requires_grad = True
    return fresh


def _set_requires_grad(self, value):
    if not isinstance(value, bool):
        raise RuntimeError("requires_grad must be a bool")
    if self.grad_fn is not None:
        raise RuntimeError(errors.LEAVES_ONLY + ("" if value else errors.USE_DETACH))
    if value and self._dtype.category < 2:
        raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
    self.requires_grad_(value)


Tensor.requires_grad = Tensor.requires_grad.setter(_set_requires_grad)  # pyright: ignore[reportAttributeAccessIssue]


@member
def detach(self) -> Tensor:
    """The same memory outside the graph: a view that requires no gradient."""
    return alias(self, self._layout)


@member
def detach_(self) -> Tensor:
    """Take this tensor itself out of the graph. Returns self."""
    if self._view is not None:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using "
            "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, "
            "gradients are views of DDP buckets, and hence detach_() cannot be called on these "
            "gradients. To fix this error, please refer to the Optimizer.zero_grad() function in "
            "torch/optim/optimizer.py as the solution."
        )
    if self._requires_grad:
        if modes.state.recorder is not None:
            modes.state.recorder.alters(self, "the history")
        modes.restructured()
    self._grad_fn, self._requires_grad, self._output_nr = None, False, 0
    return self


def _data(self):
    out = alias(self, self._layout)
    out._counter = Counter()  # writes through .data are not seen by autograd's version checks
    return out


def _set_data(self, other):
    if not isinstance(other, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(other).__name__}")
    if self.requires_grad and other._dtype.category < 2:
        raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
    if other._dtype is not self._dtype or other._storage.device is not self._storage.device:
        self._accumulator = None  # graphs that are there keep the old one, whatever the shape becomes
    self._move(other._storage, other._layout, other._dtype)


Tensor.data = property(overriding(_data), _set_data)  # pyright: ignore[reportAttributeAccessIssue]


@member
def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None) -> None:
    """Add the gradient of this tensor to the ``.grad`` of the leaves it was computed from.

    Args:
        gradient: the cotangent, of this tensor's shape; may be left out for a scalar.
        retain_graph: keep what the graph saved (default: ``create_graph``).
        create_graph: tape the backward itself, for higher derivatives.
        inputs: accumulate only into these tensors.

    Raises:
        RuntimeError: a non-scalar without ``gradient``, no graph, or a graph already freed.
    """
    run_backward((self,), gradient, retain_graph, create_graph, inputs)


def as_tuple(tensors) -> tuple:
    """A tensor, an edge of the graph or several of them as a tuple."""
    if isinstance(tensors, Tensor) or hasattr(tensors, "output_nr"):
        return (tensors,)
    return tuple(tensors)


def input_tuple(inputs, function: str) -> tuple:
    """The ``inputs`` of backward() or grad() as a tuple."""
    if type(inputs) is dict:
        return tuple(inputs.values())
    if isinstance(inputs, Mapping):
        raise TypeError(
            f"`inputs` argument to `{function}()` must be a dict, not {type(inputs).__name__}. Other "
            "Mapping types are not supported."
        )
    return as_tuple(inputs)


def wanted_edges(inputs, accumulate: bool) -> list:
    """The edges through which the gradients of ``inputs`` flow, as `engine.Capture` takes them."""
    edges = []
    for t in inputs:
        if isinstance(t, Tensor):
            if accumulate:
                t.retain_grad()
            elif not t.requires_grad:
                raise RuntimeError("One of the differentiated Tensors does not require grad")
            edges.append(edge_of(t))
        elif hasattr(t, "output_nr"):
            edges.append((t.node, t.output_nr))
        else:
            raise RuntimeError(
                f"all inputs have to be Tensors or GradientEdges, but got {type(t).__name__}"
            )
    return edges


def run_backward(tensors: tuple, gradients, retain_graph, create_graph: bool, inputs) -> None:
    """autograd.backward on a tuple of tensors or edges."""
    if inputs is not None:
        inputs = input_tuple(inputs, "backward")
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    given = (None,) * len(tensors) if gradients is None else as_tuple(gradients)
    cotangents = engine.make_cotangents(tensors, given)
    roots = engine.edges_of(tensors, cotangents)
    if create_graph:
        errors.warn_once(errors.CREATE_GRAPH)
    capture = None if inputs is None else engine.Capture(wanted_edges(inputs, True), accumulate=True)
    keep = create_graph if retain_graph is None else retain_graph
    engine.backward(roots, cotangents, keep, create_graph, capture)


@member
def register_hook(self, hook) -> RemovableHandle:
    """Call ``hook(grad)`` when the gradient of this tensor is computed; what it returns replaces it.

    Returns a handle whose ``remove()`` takes the hook away.
    """
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if modes.state.recorder is not None:
        modes.state.recorder.hooks(self)
    if self.grad_fn is not None:
        hooks = self._grad_fn.own("pre_hooks").setdefault(self._output_nr, OrderedDict())
        return put_hook(hooks, hook)
    if self._hooks is None:
        self._hooks = OrderedDict()
    return put_hook(self._hooks, hook)


@member
def register_post_accumulate_grad_hook(self, hook) -> RemovableHandle:
    """Call ``hook(tensor)`` after this leaf's ``.grad`` was accumulated."""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self.grad_fn is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    if modes.state.recorder is not None:
        modes.state.recorder.hooks(self)
    if self._post_accumulate is None:
        self._post_accumulate = OrderedDict()
    return put_hook(self._post_accumulate, hook)


@member
def retain_grad(self) -> None:
    """Keep ``.grad`` on this non-leaf tensor after backward."""
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if self._grad_fn is None or self._retains_grad or self.grad_fn is None:
        return
    if modes.state.recorder is not None:
        modes.state.recorder.hooks(self)
    self._retains_grad = True
    self._grad_fn.own("retain")[self._output_nr] = weakref.ref(self)


@attribute
def retains_grad(self) -> bool:
    """Whether a non-leaf tensor keeps its gradient."""
    return self._retains_grad


__all__ = ["as_leaf", "as_tuple", "attribute", "member", "run_backward", "wanted_edges"]
