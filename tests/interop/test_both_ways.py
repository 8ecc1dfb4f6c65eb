"""Haven's MLS and ts-mls in one group, in every suite, as creator and as joiner, step by step."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from itertools import permutations

import pytest

from .members import SUPPORTED_EXTENSIONS, Exporter, Member, PeerMember, Wish
from .node import Peer
from .python_member import PythonMember
from .sessions import Session

STEPS = {1: 200, 2: 25, 3: 25, 5: 5, 7: 15, 0xF001: 25, 0xF002: 60}
"""Random steps by suite where nothing else is said: the peer's P-384 and P-521 are slow."""
Make = Callable[[str], Member]


fixed_suites = pytest.mark.parametrize("suite", [1, 2, 3, 7, 0xF001, 0xF002], ids=hex)


@pytest.fixture
def ours(suite: int) -> Make:
    return lambda name: PythonMember(suite, name, past_epochs=4)


@pytest.fixture
def theirs(peer: Peer, suite: int) -> Make:
    return lambda name: PeerMember(peer, suite, name)


def agree(members: list[Member]) -> None:
    exporter = Exporter("both ways", b"context", 48)
    views = [member.view(exporter) for member in members]
    assert all(view == views[0] for view in views)


def talk(members: list[Member]) -> None:
    """Everybody says something that everybody else opens; twice, to move the ratchets."""
    for sender in members * 2:
        text = f"from {sender.name}".encode()
        message = sender.encrypt(text, b"in the clear")
        for member in members:
            if member is not sender:
                assert member.process(message) == text


def pair(creator: Member, joiner: Member, *, tree_inside: bool) -> list[Member]:
    creator.create(b"a group of two")
    package = joiner.key_package()
    made = creator.commit([Wish("add", key_package=package)], public=False, tree_inside=tree_inside)
    assert made.welcome is not None
    joiner.join(package, made.welcome, None if tree_inside else made.tree)
    agree([creator, joiner])
    return [creator, joiner]


@fixed_suites
@pytest.mark.parametrize("tree_inside", [True, False], ids=["tree inside", "tree beside"])
@pytest.mark.parametrize("we_create", [True, False], ids=["we create", "we join"])
def test_one_creates_and_the_other_joins(
    ours: Make, theirs: Make, we_create: bool, tree_inside: bool
) -> None:
    creator, joiner = (ours("a"), theirs("b")) if we_create else (theirs("a"), ours("b"))
    members = pair(creator, joiner, tree_inside=tree_inside)
    talk(members)
    for committer, other in permutations(members):
        for public in (True, False):
            path = committer.commit([], public=public, tree_inside=True)
            assert path.welcome is None
            other.process(path.commit)
            agree(members)
            talk(members)


@fixed_suites
@pytest.mark.parametrize("we_create", [True, False], ids=["we create", "we join"])
@pytest.mark.parametrize("public", [True, False], ids=["public", "private"])
def test_every_kind_of_proposal_travels_by_reference(
    ours: Make, theirs: Make, we_create: bool, public: bool
) -> None:
    creator, joiner = (ours("a"), theirs("b")) if we_create else (theirs("a"), ours("b"))
    members = pair(creator, joiner, tree_inside=True)
    for proposer, committer in permutations(members):
        for member in members:
            member.add_psk(b"psk", b"secret of thirty-two bytes exact")
        leaving = ours("leaving") if proposer is creator else theirs("leaving")
        package = leaving.key_package()
        others = [
            Wish("update"),
            Wish("psk", psk_id=b"psk"),
            Wish("extensions", extensions=((SUPPORTED_EXTENSIONS[0], b"new"),)),
            Wish("add", key_package=package),
        ]
        for wish in others:
            committer.process(proposer.propose(wish, public=public))
            made = committer.commit([], public=public, tree_inside=True)
            proposer.process(made.commit)
            agree(members)
            talk(members)
        assert made.welcome is not None
        leaving.join(package, made.welcome, None)
        agree([*members, leaving])
        remove = proposer.propose(Wish("remove", leaf=leaving.leaf), public=public)
        for member in (committer, leaving):
            member.process(remove)
        made = committer.commit([], public=public, tree_inside=True)
        for member in (proposer, leaving):
            member.process(made.commit)
        agree(members)
        talk(members)


@pytest.mark.parametrize("suite", STEPS, ids=hex)
def test_random_sessions_agree_after_every_step(suite: int, ours: Make, theirs: Make) -> None:
    seed = seed_of_the_run()
    steps = int(os.environ.get("HAVEN_INTEROP_STEPS") or STEPS[suite])
    run(Session(random.Random(seed), [ours, theirs], most=6), seed, steps)


@pytest.mark.parametrize("suite", [1], ids=hex)
def test_a_crowd_agrees_too(suite: int, ours: Make, theirs: Make) -> None:
    """Up to twenty, so that trees grow, shrink, have empty halves and long unmerged lists."""
    seed = seed_of_the_run()
    steps = int(os.environ.get("HAVEN_INTEROP_STEPS") or 40)
    run(Session(random.Random(seed), [ours, ours, ours, ours, theirs], most=20), seed, steps)


def seed_of_the_run() -> int:
    return int(os.environ.get("HAVEN_INTEROP_SEED") or random.SystemRandom().randrange(1 << 32))


def run(session: Session, seed: int, steps: int) -> None:
    print(f"seed {seed}: repeat with HAVEN_INTEROP_SEED={seed} HAVEN_INTEROP_STEPS={steps}")
    session.start(session.rng.choice(session.kinds))
    for number in range(steps):
        try:
            session.step()
        except Exception as error:
            raise AssertionError(f"seed {seed}, step {number}: {error!r}") from error
