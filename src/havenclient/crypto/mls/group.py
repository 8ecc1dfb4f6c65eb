"""A group as one member sees it in one epoch: an immutable value, and what can be done with it.

Theory of operation. A `Group` never changes. Sending, receiving, proposing and committing return
another `Group`; the caller stores it (`save`) before bytes leave the machine and forgets the old
one. Whatever fails raises an `MLSError` and leaves no trace, since nothing was changed in place.
Two things follow for the caller. Encrypting twice from the same value uses one key twice (with
different reuse guards, §6.3.1, but still): always go on from the returned state. And a state loaded
from an old copy is such an old value: never restore one.

The work is done next door: `sending`, `commit`, `receiving`, `joining`, `store`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from . import commit, joining, key_schedule, receiving, sending, store
from .credentials import Credential, Rng, SignatureKey, default_rng
from .errors import Inactive, StateError
from .framing import WireFormat
from .hpke import HpkePrivateKey
from .key_package import KeyPackage, KeyPackageBundle
from .key_schedule import EpochSecrets
from .nodes import LeafNode
from .policy import JoinPolicy, Policy
from .proposals import CommittedProposal, Proposal, ProposalRef
from .psk import PreSharedKeyID, PskType
from .results import EncryptedMessage, Member, Received
from .secret_tree import RatchetKind, SecretTree
from .suites import CipherSuite
from .tree import RatchetTree
from .types import Capabilities, Extension, GroupContext, Lifetime
from .welcome import GroupInfo

Psks = Mapping[bytes, bytes]
"""External pre-shared keys by their psk_id."""

Padding = int | Callable[[int], int]
"""Zero bytes to add, or a function from the content's length to that number."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PastEpoch:
    """What is needed to read late application messages of an epoch that has ended (§15.3)."""

    context: GroupContext
    tree: RatchetTree
    sender_data_secret: bytes
    secret_tree: SecretTree
    resumption_psk: bytes


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
    past: tuple[PastEpoch, ...]
    max_past_epochs: int
    active: bool

    # --- beginning and end ------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        suite: int | CipherSuite,
        group_id: bytes,
        credential: Credential,
        signature_key: SignatureKey,
        *,
        lifetime: Lifetime,
        extensions: Iterable[Extension] = (),
        capabilities: Capabilities | None = None,
        leaf_extensions: Iterable[Extension] = (),
        max_past_epochs: int = 0,
        rng: Rng = default_rng,
    ) -> Group:
        """A group of one, epoch 0 (§11)."""
        return joining.create(
            cls,
            suite,
            group_id,
            credential,
            signature_key,
            lifetime=lifetime,
            extensions=extensions,
            capabilities=capabilities,
            leaf_extensions=leaf_extensions,
            max_past_epochs=max_past_epochs,
            rng=rng,
        )

    @classmethod
    def join(
        cls,
        welcome: bytes,
        bundle: KeyPackageBundle,
        *,
        ratchet_tree: bytes | None = None,
        psks: Psks | None = None,
        now: int | None = None,
        policy: JoinPolicy | None = None,
        max_past_epochs: int = 0,
    ) -> Group:
        """Enter by a Welcome (§12.4.3.1). `now` judges the lifetime of one's own key package."""
        return joining.join(
            cls,
            welcome,
            bundle,
            ratchet_tree=ratchet_tree,
            psks=psks or {},
            now=now,
            policy=policy,
            max_past_epochs=max_past_epochs,
        )

    def save(self) -> bytes:
        """All of the state, secrets and ratchet positions included: for encrypted storage only."""
        return store.save_group(self)

    @classmethod
    def load(cls, data: bytes) -> Group:
        return store.load_group(cls, data)

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

    def forget_pending(self) -> Group:
        """Without the cached proposals and the keys staged for own Updates."""
        return replace(self, pending={}, staged_updates={})

    def group_info(
        self, *, extensions: Iterable[Extension] = (), with_ratchet_tree: bool = True
    ) -> bytes:
        """A signed GroupInfo as an MLSMessage (§12.4.3). Carries no external_pub."""
        return self.make_group_info(extensions, with_ratchet_tree=with_ratchet_tree)[1]

    def make_group_info(
        self, extensions: Iterable[Extension], *, with_ratchet_tree: bool
    ) -> tuple[GroupInfo, bytes]:
        self.must_be_active()
        return commit.make_group_info(self, tuple(extensions), with_ratchet_tree=with_ratchet_tree)

    def must_be_active(self) -> None:
        if not self.active:
            raise Inactive("this client is no longer a member")

    def psk(self, psks: Psks, psk_id: PreSharedKeyID) -> bytes | None:
        """External keys from the caller, resumption keys from epochs still at hand (§8.4, §8.6)."""
        if psk_id.type is PskType.EXTERNAL:
            return psks.get(psk_id.psk_id)
        if psk_id.group_id != self.group_id:
            return None
        if psk_id.epoch == self.epoch:
            return self.secrets.resumption_psk
        for past in self.past:
            if past.context.epoch == psk_id.epoch:
                return past.resumption_psk
        return None

    # --- proposals (§12.1) ------------------------------------------------------------------------

    def propose_add(
        self,
        key_package: KeyPackage,
        *,
        now: int | None = None,
        wire_format: WireFormat = WireFormat.PRIVATE,
        authenticated_data: bytes = b"",
        padding: Padding = 0,
        rng: Rng = default_rng,
    ) -> tuple[Group, bytes]:
        proposal = sending.add(key_package)
        return sending.propose(
            self, proposal, wire_format, authenticated_data, padding, rng, now=now
        )

    def propose_update(
        self,
        *,
        capabilities: Capabilities | None = None,
        leaf_extensions: Iterable[Extension] | None = None,
        wire_format: WireFormat = WireFormat.PRIVATE,
        authenticated_data: bytes = b"",
        padding: Padding = 0,
        rng: Rng = default_rng,
    ) -> tuple[Group, bytes]:
        """Fresh leaf key; the private half stays staged in the returned state until committed."""
        proposal, key = sending.update(self, capabilities, leaf_extensions, rng)
        return sending.propose(
            self, proposal, wire_format, authenticated_data, padding, rng, staged=key
        )

    def propose_remove(
        self,
        leaf_index: int,
        *,
        wire_format: WireFormat = WireFormat.PRIVATE,
        authenticated_data: bytes = b"",
        padding: Padding = 0,
        rng: Rng = default_rng,
    ) -> tuple[Group, bytes]:
        proposal = sending.remove(leaf_index)
        return sending.propose(self, proposal, wire_format, authenticated_data, padding, rng)

    def propose_self_remove(
        self, *, authenticated_data: bytes = b"", rng: Rng = default_rng
    ) -> tuple[Group, bytes]:
        """Always a PublicMessage, as the draft demands."""
        proposal = sending.self_remove()
        return sending.propose(self, proposal, WireFormat.PUBLIC, authenticated_data, 0, rng)

    def propose_psk(
        self,
        psk_id: bytes,
        *,
        wire_format: WireFormat = WireFormat.PRIVATE,
        authenticated_data: bytes = b"",
        padding: Padding = 0,
        rng: Rng = default_rng,
    ) -> tuple[Group, bytes]:
        """An external PSK by its id; the nonce is drawn here."""
        proposal = sending.external_psk(self, psk_id, rng)
        return sending.propose(self, proposal, wire_format, authenticated_data, padding, rng)

    def propose_group_context_extensions(
        self,
        extensions: Iterable[Extension],
        *,
        wire_format: WireFormat = WireFormat.PRIVATE,
        authenticated_data: bytes = b"",
        padding: Padding = 0,
        rng: Rng = default_rng,
    ) -> tuple[Group, bytes]:
        """Replaces the whole list (§12.1.7)."""
        proposal = sending.group_context_extensions(extensions)
        return sending.propose(self, proposal, wire_format, authenticated_data, padding, rng)

    # --- commits (§12.4) --------------------------------------------------------------------------

    def commit(
        self,
        *,
        by_value: Sequence[Proposal] = (),
        by_reference: Sequence[ProposalRef] | None = None,
        path: bool | None = None,
        leaf_extensions: Iterable[Extension] | None = None,
        extra_aad: bytes = b"",
        padding: Padding = 0,
        welcome_tree_inside: bool = True,
        wire_format: WireFormat = WireFormat.PRIVATE,
        psks: Psks | None = None,
        policy: Policy | None = None,
        now: int | None = None,
        rng: Rng = default_rng,
    ) -> commit.StagedCommit:
        """A Commit, staged: nothing happens until its `.group` is taken.

        `by_reference` None takes all cached proposals that are valid together. `path` None and True
        put in an UpdatePath (fresh keys); False leaves it out, where §12.4 lets it.
        `leaf_extensions` replaces those of one's own leaf in the path; None keeps them.
        """
        return commit.make_commit(
            self,
            by_value=by_value,
            by_reference=by_reference,
            path=path,
            authenticated_data=extra_aad,
            padding=padding,
            welcome_tree_inside=welcome_tree_inside,
            wire_format=wire_format,
            psks=psks or {},
            policy=policy,
            now=now,
            rng=rng,
            leaf_extensions=None if leaf_extensions is None else tuple(leaf_extensions),
        )

    # --- messages (§6, §15) -----------------------------------------------------------------------

    def encrypt(
        self,
        plaintext: bytes,
        *,
        authenticated_data: bytes = b"",
        padding: Padding = 0,
        rng: Rng = default_rng,
    ) -> tuple[Group, EncryptedMessage]:
        """An application message. Store the returned state before the bytes leave."""
        return sending.encrypt(self, plaintext, authenticated_data, padding, rng)

    def process(
        self,
        message: bytes,
        *,
        policy: Policy | None = None,
        now: int | None = None,
        psks: Psks | None = None,
    ) -> Received:
        """Any message of the group. `now` judges lifetimes: none when catching up (§7.3)."""
        return receiving.process(self, message, policy=policy, now=now, psks=psks or {})
