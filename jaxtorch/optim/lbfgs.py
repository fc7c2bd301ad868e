"""L-BFGS: quasi-Newton steps from the last few gradients."""

from __future__ import annotations

from .._core.bind import namespaces
from .._core.tensor import Tensor
from ..autograd.grad_mode import enable_grad, no_grad
from ._rule import check_lr, check_positive, scalar
from .optimizer import Optimizer

__all__ = ["LBFGS"]

_cat, _view_as_real = namespaces["torch"]["cat"], namespaces["torch"]["view_as_real"]


class LBFGS(Optimizer):
    """L-BFGS, with or without a line search. One group of parameters only; ``step`` needs a closure.

    Args:
        params: tensors.
        lr: the step size, or where the line search begins.
        max_iter: iterations a step.
        max_eval: evaluations of the closure a step (default: 1.25 max_iter).
        tolerance_grad: stop when no gradient is larger.
        tolerance_change: stop when neither parameters nor loss change more.
        history_size: how many gradients are remembered.
        line_search_fn: "strong_wolfe" or None.

    Reference: Nocedal and Wright, "Numerical Optimization", chapters 3 and 7.
    """

    def __init__(self, params, lr=1, max_iter: int = 20, max_eval: int | None = None, tolerance_grad: float = 1e-7,
                 tolerance_change: float = 1e-9, history_size: int = 100,
                 line_search_fn: str | None = None):  # fmt: skip
        check_lr(lr)
        check_positive(lr=lr)
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        })  # fmt: skip
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    # -- parameters as one vector --------------------------------------------------------------------
    def _gather_flat_grad(self) -> Tensor:
        parts = []
        for p in self._params:
            g = p.detach().new_zeros(p.numel()) if p.grad is None else p.grad.to_dense().reshape(-1)
            parts.append(_view_as_real(g).reshape(-1) if g.is_complex() else g)
        return _cat(parts, 0)

    def _add_grad(self, step_size, update: Tensor) -> None:
        offset = 0
        for p in self._params:
            real = _view_as_real(p) if p.is_complex() else p
            count = real.numel()
            real.add_(update[offset : offset + count].view_as(real), alpha=step_size)
            offset += count

    # -- the step --------------------------------------------------------------------------------
    @no_grad()
    def step(self, closure):
        """Take up to ``max_iter`` quasi-Newton steps.

        Args:
            closure: recomputes the loss and its gradients, and returns the loss.

        Returns:
            The loss before the step.
        """
        closure = enable_grad()(closure)
        group = self.param_groups[0]
        lr, max_iter, max_eval = scalar(group["lr"]), group["max_iter"], group["max_eval"]
        if not isinstance(lr, Tensor):
            lr = group["lr"]
        search = group["line_search_fn"]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = closure()
        loss = float(first_loss)
        evaluations = 1
        state["func_evals"] += 1
        gradient = self._gather_flat_grad()
        if _largest(gradient) <= group["tolerance_grad"]:
            return first_loss
        memory = _Memory(state, group["history_size"])
        direction, t = state.get("d"), state.get("t")
        previous, previous_loss = state.get("prev_flat_grad"), state.get("prev_loss")
        iteration = 0
        while iteration < max_iter:
            iteration += 1
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                direction = gradient.neg()
                memory.clear()
            else:
                memory.remember(gradient.sub(previous), direction.mul(t))
                direction = memory.direction(gradient)
            previous = gradient.clone()
            previous_loss = loss
            t = min(1.0, 1.0 / gradient.abs().sum()) * lr if state["n_iter"] == 1 else lr
            slope = gradient.dot(direction)
            if slope > -group["tolerance_change"]:
                break
            used = 0
            if search is not None:
                if search != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                start = [p.clone() for p in self._params]

                def evaluate(t, start=start, direction=direction):
                    self._add_grad(t, direction)
                    value, g = float(closure()), self._gather_flat_grad()
                    for p, x in zip(self._params, start):
                        p.copy_(x)
                    return value, g

                line = _Line(evaluate, direction, loss, gradient, slope)  # pyright: ignore[reportGeneralTypeIssues]
                loss, gradient, t, used = line.search(t, max_eval - evaluations)
                self._add_grad(t, direction)
                done = _largest(gradient) <= group["tolerance_grad"]
            else:
                self._add_grad(t, direction)
                done = False
                if iteration != max_iter:
                    loss = float(closure())
                    gradient = self._gather_flat_grad()
                    done = _largest(gradient) <= group["tolerance_grad"]
                    used = 1
            evaluations += used
            state["func_evals"] += used
            if iteration == max_iter or evaluations >= max_eval or done:
                break
            if _largest(direction.mul(t)) <= group["tolerance_change"]:
                break
            if abs(loss - previous_loss) < group["tolerance_change"]:
                break
        state["d"], state["t"] = direction, t
        memory.save(state)
        state["prev_flat_grad"], state["prev_loss"] = previous, previous_loss
        return first_loss


def _largest(x: Tensor) -> Tensor:
    return x.abs().max()


