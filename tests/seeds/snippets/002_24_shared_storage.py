import torch

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
second_point = points[1]
second_point[0] = 10.0
print(points)

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
second_point = points[1].clone()
second_point[0] = 10.0
print(points)

a = torch.zeros(6)
b = a.view(2, 3)
a[0] = 1
print(a, b)
print(a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr())
