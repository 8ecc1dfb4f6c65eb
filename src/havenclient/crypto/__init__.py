"""Pure functions and values: no files, no sockets, no clock of its own."""
