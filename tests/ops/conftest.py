"""What holds for the tables of ops."""

from tests.bounded import bounded_memory  # noqa: F401 - a fixture
