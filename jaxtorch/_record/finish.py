"""From a recorded run to a recording: where its values come from and go, and whether it can be replayed."""

from __future__ import annotations

import gc

from .._core import tape
from .._core.composed import Composed
from .._core.symbol import Symbol
from .._core.tensor import Tensor
from .gradients import entries_of
from .joint import Freed, Joint
from .recorder import Recorder, Unfit
from .replay import Place, Recording
from .structure import Everywhere
from .trees import flatten, unflatten
from .watch import Watch


def finish(recorder: Recorder, tensors: list[Tensor], result, watch: Watch, reason: str):
    """(the recording, the memory that its first run is given).

    Args:
        tensors: those among the arguments.
        watch: what was noted of the run.
        reason: why it was recorded.

    Raises:
        Unfit: the run cannot be replayed.
    """
    steps = len(recorder.graph.steps)
    try:
        return _finished(recorder, tensors, result, watch, reason)
    except Unfit:
        del recorder.graph.steps[steps:]  # those of a backward that comes later
        raise


def _finished(recorder: Recorder, tensors: list[Tensor], result, watch: Watch, reason: str):
    results = [x for x in flatten(result)[0] if isinstance(x, Tensor)]
    if any(isinstance(x, Composed) for x in results):
        raise Unfit("a sparse tensor is returned")
    if any(id(x) in recorder.modules for x in flatten(result)[0]):
        raise Unfit("a module that it makes is returned")
    recorder.reads(results)  # a view of memory that nothing read
    positions, owners = {}, {}
    for i, t in enumerate(tensors):
        positions.setdefault(id(t._storage), i)
        owners.setdefault(id(t), i)
    altered = recorder.altered()
    if altered:
        raise Unfit(altered)
    if any(module.training != before for module, before in recorder.switched.values()):
        raise Unfit("it leaves a module in another mode (train, eval)", True)
    recorder.grads = {k: v for k, v in recorder.grads.items() if k in owners or k not in recorder.made}
    entries, storages = entries_of(recorder, owners, positions)
    positions.update((id(s), len(tensors) + i) for i, s in enumerate(storages))
    ins_and_outs = _memory(recorder, positions)
    gradients = _gradients(recorder, owners)
    places, rebuild, returned = describe_result(result, recorder, positions, owners, tensors)
    live = [i for i, t in enumerate(returned) if id(t) not in owners and _live_graph(t)]
    with watch:
        joints = [Joint.of(recorder, [returned[i] for i in part], tensors) for part in _apart(returned, live)]
    for note in recorder.notes:
        failed = note.failed()
        if failed is not None:
            raise Unfit(f"it changes {failed.partition(':')[0]}", True)
    recorder.notes += watch.guards()
    recorder.notes += [Everywhere(), *[note() for note in recorder.later]]
    recorder.notes.append(recorder.outside({id(t) for t in tensors}))
    ids, at = [id(x) for x in flatten(result)[0]], [id(t) for t in returned]
    for joint in joints:
        joint.results = [at.index(id(t)) for t in joint.roots]
        joint.leaves = [ids.index(id(t)) for t in joint.roots]
    for i in live:  # their graphs hold what the joints' nodes do without
        returned[i]._grad_fn = places[i].grad_fn = None
    for i, t in enumerate(returned):  # what a graph that is used up still holds is not kept
        if i not in live and t._grad_fn is not None and t._grad_fn.sequence >= recorder.first_node:
            t._grad_fn = places[i].grad_fn = Freed.of(t._grad_fn)
    known = set(recorder.captured)
    known.update(id(g._storage) for _, g, _ in gradients if g is not None)
    known.update(id(t._storage) for r in returned for t in (r, r._grad) if t is not None)
    if _kept(recorder, known) and (gc.collect() or True) and _kept(recorder, known):
        raise Unfit("a tensor made inside is kept by something outside the function", True, joints)
    made = Recording(recorder, reason, len(tensors), watch.function)
    made.assemble(entries, *ins_and_outs, gradients, places, rebuild, joints)
    return made, [*[t._storage for t in tensors], *storages]


