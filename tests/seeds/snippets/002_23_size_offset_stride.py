import torch

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
second_point = points[1]
print(second_point.storage_offset())
print(second_point.size(), second_point.shape)
print(points.size(), points.stride(), points.stride(0), points.storage_offset())
print(points[1:, 1].storage_offset(), points[1:, 1].stride(), points[::2].stride())
print(torch.as_strided(points, (2, 2), (2, 1), 2))
