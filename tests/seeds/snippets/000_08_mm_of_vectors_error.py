import numpy as np
import torch
torch.manual_seed(0)
a = torch.rand(10)
b = torch.rand(10)
a.mm(b)
