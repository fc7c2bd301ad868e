"""Comparisons, tests of values, minimum and maximum of two tensors, where."""
