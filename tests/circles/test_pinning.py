"""A pinned relay key: the right key is enough, any other key is refused before a byte is sent."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from havenclient.sync.client import RelayClient, RelayRefused, RelayUnreachable, Route, key_pin


@dataclass
class TlsRelay:
    """Speaks TLS with a certificate of its own making, and answers 404 to everything."""

    certificate: bytes
    folder: Path
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    def start(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "relay.pem")
        server = socket.create_server(("127.0.0.1", 0))
        self.port = server.getsockname()[1]

        def run() -> None:
            while True:
                raw, _ = server.accept()
                try:
                    with context.wrap_socket(raw, server_side=True) as made:
                        if data := made.recv(65536):
                            self.asked.append(data)
                            made.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                except OSError:
                    raw.close()

        threading.Thread(target=run, daemon=True).start()

    @property
    def base(self) -> str:
        return f"https://127.0.0.1:{self.port}"


@pytest.fixture
def tls_relay(tmp_path: Path) -> Iterator[TlsRelay]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay of somebody")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "relay.pem").write_bytes(secret + made.public_bytes(Encoding.PEM))
    relay = TlsRelay(made.public_bytes(Encoding.DER), tmp_path)
    relay.start()
    yield relay


def test_the_pinned_key_is_enough(tls_relay: TlsRelay) -> None:
    pin = key_pin(tls_relay.certificate).hex()
    with (
        RelayClient(Route(tls_relay.base, pinned_key=pin)) as client,
        pytest.raises(RelayRefused),
    ):
        client.read(bytes(16), bytes(32), after=0)
    assert len(tls_relay.asked) == 1


def test_another_key_is_refused_before_anything_is_sent(tls_relay: TlsRelay) -> None:
    with (
        RelayClient(Route(tls_relay.base, pinned_key="00" * 32)) as client,
        pytest.raises(RelayUnreachable),
    ):
        client.read(bytes(16), bytes(32), after=0)
    assert tls_relay.asked == []


def test_without_a_pin_a_strangers_certificate_is_refused(tls_relay: TlsRelay) -> None:
    with RelayClient(Route(tls_relay.base)) as client, pytest.raises(RelayUnreachable):
        client.read(bytes(16), bytes(32), after=0)
    assert tls_relay.asked == []


def test_the_persons_own_authority_must_name_the_relay(tls_relay: TlsRelay) -> None:
    """A CA file alone also asks for the right name; this certificate names nobody."""
    ca = str(tls_relay.folder / "relay.pem")
    with RelayClient(Route(tls_relay.base, ca_file=ca)) as client, pytest.raises(RelayUnreachable):
        client.read(bytes(16), bytes(32), after=0)
    assert tls_relay.asked == []
