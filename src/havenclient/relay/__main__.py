"""`haven-relay`, also `python -m havenclient.relay`."""

from __future__ import annotations

from havenclient.relay.cli import main

if __name__ == "__main__":
    main()
