"""The way in and the way back: knock, admit, join, return (protocol.md §3).

    inviter                         mailbox                              joiner
    make_invitation  ── offer ──▶
                                              ◀── read_offer, knock ──
    read_knocks, then `closing.stage` with a Newcomer
                     ── welcome ─▶ (posted when the Commit took effect)
                                                        join ──▶ a Circle

A return is the same with the circle's own knock mailbox in place of an invite's: the old leaf key
signs the new KeyPackage, a host removes the old leaf and adds the new one in one Commit, and the
circle sees who is back.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace

from havenclient.circles import mailbox, safety
from havenclient.circles.chain import Chain
from havenclient.circles.circle import Circle, MailboxKeys, Standing
from havenclient.circles.closing import Newcomer
from havenclient.circles.founding import Entrance, key_package
from havenclient.circles.invite import Invite
from havenclient.circles.mailbox import Card, Knock, MailboxError, Offer, Return, Welcome
from havenclient.circles.outgoing import Append
from havenclient.circles.policy import CirclePolicy, Person, person_of
from havenclient.circles.receiving import mailbox_append
from havenclient.circles.returning import Proof
from havenclient.circles.speaking import Token
from havenclient.circles.terms import Agreement, Mailbox, TermsError
from havenclient.crypto import mls
from havenclient.crypto.sealing import SealingKey
from havenclient.errors import InputRejected, SafetyRefusal

LONGEST_LIFE = 366 * 86_400
"""Of an invite (seconds): a day beyond every calendar would be one more thing to stumble over."""


def invite_mailbox(invite: Invite) -> MailboxKeys:
    return MailboxKeys(invite.mailbox_id, invite.token, invite.key)


# --- inviter ------------------------------------------------------------------------------------


def card_of(circle: Circle, relay_note: str = "") -> Card:
    """The facts that somebody sees before she sends anything, all from agreed state."""
    terms = circle.terms
    people = circle.people
    return Card(
        name=terms.name,
        agreement=terms.agreement,
        hosts=tuple(p.name for p in people if terms.is_host(p.key)),
        helpers=tuple(p.name for p in people if terms.is_helper(p.key)),
        members=len(people),
        retention_days=terms.retention_days,
        founded=terms.founded,
        theme=terms.theme,
        language=terms.language,
        relay_note=relay_note,
    )


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the inviter keeps of an invite."""

    invite: Invite
    sealing: SealingKey
    nonce: bytes = field(repr=False)
    """From it our numbers for the safety words follow, another one for each knock."""
    offer: bytes = field(repr=False)
    """The offer's content: knocks are signed over it."""
    expires: int


def make_invitation(
    circle: Circle, relay: str, *, now: int, lifetime: int, token: Token
) -> tuple[Invitation, Append]:
    """A fresh invite by a host, and the offer to append once its mailbox log exists."""
    if circle.standing is not Standing.ACTIVE or not circle.is_host:
        raise SafetyRefusal("only a host of an active circle can invite")
    invite = Invite(relay, token(16))
    key = SealingKey.generate(token)
    expires = now + lifetime
    me = circle.me
    offer = Offer(card_of(circle), me.name, me.key, key.public, expires)
    content = mailbox.encode_offer(
        offer, invite.mailbox_id, mailbox.signer(circle.group.signature_key.private)
    )
    invitation = Invitation(invite, key, token(mailbox.NONCE), content, expires)
    return invitation, mailbox_append(invite_mailbox(invite), content, token)


def read_knock(invitation: Invitation, content: bytes) -> tuple[Knock, mls.KeyPackage, Person]:
    """A knock on our invite, fully checked. Raises MailboxError."""
    knock = mailbox.decode_knock(
        content,
        invitation.offer,
        invitation.invite.mailbox_id,
        invitation.sealing,
        lambda raw: _key_package(raw).leaf_node.signature_key,
    )
    package = _key_package(knock.key_package)
    try:
        person = person_of(-1, package.leaf_node)
    except TermsError as error:
        raise MailboxError("not a member's KeyPackage") from error
    if person.accepted != (knock.agreement_version, knock.agreement_digest):
        raise MailboxError("the agreement accepted is not the one in the leaf")
    return knock, package, person


def newcomer(invitation: Invitation, knock: Knock, package: mls.KeyPackage) -> Newcomer:
    return Newcomer(package, invite_mailbox(invitation.invite), knock.answer_key)


def knock_words(
    invitation: Invitation, knock_content: bytes, joiner_nonce: bytes
) -> safety.SafetyWords:
    """Safety words on the inviter's side, once the joiner opened her commitment."""
    knock = mailbox.digest(knock_content)
    return safety.words_for(joiner_nonce, host_number(invitation, knock_content), knock)


def host_number(invitation: Invitation, knock_content: bytes) -> bytes:
    """Our number for one knock. It follows from the knock, which holds the joiner's commitment: who
    knocks again to find words that match gets another number to match."""
    return hmac.digest(invitation.nonce, mailbox.digest(knock_content), "sha256")


# --- joiner -------------------------------------------------------------------------------------


def read_offer(invite: Invite, content: bytes, *, now: int) -> Offer:
    """The offer in an invite's mailbox. Raises InputRejected in plain words."""
    try:
        offer = mailbox.decode_offer(content, invite.mailbox_id)
    except MailboxError as error:
        raise InputRejected("this invite leads to something that is no circle") from error
    if now > offer.expires:
        raise InputRejected("this invite has run out", "ask for a new one")
    if offer.expires > now + LONGEST_LIFE:
        raise InputRejected("this invite leads to something that is no circle")
    return offer


