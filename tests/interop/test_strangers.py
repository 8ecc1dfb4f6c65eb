"""What a stranger on the line can do to Haven's members: nothing, whatever the bytes.

Every damaged message must end in an `InvalidMessage` and leave the victim's saved state as it was.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Iterator

import pytest

from havenclient.crypto import mls

from .members import Wish
from .people import SUITE, copy_of, group_of, refused
from .python_member import PythonMember


def damaged(rng: random.Random, message: bytes, others: list[bytes]) -> Iterator[bytes]:
    """Broken copies: bits, bytes, cuts, growth, parts of other messages, huge lengths."""
    for _ in range(40):
        at = rng.randrange(len(message))
        yield message[:at] + bytes([message[at] ^ (1 << rng.randrange(8))]) + message[at + 1 :]
        yield message[:at] + message[at + 1 :]
        yield message[:at]
        yield message[:at] + rng.randbytes(rng.choice([1, 4])) + message[at:]
        yield message[:at] + b"\xbf\xff\xff\xff" + message[at + 4 :]
        other = rng.choice(others)
        cut = rng.randrange(len(other))
        yield message[:at] + other[cut:]
    yield message + b"\x00"
    yield b""


def test_no_damaged_message_is_taken_and_nothing_changes() -> None:
    seed = int(os.environ.get("HAVEN_MLS_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"seed {seed}")
    rng = random.Random(seed)
    alice, bob, carol = group_of(3)
    newcomer = PythonMember(SUITE, "new")
    package = newcomer.key_package()
    add = [Wish("add", key_package=package)]
    staged = [
        alice.staged(add, public=public, tree_inside=inside)
        for public in (True, False)
        for inside in (True, False)
    ]
    proposals = [
        copy_of(alice).propose(Wish(kind), public=public)
        for kind in ("update", "self_remove")
        for public in (True, False)
    ]
    messages = [
        alice.group.encrypt(b"hello")[1].data,
        *proposals,
        *(each.message for each in staged),
        carol.group.encrypt(b"there", padding=100)[1].data,
    ]
    for message in messages:
        for broken in damaged(rng, message, messages):
            if broken not in messages:
                refused(bob, broken, mls.InvalidMessage)
    (bundle,) = newcomer.bundles.values()
    for each in staged:
        assert each.welcome is not None
        tree = each.ratchet_tree
        for broken in damaged(rng, each.welcome, messages):
            with pytest.raises(mls.InvalidMessage):
                mls.Group.join(broken, bundle, ratchet_tree=tree)
    beside = staged[1]
    assert beside.welcome is not None
    for broken in damaged(rng, beside.ratchet_tree, messages):
        with pytest.raises(mls.InvalidMessage):
            mls.Group.join(beside.welcome, bundle, ratchet_tree=broken)


def test_damaged_saved_states_load_with_a_typed_error_or_not_at_all() -> None:
    rng = random.Random(os.environ.get("HAVEN_MLS_SEED", "saved"))
    alice, bob = group_of(2)
    bob.propose(Wish("update"), public=False)
    saved = bob.group.save()
    staged = alice.staged([], public=False, tree_inside=True).save()
    for broken in damaged(rng, saved, [saved]):
        with contextlib.suppress(mls.MLSError):
            mls.Group.load(broken)
    for broken in damaged(rng, staged, [saved, staged]):
        with contextlib.suppress(mls.MLSError):
            mls.StagedCommit.load(broken)


def test_damaged_key_packages_are_never_added() -> None:
    rng = random.Random(os.environ.get("HAVEN_MLS_SEED", "packages"))
    alice = group_of(2)[0]
    package = PythonMember(SUITE, "new").key_package()
    for broken in damaged(rng, package, [package]):
        if broken == package:
            continue
        with pytest.raises(mls.InvalidMessage):
            alice.staged([Wish("add", key_package=broken)], public=False, tree_inside=True)


def test_messages_of_another_group_with_the_same_members_are_refused() -> None:
    for first, second in ((group_of(2), group_of(2)),):
        message = first[0].group.encrypt(b"not for you")[1].data
        refused(second[1], message, mls.CryptoError)  # same group id, other secrets


def test_processing_stays_quick_under_the_largest_skip() -> None:
    alice, bob = group_of(2)
    for _ in range(1001):
        alice.group, last = alice.group.encrypt(b"")
    began = time.process_time()
    bob.process(last.data)
    assert time.process_time() - began < 0.5
    alice.group, _ = alice.group.encrypt(b"")
    for _ in range(1002):
        alice.group, last = alice.group.encrypt(b"")
    refused(bob, last.data, mls.TooFarAhead)
