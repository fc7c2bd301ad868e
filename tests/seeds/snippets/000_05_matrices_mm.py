import numpy as np
import torch
n1 = np.arange(10).reshape(2,5)
t1 = torch.FloatTensor(n1)
print(t1)
n2 = np.arange(10).reshape(5,2)
t2 = torch.FloatTensor(n2)
print(t2)
print(t1.mm(t2))
