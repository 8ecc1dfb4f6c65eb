"""Haven's own member of a session: a thin coat over `havenclient.crypto.mls`."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

from havenclient.crypto import mls

from .members import SUPPORTED_EXTENSIONS, Committed, Exporter, View, Wish

LIFETIME = mls.Lifetime(int(time.time()) - 3600, int(time.time()) + 30 * 86400)


@dataclass(eq=False)
class PythonMember:
    """`group` is the only state; it is replaced by what each operation gives back."""

    suite: int
    name: str
    group: mls.Group = field(init=False)
    bundles: dict[bytes, mls.KeyPackageBundle] = field(default_factory=dict)
    psks: dict[bytes, bytes] = field(default_factory=dict)
    past_epochs: int = 0
    """Ended epochs to keep for late messages; ts-mls keeps four."""

    @property
    def leaf(self) -> int:
        return self.group.own_leaf_index

    def _capabilities(self) -> mls.Capabilities:
        return mls.default_capabilities(extensions=SUPPORTED_EXTENSIONS)

    def key_package(self) -> bytes:
        bundle = mls.KeyPackageBundle.create(
            self.suite,
            mls.BasicCredential(self.name.encode()),
            mls.SignatureKey.generate(self.suite),
            lifetime=LIFETIME,
            capabilities=self._capabilities(),
        )
        message = bundle.key_package.to_message()
        self.bundles[message] = bundle
        return message

    def create(self, group_id: bytes) -> None:
        self.group = mls.Group.create(
            self.suite,
            group_id,
            mls.BasicCredential(self.name.encode()),
            mls.SignatureKey.generate(self.suite),
            lifetime=LIFETIME,
            capabilities=self._capabilities(),
            max_past_epochs=self.past_epochs,
        )

    def join(self, key_package: bytes, welcome: bytes, tree: bytes | None) -> None:
        bundle = self.bundles[key_package]
        self.group = mls.Group.join(
            welcome,
            bundle,
            ratchet_tree=tree,
            psks=self.psks,
            now=int(time.time()),
            max_past_epochs=self.past_epochs,
        )
        del self.bundles[key_package]

    def add_psk(self, psk_id: bytes, secret: bytes) -> None:
        self.psks[psk_id] = secret

    def propose(self, wish: Wish, *, public: bool) -> bytes:
        group = self.group
        wire_format = mls.WireFormat.PUBLIC if public else mls.WireFormat.PRIVATE
        match wish.kind:
            case "add":
                package = mls.KeyPackage.from_message(wish.key_package)
                made = group.propose_add(package, wire_format=wire_format)
            case "update":
                made = group.propose_update(wire_format=wire_format)
            case "remove":
                made = group.propose_remove(wish.leaf, wire_format=wire_format)
            case "psk":
                made = group.propose_psk(wish.psk_id, wire_format=wire_format)
            case "extensions":
                made = group.propose_group_context_extensions(
                    [mls.Extension(kind, data) for kind, data in wish.extensions],
                    wire_format=wire_format,
                )
            case "self_remove":
                made = group.propose_self_remove()
            case _:
                raise ValueError(f"{wish.kind} is only committed by value here")
        self.group, message = made
        return message

    def staged(
        self, wishes: list[Wish], *, public: bool, tree_inside: bool, path: bool | None = None
    ) -> mls.StagedCommit:
        """A Commit that has not happened yet."""
        return self.group.commit(
            by_value=[self._proposal(wish) for wish in wishes],
            wire_format=mls.WireFormat.PUBLIC if public else mls.WireFormat.PRIVATE,
            welcome_tree_inside=tree_inside,
            psks=self.psks,
            path=path,
            now=int(time.time()),
        )

    def _proposal(self, wish: Wish) -> mls.Proposal:
        match wish.kind:
            case "add":
                return mls.Add(mls.KeyPackage.from_message(wish.key_package))
            case "remove":
                return mls.Remove(wish.leaf)
            case "psk":
                nonce = os.urandom(self.group.suite.hash_size)
                kind = mls.PskType.EXTERNAL
                return mls.PreSharedKey(mls.PreSharedKeyID(kind, nonce, psk_id=wish.psk_id))
            case "resumption":
                nonce, group_id = os.urandom(self.group.suite.hash_size), self.group.group_id
                kind = mls.PskType.RESUMPTION
                return mls.PreSharedKey(
                    mls.PreSharedKeyID(kind, nonce, group_id=group_id, epoch=wish.epoch)
                )
            case "extensions":
                return mls.GroupContextExtensions(
                    tuple(mls.Extension(kind, data) for kind, data in wish.extensions)
                )
            case _:
                raise ValueError(f"{wish.kind} can't be committed by value")

    def commit(self, wishes: list[Wish], *, public: bool, tree_inside: bool) -> Committed:
        path = (
            None
            if any(w.kind not in {"add", "psk", "resumption"} for w in wishes)
            else self.sends_path()
        )
        staged = self.staged(wishes, public=public, tree_inside=tree_inside, path=path)
        self.group = staged.group
        return Committed(staged.message, staged.welcome, staged.group.ratchet_tree)

    def sends_path(self) -> bool | None:
        """Whether to send a path where the RFC leaves it open; None is the library's own choice."""
        return None

    def process(self, message: bytes) -> bytes | None:
        received = self.group.process(message, psks=self.psks, now=int(time.time()))
        self.group = received.group
        return received.plaintext if isinstance(received, mls.ApplicationReceived) else None

    def encrypt(self, data: bytes, aad: bytes = b"") -> bytes:
        self.group, message = self.group.encrypt(data, authenticated_data=aad)
        return message.data

    def reload(self) -> None:
        saved = self.group.save()
        self.group = mls.Group.load(saved)
        assert self.group.save() == saved

    def view(self, exporter: Exporter) -> View:
        group = self.group
        return View(
            group.epoch,
            group.epoch_authenticator,
            group.export(exporter.label, exporter.context, exporter.length),
            group.tree_hash,
            group.group_context_bytes,
        )
