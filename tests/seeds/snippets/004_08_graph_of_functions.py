import torch

x = torch.tensor([[1.0, 2.0 ,3.0],[4.0,5.0,6.0]], requires_grad=True)
y = 2*x + 1
z = y**2
out = z.mean()

def show(function, depth=0):
    print('  ' * depth + type(function).__name__)
    for parent, _ in function.next_functions:
        if parent is not None:
            show(parent, depth + 1)

show(out.grad_fn)
print(x.is_leaf, y.is_leaf, x.grad_fn)
print(out.grad_fn.next_functions[0][0] is z.grad_fn)

out.backward(retain_graph=True)
out.backward()
print(x.grad)
