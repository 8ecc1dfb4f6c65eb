"""One file per command group; each is imported only when one of its commands is called."""
