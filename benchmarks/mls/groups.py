"""Groups for measuring: two members of each library in one group of n, the rest only leaves.

Both libraries work on the same tree, and the two who are measured are neighbours (leaves 0 and 1),
so that their paths have the same length: a difference is the library's and not the tree's.

* A fresh tree: one member has added everybody in one Commit, nobody has sent a path yet.
* A full tree: everybody has joined and committed once, so every parent node holds a key.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.interop.members import Member, PeerMember, Wish
from tests.interop.node import Peer
from tests.interop.python_member import PythonMember


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
        return [self.ours, self.theirs, self.ours_too, self.theirs_too]


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
    """Ghosts add each other and send a path each; the living then take the first four seats."""
    group = _people(peer, suite)
    group.size = size
    last = PythonMember(suite, "g0")
    last.create(b"bench")
    for number in range(1, size):
        newcomer = PythonMember(suite, f"g{number}")
        package = newcomer.key_package()
        made = last.commit([Wish("add", key_package=package)], public=False, tree_inside=True)
        assert made.welcome is not None
        newcomer.join(package, made.welcome, None)
        newcomer.commit([], public=False, tree_inside=True)
        last = newcomer
    packages = [member.key_package() for member in group.living]
    seats = [Wish("remove", leaf=leaf) for leaf in range(len(packages))]
    adds = [Wish("add", key_package=package) for package in packages]
    made = last.commit(seats + adds, public=False, tree_inside=True)
    assert made.welcome is not None
    for member, package in zip(group.living, packages, strict=True):
        member.join(package, made.welcome, None)
    for member in group.living:
        path = member.commit([], public=False, tree_inside=True)
        _tell(group.living, member, path.commit)
    return group


def _tell(members: list[Member], sender: Member, message: bytes) -> None:
    for member in members:
        if member is not sender:
            member.process(message)
