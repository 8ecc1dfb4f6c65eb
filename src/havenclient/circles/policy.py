"""One function that judges every proposal and every Commit, the same on every client.

Theory of operation. MLS says who is in the group; this module says who may change what, from MLS
state alone: the terms in the group context, the leaves of the tree, the proposals of a Commit. No
clock, no settings, no memory: two clients of one version that hold one epoch always agree, so what
is refused here is invalid for everybody and no fork can come of it.

| who    | may                                                                            |
| ------ | ------------------------------------------------------------------------------ |
| member | propose Update of herself (same pseudonym, same key) and SelfRemove            |
| host   | the same, and commit: Add, Remove, new terms, and what others proposed         |

A Commit must leave a circle that works: at least one host, every role held by a member, every
pseudonym once, at most 64 members, every newcomer with the agreement accepted, new mailboxes when
somebody goes (so that who left can't read or flood the old ones), and an agreement version that
never goes back. The log changes by a move only: to another relay, beginning with the next epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from havenclient.circles import returning, seals, warrants
from havenclient.circles import terms as agreed
from havenclient.circles.invite import can_be_asked
from havenclient.circles.terms import ACCEPTED, MAX_MEMBERS, TERMS, Terms, TermsError
from havenclient.crypto import mls
from havenclient.crypto.mls.nodes import LeafNode
from havenclient.crypto.mls.proposals import (
    Add,
    CommittedProposal,
    GroupContextExtensions,
    Proposal,
    Remove,
    SelfRemove,
    Update,
)


@dataclass(frozen=True, slots=True)
class Person:
    """A member as everybody sees her."""

    leaf: int
    name: str
    key: bytes
    accepted: tuple[int, bytes]
    """(version, digest) of the agreement that her leaf accepts."""


def terms_of(extensions: Iterable[mls.Extension]) -> Terms:
    """The terms in a group context. Raises TermsError where there are none or they are broken."""
    found = [e.data for e in extensions if e.type == TERMS]
    if len(found) != 1:
        raise TermsError("a circle has exactly one set of terms")
    return agreed.decode(found[0])


def person_of(leaf: int, node: LeafNode) -> Person:
    """Raises TermsError where a leaf is not one of a circle."""
    if not isinstance(node.credential, mls.BasicCredential):
        raise TermsError("a member has a basic credential")
    try:
        name = node.credential.identity.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TermsError("a pseudonym is text") from error
    if agreed.name_of(name) != name:
        raise TermsError("a pseudonym is in its kept form")
    accepted = [e.data for e in node.extensions if e.type == ACCEPTED]
    if len(accepted) != 1:
        raise TermsError("a member has accepted one agreement")
    return Person(leaf, name, node.signature_key, agreed.decode_accepted(accepted[0]))


def people_of(group: mls.Group) -> tuple[Person, ...]:
    return tuple(person_of(m.leaf_index, m.leaf_node) for m in group.members())


class CirclePolicy:
    """The policy hook that Haven hands to MLS (`mls.Policy`)."""

    def judge_proposal(self, group: mls.Group, sender: int, proposal: Proposal) -> None:
        """A proposal on its own. Raises mls.PolicyViolation."""
        try:
            terms = terms_of(group.extensions)
            before = {p.leaf: p for p in people_of(group)}
            match proposal:
                case Update(leaf_node=node):
                    _judge_update(before[sender], person_of(sender, node))
                case SelfRemove():
                    _judge_leaving(terms, before[sender])
                case _:
                    raise mls.PolicyViolation("only hosts change a circle, by their Commit")
        except (TermsError, KeyError) as error:
            raise mls.PolicyViolation("not a member of a circle") from error

    def judge_join(self, group: mls.Group, inviter: int) -> None:
        """What a newcomer's own client demands of the circle that she enters."""
        try:
            terms, people = terms_of(group.extensions), people_of(group)
        except TermsError as error:
            raise mls.PolicyViolation("not a circle") from error
        held = {p.key for p in people}
        if not _roles(terms) <= held:
            raise mls.PolicyViolation("a role is held by somebody who is not in the circle")
        if not any(p.leaf == inviter and terms.is_host(p.key) for p in people):
            raise mls.PolicyViolation("only hosts let people in")
        _judge_people(terms, [], [p for p in people if p.leaf == group.own_leaf_index])
        names = [p.name for p in people]
        if any(agreed.same_name(a, b) for i, a in enumerate(names) for b in names[:i]):
            raise mls.PolicyViolation("a pseudonym is there once")

    def judge_leaf(self, group: mls.Group, leaf_index: int, old: LeafNode, new: LeafNode) -> None:
        """Every leaf that takes another's place in a Commit, the committer's own included."""
        try:
            _judge_update(person_of(leaf_index, old), person_of(leaf_index, new))
        except TermsError as error:
            raise mls.PolicyViolation("not a member of a circle") from error

    def judge_commit(
        self,
        group: mls.Group,
        committer: int,
        proposals: Sequence[CommittedProposal],
        next_extensions: Sequence[mls.Extension],
    ) -> None:
        """A Commit as a whole. Raises mls.PolicyViolation."""
        try:
            self._judge_commit(group, committer, proposals, next_extensions)
        except (TermsError, KeyError) as error:
            raise mls.PolicyViolation("would leave a circle that does not work") from error

    def _judge_commit(
        self,
        group: mls.Group,
        committer: int,
        proposals: Sequence[CommittedProposal],
        next_extensions: Sequence[mls.Extension],
    ) -> None:
        terms, after_terms = terms_of(group.extensions), terms_of(next_extensions)
        people = {p.leaf: p for p in people_of(group)}
        if not terms.is_host(people[committer].key):
            raise mls.PolicyViolation("only hosts commit")

        gone: set[int] = set()
        newcomers: list[Person] = []
        packages: dict[str, bytes] = {}
        for one in proposals:
            match one.proposal:
                case Update(leaf_node=node):
                    _judge_update(people[one.sender], person_of(one.sender, node))
                case SelfRemove():
                    gone.add(one.sender)
                case Remove(removed=leaf) if one.sender == committer:
                    gone.add(leaf)
                case Add(key_package=key_package) if one.sender == committer:
                    newcomers.append(person_of(-1, key_package.leaf_node))
                    packages[newcomers[-1].name] = key_package.raw
                case GroupContextExtensions() if one.sender == committer:
                    pass
                case _:
                    raise mls.PolicyViolation("not something that a Commit may hold here")

        left_keys = {people[leaf].key for leaf in gone}
        by_wish = {people[p.sender].key for p in proposals if isinstance(p.proposal, SelfRemove)}
        back = {p.name for p in newcomers}
        if warrants.in_force(terms):
            went = [people[leaf] for leaf in gone if people[leaf].name in back]
            returning.judge(after_terms, {p.key: packages[p.name] for p in went})
            seals.judge(group, terms, after_terms, people[committer].key)
        warrants.judge(
            group,
            terms,
            after_terms,
            members={p.key for p in people.values()},
            host=people[committer].key,
            removed={people[g].key for g in gone if people[g].name not in back} - by_wish,
            leaving=left_keys,
        )
        staying = [p for leaf, p in people.items() if leaf not in gone]
        _judge_people(after_terms, staying, newcomers)
        _judge_terms(terms, after_terms, epoch=group.epoch, somebody_goes=bool(gone))
        roles = _roles(after_terms)
        if roles & left_keys or not roles <= {p.key for p in (*staying, *newcomers)}:
            raise mls.PolicyViolation("a role is held by somebody who is not in the circle")


