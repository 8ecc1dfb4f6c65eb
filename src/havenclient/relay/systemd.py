"""sd_notify without a library: one datagram to the socket that systemd names."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Tell systemd `READY=1`, `STOPPING=1`, `STATUS=…`; nothing where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.connect(address)
            channel.sendall(state.encode())
    except OSError:
        return  # a supervisor that went away is no reason to stop serving
