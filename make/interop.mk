# MLS beside ts-mls: `make test` runs the short forms; here are the long one and the bench.

.PHONY: interop bench-mls

interop: $(VENV)/.dev  ## 1000 random steps a suite with ts-mls, and the long sessions
	HAVEN_INTEROP_STEPS=1000 HAVEN_MLS_STEPS=2000 CI=true $(BIN)/python -m pytest tests/interop -q -s

bench-mls: $(VENV)/.dev  ## side by side with ts-mls
	$(BIN)/python -m benchmarks.mls
