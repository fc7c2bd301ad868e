"""Nested structures taken apart and put together: PyTorch's pytrees.

None is a leaf and dicts keep their own order, unlike in `jax.tree_util`. Types beside Python's containers
are registered with `register_pytree_node`.
"""

from __future__ import annotations

import functools
import json
import types
import warnings
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = [
    "Context", "DumpableContext", "FlattenFn", "FromDumpableContextFn", "GetAttrKey", "LeafSpec", "MappingKey",
    "PyTree", "PyTreeSpec", "SequenceKey", "ToDumpableContextFn", "TreeSpec", "UnflattenFn", "arg_tree_leaves",
    "is_namedtuple", "is_namedtuple_class", "is_namedtuple_instance", "is_structseq", "is_structseq_class",
    "is_structseq_instance", "key_get", "keystr", "register_pytree_node", "tree_all", "tree_all_only", "tree_any",
    "tree_any_only", "tree_flatten", "tree_flatten_with_path", "tree_is_leaf", "tree_iter", "tree_leaves",
    "tree_leaves_with_path", "tree_map", "tree_map_", "tree_map_only", "tree_map_only_", "tree_map_with_path",
    "tree_structure", "tree_unflatten", "treespec_dumps", "treespec_loads", "treespec_pprint",
]  # fmt: skip

Context = PyTree = DumpableContext = Any
FlattenFn = Callable[[Any], tuple[list, Any]]
UnflattenFn = Callable[[Iterable, Any], Any]
ToDumpableContextFn = FromDumpableContextFn = Callable[[Any], Any]


# -- the way from a node to its child ------------------------------------------------------------
@dataclass(frozen=True)
class SequenceKey:
    """An item of a sequence."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"

    def get(self, sequence):
        return sequence[self.idx]


@dataclass(frozen=True)
class MappingKey:
    """An item of a mapping."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"

    def get(self, mapping):
        return mapping[self.key]


@dataclass(frozen=True)
class GetAttrKey:
    """An attribute."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"

    def get(self, obj):
        return getattr(obj, self.name)


def keystr(kp: tuple) -> str:
    """The way from a tree's root to a leaf, as Python is written."""
    return "".join(map(str, kp))


def key_get(obj, kp: tuple):
    """What stands at the end of a way into ``obj``."""
    return functools.reduce(lambda node, key: key.get(node), kp, obj)


# -- the types that are taken apart ----------------------------------------------------------------
class NodeDef(NamedTuple):
    """How a type is taken apart and put together."""

    type: type
    flatten_fn: FlattenFn
    unflatten_fn: UnflattenFn
    flatten_with_keys_fn: Callable | None
    serialized_type_name: str | None = None
    to_dumpable_context: Callable | None = None
    from_dumpable_context: Callable | None = None


# by type; named tuples, whatever their class, by the function that makes such classes
SUPPORTED_NODES: dict[Any, NodeDef] = {}


def register_pytree_node(cls: type, flatten_fn: FlattenFn, unflatten_fn: UnflattenFn, *,
                         serialized_type_name: str | None = None, to_dumpable_context: Callable | None = None,
                         from_dumpable_context: Callable | None = None,
                         flatten_with_keys_fn: Callable | None = None) -> None:  # fmt: skip
    """Let trees go through instances of ``cls``.

    Args:
        cls: a type; its subclasses are no instances of it here.
        flatten_fn: from an instance to (children, context).
        unflatten_fn: from (children, context) to an instance.
        serialized_type_name, to_dumpable_context, from_dumpable_context: for `treespec_dumps`: a name, and from
            contexts to what JSON holds and back.
        flatten_with_keys_fn: from an instance to ([(key, child)], context), for the functions of paths.

    Example:
        >>> from jaxtorch.utils import _pytree
        >>> class Pair:
        ...     def __init__(self, a, b):
        ...         self.items = [a, b]
        >>> _pytree.register_pytree_node(Pair, lambda p: (p.items, None), lambda items, _: Pair(*items))
        >>> _pytree.tree_leaves({"x": Pair(1, [2, 3])})
        [1, 2, 3]
    """
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    if (to_dumpable_context is None) != (from_dumpable_context is None):
        raise ValueError(
            f"Both to_dumpable_context and from_dumpable_context for {cls} must be None or registered."
        )
    SUPPORTED_NODES[cls] = NodeDef(
        cls, flatten_fn, unflatten_fn, flatten_with_keys_fn, serialized_type_name, to_dumpable_context,
        from_dumpable_context,
    )  # fmt: skip


