"""A circle's state as bytes, and its row in the vault.

Every function here runs inside the caller's transaction: state, messages, cursor and outbox of one
step are saved together or not at all (protocol.md §2, crash-safe). The blob is our own format, read
only from our own encrypted database.
"""

from __future__ import annotations

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.chain import Chain, Trouble
from havenclient.circles.circle import (
    Admission,
    Circle,
    MailboxKeys,
    Staged,
    Standing,
    Waiting,
)
from havenclient.circles.founding import Entrance
from havenclient.circles.invite import Invite
from havenclient.circles.joining import Identity, Invitation
from havenclient.circles.terms import Mailbox
from havenclient.crypto import mls
from havenclient.crypto.sealing import SealingKey
from havenclient.errors import Damaged
from havenclient.vault import Database

FORMAT = 1
_MAX_ITEMS = 200_000


def dump_circle(circle: Circle) -> bytes:
    """The whole state, ratchet positions and staged Commit included."""
    staged = circle.staged
    return cbor.dumps(
        [
            FORMAT,
            circle.id,
            circle.relay,
            circle.group.save(),
            circle.own_secret,
            circle.sealing.private,
            [circle.chain.seq, circle.chain.head],
            circle.standing.value,
            None if circle.trouble is None else circle.trouble.value,
            sorted(circle.doubts),
            [[w.ref, w.sender, w.leaving, w.message] for w in circle.waiting],
            None
            if staged is None
            else [
                staged.commit.save(),
                staged.entry_digest,
                [[a.key, *_mailbox_fields(a.mailbox), a.answer_key] for a in staged.admissions],
            ],
            circle.epoch_began,
            circle.base,
        ]
    )


def load_circle(data: bytes) -> Circle:
    """The inverse. Raises Damaged for bytes that this version can't have written."""
    try:
        f = cbor.as_list(cbor.loads(data, max_items=_MAX_ITEMS))
        if len(f) == 13:  # written before circles could move
            f = [*f, 0]
        f = cbor.as_list(f, 14)
        cbor.as_int(f[0], low=FORMAT, high=FORMAT)
        seq, head = cbor.as_list(f[6], 2)
        return Circle(
            id=cbor.as_bytes(f[1]),
            relay=cbor.as_text(f[2], limit=255),
            group=mls.Group.load(cbor.as_bytes(f[3], limit=1 << 26)),
            own_secret=cbor.as_bytes(f[4]),
            sealing=SealingKey.from_private(cbor.as_bytes(f[5])),
            chain=Chain(cbor.as_int(seq), None if head is None else cbor.as_bytes(head)),
            standing=Standing(cbor.as_text(f[7], limit=32)),
            trouble=None if f[8] is None else Trouble(cbor.as_text(f[8], limit=32)),
            doubts=frozenset(cbor.as_bytes(k) for k in cbor.as_list(f[9])),
            waiting=tuple(_waiting(w) for w in cbor.as_list(f[10])),
            staged=None if f[11] is None else _staged(f[11]),
            epoch_began=cbor.as_int(f[12]),
            base=cbor.as_int(f[13]),
        )
    except (cbor.CborError, mls.errors.MLSError, ValueError) as error:
        raise Damaged("the state of a circle can't be read") from error


def _waiting(value: object) -> Waiting:
    ref, sender, leaving, message = cbor.as_list(value, 4)
    return Waiting(
        cbor.as_bytes(ref), cbor.as_int(sender), cbor.as_bool(leaving), cbor.as_bytes(message)
    )


def _staged(value: object) -> Staged:
    commit, digest, admissions = cbor.as_list(value, 3)
    return Staged(
        mls.StagedCommit.load(cbor.as_bytes(commit, limit=1 << 27)),
        cbor.as_bytes(digest),
        tuple(_admission(a) for a in cbor.as_list(admissions)),
    )


def _admission(value: object) -> Admission:
    key, log_id, token, envelope, answer = cbor.as_list(value, 5)
    box = MailboxKeys(cbor.as_bytes(log_id), cbor.as_bytes(token), cbor.as_bytes(envelope))
    return Admission(cbor.as_bytes(key), box, cbor.as_bytes(answer))


def _mailbox_fields(box: MailboxKeys) -> tuple[bytes, bytes, bytes]:
    return box.log_id, box.token, box.envelope


# --- invitations, doors, identities ---------------------------------------------------------------


def dump_invitation(one: Invitation) -> bytes:
    return cbor.dumps(
        [
            one.invite.relay,
            one.invite.secret,
            one.sealing.private,
            one.nonce,
            one.offer,
            one.expires,
        ]
    )


def load_invitation(data: bytes) -> Invitation:
    f = cbor.as_list(cbor.loads(data), 6)
    relay = None if f[0] is None else cbor.as_text(f[0], limit=255)
    return Invitation(
        Invite(relay, cbor.as_bytes(f[1])),
        SealingKey.from_private(cbor.as_bytes(f[2])),
        cbor.as_bytes(f[3]),
        cbor.as_bytes(f[4]),
        cbor.as_int(f[5]),
    )


def dump_entrance(one: Entrance) -> bytes:
    return cbor.dumps(
        [one.bundle.save(), one.own_secret, one.sealing.private, one.answer_key, one.nonce]
    )


def load_entrance(data: bytes) -> Entrance:
    f = cbor.as_list(cbor.loads(data), 5)
    return Entrance(
        mls.KeyPackageBundle.load(cbor.as_bytes(f[0])),
        cbor.as_bytes(f[1]),
        SealingKey.from_private(cbor.as_bytes(f[2])),
        cbor.as_bytes(f[3]),
        cbor.as_bytes(f[4]),
    )


def dump_identity(one: Identity) -> bytes:
    return cbor.dumps(
        [
            one.circle_id,
            one.relay,
            one.name,
            one.pseudonym,
            one.suite,
            one.signature_key.private,
            [one.knock.log_id, one.knock.token],
            list(one.host_sealing_keys),
            list(one.agreement),
        ]
    )


def load_identity(data: bytes) -> Identity:
    f = cbor.as_list(cbor.loads(data), 9)
    suite = cbor.as_int(f[4])
    log_id, token = cbor.as_list(f[6], 2)
    version, text = cbor.as_list(f[8], 2)
    return Identity(
        cbor.as_bytes(f[0]),
        cbor.as_text(f[1], limit=255),
        cbor.as_text(f[2], limit=64),
        cbor.as_text(f[3], limit=64),
        suite,
        mls.SignatureKey.from_private(suite, cbor.as_bytes(f[5])),
        Mailbox(cbor.as_bytes(log_id), cbor.as_bytes(token)),
        tuple(cbor.as_bytes(k) for k in cbor.as_list(f[7])),
        (cbor.as_int(version), cbor.as_text(text, limit=8192)),
    )


# --- heads ----------------------------------------------------------------------------------------


def head_at(db: Database, circle_no: int, seq: int) -> bytes | None:
    row = db.one("SELECT head FROM circle_head WHERE circle=? AND seq=?", (circle_no, seq))
    return None if row is None else bytes(row[0])
