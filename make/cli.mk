# The man pages are made from the commands and the settings; a test holds them to it.
.PHONY: man
man: $(VENV)/.dev
	@$(BIN)/python -m havenclient.cli.manual docs/man
