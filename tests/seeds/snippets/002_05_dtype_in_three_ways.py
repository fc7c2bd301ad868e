import torch

double_points = torch.ones(10, 2, dtype=torch.double)
print(double_points.dtype)
double_points = torch.zeros(10, 2).double()
print(double_points.dtype)
double_points = torch.zeros(10, 2).to(torch.double)
print(double_points.dtype)
print(double_points)
