import torch
import numpy as np

torch.manual_seed(0)

h = [1, 0, 0, 0]
e = [0, 1, 0, 0]
l = [0, 0, 1, 0]
o = [0, 0, 0, 1]
input_data_np = np.array([[h, e, l, l, o], [e, o, l, l, l], [l, l, e, e, l]], dtype=np.float32)
print(input_data_np.shape)

input_size = 4
hidden_size = 2

input_data = torch.Tensor(input_data_np)
rnn = torch.nn.RNN(input_size, hidden_size)
print(rnn)

outputs, _status = rnn(input_data)
print(outputs)
print(_status)
print(outputs.shape, _status.shape)
