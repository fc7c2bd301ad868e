import torch

a = torch.ones(3, 2)
a_t = torch.transpose(a, 0, 1)
print(a.shape, a_t.shape)
a_t = a.transpose(0, 1)
print(a.shape, a_t.shape)

b = torch.arange(6.0).reshape(3, 2)
print(torch.cat((a, b)), torch.cat((a, b), dim=1), torch.stack((a, b)).shape)
print(torch.chunk(b, 2), torch.split(b, [1, 2]), torch.unbind(b, 1))
print(torch.where(b > 2, b, -b), torch.masked_select(b, b > 2))
print(b.permute(1, 0), torch.movedim(b, 0, 1).shape, b.expand(2, 3, 2).shape, b.repeat(1, 2))
print(torch.narrow(b, 0, 1, 2), torch.take(b, torch.tensor([0, 5])), torch.nonzero(b > 3))
