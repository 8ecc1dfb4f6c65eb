"""The vault header: who may open the vault, and under which keys.

Layout, at most 16 KiB (docs/vault-format.md has the byte table):

    HAVENVLT | format u16 | canonical CBOR body | header MAC (32) | checksum (32)

The checksum is unkeyed BLAKE2b: it tells *damage* before any passphrase is asked, so that a broken
file is never called a wrong passphrase, and it verifies nothing about a passphrase. The MAC is
keyed by the master key and checked right after a slot opened: a header that somebody without the
master key recomputed (a slot added, parameters weakened, an old slot put back) is refused.

All eight slots look random (crypto/slots.py), so the public stretching parameters can't stand in
the slots: a slot with parameters would be a passphrase slot for all to see. They stand once in the
body and hold for every passphrase slot; there is always exactly one, so nothing shows. What kind
each slot is stands in `directory`, sealed under the master key, always eight entries long.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass, field, replace
from typing import Any, Self

import cbor2

from havenclient.crypto.kdf import KdfParams, hkdf
from havenclient.crypto.slots import (
    NONCE_SIZE,
    SLOT_COUNT,
    SLOT_SIZE,
    TAG_SIZE,
    UUID_SIZE,
    OpenedSlot,
    SlotKind,
    open_slot,
    seal,
    seal_slot,
    unseal,
    unused_slot,
)
from havenclient.errors import Damaged, TooNew
from havenclient.seams import Random

MAGIC = b"HAVENVLT"
FORMAT = 1
MAX_SIZE = 16 * 1024
ID_SIZE = 16
_DIGEST = 32
_FRAME = struct.Struct(">8sH")
_ENTRY = struct.Struct(">B16sQ")
"""kind (0: unused), uuid, created (Unix seconds)."""
_DIRECTORY_SIZE = NONCE_SIZE + SLOT_COUNT * _ENTRY.size + TAG_SIZE


@dataclass(frozen=True, slots=True)
class SlotEntry:
    """One line of the sealed directory."""

    index: int
    kind: SlotKind
    uuid: bytes
    created: int
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class Header:
    vault_id: bytes
    seq: int
    """+1 at every write."""
    created: int
    """Unix seconds."""
    generation: int
    """+1 at every full key rotation; names the database file that belongs to this header."""
    kdf: KdfParams
    slots: tuple[bytes, ...] = field(repr=False)
    directory: bytes = field(repr=False)
    mac: bytes = field(default=b"", repr=False)

    # --- bytes ------------------------------------------------------------------------------------

    def _signed(self) -> bytes:
        body = {
            "id": self.vault_id,
            "seq": self.seq,
            "created": self.created,
            "generation": self.generation,
            "kdf": [self.kdf.memory, self.kdf.passes, self.kdf.lanes, self.kdf.salt],
            "slots": list(self.slots),
            "directory": self.directory,
        }
        return _FRAME.pack(MAGIC, FORMAT) + cbor2.dumps(body, canonical=True)

    def encode(self) -> bytes:
        whole = self._signed() + self.mac
        return whole + hashlib.blake2b(whole, digest_size=_DIGEST).digest()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Damaged or TooNew; never reaches a key. Accepts only the one canonical encoding."""
        if len(data) > MAX_SIZE or len(data) < _FRAME.size + 2 * _DIGEST:
            raise _damaged()
        whole, checksum = data[:-_DIGEST], data[-_DIGEST:]
        magic, number = _FRAME.unpack_from(whole)
        if magic != MAGIC or hashlib.blake2b(whole, digest_size=_DIGEST).digest() != checksum:
            raise _damaged()
        if number > FORMAT:
            raise TooNew(
                "this journal was written by a newer Haven",
                "update Haven on this computer, then open it again",
            )
        try:
            header = cls._from_body(cbor2.loads(whole[_FRAME.size : -_DIGEST]), whole[-_DIGEST:])
        except (cbor2.CBORDecodeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise _damaged() from error
        if number != FORMAT or header.encode() != data:
            raise _damaged()
        return header

    @classmethod
    def _from_body(cls, body: Any, mac: bytes) -> Self:
        if not isinstance(body, dict) or len(body) != 7:
            raise ValueError
        memory, passes, lanes, salt = body["kdf"]
        numbers = (body["seq"], body["created"], body["generation"], memory, passes, lanes)
        if not all(type(n) is int and 0 <= n < 1 << 64 for n in numbers):
            raise ValueError
        slots = tuple(body["slots"])
        blobs = ((body["id"], ID_SIZE), (body["directory"], _DIRECTORY_SIZE), (salt, None))
        if not all(type(b) is bytes and (n is None or len(b) == n) for b, n in blobs):
            raise ValueError
        if len(slots) != SLOT_COUNT or any(
            type(s) is not bytes or len(s) != SLOT_SIZE for s in slots
        ):
            raise ValueError
        kdf = KdfParams(memory, passes, lanes, salt)
        if not kdf.acceptable():
            raise Damaged(
                "the journal's key file asks for more than any Haven ever wrote",
                "it may have been changed by someone; use a backup or a snapshot",
            )
        return cls(body["id"], *numbers[:3], kdf, slots, body["directory"], mac)

    # --- keys -------------------------------------------------------------------------------------

    def _ad(self, index: int, kind: SlotKind) -> bytes:
        # A weakened kdf, another index, another vault: the slot does not open. Only passphrase
        # slots are bound to the kdf, so that a change of passphrase leaves the others valid.
        kdf = (
            [self.kdf.memory, self.kdf.passes, self.kdf.lanes, self.kdf.salt]
            if kind is SlotKind.PASSPHRASE
            else []
        )
        return MAGIC + cbor2.dumps([FORMAT, self.vault_id, index, int(kind), kdf], canonical=True)

    def open(self, kind: SlotKind, kek: bytes) -> OpenedSlot | None:
        """Try all eight slots; then the MAC. None: the KEK is wrong. Damaged: the MAC is wrong."""
        for index, slot in enumerate(self.slots):
            opened = open_slot(kek, slot, ad=self._ad(index, kind))
            if opened is not None:
                self.verify(opened.vmk)
                return opened
        return None

    def genuine(self, vmk: bytes | bytearray) -> bool:
        return hmac.compare_digest(self.mac, self._mac(vmk))

    def verify(self, vmk: bytes | bytearray) -> None:
        if not self.genuine(vmk):
            raise Damaged(
                "the journal's key file was changed by something other than Haven",
                "use a backup or a snapshot, and think about who could write to this folder",
            )

    def _mac(self, vmk: bytes | bytearray) -> bytes:
        key = hkdf(vmk, "haven/header-mac/1", salt=self.vault_id)
        return hmac.digest(key, self._signed(), "sha256")

    def entries(self, vmk: bytes | bytearray) -> tuple[SlotEntry, ...]:
        key = hkdf(vmk, "haven/header-directory/1", salt=self.vault_id)
        plain = unseal(key, self.directory, ad=self.vault_id)
        if plain is None or len(plain) != SLOT_COUNT * _ENTRY.size:
            raise _damaged()
        found = []
        for index, (kind, uuid, created) in enumerate(_ENTRY.iter_unpack(plain)):
            if kind:
                found.append(SlotEntry(index, SlotKind(kind), uuid, created))
        return tuple(found)

    def changed(
        self,
        vmk: bytes | bytearray,
        random: Random,
        *,
        drop: tuple[bytes, ...] = (),
        add: tuple[tuple[SlotKind, bytes], ...] = (),
        now: int,
        kdf: KdfParams | None = None,
    ) -> Header:
        """The next header: slots with the uuids in `drop` become random, (kind, KEK) are added.

        Slots that are not touched keep their bytes, used or not: refreshing the unused ones would
        show to whoever has two versions of the file which ones those are.
        """
        before = self.entries(vmk)
        entries = [e for e in before if e.uuid not in drop]
        gone = {e.index for e in before if e.uuid in drop}
        slots = tuple(unused_slot(random) if i in gone else s for i, s in enumerate(self.slots))
        header = replace(self, seq=self.seq + 1, kdf=kdf or self.kdf, slots=slots)
        return header._with(vmk, random, entries, add, now)

    def _with(
        self,
        vmk: bytes | bytearray,
        random: Random,
        entries: list[SlotEntry],
        add: tuple[tuple[SlotKind, bytes], ...],
        now: int,
    ) -> Header:
        used = {e.index for e in entries}
        slots = list(self.slots)
        for kind, kek in add:
            free = [i for i in range(SLOT_COUNT) if i not in used]
            if not free:
                raise ValueError("all key slots are in use")
            # Anywhere, so that the order of slots tells nothing either.
            index = free[random.below(len(free))]
            used.add(index)
            uuid = random.token(UUID_SIZE)
            slots[index] = seal_slot(kek, vmk, uuid, ad=self._ad(index, kind), random=random)
            entries.append(SlotEntry(index, kind, uuid, now))
        by_index = {e.index: e for e in entries}
        plain = b"".join(
            _ENTRY.pack(int(e.kind), e.uuid, e.created)
            if (e := by_index.get(i))
            else bytes(_ENTRY.size)
            for i in range(SLOT_COUNT)
        )
        key = hkdf(vmk, "haven/header-directory/1", salt=self.vault_id)
        directory = seal(key, plain, ad=self.vault_id, random=random)
        unsigned = replace(self, slots=tuple(slots), directory=directory, mac=b"")
        return replace(unsigned, mac=unsigned._mac(vmk))

    @classmethod
    def new(
        cls,
        vmk: bytes | bytearray,
        random: Random,
        *,
        kdf: KdfParams,
        add: tuple[tuple[SlotKind, bytes], ...],
        now: int,
        vault_id: bytes | None = None,
        seq: int = 1,
        created: int | None = None,
        generation: int = 0,
    ) -> Header:
        blank = Header(
            vault_id or random.token(ID_SIZE),
            seq,
            now if created is None else created,
            generation,
            kdf,
            tuple(unused_slot(random) for _ in range(SLOT_COUNT)),
            b"",
        )
        return blank._with(vmk, random, [], add, now)


def _damaged() -> Damaged:
    return Damaged(
        "the journal's key file (vault.haven) is damaged",
        "nothing in the journal itself is lost; a backup or a snapshot holds a good key file",
    )
