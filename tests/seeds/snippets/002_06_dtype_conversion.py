import torch

points = torch.tensor([[1.5, -2.7], [0.3, 100.0]])
print(points.to(torch.double).dtype, points.to(dtype=torch.short))
print(points.to(torch.float32) is points, points.to(torch.float64) is points)
print(points.to('cpu', torch.int64))
print(points.to(torch.zeros(1, dtype=torch.half)).dtype)
print(points.half(), points.float().dtype, points.int(), points.long(), points.short())
print(points.bool(), points.type(torch.int8))
print(points.type(), points.type(torch.DoubleTensor).type(), points.double().type_as(points).dtype)
print(torch.ones(3, dtype=torch.half) + torch.ones(3, dtype=torch.half))
