"""Making tensors, and what they share with NumPy's arrays.

Tutorial topics: tensors and their NumPy-like operations. Changed: results are printed where the
tutorials name an operation or leave an expression bare.
"""

import numpy as np
import torch

n_arr = np.arange(10).reshape(2, 5)
print(n_arr)
print("n_dim", n_arr.ndim, "shape", n_arr.shape)

t_arr = torch.FloatTensor(n_arr)
print(t_arr)
print("n_dim", t_arr.ndim, "shape", t_arr.shape)

# Inputs are mostly FloatTensors, class labels LongTensors.
t = torch.FloatTensor([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
print(type(t), t, t.dtype)
m = torch.LongTensor([1, 2, 3])
print(type(m), m, m.dtype)

# torch.tensor takes its dtype from the data; torch.Tensor is torch.FloatTensor.
print(torch.tensor([1, 2]).dtype, torch.Tensor([1, 2]).dtype)

# Rank 0 to 3.
for data in [1, [1, 2, 3, 4], [[1, 2], [3, 4]], [[[1, 2]]]]:
    print(torch.tensor(data).dim(), torch.tensor(data).shape, torch.tensor(data).size())

# Indexing and slicing; None adds a dimension.
print(t[0], t[-1], t[2:5], t[:2], t[3:])
tens = torch.arange(48.0).reshape(2, 4, 6)
print(tens[0, 3, 1], tens[1, ::2, -1], tens[None].shape)
points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
print(points[1:, 0], points[points > 1.5], points[torch.tensor([2, 0, 2])])

# Broadcasting.
print(points + torch.FloatTensor([[10.0, 20.0]]))
print(points * torch.FloatTensor([[1.0], [10.0], [100.0]]))

# Mean (not of integers), sum, and max, which gives the indices too when it is given a dimension.
print(points.mean(), points.mean(dim=0), points.sum(), points.sum(dim=1))
try:
    m.mean()
except RuntimeError as error:
    print(error)
print(points.max())
print(points.max(dim=0))
values, indices = points.max(dim=1)
print(values, indices)

# Joining.
print(torch.cat([points, points], dim=1))
print(torch.stack([points[0], points[1]]).shape)

print(points.flatten(), torch.ones_like(points))
