"""`torch.utils._pytree`: leaves, structures and texts are PyTorch's."""

import importlib
import warnings
from collections import OrderedDict, defaultdict, deque, namedtuple

import pytest
import torch
import torch.utils._pytree

from ..oracle import module_under_test

LIB = module_under_test()
OURS, THEIRS = (importlib.import_module(f"{lib.__name__}.utils._pytree") for lib in (LIB, torch))
P = namedtuple("P", "a b")


def nested() -> dict:
    return {
        "b": 1,
        "a": [2, (3, P(4, None))],
        "o": OrderedDict(z=1),
        "d": defaultdict(list, q=5),
        "dq": deque([1, 2], maxlen=4),
        "empty": ((), {}, []),
    }


def only(kind):
    return lambda p: p.tree_map_only(kind, lambda a: a + 1, [1, "a", 2.0, (True,)])


def add(tree, *rests):
    return lambda p: p.tree_map(lambda a, b: (a, b), tree, *rests)


def spec(p, tree):
    return p.tree_structure(tree)


def seen(p, call):
    found = []
    call(p, found.append)
    return found


CASES = {
    "flatten": lambda p: p.tree_flatten(nested()),
    "unflatten": lambda p: p.tree_unflatten(list("abcdefgh"), spec(p, nested())),
    "pretty": lambda p: p.treespec_pprint(spec(p, nested())),
    "leaf": lambda p: p.tree_flatten(3),
    "None": lambda p: p.tree_flatten(None),
    "sizes": lambda p: [getattr(spec(p, nested()), n) for n in ("num_nodes", "num_leaves", "num_children", "context")],
    "children": lambda p: (spec(p, nested()).children(), spec(p, nested()).child(1), spec(p, nested()).type),
    "is_leaf": lambda p: p.tree_flatten([1, [2, 3]], is_leaf=lambda x: x == [2, 3]),
    "too few leaves": lambda p: p.tree_unflatten([1], spec(p, [1, (2, 3)])),
    "no structure": lambda p: p.tree_unflatten([1, 2], 3),
    "two trees": add([1, {"x": 2}], [3, {"x": [4]}]),
    "two orders": add({"a": 1, "b": 2}, {"b": 3, "a": 1}),
    "two dicts": add({"a": 1, "b": 2}, OrderedDict(b=3, a=1)),
    "three": lambda p: p.tree_map(lambda *x: x, [1], [2], [3]),
    "arity": add([1, 2], [3]),
    "types": add([1, 2], (3, 4)),
    "type of leaf": add([1, 2], 3),
    "keys": add({"a": 1}, {"b": 3}),
    "named tuples": add(P(1, 2), namedtuple("Q", "a b")(3, 4)),
    "deques": add(deque([1]), deque([2], maxlen=3)),
    "only ints": only(int),
    "only numbers": only((int, float)),
    "only union": only(int | float),
    "only where": only(lambda x: x == 1),
    "only nothing": only(3),
    "in place": lambda p: seen(p, lambda p, note: p.tree_map_(note, [1, (2,)])),
    "only, in place": lambda p: p.tree_map_only_(int, lambda a: a + 1, [1, "a"]),
    "all": lambda p: (p.tree_all(bool, [1, [0]]), p.tree_all(bool, [1, [2]]), p.tree_any(bool, [0, [0]])),
    "all only": lambda p: (p.tree_all_only(int, bool, [1, ""]), p.tree_any_only(int, bool, [0, "a"])),
    "leaves": lambda p: (p.tree_leaves(nested()), list(p.tree_iter([1, [2]])), p.arg_tree_leaves(1, [2], a=3)),
    "paths": lambda p: p.tree_flatten_with_path(nested()),
    "path texts": lambda p: p.tree_map_with_path(lambda path, x: p.keystr(path) + str(x), nested()),
    "by path": lambda p: [p.key_get(nested(), path) for path, _ in p.tree_leaves_with_path(nested())],
    "broadcast": lambda p: p._broadcast_to_and_flatten([1, (2, 3)], spec(p, [[0, 0], (0, [0, 0])])),
    "no broadcast": lambda p: p._broadcast_to_and_flatten([1, [2]], spec(p, [1, [2, 3]])),
    "equal": lambda p: (spec(p, [1, 2]) == spec(p, [3, 4]), spec(p, {"a": 1, "b": 2}) == spec(p, {"b": 1, "a": 2})),
    "hash": lambda p: len({spec(p, {"a": [1]}), spec(p, {"a": [2]}), spec(p, {"b": [2]})}),
    "up to": lambda p: spec(p, [1, (2, 3)]).flatten_up_to([{}, ([], 4)]),
    "json": lambda p: p.treespec_dumps(spec(p, [1, {"a": (2, deque([3]))}])),
    "from json": lambda p: p.treespec_loads(p.treespec_dumps(spec(p, [1, {"a": (2, None)}]))),
    "a leaf's type": lambda p: isinstance(spec(p, 1), p.LeafSpec),
    "kinds of tuples": lambda p: [(p.is_namedtuple(x), p.is_structseq(x)) for x in (P, P(1, 2), (1,), tuple, 3)],
}


def outcome(case, p):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return repr(case(p))
        except Exception as error:
            return type(error).__name__, str(error)


@pytest.mark.parametrize("name", CASES)
def test_trees(name):
    assert outcome(CASES[name], OURS) == outcome(CASES[name], THEIRS)


class Registered:
    def __init__(self, items, label):
        self.items, self.label = items, label

    def __repr__(self):
        return f"{self.label}{self.items}"


def registered(p) -> list:
    class Twice(Registered):
        pass

    made = Twice([1, [2]], "L")
    before = repr(p.tree_flatten([made])[1])
    p.register_pytree_node(
        Twice, lambda r: (r.items, r.label), lambda items, label: Twice(list(items), label)
    )
    found = [before, *p.tree_flatten(made), p.tree_map(lambda x: x * 2, made), p.tree_is_leaf(made)]
    for call in (
        lambda: p.register_pytree_node(Twice, None, None),
        lambda: p.tree_map(lambda a, b: 0, made, Twice([1, 2], "M")),
        lambda: p.tree_map(lambda a, b: 0, made, [1, 2]),
        lambda: p.tree_flatten_with_path(made),
    ):
        try:
            found.append(call())
        except Exception as error:
            found.append((type(error).__name__, str(error)))
    return [repr(f) for f in found]


def test_registered_types():
    assert registered(OURS) == registered(THEIRS)


def test_results_with_names_are_nodes():
    found = []
    for lib, p in ((LIB, OURS), (torch, THEIRS)):
        leaves, structure = p.tree_flatten(lib.tensor([[1.0, 2.0]]).max(1))
        rebuilt = p.tree_unflatten(leaves, structure)
        found.append([repr(structure), repr(leaves), repr(rebuilt), p.is_structseq(rebuilt)])
    assert found[0] == found[1]
