import numpy as np
import torch
torch.manual_seed(0)
a = torch.rand(5, 2, 3)
b = torch.rand(3)
a.mm(b)
