"""Whole-step compilation: `compile`, and what a compiled function says of itself."""

from .._record.capture import Compiled
from .._record.report import assert_programs, assert_recordings, explain, show
from ._compile import (
    allow_in_graph,
    compile,
    cudagraph_mark_step_begin,
    disable,
    is_compiling,
    is_dynamo_compiling,
    is_exporting,
    list_backends,
    reset,
    set_stance,
)
from ._module import OptimizedModule

__all__ = [
    "Compiled", "OptimizedModule", "allow_in_graph", "assert_programs", "assert_recordings", "compile",
    "cudagraph_mark_step_begin", "disable", "explain", "is_compiling", "is_dynamo_compiling", "is_exporting",
    "list_backends", "reset", "set_stance", "show",
]  # fmt: skip
