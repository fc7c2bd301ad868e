import numpy as np
import torch

k = np.array([0., 1., 2., 3., 4., 5., 6.])

t = torch.FloatTensor(k)
print(t)

print(t.numpy())
print(t.numpy().dtype, k.dtype)
