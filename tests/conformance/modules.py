"""PyTorch's database of modules against the library: made from one seed, run, differentiated, saved both ways."""

from __future__ import annotations

import functools
import warnings
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from tests.conformance import checks, database
from tests.conformance.checks import Outcome
from tests.conformance.comparison import problem, tensors
from tests.conformance.translation import Builder, counterpart
from tests.oracle import dtype_name, is_tensor, make_tensor, to_numpy


@functools.cache
def entries() -> dict[str, Any]:
    """Every module of the database by its name."""
    database.entries()  # stands in for what PyTorch's test tools import
    from torch.testing._internal.common_modules import module_db

    return {info.name: info for info in module_db}


def samples(name: str, training: bool, dtype: torch.dtype = torch.float64) -> list[Any]:
    """The inputs of a module in the order they are run: the first few are a fair choice of all."""
    torch.manual_seed(zlib.crc32(name.encode()))
    info = entries()[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = list(
            info.module_inputs_func(info, device="cpu", dtype=dtype, requires_grad=True, training=training)
        )
    return [drawn[i] for i in database._spread(len(drawn))]


def _layer(value: Any, lib: Any) -> Any:
    """A layer given to a constructor, as the library's."""
    if not isinstance(value, torch.nn.TransformerEncoderLayer) or lib is torch:
        return value
    return lib.nn.TransformerEncoderLayer(
        value.self_attn.embed_dim, value.self_attn.num_heads, value.linear1.out_features, value.dropout.p,
        counterpart(value.activation, lib), value.norm1.eps, value.self_attn.batch_first, value.norm_first,
        value.linear1.bias is not None, dtype=lib.float64,
    )  # fmt: skip


def build(info: Any, sample: Any, builder: Builder, training: bool) -> Any:
    """The module, with what torch draws for its parameters from one seed; layers given to it have the other's."""
    lib = builder.lib
    given = [a for a in sample.constructor_input.args if isinstance(a, torch.nn.Module)]
    if given and lib is not torch:
        made = counterpart(info.module_cls, lib)(
            *(_layer(a, lib) for a in sample.constructor_input.args), **builder.tree(sample.constructor_input.kwargs)
        )
        twin = info.module_cls(*sample.constructor_input.args, **sample.constructor_input.kwargs).double()
        made.load_state_dict({k: lib.tensor(to_numpy(v)) for k, v in twin.state_dict().items()})
        return made.to(lib.float64).train(training)
    args, kwargs = builder.tree(sample.constructor_input.args), builder.tree(sample.constructor_input.kwargs)
    lib.manual_seed(5)
    return counterpart(info.module_cls, lib)(*args, **kwargs).to(lib.float64).train(training)


def _run(info: Any, sample: Any, builder: Builder, training: bool) -> tuple[Any, Any, list, dict]:
    """(the module, its result, the gradients of inputs and parameters, its state afterwards)."""
    lib = builder.lib
    module = build(info, sample, builder, training)
    args, kwargs = builder.tree(sample.forward_input.args), builder.tree(sample.forward_input.kwargs)
    lib.manual_seed(6)
    result = module(*args, **kwargs)
    outputs = [t for t in tensors(result) if t.requires_grad]
    rng = np.random.default_rng(7)
    cotangents = [
        make_tensor(lib, rng.standard_normal(tuple(t.shape)).astype(to_numpy(t.detach()).dtype), dtype_name(t.dtype))
        for t in outputs
    ]
    leaves = [*builder.leaves, *(p for p in module.parameters() if p.requires_grad)]
    found: list = []
    if outputs and leaves:
        found = list(lib.autograd.grad(outputs, leaves, cotangents, allow_unused=True))
    return module, result, found, dict(module.state_dict())


def _states(got: dict, want: dict) -> str | None:
    if list(got) != list(want):
        return f"state_dict has {list(got)}, torch {list(want)}"
    for key, value in want.items():
        found = problem(got[key], value)
        if found:
            return f"{key}: {found}"
    return None


def _transferred(lib: Any, mine: Any, theirs: Any) -> str | None:
    """Load each module's state into the other; both must take it, and hold it."""
    into_mine = {k: lib.tensor(to_numpy(v)) if is_tensor(v) else v for k, v in theirs.state_dict().items()}
    into_theirs = {k: torch.tensor(to_numpy(v)) if is_tensor(v) else v for k, v in mine.state_dict().items()}
    mine.load_state_dict(into_mine)
    theirs.load_state_dict(into_theirs)
    return _states(dict(mine.state_dict()), dict(theirs.state_dict()))


def module(name: str, training: bool, lib: Any, limit: int, seconds: float) -> Outcome:
    """A module on the database's inputs: results, gradients, state."""
    info = entries()[name]

    def one(sample: Any) -> str | None:
        try:
            theirs, want, want_grads, want_state = _run(info, sample, Builder(torch), training)
        except Exception as error:
            raise checks._Refused from error
        mine, got, got_grads, got_state = _run(info, sample, Builder(lib), training)
        found = problem(got, want)
        if found:
            return found
        for i, (a, b) in enumerate(zip(got_grads, want_grads, strict=True)):
            if b is None and is_tensor(a) and not to_numpy(a).any():
                continue
            found = problem(a, b)
            if found:
                return f"gradient {i}: {found}"
        return _states(got_state, want_state) or _transferred(lib, mine, theirs)

    drawn = samples(name, training)
    return checks._each(Outcome(name, "train" if training else "eval"), drawn, lib, one, limit, seconds)


def errors(name: str, lib: Any) -> list[Outcome]:
    """Inputs that must fail: that they raise, the type, and the text by the database's pattern."""
    info = entries()[name]
    if info.module_error_inputs_func is None:
        return []
    drawn = list(
        info.module_error_inputs_func(info, device="cpu", dtype=torch.float64, requires_grad=False, training=True)
    )

    def run(error: Any, builder: Builder) -> None:
        sample = error.module_error_input
        made = build(info, sample, builder, True)
        if sample.forward_input is not None:
            made(*builder.tree(sample.forward_input.args), **builder.tree(sample.forward_input.kwargs))

    return _raised(name, drawn, run, lib)


def _raised(name: str, drawn: list, run: Callable[[Any, Builder], None], lib: Any) -> list[Outcome]:
    """The three outcomes of inputs that must fail; torch's own exception is what is expected."""
    outcomes = [Outcome(name, f"error {kind}") for kind in ("raised", "type", "text")]
    for place, error in enumerate(drawn):
        theirs, mine = _exception(run, error, Builder(torch)), _exception(run, error, Builder(lib))
        if theirs is None:
            continue
        kind = type(theirs).__name__
        verdicts = (
            None if mine is not None else f"does not raise, torch {kind}: {theirs}",
            None if type(mine).__name__ == kind else f"{type(mine).__name__}, torch {kind}",
            None if str(mine).strip() == str(theirs).strip() else f"{mine}, torch: {theirs}",
        )
        for outcome, verdict in zip(outcomes, verdicts, strict=True):
            outcome.ran += 1
            if verdict:
                outcome.fail(place, verdict)
    return outcomes


def _exception(run: Callable[[Any, Builder], None], error: Any, builder: Builder) -> Exception | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            run(error, builder)
        except Exception as raised:
            return raised
    return None
