"""The tape: nodes, the edges between them and what they save.

A node knows the edges to the nodes of its inputs. Those of declared ops are in `opnode`, the walk over
nodes is in `engine`.
"""

from __future__ import annotations

import itertools
import traceback
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from . import devices, dtypes, errors, modes
from .by_path import reduce_by_path
from .operand import Window
from .storage import Storage
from .tensor import Tensor, wrap

_sequence = itertools.count()
#: the sequence number of nodes that PyTorch runs as soon as they are ready
FIRST = 2**64 - 1


class OutputFacts(NamedTuple):
    """What a node knows of one of its outputs."""

    shape: tuple
    dtype: dtypes.dtype
    device: devices.device
    is_nested_tensor: bool = False
    is_cpp_nested_tensor: bool = False


_INTERNAL = tuple(str(Path(__file__).parents[1] / name) for name in ("_core", "_ops"))


def _callers() -> str:
    """The stack of the user's call into this package, as tracebacks show it."""
    stack = traceback.extract_stack()
    while stack and stack[-1].filename.startswith(_INTERNAL):
        stack.pop()
    return "".join(traceback.format_list(stack))


class Node:
    """A recorded operation: ``next_functions`` leads to the operations that made its inputs."""

    _name = "Node"
    accepts_absent = False  # whether it runs where no cotangent at all has reached it
    of_view = False  # whether its outputs are views

    # Set on a node only where they differ from these: nodes are made once per taped op.
    pre_hooks: dict = {}  # output number -> {id: hook} (a tensor's register_hook)
    retain: dict = {}  # output number -> weak reference to a tensor with retain_grad
    node_pre_hooks: dict = {}
    post_hooks: dict = {}
    # under detect_anomaly: where the node was made, and the node whose backward made it
    trace: tuple | None = None
    _metadata = None

    def __init__(self, edges):
        self.edges = edges  # (node, output number) or None, one a differentiable input
        self.sequence = next(_sequence)
        self.outputs: list = []  # (shape, dtype, device) of each output
        if modes.state.unusual and modes.state.anomaly:
            self.trace = _callers(), modes.state.evaluating

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {hex(id(self))}>"

    def name(self) -> str:
        """The operation's name, e.g. ``'MulBackward0'``."""
        return self._name

    @property
    def next_functions(self):
        """((node, output number), ...) of the inputs; (None, 0) where one needs no gradient."""
        return tuple((None, 0) if e is None else e for e in self.edges)

    @property
    def metadata(self) -> dict:
        if self._metadata is None:
            self._metadata = {}
        return self._metadata

    def register_hook(self, hook):
        """Call ``hook(grad_inputs, grad_outputs)`` after this node's backward."""
        return put_hook(self.own("post_hooks"), hook)

    def register_prehook(self, hook):
        """Call ``hook(grad_outputs)`` before this node's backward."""
        return put_hook(self.own("node_pre_hooks"), hook)

    def own(self, name: str) -> OrderedDict:
        """The node's own dictionary of that name, made when first needed."""
        return self.__dict__.setdefault(name, OrderedDict())

    @property
    def _input_metadata(self) -> list:
        return [OutputFacts(*facts) for facts in self.outputs]

    def _sequence_nr(self) -> int:
        return self.sequence

    def add_output(self, t: Tensor) -> int:
        self.outputs.append((t._layout.shape, t._dtype, t._storage.device))
        return len(self.outputs) - 1

    def apply(self, grads: list) -> tuple:
        """Gradients of the inputs, one an edge, from the cotangents of the outputs."""
        raise NotImplementedError

    def kept(self):
        """What the node keeps for its backward: `Saved` values and tensors."""
        return ()

    def release(self) -> None:
        """Drop what was saved: a second backward then raises."""

    def first_written(self, found: Saved) -> Saved:
        """Which saved tensor PyTorch blames, where ``found`` is one that was written."""
        return found

    def saved_view(self, saved: Saved) -> tuple | None:
        """The shape of the view that PyTorch saves in the place of a tensor; None where it saves no view."""

    def public_number(self, number: int) -> int:
        """The number of an output, as PyTorch counts them."""
        return number


class Underivable(Node):
    """An op that PyTorch gives no derivative: it says so when a gradient reaches it."""

    _name = "torch::autograd::NotImplemented"

    def __init__(self, what: str, edges):
        super().__init__(edges)
        self.what, self.sequence = what, FIRST

    def apply(self, grads):
        raise RuntimeError(f"derivative for {self.what} is not implemented")


Underivable.__name__ = Underivable.__qualname__ = "NotImplemented"


