"""Groups for tests: seeded members who all follow each other."""

from __future__ import annotations

from collections.abc import Sequence

from havenclient.crypto import mls

from .conftest import SeededRng

LIFETIME = mls.Lifetime(1_700_000_000, 1_900_000_000)
NOW = 1_800_000_000
GROUP_ID = b"a group in the tests"


def new_bundle(
    suite: int, name: str, rng: SeededRng, capabilities: mls.Capabilities | None = None
) -> mls.KeyPackageBundle:
    return mls.KeyPackageBundle.create(
        suite,
        mls.BasicCredential(name.encode()),
        mls.SignatureKey.generate(suite, rng),
        lifetime=LIFETIME,
        capabilities=capabilities,
        rng=rng,
    )


def found(suite: int, rng: SeededRng, max_past_epochs: int = 0) -> mls.Group:
    return mls.Group.create(
        suite,
        GROUP_ID,
        mls.BasicCredential(b"member 0"),
        mls.SignatureKey.generate(suite, rng),
        lifetime=LIFETIME,
        max_past_epochs=max_past_epochs,
        rng=rng,
    )


def grown(
    size: int, suite: int = 1, seed: int = 1, *, full: bool = False, max_past_epochs: int = 0
) -> list[mls.Group]:
    """`size` members in leaf order; `full` lets everybody commit once, which fills the tree."""
    rng = SeededRng(seed)
    bundles = [new_bundle(suite, f"member {n}", rng) for n in range(1, size)]
    first = found(suite, rng, max_past_epochs)
    staged = first.commit(by_value=[mls.Add(b.key_package) for b in bundles], rng=rng)
    groups = [staged.group]
    for bundle in bundles:
        assert staged.welcome is not None
        groups.append(mls.Group.join(staged.welcome, bundle, max_past_epochs=max_past_epochs))
    if full:
        for committer in range(size):
            groups = committed(groups, committer, groups[committer].commit(rng=rng))
    return groups


def committed(
    groups: Sequence[mls.Group], committer: int, staged: mls.StagedCommit
) -> list[mls.Group]:
    """Everybody after somebody's Commit."""
    return [
        staged.group if place == committer else group.process(staged.message).group
        for place, group in enumerate(groups)
    ]


def hear(groups: Sequence[mls.Group], sender: int, message: bytes) -> list[mls.Group]:
    """Everybody but the sender after a message."""
    return [
        group if place == sender else group.process(message).group
        for place, group in enumerate(groups)
    ]


def agree(groups: Sequence[mls.Group]) -> None:
    """All of them are in the very same epoch."""
    views = {
        (
            group.epoch,
            group.tree_hash,
            group.confirmed_transcript_hash,
            group.epoch_authenticator,
            group.export("agree", b"context", 32),
        )
        for group in groups
    }
    assert len(views) == 1


def application(group: mls.Group, message: mls.EncryptedMessage) -> mls.ApplicationReceived:
    received = group.process(message.data)
    assert isinstance(received, mls.ApplicationReceived)
    return received
