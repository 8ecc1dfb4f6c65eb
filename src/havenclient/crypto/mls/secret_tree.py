"""The secret tree (RFC 9420 §9): one key and nonce for each message, each given out once.

Theory of operation. Every leaf has two hash ratchets (handshake, application). Their first secrets
hang below the epoch's encryption_secret in a tree that is expanded only along the paths that are
used; a secret that has been expanded is dropped in the same step, so nothing kept leads back to a
key already used (§9.2). When a message skips generations, the skipped (key, nonce) pairs are kept,
at most `MAX_SKIPPED` of them, never the ratchet secret that made them.

The tree is a value: taking a key returns another tree. Who drops the new tree has not used the key,
which is how a message that does not verify leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from . import tree_math
from .errors import Replayed, StateError, TooFarAhead, ValidationError
from .suites import CipherSuite

MAX_SKIPPED = 1000
"""Generations that one message may skip, and skipped keys kept for one ratchet."""

_MAX_GENERATION = 0xFFFF_FFFF


class RatchetKind(IntEnum):
    HANDSHAKE = 0
    APPLICATION = 1


_LABELS = {RatchetKind.HANDSHAKE: b"handshake", RatchetKind.APPLICATION: b"application"}

KeyNonce = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Ratchet:
    """`secret` belongs to `generation`, the next one not yet derived."""

    secret: bytes
    generation: int
    skipped: Mapping[int, KeyNonce]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SecretTree:
    leaf_count: int
    nodes: Mapping[int, bytes]
    """Node secrets not yet expanded."""
    ratchets: Mapping[int, Ratchet]
    """By 2 * leaf + kind."""

    @classmethod
    def start(cls, leaf_count: int, encryption_secret: bytes) -> SecretTree:
        return cls(leaf_count, {tree_math.root(leaf_count): encryption_secret}, {})

    def _with_leaf(self, suite: CipherSuite, leaf: int) -> SecretTree:
        """Expand down to a leaf; parents are consumed on the way."""
        if not 0 <= leaf < self.leaf_count:
            raise ValidationError("no such leaf")
        nodes = dict(self.nodes)
        route = [2 * leaf]
        for node in tree_math.direct_path(leaf, self.leaf_count):
            if route[-1] in nodes:
                break
            route.append(node)
        if route[-1] not in nodes:
            raise StateError("the secrets of this leaf are gone")
        size = suite.hash_size
        for node, child in zip(reversed(route), reversed(route[:-1]), strict=False):
            secret = nodes.pop(node)
            left, right = tree_math.left(node), tree_math.right(node)
            nodes[left] = suite.expand_with_label(secret, b"tree", b"left", size)
            nodes[right] = suite.expand_with_label(secret, b"tree", b"right", size)
            if child not in (left, right):
                raise StateError("secret tree is broken")
        leaf_secret = nodes.pop(2 * leaf)
        ratchets = dict(self.ratchets)
        for kind, label in _LABELS.items():
            first = suite.expand_with_label(leaf_secret, label, b"", size)
            ratchets[2 * leaf + kind] = Ratchet(first, 0, {})
        return SecretTree(self.leaf_count, nodes, ratchets)

    def _ratchet(
        self, suite: CipherSuite, leaf: int, kind: RatchetKind
    ) -> tuple[SecretTree, Ratchet]:
        found = self.ratchets.get(2 * leaf + kind)
        if found is not None:
            return self, found
        tree = self._with_leaf(suite, leaf)
        return tree, tree.ratchets[2 * leaf + kind]

    def _replace(self, leaf: int, kind: RatchetKind, ratchet: Ratchet) -> SecretTree:
        ratchets = dict(self.ratchets)
        ratchets[2 * leaf + kind] = ratchet
        return SecretTree(self.leaf_count, self.nodes, ratchets)

    def for_late_messages(self, own_leaf: int) -> SecretTree:
        """What an ended epoch still needs: others' application keys, nothing to send with."""
        kept = {
            index: ratchet
            for index, ratchet in self.ratchets.items()
            if index % 2 == RatchetKind.APPLICATION and index // 2 != own_leaf
        }
        return SecretTree(self.leaf_count, self.nodes, kept)

    def next_generation(self, leaf: int, kind: RatchetKind) -> int:
        found = self.ratchets.get(2 * leaf + kind)
        return 0 if found is None else found.generation

    def next_key(
        self, suite: CipherSuite, leaf: int, kind: RatchetKind
    ) -> tuple[SecretTree, int, KeyNonce]:
        """For sending: (tree after, generation, (key, nonce))."""
        tree, ratchet = self._ratchet(suite, leaf, kind)
        generation = ratchet.generation
        if generation > _MAX_GENERATION:
            raise StateError("this leaf has sent all it can in this epoch")
        pair, secret = _step(suite, ratchet.secret, generation)
        after = Ratchet(secret, generation + 1, ratchet.skipped)
        return tree._replace(leaf, kind, after), generation, pair

    def take_key(
        self, suite: CipherSuite, leaf: int, kind: RatchetKind, generation: int
    ) -> tuple[SecretTree, KeyNonce]:
        """For receiving: (tree after, (key, nonce)) of one generation, in any order, once."""
        tree, ratchet = self._ratchet(suite, leaf, kind)
        if generation < ratchet.generation:
            pair = ratchet.skipped.get(generation)
            if pair is None:
                raise Replayed(f"generation {generation} was used or given up")
            skipped = dict(ratchet.skipped)
            del skipped[generation]
            after = Ratchet(ratchet.secret, ratchet.generation, skipped)
            return tree._replace(leaf, kind, after), pair
        if generation - ratchet.generation > MAX_SKIPPED:
            raise TooFarAhead(f"generation {generation} is too far ahead")
        secret, kept = ratchet.secret, ratchet.skipped
        if generation > ratchet.generation:
            skipped = dict(kept)
            for missing in range(ratchet.generation, generation):
                skipped[missing], secret = _step(suite, secret, missing)
            for oldest in sorted(skipped)[: max(len(skipped) - MAX_SKIPPED, 0)]:
                del skipped[oldest]
            kept = skipped
        pair, secret = _step(suite, secret, generation)
        return tree._replace(leaf, kind, Ratchet(secret, generation + 1, kept)), pair


def _step(suite: CipherSuite, secret: bytes, generation: int) -> tuple[KeyNonce, bytes]:
    """((key, nonce) of this generation, secret of the next) (§9.1)."""
    key = suite.derive_tree_secret(secret, b"key", generation, suite.key_size)
    nonce = suite.derive_tree_secret(secret, b"nonce", generation, suite.nonce_size)
    return (key, nonce), suite.derive_tree_secret(secret, b"secret", generation, suite.hash_size)
