"""A model of how Haven uses MLS: one ordered log, members who read it late, in parts, and again.

Everything that is sent is appended to the log; every member has a cursor of its own. Members lag,
skip application messages, see some twice, are saved and loaded between any two steps, race each
other for the next Commit, propose things that contradict each other, leave by themselves or are
removed. Whoever enters an epoch must see exactly what everybody else saw in it; nobody who left may
open anything later.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from havenclient.crypto import mls

from .members import SUPPORTED_EXTENSIONS, Exporter, View, Wish
from .python_member import PythonMember

EXPORTER = Exporter("log session", b"context", 32)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; `text` is None for a handshake."""

    data: bytes
    sender: LogMember
    text: bytes | None


@dataclass(eq=False)
class LogMember(PythonMember):
    """A member with its place in the log, and the state of a copy that refuses to leave."""

    cursor: int = 0
    stubborn: mls.Group | None = None

    @property
    def leaving(self) -> bool:
        """Whether it has said so in this epoch: that is allowed once."""
        mine = (item for item in self.group.pending_proposals if item.sender == self.leaf)
        return any(isinstance(item.proposal, mls.SelfRemove) for item in mine)

    def __hash__(self) -> int:
        return id(self)


@dataclass
class LogSession:
    rng: random.Random
    suite: int
    most: int = 32
    log: list[Entry] = field(default_factory=list)
    members: list[LogMember] = field(default_factory=list)
    ghosts: list[LogMember] = field(default_factory=list)
    epochs: dict[int, View] = field(default_factory=dict)
    psks: dict[bytes, bytes] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    made: int = 0
    largest: int = 0

    # --- people ---------------------------------------------------------------------------------

    def newcomer(self) -> LogMember:
        self.made += 1
        # One dict for all: a PSK is known to everybody from the moment it exists.
        return LogMember(self.suite, f"m{self.made}", psks=self.psks)

    def start(self, size: int) -> None:
        creator = self.newcomer()
        creator.create(self.rng.randbytes(16))
        self.members = [creator]
        self.see(creator)
        for _ in range(size - 1):
            self.commit(creator, add=1)
            creator.cursor = len(self.log)

    def see(self, member: LogMember) -> None:
        """Compare a member's epoch with what the first one in it saw."""
        view = member.view(EXPORTER)
        first = self.epochs.setdefault(view.epoch, view)
        assert view == first, f"{member.name} sees another epoch {view.epoch}"

    # --- reading the log ----------------------------------------------------------------------

    def read(self, member: LogMember, count: int | None = None) -> bool:
        """Move a member on by some entries, or to the end; False once it is out of the group."""
        end = len(self.log) if count is None else min(len(self.log), member.cursor + count)
        while member.cursor < end:
            entry = self.log[member.cursor]
            member.cursor += 1
            if entry.sender is not member and not self.take(member, entry):
                return False
        return True

    def take(self, member: LogMember, entry: Entry) -> bool:
        if entry.text is not None:
            if self.rng.random() < 0.1:
                return True  # dropped on the way
            assert member.process(entry.data) == entry.text
            if self.rng.random() < 0.1:
                self.refuse(member, entry.data, mls.Replayed)
            return True
        before = member.group
        received = before.process(entry.data, psks=member.psks)
        member.group = received.group
        if isinstance(received, mls.CommitReceived):
            if received.removed_self:
                assert not member.group.active
                member.stubborn = before
                self.members.remove(member)
                self.ghosts.append(member)
                return False
            self.see(member)
            self.refuse(member, entry.data, mls.WrongEpoch)
        return True

    def refuse(self, member: LogMember, data: bytes, error: type[Exception]) -> None:
        before = member.group.save()
        try:
            member.group.process(data, psks=member.psks)
        except error:
            assert member.group.save() == before
        else:
            raise AssertionError(f"{member.name} took a message twice")

    # --- steps ---------------------------------------------------------------------------------

    def step(self) -> str:
        steps: dict[Callable[[], None], int] = {
            self.lag: 3,
            self.speak: 4,
            self.propose: 5,
            self.commit_something: 4,
            self.race: 1,
            self.reload: 2,
        }
        chosen = self.rng.choices(list(steps), list(steps.values()))[0]
        self.counts[chosen.__name__] = self.counts.get(chosen.__name__, 0) + 1
        chosen()
        self.haunt()
        self.largest = max(self.largest, len(self.members))
        return chosen.__name__

    def finish(self) -> None:
        """Everybody reads to the end; those who are left agree."""
        for member in list(self.members):
            self.read(member)
        assert len({member.group.epoch for member in self.members}) <= 1

    def anyone(self) -> LogMember:
        """A member who has read everything."""
        while True:
            member = self.rng.choice(self.members)
            if self.read(member):
                return member

    def lag(self) -> None:
        self.read(self.rng.choice(self.members), self.rng.randrange(8))

    def reload(self) -> None:
        self.rng.choice(self.members).reload()

    def speak(self) -> None:
        sender = self.anyone()
        for _ in range(self.rng.choice([1, 1, 2, 5])):
            text = self.rng.randbytes(self.rng.choice([0, 10, 500]))
            padding = self.rng.choice([0, 0, 64])
            sender.group, sent = sender.group.encrypt(
                text, authenticated_data=self.rng.randbytes(3), padding=padding
            )
            self.log.append(Entry(sent.data, sender, text))

    def propose(self) -> None:
        """Anything, also what contradicts other proposals: the committer has to sort that out."""
        sender = self.anyone()
        wish = self.wish(sender)
        message = sender.propose(wish, public=self.rng.random() < 0.5)
        self.log.append(Entry(message, sender, None))

    def wish(self, sender: LogMember) -> Wish:
        leaves = [member.leaf_index for member in sender.group.members()]
        kind = self.rng.choice(["update", "update", "add", "remove", "psk", "extensions", "self"])
        match kind:
            case "add" if len(leaves) < self.most:
                newcomer = self.newcomer()
                self.waiting.append(newcomer)
                return Wish("add", key_package=newcomer.key_package())
            case "remove" if len(leaves) > 3:
                others = [leaf for leaf in leaves if leaf != sender.leaf]
                return Wish("remove", leaf=self.rng.choice(others))
            case "self" if len(leaves) > 3 and not sender.leaving:
                return Wish("self_remove")
            case "psk":
                return Wish("psk", psk_id=self.new_psk())
            case "extensions":
                return self.extensions()
            case _:
                return Wish("update")

    waiting: list[LogMember] = field(default_factory=list)
    """Newcomers whose key package is in some proposal."""

    def new_psk(self) -> bytes:
        psk_id = self.rng.randbytes(6)
        self.psks[psk_id] = self.rng.randbytes(32)
        return psk_id

    def extensions(self) -> Wish:
        chosen = [kind for kind in SUPPORTED_EXTENSIONS if self.rng.random() < 0.5]
        return Wish("extensions", extensions=tuple((k, self.rng.randbytes(4)) for k in chosen))

    def commit_something(self) -> None:
        """By reference whatever is pending, and perhaps something by value."""
        committer = self.anyone()
        self.commit(committer, add=self.rng.choice([0, 0, 1, 1, 2, 4]))

    def race(self) -> None:
        """Two prepare the next epoch; the log takes one of them, the other is dropped."""
        loser = self.anyone()
        dropped = loser.staged([], public=False, tree_inside=False)
        loser.group = dropped.sender_group
        winner = self.anyone()
        if winner is loser:
            return
        self.commit(winner, add=0)
        self.refuse_own(loser, dropped)

    def refuse_own(self, loser: LogMember, dropped: mls.StagedCommit) -> None:
        if self.read(loser):
            self.refuse(loser, dropped.message, mls.MLSError)

    def commit(self, committer: LogMember, *, add: int) -> None:
        room = self.most - len(self.members) - len(self.waiting)
        new = [self.newcomer() for _ in range(max(min(add, room), 0))]
        self.waiting += new
        wishes = [Wish("add", key_package=each.key_package()) for each in new]
        tree_inside = self.rng.random() < 0.5
        path = self.rng.choice([None, False]) if wishes and not committer.group.pending else None
        staged = committer.staged(
            wishes, public=self.rng.random() < 0.3, tree_inside=tree_inside, path=path
        )
        self.log.append(Entry(staged.message, committer, None))
        committer.group = staged.group
        committer.cursor = len(self.log)
        self.see(committer)
        self.welcome(staged, tree_inside=tree_inside)

    def welcome(self, staged: mls.StagedCommit, *, tree_inside: bool) -> None:
        """Those among the waiting whom the Welcome is for; the others' proposals are gone."""
        if staged.welcome is None:
            self.waiting = []
            return
        tree = None if tree_inside else staged.group.ratchet_tree
        inside = {member.credential for member in staged.group.members()}
        for newcomer in self.waiting:
            if mls.BasicCredential(newcomer.name.encode()) not in inside:
                continue
            (package,) = newcomer.bundles
            newcomer.join(package, staged.welcome, tree)
            newcomer.cursor = len(self.log)
            self.see(newcomer)
            self.members.append(newcomer)
        self.waiting = []

    def haunt(self) -> None:
        """Somebody who was removed and did not obey tries the newest entry."""
        if not self.ghosts or not self.log:
            return
        ghost = self.rng.choice(self.ghosts)
        assert ghost.stubborn is not None
        entry = self.log[-1]
        if ghost.cursor >= len(self.log):
            return  # it was the Commit that removed it
        for state in (ghost.stubborn, ghost.group):
            try:
                state.process(entry.data, psks=ghost.psks)
            except mls.MLSError:
                continue
            raise AssertionError(f"{ghost.name} was removed and opened something")