def _register_pytree_node(cls: type, flatten_fn: FlattenFn, unflatten_fn: UnflattenFn, **options) -> None:
    """The former `register_pytree_node`."""
    warnings.warn(
        "`torch.utils._pytree._register_pytree_node` is deprecated. "
        "Please use `torch.utils._pytree.register_pytree_node` instead.",
        FutureWarning,
        stacklevel=2,
    )
    register_pytree_node(cls, flatten_fn, unflatten_fn, **options)


def _register_sequence(cls: type, context: Callable, make: Callable, **options) -> None:
    register_pytree_node(
        cls,
        lambda s: (list(s), context(s)),
        make,
        flatten_with_keys_fn=lambda s: ([(SequenceKey(i), v) for i, v in enumerate(s)], context(s)),
        **options,
    )


def _register_mapping(cls: type, context: Callable, make: Callable, **options) -> None:
    register_pytree_node(
        cls,
        lambda d: (list(d.values()), context(d)),
        make,
        flatten_with_keys_fn=lambda d: ([(MappingKey(k), v) for k, v in d.items()], context(d)),
        **options,
    )


_register_sequence(tuple, lambda s: None, lambda v, c: tuple(v), serialized_type_name="builtins.tuple")
_register_sequence(list, lambda s: None, lambda v, c: list(v), serialized_type_name="builtins.list")
_register_sequence(
    deque, lambda s: s.maxlen, lambda v, c: deque(v, maxlen=c), serialized_type_name="collections.deque"
)
_register_mapping(
    dict, list, lambda v, c: dict(zip(c, v, strict=True)), serialized_type_name="builtins.dict"
)
_register_mapping(
    OrderedDict,
    list,
    lambda v, c: OrderedDict(zip(c, v, strict=True)),
    serialized_type_name="collections.OrderedDict",
)
_register_mapping(
    defaultdict,
    lambda d: [d.default_factory, list(d)],
    lambda v, c: defaultdict(c[0], zip(c[1], v, strict=True)),
)
register_pytree_node(
    namedtuple,
    lambda t: (list(t), type(t)),
    lambda v, c: c(*v),
    flatten_with_keys_fn=lambda t: ([(GetAttrKey(f), v) for f, v in zip(t._fields, t, strict=True)], type(t)),
)
STANDARD_DICT_TYPES = frozenset({dict, OrderedDict, defaultdict})
BUILTIN_TYPES = frozenset({tuple, list, deque, namedtuple, *STANDARD_DICT_TYPES})


def is_structseq_class(cls: type) -> bool:
    """Whether a class is one of the results with names that ops return."""
    return isinstance(cls, type) and tuple in cls.__bases__ and isinstance(getattr(cls, "n_fields", None), int)


def is_structseq_instance(obj) -> bool:
    """Whether an object is one of the results with names that ops return."""
    return is_structseq_class(type(obj))


def is_structseq(obj) -> bool:
    """Whether an object or class is (of) the results with names that ops return."""
    return is_structseq_class(obj if isinstance(obj, type) else type(obj))


def is_namedtuple_class(cls: type) -> bool:
    """Whether a class is one of named tuples."""
    if not (isinstance(cls, type) and issubclass(cls, tuple)) or is_structseq_class(cls):
        return False
    fields = getattr(cls, "_fields", None)
    named = isinstance(fields, tuple) and all(type(f) is str for f in fields)
    return named and callable(getattr(cls, "_make", None)) and callable(getattr(cls, "_asdict", None))


