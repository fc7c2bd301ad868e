import torch

ft = torch.FloatTensor([[0], [1], [2]])
print(ft.shape)
print(ft.squeeze().shape)
print(ft.squeeze())
for shape in [(1, 2, 3), (2, 1, 3), (2, 3, 1), (3, 1)]:
    print(shape, torch.ones(shape).squeeze().shape)
