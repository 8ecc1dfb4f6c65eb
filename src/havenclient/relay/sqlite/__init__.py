"""The relay's store in one SQLite file."""
