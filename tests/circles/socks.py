"""A tiny SOCKS5 proxy on loopback (RFC 1928, RFC 1929) that remembers who asked for what.

It stands for Tor in tests: with IsolateSOCKSAuth, another user name is another circuit.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass

_DOMAIN = 3


@dataclass(frozen=True, slots=True)
class Asked:
    user: str
    host: str
    """As the client wrote it: a name that it resolved itself would be an address here."""
    by_name: bool


class SocksProxy:
    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"socks5h://127.0.0.1:{self._server.getsockname()[1]}"
        self.asked: list[Asked] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        # Without it the thread that waits for connections would still take one more.
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            methods = _exactly(client, _exactly(client, 2)[1])
            user = ""
            if 2 in methods:
                client.sendall(b"\x05\x02")
                _exactly(client, 1)
                user = _exactly(client, _exactly(client, 1)[0]).decode()
                _exactly(client, _exactly(client, 1)[0])
                client.sendall(b"\x01\x00")
            else:
                client.sendall(b"\x05\x00")
            kind = _exactly(client, 4)[3]
            if kind == _DOMAIN:
                host = _exactly(client, _exactly(client, 1)[0]).decode()
            else:
                host = socket.inet_ntoa(_exactly(client, 4))
            port = int.from_bytes(_exactly(client, 2), "big")
            self.asked.append(Asked(user, host, kind == _DOMAIN))
            target = socket.create_connection(("127.0.0.1", port))
            client.sendall(b"\x05\x00\x00\x01" + bytes(6))
            threading.Thread(target=_pump, args=(target, client), daemon=True).start()
            _pump(client, target)


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = source.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
