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

padded_sequence = pad_sequence(X, batch_first=True)
print(padded_sequence)
print(pad_sequence(X).shape)
print(pad_sequence(X, batch_first=True, padding_value=-1.0))
