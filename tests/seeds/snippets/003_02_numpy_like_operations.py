import torch

for data in [1, [1, 2, 3, 4], [[1, 2], [3, 4]], [[[1, 2]]]]:
    print(torch.tensor(data).dim(), torch.tensor(data).shape, torch.tensor(data).size())
print(torch.zeros(4, 1, 5, 5).shape, torch.zeros(4, 10, 16).size(1))

t = torch.FloatTensor([0., 1., 2., 3., 4., 5., 6.])
print(t.dim(), t.shape, t.size())
print(t[0], t[1], t[-1], t[2:5], t[4:-1], t[:2], t[3:])

t = torch.FloatTensor([[1., 2.], [3., 4.], [5., 6.]])
print(t[:, 1], t[:, :-1])
print(t + torch.FloatTensor([[10., 20.]]))
print(t * torch.FloatTensor([[1.], [10.], [100.]]))
print(t.mean(), t.mean(dim=0), t.mean(dim=1), t.mean(dim=-1))
print(t.sum(), t.sum(dim=0), t.sum(dim=1), t.sum(dim=-1))
print(t.max())
print(t.max(dim=0))
print(t.max(dim=1)[0], t.max(dim=1)[1])
print(t.max(dim=-1).values, t.max(dim=-1).indices)
print(torch.cat([t, t], dim=0))
print(torch.cat([t, t], dim=1))
print(torch.stack([t, t]).shape, torch.stack([t[0], t[1], t[2]], dim=1))
print(torch.LongTensor([1, 2]).sum())
