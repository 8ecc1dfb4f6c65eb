"""What people say to each other: MIMI content (draft-ietf-mimi-content) in deterministic CBOR.

    mimiContent = [salt, replaces, topicId, expires, inReplyTo, extensions, nestedPart]
    nestedPart  = [disposition, language, 0]                                  nothing (a deletion)
                | [disposition, language, 1, contentType, content]            one part
                | [disposition, language, 2, contentType, url, expires, size, encAlg, key, nonce,
                   aad, hashAlg, contentHash, description, filename]          an attachment
                | [disposition, language, 3, semantics, [parts …]]            several

A message's id is `0x01 ‖ SHA-256(sender ‖ circle ‖ message ‖ salt)[:31]`: it names no relay, and
nobody can make two messages with one id. Sender and circle are Haven's location-independent
`urn:haven:` names, which never travel (they follow from the MLS state on both sides).

Haven's own meaning lives in extensions with negative integer keys. Whatever doesn't decode raises
`ContentError`; the caller shows a quarantine row and goes on.

Owns: the value types of content, encode, decode. Never: keys, storage, who may say what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TypeVar

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.strict_cbor import CborError
from havenclient.text import safe_line, safe_text

MAX_NESTING = 4
MAX_PARTS = 16
MAX_TEXT = 60_000
"""Characters of text in one message: what the 64 KiB bucket holds with room to spare."""
MAX_NOTE = 64
ID_SIZE = 32
SALT_SIZE = 16
MARKDOWN = "text/markdown;variant=GFM-MIMI"
PLAIN = "text/plain;charset=utf-8"
CONTROL = "application/vnd.haven.control+cbor"


class ContentError(ValueError):
    """Content that this Haven can't read. The message never quotes it."""


class Disposition(IntEnum):
    UNSPECIFIED = 0
    RENDER = 1
    REACTION = 2
    INLINE = 4
    ATTACHMENT = 6


class Kind(StrEnum):
    """What the author wants the message to be (domain: three different kinds of talk)."""

    EXPERIENCE = "experience"
    QUESTION = "question"
    WHAT_HELPED = "what-helped"
    JUST_LISTEN = "just-listen"
    ADVICE = "advice"


class Source(StrEnum):
    """Where advice comes from; survives quoting."""

    MINE = "mine"
    READ = "read"
    """Read somewhere; `source_link` says where."""
    PROFESSIONAL = "professional"
    NOT_SURE = "not-sure"


SUPPORT_WORDS = ("with you", "thank you", "me too", "take your time", "that helped")
"""The fixed set of reactions: words of support, never counted, never ranked."""

_EXT_KIND, _EXT_SOURCE, _EXT_SOURCE_LINK, _EXT_NOTE = -65001, -65002, -65003, -65004
_EXT_UNNAMED, _EXT_ANSWERS = -65005, -65006


@dataclass(frozen=True, slots=True)
class External:
    """An attachment: sealed chunks in a log of their own (`urn:haven:log:` names no relay)."""

    url: str
    media_type: str
    size: int
    key: bytes = field(repr=False)
    content_hash: bytes
    """SHA-256 of the plaintext."""
    filename: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """One message as its author meant it. Text fields are raw: show them through `shown_*`."""

    salt: bytes
    text: str = field(default="", repr=False)
    replaces: bytes | None = None
    """Id of the message that this one edits or (with no text and no attachment) deletes."""
    in_reply_to: bytes | None = None
    expires_after: int | None = None
    """Seconds after it was first seen by its reader; None: as long as the circle keeps messages."""
    expires_at: int | None = None
    """Unix seconds; the author's own end of the message."""
    reaction: str | None = None
    attachments: tuple[External, ...] = ()
    kind: Kind | None = None
    source: Source | None = None
    source_link: str | None = None
    note: str | None = None
    """Content note: topics a reader can fold. Never part of any fallback, notice or quote."""
    unnamed: bool = False
    """A host passes on what a member asked unnamed: shown as "someone here asks"."""
    answers: bytes | None = None
    """Id of the step that this answers, by the person whom the step concerns (ladder.py)."""
    control: bytes | None = field(default=None, repr=False)
    """Haven's own signalling between clients (verification, role offers): never shown as a line."""

    @property
    def deletes(self) -> bool:
        return (
            self.replaces is not None
            and not self.text
            and not self.attachments
            and self.reaction is None
            and self.control is None
        )

    def shown_text(self) -> str:
        return safe_text(self.text)

    def shown_note(self) -> str | None:
        return None if self.note is None else safe_line(self.note, limit=MAX_NOTE)


