"""What `import torch` finds first in a child process of `jaxtorch run`: it steps aside."""

import sys

from jaxtorch._compat import alias_torch

sys.modules["torch"] = sys.modules["jaxtorch"]
alias_torch.install()
