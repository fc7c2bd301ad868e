"""Tensors from NumPy arrays and arrays from tensors, on the same memory.

Tutorial topics: array to tensor, NumPy interoperability. Changed: `from_numpy` of Python integers
prints as int64; the tutorial's int32 was what Windows gave before NumPy 2.
"""

import numpy as np
import torch

data = [[1, 2], [3, 4]]
t_data = torch.tensor(data)
print(t_data)

np_data = np.array(data)
t_from_np = torch.from_numpy(np_data)
print(t_from_np)
print(torch.from_numpy(np_data.astype(np.int32)))

# torch.tensor copies, torch.from_numpy does not: a write to either side shows on the other.
np_data[0, 0] = 10
print(t_from_np)
t_from_np[1] = 0
print(np_data)
print(torch.tensor(data))

points = torch.ones(3, 4)
points_np = points.numpy()
print(points_np, points_np.dtype, points_np.shape)
points_np[0] = 5.0
points[:, 1].mul_(2)
print(points)
print(points_np)

# NumPy's default is float64, PyTorch's float32: FloatTensor converts, and so copies.
k = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
print(torch.from_numpy(k).dtype, torch.FloatTensor(k).dtype, torch.FloatTensor(k).numpy())
