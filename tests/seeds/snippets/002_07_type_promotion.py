import torch

a = torch.zeros(2, dtype=torch.double)
b = torch.ones(2, dtype=torch.int16)
print(a + b, (a + b).dtype)
dtypes = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.half,
          torch.float, torch.double]
for left in dtypes:
    print(left, [str((torch.ones(1, dtype=left) * torch.ones(1, dtype=right)).dtype)
                 for right in dtypes])
print((b * 2.5).dtype, (b * 2).dtype, (b / 2).dtype, (torch.ones(1) * 2.5).dtype)
print(torch.result_type(a, b), torch.promote_types(torch.int32, torch.half))
