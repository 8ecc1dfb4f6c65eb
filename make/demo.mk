# Three people and a relay, from the invitation to the removal, in real processes, in under a minute.
# `make demo KEEP=1` leaves everything in place and says how to look around in the TUI.
demo: $(VENV)/.dev
	@$(BIN)/python -m tools.demo $(if $(KEEP),--keep)
