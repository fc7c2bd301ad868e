"""From constraints to transforms: `biject_to` gives bijections, `transform_to` any onto the region.

The former are for densities (Monte Carlo, variational inference), the latter for optimization, where
`transform_to` may have more dimensions than needed.
"""

from __future__ import annotations

from . import constraints, transforms
from .utils import _Number

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """A table of transforms by the class of constraint.

    Example:
        >>> torch.distributions.transform_to(torch.distributions.constraints.simplex)
        SoftmaxTransform()
    """

    def __init__(self):
        self._registry = {}

    def register(self, constraint, factory=None):
        """Enter ``factory(constraint) -> Transform`` for a class of constraints; may decorate the factory."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not isinstance(kind, type) or not issubclass(kind, constraints.Constraint):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {kind}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint):
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def _scaled(first, loc, scale):
    return transforms.ComposeTransform([first, transforms.AffineTransform(loc, scale)])


def _to_interval(c):
    low, high = c.lower_bound, c.upper_bound
    if isinstance(low, _Number) and isinstance(high, _Number) and (low, high) == (0, 1):
        return transforms.SigmoidTransform()
    return _scaled(transforms.SigmoidTransform(), low, high - low)


def _enter(factory, *kinds, registries=(biject_to, transform_to)) -> None:
    for registry in registries:
        for kind in kinds:
            registry.register(kind, factory)


_enter(lambda c: transforms.identity_transform, constraints.real)
_enter(lambda c: transforms.ExpTransform(), constraints.positive, constraints.nonnegative)
_enter(lambda c: _scaled(transforms.ExpTransform(), c.lower_bound, 1),
       constraints.greater_than, constraints.greater_than_eq)  # fmt: skip
_enter(lambda c: _scaled(transforms.ExpTransform(), c.upper_bound, -1), constraints.less_than)
_enter(_to_interval, constraints.interval, constraints.half_open_interval)
_enter(lambda c: transforms.CorrCholeskyTransform(), constraints.corr_cholesky)
biject_to.register(constraints.simplex, lambda c: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda c: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda c: transforms.LowerCholeskyTransform())
_enter(lambda c: transforms.PositiveDefiniteTransform(), constraints.positive_definite,
       constraints.positive_semidefinite, registries=(transform_to,))  # fmt: skip


def _enter_composites(to: ConstraintRegistry) -> None:
    to.register(constraints.independent, lambda c: transforms.IndependentTransform(
        to(c.base_constraint), c.reinterpreted_batch_ndims))  # fmt: skip
    to.register(constraints.cat, lambda c: transforms.CatTransform([to(x) for x in c.cseq], c.dim, c.lengths))
    to.register(constraints.stack, lambda c: transforms.StackTransform([to(x) for x in c.cseq], c.dim))


_enter_composites(biject_to)
_enter_composites(transform_to)
