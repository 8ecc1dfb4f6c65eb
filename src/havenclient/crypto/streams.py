"""Long things sealed piece by piece: libsodium's secretstream (XChaCha20-Poly1305).

Shape of a sealed stream: `magic (8) || secretstream header (24) || chunks`, each chunk 64 KiB of
plaintext (the last one shorter, maybe empty) plus 17 bytes. The last carries TAG_FINAL, so a
stream that was cut at a chunk's edge is as wrong as one with a flipped bit; the state ratchets, so
chunks can't be reordered, dropped, repeated or moved between streams. `ad` binds the stream to its
name. Works on iterators of bytes: no files here, and never more than two chunks in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_ABYTES as A_BYTES,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_HEADERBYTES as HEADER_BYTES,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_init_pull as init_pull,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_init_push as init_push,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_pull as pull,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_push as push,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_state as State,  # noqa: N812 -- a class
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_TAG_FINAL as TAG_FINAL,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE as TAG_MESSAGE,
)
from nacl.exceptions import CryptoError

from havenclient.errors import Damaged

MAGIC = b"HAVENST1"
CHUNK = 64 * 1024
SEALED_CHUNK = CHUNK + A_BYTES
KEY_SIZE = 32

Read = Callable[[int], bytes]
"""`read(n)`: up to n bytes, fewer only at the end (or from a raw stream), b"" at the end."""


def _exactly(read: Read, size: int) -> bytes:
    parts: list[bytes] = []
    missing = size
    while missing and (part := read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


class Sealer:
    """Seals what is pushed in, for writers; one chunk behind, so that the last one is known.

    `begin()`, any number of `update(data)`, one `finish()`: each returns bytes to be written.
    """

    def __init__(self, key: bytes, *, ad: bytes) -> None:
        self._state = State()
        self._ad = ad
        self._head = MAGIC + init_push(self._state, key)
        self._held = bytearray()

    def begin(self) -> bytes:
        return self._head

    def update(self, data: bytes) -> bytes:
        self._held += data
        sealed = []
        while len(self._held) > CHUNK:
            sealed.append(push(self._state, bytes(self._held[:CHUNK]), self._ad, TAG_MESSAGE))
            del self._held[:CHUNK]
        return b"".join(sealed)

    def finish(self) -> bytes:
        last = bytes(self._held)
        self._held.clear()
        return push(self._state, last, self._ad, TAG_FINAL)


def seal(key: bytes, read: Read, *, ad: bytes) -> Iterator[bytes]:
    """Sealed pieces of everything that `read` gives."""
    sealer = Sealer(key, ad=ad)
    yield sealer.begin()
    while piece := read(CHUNK):
        if sealed := sealer.update(piece):
            yield sealed
    yield sealer.finish()


def unseal(key: bytes, read: Read, *, ad: bytes) -> Iterator[bytes]:
    """Plaintext pieces, each verified before it is given out.

    Damaged at the first piece that isn't what was written: what came before is genuine, but the
    whole is only known to be whole when the iterator ends by itself.
    """
    head = _exactly(read, len(MAGIC) + HEADER_BYTES)
    if len(head) != len(MAGIC) + HEADER_BYTES or not head.startswith(MAGIC):
        raise Damaged("a sealed file is damaged at its beginning")
    state = State()
    init_pull(state, head[len(MAGIC) :], key)
    while True:
        sealed = _exactly(read, SEALED_CHUNK)
        if len(sealed) < A_BYTES:
            raise Damaged("a sealed file is cut short")
        try:
            piece, tag = pull(state, sealed, ad)
        except (CryptoError, RuntimeError) as error:
            raise Damaged("a sealed file is damaged") from error
        if tag == TAG_FINAL:
            if read(1):
                raise Damaged("a sealed file has something added at its end")
            yield piece
            return
        if tag != TAG_MESSAGE or len(sealed) != SEALED_CHUNK:
            raise Damaged("a sealed file is damaged")
        yield piece
