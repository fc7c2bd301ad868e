import torch

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
points_t = points.t()
print(points_t)
print(points.storage().data_ptr() == points_t.storage().data_ptr())
print(points.stride(), points_t.stride())
points_t[0, 2] = -7.0
print(points)

some_t = torch.ones(3, 4, 5)
transpose_t = some_t.transpose(0, 2)
print(some_t.shape, transpose_t.shape)
print(some_t.stride(), transpose_t.stride())
print(some_t.permute(1, 2, 0).stride(), points.T.stride(), some_t.mT.stride())
