import torch
import numpy as np
from torch.nn.utils.rnn import pad_sequence, pack_sequence, pack_padded_sequence, pad_packed_sequence

data = ['hello world',
        'midnight',
        'calculation',
        'path',
        'short circuit']

char_set = ['<pad>'] + sorted(set(char for seq in data for char in seq))
char2idx = {char: idx for idx, char in enumerate(char_set)}

X = [torch.LongTensor([char2idx[char] for char in seq]) for seq in data]
lengths = [len(seq) for seq in X]

torch.manual_seed(0)
embedded = [torch.nn.functional.one_hot(seq, len(char_set)).float() for seq in X]
rnn = torch.nn.RNN(len(char_set), 3, batch_first=True)
outputs, status = rnn(pack_sequence(embedded, enforce_sorted=False))
print(type(outputs).__name__, outputs.data.shape, outputs.batch_sizes)
padded_outputs, output_lengths = pad_packed_sequence(outputs, batch_first=True)
print(padded_outputs[3])
print(output_lengths)
print(status)
