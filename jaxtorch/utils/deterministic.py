"""torch.utils.deterministic: what memory that nothing has written holds in deterministic mode."""

from .._core import settings

settings.with_switches(
    __name__,
    fill_uninitialized_memory=settings.switch("fill_uninitialized_memory", "expected"),
)
