"""How a loader gets its batches: collating, fetching, worker processes."""

from . import collate, fetch, pin_memory, worker

MP_STATUS_CHECK_INTERVAL = worker.MP_STATUS_CHECK_INTERVAL
"""Seconds between looks at whether the other processes still live."""
