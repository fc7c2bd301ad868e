import torch
from torch.autograd import Variable

class MyReLU(torch.autograd.Function) :
    @staticmethod
    def forward(ctx, input) :
        ctx.save_for_backward(input)
        return input.clamp(min=0)


relu = MyReLU()
relu(Variable(torch.FloatTensor([-1, 2]), requires_grad=True))
