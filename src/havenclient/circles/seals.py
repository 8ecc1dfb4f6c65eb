"""To whom reports and knocks are sealed is said by those who read them, and checked by everybody.

The terms name a sealing key for each host and helper, and a host's Commit sets them. Without more,
a host with a changed client could write down a key of her own beside a helper's name, and read what
goes round her: the reports about herself. So a Commit that gives somebody a role, or changes a key
of hers, carries her signature over those keys (`extra["seals"]`, gone with the next Commit), and
every client's policy asks for it. A Commit's own author signs it anyway.

    seals = [+ [signature key, committer hash, signature]]

In force where the circle has norms, like warrants (warrants.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.terms import MAX_HELPERS, MAX_HOSTS, Terms, TermsError
from havenclient.crypto import mls

SEALS = "seals"
LABEL = b"HavenRole"


@dataclass(frozen=True, slots=True)
class Seal:
    """What somebody says who takes a role."""

    signer: bytes
    committer_hash: bytes
    signature: bytes = field(repr=False)


def sign(group: mls.Group, sealing_key: bytes, committer_hash: bytes) -> bytes:
    """Our word that reports to us are sealed to this key."""
    said = _to_be_signed(group.group_id, sealing_key, committer_hash)
    return group.signature_key.sign_with_label(LABEL, said)


def encode(seals: Sequence[Seal]) -> list[object]:
    return [[s.signer, s.committer_hash, s.signature] for s in seals]


def judge(group: mls.Group, before: Terms, after: Terms, committer: bytes) -> None:
    """The part of `CirclePolicy` about these keys. Raises mls.PolicyViolation, TermsError."""
    sealed = _sealing_keys(before)
    committers = {h.signature_key: h.committer_hash for h in before.hosts}
    said = _read(after)
    for who, sealing_key in _sealing_keys(after).items():
        host = after.host(who)
        as_before = sealed.get(who) == sealing_key and (
            host is None or committers.get(who) == host.committer_hash
        )
        if as_before or who == committer:
            continue
        seal = said.get(who)
        if seal is None or (host is not None and seal.committer_hash != host.committer_hash):
            raise mls.PolicyViolation("who takes a role has signed her keys")
        signed = _to_be_signed(group.group_id, sealing_key, seal.committer_hash)
        try:
            group.suite.verify_with_label(who, LABEL, signed, seal.signature)
        except mls.errors.MLSError as error:
            raise mls.PolicyViolation("who takes a role has signed her keys") from error


def _sealing_keys(terms: Terms) -> dict[bytes, bytes]:
    keys = {h.signature_key: h.sealing_key for h in terms.hosts}
    return keys | {h.signature_key: h.sealing_key for h in terms.helpers}


def _to_be_signed(group_id: bytes, sealing_key: bytes, committer_hash: bytes) -> bytes:
    return cbor.dumps([group_id, sealing_key, committer_hash])


def _read(terms: Terms) -> Mapping[bytes, Seal]:
    try:
        rows = cbor.as_list(terms.extra.get(SEALS, []))
        if len(rows) > MAX_HOSTS + MAX_HELPERS:
            raise TermsError("too many seals")
        found = [_seal(row) for row in rows]
    except cbor.CborError as error:
        raise TermsError("malformed seals") from error
    return {one.signer: one for one in found}


def _seal(value: object) -> Seal:
    signer, committer, signature = cbor.as_list(value, 3)
    return Seal(
        cbor.as_bytes(signer, limit=128),
        cbor.as_bytes(committer, size=32),
        cbor.as_bytes(signature, limit=256),
    )


__all__ = ["SEALS", "Seal", "encode", "judge", "sign"]
