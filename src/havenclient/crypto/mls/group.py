"""A group as one member sees it in one epoch: an immutable value, and what can be done with it.

Theory of operation. A `Group` never changes. Sending, receiving, proposing and committing return
another `Group`; the caller stores it (`save`) before bytes leave the machine and forgets the old
one. Whatever fails raises an `MLSError` and leaves no trace, since nothing was changed in place.
Two things follow for the caller. Encrypting twice from the same value uses one key twice (with
different reuse guards, §6.3.1, but still): always go on from the returned state. And a state loaded
from an old copy is such an old value: never restore one.

The work is done next door: `joining`, `proposing`, `commit`, `sending`, `receiving`, `store`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from . import commit, joining, key_schedule, proposing, receiving, sending, store
from .credentials import SignatureKey
from .errors import Inactive, StateError, ValidationError
from .framing import WireFormat, wrap
from .hpke import HpkePrivateKey
from .key_schedule import EpochSecrets
from .nodes import LeafNode
from .proposals import CommittedProposal, ProposalRef
from .psk import PreSharedKeyID, PskType
from .results import Member
from .secret_tree import RatchetKind, SecretTree
from .suites import CipherSuite
from .tree import RatchetTree
from .types import Extension, GroupContext
from .welcoming import make_group_info

MAX_PENDING = 256
"""Proposals cached in one epoch: a member who floods can fill no more than this. Among so many, a
committer finds those that fit together in about a second at worst (`commit`)."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PastEpoch:
    """What is needed to read late application messages of an epoch that has ended (§15.3)."""

    context: GroupContext
    tree: RatchetTree
    sender_data_secret: bytes
    secret_tree: SecretTree


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Group:
    """See the module's docstring. Fields are for this library; applications use the methods."""

    suite: CipherSuite
    context: GroupContext
    tree: RatchetTree
    own_leaf_index: int
    private_keys: Mapping[int, HpkePrivateKey]
    """By node index: own leaf and the nodes above it whose secret this member knows."""
    signature_key: SignatureKey
    secrets: EpochSecrets
    secret_tree: SecretTree
    interim_transcript_hash: bytes
    confirmation_tag: bytes
    pending: Mapping[ProposalRef, CommittedProposal]
    """Proposals of this epoch by reference, in order of arrival."""
    staged_updates: Mapping[ProposalRef, HpkePrivateKey]
    """Leaf keys of own Update proposals that nobody has committed yet."""
    resumption_psks: Mapping[int, bytes]
    """Resumption secrets of the last epochs (§8.6), by epoch."""
    past: tuple[PastEpoch, ...]
    max_past_epochs: int
    active: bool

    # --- what can be done: the functions next door, as methods ------------------------------------

    create = classmethod(joining.create)
    join = classmethod(joining.join)
    save = store.save_group
    load = classmethod(store.load_group)

    propose_add = proposing.propose_add
    propose_update = proposing.propose_update
    propose_remove = proposing.propose_remove
    propose_self_remove = proposing.propose_self_remove
    propose_psk = proposing.propose_psk
    propose_group_context_extensions = proposing.propose_group_context_extensions

    commit = commit.make_commit
    encrypt = sending.encrypt
    process = receiving.process

    # --- what everybody agrees on -----------------------------------------------------------------

    @property
    def group_id(self) -> bytes:
        return self.context.group_id

    @property
    def epoch(self) -> int:
        return self.context.epoch

    @property
    def extensions(self) -> tuple[Extension, ...]:
        return self.context.extensions

    @property
    def tree_hash(self) -> bytes:
        return self.context.tree_hash

    @property
    def confirmed_transcript_hash(self) -> bytes:
        return self.context.confirmed_transcript_hash

    @property
    def group_context_bytes(self) -> bytes:
        """The encoded GroupContext: with it and a signature key, messages can be verified later."""
        return self.context.raw

    @property
    def ratchet_tree(self) -> bytes:
        """The body of the `ratchet_tree` extension, to hand to a joiner beside the Welcome."""
        return self.tree.encode()

    @property
    def epoch_authenticator(self) -> bytes:
        self.must_be_active()
        return self.secrets.epoch_authenticator

    def export(self, label: bytes | str, context: bytes, length: int) -> bytes:
        """MLS-Exporter (§8.5)."""
        self.must_be_active()
        raw = label.encode() if isinstance(label, str) else label
        if not 0 < length <= 255 * self.suite.hash_size:
            raise StateError("the exporter can't give so many bytes")
        return key_schedule.export(self.suite, self.secrets.exporter_secret, raw, context, length)

    def members(self) -> list[Member]:
        return [Member.of(index, leaf) for index, leaf in self.tree.leaves()]

    def member(self, leaf_index: int) -> Member | None:
        leaf = self.tree.leaf(leaf_index)
        return None if leaf is None else Member.of(leaf_index, leaf)

    @property
    def own_leaf(self) -> LeafNode:
        leaf = self.tree.leaf(self.own_leaf_index)
        if leaf is None:
            raise Inactive("this client is no longer a member")
        return leaf

    @property
    def generation(self) -> int:
        """The generation of the next application message sent from this state."""
        return self.secret_tree.next_generation(self.own_leaf_index, RatchetKind.APPLICATION)

    @property
    def pending_proposals(self) -> tuple[CommittedProposal, ...]:
        return tuple(self.pending.values())

    def remember(self, item: CommittedProposal) -> Group:
        """With one more cached proposal, received or one's own: what the others have no room for
        must not be cached here, or a Commit of ours would refer to what they do not know."""
        if item.ref is None or (len(self.pending) >= MAX_PENDING and item.ref not in self.pending):
            raise ValidationError("too many proposals in this epoch")
        return replace(self, pending={**self.pending, item.ref: item})

    def forget_pending(self) -> Group:
        """Without the cached proposals and the keys staged for own Updates.

        Only for proposals that will never be committed: a Commit that refers to a forgotten one
        can't be followed.
        """
        return replace(self, pending={}, staged_updates={})

    def group_info(
        self, *, extensions: Iterable[Extension] = (), with_ratchet_tree: bool = True
    ) -> bytes:
        """A signed GroupInfo as an MLSMessage (§12.4.3). Carries no external_pub."""
        self.must_be_active()
        info = make_group_info(self, extensions, with_ratchet_tree=with_ratchet_tree)
        return wrap(WireFormat.GROUP_INFO, info.raw)

    def must_be_active(self) -> None:
        if not self.active:
            raise Inactive("this client is no longer a member")

    def psk(self, psks: Mapping[bytes, bytes], psk_id: PreSharedKeyID) -> bytes | None:
        """External keys from the caller, resumption keys from epochs still at hand (§8.4, §8.6)."""
        if psk_id.type is PskType.EXTERNAL:
            return psks.get(psk_id.psk_id)
        if psk_id.group_id != self.group_id:
            return None
        if psk_id.epoch == self.epoch:
            return self.secrets.resumption_psk
        return self.resumption_psks.get(psk_id.epoch)
