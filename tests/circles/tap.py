"""A recording TCP proxy between clients and the relay: what an observer of the wire gets.

It forwards bytes unchanged, keeps all of them by connection, and can hold an answer back: `hold`
names bytes of a request; when they have been sent on, `on_held` is called and the answer never
arrives. That is a network that breaks at the worst moment.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

_LOG = re.compile(rb"/v1/logs/([A-Za-z0-9_-]{22})")


@dataclass(slots=True)
class Connection:
    up: bytearray = field(default_factory=bytearray, repr=False)
    """Client to relay."""
    down: bytearray = field(default_factory=bytearray, repr=False)

    @property
    def logs(self) -> set[str]:
        """Ids (base64url) of the logs that were spoken of on this connection."""
        return {found.decode() for found in _LOG.findall(bytes(self.up))}


class Tap:
    """Listens on a free port of loopback and forwards to `target` ("http://127.0.0.1:PORT")."""

    def __init__(self, target: str) -> None:
        host, _, port = target.removeprefix("http://").partition(":")
        self._target = (host, int(port))
        self._server = socket.create_server(("127.0.0.1", 0))
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self.connections: list[Connection] = []
        self.hold: bytes | None = None
        self.on_held: Callable[[], None] = lambda: None
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def seen(self) -> bytes:
        """Everything, in both directions."""
        return b"\0".join(bytes(part) for c in self.connections for part in (c.up, c.down))

    @property
    def logs(self) -> list[str]:
        """Log ids in the order in which they first appeared."""
        return list(dict.fromkeys(found.decode() for found in _LOG.findall(self.seen)))

    def close(self) -> None:
        self._stopped.set()
        # Without it the thread that waits for connections would still take one more.
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def __enter__(self) -> Tap:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            try:
                relay = socket.create_connection(self._target, 5)
            except OSError:
                client.close()
                continue
            relay.settimeout(None)
            made = Connection()
            self.connections.append(made)
            silent = threading.Event()
            for source, sink, record, up in (
                (client, relay, made.up, True),
                (relay, client, made.down, False),
            ):
                threading.Thread(
                    target=self._pump, args=(source, sink, record, up, silent), daemon=True
                ).start()

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        record: bytearray,
        up: bool,
        silent: threading.Event,
    ) -> None:
        try:
            while data := source.recv(65536):
                record += data
                if up and self.hold is not None and self.hold in data:
                    self.hold = None
                    silent.set()
                if not silent.is_set() or up:
                    sink.sendall(data)
                else:
                    # The relay has answered: whatever was asked is done and durable there.
                    self.on_held()
                    break
        except OSError:
            pass
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
