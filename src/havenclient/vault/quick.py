"""`haven quick`: a note sealed to the vault's public key, with no passphrase.

`quick.key` is a public key that anyone who can read the folder may use; the private key is a row in
the encrypted database. A note is one file in `inbox/`: `magic || key id || SealedBox(payload)`, the
payload padded to 256 bytes so that its length says little. The next unlock (or a Haven that is
open) files the notes in order, exactly once: the journal records the name in the same transaction
as the entry, and only then the file goes.

What this can't promise: whoever can write to the folder can put a note there, or a public key of
their own. A note is therefore treated as hostile input, and an unlock that finds another public
key than its own says so and puts the right one back.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import cbor2
from nacl.bindings import crypto_box_keypair, crypto_box_seal, crypto_box_seal_open
from nacl.exceptions import CryptoError

from havenclient.errors import Damaged, InputRejected, NotFound
from havenclient.seams import Clock, Random
from havenclient.vault.files import mapped, private_folder, read_small, remove, write_atomically
from havenclient.vault.paths import VaultPaths

if TYPE_CHECKING:
    from havenclient.vault.database import Database
    from havenclient.vault.service import Vault

KEY_MAGIC = b"HAVENQK1"
NOTE_MAGIC = b"HAVENQN1"
KEY_ID = 8
PADDING = 256
MAX_NOTE = 1024 * 1024
_MAX_FILE = MAX_NOTE + 8192
_NAME = re.compile(r"[0-9a-f]{16}-[0-9a-f]{16}\.quick")


@dataclass(frozen=True, slots=True)
class QuickItem:
    name: str
    """File name; the identity that makes filing happen once."""
    sealed_at: datetime
    """UTC, from inside the sealed note."""
    payload: bytes = field(repr=False)


def _key_id(public: bytes) -> bytes:
    return hashlib.blake2b(public, digest_size=KEY_ID, person=b"haven/qk").digest()


# --- writing: no passphrase, no database ----------------------------------------------------------


def seal(paths: VaultPaths, text: bytes, *, clock: Clock, random: Random) -> Path:
    """Seal `text` into the inbox; when this returns it is on the disk. NotFound without a vault."""
    if len(text) > MAX_NOTE:
        raise InputRejected("a quick note can have at most 1 MiB")
    public = read_public(paths)
    now = clock.now()
    milliseconds = int(now.timestamp() * 1000)
    plain = cbor2.dumps({"at": milliseconds, "text": text}) + b"\x80"
    plain += bytes(-len(plain) % PADDING)
    sealed = NOTE_MAGIC + _key_id(public) + crypto_box_seal(plain, public)
    path = paths.inbox / f"{milliseconds:016x}-{random.token(8).hex()}.quick"
    with mapped("the inbox"):
        private_folder(paths.inbox)
        write_atomically(path, sealed)
    return path


def read_public(paths: VaultPaths) -> bytes:
    """The vault's public key. NotFound if there is none, Damaged if the file isn't one."""
    try:
        with mapped("the key for quick notes"):
            data = read_small(paths.quick_key, 256)
    except NotFound as error:
        raise NotFound("there is no journal to write to yet", "`haven init` makes one") from error
    body, checksum = data[:-16], data[-16:]
    if len(body) != 40 or body[:8] != KEY_MAGIC or _checksum(body) != checksum:
        raise Damaged(
            "the key for quick notes is damaged", "opening the journal once with Haven repairs it"
        )
    return body[8:]


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


# --- keys: inside an open vault -------------------------------------------------------------------


def new_keys(database: Database, *, now: datetime) -> None:
    """A new current key pair; the old one stays for the notes that are already in the inbox."""
    # libsodium draws this pair itself (crypto_box_keypair takes no seam for randomness).
    public, private = crypto_box_keypair()
    with database.transaction():
        database.execute(
            "UPDATE vault_quick_key SET retired_at = ? WHERE retired_at IS NULL", (now.isoformat(),)
        )
        database.execute(
            "INSERT INTO vault_quick_key(public, private, created_at) VALUES (?, ?, ?)",
            (public, private, now.isoformat()),
        )


def in_place(database: Database, paths: VaultPaths) -> bool:
    """Whether the current public key lies in its file, as it should."""
    row = database.one("SELECT public FROM vault_quick_key WHERE retired_at IS NULL")
    try:
        return row is None or read_public(paths) == row[0]
    except (NotFound, Damaged):
        return False


def publish(database: Database, paths: VaultPaths) -> bool:
    """Put the current public key into its file. False if a *different* valid key lay there."""
    row = database.one("SELECT public FROM vault_quick_key WHERE retired_at IS NULL")
    if row is None:
        return True
    genuine = True
    try:
        present: bytes | None = read_public(paths)
    except (NotFound, Damaged):
        present = None
    if present == row[0]:
        return True
    if present is not None:
        known = database.one("SELECT 1 FROM vault_quick_key WHERE public = ?", (present,))
        genuine = known is not None
    body = KEY_MAGIC + row[0]
    with mapped("the key for quick notes"):
        write_atomically(paths.quick_key, body + _checksum(body))
    return genuine


def forget_old_keys(database: Database, paths: VaultPaths) -> None:
    """Drop retired private keys once no note in the inbox needs them."""
    retired = list(
        database.execute("SELECT public FROM vault_quick_key WHERE retired_at IS NOT NULL")
    )
    if not retired:
        return
    needed = {note[8 : 8 + KEY_ID] for note in _raw(paths).values()}
    for (public,) in retired:
        if _key_id(public) not in needed:
            database.execute("DELETE FROM vault_quick_key WHERE public = ?", (public,))


# --- reading --------------------------------------------------------------------------------------


def _raw(paths: VaultPaths) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    if not paths.inbox.is_dir():
        return found
    for path in sorted(paths.inbox.iterdir()):
        if _NAME.fullmatch(path.name):
            # Somebody else's link, folder or giant: `unreadable` counts it, nobody opens it.
            with contextlib.suppress(OSError, Damaged):
                found[path.name] = read_small(path, _MAX_FILE)
    return found


def pending(vault: Vault) -> list[QuickItem]:
    """Notes that wait, oldest first. What can't be opened stays where it is (`unreadable`)."""
    keys = {
        _key_id(public): (public, private)
        for public, private in vault.db.execute("SELECT public, private FROM vault_quick_key")
    }
    items = []
    for name, note in _raw(vault.paths).items():
        pair = keys.get(note[8 : 8 + KEY_ID])
        if note[:8] != NOTE_MAGIC or pair is None:
            continue
        item = _open(name, note[8 + KEY_ID :], *pair)
        if item is not None:
            items.append(item)
    return sorted(items, key=lambda item: (item.sealed_at, item.name))


