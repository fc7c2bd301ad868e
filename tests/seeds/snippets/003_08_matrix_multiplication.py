import torch

X = torch.FloatTensor([[1, 2], [3, 4], [5, 6]])
W = torch.FloatTensor([[0.5, -1.0], [0.25, 2.0]])
b = torch.FloatTensor([0.1, -0.2])
f = torch.relu
Y = f(X.matmul(W) + b)
print(Y)
