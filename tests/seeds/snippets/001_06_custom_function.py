import torch
from torch.autograd import Variable

class MyReLU(torch.autograd.Function) :
    @staticmethod
    def forward(ctx, input) :
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output) :
        input, = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input < 0] = 0
        return grad_input


relu = MyReLU.apply
x = Variable(torch.FloatTensor([[-1.5, 0.0, 2.5], [3.0, -4.0, 0.5]]), requires_grad=True)
y = relu(x)
print(y)
print(type(y.grad_fn).__name__)
y.backward(torch.ones_like(y) * 3)
print(x.grad)