def knock(
    invite: Invite, offer_content: bytes, offer: Offer, door: Entrance, words: str, token: Token
) -> tuple[bytes, Append]:
    """(content, entry): our KeyPackage and a few words, sealed to the inviter.

    The signature over the agreement is our acceptance; it is made with the key of our new leaf.
    """
    if len(words) > mailbox.MAX_WORDS:
        raise InputRejected(f"the words with a knock are at most {mailbox.MAX_WORDS} characters")
    agreement = offer.card.agreement
    made = Knock(
        key_package=door.bundle.key_package.raw,
        words=words,
        agreement_version=agreement.version,
        agreement_digest=agreement.digest,
        answer_key=door.answer_key,
        commitment=safety.commitment(door.nonce, mailbox.digest(offer_content)),
    )
    content = mailbox.encode_knock(
        made,
        offer_content,
        invite.mailbox_id,
        offer.sealing_key,
        mailbox.signer(door.bundle.signature_key.private),
    )
    return content, mailbox_append(invite_mailbox(invite), content, token)


def join(
    door: Entrance,
    welcome: Welcome,
    relay: str,
    *,
    now: int,
    token: Token,
    inviter_key: bytes | None,
    circle_id: bytes | None = None,
) -> Circle:
    """The circle that a Welcome leads to, judged by our own policy before we are in it.

    `inviter_key`: who made the offer; must be a host inside. `circle_id`: for a return, our own
    name of the circle. Raises InputRejected.
    """
    try:
        group = mls.Group.join(welcome.welcome, door.bundle, now=now, policy=CirclePolicy())
    except mls.errors.MLSError as error:
        raise InputRejected("the welcome does not lead into a circle that works") from error
    circle = Circle(
        id=circle_id or token(16),
        relay=relay,
        group=group,
        own_secret=door.own_secret,
        sealing=door.sealing,
        chain=Chain(welcome.seq, welcome.head),
        epoch_began=now,
    )
    if circle.terms.first_epoch and relay not in circle.terms.relays:
        # The answer came through a mailbox of the relay that the circle has left since.
        circle = replace(circle, relay=circle.terms.relays[0])
    if inviter_key is not None and not circle.terms.is_host(inviter_key):
        raise InputRejected("whoever invited you is no host of this circle")
    return circle


def counted_on(circle: Circle, before: Circle | None, top: int) -> Circle:
    """A circle that we came back to, in the numbers of this vault. `before`: what we had of it, if
    anything; `top`: the largest number given so far. Where it lies in another log now, that log's
    numbers begin after it."""
    same = before is not None and before.log_id == circle.log_id
    base = before.base if same and before is not None else 0 if circle.chain.seq > top else top
    chain = Chain(base + circle.chain.seq, circle.chain.head)
    return replace(circle, base=base, chain=chain)


# --- return -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """What of a circle a backup may hold: enough to ask to be let back in, no ratchet."""

    circle_id: bytes
    relay: str
    name: str
    pseudonym: str
    suite: int
    signature_key: mls.SignatureKey = field(repr=False)
    knock: Mailbox
    host_sealing_keys: tuple[bytes, ...] = field(repr=False)
    agreement: tuple[int, str]


def identity_of(circle: Circle) -> Identity:
    terms = circle.terms
    return Identity(
        circle.id,
        circle.relay,
        terms.name,
        circle.me.name,
        circle.group.suite.id,
        circle.group.signature_key,
        terms.knock,
        tuple(h.sealing_key for h in terms.hosts),
        (terms.agreement.version, terms.agreement.text),
    )


def ask_back(identity: Identity, door: Entrance, *, now: int, token: Token) -> tuple[bytes, Append]:
    """(content, entry) for the circle's knock mailbox: we are who we were, with a new leaf."""
    unsigned = Return(
        identity.signature_key.public, door.bundle.key_package.raw, door.answer_key, b"", now
    )
    sign = mailbox.signer(identity.signature_key.private)
    content = mailbox.encode_return(
        mailbox.sign_return(unsigned, identity.knock.log_id, sign),
        identity.knock.log_id,
        list(identity.host_sealing_keys),
    )
    return content, mailbox_append(MailboxKeys.of(identity.knock), content, token)


def read_return(circle: Circle, box: Mailbox, content: bytes) -> Newcomer:
    """Somebody who asks to be put back: judged, and made into what `closing.stage` adds.

    Raises MailboxError where it is not sealed to us, not signed by a present member's key, under
    another pseudonym, or by somebody who was removed.
    """
    back = mailbox.decode_return(content, box.log_id, circle.sealing)
    old = next((p for p in circle.people if p.key == back.old_key), None)
    if old is None:
        raise MailboxError("not a member any more")
    package = _key_package(back.key_package)
    try:
        person = person_of(-1, package.leaf_node)
    except TermsError as error:
        raise MailboxError("not a member's KeyPackage") from error
    if person.name != old.name:
        raise MailboxError("another pseudonym than before")
    proof = Proof.of(back, box.log_id)
    return Newcomer(package, MailboxKeys.of(box), back.answer_key, old.leaf, proof)


def returning_entrance(identity: Identity, *, now: int, token: Token) -> Entrance:
    """A new leaf under the old pseudonym, with a new signature key: the old one may be copied."""
    suite = mls.cipher_suite(identity.suite)
    signature_key = mls.SignatureKey.generate(suite, token)
    bundle = key_package(
        identity.pseudonym,
        Agreement(*identity.agreement),
        signature_key,
        now=now,
        token=token,
        suite=identity.suite,
    )
    return Entrance(bundle, token(32), SealingKey.generate(token), token(32), token(32))


def _key_package(raw: bytes) -> mls.KeyPackage:
    try:
        return mls.KeyPackage.decode(raw)
    except mls.errors.MLSError as error:
        raise MailboxError("malformed KeyPackage") from error
