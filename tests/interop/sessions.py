"""A random session: members of any library in one group, all compared after every step.

The driver is the delivery service: it gives every message to everybody in one order, and keeps
those who were removed to see that nothing opens for them any more. All chance comes from one
seeded generator, so a failed run is repeated by its seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from .members import SUPPORTED_EXTENSIONS, Exporter, Kind, Member, Wish

NewMember = Callable[[str], Member]


@dataclass(frozen=True, slots=True)
class Held:
    """An application message that the delivery service still holds back."""

    epoch: int
    sender: Member
    data: bytes
    text: bytes


KEPT_EPOCHS = 3
"""How many epochs late a message may be; both sides keep that many."""


@dataclass
class Session:
    """`kinds` makes members by turns (by chance); `most` bounds the group, `ghosts` the removed."""

    rng: random.Random
    kinds: list[NewMember]
    most: int = 8
    most_ghosts: int = 3
    members: list[Member] = field(default_factory=list)
    ghosts: list[Member] = field(default_factory=list)
    psks: dict[bytes, bytes] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    """The epoch in which a member came, by name."""
    held: list[Held] = field(default_factory=list)
    made: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    # --- people ---------------------------------------------------------------------------------

    def newcomer(self, kind: NewMember | None = None) -> Member:
        self.made += 1
        member = (kind or self.rng.choice(self.kinds))(f"m{self.made}")
        for psk_id, secret in self.psks.items():
            member.add_psk(psk_id, secret)
        return member

    def start(self, kind: NewMember) -> None:
        """A creator of the given kind, who adds one of each kind in its first Commit."""
        creator = self.newcomer(kind)
        creator.create(self.rng.randbytes(16))
        self.members = [creator]
        self.since[creator.name] = 0
        self.commit(creator, [], [self.newcomer(other) for other in self.kinds])
        self.check()

    # --- one step ------------------------------------------------------------------------------

    def step(self) -> str:
        """Do one random thing and compare everybody; the name of what was done."""
        name = self.rng.choice(list(self.steps()))
        self.counts[name] = self.counts.get(name, 0) + 1
        self.steps()[name]()
        self.check()
        self.anyone().reload()
        return name

    def steps(self) -> dict[str, Callable[[], None]]:
        """What can be done now; a group of one can only grow."""
        found: dict[str, Callable[[], None]] = {"path": self.path, "psk": self.psk}
        if len(self.members) < self.most:
            found |= {"add": self.add}
        if len(self.members) > 1:
            found |= {
                "messages": self.messages,
                "remove": self.remove,
                "references": self.references,
                "extensions": self.extensions,
                "hold": self.hold,
                "resumption": self.resumption,
            }
        if self.held:
            found |= {"late": self.late}
        return found

    def anyone(self) -> Member:
        return self.rng.choice(self.members)

    def coin(self) -> bool:
        return self.rng.random() < 0.5

    def path(self) -> None:
        self.commit(self.anyone(), [])

    def add(self) -> None:
        room = self.most - len(self.members)
        self.commit(self.anyone(), [], [self.newcomer() for _ in range(min(room, self.few()))])

    def few(self) -> int:
        return self.rng.choice([1, 1, 2, 3])

    def remove(self) -> None:
        committer, *others = self.rng.sample(self.members, len(self.members))
        gone = others[: self.few()]
        new = [self.newcomer()] if self.coin() else []
        self.commit(committer, [Wish("remove", leaf=each.leaf) for each in gone], new, gone)

    def psk(self) -> None:
        psk_id, secret = self.rng.randbytes(8), self.rng.randbytes(32)
        self.psks[psk_id] = secret
        for member in self.members:
            member.add_psk(psk_id, secret)
        new = [self.newcomer()] if self.coin() and len(self.members) < self.most else []
        self.commit(self.anyone(), [Wish("psk", psk_id=psk_id)], new)

    def resumption(self) -> None:
        """Secrets of one or two epochs that everybody who is here has seen."""
        now = self.epoch()
        first = max([self.since[member.name] for member in self.members] + [now - KEPT_EPOCHS])
        epochs = self.rng.sample(
            range(first, now + 1), min(self.rng.choice([1, 2]), now + 1 - first)
        )
        self.commit(self.anyone(), [Wish("resumption", epoch=epoch) for epoch in epochs])

    def extensions(self) -> None:
        chosen = [number for number in SUPPORTED_EXTENSIONS if self.coin()] or [
            SUPPORTED_EXTENSIONS[0]
        ]
        wish = Wish(
            "extensions", extensions=tuple((number, self.rng.randbytes(5)) for number in chosen)
        )
        self.commit(self.anyone(), [wish])

    def references(self) -> None:
        """Proposals from several members, each sent alone, then a Commit that takes them all."""
        committer, *others = self.rng.sample(self.members, len(self.members))
        gone: list[Member] = []
        new: list[tuple[Member, bytes]] = []
        for index, sender in enumerate(others[: self.few()]):
            kinds: list[Kind] = ["update"]
            if index + 1 < len(others) and len(self.members) > 2 and not gone:
                kinds.append("remove")
            if len(self.members) + len(new) < self.most:
                kinds.append("add")
            match self.rng.choice(kinds):
                case "remove":
                    gone.append(others[-1])
                    wish = Wish("remove", leaf=others[-1].leaf)
                case "add":
                    newcomer = self.newcomer()
                    new.append((newcomer, newcomer.key_package()))
                    wish = Wish("add", key_package=new[-1][1])
                case _:
                    wish = Wish("update")
            if wish.kind == "update" and sender in gone:
                continue  # an Update and a Remove of one leaf can't share a Commit (12.2)
            message = sender.propose(wish, public=self.coin())
            self.deliver(message, besides=sender)
        self.commit(committer, [], referenced=new, gone=gone)

    # --- delivery ------------------------------------------------------------------------------

    def deliver(self, message: bytes, *, besides: Member) -> None:
        for member in self.members:
            if member is not besides:
                assert member.process(message) is None

    def commit(
        self,
        committer: Member,
        wishes: list[Wish],
        new: list[Member] | None = None,
        gone: list[Member] | None = None,
        referenced: list[tuple[Member, bytes]] | None = None,
    ) -> None:
        """Commit `wishes` and an Add for each of `new`, deliver, let the newcomers join."""
        joining = [(member, member.key_package()) for member in new or []]
        wishes = wishes + [Wish("add", key_package=package) for _, package in joining]
        tree_inside = self.coin()
        made = committer.commit(wishes, public=self.coin(), tree_inside=tree_inside)
        for member in self.members:
            if member is not committer:
                assert member.process(made.commit) is None
        left = set(map(id, gone or []))
        self.ghosts += [each for each in self.members if id(each) in left]
        del self.ghosts[: -self.most_ghosts]
        self.members = [each for each in self.members if id(each) not in left]
        for member, package in joining + (referenced or []):
            assert made.welcome is not None
            member.join(package, made.welcome, None if tree_inside else made.tree)
            self.members.append(member)
            self.since[member.name] = self.epoch()

    def messages(self) -> None:
        """Several texts of one sender, opened by each of the others in an order of its own."""
        sender = self.anyone()
        aad = self.rng.randbytes(self.rng.choice([0, 9]))
        texts = [self.rng.randbytes(self.rng.choice([0, 1, 30, 1000])) for _ in range(self.few())]
        sent = [(sender.encrypt(text, aad), text) for text in texts]
        for member in self.members:
            if member is not sender:
                for message, text in self.rng.sample(sent, len(sent)):
                    assert member.process(message) == text

    def hold(self) -> None:
        """Somebody speaks; nobody hears it yet."""
        sender, text = self.anyone(), self.rng.randbytes(20)
        self.held.append(Held(self.epoch(), sender, sender.encrypt(text), text))

    def late(self) -> None:
        """What was held back arrives, at those who were there when it was said."""
        self.rng.shuffle(self.held)
        for held in self.held:
            if self.epoch() - held.epoch > KEPT_EPOCHS:
                continue
            for member in self.members:
                if member is not held.sender and self.since[member.name] <= held.epoch:
                    assert member.process(held.data) == held.text
        self.held = []

    def epoch(self) -> int:
        return self.members[0].view(Exporter()).epoch

    def check(self) -> None:
        """All agree on the epoch and its secrets; nobody who left can open what is said now."""
        exporter = Exporter(
            f"label {self.rng.randrange(9)}", self.rng.randbytes(7), self.rng.choice([16, 32, 80])
        )
        views = [member.view(exporter) for member in self.members]
        for member, view in zip(self.members, views, strict=True):
            assert view == views[0], f"{member.name} and {self.members[0].name} differ"
        if self.ghosts and len(self.members) > 1 and self.coin():
            self.check_ghosts()

    def check_ghosts(self) -> None:
        message = self.anyone_message()
        for ghost in self.ghosts:
            try:
                opened = ghost.process(message)
            except AssertionError:
                raise
            except Exception:  # the two libraries refuse in their own words
                continue
            raise AssertionError(f"{ghost.name} was removed and opened {opened!r}")

    def anyone_message(self) -> bytes:
        sender = self.anyone()
        message = sender.encrypt(b"only for those who are here")
        for member in self.members:
            if member is not sender:
                assert member.process(message) == b"only for those who are here"
        return message
