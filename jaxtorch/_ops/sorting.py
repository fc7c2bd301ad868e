"""Sorting, searching and uniqueness."""
