import torch

ft = torch.Tensor([0, 1, 2])
print(ft.shape)
print(ft.unsqueeze(0).shape)
print(ft.unsqueeze(0), ft.unsqueeze(1), ft.unsqueeze(-1))
for dim in [0, 1, -1]:
    print(dim, torch.ones(3).unsqueeze(dim).shape, torch.ones(2, 3).unsqueeze(dim).shape)