def is_namedtuple_instance(obj) -> bool:
    """Whether an object is a named tuple."""
    return is_namedtuple_class(type(obj))


def is_namedtuple(obj) -> bool:
    """Whether an object or class is (of) named tuples."""
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


def _kind(tree) -> type:
    """The type under which a node is registered, if it is one."""
    kind = type(tree)
    if kind not in SUPPORTED_NODES:
        if is_namedtuple_class(kind):
            return namedtuple
        if is_structseq_class(kind):
            _register_sequence(kind, lambda s: None, lambda v, c: kind(v))
    return kind


def tree_is_leaf(tree, is_leaf: Callable | None = None) -> bool:
    """Whether a tree is a leaf: of no registered type, or one that ``is_leaf`` says is one."""
    return (is_leaf is not None and bool(is_leaf(tree))) or _kind(tree) not in SUPPORTED_NODES


# -- structures ------------------------------------------------------------------------------------
class TreeSpec:
    """The structure of a tree: the root's type (None: a leaf) and context, and the children's structures."""

    __slots__ = ("type", "_context", "_children", "num_nodes", "num_leaves", "num_children")

    def __init__(self, type, context, children_specs: list):
        self.type, self._context, self._children = type, context, children_specs
        leaf = type is None
        self.num_nodes = 1 + sum(c.num_nodes for c in children_specs)
        self.num_leaves = 1 if leaf else sum(c.num_leaves for c in children_specs)
        self.num_children = len(children_specs)

    @property
    def context(self):
        return self._context

    @property
    def children_specs(self) -> list:
        warnings.warn(
            "`treespec.children_specs` is deprecated. Use `treespec.child(index)` to access a single child, "
            "or `treespec.children()` to get all children.",
            FutureWarning,
            stacklevel=2,
        )
        return self._children

    def children(self) -> list:
        """The structures of the root's children."""
        return list(self._children)

    def child(self, index: int):
        """The structure of one of the root's children."""
        return self._children[index]

    def is_leaf(self) -> bool:
        """Whether the tree is a leaf."""
        return self.type is None

    def __repr__(self, indent: int = 0) -> str:
        if self.is_leaf():
            return "*"
        parts = f",\n{' ' * (indent + 2)}".join([c.__repr__(indent + 2) for c in self._children])
        return f"TreeSpec({self.type.__name__}, {self._context}, [{parts}])"

    def __eq__(self, other):
        if not isinstance(other, TreeSpec):
            return NotImplemented
        facts = str(self.type), self._context, self._children
        return facts == (str(other.type), other._context, other._children)

    def __hash__(self) -> int:
        return hash((str(self.type), self.num_children, tuple(self._children)))

    def __reduce__(self):
        return TreeSpec, (self.type, self._context, self._children)

    def unflatten(self, leaves: Iterable):
        """The tree of this structure with these leaves."""
        leaves = leaves if isinstance(leaves, (list, tuple)) else list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} but the spec refers to a pytree "
                f"that holds {self.num_leaves} items ({self})."
            )
        return self._built(iter(leaves))

    def _built(self, leaves: Iterator):
        if self.is_leaf():
            return next(leaves)
        return SUPPORTED_NODES[self.type].unflatten_fn([c._built(leaves) for c in self._children], self._context)

    def flatten_up_to(self, tree) -> list:
        """The subtrees of ``tree`` that stand where this structure has leaves."""
        found: list = []
        self._match(tree, found)
        return found

    def _match(self, tree, found: list) -> None:
        if self.is_leaf():
            found.append(tree)
            return
        for child, subtree in zip(self._children, self._checked(tree), strict=True):
            child._match(subtree, found)

    def _checked(self, tree) -> list:
        """The children of a tree whose root is as this one's."""
        kind = _kind(tree)
        if self.type not in BUILTIN_TYPES:
            if kind is not self.type:
                raise ValueError(f"Type mismatch; expected {self.type!r}, but got {kind!r}.")
            children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
            self._require_arity(len(children))
            if context != self._context:
                raise ValueError(f"Node context mismatch for custom node type {self.type!r}.")
            return list(children)
        dicts = self.type in STANDARD_DICT_TYPES and kind in STANDARD_DICT_TYPES
        if not dicts and kind is not self.type:
            raise ValueError(f"Node type mismatch; expected {self.type!r}, but got {kind!r}.")
        self._require_arity(len(tree))
        if dicts:  # of the same keys, in whatever order, whatever the kind
            keys = self._context[1] if self.type is defaultdict else self._context
            missing, extra = set(keys) - set(tree), set(tree) - set(keys)
            if missing:
                raise ValueError(f"Node keys mismatch; missing key(s): {missing}; extra key(s): {extra}.")
            return [tree[key] for key in keys]
        children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
        if kind is not deque and context != self._context:
            raise ValueError(
                f"Node context mismatch for node type {self.type!r}; expected {self._context!r}, "
                f"but got {context!r}."
            )
        return children

    def _require_arity(self, count: int) -> None:
        if count != self.num_children:
            raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got {count}.")


