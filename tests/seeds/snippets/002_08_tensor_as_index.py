import torch

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
index = torch.tensor([2, 0, 2])
print(index.dtype)
print(points[index])
print(points[index, torch.tensor([0, 1, 1])])
print(points[:, torch.tensor([1])])
print(points[points > 1.5])
print(points[torch.tensor([True, False, True])])
print(points.index_select(0, index), points.gather(1, torch.tensor([[1], [0], [1]])))
points[index] = torch.tensor([[0.0, 0.0], [7.0, 7.0], [0.0, 0.0]])
print(points)
points[points > 4.0] = -1.0
print(points)