def _apart(returned: list[Tensor], live: list[int]) -> list[list[int]]:
    """The results that are differentiated outside, those with nodes in common together: as far as the graphs
    of others go, each has its own backward."""
    parts: list[tuple[list, set]] = []
    for i in live:
        own, nodes = [i], set(tape.reachable(returned[i]._grad_fn))
        nodes = {n for n in nodes if not isinstance(n, tape.AccumulateGrad)}
        for part in [p for p in parts if not nodes.isdisjoint(p[1])]:
            parts.remove(part)
            own, nodes = part[0] + own, nodes | part[1]
        parts.append((own, nodes))
    return [own for own, _ in parts]


def _memory(recorder: Recorder, positions: dict):
    """(position, number) of what is given at every call; (storage, number) of other memory; of the written
    ones among both also how often."""
    arguments, captured, written, written_arguments = [], [], [], []
    for key, c in recorder.captured.items():
        s, number = c.storage, c.pending.number
        if s.layout is not c.layout or s.dtype is not c.dtype:
            raise Unfit("a tensor from outside is given other memory (set_, resize_)")
        if key in positions:
            arguments.append((positions[key], number))
        else:
            captured.append((s, number))
        if s.array is not c.pending:
            new = recorder.number_of(s.array)
            if key in positions:
                written_arguments.append((positions[key], new, s.version - c.version))
            else:
                written.append((s, new, s.version - c.version))
    return arguments, captured, written, written_arguments


def _gradients(recorder: Recorder, owners: dict) -> list:
    """(owner, tensor, number) of each ``.grad`` that the run leaves as another tensor, or as none."""
    found = []
    for t, entry in recorder.grads.values():
        g, owner = t._grad, owners.get(id(t), t)
        if g is None and entry is not None:
            found.append((owner, None, None))
        elif g is not None and g is not entry:
            if id(g._storage) in recorder.captured or g._layout is not g._storage.layout or g.requires_grad:
                raise Unfit("a .grad is set to a tensor from outside, a view, or a taped tensor")
            found.append((owner, g, recorder.number_of(g._storage.array)))
    return found


def _kept(recorder: Recorder, known: set) -> bool:
    """Whether memory made in the run outlives it unexpectedly."""
    return any(id(s) not in known for s in recorder.holders())


def _live_graph(t: Tensor) -> bool:
    """Whether a backward from ``t`` could still run."""
    if not t.requires_grad or t._grad_fn is None:
        return False
    return not any(
        getattr(node, "holds", False) and node.saved is None  # pyright: ignore[reportAttributeAccessIssue]
        for node in tape.reachable(t._grad_fn)
    )


def describe_result(result, recorder: Recorder, positions: dict, owners: dict, tensors: list[Tensor]):
    """(a Place for each tensor of the result that is another one at every call, what rebuilds the result
    from those tensors, those of this run).

    Args:
        positions: the places of what is given at every call, by the ids of storages.
        owners: those of the argument tensors, by their own ids.
    """
    leaves, structure = flatten(result)
    places, returned, found, leaf_of = [], [], {}, []
    for x in leaves:
        if not isinstance(x, Tensor) or not (id(x) in owners or recorder.made_here(x)):
            leaf_of.append((None, x))
            continue
        if id(x) not in found:
            place = Place.of(x, recorder, positions, owners, tensors)
            if place is None:
                raise Unfit("the .grad of a result is a tensor from outside, a view, or a taped tensor")
            found[id(x)] = len(places)
            places.append(place)
            returned.append(x)
        leaf_of.append((found[id(x)], None))

    def rebuild(tensors):
        return unflatten(structure, [_value(x) if i is None else tensors[i] for i, x in leaf_of])

    return places, rebuild, returned


def _value(x):
    """What a result that is no tensor is at a call."""
    return x.given() if type(x) is Symbol else x
