import torch

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
print(points.storage())
points_storage = points.storage()
print(points_storage[0], points.storage()[1], len(points.storage()))
points_storage[0] = 2.0
print(points)
print(points_storage.dtype, torch.tensor([1, 2]).storage().dtype)
print(torch.Storage)
print(points.untyped_storage().size(), points.untyped_storage().device)
print(points.storage().tolist())
