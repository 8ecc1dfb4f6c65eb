"""What a session asks of a member, whichever library is behind it; and the one behind ts-mls.

Bytes on this border are what would travel: MLSMessage structures, and a ratchet tree where the
Welcome does not carry it. `python_member.py` is the other side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from .node import Peer

Kind = Literal["add", "update", "remove", "psk", "resumption", "extensions", "self_remove"]


@dataclass(frozen=True, slots=True)
class Wish:
    """One proposal to make: by value in a Commit, or sent alone to be committed by reference."""

    kind: Kind
    key_package: bytes = b""
    """For add: an MLSMessage."""
    leaf: int = 0
    """For remove: a leaf index."""
    psk_id: bytes = b""
    epoch: int = 0
    """For resumption: the epoch of this group whose secret is mixed in."""
    extensions: tuple[tuple[int, bytes], ...] = ()
    """For extensions: the whole new list of (type, data)."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What a committer sends: the Commit to members; the Welcome and the tree to newcomers."""

    commit: bytes
    welcome: bytes | None
    tree: bytes


@dataclass(frozen=True, slots=True)
class View:
    """What all members of an epoch must agree on."""

    epoch: int
    authenticator: bytes
    exported: bytes
    tree_hash: bytes
    group_context: bytes


@dataclass(frozen=True, slots=True)
class Exporter:
    label: str = "interop"
    context: bytes = b""
    length: int = 32


class Member(Protocol):
    """One client of either library in one group. A refusal is an exception and changes nothing."""

    name: str

    @property
    def leaf(self) -> int: ...

    def key_package(self) -> bytes: ...
    def create(self, group_id: bytes) -> None: ...
    def join(self, key_package: bytes, welcome: bytes, tree: bytes | None) -> None: ...
    def add_psk(self, psk_id: bytes, secret: bytes) -> None: ...
    def propose(self, wish: Wish, *, public: bool) -> bytes: ...
    def commit(self, wishes: list[Wish], *, public: bool, tree_inside: bool) -> Committed: ...
    def process(self, message: bytes) -> bytes | None:
        """The text of an application message; nothing for a handshake."""
        ...

    def encrypt(self, data: bytes, aad: bytes = b"") -> bytes: ...
    def view(self, exporter: Exporter) -> View: ...
    def reload(self) -> None:
        """Save and load the state, if this side can."""
        ...


SUPPORTED_EXTENSIONS: tuple[int, ...] = (0xFF01, 0xFF02)
"""Private-use extensions that both sides list, so that a session may change the group's own."""


@dataclass(eq=False)
class PeerMember:
    """A ts-mls client in the Node process."""

    peer: Peer
    suite: int
    name: str
    client: str = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.peer.new_client(self.suite)

    def _ask(self, op: str, **arguments: Any) -> dict[str, Any]:
        return self.peer(op, self.client, **arguments)

    def _identity(self) -> dict[str, Any]:
        return {"identity": self.name.encode().hex(), "supported": SUPPORTED_EXTENSIONS}

    @property
    def leaf(self) -> int:
        return int(self._ask("view")["leaf"])

    def key_package(self) -> bytes:
        return bytes.fromhex(self._ask("keypackage", **self._identity())["key_package"])

    def create(self, group_id: bytes) -> None:
        self._ask("create", group_id=group_id.hex(), **self._identity())

    def join(self, key_package: bytes, welcome: bytes, tree: bytes | None) -> None:
        beside = {} if tree is None else {"tree": tree.hex()}
        self._ask("join", key_package=key_package.hex(), welcome=welcome.hex(), **beside)

    def add_psk(self, psk_id: bytes, secret: bytes) -> None:
        self._ask("psk", id=psk_id.hex(), secret=secret.hex())

    def propose(self, wish: Wish, *, public: bool) -> bytes:
        answer = self._ask("propose", public=public, **_wish(wish))
        return bytes.fromhex(answer["message"])

    def commit(self, wishes: list[Wish], *, public: bool, tree_inside: bool) -> Committed:
        answer = self._ask(
            "commit",
            public=public,
            tree_inside=tree_inside,
            proposals=[_wish(wish) for wish in wishes],
        )
        welcome = answer.get("welcome")
        return Committed(
            bytes.fromhex(answer["commit"]),
            None if welcome is None else bytes.fromhex(welcome),
            bytes.fromhex(answer["tree"]),
        )

    def process(self, message: bytes) -> bytes | None:
        answer = self._ask("process", message=message.hex())
        return bytes.fromhex(answer["data"]) if answer["kind"] == "application" else None

    def encrypt(self, data: bytes, aad: bytes = b"") -> bytes:
        return bytes.fromhex(self._ask("encrypt", data=data.hex(), aad=aad.hex())["message"])

    def view(self, exporter: Exporter) -> View:
        answer = self._ask(
            "view",
            label=exporter.label,
            context=exporter.context.hex(),
            length=exporter.length,
        )
        return View(
            answer["epoch"],
            bytes.fromhex(answer["authenticator"]),
            bytes.fromhex(answer["exported"]),
            bytes.fromhex(answer["tree_hash"]),
            bytes.fromhex(answer["group_context"]),
        )

    def reload(self) -> None:
        """ts-mls keeps its state in Node for as long as the session runs."""


def _wish(wish: Wish) -> dict[str, Any]:
    return {
        "kind": wish.kind,
        "key_package": wish.key_package.hex(),
        "leaf": wish.leaf,
        "id": wish.psk_id.hex(),
        "epoch": wish.epoch,
        "list": [[number, data.hex()] for number, data in wish.extensions],
    }
