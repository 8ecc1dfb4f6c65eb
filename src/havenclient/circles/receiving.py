"""A page of a slice becomes what happened: the one place where entries and Commits take effect.

Every entry moves the hash chain, whatever it holds. What can't be read or isn't allowed becomes a
`Quarantined` event and blocks nothing. Only the last entry of a closed slice may be a Commit; if no
rule allows the one that stands there, the circle stops with a named trouble, because nobody can
know the next slice's keys.

On time. No clock has a say in what is valid: somebody who climbs after seven weeks must come to
the verdict that the others came to then. Lifetimes of KeyPackages are judged by the host who adds
(`closing.stage`) and by the newcomer herself, when it happens.

On gaps. Numbers that are passed over are entries that expired before we came; the chain is taken
up again from the next claim. A relay could leave out any entry it likes by saying so: where the
days since we had read everything are too few for that, it is trouble.

On claims. Each message says what its sender had seen (`chain.py`). One member whose claims disagree
is a doubt about that member's computer or her view: it is shown. It becomes trouble, and the circle
read-only here, when the witness is a host, when there are two witnesses, or when nobody else is
there: otherwise one hostile member could stop everybody by lying about what she saw
(docs/decisions/0020-one-witness-is-a-doubt.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from havenclient.circles import chain, closing, mailbox
from havenclient.circles import content as mimi
from havenclient.circles import events as ev
from havenclient.circles.chain import Chain, Trouble
from havenclient.circles.circle import Circle, MailboxKeys, Standing, Waiting, person_urn
from havenclient.circles.content import ContentError
from havenclient.circles.outgoing import Append, Outgoing
from havenclient.circles.policy import CirclePolicy, Person, people_of, person_of
from havenclient.circles.speaking import Token, entry_digest
from havenclient.circles.strict_cbor import CborError
from havenclient.crypto import envelope, mls
from havenclient.crypto.envelope import EnvelopeError, Kind
from havenclient.crypto.mls.proposals import SelfRemove

PROPOSALS_PER_MEMBER = 8
"""In one epoch; more is a flood and is quarantined."""


@dataclass(frozen=True, slots=True)
class SlicePage:
    """Entries of one slice as a relay gave them, in order of seq."""

    slice: int
    entries: tuple[tuple[int, bytes], ...] = field(repr=False)
    closed: bool
    last: int | None
    """Seq of the slice's last entry where the relay says that the slice is closed."""


