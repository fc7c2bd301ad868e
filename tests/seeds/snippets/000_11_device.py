import torch
data = [[1,2],[3,4]]
x_data = torch.tensor(data)
print(x_data.device)
print(repr(x_data.device))
if torch.cuda.is_available():
    x_data_cuda=x_data.to('cuda')
    print(x_data_cuda.device)