PyTreeSpec = TreeSpec
_LEAF = TreeSpec(None, None, [])


class _LeafMeta(type):
    def __instancecheck__(cls, instance) -> bool:
        return isinstance(instance, TreeSpec) and instance.is_leaf()


class LeafSpec(metaclass=_LeafMeta):
    """The structure of a leaf; ``isinstance(spec, LeafSpec)`` is deprecated for ``spec.is_leaf()``."""

    def __new__(cls):
        warnings.warn(
            "`isinstance(treespec, LeafSpec)` is deprecated, use `isinstance(treespec, TreeSpec) and "
            "treespec.is_leaf()` instead.",
            FutureWarning,
            stacklevel=2,
        )
        return _LEAF


def treespec_leaf() -> TreeSpec:
    """The structure of a leaf."""
    return _LEAF


def treespec_tuple(iterable: Iterable = (), /) -> TreeSpec:
    """The structure of a tuple of these structures."""
    return TreeSpec(tuple, None, list(iterable))


def treespec_dict(mapping=(), /, **kwargs) -> TreeSpec:
    """The structure of a dict of these structures."""
    made = dict(mapping, **kwargs)
    return TreeSpec(dict, list(made), list(made.values()))


def _require_spec(treespec) -> None:
    if not isinstance(treespec, TreeSpec):
        raise TypeError(f"Expected `treespec` to be an instance of PyTreeSpec but got item of type {type(treespec)}.")


# -- trees -----------------------------------------------------------------------------------------
def tree_flatten(tree, is_leaf: Callable | None = None) -> tuple[list, TreeSpec]:
    """(leaves, structure) of a tree.

    Args:
        tree: nested containers; everything else, None too, is a leaf.
        is_leaf: whether a node is to be taken for a leaf.

    Example:
        >>> from jaxtorch.utils import _pytree
        >>> _pytree.tree_flatten({"b": 1, "a": (2, None)})
        ([1, 2, None], TreeSpec(dict, ['b', 'a'], [*,
          TreeSpec(tuple, None, [*,
            *])]))
    """
    leaves: list = []
    return leaves, _flatten(tree, leaves, is_leaf)


def _flatten(tree, leaves: list, is_leaf) -> TreeSpec:
    if tree_is_leaf(tree, is_leaf):
        leaves.append(tree)
        return _LEAF
    kind = _kind(tree)
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    return TreeSpec(kind, context, [_flatten(c, leaves, is_leaf) for c in children])


