"""Random groups of 2 to 32 members against a plain model: one log, everybody at their own pace.

The log is totally ordered, as a delivery service has to make it (RFC 9420 §14). Members lag behind,
miss application messages, restart from saved bytes, propose, commit, and lose races for the next
epoch. The model knows who is a member, and what each epoch looked like to the first who reached it.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field

import pytest

from havenclient.crypto import mls

from .conftest import SeededRng
from .world import found, new_bundle

STEPS = int(os.environ.get("HAVEN_MLS_MODEL_STEPS", "120"))
SEEDS = range(int(os.environ.get("HAVEN_MLS_MODEL_SEEDS", "4")))
LIMIT = 32

View = tuple[bytes, bytes, bytes, bytes]


@dataclass
class Entry:
    kind: str
    epoch: int
    sender: str
    data: bytes
    plaintext: bytes = b""


@dataclass
class Person:
    name: str
    group: mls.Group
    cursor: int
    staged: mls.StagedCommit | None = None
    read: set[int] = field(default_factory=set)


class World:
    def __init__(self, suite: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.rng = SeededRng(seed)
        self.suite = suite
        self.least = 3 + 8 * (seed % 4)
        self.log: list[Entry] = []
        self.views: dict[int, View] = {}
        self.people = {"p0": Person("p0", found(suite, self.rng), 0)}
        self.removed: list[Person] = []
        self.count = 1
        self.commits = self.messages = self.refused = 0
        self.look(self.people["p0"].group)

    # --- what must hold ---------------------------------------------------------------------------

    def look(self, group: mls.Group) -> None:
        """Everybody who reaches an epoch sees what the first one saw."""
        view = (
            group.tree_hash,
            group.epoch_authenticator,
            group.export("model", b"", 32),
            group.confirmed_transcript_hash,
        )
        assert self.views.setdefault(group.epoch, view) == view

    def check_removed(self, entry: Entry) -> None:
        for person in self.removed:
            with pytest.raises(mls.MLSError):
                person.group.process(entry.data, psks=PSKS)

    # --- the log ----------------------------------------------------------------------------------

    def head_epoch(self) -> int:
        return sum(entry.kind == "commit" for entry in self.log)

    def catch_up(self, person: Person, entries: int | None = None) -> None:
        stop = len(self.log) if entries is None else min(person.cursor + entries, len(self.log))
        while person.cursor < stop:
            entry = self.log[person.cursor]
            person.cursor += 1
            if entry.kind == "message" and self.random.random() < 0.2:
                continue  # lost: its key is skipped by the next one
            self.receive(person, entry)
            if not person.group.active:
                return

    def receive(self, person: Person, entry: Entry) -> None:
        if entry.kind == "commit" and person.staged is not None:
            staged, person.staged = person.staged, None
            if staged.message == entry.data:
                person.group = staged.group
                self.look(person.group)
                return
        if entry.sender == person.name:
            with pytest.raises(mls.OwnMessage):
                person.group.process(entry.data, psks=PSKS)
            return
        received = person.group.process(entry.data, psks=PSKS)
        person.group = received.group
        if isinstance(received, mls.ApplicationReceived):
            assert received.plaintext == entry.plaintext
            with pytest.raises(mls.Replayed):
                person.group.process(entry.data, psks=PSKS)
        elif isinstance(received, mls.CommitReceived):
            if received.removed_self:
                self.removed.append(person)
                del self.people[person.name]
            else:
                self.look(person.group)

    def append(self, kind: str, person: Person, data: bytes, plaintext: bytes = b"") -> None:
        """Only who is at the head may write: the delivery service refuses all others."""
        entry = Entry(kind, person.group.epoch, person.name, data, plaintext)
        self.log.append(entry)
        if kind == "message":
            self.check_removed(entry)

    # --- what people do ---------------------------------------------------------------------------

    def step(self) -> None:
        person = self.random.choice(list(self.people.values()))
        if self.random.random() < 0.2:
            person.group = mls.Group.load(person.group.save())
        action = self.random.choices(
            [self.say, self.propose, self.commit, self.lag, self.race], [4, 3, 3, 3, 2]
        )[0]
        if action != self.lag:
            self.catch_up(person)
            if not person.group.active:
                return
        action(person)

    def lag(self, person: Person) -> None:
        self.catch_up(person, self.random.randrange(4))

    def say(self, person: Person) -> None:
        plaintext = self.random.randbytes(self.random.randrange(100))
        person.group, message = person.group.encrypt(
            plaintext, padding=self.random.randrange(50), rng=self.rng
        )
        self.append("message", person, message.data, plaintext)
        self.messages += 1

    def propose(self, person: Person) -> None:
        group, others = person.group, [m.leaf_index for m in person.group.members()]
        kind = self.random.choice(["update", "remove", "leave", "psk"])
        wire = self.random.choice([mls.WireFormat.PRIVATE, mls.WireFormat.PUBLIC])
        if kind == "update":
            group, data = group.propose_update(wire_format=wire, rng=self.rng)
        elif kind == "psk":
            group, data = group.propose_psk(b"shared", wire_format=wire, rng=self.rng)
        elif kind == "leave" and len(others) > 3:
            try:
                group, data = group.propose_self_remove(rng=self.rng)
            except mls.StateError:
                return  # said already in this epoch
        elif kind == "remove" and len(others) > 3:
            group, data = group.propose_remove(self.random.choice(others), wire_format=wire)
        else:
            return
        person.group = group
        self.append("proposal", person, data)

    def make(self, person: Person) -> tuple[mls.StagedCommit, list[mls.KeyPackageBundle]]:
        room = LIMIT - len(person.group.members())
        bundles = []
        wanted = [4, 8] if len(self.people) < self.least else [0, 0, 1, 2]
        for _ in range(min(self.random.choice(wanted), room)):
            bundles.append(new_bundle(self.suite, f"p{self.count}", self.rng))
            self.count += 1
        only_adds = bundles and not person.group.pending_proposals
        staged = person.group.commit(
            by_value=[mls.Add(bundle.key_package) for bundle in bundles],
            path=False if only_adds and self.random.random() < 0.4 else None,
            wire_format=self.random.choice([mls.WireFormat.PRIVATE, mls.WireFormat.PUBLIC]),
            rng=self.rng,
            psks=PSKS,
        )
        person.group = staged.sender_group
        person.staged = mls.StagedCommit.load(staged.save())
        return staged, bundles

    def publish(
        self, person: Person, staged: mls.StagedCommit, bundles: list[mls.KeyPackageBundle]
    ) -> None:
        self.append("commit", person, staged.message)
        self.commits += 1
        for bundle in bundles:
            assert staged.welcome is not None
            joined = mls.Group.join(staged.welcome, bundle, psks=PSKS)
            identity = joined.own_leaf.credential
            assert isinstance(identity, mls.BasicCredential)
            name = identity.identity.decode()
            self.people[name] = Person(name, joined, len(self.log))
            self.look(joined)

    def commit(self, person: Person) -> None:
        self.publish(person, *self.make(person))
        self.catch_up(person)

    def race(self, person: Person) -> None:
        """Two commit at once; one wins, the other drops its own and follows."""
        others = [p for p in self.people.values() if p is not person]
        if not others:
            return
        loser = self.random.choice(others)
        self.catch_up(loser)
        if not loser.group.active or loser.group.epoch != person.group.epoch:
            return
        self.make(loser)
        self.commit(person)
        self.catch_up(loser)
        self.refused += 1

    def finish(self) -> None:
        for person in list(self.people.values()):
            self.catch_up(person)
        for person in self.people.values():
            assert person.group.epoch == self.head_epoch()
            self.look(person.group)
        for person in self.people.values():
            members = {m.leaf_index for m in person.group.members()}
            assert members == {p.group.own_leaf_index for p in self.people.values()}


PSKS = {b"shared": b"a key that all have"}


@pytest.mark.parametrize("suite", [1, 0xF002], ids=["classical", "hybrid"])
@pytest.mark.parametrize("seed", SEEDS)
def test_members_who_follow_agree(suite: int, seed: int) -> None:
    print(f"suite {suite:#06x} seed {seed}")
    world = World(suite, seed)
    for _ in range(STEPS):
        world.step()
    world.finish()
    assert world.commits > STEPS // 10
    assert world.messages > STEPS // 10
    if STEPS >= 120:
        assert world.removed
        assert world.refused
