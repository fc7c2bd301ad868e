"""Connectionist temporal classification (Graves et al., 2006)."""

from __future__ import annotations

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import modes
from .._core.dispatch import dispatch
from .._core.exchange import tensor
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor
from .dims import refuse
from .loss import reduced

_WHERE = "(while checking arguments for ctc_loss_allocate_outputs)"


def _log_sum_exp(terms):
    """Over axis 0; of nothing but -inf it is -inf, with gradient zero."""
    top = lax.stop_gradient(jnp.max(terms, 0))
    top = jnp.where(jnp.isneginf(top), jnp.zeros((), top.dtype), top)
    total = jnp.sum(lax.exp(terms - top), 0)
    possible = total > 0
    logs = lax.log(jnp.where(possible, total, jnp.ones((), total.dtype))) + top
    return jnp.where(possible, logs, -jnp.inf)


def _nll(log_probs, targets, input_lengths, target_lengths, blank: int):
    """Minus the log-probability of each target, summed over its alignments: (batch,); and that of the
    alignments that end with the blank after the last label."""
    steps, batch, _ = log_probs.shape
    width = targets.shape[1]
    # blanks between and around the labels
    labels = jnp.full((batch, 2 * width + 1), blank, jnp.int64).at[:, 1::2].set(targets)
    # as in PyTorch, a target that is the blank counts as a label here
    skips = jnp.pad(labels[:, 2:] != labels[:, :-2], ((0, 0), (2, 0)), constant_values=False)
    places = lax.broadcasted_iota(jnp.int64, labels.shape, 1)
    scores = jnp.take_along_axis(log_probs, jnp.broadcast_to(labels, (steps, *labels.shape)), 2, mode="clip")
    low = jnp.asarray(-jnp.inf, log_probs.dtype)
    begins = (places == 0) | (places == 1) & (target_lengths[:, None] > 0)
    first = jnp.where(begins, scores[0], low)

    def shifted(alpha, by):
        return jnp.pad(alpha[:, : alpha.shape[1] - by], ((0, 0), (by, 0)), constant_values=low)[:, : alpha.shape[1]]

    def advance(alpha, step):
        score, t = step
        terms = jnp.stack([alpha, shifted(alpha, 1), jnp.where(skips, shifted(alpha, 2), low)])
        new = _log_sum_exp(terms) + score
        return jnp.where(t < input_lengths[:, None], new, alpha), None

    alpha, _ = lax.scan(advance, first, (scores[1:], jnp.arange(1, steps)))
    ends = (places == 2 * target_lengths[:, None]) | (places == 2 * target_lengths[:, None] - 1)
    total = _log_sum_exp(jnp.where(ends, alpha, low).T)
    last = jnp.take_along_axis(alpha, 2 * target_lengths[:, None], 1)[:, 0]
    return -jnp.where(input_lengths > 0, total, jnp.where(target_lengths > 0, low, jnp.zeros((), low.dtype))), last


def _ctc_gradient(g, log_probs, targets, input_lengths, target_lengths, blank, zero_infinity):
    def nll(x):
        return _nll(x, targets, input_lengths, target_lengths, blank)

    loss, pull, last = jax.vjp(nll, log_probs, has_aux=True)
    impossible = jnp.isinf(loss)
    (posterior,) = pull(jnp.where(impossible, jnp.zeros((), g.dtype), g))
    # PyTorch's gradient is that of scores before a log_softmax, which exp(log_probs) stands for
    out = g[:, None] * lax.exp(log_probs) + posterior
    # where the last label is the blank too, PyTorch's counts only that one at the last step
    label = jnp.take_along_axis(targets, jnp.maximum(target_lengths[:, None] - 1, 0), 1)[:, 0]
    dropped = jnp.where((target_lengths > 0) & (label == blank), g * lax.exp(last + loss), jnp.zeros((), g.dtype))
    out = out.at[jnp.maximum(input_lengths - 1, 0), jnp.arange(loss.shape[0]), blank].add(dropped)
    filler = 0.0 if zero_infinity else jnp.nan
    out = jnp.where(impossible[:, None], jnp.asarray(filler, out.dtype), out)
    steps = lax.broadcasted_iota(jnp.int64, log_probs.shape, 0)
    return jnp.where(steps < input_lengths[:, None], out, jnp.zeros((), out.dtype)), None, None, None


def _labels_outside(log_probs, targets, input_lengths, target_lengths, **_):
    used = lax.broadcasted_iota(jnp.int64, targets.shape, 1) < target_lengths[:, None]
    return jnp.any(used & ((targets < 0) | (targets >= log_probs.shape[2])))


@op("ctc_loss.raw(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int blank, "
    "bool zero_infinity)", forms="", node="CtcLossBackward0", grad=_ctc_gradient, bounds=_labels_outside,
    bounds_error=lambda *_, **__: IndexError("ctc_loss: a target is out of the range of labels"))  # fmt: skip
def ctc_loss_raw(log_probs, targets, input_lengths, target_lengths, *, blank, zero_infinity):
    return _nll(log_probs, targets, input_lengths, target_lengths, blank)[0]