def tree_unflatten(leaves: Iterable, treespec: TreeSpec):
    """The tree of a structure with these leaves."""
    _require_spec(treespec)
    return treespec.unflatten(leaves)


def tree_iter(tree, is_leaf: Callable | None = None) -> Iterator:
    """The leaves of a tree, one by one."""
    if tree_is_leaf(tree, is_leaf):
        yield tree
        return
    for child in SUPPORTED_NODES[_kind(tree)].flatten_fn(tree)[0]:
        yield from tree_iter(child, is_leaf)


def tree_leaves(tree, is_leaf: Callable | None = None) -> list:
    """The leaves of a tree."""
    return list(tree_iter(tree, is_leaf))


def arg_tree_leaves(*args, **kwargs) -> list:
    """The leaves of all arguments."""
    return tree_leaves((args, kwargs))


def tree_structure(tree, is_leaf: Callable | None = None) -> TreeSpec:
    """The structure of a tree."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func: Callable, tree, *rests, is_leaf: Callable | None = None):
    """The tree of what ``func`` makes of each leaf (and of what stands there in the other trees).

    Example:
        >>> from jaxtorch.utils import _pytree
        >>> _pytree.tree_map(lambda a, b: a * b, {"x": 2, "y": [3]}, {"y": [5], "x": 7})
        {'x': 14, 'y': [15]}
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    return spec.unflatten(list(map(func, leaves, *[spec.flatten_up_to(r) for r in rests])))


def tree_map_(func: Callable, tree, *rests, is_leaf: Callable | None = None):
    """``tree``, after ``func`` was called with each leaf."""
    leaves, spec = tree_flatten(tree, is_leaf)
    deque(map(func, leaves, *[spec.flatten_up_to(r) for r in rests]), maxlen=0)
    return tree


def _test(what) -> Callable[[Any], bool]:
    """Whether a leaf is of a type, of one of several types, or one for which a function says so."""
    if isinstance(what, (type, types.UnionType)) or (
        isinstance(what, tuple) and all(isinstance(t, type) for t in what)
    ):
        return lambda leaf: isinstance(leaf, what)
    if callable(what):
        return what
    raise TypeError("Argument must be a type, a tuple of types, or a callable.")


def map_only(type_or_types_or_pred, /) -> Callable:
    """A decorator: leaves of other types are left as they are."""
    wanted = _test(type_or_types_or_pred)

    def decorate(func):
        return functools.wraps(func)(lambda leaf: func(leaf) if wanted(leaf) else leaf)

    return decorate


