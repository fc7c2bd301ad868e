"""Names and habits of PyTorch that are not ops: aliases, old spellings, `import torch` itself."""
