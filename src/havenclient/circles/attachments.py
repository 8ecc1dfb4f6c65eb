"""Attachments: a file of up to 8 MiB, sealed in chunks into a log of its own.

The message carries a key (32 bytes) and the log's name; token and envelope key of that log follow
from the key, so the relay sees one more log with a few entries of the largest bucket. Chunks are
opened only after all of them fit the hash in the message. Pictures go without what their camera
wrote into them (pictures.py).
"""

from __future__ import annotations

import hashlib

from havenclient.circles import keys
from havenclient.circles.circle import Circle
from havenclient.circles.content import External
from havenclient.circles.outgoing import Append, CreateLog, Outgoing
from havenclient.circles.pictures import without_traces
from havenclient.circles.speaking import Token
from havenclient.crypto import envelope
from havenclient.crypto.envelope import EnvelopeError, Kind
from havenclient.errors import InputRejected

MAX_SIZE = 8 * 1024 * 1024
_URL = "urn:haven:log:"


def seal(
    circle: Circle, name: str, media_type: str, data: bytes, token: Token
) -> tuple[External, tuple[Outgoing, ...]]:
    """(what the message says, log and chunks to send). Raises InputRejected above 8 MiB."""
    data = without_traces(data)
    if not data or len(data) > MAX_SIZE:
        raise InputRejected("an attachment has between 1 byte and 8 MiB")
    key, log_id = token(32), token(keys.LOG_ID)
    access, chunk_key = _keys_of(key)
    terms = circle.terms
    outgoing: list[Outgoing] = [
        CreateLog(
            log_id,
            hashlib.sha256(access).digest(),
            terms.committer_hashes,
            terms.retention_days,
            terms.retention_days,
        )
    ]
    for start in range(0, len(data), envelope.LARGEST):
        chunk = data[start : start + envelope.LARGEST]
        entry = envelope.seal(chunk_key, log_id, 0, Kind.CHUNK, chunk, token)
        outgoing.append(Append(log_id, 0, access, token(keys.IDEMPOTENCY_KEY), entry))
    external = External(
        url=_URL + log_id.hex(),
        media_type=media_type[:128],
        size=len(data),
        key=key,
        content_hash=hashlib.sha256(data).digest(),
        filename=name[:255],
    )
    return external, tuple(outgoing)


def where(external: External) -> tuple[bytes, bytes]:
    """(log id, access token) to read the chunks from. Raises InputRejected."""
    try:
        if not external.url.startswith(_URL):
            raise ValueError
        log_id = bytes.fromhex(external.url.removeprefix(_URL))
    except ValueError:
        log_id = b""
    if len(log_id) != keys.LOG_ID or external.size > MAX_SIZE:
        raise InputRejected("this attachment can't be fetched")
    return log_id, _keys_of(external.key)[0]


def unseal(external: External, entries: tuple[bytes, ...]) -> bytes:
    """The file, once all chunks are there and fit its hash. Raises InputRejected."""
    log_id, _ = where(external)
    _, chunk_key = _keys_of(external.key)
    parts: list[bytes] = []
    size = 0
    for entry in entries:
        try:
            kind, chunk = envelope.unseal(chunk_key, log_id, 0, entry)
        except EnvelopeError:
            continue
        if kind is Kind.CHUNK:
            parts.append(chunk)
            size += len(chunk)
        if size >= external.size:
            break
    data = b"".join(parts)
    if hashlib.sha256(data).digest() != external.content_hash:
        raise InputRejected("the attachment is incomplete or was changed on the relay")
    return data


def _keys_of(key: bytes) -> tuple[bytes, bytes]:
    return (
        keys.derive(key, "haven attachment token", keys.TOKEN),
        keys.derive(key, "haven attachment envelope", 32),
    )
