"""Views of one storage: sizes, strides, offsets, and what copies.

Tutorial topics: view and reshape, squeeze and unsqueeze, storage, metadata, transposing without
copying, contiguous tensors. Changed: results are printed where the tutorials describe them;
storages are compared by address, since `id()` of a temporary object says nothing.
"""

import numpy as np
import torch

# view keeps the memory, whatever the shape.
a = torch.zeros(3, 2)
b = a.view(2, 3)
a.fill_(1)
print(a)
print(b)

# reshape keeps it where it can and copies where it must, as of a transpose.
a = torch.zeros(3, 2)
b = a.t().reshape(6)
a.fill_(1)
print(a)
print(b)

t = np.array([[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]])
ft = torch.FloatTensor(t)
print(ft.shape)
print(ft.view([-1, 3]).shape)

# squeeze drops the dimensions of size 1, unsqueeze adds one.
ft = torch.FloatTensor([[0], [1], [2]])
print(ft.shape)
print(ft.squeeze().shape)
for shape in [(1, 2, 3), (2, 1, 3), (2, 3, 1), (3, 1)]:
    print(shape, torch.ones(shape).squeeze().shape)
ft = torch.Tensor([0, 1, 2])
print(ft.shape)
print(ft.unsqueeze(0).shape, ft.unsqueeze(1).shape, ft.unsqueeze(-1).shape)

# A tensor is a view of a storage: offset, size and stride.
points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
print(torch.Storage, points.untyped_storage().nbytes())
second_point = points[1]
print(second_point.storage_offset(), second_point.size(), second_point.stride())
print(points.storage_offset(), points.size(), points.stride())

# Two views of one storage see each other's writes; a clone has its own.
second_point[0] = 10.0
print(points)
second_point = points[1].clone()
second_point[0] = 5.0
print(points)

# A transpose is the same storage under other strides.
points_t = points.t()
print(points.untyped_storage().data_ptr() == points_t.untyped_storage().data_ptr())
print(points_t, points_t.stride())
some_t = torch.ones(3, 4, 5)
transpose_t = some_t.transpose(0, 2)
print(some_t.shape, some_t.stride(), transpose_t.shape, transpose_t.stride())

# It is no longer contiguous, so it has no view as one row, until it is laid out anew.
print(points.is_contiguous(), points_t.is_contiguous())
try:
    points_t.view(6)
except RuntimeError as error:
    print(error)
points_t_cont = points_t.contiguous()
print(points_t_cont.stride(), points_t_cont.is_contiguous(), points_t_cont.view(6))

# An underscore at the end of its name: the operation writes into its tensor.
a.zero_()
print(a)
