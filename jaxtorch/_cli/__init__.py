"""The `jaxtorch` command: `run`, `compare` and `coverage`.

Modules here import each other relatively and the rest of jaxtorch only inside
functions, because the console script loads this folder without the package around
it (see command.py).
"""
