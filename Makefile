# A fresh machine needs Python >= 3.11 and make; every target builds what it needs in .venv.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; \
	done)
VENV ?= .venv
BIN := $(VENV)/bin
FUZZ ?= 20000
FUZZ_STEPS ?= 200
# Of these `make test` runs a sample.
SAMPLED := tests/record/test_random_programs.py tests/record/test_dynamic.py tests/ops/test_ops.py tests/ops/test_long_dims.py \
	tests/amp/test_compiled.py tests/nn/test_rnn.py tests/nn/test_compiled.py tests/optim/test_compiled.py
# How many samples of each entry of PyTorch's operator database, in each dtype: all are some hours' work.
SAMPLES ?= 8
# Its loss falls from 3e7 to 3e-5: at the end only the rounding of two summation orders is compared.
DEMO := examples/two_layer_autograd.py

.PHONY: demo test check generate docs bench fuzz conformance clean

demo: $(VENV)/.installed
	$(BIN)/jaxtorch run $(DEMO)
	@if $(BIN)/python -c 'import torch' 2>/dev/null; then \
		$(BIN)/jaxtorch compare --atol 1e-3 $(DEMO); \
	else \
		echo "PyTorch is not installed in $(VENV): no table side by side (make test installs it)"; \
	fi

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --benchmark-disable

check: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/python -m pytest tests/test_structure.py

generate: $(VENV)/.installed-test
	$(BIN)/python -m tools

docs: $(VENV)/.installed-docs
	$(BIN)/mkdocs build --strict

bench: $(VENV)/.installed-test
	$(BIN)/python -m pytest benchmarks -p no:xdist --timeout=0 -s

fuzz: $(VENV)/.installed-test
	JAXTORCH_FUZZ_EXAMPLES=$(FUZZ) JAXTORCH_FUZZ_STEPS=$(FUZZ_STEPS) $(BIN)/python -m pytest \
		tests/fuzz $(SAMPLED) -n auto --timeout=0 --benchmark-disable

conformance: $(VENV)/.installed-test
	$(BIN)/python -W ignore -m tests.conformance all --samples $(SAMPLES)
	JAXTORCH_FUZZ_STEPS=1 $(BIN)/python -m pytest tests/conformance/test_modules.py -n auto --timeout=0 \
		--benchmark-disable

clean:
	rm -rf $(VENV) build dist site .pytest_cache .ruff_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none found (set PYTHON=...)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Stamps: installed again only when the requirements change.
$(VENV)/.installed: pyproject.toml jaxtorch/_cli/command.py | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-%: pyproject.toml jaxtorch/_cli/command.py | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable ".[$*]"
	touch $@ $(VENV)/.installed