class _Memory:
    """The last changes of gradient (``old_dirs``) and of parameters (``old_stps``)."""

    def __init__(self, state: dict, size: int):
        self.state, self.size = state, size
        self.changes, self.moves, self.ro = state.get("old_dirs"), state.get("old_stps"), state.get("ro")
        self.scale = state.get("H_diag")

    def clear(self) -> None:
        self.changes, self.moves, self.ro, self.scale = [], [], [], 1

    def save(self, state: dict) -> None:
        state["old_dirs"], state["old_stps"], state["ro"] = self.changes, self.moves, self.ro
        state["H_diag"] = self.scale

    def remember(self, change: Tensor, move: Tensor) -> None:
        curvature = change.dot(move)
        if not curvature > 1e-10:
            return
        if len(self.changes) == self.size:
            for column in (self.changes, self.moves, self.ro):
                column.pop(0)
        self.changes.append(change)
        self.moves.append(move)
        self.ro.append(1.0 / curvature)
        self.scale = curvature / change.dot(change)

    def direction(self, gradient: Tensor) -> Tensor:
        """Minus the approximate inverse Hessian times the gradient, by the two loops."""
        weights = self.state.setdefault("al", [None] * self.size)
        q = gradient.neg()
        for i in reversed(range(len(self.changes))):
            weights[i] = self.moves[i].dot(q) * self.ro[i]
            q.add_(self.changes[i], alpha=-weights[i])
        r = q.mul(self.scale)
        for i in range(len(self.changes)):
            r.add_(self.moves[i], alpha=weights[i] - self.changes[i].dot(r) * self.ro[i])
        return r


class _Point:
    """A trial on the line: where, the loss, the gradient and its slope along the line."""

    __slots__ = ("t", "loss", "gradient", "slope")

    def __init__(self, t, loss, gradient, slope):
        self.t, self.loss, self.gradient, self.slope = t, loss, gradient, slope


class _Line:
    """The search for a point that meets the strong Wolfe conditions."""

    decrease, curvature, tolerance = 1e-4, 0.9, 1e-9

    def __init__(self, evaluate, direction: Tensor, loss: float, gradient: Tensor, slope: Tensor):
        self.evaluate, self.direction = evaluate, direction
        self.start = _Point(0, loss, gradient.clone(), slope)
        self.evaluations = 0

    def at(self, t) -> _Point:
        self.evaluations += 1
        loss, gradient = self.evaluate(t)
        return _Point(t, loss, gradient, gradient.dot(self.direction))

    def too_high(self, p: _Point) -> bool:
        return p.loss > self.start.loss + self.decrease * p.t * self.start.slope

    def flat(self, p: _Point) -> bool:
        return abs(p.slope) <= -self.curvature * self.start.slope

    def search(self, t, most: int):
        """(loss, gradient, t, evaluations) of the point found."""
        found, bracket, tries = self._bracket(t, most)
        if found is None:
            found = self._zoom(bracket, tries, most)
        return found.loss, found.gradient, found.t, self.evaluations

    def _bracket(self, t, most: int):
        """(a point that will do, None, ...) or (None, two points around one, tries)."""
        before, now, tries = self.start, self.at(t), 0
        while tries < most:
            if self.too_high(now) or (tries > 1 and now.loss >= before.loss):
                return None, [before, now], tries
            if self.flat(now):
                return now, None, tries
            if now.slope >= 0:
                return None, [before, now], tries
            least, greatest = now.t + 0.01 * (now.t - before.t), now.t * 10
            t = _cubic_minimum(before, now, (least, greatest))
            before, now = now, self.at(t)
            tries += 1
        return None, [self.start, now], tries

    def _zoom(self, bracket: list[_Point], tries: int, most: int) -> _Point:
        stalled = False
        low, high = (0, 1) if bracket[0].loss <= bracket[-1].loss else (1, 0)
        size = _largest(self.direction)
        while tries < most:
            a, b = bracket[0].t, bracket[1].t
            if abs(b - a) * size < self.tolerance:
                break
            t = _cubic_minimum(bracket[0], bracket[1])
            margin = 0.1 * (max(a, b) - min(a, b))
            if min(max(a, b) - t, t - min(a, b)) < margin:
                # near an end: the second time running, move away from it
                if stalled or t >= max(a, b) or t <= min(a, b):
                    near_top = abs(t - max(a, b)) < abs(t - min(a, b))
                    t = max(a, b) - margin if near_top else min(a, b) + margin
                    stalled = False
                else:
                    stalled = True
            else:
                stalled = False
            now = self.at(t)
            tries += 1
            if self.too_high(now) or now.loss >= bracket[low].loss:
                bracket[high] = now
                low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
                continue
            done = self.flat(now)
            if not done and now.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = now
            if done:
                break
        return bracket[low]


def _cubic_minimum(a: _Point, b: _Point, bounds=None):
    """Where the cubic through two points with their slopes is least, kept within bounds."""
    lowest, highest = bounds or ((a.t, b.t) if a.t <= b.t else (b.t, a.t))
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (lowest + highest) / 2.0
    d2 = square.sqrt()
    if a.t <= b.t:
        t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    else:
        t = a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(t, lowest), highest)
