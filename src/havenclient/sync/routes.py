"""How this person gets to each relay: proxy, own certificate authority, pinned key, admission code.

Kept in the vault, because an admission code is a secret and a list of relays says something about
a person.
"""

from __future__ import annotations

import hashlib
import hmac

from havenclient.circles.invite import address_of
from havenclient.errors import UsageError
from havenclient.sync.client import Route
from havenclient.vault import Vault


def route(vault: Vault, base: str, purpose: bytes) -> Route:
    """The route to `base` for one circle or door. `purpose` keeps them apart under Tor: it becomes
    a SOCKS user name that says nothing."""
    row = vault.db.one(
        "SELECT proxy, ca_file, pinned_key, admission FROM circle_relay WHERE base=?", (base,)
    )
    proxy, ca_file, pinned, admission = row if row is not None else (None, None, None, None)
    identity = hmac.digest(vault.subkey("sync"), b"socks" + purpose, "sha256").hex()[:32]
    return Route(base, proxy, identity if proxy else "", ca_file, pinned, admission)


def use(
    vault: Vault,
    base: str,
    *,
    proxy: str | None = None,
    ca_file: str | None = None,
    pinned_key: str | None = None,
    admission: str | None = None,
) -> None:
    """Remembers how to get to a relay. Raises UsageError for addresses that can't be used."""
    address_of(base)
    if proxy is not None and not proxy.startswith(("socks5://", "socks5h://")):
        raise UsageError("a proxy is given as socks5h://HOST:PORT")
    if pinned_key is not None:
        try:
            if len(bytes.fromhex(pinned_key)) != hashlib.sha256().digest_size:
                raise ValueError
        except ValueError:
            raise UsageError("a pinned key is 64 hex digits") from None
    vault.db.execute(
        "INSERT OR REPLACE INTO circle_relay(base, proxy, ca_file, pinned_key, admission)"
        " VALUES (?,?,?,?,?)",
        (base, proxy, ca_file, pinned_key, admission),
    )


def known(vault: Vault) -> list[str]:
    """Relays that this vault has anything to do with."""
    return [
        str(r[0])
        for r in vault.db.execute(
            "SELECT base FROM circle_relay UNION SELECT relay FROM circle"
            " UNION SELECT relay FROM circle_mailbox ORDER BY 1"
        )
    ]
