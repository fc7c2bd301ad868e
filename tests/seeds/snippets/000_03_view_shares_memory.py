import torch

a= torch.zeros(3, 2)
b=a.view(2,3)
a.fill_(1)
print(a)
print(b)
print(a.data_ptr() == b.data_ptr())
