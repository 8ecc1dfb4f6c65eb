"""Removal by more than one person, judged from MLS state alone (docs/decisions/0031).

A warrant is a set of signatures by members, made with their MLS signature keys, over: this group,
the key of the person concerned, and the epoch in which they signed. Whoever agrees to a removal
sends hers in the log; the host who commits copies them into the terms (`extra["warrants"]`) of the
very Commit that removes. So every client, also one that reads the Commit years later and nothing
else, comes to the same verdict with no memory and no clock.

The rule holds where the terms say `extra["norms"] = 1`, as all circles founded by this version do;
once there, no Commit can take it out again. Enough is

* the host who commits and one more host or helper, or
* two thirds of the members (the person concerned not counted), or
* the host alone, where she is the only host and there is no helper.

Taking a role away from somebody who stays asks for the same, or for her own signature.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from havenclient.circles import strict_cbor as cbor
from havenclient.circles.terms import MAX_MEMBERS, Terms, TermsError
from havenclient.crypto import mls

NORMS = "norms"
WARRANTS = "warrants"
LABEL = b"HavenWarrant"
FRESH_EPOCHS = 50
"""How many epochs a signature counts: an agreement to remove is not for ever."""


@dataclass(frozen=True, slots=True)
class Signed:
    signer: bytes
    epoch: int
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Warrant:
    target: bytes
    signatures: tuple[Signed, ...]


def in_force(terms: Terms) -> bool:
    return terms.extra.get(NORMS) == 1


def roles(terms: Terms) -> set[bytes]:
    return {h.signature_key for h in terms.hosts} | {h.signature_key for h in terms.helpers}


def to_be_signed(group_id: bytes, target: bytes, epoch: int) -> bytes:
    return cbor.dumps([group_id, target, epoch])


def sign(group: mls.Group, target: bytes) -> bytes:
    """Our agreement that the person with this key be removed."""
    return group.signature_key.sign_with_label(
        LABEL, to_be_signed(group.group_id, target, group.epoch)
    )


def holds(group: mls.Group, target: bytes, one: Signed) -> bool:
    """Whether a signature is good and fresh in the present epoch."""
    if not 0 <= group.epoch - one.epoch <= FRESH_EPOCHS:
        return False
    signed = to_be_signed(group.group_id, target, one.epoch)
    try:
        group.suite.verify_with_label(one.signer, LABEL, signed, one.signature)
    except mls.errors.MLSError:
        return False
    return True


def enough(
    terms: Terms, members: Collection[bytes], target: bytes, agreed: Iterable[bytes], host: bytes
) -> bool:
    """Whether the members with the keys `agreed` may remove `target`, `host` committing."""
    others = set(members) - {target}
    said = (set(agreed) | {host}) & others
    in_charge = roles(terms) & others
    if host not in in_charge:
        return False
    if roles(terms) == {host} or len(said & in_charge) >= 2:
        return True
    return 3 * len(said) >= 2 * len(others)


def encode(warrants: Sequence[Warrant]) -> list[object]:
    return [[w.target, [[s.signer, s.epoch, s.signature] for s in w.signatures]] for w in warrants]


def of(terms: Terms) -> dict[bytes, Warrant]:
    """The warrants in a Commit's terms, by the key of the person concerned. Raises TermsError."""
    try:
        rows = cbor.as_list(terms.extra.get(WARRANTS, []))
        if len(rows) > MAX_MEMBERS:
            raise TermsError("too many warrants")
        found = {}
        for row in rows:
            target, signatures = cbor.as_list(row, 2)
            signed = cbor.as_list(signatures)
            if len(signed) > MAX_MEMBERS:
                raise TermsError("too many signatures")
            key = cbor.as_bytes(target, limit=128)
            found[key] = Warrant(key, tuple(_signed(s) for s in signed))
        return found
    except cbor.CborError as error:
        raise TermsError("malformed warrants") from error


def _signed(value: object) -> Signed:
    signer, epoch, signature = cbor.as_list(value, 3)
    return Signed(
        cbor.as_bytes(signer, limit=128), cbor.as_int(epoch), cbor.as_bytes(signature, limit=256)
    )


def judge(
    group: mls.Group,
    before: Terms,
    after: Terms,
    *,
    members: Collection[bytes],
    host: bytes,
    removed: Collection[bytes],
    leaving: Collection[bytes],
) -> None:
    """The part of `CirclePolicy` that is about these rules. `removed`: keys that the Commit takes
    out against or without their wish, returns left out. Raises mls.PolicyViolation, TermsError."""
    if not in_force(before):
        return
    if not in_force(after):
        raise mls.PolicyViolation("a circle keeps its norms")
    lost = roles(before) - roles(after) - {*leaving, host}
    concerned = set(removed) | (lost & set(members))
    if not concerned:
        return
    warrants = of(after)
    for target in concerned:
        warrant = warrants.get(target, Warrant(target, ()))
        good = {s.signer for s in warrant.signatures if holds(group, target, s)}
        by_herself = target in good and target not in removed
        if not by_herself and not enough(before, members, target, good & set(members), host):
            raise mls.PolicyViolation("a removal needs a second person, or two thirds")
