"""Rounding, signs, clamping and the parts of numbers."""
