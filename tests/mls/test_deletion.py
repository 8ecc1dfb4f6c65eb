"""What has been used is gone (RFC 9420 §9.2), whatever happens: a property over random sessions.

A watch sits between the library and its primitives and notes, for the member who is at work, every
secret that something was derived from and every key that sealed or opened something. After each
step none of them may stand anywhere in that member's saved state, and no key may ever seal twice,
however often states are saved and loaded, Commits dropped and messages reordered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from havenclient.crypto import mls
from havenclient.crypto.mls.hpke import HpkePrivateKey
from havenclient.crypto.mls.suites import CipherSuite

from .conftest import SeededRng
from .world import found, new_bundle

KEPT = {b"key", b"nonce"}
"""Labels that are also used with sender_data_secret, which an epoch keeps; told apart by context:
a ratchet's has four bytes, a Welcome's none, the sender data's a whole sample."""
EXPORTER = b"a label of the application"


@dataclass
class Watch:
    """Notes what the one who is at work consumes."""

    used: set[bytes] = field(default_factory=set)
    sealed: set[bytes] = field(default_factory=set)

    @contextmanager
    def on(self) -> Iterator[None]:
        expand, extract = CipherSuite.expand_with_label, CipherSuite.extract
        seal, opened = CipherSuite.seal, CipherSuite.open

        def watched_expand(
            suite: CipherSuite, secret: bytes, label: bytes, context: bytes, length: int
        ) -> bytes:
            if label != EXPORTER and not (label in KEPT and len(context) > 4):
                self.used.add(secret)
            return expand(suite, secret, label, context, length)

        def watched_extract(suite: CipherSuite, salt: bytes, ikm: bytes) -> bytes:
            if salt != suite.zero:  # a PSK enters under zeros, and is the application's to keep
                self.used |= {salt, ikm} - {suite.zero}
            return extract(suite, salt, ikm)

        def watched_seal(suite: CipherSuite, key: bytes, *rest: bytes) -> bytes:
            assert key not in self.sealed, "a key has sealed twice"
            self.sealed.add(key)
            self.used.add(key)
            return seal(suite, key, *rest)

        def watched_open(suite: CipherSuite, key: bytes, *rest: bytes) -> bytes:
            plaintext = opened(suite, key, *rest)
            self.used.add(key)
            return plaintext

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(CipherSuite, "expand_with_label", watched_expand)
            patch.setattr(CipherSuite, "extract", watched_extract)
            patch.setattr(CipherSuite, "seal", watched_seal)
            patch.setattr(CipherSuite, "open", watched_open)
            yield


@dataclass
class Person:
    group: mls.Group
    consumed: set[bytes]
    held: dict[bytes, HpkePrivateKey] = field(default_factory=dict)

    def take(self, group: mls.Group, watch: Watch) -> None:
        """Go on with `group`, loaded anew, after a look for what should not be there."""
        saved = group.save()
        self.consumed |= watch.used
        for secret in self.consumed:
            assert secret not in saved, "a used secret is in the saved state"
        self.held |= {key.raw: key for key in self.group.private_keys.values()}
        kept = {key.raw for key in group.private_keys.values()}
        for raw in self.held.keys() - kept:
            assert raw not in saved, "an outdated private key is in the saved state"
        self.group = mls.Group.load(saved)


Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["say", "read", "read", "update", "commit", "drop", "add", "remove"]),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    min_size=5,
    max_size=25,
)


class Session:
    def __init__(self, suite: int, past: int) -> None:
        self.suite, self.past, self.rng, self.watch = suite, past, SeededRng(past), Watch()
        self.made = 0
        self.people: list[Person] = []
        self.letters: list[bytes] = []
        self.work(lambda: self.people.append(Person(found(suite, self.rng, past), set())))
        self.people[0].consumed |= self.watch.used
        self.add(self.people[0], 0)
        self.add(self.people[1], 0)

    def work(self, deed: Callable[[], Any]) -> Any:
        self.watch.used = set()
        with self.watch.on():
            return deed()

    def step(self, step: Step) -> None:
        name, who, number = step
        getattr(self, name)(self.people[who % len(self.people)], number)

    def say(self, person: Person, number: int) -> None:
        for _ in range(2 + number % 2):
            group, message = self.work(lambda: person.group.encrypt(b"words", padding=number))
            person.take(group, self.watch)
            self.letters.append(message.data)
        self.work(lambda: person.group.export(EXPORTER, b"", 32))

    def read(self, person: Person, number: int) -> None:
        """The newest letters, last first; one's own and those of ended epochs are refused."""
        for data in self.letters[: -2 - number : -1]:
            try:
                received = self.work(partial(person.group.process, data))
            except mls.MLSError:
                continue
            person.take(received.group, self.watch)
            with pytest.raises(mls.Replayed):
                person.group.process(data)

    def update(self, person: Person, number: int) -> None:
        wire = [mls.WireFormat.PUBLIC, mls.WireFormat.PRIVATE][number % 2]
        group, data = self.work(lambda: person.group.propose_update(wire_format=wire, rng=self.rng))
        person.take(group, self.watch)
        self.tell(person, data)

    def commit(self, person: Person, number: int, **kinds: Any) -> mls.StagedCommit:
        wire = [mls.WireFormat.PUBLIC, mls.WireFormat.PRIVATE][number % 2]
        staged: mls.StagedCommit = self.work(
            lambda: person.group.commit(wire_format=wire, rng=self.rng, **kinds)
        )
        person.take(mls.StagedCommit.load(staged.save()).group, self.watch)
        self.tell(person, staged.message)
        return staged

    def drop(self, person: Person, number: int) -> None:
        """A Commit that nobody sees: the epoch goes on, and with it what the next Commit needs."""
        staged = self.work(lambda: person.group.commit(rng=self.rng))
        self.watch.used.discard(person.group.secrets.init_secret)
        person.take(mls.StagedCommit.load(staged.save()).sender_group, self.watch)

    def add(self, person: Person, number: int) -> None:
        self.made += 1
        bundle = new_bundle(self.suite, f"n{self.made}", self.rng)
        staged = self.commit(person, number, by_value=[mls.Add(bundle.key_package)])
        welcome = staged.welcome
        assert welcome is not None
        joined = self.work(lambda: mls.Group.join(welcome, bundle, max_past_epochs=self.past))
        newcomer = Person(joined, set())
        newcomer.take(joined, self.watch)
        assert bundle.init_key.raw not in joined.save()
        self.people.append(newcomer)

    def remove(self, person: Person, number: int) -> None:
        gone = self.people[number % len(self.people)]
        if len(self.people) > 2 and gone is not person:
            self.commit(person, number, by_value=[mls.Remove(gone.group.own_leaf_index)])
            self.people.remove(gone)
            assert not gone.group.active

    def tell(self, sender: Person, data: bytes) -> None:
        for person in self.people:
            if person is not sender:
                received = self.work(partial(person.group.process, data))
                person.take(received.group, self.watch)


@pytest.mark.parametrize(("suite", "past"), [(1, 0), (1, 2), (0xF002, 0)])
def test_what_was_used_is_gone(suite: int, past: int) -> None:
    @settings(max_examples=12, deadline=None, database=None)
    @given(STEPS)
    def holds(steps: list[Step]) -> None:
        session = Session(suite, past)
        for step in steps:
            session.step(step)

    holds()
