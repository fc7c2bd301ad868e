import torch

t = torch.zeros(1_000_000)
print(t.dtype, t.element_size(), t.nelement(), t.numel())
print(t.element_size() * t.nelement())
print(t.untyped_storage().nbytes())
for dtype in [torch.bool, torch.uint8, torch.half, torch.int, torch.double, torch.cfloat]:
    print(dtype, torch.zeros(3, dtype=dtype).element_size())