@dataclass(frozen=True, slots=True)
class Received:
    circle: Circle
    events: tuple[ev.Event, ...]
    heads: tuple[tuple[int, bytes], ...]
    """(seq, head) of the chain, to be kept for judging later claims."""
    outgoing: tuple[Outgoing, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """What the caller remembers for us, so that the state stays small."""

    head_at: Callable[[int], bytes | None]
    """Our own head of the chain at a seq."""
    is_own: Callable[[bytes], bool]
    """Whether an entry with this digest was written by this vault."""
    may_have_expired: bool = True
    """Whether entries that we have not seen can be old enough for the relay to have deleted."""


def receive(circle: Circle, page: SlicePage, memory: Memory, *, now: int, token: Token) -> Received:
    """Takes a page of the present slice in. Entries already seen are passed over."""
    return _Receiver(circle, page, memory, now, token).run()


class _Receiver:
    """One pass over one page; collects events while the state moves from entry to entry."""

    def __init__(
        self, circle: Circle, page: SlicePage, memory: Memory, now: int, token: Token
    ) -> None:
        self.circle = circle
        self.page = page
        self.memory = memory
        self.now = now
        self.token = token
        self.keys = circle.keys
        self.people = {p.leaf: p for p in circle.people}
        terms = circle.terms  # decoded once a page: they only change with its last entry
        self.log_id = terms.log_id
        self.in_force = (terms.agreement.version, terms.agreement.digest)
        self.urn = circle.urn
        self.policy = CirclePolicy()
        self.events: list[ev.Event] = []
        self.heads: dict[int, bytes] = {}
        self.outgoing: list[Outgoing] = []

    def run(self) -> Received:
        if self.page.slice == self.circle.epoch:
            for seq, entry in self.page.entries:
                if self.circle.standing in (Standing.GONE, Standing.READ_ONLY):
                    break
                if seq > self.circle.chain.seq:
                    self._take(seq, entry)
        return Received(
            self.circle, tuple(self.events), tuple(self.heads.items()), tuple(self.outgoing)
        )

    # --- one entry --------------------------------------------------------------------------------

    def _take(self, seq: int, entry: bytes) -> None:
        position = self.circle.chain
        if seq > position.seq + 1 and not self.memory.may_have_expired:
            self.circle = self.circle.in_trouble(Trouble.WENT_BACK)
            self.events.append(ev.TroubleFound(Trouble.WENT_BACK, position.seq + 1))
            return
        if seq > position.seq + 1:
            self.events.append(ev.GapSeen(position.seq + 1, seq - 1))
        closes = self.page.closed and seq == self.page.last
        digest = entry_digest(entry)
        staged = self.circle.staged
        if staged is not None and staged.entry_digest == digest and closes:
            self._move(seq, entry)
            self.events.append(ev.OwnEntryLanded(seq, digest))
            self._merge_own(seq)
            return
        if self.memory.is_own(digest):
            self._move(seq, entry)
            self._own(seq, digest, entry)
            return
        try:
            kind, content = envelope.unseal(
                self.keys.envelope, self.log_id, self.circle.epoch, entry
            )
        except EnvelopeError:
            self._quarantine(seq, entry, "not an entry of this circle")
            opened = None
        else:
            opened = kind
            self._open(seq, entry, kind, content, closes)
        if closes and opened is not Kind.CLOSING:
            self._broken_closing(seq)

    def _open(self, seq: int, entry: bytes, kind: Kind, content: bytes, closes: bool) -> None:
        match kind:
            case Kind.MESSAGE:
                self._message(seq, entry, content)
            case Kind.PROPOSAL:
                self._proposal(seq, entry, content)
            case Kind.CLOSING if closes:
                self._closing(seq, entry, content)
            case _:
                self._quarantine(seq, entry, "not something that belongs here")

    def _move(self, seq: int, entry: bytes, taken_up: bytes | None = None) -> None:
        """Moves the chain over `entry`; `taken_up`: the head before it, from a member's claim,
        where our own chain has a gap."""
        before = self.circle.chain
        if before.head is None and taken_up is not None:
            before = Chain(seq - 1, taken_up)
        after = before.add(seq, entry)
        if after.head is not None:
            self.heads[seq] = after.head
        self.circle = replace(self.circle, chain=after)

    def _quarantine(
        self, seq: int, entry: bytes, reason: str, sender: Person | None = None
    ) -> None:
        self._move(seq, entry)
        self.events.append(ev.Quarantined(seq, reason, sender))

    def _process(self, seq: int, entry: bytes, message: bytes, refusal: str) -> mls.Received | None:
        """What MLS makes of a message; None where it refused it, which has been noted then."""
        try:
            return self.circle.group.process(message, policy=self.policy)
        except mls.errors.OwnMessage:
            # By our own leaf, and not among what this vault wrote: somebody runs a copy of it.
            self._move(seq, entry)
            self.events.append(ev.CopiedStateFound(seq))
        except mls.errors.MLSError:
            self._quarantine(seq, entry, refusal)
        return None

    # --- messages ---------------------------------------------------------------------------------

    def _message(self, seq: int, entry: bytes, message: bytes) -> None:
        received = self._process(seq, entry, message, "could not be opened")
        if not isinstance(received, mls.ApplicationReceived):
            if received is not None:
                self._quarantine(seq, entry, "not a message")
            return
        sender = self.people[received.sender]
        self.circle = replace(self.circle, group=received.group)
        self._judge_claim(seq, entry, sender, received.authenticated_data)
        try:
            content = mimi.decode(received.plaintext)
        except ContentError:
            self.events.append(ev.Quarantined(seq, "written for another version", sender))
            return
        self.events.append(
            ev.MessageReceived(
                seq=seq,
                message_id=mimi.message_id(
                    person_urn(sender.key), self.urn, received.plaintext, content.salt
                ),
                sender=sender,
                content=content,
                encoded=received.plaintext,
                evidence=received.authenticated,
                may_post=self._has_accepted(sender),
            )
        )

    def _has_accepted(self, sender: Person) -> bool:
        return sender.accepted == self.in_force

    def _judge_claim(self, seq: int, entry: bytes, sender: Person, data: bytes) -> None:
        try:
            claim = chain.decode(data)
        except CborError:
            self._move(seq, entry)
            self._doubt(seq, sender, Trouble.TWO_HISTORIES)
            return
        claim = replace(claim, seq=claim.seq + self.circle.base)  # as this vault counts
        takes_up = claim.head if claim.seq == seq - 1 else None
        known = self.heads.get(claim.seq) or self.memory.head_at(claim.seq)
        self._move(seq, entry, takes_up)
        trouble = chain.judge(claim, seq, known)
        if trouble is not None:
            self._doubt(seq, sender, trouble)
        elif sender.key in self.circle.doubts and known is not None:
            self.circle = replace(self.circle, doubts=self.circle.doubts - {sender.key})

    def _doubt(self, seq: int, sender: Person, trouble: Trouble) -> None:
        doubts = self.circle.doubts | {sender.key}
        self.circle = replace(self.circle, doubts=doubts)
        others = len(self.people) - 1
        if self.circle.terms.is_host(sender.key) or len(doubts) >= min(2, others):
            self.circle = self.circle.in_trouble(trouble)
            self.events.append(ev.TroubleFound(trouble, seq))

    # --- own entries ------------------------------------------------------------------------------

    def _own(self, seq: int, digest: bytes, entry: bytes) -> None:
        self.events.append(ev.OwnEntryLanded(seq, digest))
        try:
            kind, content = envelope.unseal(
                self.keys.envelope, self.log_id, self.circle.epoch, entry
            )
        except EnvelopeError:
            return
        if kind is Kind.PROPOSAL:
            own = self.circle.group.own_leaf_index
            for pending in self.circle.group.pending_proposals:
                if pending.sender == own and pending.ref is not None:
                    leaving = isinstance(pending.proposal, SelfRemove)
                    self._wait(Waiting(pending.ref, own, leaving, content))

    # --- proposals --------------------------------------------------------------------------------

    def _proposal(self, seq: int, entry: bytes, message: bytes) -> None:
        received = self._process(seq, entry, message, "a proposal that the rules refuse")
        if not isinstance(received, mls.ProposalReceived):
            if received is not None:
                self._quarantine(seq, entry, "not a proposal")
            return
        sender = self.people[received.sender]
        already = [w for w in self.circle.waiting if w.sender == received.sender]
        if len(already) >= PROPOSALS_PER_MEMBER:
            self._quarantine(seq, entry, "too many proposals", sender)
            return
        self._move(seq, entry)
        leaving = isinstance(received.proposal, SelfRemove)
        self.circle = replace(self.circle, group=received.group)
        self._wait(Waiting(received.ref, received.sender, leaving, message))
        self.events.append(ev.ProposalReceived(seq, sender, leaving))

    def _wait(self, one: Waiting) -> None:
        if all(w.ref != one.ref for w in self.circle.waiting):
            self.circle = replace(self.circle, waiting=(*self.circle.waiting, one))

    # --- closing ----------------------------------------------------------------------------------

    def _closing(self, seq: int, entry: bytes, bundle: bytes) -> None:
        try:
            proposals, commit = closing.decode_bundle(bundle)
            group = self._with_proposals(proposals)
            received = group.process(commit, policy=self.policy)
            if not isinstance(received, mls.CommitReceived):
                raise mls.errors.ValidationError("not a Commit")
        except mls.errors.OwnMessage:
            # Our own leaf closed the slice with an entry that this vault never staged.
            self._move(seq, entry)
            self.events.append(ev.CopiedStateFound(seq))
            return
        except (CborError, mls.errors.MLSError):
            self._move(seq, entry)
            self._broken_closing(seq)
            return
        committer = self.people[received.sender]
        self._judge_claim(seq, entry, committer, received.authenticated_data)
        if self.circle.standing is not Standing.READ_ONLY:
            self._begin_epoch(seq, committer, received.group, received.effects)

    def _with_proposals(self, messages: tuple[bytes, ...]) -> mls.Group:
        """The group with the bundle's proposals known: those that had expired are read from it."""
        group = self.circle.group
        have = {w.message for w in self.circle.waiting}
        for message in messages:
            if message in have:
                continue
            received = group.process(message, policy=self.policy)
            if not isinstance(received, mls.ProposalReceived):
                raise mls.errors.ValidationError("not a proposal")
            group = received.group
        return group

    def _merge_own(self, seq: int) -> None:
        staged = self.circle.staged
        assert staged is not None
        head = self.circle.chain.head
        for admission in staged.admissions:
            at = seq - self.circle.base
            welcome = mailbox.Welcome(staged.commit.welcome or b"", at, head or chain.START)
            content = mailbox.encode_welcome(welcome, admission.answer_key, self.token)
            self.outgoing.append(
                mailbox_append(admission.mailbox, content, self.token, admission.key)
            )
        self._begin_epoch(seq, self.circle.me, staged.commit.group, staged.commit.effects)

    def _begin_epoch(
        self, seq: int, committer: Person, group: mls.Group, effects: mls.Effects
    ) -> None:
        before = self.people
        if not group.active:
            by_own_wish = self.circle.group.own_leaf_index in _left_by_wish(effects)
            self.circle = replace(
                self.circle, group=group, standing=Standing.GONE, staged=None, waiting=()
            )
            me = self.circle.me.name
            came_back = any(person_of(m.leaf_index, m.leaf_node).name == me for m in effects.added)
            self.events.append(ev.RemovedFromCircle(seq, committer, by_own_wish, came_back))
            return
        terms_before = self.circle.terms
        self.circle = replace(
            self.circle,
            group=group,
            waiting=(),
            staged=None,
            epoch_began=self.now,
        )
        terms = self.circle.terms
        if terms.log_id != terms_before.log_id:  # a move: the next entry is the new log's first
            self.circle = replace(self.circle, relay=terms.relays[0], base=seq)
        after = {p.leaf: p for p in people_of(group)}
        joined = [after[m.leaf_index] for m in effects.added]
        gone = [before[m.leaf_index] for m in effects.removed]
        by_wish = _left_by_wish(effects)
        returned = [p for p in joined if any(p.name == g.name for g in gone)]
        names = {p.name for p in returned}
        keys_left = self.circle.doubts & {p.key for p in after.values()}
        self.circle = replace(self.circle, doubts=frozenset(keys_left))
        self.events.append(
            ev.EpochBegan(
                seq=seq,
                epoch=group.epoch,
                by=committer,
                joined=tuple(p for p in joined if p.name not in names),
                left=tuple(p for p in gone if p.name not in names and p.leaf in by_wish),
                removed=tuple(p for p in gone if p.name not in names and p.leaf not in by_wish),
                returned=tuple(returned),
                terms_changed=terms != terms_before,
            )
        )

    def _broken_closing(self, seq: int) -> None:
        self.circle = self.circle.in_trouble(Trouble.BROKEN_CLOSING)
        self.events.append(ev.TroubleFound(Trouble.BROKEN_CLOSING, seq))


def _left_by_wish(effects: mls.Effects) -> set[int]:
    return {c.sender for c in effects.proposals if isinstance(c.proposal, SelfRemove)}


def mailbox_append(keys: MailboxKeys, content: bytes, token: Token, ref: bytes = b"") -> Append:
    """One entry for a mailbox log; its key is drawn once and kept with the outgoing entry."""
    return Append(
        log_id=keys.log_id,
        slice=0,
        token=keys.token,
        key=token(16),
        entry=envelope.seal(keys.envelope, keys.log_id, 0, Kind.MAILBOX, content, token),
        ref=ref,
    )
