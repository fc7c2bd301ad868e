import torch

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
points_t = points.t()
print(points.is_contiguous(), points_t.is_contiguous())
print(points_t.storage())
print(points_t.stride())
points_t_cont = points_t.contiguous()
print(points_t_cont)
print(points_t_cont.stride(), points_t_cont.is_contiguous())
print(points_t_cont.storage())
print(points.contiguous() is points, points_t_cont.view(6))
print(torch.zeros(3, 4, 5).stride(), torch.zeros(3, 4, 5).transpose(1, 2).is_contiguous())
