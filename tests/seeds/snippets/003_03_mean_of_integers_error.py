import torch

t = torch.LongTensor([1, 2])
t.mean()
