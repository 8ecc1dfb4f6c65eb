"""Two people, one group: found, invite, talk, refresh keys, part. `python examples/two_members.py`.

Everything is a value: each operation returns the next state, which an application would store
(`group.save()`) before the bytes leave the machine.
"""

from __future__ import annotations

import sys
import time

from havenclient.crypto import mls

SUITE = mls.DEFAULT_SUITE.id  # 0xF002: X-Wing, AES-256-GCM, SHA-384, Ed25519


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main() -> None:
    now = int(time.time())
    lifetime = mls.Lifetime(now - 3600, now + 90 * 24 * 3600)

    # Bob hands out a key package; its private half stays with him, for one use.
    bobs_bundle = mls.KeyPackageBundle.create(
        SUITE,
        mls.BasicCredential(b"bob"),
        mls.SignatureKey.generate(SUITE),
        lifetime=lifetime,
    )
    key_package = mls.KeyPackage.from_message(bobs_bundle.key_package.to_message())

    # Alice founds the group and adds him. Until her Commit is accepted, nothing has happened.
    alice = mls.Group.create(
        SUITE,
        b"a group id",
        mls.BasicCredential(b"alice"),
        mls.SignatureKey.generate(SUITE),
        lifetime=lifetime,
    )
    staged = alice.commit(by_value=[mls.Add(key_package)], now=now)
    assert staged.welcome is not None
    alice = staged.group
    bob = mls.Group.join(staged.welcome, bobs_bundle, now=now)
    say(f"epoch {alice.epoch}, {len(alice.members())} members, Welcome {len(staged.welcome)} bytes")

    # A message. Both have the same epoch authenticator, or something is very wrong.
    alice, message = alice.encrypt(b"hello bob", padding=100)
    received = bob.process(message.data)
    assert isinstance(received, mls.ApplicationReceived)
    bob = received.group
    say(f"bob reads: {received.plaintext.decode()}")
    assert alice.epoch_authenticator == bob.epoch_authenticator
    assert alice.export("example", b"", 32) == bob.export("example", b"", 32)

    # Bob asks for fresh keys, Alice commits it; whoever held the old keys is locked out again.
    bob, proposal = bob.propose_update()
    alice = alice.process(proposal).group
    staged = alice.commit()
    bob, alice = bob.process(staged.message).group, staged.group
    say(f"epoch {bob.epoch}, fresh keys")

    # States are saved and loaded; ratchet positions go with them.
    alice, bob = mls.Group.load(alice.save()), mls.Group.load(bob.save())

    # Bob leaves. He can't remove himself at once, so somebody commits his wish.
    bob, leaving = bob.propose_self_remove()
    alice = alice.process(leaving).group
    staged = alice.commit()
    farewell = bob.process(staged.message)
    assert isinstance(farewell, mls.CommitReceived)
    assert farewell.removed_self
    say(f"bob has left, {len(staged.group.members())} member stays")


if __name__ == "__main__":
    main()
