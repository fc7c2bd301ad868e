import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

class Squares(Dataset):
    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return torch.tensor([float(index)]), index * index

torch.manual_seed(0)
print(len(Squares(5)), Squares(5)[3])
for x, y in DataLoader(Squares(5), batch_size=2):
    print(x, y)
for epoch in range(2):
    for x, y in DataLoader(Squares(7), batch_size=3, shuffle=True, drop_last=True):
        print(epoch, x.flatten(), y)
dataset = TensorDataset(torch.arange(6.0).reshape(3, 2), torch.tensor([0, 1, 0]))
print(dataset[1], len(DataLoader(dataset, batch_size=2)))
for batch in DataLoader(dataset, batch_size=2, shuffle=True):
    print(batch)