class RemovableHandle:
    """What registering a hook returns: ``remove()``, or leaving it as a context, takes it away.

    Args:
        hooks_dict: the table of hooks, in which the hook is to be put under the handle's ``id``.
        extra_dict: a further table with entries of that ``id``, or a list of such.
    """

    id: int
    next_id = 0

    def __init__(self, hooks_dict, *, extra_dict=None):
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        further = [extra_dict] if isinstance(extra_dict, dict) else extra_dict or ()
        self.extra_dict_ref = tuple([weakref.ref(table) for table in further])
        modes.restructured()

    def remove(self) -> None:
        modes.restructured()
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            table = reference()
            if table is not None:
                table.pop(self.id, None)

    def __reduce_ex__(self, protocol):
        return reduce_by_path(self) or super().__reduce_ex__(protocol)

    def __getstate__(self):
        return self.hooks_dict_ref(), self.id, tuple(reference() for reference in self.extra_dict_ref)

    def __setstate__(self, state):
        hooks, self.id, *further = state
        self.hooks_dict_ref = weakref.ref(OrderedDict() if hooks is None else hooks)
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)
        tables = [OrderedDict() if t is None else t for t in (further[0] if further else None) or ()]
        self.extra_dict_ref = tuple([weakref.ref(t) for t in tables])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()


def put_hook(hooks: OrderedDict, hook) -> RemovableHandle:
    """Put a hook into a table; what takes it away."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


RemovableHandle.__module__ = "torch.utils.hooks"


class AccumulateGrad(Node):
    """The end of the graph at a leaf: adds what arrives to the leaf's ``.grad``."""

    _name = "torch::autograd::AccumulateGrad"

    edges = ()
    sequence = FIRST

    def __init__(self, variable: Tensor):
        self.variable = variable
        wanted = variable._grad_dtype
        found = variable._dtype if wanted is ... else wanted  # None: gradients arrive as they are
        self.outputs = [(variable._layout.shape, found, variable._storage.device)]

    @property
    def pre_hooks(self):
        hooks = self.variable._hooks
        return {0: hooks} if hooks else {}

    def apply(self, grads):
        from . import engine

        variable = self.variable
        if grads[0] is not None and variable._grad_fn is not None:
            raise RuntimeError("leaf variable has been moved into the graph interior")
        if variable._requires_grad:  # it may have stopped (detach_) since the graph was made
            engine.accumulate(variable, grads[0])
        return ()


def edge_of(t: Tensor):
    """(node, output number) through which gradients of ``t`` flow, or None."""
    if t._view is not None:
        t._view.refresh(t)
    node = t._grad_fn
    if node is not None:
        return node, t._output_nr
    if not t._requires_grad:
        return None
    ref = t._accumulator
    node = None if ref is None else ref()
    if node is None:
        node = AccumulateGrad(t)
        t._accumulator = weakref.ref(node)
    return node, 0


