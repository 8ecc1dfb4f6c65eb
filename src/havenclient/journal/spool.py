"""A temporary file that holds plaintext only sealed, under a key that never leaves memory.

`crypto.streams` pulls from a source; a spool is pushed into. Same format, the other direction.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from nacl.bindings import crypto_secretstream_xchacha20poly1305_init_push as init_push
from nacl.bindings import crypto_secretstream_xchacha20poly1305_push as push
from nacl.bindings import crypto_secretstream_xchacha20poly1305_state as State  # noqa: N812
from nacl.bindings import crypto_secretstream_xchacha20poly1305_TAG_FINAL as TAG_FINAL
from nacl.bindings import crypto_secretstream_xchacha20poly1305_TAG_MESSAGE as TAG_MESSAGE

from havenclient.crypto.streams import CHUNK, KEY_SIZE, MAGIC, unseal

_NAME = b"haven/backup-spool/1"


class Spool:
    """A temporary file sealed under a key that only this object knows; gone when it is closed."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed in __exit__)
        self._key = os.urandom(KEY_SIZE)
        self._sealer: _Sealer | None = _Sealer(self._file, self._key)
        self.size = 0

    def write(self, data: bytes) -> None:
        assert self._sealer is not None
        self._sealer.write(data)
        self.size += len(data)

    def read_back(self) -> BinaryIO:
        assert self._sealer is not None
        self._sealer.finish()
        self._sealer = None
        self._file.seek(0)
        pieces = unseal(self._key, self._file.read, ad=_NAME)
        return cast(BinaryIO, io.BufferedReader(_Pieces(pieces), CHUNK))

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class _Sealer:
    """`streams.seal` pulls; this lets a writer push, one chunk behind so that the last is known."""

    def __init__(self, out: Any, key: bytes) -> None:
        self._out = out
        self._state = State()
        out.write(MAGIC + init_push(self._state, key))
        self._buffer = bytearray()

    def write(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) > CHUNK:
            self._push(bytes(self._buffer[:CHUNK]), TAG_MESSAGE)
            del self._buffer[:CHUNK]

    def finish(self) -> None:
        self._push(bytes(self._buffer), TAG_FINAL)
        self._buffer.clear()

    def _push(self, chunk: bytes, tag: int) -> None:
        self._out.write(push(self._state, chunk, _NAME, tag))


class _Pieces(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
