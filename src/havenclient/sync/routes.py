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
    a SOCKS user name that says nothing.

    A relay about which nothing was said is asked through the proxy that other relays are asked
    through: a link, a Welcome or a founder names relays too, and would find out addresses.
    """
    row = vault.db.one(
        "SELECT proxy, ca_file, pinned_key, admission FROM circle_relay WHERE base=?", (base,)
    )
    if row is None:
        other = vault.db.one("SELECT max(proxy) FROM circle_relay")
        row = (None if other is None else other[0], None, None, None)
    proxy, ca_file, pinned, admission = row
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
    """Remembers how to get to a relay. What is not given stays as it is (an admission code must not
    take Tor away); an empty text takes it away. Raises UsageError for what can't be used."""
    address_of(base)
    if proxy and not proxy.startswith(("socks5://", "socks5h://")):
        raise UsageError("a proxy is given as socks5h://HOST:PORT")
    if pinned_key:
        try:
            if len(bytes.fromhex(pinned_key)) != hashlib.sha256().digest_size:
                raise ValueError
        except ValueError:
            raise UsageError("a pinned key is 64 hex digits") from None
    before = route(vault, base, b"")
    given = (proxy, ca_file, pinned_key, admission)
    kept = (before.proxy, before.ca_file, before.pinned_key, before.admission)
    values = [old if new is None else new or None for new, old in zip(given, kept, strict=True)]
    vault.db.execute(
        "INSERT OR REPLACE INTO circle_relay(base, proxy, ca_file, pinned_key, admission)"
        " VALUES (?,?,?,?,?)",
        (base, *values),
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