class Saved:
    """A tensor kept for backward: its snapshot, its edge and the version it had."""

    __slots__ = ("value", "edge", "holder", "version", "device", "packed", "unpack", "dtype", "shape",
                 "number", "origin")  # fmt: skip

    def __init__(self, t: Tensor, value, edge, check_version: bool = True):
        if t._inference:
            raise RuntimeError(errors.INFERENCE_SAVED)
        storage = t._storage
        self.value, self.edge, self.device = value, edge, storage.device
        self.dtype, self.shape, self.number = t._dtype, t._layout.shape, t._output_nr
        self.unpack = None
        holder = self.holder = t._counter or storage
        self.version = holder.version
        self.origin = None
        if not check_version:
            self.holder = None
        elif edge is None or edge[0] is not None:
            # An input itself is kept, as in PyTorch: what it has become is in the errors. A result is
            # not: it holds the node.
            self.origin = t
        if modes.state.unusual and modes.state.saved_hooks:
            pack, unpack = modes.state.saved_hooks[-1]
            own = edge is not None and edge[0] is None  # a result: the node itself must not be kept
            self.pack(t.detach() if own else t, pack, unpack)

    def pack(self, t: Tensor, pack, unpack) -> None:
        """Keep what ``pack`` makes of ``t``; from then on no version is checked, as in PyTorch."""
        previous, modes.state.grad = modes.state.grad, False
        version = t._writes
        try:
            self.packed = pack(t)
        finally:
            modes.state.grad = previous
        if t._writes != version:
            raise RuntimeError(errors.PACK_WRITES)
        self.value = self.holder = None
        if self.edge is not None or not t.requires_grad:
            self.origin = None  # what is kept is what `pack` made
        self.unpack = unpack

    def register_hooks(self, pack_hook, unpack_hook) -> None:
        """Keep what ``pack_hook`` makes of this one saved tensor instead of the tensor."""
        if self.unpack is not None:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only "
                "one pair of hooks is allowed at a time."
            )
        self.pack(self.bare(), pack_hook, unpack_hook)

    def _detached(self, t: Tensor) -> bool:
        edge = self.edge
        return edge is not None and edge[0] is not None and t._grad_fn is None and not t._requires_grad

    def check(self, node: Node) -> None:
        """Refuse to go on where the tensor was written, or taken out of the graph, since it was saved."""
        holder = self.holder
        if holder is None:
            return
        if self.origin is not None and self._detached(self.origin):
            raise RuntimeError(errors.DETACHED)
        now = holder.version
        if now != self.version:
            raise RuntimeError(node.first_written(self).complaint(node))

    def written(self) -> bool:
        """Whether the tensor was written since."""
        return self.holder is not None and self.holder.version != self.version

    def complaint(self, node: Node) -> str:
        """What PyTorch says of the tensor having been written."""
        t, viewed = self.origin, node.saved_view(self)
        if t is None:  # a result, as it was saved
            made, number, shape = node, node.public_number(self.number), self.shape
        else:  # an input, as it is by now; PyTorch keeps the tensor itself, and no number
            # (a history that is refused is what is told of it, but where a view of it was saved)
            made, number, shape = None if viewed is not None else t.grad_fn, 0, t._layout.shape
        origin = ""
        if viewed is not None and (t is None or t.requires_grad):
            origin = ", which is output 0 of AsStrided,"  # the history the view would have by now
        elif viewed is None and made is not None:
            origin = f", which is output {number} of {short_name(made.name())},"
        return errors.modified_in_place(
            errors.type_text(self.dtype, self.device), shape if viewed is None else viewed, origin,
            self.holder.version, self.version, modes.state.anomaly,
        )  # fmt: skip

    def operand(self):
        """The snapshot, for a backward that is not itself taped."""
        if self.unpack is None:
            return self.value
        return self._unpacked()._operand()

    def _unpacked(self) -> Tensor:
        t = self.unpack(self.packed)
        if not isinstance(t, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                + type(t).__name__
            )
        if t._layout.shape != self.shape:
            raise RuntimeError(
                f"the unpack_hook of saved_tensors_hooks gave a tensor of size {list(t.shape)} where one of "
                f"size {list(self.shape)} was packed"
            )
        return t

    def tensor(self, node: Node) -> Tensor:
        """The saved tensor with its place in the graph, for a backward that is taped."""
        t = self.bare()
        if self.edge is not None:
            made, t._output_nr = self.edge
            if isinstance(made, AccumulateGrad):
                t._accumulator = weakref.ref(made)
            else:
                t._grad_fn = made or node
            t._requires_grad = True
            return t
        origin = self.origin
        if origin is not None and origin.requires_grad:  # by its base alone, or by now
            t._requires_grad = True
            if origin._requires_grad and origin._grad_fn is None:
                t._accumulator = weakref.ref(edge_of(origin)[0])
        return t

    def bare(self) -> Tensor:
        """The snapshot as a tensor outside the graph."""
        if self.unpack is not None:
            return wrap(self._unpacked()._value(), self.device)
        value = self.value
        if type(value) is Window:
            from .dispatch import materialize

            recorder = modes.state.recorder
            if recorder is None:
                value = materialize(value)
            else:  # saved by what is outside a recording: its value is, too
                with recorder.around(value.array):
                    value = materialize(value)
        return wrap(value, self.device)


def short_name(name: str) -> str:
    """``MulBackward0`` -> ``Mul``, ``FmodBackward1`` -> ``Fmod1``, as the messages of version errors
    have it."""
    head, found, number = name.rpartition("Backward")
    if not found or (number and not number.isdecimal()):  # CopyBackwards
        return name
    return head + number if number and number != "0" else head


def reachable(root: Node):
    """The nodes of the graph that ends in ``root``."""
    seen, stack = {root}, [root]
    while stack:
        node = stack.pop()
        yield node
        for edge in node.edges:
            if edge is not None and edge[0] not in seen:
                seen.add(edge[0])
                stack.append(edge[0])


def kept_storages(root: Node):
    """The storages that the graph which ends in ``root`` keeps alive."""
    for node in reachable(root):
        for s in node.kept():
            if isinstance(s, Tensor):
                yield s._storage
            elif isinstance(s.holder, Storage):
                yield s.holder
