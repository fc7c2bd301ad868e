"""Element types, their conversion and promotion, and devices.

Tutorial topics: tensor element types, moving tensors to the GPU. Changed: results are printed;
what needs a GPU runs where there is one (the tutorial reads `x_data_cuda` also where there is
none); half precision, which its text says the CPU lacks, has long been there.
"""

import torch

# Three ways to a dtype. `to` converts only where there is need.
double_points = torch.ones(10, 2, dtype=torch.double)
print(double_points.dtype)
double_points = torch.zeros(10, 2).double()
print(double_points.dtype)
double_points = torch.zeros(10, 2).to(torch.double)
print(double_points.dtype)
print(double_points.to(torch.double) is double_points)
print(double_points.to("cpu", torch.short).dtype, torch.zeros(2).half().dtype)

# A million float32 are four million bytes.
t = torch.zeros(1_000_000)
print(t.element_size() * t.nelement())

# Mixed operands are promoted to the larger type.
points_64 = torch.rand(5, dtype=torch.double)
points_short = torch.tensor([1, 2, 3, 4, 5], dtype=torch.short)
print((points_64 * points_short).dtype, (points_short * 2).dtype, (points_short * 2.5).dtype)

# A tensor of 64-bit integers is an index.
index = torch.tensor([2, 0, 2])
print(index.dtype, points_short[index])

# Devices.
data = [[1, 2], [3, 4]]
x_data = torch.tensor(data)
print(repr(x_data.device))
if torch.cuda.is_available():
    x_data_cuda = x_data.to("cuda")
    print(repr(x_data_cuda.device))
    points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
    points_gpu = 2 * points.to(device="cuda:0") + 4
    print(points_gpu)
    print(points.cuda(), points.cuda(0), points_gpu.cpu())
print(x_data.cpu() is x_data)
