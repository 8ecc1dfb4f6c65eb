# The MLS library's long forms: fuzzing (FUZZ_SECONDS) and the model test with more groups.
FUZZ_SECONDS ?= 600

.PHONY: fuzz-mls model-mls
fuzz: fuzz-mls

fuzz-mls: $(VENV)/.dev
	HAVEN_FUZZ_EXAMPLES=3000 HAVEN_FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/python -m pytest tests/mls/test_fuzz.py -q

model-mls: $(VENV)/.dev
	HAVEN_MLS_MODEL_STEPS=600 HAVEN_MLS_MODEL_SEEDS=40 $(BIN)/python -m pytest tests/mls/test_model.py -q
