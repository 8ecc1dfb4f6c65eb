"""Founding a circle, and making the KeyPackage with which somebody enters one.

Every client of every circle lists the same capabilities and day-rounded lifetimes, so that nothing
in a leaf tells one person's computers or circles from another's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from havenclient.circles import keys
from havenclient.circles import terms as agreed
from havenclient.circles.chain import Chain
from havenclient.circles.circle import DAY, SUITE, Circle
from havenclient.circles.closing import create_mailbox
from havenclient.circles.outgoing import CreateLog, Outgoing
from havenclient.circles.speaking import Token
from havenclient.circles.terms import ACCEPTED, TERMS, Agreement, Host, Mailbox, Terms
from havenclient.circles.warrants import NORMS
from havenclient.crypto import mls
from havenclient.crypto.mls.types import ProposalType, RequiredCapabilities
from havenclient.crypto.sealing import SealingKey

SUITES = (0xF002, 0xF001, 1, 3, 2, 5, 7)
KEY_PACKAGE_DAYS = 84
"""How long a knock may wait to be answered; leaves made by Commits have no lifetime."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """What a founder decides."""

    name: str
    pseudonym: str
    agreement: str
    relay: str
    retention_days: int = 30
    closing_days: int = 400
    theme: str = ""
    language: str = ""
    suite: int = SUITE


def found(foundation: Foundation, *, now: int, token: Token) -> tuple[Circle, tuple[Outgoing, ...]]:
    """A circle of one: we are its host. Three logs are to be created: the circle's, two mailboxes.

    Raises TermsError where a name can't be kept as it is written.
    """
    agreed.check_texts(foundation.agreement, foundation.theme)
    suite = mls.cipher_suite(foundation.suite)
    signature_key = mls.SignatureKey.generate(suite, token)
    own_secret = token(32)
    sealing = SealingKey.generate(token)
    committer_hash = hashlib.sha256(keys.committer_token(own_secret)).digest()
    terms = Terms(
        name=agreed.name_of(foundation.name),
        agreement=Agreement(1, foundation.agreement),
        hosts=(Host(signature_key.public, sealing.public, committer_hash),),
        helpers=(),
        log_id=token(keys.LOG_ID),
        relays=(foundation.relay,),
        retention_days=foundation.retention_days,
        closing_days=foundation.closing_days,
        knock=Mailbox(token(keys.LOG_ID), token(keys.TOKEN)),
        report=Mailbox(token(keys.LOG_ID), token(keys.TOKEN)),
        founded=now // DAY,
        theme=foundation.theme,
        language=foundation.language,
        extra={NORMS: 1},
    )
    agreed.decode(agreed.encode(terms))  # what nobody else could read is refused here
    group = mls.Group.create(
        suite,
        token(32),
        mls.BasicCredential(agreed.name_of(foundation.pseudonym).encode()),
        signature_key,
        lifetime=lifetime(now),
        extensions=(required(), mls.Extension(TERMS, agreed.encode(terms))),
        capabilities=capabilities(),
        leaf_extensions=(accepted(terms.agreement),),
        rng=token,
    )
    circle = Circle(
        id=token(16),
        relay=foundation.relay,
        group=group,
        own_secret=own_secret,
        sealing=sealing,
        chain=Chain(),
        epoch_began=now,
    )
    create = CreateLog(
        terms.log_id,
        circle.keys.access_hash,
        terms.committer_hashes,
        terms.retention_days,
        terms.closing_days,
    )
    knock, report = create_mailbox(terms, terms.knock), create_mailbox(terms, terms.report)
    return circle, (create, knock, report)


@dataclass(frozen=True, slots=True)
class Entrance:
    """What somebody who wants in keeps until the Welcome comes."""

    bundle: mls.KeyPackageBundle = field(repr=False)
    own_secret: bytes = field(repr=False)
    sealing: SealingKey
    answer_key: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    """Our number for the safety words."""


def entrance(
    pseudonym: str, agreement: Agreement, *, now: int, token: Token, suite: int = SUITE
) -> Entrance:
    """A fresh identity for one circle: nothing in it was or will be used elsewhere."""
    chosen = mls.cipher_suite(suite)
    signature_key = mls.SignatureKey.generate(chosen, token)
    bundle = key_package(pseudonym, agreement, signature_key, now=now, token=token, suite=suite)
    return Entrance(bundle, token(32), SealingKey.generate(token), token(32), token(32))


def key_package(
    pseudonym: str,
    agreement: Agreement,
    signature_key: mls.SignatureKey,
    *,
    now: int,
    token: Token,
    suite: int = SUITE,
) -> mls.KeyPackageBundle:
    return mls.KeyPackageBundle.create(
        mls.cipher_suite(suite),
        mls.BasicCredential(agreed.name_of(pseudonym).encode()),
        signature_key,
        lifetime=lifetime(now),
        capabilities=capabilities(),
        leaf_extensions=(accepted(agreement),),
        rng=token,
    )


def accepted(agreement: Agreement) -> mls.Extension:
    return mls.Extension(ACCEPTED, agreed.encode_accepted(agreement))


def required() -> mls.Extension:
    """RequiredCapabilities (RFC 9420 §11.1): terms, acceptance, SelfRemove."""
    demanded = RequiredCapabilities((TERMS, ACCEPTED), (ProposalType.SELF_REMOVE,), (1,))
    return demanded.extension()


def capabilities() -> mls.Capabilities:
    """The same fixed list for everybody."""
    return mls.Capabilities(
        cipher_suites=SUITES,
        extensions=(TERMS, ACCEPTED),
        proposals=(ProposalType.SELF_REMOVE,),
        credentials=(1,),
    )


def lifetime(now: int) -> mls.Lifetime:
    """Rounded to days, and begun yesterday, so that clocks may differ."""
    today = now // DAY * DAY
    return mls.Lifetime(today - DAY, today + KEY_PACKAGE_DAYS * DAY)


__all__ = [
    "CreateLog",
    "Entrance",
    "Foundation",
    "accepted",
    "capabilities",
    "entrance",
    "found",
    "key_package",
    "lifetime",
    "required",
]
