"""PyTorch's own operator database run against the package: see docs/conformance.md."""