def _open(name: str, sealed: bytes, public: bytes, private: bytes) -> QuickItem | None:
    try:
        plain = crypto_box_seal_open(sealed, public, private).rstrip(b"\0")
        if plain[-1:] != b"\x80":
            return None
        body = cbor2.loads(plain[:-1])
        at, text = body["at"], body["text"]
        if type(at) is not int or type(text) is not bytes or len(text) > MAX_NOTE:
            return None
        return QuickItem(name, datetime.fromtimestamp(at / 1000, UTC), text)
    except (CryptoError, cbor2.CBORDecodeError, KeyError, TypeError, ValueError, OverflowError):
        return None
    except (OSError, RecursionError):  # a time that no clock can show; nested CBOR
        return None


def unreadable(vault: Vault) -> list[str]:
    """Names of inbox files that no key of this vault opens."""
    if not vault.paths.inbox.is_dir():
        return []
    readable = {item.name for item in pending(vault)}
    return [
        path.name
        for path in sorted(vault.paths.inbox.iterdir())
        if path.name not in readable and not path.name.startswith(".")
    ]


def discard(vault: Vault, name: str) -> None:
    """Remove a note that has been filed. Only after the transaction that filed it."""
    if not _NAME.fullmatch(name):
        raise InputRejected("that is not the name of a quick note")
    with mapped("the inbox"):
        remove(vault.paths.inbox / name)
