"""Messaging Layer Security (RFC 9420) in Python, post-quantum hybrid by default.

A library of its own: nothing of Haven is imported here. Values go in, values and bytes come out;
time and randomness are parameters; no files, no sockets, no global state. `docs/mls.md` says
section by section what is implemented. Start with `SignatureKey`, `KeyPackageBundle` and `Group`:

    alice = Group.create(0xF002, b"id", BasicCredential(b"alice"), key, lifetime=lifetime)
    staged = alice.commit(by_value=[Add(bobs_bundle.key_package)])
    bob = Group.join(staged.welcome, bobs_bundle)
    alice, message = staged.group.encrypt(b"hello")
    received = bob.process(bytes(message))
"""

from . import errors
from .commit import StagedCommit
from .credentials import BasicCredential, Credential, OpaqueCredential, Rng, SignatureKey
from .errors import (
    CryptoError,
    DecodeError,
    Inactive,
    InvalidMessage,
    MLSError,
    OwnMessage,
    PolicyViolation,
    Replayed,
    StateError,
    TooFarAhead,
    UnknownProposal,
    UnknownPsk,
    UnsupportedSuite,
    ValidationError,
    WrongEpoch,
    WrongGroup,
)
from .framing import ContentType, FramedContent, WireFormat, verify_authenticated
from .group import Group
from .key_package import KeyPackage, KeyPackageBundle, default_capabilities
from .nodes import LeafNode, LeafNodeSource, ParentNode
from .policy import JoinPolicy, LeafPolicy, Policy
from .proposals import (
    Add,
    CommittedProposal,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    ProposalRef,
    Remove,
    SelfRemove,
    Update,
)
from .psk import PreSharedKeyID, PskType
from .results import (
    ApplicationReceived,
    CommitReceived,
    Effects,
    EncryptedMessage,
    Member,
    ProposalReceived,
    Received,
)
from .suites import DEFAULT_SUITE, SUITES, CipherSuite, cipher_suite
from .types import (
    Capabilities,
    Extension,
    ExtensionType,
    GroupContext,
    Lifetime,
    ProposalType,
    RequiredCapabilities,
)

__all__ = [
    "DEFAULT_SUITE",
    "SUITES",
    "Add",
    "ApplicationReceived",
    "BasicCredential",
    "Capabilities",
    "CipherSuite",
    "CommitReceived",
    "CommittedProposal",
    "ContentType",
    "Credential",
    "CryptoError",
    "DecodeError",
    "Effects",
    "EncryptedMessage",
    "Extension",
    "ExtensionType",
    "FramedContent",
    "Group",
    "GroupContext",
    "GroupContextExtensions",
    "Inactive",
    "InvalidMessage",
    "JoinPolicy",
    "KeyPackage",
    "KeyPackageBundle",
    "LeafNode",
    "LeafNodeSource",
    "LeafPolicy",
    "Lifetime",
    "MLSError",
    "Member",
    "OpaqueCredential",
    "OwnMessage",
    "ParentNode",
    "Policy",
    "PolicyViolation",
    "PreSharedKey",
    "PreSharedKeyID",
    "Proposal",
    "ProposalReceived",
    "ProposalRef",
    "ProposalType",
    "PskType",
    "Received",
    "Remove",
    "Replayed",
    "RequiredCapabilities",
    "Rng",
    "SelfRemove",
    "SignatureKey",
    "StagedCommit",
    "StateError",
    "TooFarAhead",
    "UnknownProposal",
    "UnknownPsk",
    "UnsupportedSuite",
    "Update",
    "ValidationError",
    "WireFormat",
    "WrongEpoch",
    "WrongGroup",
    "cipher_suite",
    "default_capabilities",
    "errors",
    "verify_authenticated",
]
