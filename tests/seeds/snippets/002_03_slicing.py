import torch

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
print(points[1:])
print(points[1:, :])
print(points[1:, 0])
print(points[::2], points[-1])
print(points[None].shape, points[:, None].shape, points[..., None].shape)
print(points[None].shape == points.unsqueeze(0).shape)
print(torch.arange(6)[1:4], torch.arange(6)[::3])
points[1:, 0] = 0.5
print(points)
