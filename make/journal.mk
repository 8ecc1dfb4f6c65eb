# The journal: what it costs, beside jrnl (from the registry, in a throw-away environment) and plain SQLite.

.PHONY: bench-journal test-journal

bench-journal: $(VENV)/.dev  ## beside jrnl and plain SQLite, at 10,000 and 100,000 entries (about 5 minutes)
	$(BIN)/python -m benchmarks.journal

test-journal: $(VENV)/.dev
	$(BIN)/python -m pytest tests/journal -q
