shots: $(VENV)/.dev  ## every screen at both sizes as a PNG in ./shots
	$(BIN)/python -m tests.ui.shots $(SCENES)

.PHONY: ui-plain
ui-plain: $(VENV)/.dev  ## the UI's tests once more without colours
	NO_COLOR=1 $(BIN)/python -m pytest tests/ui -q
