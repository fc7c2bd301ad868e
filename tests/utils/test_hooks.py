"""torch.utils.hooks and torch.utils.weak."""

import copy
import gc
import importlib
import pickle
import warnings
from collections import OrderedDict

import jaxtorch

from ..compared import compared


@compared
def test_handles(torch, see):
    RemovableHandle = importlib.import_module(torch.__name__ + ".utils.hooks").RemovableHandle
    hooks, extra = OrderedDict(), OrderedDict()
    first = RemovableHandle(hooks, extra_dict=extra)
    hooks[first.id], extra[first.id] = 1, 2
    second = RemovableHandle(hooks)
    hooks[second.id] = 3
    see([second.id - first.id, first.hooks_dict_ref() is hooks, first.extra_dict_ref[0]() is extra])
    first.remove()
    see([list(hooks.values()), list(extra)])
    first.remove()
    with second:
        pass
    see(list(hooks))
    see(lambda: RemovableHandle({}))
    see(type(torch.nn.Linear(1, 1).register_forward_hook(print)) is RemovableHandle)
    see(len(RemovableHandle(hooks, extra_dict=[extra, OrderedDict()]).extra_dict_ref))


def test_handles_are_pickled_with_their_tables():
    hooks = OrderedDict()
    table, handle = pickle.loads(pickle.dumps((hooks, jaxtorch.utils.hooks.RemovableHandle(hooks))))
    assert handle.hooks_dict_ref() is table


@compared
def test_warning_of_hooks(torch, see):
    hooks = importlib.import_module(torch.__name__ + ".utils.hooks")
    x = torch.ones(2, requires_grad=True)

    def hook(g):
        return g

    x.register_hook(hook)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        hooks.warn_if_has_hooks(x)
    see([str(w.message).partition(" at 0x")[0].replace("test_warning_of_hooks.<locals>.", "") for w in caught])
    see(hooks.unserializable_hook(hook) is hook)
    see(lambda: hooks.warn_if_has_hooks(x))


@compared
def test_backward_hook(torch, see):
    log = []
    hook = importlib.import_module(torch.__name__ + ".utils.hooks").BackwardHook(
        "module", [lambda m, given, outs: log.append((m, given, outs))], [lambda m, outs: log.append(outs)]
    )
    x = torch.ones(2, requires_grad=True)
    (inside,) = hook.setup_input_hook((x,))
    hook.setup_output_hook(inside * 3).backward(torch.ones(2))
    see(log)
    see(x.grad)


@compared
def test_weak_dicts(torch, see):
    weak = importlib.import_module(torch.__name__ + ".utils.weak")
    found = weak.WeakTensorKeyDictionary()
    a, b = torch.ones(2), torch.ones(2)
    found[a], found[b] = 1, 2
    see([len(found), found[a], a in found, torch.ones(2) in found, list(found.values()), 3 in found])
    see([found.get(torch.ones(2), 7), found.pop(a), found.get(a), found.setdefault(a, 9)])
    del b
    gc.collect()
    see([len(found), found == {a: 9}, (found | {a: 4})[a], ({a: 4} | found)[a], found == 3])
    see([copy.copy(found)[a], copy.deepcopy(found)[a], found.copy() == found, type(found.keyrefs()[0]).__name__])
    see([weak.WeakIdRef(a) == weak.WeakIdRef(a), hash(weak.WeakIdRef(a)) == id(a), weak.TensorWeakRef(a)() is a])
    see([weak.TensorWeakRef(torch.ones(1))(), weak.WeakTensorKeyDictionary is weak.WeakIdKeyDictionary])
    see(lambda: weak.TensorWeakRef(3))
    see([v for _, v in found.items()] + [k is a for k in found] + [k is a for k in found.keys()])
    see(found.popitem()[1])
    see(lambda: found.popitem())
    see(lambda: hash(found))
    see(lambda: found.__delitem__(a) if a in found else len(found))
