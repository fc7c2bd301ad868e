"""One RNN layer over the letters of three five-letter words.

Tutorial topic: recurrent networks, basics. Changed: a fixed seed. As in the tutorial the layer is
made without `batch_first=True`, so it takes the 3 words for time and the 5 letters for the batch;
the second layer here reads them as the tutorial's text says, (batch, time, feature).
"""

import numpy as np
import torch

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

outputs, _status = rnn(input_data)
print(outputs)
print(_status)

rnn = torch.nn.RNN(input_size, hidden_size, batch_first=True)
outputs, _status = rnn(input_data)
print(outputs.shape, _status.shape)
print(outputs[:, -1])
print(_status)
