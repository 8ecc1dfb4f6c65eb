.PHONY: torture-circles

# Every point of every deed, and long random walks of up to twelve people (several minutes).
torture-circles: $(VENV)/.dev
	HAVEN_TORTURE=1 $(BIN)/python -m pytest -q tests/circles/test_kill.py tests/circles/test_model.py
