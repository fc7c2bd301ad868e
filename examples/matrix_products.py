"""dot, mm, matmul and einsum: which takes what, and which broadcasts.

Tutorial topics: dot and mm, mm and matmul, einsum, the BLAS and LAPACK group. Changed: a fixed
seed; the calls that the tutorials comment out because they raise are made, and their errors
printed; the five products in the tutorial's string are made and compared.
"""

import numpy as np
import torch

torch.manual_seed(0)

# dot is for vectors, mm for matrices.
t1 = torch.FloatTensor(np.arange(10).reshape(2, 5))
t2 = torch.FloatTensor(np.arange(10).reshape(5, 2))
print(t1)
print(t2)
print(t1.mm(t2))
try:
    t1.dot(t2)
except RuntimeError as error:
    print(error)

a = torch.rand(10)
b = torch.rand(10)
print(a)
print(b)
print(a.dot(b))
try:
    a.mm(b)
except RuntimeError as error:
    print(error)

# matmul broadcasts over a batch, mm does not.
a = torch.rand(5, 2, 3)
b = torch.rand(3)
try:
    a.mm(b)
except RuntimeError as error:
    print(error)
print(a.matmul(b))
one_by_one = torch.stack([a[i].mm(torch.unsqueeze(b, 1)).squeeze(1) for i in range(5)])
print(torch.allclose(a.matmul(b), one_by_one))

# X W + b: the layer of every network.
X = torch.FloatTensor([[1, 2], [3, 4], [5, 6]])
W = torch.FloatTensor([[0.5, -1.0], [0.25, 2.0]])
print(torch.relu(X.matmul(W) + torch.FloatTensor([0.1, -0.2])))

# einsum names the dimensions.
image = torch.randn(3, 5, 5)
weights = torch.tensor([0.2126, 0.7152, 0.0722])
print(torch.einsum("...chw,c->...hw", image, weights))
print(torch.einsum("ij,jk->ik", t1, t2))

# And the rest of linear algebra.
m = torch.tensor([[4.0, 1.0], [2.0, 3.0]])
v = torch.tensor([1.0, -2.0])
print(torch.mv(m, v), torch.outer(v, v), torch.addmm(torch.ones(2, 2), m, m))
print(torch.bmm(m.expand(2, 2, 2), m.expand(2, 2, 2)).shape)
print(torch.inverse(m), torch.det(m), torch.linalg.solve(m, v))
