"""Haven: an encrypted journal and small end-to-end encrypted circles, in the terminal."""

__version__ = "0.1.0"
