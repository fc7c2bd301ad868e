import torch

before = torch.get_num_threads()
torch.set_num_threads(1)
print(torch.get_num_threads())
torch.set_num_threads(2)
print(torch.get_num_threads())
torch.set_num_threads(before)
