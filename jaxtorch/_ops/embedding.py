"""Embedding lookups and one-hot encodings."""
