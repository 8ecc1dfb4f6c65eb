shots: $(VENV)/.dev  ## every screen at both sizes as a PNG in ./shots
	$(BIN)/python tests/ui/shots.py $(SCENES)
