import torch

a=torch.zeros(3,2)
b=a.t().reshape(6)
a.fill_(1)
print(a)
print(b)
print(a.data_ptr() == b.data_ptr())