def _roles(terms: Terms) -> set[bytes]:
    return {h.signature_key for h in terms.hosts} | {h.signature_key for h in terms.helpers}


def _judge_update(before: Person, after: Person) -> None:
    # The key is who somebody is in a circle; it changes only by a return, which all see.
    if after.key != before.key or after.name != before.name:
        raise mls.PolicyViolation("an Update keeps pseudonym and key")


def _judge_leaving(terms: Terms, person: Person) -> None:
    if terms.is_host(person.key) and len(terms.hosts) == 1:
        raise mls.PolicyViolation("the last host hands over before leaving")


def _judge_people(terms: Terms, staying: list[Person], newcomers: list[Person]) -> None:
    if len(staying) + len(newcomers) > MAX_MEMBERS:
        raise mls.PolicyViolation("a circle has at most 64 members")
    accepted = (terms.agreement.version, terms.agreement.digest)
    everyone = [*staying]
    for newcomer in newcomers:
        if newcomer.accepted != accepted:
            raise mls.PolicyViolation("a newcomer has accepted the agreement in force")
        if any(agreed.same_name(newcomer.name, p.name) for p in everyone):
            raise mls.PolicyViolation("a pseudonym is there once")
        everyone.append(newcomer)


def _judge_terms(before: Terms, after: Terms, *, epoch: int, somebody_goes: bool) -> None:
    if after.founded != before.founded:
        raise mls.PolicyViolation("a circle is founded once")
    if after.log_id == before.log_id:
        if (after.relays[0], after.first_epoch) != (before.relays[0], before.first_epoch):
            raise mls.PolicyViolation("a circle stays on its log")
    elif (
        after.relays[0] == before.relays[0]
        or after.first_epoch != epoch + 1
        or not can_be_asked(after.relays[0])
    ):
        # Another log is another relay, and begins with the epoch that this Commit opens: by that
        # number all clients find slice e of the circle as slice e - first there.
        raise mls.PolicyViolation("a move names another relay, and where its log begins")
    if after.agreement != before.agreement and (
        after.agreement.version != before.agreement.version + 1
    ):
        raise mls.PolicyViolation("a new agreement has the next version")
    renewed = (
        after.knock.log_id != before.knock.log_id
        and after.knock.token != before.knock.token
        and after.report.log_id != before.report.log_id
        and after.report.token != before.report.token
    )
    if (somebody_goes or after.log_id != before.log_id) and not renewed:
        raise mls.PolicyViolation("mailboxes are renewed when somebody goes, and by a move")
    if after.knock.log_id == after.report.log_id:
        raise mls.PolicyViolation("two mailboxes are two logs")
