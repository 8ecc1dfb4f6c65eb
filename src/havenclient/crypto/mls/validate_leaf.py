"""Validation of leaf nodes and key packages (RFC 9420 §7.3, §10.1, §13.4).

Cheap checks come first, signatures last. Time is a parameter: None means that lifetimes are not
judged (§7.3 makes it a recommendation for receivers; a member that catches up after months must
accept what the others accepted in time, or it would fork itself off).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from .errors import ValidationError
from .key_package import KeyPackage
from .nodes import LeafNode, LeafNodeSource
from .suites import CipherSuite
from .tree import RatchetTree
from .types import (
    DEFAULT_EXTENSIONS,
    DEFAULT_PROPOSALS,
    MLS10,
    Capabilities,
    Extension,
    RequiredCapabilities,
)


def supports_extensions(capabilities: Capabilities, types: Iterable[int]) -> bool:
    return DEFAULT_EXTENSIONS.union(capabilities.extensions).issuperset(types)


def supports_proposals(capabilities: Capabilities, types: Iterable[int]) -> bool:
    return DEFAULT_PROPOSALS.union(capabilities.proposals).issuperset(types)


@lru_cache(maxsize=4)
def _demands(extensions: tuple[Extension, ...]) -> tuple[frozenset[int], ...]:
    """(extensions, proposals, credentials) that a GroupContext demands of every member.

    Worked out once for all leaves, as sets: long lists here and in many leaves must not multiply.
    """
    required = RequiredCapabilities.of(extensions) or RequiredCapabilities()
    return (
        frozenset([e.type for e in extensions]).union(required.extensions) - DEFAULT_EXTENSIONS,
        frozenset(required.proposals) - DEFAULT_PROPOSALS,
        frozenset(required.credentials),
    )


def check_group_support(capabilities: Capabilities, extensions: tuple[Extension, ...]) -> None:
    """A member must support every GroupContext extension and all required capabilities."""
    needed, proposals, credentials = _demands(extensions)
    if not needed <= set(capabilities.extensions):
        raise ValidationError("a member does not support an extension that the group demands")
    if not proposals <= set(capabilities.proposals):
        raise ValidationError("a member does not support a required proposal type")
    if not credentials <= set(capabilities.credentials):
        raise ValidationError("a member does not support a required credential type")


def check_suite_listed(suite: CipherSuite, capabilities: Capabilities) -> None:
    if MLS10 not in capabilities.versions or suite.id not in capabilities.cipher_suites:
        raise ValidationError("a leaf does not list the group's version or cipher suite")


def check_leaf(
    suite: CipherSuite,
    leaf: LeafNode,
    source: LeafNodeSource | None,
    extensions: tuple[Extension, ...],
    now: int | None = None,
) -> None:
    """All of §7.3 that one leaf shows by itself, except its signature.

    `source` None accepts any (a tree on joining); `extensions` are the GroupContext's.
    """
    capabilities = leaf.capabilities
    if source is not None and leaf.source is not source:
        raise ValidationError("a leaf comes from the wrong source")
    check_suite_listed(suite, capabilities)
    if leaf.credential.credential_type not in capabilities.credentials:
        raise ValidationError("a leaf does not list its own credential type")
    if not supports_extensions(capabilities, [e.type for e in leaf.extensions]):
        raise ValidationError("a leaf does not list one of its own extensions")
    check_group_support(capabilities, extensions)
    if leaf.lifetime is not None:
        if leaf.lifetime.not_before > leaf.lifetime.not_after:
            raise ValidationError("a lifetime ends before it begins")
        if now is not None and not leaf.lifetime.covers(now):
            raise ValidationError("a leaf is out of its lifetime")
    suite.scheme.check_public(leaf.signature_key)
    suite.hpke.check_public(leaf.encryption_key)


def check_key_package(
    suite: CipherSuite,
    package: KeyPackage,
    extensions: tuple[Extension, ...],
    now: int | None = None,
) -> None:
    """§10.1, both signatures included."""
    if package.suite_id != suite.id:
        raise ValidationError("a key package is for another cipher suite")
    leaf = package.leaf_node
    if leaf.encryption_key == package.init_key:
        raise ValidationError("a key package uses one key twice")
    check_leaf(suite, leaf, LeafNodeSource.KEY_PACKAGE, extensions, now)
    suite.hpke.check_public(package.init_key)
    leaf.verify_signature(suite, None)
    package.verify_signature(suite)


def check_members(tree: RatchetTree) -> None:
    """§7.3 across leaves: unique keys, and everybody supports all credentials in use."""
    signature_keys: set[bytes] = set()
    credentials, count = set(), 0
    listed: set[tuple[int, ...]] = set()
    for _, leaf in tree.leaves():
        count += 1
        signature_keys.add(leaf.signature_key)
        credentials.add(leaf.credential.credential_type)
        listed.add(leaf.capabilities.credentials)
    if len(signature_keys) != count:
        raise ValidationError("two members have the same signature key")
    for supported in listed:
        if not credentials <= set(supported):
            raise ValidationError("a member does not support a credential type in use")
    keys = [node.encryption_key for node in tree.nodes if node is not None]
    if len(set(keys)) != len(keys):
        raise ValidationError("an encryption key occurs twice in the tree")
    if not signature_keys.isdisjoint(keys):
        raise ValidationError("a signature key is an encryption key too")  # §16.7