def tree_map_only(type_or_types_or_pred, /, func: Callable, tree, is_leaf: Callable | None = None):
    """`tree_map` of the leaves of a type (or several, or for which a function says so)."""
    return tree_map(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_map_only_(type_or_types_or_pred, /, func: Callable, tree, is_leaf: Callable | None = None):
    """`tree_map_` of the leaves of a type (or several, or for which a function says so)."""
    return tree_map_(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_all(pred: Callable, tree, is_leaf: Callable | None = None) -> bool:
    """Whether ``pred`` holds for every leaf."""
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred: Callable, tree, is_leaf: Callable | None = None) -> bool:
    """Whether ``pred`` holds for a leaf."""
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(type_or_types, /, pred: Callable, tree, is_leaf: Callable | None = None) -> bool:
    """Whether ``pred`` holds for every leaf of a type."""
    return all(pred(leaf) for leaf in tree_iter(tree, is_leaf) if isinstance(leaf, type_or_types))


def tree_any_only(type_or_types, /, pred: Callable, tree, is_leaf: Callable | None = None) -> bool:
    """Whether ``pred`` holds for a leaf of a type."""
    return any(pred(leaf) for leaf in tree_iter(tree, is_leaf) if isinstance(leaf, type_or_types))


def _broadcast_to_and_flatten(tree, treespec: TreeSpec, is_leaf: Callable | None = None) -> list | None:
    """The leaves of a structure's size, where a leaf of ``tree`` stands for a subtree; None if they do not fit."""
    _require_spec(treespec)
    if tree_is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    kind = _kind(tree)
    if treespec.is_leaf() or kind is not treespec.type:
        return None
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    if len(children) != treespec.num_children or context != treespec.context:
        return None
    found = []
    for child, spec in zip(children, treespec.children(), strict=True):
        part = _broadcast_to_and_flatten(child, spec, is_leaf)
        if part is None:
            return None
        found += part
    return found


# -- paths -----------------------------------------------------------------------------------------
def _walk(path: tuple, tree, is_leaf) -> Iterator[tuple[tuple, Any]]:
    if tree_is_leaf(tree, is_leaf):
        yield path, tree
        return
    kind = _kind(tree)
    with_keys = SUPPORTED_NODES[kind].flatten_with_keys_fn
    if with_keys is None:
        raise ValueError(
            f"Did not find a flatten_with_keys_fn for type: {kind}. "
            "Please pass a flatten_with_keys_fn argument to register_pytree_node."
        )
    for key, child in with_keys(tree)[0]:
        yield from _walk((*path, key), child, is_leaf)


def tree_leaves_with_path(tree, is_leaf: Callable | None = None) -> list[tuple[tuple, Any]]:
    """(path, leaf) of each leaf of a tree."""
    return list(_walk((), tree, is_leaf))


def tree_flatten_with_path(tree, is_leaf: Callable | None = None) -> tuple[list[tuple[tuple, Any]], TreeSpec]:
    """((path, leaf) of each leaf, structure) of a tree."""
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def tree_map_with_path(func: Callable, tree, *rests, is_leaf: Callable | None = None):
    """`tree_map` of a function that is given each leaf's path first."""
    pairs, spec = tree_flatten_with_path(tree, is_leaf)
    columns = [[p for p, _ in pairs], [leaf for _, leaf in pairs], *[spec.flatten_up_to(r) for r in rests]]
    return spec.unflatten(list(map(func, *columns)))


# -- structures as text ----------------------------------------------------------------------------
class _Asterisk(str):
    def __repr__(self) -> str:
        return "*"


def treespec_pprint(treespec: TreeSpec) -> str:
    """A structure as a tree of asterisks."""
    return repr(treespec.unflatten([_Asterisk("*")] * treespec.num_leaves))


def _to_json(spec: TreeSpec) -> dict:
    if spec.is_leaf():
        return {"type": None, "context": None, "children_spec": []}
    node = SUPPORTED_NODES[spec.type]
    if node.serialized_type_name is None:
        raise NotImplementedError(
            f"Serializing {spec.type} in pytree is not registered: jaxtorch writes the structures of tuples, lists, "
            "dicts, deques and of types registered with a serialized_type_name"
        )
    dump = node.to_dumpable_context or json.dumps
    children = [_to_json(c) for c in spec.children()]
    return {"type": node.serialized_type_name, "context": dump(spec.context), "children_spec": children}


def _from_json(data: dict) -> TreeSpec:
    if data["type"] is None:
        return _LEAF
    for kind, node in SUPPORTED_NODES.items():
        if node.serialized_type_name == data["type"]:
            load = node.from_dumpable_context or json.loads
            return TreeSpec(kind, load(data["context"]), [_from_json(c) for c in data["children_spec"]])
    raise NotImplementedError(f"Deserializing {data['type']} in pytree is not registered.")


def treespec_dumps(treespec: TreeSpec, protocol: int | None = None) -> str:
    """A structure as JSON, in PyTorch's format."""
    _require_spec(treespec)
    if protocol not in (None, 1):
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [1]")
    return json.dumps((1, _to_json(treespec)))


def treespec_loads(serialized: str) -> TreeSpec:
    """The structure that `treespec_dumps` wrote."""
    protocol, data = json.loads(serialized)
    if protocol != 1:
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [1]")
    return _from_json(data)
