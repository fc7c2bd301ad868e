import torch
import torch.nn.functional as F
torch.manual_seed(0)
tensor = torch.FloatTensor([0.5, 0.7, 0.1])
print(tensor)
h_tensor = F.softmax(tensor, dim = 0)
print(h_tensor)
y = torch.randint(5, (10,5))
print(y)
y_label = y.argmax(dim = 0)
print(y_label)
y_label = y.argmax(dim = 1)
print(y_label)
print(F.one_hot(y_label))
