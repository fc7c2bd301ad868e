import torch

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]], device='cpu')
print(points.device, points.is_cuda, points.cpu() is points, points.to(device='cpu') is points)
print(torch.device('cuda:0'), repr(torch.device('cuda', 1)), torch.device('cuda').type)
if torch.cuda.is_available():
    points_gpu = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]], device='cuda')
    points_gpu = points.to(device='cuda')
    points_gpu = points.to(device='cuda:0')
    points_gpu = 2 * points.to(device='cuda')
    points_gpu = points_gpu + 4
    print(points_gpu)
    print(points.cuda(), points.cuda(0), points_gpu.cpu())
