# Haven. `make run` and `make test` do all the set-up they need; nothing else is required but git, make
# and Python >= 3.11. Every other target is a convenience for people who work on Haven.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# -X importtime and friends may be added here by hand.
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
WORKERS ?= auto

.PHONY: run test lint types format bench shots fuzz torture soak demo lock clean

run: $(VENV)/.run
	@$(BIN)/haven

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Locks are universal (every platform and Python >= 3.11), carry hashes and name no host.
lock: $(VENV)/.dev
	$(BIN)/python tools/lock.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- set-up --------------------------------------------------------------------------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Haven needs Python 3.11 or newer: make run PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up Haven in $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python lock/run.txt pyproject.toml
	@$(PIP) -r lock/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run lock/dev.txt
	@$(PIP) -r lock/dev.txt
	@touch $@

-include make/*.mk
