"""Haven's side of the bench: each method does one operation, from bytes to bytes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from typing import Any, cast

from tests.interop.members import Wish
from tests.interop.python_member import LIFETIME, PythonMember

from havenclient.crypto import mls

from .groups import Group

MESSAGES = 20
"""Messages in one timed run: a single one is too short for the clock."""


@dataclass
class Ours:
    """The inputs of one round; results are dropped, so every round starts from the same states."""

    group: Group
    text: bytes = b""
    path: bytes = b""
    package: bytes = b""
    welcome: bytes = b""
    newcomer: PythonMember | None = None

    def run(self, what: str) -> int:
        """Do it once; the size of what would travel."""
        method = {
            "message": self._message,
            "keypackage": self._keypackage,
            "commit": self._commit,
            "process": self._process,
            "add": self._add,
            "join": self._join,
        }[what]
        return method()

    def _message(self) -> int:
        # States go on, as in use: what is measured is a conversation, not an epoch's first message.
        size = 0
        for _ in range(MESSAGES):
            sent = self.group.ours.encrypt(self.text)
            assert self.group.ours_too.process(sent) == self.text
            size = len(sent)
        return size

    def _keypackage(self) -> int:
        suite = self.group.suite
        bundle = mls.KeyPackageBundle.create(
            suite,
            mls.BasicCredential(b"bench"),
            mls.SignatureKey.generate(suite),
            lifetime=LIFETIME,
        )
        return len(bundle.key_package.to_message())

    def _commit(self) -> int:
        staged = self.group.ours.staged([], public=False, tree_inside=True)
        return len(staged.message)

    def prepare_process(self) -> bytes:
        """A Commit with a path, for both sides to process."""
        self.path = self.group.ours.staged([], public=False, tree_inside=True).message
        return self.path

    def _process(self) -> int:
        self.group.ours_too.group.process(self.path, now=int(time.time()))
        return len(self.path)

    def prepare_add(self) -> bytes:
        self.package = PythonMember(self.group.suite, "added").key_package()
        return self.package

    def _add(self) -> int:
        wish = Wish("add", key_package=self.package)
        # ts-mls sends no path with an Add alone; so that like is compared with like, nor do we.
        staged = self.group.ours.staged([wish], public=False, tree_inside=True, path=False)
        assert staged.welcome is not None
        return len(staged.message) + len(staged.welcome)

    def prepare_join(self) -> bytes:
        """The key package of a newcomer, to be added by somebody."""
        self.newcomer = PythonMember(self.group.suite, "newcomer")
        return self.newcomer.key_package()

    def _join(self) -> int:
        assert self.newcomer is not None
        (bundle,) = self.newcomer.bundles.values()
        # A newcomer has never seen these keys: what building the group left behind may not help.
        for owner in (bundle.suite.kem, bundle.suite.scheme):
            cast("_lru_cache_wrapper[Any]", owner.load_public).cache_clear()
        mls.Group.join(self.welcome, bundle, now=int(time.time()))
        return len(self.welcome)
