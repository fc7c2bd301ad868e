"""Subscripts: basic, advanced and boolean indexing, read and written."""
