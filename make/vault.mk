# The vault's long forms. KILLS and SEED may be given: make torture KILLS=1000 SEED=7

KILLS ?= 200

torture: $(VENV)/.dev
	$(BIN)/python -m tests.vault.torture --kills $(KILLS) $(if $(SEED),--seed $(SEED))
