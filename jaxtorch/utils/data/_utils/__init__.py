"""How a loader gets its batches: collating, fetching, worker processes."""

from . import collate, fetch, pin_memory, worker
from .worker import MP_STATUS_CHECK_INTERVAL
