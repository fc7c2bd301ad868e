import numpy as np
import torch

points = torch.ones(3, 4)
points_np = points.numpy()
print(points_np, points_np.dtype)
points_np[0, 0] = 5.0
print(points)
points[1].fill_(2.0)
print(points_np)

array = np.zeros(3)
points = torch.from_numpy(array)
print(points)
array += 1
print(points)
points.mul_(4)
print(array)
print(points.dtype, points.float().dtype, torch.tensor([1.0]).dtype, torch.get_default_dtype())
print(points.t().numpy().strides, torch.ones(2, 3).t().numpy().strides)
print(np.sum(torch.ones(3).numpy()), np.asarray(torch.ones(2)), torch.ones(2).__array__())
