"""backward() and .grad: of one number, of several, of a vector, and the graph behind them.

Tutorial topics: autograd (two of the tutorials). Changed: results are printed; the calls that
raise, which the tutorials ask about or warn of, are made, and their errors printed.
"""

import torch

# One number: z = 10 w^2 + 50, so dz/dw = 20 w.
w = torch.tensor(2.0, requires_grad=True)
y = w**2
z = 10 * y + 50
z.backward()
print(w.grad)

x = torch.tensor(2.0, requires_grad=True)
y = 2 * x**2 + 1
print(x)
print(y)
print(x.grad)
print(y.backward())
print(x.grad)
print(torch.autograd.grad(2 * x**2 + 1, x))

# Without requires_grad nothing is recorded.
x = torch.tensor(2.0, requires_grad=False)
y = 2 * x**2 + 1
print(x)
print(y)
try:
    y.backward()
except RuntimeError as error:
    print(error)

# Several: two operations and a mean, each with its function in the graph.
x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
print(x)
y = 2 * x + 1
print(y)
z = y**2
print(z)
out = z.mean()
print(out)


def show(function, depth=0):
    print("  " * depth + type(function).__name__)
    for parent, _ in function.next_functions:
        if parent is not None:
            show(parent, depth + 1)


show(out.grad_fn)
out.backward()
print(x.grad)

# A vector has no single gradient: backward() takes the gradient with respect to it.
a = torch.tensor([2.0, 3.0], requires_grad=True)
b = torch.tensor([6.0, 4.0], requires_grad=True)
Q = 3 * a**3 - b**2
try:
    Q.backward()
except RuntimeError as error:
    print(error)
external_grad = torch.tensor([1.0, 1.0])
Q.backward(gradient=external_grad)
print(a.grad)
print(b.grad)
print(9 * a**2 == a.grad)
print(-2 * b == b.grad)
