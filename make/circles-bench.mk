# Fifty members, hybrid suite, live: send-to-seen, catch-up of 5,000 entries, sizes, memory (2-3 minutes).
.PHONY: bench-circles
bench-circles: $(VENV)/.dev
	$(BIN)/python -m benchmarks.circles