def message_id(sender: str, circle: str, encoded: bytes, salt: bytes) -> bytes:
    """The 32-byte id of an encoded message (draft-ietf-mimi-content, "Message ID")."""
    digest = hashlib.sha256(sender.encode() + circle.encode() + encoded + salt).digest()
    return b"\x01" + digest[:31]


def encode(content: Content) -> bytes:
    """Deterministic CBOR of `content`. Raises ContentError where it is out of bounds."""
    _check(content)
    extensions: dict[int, object] = {}
    if content.kind is not None:
        extensions[_EXT_KIND] = content.kind.value
    if content.source is not None:
        extensions[_EXT_SOURCE] = content.source.value
    if content.source_link is not None:
        extensions[_EXT_SOURCE_LINK] = content.source_link
    if content.note is not None:
        extensions[_EXT_NOTE] = content.note
    if content.unnamed:
        extensions[_EXT_UNNAMED] = True
    if content.answers is not None:
        extensions[_EXT_ANSWERS] = content.answers
    expires: object = None
    if content.expires_after is not None:
        expires = [True, content.expires_after]
    elif content.expires_at is not None:
        expires = [False, content.expires_at]
    return cbor.dumps(
        [
            content.salt,
            content.replaces,
            b"",
            expires,
            content.in_reply_to,
            extensions,
            _encode_body(content),
        ]
    )


def decode(data: bytes) -> Content:
    """The content that `data` holds. Raises ContentError for anything else."""
    try:
        return _decode(data)
    except (CborError, ValueError) as error:
        raise ContentError("content that this version can't read") from error


def _encode_body(content: Content) -> list[object]:
    if content.deletes:
        return [Disposition.RENDER.value, "", 0]
    if content.reaction is not None:
        return [Disposition.REACTION.value, "en", 1, PLAIN, content.reaction.encode()]
    if content.control is not None:
        return [Disposition.UNSPECIFIED.value, "", 1, CONTROL, content.control]
    parts: list[list[object]] = []
    if content.text:
        parts.append([Disposition.RENDER.value, "", 1, MARKDOWN, content.text.encode()])
    parts.extend(_encode_external(one) for one in content.attachments)
    if len(parts) == 1:
        return parts[0]
    return [Disposition.RENDER.value, "", 3, 2, parts]  # 2: processAll


def _encode_external(one: External) -> list[object]:
    # encAlg 0: the chunks carry their own AEAD (circles/attachments.py); hashAlg 1: SHA-256.
    return [
        Disposition.ATTACHMENT.value,
        "",
        2,
        one.media_type,
        one.url,
        0,
        one.size,
        0,
        one.key,
        b"",
        b"",
        1,
        one.content_hash,
        one.description,
        one.filename,
    ]


def _decode(data: bytes) -> Content:
    fields = cbor.as_list(cbor.loads(data), 7)
    salt = cbor.as_bytes(fields[0], size=SALT_SIZE)
    replaces = _optional_id(fields[1])
    cbor.as_bytes(fields[2], limit=ID_SIZE)
    after, at = _decode_expiry(fields[3])
    in_reply_to = _optional_id(fields[4])
    extensions = cbor.as_map(fields[5])
    body = _Body()
    _decode_part(fields[6], body, 0)
    content = Content(
        salt=salt,
        text="\n\n".join(body.texts),
        replaces=replaces,
        in_reply_to=in_reply_to,
        expires_after=after,
        expires_at=at,
        reaction=body.reaction,
        attachments=tuple(body.attachments),
        kind=_enum(Kind, extensions.get(_EXT_KIND)),
        source=_enum(Source, extensions.get(_EXT_SOURCE)),
        source_link=_optional_text(extensions, _EXT_SOURCE_LINK, 2048),
        note=_optional_text(extensions, _EXT_NOTE, MAX_NOTE),
        unnamed=extensions.get(_EXT_UNNAMED) is True,
        answers=_optional_id(extensions.get(_EXT_ANSWERS)),
        control=body.control,
    )
    _check(content)
    return content


