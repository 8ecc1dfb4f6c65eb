"""Groups for measuring: two members of each library in one group of n, the rest key packages.

Both libraries then work on the same tree, so a difference is theirs and not the tree's.

* A fresh tree: one member has added everybody in one Commit, nobody has sent a path yet.
* A full tree: everybody has joined and committed once, so every parent node holds a key.
"""

from __future__ import annotations

from dataclasses import dataclass

from interop.members import Member, PeerMember, Wish
from interop.node import Peer
from interop.python_member import PythonMember


@dataclass
class Group:
    """The living members of a group of `size`: two of Haven's, two of the peer's."""

    suite: int
    size: int
    ours: PythonMember
    ours_too: PythonMember
    theirs: PeerMember
    theirs_too: PeerMember

    @property
    def living(self) -> list[Member]:
        return [self.ours, self.ours_too, self.theirs, self.theirs_too]


def _people(peer: Peer, suite: int) -> Group:
    return Group(
        suite,
        0,
        PythonMember(suite, "ours"),
        PythonMember(suite, "ours too"),
        PeerMember(peer, suite, "theirs"),
        PeerMember(peer, suite, "theirs too"),
    )


def fresh(peer: Peer, suite: int, size: int) -> Group:
    """Everybody added by the first member, in one Commit without a path."""
    group = _people(peer, suite)
    group.size = size
    creator, *others = group.living
    creator.create(b"bench")
    packages = [member.key_package() for member in others]
    ghosts = [PythonMember(suite, f"g{i}").key_package() for i in range(size - 4)]
    adds = [Wish("add", key_package=package) for package in packages + ghosts]
    made = creator.commit(adds, public=False, tree_inside=True)
    assert made.welcome is not None
    for member, package in zip(others, packages, strict=True):
        member.join(package, made.welcome, None)
    return group


def full(peer: Peer, suite: int, size: int) -> Group:
    """A chain: each member is added by the one before, joins, and sends a path."""
    group = _people(peer, suite)
    group.size = size
    ghosts: list[Member] = [PythonMember(suite, f"g{i}") for i in range(size - 4)]
    chain = ghosts + group.living
    chain[0].create(b"bench")
    for index, newcomer in enumerate(chain[1:], start=1):
        sponsor = chain[index - 1]
        package = newcomer.key_package()
        listening = [member for member in group.living if member in chain[:index]]
        made = sponsor.commit(
            [Wish("add", key_package=package)], public=False, tree_inside=True
        )
        assert made.welcome is not None
        _tell(listening, sponsor, made.commit)
        newcomer.join(package, made.welcome, None)
        path = newcomer.commit([], public=False, tree_inside=True)
        _tell([*listening, newcomer], newcomer, path.commit)
    return group


def _tell(members: list[Member], sender: Member, message: bytes) -> None:
    for member in members:
        if member is not sender:
            member.process(message)
