"""`import torchvision` under `jaxtorch run`, and in the processes that such a program starts."""

import subprocess
import sys

PROGRAM = """
import subprocess, sys
from importlib.util import find_spec
assert find_spec("torchvision").name == "torchvision" and "torchvision" not in sys.modules
import torch, torchvision, torchvision.models as models
from torchvision import datasets, transforms
from torchvision.models.resnet import BasicBlock
import torchvision.transforms.functional as F
assert torchvision is torch.vision and torchvision.__name__ == "jaxtorch.vision"
assert sys.modules["torchvision.models.resnet"].BasicBlock is BasicBlock
assert callable(models.alexnet) and callable(datasets.MNIST) and F is transforms.functional
try:
    import torchvision.models.detection
except ModuleNotFoundError as error:
    print(error)
child = "from torchvision.ops import nms; import torch, torchvision; print(nms.__module__, torchvision is torch.vision)"
subprocess.run([sys.executable, "-c", child], check=True)
"""


def test_torchvision_is_ours():
    command = [sys.executable, "-m", "jaxtorch", "run", "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        "No module named 'torchvision.models.detection': jaxtorch does not provide it",
        "jaxtorch.vision.ops.boxes True",
    ]
