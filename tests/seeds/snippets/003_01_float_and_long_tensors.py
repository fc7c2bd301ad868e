import torch

t = torch.FloatTensor([0., 1., 2., 3., 4., 5., 6.])
print(type(t), t, t.dtype)

m = torch.LongTensor([1, 2, 3])
print(type(m), m, m.dtype)
