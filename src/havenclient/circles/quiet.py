"""Quiet words to one member: sealed to her leaf, in a control message like any other.

    ["sealed", KEM output, ciphertext]      sealed to the HPKE key of her leaf in this epoch

The plaintext has one length always, so a nudge, a report's status and anything later look alike to
the other members, who can't open it and keep nothing of it. Sealing to the leaf's key under a label
of our own is what RFC 9420's labelled HPKE is for (§5.1.3): another label, another key schedule.
MLS signs the message around it, so the one who reads knows who wrote; nobody learns to whom.
"""

from __future__ import annotations

from havenclient.circles import content as mimi
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.circle import Circle
from havenclient.circles.content import Content
from havenclient.circles.speaking import Token
from havenclient.crypto import mls
from havenclient.errors import NotFound

LABEL = b"HavenQuiet"
SIZE = 1_280
"""Bytes of every sealed plaintext: a sentence of 1,000 characters of Latin text fits."""


def seal(circle: Circle, key: bytes, fields: list[object], token: Token) -> Content:
    """`fields` for the member with the signature key `key` only."""
    leaf = next((m.leaf_node for m in circle.group.members() if m.signature_key == key), None)
    if leaf is None:
        raise NotFound("that person is not in the circle any more")
    body = cbor.dumps(fields)
    if len(body) > SIZE - 4:
        raise ValueError("too long for a quiet word")
    padded = (len(body).to_bytes(4, "big") + body).ljust(SIZE, b"\0")
    kem_output, ciphertext = circle.group.suite.encrypt_with_label(
        leaf.encryption_key, LABEL, circle.group.group_id, padded
    )
    control = cbor.dumps(["sealed", kem_output, ciphertext])
    return Content(token(mimi.SALT_SIZE), control=control)


def is_sealed(control: bytes) -> bool:
    try:
        fields = cbor.as_list(cbor.loads(control))
        return bool(fields) and fields[0] == "sealed"
    except cbor.CborError:
        return False


def unseal(circle: Circle, control: bytes) -> list[object] | None:
    """What was sealed to us in the present epoch of `circle`; None for anything else."""
    group = circle.group
    try:
        _, kem_output, ciphertext = cbor.as_list(cbor.loads(control), 3)
        padded = group.suite.decrypt_with_label(
            group.private_keys[2 * group.own_leaf_index],
            LABEL,
            group.group_id,
            cbor.as_bytes(kem_output),
            cbor.as_bytes(ciphertext),
        )
        size = int.from_bytes(padded[:4], "big")
        return cbor.as_list(cbor.loads(padded[4 : 4 + size]))
    except (cbor.CborError, mls.errors.MLSError, KeyError):
        return None
