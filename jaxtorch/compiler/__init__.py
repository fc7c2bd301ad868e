"""Whole-step compilation: `compile`, and what a compiled function says of itself."""

from .._record.capture import Compiled
from .._record.report import assert_recordings, explain, show
from ._compile import compile, disable, is_compiling, is_dynamo_compiling, is_exporting, reset
from ._module import OptimizedModule

__all__ = [
    "Compiled", "OptimizedModule", "assert_recordings", "compile", "disable", "explain", "is_compiling",
    "is_dynamo_compiling", "is_exporting", "reset", "show",
]  # fmt: skip