class _Body:
    """What the parts of one message add up to while they are read."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.attachments: list[External] = []
        self.reaction: str | None = None
        self.control: bytes | None = None
        self.parts = 0


def _decode_part(value: object, body: _Body, depth: int) -> None:
    if depth >= MAX_NESTING:
        raise ContentError("nested too deep")
    body.parts += 1
    if body.parts > MAX_PARTS:
        raise ContentError("too many parts")
    part = cbor.as_list(value)
    if len(part) < 3:
        raise ContentError("malformed part")
    disposition = cbor.as_int(part[0], high=255)
    cbor.as_text(part[1], limit=64)
    match cbor.as_int(part[2], high=3):
        case 0:
            cbor.as_list(part, 3)
        case 1:
            _decode_single(cbor.as_list(part, 5), disposition, body)
        case 2:
            body.attachments.append(_decode_external(cbor.as_list(part, 15)))
        case _:
            semantics = cbor.as_int(cbor.as_list(part, 5)[3], high=2)
            parts = cbor.as_list(part[4])
            if len(parts) < 2:
                raise ContentError("malformed parts")
            # chooseOne (0): alternatives of one thing, the author's preferred first.
            for inner in parts[:1] if semantics == 0 else parts:
                _decode_part(inner, body, depth + 1)


def _decode_single(part: list[object], disposition: int, body: _Body) -> None:
    media_type = cbor.as_text(part[3], limit=128)
    raw = cbor.as_bytes(part[4], limit=4 * MAX_TEXT)
    if media_type == CONTROL:
        body.control = raw
    elif disposition == Disposition.REACTION:
        body.reaction = raw.decode("utf-8")
    elif media_type.startswith("text/"):
        body.texts.append(raw.decode("utf-8"))
    else:
        body.texts.append("")  # an unknown kind of part: nothing of it is shown


def _decode_external(part: list[object]) -> External:
    return External(
        media_type=cbor.as_text(part[3], limit=128),
        url=cbor.as_text(part[4], limit=256),
        size=cbor.as_int(part[6], high=1 << 32),
        key=cbor.as_bytes(part[8], size=32),
        content_hash=cbor.as_bytes(part[12], size=32),
        description=cbor.as_text(part[13], limit=512),
        filename=cbor.as_text(part[14], limit=255),
    )


def _decode_expiry(value: object) -> tuple[int | None, int | None]:
    if value is None:
        return None, None
    relative, time = cbor.as_list(value, 2)
    seconds = cbor.as_int(time, high=0xFFFFFFFF)
    return (seconds, None) if cbor.as_bool(relative) else (None, seconds)


def _optional_id(value: object) -> bytes | None:
    return None if value is None else cbor.as_bytes(value, size=ID_SIZE)


def _optional_text(extensions: Mapping[object, object], key: int, limit: int) -> str | None:
    value = extensions.get(key)
    return None if value is None else cbor.as_text(value, limit=limit)


E = TypeVar("E", bound=StrEnum)


def _enum(kind: type[E], value: object) -> E | None:
    # A value that a newer Haven added means nothing here; the message itself is still readable.
    try:
        return None if value is None else kind(cbor.as_text(value, limit=32))
    except ValueError:
        return None


def _check(content: Content) -> None:
    if len(content.salt) != SALT_SIZE:
        raise ContentError("malformed salt")
    if len(content.text) > MAX_TEXT:
        raise ContentError("text is too long")
    if content.note is not None and not 0 < len(content.note) <= MAX_NOTE:
        raise ContentError("note is out of bounds")
    if content.reaction is not None and content.reaction not in SUPPORT_WORDS:
        raise ContentError("not a word of support")
    if content.reaction is not None and content.in_reply_to is None:
        raise ContentError("a reaction answers a message")
    if len(content.attachments) > MAX_PARTS - 1:
        raise ContentError("too many attachments")
    shown = content.text or content.attachments or content.reaction or content.control
    if not shown and content.replaces is None:
        raise ContentError("nothing is in it")
