"""Tensors out of nothing."""
