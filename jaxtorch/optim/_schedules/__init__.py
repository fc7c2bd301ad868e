"""The schedules behind `torch.optim.lr_scheduler`."""
