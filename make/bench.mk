# Every room's bench, one after the other, then a summary (about 25 minutes; needs the package registry
# for the peers). Rooms alone: make bench-journal, bench-mls, bench-relay, bench-circles.
ROOMS ?=

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks $(ROOMS)
