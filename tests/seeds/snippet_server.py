"""Runs snippets one after another in this process, under real torch or under jaxtorch.

One process per library, rather than one per snippet: it is fast, and no process ever holds both
libraries under the name ``torch``. Requests and replies are one line of JSON each; what a snippet
writes to the file descriptor itself cannot disturb them, because replies go to a copy of it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
import warnings
from collections.abc import Iterator


def run_snippet(path: str) -> dict:
    """Execute the file at `path` as a program; its text, its warnings, and what it raised."""
    with open(path, encoding="utf-8") as file:
        source = file.read()
    stdout = io.StringIO()
    error = None
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(stdout):
        warnings.simplefilter("always")
        arguments, sys.argv = sys.argv, [path]
        try:
            exec(compile(source, path, "exec"), {"__name__": "__main__", "__file__": path})
        except Exception as raised:
            error = {
                "type": f"{type(raised).__module__}.{type(raised).__qualname__}",
                "text": str(raised),
                "traceback": traceback.format_exc(),
            }
        finally:
            sys.argv = arguments
    return {
        "stdout": stdout.getvalue(),
        "error": error,
        # The C++ file and line that follow are no part of what is said.
        "warnings": [
            [w.category.__name__, str(w.message).split(" (Triggered internally")[0]] for w in caught
        ],
    }


@contextlib.contextmanager
def library_as_torch(name: str) -> Iterator[None]:
    """A context in which ``import torch`` gives the library called `name`."""
    if name == "jaxtorch":
        from jaxtorch._compat.alias_torch import aliased

        with aliased():
            import torch

            import jaxtorch

            # Else PyTorch would be compared with itself.
            assert torch is jaxtorch
            yield
    else:
        import torch

        # PyTorch gives some warnings only once in a process, whichever snippet comes first.
        torch.set_warn_always(True)
        yield


def serve(name: str) -> None:
    """Answer requests from standard input until it closes."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with library_as_torch(name):
        for line in sys.stdin:
            replies.write(json.dumps(run_snippet(json.loads(line)["path"])) + "\n")
            replies.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
