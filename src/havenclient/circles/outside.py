"""Evidence as a file for somebody outside: an age file with a passphrase, and what it proves.

Inside is one JSON document that a person can read in any editor: an explanation in plain words, the
messages, and for each the bytes that its signature covers. `haven report check` verifies it on any
computer with Haven and without a vault; the explanation names what somebody without Haven needs.
"""

from __future__ import annotations

import base64
import json

import pyrage

from havenclient.circles import content as mimi
from havenclient.circles import evidence
from havenclient.circles.circle import Circle, person_urn
from havenclient.circles.content import Content
from havenclient.circles.evidence import Checked, Exhibit
from havenclient.crypto.mls.codec import decode_all
from havenclient.crypto.mls.framing import read_authenticated_content
from havenclient.errors import InputRejected, UsageError, WrongPassphrase

FORMAT = "haven evidence 1"
MIN_PASSPHRASE = 12
EXPLANATION = (
    "These messages were posted in a private circle. Each one carries the signature that its"
    " author's program made when it was sent (Messaging Layer Security, RFC 9420, section 6.1:"
    " FramedContentTBS). With `haven report check` anybody can verify them without the circle.",
    "What this proves: that whoever holds the signing key named here wrote exactly these words in"
    " this circle. Nobody else in the circle could have made these signatures, the person who"
    " gave you this file included.",
    "What this does not prove: who that person is outside the circle, when the words were written,"
    " or what others wrote before and after. The key belongs to a pseudonym; which one, no"
    " signature says: the name beside a message is what the maker of this file calls that key.",
    "Besides the messages the file holds the circle's agreed terms, because the signatures cover"
    " them. Give it only to people whom you trust with them.",
)


def encrypted(group_id: bytes, exhibits: tuple[Exhibit, ...], passphrase: str) -> bytes:
    """Raises UsageError for a passphrase that would protect nothing."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise UsageError(f"a passphrase of at least {MIN_PASSPHRASE} characters protects the file")
    messages = []
    for one in exhibits:
        content = evidence.check(one, group_id, None).content
        messages.append(
            {
                "pseudonym": one.name,
                "text": "" if content is None else content.shown_text(),
                "note": None if content is None else content.shown_note(),
                "suite": one.suite,
                "signature_key": one.key.hex(),
                "authenticated_content": base64.b64encode(one.authenticated).decode(),
                "group_context": base64.b64encode(one.context).decode(),
            }
        )
    document = {
        "format": FORMAT,
        "about": list(EXPLANATION),
        "group_id": group_id.hex(),
        "messages": messages,
    }
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    sealed: bytes = pyrage.passphrase.encrypt(text.encode(), passphrase)
    return sealed


def check(data: bytes, passphrase: str) -> list[Checked]:
    """What a file proves, message by message. Raises WrongPassphrase, InputRejected."""
    try:
        opened = pyrage.passphrase.decrypt(data, passphrase)
    except pyrage.DecryptError as error:
        raise WrongPassphrase("the passphrase does not open this file") from error
    try:
        document = json.loads(opened)
        if document["format"] != FORMAT:
            raise ValueError
        group_id = bytes.fromhex(document["group_id"])
        exhibits = [
            Exhibit(
                base64.b64decode(m["authenticated_content"], validate=True),
                base64.b64decode(m["group_context"], validate=True),
                int(m["suite"]),
                bytes.fromhex(m["signature_key"]),
                str(m["pseudonym"])[:64],
            )
            for m in document["messages"][: evidence.MAX_EXHIBITS]
        ]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputRejected("this file holds no evidence that Haven wrote") from error
    return [evidence.check(one, group_id, None) for one in exhibits]


def ident_of(circle: Circle, one: Exhibit, content: Content) -> bytes:
    """The message id of a proven exhibit, as the circle knows it."""
    body = decode_all(one.authenticated, read_authenticated_content).content.body
    assert isinstance(body, bytes)
    return mimi.message_id(person_urn(one.key), circle.urn, body, content.salt)


__all__ = ["EXPLANATION", "check", "encrypted", "ident_of"]
