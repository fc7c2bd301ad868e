import numpy as np
import torch
torch.manual_seed(0)
a = torch.rand(5, 2, 3)
b = torch.rand(3)
print(a.matmul(b))
print(a[0].mm(torch.unsqueeze(b,1)))
print(a[1].mm(torch.unsqueeze(b,1)))
print(a[2].mm(torch.unsqueeze(b,1)))
print(a[3].mm(torch.unsqueeze(b,1)))
print(a[4].mm(torch.unsqueeze(b,1)))
