"""What is generated from the package and checked in: ``python -m tools`` (`make generate`) writes it anew."""
