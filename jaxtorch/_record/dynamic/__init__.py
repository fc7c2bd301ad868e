"""Sizes that vary between the calls of a compiled function.

    sizes     what a size that varies is, and what is padded along it
    flat      the graphs of two sizes compared: a pattern
    padding   a pattern as one program for a bucket of sizes; maps, shapes, loops: its rules
    programs  which recordings share a program
"""

from . import loops, maps, shapes  # noqa: F401 - they declare rules
from .programs import Sized, Sizes

__all__ = ["Sized", "Sizes"]
