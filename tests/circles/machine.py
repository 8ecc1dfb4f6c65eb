"""Values of the circle machine for tests without any I/O: terms, leaves, a group that only says
who is in it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from havenclient.circles import terms as agreed
from havenclient.circles.founding import key_package
from havenclient.circles.terms import TERMS, Agreement, Helper, Host, Mailbox, Terms
from havenclient.crypto import mls

NOW = 1_800_000_000
SUITE = 1
AGREEMENT = Agreement(1, "We are kind.")
SEALING = bytes(1216)


@dataclass(frozen=True)
class Somebody:
    name: str
    key: mls.SignatureKey = field(
        default_factory=lambda: mls.SignatureKey.generate(mls.cipher_suite(SUITE), os.urandom)
    )

    def package(
        self, agreement: Agreement = AGREEMENT, *, name: str | None = None
    ) -> mls.KeyPackage:
        made = key_package(
            name or self.name, agreement, self.key, now=NOW, token=os.urandom, suite=SUITE
        )
        return made.key_package

    def leaf(self, **more: str) -> mls.LeafNode:
        return self.package(**more).leaf_node  # type: ignore[arg-type]

    @property
    def host(self) -> Host:
        return Host(self.key.public, SEALING, bytes(32))

    @property
    def helper(self) -> Helper:
        return Helper(self.key.public, SEALING)


def terms_with(hosts: list[Somebody], helpers: list[Somebody] | None = None) -> Terms:
    return Terms(
        name="Night Walkers",
        agreement=AGREEMENT,
        hosts=tuple(p.host for p in hosts),
        helpers=tuple(p.helper for p in helpers or []),
        log_id=b"l" * 16,
        relays=("https://relay.example.org",),
        retention_days=30,
        closing_days=400,
        knock=Mailbox(b"k" * 16, b"k" * 32),
        report=Mailbox(b"r" * 16, b"r" * 32),
        founded=20_000,
    )


def extensions(terms: Terms) -> tuple[mls.Extension, ...]:
    return (mls.Extension(TERMS, agreed.encode(terms)),)


class Gathered:
    """What the policy asks a group for: its extensions and its members."""

    def __init__(self, terms: Terms, people: list[Somebody], own: int = 0) -> None:
        self.extensions = extensions(terms)
        self.own_leaf_index = own
        self.epoch = 1
        self.group_id = bytes(32)
        self._members = [mls.Member.of(n, p.leaf()) for n, p in enumerate(people)]

    def members(self) -> list[mls.Member]:
        return self._members
