"""`python -m jaxtorch`: the same as the `jaxtorch` command."""

import sys

from jaxtorch._cli.main import main

if __name__ == "__main__":
    sys.exit(main())