def _complaint(found: np.ndarray, name: str, kind: str, size: int) -> RuntimeError | None:
    """What is wrong with lengths, where ``size`` is that of the "steps", the "rows" or the "whole" of targets."""
    for bound, wrong in (("least 0", found < 0), (f"most {size}", (kind == "steps") & (found > size))):
        if wrong.any():
            value = found[int(np.argmax(wrong))]
            return RuntimeError(f"Expected {name} to have value at {bound}, but got value {value} {_WHERE}")
    longest, total = int(found.max(initial=0)), int(found.sum())
    wanted = {"rows": f"at least {longest} at dimension 1", "whole": f"{total} at dimension 0"}.get(kind)
    if (kind == "rows" and size < longest) or (kind == "whole" and size != total):
        return RuntimeError(
            f"Expected tensor to have size {wanted}, but got size {size} for argument #2 'targets' {_WHERE}"
        )
    return None


@op("ctc_lengths.raw(Tensor lengths, str name, int steps, str kind)", forms="", promote="none", differentiable=False,
    bounds=lambda lengths, *, steps, **_: jnp.any((lengths < 0) | (lengths > steps)),
    bounds_error=lambda lengths, *, name, steps, kind: _complaint(lengths._host(), name, kind, steps))  # fmt: skip
def ctc_lengths_raw(lengths, *, name, steps, kind):
    return lengths.astype(jnp.int64)


def _lengths(name: str, given, batch: int, kind: str, size: int) -> np.ndarray | Tensor:
    """Lengths that fit: in a recording, where no value is read, those of a tensor are a tensor.

    Not so those of targets that lie one after the other: how wide they are as rows is a matter of values.
    """
    if isinstance(given, Tensor):
        if given.dtype.category > 1:
            raise RuntimeError(f"{name} must be integral")
        if modes.state.recorder is not None and kind != "whole":
            if given.numel() != batch:
                raise RuntimeError(f"{name} must be of size batch_size")
            return dispatch(registry["ctc_lengths.raw"], (given.reshape(-1),), (name, size, kind))
        given = given._host().reshape(-1)
    found = np.asarray(given, np.int64).reshape(-1)
    if len(found) != batch:
        raise RuntimeError(f"{name} must be of size batch_size")
    wrong = _complaint(found, name, kind, size)
    if wrong is not None:
        raise wrong
    return found


def _target_lengths(targets: Tensor, given, batch: int) -> np.ndarray | Tensor:
    """The lengths of targets, which fit these."""
    if targets.ndim not in (1, 2):
        raise RuntimeError(
            f"Expected 1 to 2 dimensions, but got {targets.ndim}-dimensional tensor for argument #2 'targets' {_WHERE}"
        )
    if targets.ndim == 1:
        return _lengths("target_lengths", given, batch, "whole", targets.shape[0])
    if targets.shape[0] != batch:
        raise RuntimeError(
            f"Expected tensor to have size {batch} at dimension 0, but got size {targets.shape[0]} for argument #2 "
            f"'targets' {_WHERE}"
        )
    return _lengths("target_lengths", given, batch, "rows", targets.shape[1])


def _padded(targets: Tensor, lengths: np.ndarray | Tensor) -> Tensor:
    """Targets as (batch, longest), from that or from one after the other."""
    if targets.ndim == 2:
        return targets if targets.shape[1] else targets.new_zeros((targets.shape[0], 1))
    assert isinstance(lengths, np.ndarray)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    size, longest = targets.shape[0], int(lengths.max(initial=0))
    places = np.minimum(starts[:, None] + np.arange(max(longest, 1)), max(size - 1, 0))
    return targets[tensor(places)] if size else targets.new_zeros((len(lengths), 1))


@composite("ctc_loss(Tensor log_probs, Tensor targets, any input_lengths, any target_lengths, int blank=0, "
           "int reduction=0, bool zero_infinity=False)", forms="function")  # fmt: skip
def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity):
    """Minus the log-probability of label sequences under unaligned predictions.

    Args:
        log_probs: (steps, batch, labels) or (steps, labels).
        targets: (batch, longest), or all targets one after the other.
        input_lengths, target_lengths: (batch,), or sequences of ints.
        blank: the label that stands for none.
        zero_infinity: whether a target too long for its input counts 0 and not infinity.

    Raises:
        IndexError: a target is no label.
    """
    batched = log_probs.ndim == 3
    if log_probs.numel() == 0:
        raise RuntimeError("log_probs tensor must not be empty")
    single = log_probs.ndim == 2 and not (isinstance(input_lengths, Tensor) and input_lengths.ndim)
    if not batched and not single:
        raise RuntimeError(
            f"Expected 3-dimensional tensor, but got {log_probs.ndim}-dimensional tensor for argument #1 "
            f"'log_probs' {_WHERE}"
        )
    if single:
        log_probs = log_probs.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.ndim == 1 else targets
    if log_probs.dtype.name not in ("float32", "float64"):
        raise refuse("ctc_loss_cpu", log_probs.dtype)
    steps, batch, labels = log_probs.shape
    if not 0 <= blank < labels:
        raise RuntimeError("blank must be in label range")
    lengths = _lengths("input_lengths", input_lengths, batch, "steps", steps)
    found = _target_lengths(targets, target_lengths, batch)
    wanted = found if isinstance(found, Tensor) else tensor(found)
    lengths = lengths if isinstance(lengths, Tensor) else tensor(lengths)
    operands = (log_probs, _padded(targets, found).long(), lengths, wanted)
    loss = dispatch(registry["ctc_loss.raw"], operands, (blank, zero_infinity))
    if zero_infinity:
        loss = loss.new_zeros(()).where(loss == float("inf"), loss)
    if reduction == 1:
        return (loss / wanted.clamp_min(1).to(loss.dtype)).mean()
    return reduced(loss, reduction) if reduction else loss.squeeze(0) if single else loss
