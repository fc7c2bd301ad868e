"""Bitwise and logical operations."""
