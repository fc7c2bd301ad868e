"""What `import torchvision` finds first in a child process of `jaxtorch run`: it steps aside."""

import importlib
import sys

from jaxtorch._compat import alias_torch

alias_torch.install()
sys.modules["torchvision"] = importlib.import_module("jaxtorch.vision")
