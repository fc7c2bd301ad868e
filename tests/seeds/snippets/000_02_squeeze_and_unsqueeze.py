import torch

t = torch.zeros(1, 3, 1, 2)
print(t.squeeze().shape, t.squeeze(0).shape, t.squeeze(1).shape, t.squeeze(2).shape)
print(torch.squeeze(t, -2).shape)
print(t.unsqueeze(0).shape, t.unsqueeze(2).shape, t.unsqueeze(-1).shape)
print(torch.unsqueeze(t, 4).shape)
