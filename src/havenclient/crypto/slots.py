"""Key slots: one 104-byte box that gives the vault's master key to whoever has the right KEK.

Every slot is `nonce (24) || XChaCha20-Poly1305(KEK, VMK || label || uuid)`. Nothing in it is in
clear: not its kind, not whether it is used. An unused slot is 104 random bytes, which nobody
without the master key can tell from a used one (the cipher's output is indistinguishable from
random, RFC 8439 and XChaCha draft §2). So the number of ways into a vault does not show.

The kind and, for passphrases, the stretching parameters are bound as associated data: a slot moved
to another index, another vault or weaker parameters does not open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from havenclient.seams import Random

SLOT_COUNT = 8
NONCE_SIZE = 24
TAG_SIZE = 16
UUID_SIZE = 16
VMK_SIZE = 32
_LABEL = b"haven/slot/1".ljust(16, b"\0")
SLOT_SIZE = NONCE_SIZE + VMK_SIZE + len(_LABEL) + UUID_SIZE + TAG_SIZE


class SlotKind(IntEnum):
    PASSPHRASE = 1
    RECOVERY = 2
    KEYRING = 3


@dataclass(frozen=True, slots=True)
class OpenedSlot:
    vmk: bytearray = field(repr=False)
    """Master key, 32 bytes; the caller zeroes it."""
    uuid: bytes


def seal(key: bytes, plaintext: bytes, *, ad: bytes, random: Random) -> bytes:
    """`nonce || ciphertext` under XChaCha20-Poly1305 with a random 192-bit nonce."""
    nonce = random.token(NONCE_SIZE)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, ad, nonce, key)


def unseal(key: bytes, sealed: bytes, *, ad: bytes) -> bytes | None:
    """The plaintext, or None if the tag says no."""
    if len(sealed) < NONCE_SIZE + TAG_SIZE:
        return None
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(
            sealed[NONCE_SIZE:], ad, sealed[:NONCE_SIZE], key
        )
    except CryptoError:
        return None


def seal_slot(
    kek: bytes, vmk: bytes | bytearray, uuid: bytes, *, ad: bytes, random: Random
) -> bytes:
    sealed = seal(kek, bytes(vmk) + _LABEL + uuid, ad=ad, random=random)
    if len(sealed) != SLOT_SIZE:
        raise ValueError("a slot's parts have the wrong size")
    return sealed


def open_slot(kek: bytes, slot: bytes, *, ad: bytes) -> OpenedSlot | None:
    """The master key if `kek` is right for this slot, else None. Takes microseconds."""
    plain = unseal(kek, slot, ad=ad)
    if plain is None or plain[VMK_SIZE : VMK_SIZE + len(_LABEL)] != _LABEL:
        return None
    return OpenedSlot(bytearray(plain[:VMK_SIZE]), plain[VMK_SIZE + len(_LABEL) :])


def unused_slot(random: Random) -> bytes:
    return random.token(SLOT_SIZE)
