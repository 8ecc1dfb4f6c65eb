"""The relay's own certificate: can it be used? Asked before serving, and by `doctor`."""

from __future__ import annotations

import ssl
from pathlib import Path

from havenclient.errors import UsageError

PAIR = "make a new pair of files, or put a proxy with TLS in front (deploy/)"


def require_pair(certificate: Path, key: Path) -> None:
    """Load both as the server will; what is wrong is said in words, not in OpenSSL's."""
    for path, name in ((certificate, "net.tls_certificate"), (key, "net.tls_key")):
        try:
            path.open("rb").close()
        except OSError as error:
            raise UsageError(
                f"{name} can't be read: {error.strerror}",
                "under systemd hand it over with LoadCredential= (deploy/haven-relay.service)",
            ) from None
    asked = []

    def passphrase() -> str:
        asked.append(True)
        return ""

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, passphrase)
    except (OSError, ValueError) as error:
        # A key with a passphrase would stop every start with a question that nobody answers.
        if asked:
            wrong = "net.tls_key has a passphrase; the relay needs a key without one"
        elif getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
            wrong = "net.tls_key is not the key of net.tls_certificate"
        else:
            wrong = "net.tls_certificate and net.tls_key are not a PEM certificate and its key"
        raise UsageError(wrong, PAIR) from None
