"""Joining, repeating, flipping and reshaping."""
