"""Who comes back under her old name has asked for it: judged from the Commit alone.

A return is Remove of a leaf and Add of another under the same pseudonym, in one Commit. Without
more, a host with a modified client could put a leaf of her own making in somebody's place. So the
Commit carries what the person signed with her *old* leaf key when she asked to come back: that she
wants this KeyPackage (`mailbox.return_tbs`). The host copies it into the terms of that Commit
(`extra["returns"]`, gone with the next), and every client's policy asks for it
(docs/decisions/0031). It can't be used twice: the key that made it leaves with that very Commit.

    returns = [+ [old key, mailbox's log id, SHA-256(answer key), made, signature]]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from havenclient.circles import mailbox
from havenclient.circles import strict_cbor as cbor
from havenclient.circles.mailbox import MailboxError, Return
from havenclient.circles.terms import MAX_MEMBERS, Terms, TermsError
from havenclient.crypto import mls

RETURNS = "returns"


@dataclass(frozen=True, slots=True)
class Proof:
    """What the one who comes back has signed, without what only the host needs to know."""

    old_key: bytes
    log_id: bytes
    answer_digest: bytes
    made: int
    signature: bytes = field(repr=False)

    @staticmethod
    def of(back: Return, log_id: bytes) -> Proof:
        return Proof(
            back.old_key, log_id, mailbox.digest(back.answer_key), back.made, back.signature
        )

    def is_for(self, key_package: bytes) -> bool:
        signed = mailbox.return_tbs(
            self.log_id, self.old_key, key_package, self.answer_digest, self.made
        )
        try:
            mailbox.verify(self.old_key, signed, self.signature)
        except MailboxError:
            return False
        return True


def encode(proofs: Sequence[Proof]) -> list[object]:
    return [[p.old_key, p.log_id, p.answer_digest, p.made, p.signature] for p in proofs]


def read(terms: Terms) -> dict[bytes, Proof]:
    """The proofs in a Commit's terms, by old key. Raises TermsError."""
    try:
        rows = cbor.as_list(terms.extra.get(RETURNS, []))
        if len(rows) > MAX_MEMBERS:
            raise TermsError("too many returns")
        found = [_proof(row) for row in rows]
    except cbor.CborError as error:
        raise TermsError("malformed returns") from error
    return {proof.old_key: proof for proof in found}


def _proof(value: object) -> Proof:
    old_key, log_id, answer, made, signature = cbor.as_list(value, 5)
    return Proof(
        cbor.as_bytes(old_key, size=32),
        cbor.as_bytes(log_id, size=16),
        cbor.as_bytes(answer, size=32),
        cbor.as_int(made),
        cbor.as_bytes(signature, size=64),
    )


def judge(after: Terms, replaced: Mapping[bytes, bytes]) -> None:
    """The part of `CirclePolicy` about returns. `replaced`: by the key of who goes, the KeyPackage
    that comes in her name. Raises mls.PolicyViolation, TermsError."""
    if not replaced:
        return
    proofs = read(after)
    for old_key, key_package in replaced.items():
        proof = proofs.get(old_key)
        if proof is None or not proof.is_for(key_package):
            raise mls.PolicyViolation("who comes back has signed it with her old key")


__all__ = ["RETURNS", "Proof", "encode", "judge", "read"]
